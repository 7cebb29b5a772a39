"""Random numbers in compiled loops: each law against what is known of it, and streams that depend on their key only."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from darknumber.kernels.chances import beta, binomial, first_state, gamma, normal, poisson, uniform

MANY = 20_000
SELDOM = 1e-4  # a test of a true law fails as often; the seeds are fixed, so that it fails always or never


def named(value):
    return getattr(value, "__name__", None) or (str(value) if isinstance(value, tuple) else value.dist.name)


def drawn(law, *settings, seed=1):
    state = first_state(seed, 7, 0)[0]
    found = np.empty(MANY)
    for place in range(MANY):
        found[place], state = law(np.uint64(state), *settings)
    return found


@pytest.mark.parametrize(
    ("law", "settings", "truth"),
    [
        (uniform, (), stats.uniform()),
        (normal, (), stats.norm()),
        (gamma, (0.3,), stats.gamma(0.3)),
        (gamma, (1.0,), stats.gamma(1.0)),
        (gamma, (40.0,), stats.gamma(40.0)),
        (beta, (1.0, 1.0), stats.beta(1.0, 1.0)),
        (beta, (1.0, 6.0), stats.beta(1.0, 6.0)),
        (beta, (0.5, 2.0), stats.beta(0.5, 2.0)),
        (beta, (30.0, 70.0), stats.beta(30.0, 70.0)),
    ],
    ids=named,
)
def test_continuous_laws(law, settings, truth):
    assert stats.kstest(drawn(law, *settings), truth.cdf).pvalue > SELDOM


@pytest.mark.parametrize(
    ("law", "settings", "truth"),
    [
        (binomial, (12, 0.2), stats.binom(12, 0.2)),
        (binomial, (12, 0.9), stats.binom(12, 0.9)),
        (binomial, (60, 0.25), stats.binom(60, 0.25)),
        (binomial, (3000, 0.45), stats.binom(3000, 0.45)),
        (binomial, (3000, 0.7), stats.binom(3000, 0.7)),
        (poisson, (0.4,), stats.poisson(0.4)),
        (poisson, (9.0,), stats.poisson(9.0)),
        (poisson, (12.0,), stats.poisson(12.0)),
        (poisson, (5000.0,), stats.poisson(5000.0)),
    ],
    ids=named,
)
def test_whole_numbers(law, settings, truth):
    found = drawn(law, *settings)
    edges = np.unique(truth.ppf(np.linspace(0.02, 0.98, 25)))
    expected = np.diff(np.r_[0.0, truth.cdf(edges), 1.0]) * MANY
    counted = np.bincount(np.searchsorted(edges, found), minlength=len(expected))
    there = expected > 0  # nothing lies beyond n
    assert not counted[~there].any()
    assert stats.chisquare(counted[there], expected[there]).pvalue > SELDOM


def test_the_tail_of_the_normal_is_there():
    far = np.abs(drawn(normal, seed=3)) > 3.0
    assert far.sum() == pytest.approx(MANY * 2 * stats.norm.sf(3.0), abs=4 * np.sqrt(MANY * 0.0027))


def test_rounding_outside_0_to_1_gives_nobody_or_everybody():
    state = first_state(1, 1, 1)[0]
    assert binomial(state, 5, 1.0 + 1e-12)[0] == 5
    assert binomial(state, 5, -1e-12)[0] == 0
    assert binomial(state, 0, 0.5)[0] == 0
    assert poisson(state, 1e18)[0] == 10**15


def test_a_stream_depends_on_seed_use_and_number():
    starts = {int(first_state(*key)[0]) for key in [(1, 2, 3), (2, 2, 3), (1, 3, 3), (1, 2, 4)]}
    assert len(starts) == 4
    assert first_state(1, 2, 3) == first_state(1, 2, 3)
