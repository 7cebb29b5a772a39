"""Bounds on the dark figure from bounds on odds ratios, against closed forms and a slow search; odds ratios."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, NonlinearConstraint, brentq, minimize

from darknumber.kernels import odds
from darknumber.kernels.identification import (
    Range,
    all_lists_row,
    exact_range,
    likely_range,
    odds_ratio,
    pair_rows,
    ratios,
)

INF = np.inf
DROP = 3.841458820694124 / 2
TWO = np.array([0.0, 60, 40, 20])
THREE = np.array([0.0, 50, 40, 12, 30, 9, 6, 4])  # 1 and 2 and both, 4 is the third list only


def test_ratios_of_pairs_and_of_all_lists_by_hand():
    pairs, rows = pair_rows(3)
    assert pairs == [(0, 1), (0, 2), (1, 2)]
    assert ratios(THREE, rows) == pytest.approx([50 * 40 / 12, 50 * 30 / 9, 40 * 30 / 6])
    assert ratios(THREE, all_lists_row(3)) == pytest.approx([50 * 40 * 30 * 4 / (12 * 9 * 6)])


def test_ratios_with_empty_cells():
    rows = pair_rows(2)[1]
    assert ratios(np.array([0.0, 60, 40, 0]), rows)[0] == INF
    assert ratios(np.array([0.0, 0, 40, 20]), rows)[0] == 0
    assert np.isnan(ratios(np.array([0.0, 0, 40, 0]), rows)[0])
    assert ratios(np.array([INF, 60, 40, 20]), rows)[0] == pytest.approx(120)


def test_two_lists_as_the_closed_form_has_them():
    assert exact_range(TWO, pair_rows(2)[1], (0.5, 2.0)) == pytest.approx((60.0, 240.0, True))
    assert exact_range(TWO, pair_rows(2)[1], (1.0, INF)) == pytest.approx((120.0, INF, True))


def test_three_lists_take_the_tightest_pair():
    found = exact_range(THREE, pair_rows(3)[1], (0.5, 2.0))
    assert found.lower == pytest.approx(0.5 * 200)
    assert found.upper == pytest.approx(2 * 50 * 30 / 9)
    assert found.possible
    assert not exact_range(THREE, pair_rows(3)[1], (0.95, 1.05)).possible


def closed_two_lists(sign: float) -> float:
    """The lowest or highest ``mu_1 mu_2 / mu_12`` within the drop: at ``x - k a`` for one multiplier k."""
    a, x = sign * np.array([1.0, 1, -1]), TWO[1:]

    def beyond(k: float) -> float:
        mu = x - k * a
        return float(np.sum(mu - x - x * np.log(mu / x))) - DROP

    k = brentq(beyond, 0.0, 39.999 if sign > 0 else 19.999)
    mu = x - k * a
    return float(mu[0] * mu[1] / mu[2])


def test_the_likely_range_of_two_lists_is_exact():
    found = likely_range(TWO, pair_rows(2)[1], (0.5, 2.0), DROP)
    assert found.lower == pytest.approx(0.5 * closed_two_lists(1.0), rel=1e-5)
    assert found.upper == pytest.approx(2 * closed_two_lists(-1.0), rel=1e-5)


def slow(counts: np.ndarray, bounds: tuple[float, float], sign: float) -> float:
    """The same by a general optimiser from several starts."""
    rows = pair_rows(3)[1]
    used = np.abs(rows).sum(axis=0) > 0
    x, rows = counts[used], rows[:, used]
    best = np.sum(x - x * np.log(x))

    def left(z: np.ndarray) -> float:
        return DROP - (np.sum(np.exp(z[:-1]) - x * z[:-1]) - best)

    linear = LinearConstraint(np.hstack([-rows, np.ones((3, 1))]), np.log(bounds[0]), np.log(bounds[1]))
    found = []
    for seed in range(4):
        start = np.append(np.log(x), 5.0) + np.random.default_rng(seed).normal(0, 0.05, len(x) + 1)
        answer = minimize(
            lambda z: sign * z[-1],
            start,
            method="SLSQP",
            constraints=[linear, NonlinearConstraint(left, 0, np.inf)],
            options={"maxiter": 500, "ftol": 1e-12},
        )
        if left(answer.x) > -1e-6:
            found.append(sign * answer.fun)
    return float(np.exp(min(found) if sign > 0 else max(found)))


@pytest.mark.parametrize("bounds", [(0.5, 2.0), (1.0, 1.6), (0.2, 10.0)])
def test_the_likely_range_of_three_lists_is_that_of_a_general_optimiser(bounds):
    found = likely_range(THREE, pair_rows(3)[1], bounds, DROP)
    assert found.possible
    assert found.lower == pytest.approx(slow(THREE, bounds, 1.0), rel=1e-4)
    assert found.upper == pytest.approx(slow(THREE, bounds, -1.0), rel=1e-4)


def test_bounds_that_the_data_contradict_are_told():
    counts = np.array([0.0, 500, 400, 200, 300, 2, 100, 40])
    assert not likely_range(counts, pair_rows(3)[1], (0.9, 1.1), DROP).possible
    assert likely_range(counts, pair_rows(3)[1], (0.001, 1000.0), DROP).possible


def test_empty_cells_leave_an_end_open():
    rows = pair_rows(2)[1]
    nobody_on_both = likely_range(np.array([0.0, 60, 40, 0]), rows, (0.5, 2.0), DROP)
    assert 0 < nobody_on_both.lower < INF
    assert nobody_on_both.upper == INF
    all_on_the_second = likely_range(np.array([0.0, 0, 40, 20]), rows, (0.5, 2.0), DROP)
    assert all_on_the_second.lower == 0
    assert 0 < all_on_the_second.upper < INF
    assert likely_range(TWO, rows, (0.0, INF), DROP) == Range(0.0, INF, True)


def test_all_lists_together_without_doubt_is_the_closed_form():
    row = all_lists_row(3)
    value = 50 * 40 * 30 * 4 / (12 * 9 * 6)
    found = likely_range(THREE, row, (0.5, 2.0), 1e-9)
    assert found.lower == pytest.approx(value / 2, rel=1e-3)
    assert found.upper == pytest.approx(value * 2, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 200), min_size=7, max_size=7),
    st.floats(0.1, 1.0),
    st.floats(1.1, 20.0),
)
def test_wider_bounds_and_more_doubt_never_narrow_the_range(counts, least, most):
    table, rows = np.array([0.0, *counts]), pair_rows(3)[1]
    inner = likely_range(table, rows, (least, most), DROP)
    outer = likely_range(table, rows, (least / 2, most * 2), DROP)
    doubt = likely_range(table, rows, (least, most), 2 * DROP)
    exact = exact_range(table, rows, (least, most))
    for wider in (outer, doubt):
        if inner.possible:
            assert wider.possible
            assert wider.lower <= inner.lower * (1 + 1e-4)
            assert wider.upper >= inner.upper * (1 - 1e-4)
    if exact.possible and exact.lower < exact.upper:
        assert inner.possible
        assert inner.lower <= exact.lower * (1 + 1e-4) + 1e-9
        assert inner.upper >= exact.upper * (1 - 1e-4)


def test_odds_ratio_of_one_table_has_woolfs_limits():
    found = odds_ratio(np.array([[20.0, 40, 60, 200]]), 0.95)
    assert found.estimate == pytest.approx(20 * 200 / (40 * 60))
    spread = np.sqrt(1 / 20 + 1 / 40 + 1 / 60 + 1 / 200)
    assert found.upper / found.estimate == pytest.approx(np.exp(1.959964 * spread), rel=1e-5)
    assert found.lower * found.upper == pytest.approx(found.estimate**2)


def test_odds_ratio_holds_strata_apart():
    # each stratum is independent; together they are not, because one has more of both marks
    tables = np.array([[100.0, 100, 100, 100], [1, 10, 10, 100]])
    assert odds_ratio(tables, 0.95).estimate == pytest.approx(1.0)
    together = tables.sum(axis=0)
    assert together[0] * together[3] / (together[1] * together[2]) > 1.5


def test_an_odds_ratio_of_nought_or_infinity_has_exact_limits():
    assert odds_ratio(np.array([[0.0, 40, 20, 2314]]), 0.95) == odds.odds_ratio(0, 40, 20, 2314)
    assert odds_ratio(np.array([[12.0, 6, 0, 41]]), 0.95) == odds.odds_ratio(12, 6, 0, 41)
    assert np.isnan(odds_ratio(np.zeros((1, 4)), 0.95).estimate)
