"""Where the doubt comes from, on dark figures whose variances are known."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.inference.doubt import shares_of


def drawn(rng, between, within, tables, replicates):
    """Dark figures of tables whose logarithms have these standard deviations between and within them."""
    centre = rng.normal(7.0, between, tables)
    return [np.exp(rng.normal(each, within, replicates)) for each in centre]


def test_shares_are_those_of_the_variances():
    rng = np.random.default_rng(1)
    free = drawn(rng, 0.3, 0.4, 400, 40)
    # the same replicates with less spread about the same means
    fixed = [np.exp(np.log(each).mean() + 0.5 * (np.log(each) - np.log(each).mean())) for each in free]
    found = shares_of(free, fixed, [1] * 400)
    assert found.sampling + found.model + found.linkage == pytest.approx(1.0)
    assert found.linkage == pytest.approx(0.09 / 0.25, abs=0.05)
    assert found.sampling == pytest.approx(0.04 / 0.25, abs=0.03)
    assert found.left_out == 0.0


def test_the_chance_of_few_replicates_is_not_taken_for_linkage():
    rng = np.random.default_rng(2)
    shares = [shares_of(drawn(rng, 0.0, 0.5, 20, 10), None, [1] * 20).linkage for _ in range(40)]
    assert np.mean(shares) < 0.03  # without the correction it would be a tenth


def test_tables_count_by_the_draws_they_stand_for():
    rng = np.random.default_rng(3)
    low, high = (np.exp(rng.normal(centre, 0.01, 500)) for centre in (7.0, 8.0))
    rare = shares_of([low, high], None, [19, 1])
    even = shares_of([low, high], None, [10, 10])
    # the variance of a mark of 0 and 1 between draws, of which there are twenty
    assert even.linkage / even.sampling == pytest.approx(0.25 * 20 / 19 / 1e-4, rel=0.15)
    assert rare.linkage / rare.sampling == pytest.approx(0.0475 * 20 / 19 / 1e-4, rel=0.15)


def test_what_is_not_finite_is_left_out_and_told():
    rng = np.random.default_rng(4)
    free = drawn(rng, 0.2, 0.2, 10, 100)
    for each in free:
        each[:20] = np.inf
        each[20:25] = 0.0
    assert shares_of(free, None, [1] * 10).left_out == pytest.approx(0.25)


def test_nothing_is_said_of_too_little():
    assert shares_of([np.array([5.0]), np.array([6.0])], None, [1, 1]) is None
    assert shares_of([np.array([np.inf, np.inf, 6.0])], None, [1]) is None
    assert shares_of([np.ones(3)], None, [1]) is None


def test_a_choice_of_model_that_seems_to_help_counts_for_nothing():
    rng = np.random.default_rng(5)
    free = drawn(rng, 0.1, 0.2, 20, 50)
    wider = [np.exp(2 * np.log(each)) for each in free]
    assert shares_of(free, wider, [1] * 20).model == 0.0
