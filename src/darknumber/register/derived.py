"""What follows from what was reported: age, nationality, the definition of the border; and what cannot be true."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.remarks import Said
from darknumber.register.schema import BORDER_CONDUCT, REPORT_DATE, YEAR, eu_members, laws

ADULT = 18  # years
OLDEST = 120  # years; one person is known to have become older
SLACK = 1  # years between an age and a date of birth: the age may be that of another day in the dossier

_BORN, _FIRST, _LAST, _EXACT = "born", "first_day", "last_day", "exact_age"
_HOME = "NLD"


def with_derived(frame: nw.LazyFrame[Any], said: Said) -> nw.LazyFrame[Any]:
    """The rows with the columns that follow from others, where no column gives them.

    Values that cannot be true become empty: a birth after the report, an age nobody reaches, a referral by the
    organisation itself.
    """
    there = set(frame.collect_schema().names())
    frame = frame.with_columns(*_when(there))
    if "referred_by" in there:
        itself = (nw.col("referred_by") == nw.col("organisation")).fill_null(False)
        said.add("refers_to_itself", "referred_by", nw.col("itself"))
        frame = frame.with_columns(itself.alias("itself"))
        frame = frame.with_columns(_unless(nw.col("itself"), "referred_by", nw.String))
    if "birth_year" in there:
        frame = _born(frame, there, said)
    if "age_years" in there:
        frame = frame.with_columns((nw.col("age_years") > OLDEST).fill_null(False).alias("too_old"))
        said.add("too_old", "age_years", nw.col("too_old"))
        frame = frame.with_columns(_unless(nw.col("too_old"), "age_years", nw.Int64))
    frame = _with_age(frame, there, said)
    frame = _with_nationality(frame, there)
    if "legal_basis" in there:
        said.add("out_of_force", "legal_basis", _out_of_force())
        if "border_definition" not in there:
            basis = nw.col("legal_basis")
            border = nw.when(basis == BORDER_CONDUCT).then(nw.lit("yes")).otherwise(nw.lit("no"))
            border = nw.when(~basis.is_null()).then(border).otherwise(_no_text())
            frame = frame.with_columns(border.alias("border_definition"))
    return frame


def _when(there: set[str]) -> list[nw.Expr]:
    """The first and last day on which the report can have been made, as year, month and day in one number."""
    year = nw.col(YEAR)
    first, last = year * 10000 + 101, year * 10000 + 1231
    if REPORT_DATE in there:
        day = _number(nw.col(REPORT_DATE))
        first, last = nw.coalesce(day, first), nw.coalesce(day, last)
    return [first.alias(_FIRST), last.alias(_LAST)]


def _number(day: nw.Expr) -> nw.Expr:
    number = day.dt.year() * 10000 + day.dt.month() * 100 + day.dt.day()
    return number.cast(nw.Int64)


def _unless(wrong: nw.Expr, name: str, kind: type[nw.dtypes.DType]) -> nw.Expr:
    return nw.when(~wrong).then(nw.col(name)).otherwise(nw.lit(None).cast(kind)).alias(name)


def _no_text() -> nw.Expr:
    return nw.lit(None).cast(nw.String)


def _born(frame: nw.LazyFrame[Any], there: set[str], said: Said) -> nw.LazyFrame[Any]:
    """Births that are not after the report."""
    after = nw.col("birth_year") > nw.col(YEAR)
    if "birth_date" in there:
        after = after.fill_null(False) | (_number(nw.col("birth_date")) > nw.col(_LAST)).fill_null(False)
    frame = frame.with_columns(after.fill_null(False).alias("unborn"))
    name = "birth_date" if "birth_date" in there else "birth_year"
    said.add("born_after_report", name, nw.col("unborn"))
    wrong = nw.col("unborn")
    columns = [_unless(wrong, "birth_year", nw.Int64)]
    if "birth_date" in there:
        columns.append(_unless(wrong, "birth_date", nw.Date))
    return frame.with_columns(*columns)


def _with_age(frame: nw.LazyFrame[Any], there: set[str], said: Said) -> nw.LazyFrame[Any]:
    """Minor or adult: as reported, else from the date of birth, the age, or the year of birth where that decides."""
    known: list[nw.Expr] = []
    exact = {"birth_date", REPORT_DATE} <= there
    if exact:
        # whole years: the day of the report less the day of birth, each as a number of eight digits
        gap = (_number(nw.col(REPORT_DATE)) - _number(nw.col("birth_date"))) // 10000
        frame = frame.with_columns(gap.cast(nw.Int64).alias(_EXACT))
        known.append(_group(nw.col(_EXACT)))
    if "age_years" in there:
        known.append(_group(nw.col("age_years")))
    if "birth_year" in there:
        in_year = nw.col(YEAR) - nw.col("birth_year")  # the age on 31 December
        known.append(_group(nw.when(in_year != ADULT).then(in_year).otherwise(nw.lit(None).cast(nw.Int64))))
    if exact and "age_years" in there:
        gap = nw.col(_EXACT) - nw.col("age_years")
        said.add("age_disagrees", "age_years", (gap > SLACK) | (gap < -SLACK))
    if exact and "age" in there:
        said.add("age_disagrees", "age", nw.col("age") != _group(nw.col(_EXACT)))
    if "age" in there or not known:
        return frame
    return frame.with_columns((nw.coalesce(*known) if len(known) > 1 else known[0]).alias("age"))


def _group(years: nw.Expr) -> nw.Expr:
    found = nw.when(years < ADULT).then(nw.lit("minor")).otherwise(nw.lit("adult"))
    return nw.when(~years.is_null()).then(found).otherwise(_no_text())


def _with_nationality(frame: nw.LazyFrame[Any], there: set[str]) -> nw.LazyFrame[Any]:
    """Dutch or other, and Dutch, other European Union or other; by who was in the Union at the time."""
    if "citizenship" in there and "citizenship_group" not in there:
        country = nw.col("citizenship")
        always = [code for code, days in eu_members().items() if days == (None, None)]
        member = country.is_in(always)
        for code, (first, last) in eu_members().items():
            if code not in always:
                member = member | ((country == code) & _possible(first, last).fill_null(False))
        group = nw.when(member).then(nw.lit("eu")).otherwise(nw.lit("other"))
        group = nw.when(country == _HOME).then(nw.lit("dutch")).otherwise(group)
        group = nw.when(~country.is_null()).then(group).otherwise(_no_text())
        frame = frame.with_columns(group.alias("citizenship_group"))
        there = there | {"citizenship_group"}
    if "citizenship_group" in there and "nationality" not in there:
        group = nw.col("citizenship_group")
        found = nw.when(group == "dutch").then(nw.lit("dutch")).otherwise(nw.lit("other"))
        frame = frame.with_columns(nw.when(~group.is_null()).then(found).otherwise(_no_text()).alias("nationality"))
    return frame


def _out_of_force() -> nw.Expr:
    """Whether a report names a legal basis that was not in force when it was made."""
    wrong = nw.lit(False)
    for code, law in laws().items():
        never = law.first is None
        outside = nw.lit(True) if never else ~_possible(law.first, law.last)
        wrong = wrong | ((nw.col("legal_basis") == code) & outside.fill_null(False))
    return wrong


def _possible(first: date | None, last: date | None) -> nw.Expr:
    """Whether the report can have been made between two days, both included."""
    inside = nw.lit(True)
    if first is not None:
        inside = inside & (nw.col(_LAST) >= _as_number(first))
    if last is not None:
        inside = inside & (nw.col(_FIRST) <= _as_number(last))
    return inside


def _as_number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
