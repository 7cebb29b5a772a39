"""Closed populations whose people may differ: the designs, and the additions to counts that take out bias.

``log mu_w = b0 + sum_j b_j w_j + tau h(|w|)``, where ``|w|`` is the number of lists of a history (METHODS C1; Rivest &
Baillargeon 2007). Somebody who is on many lists weighs more than independent lists would have it, by a convex ``h``:

- Darroch ``h(k) = k^2 / 2``: the log odds of being on a list vary like a normal variable among those on no list;
- Poisson ``h(k) = base^k - 1``: they vary like a Poisson variable, in steps of ``log base``;
- gamma ``h(k) = log(shape) - log(shape + k)``: they vary like a gamma variable with its sign turned;
- Chao's lower bound: a parameter for each ``k >= 3``, so that only people on one or two lists are used. Since any
  difference between people bends ``log mu`` upwards, those of the columns ``max(k - j + 1, 0)``, ``j = 3, 4, ...``, are
  not below zero.

With one chance for all lists, cells with as many lists are one cell, whose offset is the log of how many there are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom

from darknumber.kernels.cells import Cells, make_cells
from darknumber.kernels.histories import list_counts, membership

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Curve = Callable[[Array], Array]

CHAO_FROM = 3  # people on this many lists or more have parameters of their own in Chao's lower bound
HALVINGS = 80  # of an interval of `WIDEST - LOWEST`, down to the last digit
LOWEST, WIDEST = -30.0, 40.0  # logs of a population size less the people counted


def darroch(k: Array) -> Array:
    """Heterogeneity as Darroch's form has it."""
    return k**2 / 2


def poisson(base: float) -> Curve:
    """Heterogeneity in steps."""
    return lambda k: base**k - 1


def gamma(shape: float) -> Curve:
    """Heterogeneity with a long tail of people who are hard to find."""
    return lambda k: np.log(shape) - np.log(shape + k)


def heterogeneity_columns(k: Array, form: Curve | None, *, chao: bool) -> tuple[Array, NDArray[np.bool_]]:
    """``(cells, columns)`` that say how people on ``k`` lists stand out, and which of their parameters have a floor."""
    if chao:
        added = np.arange(CHAO_FROM, int(k.max()) + 1)
        return np.maximum(k[:, None] - added + 1, 0.0), np.ones(len(added), dtype=np.bool_)
    if form is None:
        return np.zeros((len(k), 0)), np.zeros(0, dtype=np.bool_)
    return form(k)[:, None], np.zeros(1, dtype=np.bool_)


def history_cells(lists: int, form: Curve | None, *, chao: bool = False) -> Cells:
    """A cell for each of the ``2**K - 1`` histories, in order; every list has a chance of its own."""
    histories = np.arange(1, 1 << lists)
    on = membership(histories, lists).astype(np.float64)
    extra, floor = heterogeneity_columns(list_counts(histories).astype(np.float64), form, chao=chao)
    return _with_intercept(np.hstack([on, extra]), floor, np.zeros(len(on)))


def frequency_cells(lists: int, form: Curve | None, *, chao: bool = False) -> Cells:
    """A cell for each number of lists from 1 to K; every list has the same chance."""
    k = np.arange(1.0, lists + 1)
    extra, floor = heterogeneity_columns(k, form, chao=chao)
    return _with_intercept(np.hstack([k[:, None], extra]), floor, np.log(binom(lists, k)))


def _with_intercept(columns: Array, floor: NDArray[np.bool_], offset: Array) -> Cells:
    """A cell for people on no list has the intercept only."""
    rows = np.hstack([np.ones((len(columns), 1)), columns])
    held = np.zeros(rows.shape[1], dtype=np.bool_)
    held[len(held) - len(floor) :] = floor
    return make_cells(rows, np.eye(rows.shape[1])[0], offset, held)


def cell_of_history(lists: int, *, equal: bool) -> Index:
    """``(2**K - 1,)`` the cell each observable history belongs to."""
    histories = np.arange(1, 1 << lists)
    return list_counts(histories) - 1 if equal else histories - 1


def sums(counts: Array, cell: Index) -> Array:
    """``(B, cells)`` people in each cell, from ``(B, 2**K)`` counts by history."""
    found = np.zeros((len(counts), int(cell.max()) + 1))
    for history, place in enumerate(cell, start=1):
        found[:, place] += counts[:, history]
    return found


def additions_equal(form: Curve | None) -> tuple[float, float, float]:
    """What is added to the numbers of people on 1, 2 and 3 lists, where lists have one chance.

    Not for Chao's lower bound, which has `chao_corrected` (Rivest & Levesque 2001; METHODS A9).
    """
    if form is None:
        return -0.5, 1.0, 0.0
    one, two, three = form(np.array([1.0, 2.0, 3.0]))
    bend = (two - 2 * one) / (three - 2 * two + one)
    return -(1 + bend) / 2, 1 + bend, (1 - bend) / 2


def additions_own(lists: int, form: str) -> tuple[float, float, float]:
    """What is added to every count of a history of 1, 2 or 3 lists, where lists have chances of their own.

    Parameters
    ----------
    form
        ``chao``, ``darroch``, or ``poisson`` with base 2 (Rivest & Levesque 2001; METHODS A9).
    """
    t = float(lists)
    pairs, triples = t * (t - 1), t * (t - 1) * (t - 2)
    if form == "chao":
        return (t - 2) / (2 * t), 2 / pairs, 0.0
    if form == "darroch":
        return (t - 3) / (2 * t), 4 / pairs, 0.0
    return (2 * t - 5) / (4 * t), 3 / pairs, 3 / (2 * triples) if triples else 0.0


def with_additions(counts: Array, k: Index, additions: tuple[float, float, float]) -> Array:
    """``(B, cells)`` counts with something added to cells of ``k`` = 1, 2 and 3 lists; never below zero."""
    padded = np.array([0.0, *additions])
    return np.maximum(counts + np.where(k <= len(additions), padded[np.minimum(k, len(additions))], 0.0), 0.0)


def chao_corrected(counts: Array, lists: int) -> tuple[Array, Array]:
    """Chao's lower bound without its bias, and its variance, from ``(B, K)`` people by number of lists (METHODS A9)."""
    one, two, t = counts[:, 0], counts[:, 1], float(lists)
    dark = (t - 1) * one * (one - 1) / (2 * t * (two + 1))
    spread = (t - 1) ** 2 * one * (one - 1) * (one**2 + 4 * one * two + 3 * one - 6 * two - 6)
    variance = dark + spread / (4 * t**2 * (two + 1) ** 2 * (two + 2))
    return np.maximum(dark, 0.0), np.maximum(variance, 0.0)


def independent_corrected(people: Array, sizes: Array) -> tuple[Array, Array]:
    """Independent lists without their bias: dark figures and variances (METHODS A9).

    Two lists: Chapman. More: Darroch's equation ``prod_j (1 - n_j / N) = 1 - n / N`` with something added to every list
    and to the people on some list (Rivest & Levesque 2001). The additions put people on several lists, so that the
    equation always has a root.

    Parameters
    ----------
    people
        ``(B,)`` on some list.
    sizes
        ``(B, K)`` on each list.
    """
    t = sizes.shape[1]
    if t == 2:
        first, second = sizes.T
        both = first + second - people
        dark = (first - both) * (second - both) / (both + 1)
        return dark, (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    size, seen = sizes + (t + 2) / (2 * t), people + t / 2
    low, high = np.full(len(people), LOWEST), np.full(len(people), WIDEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        unseen = np.exp(middle)
        whole = seen + unseen
        # log of (1 - n / N) less the sum of log (1 - n_j / N): above zero where N is still too large
        excess = np.log(unseen) - np.log(whole) - np.log1p(-size / whole[:, None]).sum(axis=1)
        low, high = np.where(excess < 0, middle, low), np.where(excess < 0, high, middle)
    unseen = np.exp((low + high) / 2)
    whole = seen + unseen
    with np.errstate(divide="ignore"):
        information = 1 / unseen + (t - 1) / whole - (1 / (whole[:, None] - size)).sum(axis=1)
    return np.where(people > 0, unseen, 0.0), 1 / information
