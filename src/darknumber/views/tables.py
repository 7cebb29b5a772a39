"""One table model, made from answers, lists, paths and findings; rendered to HTML and to text.

A cell holds the words that are shown and the value behind them, so that a table can be tested and exported. All words
are chosen when the table is made, in the language in use.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from darknumber.words import people

Align = Literal["left", "right"]
Value = float | str | None

TEXT_WIDTH = 80
_GAP = 2
_MIN_TEXT = 12  # characters a column of words keeps, below which the table is cut into two parts instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what it is called and at which side it is aligned."""

    label: str
    align: Align = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is shown, and the value behind it."""

    text: str
    value: Value = None


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


def to_html(table: Table, *, notes: bool = True) -> Markup:
    """The table as HTML, with header cells that name their scope.

    Parameters
    ----------
    table
        What to show.
    notes
        Whether its notes follow; leave them out where several tables share them (see `notes_of`).
    """
    head = "".join(f'<th scope="col" class="{column.align}">{escape(column.label)}</th>' for column in table.columns)
    body = "".join(
        f"<tr{' class=sum' if number in table.sums else ''}>{_cells(table, row, number in table.sums)}</tr>"
        for number, row in enumerate(table.rows)
    )
    remarks = "".join(f'<p class="remark">{escape(note)}</p>' for note in table.notes if notes)
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    return Markup(
        f'<div class="table" tabindex="0"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{remarks}"
    )


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


def to_text(table: Table, *, width: int = TEXT_WIDTH) -> str:
    """The table as text: no line longer than `width`, nothing left out.

    Columns of words are wrapped; where that is not enough, the table is cut into parts that repeat the names of rows.

    Parameters
    ----------
    table
        What to show.
    width
        Characters a line.
    """
    blocks = [textwrap.fill(table.caption, width)] if table.caption else []
    blocks += ["\n".join(_part(table, chosen, width)) for chosen in _parts(table, width)]
    blocks += [textwrap.fill(note, width) for note in table.notes]
    return "\n".join(blocks)


def _parts(table: Table, width: int) -> Iterable[tuple[int, ...]]:
    """Which columns go together in one part of a table that is too wide."""
    names = tuple(range(table.headings))
    smallest = [_smallest(table, column) for column in range(len(table.columns))]
    room = width - sum(smallest[column] + _GAP for column in names)
    part: list[int] = []
    for column in range(table.headings, len(table.columns)):
        if part and sum(smallest[c] + _GAP for c in [*part, column]) - _GAP > room:
            yield (*names, *part)
            part = []
        part.append(column)
    yield (*names, *part)


def _smallest(table: Table, column: int) -> int:
    """The narrowest a column can be: words wrap, numbers do not."""
    longest_word = max((len(word) for word in table.columns[column].label.split()), default=0)
    texts = [row[column].text for row in table.rows]
    if table.columns[column].align == "left":
        return max(longest_word, min(_MIN_TEXT, max(map(len, texts), default=0)))
    return max(longest_word, max(map(len, texts), default=0))


def _part(table: Table, chosen: Sequence[int], width: int) -> Iterable[str]:
    natural = {c: max([len(table.columns[c].label), *(len(row[c].text) for row in table.rows)]) for c in chosen}
    sizes = dict(natural)
    # narrow the widest column that can still be narrowed, until the line fits
    while sum(sizes.values()) + _GAP * (len(chosen) - 1) > width:
        able = [c for c in chosen if sizes[c] > _smallest(table, c)] or [c for c in chosen if sizes[c] > 1]
        sizes[max(able, key=lambda c: sizes[c])] -= 1
    yield from _line(table, [table.columns[c].label for c in chosen], chosen, sizes, bottom=True)
    yield "-" * (sum(sizes.values()) + _GAP * (len(chosen) - 1))
    for number, row in enumerate(table.rows):
        if number in table.sums and number - 1 not in table.sums and number:
            yield "-" * (sum(sizes.values()) + _GAP * (len(chosen) - 1))
        yield from _line(table, [row[c].text for c in chosen], chosen, sizes, bottom=False)


def _line(
    table: Table, texts: Sequence[str], chosen: Sequence[int], sizes: dict[int, int], *, bottom: bool
) -> Iterable[str]:
    wrapped = [textwrap.wrap(text, sizes[c]) or [""] for text, c in zip(texts, chosen, strict=True)]
    height = max(map(len, wrapped))
    padded = [[""] * (height - len(part)) + part if bottom else part + [""] * (height - len(part)) for part in wrapped]
    for parts in zip(*padded, strict=True):
        cells = [
            part.rjust(sizes[c]) if table.columns[c].align == "right" else part.ljust(sizes[c])
            for part, c in zip(parts, chosen, strict=True)
        ]
        yield (" " * _GAP).join(cells).rstrip()
