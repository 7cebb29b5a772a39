"""Dates of birth: a table worked out by hand, dates of every kind of column, and a slow way of its own."""

from __future__ import annotations

from datetime import date, datetime

import narwhals.stable.v2 as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.engine import fetch
from darknumber.register.names.forms import BIRTH_FORMS, forms
from tests.register.name_reference import born

# as written, year of birth -> whole date, with the smaller of month and day first, year
BY_HAND = [
    ("1990-07-03", None, "1990-07-03", "1990-03-07", "1990"),
    ("1990-03-07", None, "1990-03-07", "1990-03-07", "1990"),
    ("1990-07-23", None, "1990-07-23", "1990-07-23", "1990"),
    ("3-7-1990", None, "1990-07-03", "1990-03-07", "1990"),
    ("03/07/1990", None, "1990-07-03", "1990-03-07", "1990"),
    ("3 7 1990", None, "1990-07-03", "1990-03-07", "1990"),
    ("19900703", None, "1990-07-03", "1990-03-07", "1990"),
    ("1990-07-03 00:00:00", None, "1990-07-03", "1990-03-07", "1990"),
    ("00-00-1990", None, None, None, "1990"),
    ("1990-00-00", None, None, None, "1990"),
    ("1990", None, None, None, "1990"),
    ("1990-02-30", None, None, None, "1990"),
    ("1992-02-29", None, "1992-02-29", "1992-02-29", "1992"),
    ("1990-01-01", None, None, None, "1990"),
    ("1900-01-01", None, None, None, None),
    ("9999-12-31", "1988", None, None, "1988"),
    ("onbekend", "1988", None, None, "1988"),
    (None, "1988", None, None, "1988"),
    (None, None, None, None, None),
]


def cleaned(dates, years) -> list[dict[str, object]]:
    held = {"row": range(len(dates)), "birth_date": pl.Series(dates, dtype=pl.String), "birth_year": years}
    columns = fetch(forms(nw.from_native(pl.DataFrame(held)).lazy()).sort("row").select(*BIRTH_FORMS))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_by_hand():
    found = cleaned([each[0] for each in BY_HAND], pl.Series([each[1] for each in BY_HAND], dtype=pl.String))
    told = [(each["birth_date"], each["birth_swapped"], each["birth_year"]) for each in found]
    assert told == [each[2:] for each in BY_HAND]
    assert [born(each[0], each[1]) for each in BY_HAND] == found


def test_the_parts_of_a_date():
    found = cleaned(["12-03-1985"], pl.Series([None], dtype=pl.String))[0]
    assert found["birth_year_month"] == "1985-03"
    assert found["birth_month_day"] == "03-12"
    assert (found["birth_month"], found["birth_day"]) == ("03", "12")


written = st.builds(
    lambda y, m, d, how: how.format(y=y, m=m, d=d),
    st.sampled_from([0, 1, 1899, 1900, 1987, 1992, 2004, 9999]),
    st.integers(0, 14),
    st.integers(0, 33),
    st.sampled_from(
        ["{y:04}-{m:02}-{d:02}", "{d}-{m}-{y:04}", "{y:04}{m:02}{d:02}", "{y:04}", "{d}.{m}.{y:04}", "{m}-{y}", ""]
    ),
)


@settings(max_examples=6)
@given(st.lists(st.tuples(written, st.one_of(st.none(), st.integers(1900, 2020))), min_size=60, max_size=60))
def test_the_slow_way_agrees(reports):
    found = cleaned([text for text, _ in reports], pl.Series([year for _, year in reports], dtype=pl.Int64))
    assert found == [born(text, None if year is None else str(year)) for text, year in reports]


@pytest.mark.parametrize(
    "dates",
    [
        pl.Series([date(1990, 7, 3), None, date(1990, 1, 1)]),
        pl.Series([datetime(1990, 7, 3, 12), None, datetime(1990, 1, 1)]),
    ],
    ids=["dates", "times"],
)
def test_columns_of_dates(dates):
    held = pl.DataFrame({"row": [1, 2, 3], "birth_date": dates, "birth_year": [1990, 1970, 1980]})
    found = fetch(forms(nw.from_native(held).lazy()).sort("row"))
    assert found["birth_date"] == ["1990-07-03", None, None]
    assert found["birth_month_day"] == ["07-03", None, None]
    assert found["birth_year"] == ["1990", "1970", "1990"]
