"""The four things that can be true of a dark figure, as small integers kept in arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ESTIMABLE = 0  # the lists determine a finite dark figure
INFINITE = 1  # the likelihood keeps rising as the dark figure grows: no upper limit
ZERO = 2  # the likelihood keeps rising as the dark figure shrinks to nothing: N = n
NOT_IDENTIFIED = 3  # the data say nothing about it

NAMES = ("estimable", "infinite", "zero", "not identified")


def of_sum(
    verdict: NDArray[np.int8], groups: NDArray[np.int64], size: int, occupied: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """The verdict on sums over strata: infinite if any is, else not identified if any is, zero only if all are.

    Strata without people, whose dark figure is zero whatever the parameters, have no say in whether all are zero.

    Parameters
    ----------
    verdict
        ``(strata,)`` codes.
    groups
        ``(strata,)`` the sum each stratum belongs to, -1 for none.
    size
        How many sums there are.
    occupied
        ``(strata,)`` whether anybody is registered.
    """
    kept = (groups >= 0) & (occupied | (verdict != ESTIMABLE))
    counts = np.zeros((size, len(NAMES)), dtype=np.int64)
    np.add.at(counts, (groups[kept], verdict[kept]), 1)
    result = np.full(size, ESTIMABLE, dtype=np.int8)
    result[(counts[:, ZERO] > 0) & (counts[:, ESTIMABLE] == 0)] = ZERO
    result[counts[:, NOT_IDENTIFIED] > 0] = NOT_IDENTIFIED
    result[counts[:, INFINITE] > 0] = INFINITE
    return result


def shares(verdict: NDArray[np.int8]) -> dict[str, float]:
    """The share of each verdict in an array of any shape, by name."""
    return {name: float(np.mean(verdict == code)) for code, name in enumerate(NAMES)}


def names(verdict: NDArray[np.int8]) -> Sequence[str]:
    """Codes as words."""
    return [NAMES[code] for code in verdict]
