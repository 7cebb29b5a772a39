"""People one by one: the same people as in the table, in no order of their own, and nothing guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from darknumber.data.individuals import individuals, number_columns
from darknumber.data.read import read_records
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError

LISTS = ("police", "care")


@pytest.fixture
def rows():
    rng = np.random.default_rng(1)
    on = rng.integers(1, 4, 120)
    return pd.DataFrame(
        {
            "police": on & 1,
            "care": on >> 1,
            "age": rng.normal(30, 9, 120).round(2),
            "sex": rng.choice(["f", "m"], 120),
            "year": rng.integers(2010, 2013, 120),
        }
    )


def read(source, **options):
    return read_records(source, lists=LISTS, covariates=["age", "sex", "year"], **options)


def same(one, other):
    assert np.array_equal(one.table.dense(), other.table.dense())
    assert (one.table.lists, one.table.covariates) == (other.table.lists, other.table.covariates)
    for name in ("numbers", "stratum", "history"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_numbers_are_found_and_make_no_strata(rows):
    people = read(rows)
    assert number_columns(people) == ("age",)
    assert number_columns(people, ["year", "age"]) == ("age", "year")
    found = individuals(people, ("age",))
    assert found.table == tabulate(read_records(rows, lists=LISTS, covariates=["sex", "year"]))
    assert found.numbers.sum() == pytest.approx(rows["age"].sum())
    counts = np.zeros_like(found.table.dense())
    np.add.at(counts, (found.stratum, found.history), 1)
    assert np.array_equal(counts, found.table.dense())
    men = rows[(rows.sex == "m") & (rows.year == 2011) & (rows.police == 1) & (rows.care == 1)]
    kept = (found.stratum == 4) & (found.history == 3)  # the second of two sexes and of three years
    assert sorted(found.numbers[kept, 0]) == sorted(men["age"])


def test_the_order_of_rows_is_irrelevant_and_so_is_the_engine(rows, tmp_path):
    one = individuals(read(rows), ("age",))
    same(one, individuals(read(rows.sample(frac=1, random_state=3)), ("age",)))
    path = tmp_path / "people.csv"
    rows.to_csv(path, index=False)
    same(one, individuals(read(path), ("age",)))
    rows.assign(age=rows["age"].map(lambda age: f"{age:.2f}".replace(".", ","))).to_csv(path, index=False, sep=";")
    same(one, individuals(read(path), ("age",)))


def test_several_rows_of_one_person_are_one(rows):
    one = individuals(read(rows), ("age",))
    parts = [
        rows[rows[name] == 1].assign(list=name, id=lambda each: each.index + 1000)[["id", "list", "age", "sex", "year"]]
        for name in LISTS
    ]
    long = pd.concat(parts).sample(frac=1, random_state=1)
    options = {"covariates": ["age", "sex", "year"], "id": "id", "list_column": "list"}
    same(one, individuals(read_records(long, lists=LISTS, **options), ("age",)))
    wide = pd.concat([rows.assign(id=rows.index, care=0), rows.assign(id=rows.index, police=0)])
    same(one, individuals(read(wide, id="id"), ("age",)))
    only = individuals(read_records(long.assign(list=long["list"]), lists=("police", "care"), **options), ("age",))
    assert only.table.lists == LISTS


def test_two_values_are_refused_or_settled(rows):
    twice = pd.concat([rows.assign(id=rows.index), rows.assign(id=rows.index, age=rows["age"] + 1)])
    with pytest.raises(InputError) as caught:
        individuals(read(twice, id="id"), ("age",))
    assert (caught.value.code, caught.value.values["n"]) == ("two_values", 120)
    same(individuals(read(rows), ("age",)), individuals(read(twice, id="id", on_conflict="lowest"), ("age",)))


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("age", None, "people_without_value"),
        ("sex", "", "people_without_value"),
        ("age", "about thirty", "not_a_number"),
        ("age", "inf", "not_a_number"),
        ("police", "maybe", "unknown_marks"),
    ],
)
def test_what_is_missing_or_no_number_is_told_without_its_value(rows, column, value, code):
    rows = rows.astype(object)
    rows.loc[7, column] = value
    with pytest.raises(InputError) as caught:
        individuals(read(rows), ("age",))
    assert caught.value.code == code
    assert "thirty" not in str(caught.value)


def test_people_on_no_list_and_names_that_are_not_there_are_refused(rows):
    rows.loc[3, ["police", "care"]] = 0
    with pytest.raises(InputError, match="no list"):
        individuals(read(rows), ("age",))
    with pytest.raises(InputError) as caught:
        number_columns(read(rows), ["height"])
    assert caught.value.code == "unknown_covariate"


def test_nobody_can_be_read_off_what_is_printed(rows):
    found = individuals(read(rows), ("age",))
    assert "array" not in repr(found).replace("count=array", "").split("numbers=")[-1]
    assert str(rows["age"][0]) not in repr(found)
