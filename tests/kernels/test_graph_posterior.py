"""The posterior on its grid against all whole dark figures, and against draws from its own prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from darknumber.kernels import verdicts
from darknumber.kernels.graph_posterior import Prior, posterior, verdict_without_overlap
from darknumber.kernels.graph_walk import average_graphs
from darknumber.kernels.graphs import make_tables, pairs, taken_apart
from tests.kernels.chordal import all_chordal

SHARES = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
POPULATIONS = 400  # drawn from the prior
UNLIKELY = 1e-4  # that a count is so far from what it should be


def prior_of(lists, **settings):
    usual = {"unseen": False, "guess": 0.0, "deviation": 1.0, "people": 1.0, "complete": False, "most": np.inf}
    usual["odds"] = np.zeros(len(pairs(lists)))
    return Prior(**usual | settings)


def drawn_table(lists, people, chance, seed):
    cells = np.arange(1 << lists)
    on = cells[:, None] >> np.arange(lists) & 1
    y = np.random.default_rng(seed).multinomial(people, np.prod(np.where(on, chance, 1 - chance), axis=1)) * 1.0
    y[0] = 0.0
    return y


def by_hand(y, prior, unseen):
    """The sum over every whole dark figure."""
    log_prior = -np.log(unseen if prior.unseen else unseen + y.sum())
    if prior.guess:
        log_prior -= (np.log(unseen + y.sum()) - np.log(prior.guess)) ** 2 / (2 * prior.deviation**2)
    found = average_graphs(
        make_tables(y, unseen, log_prior, people=prior.people, odds=prior.odds, complete=prior.complete)
    )
    return found, np.cumsum(np.exp(found.mixture - found.evidence))


@pytest.mark.parametrize(
    ("lists", "people", "chance", "settings"),
    [
        (2, 30, 0.3, {}),
        (2, 3000, 0.3, {}),
        (3, 60, 0.9, {}),  # hardly anybody unseen
        (3, 100, 0.15, {"most": 20_000.0}),
        (3, 100_000, 0.02, {}),  # few overlaps
        (3, 500_000, 0.3, {}),
        (4, 2000, 0.2, {"unseen": True}),
        (4, 2000, 0.2, {"complete": True, "people": 20.0}),
        (5, 800, 0.2, {"guess": 3000.0, "deviation": 0.2}),
        (5, 200_000, 0.2, {}),
    ],
)
def test_the_grid_stands_for_every_whole_number(lists, people, chance, settings):
    y, prior = drawn_table(lists, people, chance, people), prior_of(lists, **settings)
    found = posterior(y, prior, rows=20, distance=10.0)
    first = max(np.floor(found.low * 0.9), prior.least)
    every = np.arange(first, min(np.ceil(found.high * 1.3) + 50, prior.most) + 1)
    whole, below = by_hand(y, prior, every)
    assert found.averaged.evidence == pytest.approx(whole.evidence, abs=1e-5)
    count = min(len(found.medians), 5)
    assert found.averaged.log_weight[:count] == pytest.approx(whole.log_weight[:count], abs=1e-5)
    direct = every[np.searchsorted(below, SHARES)]
    assert found.dark.quantile(SHARES) == pytest.approx(direct, rel=2e-5, abs=1.01)
    assert found.beyond <= 1e-6


@pytest.mark.parametrize("scale", [1.0, 1.1, 1.2, 1.3])
def test_no_narrow_peak_between_two_nodes_is_overlooked(scale):
    """Two graphs of equal weight and very different estimates, in large tables: wherever their peaks fall."""
    y = np.round(np.array([0, 4e5, 3e5, 5e5, 2e5, 3e4, 2e4, 6e4]) * scale)
    y[0] = 0.0
    never = -1e7
    alone = [
        posterior(y, prior_of(3, odds=np.array([first, never, never])), rows=1, distance=1.0) for first in (never, 0)
    ]
    level = alone[0].averaged.evidence - alone[1].averaged.evidence
    both = posterior(y, prior_of(3, odds=np.array([level, never, never])), rows=2, distance=1.0)
    assert sorted(both.averaged.edges[:2].tolist()) == [0, 1]
    assert np.exp(both.averaged.log_weight[:2]) == pytest.approx([0.5, 0.5], abs=1e-4)
    low, high = sorted(float(each.dark.quantile(0.5)) for each in alone)
    assert high > 2 * low
    assert both.dark.quantile(np.array([0.25, 0.75])) == pytest.approx([low, high], rel=1e-4)


def test_medians_of_graphs_are_those_of_their_own_posterior():
    y, prior = drawn_table(4, 400, 0.3, 2), prior_of(4)
    found = posterior(y, prior, rows=4, distance=20.0)
    every = np.arange(0, 4000.0)
    for edges, median in zip(found.averaged.edges, found.medians, strict=False):
        tables = make_tables(y, every, -np.log(every + y.sum()), people=1.0, odds=prior.odds, complete=True)
        score = tables.base.copy()
        for new, clique in taken_apart(int(edges), 4):
            score += tables.scores[clique | 1 << new] - tables.scores[clique]
        below = np.cumsum(np.exp(score - score.max()))
        assert median == pytest.approx(every[np.searchsorted(below, below[-1] / 2)], abs=1.01)


def test_the_weight_of_the_complete_graph_in_or_out():
    y = drawn_table(3, 60, 0.3, 4)
    inside, outside = (posterior(y, prior_of(3, complete=each), rows=9, distance=99.0) for each in (True, False))
    place = inside.averaged.edges.tolist().index(7)
    assert inside.complete == pytest.approx(np.exp(inside.averaged.log_weight[place]), rel=1e-3)
    # Its law has a tail as long as one over the dark figure, which only the grid that it is averaged on follows.
    assert outside.complete == pytest.approx(inside.complete, rel=0.05)
    assert inside.limited[place] == verdicts.NOT_IDENTIFIED
    assert 7 not in outside.averaged.edges


def test_nobody_on_two_lists():
    assert verdict_without_overlap(np.array([0, 4, 3, 0, 5, 0, 0, 0.0])) == verdicts.INFINITE
    assert verdict_without_overlap(np.array([0, 4, 0, 0, 0, 0, 0, 0.0])) == verdicts.NOT_IDENTIFIED
    assert verdict_without_overlap(np.array([0, 4, 3, 1, 5, 0, 0, 0.0])) == verdicts.ESTIMABLE


def drawn_from_prior(rng, graphs, people, size):
    """A table of three lists: a graph, chances of its cliques, and a population."""
    chance = np.ones(8)
    cells = np.arange(8)
    for new, clique in taken_apart(int(rng.choice(graphs)), 3):
        half = people / (1 << (clique.bit_count() + 1))
        of_cell = rng.beta(half, half, size=8)[cells & clique]
        chance *= np.where(cells >> new & 1, of_cell, 1 - of_cell)
    return rng.multinomial(size, chance) * 1.0


def test_intervals_hold_what_was_drawn_from_the_prior_as_often_as_they_say():
    prior = prior_of(3, guess=500.0, deviation=0.35, people=16.0)
    rng, graphs = np.random.default_rng(5), all_chordal(3)[:-1]
    ranks = []
    for _ in range(POPULATIONS):
        y = drawn_from_prior(rng, graphs, prior.people, round(float(np.exp(np.log(500.0) + 0.35 * rng.normal()))))
        unseen, y[0] = y[0], 0.0
        dark = posterior(y, prior, rows=1, distance=1.0).dark
        ranks.append(1 - rng.uniform(dark.beyond(unseen + 0.5), dark.beyond(unseen - 0.5)))
    inside = np.abs(np.array(ranks) - 0.5)
    for level in (0.5, 0.8, 0.95):
        held = int(np.sum(inside < level / 2))
        assert binom.cdf(held, POPULATIONS, level) > UNLIKELY
        assert binom.sf(held - 1, POPULATIONS, level) > UNLIKELY


def test_the_complete_graph_may_be_better_beyond_measure():
    y = np.array([0, 1e8, 2e8, 1e7])
    assert posterior(y, prior_of(2, most=5.0), rows=1, distance=1.0).complete == 1.0
