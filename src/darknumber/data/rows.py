"""Whether the rows of a file are counts or people, told from what stands in them.

A table of counts that is taken for people, or the other way round, gives a wrong number without a word. So only what
is plain is decided here; anything else is an error that says how to settle it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from darknumber.data import marks
from darknumber.data.names import COUNT_HEADINGS, no_such
from darknumber.data.read import first_cells
from darknumber.errors import InputError

Rows = Literal["counts", "people"]

LOOK = 10_000  # rows looked at: a table of counts is smaller, and people on few lists repeat themselves long before
FEW = 50  # rows up to which numbers that are all different may still be counts; in more of them small counts repeat


def rows_of(source: Any, *, lists: Sequence[str], covariates: Sequence[str] = (), sheet: str | None = None) -> Rows:
    """What one row of a file is, where the lists are named and nothing else is said.

    They are people where no column that was left over could be a count, or where all but one such column repeats.
    They are counts where only the last column could be a count and the rows before it are all different.

    Parameters
    ----------
    source, sheet
        As in `darknumber.data.read.read_counts`.
    lists, covariates
        The columns that were named.

    Raises
    ------
    InputError
        It could be either, or a column that is not there, or a file that cannot be read.
    """
    headings, cells, _ = first_cells(source, sheet, LOOK)
    columns = dict(zip(headings, cells, strict=True))
    named = [name.strip() for name in (*lists, *covariates)]
    for name in named:
        if name not in columns:
            raise no_such("unknown_column", name, [heading for heading in headings if heading])
    left = {heading: texts for heading, texts in columns.items() if heading not in named}
    numbers = {heading: found for heading, texts in left.items() if (found := _whole(texts))}
    if not numbers:
        return "people"
    rest = {heading: texts for heading, texts in columns.items() if heading not in numbers}
    if _repeats(rest):
        return _of_repeated(left, numbers)
    only_last = list(numbers) == [headings[-1]]
    # An id that was not named tells every row apart, whatever the row is.
    told_apart = any(not _repeats({heading: texts}) for heading, texts in left.items() if heading not in numbers)
    if only_last and not told_apart and not _numbered(numbers[headings[-1]]):
        return "counts"
    raise InputError("counts_or_people", names=tuple(numbers))


def _of_repeated(left: Mapping[str, Sequence[str]], numbers: Mapping[str, Sequence[int]]) -> Rows:
    """What rows are that repeat but for their numbers: people, unless one of these looks like a count after all."""
    rows = len(next(iter(numbers.values())))
    has_id = rows > FEW and any(not _repeats({heading: texts}) for heading, texts in left.items())
    counted = any(heading.casefold() in COUNT_HEADINGS for heading in numbers)
    if (has_id or len(numbers) == 1) and not counted:
        return "people"
    raise InputError("counts_or_people", names=tuple(numbers))


def _whole(cells: Sequence[str]) -> list[int]:
    """The numbers of a column that could be counts; empty where it could not, or holds nothing past 1."""
    if any(map(marks.count_trouble, cells)):
        return []
    numbers = [marks.count(cell) for cell in cells]
    return numbers if max(numbers, default=0) > 1 else []


def _repeats(columns: Mapping[str, Sequence[str]]) -> bool:
    rows = list(zip(*columns.values(), strict=True))
    return len(set(rows)) < len(rows)


def _numbered(numbers: Sequence[int]) -> bool:
    """Whether rows are simply numbered, which no counts are."""
    return len(numbers) > 1 and sorted(numbers) == list(range(min(numbers), min(numbers) + len(numbers)))
