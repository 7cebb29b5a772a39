"""Amounts as offices write them: thousands set apart by a point, a comma or a space, decimals after a comma or a point.

What ``412.317`` is cannot be told from one cell. A column is written in one way, so the whole of it is looked at; where
that does not settle it either, we ask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from darknumber.data.marks import MISSING, SPACES
from darknumber.errors import InputError

Decimal = Literal["point", "comma"]
DECIMALS: dict[Decimal, str] = {"comma": ",", "point": "."}
_THOUSANDS = {",": ".", ".": ","}  # what sets thousands apart, by the decimal mark
_GAP = "[ \u00a0\u202f']"  # spaces of several widths, and the Swiss apostrophe


def amounts(name: str, cells: Sequence[str], *, decimal: Decimal | None = None) -> list[float]:
    """The numbers in a column of text, all written in one way.

    Parameters
    ----------
    name
        The column, for the errors.
    cells
        Its text.
    decimal
        The decimal mark; by default it is told from the cells.

    Raises
    ------
    InputError
        A cell without a number, or a column that can be read in two ways.
    """
    texts = [cell.strip(SPACES) for cell in cells]
    missing = [row for row, text in enumerate(texts) if text.casefold() in MISSING]
    if missing:
        raise InputError("missing_amounts", name=name, rows=(len(missing), missing[0] + 2))
    ways = [decimal] if decimal is not None else list(DECIMALS)
    found = [[_amount(text, DECIMALS[way]) for text in texts] for way in ways]
    read = [[value for value in values if value is not None] for values in found if None not in values]
    if not read:
        # the way in which the most cells are numbers tells which are not
        most = min(found, key=lambda values: values.count(None))
        wrong = [row for row, value in enumerate(most) if value is None]
        raise InputError("not_amounts", name=name, rows=(len(wrong), wrong[0] + 2))
    if len(read) > 1 and read[0] != read[1]:
        raise InputError("ambiguous_amounts", name=name)
    return read[0]


def _amount(text: str, decimal: str) -> float | None:
    """The number, if the text is one with this decimal mark."""
    gap = f"(?:{re.escape(_THOUSANDS[decimal])}|{_GAP})"
    if not re.fullmatch(rf"[+-]?(?:\d+|\d{{1,3}}(?:{gap}\d{{3}})+)(?:{re.escape(decimal)}\d+)?", text):
        return None
    return float(re.sub(gap, "", text).replace(decimal, "."))
