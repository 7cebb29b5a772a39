"""People one by one, for models that take numbers such as an age, of which a table of counts would make strata.

This is the only way that what is known of single people reaches a model. It stays in memory, it is not printed, and
what a model makes of it is counts, figures by stratum and draws.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.engine import fetch
from darknumber.data.names import no_such
from darknumber.data.people import YEAR_NAMES, Field, coded_column
from darknumber.data.records import Records
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.data.tabulate import Readable, readable, text_column
from darknumber.errors import InputError

MOST_LEVELS = 20  # a covariate with more distinct values, all of them numbers, is a number and no set of levels

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")

Index = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Individuals:
    """People on lists, one by one, in an order that does not depend on that of the rows.

    Parameters
    ----------
    table
        The same people counted, by the covariates that are levels.
    names
        The covariates that are numbers.
    numbers
        ``(people, names)`` their values.
    stratum, history
        ``(people,)`` the stratum of the table, and the lists as bits.
    """

    table: CaptureTable
    names: tuple[str, ...]
    numbers: Array = field(repr=False)
    stratum: Index = field(repr=False)
    history: Index = field(repr=False)


def number_columns(records: Records, named: Sequence[str] = ()) -> tuple[str, ...]:
    """The covariates that are numbers: those named, or else those with many values that are all numbers.

    The year is never one by itself: it has levels, by which answers are given.

    Raises
    ------
    InputError
        A name that is no covariate.
    """
    for name in named:
        if name not in records.covariates:
            raise no_such("unknown_covariate", name, records.covariates)
    if named:
        return tuple(name for name in records.covariates if name in named)
    kinds = records.frame.collect_schema()
    found = []
    for name, column in zip(records.covariates, records.covariate_columns, strict=True):
        if name == records.year or name.casefold() in YEAR_NAMES:
            continue
        text = records.frame.select(text_column(column, kinds[column]))
        seen = fetch(text.group_by(column).agg(nw.len().alias("n")).head(MOST_LEVELS + 1))[column]
        labels = {marks.label(each) for each in seen} - {NOT_RECORDED}
        if len(seen) > MOST_LEVELS and are_numbers(labels):
            found.append(name)
    return tuple(found)


def are_numbers(labels: Iterable[str]) -> bool:
    """Whether all values of a covariate are numbers, with a point or a comma."""
    return all(_NUMBER.fullmatch(each) for each in labels)


def individuals(records: Records, names: Sequence[str]) -> Individuals:
    """People one by one: their lists, their strata by all covariates but `names`, and their numbers.

    Raises
    ------
    InputError
        What `darknumber.data.tabulate.tabulate` refuses; a value that was not recorded or, of a number, is none; a
        person with two values of a covariate where the rule is not ``lowest``.
    """
    levels = [each for each in records.covariates if each not in names]
    numbers = [each for each in records.covariates if each in names]
    read = _read(records, levels)
    columns = dict(zip(records.covariates, records.covariate_columns, strict=True))
    rows = _rows(records, read, [columns[name] for name in numbers])
    values = [_values(name, rows[f"number_{place}"]) for place, name in enumerate(numbers)]
    number = np.stack(values, axis=1) if values else np.zeros((len(rows["lists"]), 0))
    history = np.array(rows["lists"], dtype=np.int64)
    codes = np.array([rows[f"level_{place}"] for place in range(len(levels))], dtype=np.int64)
    codes = codes.reshape(len(levels), len(history)).T
    kept = history > 0  # in rows of one list each, those of lists that were not named
    if records.list_column is None and records.id is None and not kept.all():
        raise InputError("on_no_list", n=int((~kept).sum()))
    if records.id is not None:
        kept = kept if records.list_column is not None else np.ones(len(kept), dtype=bool)
        found = _people(records, read, rows, kept, history, codes, number, [*levels, *numbers])
        history, codes, number = found
        if not history.all():
            raise InputError("on_no_list", n=int((history == 0).sum()))
    for place, name in enumerate(levels):
        if (missing := int((codes[:, place] < 0).sum())) > 0:
            raise InputError("people_without_value", name=name, n=missing)
    for place, name in enumerate(numbers):
        if (missing := int(np.isnan(number[:, place]).sum())) > 0:
            raise InputError("people_without_value", name=name, n=missing)
    return _sorted(records, read, levels, tuple(numbers), history, codes, number)


def _read(records: Records, levels: Sequence[str]) -> Readable:
    """What the cells of lists and levels mean; the numbers are left out, as they have too many values."""
    columns = dict(zip(records.covariates, records.covariate_columns, strict=True))
    rules = dict(zip(records.covariates, records.rules, strict=True))
    kept = [column for column in records.frame.collect_schema().names() if column not in columns.values()]
    frame = records.frame.select(
        *kept, *(nw.col(columns[name]).alias(f"covariate_{place}") for place, name in enumerate(levels))
    )
    return readable(
        replace(records, frame=frame, covariates=tuple(levels), rules=tuple(rules[name] for name in levels))
    )


def _rows(records: Records, read: Readable, numbers: Sequence[str]) -> dict[str, list[Any]]:
    """The columns that are needed of every row, from the engine that holds them."""
    kinds = records.frame.collect_schema()
    places = dict(zip(records.covariates, records.covariate_columns, strict=True))
    own = [places[each.covariate.name] for each in read.fields]
    texts = [text_column(column, kinds[column]) for column in (*records.list_columns, *own)]
    held = [
        (nw.col(column).cast(nw.Float64) if kinds[column].is_numeric() else text_column(column, kinds[column])).alias(
            f"number_{place}"
        )
        for place, column in enumerate(numbers)
    ]
    person = ["person"] if records.id is not None else []
    frame = records.frame.select(*person, *texts, *held)
    lists = reduce(add, (coded_column(column, bits) for column, bits in read.masks.items()))
    levels = [
        coded_column(column, each.numbers, other=-1).alias(f"level_{place}")
        for place, (each, column) in enumerate(zip(read.fields, own, strict=True))
    ]
    names = [f"number_{place}" for place in range(len(numbers))]
    return fetch(frame.select(*person, lists.alias("lists"), *levels, *names))


def _values(name: str, cells: Sequence[Any]) -> Array:
    """Numbers from what stands in a column, ``nan`` where nothing was recorded."""
    if all(isinstance(cell, float | int) or cell is None for cell in cells):
        found = np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
    else:
        meaning = {cell: _number(cell) for cell in set(cells)}
        wrong = {cell for cell, value in meaning.items() if value is None}
        if wrong:
            raise InputError("not_a_number", name=name, n=sum(cell in wrong for cell in cells))
        found = np.array([meaning[cell] for cell in cells], dtype=float)
    if np.isinf(found).any():
        raise InputError("not_a_number", name=name, n=int(np.isinf(found).sum()))
    return found


def _number(cell: str) -> float | None:
    """The number a cell holds, ``nan`` where it holds nothing, None where it holds something else."""
    text = cell.strip(marks.SPACES)
    if marks.label(cell) == NOT_RECORDED:
        return np.nan
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _people(
    records: Records,
    read: Readable,
    rows: Mapping[str, list[Any]],
    kept: NDArray[np.bool_],
    history: Index,
    codes: Index,
    number: Array,
    names: Sequence[str],
) -> tuple[Index, Index, Array]:
    """The rows of each person, or of each person and year, put together."""
    cells = np.array([_person(cell) for cell in rows["person"]], dtype=object)
    missing = np.array([cell is None for cell in cells])
    if missing.any():
        raise InputError("missing_ids", name=records.id, rows=(int(missing.sum()), None))
    place = {cell: number for number, cell in enumerate(dict.fromkeys(cells[kept]))}
    who = np.array([place[cell] for cell in cells[kept]], dtype=np.int64)
    history, codes, number = history[kept], codes[kept], number[kept]
    if records.unit == "person-year":
        year = next(place for place, each in enumerate(read.fields) if each.covariate.name == records.year)
        _, who = np.unique(np.stack([who, codes[:, year]]), axis=1, return_inverse=True)
        who = who.reshape(-1)
    people = int(who.max()) + 1
    together = np.zeros(people, dtype=np.int64)
    np.bitwise_or.at(together, who, history)
    known = np.where(codes < 0, np.nan, codes.astype(float))
    rules = [dict(zip(records.covariates, records.rules, strict=True))[name] for name in names]
    least = np.stack(
        [
            _settled(name, rule == "lowest", who, people, column)
            for name, rule, column in zip(names, rules, np.concatenate([known, number], axis=1).T, strict=True)
        ]
        or [np.zeros(people)],
        axis=1,
    )
    split = codes.shape[1]
    levels = np.where(np.isnan(least[:, :split]), -1, least[:, :split]).astype(np.int64)
    return together, levels, least[:, split : split + number.shape[1]]


def _settled(name: str, lowest: bool, who: Index, people: int, column: Array) -> Array:
    """The value of each person, the lowest where there are several; an error where that was not asked for."""
    low, high = np.full(people, np.inf), np.full(people, -np.inf)
    there = ~np.isnan(column)
    np.minimum.at(low, who[there], column[there])
    np.maximum.at(high, who[there], column[there])
    several = int((high > low).sum())
    if several and not lowest:
        raise InputError("two_values", name=name, n=several)
    return np.where(np.isinf(low), np.nan, low)


def _person(cell: Any) -> Any:
    """An id, None where there is none."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, str):
        text = cell.strip(marks.SPACES)
        return None if text.casefold() in marks.MISSING else text
    return cell


def _sorted(
    records: Records,
    read: Readable,
    levels: Sequence[str],
    names: tuple[str, ...],
    history: Index,
    codes: Index,
    number: Array,
) -> Individuals:
    """People in the order of what is known of them, with the table they make."""
    fields: tuple[Field, ...] = read.fields
    shape = tuple(len(each.covariate.levels) for each in fields)
    stratum = np.zeros(len(history), dtype=np.int64)
    if levels:
        stratum = np.ravel_multi_index(tuple(codes.T), shape).astype(np.int64)
    order = np.lexsort((*number.T[::-1], stratum, history))
    stratum, history, number = stratum[order], history[order], number[order]
    table = CaptureTable.build(
        records.lists,
        history,
        np.ones(len(history), dtype=np.int64),
        covariates=[each.covariate for each in fields],
        levels=list(codes[order].T),
        unit=records.unit,
        name=records.name,
        findings=read.findings,
    )
    return Individuals(table=table, names=names, numbers=number, stratum=stratum, history=history)
