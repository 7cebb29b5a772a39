"""Branch and bound against all models one by one: the set, the certificate, the weight left out, stopping, going on."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from darknumber.kernels import ledger as book
from darknumber.kernels import search
from darknumber.kernels.poisson import STOPPED, starting_point
from darknumber.models.criteria import prices
from tests.enumerate_models import Everything, costs, fitted, search_case

CRITERIA = ("bic", "aic", "aicc", "bic-overlap", 1.0)
SAME = 2e-5  # of a criterion: `search.MARGIN`, and the errors of two fits
ROWS = 1 << 12  # room for all models of these families
ENOUGH = 10**9  # fits: never spent


class Searched:
    """One random family, all its models, and a search that can be looked into."""

    def __init__(self, seed, criterion, rows=ROWS):
        case = search_case(seed)
        self.family = case.family(criterion)
        self.y = self.family.refitter.merge(case.counts)
        self.criterion = criterion
        design, columns = self.family.design, self.family.columns
        cost = prices(criterion, self.y, design.columns + 2)
        self.problem = book.make_problem(design, self.y, columns.fixed, columns.parents, cost)
        self.ledger = book.make_ledger(self.problem, rows, starting_point(design, self.y))
        book.reopen(self.ledger)

    def everything(self) -> Everything:
        return fitted(self.family, self.y, self.criterion)

    def explore(self, delta, *, weigh=False, budget=ENOUGH):
        return search.explore(self.problem, self.ledger, delta, weigh, budget)

    def listed(self):
        """Models that were fitted to the end, with their criterion."""
        rows = np.arange(1, self.ledger.counts[book.ROWS])
        rows = rows[self.ledger.states[rows] != STOPPED]
        models = self.ledger.models[rows]
        cost = [self.problem.prices[book.parameters(int(m), self.problem)] for m in models]
        return dict(zip(models.tolist(), self.ledger.values[rows] + cost, strict=True))


def checked(searched, everything, delta):
    """What must hold of any search, finished or not: the list is right, the certificate and the weight left out too."""
    listed = searched.listed()
    true = dict(zip(everything.models.tolist(), everything.criterion, strict=True))
    for model, value in listed.items():
        assert value == pytest.approx(true[model], abs=SAME)
    left_out = np.array([value for model, value in true.items() if model not in listed])
    floor, best = searched.ledger.tally[book.FLOOR], searched.ledger.tally[book.BEST]
    assert left_out.min(initial=np.inf) >= floor - SAME
    assert np.exp(-(left_out - best) / 2).sum() <= searched.ledger.tally[book.CUT] * (1 + SAME) + 1e-12
    if delta is not None:
        assert best == pytest.approx(everything.criterion.min(), abs=SAME)
        assert everything.near(delta - SAME) <= set(listed)
        assert floor > best + delta


def usable(searched):
    """AICc has nothing to say where there are no people left for its small-sample term."""
    everything = searched.everything()
    return everything if np.isfinite(everything.criterion).all() else None


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("weigh", [False, True])
def test_a_search_lists_what_looking_at_all_models_finds(criterion, weigh):
    compared = 0
    for seed in range(60):
        searched = Searched(seed, criterion)
        everything = usable(searched)
        if everything is None:
            continue
        delta = (2.0, 6.0, 10.0)[seed % 3]
        assert searched.explore(delta, weigh=weigh) == search.FREE
        checked(searched, everything, delta)
        compared += 1
    assert compared > 30


def test_most_models_are_not_fitted():
    """Otherwise nothing above would say anything about cutting."""
    fits, models = 0, 0
    for seed in range(60):
        searched = Searched(seed, "bic")
        searched.explore(2.0)
        fits += searched.ledger.counts[book.FITS]
        models += len(searched.everything().models)
    assert fits < 0.6 * models


@pytest.mark.parametrize("budget", [0, 1, 3, 10, 30])
def test_stopped_early_a_search_still_certifies(budget):
    stopped = 0
    for seed in range(40):
        searched = Searched(seed, "bic")
        if searched.explore(6.0, budget=budget) == search.SPENT:
            search.abandon(searched.problem, searched.ledger)
            stopped += 1
            assert searched.ledger.counts[book.OPEN] == 0
            checked(searched, searched.everything(), None)
    assert stopped > 5


def test_going_on_after_a_stop_or_a_full_ledger_finds_the_same():
    for seed in range(40):
        whole, parts = Searched(seed, "aic"), Searched(seed, "aic", rows=2)
        whole.explore(6.0)
        budget, seen = 0, set()
        while (why := parts.explore(6.0, budget=budget)) != search.FREE:
            seen.add(why)
            if why == search.FULL:
                parts.ledger = book.larger(parts.ledger)
            else:
                budget += 1
        assert seen == {search.FULL, search.SPENT}
        assert parts.listed() == pytest.approx(whole.listed(), abs=SAME)
        assert parts.ledger.tally == pytest.approx(whole.ledger.tally, abs=SAME)


def test_opened_again_a_search_looks_further():
    for seed in range(40):
        twice, once = Searched(seed, "bic"), Searched(seed, "bic")
        twice.explore(2.0)
        fits = twice.ledger.counts[book.FITS]
        book.reopen(twice.ledger)
        assert twice.explore(10.0) == search.FREE
        once.explore(10.0)
        checked(twice, twice.everything(), 10.0)
        assert twice.ledger.counts[book.FITS] <= once.ledger.counts[book.FITS] + fits
        assert twice.ledger.counts[book.ROWS] - 1 <= len(twice.everything().models)


def test_a_good_model_tried_first_saves_fits_and_changes_nothing():
    saved = 0
    for seed in range(40):
        plain, tried = Searched(seed, "bic"), Searched(seed, "bic")
        plain.explore(2.0)
        best = min(plain.listed(), key=plain.listed().__getitem__)
        search.try_models(np.array([best, best]), tried.problem, tried.ledger)
        assert tried.ledger.counts[book.FITS] == 1
        assert tried.explore(2.0) == search.FREE
        checked(tried, tried.everything(), 2.0)
        saved += int(plain.ledger.counts[book.FITS] - tried.ledger.counts[book.FITS])
    assert saved > 0


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_weight_of_a_crowd_is_no_less_than_that_of_all_sets_of_its_terms(criterion):
    """Equal where each parameter costs the same, as the sum over all subsets is the product over the terms."""
    for seed in range(20):
        searched = Searched(seed, criterion)
        problem = searched.problem
        free = list(range(len(problem.widths)))[:8]
        crowd = search.crowd(sum(1 << t for t in free), problem)
        sizes = [
            sum(problem.widths[t] for t in chosen) for n in range(len(free) + 1) for chosen in combinations(free, n)
        ]
        cost = costs(criterion, searched.y, problem.base + np.array(sizes, dtype=np.int64))
        first = costs(criterion, searched.y, np.array([problem.base]))
        if not np.isfinite(first).all():
            continue
        total = float(np.exp(-(cost - first) / 2).sum())
        assert np.exp(crowd / 2) >= total * (1 - 1e-9)
        if criterion != "aicc":
            assert np.exp(crowd / 2) == pytest.approx(total)


def test_the_weight_left_out_shrinks_when_a_better_model_is_found():
    searched = Searched(0, "bic")
    searched.ledger.tally[:] = 100.0, np.inf, 0.0
    search.cut(110.0, 0.0, searched.ledger)
    search.cut(108.0, 2.0, searched.ledger)
    assert searched.ledger.tally[book.FLOOR] == 108.0
    assert searched.ledger.tally[book.CUT] == pytest.approx(np.exp(-5) + np.exp(-3))
    search.note_best(96.0, searched.ledger)
    assert searched.ledger.tally[book.CUT] == pytest.approx(np.exp(-7) + np.exp(-5))
    search.note_best(97.0, searched.ledger)
    assert searched.ledger.tally[book.BEST] == 96.0
