from __future__ import annotations

import pytest

from darknumber.data.names import check_choice, near, no_such


@pytest.mark.parametrize(
    ("name", "found"), [("jaer", "jaar"), ("JAAR", "jaar"), (" jaar ", "jaar"), ("geslagt", "geslacht"), ("xyz", "")]
)
def test_the_nearest_name(name, found):
    assert near(name, ["geslacht", "jaar", "leeftijd"]) == found


def test_of_equally_near_names_the_first_is_offered():
    assert near("year", ["Year", "YEAR"]) == "Year"


def test_a_near_name_stands_in_the_hint():
    error = no_such("unknown_column", "jaer", ["jaar", "lijst"])
    assert error.code == "unknown_column_near"
    assert "jaar" in error.hint


def test_without_a_near_name_the_known_ones_are_named():
    error = no_such("unknown_column", "xyz", ["jaar", "lijst"])
    assert error.code == "unknown_column"
    assert "jaar and lijst" in error.got


def test_where_nothing_could_be_named_that_is_said():
    assert no_such("unknown_column", "xyz", []).code == "unknown_column_none"
    assert no_such("unknown_sheet", "xyz", [], file="a.xlsx").code == "unknown_sheet"


def test_long_lists_of_names_are_cut_and_the_rest_is_counted():
    known = [f"column {place}" for place in range(100)]
    told = str(no_such("unknown_column", "xyz", known))
    assert "column 13, column 14, and 85 more.\n" in told


def test_choices(refused):
    check_choice("unit", "person", ("person", "person-year"))
    error = refused(lambda: check_choice("unit", "persons", ("person", "person-year")))
    assert error.values["near"] == "person"
    assert "unit" in error.what
