"""From published rows to the codes of indicator 16.2.2: series, sex, age, and what the indicator has no place for.

The series are our own. Those of the United Nations are of *detected* victims, and none of theirs is of estimated ones:
an estimate under one of their codes would be taken for a count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from darknumber.data.ages import band_of
from darknumber.data.table import NOT_RECORDED
from darknumber.views.published_rows import Measure, Published, PublishedRow
from darknumber.words import LANGUAGES, say, use_language
from darknumber.words.labels import stratum_name

Named = Mapping[str, str]  # a name by language

ALL, UNKNOWN = "_T", "_U"
BREAKDOWN = "CUST_BREAKDOWN"  # where the indicator leaves room for what a country adds
_MEASURES: Mapping[Measure, str] = {
    "registered": "REG",
    "estimated": "TOT",
    "unseen": "UND",
    "ratio": "RAT",
    "registered rate": "REG",
    "estimated rate": "TOT",
}
_RATES = ("registered rate", "estimated rate")
# Which covariate goes where, by what offices call it.
DIMENSIONS: Mapping[str, str] = {
    "sex": "SEX",
    "geslacht": "SEX",
    "age": "AGE",
    "leeftijd": "AGE",
    "form": "FORM",
    "vorm": "FORM",
}
# Forms of exploitation as the series of the indicator have them; forced criminality is among *other purposes* there.
# None ends in R, which stands for a rate.
CODES: Mapping[str, Mapping[str, str]] = {
    "SEX": {"female": "F", "vrouw": "F", "vrouwen": "F", "male": "M", "man": "M", "mannen": "M", NOT_RECORDED: UNKNOWN},
    "AGE": {
        "minor": "Y0T17",
        "minderjarig": "Y0T17",
        "adult": "Y_GE18",
        "meerderjarig": "Y_GE18",
        NOT_RECORDED: UNKNOWN,
    },
    "FORM": {
        "sexual": "SX",
        "seksueel": "SX",
        "labour": "FL",
        "arbeid": "FL",
        "criminal": "FC",
        "crimineel": "FC",
        "organ": "OG",
        "other": "OP",
        NOT_RECORDED: "NK",
    },
}
_OPEN_AGE = "Y_GE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one published number stands.

    Parameters
    ----------
    series, sex, age, breakdown
        Codes.
    """

    series: str
    sex: str
    age: str
    breakdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes that a publication needs, and what they are called in each language.

    Parameters
    ----------
    places
        One for each row of the publication.
    names
        By dimension (``SERIES``, ``SEX``, ``AGE``, `BREAKDOWN`) and code, the name by language; in the order in which
        they are listed.
    """

    places: tuple[Place, ...]
    names: Mapping[str, Mapping[str, Named]] = field(repr=False)


def codes_of(found: Published, topic: str) -> Codes:
    """The codes of every row.

    Parameters
    ----------
    found
        The publication.
    topic
        What follows ``MSE_`` in the series: ``HTF`` for human trafficking.
    """
    breakdowns = dict.fromkeys(kept for row in found.rows if (kept := _rest(row)))
    numbered = {kept: f"C{number:02d}" for number, kept in enumerate(breakdowns, start=1)}
    names: dict[str, dict[str, Named]] = {
        "SERIES": {},
        "SEX": {ALL: named("sdmx.code.total")},
        "AGE": {ALL: named("sdmx.code.total")},
        BREAKDOWN: {ALL: named("sdmx.code.total")},
    }
    places = []
    for row in found.rows:
        coded = {dimension: code for dimension, code, _ in _coded(row)}
        form, rest = coded.get("FORM", ""), _rest(row)
        rate = row.measure in _RATES
        place = Place(
            series=f"MSE_{topic}_{_MEASURES[row.measure]}{form}{'R' if rate else ''}",
            sex=coded.get("SEX", ALL),
            age=coded.get("AGE", ALL),
            breakdown=numbered[rest] if rest else ALL,
        )
        places.append(place)
        of = next((level for dimension, _, level in _coded(row) if dimension == "FORM"), None)
        names["SERIES"].setdefault(place.series, _series_name(row.measure, of, found.per))
        for dimension, code, level in _coded(row):
            if dimension != "FORM":
                names[dimension].setdefault(code, _level_name(level))
        if rest:
            names[BREAKDOWN].setdefault(place.breakdown, _level_name(*rest))
    return Codes(places=tuple(places), names=names)


def unit_of(measure: Measure, per: int) -> str:
    """The unit of a number."""
    if measure in _RATES:
        return f"PER_{per}_POP"
    return "RATIO" if measure == "ratio" else "NUMBER"


def status_of(row: PublishedRow) -> tuple[str, str]:
    """The codes of a row in CL_OBS_STATUS and CL_CONF_STATUS.

    Where the interval stands alone, because it is too wide or has no upper end, the number is *missing; suppressed* as
    one that is hidden is, but not confidential; what cannot be estimated is *missing*.
    """
    if row.status == "hidden":
        return "Q", "C"
    if row.status == "not estimable":
        return "O", "F"
    if row.value is None:
        return "Q", "F"
    return "A" if row.measure in ("registered", "registered rate") else "E", "F"


def _coded(row: PublishedRow) -> list[tuple[str, str, tuple[str, str]]]:
    """The levels that have a place of their own: dimension, code, and covariate with level."""
    found: list[tuple[str, str, tuple[str, str]]] = []
    for name, level in row.levels:
        dimension = DIMENSIONS.get(name.casefold(), "")
        code = CODES.get(dimension, {}).get(level.casefold()) or (_age_code(level) if dimension == "AGE" else "")
        if code and dimension not in {each[0] for each in found}:
            found.append((dimension, code, (name, level)))
    return found


def _rest(row: PublishedRow) -> tuple[tuple[str, str], ...]:
    """The levels that have not."""
    placed = {pair for _, _, pair in _coded(row)}
    return tuple(pair for pair in row.levels if pair not in placed)


def _age_code(level: str) -> str:
    """The code of ages in numbers, such as ``Y12T17``."""
    band = band_of(level)
    if band is None:
        return ""
    first, last = band
    return f"{_OPEN_AGE}{first}" if last is None else f"Y{first}T{last}" if last > first else f"Y{first}"


def _level_name(*pairs: tuple[str, str]) -> Named:
    """The name of levels in every language."""
    names = {}
    for code in LANGUAGES:
        with use_language(code):
            names[code] = stratum_name([name for name, _ in pairs], [level for _, level in pairs])
    return names


def _series_name(measure: Measure, form: tuple[str, str] | None, per: int) -> Named:
    names = {}
    for code in LANGUAGES:
        with use_language(code):
            name = say(f"sdmx.series.{measure.replace(' ', '_')}", per=per)
            names[code] = (
                name if form is None else say("sdmx.series_of", name=name, form=stratum_name(form[:1], form[1:]))
            )
    return names


def named(key: str, **values: object) -> Named:
    """A sentence of the catalogue in every language."""
    names = {}
    for code in LANGUAGES:
        with use_language(code):
            names[code] = say(key, **values)
    return names
