"""Data by description."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darknumber.data.examples import example
from darknumber.data.reading import NotKept, Reading, read_data, read_table, read_uncounted, way_of
from darknumber.data.records import Records
from darknumber.errors import InputError, ModelError

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


REFERRED = """\
who,list,by,seen
a,police,,2019-01-01
a,care,police,2019-01-05
b,police,,2019-01-01
b,care,,2019-01-09
c,care,,
"""


def test_referred_entries_are_dropped_where_that_is_asked(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(REFERRED)
    reading = Reading(source=str(path), id="who", list_column="list", referrals="by", dates="seen")
    assert isinstance(read_data(reading), Records)
    for said, both in (("recorded", 1), (" 7 ", 1), ("8", 0)):
        table = read_data(replace(reading, drop_referred=said))
        assert read_table(replace(reading, drop_referred=said)) == table
        assert (table.history == 3).sum() == both
        assert "referred_dropped" in {finding.code.removesuffix("_within") for finding in table.findings}


@pytest.mark.parametrize("said", ["yes", "-3", "2.5"])
def test_what_is_dropped_must_be_said_plainly(people, said):
    with pytest.raises(InputError) as refused:
        read_table(Reading(source=people, lists=("police", "care"), referrals="who", drop_referred=said))
    assert refused.value.code == "bad_drop_referred"


def test_models_that_take_people_one_by_one_do_not_drop_entries(people):
    reading = Reading(source=people, lists=("police", "care"), referrals="who", drop_referred="recorded")
    with pytest.raises(ModelError) as refused:
        read_uncounted(reading, spell=lambda name: f"--{name}")
    assert refused.value.code == "people_with_drop_referred"


def test_counts_have_no_referrals():
    with pytest.raises(ModelError) as refused:
        read_table(Reading(source="korea", drop_referred="recorded"))
    assert refused.value.values["options"] == ("drop_referred",)


def test_no_covariates_where_a_table_of_counts_has_more_columns(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("police,care,sex,count\n1,0,f,5\n0,1,f,4\n1,1,m,3\n1,0,m,2\n")
    whole, bare = (read_table(Reading(source=str(path), covariates=named)) for named in ((), ("none",)))
    assert [each.name for each in whole.covariates] == ["sex"]
    assert bare.covariates == ()
    assert bare.count.tolist() == [7, 4, 3]


def test_no_covariates_of_people(people):
    table = read_table(Reading(source=people, lists=("police", "care"), covariates=("none",), id="who"))
    assert table.covariates == ()
