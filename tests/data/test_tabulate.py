from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pandas as pd
import polars as pl
import pytest

from darknumber.data import tabulate as module
from darknumber.data.read import read_counts, read_records
from darknumber.data.table import NOT_RECORDED
from darknumber.data.tabulate import tabulate

LONG = {
    "who": [1, 1, 2, 3, 3, 3, 4, 5, 5],
    "list": ["police", "border", "police", "border", "border", "care", "care", "police", "care"],
    "year": [2013, 2013, 2013, 2014, 2014, 2014, None, 2014, None],
    "sex": ["m", None, "f", "m", "m", "m", "f", "unknown", "f"],
}
WIDE = {
    "police": [1, 1, 0, 0, 1],
    "border": [1, 0, 1, 0, 0],
    "care": [0, 0, 1, 1, 1],
    "year": [2013, 2013, 2014, None, 2014],
    "sex": ["m", "f", "m", "f", "f"],
}
LISTS = ["police", "border", "care"]


def long(frame, **options):
    return read_records(frame, **{"id": "who", "list_column": "list", "lists": LISTS, **options})


def codes(table):
    return [finding.code for finding in table.findings]


@pytest.fixture
def answer():
    """The table that `LONG` and `WIDE` both are."""
    return tabulate(read_records(pl.DataFrame(WIDE), lists=LISTS, covariates=["year", "sex"]))


def test_the_answer_itself(answer):
    assert answer.list_sizes.tolist() == [3, 2, 3]
    assert [covariate.levels for covariate in answer.covariates] == [("2013", "2014", NOT_RECORDED), ("f", "m")]
    assert answer.observed.reshape(3, 2).tolist() == [[1, 1], [1, 1], [1, 0]]
    assert codes(answer) == ["not_recorded"]


def test_long_and_wide_agree_in_every_kind_of_frame(frame_of, answer):
    assert tabulate(long(frame_of(LONG), covariates=["year", "sex"])) == answer
    assert tabulate(read_records(frame_of(WIDE), lists=LISTS, covariates=["year", "sex"])) == answer


def test_a_table_of_counts_agrees_in_every_kind_of_frame(frame_of, answer):
    assert read_counts(frame_of({**WIDE, "n": [1] * 5})) == answer


def test_many_levels_in_every_kind_of_frame(frame_of):
    """More levels than are compared one by one."""
    people = 150
    columns = {
        "who": [*range(people), *range(people)],
        "list": ["A"] * people + ["B"] * people,
        "region": [f"r{person % 75}" for person in range(people)] * 2,
    }
    table = tabulate(read_records(frame_of(columns), id="who", list_column="list", covariates=["region"]))
    assert table.strata == 75
    assert (table.observed == 2).all()
    assert (table.history == 3).all()


@pytest.mark.parametrize(
    "marks", [[1, 0], [True, False], ["ja", "nee"], ["x", None], [1.0, 0.0], [1.0, None], ["1,0", "0"]]
)
def test_all_ways_to_mark_a_list(marks, answer):
    columns = {name: [marks[0] if mark else marks[1] for mark in WIDE[name]] for name in LISTS}
    rest = {"year": WIDE["year"], "sex": WIDE["sex"]}
    for frame in (pl.DataFrame({**columns, **rest}, strict=False), pd.DataFrame({**columns, **rest})):
        assert tabulate(read_records(frame, lists=LISTS, covariates=["year", "sex"])) == answer


def test_levels_are_written_alike_in_every_kind_of_frame(frame_of):
    columns = {
        "A": [True, True, False],
        "B": [True, False, True],
        "minor": [True, False, None],
        "region": [20130000.0, None, 12.5],
        "day": [datetime(2013, 5, 1), None, datetime(2014, 12, 31, 23, 59)],
    }
    table = tabulate(read_records(frame_of(columns), lists=["A", "B"], covariates=["minor", "region", "day"]))
    assert [covariate.levels for covariate in table.covariates] == [
        ("false", "true", NOT_RECORDED),
        ("12.5", "20130000", NOT_RECORDED),
        ("2013-05-01", "2014-12-31", NOT_RECORDED),
    ]


def test_kinds_of_columns_that_pandas_has(answer):
    frame = pd.DataFrame(LONG)
    frame["sex"] = frame["sex"].astype("category")
    frame["year"] = frame["year"].astype("Int64")
    frame["who"] = frame["who"].astype(float)
    frame["list"] = frame["list"].astype(object)
    assert tabulate(long(frame, covariates=["year", "sex"])) == answer


def test_ids_may_be_text_with_spaces_and_leading_zeros(answer):
    names = {1: "007 ", 2: "7", 3: "07", 4: "a", 5: "A"}
    frame = pl.DataFrame({**LONG, "who": [names[who] + " " * (place % 2) for place, who in enumerate(LONG["who"])]})
    assert tabulate(long(frame, covariates=["year", "sex"])) == answer


def test_without_covariates():
    table = tabulate(long(pl.DataFrame(LONG)))
    assert table.strata == 1
    assert table.history.tolist() == [1, 3, 4, 5, 6]


def test_wide_rows_of_one_person_are_combined():
    frame = pl.DataFrame({"who": [1, 1, 2], "A": [1, 0, 0], "B": [0, 1, 1], "sex": ["m", None, "f"]})
    table = tabulate(read_records(frame, id="who", lists=["A", "B"], covariates=["sex"]))
    assert table.history.tolist() == [2, 3]
    assert table.covariates[0].levels == ("f", "m")


def test_lists_are_found_where_none_are_named():
    records = long(pl.DataFrame(LONG), lists=None)
    assert records.lists == ("border", "care", "police")
    assert tabulate(records).list_sizes.tolist() == [2, 3, 3]


def test_lists_that_are_not_named_are_left_out_with_a_finding():
    table = tabulate(long(pl.DataFrame(LONG), lists=["police", "border"]))
    assert table.count.sum() == 4
    finding = table.findings[0]
    assert (finding.code, finding.where, finding.values) == ("other_lists_left_out", "list", {"n": 1, "rows": 3})
    assert "rows left out: 3" in finding.sentence()


def test_rows_of_lists_left_out_do_not_make_levels():
    frame = pl.DataFrame({"who": [1, 1, 2], "list": ["A", "B", "C"], "sex": ["m", "m", "f"]})
    table = tabulate(read_records(frame, id="who", list_column="list", lists=["A", "B"], covariates=["sex"]))
    assert table.covariates[0].levels == ("m",)


YEARS = {
    "who": ["a", "a", "a", "b", "b", "c", "d", "d"],
    "list": ["A", "B", "A", "A", "B", "B", "A", "B"],
    "year": ["2013", "2013", "2014", "2013", "2015", "2014", "2014", ""],
}


def test_person_years_in_every_kind_of_frame(frame_of):
    table = tabulate(read_records(frame_of(YEARS), id="who", list_column="list", year="year", unit="person-year"))
    assert table.unit == "person-year"
    assert [covariate.name for covariate in table.covariates] == ["year"]
    assert table.observed.tolist() == [2, 3, 1, 1]
    assert table.count.sum() == 7
    years = next(finding for finding in table.findings if finding.code == "several_years")
    assert years.values == {"n": 2}


def test_one_row_per_person_year():
    frame = pl.DataFrame({"A": [1, 1], "B": [0, 1], "year": [2013, 2014]})
    table = tabulate(read_records(frame, lists=["A", "B"], year="year", unit="person-year"))
    assert (table.unit, codes(table), table.observed.tolist()) == ("person-year", [], [1, 1])


def test_within_a_year_values_must_agree_and_between_years_they_may_differ():
    frame = {"who": [1, 1, 1], "list": ["A", "B", "A"], "year": [2013, 2013, 2014], "age": ["minor", "minor", "adult"]}
    options = {"id": "who", "list_column": "list", "covariates": ["year", "age"], "year": "year"}
    table = tabulate(read_records(pl.DataFrame(frame), unit="person-year", **options))
    assert table.count.tolist() == [1, 1]


def test_two_years_of_one_person_suggest_person_years(refused):
    for options in ({"covariates": ["year"]}, {"covariates": ["year"], "year": "year"}):
        error = refused(
            lambda options=options: tabulate(read_records(pl.DataFrame(YEARS), id="who", list_column="list", **options))
        )
        assert (error.code, error.values["n"]) == ("two_years", 2)
        assert "person-year" in error.hint
    renamed = pl.DataFrame(YEARS).rename({"year": "registered in"})
    records = read_records(renamed, id="who", list_column="list", year="registered in")
    assert refused(lambda: tabulate(records)).code == "two_years"


def test_the_first_year_may_be_taken():
    table = tabulate(
        read_records(pl.DataFrame(YEARS), id="who", list_column="list", covariates=["year"], on_conflict="lowest")
    )
    assert table.observed.tolist() == [2, 2]
    assert (table.findings[0].code, table.findings[0].values) == ("two_values_lowest", {"n": 2})


CONFLICT = {"who": [1, 1, 2, 2, 3], "list": ["A", "B", "A", "B", "A"], "sex": ["m", "f", "m", "m", None]}


def test_two_values_are_refused_with_how_many_people(refused):
    records = read_records(pl.DataFrame(CONFLICT), id="who", list_column="list", covariates=["sex"])
    error = refused(lambda: tabulate(records))
    assert (error.code, error.values) == ("two_values", {"name": "sex", "n": 1})


def test_two_values_may_count_as_not_recorded_in_every_kind_of_frame(frame_of):
    records = read_records(
        frame_of(CONFLICT), id="who", list_column="list", covariates=["sex"], on_conflict={"sex": "not recorded"}
    )
    table = tabulate(records)
    assert table.covariates[0].levels == ("m", NOT_RECORDED)
    assert table.observed.tolist() == [1, 2]
    assert codes(table) == ["two_values_not_recorded", "not_recorded"]


def test_values_left_without_people_make_no_level():
    frame = pl.DataFrame({"who": [1, 1], "list": ["A", "B"], "sex": ["m", "f"]})
    for rule, levels in (("not recorded", (NOT_RECORDED,)), ("lowest", ("f",))):
        records = read_records(frame, id="who", list_column="list", covariates=["sex"], on_conflict=rule)
        assert tabulate(records).covariates[0].levels == levels


@pytest.mark.parametrize(
    ("columns", "code", "rows"),
    [
        ({"A": ["1", "0", "2"], "B": ["1", "1", "1"]}, "unknown_marks", (1, 4)),
        ({"A": ["1", "0", ""], "B": ["1", "1", "1"]}, "mixed_marks_blank", None),
        ({"A": ["1", "0", "x"], "B": ["1", "1", "1"]}, "mixed_marks", None),
        ({"A": ["1", "0", "0"], "B": ["1", "0", "0"]}, "on_no_list_rows", (2, 3)),
        ({"A": ["0", "0", "0"], "B": ["", "", ""]}, "on_no_list_rows", (3, 2)),
        ({"A": ["1", "1", "1"], "B": ["0", "0", "0"]}, "empty_list", None),
        ({"A": [], "B": []}, "nobody", None),
    ],
)
def test_wide_records_that_are_refused(refused, columns, code, rows):
    frame = pl.DataFrame(columns, schema={"A": pl.String, "B": pl.String})
    error = refused(lambda: tabulate(read_records(frame, lists=["A", "B"])))
    assert error.code == code
    assert error.values.get("rows") == rows
    assert str(error)


@pytest.mark.parametrize(
    ("columns", "code", "rows"),
    [
        ({"who": ["1", "", "2", "NA"], "list": ["A", "B", "B", "A"]}, "missing_ids", (2, 3)),
        ({"who": ["1", None, "2", " "], "list": ["A", "B", "B", "A"]}, "missing_ids", (2, 3)),
        ({"who": ["1", "1", "1"], "list": ["A", "", "B"]}, "rows_without_list", (1, 3)),
        ({"who": ["1", "1", "2"], "list": ["A", "A", "A"]}, "one_list_in_column", None),
        ({"who": [], "list": []}, "nobody", None),
    ],
)
def test_long_records_that_are_refused(refused, columns, code, rows):
    frame = pl.DataFrame(columns, schema={"who": pl.String, "list": pl.String})
    error = refused(lambda: tabulate(read_records(frame, id="who", list_column="list")))
    assert error.code == code
    assert error.values.get("rows") == rows
    assert str(error)


def test_missing_ids_that_are_numbers(refused):
    for frame in (
        pl.DataFrame({"who": [1.0, float("nan"), None], "list": ["A", "B", "A"]}),
        pd.DataFrame({"who": [1, None, None], "list": ["A", "B", "A"]}),
    ):
        error = refused(lambda frame=frame: tabulate(read_records(frame, id="who", list_column="list")))
        assert (error.code, error.values["rows"]) == ("missing_ids", (2, 3))


def test_people_with_an_id_on_no_list(refused):
    frame = pl.DataFrame({"who": [1, 1, 2], "A": [1, 0, 0], "B": [1, 0, 0]})
    error = refused(lambda: tabulate(read_records(frame, id="who", lists=["A", "B"])))
    assert (error.code, error.values) == ("on_no_list", {"n": 1})


def test_an_unknown_list_is_answered_with_a_near_one(refused):
    error = refused(lambda: tabulate(long(pl.DataFrame(LONG), lists=["polce", "border"])))
    assert (error.code, error.values["near"]) == ("unknown_list_near", "police")


def test_what_looks_like_names_of_people_is_not_shown(refused, everything_said):
    names = [f"Jansen-{place}" for place in range(50)]
    frame = pl.DataFrame({"who": range(50), "list": names})
    error = refused(lambda: tabulate(read_records(frame, id="who", list_column="list", lists=["police", "care"])))
    assert error.code == "unknown_list_none"
    assert "Jansen" not in everything_said(error)
    error = refused(lambda: read_records(frame, id="who", list_column="list"))
    assert error.code == "too_many_lists"
    assert "Jansen" not in everything_said(error)


def test_a_covariate_with_a_value_for_each_person_is_refused(refused, monkeypatch):
    monkeypatch.setattr(module, "MAX_LEVELS", 100)
    frame = pl.DataFrame({"A": [1] * 101, "B": [0, 1] + [1] * 99, "birth": [f"day {place}" for place in range(101)]})
    records = read_records(frame, lists=["A", "B"], covariates=["birth"])
    error = refused(lambda: tabulate(records))
    assert (error.code, error.values["name"]) == ("too_many_levels", "birth")
    assert "day" not in str(error).replace("date", "")
    monkeypatch.setattr(module, "MAX_COMBINATIONS", 100)
    assert refused(lambda: tabulate(records)).code == "too_many_combinations"


def test_order_of_rows_is_irrelevant(answer):
    for seed in range(5):
        shuffled = pl.DataFrame(LONG).sample(fraction=1.0, shuffle=True, seed=seed)
        assert tabulate(long(shuffled, covariates=["year", "sex"])) == answer


def test_order_of_lists_is_the_order_asked_for(answer):
    table = tabulate(long(pl.DataFrame(LONG), lists=LISTS[::-1], covariates=["year", "sex"]))
    assert table.lists == tuple(LISTS[::-1])
    assert table.list_sizes.tolist() == answer.list_sizes[::-1].tolist()
    assert replace(table, lists=answer.lists, history=answer.history, count=answer.count) == answer


def test_the_source_is_not_changed():
    frame = pd.DataFrame(LONG)
    before = frame.copy(deep=True)
    tabulate(long(frame, covariates=["year", "sex"]))
    pd.testing.assert_frame_equal(frame, before)
