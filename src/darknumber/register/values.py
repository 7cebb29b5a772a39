"""From the texts of a file to what they mean, as expressions that run where the rows are.

A value is empty where nothing was recorded or the text means nothing. Expressions are written out wherever they are
used, so what several use stands in a column first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data import marks
from darknumber.register.schema import fold

BETWEEN = ";"  # of the members of a set, as it is kept
SEPARATORS = ";,|"  # of the members of a set, as offices write it

# In names these are somebody's: Na and Null are surnames, and only programs write them in capitals.
_NAMES_TOO = frozenset({"na", "null"})
_MISSING = sorted(marks.MISSING)
_MISSING_IN_NAMES = sorted(marks.MISSING - _NAMES_TOO)
_MISSING_AS_WRITTEN = ["NA", "NULL"]

_WAS_A_NUMBER = r"^\d+[.,]0+$"
_OLD = r"^\d{1,3}( ?(jaar|jr\.?|years?|yrs?))?$"
MANY = 64  # codes with their texts compared one by one; with more, a look-up keeps the query short


def widened(frame: nw.LazyFrame[Any], columns: Iterable[nw.Expr]) -> nw.LazyFrame[Any]:
    """The frame with these columns, of which there may be none."""
    found = list(columns)
    return frame.with_columns(*found) if found else frame


def stripped(text: nw.Expr) -> nw.Expr:
    """The text without the spaces around it."""
    return text.str.strip_chars(marks.SPACES)


def is_missing(text: nw.Expr) -> nw.Expr:
    """Whether a text says that nothing was recorded."""
    return stripped(text).str.to_lowercase().is_in(_MISSING)


def nothing() -> nw.Expr:
    """No text at all."""
    return nw.lit(None).cast(nw.String)


def open_value(text: nw.Expr) -> nw.Expr:
    """Any text; a number that was whole loses its decimals."""
    plain = _without_decimals(stripped(text))
    return nw.when(~is_missing(text)).then(plain).otherwise(nothing())


def name_value(text: nw.Expr) -> nw.Expr:
    """A name, which may be one that elsewhere says that there is none."""
    plain = stripped(text)
    missing = plain.str.to_lowercase().is_in(_MISSING_IN_NAMES) | plain.is_in(_MISSING_AS_WRITTEN)
    return nw.when(~missing).then(plain).otherwise(nothing())


def renamed(text: nw.Expr, codes: Mapping[str, str]) -> nw.Expr:
    """The text, or what the mapping file says it stands for."""
    if not codes:
        return text
    folded = stripped(text).str.to_lowercase()
    found = text
    for code, texts in _by_code({fold(written): code for written, code in codes.items()}).items():
        found = nw.when(folded.is_in(texts)).then(nw.lit(code)).otherwise(found)
    return found


def raw(name: str, member: int | None = None) -> str:
    """The column with the texts of a field as they were read, or of one of its columns of yes and no."""
    return f"raw_{name}" if member is None else f"raw_{name}_{member}"


def folded(text: nw.Expr) -> nw.Expr:
    """A text as codes are compared."""
    return _without_decimals(stripped(text).str.to_lowercase())


def code_value(text: nw.Expr, aliases: Mapping[str, str]) -> nw.Expr:
    """The code that a folded text stands for; an alias with an empty code says that nothing was recorded."""
    known = {alias: code for alias, code in aliases.items() if code}
    if len(known) > MANY:
        # Nearly everybody writes the codes themselves; to look these up would take longer than all the rest.
        plain = sorted(alias for alias, code in known.items() if code == alias.upper())
        found = text.replace_strict(list(known), list(known.values()), default=None, return_dtype=nw.String)
        return nw.when(text.is_in(plain)).then(text.str.to_uppercase()).otherwise(found)
    value = nothing()
    for code, texts in _by_code(known).items():
        value = nw.when(text.is_in(texts)).then(nw.lit(code)).otherwise(value)
    return value


def is_strange(text: str, value: str, aliases: Mapping[str, str]) -> nw.Expr:
    """Whether there is a folded text in one column, and nothing that it means in another."""
    empty = sorted(marks.MISSING | {alias for alias, code in aliases.items() if not code})
    return nw.col(value).is_null() & ~nw.col(text).is_in(empty)


def set_text(text: nw.Expr, separators: str = SEPARATORS) -> nw.Expr:
    """A set as it is searched: folded, with semicolons between its members, before the first and after the last."""
    between = "[" + "".join(re.escape(each) for each in separators) + "]"
    plain = stripped(text).str.to_lowercase().str.replace_all(rf"\s*{between}\s*", BETWEEN)
    return nw.concat_str(nw.lit(BETWEEN), plain, nw.lit(BETWEEN))


def members_in(text: nw.Expr, aliases: Mapping[str, str]) -> dict[str, nw.Expr]:
    """Where each member stands in a set, as `set_text` writes it."""
    known = {alias: code for alias, code in aliases.items() if code}
    return {
        code: reduce(or_, (text.str.contains(f"{BETWEEN}{alias}{BETWEEN}", literal=True) for alias in texts))
        for code, texts in _by_code(known).items()
    }


def has_strangers(text: nw.Expr, aliases: Mapping[str, str]) -> nw.Expr:
    """Whether something else stands in a set, as `set_text` writes it."""
    words = sorted(map(re.escape, {*aliases, *marks.MISSING} - {""}))
    return ~text.str.contains(rf"^{BETWEEN}+((?:{'|'.join(words)}){BETWEEN}+)*$")


def joined(members: Mapping[str, nw.Expr]) -> nw.Expr:
    """The members that are there, in alphabetical order, with a semicolon after each."""
    parts = [
        nw.when(there).then(nw.lit(f"{code}{BETWEEN}")).otherwise(nw.lit("")) for code, there in sorted(members.items())
    ]
    return nw.concat_str(nw.lit(""), *parts) if parts else nw.lit("")


def as_set(text: nw.Expr) -> nw.Expr:
    """A set as it is kept: `joined` without the last semicolon; empty where it has no members."""
    return nw.when(text != "").then(text.str.replace_all(f"{BETWEEN}$", "")).otherwise(nothing())


def number_value(text: nw.Expr) -> nw.Expr:
    """A whole number of years in a folded text, perhaps with the word after it."""
    return whole_number(text.str.replace_all(r"[^\d]", ""), text.str.contains(_OLD))


def whole_number(digits: nw.Expr, right: nw.Expr) -> nw.Expr:
    """The number that digits stand for, where that is right; engines balk at casting what is no number."""
    number = nw.when(right).then(digits).otherwise(nw.lit("0")).cast(nw.Int64)
    return nw.when(right).then(number).otherwise(nw.lit(None).cast(nw.Int64))


def _without_decimals(text: nw.Expr) -> nw.Expr:
    """The text without the ``.0`` of a number that was whole."""
    return nw.when(text.str.contains(_WAS_A_NUMBER)).then(text.str.replace_all(r"[.,]0+$", "")).otherwise(text)


def _by_code(aliases: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of each code."""
    found: dict[str, list[str]] = {}
    for alias, code in aliases.items():
        found.setdefault(code, []).append(alias)
    return found
