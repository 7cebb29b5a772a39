"""From two extracts with the same ids to counts of linked people; who they are stays in the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data.engine import fetch, stacked
from darknumber.data.linked import ABSENT, Extract, Linked, Side
from darknumber.data.people import Field, one_row_each, settled_levels
from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import Readable, labels_of, readable, tabulate, text_column
from darknumber.errors import InputError

_CHAIN = 64  # years that are compared one by one


def link_vintages(old: Records, new: Records, *, same_definition: Records | None = None) -> Linked:
    """Count the people of two extracts of one register by where they stand in each, linked by their id.

    Ids must be the same person's in both. Where person-years are counted, the person-years are linked: a person who was
    moved to another year is one who left and one who came. Of one file with dates of registration, the old extract is
    ``registered_by(new, "2016-03-01")``.

    Parameters
    ----------
    old, new
        The extracts, each read with an id; they may differ in lists, covariates and levels.
    same_definition
        The new extract with the people that the definition of the first study counts, where that is another one.

    Returns
    -------
    Linked
        Counts only.

    Raises
    ------
    InputError
        No id, different units, extracts in engines that cannot be brought together, and what `tabulate` refuses.
    """
    given: dict[Side, Records] = {"old": old}
    if same_definition is not None:
        given["same_definition"] = same_definition
    given["new"] = new
    if any(records.id is None for records in given.values()):
        raise InputError("link_needs_id")
    units = {records.unit for records in given.values()}
    if len(units) > 1:
        raise InputError("other_units", units=sorted(units))
    tables = {side: tabulate(records) for side, records in given.items()}  # refuses what cannot be counted
    reads = {side: readable(records) for side, records in given.items()}
    years = _years(given, reads)
    sides = tuple(given)
    lowest: dict[Side, tuple[str, ...]] = {}
    frames = []
    for side in sides:
        rows, lowest[side] = one_row_each(given[side], reads[side].frame, reads[side].masks, reads[side].fields)
        frames.append(_keyed(rows, given[side], reads[side], years))
    columns = {side: ("lists", "levels", *lowest[side]) for side in sides}
    every = [(side, name) for side in sides for name in columns[side]]
    beside = [
        frame.select("person", "year", *(_of(side, pair) for pair in every))
        for side, frame in zip(sides, frames, strict=True)
    ]
    names = [f"{each}_{name}" for each, name in every]
    # every person has one row of each extract at most, so that the highest value is the only one there is
    people = stacked(beside).group_by("person", "year").agg(*(nw.col(name).max() for name in names))
    cells = fetch(people.group_by(*names).agg(nw.len().alias("n")))
    found = {name: np.array(values, dtype=np.int64) for name, values in cells.items()}
    extracts = {
        side: _extract(
            given[side],
            reads[side].fields,
            tables[side],
            {name: found[f"{side}_{name}"] for name in columns[side]} | {"n": found["n"]},
        )
        for side in sides
    }
    return Linked.build(extracts, found["n"])


def _years(given: Mapping[Side, Records], reads: Mapping[Side, Readable]) -> dict[str, int]:
    """A number for each year that occurs in any extract."""
    levels: dict[str, None] = {}
    for side, records in given.items():
        if records.unit == "person-year":
            levels |= dict.fromkeys(_year_field(records, reads[side]).covariate.levels)
    return {level: place + 1 for place, level in enumerate(levels)}  # 0 is for a year that was not recorded


def _year_field(records: Records, read: Readable) -> Field:
    return next(each for each in read.fields if each.covariate.name == records.year)


def _keyed(rows: nw.LazyFrame[Any], records: Records, read: Readable, years: Mapping[str, int]) -> nw.LazyFrame[Any]:
    """The rows with ids as text and years by number, as they are in every extract."""
    columns = rows.collect_schema()
    person = text_column("person", columns["person"]).alias("person")
    year = nw.lit(0).cast(nw.Int64)
    if records.unit == "person-year":
        each = _year_field(records, read)
        numbers = {each.mask(place): years[level] for place, level in enumerate(each.covariate.levels)}
        year = _coded("year", numbers)
    kept = [nw.col(name).cast(nw.Int64) for name in columns.names() if name not in ("person", "year")]
    return rows.select(person, year.alias("year"), *kept)


def _coded(column: str, numbers: Mapping[int, int]) -> nw.Expr:
    """The number of each whole number in a column, 0 where it has none."""
    if len(numbers) > _CHAIN:
        found = nw.col(column).replace_strict(list(numbers), list(numbers.values()), default=0, return_dtype=nw.Int64)
        return found.cast(nw.Int64)
    chain: nw.Expr = nw.lit(0)
    for mask, number in numbers.items():
        chain = nw.when(nw.col(column) == mask).then(nw.lit(number)).otherwise(chain)
    return chain.cast(nw.Int64)


def _of(side: Side, pair: tuple[Side, str]) -> nw.Expr:
    """A column of the rows of one extract: its own, or nothing where it belongs to another."""
    owner, name = pair
    value = nw.col(name) if owner == side else nw.lit(0).cast(nw.Int64)
    return value.alias(f"{owner}_{name}")


def _extract(
    records: Records, fields: Sequence[Field], table: CaptureTable, cells: Mapping[str, NDArray[np.int64]]
) -> Extract:
    """Where the cells stand in the table of one extract."""
    there = cells["lists"] > 0
    present = {name: values[there] for name, values in cells.items()}
    levels, _ = settled_levels(records, fields, present)
    stratum = np.full(len(there), ABSENT, dtype=np.int64)
    coordinates = []
    for covariate, each, numbers in zip(table.covariates, fields, levels, strict=True):
        place = {level: number for number, level in enumerate(covariate.levels)}
        coordinates.append(np.array([place[text] for text in labels_of(each, numbers)], dtype=np.int64))
    stratum[there] = np.ravel_multi_index(coordinates, table.shape) if coordinates else 0
    return Extract(
        lists=table.lists,
        covariates=table.covariates,
        stratum=stratum,
        history=cells["lists"].astype(np.uint32),
        unit=table.unit,
        name=table.name,
        findings=table.findings,
    )
