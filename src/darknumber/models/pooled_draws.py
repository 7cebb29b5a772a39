"""From counts of many strata to draws of their dark figures, where the strata lean on each other.

The standard deviations of the effects are integrated out by importance sampling: a cloud of points around the most
likely ones, then another where the first found the weight, each point weighed by Laplace's approximation of its
evidence (Tierney & Kadane 1986; Rue, Martino & Chopin 2009). Draws start from the normal laws around the modes, and are
carried from there to the posterior: a power of what it is above the normal law is put in, from none of it to all of it,
with as much in each step as resampling can mend, and after each step the draws walk (Del Moral, Doucet & Jasra 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels import verdicts
from darknumber.kernels.poisson import maximise
from darknumber.kernels.pooling import Mode, Pool, climb
from darknumber.kernels.pooling_walk import add_shares, place, wander
from darknumber.models.base import figures, shares
from darknumber.models.pooled_effects import Frame

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Codes = NDArray[np.int8]

FIRST = -1.0  # where the search for the logs of the standard deviations begins
PROBE, LONGEST_PROBE = 0.5, 1.5  # where a parabola is laid through, and how far it is followed
SWEEPS = 3
FLATTEST = 1.5  # the widest the first cloud is in any direction: a standard deviation that may as well be zero
WIDER = 1.3  # clouds are this much wider than what they are made for, so that no weight is large
CLOUD, CLOUD_MORE = 32, 16  # points of the first cloud, and more for every standard deviation
SECOND = 2  # the second cloud has so many times as many
LOGISTIC = np.sqrt(3.0) / np.pi  # the scale at which a logistic law, whose tails are heavier, has variance one
LEAST_CENTRE, MOST_CENTRE = np.log(0.01), np.log(10.0)  # beyond these a standard deviation is none, or without limit
ROUNDS = 60  # of the iteration for the golden ratio of so many dimensions: it is exact long before
FLOOR = 0.05  # the narrowest the second cloud is in any direction
KEPT = 0.5  # of the draws must be worth as many independent ones after each step towards the posterior
SHORTEST_STEP = 0.01  # of the way there, however little is kept
MOVES, LAST_MOVES = 3, 8  # how often the draws walk after each step, and at the end
WISHED = 0.3  # of the proposals taken: near the best for a walk in many dimensions
SHORTEST_WALK = 0.02
MOST_PEOPLE = 1e15  # of an expected dark figure: beyond it whole numbers are not exact any more
_STREAM = 0x706F6F6C  # keeps these random numbers apart from other uses of the same seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What one table gave, in the order of the table that was given.

    Parameters
    ----------
    dark, verdict, shares, draws
        As in `Fit`.
    deviations
        ``(draws, standard deviations)``, in the order of `Frame.groups`; empty where nothing could be said.
    size
        How many independent draws these are worth.
    near
        The share of the draws that the normal laws around the modes are worth by themselves.
    zero
        In how many strata the most likely dark figure, without the prior, is zero.
    """

    dark: Array
    verdict: Codes
    shares: Array
    draws: Array
    deviations: Array
    size: float = np.inf
    near: float = 1.0
    zero: int = 0


@dataclass(frozen=True, slots=True)
class _Points:
    """Standard deviations that were looked at.

    Parameters
    ----------
    at
        ``(points, deviations)`` their logs.
    log_weight
        ``(points,)`` by how much their posterior is above the law they were chosen by.
    effects
        The most likely effects at each, global ones and the strata's own.
    """

    at: Array
    log_weight: Array
    effects: tuple[tuple[Array, Array], ...]


class _Evidence:
    """Laplace's approximation of the evidence of standard deviations; begins where the last mode was."""

    def __init__(self, frame: Frame, pool: Pool) -> None:
        self.frame, self.pool = frame, pool
        self.effects = (np.zeros(pool.size), np.zeros((len(pool.y), pool.lists)))

    def mode(self, log_sd: Array, start: tuple[Array, Array] | None = None) -> tuple[Mode, float]:
        """The mode of the effects and the log-evidence, up to a constant."""
        g, e = self.effects if start is None else start
        pool = self.pool
        prior, tau = self.frame.prior(log_sd)
        strata, lists, terms = len(pool.y), pool.lists, len(pool.masks)
        mode = Mode(
            prior=prior,
            tau=tau,
            g=g.copy(),
            e=e.copy(),
            factor=np.zeros((pool.size, pool.size)),
            factors=np.zeros((strata, lists, lists)),
            across=np.zeros((strata, lists, terms)),
            top=np.zeros(1),
        )
        half = climb(pool, mode)
        self.effects = (mode.g, mode.e)
        return mode, float(mode.top[0]) - half + self.frame.log_prior(log_sd, strata)

    def of(self, points: Array) -> tuple[Array, tuple[tuple[Array, Array], ...]]:
        """The log-evidence of each point, and the most likely effects."""
        found, effects = [], []
        for point in points:
            found.append(self.mode(point)[1])
            effects.append(self.effects)
        return np.array(found), tuple(effects)


def verdict_of(frame: Frame, y: Array) -> Codes:
    """What the lists say of each stratum with all strata alike and no prior; `y` in the order of the frame.

    Zero is an answer that a prior may change: the likelihood then has an upper limit, and only its maximum is at the
    edge. Where there is no upper limit, or nothing is said, no prior may stand in.
    """
    refitter = frame.refitter
    found = refitter.existence.verdict(refitter.merge(y))[refitter.group]
    return np.where(y.sum(axis=1) > 0, found, verdicts.ESTIMABLE).astype(np.int8)


def analyse(frame: Frame, given: Array, *, draws: int, seed: int) -> Analysis:
    """The posterior of the dark figures on ``(strata, 2**K)`` counts."""
    order, y = frame.order, frame.order.counts(given)
    likelihood = verdict_of(frame, y)
    verdict = np.where(likelihood == verdicts.ZERO, verdicts.ESTIMABLE, likelihood).astype(np.int8)
    people = y.sum(axis=1)
    there = np.flatnonzero(people > 0)
    if not (verdict[there] == verdicts.ESTIMABLE).any():
        return _without(frame, y, verdict, draws)
    pool = frame.pool(y)
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM << 32], dtype=np.uint64)))
    evidence = _Evidence(frame, pool)
    points = _look_around(evidence, frame.deviations)
    drawn = _Drawn(evidence, points, draws, rng)
    drawn.carry()
    unseen, share = np.zeros((draws, len(y))), np.zeros(y.shape)
    rate = np.exp(-drawn.told) * rng.standard_gamma(people[there], (draws, len(there)))
    unseen[:, there] = rng.poisson(np.minimum(rate, MOST_PEOPLE))
    share[there] = drawn.shares()
    known = verdict == verdicts.ESTIMABLE  # the others have draws too, but of their priors
    total, dark = float(np.median(unseen[:, known].sum(axis=1))), unseen.mean(axis=0)
    dark *= total / max(dark[known].sum(), 1 / draws)
    return Analysis(
        dark=order.strata_back(figures(dark, verdict)),
        verdict=order.strata_back(verdict),
        shares=order.cells_back(share),
        draws=order.strata_back(figures(unseen, np.broadcast_to(verdict, unseen.shape))),
        deviations=np.exp(points.at[drawn.point]),
        zero=int(np.sum(likelihood == verdicts.ZERO)),
        size=drawn.size,
        near=drawn.near,
    )


def with_wider_terms(frame: Frame, given: Array, log_sd: Array) -> float:
    """By which share the dark figure of everyone changes at the mode where terms between lists may be twice as large.

    Parameters
    ----------
    log_sd
        ``(deviations,)`` the standard deviations of the other effects.
    """
    pool = frame.pool(frame.order.counts(given))
    several = np.arange(frame.size) >= frame.size - (len(frame.masks) - frame.lists)
    found = []
    for each in (frame, replace(frame, fixed=np.where(several, frame.fixed / 4, frame.fixed))):
        mode, _ = _Evidence(each, pool).mode(log_sd)
        told = np.zeros(len(pool.y))
        place(pool, mode, np.zeros(pool.size + mode.e.size), told, np.zeros(pool.y.shape), False)
        found.append(float(pool.people @ np.exp(-told)))
    return found[1] / found[0] - 1


def _without(frame: Frame, y: Array, verdict: Codes, draws: int) -> Analysis:
    """Where no stratum has a dark figure, or nobody is there: the cells at the most likely parameters."""
    refitter, order = frame.refitter, frame.order
    dark = order.strata_back(figures(np.zeros(len(y)), verdict))
    seen = refitter.seen(y, maximise(refitter.design, refitter.merge(y))[1])
    return Analysis(
        dark=dark,
        verdict=order.strata_back(verdict),
        shares=order.cells_back(shares(seen)),
        draws=np.tile(dark, (draws, 1)),
        deviations=np.zeros((0, frame.deviations)),
    )


def _look_around(evidence: _Evidence, size: int) -> _Points:
    """Points where the standard deviations are likely, with their log weights as `evidence`."""
    if size == 0:
        evidence.of(np.zeros((1, 0)))
        return _Points(np.zeros((1, 0)), np.zeros(1), (evidence.effects,))
    centre, scale = _middle(evidence, size)
    count = CLOUD + CLOUD_MORE * size
    first, first_law = _cloud(count, centre, np.diag(WIDER * scale))
    found, effects = evidence.of(first)
    weight = _weights(found - first_law(first))
    centre = weight @ first
    spread = (weight * (first - centre).T) @ (first - centre) + FLOOR**2 * np.eye(size)
    root = WIDER * np.linalg.cholesky(spread).astype(np.float64)
    second, second_law = _cloud(SECOND * count, centre, root)
    both = np.vstack([first, second])
    more, more_effects = evidence.of(second)
    law = np.logaddexp(first_law(both), np.log(SECOND) + second_law(both))
    return _Points(both, np.r_[found, more] - law, (*effects, *more_effects))


def _middle(evidence: _Evidence, size: int) -> tuple[Array, Array]:
    """About the most likely point, one direction after the other, and how wide the weight is in each."""
    centre, scale = np.full(size, FIRST), np.full(size, FLATTEST)
    for _ in range(SWEEPS):
        for k in range(size):
            probe = np.zeros(size)
            probe[k] = PROBE
            (low, here, high), _ = evidence.of(np.stack([centre - probe, centre, centre + probe]))
            bend, slope = (2 * here - low - high) / PROBE**2, (high - low) / (2 * PROBE)
            if bend > FLATTEST**-2:
                step, scale[k] = slope / bend, bend**-0.5
            else:
                step, scale[k] = np.sign(slope) * PROBE, FLATTEST
            centre[k] += np.clip(step, -LONGEST_PROBE, LONGEST_PROBE)
            centre[k] = np.clip(centre[k], LEAST_CENTRE, MOST_CENTRE)
    return centre, scale


def _cloud(count: int, centre: Array, root: Array) -> tuple[Array, Callable[[Array], Array]]:
    """Points spread evenly under a logistic law in every direction of `root`, and the log density of that law."""
    size = len(centre)
    golden = 1.0
    for _ in range(ROUNDS):
        golden = (1 + golden) ** (1 / (size + 1))
    even = (0.5 + np.arange(1, count + 1)[:, None] * golden ** -np.arange(1.0, size + 1)) % 1
    points = centre + LOGISTIC * np.log(even / (1 - even)) @ root.T
    log_det = float(np.log(np.abs(np.diag(root))).sum())

    def law(at: Array) -> Array:
        away = np.linalg.solve(root, (at - centre).T).T / LOGISTIC
        density: Array = -np.sum(np.abs(away) + 2 * np.log1p(np.exp(-np.abs(away))), axis=1) - log_det
        return density

    return points, law


def _weights(log_weight: Array) -> Array:
    """Weights that add up to one."""
    weight = np.exp(log_weight - log_weight.max())
    share: Array = weight / weight.sum()
    return share


def _worth(weight: Array) -> float:
    """How many draws of equal weight these are worth."""
    return float(weight.sum() ** 2 / np.sum(weight**2))


def _systematic(weight: Array, count: int, start: float) -> Index:
    """``(count,)`` places in proportion to their weights, as evenly as whole numbers allow (Kitagawa 1996)."""
    steps = np.cumsum(weight) / weight.sum()
    found: Index = np.minimum(np.searchsorted(steps, (start + np.arange(count)) / count, side="right"), len(weight) - 1)
    return found


class _Drawn:
    """Draws of the effects on their way from the normal laws around the modes to the posterior."""

    def __init__(self, evidence: _Evidence, points: _Points, draws: int, rng: np.random.Generator) -> None:
        self.pool, self.rng, self.evidence, self.points = evidence.pool, rng, evidence, points
        strata = len(self.pool.y)
        self.point = _systematic(_weights(points.log_weight), draws, rng.random())
        self.modes = {int(k): evidence.mode(points.at[k], points.effects[k])[0] for k in np.unique(self.point)}
        self.z = np.zeros((draws, self.pool.size + (strata * self.pool.lists if self.pool.own else 0)))
        self.excess, self.told = np.zeros(draws), np.zeros((draws, strata))
        self.origin, self.length, self.near = np.arange(draws), 1.0, 1.0
        self._walk(0.0)  # the whole way, whatever it is above the normal law: that is a draw of it

    def carry(self) -> None:
        """Put in what the posterior is above the normal laws, a step at a time."""
        power = 0.0
        self.near = _worth(_weights(self.excess)) / len(self.z)
        while power < 1.0:
            step = self._step(1.0 - power)
            power = min(power + step, 1.0)
            self._keep(_systematic(_weights(step * self.excess), len(self.z), self.rng.random()))
            for _ in range(MOVES if power < 1.0 else LAST_MOVES):
                self._walk(power)

    @property
    def size(self) -> float:
        """How many independent draws these are worth at least: those that have an origin of their own are."""
        return _worth(np.bincount(self.origin).astype(float))

    def shares(self) -> Array:
        """``(strata, 2**K)`` mean chances of the histories."""
        found = np.zeros(self.pool.y.shape)
        for k, those in self._alike():
            add_shares(self.pool, self.modes[k], self.z[those], found)
        return found / len(self.z)

    def _step(self, most: float) -> float:
        """How much of the way can be gone before the draws are worth less than `KEPT` of them."""
        if _worth(_weights(most * self.excess)) >= KEPT * len(self.z):
            return most
        low, high = 0.0, most
        while high - low > SHORTEST_STEP / 4:
            middle = (low + high) / 2
            enough = _worth(_weights(middle * self.excess)) >= KEPT * len(self.z)
            low, high = (middle, high) if enough else (low, middle)
        return max(low, min(SHORTEST_STEP, most))

    def _keep(self, those: Index) -> None:
        self.point, self.z, self.excess = self.point[those], self.z[those], self.excess[those]
        self.told, self.origin = self.told[those], self.origin[those]

    def _walk(self, power: float) -> None:
        """One step of every draw; the next is longer or shorter, so that about `WISHED` of the proposals are taken."""
        noise, chances = self.rng.standard_normal(self.z.shape), self.rng.random(len(self.z))
        taken = 0.0
        for k, those in self._alike():
            z, excess, told = self.z[those], self.excess[those], self.told[those]
            taken += wander(self.pool, self.modes[k], z, excess, told, noise[those], chances[those], self.length, power)
            self.z[those], self.excess[those], self.told[those] = z, excess, told
        if power > 0.0:
            grown = self.length * np.exp(taken / len(self.z) - WISHED)
            self.length = float(np.clip(grown, SHORTEST_WALK, 1.0))

    def _alike(self) -> Iterator[tuple[int, Index]]:
        """The draws that share a mode."""
        order = np.argsort(self.point, kind="stable")
        starts = np.flatnonzero(np.diff(self.point[order], prepend=-1))
        for those in np.split(order, starts[1:]):
            yield int(self.point[those[0]]), those
