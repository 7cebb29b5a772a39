"""Profile likelihood of the population size (METHODS A6).

For each number of unseen people the model is fitted anew as if they had been counted, and the number is kept while
twice the log-likelihood is close enough to its top. The likelihood is that of everybody, seen and unseen, so that its
top is the unconditional estimate, which differs a little from the conditional one that fits print.

In one table the unseen are one more cell. In several strata only their sum is fixed, and they may be anywhere:
``(N - n) log sum_s p_s0``, a composite term. Everything but the lists' parameters is then solved for exactly: with free
totals, ``o_s`` the odds of being on no list and ``a_s`` the share of the population that is seen in stratum s,

    sum_s n_s log a_s + (N - n) log S,  S = sum_s a_s o_s,  where  sum_s a_s (1 + o_s) = 1,

is concave in ``a``, and its maximum has ``a_s = n_s / (N (1 + o_s) - (N - n) o_s / S)``: one equation for ``S``. The
lists' parameters follow by a quasi-Newton method, from where they were for the nearest number of people. In them the
composite term is not concave, so that this is the top that is connected with the estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import betaln, gammaln, xlogy

from darknumber.kernels.cells import Cells, complete, dark_figures, maximise_cells
from darknumber.kernels.design import Design, merge_counts, merge_strata
from darknumber.kernels.poisson import expected_counts, information, maximise, score_and_information

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROOT = 1e-9  # roots are found on the log of the dark figure; this is far below one person
FAR = 30.0  # e^30, ten million million people: beyond this a likelihood that has not fallen never will
GRID = 51  # one point for each factor e
LOWEST = -20.0  # log of a dark figure that is zero for every purpose
MOST = 0.5  # a share above this loses digits to one less it, a share below does not
PADDING = 0.01  # people added where a start is sought, as a share of those counted
FLAT_SHARE = 1e-9  # of the largest eigenvalue of the information: a direction with less does not exist
SETTLED = 1e-7  # the slope of the likelihood in units of a standard error: what is left is far below `ROOT`
MAX_STEPS = 500
TINY = 1e-14  # of a logarithm: the last digit


def ways(people: float, dark: float) -> float:
    """``log Gamma(N + 1) - log Gamma(n0 + 1)`` in a form that keeps its digits for a large dark figure."""
    return float(gammaln(people) - betaln(dark + 1, people))


def profile_of(likelihood: Callable[[float], float], drop: float, near: float = 0.0) -> tuple[float, float, float]:
    """Maximum and limits of the dark figure: where twice the log-likelihood is `drop` below its own maximum.

    Parameters
    ----------
    likelihood
        The profile log-likelihood of a dark figure.
    drop
        Such as the 95% point of chi-square with one degree of freedom.
    near
        A dark figure that may be close to the maximum, to save time.

    Returns
    -------
    tuple
        Dark figure at the maximum, lower and upper limit; the upper may be infinite, the lower zero.
    """

    def at(log_dark: float) -> float:
        return likelihood(float(np.exp(log_dark)))

    low, high = _around_the_top(at, near)
    found = minimize_scalar(lambda x: -at(x), bounds=(low, high), method="bounded", options={"xatol": ROOT})
    top, best = float(found.x), -float(found.fun)

    def below(log_dark: float) -> float:
        return 2 * (best - at(log_dark)) - drop

    return float(np.exp(top)), _edge(below, top, LOWEST, 0.0), _edge(below, top, FAR, float("inf"))


def _around_the_top(at: Callable[[float], float], near: float) -> tuple[float, float]:
    """Logs of dark figures with the maximum between them.

    The profile has one top: where it is not close to `near`, a grid finds its neighbourhood, so that the search cannot
    stop on the flat far side.
    """
    if np.exp(LOWEST + 1) < near < np.exp(FAR - 1):
        middle = float(np.log(near))
        if at(middle - 1) < at(middle) > at(middle + 1):
            return middle - 1, middle + 1
    grid = np.linspace(LOWEST, FAR, GRID)
    best = int(np.argmax([at(x) for x in grid]))
    return float(grid[max(best - 1, 0)]), float(grid[min(best + 1, GRID - 1)])


def _edge(below: Callable[[float], float], top: float, end: float, beyond: float) -> float:
    """The dark figure where the likelihood has fallen enough, stepping out from the top; `beyond` if it never has."""
    inner, step = top, 0.5 if end > top else -0.5
    while inner != end:
        outer = float(np.clip(inner + step, LOWEST, FAR))
        if below(outer) > 0:
            return float(np.exp(brentq(below, inner, outer, xtol=ROOT)))
        inner, step = outer, 2 * step
    return beyond


def profile_limits(design: Design, y: Array, drop: float) -> tuple[float, float, float]:
    """What `profile_of` gives for one table.

    Parameters
    ----------
    design
        A design of one stratum with free total; cell 0 is switched on here.
    y
        ``(1, 2**K)`` counts.
    """
    people = float(y.sum())
    # A list that everyone is on turns the unseen into an ordinary cell of the same kernel.
    everyone = 1 << design.lists
    live = np.zeros((1, 2 * everyone), dtype=bool)
    live[0, everyone:] = design.live[0]
    live[0, everyone] = True
    whole = replace(design, layout=design.layout._replace(lists=design.lists + 1, live=live))
    table = np.zeros((1, 2 * everyone))
    table[0, everyone:] = y[0]
    start = np.zeros(design.columns)

    def likelihood(dark: float) -> float:
        table[0, everyone] = dark
        start[:], mu, _ = maximise(whole, table, start)
        share = mu[0, everyone:] / (people + dark)
        return ways(people, dark) + _log_probability(y[0, 1:], share[1:], dark, share[0])

    return profile_of(likelihood, drop, float(maximise(design, y)[1][0, 0]))


def profile_of_cells(cells: Cells, y: Array, drop: float) -> tuple[float, float, float]:
    """What `profile_of` gives for one dense design.

    Parameters
    ----------
    y
        ``(cells,)`` counts.
    """
    people, whole = float(y.sum()), complete(cells)
    table = np.append(y, 0.0)
    start: Array | None = None

    def likelihood(dark: float) -> float:
        nonlocal start
        table[-1] = dark
        start, mu, _ = maximise_cells(whole, table, start)
        share = mu / (people + dark)
        return ways(people, dark) + _log_probability(y, share[:-1], dark, share[-1])

    return profile_of(likelihood, drop, float(dark_figures(cells, maximise_cells(cells, y)[0])))


def _log_probability(y: Array, seen: Array, dark: float, unseen: float) -> float:
    """Log probability of the counts, without the ways to choose people.

    Where nearly all are unseen, that share keeps its digits only as one less those seen.
    """
    log_unseen = np.log1p(-seen.sum()) if unseen > MOST else np.log(unseen)
    return float(xlogy(y, seen).sum() + dark * log_unseen)


def profile_of_sum(design: Design, y: Array, inside: Mask, drop: float) -> tuple[float, float, float]:
    """What `profile_of` gives for the sum over some strata of a design with free totals; the others are nuisance.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    inside
        ``(strata,)`` the strata that are summed; those without people have nobody unseen either.
    """
    design, y, inside = _merged(design, y, inside)
    total = y.sum(axis=1)
    summed = inside & (total > 0)
    people, own = float(total[summed].sum()), total[summed]
    place = np.arange(design.columns)
    # Where something has run off there is no slope left to come back along: start from a table without empty cells.
    padded = y + np.where(design.live, PADDING * y.sum() / design.live.sum(), 0.0)
    theta, mu, _ = maximise(design, padded)
    axes = _axes(information(design, mu, padded.sum(axis=1)))
    score, unused = np.empty(design.columns), np.empty((design.columns, design.columns))

    def loss(moved: Array, dark: float) -> tuple[float, Array]:
        conditional = expected_counts(theta + axes @ moved, y, total, place, design.layout, mu)
        odds = mu[summed, 0] / own
        value, pull = _spread_unseen(own, odds, dark)
        # One more term in the score of each column: its expected people, by how hard their stratum's odds pull.
        weight = np.zeros(len(y))
        weight[summed] = pull / own
        seen = mu.copy()
        seen[:, 0] = 0.0
        shifted = y - weight[:, None] * seen
        score_and_information(shifted, mu, total, place, design.columns, design.layout, score, unused)
        return -(conditional + value), -(axes.T @ score)

    known = {float(np.log(max(mu[summed, 0].sum(), np.exp(LOWEST)))): np.zeros(axes.shape[1])}

    def likelihood(dark: float) -> float:
        here = float(np.log(dark))
        start = known[min(known, key=lambda other: abs(other - here))]
        found = minimize(
            loss, start, args=(dark,), jac=True, method="BFGS", options={"gtol": SETTLED, "maxiter": MAX_STEPS}
        )
        known[here] = found.x
        return ways(people, dark) - float(found.fun)

    return profile_of(likelihood, drop, float(maximise(design, y)[1][summed, 0].sum()))


def _merged(design: Design, y: Array, inside: Mask) -> tuple[Design, Array, Mask]:
    """Strata with the same features as one, where that does not join a stratum that is summed with one that is not."""
    small, group = merge_strata(design)
    size = len(small.live)
    share = np.bincount(group, weights=inside, minlength=size) / np.bincount(group, minlength=size)
    if np.any((share > 0) & (share < 1)):
        return design, np.ascontiguousarray(y), inside
    return small, np.ascontiguousarray(merge_counts(y, group, size)), share > 0


def _axes(info: Array) -> Array:
    """``(columns, r)`` directions in which the likelihood falls by one half a step from its top."""
    values, vectors = np.linalg.eigh(info)
    kept = values > FLAT_SHARE * max(values.max(initial=0.0), 1.0)
    axes: Array = vectors[:, kept] / np.sqrt(values[kept])
    return axes


def _spread_unseen(own: Array, odds: Array, dark: float) -> tuple[float, Array]:
    """The best ``sum_s n_s log a_s + dark log S`` over the seen shares ``a``, and its slope in each log odds.

    With ``k = dark / (N S)`` the equation for ``S`` is ``k sum_s n_s o_s / (1 + (1 - k) o_s) = dark``, whose left side
    rises from zero to infinity as ``k`` goes to where the largest odds have no share left. ``x`` says how close it is,
    so that no digits are lost there.
    """
    largest = odds.max()
    ratio = odds / largest

    def parts(log_x: float) -> tuple[float, Array]:
        return 1 + -np.expm1(-log_x) / largest, (1 - ratio) + ratio * np.exp(-log_x)

    def excess(log_x: float) -> float:
        k, rest = parts(log_x)
        return float(k * (own * odds / rest).sum() / dark - 1)

    lowest = -float(np.log1p(largest))
    highest = lowest + 1.0
    while excess(highest) < 0:
        highest += highest - lowest
    k, rest = parts(float(brentq(excess, lowest, highest, xtol=TINY)))
    people = own.sum() + dark
    value = float((own * np.log(own / (people * rest))).sum() + dark * np.log(dark / (k * people)))
    return value, own * odds * (k - 1) / rest
