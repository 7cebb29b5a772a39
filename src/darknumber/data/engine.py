"""The engines that hold the rows: DuckDB for files, and whatever carries a frame that was handed to us.

narwhals speaks to all of them in one language. Three things it does not say are here: how a small result comes back
without pyarrow, how to find the first row that is wrong, and how to combine the marks of one person's rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data import spool
from darknumber.data.files import TextFile
from darknumber.errors import DarknumberError, InputError

T = TypeVar("T")

# Twenty million rows of fifteen million people fit in 2.5 GB with the program itself; what does not fit goes to the
# spool folder and takes longer.
MEMORY_LIMIT, MEMORY_BYTES = "1600MB", 1_600_000_000
SHARE = 0.25  # of the memory of the machine, for the comparison of pairs of reports
_BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

# Engines that hold their rows outside this process.
_ELSEWHERE = frozenset({nw.Implementation.IBIS, nw.Implementation.DASK})

# Kinds of columns in DuckDB; text stands for all others.
_SQL_KINDS: dict[Any, str] = {
    **dict.fromkeys((nw.Int8, nw.Int16, nw.Int32, nw.Int64, nw.UInt8, nw.UInt16, nw.UInt32, nw.UInt64), "BIGINT"),
    **dict.fromkeys((nw.Float32, nw.Float64), "DOUBLE"),
    nw.Boolean: "BOOLEAN",
    nw.Date: "DATE",
    nw.Datetime: "TIMESTAMP",
}

_STOPPED = "Query interrupted"  # what DuckDB makes of Ctrl-C, in an error without a kind of its own

ROW = "row"  # the column `first_row` adds; frames made by `darknumber.data.read` never have one called so


def connection(*, room: bool = False) -> duckdb.DuckDBPyConnection:
    """A DuckDB of our own: in memory, spilling to the spool folder only, fetching and printing nothing by itself.

    With `room` it may take `SHARE` of the memory of the machine where that is more than usual, for work that takes many
    times as long where it has to spill.
    """
    opened = duckdb.connect(config={"autoinstall_known_extensions": False, "temp_directory": str(spool.folder())})
    limit = _share_of_memory(opened) if room else MEMORY_LIMIT
    opened.execute(f"SET memory_limit = '{limit}'")
    opened.execute("SET enable_progress_bar = false")  # it is on where Python is used by hand, as in a notebook
    return opened


def _share_of_memory(opened: duckdb.DuckDBPyConnection) -> str:
    """`SHARE` of the memory that there is, of which DuckDB takes four fifths by itself; at least `MEMORY_LIMIT`."""
    (told,) = opened.execute("SELECT current_setting('memory_limit')").fetchone() or ("0 bytes",)
    number, unit = told.split()
    share = float(number) * _BYTES.get(unit, 1) / 0.8 * SHARE
    return f"{int(share / 2**20)}MiB" if share > MEMORY_BYTES else MEMORY_LIMIT


def open_parquet(path: Path) -> nw.LazyFrame[Any] | None:
    """The rows of a Parquet file; None where it is not one."""
    try:
        return nw.from_native(connection().read_parquet(literal(path)))
    except duckdb.Error:
        return None


def open_plain(file: TextFile, *, empty_rows: bool = False) -> nw.LazyFrame[Any] | None:
    """The rows of a plain text file in columns ``c0``, ``c1``, ...; None where DuckDB balks.

    Empty rows are left out unless `empty_rows`; lines with nothing on them at all never come through. All rows are gone
    through once, so that a row that cannot be read is found here and not in the middle of the work.
    """
    names = [f"c{place}" for place in range(len(file.headings))]
    try:
        rows = connection().read_csv(
            literal(file.path),
            columns=dict.fromkeys(names, "VARCHAR"),
            auto_detect=False,
            header=False,
            skiprows=file.skip + 1,
            sep=file.delimiter,
            quotechar="",
            escapechar="",
            na_values="",
            null_padding=True,
        )
        rows.aggregate("count(*)").fetchall()
    except duckdb.Error:
        return None
    if empty_rows:
        return nw.from_native(rows)
    return nw.from_native(rows.filter(f"coalesce(nullif(trim(c0), ''), {', '.join([*names[1:], 'NULL'])}) IS NOT NULL"))


def numbered(frame: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
    """The rows of DuckDB or Spark with their numbers in a column `name`, the headings being row 1.

    Rows in Spark have no order of their own: there they are numbered in the order of their values, column by column.
    """
    if frame.implementation is nw.Implementation.DUCKDB:
        counted: nw.LazyFrame[Any] = nw.from_native(frame.to_native().project(f"*, row_number() OVER () + 1 AS {name}"))
        return counted
    from pyspark.sql import Window
    from pyspark.sql import functions as spark

    order = Window.orderBy(*frame.collect_schema().names())
    number = spark.row_number().over(order).cast("long") + 1
    numbers: nw.LazyFrame[Any] = nw.from_native(frame.to_native().withColumn(name, number))
    return numbers


def kept(frame: nw.LazyFrame[Any], opened: duckdb.DuckDBPyConnection | None = None) -> nw.LazyFrame[Any]:
    """The rows, worked out once: those in DuckDB wait in the spool folder and belong to `opened`.

    Spark keeps its own, and works them out when something is first asked of them.

    Raises
    ------
    InputError
        The engine cannot read or keep them.
    """
    if frame.implementation is not nw.Implementation.DUCKDB:
        # not only kept: what comes after need not go through the plan of what came before, which takes Spark minutes
        cut: nw.LazyFrame[Any] = nw.from_native(frame.to_native().localCheckpoint(eager=False))
        return cut
    path = spool.new_file(".parquet")
    guarded(lambda: write_parquet(frame.to_native(), path))
    return nw.from_native((opened or connection()).read_parquet(literal(path)))


def fetch(frame: nw.LazyFrame[Any]) -> dict[str, list[Any]]:
    """The columns of a small result as Python values."""
    if frame.implementation is nw.Implementation.DUCKDB:
        rows = _fetch_all(frame.to_native())
    elif frame.implementation.is_spark_like():
        rows = [tuple(row) for row in guarded(frame.to_native().collect)]
    else:
        columns: dict[str, list[Any]] = guarded(frame.collect).to_dict(as_series=False)
        return columns
    names = frame.collect_schema().names()
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def fetch_numbers(frame: nw.LazyFrame[Any]) -> dict[str, NDArray[Any]]:
    """The columns of a result of numbers, none missing, however many rows."""
    held = frame.implementation
    if held is nw.Implementation.DUCKDB:
        return {name: np.asarray(column) for name, column in guarded(frame.to_native().fetchnumpy).items()}
    if held.is_spark_like():
        table = guarded(frame.to_native().toArrow)
        return {name: table.column(name).to_numpy() for name in table.column_names}
    collected = guarded(frame.collect)
    return {name: collected[name].to_numpy() for name in collected.columns}


def first_row(frame: nw.LazyFrame[Any], wrong: nw.Expr) -> int | None:
    """The number of the first row for which `wrong` holds, the headings being row 1; None where rows have no order.

    Only for error messages: it may read everything again.
    """
    held = frame.implementation
    if held is nw.Implementation.DUCKDB:
        relation = frame.to_native()
        numbered = nw.from_native(relation.project(f"*, row_number() OVER () AS {ROW}"))
    elif held.is_spark_like() or held is nw.Implementation.IBIS:
        return None
    else:
        numbered = frame.collect().with_row_index(ROW).lazy()
        numbered = numbered.with_columns(nw.col(ROW) + 1)
    found = fetch(numbered.filter(wrong).select(ROW).sort(ROW).head(1))[ROW]
    return int(found[0]) + 1 if found else None


def combine(
    frame: nw.LazyFrame[Any],
    keys: Sequence[str],
    words: Sequence[tuple[str, int]],
    lowest: Sequence[str] = (),
) -> nw.LazyFrame[Any]:
    """One row for each value of the keys, with the bits of all its rows together.

    Parameters
    ----------
    words
        Columns of bit masks, each with its number of bits. The result has a bit on where any row has.
    lowest
        Columns of which the smallest value is kept.
    """
    smallest = [nw.col(name).min() for name in lowest]
    if frame.implementation is nw.Implementation.DUCKDB:
        aggregates = [f"bit_or({name}) AS {name}" for name, _ in words] + [f"min({name}) AS {name}" for name in lowest]
        relation: duckdb.DuckDBPyRelation = frame.to_native()
        return nw.from_native(relation.aggregate(", ".join([*keys, *aggregates]), ", ".join(keys)))
    bits = [
        ((nw.col(name) % (2 << bit)) >= (1 << bit)).cast(nw.Int64).alias(f"{name}_{bit}")
        for name, width in words
        for bit in range(width)
    ]
    split = frame.select(*keys, *lowest, *bits)
    names = [f"{name}_{bit}" for name, width in words for bit in range(width)]
    joined = split.group_by(*keys).agg(*(nw.col(name).max() for name in names), *smallest)
    together = [
        reduce(add, (nw.col(f"{name}_{bit}") * (1 << bit) for bit in range(width)), nw.lit(0)).alias(name)
        for name, width in words
    ]
    return joined.select(*keys, *lowest, *together)


def in_engine(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The rows in an engine that speaks SQL: where they are if that is DuckDB or Spark, otherwise in a DuckDB of ours.

    Rows of a data frame wait in the spool folder for that.
    """
    if frame.implementation is nw.Implementation.DUCKDB or frame.implementation.is_spark_like():
        return frame
    return _spooled(guarded(frame.collect).lazy(), connection())


def stacked(frames: Sequence[nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Frames with the same columns under each other, in one engine.

    Frames of one library that can be put together there stay there. Others, such as files that were opened one by one,
    wait in the spool folder until DuckDB has read them.

    Raises
    ------
    InputError
        Different engines of which one is not on this machine, such as Spark and a file.
    """
    held = {frame.implementation for frame in frames}
    if len(held) == 1 and held != {nw.Implementation.DUCKDB}:
        return nw.concat(list(frames), how="vertical")
    if held == {nw.Implementation.DUCKDB}:
        try:
            return nw.concat(list(frames), how="vertical")
        except duckdb.Error:  # relations of different connections
            pass
    opened = connection()
    return nw.concat([_spooled(frame, opened) for frame in frames], how="vertical")


def _spooled(frame: nw.LazyFrame[Any], opened: duckdb.DuckDBPyConnection) -> nw.LazyFrame[Any]:
    """The rows of a frame of text, numbers and dates, in a connection of ours."""
    if frame.implementation is nw.Implementation.DUCKDB:
        path = spool.new_file(".parquet")
        guarded(lambda: write_parquet(frame.to_native(), path))
        return nw.from_native(opened.read_parquet(literal(path)))
    if frame.implementation.is_spark_like() or frame.implementation in _ELSEWHERE:
        raise InputError("other_engines")
    kinds = {name: _SQL_KINDS.get(type(kind), "VARCHAR") for name, kind in frame.collect_schema().items()}
    return guarded(lambda: nw.from_native(from_rows(kinds, _rows(frame.collect()), opened)))


def _rows(frame: nw.DataFrame[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows as Python values, missing ones as None in whatever way the library marks them."""
    columns = [
        [None if missing else value for value, missing in zip(column.to_list(), _missing(column), strict=True)]
        for column in map(frame.get_column, frame.columns)
    ]
    return zip(*columns, strict=True)


def _missing(column: nw.Series[Any]) -> list[bool]:
    missing = column.is_null() | column.is_nan() if column.dtype.is_float() else column.is_null()
    return missing.fill_null(value=True).to_list()


def from_rows(
    kinds: Mapping[str, str], rows: Iterable[Sequence[Any]], opened: duckdb.DuckDBPyConnection
) -> duckdb.DuckDBPyRelation:
    """Rows that Python holds as a relation of `opened`, in their order; they wait in the spool folder.

    The file is of JSON, a row a line: a text comes back as it was, whatever marks and line ends are in it. DuckDB's
    reader of CSV loses a lone carriage return, and stops at some orders of line ends within quotes.

    Parameters
    ----------
    kinds
        The columns, each with its kind in DuckDB.
    rows
        A value for each column: a text, number, truth value or date (any other is written as text), or None.
    """
    path = spool.new_file(".json")
    encode = json.JSONEncoder(default=str, separators=(",", ":")).encode

    def through_a_file() -> duckdb.DuckDBPyRelation:
        with path.open("w", encoding="ascii", newline="\n") as out:
            out.writelines(encode(dict(zip(kinds, row, strict=True))) + "\n" for row in rows)
        return opened.read_json(literal(path), columns=dict(kinds), format="newline_delimited")

    return guarded(through_a_file)


def _fetch_all(relation: duckdb.DuckDBPyRelation) -> list[tuple[Any, ...]]:
    return guarded(relation.fetchall)


def write_parquet(rows: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Write rows into a file that is there, which stays as open to others as it was."""
    rows.write_parquet(str(path), use_tmp_file=False)  # one of DuckDB's own would be readable by all


def guarded(act: Callable[[], T]) -> T:
    """What `act` gives, without what an engine says where it fails: that may quote rows.

    Raises
    ------
    InputError
        The engine failed.
    KeyboardInterrupt
        The user stopped it.
    """
    try:
        return act()
    except DarknumberError:
        raise
    except Exception as error:  # noqa: BLE001 - every engine has errors of its own
        failed = engine_error(error)
    raise failed  # here, so that the error of the engine does not ride along as its context


def engine_error(error: Exception) -> InputError | KeyboardInterrupt:
    """What to raise in the place of the error of an engine, once that is behind us."""
    within: BaseException | None = error
    while within is not None:
        if str(within) == _STOPPED:
            return KeyboardInterrupt()
        within = within.__cause__ or within.__context__
    return InputError("engine_failed", kind=type(error).__name__)


def literal(path: Path) -> str:
    """The path written so that DuckDB does not take a character in it for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path.resolve()))
