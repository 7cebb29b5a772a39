"""Reports: one row per report by an organisation, in canonical columns, wherever the rows happen to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data import marks
from darknumber.data.engine import connection, in_engine, kept, numbered
from darknumber.data.read import Source, open_source
from darknumber.data.tabulate import text_column
from darknumber.errors import InputError
from darknumber.register.reading.canonical import BLANK, ROW, SET_ASIDE, canonical
from darknumber.register.reading.mapping import Mapping, Origin, check_complete, check_known, guess_mapping
from darknumber.register.reading.mapping_file import mapping_text, read_mapping
from darknumber.register.reading.meanings import APART
from darknumber.register.reading.remarks import Remark
from darknumber.register.reading.repeats import with_repeats
from darknumber.register.reading.schema import DENIED, ORGANISATION, REPORT_DATE, YEAR, field_of
from darknumber.register.reading.understood import key
from darknumber.register.reading.written_dates import TIME_OF_DAY
from darknumber.words import say

_NO_TEXT = (nw.Duration, nw.Binary)  # kinds of columns that cannot be written as text, beside lists and the like
_FIRST_VISIBLE = "!"  # of all characters: the space, the tab and the line ends come before it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reports:
    """Reports in canonical columns, not yet linked; the rows stay in their engine and are never printed.

    Parameters
    ----------
    frame
        The canonical columns that are there; ``row`` (Int64), the number of the row in the file, the headings being row
        1 and a cell with several lines in it one row; ``set_aside``, the code of the first reason why a row cannot be
        used, else empty; and ``remarks`` (Int64), in which bit b is on where ``remarks[b]`` holds for the row.
    fields
        The canonical columns that are there, in the order of `darknumber.register.reading.schema.fields`.
    mapping
        How the office's columns and codes became these.
    remarks
        What can be said of a value of a row, such as that its code is not known.
    unused
        The headings of the file that nothing was read from.
    extracted
        The day of the extract; a report after it is set aside.
    name
        What the reports are called in output, such as the file name.
    files
        The names of the files they are from, each with that of its mapping file or an empty text; of a data frame none.
    """

    frame: nw.LazyFrame[Any] = field(repr=False)
    fields: tuple[str, ...]
    mapping: Mapping = field(repr=False)
    remarks: tuple[Remark, ...] = field(repr=False)
    unused: tuple[str, ...]
    extracted: date
    name: str
    files: tuple[tuple[str, str], ...] = ()

    @property
    def accepted(self) -> nw.LazyFrame[Any]:
        """The rows that are not set aside."""
        return self.frame.filter(nw.col(SET_ASIDE).is_null())

    def __str__(self) -> str:
        return say("intake.reports", name=self.name, n=len(self.fields), fields=self.fields)


def read_reports(
    source: Any,
    mapping: Mapping | str | Path | None = None,
    *,
    sheet: str | None = None,
    name: str | None = None,
    extracted: date | None = None,
) -> Reports:
    """Read reports, one a row, into the canonical columns.

    A file, or a frame that is not in Spark, is gone through once; its reports then wait in the spool folder of this
    process, which only its owner can read and which is removed when the program ends. Reports in Spark stay there, and
    Spark keeps what was worked out of them.

    Parameters
    ----------
    source
        The path of a CSV, TSV, Excel or Parquet file, or any data frame that narwhals knows (pandas, polars, pyarrow,
        DuckDB, Spark, ...).
    mapping
        How the office's columns and codes become the canonical ones, or the path of a file that says so. By default it
        is guessed from the headings.
    sheet
        The sheet of a workbook that has several.
    name
        What to call the reports in output; by default the name of the file.
    extracted
        The day of the extract: reports after it are set aside. By default today.

    Raises
    ------
    InputError
        A file that cannot be read, a mapping that does not fit it, no column with the organisation, or none with the
        date or year.
    """
    opened = open_source(source, sheet, empty_rows=True)
    found = _mapping(opened, mapping)
    day = date.today() if extracted is None else extracted
    held = connection()
    texts = _texts(opened, found)
    if texts.implementation is nw.Implementation.DUCKDB:  # the file is read once, however many columns are looked up
        texts = kept(texts, held)
    frame, known, remarks = canonical(texts, found, day, held)
    frame = with_repeats(kept(frame, held), known, held)
    return Reports(
        frame=frame,
        fields=known,
        mapping=found,
        remarks=remarks,
        unused=found.unused(opened.headings),
        extracted=day,
        name=opened.name if name is None else name,
        files=((Path(source).name, Path(mapping).name if isinstance(mapping, str | Path) else ""),)
        if isinstance(source, str | Path)
        else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A mapping file to start from.

    Parameters
    ----------
    text
        All of it.
    columns, used
        How many columns the file of reports has, and how many of them were recognised.
    needed
        Fields without which reports cannot be counted, and that no column was found for.
    """

    text: str
    columns: int
    used: int
    needed: tuple[str, ...]


def suggest_mapping(source: Any, *, sheet: str | None = None) -> Suggested:
    """The mapping that the headings of a file point to, as a file to correct, in the language in use.

    Raises
    ------
    InputError
        A file that cannot be read, or in which no heading is known.
    """
    opened = open_source(source, sheet)
    found = guess_mapping(opened.headings)
    check_known(found, opened.headings)
    columns = sum(1 for heading in opened.headings if heading)
    needed = [] if ORGANISATION in found.fields else [ORGANISATION]
    needed += [] if {REPORT_DATE, YEAR} & set(found.fields) else [REPORT_DATE]
    return Suggested(
        text=mapping_text(found, opened.headings, opened.name),
        columns=columns,
        used=columns - len(found.unused(opened.headings)),
        needed=tuple(needed),
    )


def _mapping(opened: Source, mapping: Mapping | str | Path | None) -> Mapping:
    if mapping is None:
        found = guess_mapping(opened.headings)
    else:
        found = mapping if isinstance(mapping, Mapping) else read_mapping(mapping)
    check_complete(found, opened.headings)
    return found


def _texts(opened: Source, mapping: Mapping) -> nw.LazyFrame[Any]:
    """The texts that fields are read from, numbered, with whether a row has nothing in it at all."""
    kinds = opened.frame.collect_schema()

    def text(heading: str) -> nw.Expr:
        column = opened.column_name(heading)
        if kinds[column].is_nested() or kinds[column] in _NO_TEXT:
            raise InputError("no_text_in_column", name=heading)
        return _stripped(text_column(column, kinds[column]))

    def of(origin: Origin) -> nw.Expr:
        return text(origin.column) if origin.column else nw.lit(origin.constant)  # may be empty

    def is_empty(column: str) -> nw.Expr:
        if kinds[column].is_nested() or kinds[column] in _NO_TEXT:
            return nw.col(column).is_null()
        return _stripped(text_column(column, kinds[column])) == ""

    columns = []
    for name, origin in mapping.fields.items():
        kind = field_of(name).kind
        whole = of(origin)
        if kind in ("date", "year"):
            whole = whole.str.replace_all(TIME_OF_DAY, "")
        if origin.members:
            no = of(mapping.fields[DENIED]) if DENIED in mapping.fields else nw.lit("")
            answers = [text(heading) for heading in origin.members]
            whole = nw.concat_str(whole, no, *answers, separator=APART)
        columns.append(whole.alias(key(name)))
    empty = _all_of([is_empty(column) for column in opened.columns])
    blank = nw.when(empty).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)
    held = in_engine(opened.frame.select(*columns, blank.alias(BLANK)))
    keys = [key(name) for name in mapping.fields]
    return numbered(held.with_columns(*(nw.col(each).fill_null("") for each in keys)), ROW)  # where none came back


def _all_of(parts: list[nw.Expr]) -> nw.Expr:
    """Whether all hold. By halves: of a file with thousands of columns a plain chain is too deep for an engine."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return _all_of(parts[:middle]) & _all_of(parts[middle:])


def _stripped(text: nw.Expr) -> nw.Expr:
    """A text without the spaces around it.

    To strip every text takes longer than to read the file; this looks first whether there is something to strip.
    """
    ends = [text.str.ends_with(each) for each in marks.SPACES]
    starts = (text < _FIRST_VISIBLE) | text.str.starts_with(marks.SPACES[-1])
    return nw.when(reduce(or_, ends, starts)).then(text.str.strip_chars(marks.SPACES)).otherwise(text)
