"""Reports that stand in the file more than once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch, kept
from darknumber.register.reading.canonical import ROW, SET_ASIDE

ID = "report_id"
REPEAT = "exact_repeat"


def with_repeats(
    frame: nw.LazyFrame[Any], known: Sequence[str], opened: duckdb.DuckDBPyConnection
) -> nw.LazyFrame[Any]:
    """The rows, with those set aside that repeat an earlier one: the same id, and the same in every field.

    Rows without an id are never set aside for that: two people of whom little was recorded may look alike.

    Parameters
    ----------
    opened
        The connection that rows in DuckDB belong to.
    """
    if ID not in known:
        return frame
    # Looked for once, so that not everything that is asked of the rows looks again.
    repeated = kept(repeats(frame, known).select(ROW, nw.lit(True).alias("repeat")), opened)
    if not fetch(repeated.select(nw.len().alias("n")))["n"][0]:
        return frame
    joined = frame.join(repeated, on=ROW, how="left")
    aside = nw.col(SET_ASIDE)
    again = nw.when(nw.col("repeat").fill_null(False) & aside.is_null()).then(nw.lit(REPEAT)).otherwise(aside)
    return joined.with_columns(again.alias(SET_ASIDE)).drop("repeat")


def repeats(frame: nw.LazyFrame[Any], known: Sequence[str]) -> nw.LazyFrame[Any]:
    """The rows that repeat an earlier one."""
    alike = several(frame)
    first = nw.col(ROW).min().over(*known)
    return alike.with_columns(first.alias("first")).filter(nw.col(ROW) > nw.col("first"))


def several(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The accepted rows whose id stands in more than one of them."""
    accepted = frame.filter(nw.col(SET_ASIDE).is_null() & ~nw.col(ID).is_null())
    ids = accepted.group_by(ID).agg(nw.len().alias("n")).filter(nw.col("n") > 1).select(ID)
    return accepted.join(ids, on=ID, how="semi")
