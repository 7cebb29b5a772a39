"""Fewer data, drawn from the counts of those there are: fewer people, or fewer marks on the same people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Thin = Literal["marks", "people"]

_STREAM = 0x7468696E  # keeps these streams apart from other uses of the same seed


def thinned(counts: Array, lists: int, fractions: Sequence[float], thin: Thin, *, seed: int, repeat: int) -> Array:
    """``(fractions, strata, 2**K)`` counts of one repeat, from few data to many.

    The repeat is nested: what is kept at one fraction is kept at every larger one, as if each person, or each mark, had
    one random number and were there where that is below the fraction.

    Parameters
    ----------
    counts
        ``(strata, 2**K)`` whole numbers.
    fractions
        Rising, each above 0 and at most 1.
    thin
        ``people``: each person is kept with this probability, so the expected table is that of a population so much
        smaller. ``marks``: each mark (a person on a list) is; who has none left is no longer in the table, and the
        population is the same.
    """
    key = np.array([seed, (_STREAM << 32) | repeat], dtype=np.uint64)
    rng = np.random.Generator(np.random.Philox(key=key))
    table = np.rint(counts).astype(np.int64)
    found = np.empty((len(fractions), *counts.shape))
    before = 1.0
    for place in range(len(fractions) - 1, -1, -1):
        kept = fractions[place] / before
        table = rng.binomial(table, kept) if thin == "people" else _fewer_marks(rng, table, lists, kept)
        found[place] = table
        before = fractions[place]
    return found


def expected_shared(by_number_of_lists: NDArray[np.int64], fraction: float, thin: Thin) -> float:
    """How many people are expected on two or more lists in thinned data.

    Parameters
    ----------
    by_number_of_lists
        ``(K,)`` people on exactly 1, 2, ..., K lists.
    """
    lists = np.arange(1, len(by_number_of_lists) + 1)
    if thin == "people":
        return float(fraction * by_number_of_lists[1:].sum())
    fewer = (1 - fraction) ** lists + lists * fraction * (1 - fraction) ** (lists - 1)
    return float(by_number_of_lists @ (1 - fewer))


def _fewer_marks(rng: np.random.Generator, table: NDArray[np.int64], lists: int, kept: float) -> NDArray[np.int64]:
    """The table with each mark kept with a probability, list by list."""
    table = table.copy()
    cells = np.arange(1 << lists)
    for j in range(lists):
        on = cells[cells >> j & 1 == 1]
        lost = rng.binomial(table[:, on], 1 - kept)
        table[:, on] -= lost
        table[:, on ^ (1 << j)] += lost
    table[:, 0] = 0
    return table
