"""Whom the answer hangs on: by hand, by trying everybody, and what is known of the published tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.kernels.verdicts import NOT_IDENTIFIED
from darknumber.models import Average, Best, Heterogeneity, LincolnPetersen, LogLinear, Stratified
from darknumber.studies.influence import EVERY, LADDER, MOST_CELLS, MOVED, can_leave_out, influence_of
from tests.oracles import random_table

TWO = CaptureTable.build("AB", [1, 2, 3], [60, 45, 9])


def petersen(only_a, only_b, both):
    return only_a + only_b + both + only_a * only_b / both


def test_two_lists_by_hand():
    found = influence_of(LincolnPetersen().fit(TWO))
    assert found.people.tolist() == [60, 45, 9]
    without = [petersen(59, 45, 9), petersen(60, 44, 9), petersen(60, 45, 8)]
    assert found.without_one == pytest.approx(without)
    mean = (60 * without[0] + 45 * without[1] + 9 * without[2]) / 114
    spread = sum(n * (value - mean) ** 2 for n, value in zip([60, 45, 9], without, strict=True))
    assert found.jackknife == pytest.approx(np.sqrt(113 / 114 * spread))
    assert np.isnan(found.without_count).all()  # with two lists, no count can be told from the others


def test_the_fewest_people_are_the_fewest_there_are():
    """Of two lists, by trying every group of people."""
    found = influence_of(LincolnPetersen().fit(TWO))
    whole = petersen(60, 45, 9)
    fewest = {-1: 1000, 1: 1000}
    for a, b, both in product(range(30), range(30), range(9)):
        estimate = petersen(60 - a, 45 - b, 9 - both)
        sign = -1 if estimate <= whole * (1 - MOVED) else 1 if estimate >= whole * (1 + MOVED) else 0
        if sign:
            fewest[sign] = min(fewest[sign], a + b + both)
    assert found.more.people == fewest[1] == found.fewest.people
    assert found.more.histories == (3,)
    assert found.more.estimate == pytest.approx(petersen(60, 45, 9 - found.more.people))
    steps = [size for size in LADDER if size >= fewest[-1]]
    assert found.fewer.people in steps[:2]  # those who move it most now need not be so when some of them are out


def test_one_of_two_people_flips_the_best_model_of_the_united_kingdom():
    """METHODS 1b, A8: of 2,744 people two, each by themselves, nearly halve the estimate."""
    fit = Best().fit(example("uk-2013-5"))
    assert fit.estimate[0] == pytest.approx(22991.3, abs=0.1)
    found = influence_of(fit)
    flips = found.without_one < 0.6 * fit.estimate[0]
    assert found.people[flips].tolist() == [1, 1]
    assert found.without_one[flips] == pytest.approx([12258.6, 12320.0], abs=0.1)
    assert (np.abs(found.without_one[~flips] / fit.estimate[0] - 1) < 0.03).all()
    assert found.fewest.people == 1
    assert found.fewest.estimate == pytest.approx(12258.6, abs=0.1)
    fixed = influence_of(LogLinear(fit.terms).fit(example("uk-2013-5")))
    assert found.jackknife > 2 * fixed.jackknife  # a jackknife that chooses again is unstable


def test_the_netherlands_rest_on_seven_people():
    """METHODS 4.5: the best model has a term of three lists with seven people on all of them."""
    table = example("netherlands-2010-2015")
    fit = Best(max_order=3).fit(table)
    assert fit.estimate[0] == pytest.approx(143603, abs=1)
    assert "O:P:Z" in fit.terms
    on = sum(1 << table.lists.index(name) for name in "OPZ")
    y = table.dense()[0]
    assert y[(np.arange(len(y)) & on) == on].sum() == 7
    found = influence_of(fit)
    assert found.fewest.people < 10  # of 8,234: without so few the answer is a fifth higher
    assert found.fewest.estimate >= (1 + MOVED) * fit.estimate[0]


def test_a_count_that_is_not_known_is_filled_in_by_the_others():
    """The slow way: put in what the model expects, fit again, and so on (EM)."""
    model = LogLinear("LA:NG + NG:GP")
    fit = model.fit(example("uk-2013-5"))
    found = influence_of(fit)
    for row in np.flatnonzero(found.people <= 20)[:5]:
        y = fit.data.dense()
        for _ in range(200):
            y[0, found.history[row]] = model.refit_cells(fit, y[None])[0, 0, found.history[row]]
        again = model.refit(fit, y[None])
        assert found.predicted[row] == pytest.approx(y[0, found.history[row]], rel=1e-4, abs=1e-6)
        assert found.without_count[row] == pytest.approx(2744 + again.unobserved[0, 0], rel=1e-4)


def test_groups_are_what_they_say():
    """Taking those people out of the table gives that estimate, whatever the model."""
    table = example("uk-2013-5")
    fit = Average().fit(table)
    found = influence_of(fit)
    for group in (found.fewer, found.more):
        y, left = table.dense(), float(group.people)
        for history in group.histories:
            taken = min(left, y[0, history])
            y[0, history] -= taken
            left -= taken
        assert left == 0
        again = fit.model.refit(fit, y[None])
        assert group.estimate == pytest.approx(float(again.observed[0, 0] + again.unobserved[0, 0]))
        assert abs(group.estimate / fit.estimate[0] - 1) >= MOVED


def test_nobody_moves_an_answer_that_rests_on_many():
    table = CaptureTable.build("ABC", range(1, 8), [3000, 3000, 3000, 3000, 3000, 3000, 3000])
    found = influence_of(LogLinear().fit(table))
    assert found.fewest is None


def test_one_person_less_can_mean_no_upper_limit():
    found = influence_of(Average().fit(example("korea")))
    assert np.isposinf(found.without_one).any()
    assert found.more.people == 1
    assert np.isposinf(found.more.estimate)
    assert np.isposinf(found.jackknife)


def test_strata_are_taken_together_and_the_largest_counts_left_out():
    table = random_table(np.random.default_rng(3), lists=3, levels=(3, 4), people=6000.0)
    fit = LogLinear("A:u").fit(table)
    found = influence_of(fit)
    every = found.stratum == EVERY
    assert found.history[every].tolist() == list(range(1, 8))
    assert found.people[every].tolist() == table.dense().sum(axis=0)[1:].tolist()
    assert (~every).sum() == MOST_CELLS
    assert np.isnan(found.without_one[~every]).all()
    row = int(np.flatnonzero(every)[2])
    y = table.dense()
    less = y.copy()
    less[:, 3] *= 1 - 1 / y[:, 3].sum()
    again = LogLinear("A:u").refit(fit, less[None])
    assert found.without_one[row] == pytest.approx(float((again.observed + again.unobserved).sum()))
    single = int(np.flatnonzero(~every)[0])
    assert found.people[single] == y.max()


def test_a_model_for_each_stratum_leaves_out_in_each():
    table = random_table(np.random.default_rng(5), lists=4, levels=(2,), people=4000.0)
    fit = Stratified(LogLinear("A:B"), ("u",)).fit(table)
    found = influence_of(fit)
    absent = np.zeros((1, 2, 16), dtype=bool)
    absent[0, :, 5] = True
    alone = [part.model.refit_without(part, absent[:, :1]).unobserved[0, 0] for part in fit.parts]
    row = int(np.flatnonzero((found.stratum == EVERY) & (found.history == 5))[0])
    assert found.without_count[row] == pytest.approx(table.observed.sum() + sum(alone))
    assert not can_leave_out(Stratified(Heterogeneity(), ("u",)).fit(table))


def test_a_count_without_which_nothing_is_known():
    """Of three lists with a pair, the one count that says how many are on the third list and another."""
    fit = LogLinear("A:B + A:C").fit(CaptureTable.build("ABC", range(1, 8), [50, 40, 20, 30, 15, 12, 8]))
    found = influence_of(fit)
    absent = np.zeros((1, 1, 8), dtype=bool)
    absent[0, 0, 6] = True
    assert fit.model.refit_without(fit, absent).verdict[0, 0] == NOT_IDENTIFIED
    assert np.isnan(found.without_count[found.history == 6])
    assert np.isfinite(found.without_one).all()


def test_it_is_the_same_on_any_number_of_workers_and_tells_how_far_it_is():
    fit = Average().fit(example("kosovo-1999"))
    told = []
    one = influence_of(fit, workers=1, progress=lambda done, total, what: told.append((done, total, what)))
    two = influence_of(fit, workers=2)
    for name in ("without_one", "without_count", "predicted"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert (one.fewer, one.more) == (two.fewer, two.more)
    assert told[-1][0] <= told[-1][1]
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
