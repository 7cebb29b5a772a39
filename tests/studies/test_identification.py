"""Pairs of lists among the unseen, and what bounds on their dependence leave, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.kernels.identification import likely_range, pair_rows
from darknumber.kernels.odds import odds_ratio
from darknumber.models.base import expected_cells
from darknumber.studies.identification import Pair, bounds_of, ends_of_scale, pairs_of, with_points

FAST = "bootstrap(replicates=60)"
DROP = 3.841458820694124 / 2
COUNTS = [50, 40, 12, 30, 9, 6, 4]
THREE = CaptureTable.build(("A", "B", "C"), range(1, 8), COUNTS)


def pairs(table: CaptureTable, model: str) -> tuple[Pair, ...]:
    found = estimate(table, model, FAST, seed=1)
    return with_points(pairs_of(found, table, expected_cells(found.fits[0])))


@pytest.fixture(scope="module")
def dependent() -> tuple[Pair, ...]:
    return pairs(THREE, "log-linear(terms='A:B + A:C + B:C')")


def test_the_odds_ratio_of_a_pair_by_hand(dependent):
    # with every pair in the model the counts are met exactly; the dark figure is 50*40*30*4 / (12*9*6)
    dark = 50 * 40 * 30 * 4 / (12 * 9 * 6)
    assert [pair.lists for pair in dependent] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert [pair.implied for pair in dependent] == pytest.approx(
        [dark * 12 / (50 * 40), dark * 9 / (50 * 30), dark * 6 / (40 * 30)], rel=1e-6
    )
    assert [pair.independent[0] for pair in dependent] == pytest.approx(
        [151 + 50 * 40 / 12, 151 + 50 * 30 / 9, 151 + 40 * 30 / 6], rel=1e-6
    )


def test_independent_lists_have_an_odds_ratio_of_one():
    for pair in pairs(THREE, "independence"):
        assert pair.implied == pytest.approx(1.0, rel=1e-6)
        assert pair.independent == pytest.approx(pair.at(1.0))


def test_the_observed_odds_ratio_is_that_of_people_on_another_list(dependent):
    first = dependent[0]  # of the people on C: 4 on both A and B, 9 on A, 6 on B, 30 on neither
    assert first.observed == odds_ratio(4, 9, 6, 30)
    assert [name for name, _ in first.given] == ["C"]
    assert first.given[0][1] == first.observed
    assert first.people == 4


def test_the_curve_of_a_pair_is_a_straight_line_in_its_odds_ratio(dependent):
    first = dependent[0]
    for odds in (0.5, 1.0, 3.0):
        assert first.at(odds)[0] == pytest.approx(151 + odds * 50 * 40 / 12, rel=1e-6)
    assert first.at(first.implied)[0] == pytest.approx(151 + 50 * 40 * 30 * 4 / (12 * 9 * 6), rel=1e-6)


def test_the_scale_is_made_by_pairs_that_many_people_show():
    found = pairs(example("kosovo-1999"), "independence")
    strongest, weakest = ends_of_scale(found)
    values = {pair.lists: pair.observed.estimate for pair in found}
    assert strongest.pair.lists == ("ABA", "OSCE") == max(values, key=values.get)
    assert strongest.odds == values[("ABA", "OSCE")]
    assert weakest.odds == min(values.values())
    assert all(pair.strongest == pair.at(strongest.odds) for pair in found)


def test_an_infinite_odds_ratio_counts_as_its_lower_limit():
    found = pairs(example("korea"), "independence")
    strongest, weakest = ends_of_scale(found)
    assert np.isinf(strongest.pair.observed.estimate)
    assert strongest.odds == strongest.pair.observed.lower
    assert weakest.odds == weakest.pair.observed.estimate == odds_ratio(12, 54, 6, 5).estimate


def test_few_people_make_no_scale():
    table = CaptureTable.build(("A", "B", "C"), range(1, 8), [50, 40, 12, 30, 2, 3, 1])
    assert ends_of_scale(pairs(table, "independence")) == (None, None)
    assert pairs(table, "independence")[0].strongest is None


def test_two_lists_have_no_pairs_of_their_own():
    assert pairs(CaptureTable.build(("A", "B"), [1, 2, 3], [50, 40, 20]), "lincoln-petersen") == ()


def two_years(operating: np.ndarray | None = None) -> CaptureTable:
    kept = 7 if operating is None else 3
    return CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8), *range(1, kept + 1)],
        [*COUNTS, *([80, 70, 30, 40, 15, 9, 8][:kept])],
        covariates=[Covariate(name="year", levels=("2018", "2019"))],
        levels=[np.repeat([0, 1], [7, kept])],
        operating=operating,
    )


def test_strata_have_one_odds_ratio_in_common():
    table = two_years()
    found = pairs(table, "stratified(log-linear(terms='A:B + A:C + B:C'), by=year)")
    dark = np.array([50 * 40 * 30 * 4 / (12 * 9 * 6), 80 * 70 * 40 * 8 / (30 * 15 * 9)])
    at_one = np.array([50 * 40 / 12, 80 * 70 / 30])
    assert found[0].implied == pytest.approx(dark.sum() / at_one.sum(), rel=1e-6)
    assert found[0].independent[0] == pytest.approx(table.observed.sum() + at_one.sum(), rel=1e-6)
    up, down = 4 * 30 / 49 + 8 * 40 / 72, 9 * 6 / 49 + 15 * 9 / 72  # of those on C, year by year
    assert found[0].observed.estimate == pytest.approx(up / down)


def test_a_pair_moves_only_the_strata_where_both_were_kept():
    operating = np.array([[True, True, True], [True, True, False]])
    table = two_years(operating)
    found = estimate(table, "stratified(independence, by=year)", FAST, seed=1)
    cells = expected_cells(found.fits[0])
    by_name = {pair.lists: pair for pair in pairs_of(found, table, cells)}
    n, dark = table.observed.sum(), found.unobserved
    with_third = by_name["A", "C"]
    assert with_third.implied == pytest.approx(1.0, rel=1e-6)
    assert with_third.at(2.0)[0] == pytest.approx(n + 2 * dark[0] + dark[1])
    assert by_name["A", "B"].at(2.0)[0] == pytest.approx(n + 2 * dark.sum())


def test_bounds_of_two_lists_are_the_closed_form():
    table = CaptureTable.build(("A", "B"), [1, 2, 3], [60, 40, 20])
    (found,) = bounds_of(table, (0.5, 2.0), 2.0, 0.95)
    assert found.exact == pytest.approx((120 + 60, 120 + 240))
    assert 120 < found.likely[0] < 180
    assert found.likely[1] > 360
    assert found.binding == ("A", "B")


def test_at_least_independent_is_a_lower_bound():
    found, every = bounds_of(THREE, (1.0, np.inf), 2.0, 0.95)
    assert found.exact == pytest.approx((151 + 40 * 30 / 6, np.inf))
    assert found.likely[0] < found.exact[0]
    assert found.likely[1] == np.inf
    assert found.binding == ("A", "B")  # B and C would say more, but with more doubt
    value = 50 * 40 * 30 * 4 / (12 * 9 * 6)
    assert every.what == "all lists"
    assert every.exact == pytest.approx((151 + value / 2, 151 + value * 2))


def test_a_bound_that_the_data_contradict():
    table = CaptureTable.build(("A", "B", "C"), range(1, 8), [500, 400, 200, 300, 2, 100, 40])
    found, _ = bounds_of(table, (0.9, 1.1), 2.0, 0.95)
    assert not found.possible
    assert np.isnan(found.likely).all()


def test_lists_that_were_not_kept_everywhere_add_up():
    operating = np.array([[True, True, True], [True, True, False]])
    found, _ = bounds_of(two_years(operating), (1.0, np.inf), 2.0, 0.95)
    assert found.exact[0] == pytest.approx(151 + 180 + 40 * 30 / 6 + 80 * 70 / 30)
    assert found.binding == ()


@pytest.mark.parametrize(("odds", "least_often"), [((1.5, 4.0, 4.0), 95), ((1.5, 1.5, 1.5), 88)])
def test_the_lower_bound_holds_as_often_as_it_says(odds, least_often):
    # lists that help each other, one pair or all of them just as much as the bound says; with all of them at the bound
    # the largest of three doubtful bounds is taken, and it holds a little less often
    rng = np.random.default_rng(5)
    logs = np.array([7.0, 5.6, 5.4, 0, 5.2, 0, 0, 6.0])
    for (i, j), value in zip(((1, 2), (1, 4), (2, 4)), odds, strict=True):
        logs[i | j] = logs[i] + logs[j] - logs[0] + np.log(value)
    cells, rows = np.exp(logs), pair_rows(3)[1]
    lowest = [likely_range(rng.poisson(cells), rows, (1.5, np.inf), DROP).lower for _ in range(100)]
    assert np.sum(np.array(lowest) <= cells[0]) >= least_often
