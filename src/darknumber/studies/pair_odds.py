"""The odds ratio of two lists among people on other lists, where all four combinations are observed.

One definition for every study that shows it. Strata are held apart: lists that both find more people in one year than
in another go together over all years though in no single year they do. Where one stratum alone tells anything, as in
every table without covariates, its limits are exact; where several do, the odds ratio that they have in common is that
of Mantel and Haenszel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.kernels import identification, odds
from darknumber.kernels.odds import OddsRatio

Counts = NDArray[np.int64]


def two_by_two(table: CaptureTable, i: int, j: int, others: Sequence[int]) -> Counts:
    """``(strata, 4)`` people on both of two lists, the first, the second and neither, of those on any of the others.

    Parameters
    ----------
    table
        The people.
    i, j
        Places of the two lists. Strata in which one of them was not kept hold nobody.
    others
        Places of the other lists.
    """
    elsewhere = np.uint32(sum(1 << k for k in others))
    kept = (table.operating[:, i] & table.operating[:, j])[table.stratum] & ((table.history & elsewhere) > 0)
    history = table.history[kept]
    on_first, on_second = history >> np.uint32(i) & 1 == 1, history >> np.uint32(j) & 1 == 1
    side = np.where(on_first, np.where(on_second, 0, 1), np.where(on_second, 2, 3))
    cells = np.zeros((table.strata, 4), dtype=np.int64)
    np.add.at(cells, (table.stratum[kept], side), table.count[kept])
    return cells


def odds_of(cells: Counts, level: float) -> OddsRatio:
    """The odds ratio that strata have in common, with limits.

    Parameters
    ----------
    cells
        ``(strata, 4)`` as `two_by_two` gives them.
    level
        Such as 0.95.

    Returns
    -------
    OddsRatio
        Of the only stratum that tells anything, with people on and off either list: conditional, with exact limits
        (Fisher 1935; Cornfield 1956). Of several: Mantel & Haenszel (1959), with the limits of Robins, Breslow &
        Greenland (1986); exact for the strata together where that is 0 or infinite. ``nan`` and no limits where no
        stratum tells anything.
    """
    both, first, second, neither = cells.T
    margins = np.stack([both + first, second + neither, both + second, first + neither])
    telling = cells[(margins > 0).all(axis=0)]
    if len(telling) > 1:
        return identification.odds_ratio(telling.astype(float), level)
    in_both, in_first, in_second, in_neither = telling.sum(axis=0).tolist()
    return odds.odds_ratio(in_both, in_first, in_second, in_neither, level)
