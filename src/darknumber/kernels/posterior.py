"""Draws from the posterior of one log-linear model of one table, by Hamiltonian Monte Carlo.

With expected counts ``mu_w = exp(beta + x_w' theta)`` and a flat prior on ``beta``, the log expected dark figure,
``beta`` integrates out exactly: the expected number on some list is Gamma(n), and the histories given it are
multinomial in ``theta``. So the sampler moves ``theta`` only, and ``log n0 = log Gamma(n) - log Z(theta)`` with ``Z``
the sum of ``exp(x_w' theta)`` over the histories that can occur.

``theta`` has independent normal priors with the precisions given, 0 for a flat one. Its log-posterior is concave, so it
has one mode; the sampler moves in the coordinates in which its curvature there is the identity (Neal 2011). All random
numbers are drawn beforehand, from a counter that is keyed by the seed and the chain: draws depend on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import subset_sums, superset_sums
from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]

WARM_UP = 300  # steps of a chain that are thrown away: a step forgets most of where it was, so this is ample
ACCEPTED = 0.85  # share of moves the step size is tuned to; the best for this sampler is flat from 0.6 to 0.9
FIRST_STEP = 0.5  # in standard deviations; tuned while warming up
SLOWING = 0.6  # moves of the step size shrink as t to this power, between 0.5 and 1 (Robbins & Monro)
LONGEST_STEP = 1.5  # of a standard deviation; at 2 a move along a normal direction is unstable
MOST_STEPS = 64  # in one trajectory
SPREAD = 2.0  # chains start this many standard deviations out, so that they can be seen to forget it
FAR = 4.0  # a start whose log-posterior is further below the mode than this a parameter is brought nearer
NEWTON_STEPS = 100
DECREMENT = 1e-9  # Newton's step promises less: the mode only centres the sampler
LEAST_SHARE = 1e-6  # of people on a list, for a first guess of its log
_STREAM = 0x706F7374  # keeps these streams apart from other uses of the same seed


class Target(NamedTuple):
    """A posterior, as the compiled kernels take it.

    Parameters
    ----------
    lists
        K.
    masks
        ``(p,)`` the set of lists of each term, as bits; each once, none 0.
    live
        ``(2**K,)`` False for histories that cannot occur; cell 0 is False.
    margins
        ``(p,)`` people on all lists of each term.
    people
        n, on some list.
    precision
        ``(p,)`` one over the prior variance of each term; 0 for a flat prior.
    """

    lists: int
    masks: Index
    live: NDArray[np.bool_]
    margins: Array
    people: float
    precision: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Draws of a posterior.

    Parameters
    ----------
    terms
        ``(chains, draws, p)`` the parameters.
    log_dark
        ``(chains, draws)`` log of the expected number of people on no list.
    accepted
        ``(chains,)`` the share of moves that was accepted after warming up.
    """

    terms: Array
    log_dark: Array
    accepted: Array


def make_target(y: Array, live: NDArray[np.bool_], masks: Index, precision: Array) -> Target:
    """The posterior of the terms `masks` given counts ``(2**K,)``; cell 0 of them is ignored."""
    margins = y * live
    lists = len(y).bit_length() - 1
    people = float(margins.sum())
    superset_sums(margins, lists)
    masks = np.ascontiguousarray(masks, dtype=np.int64)
    return Target(
        lists=lists,
        masks=masks,
        live=np.ascontiguousarray(live),
        margins=margins[masks],
        people=people,
        precision=np.ascontiguousarray(precision, dtype=np.float64),
    )


def sample(target: Target, *, chains: int, draws: int, seed: int, stage: int) -> Sample:
    """Draw from a posterior that exists.

    Parameters
    ----------
    target
        A posterior with a mode: no direction of flat prior along which the likelihood never falls (see `faces`).
    chains, draws
        How many chains, and how many draws of each are kept.
    seed, stage
        The random numbers; each stage of one analysis has its own.
    """
    theta = mode(target)
    shape = (chains, draws)
    terms, log_norm, accepted = np.empty((*shape, len(theta))), np.empty(shape), np.empty(chains)
    log_people = np.empty(shape)
    # The coordinates z with theta = mode + factor z, in which the curvature at the mode is the identity.
    factor = np.ascontiguousarray(np.linalg.inv(np.linalg.cholesky(curvature(target, theta))).T)
    for number in range(chains):
        rng = _stream(seed, stage, number)
        start = rng.standard_normal(len(theta)) * SPREAD
        normals = rng.standard_normal((WARM_UP + draws, len(theta)))
        uniforms = rng.random((WARM_UP + draws, 2))
        accepted[number] = run_chain(
            start, theta, factor, normals, uniforms, WARM_UP, target, terms[number], log_norm[number]
        )
        log_people[number] = np.log(rng.standard_gamma(target.people, draws))
    return Sample(terms=terms, log_dark=log_people - log_norm, accepted=accepted)


def _stream(seed: int, stage: int, chain: int) -> np.random.Generator:
    key = np.array([seed, (_STREAM << 32) | (stage << 16) | chain], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def mode(target: Target) -> Array:
    """The parameters of the highest posterior density, by Newton's method with halved steps."""
    single = target.masks & (target.masks - 1) == 0
    shares = np.clip(target.margins / max(target.people, 1.0), LEAST_SHARE, 1 - LEAST_SHARE)
    theta = np.where(single, np.log(shares / (1 - shares)), 0.0)
    gradient, work = np.empty(len(theta)), np.empty(len(target.live))
    value, _ = density(theta, target, gradient, work)
    for _ in range(NEWTON_STEPS):
        step = np.linalg.solve(curvature(target, theta), gradient)
        decrement = float(step @ gradient)
        if decrement < DECREMENT:
            break
        scale = 1.0
        trial, there = theta + step, np.empty(len(theta))
        reached, _ = density(trial, target, there, work)
        while not reached > value and scale > DECREMENT:
            scale *= 0.5
            trial = theta + scale * step
            reached, _ = density(trial, target, there, work)
        if not reached > value:
            break
        theta, value, gradient = trial, reached, there
    return theta


def curvature(target: Target, theta: Array) -> Array:
    """``(p, p)`` minus the second derivatives of the log-posterior."""
    margins = np.empty(len(target.live))
    density(theta, target, np.empty(len(theta)), margins)  # leaves the expected margins in its work space
    a, b = target.masks[:, None], target.masks[None, :]
    information = margins[a | b] - margins[a] * margins[b] / max(target.people, 1.0)
    curved: Array = information + np.diag(target.precision)
    return curved


@jit
def density(theta: Array, target: Target, gradient: Array, work: Array) -> tuple[float, float]:
    """The log-posterior up to a constant, and ``log Z``; fills its gradient ``(p,)``.

    Parameters
    ----------
    work
        ``(2**K,)`` space; afterwards the expected margins ``T_a(mu)``.
    """
    work[:] = 0.0
    for c in range(theta.shape[0]):
        work[target.masks[c]] += theta[c]
    subset_sums(work, target.lists)
    top = -np.inf
    for w in range(1, work.shape[0]):
        if target.live[w] and work[w] > top:
            top = work[w]
    norm = 0.0
    work[0] = 0.0
    for w in range(1, work.shape[0]):
        work[w] = np.exp(work[w] - top) if target.live[w] else 0.0
        norm += work[w]
    for w in range(1, work.shape[0]):
        work[w] *= target.people / norm
    superset_sums(work, target.lists)
    log_norm = top + np.log(norm)
    value = -target.people * log_norm
    for c in range(theta.shape[0]):
        value += theta[c] * (target.margins[c] - 0.5 * target.precision[c] * theta[c])
        gradient[c] = target.margins[c] - work[target.masks[c]] - target.precision[c] * theta[c]
    return value, log_norm


@jit
def whitened(
    z: Array, middle: Array, factor: Array, target: Target, theta: Array, gradient: Array, slope: Array, work: Array
) -> tuple[float, float]:
    """As `density`, in the coordinates of the sampler; fills ``theta`` and the ``slope`` along ``z``."""
    size = z.shape[0]
    for i in range(size):
        theta[i] = middle[i]
        for j in range(size):
            theta[i] += factor[i, j] * z[j]
    value, log_norm = density(theta, target, gradient, work)
    for j in range(size):
        slope[j] = 0.0
        for i in range(size):
            slope[j] += factor[i, j] * gradient[i]
    return value, log_norm


@jit
def run_chain(
    z: Array,
    middle: Array,
    factor: Array,
    normals: Array,
    uniforms: Array,
    warm_up: int,
    target: Target,
    terms: Array,
    log_norms: Array,
) -> float:
    """Run one chain from ``z`` and fill its draws ``terms`` and ``log_norms``; the share of moves accepted.

    Each move follows the slope from a random momentum for a random time around a quarter of the circle that a normal
    posterior would describe, so that on average a draw keeps nothing of the one before. The step is tuned while warming
    up.

    Parameters
    ----------
    normals, uniforms
        ``(moves, p)`` and ``(moves, 2)``, the random numbers.
    """
    size = z.shape[0]
    theta, gradient, slope = np.empty(size), np.empty(size), np.empty(size)
    there, far_theta, far_slope, momentum = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    work = np.empty(target.live.shape[0])
    there[:] = 0.0
    top, log_norm = whitened(there, middle, factor, target, theta, gradient, slope, work)
    value, log_norm = whitened(z, middle, factor, target, theta, gradient, slope, work)
    while not value > top - FAR * size:
        z *= 0.5
        value, log_norm = whitened(z, middle, factor, target, theta, gradient, slope, work)
    log_step = np.log(FIRST_STEP)
    mean_log_step = log_step
    accepted = 0.0
    for move in range(normals.shape[0]):
        if move == warm_up:
            log_step = mean_log_step
        time = 0.5 * np.pi * (0.5 + uniforms[move, 0])
        steps = min(max(int(np.ceil(time / np.exp(log_step))), 1), MOST_STEPS)
        step = min(time / steps, LONGEST_STEP)
        energy = -value
        for i in range(size):
            momentum[i] = normals[move, i]
            energy += 0.5 * momentum[i] * momentum[i]
            momentum[i] += 0.5 * step * slope[i]
            there[i] = z[i]
        reached, far_norm = value, log_norm
        for turn in range(steps):
            for i in range(size):
                there[i] += step * momentum[i]
            reached, far_norm = whitened(there, middle, factor, target, far_theta, gradient, far_slope, work)
            push = 0.5 * step if turn == steps - 1 else step
            for i in range(size):
                momentum[i] += push * far_slope[i]
        change = energy + reached
        for i in range(size):
            change -= 0.5 * momentum[i] * momentum[i]
        chance = np.exp(min(change, 0.0)) if change == change else 0.0  # no number: the move ran off the scale
        if uniforms[move, 1] < chance:
            z[:] = there
            theta[:] = far_theta
            slope[:] = far_slope
            value, log_norm = reached, far_norm
        if move < warm_up:
            log_step += (chance - ACCEPTED) / (1.0 + move) ** SLOWING
            log_step = min(log_step, np.log(LONGEST_STEP))
            # The later steps count for more: the first ones were taken far out.
            mean_log_step += (log_step - mean_log_step) / (1.0 + move) ** SLOWING
        else:
            accepted += chance
            terms[move - warm_up] = theta
            log_norms[move - warm_up] = log_norm
    share: float = accepted / max(normals.shape[0] - warm_up, 1)
    return share
