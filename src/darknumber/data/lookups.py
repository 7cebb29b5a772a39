"""What the texts in columns mean, worked out once for each text and joined to the rows where these are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import duckdb
import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch, from_rows
from darknumber.errors import InputError

MAX_TEXTS = 3 * 10**6  # different texts in a column; more are free text, and would not fit in memory

Kind = Literal["text", "number", "day"]
Value = str | int | date | None
_IN_DUCKDB: Mapping[Kind, str] = {"text": "VARCHAR", "number": "BIGINT", "day": "DATE"}
_IN_SPARK: Mapping[Kind, str] = {"text": "string", "number": "bigint", "day": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One column of texts and what they mean.

    Parameters
    ----------
    key
        The column; its texts are never null.
    about
        What an error calls it.
    outputs
        The columns that it becomes.
    read
        What one text means: a value for each of `outputs`.
    """

    key: str
    about: str
    outputs: Mapping[str, Kind]
    read: Callable[[str], Sequence[Value]]


def with_lookups(
    frame: nw.LazyFrame[Any], lookups: Sequence[Lookup], opened: duckdb.DuckDBPyConnection
) -> nw.LazyFrame[Any]:
    """The rows of DuckDB or Spark with what their texts mean in place of the texts.

    Parameters
    ----------
    opened
        The connection that rows in DuckDB belong to.

    Raises
    ------
    InputError
        More different texts in a column than can be looked up.
    """
    in_duckdb = frame.implementation is nw.Implementation.DUCKDB
    found = _distinct(frame, lookups) if in_duckdb else _distinct_in_spark(frame, lookups)
    for lookup in lookups:
        texts = found[lookup.key]
        if len(texts) > MAX_TEXTS:
            raise InputError("too_many_texts", field=lookup.about, limit=MAX_TEXTS)
        rows = [(text, *lookup.read(text)) for text in texts]
        table = _table(lookup, rows, opened) if in_duckdb else _table_in_spark(frame, lookup, rows)
        frame = frame.join(table, on=lookup.key, how="left").drop(lookup.key)
    return frame


def _distinct(frame: nw.LazyFrame[Any], lookups: Sequence[Lookup]) -> dict[str, list[str]]:
    return {each.key: fetch(frame.select(each.key).unique().head(MAX_TEXTS + 1))[each.key] for each in lookups}


def _distinct_in_spark(frame: nw.LazyFrame[Any], lookups: Sequence[Lookup]) -> dict[str, list[str]]:
    """All of them in two passes: how many there are, and, where these are not too many, which."""
    from pyspark.sql import functions as spark

    native = frame.to_native()
    keys = [each.key for each in lookups]
    if not keys:
        return {}
    counts = native.agg(*(spark.approx_count_distinct(key).alias(key) for key in keys)).collect()[0]
    for each in lookups:
        if counts[each.key] > MAX_TEXTS:
            raise InputError("too_many_texts", field=each.about, limit=MAX_TEXTS)
    sets = native.agg(*(spark.collect_set(key).alias(key) for key in keys)).collect()[0]
    return {key: sorted(sets[key]) for key in keys}


def _table(lookup: Lookup, rows: Sequence[Sequence[Value]], opened: duckdb.DuckDBPyConnection) -> nw.LazyFrame[Any]:
    kinds = {lookup.key: "VARCHAR", **{name: _IN_DUCKDB[kind] for name, kind in lookup.outputs.items()}}
    return nw.from_native(from_rows(kinds, rows, opened))


def _table_in_spark(frame: nw.LazyFrame[Any], lookup: Lookup, rows: Sequence[Sequence[Value]]) -> nw.LazyFrame[Any]:
    from pyspark.sql import functions as spark

    columns = [(lookup.key, "string"), *((name, _IN_SPARK[kind]) for name, kind in lookup.outputs.items())]
    schema = ", ".join(f"`{name}` {kind}" for name, kind in columns)
    session = frame.to_native().sparkSession
    return nw.from_native(spark.broadcast(session.createDataFrame(list(map(tuple, rows)), schema=schema)))
