"""Doubly robust estimation of a dark figure: who is on which lists given covariates, and what each person adds.

Of people on none but the J lists that are asked about, ``pi_w(x)`` is the share with history ``w`` among those with
covariates ``x``. Where these lists have no J-way interaction given ``x``, the unseen for each of them are
``m(x) = prod_odd pi_w(x) / prod_even pi_w(x)``, odd and even by the number of lists in ``w``. A plug-in estimate adds
up ``m`` and is as slow to become right as the ``pi`` are; adding its influence function leaves products of errors only.
One odd history more than even ones exist, so that the two together are short: a person with history ``w`` adds
``m(x) / pi_w(x)`` where ``w`` is odd and ``-m(x) / pi_w(x)`` where it is even. With two lists this is the one-step
estimator of Das, Kennedy & Jewell (2023); with J lists that of Dulce Rubio & Kennedy (2024).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import list_counts
from darknumber.kernels.jit import jit, part

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NEWTON_STEPS = 100  # under separation a step moves a parameter by about one, and the penalty stops it before 40
HALVINGS = 30
DECREMENT = 1e-13  # of the log-likelihood, promised by the step just taken: the next would be its square
SLIGHT = 1e-6  # penalty that keeps columns apart that say the same; a prior standard deviation of a thousand
LEAST = 1e-9  # penalty on the intercept, for a class without people; moves fitted totals in their tenth digit


def odd_histories(lists: int) -> NDArray[np.bool_]:
    """``(2**lists - 1,)`` whether history 1, 2, ... has an odd number of lists."""
    odd: NDArray[np.bool_] = list_counts(np.arange(1, 1 << lists)) % 2 == 1
    return odd


@jit
def class_shares(beta: Array, x: Array) -> Array:
    """``(rows, classes)`` probabilities of a multinomial logistic model; the last class has no row in `beta`."""
    rows, classes = len(x), len(beta) + 1
    shares = np.empty((rows, classes))
    for i in range(rows):
        _shares_of(beta, x[i], shares[i])
    return shares


@part
def _shares_of(beta: Array, x: Array, into: Array) -> None:
    classes = len(beta) + 1
    largest = 0.0
    for c in range(classes - 1):
        eta = 0.0
        for k in range(len(x)):
            eta += beta[c, k] * x[k]
        into[c] = eta
        largest = max(largest, eta)
    into[classes - 1] = 0.0
    total = 0.0
    for c in range(classes):
        into[c] = np.exp(into[c] - largest)
        total += into[c]
    for c in range(classes):
        into[c] /= total


@jit
def maximise_classes(x: Array, y: Array, beta: Array, ridge: float) -> tuple[Array, int]:
    """Multinomial logistic regression of counts of classes, by Newton steps that are halved where they overshoot.

    The penalty is on what a column does to a class compared with the mean over classes, so that no class is special;
    the first column, the intercept, has next to none, so that fitted totals of classes are those observed.

    Parameters
    ----------
    x
        ``(rows, p)`` columns, the first of ones.
    y
        ``(rows, classes)`` counts, or weights, of each class.
    beta
        ``(classes - 1, p)`` where to start.
    ridge
        Weight of the penalty ``ridge / 2`` times the sum of squares.

    Returns
    -------
    tuple
        The coefficients, and how many steps were taken; `NEWTON_STEPS` where it has not settled.
    """
    rows, p = x.shape
    classes = y.shape[1]
    free = classes - 1
    beta = beta.copy()
    size = free * p
    share = np.empty(classes)
    value = _penalised(x, y, beta, ridge)
    steps = 0
    while steps < NEWTON_STEPS:
        score = np.zeros(size)
        information = np.zeros((size, size))
        for i in range(rows):
            n = y[i].sum()
            if n == 0:
                continue
            _shares_of(beta, x[i], share)
            for c in range(free):
                rest = y[i, c] - n * share[c]
                for k in range(p):
                    score[c * p + k] += rest * x[i, k]
                for d in range(c + 1):
                    weight = n * share[c] * ((1.0 if c == d else 0.0) - share[d])
                    for k in range(p):
                        scaled = weight * x[i, k]
                        for l in range(p):
                            information[c * p + k, d * p + l] += scaled * x[i, l]
        for c in range(free):
            for d in range(c):
                for k in range(p):
                    for l in range(p):
                        information[d * p + l, c * p + k] = information[c * p + k, d * p + l]
        for k in range(p):
            mean = beta[:, k].sum() / classes
            weight = ridge if k > 0 else LEAST
            for c in range(free):
                score[c * p + k] -= weight * (beta[c, k] - mean)
                for d in range(free):
                    information[c * p + k, d * p + k] += weight * ((1.0 if c == d else 0.0) - 1.0 / classes)
        step = np.linalg.solve(information, score).reshape(free, p)
        decrement = (step.ravel() * score).sum()
        scale = 1.0
        fresh = beta + step
        new = _penalised(x, y, fresh, ridge)
        for _ in range(HALVINGS):
            if new >= value - 1e-12 * abs(value):
                break
            scale /= 2
            fresh = beta + scale * step
            new = _penalised(x, y, fresh, ridge)
        beta, value = fresh, new
        steps += 1
        if decrement < DECREMENT * max(1.0, abs(value)):
            break
    return beta, steps


@jit
def _penalised(x: Array, y: Array, beta: Array, ridge: float) -> float:
    """The penalised log-likelihood."""
    rows, p = x.shape
    classes = y.shape[1]
    eta = np.empty(classes)
    total = 0.0
    for i in range(rows):
        n = y[i].sum()
        if n == 0:
            continue
        largest = 0.0
        eta[classes - 1] = 0.0
        for c in range(classes - 1):
            each = 0.0
            for k in range(p):
                each += beta[c, k] * x[i, k]
            eta[c] = each
            largest = max(largest, each)
        norm = 0.0
        for c in range(classes):
            norm += np.exp(eta[c] - largest)
        norm = largest + np.log(norm)
        for c in range(classes):
            total += y[i, c] * (eta[c] - norm)
    for k in range(p):
        mean = beta[:, k].sum() / classes
        square = mean * mean
        for c in range(classes - 1):
            square += (beta[c, k] - mean) ** 2
        total -= 0.5 * (ridge if k > 0 else LEAST) * square
    return total


@jit
def gains(shares: Array, odd: NDArray[np.bool_], margin: float) -> tuple[Array, Array]:
    """What a person of each class adds to the dark figure, and the plug-in odds of being unseen.

    Parameters
    ----------
    shares
        ``(rows, 2**J - 1)`` probabilities of history 1, 2, ...; they need not add up to one.
    odd
        ``(2**J - 1,)`` as `odd_histories` gives it.
    margin
        A share of an even history below this counts as this: people are divided by it.

    Returns
    -------
    tuple
        ``(rows, 2**J - 1)`` and ``(rows,)``.
    """
    rows, classes = shares.shape
    gain, odds = np.empty((rows, classes)), np.empty(rows)
    for i in range(rows):
        below = 1.0
        for c in range(classes):
            if not odd[c]:
                below *= max(shares[i, c], margin)
        above = 1.0
        for c in range(classes):
            if odd[c]:
                above *= shares[i, c]
        odds[i] = above / below
        for c in range(classes):
            if odd[c]:  # the product without it, as a share may be nothing
                others = 1.0
                for d in range(classes):
                    if odd[d] and d != c:
                        others *= shares[i, d]
                gain[i, c] = others / below
            else:
                gain[i, c] = -odds[i] / max(shares[i, c], margin)
    return gain, odds


def sums(stratum: Index, strata: int, weight: Array, gain: Array) -> tuple[Array, Array]:
    """The dark figure of each stratum, and its variance for a population of fixed size.

    The number of people ``N`` is estimated by the sum of ``1 + gain`` over people on some list, which has expectation
    one over everyone who is like them, whatever their covariates. So its variance is that of independent people, one
    by one: ``sum (1 + gain)**2 - N``, which is ``sum gain * (1 + gain)`` and adds up over strata.

    Parameters
    ----------
    stratum
        ``(people,)`` where each is.
    weight, gain
        ``(people,)`` how many each stands for, and what one adds.
    """
    dark: Array = np.bincount(stratum, weights=weight * gain, minlength=strata).astype(float)
    variance: Array = np.bincount(stratum, weights=weight * gain * (1 + gain), minlength=strata).astype(float)
    return dark, np.maximum(variance, 0.0)


def log_normal_draws(dark: Array, variance: Array, normal: Array) -> Array:
    """Draws of dark figures that are independent and log-normal, and of which the sum is so too, nearly.

    One stratum has Chao's law: its median is the estimate. The sum of many medians would be below the median of the
    sum; so each stratum keeps its mean and variance, and all move together by what separates mean and median of that
    sum.

    Parameters
    ----------
    dark, variance
        ``(strata,)``. Where one of several has a standard error above itself, its draws are normal, and may be below
        zero: a positive law with that mean and variance would lie at nearly nothing, and its sums with others too low.
    normal
        ``(draws, strata)`` standard normal numbers.
    """
    positive = (dark > 0) & ((variance <= dark**2) | (len(dark) == 1))
    spread = np.log1p(np.divide(variance, dark**2, out=np.zeros_like(dark), where=positive))
    whole = dark.sum()
    shift = np.log1p(variance.sum() / whole**2) / 2 if whole > 0 and variance.sum() <= whole**2 else 0.0
    shift = spread[0] / 2 if len(dark) == 1 else shift
    logs = np.where(positive, np.sqrt(spread) * normal - spread / 2, 0.0)
    plain = dark + np.sqrt(variance) * normal
    drawn: Array = np.where(positive, dark * np.exp(logs), plain) * np.exp(shift)
    return drawn
