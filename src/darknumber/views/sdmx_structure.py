"""The SDMX structure that published estimates are laid down in, as an SDMX-ML 3.0 message.

It extends the structure of the Sustainable Development Goals (agency IAEG-SDGs): the same fifteen dimensions in the
same order and the year, the same attributes, and three of our own (confidentiality, level of the limits, vintage). It
is kept by the agency of the office that publishes, and by nobody else's.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from darknumber.views.sdmx_codes import ALL, BREAKDOWN, Codes, Named, named

# The dimensions of the SDG structure in its order. Those that estimates of hidden populations never have are always the
# total; they stay, so that a row can be laid beside a row of the global database.
DIMENSIONS = (
    *("FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", "URBANISATION", "INCOME_WEALTH_QUANTILE"),
    *("EDUCATION_LEV", "OCCUPATION", BREAKDOWN, "COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY", "PRODUCT"),
)
TIME, MEASURE = "TIME_PERIOD", "OBS_VALUE"
CODED = ("UNIT_MEASURE", "UNIT_MULT", "NATURE", "OBS_STATUS", "CONF_STATUS")
NUMBERS = ("LOWER_BOUND", "UPPER_BOUND", "INTERVAL_LEVEL")
TEXTS = ("VINTAGE", "SOURCE_DETAIL", "COMMENT_OBS", "TIME_DETAIL")
ATTRIBUTES = (*CODED, *NUMBERS, *TEXTS)
REQUIRED = ("UNIT_MEASURE", "UNIT_MULT", "NATURE", "OBS_STATUS")
_TOTALS = tuple(
    name for name in DIMENSIONS if name not in ("FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", BREAKDOWN)
)
_SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"  # the names of the schemas, not places to fetch
_MODEL = "urn:sdmx:org.sdmx.infomodel."


def structure_message(
    codes: Codes, *, agency: str, version: str, topic: str, area: str, per: int, prepared: datetime.date
) -> str:
    """Codelists, concepts, data structure and dataflow as one SDMX-ML 3.0 structure message.

    Parameters
    ----------
    codes
        The codes of the publication.
    agency, version
        Who keeps the structure, and its version (1.2.3).
    topic
        What follows ``MSE_`` in all names.
    area
        The code of the country or region.
    per
        Residents that a rate is for.
    prepared
        The date that the message bears.
    """
    lists = codelists(codes, area=area, per=per)
    parts = [
        *_dataflow(agency, version, topic),
        "<str:Codelists>",
        *(line for name, items in lists.items() for line in _codelist(name, items, agency, version)),
        "</str:Codelists>",
        *_concepts(agency, version, topic),
        *_data_structure(agency, version, topic),
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<mes:Structure xmlns:mes="{_SCHEMAS}message" xmlns:str="{_SCHEMAS}structure"',
            f'    xmlns:com="{_SCHEMAS}common">',
            "<mes:Header>",
            f"<mes:ID>{structure_id(topic)}</mes:ID>",
            "<mes:Test>false</mes:Test>",
            f"<mes:Prepared>{prepared.isoformat()}T00:00:00Z</mes:Prepared>",
            f"<mes:Sender id={quoteattr(agency.split('.')[0])}/>",
            "</mes:Header>",
            "<mes:Structures>",
            *parts,
            "</mes:Structures>",
            "</mes:Structure>",
            "",
        ]
    )


def codelists(codes: Codes, *, area: str, per: int) -> dict[str, dict[str, Named]]:
    """Every codelist: its codes and what these are called in each language."""
    units = {"NUMBER": named("sdmx.code.NUMBER"), "RATIO": named("sdmx.code.RATIO")}
    units[f"PER_{per}_POP"] = named("sdmx.code.PER_POP", per=per)
    return {
        "CL_FREQ": {code: named(f"sdmx.code.FREQ.{code}") for code in ("A", "_O")},
        "CL_REPORTING_TYPE": {"N": named("sdmx.code.REPORTING_TYPE.N")},
        "CL_SERIES": dict(codes.names["SERIES"]),
        "CL_AREA": {area: named("sdmx.code.area", code=area)},
        "CL_SEX": dict(codes.names["SEX"]),
        "CL_AGE": dict(codes.names["AGE"]),
        "CL_CUST_BREAKDOWN": dict(codes.names[BREAKDOWN]),
        "CL_TOTAL": {ALL: named("sdmx.code.total")},
        "CL_UNIT_MEASURE": units,
        "CL_UNIT_MULT": {"0": named("sdmx.code.UNIT_MULT")},
        "CL_NATURE": {code: named(f"sdmx.code.NATURE.{code}") for code in ("C", "E")},
        "CL_OBS_STATUS": {code: named(f"sdmx.code.OBS_STATUS.{code}") for code in ("A", "E", "O", "Q")},
        "CL_CONF_STATUS": {code: named(f"sdmx.code.CONF_STATUS.{code}") for code in ("C", "F")},
    }


def list_of(component: str) -> str | None:
    """The codelist of a dimension or attribute; None where it has none."""
    if component in (*NUMBERS, *TEXTS, TIME, MEASURE):
        return None
    if component in _TOTALS:
        return "CL_TOTAL"
    return "CL_AREA" if component == "REF_AREA" else f"CL_{component}"


def structure_id(topic: str) -> str:
    """What the data structure is called."""
    return f"DSD_MSE_{topic}"


def dataflow_id(topic: str) -> str:
    """What the dataflow is called."""
    return f"DF_MSE_{topic}"


def _dataflow(agency: str, version: str, topic: str) -> Iterator[str]:
    yield "<str:Dataflows>"
    yield f"<str:Dataflow {_identity(dataflow_id(topic), agency, version)}>"
    yield from _names(named("sdmx.dataflow"))
    structure = f"{_MODEL}datastructure.DataStructure={agency}:{structure_id(topic)}({version})"
    yield f"<str:Structure>{structure}</str:Structure>"
    yield "</str:Dataflow>"
    yield "</str:Dataflows>"


def _codelist(name: str, items: Mapping[str, Named], agency: str, version: str) -> Iterator[str]:
    yield f"<str:Codelist {_identity(name, agency, version)}>"
    yield from _names(named(f"sdmx.list.{name}"))
    for code, names in items.items():
        yield f"<str:Code id={quoteattr(code)}>"
        yield from _names(names)
        yield "</str:Code>"
    yield "</str:Codelist>"


def _concepts(agency: str, version: str, topic: str) -> Iterator[str]:
    yield "<str:ConceptSchemes>"
    yield f"<str:ConceptScheme {_identity(f'CS_MSE_{topic}', agency, version)}>"
    yield from _names(named("sdmx.concepts"))
    for component in (*DIMENSIONS, TIME, MEASURE, *ATTRIBUTES):
        yield f'<str:Concept id="{component}">'
        yield from _names(named(f"sdmx.concept.{component}"))
        yield "</str:Concept>"
    yield "</str:ConceptScheme>"
    yield "</str:ConceptSchemes>"


def _data_structure(agency: str, version: str, topic: str) -> Iterator[str]:
    def identity(component: str) -> str:
        scheme = f"{_MODEL}conceptscheme.Concept={agency}:CS_MSE_{topic}({version}).{component}"
        return f"<str:ConceptIdentity>{scheme}</str:ConceptIdentity>"

    def representation(component: str) -> str:
        listed = list_of(component)
        if listed is not None:
            inside = f"<str:Enumeration>{_MODEL}codelist.Codelist={agency}:{listed}({version})</str:Enumeration>"
        else:
            inside = f'<str:TextFormat textType="{_text_type(component)}"/>'
        return f"<str:LocalRepresentation>{inside}</str:LocalRepresentation>"

    yield "<str:DataStructures>"
    yield f"<str:DataStructure {_identity(structure_id(topic), agency, version)}>"
    yield from _names(named("sdmx.structure"))
    yield "<str:DataStructureComponents>"
    yield "<str:DimensionList>"
    for place, component in enumerate(DIMENSIONS, start=1):
        yield f'<str:Dimension id="{component}" position="{place}">'
        yield identity(component) + representation(component)
        yield "</str:Dimension>"
    yield f'<str:TimeDimension id="{TIME}">{identity(TIME)}{representation(TIME)}</str:TimeDimension>'
    yield "</str:DimensionList>"
    yield "<str:AttributeList>"
    for component in ATTRIBUTES:
        usage = "mandatory" if component in REQUIRED else "optional"
        yield f'<str:Attribute usage="{usage}" id="{component}">'
        yield identity(component) + representation(component)
        yield "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship>"
        yield f"<str:MeasureRelationship><str:Measure>{MEASURE}</str:Measure></str:MeasureRelationship>"
        yield "</str:Attribute>"
    yield "</str:AttributeList>"
    yield "<str:MeasureList>"
    yield f'<str:Measure id="{MEASURE}">{identity(MEASURE)}{representation(MEASURE)}</str:Measure>'
    yield "</str:MeasureList>"
    yield "</str:DataStructureComponents>"
    yield "</str:DataStructure>"
    yield "</str:DataStructures>"


def _text_type(component: str) -> str:
    if component == TIME:
        return "ObservationalTimePeriod"
    return "String" if component in TEXTS else "Double"


def _identity(name: str, agency: str, version: str) -> str:
    return f'id="{name}" version="{version}" agencyID={quoteattr(agency)}'


def _names(names: Named) -> Iterator[str]:
    for language, name in names.items():
        yield f'<com:Name xml:lang="{language}">{escape(name)}</com:Name>'
