"""Models of repeated sightings fitted by Newton's method, many tables at once, and where their maximum has no end."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from darknumber.kernels.truncated import (
    Law,
    Part,
    chance,
    geometric,
    minus,
    negative_binomial,
    one_inflated,
    padded,
    poisson,
    together,
    truncated,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

FURTHEST = 25.0  # linear predictors stay within this of zero: beyond it, exp() has nothing left to say about people
MAX_STEPS = 200  # Newton takes some ten; a likelihood that rises along a ridge is climbed for longer
ROUNDING = 1e-12  # relative: what adding up a log-likelihood in another order may lose
HALVINGS = 40  # of a step that goes too far: 2**-40 of it is no step
CLOSE = 1e-8  # log-likelihood still to be gained, below which the last step is taken and the rest is rounding
LATE = 1e-2  # still to be gained, below which Newton's steps are right, or far too short
STRIDE = 8.0  # times such a step, where a share runs to zero or a likelihood rises along a ridge
FLOOR = 1e-13  # least curvature, as a share of the greatest: what rounding leaves of a direction without any
SURE = 1e-9  # of a linear programme: how far from zero is not zero


class Recipe(NamedTuple):
    """What a model of sightings is put together from.

    Parameters
    ----------
    law
        ``poisson``, ``geometric`` or ``negative-binomial``.
    ones
        ``plain``; ``inflated``: more people are seen once, among the seen; ``inflated-all``: among everybody;
        ``left-out``: people seen once say nothing of how often others are seen.
    link
        Of the share of extra ones: ``logit`` or ``cloglog``.
    most
        People seen more often say nothing either; 0 for no such limit.
    whole
        With a limit: whether the chance of being seen holds for everybody, or for those within the limit only.
    """

    law: str = "poisson"
    ones: str = "plain"
    link: str = "logit"
    most: int = 0
    whole: bool = False

    @property
    def lowest(self) -> int:
        """The fewest sightings that say something."""
        return 2 if self.ones == "left-out" else 1

    @property
    def predictors(self) -> int:
        """How many linear predictors there are: of the mean, the spread and the share of ones."""
        return 1 + (self.law == "negative-binomial") + self.inflates

    @property
    def inflates(self) -> bool:
        """Whether there is a share of extra ones."""
        return self.ones in ("inflated", "inflated-all")


class Maximum(NamedTuple):
    """Where the likelihood is highest.

    Parameters
    ----------
    theta
        ``(B, p)`` coefficients, predictor after predictor.
    value
        ``(B,)`` log-likelihood of the counts that say something, given that they do.
    information
        ``(B, p, p)`` minus its second derivatives.
    """

    theta: Array
    value: Array
    information: Array


def laws(recipe: Recipe, times: Index, predictors: list[Array]) -> tuple[Law, Law, Part]:
    """The law of everybody, that of those who say something, and the log-odds of being unseen against these.

    Parameters
    ----------
    times
        ``(V,)`` counts; 0, 1, 2 and every count up to `most` must be among them.
    predictors
        ``(...)`` arrays: of the log mean, the log spread where the law has one, and the share of ones.
    """
    law, told = _told(recipe, times, predictors)
    against = chance(law, 1) if recipe.whole else chance(law, recipe.lowest, recipe.most)
    odds = minus(together(law, times == 0), against)
    return law, told, padded(odds) if recipe.ones == "inflated" else odds


def _told(recipe: Recipe, times: Index, predictors: list[Array], *, bare: bool = False) -> tuple[Law, Law]:
    """The law of everybody and that of those who say something; bare, derivatives are left out."""
    count = recipe.predictors - recipe.inflates
    if recipe.law == "negative-binomial":
        law = negative_binomial(times, *predictors[:count])
    else:
        law = (geometric if recipe.law == "geometric" else poisson)(times, predictors[0])
    if bare:
        law = law.bare
    if recipe.ones == "inflated-all":
        law = one_inflated(law, predictors[-1], recipe.link)
    told = truncated(law, recipe.lowest, recipe.most)
    if recipe.ones == "inflated":
        told = one_inflated(told, predictors[-1], recipe.link)
    return law, told


def split(designs: tuple[Array, ...], theta: Array) -> list[Array]:
    """``(B, strata)`` linear predictors, from ``(B, p)`` coefficients."""
    ends = np.cumsum([0, *(design.shape[1] for design in designs)])
    found = [theta[:, a:b] @ design.T for a, b, design in zip(ends, ends[1:], designs, strict=False)]
    return [np.clip(each, -FURTHEST, FURTHEST) for each in found]


def maximise(recipe: Recipe, times: Index, designs: tuple[Array, ...], counts: Array, start: Array) -> Maximum:
    """Maximum likelihood by Newton with step halving; every table by itself.

    Parameters
    ----------
    designs
        ``(strata, columns)`` for each linear predictor.
    counts
        ``(B, strata, V)`` people by how often they were seen; those that say nothing are passed over.
    start
        ``(B, p)``.
    """
    theta, going = start.copy(), np.arange(len(start))
    value, slope, bend = _derivatives(recipe, times, designs, counts, theta)
    for _ in range(MAX_STEPS):
        size, turned = np.linalg.eigh(-bend[going])
        least = FLOOR * np.maximum(size.max(axis=1, keepdims=True), 1.0)
        along = np.einsum("bij,bi->bj", turned, slope[going])
        step = np.einsum("bij,bj->bi", turned, along / np.maximum(np.abs(size), least))
        gain = np.einsum("bi,bi->b", slope[going], step) / 2
        step *= np.minimum(1.0, FURTHEST / 5 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-300))
        taken = _taken(partial(_value, recipe, times, designs), counts[going], theta[going], value[going], step)
        late = np.flatnonzero((gain < LATE) & (gain > CLOSE) & (taken == 1))
        if len(late):
            short, far = (
                _value(recipe, times, designs, counts[going[late]], theta[going[late]] + times_of * step[late])
                for times_of in (1.0, STRIDE)
            )
            taken[late[far > short]] = STRIDE
        theta[going] += taken[:, None] * step
        before = value[going]
        value[going], slope[going], bend[going] = _derivatives(recipe, times, designs, counts[going], theta[going])
        going = going[(gain > CLOSE) & (taken > 0) & (value[going] > before + CLOSE)]
        if not len(going):
            break
    return Maximum(theta, value, -bend)


def _taken(value_of: partial[Array], counts: Array, theta: Array, before: Array, step: Array) -> Array:
    """``(B,)`` which part of each step does not lose anything: 1, a half, a quarter, and so on, or none."""
    part, open_ = np.ones(len(theta)), np.arange(len(theta))
    for _ in range(HALVINGS):
        now = value_of(counts[open_], theta[open_] + part[open_, None] * step[open_])
        open_ = open_[~(now >= before[open_] - ROUNDING * (1 + np.abs(before[open_])))]
        if not len(open_):
            return part
        part[open_] /= 2
    part[open_] = 0.0
    return part


def _value(recipe: Recipe, times: Index, designs: tuple[Array, ...], counts: Array, theta: Array) -> Array:
    return _sum(counts, _told(recipe, times, split(designs, theta), bare=True)[1])


def _sum(counts: Array, told: Law) -> Array:
    """``(B,)`` log-likelihood; counts that say nothing are passed over."""
    value: Array = np.einsum("bsv,bsv->b", counts, np.where(np.isfinite(told.log_p), told.log_p, 0.0))
    return value


def _derivatives(
    recipe: Recipe, times: Index, designs: tuple[Array, ...], counts: Array, theta: Array
) -> tuple[Array, Array, Array]:
    """``(B,)`` log-likelihood, ``(B, p)`` slope and ``(B, p, p)`` second derivatives."""
    told = _told(recipe, times, split(designs, theta))[1]
    value = _sum(counts, told)
    by_predictor = np.einsum("bsv,pbsv->pbs", counts, told.first)
    twice = np.einsum("bsv,pqbsv->pqbs", counts, told.second)
    slope = np.hstack([by_predictor[k] @ design for k, design in enumerate(designs)])
    rows = [[(one.T * twice[k, m][:, None, :]) @ two for m, two in enumerate(designs)] for k, one in enumerate(designs)]
    return value, slope, np.concatenate([np.concatenate(row, axis=2) for row in rows], axis=1)


def without_end(design: Array, low: Mask, high: Mask) -> tuple[Mask, Mask]:
    """The strata whose mean runs to zero, and those where it grows without end, in a law with a rising mean.

    Parameters
    ----------
    design
        ``(strata, columns)`` of the log mean, for strata with people who say something.
    low, high
        ``(strata,)`` where everybody who says something has the lowest count that can, or the highest. A likelihood
        has no maximum where some direction of the coefficients lowers only means of the first kind, raises only those
        of the second, and leaves all others as they are (as in Albert & Anderson 1984).
    """
    none = np.zeros(len(design), dtype=bool)
    free = low ^ high
    fixed = ~(low | high)
    if not free.any() or np.linalg.matrix_rank(design[fixed]) == np.linalg.matrix_rank(design):
        return none, none
    strata, columns = design.shape
    sign = np.where(low, 1.0, -1.0)[free, None]
    # maximise sum(t) with sign * design @ d <= -t, 0 <= t <= 1: directions add up, so t is 1 wherever it can be
    limits = np.hstack([sign * design[free], np.eye(int(free.sum()))])
    same = np.hstack([design[fixed], np.zeros((int(fixed.sum()), int(free.sum())))])
    found = linprog(
        np.r_[np.zeros(columns), -np.ones(int(free.sum()))],
        A_ub=limits,
        b_ub=np.zeros(len(limits)),
        A_eq=same if fixed.any() else None,
        b_eq=np.zeros(len(same)) if fixed.any() else None,
        bounds=[(None, None)] * columns + [(0.0, 1.0)] * int(free.sum()),
    )
    runs = np.zeros(strata, dtype=bool)
    runs[free] = np.asarray(found.x)[columns:] > SURE
    return runs & low, runs & high
