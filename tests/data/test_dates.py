"""Dates as offices write them, and the order of lists counted by hand, in every engine."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.data.dates import SOON, day_of, order_of_lists, registered_by
from darknumber.data.read import read_records
from darknumber.data.tabulate import tabulate

WIDE = {
    "police": [1, 1, 1, 1, 1, 0, 1],
    "care": [1, 1, 1, 1, 0, 1, 1],
    "police_date": ["2019-03-01", "1-3-2019", "05/03/2019", "", "2019-01-01", "2019-01-01", "2019-05-05T10:00:00"],
    "care_date": ["2019-03-20", "2019-03-01", "02-01-2019 12:30", "2018-01-01", "2018-01-01", "2018-01-01", "onbekend"],
}
DATES = {"police": "police_date", "care": "care_date"}


def by_person(frame, **more):
    return order_of_lists(read_records(frame, lists=["police", "care"], dates=DATES, **more))


@pytest.mark.parametrize(
    "text",
    [
        "2019-03-05",
        "2019-3-5",
        "20190305",
        "2019/03/05",
        "2019-03-05 12:30:00",
        "2019-03-05T10:00",
        "05-03-2019",
        "5-3-2019",
        "5/3/2019",
        "5.3.2019",
        " 05-03-2019 ",
        "5-3-2019 9:15",
    ],
)
def test_dates_as_they_are_written(text):
    assert day_of(text) == date(2019, 3, 5).toordinal()


@pytest.mark.parametrize(
    "text", ["", " ", "-", "onbekend", "NA", "nan", "n/a", "Niet bekend", "1900-01-01", "31-12-9999"]
)
def test_dates_that_are_not_known(text):
    assert day_of(text) is None


@pytest.mark.parametrize(
    "text", ["03/25/2019", "31-02-2019", "maart", "5-3-19", "43529", "2019", "5-3/2019", "0000-01-01"]
)
def test_what_is_no_date(text):
    with pytest.raises(ValueError, match="not_dates"):
        day_of(text)


@given(st.dates(date(1901, 1, 1), date(2100, 12, 31)))
def test_every_way_of_writing_is_the_same_day(day):
    texts = {day.isoformat(), f"{day:%Y%m%d}", f"{day:%d-%m-%Y}", f"{day.day}/{day.month}/{day.year}"}
    assert {day_of(text) for text in texts} == {day.toordinal()}


def test_rows_of_one_person():
    order = by_person(pl.DataFrame(WIDE))
    assert order.lists == ("police", "care")
    assert order.both.tolist() == [[0, 5], [5, 0]]
    assert order.dated.tolist() == [[0, 3], [3, 0]]
    assert order.same.tolist() == [[0, 1], [1, 0]]
    assert order.first.tolist() == [[0, 1], [1, 0]]
    assert order.soon.tolist() == [[0, 1], [0, 0]]
    assert (order.days, order.referred) == (SOON, None)


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, pa.table])
def test_dates_that_are_dates_already(make):
    columns = {
        "police": [1, 1, 1],
        "care": [1, 1, 0],
        "police_date": [datetime(2019, 3, 1, 23, 59), datetime(2019, 5, 1), datetime(2019, 1, 1)],
        "care_date": [datetime(2019, 3, 2, 0, 1), datetime(2019, 3, 2), None],
    }
    order = by_person(make(columns))
    assert order.dated.tolist() == [[0, 2], [2, 0]]
    assert order.first.tolist() == [[0, 1], [1, 0]]


def test_files(save):
    text = "police,care,police_date,care_date\n1,1,01-03-2019,2019-03-20\n1,1,,2018-01-01\n1,0,2019-01-01,\n0,1,,\n"
    assert by_person(save("people.csv", text)).first.tolist() == [[0, 1], [0, 0]]


LONG = {
    "id": [1, 1, 1, 2, 2, 3, 4, 4],
    "list": ["A", "B", "A", "A", "B", "A", "B", "C"],
    "date": ["2019-02-01", "2019-01-15", "2018-01-01", "2019-02-01", "2019-05-01", "2019-01-01", "", "2019-01-01"],
    "by": ["", "A", "", "", "a", "", "", "hospital"],
}


def test_the_first_date_of_a_person_on_a_list_counts_in_every_engine(frame_of):
    order = order_of_lists(read_records(frame_of(LONG), id="id", list_column="list", dates="date", referrals="by"))
    assert order.lists == ("A", "B", "C")
    assert order.both.tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    assert order.dated.tolist() == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert order.first.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert order.referred.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 0]]


def test_how_many_days_are_soon():
    columns = dict(zip(LONG, LONG.values(), strict=True))
    records = read_records(pl.DataFrame(columns), id="id", list_column="list", dates="date")
    assert order_of_lists(records, days=89).soon[0, 1] == 1  # person 2: 89 days
    assert order_of_lists(records, days=88).soon[0, 1] == 0


def test_a_date_without_a_mark_does_not_count():
    columns = {**WIDE, "care": [1, 1, 1, 1, 0, 1, 0]}
    assert by_person(pl.DataFrame(columns)).both.tolist() == [[0, 4], [4, 0]]


def test_who_referred_somebody_in_rows_of_one_person():
    columns = {**WIDE, "by": ["police", "POLICE ", "care", "", "police", "", "hospital"]}
    order = by_person(pl.DataFrame(columns), referrals="by")
    assert order.referred.tolist() == [[0, 2], [1, 0]]  # the fifth is on the police list only


def test_referrals_without_dates():
    columns = {"police": [1, 1], "care": [1, 0], "by": ["police", ""]}
    order = order_of_lists(read_records(pl.DataFrame(columns), lists=["police", "care"], referrals="by"))
    assert order.referred.tolist() == [[0, 1], [0, 0]]
    assert order.dated.sum() == 0


def test_nothing_named_nothing_counted():
    assert order_of_lists(read_records(pl.DataFrame(WIDE), lists=["police", "care"])) is None


def test_dates_change_no_count():
    plain = read_records(pl.DataFrame(WIDE), lists=["police", "care"])
    dated = read_records(pl.DataFrame(WIDE), lists=["police", "care"], dates=DATES)
    assert tabulate(plain) == tabulate(dated)


def test_what_is_no_date_is_told_by_row_and_not_by_what_it_says(refused, everything_said, save):
    secret = "Geheimstraat 12"
    path = save(
        "people.csv", f"police,care,police_date,care_date\n1,1,2019-01-01,\n1,1,{secret},\n1,1,{secret},2019-01-01\n"
    )
    error = refused(lambda: by_person(path))
    assert (error.code, error.values) == ("not_dates", {"name": "police_date", "rows": (2, 3)})
    assert "Geheim" not in everything_said(error)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"lists": ["police", "care"], "dates": "police_date"}, "dates_by_list"),
        ({"lists": ["police", "care"], "dates": {"polise": "police_date"}}, "no_such_list_near"),
        ({"lists": ["police", "care"], "dates": {"police": "nowhere_at_all"}}, "unknown_column"),
        ({"lists": ["police", "care"], "referrals": "polise"}, "unknown_column_near"),
    ],
)
def test_options_that_do_not_fit(options, code, refused):
    assert refused(lambda: read_records(pl.DataFrame(WIDE), **options)).code == code


def test_one_column_of_dates_for_rows_of_a_list(refused):
    frame = pl.DataFrame(LONG)
    error = refused(lambda: read_records(frame, id="id", list_column="list", dates={"A": "date"}))
    assert error.code == "dates_in_one_column"


def test_columns_of_something_else_are_refused(refused, monkeypatch):
    monkeypatch.setattr("darknumber.data.dates.MAX_TEXTS", 3)
    assert refused(lambda: by_person(pl.DataFrame(WIDE))).code == "too_many_dates"


people = st.lists(
    st.tuples(
        st.booleans(),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 60)),
        st.one_of(st.none(), st.integers(0, 60)),
    ),
    min_size=1,
    max_size=30,
)


@given(people)
@settings(max_examples=30, deadline=None)
def test_counts_are_those_of_going_through_the_rows(rows):
    rows = [*rows, (True, True, 3, 5)]
    start = date(2020, 1, 1).toordinal()
    written = [["" if day is None else date.fromordinal(start + day).isoformat() for day in row[2:]] for row in rows]
    columns = {
        "police": [int(row[0]) for row in rows],
        "care": [int(row[1]) for row in rows],
        "police_date": [each[0] for each in written],
        "care_date": [each[1] for each in written],
    }
    order = by_person(pl.DataFrame(columns))
    both = [row for row in rows if row[0] and row[1]]
    dated = [row for row in both if None not in row[2:]]
    gaps = np.array([row[3] - row[2] for row in dated])
    assert order.both[0, 1] == len(both)
    assert order.dated[0, 1] == len(dated)
    assert order.same[0, 1] == (gaps == 0).sum()
    assert (order.first[0, 1], order.first[1, 0]) == ((gaps > 0).sum(), (gaps < 0).sum())
    assert order.soon[0, 1] == ((gaps > 0) & (gaps <= SOON)).sum()


REPORTS = {
    "who": ["a", "a", "b", "c", "c"],
    "list": ["police", "care", "care", "police", "police"],
    "day": ["2015-01-01", "2016-06-01", "2016-02-29", "1-3-2016", "2017-01-01"],
}
BY_LIST = {
    "police": ["1", "1", "0", "1"],
    "care": ["1", "0", "1", "1"],
    "police_date": ["2015-01-01", "2016-05-01", "", "2016-02-01"],
    "care_date": ["2016-06-01", "", "2016-02-29", "2015-12-31"],
}
LATER = {**BY_LIST, "police_date": [*BY_LIST["police_date"][:3], "2019-02-01"]}


def long_records(frame):
    return read_records(frame, id="who", list_column="list", dates="day")


def wide_records(frame):
    return read_records(frame, lists=["police", "care"], dates={"police": "police_date", "care": "care_date"})


def counted(records) -> dict[int, int]:
    table = tabulate(records)
    return dict(zip(table.history.tolist(), table.count.tolist(), strict=True))


def test_what_was_on_a_list_by_a_day(frame_of):
    then = registered_by(long_records(frame_of(REPORTS)), "2016-03-01")
    assert then.lists == ("care", "police")
    assert counted(then) == {0b10: 2, 0b01: 1}  # a and c on police, b on care
    assert counted(registered_by(long_records(frame_of(REPORTS)), date(2016, 6, 1))) == {0b11: 1, 0b01: 1, 0b10: 1}


def test_what_was_on_a_list_by_a_day_with_a_column_a_list(frame_of):
    then = registered_by(wide_records(frame_of(BY_LIST)), "2016-03-01")
    assert counted(then) == {0b01: 1, 0b10: 1, 0b11: 1}  # the second row was on no list yet
    assert counted(registered_by(wide_records(frame_of(LATER)), "2016-05-01")) == {0b01: 2, 0b10: 2}
    assert counted(registered_by(wide_records(frame_of(BY_LIST)), "2030-01-01")) == counted(
        wide_records(frame_of(BY_LIST))
    )


def test_marks_that_are_not_text(frame_of):
    numbers = {**BY_LIST, "police": [1, 1, 0, 1], "care": [1, 0, 1, 1]}
    assert counted(registered_by(wide_records(frame_of(numbers)), "2016-03-01")) == {0b01: 1, 0b10: 1, 0b11: 1}


def test_without_a_date_it_must_be_said_when(refused, everything_said):
    undated = {**REPORTS, "day": ["2015-01-01", "", "2016-02-29", "2016-02-01", None]}
    records = long_records(pl.DataFrame(undated))
    error = refused(lambda: registered_by(records, "2016-03-01"))
    assert (error.code, error.values["rows"]) == ("undated", (2, 3))
    assert "a," not in everything_said(error)
    assert counted(registered_by(records, "2016-03-01", undated="before")) == {0b11: 1, 0b01: 1, 0b10: 1}
    assert counted(registered_by(records, "2016-03-01", undated="after")) == {0b01: 1, 0b10: 2}
    blank = {**BY_LIST, "care_date": ["", "", "2016-02-29", "2015-12-31"]}
    error = refused(lambda: registered_by(wide_records(pl.DataFrame(blank)), "2016-03-01"))
    assert error.values["rows"] == (1, 2)  # a list without a mark needs no date


@pytest.mark.parametrize("day", ["yesterday", "2016-13-01", ""])
def test_a_day_that_is_none(refused, day):
    assert refused(lambda: registered_by(long_records(pl.DataFrame(REPORTS)), day)).code == "not_a_day"


def test_every_list_needs_dates(refused):
    frame = pl.DataFrame(BY_LIST)
    some = read_records(frame, lists=["police", "care"], dates={"police": "police_date"})
    error = refused(lambda: registered_by(some, "2016-03-01"))
    assert (error.code, error.values["lists"]) == ("dates_needed", ["care"])
    none = read_records(frame, lists=["police", "care"])
    assert refused(lambda: registered_by(none, "2016-03-01")).values["lists"] == ["police", "care"]
