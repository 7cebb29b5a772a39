"""Sets that name the same member are told apart."""

from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import pytest

from darknumber.data.engine import fetch
from darknumber.data.set_columns import told_apart

CASES = [
    ("A;B;C", "D", "A;B;C", "D", False),
    ("A;B;C", "B", "A;C", None, True),
    ("A;B;C", "B;D;C", "A", "D", True),
    ("A", "A", None, None, True),
    ("AB", "A", "AB", "A", False),
    (None, "A", None, "A", False),
    ("A", None, "A", None, False),
    ("A", "", "A", "", False),
    (None, None, None, None, False),
]


def check(found: dict[str, list[object]]) -> None:
    assert list(zip(found["yes"], found["no"], found["both"], strict=True)) == [case[2:] for case in CASES]


def test_in_duckdb():
    opened = duckdb.connect()
    opened.execute("CREATE TABLE sets (place BIGINT, yes VARCHAR, no VARCHAR)")
    opened.executemany("INSERT INTO sets VALUES (?, ?, ?)", [(n, *case[:2]) for n, case in enumerate(CASES)])
    found = told_apart(nw.from_native(opened.table("sets")), [("yes", "no")], {"yes": "both"})
    check(fetch(found.sort("place")))


@pytest.mark.spark
def test_in_spark(spark):
    rows = spark.createDataFrame(
        [(n, *case[:2]) for n, case in enumerate(CASES)], schema="place long, yes string, no string"
    )
    check(fetch(told_apart(nw.from_native(rows), [("yes", "no")], {"yes": "both"}).sort("place")))
