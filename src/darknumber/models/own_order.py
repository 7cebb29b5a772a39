"""Tables in an order of their own, so that random numbers fall to the same lists and levels however these are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable, Covariate

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOrder:
    """A table with its lists and levels by their numbers of people, and the way there and back.

    Parameters
    ----------
    table
        The table in that order.
    strata, histories
        ``(strata,)`` and ``(2**K,)``: where each stratum and history of `table` stands in the table that was given.
    """

    table: CaptureTable
    strata: Index
    histories: Index

    def counts(self, y: Array) -> Array:
        """``(strata, 2**K)`` counts of the table that was given, in the order of this one."""
        return y[self.strata][:, self.histories]

    def strata_back(self, values: NDArray[Number]) -> NDArray[Number]:
        """``(..., strata)`` values in the order of the table that was given."""
        return values[..., np.argsort(self.strata)]

    def cells_back(self, cells: Array) -> Array:
        """``(strata, 2**K)`` cells in the order of the table that was given."""
        return cells[np.argsort(self.strata)][:, np.argsort(self.histories)]


def own_order(data: CaptureTable) -> OwnOrder:
    """The order of a table."""
    alone = np.bincount(data.history, weights=data.count, minlength=1 << len(data.lists))
    on = data.list_sizes
    lists = sorted(range(len(data.lists)), key=lambda j: (-on[j], -alone[1 << j]))
    places = []
    for covariate in data.covariates:
        level = data.level_of(covariate.name)[data.stratum]
        inside = [[int(data.count[(level == k) & (data.history >> j & 1 > 0)].sum()) for j in lists]
                  for k in range(len(covariate.levels))]  # fmt: skip
        size = np.bincount(level, weights=data.count, minlength=len(covariate.levels))
        recorded = range(len(covariate.recorded))
        order = sorted(recorded, key=lambda k: (-size[k], *(-each for each in inside[k])))
        places.append([*order, *range(len(covariate.recorded), len(covariate.levels))])
    strata = np.arange(data.strata).reshape(data.shape)
    for axis, order in enumerate(places):
        strata = strata.take(order, axis=axis)
    strata = strata.reshape(-1)
    histories = np.zeros(1 << len(lists), dtype=np.int64)
    for new, old in enumerate(lists):
        histories |= (np.arange(1 << len(lists)) >> new & 1) << old
    back, known = np.argsort(strata), np.argsort(histories)
    levels = np.unravel_index(back[data.stratum], [len(order) for order in places]) if places else ()
    table = CaptureTable.build(
        [data.lists[j] for j in lists],
        known[data.history],
        data.count,
        covariates=[_turned(*each) for each in zip(data.covariates, places, strict=True)],
        levels=list(levels),
        operating=data.operating[strata][:, lists],
        unit=data.unit,
    )
    return OwnOrder(table=table, strata=strata, histories=histories)


def _turned(covariate: Covariate, order: Sequence[int]) -> Covariate:
    values = None if covariate.values is None else tuple(covariate.values[old] for old in order)
    return replace(covariate, levels=tuple(covariate.levels[old] for old in order), values=values)
