"""The rows of any frame, some thousands at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import duckdb
import narwhals.stable.v2 as nw

from darknumber.data import spool
from darknumber.data.engine import connection, guarded, write_parquet

SIZE = 50_000  # rows; a few megabytes, and long enough that the pauses between batches do not count

Row = tuple[Any, ...]


def batches(frame: nw.LazyFrame[Any], *, size: int = SIZE) -> Iterator[list[Row]]:
    """The rows of a frame in DuckDB or Spark, in its order if it has one.

    What DuckDB works out waits in the spool folder and is removed when the last row has been read.

    Raises
    ------
    InputError
        The engine could not work it out.
    """
    held = _of_spark(frame, size) if frame.implementation.is_spark_like() else _of_duckdb(frame, size)
    while True:
        batch = guarded(lambda: next(held, None))
        if batch is None:
            return
        yield batch


def _of_duckdb(frame: nw.LazyFrame[Any], size: int) -> Iterator[list[Row]]:
    relation: duckdb.DuckDBPyRelation = frame.to_native()
    path = spool.new_file(".parquet")
    try:
        write_parquet(relation, path)
        with connection() as opened:
            opened.execute("SELECT * FROM read_parquet($1)", [str(path)])
            while batch := opened.fetchmany(size):
                yield batch
    finally:
        path.unlink(missing_ok=True)


def _of_spark(frame: nw.LazyFrame[Any], size: int) -> Iterator[list[Row]]:
    rows = (tuple(row) for row in frame.to_native().toLocalIterator())
    while batch := list(islice(rows, size)):
        yield batch
