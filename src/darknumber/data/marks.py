"""What the cells of office files mean: list marks, values that were not recorded, labels and counts.

Every cell is read as text first, so that ``007`` stays ``007``; these functions say what the text means. They see
distinct values or single cells, and what they refuse is reported by column, number of rows and row number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from darknumber.data.table import NOT_RECORDED

# What says that somebody is on a list, and that somebody is not, in the words and Boolean values that Dutch and
# English office programs write. Compared without capitals; ``1.0`` and ``1,0`` are a 1 that was once a number.
YES = frozenset({"1", "x", "ja", "j", "yes", "y", "true", "t", "waar"})
NO = frozenset({"0", "-", "nee", "n", "no", "false", "f", "onwaar"})

MARKS = YES | NO | {""}  # everything a cell of a list may hold

# An empty cell; ``nan`` is how data frames write one that was a number.
BLANK = frozenset({"", "nan"})

# A covariate or an id with one of these was not recorded. ``NA`` is what R writes and ``#N/A`` and ``#N/B`` what
# spreadsheets do; the price is that Namibia's country code NA is read as not recorded, which the finding on that
# covariate shows. ``none`` and ``geen`` are not among them: "none" is an answer to some questions.
MISSING = BLANK | {
    "#n/a",
    "#n/b",
    "-",
    ".",
    "?",
    "n/a",
    "na",
    "niet bekend",
    "niet geregistreerd",
    "not known",
    NOT_RECORDED,
    "null",
    "onbekend",
    "unknown",
}

SPACES = " \t\r\n\u00a0"  # the no-break space comes along when cells are copied from a web page

_WAS_A_NUMBER = re.compile(r"(-?\d+)[.,]0")
_WHOLE = re.compile(r"\+?(\d{1,15})(?:[.,]0+)?")  # fifteen digits are exact in any program
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?")


def clean(cell: str) -> str:
    """The text without the spaces around it, and without the ``.0`` of a number that was whole."""
    text = cell.strip(SPACES)
    whole = _WAS_A_NUMBER.fullmatch(text)
    return whole[1] if whole else text


def label(cell: str) -> str:
    """The level of a covariate that a cell stands for; `NOT_RECORDED` where there is none.

    Levels stay as they are written, but for the ``TRUE`` and ``True`` of other programs.
    """
    text = clean(cell)
    folded = text.casefold()
    if folded in MISSING:
        return NOT_RECORDED
    return folded if folded in ("true", "false") else text


def mark(cell: str) -> str:
    """A list mark in its plain form: without capitals and surrounding spaces; empty where the cell is."""
    text = clean(cell).casefold()
    return "" if text in BLANK else text


def is_mark(cell: str) -> bool:
    """Whether a cell says yes or no, or is empty."""
    return mark(cell) in MARKS


def two_kinds(marks: Iterable[str]) -> bool:
    """Whether plain marks are one way to say yes and one way to say no, so that there is no doubt which is which.

    An empty cell is a way to say no. ``1``, ``0`` and empty together are three kinds: whether the empty ones mean
    no or not known cannot be told.
    """
    kinds = set(marks)
    return len(kinds & YES) <= 1 and len(kinds - YES) <= 1


def count_trouble(cell: str) -> str:
    """The code of the error that a count gives rise to, or an empty string where it is a whole number.

    ``12``, ``12,0`` and ``12.00`` are twelve. ``1.234`` is refused: a Dutch reader means more than a thousand, an
    English one a little over one.
    """
    text = cell.strip(SPACES)
    if text.casefold() in MISSING:
        return "missing_counts"
    if _THOUSANDS.fullmatch(text):
        return "ambiguous_counts"
    if _WHOLE.fullmatch(text):
        return ""
    if not _NUMBER.fullmatch(text):
        return "not_counts"
    return "negative_counts" if text.startswith("-") else "fractional_counts"


def count(cell: str) -> int:
    """The whole number in a cell; a `ValueError` with the code of `count_trouble` where there is none."""
    code = count_trouble(cell)
    whole = _WHOLE.fullmatch(cell.strip(SPACES))
    if code or whole is None:
        raise ValueError(code)
    return int(whole[1])
