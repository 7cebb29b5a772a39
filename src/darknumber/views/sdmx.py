"""Published rows as SDMX-CSV 2.0, and the structure beside them.

Version 2.0 and not 1.0: it names the version of the structure and what is to be done with the rows, and it alone says
how a value that is missing on purpose is written (``NaN``), so that a hidden number is never taken for one that was
forgotten.
"""

from __future__ import annotations

import csv
import datetime
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.views.open_data import plain_cell
from darknumber.views.published_rows import Published, PublishedRow, in_a_row, period_code
from darknumber.views.sdmx_codes import ALL, BREAKDOWN, Place, codes_of, status_of, unit_of
from darknumber.views.sdmx_structure import (
    ATTRIBUTES,
    DIMENSIONS,
    MEASURE,
    TIME,
    dataflow_id,
    structure_message,
)
from darknumber.words import say

AGENCY = "DARKNUMBER"
UNDATED = datetime.date(1970, 1, 1)  # a message must bear a date; this one says that none was given
DATA_NAME, STRUCTURE_NAME = "sdmx.csv", "sdmx-structure.xml"
HEADINGS = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, TIME, MEASURE, *ATTRIBUTES)
_AGENCY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*")  # NestedNCNameIDType of the SDMX schemas
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_CODE = re.compile(r"[A-Za-z0-9_@$-]+")  # IDType of the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who publishes, about which country.

    Parameters
    ----------
    area
        The country as the SDG database codes it (UN M49): 528 for the Netherlands.
    agency
        The SDMX agency that keeps the structure: the office's own, where it has one.
    version
        Of the structure; to be raised when its codes change.
    topic
        What the hidden population is called in the names of series: ``HTF`` for human trafficking.
    vintage
        Which round of the study it is.
    source
        Where the figures come from, in a phrase.
    period
        The years of data that know no year: ``2010-2015`` or ``2019``.
    prepared
        The date of the publication.

    Raises
    ------
    InputError
        An agency, area, topic or version that SDMX cannot have, or a period that is no years.
    """

    area: str
    agency: str = AGENCY
    version: str = "1.0.0"
    topic: str = "HTF"
    vintage: str = ""
    source: str = ""
    period: str = ""
    prepared: datetime.date = UNDATED

    def __post_init__(self) -> None:
        wrong = [
            *([("agency", self.agency)] if not _AGENCY.fullmatch(self.agency) else []),
            *([("version", self.version)] if not _VERSION.fullmatch(self.version) else []),
            *((name, text) for name, text in (("area", self.area), ("topic", self.topic)) if not _CODE.fullmatch(text)),
            *([("period", self.period)] if self.period and not _years_of(self.period) else []),
        ]
        if wrong:
            raise InputError("bad_sdmx_name", name=wrong[0][0], text=wrong[0][1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdmx:
    """A publication in SDMX.

    Parameters
    ----------
    data
        SDMX-CSV 2.0.
    structure
        The SDMX-ML 3.0 message that it is read by.
    left_out
        Rows that are not in it: means over years that do not follow each other have no time period in SDMX.
    """

    data: str
    structure: str
    left_out: int


def sdmx(found: Published, office: Office) -> Sdmx:
    """A publication as SDMX-CSV with its structure, in the language in use where comments are concerned.

    Parameters
    ----------
    found
        The published rows.
    office
        Who publishes.

    Raises
    ------
    InputError
        The data know no year, and `office` names no period.
    """
    codes = codes_of(found, office.topic)
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(HEADINGS)
    left_out = 0
    for row, place in zip(found.rows, codes.places, strict=True):
        years = row.years or _years_of(office.period)
        if not years:
            raise InputError("no_period")
        if not in_a_row(years):
            left_out += 1
            continue
        lines.writerow(_cells(row, place, years, found, office))
    message = structure_message(
        codes,
        agency=office.agency,
        version=office.version,
        topic=office.topic,
        area=office.area,
        per=found.per,
        prepared=office.prepared,
    )
    return Sdmx(data=out.getvalue(), structure=message, left_out=left_out)


def write_sdmx(found: Published, folder: str | os.PathLike[str], office: Office) -> tuple[Path, Path]:
    """Write the data and the structure beside each other, as `DATA_NAME` and `STRUCTURE_NAME`.

    Raises
    ------
    InputError
        As `sdmx`, or a folder that cannot be written in.
    """
    made = sdmx(found, office)
    data, structure = (place_for(Path(folder) / name) for name in (DATA_NAME, STRUCTURE_NAME))
    data.write_bytes(made.data.encode("utf-8"))
    structure.write_bytes(made.structure.encode("utf-8"))
    return data, structure


def _cells(row: PublishedRow, place: Place, years: tuple[str, ...], found: Published, office: Office) -> Iterator[str]:
    status, secret = status_of(row)
    registered = row.measure.startswith("registered")
    values = {
        "FREQ": "A" if len(years) == 1 else "_O",
        "REPORTING_TYPE": "N",
        "SERIES": place.series,
        "REF_AREA": office.area,
        "SEX": place.sex,
        "AGE": place.age,
        BREAKDOWN: place.breakdown,
        TIME: years[0] if len(years) == 1 else f"{years[0]}-01-01/P{len(years)}Y",
        MEASURE: "NaN" if row.value is None else plain_cell(row.value),
        "UNIT_MEASURE": unit_of(row.measure, found.per),
        "UNIT_MULT": "0",
        "NATURE": "C" if registered else "E",
        "OBS_STATUS": status,
        "CONF_STATUS": secret,
        "LOWER_BOUND": plain_cell(row.lower),
        "UPPER_BOUND": plain_cell(row.upper),
        "INTERVAL_LEVEL": "" if registered or row.status == "hidden" else plain_cell(found.level),
        "VINTAGE": plain_cell(office.vintage),
        "SOURCE_DETAIL": plain_cell(office.source),
        "COMMENT_OBS": _comment(row),
        "TIME_DETAIL": _time_detail(row, years),
    }
    yield "dataflow"
    yield f"{office.agency}:{dataflow_id(office.topic)}({office.version})"
    yield "I"
    yield from (values.get(name, ALL) for name in HEADINGS[3:])


def _comment(row: PublishedRow) -> str:
    return "" if row.status == "ok" else say(f"sdmx.comment.{row.status.replace(' ', '_')}")


def _time_detail(row: PublishedRow, years: tuple[str, ...]) -> str:
    if len(years) == 1:
        return years[0]
    return say("sdmx.mean" if row.years else "sdmx.whole", period=period_code(years))


def _years_of(period: str) -> tuple[str, ...]:
    """The years of ``2019`` or ``2010-2015``; none where it is neither."""
    found = re.fullmatch(r"(\d{4})(?:[-–](\d{4}))?", period)
    if found is None:
        return ()
    first, last = int(found[1]), int(found[2] or found[1])
    return tuple(str(year) for year in range(first, last + 1))
