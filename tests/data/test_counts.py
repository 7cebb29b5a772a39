from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.counts import list_marks, table_of_counts
from darknumber.data.table import NOT_RECORDED
from darknumber.errors import InputError

PLAIN = {"A": ["1", "0", "1"], "B": ["0", "1", "1"], "n": ["12", "5", "3"]}


def test_the_last_column_is_the_count():
    table = table_of_counts(PLAIN)
    assert table.lists == ("A", "B")
    assert table.history.tolist() == [1, 2, 3]
    assert table.count.tolist() == [12, 5, 3]
    assert (table.covariates, table.unit, table.name) == ((), "person", "")


def test_the_count_may_be_named():
    columns = {"n": PLAIN["n"], "A": PLAIN["A"], "B": PLAIN["B"]}
    assert table_of_counts(columns, count="n") == table_of_counts(PLAIN)


def test_columns_that_are_not_lists_are_covariates():
    columns = {
        "A": PLAIN["A"],
        "year": ["2013", "2014", "2013"],
        "B": PLAIN["B"],
        "sex": ["m", "f", ""],
        "n": PLAIN["n"],
    }
    table = table_of_counts(columns)
    assert table.lists == ("A", "B")
    assert [(covariate.name, covariate.levels) for covariate in table.covariates] == [
        ("year", ("2013", "2014")),
        ("sex", ("f", "m", NOT_RECORDED)),
    ]
    assert table.observed.reshape(table.shape).tolist() == [[0, 12, 3], [5, 0, 0]]


def test_lists_may_be_named_and_what_is_left_is_a_covariate():
    columns = {"A": PLAIN["A"], "minor": ["1", "0", "0"], "B": PLAIN["B"], "n": PLAIN["n"]}
    assert table_of_counts(columns).lists == ("A", "minor", "B")
    table = table_of_counts(columns, lists=["B", "A"])
    assert table.lists == ("B", "A")
    assert table.covariates[0].name == "minor"


def test_covariates_may_be_named_and_other_columns_are_added_up_over():
    columns = {"A": PLAIN["A"], "B": PLAIN["B"], "year": ["1", "2", "3"], "sex": ["m", "f", "m"], "n": PLAIN["n"]}
    table = table_of_counts(columns, covariates=["sex"])
    assert table.lists == ("A", "B")
    assert [covariate.name for covariate in table.covariates] == ["sex"]
    assert table.count.sum() == 20


def test_levels_without_anybody_are_left_out():
    columns = {"A": PLAIN["A"], "B": PLAIN["B"], "sex": ["m", "f", "x"], "n": ["12", "5", "0"]}
    assert table_of_counts(columns, covariates=["sex"]).covariates[0].levels == ("f", "m")


def test_an_empty_row_of_people_on_no_list_is_no_trouble():
    table = table_of_counts({"A": ["1", "1", "0"], "B": ["0", "1", "0"], "n": ["12", "5", "0"]})
    assert table.count.sum() == 17


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        (PLAIN, {"count": "nn"}, "unknown_column_near"),
        (PLAIN, {"lists": ["A", "C"]}, "unknown_column"),
        (PLAIN, {"covariates": ["year"]}, "unknown_column"),
        (PLAIN, {"unit": "persons"}, "unknown_choice_near"),
        (PLAIN, {"lists": ["A"], "covariates": []}, "on_no_list_rows"),
        ({"A": ["1", "1"], "n": ["1", "2"]}, {}, "one_list"),
        ({"sex": ["m", "f"], "n": ["1", "2"]}, {}, "no_lists_found"),
        ({"n": ["1", "2"]}, {}, "no_lists_found"),
        ({}, {}, "no_rows"),
        ({"A": [], "B": [], "n": []}, {}, "no_rows"),
        ({"A": ["1", "1"], "B": ["0", "0"], "n": ["1", "2"]}, {}, "empty_list"),
        ({"A": ["1", "1"], "B": ["", ""], "n": ["1", "2"]}, {}, "empty_list"),
        ({"A": ["1", "0"], "B": ["0", "0"], "n": ["1", "2"]}, {}, "on_no_list_rows"),
        ({"A": ["1", "0"], "B": ["1", "2"], "n": ["1", "2"]}, {"lists": ["A", "B"]}, "unknown_marks"),
        ({"A": ["1", "0", ""], "B": ["1", "1", "1"], "n": ["1", "2", "3"]}, {}, "mixed_marks_blank"),
        ({"A": ["1", "x", "0"], "B": ["1", "1", "1"], "n": ["1", "2", "3"]}, {}, "mixed_marks"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["1", ""]}, {}, "missing_counts"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["1", "1.234"]}, {}, "ambiguous_counts"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["1", "0,5"]}, {}, "fractional_counts"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["1", "-5"]}, {}, "negative_counts"),
        ({"A": ["1", "0"], "B": ["1", "1"], "n": ["1", "many"]}, {}, "not_counts"),
        ({"A": ["1", "1", "0"], "B": ["0", "0", "1"], "C": ["1", "0", "1"]}, {}, "looks_like_records"),
        (PLAIN, {"lists": ["A", "A"]}, "repeated_names"),
        (PLAIN, {"lists": ["A", "B"], "covariates": ["A"]}, "repeated_names"),
    ],
)
def test_columns_that_are_refused(refused, columns, options, code):
    error = refused(lambda: table_of_counts(columns, **options))
    assert error.code == code
    assert str(error)


def test_rows_are_numbered_as_a_spreadsheet_does(refused):
    columns = {"A": ["1", "0", "0", "1"], "B": ["1", "1", "1", "0"], "n": ["1", "-2", "-3", "4"]}
    error = refused(lambda: table_of_counts(columns))
    assert error.values["rows"] == (2, 3)
    assert "2 rows, the first is row 3" in error.got
    columns = {"A": ["1", "0", "0"], "B": ["1", "1", "0"], "n": ["1", "2", "3"]}
    error = refused(lambda: table_of_counts(columns))
    assert (error.values["n"], error.values["rows"]) == (3, (1, 4))
    assert "row 4" in error.got


def test_named_columns_of_one_row_per_person_are_what_they_are_said_to_be():
    table = table_of_counts({"A": ["1", "1", "0"], "B": ["0", "0", "1"], "n": ["1", "0", "1"]}, count="n")
    assert table.count.tolist() == [1, 1]


def test_list_marks():
    assert list_marks("A", ["x", "", "X "]).tolist() == [True, False, True]


marks = st.sampled_from(["0", "1"])


@given(
    st.lists(st.tuples(marks, marks, marks, st.sampled_from(["f", "m", ""]), st.integers(0, 9)), max_size=30),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_and_columns_is_irrelevant(rows, random):
    rows = [row for row in rows if "1" in row[:3]] + [("1", "1", "1", "f", 1)]
    names = ("A", "B", "C", "sex", "n")

    def table(rows, order):
        columns = {names[place]: [str(row[place]) for row in rows] for place in order}
        return table_of_counts(columns, lists=["A", "B", "C"], covariates=["sex"], count="n")

    shuffled = list(rows)
    random.shuffle(shuffled)
    order = list(range(5))
    random.shuffle(order)
    assert table(shuffled, order) == table(rows, range(5))


def test_one_row_per_person_with_a_year_last_is_not_taken_for_counts():
    people = {"police": ["1", "0", "1"] * 9, "care": ["0", "1", "1"] * 9, "year": ["2018"] * 27}
    with pytest.raises(InputError) as refused:
        table_of_counts(people)
    assert refused.value.code == "looks_like_records"
    assert table_of_counts(people, count="year").count.sum() == 27 * 2018  # what was said is done
    named = {**{name: cells for name, cells in people.items() if name != "year"}, "Aantal": ["3"] * 27}
    assert table_of_counts(named).count.sum() == 81  # rows of a table that is called one are added up


def test_a_list_with_a_typing_error_is_not_taken_for_a_covariate():
    columns = {
        "police": ["ja", "nee"] * 5,
        "council": ["nee", "ja"] * 4 + ["jaa", "ja"],
        "count": ["7"] * 10,
    }
    with pytest.raises(InputError) as refused:
        table_of_counts(columns)
    assert refused.value.code == "nearly_a_list"
    assert refused.value.values == {"name": "council", "rows": (1, 10)}
    assert "jaa" not in str(refused.value)


def test_a_covariate_that_tells_people_apart_is_refused():
    ids = [f"P{number:05}" for number in range(100)]
    columns = {"police": ["1"] * 100, "care": ["1", "0"] * 50, "bsn": ids, "count": ["1"] * 100}
    with pytest.raises(InputError) as refused:
        table_of_counts(columns)
    assert refused.value.code == "covariate_like_id"
    assert "P0" not in str(refused.value)
