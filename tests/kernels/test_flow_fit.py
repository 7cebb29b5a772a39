"""The maximum of the likelihood of a flow, and what the lists tell, by other means."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize

from darknumber.kernels.flow import flow_shares
from darknumber.kernels.flow_fit import climb, in_general, information, starting_points
from tests.kernels.flow_by_hand import by_hand, ends, pairs

CASES = [
    (3, [], 0),
    (3, [(0, 1)], 0),
    (3, [(0, 1), (1, 2)], 0),
    (3, [(0, 1), (0, 2)], 4),
    (4, [(0, 1), (2, 1), (1, 3)], 0),
    (4, [(0, 1), (1, 0)], 8),
]


def drawn(seed, lists, arrows, absorbing, people=1500):
    rng = np.random.default_rng(seed)
    theta = np.r_[rng.normal(-1.0, 0.4, lists), rng.normal(0.7, 0.5, len(arrows))]
    counts = rng.multinomial(people, by_hand(theta, arrows, absorbing, lists)).astype(float)
    counts[0] = 0.0
    return counts


def log_likelihood(theta, counts, arrows, absorbing, lists):
    share = by_hand(theta, arrows, absorbing, lists)
    there = counts > 0
    return counts[there] @ np.log(share[there] / (1 - share[0]))


@pytest.mark.parametrize(("lists", "arrows", "absorbing"), CASES)
def test_the_top_is_the_one_that_another_search_finds(lists, arrows, absorbing):
    counts = drawn(3, lists, arrows, absorbing)
    theta = starting_points(counts[None], lists, len(arrows), 1)[0, 0].copy()
    value = climb(counts, theta, *ends(arrows), absorbing)
    assert value == pytest.approx(log_likelihood(theta, counts, arrows, absorbing, lists), abs=1e-6)
    other = minimize(
        lambda at: -log_likelihood(at, counts, arrows, absorbing, lists), np.zeros(len(theta)) - 0.5, tol=1e-9
    )
    assert value == pytest.approx(-other.fun, abs=1e-5)
    assert np.exp(theta[:lists]).sum() == pytest.approx(np.exp(other.x[:lists]).sum(), rel=2e-3)


def test_the_information_is_that_of_the_shares():
    lists, arrows = 3, [(0, 1), (1, 2)]
    theta = np.array([-1.0, -0.5, -1.5, 0.8, -0.4])
    found = np.empty((5, 5))
    information(700.0, theta, *ends(arrows), 0, found)

    def seen(at):
        share = by_hand(at, arrows, 0, lists)
        return share[1:] / (1 - share[0])

    slopes = np.array([(seen(theta + h) - seen(theta - h)) / 2e-5 for h in 1e-5 * np.eye(5)])
    assert found == pytest.approx(700 * (slopes / seen(theta)) @ slopes.T, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_what_is_told_is_a_matter_of_rank(lists):
    """By differences of the matrix exponential, at two points of its own: leave a parameter out, and does rank fall?"""
    rng = np.random.default_rng(lists)
    for trial in range(10):
        known = pairs(lists)
        arrows = [known[place] for place in rng.choice(len(known), rng.integers(0, len(known) + 1), replace=False)]
        absorbing = (0, 1 << (lists - 1))[trial % 2]
        arrows = [(i, j) for i, j in arrows if not absorbing >> i & 1]
        told = in_general(lists, tuple(i for i, _ in arrows), tuple(j for _, j in arrows), absorbing)
        theta = np.r_[rng.normal(-0.7, 0.3, lists), rng.normal(0.5, 0.5, len(arrows))]

        def seen(at, arrows=arrows, absorbing=absorbing):
            share = by_hand(at, arrows, absorbing, lists)
            return share[1:] / (1 - share[0])

        steps = 1e-4 * np.eye(len(theta))
        slopes = np.array([(seen(theta + h) - seen(theta - h)) / 2e-4 for h in steps]).T
        dark = np.r_[np.exp(theta[:lists]), np.zeros(len(arrows))]

        def rank(matrix):
            return np.linalg.matrix_rank(matrix, tol=1e-7)

        assert told.rank == rank(slopes)
        assert told.dark == (rank(np.vstack([slopes, dark])) == rank(slopes))
        for place, arrow in enumerate(told.arrows):
            alone = np.eye(len(theta))[lists + place]
            assert arrow == (rank(np.vstack([slopes, alone])) == rank(slopes))


def test_some_of_what_is_told():
    assert in_general(3, (0,), (1,), 0).arrows == (True,)
    both = in_general(3, (0, 1), (1, 0), 0)  # two ways between two lists: together they tell the dark figure only
    assert (both.dark, both.arrows, both.rank) == (True, (False, False), 4)
    assert in_general(3, (0, 1), (1, 0), 4).arrows == (True, True)  # a last list stops the clock for some people
    assert not in_general(2, (0,), (1,), 0).dark
    every = list(combinations(range(4), 2))
    assert in_general(4, tuple(i for i, _ in every), tuple(j for _, j in every), 0).dark
    assert not in_general(4, *map(tuple, zip(*pairs(4), strict=True)), 0).dark


def test_turning_one_arrow_around_gives_the_same_shares():
    """Two lists with one arrow fill a table of two by two whichever way it points, as long as it speeds people up."""
    forward = by_hand([-1.0, -1.5, -0.5, 0.9], [(0, 1)], 0, 3)
    counts = 1e6 * forward
    counts[0] = 0.0
    theta = starting_points(counts[None], 3, 1, 1)[0, 0].copy()
    climb(counts, theta, *ends([(1, 0)]), 0)
    back = flow_shares(theta, *ends([(1, 0)]), 0, np.empty((0, 8)))
    assert back == pytest.approx(forward, rel=1e-7)
    assert theta[3] != pytest.approx(0.9, abs=0.01)
