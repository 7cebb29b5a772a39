"""The two kinds of SQL in which names are cleaned: the rules are written once, and only what differs stands here.

Patterns keep to what RE2 (DuckDB) and Java (Spark) read alike: no look-ahead, no back-references in the pattern.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import narwhals.stable.v2 as nw

LAST_PLANE_POINT = 0x10000  # letters with marks that are in use stand below it
PAD = "_"  # before the first and after the last letter, so that where a name begins and ends counts as well
SIDES = ("l", "r")  # of a pair of rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one engine writes what the other writes differently."""

    spark: bool

    @property
    def text_type(self) -> str:
        """What a column of text is called."""
        return "STRING" if self.spark else "VARCHAR"

    def name(self, column: str) -> str:
        """A column, whatever it is called."""
        return f"`{column}`" if self.spark else f'"{column}"'

    def text(self, value: str) -> str:
        """A constant text."""
        if self.spark:
            value = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{value}'"
        return "'" + value.replace("'", "''") + "'"

    def swap(self, text: str, pattern: str, put: str) -> str:
        r"""The text with everything that fits a pattern replaced; ``\1`` is what stood in the first bracket."""
        if self.spark:
            named = re.sub(r"\\(\d)", r"$\1", put)
            return f"regexp_replace({text}, {self.text(pattern)}, {self.text(named)})"
        return f"regexp_replace({text}, {self.text(pattern)}, {self.text(put)}, 'g')"

    def has(self, text: str, pattern: str) -> str:
        """Whether something in the text fits a pattern."""
        return f"({text} RLIKE {self.text(pattern)})" if self.spark else f"regexp_matches({text}, {self.text(pattern)})"

    def fits(self, text: str, pattern: str) -> str:
        """Whether all of the text fits a pattern."""
        if self.spark:
            whole = rf"^(?:{pattern})\z"
            return f"({text} RLIKE {self.text(whole)})"
        return f"regexp_full_match({text}, {self.text(pattern)})"

    def part(self, text: str, pattern: str, bracket: int) -> str:
        """What stands in a bracket of the first place that fits a pattern; empty where nothing does."""
        return f"regexp_extract({text}, {self.text(pattern)}, {bracket})"

    def plain(self, text: str) -> str:
        """Whether there are only letters and signs without marks, as in most names: these need less work."""
        return f"octet_length({text}) = char_length({text})" if self.spark else f"strlen({text}) = length({text})"

    def without_marks(self, text: str) -> str:
        """The text with accents and other marks taken off its letters."""
        if not self.spark:
            return f"strip_accents({text})"
        marked, bare = _marked_letters()
        return self.swap(f"translate({text}, {self.text(marked)}, {self.text(bare)})", r"\p{M}+", "")

    def grams(self, text: str) -> str:
        """The distinct pairs of neighbouring letters, in order of the alphabet."""
        padded = f"('{PAD}' || {text} || '{PAD}')"
        if self.spark:
            pairs = f"transform(sequence(1, char_length({padded}) - 1), i -> substring({padded}, i, 2))"
            made = f"array_sort(array_distinct({pairs}))"
        else:
            pairs = f"list_transform(range(1, length({padded})), lambda i: substr({padded}, i, 2))"
            made = f"list_sort(list_distinct({pairs}))"
        return f"CASE WHEN {text} IS NOT NULL THEN {made} END"


DUCKDB = Dialect(spark=False)
SPARK = Dialect(spark=True)


def dialect_of(frame: nw.LazyFrame[Any]) -> Dialect:
    """How the engine of a frame writes; it must be one of the two."""
    return SPARK if frame.implementation.is_spark_like() else DUCKDB


def project(frame: nw.LazyFrame[Any], columns: Mapping[str, str], *, keep: bool = False) -> nw.LazyFrame[Any]:
    """The columns worked out from those of a frame, each from its SQL; with `keep` beside those that are there."""
    dialect = dialect_of(frame)
    written = ["*"] if keep else []
    written += [f"{sql} AS {dialect.name(name)}" for name, sql in columns.items()]
    native = frame.to_native()
    made = native.selectExpr(*written) if dialect.spark else native.project(", ".join(written))
    opened: nw.LazyFrame[Any] = nw.from_native(made)
    return opened


@cache
def _marked_letters() -> tuple[str, str]:
    """Letters with marks, and the same letters without."""
    found = {}
    for point in range(ord("\u00c0"), LAST_PLANE_POINT):
        letter = chr(point)
        split = unicodedata.normalize("NFD", letter)
        bare = "".join(sign for sign in split if not unicodedata.category(sign).startswith("M"))
        joined = unicodedata.normalize("NFC", bare)
        if len(joined) == 1 and joined != letter and unicodedata.category(letter).startswith("L"):
            found[letter] = joined
    return "".join(found), "".join(found.values())
