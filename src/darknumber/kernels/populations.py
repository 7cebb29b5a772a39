"""Shares of a population by capture history, people on no list included, under known laws.

Each function gives ``(2**K,)`` shares that add up to one; history 0 is on no list. Where *coverage* is asked for, it is
the share of all people who are on a list, and it comes out exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.optimize import root
from scipy.special import expit, logit

from darknumber.kernels.histories import membership

Array = NDArray[np.float64]
Interactions = Mapping[tuple[int, ...], float]

STEPS = 200  # Newton needs ten or so; the rest is for steps that had to be halved
CLOSE = 1e-13  # how far coverage may be off: the last digits
HALVINGS = 60  # of a Newton step
NODES = 81  # of the normal distribution: enough for ten digits with a standard deviation of 2, three with one of 4


def log_linear(coverage: Sequence[float] | Array, interactions: Interactions) -> Array:
    """Shares proportional to ``exp(main effects + interactions)``; the main effects follow from the coverage.

    Parameters
    ----------
    coverage
        ``(K,)`` between 0 and 1.
    interactions
        For lists i, j, ...: the log odds ratio of two lists among people on no other; for more of them how that odds
        ratio changes with the others. The term of all K lists is the log of the K-way odds ratio (METHODS D3).

    Raises
    ------
    ValueError
        Interactions so strong that the coverage is beyond the digits of a computer.
    """
    wanted = np.asarray(coverage, dtype=np.float64)
    lists = len(wanted)
    on = membership(np.arange(1 << lists), lists).astype(np.float64)
    fixed = np.zeros(1 << lists)
    for term, value in interactions.items():
        fixed += value * on[:, list(term)].all(axis=1)
    main = logit(wanted)
    shares, height = _softmax(on @ main + fixed)
    for _ in range(STEPS):
        gap = wanted - shares @ on
        if np.abs(gap).max() < CLOSE:
            return shares
        spread = (on.T * shares) @ on - np.outer(shares @ on, shares @ on)
        step = np.linalg.lstsq(spread, gap, rcond=None)[0]
        goal = wanted @ main - height  # concave in the main effects, highest where the coverage is right
        for _ in range(HALVINGS):
            shares, height = _softmax(on @ (main + step) + fixed)
            if wanted @ (main + step) - height >= goal - CLOSE:
                break
            step = step / 2
        main = main + step
    if np.abs(wanted - shares @ on).max() > np.sqrt(CLOSE):
        raise ValueError("no such coverage")
    return shares


def independent(coverage: Sequence[float] | Array) -> Array:
    """Shares where no list depends on another; coverage of 0 and 1 is allowed."""
    return classes([1.0], np.asarray(coverage, dtype=np.float64)[None])


def classes(weights: Sequence[float] | Array, coverage: Sequence[Sequence[float]] | Array) -> Array:
    """Shares where people are of classes, and lists are independent within each (latent classes).

    Parameters
    ----------
    weights
        ``(J,)`` share of each class, adding up to one.
    coverage
        ``(J, K)`` coverage of each list within each class.
    """
    within = np.asarray(coverage, dtype=np.float64)
    on = membership(np.arange(1 << within.shape[1]), within.shape[1])
    chance = np.where(on, within[:, None], 1 - within[:, None]).prod(axis=2)
    shares: Array = np.asarray(weights, dtype=np.float64) @ chance
    return shares


def shifted(
    coverage: Sequence[float] | Array, weights: Sequence[float] | Array, shifts: Sequence[float] | Array
) -> Array:
    """Shares where classes differ by one number: the log odds of every list are `shifts` higher.

    Parameters
    ----------
    coverage
        ``(K,)`` over all classes together.
    weights, shifts
        ``(J,)`` share of each class, and what it adds to the log odds.
    """
    wanted, weight, shift = (np.asarray(each, dtype=np.float64) for each in (coverage, weights, shifts))
    low = logit(wanted) - np.abs(shift).max() - 1
    high = logit(wanted) + np.abs(shift).max() + 1
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        over = weight @ expit(middle + shift[:, None]) > wanted
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return classes(weight, expit((low + high) / 2 + shift[:, None]))


def rasch(coverage: Sequence[float] | Array, sd: float) -> Array:
    """Shares where the log odds of all lists vary together between people, as a normal variable.

    Parameters
    ----------
    coverage
        ``(K,)`` over all people.
    sd
        Standard deviation of the log odds.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return shifted(coverage, weights / weights.sum(), sd * nodes)


def referrals(
    rates: Sequence[float] | Array, effects: Sequence[Sequence[float]] | Array, absorbing: int | None = None
) -> Array:
    """Shares after one unit of time of a Markov chain over sets of lists, in which lists refer people on.

    From the set S a person comes on list j at rate ``rates[j] * exp(sum of effects[i, j] over i in S)``. Without
    effects the lists are independent, with coverage ``1 - exp(-rates)`` (METHODS F2; Schaller, Titman & McCrea 2026).

    Parameters
    ----------
    rates
        ``(K,)`` from no list to each, a unit of time.
    effects
        ``(K, K)``: entry ``(i, j)`` is the log of what being on i multiplies the rate of j by.
    absorbing
        A list after which a person comes on no other, such as one of deaths.
    """
    speed, effect = np.asarray(rates, dtype=np.float64), np.asarray(effects, dtype=np.float64)
    lists = len(speed)
    histories = np.arange(1 << lists)
    on = membership(histories, lists)
    rate = np.where(on, 0.0, speed * np.exp(on @ effect))
    if absorbing is not None:
        rate[on[:, absorbing]] = 0.0
    flow = np.diag(-rate.sum(axis=1))
    for j in range(lists):
        away = histories[~on[:, j]]
        flow[away, away | 1 << j] += rate[away, j]
    shares: Array = np.maximum(expm(flow)[0], 0.0)
    shares /= shares.sum()
    return shares


def referral_rates(
    coverage: Sequence[float] | Array, effects: Sequence[Sequence[float]] | Array, absorbing: int | None = None
) -> Array:
    """``(K,)`` rates with which `referrals` gives this coverage.

    Raises
    ------
    ValueError
        Coverage that these effects cannot reach.
    """
    wanted = np.asarray(coverage, dtype=np.float64)
    on = membership(np.arange(1 << len(wanted)), len(wanted)).astype(np.float64)

    def gap(log_rates: Array) -> Array:
        return logit(referrals(np.exp(log_rates), effects, absorbing) @ on) - logit(wanted)

    found = root(gap, np.log(-np.log1p(-wanted)), tol=CLOSE)
    if np.abs(gap(found.x)).max() > np.sqrt(CLOSE):
        raise ValueError("no such coverage")
    rates: Array = np.exp(found.x)
    return rates


def _softmax(score: Array) -> tuple[Array, float]:
    """Shares, and the log of what they are divided by."""
    top = float(score.max())
    raw = np.exp(score - top)
    return raw / raw.sum(), top + float(np.log(raw.sum()))
