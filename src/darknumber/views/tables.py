"""One table model, made from answers, lists and paths; rendered to HTML here and to text in `tables_text`.

A cell holds the words that are shown and the value behind them, so that a table can be tested and exported. All words
are chosen when the table is made, in the language in use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from markupsafe import Markup, escape

from darknumber.words import people
from darknumber.words.numbers import LEAST_SHARE

WHOLE_ODDS = 10.0  # odds ratios from here are printed whole

Align = Literal["left", "right"]
Value = float | str | None
Values = tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what it is called, at which side it is aligned, and a shorter name for where there is little room.

    `names` is what its values are called where the table is data, in every language: one name, or as many as its cells
    have values; none for a column that only repeats what others say. Of columns that belong together `group` is what a
    page writes once above them, and `inner` the rest of `label`, which says both.
    """

    label: str
    align: Align = "right"
    short: str = ""
    names: tuple[str, ...] = ()
    group: str = ""
    inner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is shown, and the value behind it, rounded as it is shown; several values where it shows several."""

    text: str
    value: Value | Values = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows and columns, ready to show.

    Parameters
    ----------
    caption
        What the table holds, in a phrase.
    columns
        One a column.
    rows
        One tuple of cells a row, as many as there are columns.
    headings
        How many leading cells of a row name it.
    sums
        Numbers of the rows that sum or average the others.
    notes
        Sentences under the table.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    headings: int = 1
    sums: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()


def words(text: str) -> Cell:
    """A cell of words."""
    return Cell(text=text, value=text)


def count(value: float) -> Cell:
    """A cell with an exact number of people."""
    return Cell(text=people(value), value=float(value))


def share_shown(share: float) -> float:
    """A share with no more digits than `percent` prints of it; ``nan`` stays what it is."""
    ends = share < 0.0995 or share >= 1 - 5 * LEAST_SHARE
    return round(share, 3 if ends else 2)


def odds_shown(odds: float) -> float:
    """An odds ratio with no more digits than are printed of it: two decimals below ten, else whole."""
    return odds if not math.isfinite(odds) else round(odds, 2) if odds < WHOLE_ODDS else float(round(odds))


def to_html(table: Table, *, notes: bool = True) -> Markup:
    """The table as HTML, with header cells that name their scope.

    Parameters
    ----------
    table
        What to show.
    notes
        Whether its notes follow; leave them out where several tables share them (see `notes_of`).
    """
    body = "".join(
        f"<tr{' class=sum' if number in table.sums else ''}>{_cells(table, row, number in table.sums)}</tr>"
        for number, row in enumerate(table.rows)
    )
    remarks = "".join(f'<p class="remark">{escape(note)}</p>' for note in table.notes if notes)
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    return Markup(
        f'<div class="table" role="group" aria-label="{escape(table.caption)}" tabindex="0">'
        f"<table>{caption}<thead>{_head(table)}</thead>"
        f"<tbody>{body}</tbody></table></div>{remarks}"
    )


def _head(table: Table) -> str:
    """The names of the columns; where some belong together, what they share in a row above them."""
    if not any(column.group for column in table.columns):
        return f"<tr>{''.join(_named(column.label, column, 'col') for column in table.columns)}</tr>"
    above, below = [], []
    for group, members in groupby(table.columns, key=lambda column: column.group):
        columns = list(members)
        if group:
            above.append(f'<th scope="colgroup" colspan="{len(columns)}" class="group">{escape(group)}</th>')
            below += [_named(column.inner, column, "col") for column in columns]
        else:
            above += [_named(column.label, column, 'col" rowspan="2') for column in columns]
    return f"<tr>{''.join(above)}</tr><tr>{''.join(below)}</tr>"


def _named(label: str, column: Column, scope: str) -> str:
    """The header cell of a column; a plain one where it has no name, as a header must say something."""
    return f'<th scope="{scope}" class="{column.align}">{escape(label)}</th>' if label else "<td></td>"


def notes_of(tables: Iterable[Table]) -> tuple[str, ...]:
    """The notes of several tables, each once."""
    return tuple(dict.fromkeys(note for table in tables for note in table.notes))


def _cells(table: Table, row: Sequence[Cell], total: bool) -> str:
    parts = []
    for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        if total and 0 < number < table.headings:
            continue  # the name of a sum stands across all naming columns
        across = f' colspan="{table.headings}"' if total and table.headings > 1 else ""
        tag, scope = ("th", f' scope="row"{across}') if number < table.headings else ("td", "")
        parts.append(f'<{tag}{scope} class="{column.align}">{escape(cell.text)}</{tag}>')
    return "".join(parts)
