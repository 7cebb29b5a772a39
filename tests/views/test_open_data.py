"""Open data as files: the same rows, the same bytes, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.views.open_data import FORMULAS, as_csv, columns_of, plain_cell, write_rows
from darknumber.views.published_rows import published, usual_tables
from darknumber.words import use_language
from tests.views.publication import estimates

GOLDEN = """\
period,years,sex,measure,value,lower,upper,status
2018,1,total,registered,617,,,ok
2018,1,total,estimated,2500,2000,3400,ok
2018,1,total,unseen,1900,1300,2700,ok
2018,1,total,ratio,4,3.2,5.4,ok
2019,1,total,registered,710,,,ok
2019,1,total,estimated,,710,,not estimable
2019,1,total,unseen,,,,not estimable
2019,1,total,ratio,,,,not estimable
"""


@pytest.fixture(scope="module")
def found():
    return published(usual_tables(estimates(in_2019="infinite"), [("sex",)]))


def test_small_golden_file(found, tmp_path):
    text = write_rows(found, tmp_path / "estimates.csv").read_text(encoding="utf-8")
    assert text.startswith(GOLDEN)


def test_parquet_holds_what_the_csv_holds(found, tmp_path):
    lines = list(csv.DictReader(write_rows(found, tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    relation = duckdb.read_parquet(str(write_rows(found, tmp_path / "a.parquet")))
    assert [str(each) for each in relation.types] == [
        *("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "DOUBLE", "DOUBLE", "DOUBLE", "VARCHAR")
    ]
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert [{name: plain_cell(value) for name, value in row.items()} for row in rows] == lines


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_the_same_rows_give_the_same_bytes(found, tmp_path, name):
    first = write_rows(found, tmp_path / name).read_bytes()
    assert write_rows(found, tmp_path / name).read_bytes() == first
    other = published([estimates().by("year")])
    assert write_rows(other, tmp_path / name).read_bytes() != first


def test_a_level_that_is_a_formula_is_text(tmp_path):
    bad = Covariate(name="sex", levels=('=HYPERLINK("x")', "-1+1"))
    found = published([replace(estimates().by("sex"), covariates=(bad,))])
    text = write_rows(found, tmp_path / "a.csv").read_text(encoding="utf-8")
    cells = [cell for line in csv.reader(text.splitlines()) for cell in line]
    assert not [cell for cell in cells if cell.startswith(FORMULAS)]
    assert "'-1+1" in cells
    kept = duckdb.read_parquet(str(write_rows(found, tmp_path / "a.parquet"))).project("sex").fetchall()
    assert ("-1+1",) in kept


@given(st.text())
def test_no_text_is_ever_a_formula(text):
    assert not plain_cell(text).startswith(FORMULAS)
    assert plain_cell(text).endswith(text)


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (12.0, "12"), (1_250_000.0, "1250000"), (0.25, "0.25"), (-3.0, "-3"), (7, "7")]
)
def test_numbers_have_a_decimal_point_and_nothing_else(value, text):
    assert plain_cell(value) == text


def test_cells_with_commas_and_quotes_survive():
    assert list(csv.reader(as_csv({"a": ['one, "two"', "three\nfour"]}).splitlines(keepends=True))) == [
        ["a"],
        ['one, "two"'],
        ["three\nfour"],
    ]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_column_is_described(found, language):
    with use_language(language):
        columns = columns_of(found)
    assert [column.name for column in columns] == list(found.columns())
    assert all(column.title and column.description for column in columns)
    for column in columns:
        cells = found.columns()[column.name]
        assert not column.required or None not in cells
        assert not column.values or set(cells) <= set(column.values)


def test_other_endings_are_refused(found, tmp_path):
    with pytest.raises(InputError) as caught:
        write_rows(found, tmp_path / "a.xlsx")
    assert caught.value.code == "open_data_ending"
