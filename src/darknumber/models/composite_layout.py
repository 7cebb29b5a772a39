"""The cells of whole people behind a table, the rows of it that are counted, and a composite link fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, kron
from scipy.special import gammaln

from darknumber.data.table import CaptureTable
from darknumber.kernels import verdicts
from darknumber.kernels.composite import (
    Composite,
    fill_odds,
    loose_directions,
    make_composite,
    maximise_composite,
    moved,
    share_out,
)
from darknumber.kernels.existence import Existence
from darknumber.kernels.limits import log_chance, maximise_below
from darknumber.models.columns import Columns, make_columns, terms_of
from darknumber.models.mistaken import mistaken_shares, named_in
from darknumber.models.upper_limits import limited
from darknumber.models.whole import Whole, rounded

if TYPE_CHECKING:  # the model fits itself through this module
    from darknumber.models.composite_link import CompositeLink

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

NOBODY = 1e-6  # people expected in a cell that a parameter runs away from, when the iterations stop
TINY = 1e-300  # so that a cell that nobody is expected in has a logarithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What fitting one table gives.

    Parameters
    ----------
    theta
        ``(columns,)``.
    value
        The log-likelihood of what was counted, less what the ridge costs.
    arrived
        Whether the maximum was reached.
    belong
        ``(strata, 2**K)`` the counts, with those in the place of upper limits that are expected to belong.
    cells
        ``(whole strata, 2**K)`` people expected with each history of the lists that were kept; cell 0 on none of them.
    seen, dark
        ``(whole strata,)`` people expected to be on some list that was kept, given what was counted, and on none.
    verdict
        ``(whole strata,)`` codes.
    """

    theta: Array
    value: float
    arrived: bool
    belong: Array
    cells: Array
    seen: Array
    dark: Array
    verdict: NDArray[np.int8]


class Layout:
    """The cells of whole people of one table, and the rows that are counted.

    Parameters
    ----------
    absent
        ``(2**K,)`` histories whose numbers are passed over; None for no such.
    """

    def __init__(self, model: CompositeLink, data: CaptureTable, absent: Mask | None = None) -> None:
        self.model, self.data, self.whole = model, data, Whole(data, tuple(map(named_in, model.mistaken)))
        self.size = 1 << len(data.lists)
        self.absent = np.zeros(self.size, dtype=bool) if absent is None else absent
        self.composite, self.rows, self.cells = self._made()
        self.limit = limited(data, model.censored) & ~self.absent

    @cached_property
    def known(self) -> Layout | None:
        """The same without upper limits, which tell nothing that no other number tells; None without others."""
        if not self.limit.any():
            return self
        others = self.live & (self.kept > 0) & ~self.limit[self.kept]
        return Layout(self.model, self.data, self.limit) if others.any() else None

    @cached_property
    def columns(self) -> Columns:
        """Of the table of whole people; people without a value stand in it once for all values they may have."""
        whole, y = self.whole, self.data.dense()
        even = whole.members.T @ (y / whole.members.sum(axis=1)[:, None])
        everywhere = np.ones_like(whole.operating) if self.model.inactive == "unseen" else None
        table = whole.table(rounded(even), everywhere)
        return make_columns(table, terms_of(self.model.terms, table), self.model.margin)

    @cached_property
    def existence(self) -> Existence:
        """Verdicts on the table of whole people, remembered; what is never counted holds no parameter back."""
        apart = (self.shown == 0) & (np.arange(self.size) > 0)
        return Existence(self.columns.without_cells(apart).only(self.everything))

    @property
    def everything(self) -> NDArray[np.bool_]:
        """All terms."""
        return np.ones(len(self.columns.terms), dtype=bool)

    @cached_property
    def idle(self) -> Index:
        """``(whole strata,)`` the lists that were not kept, as bits."""
        return np.asarray((~self.whole.operating).astype(np.int64) @ (1 << np.arange(len(self.data.lists))))

    @cached_property
    def kept(self) -> Index:
        """``(whole strata, 2**K)`` the history on the lists that were kept, of everybody with each history."""
        return np.arange(self.size) & ~self.idle[:, None]

    @cached_property
    def shown(self) -> Index:
        """The same, 0 where it is passed over."""
        return np.where(self.absent[self.kept], 0, self.kept)

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """``(whole strata, 2**K)`` the cells that somebody can be in."""
        if self.model.inactive == "unseen":
            return np.ones((self.whole.strata, self.size), dtype=bool)
        return np.asarray(self.kept == np.arange(self.size))

    @cached_property
    def design(self) -> csr_array:
        """``(whole strata * 2**K, columns)`` all cells, people on no list included.

        With free totals every whole stratum has a column of its own.
        """
        design = self.columns.only(self.everything)
        places, values = [], []
        for c, mask in enumerate(design.masks):
            strata = np.flatnonzero(design.features[:, c])
            inside = np.flatnonzero((np.arange(self.size) & mask) == mask)
            places.append((strata[:, None] * self.size + inside).reshape(-1))
            values.append(np.repeat(design.features[strata, c], len(inside)))
        if design.conditional:
            for stratum in range(self.whole.strata):
                places.append(stratum * self.size + np.arange(self.size))
                values.append(np.ones(self.size))
        ends = np.cumsum([0, *map(len, places)])
        shape = (self.whole.strata * self.size, len(places))
        return csc_array((np.concatenate(values), np.concatenate(places), ends), shape=shape).tocsr()

    @cached_property
    def people(self) -> tuple[Index, Index]:
        """``(rows,)`` which rows are of the same people, with the same values recorded and with any."""
        stratum, history = np.divmod(self.rows, self.size)
        whole = self.whole.group[stratum] * self.size + history
        part = whole * (int(self.whole.pattern.max()) + 1) + self.whole.pattern[stratum]
        return np.unique(part, return_inverse=True)[1], np.unique(whole, return_inverse=True)[1]

    def fitted(self, y: Array, theta: Array) -> Found:
        """Fit ``(strata, 2**K)`` counts, from ``theta`` in place."""
        recorded = y.reshape(-1)[self.rows]
        odds, mean = np.empty(len(self.composite.exposure)), np.empty(len(recorded))
        limit = self.limit[self.rows % self.size]
        if limit.any():
            counts, arrived = maximise_below(theta, recorded, limit, *self.people, self.composite, odds, mean)
            value = log_chance(recorded, mean, limit) - float(self.composite.ridge @ theta**2) / 2
        else:
            counts, (value, arrived) = recorded, maximise_composite(theta, recorded, self.composite, odds)
            value -= float(y.sum()) + float(gammaln(y + 1).sum())
        belong = y.copy()
        belong.reshape(-1)[self.rows] = counts
        seen = self._dealt(recorded, odds)
        everyone = self._everyone(belong, theta)
        dark = np.where(self.kept == 0, everyone, 0.0).sum(axis=1)
        cells = np.zeros_like(everyone)
        np.add.at(cells, (np.arange(len(cells))[:, None], self.kept), everyone)
        cells[:, 0] = dark
        if self.known is self:
            verdict = self._judged(recorded, odds, seen, everyone)
        elif self.known is not None:
            verdict = self.known._told(y, theta)
        else:
            verdict = np.where(seen.sum(axis=1) > 0, verdicts.NOT_IDENTIFIED, verdicts.ESTIMABLE).astype(np.int8)
        return Found(
            theta=theta,
            value=value,
            arrived=arrived,
            belong=belong,
            cells=cells,
            seen=seen.sum(axis=1),
            dark=np.where(verdict == verdicts.ZERO, 0.0, dark),
            verdict=verdict,
        )

    def _dealt(self, counts: Array, odds: Array) -> Array:
        """``(whole strata, 2**K)`` the people counted, dealt out over the cells they may be of."""
        dealt, seen = np.empty_like(odds), np.zeros((self.whole.strata, self.size))
        share_out(counts, np.maximum(odds, TINY), self.composite, dealt)
        seen.reshape(-1)[self.cells] = dealt
        return seen

    def _told(self, y: Array, theta: Array) -> NDArray[np.int8]:
        """The verdicts at these parameters, by the counts that are not passed over."""
        counts, odds = y.reshape(-1)[self.rows], np.empty(len(self.composite.exposure))
        total = np.zeros(len(self.composite.start) - 1)
        np.add.at(total, self.composite.row_group, counts)
        fill_odds(theta, total, self.composite, odds)
        there = np.where(self.absent, 0.0, y)
        verdict = self._judged(counts, odds, self._dealt(counts, odds), self._everyone(there, theta))
        if self.model.margin == "free":  # nothing but limits, and a total of its own
            people = np.zeros((2, int(self.group.max()) + 1))
            np.add.at(people.T, self._group_of_stratum, np.stack([y.sum(axis=1), there.sum(axis=1)], axis=1))
            verdict[((people[0] > 0) & (people[1] == 0))[self.group]] = verdicts.NOT_IDENTIFIED
        return verdict

    def _judged(self, counts: Array, odds: Array, seen: Array, everyone: Array) -> NDArray[np.int8]:
        """``(whole strata,)`` verdicts.

        Parameters
        ----------
        counts, odds
            Of rows and of cells.
        seen, everyone
            ``(whole strata, 2**K)`` people counted as they are dealt out, and those expected.
        """
        verdict = self.existence.verdict(np.where(seen > NOBODY, seen, 0.0))
        # the programmes are of people on no list at all; those on lists that were not kept are not counted either
        never = self.kept == 0
        also = everyone[:, 1:].sum(axis=1, where=never[:, 1:]) > NOBODY
        verdict[also & (verdict == verdicts.ZERO)] = verdicts.ESTIMABLE
        loose = self._loose(np.where(odds > NOBODY, odds, 0.0), counts, np.where(never, everyone, 0.0))
        verdict[loose & (verdict == verdicts.ESTIMABLE)] = verdicts.NOT_IDENTIFIED
        return verdict

    def _loose(self, odds: Array, counts: Array, dark: Array) -> NDArray[np.bool_]:
        """``(whole strata,)`` where a direction of the parameters moves the dark figure and nothing that is counted.

        Parameters
        ----------
        odds
            ``(cells,)`` expected counts, 0 in the cells that nobody is expected in.
        counts
            ``(rows,)``.
        dark
            ``(whole strata, 2**K)`` expected counts of the cells that are never counted, 0 in all others.
        """
        size, directions = loose_directions(odds, counts, self.composite)
        if not directions.shape[1]:
            return np.zeros(self.whole.strata, dtype=bool)
        finite = np.where(np.isfinite(dark), dark, 0.0)
        share = finite / np.maximum(finite.sum(axis=1, keepdims=True), TINY)
        place = np.arange(dark.size)
        mean = csr_array((share.reshape(-1), (place // self.size, place)), shape=(self.whole.strata, dark.size))
        return moved(size, directions, odds, self.composite, mean @ self.design, self.group)

    @cached_property
    def group(self) -> Index:
        """``(whole strata,)`` the group whose total is known: all that is always recorded, or everybody."""
        if self.model.margin == "modelled":
            return np.zeros(self.whole.strata, dtype=np.int64)
        return np.unique(self.whole.whole_group, return_inverse=True)[1].astype(np.int64)

    def _everyone(self, y: Array, theta: Array) -> Array:
        """``(whole strata, 2**K)`` people expected in each cell, those on no list included."""
        eta = np.where(self.live, (self.design @ theta).reshape(self.whole.strata, -1), -np.inf)
        counted = self.shown > 0
        top = np.full(int(self.group.max()) + 1, -np.inf)
        np.maximum.at(top, self.group, np.where(counted, eta, -np.inf).max(axis=1))
        top[~np.isfinite(top)] = 0.0
        with np.errstate(over="ignore"):
            odds = np.exp(eta - top[self.group][:, None])
        norm, total = np.zeros(len(top)), np.zeros(len(top))
        np.add.at(norm, self.group, np.where(counted, odds, 0.0).sum(axis=1))
        np.add.at(total, self._group_of_stratum, y.sum(axis=1))
        # none where all is passed over, or nobody was counted
        each = np.divide(total, norm, out=np.zeros_like(norm), where=norm > 0)[self.group][:, None]
        return np.asarray(np.multiply(odds, each, out=np.zeros_like(odds), where=each > 0))

    @cached_property
    def _group_of_stratum(self) -> Index:
        """``(strata,)`` the group of each stratum of the table."""
        first = np.asarray(self.whole.members.argmax(axis=1)).reshape(-1)
        return self.group[first]

    def _made(self) -> tuple[Composite, Index, Index]:
        """The model, and which of all counts are rows and which of all whole counts are cells that can be counted."""
        counted = (self.live & (self.shown > 0)).reshape(-1)
        group = np.repeat(self.group, self.size)
        cells = np.flatnonzero(counted)
        cells = cells[np.argsort(group[cells], kind="stable")]
        place = np.full(len(counted), -1)
        place[cells] = np.arange(len(cells))
        among = self.whole.members
        if self.model.mistaken:
            among = mistaken_shares(self.model.mistaken, self.whole)
        pairs = coo_array(kron(among, np.ones((1, self.size))))
        stratum, history = pairs.row, self.shown.reshape(-1)[pairs.col]
        kept = (place[pairs.col] >= 0) & (pairs.data > 0)
        everything = csr_array(
            (pairs.data[kept], (stratum[kept] * self.size + history[kept], place[pairs.col[kept]])),
            shape=(self.data.strata * self.size, len(cells)),
        )
        rows = np.flatnonzero(np.diff(everything.indptr))
        ridge = np.full(self.design.shape[1], self.model.ridge)
        if self.model.margin == "free":
            ridge[-self.whole.strata :] = 0.0  # totals are not drawn to anything
        model = make_composite(group[cells], self.design[cells], everything[rows], ridge=ridge)
        return model, rows, cells
