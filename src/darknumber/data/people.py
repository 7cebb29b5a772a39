"""One person, several rows: combine them in the engine that holds the rows, and bring back counts only.

Each row is written as two bit masks, one for the lists and one for the levels of the covariates, and the masks of a
person's rows are combined. In the mask of levels, a level is its binary number beside the complement of that number.
Rows that agree leave either the digit or its complement on at each place; a place with both on means that a person has
two values, none on means that none was recorded. So one number carries the levels, what is missing, and every
contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Protocol

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.engine import combine, fetch, first_row
from darknumber.data.records import Records, Rule
from darknumber.data.table import MAX_STRATA, NOT_RECORDED, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding

MAX_BITS = 62  # of a mask: a 64-bit number that stays positive
CHAIN = 64  # values compared one by one; with more, a look-up is faster and the query stays short

YEAR_NAMES = frozenset({"year", "jaar"})  # a covariate so called is taken for the year where none was named

# Missing ids as they are written; compared as they stand, because changing the capitals of millions of ids takes long.
_NO_ID = sorted({form for text in marks.MISSING for form in (text, text.upper(), text.capitalize())})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where the levels of one covariate stand in the mask: `width` digits from `shift` on, then their complements.

    Parameters
    ----------
    covariate
        The covariate with its recorded levels.
    column
        Its column in the frame.
    numbers
        The level number of each text in the column that stands for a level.
    """

    covariate: Covariate
    column: str
    numbers: Mapping[str, int]
    shift: int

    @property
    def width(self) -> int:
        """Binary digits of a level number."""
        return max(1, (len(self.covariate.levels) - 1).bit_length())

    def mask(self, number: int) -> int:
        """The bits of a level number."""
        complement = ~number & ((1 << self.width) - 1)
        return (number | complement << self.width) << self.shift

    def read(self, masks: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The level number in each mask, -1 where there is none, and whether there were several."""
        ones = (1 << self.width) - 1
        digits = (masks >> self.shift) & ones
        complements = (masks >> (self.shift + self.width)) & ones
        return np.where((digits | complements) == 0, -1, digits), (digits & complements) != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People counted by lists and levels.

    Parameters
    ----------
    history, count
        ``(cells,)`` the lists, as bits, and how many people.
    levels
        For each covariate ``(cells,)`` its level numbers; -1 is not recorded.
    findings
        On people with two values, and on people registered in more than one year.
    """

    history: NDArray[np.int64]
    count: NDArray[np.int64]
    levels: tuple[NDArray[np.int64], ...]
    findings: tuple[Finding, ...]


def fields_of(records: Records, texts: Sequence[Iterable[str]]) -> tuple[Field, ...]:
    """Where the levels of each covariate stand, given the distinct texts in its column.

    Raises
    ------
    InputError
        More levels than can make strata.
    """
    fields: list[Field] = []
    shift = 0
    for name, column, found in zip(records.covariates, records.covariate_columns, texts, strict=True):
        labels = {text: marks.label(text) for text in found}
        covariate = Covariate.of(name, set(labels.values()) - {NOT_RECORDED})
        place = {level: number for number, level in enumerate(covariate.levels)}
        numbers = {text: place[label] for text, label in labels.items() if label != NOT_RECORDED}
        fields.append(Field(covariate=covariate, column=column, numbers=numbers, shift=shift))
        shift += 2 * fields[-1].width
    if shift > MAX_BITS:
        strata = float(np.prod([float(len(field.covariate.levels)) for field in fields]))
        raise InputError("too_many_strata", strata=strata, limit=MAX_STRATA)
    return tuple(fields)


def count_people(
    records: Records,
    frame: nw.LazyFrame[Any],
    list_masks: Mapping[str, Mapping[str, int]],
    fields: Sequence[Field],
) -> People:
    """Combine the rows of each person, or of each person and year, and count.

    Parameters
    ----------
    frame
        Column ``person``, and list and covariate columns as text.
    list_masks
        For each list column, the bits that a text in it stands for.

    Raises
    ------
    InputError
        Rows without an id, people on no list, people with two values where the rule is ``error``.
    """
    coded = _coded(records, frame, list_masks, fields)
    lowest = _lowest(records, fields)
    together = _combined(records, coded, fields).with_columns(_nameless(coded).alias("nameless"))
    counted = ["lists", "levels", "nameless", *lowest]
    cells = {
        name: np.array(column, dtype=np.int64)
        for name, column in fetch(together.group_by(*counted).agg(nw.len().alias("n"))).items()
    }
    if cells["nameless"].any():
        missing = _nameless(coded)
        n = int(fetch(coded.filter(missing).select(nw.len().alias("n")))["n"][0])
        raise InputError("missing_ids", name=records.id, rows=(n, first_row(frame, missing)))
    on_none = cells["lists"] == 0
    if on_none.any():
        raise InputError("on_no_list", n=int(cells["n"][on_none].sum()))
    levels, findings = settled_levels(records, fields, cells)
    if records.unit == "person-year":
        findings += _several_years(records, coded, fields)
    return People(history=cells["lists"], count=cells["n"], levels=levels, findings=findings)


def one_row_each(
    records: Records,
    frame: nw.LazyFrame[Any],
    list_masks: Mapping[str, Mapping[str, int]],
    fields: Sequence[Field],
) -> tuple[nw.LazyFrame[Any], tuple[str, ...]]:
    """A row for each person, or person and year, still in the engine: the keys, ``lists``, ``levels`` and what is kept.

    For counting with other rows about the same people; `count_people` gives the counts, and refuses what cannot be
    counted.

    Returns
    -------
    tuple
        The rows, and the columns of the lowest levels that are kept beside the masks.
    """
    return _combined(records, _coded(records, frame, list_masks, fields), fields), tuple(_lowest(records, fields))


def _coded(
    records: Records,
    frame: nw.LazyFrame[Any],
    list_masks: Mapping[str, Mapping[str, int]],
    fields: Sequence[Field],
) -> nw.LazyFrame[Any]:
    """Each row as the bits of its lists and the bits of its levels."""
    masks = [coded_column(column, numbers) for column, numbers in list_masks.items()]
    return frame.select("person", _sum(masks).alias("lists"), *_level_columns(records, fields))


def _combined(records: Records, coded: nw.LazyFrame[Any], fields: Sequence[Field]) -> nw.LazyFrame[Any]:
    """The rows of each person, or of each person and year, put together."""
    keys = ["person", "year"] if records.unit == "person-year" else ["person"]
    words = [("lists", len(records.lists)), ("levels", sum(2 * field.width for field in fields))]
    return combine(coded, keys, words, _lowest(records, fields))


def _lowest(records: Records, fields: Sequence[Field]) -> list[str]:
    """The columns of the covariates of which the lowest level is kept."""
    return [field.column for field, rule in zip(fields, records.rules, strict=True) if rule == "lowest"]


def _level_columns(records: Records, fields: Sequence[Field]) -> list[nw.Expr]:
    """The mask of levels; the level numbers of which the lowest is kept; the mask of the year by itself."""
    masks = {field.covariate.name: _mask(field) for field in fields}
    columns = [_sum(list(masks.values())).alias("levels")]
    for field, rule in zip(fields, records.rules, strict=True):
        if rule == "lowest":
            columns.append(
                coded_column(field.column, field.numbers, other=len(field.covariate.levels)).alias(field.column)
            )
    if records.unit == "person-year" and records.year is not None:
        columns.append(masks[records.year].alias("year"))
    return columns


def _mask(field: Field) -> nw.Expr:
    return coded_column(field.column, {text: field.mask(number) for text, number in field.numbers.items()})


def coded_column(column: str, numbers: Mapping[str, int], other: int = 0) -> nw.Expr:
    """The number of each text in a column, `other` where it has none."""
    if len(numbers) > CHAIN:
        texts = list(numbers)
        found = nw.col(column).replace_strict(
            texts, [numbers[text] for text in texts], default=other, return_dtype=nw.Int64
        )
        return found.cast(nw.Int64)
    chain: nw.Expr = nw.lit(other)
    for text, number in numbers.items():
        chain = nw.when(nw.col(column) == text).then(nw.lit(number)).otherwise(chain)
    return chain.cast(nw.Int64)


def _sum(columns: Sequence[nw.Expr]) -> nw.Expr:
    return reduce(add, columns) if columns else nw.lit(0).cast(nw.Int64)


def _nameless(frame: nw.LazyFrame[Any]) -> nw.Expr:
    """Whether a row, or a group of rows, has no id."""
    person = nw.col("person")
    if frame.collect_schema()["person"] == nw.String:
        return person.is_null() | person.is_in(_NO_ID)
    return person.is_null()


class Ruled(Protocol):
    """What says how people with two values are counted."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rule of each covariate."""

    @property
    def year(self) -> str | None:
        """The covariate that is the year."""


def settled_levels(
    records: Ruled, fields: Sequence[Field], cells: Mapping[str, NDArray[np.int64]]
) -> tuple[tuple[NDArray[np.int64], ...], tuple[Finding, ...]]:
    """The level numbers after the rule for people with two values, and what was settled that way.

    Parameters
    ----------
    cells
        ``levels``, ``n`` and the lowest levels that are kept, as `one_row_each` names them.

    Raises
    ------
    InputError
        People with two values where the rule is ``error``.
    """
    levels: list[NDArray[np.int64]] = []
    findings: list[Finding] = []
    for field, rule in zip(fields, records.rules, strict=True):
        level, several = field.read(cells["levels"])
        n = int(cells["n"][several].sum())
        name = field.covariate.name
        if n and rule == "error":
            is_year = name == records.year or (records.year is None and name.casefold() in YEAR_NAMES)
            raise InputError("two_years" if is_year else "two_values", name=name, n=n)
        if n:
            code = "two_values_not_recorded" if rule == "not recorded" else "two_values_lowest"
            findings.append(Finding(code=code, where=name, values={"n": n}))
        if rule == "lowest":
            level = np.where(several, cells[field.column], level)
        levels.append(np.where(several & (rule == "not recorded"), -1, level))
    return tuple(levels), tuple(findings)


def _several_years(records: Records, coded: nw.LazyFrame[Any], fields: Sequence[Field]) -> tuple[Finding, ...]:
    """How many people are registered in more than one year; distinct people are not otherwise counted."""
    year = next(field for field in fields if field.covariate.name == records.year)
    width = year.shift + 2 * year.width
    people = combine(coded.select("person", "year"), ["person"], [("year", width)])
    found = fetch(people.group_by("year").agg(nw.len().alias("n")))
    _, several = year.read(np.array(found["year"], dtype=np.int64))
    n = int(np.array(found["n"])[several].sum())
    return (Finding(code="several_years", values={"n": n}),) if n else ()
