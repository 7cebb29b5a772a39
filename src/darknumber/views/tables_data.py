"""A table as data: plain columns of values, under names that are the same in every language."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from darknumber.views.tables import Cell, Column, Table, Value
from darknumber.words import has, people, say

GROUP, SUM = "group", "is_sum"  # columns that a table gets where some of its rows head, or sum, the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A column of data.

    Parameters
    ----------
    name
        The same in every language.
    label
        What a reader calls it, in the language of the table.
    values
        Numbers, words, or None where there is none: nothing to say, or hidden to protect people. ``inf`` where there is
        no upper limit, ``nan`` where nothing can be estimated.
    texts
        What is shown of each.
    number
        Whether its values are numbers.
    """

    name: str
    label: str
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    number: bool


def series_of(table: Table) -> tuple[Series, ...]:
    """The columns of a table as data.

    A row that only names those below it is no row of data: what it says stands in a column `GROUP` of them. Where rows
    sum or average the others, a column `SUM` tells which.

    Parameters
    ----------
    table
        As it is shown.
    """
    heads = {number for number in table.sums if not any(_said(cell) for cell in table.rows[number][table.headings :])}
    kept = [number for number in range(len(table.rows)) if number not in heads]
    found: list[Series] = []
    if heads:
        above, names = "", []
        for number, row in enumerate(table.rows):
            above = row[0].text if number in heads else above
            names += [] if number in heads else [above]
        found.append(_words(GROUP, names))
    for place, column in enumerate(table.columns):
        found += _parts(column, place, [table.rows[number][place] for number in kept])
    if set(table.sums) - heads:
        marks = tuple(number in table.sums for number in kept)
        texts = tuple(say(f"figures.sum.{'yes' if mark else 'no'}") for mark in marks)
        found.append(Series(name=SUM, label=say("figures.column.is_sum"), values=marks, texts=texts, number=False))
    return tuple(found)


def columns_of(table: Table) -> dict[str, list[Value]]:
    """The values of a table by the names of its columns."""
    return {series.name: list(series.values) for series in series_of(table)}


def _said(cell: Cell) -> bool:
    return bool(cell.text) or cell.value not in (None, "")


def _words(name: str, texts: list[str]) -> Series:
    label = say(f"figures.column.{name}")
    return Series(name=name, label=label, values=tuple(texts), texts=tuple(texts), number=False)


def _parts(column: Column, place: int, cells: list[Cell]) -> list[Series]:
    """One column of data, or several where its cells have several values."""
    names = column.names or (_plain(column.label) or f"column_{place + 1}",)
    if len(names) == 1:
        values = [None if isinstance(cell.value, tuple) or cell.value == "" else cell.value for cell in cells]
        return [_series(names[0], column.label, values, [cell.text for cell in cells])]
    found = []
    for part, name in enumerate(names):
        several: list[Value] = [cell.value[part] if isinstance(cell.value, tuple) else None for cell in cells]
        key = f"figures.part.{name}"
        label = say(key, column=column.label) if has(key) else f"{column.label}: {name}"
        found.append(_series(name, label, several, [_text(value) for value in several]))
    return found


def _series(name: str, label: str, values: list[Value], texts: list[str]) -> Series:
    """Words in a column of numbers, such as *never together*, are no values."""
    number = any(isinstance(value, float) for value in values)
    plain = tuple(None if number and isinstance(value, str) else value for value in values)
    return Series(name=name, label=label or name, values=plain, texts=tuple(texts), number=number)


def _text(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return people(value) if isinstance(value, float) else str(value)


def _plain(label: str) -> str:
    return re.sub(r"\W+", "_", label.casefold()).strip("_")
