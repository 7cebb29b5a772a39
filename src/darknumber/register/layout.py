"""How the prints of this room are laid out: sentences over several lines, columns side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

INDENT = "  "
_GAP = 2

Row = Sequence[str]


def filled(sentence: str, width: int) -> str:
    """A sentence over as many lines as it needs."""
    return textwrap.fill(sentence, width, initial_indent=INDENT, subsequent_indent=INDENT)


def aligned(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Columns side by side, the first to the left and over as many lines as it needs, the others to the right."""
    yield from table(rows, "l" + "r" * (len(rows[0]) - 1), width)


def table(rows: Sequence[Row], sides: str, width: int) -> Iterator[str]:
    """Columns side by side, each to its side; a first column to the left gets as much room as there is."""
    widths = [max(len(row[column]) for row in rows) + _GAP for column in range(len(rows[0]))]
    room = width - len(INDENT) - sum(widths[1:])
    widths[0] = min(widths[0], max(room, len(INDENT) + 1))
    for row in rows:
        start = " " * (len(row[0]) - len(row[0].lstrip()))
        first = textwrap.wrap(row[0].strip(), widths[0] - len(start), subsequent_indent=INDENT) or [""]
        lines = [start + part for part in first]
        yield from (INDENT + part for part in lines[:-1])
        cells = [lines[-1], *(" " * _GAP + cell for cell in row[1:])]
        placed = [
            cell.rjust(size) if side == "r" else cell.ljust(size)
            for cell, size, side in zip(cells, widths, sides, strict=True)
        ]
        yield (INDENT + "".join(placed)).rstrip()
