from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data import marks
from darknumber.data.table import NOT_RECORDED


@pytest.mark.parametrize("cell", ["1", "1.0", "1,0", "x", "X", " x ", "ja", "JA", "j", "yes", "true", "True", "WAAR"])
def test_ways_to_say_yes(cell):
    assert marks.mark(cell) in marks.YES


@pytest.mark.parametrize(
    "cell", ["0", "0.0", "0,0", "nee", "Nee", "no", "n", "false", "ONWAAR", "-", "", "  ", "nan", "NaN"]
)
def test_ways_to_say_no(cell):
    assert marks.is_mark(cell)
    assert marks.mark(cell) not in marks.YES


@pytest.mark.parametrize("cell", ["2", "misschien", "10", "onbekend", "NA", "01", "1 1"])
def test_what_says_neither(cell):
    assert not marks.is_mark(cell)


def test_yes_and_no_have_nothing_in_common():
    assert not marks.YES & (marks.NO | marks.BLANK)


@pytest.mark.parametrize(
    ("kinds", "clear"),
    [
        (["1", "0"], True),
        (["x", ""], True),
        (["ja", "nee"], True),
        (["1"], True),
        (["", ""], True),
        (["ja", "0"], True),
        (["1", "0", ""], False),
        (["1", "x", "0"], False),
        (["ja", "nee", "no"], False),
    ],
)
def test_two_kinds_of_cells_are_clear_and_three_are_not(kinds, clear):
    assert marks.two_kinds(kinds) is clear


@pytest.mark.parametrize(
    "cell", ["", " ", "\u00a0", "NA", "n/a", "NULL", "-", ".", "?", "onbekend", "Onbekend", "UNKNOWN", "#N/B", "nan"]
)
def test_what_was_not_recorded(cell):
    assert marks.label(cell) == NOT_RECORDED


@pytest.mark.parametrize(
    ("cell", "level"),
    [
        ("007", "007"),
        (" 2013 ", "2013"),
        ("2013.0", "2013"),
        ("2013,0", "2013"),
        ("1.5", "1.5"),
        ("man", "man"),
        ("none", "none"),
        ("geen", "geen"),
        ("other/unknown", "other/unknown"),
        ("-1", "-1"),
        ("TRUE", "true"),
        ("False", "false"),
        ("Man", "Man"),
        ("\u00a0één ", "één"),
    ],
)
def test_levels_stay_as_they_are_written(cell, level):
    assert marks.label(cell) == level


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12", 12), (" 12 ", 12), ("12,0", 12), ("12.0", 12), ("12.00", 12), ("0", 0), ("+3", 3), ("1234,0", 1234)],
)
def test_counts(cell, number):
    assert marks.count_trouble(cell) == ""
    assert marks.count(cell) == number


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "missing_counts"),
        ("NA", "missing_counts"),
        ("-", "missing_counts"),
        ("1.234", "ambiguous_counts"),
        ("1,234", "ambiguous_counts"),
        ("12.000", "ambiguous_counts"),
        ("1.234.567", "ambiguous_counts"),
        ("1.234,00", "ambiguous_counts"),
        ("12,5", "fractional_counts"),
        ("0.25", "fractional_counts"),
        ("-3", "negative_counts"),
        ("-3,0", "negative_counts"),
        ("twelve", "not_counts"),
        ("1e3", "not_counts"),
        ("12 people", "not_counts"),
        ("9" * 40, "not_counts"),
    ],
)
def test_counts_that_are_refused(cell, code):
    assert marks.count_trouble(cell) == code
    with pytest.raises(ValueError, match=code):
        marks.count(cell)


@given(st.integers(0, 10**15 - 1))
def test_every_whole_number_is_a_count(number):
    assert marks.count(str(number)) == number


@given(st.text(max_size=12))
def test_any_text_is_a_count_or_a_trouble_and_some_level(cell):
    if not marks.count_trouble(cell):
        assert marks.count(cell) >= 0
    assert marks.label(cell)
    assert marks.label(marks.label(cell)) == marks.label(cell)
