"""What ``print(check(data))`` says, and the layout that the studies share."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.words import people, percent, say
from darknumber.words.labels import list_name

if TYPE_CHECKING:  # Check prints itself through this module
    from darknumber.data.table import CaptureTable
    from darknumber.studies.check import Check

_GAP = 3  # spaces between columns
_INDENT = "  "
_NAME = 28  # characters for names of lists at most; longer ones take a second line
_NEVER_TOGETHER = "–"  # in place of an overlap that could not be


def describe_check(checked: Check, *, width: int = WIDTH) -> str:
    """The lists, how many lists people are on, the overlaps and the findings, as a block of text.

    Parameters
    ----------
    checked
        What to print.
    width
        No line is longer than this many characters.
    """
    parts = [
        heading(say("check.title"), checked.data, width),
        "\n".join(_lists(checked, width)),
        filled(_numbers_of_lists(checked), width),
        "\n".join(_overlaps(checked, width)),
        "\n".join(finding_lines(checked.findings, checked.data, width)),
    ]
    return "\n\n".join(part for part in parts if part)


def heading(title: str, data: CaptureTable, width: int) -> str:
    """A title with what the data are at the right of it, or below it where there is no room."""
    lists = say("estimates.lists", n=len(data.lists))
    about = ", ".join(filter(None, [data.name, lists, say(f"estimates.unit.{data.unit}")]))
    if len(title) + _GAP + len(about) <= width:
        return title + about.rjust(width - len(title))
    return "\n".join(textwrap.wrap(title, width) + textwrap.wrap(about, width))


def _lists(checked: Check, width: int) -> Iterator[str]:
    """A row for each list: people on it, their share of everyone, people on no other list and their share of it."""
    rows = [
        (list_name(name), people(size), percent(size / checked.observed), people(alone), percent(alone / size))
        for name, size, alone in zip(checked.data.lists, checked.sizes.tolist(), checked.alone.tolist(), strict=True)
    ]
    headings = ("size", "of_everyone", "alone", "of_list")
    yield from aligned([("", *(say(f"check.column.{name}") for name in headings)), *rows], width)


def _numbers_of_lists(checked: Check) -> str:
    """How many people are on one list, on two, and so on."""
    counts = enumerate(checked.by_number_of_lists.tolist(), start=1)
    parts = [say("check.on_lists", n=lists, people=count) for lists, count in counts if count or lists == 2]
    return say("check.everyone", n=checked.observed, unit=say(f"estimates.unit.{checked.data.unit}"), parts=parts)


def _overlaps(checked: Check, width: int) -> Iterator[str]:
    """The overlaps below the diagonal; a table that is too wide goes on below itself."""
    names = [list_name(name) for name in checked.data.lists]
    never = {frozenset(pair.lists) for pair in checked.empty_pairs if pair.structural}
    numbered = [f"{place:>{len(str(len(names)))}}  {name}" for place, name in enumerate(names, start=1)]
    cells = [
        [
            _NEVER_TOGETHER if {one, other} in never else people(int(checked.overlaps[i, j]))
            for j, other in enumerate(checked.data.lists[:i])
        ]
        for i, one in enumerate(checked.data.lists)
    ]
    widest = max(len(text) for row in [*cells, [str(len(names))]] for text in row)
    room = width - len(_INDENT) - min(max(map(len, numbered)), _NAME)
    block = max(room // (_GAP + widest), 1)
    yield filled(say("check.overlaps"), width)
    for start in range(0, len(names) - 1, block):
        columns = range(start, min(start + block, len(names) - 1))
        rows = [(numbered[i], *(cells[i][j] if j < i else "" for j in columns)) for i in range(start + 1, len(names))]
        first = [(numbered[0], *("" for _ in columns))] if start == 0 else []
        yield from aligned([("", *(str(j + 1).rjust(widest) for j in columns)), *first, *rows], width)
    if never:
        yield filled(say("check.never_together", mark=_NEVER_TOGETHER), width)


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
