"""Dates of birth in SQL, so that dates written in different ways, swapped, or known in part can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.names.dialects import Dialect
from darknumber.register.names.name_rules import NameRules

# Ways in which a date is written: the pattern, and which bracket is the year, the month and the day.
_WAYS = (
    (r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?\s*\z", (1, 2, 3)),
    (r"^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})\s*\z", (3, 2, 1)),
    (r"^\s*(\d{4})(\d{2})(\d{2})\s*\z", (1, 2, 3)),
    (r"^\s*(\d{4})\s*\z", (1, None, None)),
)
NO_YEAR = "0000"  # written where the year is not known; engines differ on whether it is one
_WIDTHS = {"year": 4, "month": 2, "day": 2}


def birth_stages(dialect: Dialect, rules: NameRules, kinds: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """The columns of the date of birth, from ``raw_birth_date`` and ``raw_birth_year`` as far as they are there.

    A date whose day and month are 0 leaves the year, as do one that does not exist and one on a day that stands for
    not knowing the day (1 January).

    Parameters
    ----------
    kinds
        The kinds of the columns in the reports: a date of birth may be a date or text.
    """
    if "birth_date" not in kinds:
        return () if "birth_year" not in kinds else ({"birth_year": _number(dialect, "raw_birth_year", "year")},)
    if kinds["birth_date"] == nw.String:
        read = _from_text(dialect)
    else:
        read = ({f"read_{part}": _number(dialect, f"{part}(raw_birth_date)", part) for part in _WIDTHS},)
    whole = "read_year || '-' || read_month || '-' || read_day"
    nothing = ", ".join(dialect.text(date) for date in rules.nothing_dates)
    days = ", ".join(dialect.text(day) for day in rules.nothing_days)
    there = f"try_cast({whole} AS DATE) IS NOT NULL AND read_year <> '{NO_YEAR}'"
    known = f"{there} AND {whole} NOT IN ({nothing}) AND substr({whole}, 6) NOT IN ({days})"
    own = f"CASE WHEN coalesce({whole}, '') NOT IN ({nothing}) THEN nullif(read_year, '{NO_YEAR}') END"
    told = f"coalesce({own}, {_number(dialect, 'raw_birth_year', 'year')})" if "birth_year" in kinds else own
    in_order = "CASE WHEN birth_day < birth_month THEN birth_day || '-' || birth_month ELSE birth_month_day END"
    return (
        *read,
        {
            "birth_date": f"CASE WHEN {known} THEN {whole} END",
            "birth_month": f"CASE WHEN {known} THEN read_month END",
            "birth_day": f"CASE WHEN {known} THEN read_day END",
            "birth_year": told,
        },
        {"birth_year_month": "substr(birth_date, 1, 7)", "birth_month_day": "substr(birth_date, 6, 5)"},
        {"birth_swapped": f"birth_year || '-' || {in_order}"},
    )


def _from_text(dialect: Dialect) -> Sequence[Mapping[str, str]]:
    """Year, month and day of a date that is written as text."""
    found = {}
    for place, (part, width) in enumerate(_WIDTHS.items()):
        ways = [(pattern, brackets[place]) for pattern, brackets in _WAYS]
        parts = [f"nullif({dialect.part('raw_birth_date', pattern, own)}, '')" for pattern, own in ways if own]
        found[f"read_{part}"] = f"lpad(coalesce({', '.join(parts)}), {width}, '0')"
    return (found,)


def _number(dialect: Dialect, sql: str, part: str) -> str:
    return f"lpad(CAST({sql} AS {dialect.text_type}), {_WIDTHS[part]}, '0')"
