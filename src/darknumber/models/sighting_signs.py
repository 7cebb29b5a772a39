"""Signs in repeated sightings that a law does not hold: more ones than it has, or people who differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from darknumber.findings import Finding
from darknumber.models.sighting_rates import Setup, Solved, law_of_seen, make_setup, solve

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SMALL = 5.0  # expected people below which a cell of a chi-square test is put together with the next
OFTEN = 20  # times that are told one by one; who is seen more often is told with these
DOUBTFUL = 0.01  # chance of so bad a fit, below which it is told as a caution


def signs(setup: Setup, found: Solved, counts: Array) -> tuple[Finding, ...]:
    """What ``(strata, V)`` counts say against the law that was fitted to them."""
    if not np.isfinite(found.unobserved[0]).all():
        return ()
    told = []
    if setup.recipe.ones == "plain" and not setup.recipe.most:
        told += _ones(setup, found, counts)
    if not setup.recipe.most:
        told += _misfit(setup, found, counts)
    return tuple(told)


def expected_seen(setup: Setup, found: Solved, counts: Array) -> tuple[Index, Array]:
    """``(T,)`` once, twice, ..., up to `OFTEN`, and how many people the law has for each; see `SightingsFit`."""
    seen = setup.times[(counts.sum(axis=0) > 0) & (setup.times > 0)]
    times = np.arange(1, min(int(seen.max()), OFTEN) + 1)
    if setup.recipe.most or not np.isfinite(found.unobserved[0]).all():
        return times, np.zeros(0)
    whole = np.arange(times[-1] + 1)
    every = make_setup(setup.recipe, whole, tuple(design[setup.row] for design in setup.designs))
    cells = np.zeros((len(counts), len(whole)))
    inside = setup.times <= times[-1]
    cells[:, setup.times[inside]] = counts[:, inside]
    expected = counts.sum(axis=1) @ law_of_seen(every, found.maximum.theta[0], cells)
    expected[-1] += counts.sum() - expected.sum()
    return times, expected[1:]


def _ones(setup: Setup, found: Solved, counts: Array) -> list[Finding]:
    """Whether more people were seen once than the law has: the same law with a share of extra ones fits better."""
    if setup.recipe.law == "negative-binomial":  # it bends to the ones by itself, and what is left tells little
        return []
    constant = np.ones((len(setup.designs[0]), 1))
    wider = replace(
        setup, recipe=setup.recipe._replace(ones="inflated-all"), designs=(*setup.designs, constant), ends={}
    )
    other = solve(wider, counts[None])
    test = 2 * float(other.maximum.value[0] - found.maximum.value[0])
    if test <= 0 or float(chdtrc(1, test)) / 2 >= DOUBTFUL:  # half: a share cannot be below none (Self & Liang 1987)
        return []
    total = float(counts.sum() + other.unobserved[0].sum())
    values = {"once": int(counts[:, setup.times == 1].sum()), "test": test}
    if not np.isfinite(total):
        return [Finding(code="more_ones", severity="caution", values=values)]
    return [Finding(code="more_ones_estimate", severity="caution", values={**values, "other": total})]


def _misfit(setup: Setup, found: Solved, counts: Array) -> list[Finding]:
    """Whether as many people were seen once, twice, and so on, as the law has it, but for chance."""
    expected, test, freedom = goodness(setup, found, counts)
    chance = float(chdtrc(freedom, test)) if freedom > 0 else 1.0
    if chance >= DOUBTFUL:
        return []
    seen = counts.sum(axis=0)
    differ = float(seen @ setup.times**2) > float(expected @ setup.times**2)
    values = {"test": test, "freedom": freedom}
    if differ and setup.recipe.law == "poisson":
        return [Finding(code="sightings_differ", severity="caution", values=values)]
    return [Finding(code="sightings_misfit", severity="caution", values=values)]


def goodness(setup: Setup, found: Solved, counts: Array) -> tuple[Array, float, int]:
    """``(V,)`` people expected to be seen so often among those seen, a chi-square statistic, and its freedom.

    The last cell holds everybody who is seen more often, and cells with few people expected are put together with the
    next higher. The freedom is what is left by the number of people and one number for each predictor; covariates take
    some more, so that the test is careful.
    """
    expected = counts.sum(axis=1) @ law_of_seen(setup, found.maximum.theta[0], counts)
    seen, most = counts.sum(axis=0), int(setup.times.max())
    cells: list[list[float]] = []
    lost = float(counts.sum() - expected.sum())  # at numbers of sightings that do not occur
    for times, there, wanted in zip(setup.times[::-1], seen[::-1], expected[::-1], strict=True):
        rest = lost if times == most else 0.0
        if times == 0:
            continue
        if cells and cells[-1][1] < SMALL:
            cells[-1] = [cells[-1][0] + there, cells[-1][1] + wanted]
        else:
            cells.append([float(there), float(wanted + rest)])
    if len(cells) > 1 and cells[-1][1] < SMALL:
        last = cells.pop()
        cells[-1] = [cells[-1][0] + last[0], cells[-1][1] + last[1]]
    test = sum((there - wanted) ** 2 / wanted for there, wanted in cells if wanted > 0)
    return expected, float(test), len(cells) - 1 - setup.recipe.predictors
