"""The odds ratio of all lists together: the curve, its limits and what it crosses, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.kernels.summaries import percentile_limits
from darknumber.models.base import expected_cells
from darknumber.studies.dial import Dial, crossing_of, implied_by, interval_at, lever_of, shifted, turn

FAST = "bootstrap(replicates=60)"
COUNTS = {
    2: [0, 100, 50, 20],
    3: [0, 60, 50, 12, 40, 9, 8, 6],
    4: [0, 90, 80, 30, 70, 25, 22, 14, 60, 20, 18, 11, 15, 9, 8, 7],
}


def table_of(counts: list[int]) -> CaptureTable:
    lists = "ABCDEF"[: len(counts).bit_length() - 1]
    return CaptureTable.build(tuple(lists), range(1, len(counts)), counts[1:])


def saturated(counts: list[int]) -> float:
    """The dark figure if all lists together do not depend on each other, with every other term in the model."""
    dark = 1.0
    for history, count in enumerate(counts[1:], start=1):
        dark *= count if history.bit_count() % 2 else 1 / count
    return dark


def all_but_the_last(lists: str) -> str:
    if len(lists) == 2:
        return "log-linear"
    sides = [":".join(name for name in lists if name != left) for left in lists]
    return f"log-linear(terms='{' + '.join(sides)}')"


def answer(counts: list[int]) -> Estimates:
    table = table_of(counts)
    return estimate(table, all_but_the_last("".join(table.lists)), FAST, seed=1)


def turned(estimates: Estimates, threshold: float | None = None) -> Dial:
    fit = estimates.fits[0]
    return turn(
        estimates.total(), expected_cells(fit), fit.data.operating, declared=2.0, reach=4.0, threshold=threshold
    )


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_the_curve_by_hand(lists):
    counts = COUNTS[lists]
    n, dark = sum(counts), saturated(counts)
    found = answer(counts)
    assert found.unobserved[0] == pytest.approx(dark, rel=1e-6)
    dial = turned(found)
    assert dial.lists == lists
    assert dial.implied == pytest.approx(1.0, rel=1e-6)
    sign = 1 if lists % 2 == 0 else -1
    assert dial.estimate == pytest.approx(n + dial.xi**sign * dark, rel=1e-6)
    assert dial.xi[[0, 20, 40]] == pytest.approx([0.25, 1.0, 4.0])
    lower, upper = found.limits[0]
    assert dial.lower == pytest.approx(n + dial.xi**sign * (lower - n))
    assert dial.upper == pytest.approx(n + dial.xi**sign * (upper - n))
    assert dial.ends == pytest.approx((n + dark / 2, n + 2 * dark), rel=1e-6)
    assert dial.interval == pytest.approx((n + (lower - n) / 2, n + 2 * (upper - n)))


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_a_table_with_that_odds_ratio_is_answered_where_the_curve_says(lists):
    # the expected counts of a population whose odds ratio of all lists is 3: the curve at 3 must hit its size
    rng = np.random.default_rng(lists)
    logs = np.log(rng.uniform(200, 900, 1 << lists))
    signs = np.array([(-1) ** (lists - h.bit_count()) for h in range(1 << lists)])
    logs += signs * (np.log(3.0) - signs @ logs) / (1 << lists)
    assert np.exp(signs @ logs) == pytest.approx(3.0)
    cells = np.exp(logs)
    n, dark = cells[1:].sum(), saturated([0, *cells[1:]])
    times = 3.0 if lists % 2 == 0 else 1 / 3.0
    assert shifted(n, n + dark, times) == pytest.approx(cells.sum())
    assert implied_by(cells[None], np.ones((1, lists), dtype=bool)) == pytest.approx(3.0)


@pytest.mark.parametrize("lists", [2, 3])
def test_where_a_threshold_is_crossed(lists):
    found = answer(COUNTS[lists])
    n, dark = float(found.observed[0]), float(found.unobserved[0])
    dial = turned(found, n + 1.5 * dark)
    assert dial.crossing is not None
    assert dial.crossing.times == pytest.approx(1.5)
    assert dial.crossing.estimate == pytest.approx(1.5 if lists == 2 else 1 / 1.5)
    ends = {"estimate": n + dark, "lower": found.limits[0, 0], "upper": found.limits[0, 1]}
    for name, value in ends.items():
        at = getattr(dial.crossing, name)
        assert n + (value - n) * (at if lists == 2 else 1 / at) == pytest.approx(n + 1.5 * dark)


def test_what_is_infinite_or_in_view_is_never_crossed():
    found = estimate(example("artificial-3"), "log-linear(terms='A:B')", FAST)
    assert crossing_of(found.total(), 500.0, 3).estimate is None
    fine = answer(COUNTS[2])
    assert crossing_of(fine.total(), float(fine.observed[0]), 2).estimate is None


def test_the_interval_at_a_factor():
    assert interval_at(100.0, (150.0, 300.0), 2.0) == (125.0, 500.0)
    assert interval_at(100.0, (150.0, 300.0), 0.5) == (125.0, 500.0)
    assert interval_at(100.0, (100.0, np.inf), 4.0) == (100.0, np.inf)


def test_lists_that_were_not_kept_decide_what_the_odds_ratio_does():
    operating = np.array([[True, True, True], [True, True, False]])
    cells = np.zeros((2, 8))
    cells[0] = np.exp(np.linspace(3, 5, 8))
    cells[1, :4] = [40, 100, 50, 20]
    implied = implied_by(cells[1:], operating[1:])
    assert implied == pytest.approx(40 * 20 / (100 * 50))
    assert np.isnan(implied_by(np.where(np.arange(8) == 7, 0, cells[:1]), operating[:1]))
    found = answer(COUNTS[3])
    mixed = turn(found.total(), cells, operating, declared=2.0, reach=4.0, threshold=None)
    assert mixed.lists is None
    assert (np.diff(mixed.estimate) > 0).all()


@pytest.fixture(scope="module")
def by_sex() -> Estimates:
    rows = [(1, 60), (2, 50), (3, 12), (4, 40), (5, 9), (6, 8), (7, 6)]
    people = [count for _, count in rows] + [2 * count + 3 for _, count in rows]
    table = CaptureTable.build(
        ("A", "B", "C"),
        [history for history, _ in rows] * 2,
        people,
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.repeat([0, 1], len(rows))],
    )
    return estimate(table, "stratified(independence, by=sex)", FAST, seed=2)


def test_a_lever_moves_its_own_strata_draw_by_draw(by_sex):
    lever = lever_of(by_sex, np.array([True, False]))
    found, lower, upper = lever.at(3.0)
    n, dark = by_sex.observed, by_sex.unobserved
    assert found == pytest.approx(n.sum() + 3 * dark[0] + dark[1])
    draws = n.sum() + 3 * (by_sex.draws[:, 0] - n[0]) + by_sex.draws[:, 1] - n[1]
    assert [[lower, upper]] == pytest.approx(percentile_limits(draws[:, None], 0.95, np.array([n.sum()])))
    whole = by_sex.total()
    assert lever.at(1.0) == pytest.approx((float(whole.estimate[0]), *whole.limits[0]))


def test_a_lever_on_everything_moves_the_limits(by_sex):
    lever = lever_of(by_sex, np.array([True, True]))
    assert lever.parts is None
    whole = by_sex.total()
    n = float(whole.observed[0])
    assert lever.at(2.0) == pytest.approx(
        (n + 2 * float(whole.unobserved[0]), *(n + 2 * (float(limit) - n) for limit in whole.limits[0]))
    )


def test_a_lever_keeps_bca_limits(by_sex):
    bca = estimate(by_sex.fits[0].data, "stratified(independence, by=sex)", "bootstrap(replicates=60, limits=bca)")
    lever = lever_of(bca, np.array([True, False]))
    whole = bca.total()
    assert lever.at(1.0) == pytest.approx((float(whole.estimate[0]), *whole.limits[0]))
    assert lever.at(2.0) != pytest.approx(lever_of(replace(bca, jackknife=None), np.array([True, False])).at(2.0))
