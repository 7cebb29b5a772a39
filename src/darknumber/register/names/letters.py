"""Which letters a name has, so that names far apart need not be compared letter by letter.

Whoever changes, adds or leaves out a letter changes whether a name has it for at most two letters; two names that are
two such mistakes apart therefore differ in at most four. Telling so takes one look at a number of 26 bits, and settles
nearly all pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.register.names.dialects import dialect_of, project

# The first given name as it was written: of two spellings of one name `given` is the same, but with a mistake in one it
# is not, and may then be far from it.
FIRST = {"given_first": "split_part(given_full, ' ', 1)"}
SPELLED = ("given", "given_first", "given_full", "surname")  # names that are compared letter by letter
OF_ONE_MISTAKE = 2  # letters that one name has and the other has not


def with_letters(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The cleaned forms with ``given_first``, and for each of `SPELLED` a column of which letters it has.

    Only for text: pseudonyms have no letters.
    """
    columns = frame.collect_schema().names()
    if "given_grams" not in columns and "surname_grams" not in columns:
        return frame
    held = project(frame, FIRST, keep=True) if "given_full" in columns else frame
    dialect = dialect_of(held)
    there = [name for name in SPELLED if name in held.collect_schema().names()]
    made: Mapping[str, str] = {letters(name): _bits(dialect.name(name)) for name in there}
    return project(held, made, keep=True)


def letters(name: str) -> str:
    """The column of the letters of a name."""
    return f"{name}_letters"


def may_be_near(name: str, mistakes: int) -> str:
    """SQL, for DuckDB and Spark, of whether two names can be so few mistakes apart; true whenever they are.

    Parameters
    ----------
    name
        The column; it ends in ``_l`` and ``_r``.
    mistakes
        Letters changed, added or left out.
    """
    one, other = f"{letters(name)}_l", f"{letters(name)}_r"
    # or less and: which bits differ; the two kinds of SQL have no sign in common that says so
    return f"bit_count(({one} | {other}) - ({one} & {other})) <= {OF_ONE_MISTAKE * mistakes}"


def _bits(name: str) -> str:
    has = (
        f"CASE WHEN contains({name}, '{letter}') THEN {1 << place} ELSE 0 END"
        for place, letter in enumerate(ascii_lowercase)
    )
    return f"({' + '.join(has)})"
