"""Latent classes by a slow and simple way: draws from the prior, each weighed by its likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.latent_chain import sample_classes
from darknumber.kernels.latent_moves import Prior, seen, unseen

COUNTS = np.array([0.0, 6, 5, 2, 7, 1, 3, 4])
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
CLOSE = (
    0.05  # of quantiles of a log whose standard deviation is 0.6, from 5,000 independent draws or more on both sides
)


def weighed(prior, classes, draws=400_000, seed=1):
    """Quantiles of the posterior log odds to be unseen, by draws from the prior."""
    rng = np.random.default_rng(seed)
    concentration = rng.gamma(prior.shape, 1 / prior.rate, draws)
    off = prior.off * np.exp(prior.spread * rng.standard_normal(draws))
    left, share, dark = np.ones(draws), np.zeros((8, draws)), np.zeros(draws)
    for k in range(classes):
        part = rng.beta(1, np.maximum(concentration, 1e-12)) if k < classes - 1 else np.ones(draws)
        weight, left = left * part, left * (1 - part)
        chance = rng.beta(prior.on, off, (3, draws))
        for w in range(8):
            share[w] += weight * np.prod([chance[j] if w >> j & 1 else 1 - chance[j] for j in range(3)], axis=0)
    dark = share[0] / (1 - share[0])
    with np.errstate(divide="ignore"):
        logs = COUNTS[1:] @ np.log(share[1:]) - COUNTS.sum() * np.log(1 - share[0])
    weight = np.exp(logs - logs.max())
    order = np.argsort(dark)
    rank = np.cumsum(weight[order]) / weight.sum()
    return np.log(dark[order][np.searchsorted(rank, SHARES)])


@pytest.mark.parametrize(
    ("prior", "classes", "rungs"),
    [
        (Prior(1.0, 1.0, 0.0, 0.25, 0.25), 3, 1),
        (Prior(1.0, 3.0, 0.0, 2.0, 1.0), 4, 5),
        (Prior(0.7, 2.0, 0.0, 1.0, 0.5), 2, 5),
        (Prior(1.0, 4.0, 1.0, 1.0, 1.0), 3, 5),
    ],
    ids=["LCMCR", "narrow", "last class", "wide"],
)
def test_the_posterior_is_the_prior_weighed_by_the_likelihood(prior, classes, rungs):
    found = sample_classes(COUNTS, prior, classes=classes, rungs=rungs, chains=2, draws=12_000, thin=2, seed=3)
    assert np.quantile(np.log(found.odds), SHARES) == pytest.approx(weighed(prior, classes), abs=CLOSE)


def test_chances_of_a_class():
    chance = np.array([0.2, 0.5, 1e-18])
    assert seen(chance) == pytest.approx(0.6)
    assert unseen(chance) == pytest.approx(0.4)
    assert seen(np.array([1e-20, 1e-20])) == pytest.approx(2e-20)
