"""Amounts as offices write them: one way a column, and never a guess."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.amounts import amounts
from darknumber.errors import InputError


@contextmanager
def refused(code):
    """An error of the data with this code."""
    with pytest.raises(InputError) as caught:
        yield
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["12", "3"], [12, 3]),
        (["16.865.008", "8.412.317", "412.317"], [16_865_008, 8_412_317, 412_317]),
        (["16,865,008", "412,317"], [16_865_008, 412_317]),
        (["16 865 008", "412\u00a0317", "99"], [16_865_008, 412_317, 99]),
        (["16.865,5", "412.317"], [16_865.5, 412_317]),
        (["16'865'008.5", "1.25"], [16_865_008.5, 1.25]),
        ([" 1250000 ", "-3"], [1_250_000, -3]),
    ],
)
def test_a_column_is_read_in_the_one_way_that_fits_all_of_it(cells, wanted):
    assert amounts("n", cells) == wanted


def test_what_can_be_read_in_two_ways_is_asked():
    with refused("ambiguous_amounts"):
        amounts("n", ["412.317", "99"])
    assert amounts("n", ["412.317", "99"], decimal="comma") == [412_317, 99]
    assert amounts("n", ["412.317", "99"], decimal="point") == [412.317, 99]


@pytest.mark.parametrize(
    ("cells", "code", "rows"),
    [
        (["1.234.567", "", "onbekend"], "missing_amounts", (2, 3)),
        (["12", "twelve", "3", "x"], "not_amounts", (2, 3)),
        (["1.23.456", "1"], "not_amounts", (1, 2)),
        (["1.234.567", "1,234,567"], "not_amounts", (1, 3)),
    ],
)
def test_cells_without_a_number_are_told_by_row(cells, code, rows):
    with pytest.raises(InputError) as caught:
        amounts("n", cells)
    assert caught.value.code == code
    assert caught.value.values["rows"] == rows


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20), st.sampled_from([".", ",", " ", ""]))
def test_whole_numbers_survive_any_way_of_writing(numbers, gap):
    written = [f"{n:,}".replace(",", gap) for n in numbers]
    decimal = {".": "comma", ",": "point"}.get(gap)
    assert amounts("n", written, decimal=decimal) == numbers
