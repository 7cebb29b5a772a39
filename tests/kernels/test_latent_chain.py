"""Chains over latent classes: the exact posterior of one class, ladders, and ranks of truths drawn from the prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln, gammaln

from darknumber.kernels.chains import effective_size, split_r_hat
from darknumber.kernels.latent_chain import (
    draw_unseen,
    first_shares,
    own_order,
    rungs_for,
    sample_classes,
    spaced_anew,
    thinned,
)
from darknumber.kernels.latent_moves import Prior

FLAT = Prior(1.0, 1.0, 0.0, 0.25, 0.25)
COUNTS = np.array([0.0, 40, 30, 9, 50, 12, 15, 6])
TABLES, KEPT = 150, 99  # of the simulation from the prior, and draws of each


def exact(y):
    """The posterior of the number of unseen people for one class and flat chances, number by number."""
    lists = len(y).bit_length() - 1
    on = (np.arange(len(y))[:, None] >> np.arange(lists)) & 1
    everyone = y.sum() + np.arange(20_000)
    logs = gammaln(everyone) - gammaln(everyone - y.sum() + 1)  # N! / (N - n)! / N
    for people in y @ on:
        logs = logs + betaln(people + 1, everyone - people + 1)
    law = np.exp(logs - logs.max())
    return np.cumsum(law) / law.sum()


def test_one_class_with_flat_chances_is_known_exactly():
    found = sample_classes(COUNTS, FLAT, classes=1, rungs=1, chains=2, draws=10_000, thin=2, seed=1)
    dark = draw_unseen(found.odds, int(COUNTS.sum()), 1)
    law = exact(COUNTS)
    for share in (0.025, 0.25, 0.5, 0.75, 0.975):
        place = np.searchsorted(law, share)
        assert np.mean(dark <= place) == pytest.approx(law[place], abs=0.015)


def test_ranks_of_truths_drawn_from_the_prior_are_even():
    """Simulation-based calibration (Talts et al. 2018) at three lists, three classes and 25 people seen."""
    rng = np.random.default_rng(5)
    prior = Prior(1.0, 3.0, 0.5, 1.0, 1.0)
    ranks = []
    for table in range(TABLES):
        concentration = rng.gamma(prior.shape) / prior.rate
        off = prior.off * np.exp(prior.spread * rng.standard_normal())
        parts = np.r_[rng.beta(1, concentration, 2), 1.0]
        weight = parts * np.cumprod(np.r_[1.0, 1 - parts[:-1]])
        chance = rng.beta(prior.on, off, (3, 3))
        on = (np.arange(8)[:, None] >> np.arange(3)) & 1
        share = np.where(on[:, None, :], chance, 1 - chance).prod(axis=2) @ weight
        y = np.r_[0.0, rng.multinomial(25, share[1:] / share[1:].sum())]
        found = sample_classes(y, prior, classes=3, rungs=4, chains=1, draws=KEPT, thin=8, seed=table)
        ranks.append(int(np.sum(found.odds < share[0] / (1 - share[0]))))
    counted = np.bincount(np.array(ranks) // 20, minlength=5)
    assert stats.chisquare(counted).pvalue > 0.001
    assert np.mean(ranks) == pytest.approx(KEPT / 2, abs=4 * np.sqrt((KEPT + 1) ** 2 / 12 / TABLES))


def test_chains_from_the_prior_forget_it_and_are_the_same_for_the_same_seed():
    found = [sample_classes(COUNTS, FLAT, classes=5, rungs=8, chains=3, draws=800, thin=3, seed=s) for s in (1, 1, 2)]
    assert np.array_equal(found[0].odds, found[1].odds)
    assert not np.array_equal(found[0].odds, found[2].odds)
    logs = np.log(found[0].odds)
    assert split_r_hat(logs) < 1.02
    assert effective_size(logs) > 300
    assert found[0].shares.sum() == pytest.approx(1)
    assert found[0].shares[1:] * COUNTS.sum() == pytest.approx(COUNTS[1:], abs=8)
    assert (found[0].swapped > 0.05).all()
    assert (found[0].occupied >= 1).all()


def test_thinned_tables_lose_people_one_after_the_other():
    counts = np.array([100, 3, 1, 1, 1])
    shares = np.array([1.0, 0.6, 0.3, 0.01, 0.0])
    found = thinned(counts, shares)
    assert found[0].tolist() == counts.tolist()
    assert found[-1].tolist() == [0] * 5
    assert (np.diff(found, axis=0) <= 0).all()
    assert len({tuple(row) for row in found.tolist()}) == 5
    assert 0 < found[2][2:].sum() < 3


def test_rungs_are_where_swaps_are_rejected():
    shares = first_shares(5, 1000)
    assert shares[0] == 1
    assert shares[-1] == 0
    anew = spaced_anew(shares, np.array([0.9, 0.1, 0.1, 0.1]), 1000)
    assert anew[1] > shares[1]
    assert (np.diff(anew) < 0).all()
    assert first_shares(1, 1000).tolist() == [1.0]
    assert [rungs_for(people) for people in (1, 186, 2744)] == [4, 12, 20]


def test_lists_have_an_order_of_their_own():
    turned = COUNTS[[0, 2, 4, 6, 1, 3, 5, 7]]  # the first list last
    assert own_order(COUNTS).tolist() == [2, 0, 1]
    assert [(place + 1) % 3 for place in own_order(turned)] == [2, 0, 1]


def test_unseen_people_are_whole_and_have_the_mean_and_spread_of_their_law():
    dark = draw_unseen(np.full(40_000, 3.0), 50, 1)
    assert (dark == np.round(dark)).all()
    assert dark.mean() == pytest.approx(150, rel=0.01)
    assert dark.var() == pytest.approx(150 * 4, rel=0.05)  # n odds (1 + odds)
    assert np.isfinite(draw_unseen(np.full(10, 1e20), 50, 1)).all()
