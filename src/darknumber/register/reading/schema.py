"""What a report holds: the canonical fields with their codes, as ``fields.toml`` beside this file gives them.

Fields and codes follow IC-TIP where it has them and Dutch practice where it does not; each says where it comes from. A
report says *not recorded* by leaving a field empty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from darknumber.data import marks
from darknumber.register.reading.countries import country_codes

Kind = Literal["key", "name", "open", "code", "yes-no", "date", "year", "number", "set"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ORGANISATION, REPORT_DATE, YEAR = "organisation", "report_date", "year"

ADULT = 18  # years; the age from which somebody is no minor, in art. 273f and in the Palermo Protocol

# A dash may say no or that nothing was recorded; here, where they differ, it says the second.
_YES_AND_NO = {"yes": sorted(marks.YES), "no": sorted(marks.NO - {"-"})}
YES_OR_NO = {text: code for code, texts in _YES_AND_NO.items() for text in texts}

DENIED = "denied"  # members of any set that were answered with no

# The conduct that stands for the reports of the border police: bringing somebody over the border for prostitution.
BORDER_CONDUCT = "273f.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a report says.

    Parameters
    ----------
    name
        The canonical column.
    kind
        ``key`` (says who or which, compared as it stands), ``name`` (compared after cleaning), ``open`` (a code of the
        office's own), ``code`` (one of `codes`), ``yes-no``, ``date``, ``year``, ``number`` or ``set`` (any of `codes`,
        with a semicolon between).
    identifying
        Whether it leads to a person; such a field links reports and is never shown.
    headings
        What offices call the column.
    codes
        Each code with what offices write for it.
    ic_tip
        The variable of IC-TIP; empty where it has none.
    source, source_year, confidence
        Where the field and its codes come from, from which year, and how far that was checked.
    """

    name: str
    kind: Kind
    identifying: bool
    headings: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    ic_tip: str
    source: str
    source_year: int | None
    confidence: str

    @property
    def aliases(self) -> Mapping[str, str]:
        """The code of every text that stands for one, without capitals."""
        found = {fold(text): code for code, texts in self.codes.items() for text in texts}
        return found | {fold(code): code for code in self.codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A legal basis with the days on which it was in force.

    Parameters
    ----------
    code
        Such as ``273f.3``: article 273f, first paragraph, conduct 3.
    first, last
        Both days included. Without a first day it has not been in force as far as is known; without a last day it is.
    confidence
        How far that was checked.
    """

    code: str
    first: date | None
    last: date | None
    confidence: str


def fold(text: str) -> str:
    """A text as codes are compared: without capitals and surrounding spaces."""
    return text.strip(marks.SPACES).lower()


def fold_heading(text: str) -> str:
    """A heading as headings are compared: without capitals, and with one space for dots, dashes and the like."""
    return " ".join(re.split(r"[\W_]+", text.lower())).strip()


@cache
def _page() -> dict[str, Any]:
    return tomllib.loads(files("darknumber.register.reading").joinpath("fields.toml").read_text(encoding="utf-8"))


def is_pseudonym(name: str) -> bool:
    """Whether a field is one that a file of pseudonyms has in the place of others."""
    return name in _page()["pseudonyms"]["columns"]


@cache
def fields() -> Mapping[str, Field]:
    """The canonical fields by name, in the order in which they are shown."""
    found = {name: _field(name, table) for name, table in _page()["field"].items()}
    found |= {name: _field(name, _page()["pseudonyms"]) for name in _page()["pseudonyms"]["columns"]}
    members = {code: () for each in found.values() if each.kind == "set" for code in each.codes}
    table = _page()["field"][DENIED]
    return {**found, DENIED: _field(DENIED, {**table, "codes": members})}


def field_of(name: str) -> Field:
    """The field with this name."""
    return fields()[name]


def sets() -> tuple[Field, ...]:
    """The fields that hold several codes, *denied* left out."""
    return tuple(each for each in fields().values() if each.kind == "set" and each.name != DENIED)


@cache
def laws() -> Mapping[str, Law]:
    """Every legal basis by its code."""
    return {
        code: Law(code=code, first=entry.get("from"), last=entry.get("to"), confidence=entry["confidence"])
        for entry in _page()["field"]["legal_basis"]["dated"]
        for code in _law_codes(entry)
    }


@cache
def eu_members() -> Mapping[str, tuple[date | None, date | None]]:
    """Countries of the European Union with their first and last day in it; None where that is outside our time."""
    return {code: (entry.get("from"), entry.get("to")) for code, entry in _page()["eu"].items()}


def version() -> str:
    """Which edition of the fields and codes this is."""
    return str(_page()["version"])


def _field(name: str, table: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        kind=table["kind"],
        identifying=table.get("identifying", False),
        headings=tuple(table["headings"]),
        codes={code: tuple(texts) for code, texts in _codes(name, table).items()},
        ic_tip=table.get("ic_tip", ""),
        source=table["source"],
        source_year=table.get("year"),
        confidence=table["confidence"],
    )


def _codes(name: str, table: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    if name == "citizenship":
        return country_codes(_page()["countries"])
    if table["kind"] == "yes-no":
        return _YES_AND_NO
    if "numbered" in table:
        return {
            f"{dimension}.{number:02}": ()
            for dimension, several in table["numbered"].items()
            for number in range(1, several + 1)
        }
    if "dated" in table:
        return {code: _law_texts(code, entry) for entry in table["dated"] for code in _law_codes(entry)}
    found: Mapping[str, Sequence[str]] = table.get("codes", {})
    return found


def _law_codes(entry: Mapping[str, Any]) -> list[str]:
    article = entry["article"]
    return [article, *(f"{article}.{number}" for number in range(1, entry["conducts"] + 1))]


def _law_texts(code: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """How offices write an article, and a conduct in it."""
    article, _, number = code.partition(".")
    spelled = (article, f"art. {article}", f"art {article}", f"artikel {article}")
    if not number:
        return (*spelled, *entry.get("aliases", ()))
    paragraphs = (
        *(f" lid 1 sub {number}", f" lid 1 onder {number}", f" lid 1, sub {number}", f" lid 1 onder {number}°"),
        *(f"(1)({number})", f" sub {number}", f"-{number}"),
    )
    return tuple(name + rest for name in spelled for rest in paragraphs)
