"""Residents from files as statistical offices write them."""

from __future__ import annotations

import itertools
from contextlib import contextmanager

import openpyxl
import polars as pl
import pytest

from darknumber.data.residents import read_residents
from darknumber.errors import InputError
from darknumber.words import use_language


@contextmanager
def refused(code):
    """An error of the data with this code."""
    with pytest.raises(InputError) as caught:
        yield
    assert caught.value.code == code


ROWS = [
    ("2018", "female", "minor", 100),
    ("2018", "female", "adult", 400),
    ("2018", "male", "minor", 110),
    ("2018", "male", "adult", 390),
    ("2019", "female", "minor", 104),
    ("2019", "female", "adult", 410),
    ("2019", "male", "minor", 112),
    ("2019", "male", "adult", 394),
]
HEADINGS = ("year", "sex", "age", "residents")


def written(path, rows, headings=HEADINGS, delimiter=","):
    path.write_text("\n".join(delimiter.join(map(str, row)) for row in [headings, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def plain(tmp_path):
    return written(tmp_path / "plain.csv", ROWS)


def test_every_combination_and_every_sum(plain):
    found = read_residents(plain)
    assert [each.name for each in found.covariates] == ["year", "sex", "age"]
    assert found.of({"sex": "female", "age": "minor"}, ("2019",)) == 104
    assert found.of({"sex": "female"}, ("2018",)) == 500
    assert found.of({}, ("2018",)) == 1000
    assert found.of({}, ("2018", "2019")) == pytest.approx((1000 + 1020) / 2)
    assert found.of({}) == pytest.approx((1000 + 1020) / 2)
    assert found.of({"sex": "unknown"}, ("2018",)) != found.of({"sex": "unknown"}, ("2018",))  # nan


def test_a_dutch_export_with_totals_single_ages_and_a_source_line(tmp_path):
    rows = []
    for sex, year in itertools.product(("Mannen", "Vrouwen"), ("2018JJ00", "2019JJ00")):
        ages = {f"{age} jaar": 1_000_000 + age for age in range(99)} | {"99 jaar of ouder": 2_500}
        rows += [(sex, age, year, n) for age, n in ages.items()]
        rows.append((sex, "Totaal leeftijd", year, sum(ages.values())))
    for year in ("2018JJ00", "2019JJ00"):
        whole = sum(n for _, age, when, n in rows if when == year and age.startswith("Totaal"))
        rows.append(("Totaal mannen en vrouwen", "Totaal leeftijd", year, whole))
    lines = [f"{sex};{age};{year};" + f"{n:,}".replace(",", ".") for sex, age, year, n in rows]
    path = tmp_path / "statline.csv"
    text = "\n".join(["Geslacht;Leeftijd;Perioden;Bevolking op 1 januari", *lines, "Bron: bureau;;;", ""])
    path.write_text(text, encoding="cp1252")
    found = read_residents(
        path,
        covariates={"Geslacht": "sex", "Leeftijd": "age"},
        levels={"Vrouwen": "female", "Mannen": "male"},
        ages={"minor": (0, 17), "adult": (18, None)},
    )
    assert found.of({"sex": "female", "age": "minor"}, ("2019",)) == sum(1_000_000 + age for age in range(18))
    assert found.of({"sex": "male", "age": "adult"}, ("2018",)) == sum(1_000_000 + age for age in range(18, 99)) + 2_500
    assert found.time is not None
    assert found.time.levels == ("2018", "2019")


def test_a_sheet_a_frame_and_another_order_of_rows_give_the_same(tmp_path, plain):
    book = openpyxl.Workbook()
    for row in [HEADINGS, *ROWS[::-1]]:
        book.active.append(row)
    book.save(tmp_path / "residents.xlsx")
    frame = pl.DataFrame([dict(zip(HEADINGS, row, strict=True)) for row in ROWS])
    wanted = read_residents(plain).columns()
    assert read_residents(tmp_path / "residents.xlsx").columns() == wanted
    assert read_residents(frame).columns() == wanted


def test_columns_left_out_are_summed_over_but_never_the_year(plain):
    found = read_residents(plain, covariates=["sex"])
    assert {each.name for each in found.covariates} == {"sex", "year"}
    assert found.of({"sex": "female"}, ("2019",)) == 514


def test_several_levels_may_become_one(tmp_path):
    rows = [("Dutch", 10), ("Polish", 3), ("Other", 2)]
    path = written(tmp_path / "a.csv", rows, ("nationality", "n"))
    found = read_residents(path, levels={"Polish": "other", "Other": "other", "Dutch": "dutch"})
    assert found.of({"nationality": "other"}) == 5


def test_thousands(tmp_path):
    path = written(tmp_path / "a.csv", [("2018", "16865,0"), ("2019", "17282,2")], ("jaar", "aantal"), ";")
    with refused("fractional_residents"):
        read_residents(path)
    assert read_residents(path, times=1000).of({}, ("2019",)) == 17_282_200


def test_one_number_and_nothing_to_split_it_by(tmp_path):
    found = read_residents(written(tmp_path / "a.csv", [("17282163",)], ("population",)))
    assert found.covariates == ()
    assert found.of({}) == 17_282_163


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ROWS[:-1], "residents_missing"),
        ([*ROWS, ROWS[0]], "residents_twice"),
        ([*ROWS[:-1], (*ROWS[-1][:3], -394)], "negative_residents"),
        ([*ROWS[:-1], (*ROWS[-1][:3], 0)], "no_residents"),
        ([*ROWS[:-1], (*ROWS[-1][:3], "")], "missing_amounts"),
        ([*ROWS[:-1], ("2019", "", "adult", 394)], "residents_without_level"),
        ([*ROWS, ("2018", "total", "minor", 209)], "residents_fit"),
        ([*ROWS, ("2018", "total", "minor", 310)], "totals_do_not_add"),
        ([*ROWS, ("2018", "total", "total", 1200)], "totals_do_not_add"),
    ],
)
def test_files_that_do_not_hold_together_are_refused(tmp_path, rows, code):
    path = written(tmp_path / "a.csv", rows)
    if code == "residents_fit":  # a total may be off by the rounding of its parts
        assert read_residents(path).of({}, ("2018",)) == 1000
        return
    with pytest.raises(InputError) as caught:
        read_residents(path)
    assert caught.value.code == code
    for language in ("en", "nl"):
        with use_language(language):
            assert len(str(caught.value).splitlines()) == 3


def test_names_and_levels_that_are_not_there(plain):
    with refused("unknown_column"):
        read_residents(plain, people="inhabitants")
    with refused("unknown_column"):
        read_residents(plain, covariates={"geslacht": "sex"})
    with refused("unknown_resident_level_near"):
        read_residents(plain, levels={"femal": "vrouw"})
    with refused("no_age_column"):
        read_residents(plain, covariates=["sex"], ages={"minor": (0, 17)})
    with refused("repeated_names"):
        read_residents(plain, covariates={"sex": "sex", "age": "sex"})


def test_print_says_what_they_are_split_by(plain):
    assert str(read_residents(plain)) == (
        "plain.csv: residents by year, sex, and age, 1,010 in all (a year, where there are several)."
    )
    with use_language("nl"):
        assert "1.010" in str(read_residents(plain))
