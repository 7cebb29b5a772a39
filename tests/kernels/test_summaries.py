"""Limits from draws that may be infinite or undefined, against direct formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from darknumber.kernels.summaries import bca_limits, covering_ranks, modes, percentile_limits, share_out, sum_draws

inf, nan = np.inf, np.nan


def limits(draws, level=0.95, floor=0.0):
    return percentile_limits(np.array(draws, dtype=float)[:, None], level, np.array([floor]))[0].tolist()


def test_percentile_limits_are_order_statistics():
    draws = np.random.default_rng(1).permutation(np.arange(1, 1001))
    assert limits(draws) == [25, 976]
    assert limits(draws, level=0.8) == [100, 901]
    assert limits(draws[:39]) == [min(draws[:39]), max(draws[:39])]


def test_too_few_draws_give_their_range():
    assert limits([3, 1, 2]) == [1, 3]
    assert limits([7]) == [7, 7]


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ([], [2, 98]),
        ([inf], [2, 98]),
        ([inf] * 2, [2, inf]),
        ([nan], [1, 98]),
        ([nan] * 2, [0, inf]),
        ([nan, inf], [1, inf]),
    ],
)
def test_infinite_is_at_the_top_and_undefined_the_worst_at_both_ends(odd, expected):
    draws = [*range(1, 100 - len(odd)), *odd]  # 99 draws: the second smallest and the second largest count
    assert limits(draws, level=0.96) == expected


def test_limits_never_fall_below_the_floor():
    assert limits([1, 2, 3], floor=2.5) == [2.5, 3]
    assert limits([inf, inf, inf], floor=4) == [4, inf]
    assert limits([nan, nan], floor=4) == [4, inf]


def bca_directly(draws, estimate, left_out, weights, level):
    """Efron's formulas, one at a time."""
    z0 = norm.ppf((np.sum(draws < estimate) + np.sum(draws == estimate) / 2) / len(draws))
    d = np.sum(weights * left_out) / np.sum(weights) - left_out
    a = np.sum(weights * d**3) / (6 * np.sum(weights * d**2) ** 1.5)
    found = []
    for z in norm.ppf([(1 - level) / 2, (1 + level) / 2]):
        alpha = norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
        found.append(np.sort(draws)[int(np.ceil(alpha * len(draws))) - 1])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_bca_is_efrons_formula(seed):
    rng = np.random.default_rng(seed)
    draws, left_out, weights = rng.lognormal(5, 0.4, 999), rng.lognormal(5, 0.01, 30), rng.integers(1, 50, 30)
    estimate = float(np.quantile(draws, 0.4))
    found = bca_limits(draws[:, None], np.array([estimate]), left_out[:, None], weights, 0.9, np.zeros(1))
    assert found[0].tolist() == bca_directly(draws, estimate, left_out, weights, 0.9)


def test_bca_with_infinite_and_undefined_draws():
    draws = np.r_[np.arange(1.0, 90.0), np.full(10, inf)][:, None]
    flat = np.ones((4, 1))
    found = bca_limits(draws, np.array([50.0]), flat, np.ones(4), 0.95, np.zeros(1))
    assert found[0, 0] < 10
    assert found[0, 1] == inf


@pytest.mark.parametrize("odd", [inf, nan])
def test_bca_without_any_number_goes_from_the_count_to_infinity(odd):
    found = bca_limits(np.full((20, 1), odd), np.array([odd]), np.full((4, 1), odd), np.ones(4), 0.95, np.array([7.0]))
    assert found.tolist() == [[7, inf]]


def test_sums_of_draws():
    draws = np.array([[1.0, 2, 3, 4], [1, inf, 3, 4], [nan, 2, 3, 4], [nan, inf, 3, inf]])
    groups = np.array([0, 0, 1, -1])
    found = sum_draws(draws, groups, 3)
    assert np.array_equal(found, [[3, 3, 0], [inf, 3, 0], [nan, 3, 0], [inf, 3, 0]], equal_nan=True)


def test_no_group_at_all_sums_to_nothing():
    assert sum_draws(np.ones((2, 3)), np.full(3, -1), 2).tolist() == [[0, 0], [0, 0]]


@given(st.integers(1, 6), st.lists(st.integers(-1, 3), min_size=1, max_size=12))
def test_sums_of_draws_are_sums(rows, groups):
    draws = np.random.default_rng(rows).normal(size=(rows, len(groups)))
    found = sum_draws(draws, np.array(groups), 4)
    for g in range(4):
        assert found[:, g] == pytest.approx(draws[:, np.array(groups) == g].sum(axis=1))


def test_a_level_is_shared_out_in_proportion():
    values = np.array([[10.0, 20, 6, 30, 0, 9]])  # two rows by three levels, the last one goes
    assert share_out(values, (2, 3), 1, 2).tolist() == [[12, 24, 39, 0]]
    assert share_out(values, (2, 3), 0, 0).tolist() == [
        [pytest.approx(40), pytest.approx(nan, nan_ok=True), pytest.approx(15)]
    ]


def test_nothing_to_share_out_changes_nothing():
    assert share_out(np.array([[3.0, 0, 0], [0, 0, 0]]), (3,), 0, 2).tolist() == [[3, 0], [0, 0]]


@given(
    st.lists(st.sampled_from([3.0, 5.0, 8.0, 8.5, 13.0, np.inf, np.nan]), min_size=9, max_size=39),
    st.sampled_from([5.0, 8.0, 9.0, 100.0]),
    st.sampled_from([0.0, 5.0]),
)
def test_covering_ranks_are_those_of_percentile_limits(values, truth, floor):
    draws, most = np.array(values), len(values) // 2
    held = covering_ranks(draws, truth, floor, most)
    for k in range(1, most + 1):
        level = 1 - 2 * k / (len(draws) + 1)
        low, high = percentile_limits(draws[:, None], level, np.array([floor]))[0]
        assert held[k - 1] == (low <= truth <= high)


def test_one_place_is_one_mode_however_skew():
    """Of 400 laws with one top, at most one is taken for two."""
    rng = np.random.default_rng(5)
    found = 0
    for shape in np.repeat([0.05, 0.3, 0.8, 1.5], 50):
        found += len(modes(1000 + 5000 * rng.lognormal(0, shape, 1000))) > 1
        found += len(modes(2000 / rng.beta(8, 20, 1000))) > 1
    assert found <= 1


def test_two_places_far_apart_are_two_modes():
    rng = np.random.default_rng(6)
    draws = np.concatenate([rng.lognormal(np.log(12_000), 0.1, 700), rng.lognormal(np.log(30_000), 0.1, 300)])
    assert modes(draws) == pytest.approx([12_000, 30_000], rel=0.05)
    # infinite and undefined draws are counted elsewhere
    assert modes(np.concatenate([draws, [np.inf, np.nan]])) == pytest.approx([12_000, 30_000], rel=0.05)


def test_places_close_together_or_with_few_draws_are_one_mode():
    rng = np.random.default_rng(7)
    near = np.concatenate([rng.lognormal(np.log(12_000), 0.02, 500), rng.lognormal(np.log(15_000), 0.02, 500)])
    rare = np.concatenate([rng.lognormal(np.log(12_000), 0.1, 950), rng.lognormal(np.log(40_000), 0.1, 50)])
    assert len(modes(near)) == len(modes(rare)) == 1
    assert modes(np.full(1000, 7.0)) == pytest.approx([7.0])
