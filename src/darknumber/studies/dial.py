"""The dial that no data can turn: how strongly all lists together depend on each other among the unseen (METHODS D3).

With the expected counts of the seen held as they are, the dark figure is
``mu_0 = xi ** (-1) ** K * prod_odd mu / prod_even mu``, where xi is the odds ratio of all K lists together. A model
implies a value of it; where that value is off by a factor, the dark figure is off by the same factor, upwards or
downwards as K is even or odd. So the whole curve, its limits and the value at which a threshold is crossed follow from
the estimate and its limits, whatever the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.wider import untested_limits
from darknumber.kernels import verdicts
from darknumber.kernels.identification import all_lists_row, ratios
from darknumber.kernels.summaries import sum_draws

Array = NDArray[np.float64]

POINTS = 41  # of the curve: an odd number, so that the model's own value is one of them
ALMOST_NOTHING = 1e-9  # share of the dark figure that may be in strata where the odds ratio is not defined


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Where a threshold is crossed: how many times what the model assumes; None where no value leads there.

    Parameters
    ----------
    estimate, lower, upper
        At which value of xi the estimate, its lower and its upper limit are at the threshold.
    times
        How many times the model's own dark figure the estimate then has.
    """

    estimate: float | None
    lower: float | None
    upper: float | None
    times: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """The population size against the odds ratio of all lists together, as a multiple of what the model implies.

    Parameters
    ----------
    lists
        How many lists were kept in every stratum; None where that differs. Then xi is what multiplies the dark figure,
        so that all strata move the same way.
    declared
        The factor within which the odds ratio is said to lie: between 1/declared and declared times what is implied.
    implied
        The odds ratio of all lists together that the model itself implies, the mean over strata of its logarithm,
        weighed by their dark figures; ``nan`` where a history is expected to have nobody.
    xi
        ``(points,)`` multiples of what is implied, from low to high.
    estimate, lower, upper
        ``(points,)`` the population size and its limits there.
    ends
        The estimate at both ends of the declared range, from low to high.
    interval
        The lowest lower and the highest upper limit within the declared range.
    crossing
        Where the threshold is crossed, or None without a threshold.
    """

    lists: int | None
    declared: float
    implied: float
    xi: Array
    estimate: Array
    lower: Array
    upper: Array
    ends: tuple[float, float]
    interval: tuple[float, float]
    crossing: Crossing | None


def interval_at(observed: float, limits: tuple[float, float], xi: float) -> tuple[float, float]:
    """The sensitivity interval: lowest lower and highest upper limit where xi is up to a factor off, either way.

    Parameters
    ----------
    observed
        People on some list.
    limits
        Of the population size under the model's own assumption.
    xi
        The factor; ``1 / xi`` and ``xi`` give the same interval.
    """
    lower, upper = untested_limits(np.array([observed]), np.array([limits]), max(xi, 1 / xi))[0]
    return float(lower), float(upper)


def shifted(observed: float, value: float | Array, times: float | Array) -> Array:
    """A population size with the dark figure some times as large."""
    return np.asarray(observed + times * (np.asarray(value, dtype=float) - observed), dtype=float)


def turn(
    whole: Estimates,
    cells: Array,
    operating: NDArray[np.bool_],
    *,
    declared: float,
    reach: float,
    threshold: float | None,
) -> Dial:
    """The dial of a total.

    Parameters
    ----------
    whole
        The total.
    cells
        ``(strata, 2**K)`` people the model expects in every cell.
    operating
        ``(strata, K)`` which lists were kept.
    declared, reach
        The factor that is declared, and how far the curve goes.
    threshold
        A number of people, or None.
    """
    kept = operating.sum(axis=1)
    lists = int(kept[0]) if (kept == kept[0]).all() else None
    xi = np.exp(np.linspace(-np.log(reach), np.log(reach), POINTS))
    times = times_of(xi, lists)
    observed, estimate = float(whole.observed[0]), float(whole.estimate[0])
    lower, upper = (float(limit) for limit in whole.limits[0])
    low, high = (float(end) for end in shifted(observed, estimate, np.array([1 / declared, declared])))
    return Dial(
        lists=lists,
        declared=declared,
        implied=implied_by(cells, operating),
        xi=xi,
        estimate=shifted(observed, estimate, times),
        lower=shifted(observed, lower, times),
        upper=shifted(observed, upper, times),
        ends=(low, high),
        interval=interval_at(observed, (lower, upper), declared),
        crossing=None if threshold is None else crossing_of(whole, threshold, lists),
    )


def times_of(xi: Array, lists: int | None) -> Array:
    """How many times the model's own dark figure there is at a value of xi: itself for an even number of lists."""
    return xi if lists is None or lists % 2 == 0 else 1 / xi


def crossing_of(whole: Estimates, threshold: float, lists: int | None) -> Crossing:
    """Where the estimate and its limits are at a threshold: ``(threshold - n) / (value - n)`` times the dark figure."""
    observed = float(whole.observed[0])
    values = (float(whole.estimate[0]), *(float(limit) for limit in whole.limits[0]))
    found: list[float | None] = []
    for value in values:
        dark = value - observed
        known = np.isfinite(dark) and dark > 0 and threshold > observed
        found.append((threshold - observed) / dark if known else None)
    at = [None if times is None else float(times_of(np.array(times), lists)) for times in found]
    return Crossing(estimate=at[0], lower=at[1], upper=at[2], times=found[0])


def implied_by(cells: Array, operating: NDArray[np.bool_]) -> float:
    """The odds ratio of all lists together that a model implies; ``nan`` where it has none."""
    logs, weights = [], []
    for expected, kept in zip(cells, operating, strict=True):
        places = np.flatnonzero(kept)
        own = expected[_histories(places)]
        if len(places) < 2 or not 0 < own[0] < np.inf:
            continue
        ratio = float(ratios(own, all_lists_row(len(places)))[0])
        if 0 < ratio < np.inf:
            logs.append((-1) ** len(places) * float(np.log(own[0] / ratio)))
            weights.append(float(own[0]))
    whole = float(np.sum(cells[:, 0]))
    if not logs or not np.isfinite(whole) or whole - sum(weights) > ALMOST_NOTHING * whole:
        return np.nan
    return float(np.exp(np.average(logs, weights=weights)))


def _histories(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """``(2**k,)`` the histories of some of the lists, in their own order."""
    own = np.arange(1 << len(places))
    found: NDArray[np.int64] = ((own[:, None] >> np.arange(len(places)) & 1) << places).sum(axis=1)
    return found


@dataclass(frozen=True, slots=True)
class Lever:
    """A total in two parts, of which the first can be moved: strata that something is about, and the others.

    Parameters
    ----------
    whole
        The total.
    parts
        The two parts, or None where the first is everything.
    """

    whole: Estimates
    parts: Estimates | None

    def at(self, times: float) -> tuple[float, float, float]:
        """Estimate and limits of the total with the dark figure of the first part some times as large."""
        if self.parts is None:
            observed = float(self.whole.observed[0])
            ends = np.array([self.whole.estimate[0], *self.whole.limits[0]])
            low, middle, high = shifted(observed, ends, times)[[1, 0, 2]].tolist()
            return middle, max(low, observed), high
        parts, factor = self.parts, np.array([times, 1.0])

        def moved(values: Array | None) -> Array | None:
            return None if values is None else parts.observed + factor * (values - parts.observed)

        total = replace(
            parts,
            unobserved=parts.unobserved * factor,
            draws=moved(parts.draws),
            jackknife=moved(parts.jackknife),
        ).total()
        lower, upper = total.limits[0]
        return float(total.estimate[0]), float(lower), float(upper)


def lever_of(estimates: Estimates, moves: NDArray[np.bool_]) -> Lever:
    """The lever that moves some strata of an answer with draws.

    Parameters
    ----------
    moves
        ``(strata,)`` which of them.
    """
    whole = estimates.total()
    if moves.all() or (estimates.observed[~moves] == 0).all():
        return Lever(whole, None)
    group = np.where(moves, 0, 1).astype(np.int64)

    def two(values: Array | None) -> Array | None:
        return None if values is None else sum_draws(values, group, 2)

    parts = replace(
        estimates,
        covariates=(Covariate(name="part", levels=("moves", "stays")),),
        observed=np.bincount(group, weights=estimates.observed, minlength=2).astype(float),
        unobserved=sum_draws(estimates.unobserved[None], group, 2)[0],
        verdict=verdicts.of_sum(estimates.verdict, group, 2, estimates.observed > 0),
        at_least=np.bincount(group, weights=estimates.at_least, minlength=2).astype(float),
        draws=two(estimates.draws),
        jackknife=two(estimates.jackknife),
    )
    return Lever(whole, parts)
