"""The columns of a file of pseudonyms: what each is made of, and how a value becomes a code."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.names.dialects import PAD
from darknumber.register.names.forms import BIT_WORDS, CODE, bit_columns
from darknumber.register.names.keys import Key

KEYS = ("report_id", "person_key")  # texts that are compared as they stand; they keep their columns
# The forms that linkage compares, and no more: every other one would only help somebody who guesses.
CODED = (
    "given", "given_full", "initial", "given_sound", "surname", "surname_other", "surname_sound",
    "birth_date", "birth_swapped", "birth_year_month", "birth_month_day", "birth_year",
    "place", "citizenship",
)  # fmt: skip
SAME_SORT = {"surname_other": "surname"}  # so that one half of a double surname is found in another report
LETTERS = ("given", "surname")  # whose pairs of letters go into bits
BITS, ORDER, KEY = "_bits", "order", "key"
ROW, ONE_KEY = "row", CODE + KEY
SORTS = (*KEYS, *CODED, *(name + BITS for name in LETTERS), ORDER, KEY)

BITS_OF_A_PAIR = 8  # of 256, one byte of the hash each: the pairs of a name of eight letters fill a quarter of them
REMEMBERED = 2**18  # codes of each sort that are kept in memory: names come back, and hashing each again takes time


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeColumns:
    """What one column of forms becomes.

    Parameters
    ----------
    source
        The column of forms, or of the reports.
    names
        The columns it becomes: one, or those of the bits.
    kind
        What they are called in SQL.
    coded
        Whether they hold codes; otherwise values stay as they are.
    made
        From a value to that of the one column, or to those of all; None where they stay as they are.
    """

    source: str
    names: tuple[str, ...]
    kind: str
    coded: bool
    made: Callable[[Any], Any] | None = field(repr=False)

    def of(self, values: Sequence[Any]) -> list[Sequence[Any]]:
        """The columns for some rows; nothing stays nothing."""
        if self.made is None:
            return [values]
        made = self.made
        found = [None if value is None else made(value) for value in values]
        if len(self.names) == 1:
            return [found]
        nothing = (None,) * len(self.names)
        return [*zip(*(nothing if each is None else each for each in found), strict=True)]


def code_columns(key: Key, kinds: Mapping[str, Any], clear: Sequence[str]) -> list[CodeColumns]:
    """The columns that a file of pseudonyms has.

    Parameters
    ----------
    key
        For `SORTS`.
    kinds
        The columns of forms and reports that are there, with their kinds.
    clear
        Those of them that stay as they are.
    """
    there = [name for name in kinds if name in clear]
    found = [
        CodeColumns(source=name, names=(name,), kind=_sql_kind(kinds[name]), coded=False, made=None) for name in there
    ]
    for name in (*KEYS, *CODED):
        if name in kinds and name not in clear:
            column = name if name in KEYS else CODE + name
            made = _remembered(partial(key.code, SAME_SORT.get(name, name)))
            found.append(CodeColumns(source=name, names=(column,), kind="VARCHAR", coded=True, made=made))
    for name in LETTERS:
        if name in kinds:
            columns = tuple(CODE + column for column in bit_columns(name))
            bits = _remembered(partial(_bits, _remembered(partial(_places, key, name + BITS))))
            found.append(CodeColumns(source=name, names=columns, kind="BIGINT", coded=True, made=bits))
    # the same in every row, so that files made with different keys can be told
    one_key = key.code(KEY, KEY)
    found.append(CodeColumns(source=ROW, names=(ONE_KEY,), kind="VARCHAR", coded=True, made=lambda _: one_key))
    return found


def _remembered(made: Callable[[str], Any]) -> Callable[[str], Any]:
    return lru_cache(maxsize=REMEMBERED)(made)


def _sql_kind(kind: Any) -> str:
    if kind == nw.Date:
        return "DATE"
    return "BIGINT" if kind.is_integer() else "VARCHAR"


def _places(key: Key, sort: str, pair: str) -> int:
    """The bits that are on for one pair of letters."""
    found = 0
    for byte in key.digest(sort, pair)[:BITS_OF_A_PAIR]:
        found |= 1 << byte
    return found


def _bits(places: Callable[[str], int], name: str) -> tuple[int, ...]:
    """The bits that are on for all pairs of neighbouring letters, as whole numbers of 64 bits with a sign."""
    padded = f"{PAD}{name}{PAD}"
    found = 0
    for start in range(len(padded) - 1):
        found |= places(padded[start : start + 2])
    return struct.unpack(f"<{BIT_WORDS}q", found.to_bytes(8 * BIT_WORDS, "little"))
