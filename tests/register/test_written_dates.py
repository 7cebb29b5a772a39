"""What the dates in office files mean."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.register.reading.written_dates import Day, day_of

FIRST_OF_MARCH = date(2014, 3, 1)


def read(text: str, order: str = "day first", latest: int = 2026) -> Day:
    return day_of(text, order, latest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *("2014-03-01", "2014/3/1", "2014.3.1", "20140301", "01032014", "1-3-2014", "01/03/2014", "1.3.2014"),
        *("1 maart 2014", "1 Mrt. 2014", "01-mar-2014", "1 MAART 2014", " 2014-03-01 ", "20140301.0"),
    ],
)
def test_ways_to_write_a_day(text):
    assert read(text) == Day(day=FIRST_OF_MARCH, year=2014)


def test_the_month_first_where_the_mapping_says_so():
    assert read("3/1/2014", "month first").day == FIRST_OF_MARCH
    assert read("2014-03-01", "month first").day == FIRST_OF_MARCH
    assert read("3/25/2014").trouble == "not_a_date"


@pytest.mark.parametrize("text", ["1990", "1990.0", "03-1990", "1990-03", "00-00-1990", "0-5-1990", "1990-00-00"])
def test_only_the_year(text):
    assert read(text) == Day(year=1990, trouble="year_only")


@pytest.mark.parametrize(
    ("text", "latest", "year"),
    [("1-3-14", 2020, 2014), ("1-3-20", 2020, 2020), ("1-3-21", 2020, 1921), ("1-3-99", 2000, 1999)],
)
def test_two_digits_are_the_last_year_that_can_be(text, latest, year):
    assert read(text, latest=latest) == Day(day=date(year, 3, 1), year=year, trouble="two_digits")


@pytest.mark.parametrize(
    "text", ["31-2-2014", "29-2-2013", "2014-13-01", "0-0-00", "Jansen", "1-2-3-4", "12", "1-2", "99999999"]
)
def test_what_is_no_date(text):
    assert read(text) == Day(trouble="not_a_date")


def test_a_leap_day():
    assert read("29-2-2012").day == date(2012, 2, 29)


@pytest.mark.parametrize("text", ["1900-01-01", "1-1-1900", "9999-12-31", "1850"])
def test_a_time_in_which_nobody_lives(text):
    assert read(text) == Day(trouble="beyond_time")


@pytest.mark.parametrize("text", ["", " ", "onbekend", "NA", "-", "?", "#N/B"])
def test_nothing_recorded(text):
    assert read(text) == Day()


@given(st.dates(min_value=date(1927, 5, 19), max_value=date(2099, 12, 31)))
def test_a_day_comes_back_however_it_is_written(day):
    forms = [day.isoformat(), f"{day:%Y%m%d}", f"{day.day}-{day.month}-{day.year}", f"{day:%d/%m/%Y}"]
    assert {read(form).day for form in forms} == {day}
    serial = str((day - date(1899, 12, 30)) // timedelta(days=1))
    assert read(serial) == Day(day=day, year=day.year, trouble="serial")


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_is_not(text):
    found = read(text)
    assert found.day is None or found.day.year == found.year
