"""Exact limits of an odds ratio, against other programs and against sums over whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import comb, inf, isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

from darknumber.kernels.odds import odds_ratio

cells = st.integers(0, 12)


def upper_tail(both: int, first: int, second: int, neither: int, ratio: float) -> float:
    """The chance of `both` or more at an odds ratio, in exact numbers."""
    row, other, column = both + first, second + neither, both + second
    exact = Fraction(ratio)
    terms = {
        x: comb(row, x) * comb(other, column - x) * exact**x
        for x in range(max(0, column - other), min(row, column) + 1)
    }
    return float(sum(term for x, term in terms.items() if x >= both) / sum(terms.values()))


@pytest.mark.parametrize(
    ("table", "level", "estimate", "lower", "upper"),
    [
        # what the manual of R's fisher.test prints for the tea tasting and for convictions of twins
        ((3, 1, 1, 3), 0.95, 6.408309, 0.2117329, 621.9337505),
        ((2, 10, 15, 3), 0.95, 0.04693661, 0.003325764, 0.363182271),
        ((2, 10, 15, 3), 0.99, 0.04693661, 0.001386333, 0.578851645),
    ],
)
def test_what_r_gives(table, level, estimate, lower, upper):
    found = odds_ratio(*table, level=level)
    # R stops its root search early: its limits are good to about two digits
    assert found.estimate == pytest.approx(estimate, rel=1e-5)
    assert (found.lower, found.upper) == (pytest.approx(lower, rel=0.02), pytest.approx(upper, rel=0.02))


@given(both=cells, first=cells, second=cells, neither=cells)
def test_limits_are_where_the_tails_are_half_of_what_is_left(both, first, second, neither):
    found = odds_ratio(both, first, second, neither, level=0.9)
    if found.lower > 0:
        assert upper_tail(both, first, second, neither, found.lower) == pytest.approx(0.05, rel=1e-6)
    if found.upper < inf:
        below = 1 - upper_tail(both + 1, first - 1, second - 1, neither + 1, found.upper)
        assert below == pytest.approx(0.05, rel=1e-6)


@given(both=cells, first=cells, second=cells, neither=cells)
def test_the_estimate_lies_between_its_limits_and_turns_over_with_the_table(both, first, second, neither):
    found = odds_ratio(both, first, second, neither)
    turned = odds_ratio(first, both, neither, second)
    if isnan(found.estimate):
        assert (found.lower, found.upper) == (0.0, inf)
        assert isnan(turned.estimate)
        return
    assert found.lower <= found.estimate <= found.upper
    for one, other in (
        (found.estimate, turned.estimate),
        (found.lower, turned.upper),
        (found.upper, turned.lower),
    ):
        if one in (0.0, inf):
            assert other == (inf if one == 0.0 else 0.0)
        else:
            assert log(one) == pytest.approx(-log(other), abs=1e-7)


@pytest.mark.parametrize("size", [100, 3_000, 200_000])
def test_large_tables_against_another_program(size):
    generator = np.random.default_rng(size)
    for _ in range(4):
        table = generator.poisson(generator.uniform(0.5, 1.5, (2, 2)) * [[size / 10, size / 5], [size / 5, size]])
        found = odds_ratio(*map(int, table.ravel()))
        if size > 3_000:  # scipy sums over everything; the large-sample limits are exact enough here
            spread = 1.959964 * float((1 / table).sum()) ** 0.5
            middle = log(table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0])
            assert log(found.lower) == pytest.approx(middle - spread, abs=0.05 * spread + 1e-3)
            assert log(found.upper) == pytest.approx(middle + spread, abs=0.05 * spread + 1e-3)
            continue
        other = scipy_odds_ratio(table, kind="conditional")
        limits = other.confidence_interval()
        assert found.estimate == pytest.approx(other.statistic, rel=1e-6)
        assert (found.lower, found.upper) == (pytest.approx(limits.low, rel=1e-6), pytest.approx(limits.high, rel=1e-6))


@pytest.mark.parametrize("table", [(0, 0, 3, 4), (0, 5, 0, 7), (3, 0, 0, 0), (0, 0, 0, 0)])
def test_a_table_with_an_empty_margin_says_nothing(table):
    found = odds_ratio(*table)
    assert isnan(found.estimate)
    assert (found.lower, found.upper) == (0.0, inf)
