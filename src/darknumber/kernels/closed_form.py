"""Which log-linear models give the dark figure as a ratio of counts, and that ratio with one added below the line.

Two kinds of hierarchical models do.

1. Two largest terms, ``F`` and ``G``: the lists in ``F`` only and those in ``G`` only are independent given the lists
   in both. Among people on none of the latter, ``mu_0 = (F only) (G only) / (F and G)``, which count who is on lists
   of the first group only, of the second only, and of each.
2. Largest terms that leave out one list each. Call those lists ``R``. Given the other lists, ``R`` has every term but
   that of all of ``R``, so that the expected counts of people on lists of ``R`` only are the observed ones:
   ``mu_0 = prod_{|w| odd} y_w / prod_{|w| even, > 0} y_w`` over ``w`` within ``R``.

In every other model the maximum solves an equation of higher degree: with three independent lists a quadratic one,
``mu_0 (n + mu_0)^2 = prod_i (n - n_i + mu_0)``.

Each ratio has one factor more above the line than below, and no cell stands in two of them. Where N people fall into
cells independently, the plus-one form has expectation ``mu_0`` times the probability that among N - 1 people somebody
is in every factor below the line. That is exact, and close to one as soon as these counts are not tiny (for two lists
Chapman 1951).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design
from darknumber.kernels.histories import list_counts

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ratio:
    """The dark figure as a product of counts over a product of counts.

    Parameters
    ----------
    above, below
        The histories that each factor counts together.
    """

    above: tuple[Index, ...]
    below: tuple[Index, ...]


def ratio_of(lists: int, masks: Index) -> Ratio | None:
    """The ratio of a hierarchical model of one table, or None where the dark figure is none.

    Parameters
    ----------
    lists
        K.
    masks
        The sets of lists of its terms, as bits; at least every list by itself, and never all lists together.
    """
    largest = [a for a in map(int, np.unique(masks)) if not any(a & b == a and a != b for b in map(int, masks))]
    everyone = (1 << lists) - 1
    cells = np.arange(1, everyone + 1)
    if len(largest) == 2:
        one, other = (everyone ^ largest[1], everyone ^ largest[0])
        within = cells & ~(one | other) == 0
        sides = ((cells & one) > 0, (cells & other) > 0)
        return Ratio(
            above=(cells[within & ~sides[1]], cells[within & ~sides[0]]), below=(cells[within & sides[0] & sides[1]],)
        )
    left_out = [everyone ^ a for a in largest]
    if len(largest) > 2 and all(a & (a - 1) == 0 for a in left_out):
        free = cells[cells & ~sum(left_out) == 0]
        odd = list_counts(free) % 2 == 1
        return Ratio(above=tuple(free[odd, None]), below=tuple(free[~odd, None]))
    return None


def own_parameters(design: Design) -> bool:
    """Whether every stratum of the design has parameters of its own: its dark figure comes from its own counts."""
    strata = design.live.shape[0]
    return all(
        np.linalg.matrix_rank(design.features[:, design.masks == mask]) == strata for mask in np.unique(design.masks)
    )


def plus_one(ratio: Ratio, counts: Array) -> Array:
    """The dark figure of ``(..., 2**K)`` counts, with one added to every factor below the line: ``(...)``."""
    above, below = _factors(ratio.above, counts), _factors(ratio.below, counts)
    return _quotient(above, below + 1)


def plus_one_variance(ratio: Ratio, counts: Array) -> Array:
    """Variance of the plus-one estimate for a fixed population, ``(...)``; for two lists it is Chapman's.

    It is ``R + R^2 - Q``, with ``R`` the plus-one dark figure and ``Q = prod y (y - 1) / prod (y + 1) (y + 2)``, which
    estimates ``mu_0^2`` as ``R`` estimates ``mu_0``; the first ``R`` is the chance that decides who is unseen.
    """
    above, below = _factors(ratio.above, counts), _factors(ratio.below, counts)
    dark = _quotient(above, below + 1)
    square = dark * _quotient(np.maximum(above - 1, 0), below + 2)
    return dark + dark**2 - square


def _factors(groups: tuple[Index, ...], counts: Array) -> Array:
    return np.stack([counts[..., cells].sum(axis=-1) for cells in groups], axis=-1)


def _quotient(above: Array, below: Array) -> Array:
    """Products over the last axis, by logarithms: with eight lists there are 255 factors."""
    with np.errstate(divide="ignore"):
        quotient: Array = np.exp(np.log(above).sum(axis=-1) - np.log(below).sum(axis=-1))
    return quotient
