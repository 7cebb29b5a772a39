"""What the priors of latent classes say of the dark figure before any data: how many unseen people for each one seen.

A prior that is flat for the chance of each list is not flat for the dark figure: with five lists it expects three
unseen people for every hundred seen. So the prior of chances is chosen by what it says of the dark figure.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaincinv, ndtri

from darknumber.kernels.latent_moves import Prior

Array = NDArray[np.float64]

DRAWS = 2000  # from the prior: their median is off by 3 in 100, far less than anybody knows beforehand
LOWEST, HIGHEST = -10.0, 30.0  # logs of `off` between which every ratio from 1e-9 to 1e9 has its place
CLOSE = 1e-4  # of that log, so that the median of these draws is what was asked for to four digits
_STREAM = 0x7072696F  # keeps these streams apart from other uses of a seed
_SEED = 0  # the calibration is part of the model, so that it is the same for every seed


@lru_cache(maxsize=64)
def prior_odds(prior: Prior, classes: int, lists: int) -> Array:
    """``(DRAWS,)`` unseen people for each person seen, drawn from the prior, from low to high.

    All draws are made from the same random numbers, so that each rises with `off`.
    """
    rng = np.random.Generator(np.random.Philox(key=np.array([_SEED, _STREAM], dtype=np.uint64)))
    concentration = np.maximum(rng.standard_gamma(prior.shape, DRAWS) / prior.rate, np.finfo(float).tiny)
    kept = rng.random((DRAWS, classes)) ** (1 / concentration[:, None])
    kept[:, -1] = 0.0
    weight = (1 - kept) * np.cumprod(np.c_[np.ones(DRAWS), kept[:, :-1]], axis=1)
    shape = (DRAWS, classes, lists)
    # One for each thousandth of its law, in an order of their own: most of the spread of the odds is theirs.
    normal = ndtri((rng.permutation(DRAWS) + 0.5) / DRAWS)
    off = prior.off * np.exp(prior.spread * normal)[:, None, None]
    on, uniform = rng.standard_gamma(prior.on, shape), rng.random(shape)
    with np.errstate(divide="ignore"):
        if prior.on == 1.0:  # the same law, thirty times sooner
            logs = np.log(uniform) / off
        else:
            other = gammaincinv(off, uniform)
            logs = np.log(other) - np.log(on + other)
    none = logs.sum(axis=2)
    seen = (weight * -np.expm1(none)).sum(axis=1)
    unseen = (weight * np.exp(none)).sum(axis=1)
    odds: Array = np.sort(unseen / np.maximum(seen, np.finfo(float).tiny))
    odds.setflags(write=False)
    return odds


@lru_cache(maxsize=64)
def calibrated(ratio: float, prior: Prior, classes: int, lists: int) -> Prior:
    """The prior whose median of unseen people for each one seen is `ratio`, by another `off`."""

    def above(log_off: float) -> float:
        odds = prior_odds(prior._replace(off=math.exp(log_off)), classes, lists)
        return float(np.log(np.maximum(np.median(odds), np.finfo(float).tiny)) - np.log(ratio))

    return prior._replace(off=math.exp(brentq(above, LOWEST, HIGHEST, xtol=CLOSE)))
