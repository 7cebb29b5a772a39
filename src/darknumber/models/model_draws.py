"""From the counts of one table to draws of its dark figure, over all models of a family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels import verdicts
from darknumber.kernels.chains import effective_size, split_r_hat
from darknumber.kernels.moves import Walk, walk
from darknumber.models.base import figures, shares
from darknumber.models.log_linear import Refitter
from darknumber.models.model_space import Space, look_around
from darknumber.models.sum_to_zero import Frame, joint_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int8]

MOST_PEOPLE = 1e15  # of an expected dark figure: beyond it whole numbers are not exact any more
JUDGED = 0.005  # of the weight: what a model says without the prior is asked from this weight on
MOST_JUDGED = 200  # models of which that is asked
_STREAM = 0x6C6F676C  # keeps these streams apart from other uses of the same seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What one table gave, in the order of the table that was given.

    Parameters
    ----------
    dark, verdict, shares, draws
        As in `Fit`.
    space
        The models; None where nothing could be said, or nobody was there.
    models
        ``(draws,)`` the place in `space` of the model of each draw.
    bounded
        ``(draws,)`` people of the censored counts who belong to the population; empty where none are censored.
    r_hat, size
        Of the log expected dark figure.
    """

    dark: Array
    verdict: Codes
    shares: Array
    draws: Array
    space: Space | None = None
    models: Index | None = None
    bounded: Array | None = None
    r_hat: float = 1.0
    size: float = np.inf


def analyse(frame: Frame, given: Array, *, draws: int, chains: int, seed: int) -> Analysis:
    """Weigh the models of a family on ``(strata, 2**K)`` counts, and draw from all of them."""
    order, y = frame.order, frame.order.counts(given)
    if y.sum() == 0:
        nobody = np.zeros(len(y))
        certain = np.full(len(y), verdicts.ESTIMABLE, dtype=np.int8)
        return Analysis(dark=nobody, verdict=certain, shares=np.zeros(y.shape), draws=np.zeros((draws, len(y))))
    verdict = _verdicts(frame, y, frame.columns.fixed[None])[0]
    joint = joint_of(frame, y)
    space = look_around(frame, joint, seed)
    each = -(-draws // chains)
    walked = walk(joint, space.book, space.log_row, chains=chains, draws=each, seed=seed)
    unseen, bounded = _dark_draws(frame, y, walked, draws, seed)
    log_dark = _log_dark(frame, y, walked)
    total = float(np.median(unseen.sum(axis=1)))
    mean = unseen.mean(axis=0)
    dark = figures(total * mean / mean.sum() if mean.sum() > 0 else mean, verdict)
    return Analysis(
        dark=order.strata_back(dark),
        verdict=order.strata_back(verdict),
        shares=order.cells_back(_shares(frame, y, walked)),
        draws=order.strata_back(figures(unseen, np.broadcast_to(verdict, unseen.shape))),
        space=space,
        models=space.model[walked.model.T.reshape(-1)[:draws]],
        bounded=bounded,
        r_hat=split_r_hat(log_dark),
        size=effective_size(log_dark),
    )


def _dark_draws(frame: Frame, y: Array, walked: Walk, draws: int, seed: int) -> tuple[Array, Array | None]:
    """``(draws, strata)`` people on no list, and those of the censored counts, in the order of the frame."""
    told = walked.told.transpose(1, 0, 2).reshape(-1, walked.told.shape[2])[:draws]
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM << 32], dtype=np.uint64)))
    people = y.sum(axis=1)
    strata = _told_of(frame, people)
    with np.errstate(over="ignore"):
        rate = np.where(strata >= 0, np.exp(told[:, strata]), 0.0)
    if not frame.explicit:
        rate *= rng.standard_gamma(people if frame.free else people.sum(), (draws, len(people) if frame.free else 1))
    dark = rng.poisson(np.minimum(rate, MOST_PEOPLE)).astype(np.float64)
    if not frame.explicit:
        return dark, None
    limits = y[(frame.live & (people > 0 if frame.free else people >= 0)[:, None]) & frame.bounded]
    means = np.exp(told[:, told.shape[1] - len(limits) :])
    belong = np.zeros(draws)
    for column, limit in enumerate(limits):
        belong += _at_most(rng, means[:, column], int(limit))
    return dark, belong


def _told_of(frame: Frame, people: Array) -> Index:
    """``(strata,)`` which row of what the chain kept is the dark figure of each stratum; -1 for none."""
    if not frame.free:
        return np.arange(len(people))
    there = np.zeros(len(frame.live), dtype=bool)
    there[frame.merged[people > 0]] = True
    row: Index = np.where(there, np.cumsum(there) - 1, -1)[frame.merged]
    return row


def _at_most(rng: np.random.Generator, mean: Array, limit: int) -> Array:
    """Poisson numbers that are at most `limit`."""
    numbers = np.arange(limit + 1.0)
    log_chance = numbers * np.log(mean)[:, None] - np.cumsum(np.log(np.maximum(numbers, 1.0)))
    chance = np.cumsum(np.exp(log_chance - log_chance.max(axis=1, keepdims=True)), axis=1)
    drawn: Array = (rng.random(len(mean))[:, None] * chance[:, -1:] > chance).sum(axis=1).astype(np.float64)
    return drawn


def _log_dark(frame: Frame, y: Array, walked: Walk) -> Array:
    """``(chains, draws)`` log of the expected number of people on no list."""
    people = y.sum(axis=1)
    strata = _told_of(frame, people)
    kept = (people > 0) | (not frame.free)
    told = walked.told[:, :, strata[kept]]
    if not frame.explicit:
        told = told + np.log(people[kept] if frame.free else people.sum())
    found: Array = np.logaddexp.reduce(told, axis=2)
    return found


def _shares(frame: Frame, y: Array, walked: Walk) -> Array:
    """``(strata, 2**K)`` posterior mean share of each observable history."""
    people = y.sum(axis=1)
    merged = np.zeros(frame.live.shape)
    there = np.ones(len(frame.live), dtype=bool)
    if frame.free:
        there[:] = np.bincount(frame.merged, weights=people, minlength=len(there)) > 0
    live = frame.live & there[:, None]
    merged[live] = walked.expected
    found = shares(merged)[frame.merged]
    found[people == 0] = 0.0
    return found


def _verdicts(frame: Frame, y: Array, inside: Mask) -> Codes:
    """``(models, strata)`` what the lists say of the dark figure without a prior."""
    widest: Mask = np.logical_or.reduce(inside, axis=0)
    refitter = Refitter(frame.columns, widest)
    kept = frame.columns.design.term
    term = kept[np.isin(kept, np.flatnonzero(widest))]
    found = refitter.existence.of_models(refitter.merge(y), inside[:, term])[:, refitter.group]
    return np.where((y.sum(axis=1) > 0) | (not frame.free), found, verdicts.ESTIMABLE).astype(np.int8)


def unsupported(frame: Frame, given: Array, space: Space) -> float:
    """The weight of the models that give no finite dark figure without the prior, among the heaviest."""
    y = frame.order.counts(given)
    heavy = np.flatnonzero(space.weight > JUDGED)[:MOST_JUDGED]
    verdict = _verdicts(frame, y, space.inside[heavy])
    unknown = np.isin(verdict, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)).any(axis=1)
    return float(space.weight[heavy][unknown].sum())
