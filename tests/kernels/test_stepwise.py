"""Every step of a search is the best step there was, whichever way candidates are screened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from darknumber.kernels import stepwise
from darknumber.kernels.poisson import starting_point
from darknumber.models import Stepwise
from darknumber.models.selection import Search
from tests.oracles import dense, extended_fit, random_table, split_terms

TABLES = 120
SAME = 1e-4  # of a criterion: two moves closer than this may be taken in either order
CRITERIA = ("bic", "aic", "aicc", 1.0, 4.0)


def searches(seed):
    """A random table, and a search on it."""
    rng = np.random.default_rng([5, seed])
    lists = int(rng.integers(3, 7))
    levels = [(), (), (3,), (2, 2)][rng.integers(4)] if lists < 6 else ()
    people = float(rng.choice([30, 100, 300, 1500, 10000]))
    dependence = float(rng.choice([0, 0.7, 2]))
    table = random_table(rng, lists=lists, levels=levels, people=people, dependence=dependence, on_list=(0.01, 0.4))
    return table, {
        "criterion": CRITERIA[rng.integers(len(CRITERIA))],
        "direction": ("both", "forward", "backward")[seed % 3],
        "max_order": int(rng.integers(2, 4)) if lists > 3 or levels else 2,
        "margin": ("free", "modelled")[rng.integers(2)],
    }


@dataclass
class Judge:
    """Fits any state of a search from a cold start, and remembers."""

    search: Search
    y: NDArray[np.float64]

    def __post_init__(self):
        design = self.search.columns.design
        terms = len(self.search.columns.terms)
        widths = np.bincount(design.term, minlength=terms).astype(np.int64)
        self.table = stepwise.Table(self.y, self.y.sum(axis=1), design.term, widths, design.layout)
        floor = self.search.columns.state(self.search.floor_terms)
        self.rules = self.search._rules(self.search.phases[-1], self.y, floor, self.search.allowed[-1])
        self.known = {}

    def criterion(self, state):
        if state.tobytes() not in self.known:
            theta = starting_point(self.search.columns.design, self.y)
            likelihood = stepwise.fit_state(state, theta, self.table, np.empty(self.y.shape))
            parameters = int(self.table.cells.conditional) + int(self.table.widths[state].sum())
            value = stepwise.penalised(likelihood, parameters, self.table, self.rules)
            self.known[state.tobytes()] = value
        return self.known[state.tobytes()]

    def moves(self, state):
        """The criterion after each move that the rules allow."""
        movable = np.empty(len(state), dtype=bool)
        stepwise.find_moves(state, self.table.widths, self.rules, movable)
        found = {}
        for t in np.flatnonzero(movable):
            changed = state.copy()
            changed[t] = not changed[t]
            found[int(t)] = self.criterion(changed)
        return found


def judged(table, settings, screen):
    """The steps that were not the best, and how many there were."""
    search = Search(Stepwise(screen=screen, **settings), table)
    judge = Judge(search, table.dense())
    walks, states = search.walk(judge.y)
    wrong = []
    for place, state in enumerate(states[-1]):
        moves = judge.moves(state)
        best, here = min(moves.values(), default=np.inf), judge.criterion(state)
        if place + 1 < len(states[-1]):
            step = moves[int(walks[-1].steps[place + 1])]
            if step > best + SAME or step > here:
                wrong.append((place, "not the best", step - best))
        elif best < here - stepwise.IMPROVES - SAME:
            wrong.append((place, "stopped early", here - best))
    return wrong, len(states[-1]) - 1


@pytest.mark.parametrize("screen", ["score", "refit"])
def test_every_step_is_the_best_one(screen):
    steps = Counter()
    for seed in range(TABLES):
        table, settings = searches(seed)
        wrong, number = judged(table, settings, screen)
        assert wrong == [], seed
        steps[settings["direction"]] += number
    assert min(steps.values()) > 100  # there was something to judge in each direction


def test_both_screens_walk_the_same_way():
    """From the smallest model; from the largest, ties between empty terms may be broken differently."""
    for seed in range(TABLES):
        table, settings = searches(seed)
        if settings["direction"] == "backward":
            continue
        fast = Stepwise(screen="score", **settings).fit(table)
        slow = Stepwise(screen="refit", **settings).fit(table)
        assert fast.candidates.step == slow.candidates.step, seed


@pytest.mark.parametrize("seed", range(6))
def test_the_way_is_that_of_refitting_everything_with_a_design_matrix(seed):
    rng = np.random.default_rng(seed)
    levels = (2,) if seed % 2 else ()
    table = random_table(rng, lists=4, levels=levels, people=800, dependence=1, on_list=(0.1, 0.4))
    names = [*table.lists, *(c.name for c in table.covariates)]
    pairs = [f"{a}:{b}" for i, a in enumerate(names) for b in names[i + 1 :]]
    cost = np.log(table.observed.sum())

    def bic(terms):
        model = dense(table, split_terms(" + ".join(terms)))
        columns = model.rows.shape[1] - model.strata + 1
        return -2 * extended_fit(model).log_likelihood + cost * columns

    inside, path = [], []
    while True:
        moves = {f"{'- ' if pair in inside else '+ '}{pair}": sorted({*inside} ^ {pair}) for pair in pairs}
        best = min(moves, key=lambda move: bic(moves[move]))
        if bic(moves[best]) >= bic(inside) - stepwise.IMPROVES:
            break
        path.append(best)
        inside = moves[best]
    found = Stepwise().fit(table).candidates
    assert list(found.step[1:]) == path
    assert found.bic[-1] == pytest.approx(bic(inside), abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_rules_are_kept(seed):
    """Floors stay in, parents are in before their children, and nothing outside the scope comes in."""
    rng = np.random.default_rng(seed)
    table = random_table(rng, lists=4, levels=(2,), people=2000, dependence=1, on_list=(0.1, 0.4))
    model = Stepwise(criterion=0.5, scope="A:B:C + C:D + A:u", lower="C:D", direction=("both", "backward")[seed % 2])
    search = Search(model, table)
    _, states = search.walk(table.dense())
    columns = search.columns
    for state in states[-1]:
        assert state[columns.fixed].all()
        assert state[[columns.label(columns.state([t])) == "C:D" for t in columns.terms]].all()
        for t in np.flatnonzero(state):
            assert state[columns.parents[t]].all()
    assert {columns.name(t) for t in range(len(columns.terms))} == {*"ABCD", "A:B", "A:C", "B:C", "C:D", "A:u", "A:B:C"}
