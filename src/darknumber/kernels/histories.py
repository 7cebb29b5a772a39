"""Capture histories as bit masks, and sums over subsets and supersets of lists.

History ``w`` is an integer; bit ``j`` is on when the person is on list ``j``. A dense table over ``K`` lists has
``2**K`` cells in the order 0, 1, ..., 2**K - 1; cell 0 is the people on no list. The two sums below are the whole
algebra of hierarchical log-linear models (METHODS: Yates' algorithm, also called the zeta transform).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit


@jit
def subset_sums(x: NDArray[np.float64], lists: int) -> None:
    """Replace ``x[w]`` by the sum of ``x[a]`` over subsets ``a`` of ``w``; in place, ``lists * 2**(lists-1)`` adds."""
    for j in range(lists):
        bit = 1 << j
        for w in range(x.shape[0]):
            if w & bit:
                x[w] += x[w ^ bit]


@jit
def superset_sums(x: NDArray[np.float64], lists: int) -> None:
    """Replace ``x[a]`` by the sum of ``x[w]`` over supersets ``w`` of ``a``; in place."""
    for j in range(lists):
        bit = 1 << j
        for w in range(x.shape[0]):
            if not w & bit:
                x[w] += x[w | bit]


def list_counts(histories: NDArray[np.uint32] | NDArray[np.int64]) -> NDArray[np.int64]:
    """How many lists each history is on."""
    return np.bitwise_count(np.asarray(histories, dtype=np.uint32)).astype(np.int64)


def membership(histories: NDArray[np.uint32] | NDArray[np.int64], lists: int) -> NDArray[np.bool_]:
    """``(cells, lists)``: whether a history is on a list."""
    bits = np.asarray(histories, dtype=np.uint32)[:, None] >> np.arange(lists, dtype=np.uint32)
    return (bits & 1).astype(bool)
