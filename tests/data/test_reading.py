"""Data by description."""

from __future__ import annotations

import pytest

from darknumber.data.examples import example
from darknumber.data.reading import NotKept, Reading, read_data, read_table, way_of
from darknumber.data.records import Records
from darknumber.errors import ModelError

PEOPLE = "who,police,care,year,seen\na,1,0,2019,2019-01-02\nb,1,1,2019,2019-01-03\nc,0,1,2020,2020-02-01\n"


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return str(path)


def test_an_example_by_its_name():
    assert read_table(Reading(source="korea")) == example("korea")


def test_rows_on_people_are_counted(people):
    table = read_table(Reading(source=people, lists=("police", "care"), covariates=("year",), id="who"))
    assert table.count.sum() == 3
    assert [covariate.name for covariate in table.covariates] == ["year"]


def test_rows_with_dates_stay_rows(people):
    reading = Reading(source=people, lists=("police", "care"), id="who", dates={"police": "seen"})
    assert isinstance(read_data(reading), Records)


def test_lists_that_were_not_kept_somewhere(people):
    gap = NotKept(list="police", covariate="year", levels=("2020",))
    table = read_table(
        Reading(source=people, lists=("police", "care"), covariates=("year",), id="who", not_kept=(gap,))
    )
    assert table.operating.tolist() == [[True, True], [False, True]]


def test_what_is_not_looked_at_is_refused_as_it_was_spelled():
    reading = Reading(source="korea", count="n", list_column="list")
    assert way_of(reading) == "example"
    with pytest.raises(ModelError) as refused:
        read_table(reading, spell=lambda name: f"--{name}")
    assert refused.value.values["options"] == ("--count", "--list_column")
