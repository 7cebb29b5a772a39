"""The maximum of a likelihood of sightings, and where it has none."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.sightings import Recipe, laws, maximise, split, without_end

TIMES = np.arange(8)


def test_a_mean_of_the_seen_is_kept():
    """The score of a zero-truncated Poisson law: the mean of those seen is that in the data."""
    counts = np.array([[[0, 70, 20, 8, 2, 0, 0, 0.0]], [[0, 5, 5, 5, 5, 1, 1, 1.0]]])
    found = maximise(Recipe(), TIMES, (np.ones((1, 1)),), counts, np.zeros((2, 1)))
    mean = np.exp(found.theta[:, 0])
    assert mean / -np.expm1(-mean) == pytest.approx((counts[:, 0] @ TIMES) / counts[:, 0].sum(axis=1), rel=1e-9)


def test_tables_do_not_know_each_other():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(4), np.arange(4) / 3])
    counts = rng.poisson(20 / (1 + TIMES), (5, 4, 8)) * 1.0
    recipe = Recipe("geometric", "inflated-all")
    start = np.tile([-0.5, 0.0, -1.0], (5, 1))
    together = maximise(recipe, TIMES, (design, np.ones((4, 1))), counts, start)
    for b in range(5):
        alone = maximise(recipe, TIMES, (design, np.ones((4, 1))), counts[[b]], start[[b]])
        assert alone.theta[0] == pytest.approx(together.theta[b], abs=1e-6)


def test_the_slope_is_none_at_the_maximum():
    rng = np.random.default_rng(4)
    design = np.column_stack([np.ones(3), [0, 1, 0], [0, 0, 1]])
    counts = rng.poisson(40 / (1 + TIMES**2), (1, 3, 8)) * 1.0
    found = maximise(Recipe("geometric"), TIMES, (design,), counts, np.zeros((1, 3)))
    told = laws(Recipe("geometric"), TIMES, split((design,), found.theta))[1]
    assert np.einsum("sv,sv,si->i", counts[0], told.first[0, 0], design) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("low", "down"),
    [
        ([1, 0, 0], [1, 0, 0]),  # a level of its own in which everybody was seen once
        ([0, 0, 0], [0, 0, 0]),
        ([1, 1, 1], [1, 1, 1]),
    ],
)
def test_levels_in_which_everybody_was_seen_once(low, down):
    design = np.eye(3)
    found = without_end(design, np.array(low, bool), np.zeros(3, bool))
    assert found[0].tolist() == [bool(each) for each in down]
    assert not found[1].any()


def test_main_effects_may_hold_a_stratum_in_which_everybody_was_seen_once():
    grid = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]], dtype=float)
    one = np.array([True, False, False, False])
    assert not without_end(grid, one, np.zeros(4, bool))[0].any()
    level = np.array([True, True, False, False])  # both strata of a level
    assert without_end(grid, level, np.zeros(4, bool))[0].tolist() == level.tolist()
    crossed = np.array([True, False, False, True])  # the others still hold both coefficients
    assert not without_end(grid, crossed, np.zeros(4, bool))[0].any()


def test_with_a_highest_count_means_may_grow_without_end_too():
    low, high = np.array([True, False, False]), np.array([False, True, False])
    down, up = without_end(np.eye(3), low, high)
    assert (down.tolist(), up.tolist()) == ([True, False, False], [False, True, False])
    # a slope: the low below and the high above are told apart by it, with nobody between
    slope = np.column_stack([np.ones(2), [0.0, 1.0]])
    assert [each.tolist() for each in without_end(slope, np.array([True, False]), np.array([False, True]))] == [
        [True, False],
        [False, True],
    ]
