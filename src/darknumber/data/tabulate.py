"""From people to counts: the engine that holds the rows does the grouping, and only counts come back.

First the distinct combinations of what is written in the list and covariate columns come back, so that what cells mean
is decided in one place (`darknumber.data.marks`) for every engine. Where each row is a person that is the whole work;
where a person may have several rows, `darknumber.data.people` combines them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import reduce
from itertools import compress
from operator import and_
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.counts import check_two_kinds
from darknumber.data.engine import fetch, first_row
from darknumber.data.names import no_such
from darknumber.data.people import Field, count_people, fields_of
from darknumber.data.recording import with_recording
from darknumber.data.records import Records
from darknumber.data.table import MAX_LISTS, NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding

MAX_LEVELS = 10_000  # a covariate with more values is a date, a name or a number of its own for each person
MAX_COMBINATIONS = 10**6  # of what is written in the columns of a row; more would be the rows themselves

_FIRST_VISIBLE = "!"  # of all characters: the space, the tab and the line ends come before it

Seen = dict[str, list[Any]]


def tabulate(records: Records) -> CaptureTable:
    """Count people by covariates and capture history.

    Returns
    -------
    CaptureTable
        With findings on what was not recorded, on people with two values where a rule was chosen and, for
        person-years, on how many people are registered in more than one year.

    Raises
    ------
    InputError
        List marks that are neither yes nor no, rows without a list or an id, people on no list, a person with two
        values of a covariate where the rule is ``error``, too many levels or strata, and what `CaptureTable.build`
        refuses.
    """
    if not isinstance(records, Records):
        raise InputError("not_a_table", kind=type(records).__name__)
    frame, seen = _looked_at(records)
    if records.id is None:
        return _from_rows(records, frame, seen)
    return _from_people(records, _read(records, frame, seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """Records whose cells have been given their meaning.

    Parameters
    ----------
    frame
        The rows, as text.
    masks
        For each list column, the bits that a text in it stands for.
    fields
        How the levels of each covariate are written as bits.
    findings
        What was left out.
    """

    frame: nw.LazyFrame[Any] = field(repr=False)
    masks: Mapping[str, Mapping[str, int]]
    fields: tuple[Field, ...]
    findings: tuple[Finding, ...] = ()


def readable(records: Records) -> Readable:
    """What the cells of records with an id mean, for counting them; the rows stay in their engine.

    Raises
    ------
    InputError
        Cells that mean nothing, as in `tabulate`.
    """
    return _read(records, *_looked_at(records))


def _looked_at(records: Records) -> tuple[nw.LazyFrame[Any], Seen]:
    """The rows as text, and the distinct combinations of what is written in them."""
    frame = _as_text(records)
    seen = _seen(frame, [*records.list_columns, *records.covariate_columns])
    if not seen["n"]:
        raise InputError("nobody")
    for name, column in zip(records.covariates, records.covariate_columns, strict=True):
        levels = len(set(map(marks.label, seen[column])))
        if levels > MAX_LEVELS:
            raise InputError("too_many_levels", name=name, n=levels, limit=MAX_LEVELS)
    return frame, seen


def _read(records: Records, frame: nw.LazyFrame[Any], seen: Seen) -> Readable:
    if records.list_column:
        return _from_long(records, frame, seen)
    fields = fields_of(records, [set(seen[column]) for column in records.covariate_columns])
    return Readable(frame=frame, masks=_wide_masks(records, frame, seen), fields=fields)


def names_of_lists(frame: nw.LazyFrame[Any], heading: str) -> tuple[str, ...]:
    """The distinct names in the column ``list`` of a frame in long format, in alphabetical order.

    Its errors name only the column, by its `heading`: nobody said yet that what stands in it are names of lists.
    """
    text = frame.select(text_column("list", frame.collect_schema()["list"]))
    found = {marks.label(name) for name in _seen(text, ["list"])["list"]} - {NOT_RECORDED}
    if len(found) > MAX_LISTS:
        raise InputError("too_many_lists", n=len(found), limit=MAX_LISTS)
    if len(found) == 1:
        raise InputError("one_list_in_column", name=heading)
    return tuple(sorted(found))


def _wide_masks(records: Records, frame: nw.LazyFrame[Any], seen: Seen) -> dict[str, dict[str, int]]:
    """One column per list: the bit of each text in it that says yes."""
    masks: dict[str, dict[str, int]] = {}
    for place, (name, column) in enumerate(zip(records.lists, records.list_columns, strict=True)):
        _check_marks(name, frame, seen, column)
        masks[column] = {text: 1 << place for text in set(seen[column]) if marks.mark(text) in marks.YES}
    return masks


def _from_rows(records: Records, frame: nw.LazyFrame[Any], seen: Seen) -> CaptureTable:
    """Every row a person."""
    masks = _wide_masks(records, frame, seen)
    history = np.zeros(len(seen["n"]), dtype=np.int64)
    for column, bits in masks.items():
        history |= np.array([bits.get(text, 0) for text in seen[column]], dtype=np.int64)
    count = np.array(seen["n"], dtype=np.int64)
    if not history.all():
        raise _on_no_list(frame, masks, int(count[history == 0].sum()))
    labels = [[marks.label(text) for text in seen[column]] for column in records.covariate_columns]
    return _table(records, history, count, labels, ())


def _from_long(records: Records, frame: nw.LazyFrame[Any], seen: Seen) -> Readable:
    """One row per person and list."""
    found = [marks.label(text) for text in seen["list"]]
    count = np.array(seen["n"], dtype=np.int64)
    missing = np.array([name == NOT_RECORDED for name in found])
    if missing.any():
        texts = {text for text, name in zip(seen["list"], found, strict=True) if name == NOT_RECORDED}
        rows = _rows(frame, "list", texts, int(count[missing].sum()))
        raise InputError("rows_without_list", name=records.list_column, rows=rows)
    names = sorted(set(found))
    for name in records.lists:
        if name not in names:
            # So many different values are not names of lists but, perhaps, of people: they are not shown.
            known = names if len(names) <= MAX_LISTS else ()
            raise no_such("unknown_list", name, known, column=records.list_column)
    place = {name: number for number, name in enumerate(records.lists)}
    masks = {text: 1 << place[name] for text, name in zip(seen["list"], found, strict=True) if name in place}
    kept = np.array([name in place for name in found])
    findings: tuple[Finding, ...] = ()
    if not kept.all():
        frame = frame.filter(nw.col("list").is_in(sorted(masks)))
        values = {"n": len(names) - len(place), "rows": int(count[~kept].sum())}
        findings = (Finding(code="other_lists_left_out", where=str(records.list_column), values=values),)
    texts_kept = [set(compress(seen[column], kept)) for column in records.covariate_columns]
    return Readable(frame=frame, masks={"list": masks}, fields=fields_of(records, texts_kept), findings=findings)


def _from_people(records: Records, read: Readable) -> CaptureTable:
    people = count_people(records, read.frame, read.masks, read.fields)
    labels = [labels_of(each, levels) for each, levels in zip(read.fields, people.levels, strict=True)]
    return _table(records, people.history, people.count, labels, (*read.findings, *people.findings))


def labels_of(each: Field, levels: NDArray[np.int64]) -> list[str]:
    """The levels of a covariate in words, from their numbers; -1 was not recorded."""
    names = np.array([*each.covariate.levels, NOT_RECORDED], dtype=object)
    return list(names[levels])


def _table(
    records: Records,
    history: NDArray[np.int64],
    count: NDArray[np.int64],
    labels: Sequence[Sequence[str]],
    findings: tuple[Finding, ...],
) -> CaptureTable:
    """The capture table of cells with these labels for each covariate; levels that nobody has are left out."""
    covariates = [Covariate.of(name, texts) for name, texts in zip(records.covariates, labels, strict=True)]
    levels = []
    for covariate, texts in zip(covariates, labels, strict=True):
        place = {level: number for number, level in enumerate(covariate.levels)}
        levels.append(np.array([place[text] for text in texts], dtype=np.int64))
    table = CaptureTable.build(
        records.lists,
        history,
        count,
        covariates=covariates,
        levels=levels,
        unit=records.unit,
        name=records.name,
        findings=findings,
    )
    return with_recording(table)


def _check_marks(name: str, frame: nw.LazyFrame[Any], seen: Seen, column: str) -> None:
    found = [marks.mark(text) for text in seen[column]]
    strange = {text for text in seen[column] if not marks.is_mark(text)}
    if strange:
        n = sum(n for text, n in zip(seen[column], seen["n"], strict=True) if text in strange)
        raise InputError("unknown_marks", name=name, rows=_rows(frame, column, strange, n))
    check_two_kinds(name, found)


def _on_no_list(frame: nw.LazyFrame[Any], masks: Mapping[str, Mapping[str, int]], n: int) -> InputError:
    """The error that `n` rows are of people on no list; `masks` has the texts that say yes, by column."""
    # Some engines know no empty set: a column nobody is marked in is compared with a text that is not in it.
    nobody = [~nw.col(column).is_in(sorted(texts) or [*marks.YES]) for column, texts in masks.items()]
    return InputError("on_no_list_rows", n=n, rows=(n, first_row(frame, reduce(and_, nobody))))


def _rows(frame: nw.LazyFrame[Any], column: str, texts: Set[str], n: int) -> tuple[int, int | None]:
    """How many rows have one of these texts in a column, and the first of them."""
    return n, first_row(frame, nw.col(column).is_in(sorted(texts)))


def _seen(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> Seen:
    """The distinct combinations in these columns, with in ``n`` how many rows have each."""
    seen = fetch(frame.group_by(*columns).agg(nw.len().alias("n")).head(MAX_COMBINATIONS + 1))
    if len(seen["n"]) > MAX_COMBINATIONS:
        raise InputError("too_many_combinations", limit=MAX_COMBINATIONS)
    return seen


def _as_text(records: Records) -> nw.LazyFrame[Any]:
    """The frame with lists and covariates as text, empty where there is nothing, and text ids without spaces."""
    kinds = records.frame.collect_schema()
    columns = [text_column(column, kinds[column]) for column in (*records.list_columns, *records.covariate_columns)]
    if records.id is None:
        return records.frame.select(*columns)
    return records.frame.select(person_column(kinds["person"]), *columns)


def person_column(kind: nw.dtypes.DType) -> nw.Expr:
    """The column with ids, of which texts are without spaces around them."""
    person = nw.col("person")
    if kind.is_float():
        person = nw.when(~person.is_nan()).then(person)
    elif not kind.is_numeric():
        person = person.cast(nw.String)
        # Removing spaces takes longer than all the rest where there are millions of ids, so it is done where needed.
        padded = (person < _FIRST_VISIBLE) | person.str.ends_with(" ")
        person = nw.when(padded).then(person.str.strip_chars(marks.SPACES)).otherwise(person)
    return person.alias("person")


def text_column(column: str, kind: nw.dtypes.DType) -> nw.Expr:
    """A column as text, written the same way by every engine; empty where there is nothing."""
    value = nw.col(column)
    if kind == nw.Datetime:
        text = value.dt.to_string("%Y-%m-%d")
    elif kind.is_float():
        whole = (value % 1) == 0
        number = nw.when(whole).then(value).otherwise(nw.lit(0.0)).cast(nw.Int64)
        text = nw.when(whole).then(number.cast(nw.String)).otherwise(value.cast(nw.String))
    else:
        text = value.cast(nw.String)
    # Not fill_null at the end: some versions of pandas write an empty cell as the text "None".
    return nw.when(value.is_null()).then(nw.lit("")).otherwise(text).alias(column)
