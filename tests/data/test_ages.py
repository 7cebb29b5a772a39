"""Ages in words, and classes made of them."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.ages import band_of, classes_of
from darknumber.errors import InputError


@contextmanager
def refused(code):
    """An error of the data with this code."""
    with pytest.raises(InputError) as caught:
        yield
    assert caught.value.code == code


HALVES = {"minor": (0, 17), "adult": (18, None)}


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("17", (17, 17)),
        ("17 jaar", (17, 17)),
        ("Y17", (17, 17)),
        ("0-4", (0, 4)),
        ("15 – 19 years", (15, 19)),
        ("Y0T17", (0, 17)),
        ("0 tot 5 jaar", (0, 4)),
        ("0 tot en met 5 jaar", (0, 5)),
        ("12 t/m 17 jaar", (12, 17)),
        ("12 to 17 years", (12, 17)),
        ("95 jaar of ouder", (95, None)),
        ("95+", (95, None)),
        ("18 and over", (18, None)),
        ("Y_GE18", (18, None)),
        ("jonger dan 18 jaar", (0, 17)),
        ("under 18", (0, 17)),
        ("<1", (0, 0)),
        ("volwassen", None),
        ("17-12", None),
        ("2019-2020 x", None),
    ],
)
def test_ages_are_read_as_offices_write_them(text, band):
    assert band_of(text) == band


@given(st.integers(0, 120), st.integers(0, 120))
def test_dutch_tot_leaves_the_last_age_out(first, more):
    assert band_of(f"{first} tot {first + more + 1} jaar") == (first, first + more)


def test_single_ages_and_bands_make_classes():
    single = [*map(str, range(18)), "18-64", "65+"]
    found = classes_of("age", single, HALVES)
    assert {called: sum(each == called for each in found.values()) for called in HALVES} == {"minor": 18, "adult": 2}


def test_ages_in_no_class_are_left_out():
    assert classes_of("age", ["0-11", "12-17", "18+"], {"girls": (12, 17)}) == {"12-17": "girls"}


def test_single_ages_may_end_where_few_are_older():
    assert set(classes_of("age", [*map(str, range(100))], HALVES).values()) == set(HALVES)
    with refused("ages_missing"):
        classes_of("age", [*map(str, range(80))], HALVES)


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (["0-17", "18+", "65+"], "ages_overlap"),
        (["0-17", "17", "18+"], "ages_overlap"),
        (["0-14", "15-19", "20+"], "ages_across"),
        (["0-14", "15+"], "ages_across"),
        (["0-9", "12-17", "18+"], "ages_missing"),
        (["1-17", "18+"], "ages_missing"),
        (["0-17", "19+"], "ages_missing"),
        (["0-17", "grown"], "not_an_age"),
    ],
)
def test_what_cannot_be_put_together_is_refused(labels, code):
    with refused(code):
        classes_of("age", labels, HALVES)
