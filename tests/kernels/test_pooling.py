"""The effects of many strata, against dense algebra on the whole vector of them."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.pooling import Mode, Pool, climb, linearise, log_joint
from darknumber.kernels.pooling_walk import add_shares, place, wander

LISTS, STRATA = 3, 4
MASKS = np.array([1, 2, 4, 3, 6])
BASE = np.array([[0, 3], [0, 6], [0, 3], [0, -1]])  # means, two levels, and a stratum whose level is not recorded
SIZE = 3 + 2 * 3 + 2
TAU = 4.0
ON = (np.arange(8)[:, None] & MASKS) == MASKS


@pytest.fixture(params=[True, False], ids=["own effects", "levels only"])
def pool(request):
    rng = np.random.default_rng(3)
    y = rng.poisson(6.0, (STRATA, 8)).astype(float)
    live = np.ones((STRATA, 8), dtype=bool)
    live[1, 4:] = False  # the third list was not kept there
    live[:, 0] = False
    y[~live] = 0.0
    return Pool(LISTS, MASKS, y, live, y.sum(axis=1), BASE, SIZE, request.param)


@pytest.fixture
def prior():
    root = np.random.default_rng(4).normal(0, 0.3, (SIZE, SIZE))
    return root @ root.T + np.eye(SIZE)


def width(pool):
    return SIZE + (STRATA * LISTS if pool.own else 0)


def design(pool):
    """``(strata, terms, effects)`` from all effects to the terms of every stratum."""
    found = np.zeros((STRATA, len(MASKS), width(pool)))
    for s in range(STRATA):
        for j in range(LISTS):
            for start in BASE[s]:
                if start >= 0:
                    found[s, j, start + j] = 1
            if pool.own:
                found[s, j, SIZE + s * LISTS + j] = 1
        found[s, 3, SIZE - 2] = found[s, 4, SIZE - 1] = 1
    return found


def precision(pool, prior):
    whole = np.eye(width(pool)) * TAU
    whole[:SIZE, :SIZE] = prior
    return whole


def chances(pool, x):
    odds = np.exp((design(pool) @ x) @ ON.T) * pool.live
    return odds / odds.sum(axis=1, keepdims=True)


def slow(pool, prior, x):
    """The log-likelihood with the prior, cell by cell."""
    share = np.where(pool.live, chances(pool, x), 1.0)
    return np.sum(pool.y * np.log(share)) - 0.5 * x @ precision(pool, prior) @ x


def bent(pool, prior, x):
    """Minus the second derivatives, over all effects."""
    found, columns, share = precision(pool, prior), design(pool), chances(pool, x)
    for s in range(STRATA):
        law = np.diag(share[s]) - np.outer(share[s], share[s])
        rows = ON.astype(float) @ columns[s]
        found += pool.people[s] * rows.T @ law @ rows
    return found


def parts(pool, x):
    own = x[SIZE:].reshape(STRATA, LISTS) if pool.own else np.zeros((STRATA, LISTS))
    return x[:SIZE].copy(), own.copy()


def blank(prior):
    shape = (STRATA, LISTS)
    return Mode(
        prior,
        TAU,
        np.zeros(SIZE),
        np.zeros(shape),
        np.zeros((SIZE, SIZE)),
        np.zeros((*shape, LISTS)),
        np.zeros((*shape, len(MASKS))),
        np.zeros(1),
    )


@pytest.fixture
def mode(pool, prior):
    found = blank(prior)
    climb(pool, found)
    return found


def whole(pool, mode):
    return np.r_[mode.g, mode.e.reshape(-1)] if pool.own else mode.g


def test_the_density_is_that_of_the_cells(pool, prior):
    x = np.random.default_rng(5).normal(0, 0.5, width(pool))
    assert log_joint(pool, prior, TAU, *parts(pool, x)) == pytest.approx(slow(pool, prior, x), rel=1e-12)


def test_slopes_and_curvatures_are_those_of_all_effects_with_the_own_ones_taken_out(pool, prior):
    x = np.random.default_rng(6).normal(0, 0.5, width(pool))
    slope, curve = np.empty(SIZE), np.zeros((SIZE, SIZE))
    own, factors, across = (np.zeros((STRATA, LISTS, *rest)) for rest in ((), (LISTS,), (len(MASKS),)))
    assert linearise(pool, prior, TAU, *parts(pool, x), slope, own, curve, factors, across)
    step = 1e-5
    numeric = np.array(
        [
            (slow(pool, prior, x + step * axis) - slow(pool, prior, x - step * axis)) / (2 * step)
            for axis in np.eye(width(pool))
        ]
    )
    dense = bent(pool, prior, x)
    there, rest = slice(0, SIZE), slice(SIZE, None)
    if pool.own:
        assert own.reshape(-1) == pytest.approx(numeric[rest], abs=1e-6)
    followed = np.linalg.solve(dense[rest, rest], np.c_[dense[rest, there], numeric[rest]])
    assert slope == pytest.approx(numeric[there] - dense[there, rest] @ followed[:, -1], abs=1e-6)
    left = dense[there, there] - dense[there, rest] @ followed[:, :-1]
    assert np.tril(curve) == pytest.approx(np.tril(left), abs=1e-9)


def test_the_mode_is_where_nothing_rises(pool, prior, mode):
    x = whole(pool, mode)
    assert mode.top[0] == pytest.approx(slow(pool, prior, x), rel=1e-12)
    for axis in np.eye(width(pool)):
        for step in (1e-3, -1e-3):
            assert slow(pool, prior, x + step * axis) < mode.top[0]


def test_half_the_log_determinant_is_that_of_all_effects(pool, prior):
    found = blank(prior)
    half = climb(pool, found)
    assert half == pytest.approx(np.linalg.slogdet(bent(pool, prior, whole(pool, found)))[1] / 2, rel=1e-9)


def test_a_climb_from_afar_ends_in_the_same_place(pool, prior, mode):
    other = blank(prior)
    other.g[:] = np.random.default_rng(7).normal(0, 20, SIZE)
    climb(pool, other)
    assert other.g == pytest.approx(mode.g, abs=1e-6)


def test_places_are_standard_normal_under_the_law_around_the_mode(pool, prior, mode):
    """With unit steps in z the effects move along the columns of a root of the inverse curvature."""
    inverse = np.linalg.inv(bent(pool, prior, whole(pool, mode)))
    columns = design(pool)
    told, shares, size = np.zeros(STRATA), np.zeros((STRATA, 8)), width(pool)
    step, moved = 1e-6, np.zeros((STRATA, size))
    for k, axis in enumerate(np.eye(size)):
        ends = []
        for sign in (1, -1):
            place(pool, mode, sign * step * axis, told, shares, False)
            ends.append(told.copy())
        moved[:, k] = (ends[0] - ends[1]) / (2 * step)
    share = chances(pool, whole(pool, mode))
    gradient = np.stack([share[s] @ ON @ columns[s] for s in range(STRATA)])
    assert moved @ moved.T == pytest.approx(gradient @ inverse @ gradient.T, rel=1e-5)


def test_a_place_has_the_density_of_its_effects(pool, mode):
    z = np.random.default_rng(8).normal(0, 1, width(pool))
    told, shares = np.zeros(STRATA), np.zeros((STRATA, 8))
    value = place(pool, mode, 0 * z, told, shares, True)
    assert value == pytest.approx(mode.top[0], rel=1e-12)
    share = chances(pool, whole(pool, mode))
    assert shares == pytest.approx(share)
    add_shares(pool, mode, np.zeros((2, width(pool))), shares)
    assert shares == pytest.approx(3 * share)
    assert place(pool, mode, z, told, shares, False) < mode.top[0]


def test_a_walk_without_power_draws_from_the_normal_law(pool, mode):
    rng, draws = np.random.default_rng(9), 400
    z, excess, told = np.zeros((draws, width(pool))), np.zeros(draws), np.zeros((draws, STRATA))
    for _ in range(3):
        noise = rng.normal(0, 1, z.shape)
        assert wander(pool, mode, z, excess, told, noise, rng.random(draws), 1.0, 0.0) == draws
        assert np.array_equal(z, noise)
    value = [place(pool, mode, each, told[0], np.zeros((STRATA, 8)), False) for each in z]
    assert excess == pytest.approx(value - mode.top[0] + 0.5 * np.sum(z**2, axis=1), abs=1e-9)


def test_with_power_a_walk_leaves_the_posterior_as_it_is(pool, mode):
    """Means over a long walk are those of draws from the normal law, weighed."""
    rng, draws = np.random.default_rng(10), 4000
    z, excess, told = np.zeros((draws, width(pool))), np.zeros(draws), np.zeros((draws, STRATA))
    wander(pool, mode, z, excess, told, rng.normal(0, 1, z.shape), rng.random(draws), 1.0, 0.0)
    weight = np.exp(excess - excess.max())
    weighed = weight @ told / weight.sum()
    for _ in range(12):
        wander(pool, mode, z, excess, told, rng.normal(0, 1, z.shape), rng.random(draws), 0.7, 1.0)
    error = told.std(axis=0) * (1 / draws + (weight**2).sum() / weight.sum() ** 2) ** 0.5
    assert (np.abs(told.mean(axis=0) - weighed) < 4 * error).all()
