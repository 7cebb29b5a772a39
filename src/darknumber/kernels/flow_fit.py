"""The maximum of the likelihood of a flow of people between lists, and what the lists tell of its parameters.

Only people on some list are seen, so the likelihood is that of a multinomial among them: the chance of a history over
that of any history. On no list after one unit of time are ``exp(-R)`` of all people, R the sum of the rates.

Whether something is determined is asked of first derivatives: it is where no direction of the parameters leaves the
shares of all observable histories as they are and moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.flow import flow_shares
from darknumber.kernels.histories import membership
from darknumber.kernels.jit import jit
from darknumber.kernels.joint import back, cholesky, forward

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LOW_RATE, HIGH_RATE = -33.0, 3.7  # logs of rates: 5e-15 is nobody, and at 40 all but 4e-18 of the people come
STRONG = 60.0  # log of what an arrow multiplies a rate by: enough to make a rate of next to nothing as fast as can be
# Where the likelihood leaves the dark figure open, this small a pull keeps the rates together from drifting away. It is
# far below what one person tells, and far above the rounding.
PULL = 1e-9
ROUNDS = 500  # of scoring; a parameter on its way to an end moves by about one in each
SETTLED = 1e-17  # of a person's log-likelihood to be gained by a step: below the rounding of the whole
LONGEST = 2.0  # a step of any log
ROUNDING = 1e-13  # of the log-likelihood: no loss
SOFT = 1e-3  # damping of the first step
ALIKE = 1e-9  # of the log-likelihood: tops that differ by less are as high
BARELY = 1e-8  # information as good as none: a standard deviation of 10,000 in a logarithm
STIFF = 1e12  # damping at which no step can be found any more
FIRM = 1e-10  # the least damping: what keeps a matrix without full rank from being singular
_TINY = 1e-300

_HALF = 0.5  # of the people, roughly, are seen
_WIDE = 1.5  # logs of the effects to start from
FREE = 1e-7  # of the largest singular value: directions below it leave all shares as they are
MOVES = 1e-5  # of a parameter along such a direction: it moves
_KEY = np.array([0, 0x666C6F], dtype=np.uint64)  # points that are nothing special, the same for every seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the shares of all observable histories tell.

    Parameters
    ----------
    dark, arrows
        Whether they tell the dark figure, and the effect of each arrow.
    rank
        How many parameters, or combinations of them, they tell.
    """

    dark: bool
    arrows: tuple[bool, ...]
    rank: int


@jit
def climb(counts: Array, theta: Array, source: Index, target: Index, absorbing: int) -> float:
    """Raise the log-likelihood of one table from a start, which is changed in place, as far as it goes; its value.

    Parameters
    ----------
    counts
        ``(2**K,)`` people by history; somebody is on a list.
    theta, source, target, absorbing
        As in `darknumber.kernels.flow.flow_shares`.
    """
    width, size = theta.shape[0], counts.shape[0]
    lists = width - source.shape[0]
    people = 0.0
    for state in range(1, size):
        people += counts[state]
    slopes, score, info, trial = np.zeros((width, size)), np.empty(width), np.empty((width, width)), theta.copy()
    value, gain, damping = -np.inf, np.inf, SOFT
    for _ in range(ROUNDS):
        shares = flow_shares(trial, source, target, absorbing, slopes)
        reached = _value(counts, shares, trial, lists)
        if reached >= value - ROUNDING * abs(value) or value == -np.inf:
            theta[:] = trial
            value = reached
            if gain < SETTLED * people:
                break
            damping = max(0.1 * damping, FIRM)
            _score(counts, shares, slopes, theta, people, PULL, score, info)
        else:
            damping *= 10.0
            if damping > STIFF:
                break
        gain = _step(theta, score, info, damping, lists, trial)
    return value


@jit
def _step(theta: Array, score: Array, info: Array, damping: float, lists: int, trial: Array) -> float:
    """Fill ``trial`` with a step of scoring from ``theta``, within the bounds; what it should gain, doubled."""
    width = theta.shape[0]
    damped, factor = np.empty((width, width)), np.empty((width, width))
    scale, half, step = np.empty(width), np.empty(width), np.empty(width)
    for p in range(width):
        low, high = (LOW_RATE, HIGH_RATE) if p < lists else (-STRONG, STRONG)
        stuck = (theta[p] <= low and score[p] <= 0.0) or (theta[p] >= high and score[p] >= 0.0)
        scale[p] = 0.0 if stuck or not info[p, p] > _TINY else 1.0 / np.sqrt(info[p, p])
    for p in range(width):
        for q in range(width):
            damped[p, q] = info[p, q] * scale[p] * scale[q] if scale[p] * scale[q] > 0.0 else 0.0
        damped[p, p] = 1.0 + damping
        half[p] = score[p] * scale[p]
    more = FIRM
    while not cholesky(damped, factor) and more < STIFF:
        for p in range(width):
            damped[p, p] += more
        more *= 10.0
    forward(factor, width, half, step)
    gain = 0.0
    for p in range(width):
        gain += step[p] * step[p]
    back(factor, width, step, half)
    longest = 0.0
    for p in range(width):
        longest = max(longest, abs(half[p] * scale[p]))
    part = min(1.0, LONGEST / longest) if longest > 0.0 else 1.0
    for p in range(width):
        low, high = (LOW_RATE, HIGH_RATE) if p < lists else (-STRONG, STRONG)
        trial[p] = theta[p] if scale[p] == 0.0 else min(max(theta[p] + part * half[p] * scale[p], low), high)
    return gain


@jit
def climb_many(
    tables: Array,
    starts: Array,
    source: Index,
    target: Index,
    absorbing: int,
    found: Array,
    values: Array,
    loose: Array,
) -> None:
    """The best of some starts for each table; everything is filled in.

    Parameters
    ----------
    tables, starts
        ``(B, 2**K)`` people by history, somebody on a list in each, and ``(B, S, K + A)``.
    found, values
        ``(B, K + A)`` and ``(B,)`` the best end and its log-likelihood.
    loose
        ``(B,)`` variance of the log of the sum of the rates there.
    """
    for b in range(tables.shape[0]):
        values[b] = -np.inf
        for s in range(starts.shape[1]):
            theta = starts[b, s].copy()
            value = climb(tables[b], theta, source, target, absorbing)
            # A later start has to be better by more than rounding, so that equal tops give one answer.
            if s == 0 or value > values[b] + ALIKE * max(1.0, abs(values[b])):
                values[b] = value
                found[b] = theta
        loose[b] = _loose(tables[b], found[b], source, target, absorbing)


@jit
def _loose(counts: Array, theta: Array, source: Index, target: Index, absorbing: int) -> float:
    """The variance of the log of the sum of the rates."""
    width = theta.shape[0]
    info, factor = np.empty((width, width)), np.empty((width, width))
    information(counts.sum() - counts[0], theta, source, target, absorbing, info)
    rate = 0.0
    for j in range(width - source.shape[0]):
        rate += np.exp(theta[j])
    share, half = np.zeros(width), np.empty(width)
    for j in range(width - source.shape[0]):
        share[j] = np.exp(theta[j]) / rate
    for p in range(width):
        info[p, p] += BARELY
    if not cholesky(info, factor):
        return np.inf
    forward(factor, width, share, half)
    variance: float = (half**2).sum()
    return variance


@jit
def information(people: float, theta: Array, source: Index, target: Index, absorbing: int, info: Array) -> None:
    """Fill the ``(K + A, K + A)`` information that so many people seen give."""
    size = 1 << (theta.shape[0] - source.shape[0])
    slopes = np.zeros((theta.shape[0], size))
    shares = flow_shares(theta, source, target, absorbing, slopes)
    _score(np.zeros(size), shares, slopes, theta, people, 0.0, np.empty(theta.shape[0]), info)


@jit
def _value(counts: Array, shares: Array, theta: Array, lists: int) -> float:
    """The log-likelihood of the histories among the people seen; minus infinity where one of them cannot be."""
    rate = 0.0
    for j in range(lists):
        rate += np.exp(theta[j])
    seen = np.log(-np.expm1(-rate))
    value = 0.0
    for state in range(1, counts.shape[0]):
        if counts[state] > 0.0:
            if not shares[state] > 0.0:
                return -np.inf
            value += counts[state] * (np.log(shares[state]) - seen)
    pulled: float = value - PULL * np.log(rate) ** 2
    return pulled


@jit
def _score(
    counts: Array,
    shares: Array,
    slopes: Array,
    theta: Array,
    people: float,
    pull: float,
    score: Array,
    info: Array,
) -> None:
    """Fill the first derivatives of the log-likelihood and the information that so many people seen would give."""
    width, size = slopes.shape
    lists = 0
    while 1 << lists < size:
        lists += 1
    rate = 0.0
    for j in range(lists):
        rate += np.exp(theta[j])
    seen = -np.expm1(-rate)
    score[:] = 0.0
    info[:] = 0.0
    for state in range(1, size):
        if not shares[state] > _TINY:
            continue
        for p in range(width):
            log_slope = slopes[p, state] / shares[state]
            score[p] += counts[state] * log_slope
            for q in range(p + 1):
                info[p, q] += people / seen * log_slope * slopes[q, state]
    push = np.exp(-rate) / seen
    for p in range(width):
        own = np.exp(theta[p]) if p < lists else 0.0
        score[p] -= people * push * own + 2.0 * pull * np.log(rate) * own / rate
        for q in range(p + 1):
            other = np.exp(theta[q]) if q < lists else 0.0
            info[p, q] += (2.0 * pull / rate**2 - people * push**2) * own * other
            info[q, p] = info[p, q]


def starting_points(tables: Array, lists: int, arrows: int, starts: int) -> Array:
    """``(B, S, K + A)`` points to climb from: arrows without effect first, then with effects of all kinds.

    A list that nobody is on has a rate of 0 and keeps it.
    """
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    on = membership(np.arange(1 << lists), lists)
    people = tables[:, 1:].sum(axis=1, keepdims=True)
    share = (tables[:, 1:] @ on[1:]) / np.maximum(people, _TINY)
    with np.errstate(divide="ignore"):
        rate = np.log(-np.log1p(-share * _HALF))
    found = np.zeros((len(tables), starts, lists + arrows))
    found[:, :, :lists] = rate[:, None]
    found[:, 1:, lists:] = _WIDE * rng.standard_normal((starts - 1, arrows))
    return found


@lru_cache(maxsize=256)
def in_general(lists: int, source: tuple[int, ...], target: tuple[int, ...], absorbing: int) -> Told:
    """What so many lists tell at parameters that are nothing special."""
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    arrows = len(source)
    theta = np.concatenate([np.log(0.2 + 0.6 * rng.random(lists)), 0.8 * rng.standard_normal(arrows)])
    slopes = np.zeros((lists + arrows, 1 << lists))
    shares = flow_shares(theta, _index(source), _index(target), absorbing, slopes)
    there = np.flatnonzero(shares > _TINY)[1:]
    seen = shares[there].sum()
    share, slope = shares[there] / seen, slopes[:, there] / seen
    slope -= slope.sum(axis=1, keepdims=True) * share
    # Only with fewer histories than parameters are there directions beyond the histories to be had.
    beyond = len(there) < lists + arrows
    _, sizes, turned = np.linalg.svd((slope / (2 * np.sqrt(share))).T, full_matrices=beyond)
    rank = int(np.sum(sizes > FREE * sizes[0]))
    rates = np.exp(theta[:lists])
    dark = np.concatenate([rates / rates.sum(), np.zeros(arrows)])
    asked = [dark, *np.eye(lists + arrows)[lists:]]
    told = [bool(np.linalg.norm(turned[rank:] @ each) <= MOVES) for each in asked]
    return Told(dark=told[0], arrows=tuple(told[1:]), rank=rank)


def _index(places: tuple[int, ...]) -> Index:
    return np.array(places, dtype=np.int64)
