"""Rows some at a time, from each engine, and nothing of them in an error."""

from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.data import spool
from darknumber.data.batches import batches


def test_all_rows_in_their_order_some_at_a_time():
    held = nw.from_native(duckdb.connect().sql("SELECT range AS n, 'x' AS t FROM range(10)")).lazy()
    before = set(spool.folder().iterdir())
    found = list(batches(held, size=4))
    assert [len(batch) for batch in found] == [4, 4, 2]
    assert [row for batch in found for row in batch] == [(n, "x") for n in range(10)]
    assert set(spool.folder().iterdir()) == before


def test_no_rows():
    assert list(batches(nw.from_native(duckdb.connect().sql("SELECT 1 AS n WHERE false")).lazy())) == []


@pytest.mark.spark
def test_rows_of_spark(spark):
    held = nw.from_native(spark.createDataFrame([(1, "a"), (2, None), (3, "c")], "n long, t string")).lazy()
    assert sorted(row for batch in batches(held, size=2) for row in batch) == [(1, "a"), (2, None), (3, "c")]


def test_what_the_engine_says_of_rows_is_not_passed_on(refused, everything_said):
    held = nw.from_native(
        duckdb.connect().sql("SELECT CAST(t AS INTEGER) AS n FROM (VALUES ('Zwanenburg')) v(t)")
    ).lazy()
    error = refused(lambda: list(batches(held)))
    assert error.code == "engine_failed"
    assert "Zwanenburg" not in everything_said(error)


def test_breaking_off_leaves_nothing():
    before = set(spool.folder().iterdir())
    rows = batches(nw.from_native(duckdb.connect().sql("SELECT range AS n FROM range(10)")).lazy(), size=2)
    next(rows)
    rows.close()
    assert set(spool.folder().iterdir()) == before
