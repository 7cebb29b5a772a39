"""What codes, ages and sets in office files mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.register.reading.meanings import answers_of, as_kept, code_of, members_reader, years_of
from darknumber.register.reading.schema import YES_OR_NO, field_of

SEX = field_of("sex").aliases
MEANS = field_of("means").aliases


@pytest.mark.parametrize(
    ("text", "code", "strange"),
    [
        ("female", "female", False),
        (" V ", "female", False),
        ("Vrouw", "female", False),
        ("M", "male", False),
        ("", None, False),
        ("onbekend", None, False),
        ("-", None, False),
        ("Maria", None, True),
        ("vr.", None, True),
    ],
)
def test_codes(text, code, strange):
    assert code_of(text, SEX) == (code, strange)


def test_what_the_mapping_says_goes_before_what_is_known():
    assert code_of("m", {**SEX, "m": "female", "f": ""}) == ("female", False)
    assert code_of("F", {**SEX, "f": ""}) == (None, False)


def test_a_number_that_was_whole():
    assert code_of("1.0", field_of("age").aliases) == ("minor", False)


@pytest.mark.parametrize(
    ("text", "years", "strange"),
    [
        ("17", 17, False),
        ("17.0", 17, False),
        ("17 jaar", 17, False),
        ("", None, False),
        ("ca. 17", None, True),
        ("-3", None, True),
    ],
)
def test_years(text, years, strange):
    assert years_of(text) == (years, strange)


@pytest.mark.parametrize(
    ("text", "members", "strange"),
    [
        ("M1;M3", {"M1", "M3"}, False),
        ("m3, M1 ,M3", {"M1", "M3"}, False),
        ("geweld|misleiding", {"M1", "M5"}, False),
        ("M1;;", {"M1"}, False),
        ("M1;M9", {"M1"}, True),
        ("M1M3", set(), True),
        ("onbekend", set(), False),
        ("", set(), False),
    ],
)
def test_sets(text, members, strange):
    assert members_reader(MEANS)(text) == (members, strange)


def test_a_member_with_a_separator_in_it_stands_alone():
    read = members_reader({**MEANS, "geweld, ook dreiging": "M1"})
    assert read("Geweld, ook dreiging") == ({"M1"}, False)


@given(st.sets(st.sampled_from(sorted(field_of("denied").codes))))
def test_a_set_that_is_kept_reads_back(members):
    assert members_reader(field_of("denied").aliases)(as_kept(members)) == (members, False)


def test_answers_in_columns_of_their_own():
    assert answers_of(["ja", "Nee", "", "x", "misschien"], ["M1", "M2", "M3", "M4", "M5"], YES_OR_NO) == (
        {"M1", "M4"},
        {"M2"},
        True,
    )


def test_a_dash_is_no_answer():
    assert answers_of(["-"], ["M1"], YES_OR_NO) == (set(), set(), False)
