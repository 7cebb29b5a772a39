"""The layout that the studies share."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.inference.assumed import assumption
from darknumber.inference.printing import finding_lines
from darknumber.words import say

_GAP = 3  # spaces between columns
_INDENT = "  "
_NAME = 28  # characters for names of lists at most; longer ones take a second line


def heading(title: str, data: CaptureTable, width: int) -> str:
    """A title with what the data are at the right of it, or below it where there is no room."""
    lists = say("estimates.lists", n=len(data.lists))
    about = ", ".join(filter(None, [data.name, lists, say(f"estimates.unit.{data.unit}")]))
    if len(title) + _GAP + len(about) <= width:
        return title + about.rjust(width - len(title))
    return "\n".join(textwrap.wrap(title, width) + textwrap.wrap(about, width))


def closing(
    sentences: Iterable[str], findings: Iterable[Finding], assumptions: Iterable[str], data: CaptureTable, width: int
) -> str:
    """What stands under the numbers of a study: how they are to be read, what must be known, what is assumed.

    Parameters
    ----------
    assumptions
        Their codes.
    data
        The table the findings are about.
    """
    assumes = "; ".join(assumption(code) for code in assumptions)
    lines = [
        *(filled(sentence, width) for sentence in sentences),
        *finding_lines(findings, data, width),
        filled(say("estimates.assumes", assumptions=assumes), width),
    ]
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Columns side by side, the first to the left and over as many lines as it needs, the others to the right."""
    for lines in blocks(rows, width):
        yield from lines


def blocks(rows: Sequence[Sequence[str]], width: int) -> Iterator[list[str]]:
    """The lines of each row of `aligned`, so that something can stand between two rows."""
    widths = [max(len(row[column]) for row in rows) + _GAP for column in range(1, len(rows[0]))]
    room = max(width - len(_INDENT) - sum(widths), len(_INDENT) + 1)
    name = min(max(len(row[0]) for row in rows), _NAME, room)
    for row in rows:
        *above, last = textwrap.wrap(row[0], name, subsequent_indent=_INDENT) or [""]
        cells = [text.rjust(size) for text, size in zip(row[1:], widths, strict=True)]
        yield [*(_INDENT + part for part in above), (_INDENT + last.ljust(name) + "".join(cells)).rstrip()]


def filled(sentence: str, width: int) -> str:
    """A sentence over as many lines as it needs."""
    return textwrap.fill(sentence, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
