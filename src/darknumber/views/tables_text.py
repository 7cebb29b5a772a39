"""A table as text for a terminal: no line too long, nothing left out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from darknumber.views.tables import Cell, Column, Table, words

TEXT_WIDTH = 80
GAP = 2  # spaces between columns
_FIRM = "\u00a0"  # a space at which no line is broken
LONGEST_WORD = 24  # letters of a word in a column of words before it is broken


def to_text(table: Table, *, width: int = TEXT_WIDTH) -> str:
    """The table as text, in the form that takes the fewest lines.

    Words are wrapped; columns may take their short names; of several naming columns only the last may stay, with the
    others as headings above their rows. Where none of that fits, the table is cut into parts that repeat the row names.

    Parameters
    ----------
    table
        What to show.
    width
        Characters a line.
    """
    short = replace(table, columns=tuple(replace(c, label=c.short or c.label) for c in table.columns))
    forms = [table, short, _folded(table), _folded(short)]
    fitting = [form for form in forms if _narrowest(form) <= width] or forms[-1:]
    body = min((_body(form, width) for form in fitting), key=lambda text: text.count("\n"))
    blocks = [textwrap.fill(table.caption, width)] if table.caption else []
    blocks.append(body)
    blocks += [textwrap.fill(note, width) for note in table.notes]
    return "\n".join(blocks)


def _body(table: Table, width: int) -> str:
    return "\n\n".join("\n".join(_part(table, part, width)) for part in _parts(table, width))


def _folded(table: Table) -> Table:
    """The same table with one naming column: the other names become headings above their rows."""
    if table.headings < 2:
        return table
    empty = (words(""),) * (len(table.columns) - table.headings)
    rows: list[tuple[Cell, ...]] = []
    sums = set()
    above: tuple[str, ...] = ()
    for number, row in enumerate(table.rows):
        *outer, last = row[: table.headings]
        if number in table.sums:
            sums.add(len(rows))
            rows.append((outer[0], *row[table.headings :]))
            continue
        names = tuple(cell.text for cell in outer)
        if names != above:
            rows.append((words(", ".join(names)), *empty))
            above = names
        rows.append((replace(last, text=f"-{_FIRM}{last.text}"), *row[table.headings :]))
    name = Column(label=", ".join(column.label for column in table.columns[: table.headings]), align="left")
    return replace(
        table,
        columns=(name, *table.columns[table.headings :]),
        rows=tuple(rows),
        headings=1,
        sums=frozenset(sums),
    )


def _parts(table: Table, width: int) -> Iterable[tuple[int, ...]]:
    """Which columns go together in one part of a table that is too wide."""
    names = tuple(range(table.headings))
    room = width - sum(_smallest(table, column) + GAP for column in names)
    part: list[int] = []
    for column in range(table.headings, len(table.columns)):
        if part and sum(_smallest(table, c) + GAP for c in [*part, column]) - GAP > room:
            yield (*names, *part)
            part = []
        part.append(column)
    yield (*names, *part)


def _sizes(table: Table, chosen: Iterable[int]) -> dict[int, int]:
    """The widths at which nothing is wrapped."""
    return {c: max([len(table.columns[c].label), *(len(row[c].text) for row in table.rows)]) for c in chosen}


def _narrowest(table: Table) -> int:
    return sum(_smallest(table, column) + GAP for column in range(len(table.columns))) - GAP


def _smallest(table: Table, column: int) -> int:
    """The narrowest a column can be: words wrap, numbers do not."""
    texts = [row[column].text for row in table.rows]
    spoken = (
        [table.columns[column].label]
        if table.columns[column].align == "right"
        else [*texts, table.columns[column].label]
    )
    longest = max((min(len(word), LONGEST_WORD) for text in spoken for word in text.split()), default=1)
    return max([longest, *map(len, texts)]) if table.columns[column].align == "right" else longest


def _part(table: Table, chosen: Sequence[int], width: int) -> Iterable[str]:
    sizes = _sizes(table, chosen)
    smallest = {c: _smallest(table, c) for c in chosen}
    # take room where most can be spared, until the line fits
    while sum(sizes.values()) + GAP * (len(chosen) - 1) > width and any(sizes[c] > 1 for c in chosen):
        able = [c for c in chosen if sizes[c] > smallest[c]]
        able = able or [c for c in chosen if sizes[c] > 1 and table.columns[c].align == "left"]
        able = able or [c for c in chosen if sizes[c] > 1]
        sizes[max(able, key=lambda c: sizes[c] - smallest[c])] -= 1
    rule = "-" * (sum(sizes.values()) + GAP * (len(chosen) - 1))
    yield from _line(table, [table.columns[c].label for c in chosen], sizes, bottom=True)
    yield rule
    for number, row in enumerate(table.rows):
        if number in table.sums and number and number - 1 not in table.sums:
            yield rule
        yield from _line(table, [row[c].text for c in chosen], sizes, bottom=False)


def _line(table: Table, texts: Sequence[str], sizes: Mapping[int, int], *, bottom: bool) -> Iterable[str]:
    wrapped = [textwrap.wrap(text, size) or [""] for text, size in zip(texts, sizes.values(), strict=True)]
    height = max(map(len, wrapped))
    padded = [[""] * (height - len(part)) + part if bottom else part + [""] * (height - len(part)) for part in wrapped]
    for parts in zip(*padded, strict=True):
        cells = [
            part.rjust(size) if table.columns[c].align == "right" else part.ljust(size)
            for part, (c, size) in zip(parts, sizes.items(), strict=True)
        ]
        yield (" " * GAP).join(cells).rstrip().replace(_FIRM, " ")
