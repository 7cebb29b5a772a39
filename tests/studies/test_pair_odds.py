"""The odds ratio of two lists among people on other lists: by hand, and the same wherever it is shown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.kernels.odds import odds_ratio
from darknumber.models.base import expected_cells
from darknumber.studies.audit import audit_pairs
from darknumber.studies.identification import pairs_of
from darknumber.studies.pair_odds import odds_of, two_by_two


def two_years(first: list[int], second: list[int], operating: np.ndarray | None = None) -> CaptureTable:
    """Counts of the histories 1 to 7 of three lists, in two years."""
    return CaptureTable.build(
        ("A", "B", "C"),
        [*range(1, 8), *range(1, 8)],
        [*first, *second],
        covariates=[Covariate(name="year", levels=("2018", "2019"))],
        levels=[np.repeat([0, 1], 7)],
        operating=operating,
    )


def test_the_four_sides_are_counted_by_stratum():
    table = two_years([50, 40, 12, 30, 9, 6, 4], [80, 70, 30, 40, 15, 9, 8])
    assert two_by_two(table, 0, 1, [2]).tolist() == [[4, 9, 6, 30], [8, 15, 9, 40]]
    assert two_by_two(table, 1, 2, [0]).tolist() == [[4, 12, 9, 50], [8, 30, 15, 80]]


def test_people_on_any_other_list_and_on_each():
    table = example("kosovo-1999")
    y = table.dense()[0]
    any_other = two_by_two(table, 0, 1, [2, 3])
    on_third, on_fourth = (two_by_two(table, 0, 1, [k]) for k in (2, 3))
    assert any_other.sum() == y[4:].sum()
    assert on_third.sum() + on_fourth.sum() - y[12:].sum() == any_other.sum()


def test_nobody_counts_where_a_list_was_not_kept():
    kept = np.array([[True, True, True], [True, False, True]])
    table = two_years([50, 40, 12, 30, 9, 6, 4], [80, 0, 0, 40, 15, 0, 0], kept)
    assert two_by_two(table, 0, 1, [2]).tolist() == [[4, 9, 6, 30], [0, 0, 0, 0]]
    assert two_by_two(table, 0, 2, [1]).sum() == 62  # 2018 only: nobody in 2019 was on B


def test_one_stratum_is_exact():
    assert odds_of(np.array([[4, 9, 6, 30]]), 0.9) == odds_ratio(4, 9, 6, 30, level=0.9)


def test_strata_that_tell_nothing_change_nothing():
    # where nobody is on the first list, or everybody is on the second, the sides are what they must be
    alone = odds_of(np.array([[4, 9, 6, 30]]), 0.95)
    assert odds_of(np.array([[4, 9, 6, 30], [0, 0, 50, 900], [7, 0, 8, 0], [0, 0, 0, 0]]), 0.95) == alone
    nothing = odds_of(np.array([[0, 0, 50, 900], [80, 7, 0, 0]]), 0.95)
    assert math.isnan(nothing.estimate)
    assert (nothing.lower, nothing.upper) == (0.0, math.inf)


def test_two_strata_by_hand():
    cells = np.array([[4, 9, 6, 30], [8, 15, 9, 40]])
    found = odds_of(cells, 0.95)
    assert found.estimate == pytest.approx((4 * 30 / 49 + 8 * 40 / 72) / (9 * 6 / 49 + 15 * 9 / 72))
    assert found.lower < found.estimate < found.upper
    assert math.sqrt(found.lower * found.upper) == pytest.approx(found.estimate)


def test_years_with_more_people_on_both_lists_make_no_dependence():
    # in each year the two lists are independent; over both years together they seem to go together
    cells = np.array([[100, 100, 100, 100], [1, 10, 10, 100]])
    found = odds_of(cells, 0.95)
    assert found.estimate == pytest.approx(1.0)
    assert found.lower < 1 < found.upper
    assert odds_ratio(*cells.sum(axis=0).tolist()).lower > 1


@pytest.mark.parametrize("name", ["uk-2013-5", "korea", "kosovo-1999"])
def test_check_and_sensitivity_show_the_same_numbers(name):
    table = example(name)
    answer = estimate(table, "independence", "lognormal")
    shown = {pair.lists: pair.observed for pair in pairs_of(answer, table, expected_cells(answer.fits[0]))}
    assert shown == {pair.lists: pair.odds for pair in audit_pairs(table)}


def test_with_strata_they_show_the_same_numbers_too():
    table = two_years([50, 40, 12, 30, 9, 6, 4], [80, 70, 30, 40, 15, 9, 8])
    answer = estimate(table, "stratified(independence, by=year)", "bootstrap(replicates=5)")
    shown = {pair.lists: pair.observed for pair in pairs_of(answer, table, expected_cells(answer.fits[0]))}
    checked = {pair.lists: pair for pair in audit_pairs(table)}
    assert shown == {lists: pair.odds for lists, pair in checked.items()}
    assert checked["A", "B"].others == (12, 24, 15, 70)  # people are counted over all years
    assert checked["A", "B"].odds != odds_ratio(12, 24, 15, 70)


def test_the_united_kingdom():
    # 2,212 people on PFNCA, GO or GP; SciPy's conditional odds ratio has these limits
    pair = audit_pairs(example("uk-2013-5"))[0]
    assert (pair.lists, pair.others) == (("LA", "NG"), (3, 22, 86, 2101))
    assert pair.odds is not None
    assert (pair.odds.lower, pair.odds.upper) == pytest.approx((0.625869, 11.401224), rel=1e-6)
