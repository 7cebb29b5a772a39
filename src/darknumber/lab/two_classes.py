"""Two classes of people, fitted to the people seen: lists are independent within each class (METHODS C4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import membership

Array = NDArray[np.float64]

FEWEST_LISTS = 4  # three lists have seven counts, fewer than the eight numbers of two classes
STARTS = 12  # on the published tables every one of 40 starts ended at the same point
STEPS = 20_000
LOOK = 50  # steps between two looks at whether it moves on
STILL = 1e-8  # a log-likelihood that rises by less in that many steps has settled
EDGE = 1e-9  # coverage is kept this far from 0 and 1, where it would stay for good
CLASSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoClasses:
    """A fit of two classes.

    Parameters
    ----------
    weights
        ``(2,)`` share of all people in each class, the larger first.
    coverage
        ``(2, K)`` of each list within each class.
    estimate
        The population size.
    log_likelihood
        Of the histories of the people seen, constants left out.
    """

    weights: Array
    coverage: Array
    estimate: float
    log_likelihood: float


def fit_two_classes(counts: Array, seed: int = 0) -> TwoClasses:
    """Fit by the EM algorithm, from many starts at once; the best of them is kept.

    Parameters
    ----------
    counts
        ``(2**K,)`` people with each history, fractions allowed; cell 0 is ignored.
    seed
        Of the starts.
    """
    y = np.where(np.arange(len(counts)) > 0, counts, 0.0)
    lists = len(y).bit_length() - 1
    on = membership(np.arange(len(y)), lists).astype(np.float64)
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(CLASSES), STARTS)
    coverage = rng.beta(1, 3, (STARTS, CLASSES, lists))
    before = np.full(STARTS, -np.inf)
    for step in range(STEPS):
        chance = _chance(weights, coverage, on)
        share = chance.sum(axis=1)
        if step % LOOK == 0:
            height = _height(y, share)
            if (height - before).max() < STILL:
                break
            before = height
        everyone = np.repeat(y[None], STARTS, axis=0)
        everyone[:, 0] = y.sum() * share[:, 0] / (1 - share[:, 0])
        people = chance / share[:, None] * everyone[:, None]  # (starts, classes, histories)
        size = people.sum(axis=2)
        weights = size / size.sum(axis=1, keepdims=True)
        coverage = np.clip(people @ on / size[:, :, None], EDGE, 1 - EDGE)
    share = _chance(weights, coverage, on).sum(axis=1)
    height = _height(y, share)
    best = int(np.argmax(height))
    order = np.argsort(-weights[best])
    return TwoClasses(
        weights=weights[best, order],
        coverage=coverage[best, order],
        estimate=float(y.sum() / (1 - share[best, 0])),
        log_likelihood=float(height[best]),
    )


def _chance(weights: Array, coverage: Array, on: Array) -> Array:
    """``(starts, classes, 2**K)`` share of all people who are of a class and have a history."""
    logs = np.log(coverage) @ on.T + np.log1p(-coverage) @ (1 - on).T
    chance: Array = np.exp(logs + np.log(weights)[:, :, None])
    return chance


def _height(y: Array, share: Array) -> Array:
    """``(starts,)`` log-likelihood of the histories of the people seen."""
    height: Array = np.log(share[:, 1:]) @ y[1:] - y.sum() * np.log1p(-share[:, 0])
    return height
