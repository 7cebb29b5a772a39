"""People whom one list sent to another: the list they were sent to did not find them by itself (METHODS F1).

Which entries are referred is worked out for each person where the rows are, and joined to the rows; only counts come
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import permutations
from operator import add, or_
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data import marks
from darknumber.data.dates import NO_DATE, as_texts, by_row, texts_in
from darknumber.data.engine import fetch, kept
from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import person_column, tabulate
from darknumber.errors import InputError
from darknumber.findings import Finding


def drop_referred(records: Records, within: int | None = None) -> CaptureTable:
    """Count people without the entries on lists that another of their lists referred them to.

    An entry is referred where every row about it names a list that the person is on too, unless dates say that the
    person came to that list later; and, with `within`, where the person came to it so few days after another list. One
    entry of a person always stays, so nobody is lost.

    Parameters
    ----------
    records
        Read with `referrals`, with `dates`, or both.
    within
        Up to how many days after another list an entry counts as referred; entries of the same day and entries without
        a date do not. None goes by recorded referrals only.

    Returns
    -------
    CaptureTable
        With findings that say how many entries were dropped, of how many people, and which lists had referred them.

    Raises
    ------
    InputError
        Neither referrals nor dates that could say so, days that are no number from one up, a list on which nobody would
        be left, and what `tabulate` refuses.
    """
    if within is not None and (isinstance(within, bool) or not isinstance(within, int) or within < 1):
        raise InputError("bad_referral_days", value=within)
    if within is None and records.referrals is None:
        raise InputError("referrals_needed")
    if within is not None and len(records.date_columns) < (1 if records.list_column else 2):
        raise InputError("referral_dates_needed")
    if records.id is not None:
        person = person_column(records.frame.collect_schema()["person"])
        records = replace(records, frame=records.frame.with_columns(person))
    rows = as_texts(records, records.covariate_columns)
    people = _judged(records, _people(records, rows), within)
    counted = _counted(people, len(records.lists))
    try:
        emptied = [name for j, name in enumerate(records.lists) if counted[f"gone_{j}"] and not counted[f"left_{j}"]]
        if emptied:
            raise InputError("all_referred", names=emptied)
        table = tabulate(_without(records, rows, people))
    except InputError:
        tabulate(records)  # what is wrong in the rows is said of the rows as they are
        raise
    return table.with_findings(_findings(records.lists, counted, within))


def _keys(records: Records) -> list[str]:
    """The columns that make a person, or a person in a year; none where every row is one."""
    if records.id is None:
        return []
    year = records.unit == "person-year" and records.year is not None
    return ["person", *([f"covariate_{records.covariates.index(str(records.year))}"] if year else [])]


def _people(records: Records, rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """For each person ``on_J``, ``day_J``, ``by_I_J`` if list I is said to have referred, ``alone_J`` if none is."""
    keys, places = _keys(records), range(len(records.lists))
    flags = by_row(records, rows)
    people = rows.select(*keys[1:], *flags) if keys else rows.with_columns(*flags)
    if records.referrals is not None:
        people = people.with_columns(
            *(
                _bit(
                    (nw.col(f"on_{j}") == 1) & (_sum(nw.col(f"by_{i}_{j}") for i in places if i != j) == 0),
                    f"alone_{j}",
                )
                for j in places
            )
        )
    if not keys:
        return people
    names = people.collect_schema().names()
    return people.group_by(*keys).agg(
        *(nw.col(name).max() for name in names if name.startswith(("on_", "by_", "alone_"))),
        *(nw.col(name).min() for name in names if name.startswith("day_")),
    )


def _judged(records: Records, people: nw.LazyFrame[Any], within: int | None) -> nw.LazyFrame[Any]:
    """The same with ``gone_J``, and ``for_I_J`` where the entry on list J goes for list I; one I for each J."""
    places = range(len(records.lists))
    pairs = list(permutations(places, 2))
    causes = []
    for i, j in pairs:
        both = (nw.col(f"on_{i}") == 1) & (nw.col(f"on_{j}") == 1)
        gap = nw.col(f"day_{j}") - nw.col(f"day_{i}")
        dated = (nw.col(f"day_{i}") < NO_DATE) & (nw.col(f"day_{j}") < NO_DATE)
        said, soon = both & False, both & False
        if records.referrals is not None:
            said = both & (nw.col(f"by_{i}_{j}") == 1) & (nw.col(f"alone_{j}") == 0) & ~(dated & (gap < 0))
        if within is not None:
            soon = both & dated & (gap > 0) & (gap <= within)
        causes.append(_bit(said | soon, f"cause_{i}_{j}"))
    people = people.with_columns(*causes)
    # Of two lists that each say the other referred the person, with nothing to tell which was first, one entry stays.
    people = people.with_columns(
        *(_bit(_is(f"cause_{i}_{j}") & ~_is(f"cause_{j}_{i}"), f"cause_{i}_{j}") for i, j in pairs if i > j)
    )
    people = _cut(people)
    people = people.with_columns(
        *(_bit(_any(_is(f"cause_{i}_{j}") for i in places if i != j), f"gone_{j}") for j in places)
    )
    # Lists that referred a person to each other in a circle: the first of them stays.
    nobody = ~_any(_is(f"on_{j}") & ~_is(f"gone_{j}") for j in places)
    people = _cut(people.with_columns(_bit(nobody, "circle")))
    people = people.with_columns(
        *(
            _bit(_is(f"gone_{j}") & ~(_is("circle") & ~_any(_is(f"on_{i}") for i in range(j))), f"gone_{j}")
            for j in places
        )
    )
    return _cut(people).with_columns(
        *(
            _bit(
                _is(f"gone_{j}") & _is(f"cause_{i}_{j}") & ~_any(_is(f"cause_{k}_{j}") for k in range(i) if k != j),
                f"for_{i}_{j}",
            )
            for i, j in pairs
        )
    )


def _without(records: Records, rows: nw.LazyFrame[Any], people: nw.LazyFrame[Any]) -> Records:
    """The records without the marks that go; every row stays, as it may be the only one with some covariate."""
    places, keys = range(len(records.lists)), _keys(records)
    if keys:
        told = people.select(*keys, *(f"{word}_{j}" for word in ("on", "gone") for j in places))
        rows = rows.join(told, on=keys, how="left")
    else:
        rows = people
    if records.list_column:
        column = nw.col("list")
        texts = texts_in(rows, "list")
        of = {j: sorted(text for text in texts if marks.label(text) == name) for j, name in enumerate(records.lists)}
        stays: nw.Expr = column
        for j in places:
            if of[j]:
                stays = nw.when(_is(f"on_{j}") & ~_is(f"gone_{j}")).then(nw.lit(of[j][0])).otherwise(stays)
        changed: nw.Expr = column
        for j in places:
            if of[j]:
                changed = nw.when(column.is_in(of[j]) & _is(f"gone_{j}")).then(stays).otherwise(changed)
        rows = rows.with_columns(changed.alias("list"))
    else:
        for j in places:
            no = next((text for text in sorted(texts_in(rows, f"list_{j}")) if marks.mark(text) in marks.NO | {""}), "")
            mark = nw.when(_is(f"gone_{j}")).then(nw.lit(no)).otherwise(nw.col(f"list_{j}"))
            rows = rows.with_columns(mark.alias(f"list_{j}"))
    frame = rows.select(*keys[:1], *records.list_columns, *records.covariate_columns)
    return replace(records, frame=frame, dates=(), referrals=None)


def _counted(people: nw.LazyFrame[Any], lists: int) -> dict[str, int]:
    """How many entries go for which list, how many go and stay of each list, and how many people are ``changed``."""
    places = range(lists)
    told = people.with_columns(
        _bit(_any(_is(f"gone_{j}") for j in places), "changed"),
        *(_bit(_is(f"on_{j}") & ~_is(f"gone_{j}"), f"left_{j}") for j in places),
    )
    names = [f"for_{i}_{j}" for i, j in permutations(places, 2)]
    names += ["changed", *(f"{word}_{j}" for word in ("gone", "left") for j in places)]
    return {name: int(n[0] or 0) for name, n in fetch(told.select(*(nw.col(name).sum() for name in names))).items()}


def _findings(lists: Sequence[str], counted: Mapping[str, int], within: int | None) -> list[Finding]:
    """How many entries went, of how many people, and for which lists."""
    if not counted["changed"]:
        return [Finding(code="referred_none")]
    entries = sum(counted[f"gone_{j}"] for j in range(len(lists)))
    values: dict[str, object] = {"n": counted["changed"], "entries": entries}
    code = "referred_dropped"
    if within is not None:
        values["days"] = within
        code = "referred_dropped_within"
    said = [Finding(code=code, severity="caution", values=values)]
    for i, j in permutations(range(len(lists)), 2):
        if counted[f"for_{i}_{j}"]:
            first, second = lists[i], lists[j]
            values = {"first": first, "second": second, "n": counted[f"for_{i}_{j}"]}
            said.append(Finding(code="referred_pair", where=f"{first}:{second}", values=values))
    return said


def _cut(people: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The same; Spark keeps it, as it would write every column out anew wherever a later one uses it."""
    return kept(people) if people.implementation.is_spark_like() else people


def _is(name: str) -> nw.Expr:
    return nw.col(name) == 1


def _any(conditions: Iterable[nw.Expr]) -> nw.Expr:
    return reduce(or_, conditions, nw.lit(False))


def _sum(columns: Iterable[nw.Expr]) -> nw.Expr:
    return reduce(add, columns)


def _bit(condition: nw.Expr, name: str) -> nw.Expr:
    one, none = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    return nw.when(condition).then(one).otherwise(none).alias(name)
