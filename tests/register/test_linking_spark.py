"""Reports that Spark holds are linked as DuckDB links them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from darknumber.register.linkage.drawn import linked_tables
from darknumber.register.linkage.link import link
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from tests.data.conftest import spark  # noqa: F401 - a fixture

REPORTS = 500
SAME = 1e-9  # sums of the same numbers in another order


@pytest.mark.spark
def test_links_and_tables_are_those_of_duckdb(spark):  # noqa: F811
    columns = {name: list(values) for name, values in synthetic_reports(REPORTS, seed=4).columns.items()}
    columns["report_id"] = [
        f"R{place:04}" for place, _ in enumerate(columns["report_id"])
    ]  # by which Spark numbers the rows
    texts = {name: [None if each is None else str(each) for each in values] for name, values in columns.items()}
    here = read_reports(pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()}))
    schema = ", ".join(f"{name} string" for name in texts)
    there = read_reports(spark.createDataFrame(list(zip(*texts.values(), strict=True)), schema=schema))
    one, other = link(here, seed=1), link(there, seed=1)
    assert len(one.left) > REPORTS / 20
    for name in ("row", "left", "right", "agreement"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    for name in ("weight", "best"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=SAME, abs=SAME)
    tables = [linked_tables(each, ["sex"], draws=3, seed=1) for each in (one, other)]
    assert tables[0].best.columns() == tables[1].best.columns()
    assert [each.columns() for each in tables[0].tables] == [each.columns() for each in tables[1].tables]
