"""What counting needs of each report, as numbers: its list, the levels of covariates, whether the definition is met.

The rows are gone through once, in the engine that holds them. What comes back are bits and no texts, so that people can
be counted anew for every draw of who is who without going back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data.engine import fetch_numbers
from darknumber.data.names import as_names, check_choice, check_distinct, no_such
from darknumber.data.people import Field, coded_column
from darknumber.data.records import RULES, Records, Rule
from darknumber.data.table import UNITS, Unit
from darknumber.data.tabulate import names_of_lists, readable, text_column
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.register.reading.organisations import (
    OTHERS,
    may_be_named,
    put_together,
    reports_of_each,
    small_finding,
    too_small,
)
from darknumber.register.reading.schema import fields
from darknumber.register.screening.definitions import MEETS, Definition, Rows, meeting, rows_of

Whole = NDArray[np.int64]

ROW, ORGANISATION, YEAR, REFERRED = "row", "organisation", "year", "referred_by"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """Reports as numbers, in the order of their rows.

    Parameters
    ----------
    row
        ``(rows,)`` the row of each report, rising.
    on
        ``(rows,)`` the bit of its list; 0 where its organisation is not counted.
    levels
        ``(rows,)`` the levels of the covariates as bits (`darknumber.data.people.Field`); 0 where its organisation
        is not counted.
    meets
        ``(rows,)`` whether it meets the definition.
    lists
        The names of the lists; list ``j`` is bit ``j``.
    fields
        Where the level of each covariate stands in `levels`.
    rules
        For each covariate, what to do with people who have two values.
    unit
        What one count will be.
    year
        The covariate that is the year, or None.
    name
        What the reports are called.
    organisations
        How many organisations each list is of.
    findings
        What was left out.
    """

    row: Whole
    on: Whole
    levels: Whole
    meets: NDArray[np.bool_]
    lists: tuple[str, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    unit: Unit
    year: str | None
    name: str
    organisations: tuple[int, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def covariates(self) -> tuple[str, ...]:
        """The names of the covariates."""
        return tuple(each.covariate.name for each in self.fields)


def coded(
    reports: Rows,
    covariates: Sequence[str] = (),
    *,
    lists: Sequence[str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
    definition: str | Definition | None = None,
    unit: Unit = "person",
    on_conflict: Rule | Mapping[str, Rule] | None = None,
) -> Coded:
    """What counting needs of each accepted report.

    Parameters
    ----------
    reports
        Reports, or their rows in the canonical columns.
    covariates
        The columns to make strata of.
    lists
        The organisations, or merged lists, that are counted; by default all of them, those with very few reports
        together as one list.
    merge
        Organisations that make one list together, by the name of that list.
    definition
        Who counts: everybody with at least one report that meets it.
    unit
        ``person``, or ``person-year``: everybody once for each year, with the lists of that year.
    on_conflict
        As in `darknumber.data.read.read_records`; by default people with two values count as not recorded, and
        registered in two years under the first.

    Raises
    ------
    InputError
        Columns or organisations that are not there, rows without an organisation, too many levels.
    """
    check_choice("unit", unit, UNITS)
    names = [name.strip() for name in as_names(covariates)]
    if unit == "person-year" and YEAR not in names:
        names.insert(0, YEAR)
    check_distinct(names)
    frame = rows_of(reports) if definition is None else meeting(reports, definition)
    records, organisations, said = _records(
        frame, names, lists, merge or {}, unit, on_conflict, str(getattr(reports, "name", ""))
    )
    read = readable(records)
    kinds = records.frame.collect_schema()
    text = records.frame.select(
        "person", MEETS, *(text_column(name, kinds[name]) for name in ("list", *records.covariate_columns))
    )
    masks = [
        coded_column(each.column, {level: each.mask(number) for level, number in each.numbers.items()})
        for each in read.fields
    ]
    found = fetch_numbers(
        text.select(
            nw.col("person").cast(nw.Int64).alias(ROW),
            coded_column("list", read.masks["list"]).alias("on"),
            reduce(add, masks, nw.lit(0).cast(nw.Int64)).alias("levels"),
            MEETS,
        )
    )
    order = np.argsort(found[ROW], kind="stable")
    on = found["on"][order].astype(np.int64)
    return Coded(
        row=found[ROW][order].astype(np.int64),
        on=on,
        levels=np.where(on > 0, found["levels"][order], 0).astype(np.int64),
        meets=found[MEETS][order] > 0,
        lists=records.lists,
        fields=read.fields,
        rules=records.rules,
        unit=unit,
        year=records.year,
        name=records.name,
        organisations=organisations,
        findings=(*said, *read.findings),
    )


def without_lists(numbers: Coded, places: Sequence[int]) -> Coded:
    """The same without some of the lists: whoever is on no other does not count."""
    kept = [place for place in range(len(numbers.lists)) if place not in places]
    on = np.zeros_like(numbers.on)
    for bit, place in enumerate(kept):
        on |= (numbers.on >> place & 1) << bit
    return replace(
        numbers,
        on=on,
        levels=np.where(on > 0, numbers.levels, 0),
        lists=tuple(numbers.lists[place] for place in kept),
        organisations=tuple(numbers.organisations[place] for place in kept),
    )


def _records(
    frame: nw.LazyFrame[Any],
    covariates: Sequence[str],
    lists: Sequence[str] | None,
    merge: Mapping[str, Sequence[str]],
    unit: Unit,
    on_conflict: Rule | Mapping[str, Rule] | None,
    name: str,
) -> tuple[Records, tuple[int, ...], tuple[Finding, ...]]:
    """The reports as records of which every row has its own id, so that their cells are read like any others; how many
    organisations each list is of; and what is to be said of them."""
    columns = frame.collect_schema().names()
    for heading in (ORGANISATION, *covariates):
        if heading not in columns:
            raise no_such("unknown_column", heading, columns)
        if heading in fields() and fields()[heading].identifying:  # its values would be the names of levels
            raise InputError("counted_by_who", name=heading)
        if heading in fields() and fields()[heading].kind == "set":
            raise InputError("counted_by_set", name=heading)
    if ORGANISATION in covariates:
        raise InputError("counted_by_list", name=ORGANISATION)
    reports = reports_of_each(frame, ORGANISATION)
    _check_merge(merge, reports)
    asked = None if lists is None else tuple(each.strip() for each in as_names(lists))
    small = _small(reports, asked, merge)
    organisation = put_together(small, ORGANISATION)
    for together, organisations in merge.items():
        inside = nw.col(ORGANISATION).is_in(list(as_names(organisations)))
        organisation = nw.when(inside).then(nw.lit(together)).otherwise(organisation)
    rows = frame.select(
        nw.col(ROW).alias("person"),
        (nw.col(MEETS) if MEETS in columns else nw.lit(1)).cast(nw.Int64).alias(MEETS),
        organisation.alias("list"),
        *(_level(frame, heading).alias(f"covariate_{place}") for place, heading in enumerate(covariates)),
    )
    counted = names_of_lists(rows, ORGANISATION) if asked is None else asked
    check_distinct([*counted, *covariates])
    records = Records(
        frame=rows,
        lists=counted,
        covariates=tuple(covariates),
        rules=_rules(covariates, on_conflict),
        id=ROW,
        list_column=ORGANISATION,
        year=YEAR if YEAR in covariates else None,
        unit=unit,
        name=name,
    )
    list_of = {name: OTHERS if name in small else name for name in reports}
    list_of |= {each: together for together, parts in merge.items() for each in as_names(parts)}
    made_of = Counter(list_of.values())
    return records, tuple(made_of[name] for name in counted), small_finding(small)


def _level(frame: nw.LazyFrame[Any], heading: str) -> nw.Expr:
    """A covariate; of other organisations too, those of very few reports are not named."""
    return put_together(too_small(reports_of_each(frame, heading)), heading) if heading == REFERRED else nw.col(heading)


def _small(
    reports: Mapping[str, int], lists: Sequence[str] | None, merge: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """The organisations that count together as one list, as they are neither asked for nor part of a merged one.

    Raises
    ------
    InputError
        A list was asked for that is not there.
    """
    merged = {each for organisations in merge.values() for each in as_names(organisations)}
    left = {name: n for name, n in reports.items() if name not in merged}
    together = {name: sum(reports[each] for each in as_names(parts)) for name, parts in merge.items()}
    small = {name: n for name, n in too_small({**left, **together}).items() if name not in merge}
    if lists is None:
        return small
    known = {*left, *merge}
    if OTHERS in lists:
        known.add(OTHERS)
    for each in lists:
        if each not in known:
            raise no_such("no_such_list", each, sorted({*may_be_named(left), *merge}))
    if OTHERS not in lists:
        return {}
    return {name: n for name, n in small.items() if name == OTHERS or name not in lists}


def _check_merge(merge: Mapping[str, Sequence[str]], known: Mapping[str, int]) -> None:
    seen: set[str] = set()
    for together, organisations in merge.items():
        for each in as_names(organisations):
            if each not in known:
                raise no_such("no_such_list", each, may_be_named(known))
            if each in seen:
                raise InputError("merged_twice", name=each)
            seen.add(each)
        if together in known and together not in organisations:
            raise InputError("merge_name_taken", name=together)


def _rules(covariates: Sequence[str], on_conflict: Rule | Mapping[str, Rule] | None) -> tuple[Rule, ...]:
    """The rule of each covariate."""
    if isinstance(on_conflict, str):
        check_choice("on_conflict", on_conflict, RULES)
        return (on_conflict,) * len(covariates)
    given = on_conflict or {}
    for heading, rule in given.items():
        check_choice("on_conflict", rule, RULES)
        if heading not in covariates:
            raise no_such("unknown_covariate", heading, covariates)
    usual: dict[str, Rule] = {YEAR: "lowest"}
    return tuple(given.get(heading, usual.get(heading, "not recorded")) for heading in covariates)
