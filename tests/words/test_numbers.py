"""Numbers as the reader's language writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.words import LANGUAGES, percent, say, use_language
from darknumber.words.numbers import hundredths, level


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.00004, "<0.1%"),
        (0.0004, "<0.1%"),
        (0.0007, "0.1%"),
        (0.0949, "9.5%"),
        (0.38, "38%"),
        (0.9949, "99%"),
        (0.995, "99.5%"),
        (0.9999999, "99.9%"),
        (1.0, "100%"),
        (float("nan"), "n.e."),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_everything(share, text):
    assert percent(share) == text


def test_what_is_held_against_a_threshold_keeps_two_decimals():
    assert hundredths(1.96) == "1.96"
    assert hundredths(2.0) == "2.00"
    with use_language("nl"):
        assert hundredths(1234.567) == "1.234,57"


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_nothing_is_nothing_and_only_everything_everything(share):
    assert percent(share) not in ("0%", "0.0%", "100%", "100.0%")


@pytest.mark.parametrize(
    ("value", "text"), [(0.95, "95%"), (0.975, "97.5%"), (0.995, "99.5%"), (0.9999, "99.99%"), (1 - 0.05 / 7, None)]
)
def test_a_level_keeps_its_digits(value, text):
    assert level(value) == text if text else level(value).startswith("99.2857142857")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interval_is_called_by_its_level(language):
    with use_language(language):
        assert say("view.column.interval", level=0.975).startswith("97.5%" if language == "en" else "97,5%")
        assert percent(0.0001) == ("<0.1%" if language == "en" else "<0,1%")
