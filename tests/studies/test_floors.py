"""Floors: Chao's lower bound as Rcapture gives it, and bounds that hold in populations of known size."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.studies.floors import chao, chao_of_lists, chao_with_covariates, rounded_down, unseen_at_least

# Rcapture 1.4-4, closedp.bc(X, dfreq=TRUE, m="Mh", h="Chao")
RCAPTURE = {
    "artificial-3": 477.428571428571,
    "kosovo-1999": 8796.50594563986,
    "uk-2013-5": 14582.1506976744,
    "netherlands-2010-2015-5": 66491.4220095694,
    "netherlands-2010-2015": 69341.8333333333,
    "uk-2013": 13431.9683195592,
}
LISTS = 4
HISTORIES = np.arange(1 << LISTS)
ON = (HISTORIES[:, None] >> np.arange(LISTS)) & 1


@pytest.mark.parametrize("name", RCAPTURE)
def test_chao_is_that_of_rcapture(name):
    table = example(name)
    assert table.observed[0] + chao(table) == pytest.approx(RCAPTURE[name], rel=1e-9)


def test_two_lists_are_chapmans():
    table = CaptureTable.build(("A", "B"), [1, 2, 3], [100, 50, 20])
    assert chao_of_lists(table) == pytest.approx(100 * 50 / 21)
    assert unseen_at_least(table.dense(), HISTORIES[None, :4] > 0, np.zeros((1, 0))) == pytest.approx([100 * 50 / 20])


def expected(chances: np.ndarray, people: float) -> np.ndarray:
    """Expected counts by history of people with these ``(lists,)`` chances."""
    return people * np.prod(np.where(ON == 1, chances, 1 - chances), axis=1)


def seen(cells: np.ndarray) -> np.ndarray:
    return np.where(HISTORIES > 0, cells, 0.0)[None]


LIVE = (HISTORIES > 0)[None]


def test_lists_of_any_size_without_differences_are_met_exactly():
    cells = expected(np.array([0.3, 0.1, 0.02, 0.2]), 10_000)
    assert unseen_at_least(seen(cells), LIVE, np.zeros((1, 0))) == pytest.approx([cells[0]])


def test_lists_alike_is_no_floor_where_they_differ_in_size():
    cells = np.rint(expected(np.array([0.3, 0.1, 0.02, 0.2]), 100_000))
    table = CaptureTable.build(tuple("ABCD"), HISTORIES[1:], cells[1:])
    assert chao(table) > cells[0] * 1.1
    assert chao_of_lists(table) == pytest.approx(cells[0], rel=0.001)


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_it_is_a_floor_however_people_differ(spread):
    rng = np.random.default_rng(3)
    odds = np.array([0.3, 0.1, 0.02, 0.2])
    cells = sum(
        expected(own / (1 + own), 50.0) for own in (odds * times for times in np.exp(rng.normal(0, spread, 200)))
    )
    found = unseen_at_least(seen(cells), LIVE, np.zeros((1, 0)))[0]
    assert 0.2 * cells[0] < found < cells[0]


def covariate_population() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected counts in four strata of two covariates that raise the odds of every list, and their features."""
    odds, features, cells = np.array([0.3, 0.1, 0.02, 0.2]), [], []
    for sex, age in itertools.product((0, 1), (0, 1)):
        own = odds * np.exp(0.8 * sex - 0.5 * age)
        cells.append(expected(own / (1 + own), 20_000 * (1 + sex + 2 * age)))
        features.append([sex, age])
    return np.array(cells), np.array(features, dtype=float), np.broadcast_to(HISTORIES > 0, (4, 16))


def test_covariates_are_met_exactly_and_leaving_them_out_falls_short():
    cells, features, live = covariate_population()
    y = np.where(live, cells, 0.0)
    assert unseen_at_least(y, live, features) == pytest.approx(cells[:, 0], rel=1e-6)
    together = unseen_at_least(y.sum(axis=0, keepdims=True), live[:1], np.zeros((1, 0)))
    assert together[0] < cells[:, 0].sum() * 0.99


def test_many_small_equal_lists_give_the_truncated_poisson_form():
    # lambda / (2 + lambda) is the share of two among those on one list or two; the dark figure is 1 / (l + l^2 / 2)
    lists = 12
    on = (np.arange(1 << lists)[:, None] >> np.arange(lists)) & 1
    size = on.sum(axis=1)
    cells = np.where(size > 0, 0.02**size * 0.98 ** (lists - size), 0.0) * 1e6
    one, two = cells[size == 1].sum(), cells[size == 2].sum()
    rate = 2 * two / one
    poisson = (one + two) / (rate + rate**2 / 2)
    found = unseen_at_least(cells[None], (size > 0)[None], np.zeros((1, 0)))[0]
    assert found == pytest.approx(poisson * (lists - 1) / lists, rel=0.01)


def with_covariate(levels: tuple[str, ...], doubles: tuple[int, ...]) -> CaptureTable:
    histories, counts, places = [], [], []
    for place, both in enumerate(doubles):
        for history, count in ((1, 40), (2, 30), (3, both)):
            histories.append(history)
            counts.append(count)
            places.append(place)
    return CaptureTable.build(
        ("A", "B"), histories, counts, covariates=[Covariate(name="form", levels=levels)], levels=[np.array(places)]
    )


def test_covariates_that_say_nothing_take_no_part():
    assert chao_with_covariates(with_covariate(("x", "y"), (10, 20)))[1] == ("form",)
    assert chao_with_covariates(with_covariate(("x", "y"), (10, 0)))[1] == ()
    assert chao_with_covariates(with_covariate(("x", NOT_RECORDED), (10, 20)))[1] == ()


def test_two_lists_with_a_covariate_by_hand():
    # the ratio of the lists is the same in both levels: x 40:30, y 40:30, and each level has its own overlap
    unseen, _ = chao_with_covariates(with_covariate(("x", "y"), (10, 20)))
    assert unseen == pytest.approx(40 * 30 / 10 + 40 * 30 / 20)


def test_nobody_on_two_lists():
    found = unseen_at_least(np.array([[0.0, 5, 7, 0]]), HISTORIES[None, :4] > 0, np.zeros((1, 0)))
    assert found.tolist() == [np.inf]


def test_lists_that_were_not_kept_everywhere():
    table = CaptureTable.build(
        ("A", "B", "C"),
        [1, 2, 3, 1, 2, 3, 4],
        [100, 50, 20, 90, 60, 15, 8],
        covariates=[Covariate(name="year", levels=("2018", "2019"))],
        levels=[np.array([0, 0, 0, 1, 1, 1, 1])],
        operating=np.array([[True, True, False], [True, True, True]]),
    )
    year = chao_of_lists(CaptureTable.build(("A", "B", "C"), [1, 2, 3, 4], [90, 60, 15, 8]))
    assert chao_of_lists(table) == pytest.approx(100 * 50 / 21 + year)


def test_a_floor_is_rounded_down():
    assert [rounded_down(value) for value in (13_358.2, 408.9, 7.9, np.inf)] == [13_300, 408, 7, np.inf]


def test_a_direction_that_runs_off_sets_no_floor():
    """Two lists that share nobody among those of one of them: the likelihood rises for ever, and no number stands."""
    y = np.array([[0, 12, 0, 0, 0, 0, 0, 0], [0, 20, 15, 6, 0, 0, 0, 0]], dtype=float)
    live = np.array([[0, 1, 1, 1, 1, 1, 1, 1]] * 2, dtype=bool)
    alone = unseen_at_least(y[:1], live[:1], np.zeros((1, 0)))
    assert np.isinf(alone).all()
    split = unseen_at_least(y, live, np.array([[0.0], [1.0]]))
    assert np.isinf(split[0])
    assert np.isfinite(split[1])
