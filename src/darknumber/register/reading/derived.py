"""What follows from what was reported: age, nationality, the definition of the border; and what cannot be true."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.reading.remarks import Said
from darknumber.register.reading.schema import ADULT, BORDER_CONDUCT, REPORT_DATE, YEAR

OLDEST = 120  # years; one person is known to have become older
SLACK = 1  # years between an age and a date of birth: the age may be that of another day in the dossier

_FIRST, _LAST, _AGE = "first_day", "last_day", "exact_age"
_HOME = "NLD"


def with_derived(frame: nw.LazyFrame[Any], said: Said) -> nw.LazyFrame[Any]:
    """The rows with the columns that follow from others, where no column gives them.

    Values that cannot be true become empty: a birth after the report, an age nobody reaches, a referral by the
    organisation itself.
    """
    there = frozenset(frame.collect_schema().names())
    frame = frame.with_columns(*_day(there))
    impossible = _impossible(there, said)
    if impossible:
        frame = frame.with_columns(*impossible)
        frame = frame.with_columns(*_emptied(there, said))
    if {"birth_date", REPORT_DATE} <= there:
        # Whole years: the day of the report less the day of birth, each as a number of eight digits.
        years = (_number(nw.col(REPORT_DATE)) - _number(nw.col("birth_date"))) // 10000
        frame = frame.with_columns(years.cast(nw.Int64).alias(_AGE))
        there |= {_AGE}
    columns = [*_age(there, said), *_border(there, said)]
    frame = frame.with_columns(*columns) if columns else frame
    return _with_nationality(frame, there)


def _day(there: Set[str]) -> list[nw.Expr]:
    """The first and last day on which the report can have been made, as numbers of eight digits."""
    year = nw.col(YEAR)
    first, last = year * 10000 + 101, year * 10000 + 1231
    if REPORT_DATE in there:
        day = _number(nw.col(REPORT_DATE))
        first, last = nw.coalesce(day, first), nw.coalesce(day, last)
    return [first.alias(_FIRST), last.alias(_LAST)]


def _number(day: nw.Expr) -> nw.Expr:
    number = day.dt.year().cast(nw.Int64) * 10000 + day.dt.month().cast(nw.Int64) * 100 + day.dt.day().cast(nw.Int64)
    return number.cast(nw.Int64)


def _impossible(there: Set[str], said: Said) -> list[nw.Expr]:
    """Where something cannot be true."""
    columns = []
    if "referred_by" in there:
        columns.append(said.column("refers_to_itself", "referred_by", nw.col("referred_by") == nw.col("organisation")))
    if "birth_year" in there:
        after = nw.col("birth_year") > nw.col(YEAR)
        if "birth_date" in there:
            late = (_number(nw.col("birth_date")) > nw.col(_LAST)).fill_null(False)
            columns.append(said.column("born_after_report", "birth_date", late))
            after = after & ~(late & _year_of_date())  # that it is wrong is said once
        columns.append(said.column("born_after_report", "birth_year", after))
    if "age_years" in there:
        columns.append(said.column("too_old", "age_years", nw.col("age_years") > OLDEST))
    return columns


def _emptied(there: Set[str], said: Said) -> list[nw.Expr]:
    """The values that cannot be true, made empty."""
    wrong = {
        "referred_by": "said_referred_by_refers_to_itself",
        "birth_year": "said_birth_year_born_after_report",
        "birth_date": "said_birth_date_born_after_report",
        "age_years": "said_age_years_too_old",
    }
    right = {name: nw.col(column) == 0 for name, column in wrong.items() if name in there and column in said.columns}
    if "birth_date" not in right:
        return [nw.when(holds).then(nw.col(name)).alias(name) for name, holds in right.items()]
    # with a date goes the year that is its own; in the place of a wrong year comes that of the date
    year = nw.when(right["birth_date"]).then(nw.col("birth_date").dt.year().cast(nw.Int64))
    kept = right.pop("birth_year") & (right["birth_date"] | ~_year_of_date())
    emptied = [nw.when(holds).then(nw.col(name)).alias(name) for name, holds in right.items()]
    return [*emptied, nw.when(kept).then(nw.col("birth_year")).otherwise(year).alias("birth_year")]


def _year_of_date() -> nw.Expr:
    """Whether the year of birth is that of the date of birth."""
    return (nw.col("birth_date").dt.year().cast(nw.Int64) == nw.col("birth_year")).fill_null(False)


def _age(there: Set[str], said: Said) -> list[nw.Expr]:
    """Minor or adult: as reported, else from the date of birth, the age, or the year of birth where that decides."""
    columns = []
    if {_AGE, "age_years"} <= there:
        gap = nw.col(_AGE) - nw.col("age_years")
        columns.append(said.column("age_disagrees", "age_years", (gap > SLACK) | (gap < -SLACK)))
    if {_AGE, "age"} <= there:
        columns.append(said.column("age_disagrees", "age", nw.col("age") != _group(nw.col(_AGE))))
    known = [_group(nw.col(name)) for name in (_AGE, "age_years") if name in there]
    if "birth_year" in there:
        in_year = nw.col(YEAR) - nw.col("birth_year")  # the age on 31 December, which decides unless it is 18
        known.append(_group(nw.when(in_year != ADULT).then(in_year).otherwise(nw.lit(None).cast(nw.Int64))))
    if known and "age" not in there:
        columns.append((nw.coalesce(*known) if len(known) > 1 else known[0]).alias("age"))
    return columns


def _group(years: nw.Expr) -> nw.Expr:
    found = nw.when(years < ADULT).then(nw.lit("minor")).otherwise(nw.lit("adult"))
    return _where(~years.is_null(), found)


def _border(there: Set[str], said: Said) -> list[nw.Expr]:
    """Whether a legal basis was in force; and whether it is the conduct of the border police and no other."""
    if "legal_basis" not in there:
        return []
    outside = (nw.col(_LAST) < nw.col("legal_basis_from")) | (nw.col(_FIRST) > nw.col("legal_basis_to"))
    columns = [said.column("out_of_force", "legal_basis", outside)]
    if "border_definition" not in there:
        basis = nw.col("legal_basis")
        border = nw.when(basis == BORDER_CONDUCT).then(nw.lit("yes")).otherwise(nw.lit("no"))
        columns.append(_where(~basis.is_null(), border).alias("border_definition"))
    return columns


def _with_nationality(frame: nw.LazyFrame[Any], there: Set[str]) -> nw.LazyFrame[Any]:
    """Dutch, other European Union or other, by who was in the Union at the time; and Dutch or other."""
    if "citizenship" in there and "citizenship_group" not in there:
        country = nw.col("citizenship")
        member = (nw.col(_LAST) >= nw.col("citizenship_from")) & (nw.col(_FIRST) <= nw.col("citizenship_to"))
        group = nw.when(member.fill_null(False)).then(nw.lit("eu")).otherwise(nw.lit("other"))
        group = nw.when(country == _HOME).then(nw.lit("dutch")).otherwise(group)
        frame = frame.with_columns(_where(~country.is_null(), group).alias("citizenship_group"))
        there = there | {"citizenship_group"}
    if "citizenship_group" in there and "nationality" not in there:
        group = nw.col("citizenship_group")
        found = nw.when(group == "dutch").then(nw.lit("dutch")).otherwise(nw.lit("other"))
        frame = frame.with_columns(_where(~group.is_null(), found).alias("nationality"))
    return frame


def _where(known: nw.Expr, value: nw.Expr) -> nw.Expr:
    return nw.when(known).then(value).otherwise(nw.lit(None).cast(nw.String))
