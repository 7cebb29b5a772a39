from __future__ import annotations

from dataclasses import FrozenInstanceError

import polars as pl
import pytest

from darknumber.data.read import read_records

SECRET = "Jansen-4711"


@pytest.fixture
def records():
    frame = pl.DataFrame({"who": [SECRET, "b"], "list": ["police", "care"], "sex": ["m", "f"]})
    return read_records(frame, id="who", list_column="list", covariates=["sex"])


def test_columns_of_long_records(records):
    assert records.list_columns == ("list",)
    assert records.covariate_columns == ("covariate_0",)
    assert set(records.frame.collect_schema().names()) == {"person", "list", "covariate_0"}


def test_columns_of_wide_records():
    frame = pl.DataFrame({"police": [1, 0], "care": [1, 1]})
    records = read_records(frame, lists=["police", "care"])
    assert records.list_columns == ("list_0", "list_1")
    assert (records.id, records.list_column, records.covariate_columns) == (None, None, ())


def test_nobody_is_printed(records):
    assert SECRET not in repr(records)
    assert SECRET not in str(records)
    assert "police" in repr(records)


def test_records_cannot_be_changed(records):
    with pytest.raises(FrozenInstanceError):
        records.unit = "person-year"
