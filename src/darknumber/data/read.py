"""The ways in: a table of counts, or rows on people, from a file or from any data frame."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.counts import table_of_counts
from darknumber.data.encoding import has_blank_lines
from darknumber.data.engine import fetch, open_parquet, open_plain
from darknumber.data.files import existing, kind_of, text_file, text_rows, write_plain
from darknumber.data.names import as_names, check_choice, check_distinct, no_such
from darknumber.data.records import RULES, Records, Rule
from darknumber.data.table import UNITS, CaptureTable, Unit
from darknumber.data.tabulate import names_of_lists
from darknumber.data.workbooks import text_of, workbook_rows
from darknumber.errors import InputError

MAX_COUNT_ROWS = 10**6  # a table of counts with more rows than there are histories of 20 lists is not one


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A frame, its columns, what each is called by the user, and what the whole is called."""

    frame: nw.LazyFrame[Any]
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    name: str

    def column(self, heading: str) -> nw.Expr:
        """The column under a heading, as `column_name` finds it."""
        return nw.col(self.column_name(heading))

    def column_name(self, heading: str) -> str:
        """The name of the column under a heading; an error where there is none, or more than one."""
        places = [place for place, known in enumerate(self.headings) if known == heading.strip()]
        if not places:
            raise no_such("unknown_column", heading, [known for known in self.headings if known])
        if len(places) > 1:
            raise InputError("repeated_headings", names=(heading,))
        return self.columns[places[0]]


def read_counts(
    source: Any,
    *,
    count: str | None = None,
    lists: Sequence[str] | None = None,
    covariates: Sequence[str] | None = None,
    unit: Unit = "person",
    name: str | None = None,
    sheet: str | None = None,
) -> CaptureTable:
    """Read a table of counts: one column per list that says who is on it, and a column with how many they are.

    Parameters
    ----------
    source
        The path of a CSV, TSV, Excel or Parquet file, or any data frame that narwhals knows (pandas, polars, pyarrow,
        DuckDB, Spark, ...).
    count
        The column with the numbers; by default the last.
    lists, covariates
        The columns that are lists, and those that are covariates. By default every column with nothing but list marks
        (1/0, yes/no, ja/nee, true/false, x/empty) is a list and every other column a covariate. Columns left out of
        both are added up over.
    unit
        What one count is: ``person``, or ``person-year`` where a person registered in two years counts twice.
    name
        What to call the table in output; by default the name of the file.
    sheet
        The sheet of a workbook that has several.

    Raises
    ------
    InputError
        A file that cannot be read, a column that is not there, list marks that are neither yes nor no, counts that
        are not whole numbers, people on no list, and what `CaptureTable.build` refuses.
    """
    headings, cells, own_name = first_cells(source, sheet, MAX_COUNT_ROWS + 1)
    if cells and len(cells[0]) > MAX_COUNT_ROWS:
        raise InputError("too_many_rows", limit=MAX_COUNT_ROWS)
    named = [place for place, heading in enumerate(headings) if heading or any(cells[place])]
    repeated = sorted(heading for heading, n in Counter(headings[place] for place in named).items() if n > 1)
    if repeated:
        raise InputError("repeated_headings", names=repeated)
    return table_of_counts(
        {headings[place]: cells[place] for place in named},
        count=count and count.strip(),
        lists=lists and [heading.strip() for heading in as_names(lists)],
        covariates=covariates and [heading.strip() for heading in as_names(covariates)],
        unit=unit,
        name=own_name if name is None else name,
    )


def read_records(
    source: Any,
    *,
    lists: Sequence[str] | None = None,
    covariates: Sequence[str] = (),
    id: str | None = None,
    list_column: str | None = None,
    year: str | None = None,
    unit: Unit = "person",
    on_conflict: Rule | Mapping[str, Rule] = "error",
    name: str | None = None,
    sheet: str | None = None,
    dates: str | Mapping[str, str] | None = None,
    referrals: str | None = None,
) -> Records:
    """Point at rows on people: one row per person with a column for each list, or one row per person and list.

    Nothing is counted yet, and the rows stay where they are; `darknumber.data.tabulate.tabulate` counts.

    Parameters
    ----------
    source
        The path of a CSV, TSV, Excel or Parquet file, a DuckDB relation, or any data frame that narwhals knows
        (pandas, polars, pyarrow, Spark, ...).
    lists
        One row per person: the columns that are lists. With `list_column`: the names in it that are lists, by default
        all of them.
    covariates
        The columns to make strata of.
    id
        The column that says who it is. Rows with the same id are one person; several on the same list count once.
        Needed with `list_column`; without it every row is a person.
    list_column
        The column that says which list a row comes from.
    year
        The covariate that is the year; needed where the unit is person-years, and then made a covariate if it is not
        named as one.
    unit
        What one count is: ``person``, or ``person-year``: each person once for each year, with the lists of that year.
    on_conflict
        What to do with a person whose rows give two values of a covariate: an ``error``; take it as ``not recorded``;
        or take the ``lowest`` level, such as the first year. One rule, or one for each covariate named.
    name
        What to call the data in output; by default the name of the file.
    sheet
        The sheet of a workbook that has several.
    dates
        When people came to a list. With `list_column`: the column with the date of each row. Otherwise the column with
        the date for each list that has one. They change no count; `check` says which list people come to first.
    referrals
        The column that says by which list somebody was referred to the list of the row, or, in rows of one person, to
        the other lists. It changes no count either; `drop_referred` drops what it says.

    Raises
    ------
    InputError
        A file that cannot be read, a column that is not there or is named twice, options that do not fit together.
    """
    check_choice("unit", unit, UNITS)
    if lists is None and list_column is None:
        raise InputError("lists_needed")
    if list_column is not None and id is None:
        raise InputError("id_needed", name=list_column)
    if unit == "person-year" and year is None:
        raise InputError("year_needed")
    lists = None if lists is None else as_names(lists)
    covariates = [heading.strip() for heading in as_names(covariates)]
    if year is not None and year.strip() not in covariates:
        covariates.insert(0, year.strip())
    check_distinct([*(heading.strip() for heading in lists or ()), *covariates])
    rules = _rules(covariates, on_conflict)
    opened = open_source(source, sheet)
    columns = [opened.column(heading).alias(f"covariate_{place}") for place, heading in enumerate(covariates)]
    if id is not None:
        columns.append(opened.column(id).alias("person"))
    if list_column is not None:
        columns.append(opened.column(list_column).alias("list"))
    else:
        columns += [opened.column(heading).alias(f"list_{place}") for place, heading in enumerate(lists or ())]
    stamps = _dates(dates, lists, list_column)
    for place, heading in enumerate(stamps):
        if heading is not None:
            columns.append(opened.column(heading).alias("date" if list_column is not None else f"date_{place}"))
    if referrals is not None:
        columns.append(opened.column(referrals).alias("referral"))
    frame = opened.frame.select(*columns)
    names = [heading.strip() for heading in lists] if lists is not None else names_of_lists(frame, str(list_column))
    return Records(
        frame=frame,
        lists=tuple(names),
        covariates=tuple(covariates),
        rules=rules,
        id=id,
        list_column=list_column,
        year=None if year is None else year.strip(),
        unit=unit,
        name=opened.name if name is None else name,
        dates=stamps,
        referrals=None if referrals is None else referrals.strip(),
    )


def _dates(
    dates: str | Mapping[str, str] | None, lists: Sequence[str] | None, list_column: str | None
) -> tuple[str | None, ...]:
    """The heading of the column with dates, or of that of each list."""
    if dates is None:
        return ()
    if list_column is not None:
        if not isinstance(dates, str):
            raise InputError("dates_in_one_column", name=list_column)
        return (dates.strip(),)
    if isinstance(dates, str):
        raise InputError("dates_by_list", name=dates)
    known = [heading.strip() for heading in lists or ()]
    found = {name.strip(): heading.strip() for name, heading in dates.items()}
    for name in found:
        if name not in known:
            raise no_such("no_such_list", name, known)
    return tuple(found.get(name) for name in known)


def _rules(covariates: Sequence[str], on_conflict: Rule | Mapping[str, Rule]) -> tuple[Rule, ...]:
    """The rule of each covariate."""
    if isinstance(on_conflict, str):
        check_choice("on_conflict", on_conflict, RULES)
        return (on_conflict,) * len(covariates)
    for heading, rule in on_conflict.items():
        check_choice("on_conflict", rule, RULES)
        if heading not in covariates:
            raise no_such("unknown_covariate", heading, covariates)
    return tuple(on_conflict.get(heading, "error") for heading in covariates)


def open_source(source: Any, sheet: str | None = None, *, empty_rows: bool = False) -> Source:
    """The rows of a file or frame, lazily.

    Parameters
    ----------
    source, sheet
        As in `read_counts`.
    empty_rows
        Whether rows without anything in them stay, so that rows can be numbered as a spreadsheet does.

    Raises
    ------
    InputError
        A file that cannot be read, or something that is neither a file nor a frame.
    """
    if not isinstance(source, str | os.PathLike):
        frame = _frame(source)
        names = tuple(frame.collect_schema().names())
        return Source(frame=frame, columns=names, headings=tuple(map(str.strip, names)), name="")
    path = existing(Path(source))
    kind = kind_of(path)
    if kind == "parquet":
        opened = open_parquet(path)
        if opened is None:
            raise InputError("unreadable_file", name=path.name)
        names = tuple(opened.collect_schema().names())
        return Source(frame=opened, columns=names, headings=tuple(map(str.strip, names)), name=path.name)
    if kind == "workbook":
        plain = write_plain(*workbook_rows(path, sheet, empty_rows=empty_rows))
        opened = open_plain(plain, empty_rows=empty_rows)
    else:
        plain = text_file(path)
        as_it_is = plain.plain and not (empty_rows and has_blank_lines(path))  # DuckDB passes over blank lines
        opened = open_plain(plain, empty_rows=empty_rows) if as_it_is else None
        if opened is None:
            plain = write_plain(plain.headings, text_rows(plain, empty_rows=empty_rows))
            opened = open_plain(plain, empty_rows=empty_rows)
    if opened is None:
        raise InputError("unreadable_file", name=path.name)
    columns = tuple(f"c{place}" for place in range(len(plain.headings)))
    return Source(frame=opened, columns=columns, headings=plain.headings, name=path.name)


def first_cells(source: Any, sheet: str | None, rows: int) -> tuple[tuple[str, ...], list[list[str]], str]:
    """The headings, the columns of text of the first rows, and the name; small files need no DuckDB."""
    path = existing(Path(source)) if isinstance(source, str | os.PathLike) else None
    if path is not None and kind_of(path) != "parquet":
        if kind_of(path) == "workbook":
            headings, lines = workbook_rows(path, sheet)
        else:
            file = text_file(path)
            headings, lines = file.headings, text_rows(file)
        found = list(islice(lines, rows))
        return headings, [[row[place] for row in found] for place in range(len(headings))], path.name
    opened = open_source(source, sheet)
    columns = fetch(opened.frame.head(rows))
    return opened.headings, [[text_of(value) for value in columns[column]] for column in opened.columns], opened.name


def _frame(source: Any) -> nw.LazyFrame[Any]:
    found = nw.from_native(source, pass_through=True)
    if isinstance(found, nw.DataFrame | nw.LazyFrame):
        return found.lazy()
    raise InputError("unsupported_source", kind=type(source).__name__)
