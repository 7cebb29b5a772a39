"""Profile limits: which models have them, and for which sums over strata."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.profile import profile_limits, profile_of_sum
from darknumber.models import Fit, Independence, LogLinear
from darknumber.models.columns import make_columns, terms_of

Array = NDArray[np.float64]
Groups = NDArray[np.int64]


@runtime_checkable
class Profiles(Protocol):
    """A model of one table that has a profile likelihood of its own."""

    def profile(self, fit: Fit, drop: float) -> tuple[float, float, float]:
        """Maximum, lower and upper limit of the dark figure, where twice the log-likelihood is `drop` below its top."""
        ...


def profile_bounds(fit: Fit, level: float, groups: Groups, size: int) -> Array:
    """``(size, 2)`` profile limits of the population size.

    Parameters
    ----------
    groups
        ``(strata,)`` the sum each stratum belongs to.
    size
        How many sums there are.

    Raises
    ------
    ModelError
        A model without a likelihood of its own, or a sum over parts that were fitted apart.
    """
    if fit.places:
        return _of_parts(fit, level, groups, size)
    _check(fit)
    people = np.bincount(groups, weights=fit.observed, minlength=size)
    verdict = verdicts.of_sum(fit.verdict, groups, size, fit.observed > 0)
    drop = float(ndtri((1 + level) / 2) ** 2)  # the chi-square point with one degree of freedom
    bounds = np.stack([people, np.where(people > 0, np.inf, 0.0)], axis=1)
    for number in np.flatnonzero((people > 0) & (verdict != verdicts.NOT_IDENTIFIED)):
        bounds[number] = people[number] + np.array(_dark_limits(fit, groups == number, drop))
    return bounds


def _check(fit: Fit) -> None:
    given = fit.model
    if isinstance(given, Independence) or (isinstance(given, LogLinear) and given.margin == "free"):
        return
    if not isinstance(given, Profiles):
        raise ModelError("interval_needs_one_table", interval="profile")


def _dark_limits(fit: Fit, inside: NDArray[np.bool_], drop: float) -> tuple[float, float]:
    """Lower and upper limit of the dark figure of the strata that are `inside` together."""
    if isinstance(fit.model, Profiles):
        return fit.model.profile(fit, drop)[1:]
    terms = fit.model.terms if isinstance(fit.model, LogLinear) else ""
    design = make_columns(fit.data, terms_of(terms, fit.data), "free").design
    if fit.data.strata == 1:
        return profile_limits(design, fit.data.dense(), drop)[1:]
    return profile_of_sum(design, fit.data.dense(), inside, drop)[1:]


def _of_parts(fit: Fit, level: float, groups: Groups, size: int) -> Array:
    """Limits of sums that each lie within one part; parts that were fitted apart have no likelihood together here."""
    part_of = np.full(len(groups), -1)
    for number, place in enumerate(fit.places):
        part_of[place] = number
    people = np.bincount(groups, weights=fit.observed, minlength=size)
    bounds = np.stack([people, np.where(people > 0, np.inf, 0.0)], axis=1)
    for number, (place, part) in enumerate(zip(fit.places, fit.parts, strict=True)):
        own, within = np.unique(groups[place], return_inverse=True)
        if np.any(part_of[np.isin(groups, own)] != number):
            raise ModelError("bounds_do_not_add", interval="profile")
        bounds[own] = profile_bounds(part, level, within.astype(np.int64), len(own))
    return bounds
