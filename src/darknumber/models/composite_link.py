"""Log-linear models of people who were not counted one by one (METHODS 1b, the composite link).

The cells are those of whole people: every value known, and every list they would have been on. What is counted are
sums of cells: of people whose value was not recorded, over the values; of people where a list was not kept, over being
on it or not; of people with a mistaken value, over the true ones. The terms are fitted to what is counted, by maximum
likelihood (Thompson & Baker 1981; Zwane & van der Heijden 2007; Sutherland, Schwarz & Rivest 2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, kron
from scipy.special import gammaln

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.composite import (
    Composite,
    loose_directions,
    make_composite,
    maximise_composite,
    moved,
    share_out,
)
from darknumber.kernels.existence import Existence
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, fixed, share_seen, shares
from darknumber.models.columns import Columns, Margin, make_columns, terms_of, without_names
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, parameter_count
from darknumber.models.mistaken import mistaken_shares, named_in
from darknumber.models.options import check_options
from darknumber.models.whole import Whole, parted, recorded, rounded

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NOBODY = 1e-6  # people expected in a cell that a parameter runs away from, when the iterations stop
SOME = 0.5  # people: less is what rounding and iterations leave
TINY = 1e-300  # so that a cell that nobody is expected in has a logarithm


@dataclass(frozen=True, slots=True)
class CompositeLink:
    """A log-linear model with given terms, of which some values, lists or cells were not counted one by one.

    Parameters
    ----------
    terms
        Interactions in the term grammar, between lists, and between lists and covariates.
    margin
        As of a log-linear model; with ``modelled`` the covariates have the terms that you name and no others.
    inactive
        What a list that was not kept somewhere means. ``never``: nobody could be on it there. ``unseen``: as many would
        have been on it as the terms say, and who they are was not written down.
    mistaken
        Values that are recorded for another, each with the share of people with the true value of whom that is so, such
        as ``form: labour as sexual 0.1``.
    ridge
        How strongly parameters are drawn to nothing: one over the variance of a normal prior. 0: not.
    """

    name: ClassVar[str] = "composite-link"
    source: ClassVar[str] = "Thompson & Baker 1981; Sutherland, Schwarz & Rivest 2007"
    supports: ClassVar[frozenset[str]] = frozenset({"covariates", "inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    terms: str = ""
    margin: Margin = "free"
    inactive: Literal["never", "unseen"] = "never"
    mistaken: tuple[str, ...] = ()
    ridge: float = 0.0

    def __post_init__(self) -> None:
        check_options(self)
        if not 0 <= self.ridge < np.inf:
            raise ModelError("bad_ridge", value=self.ridge)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        named = "named_terms" if self.terms else "independent_lists"
        alike = ("lists_would_be_alike",) if self.inactive == "unseen" else ()
        mistakes = ("known_mistakes",) if self.mistaken else ()
        return (named, "recorded_at_random", *alike, *mistakes, *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit by maximum likelihood."""
        check_supports(self, data)
        layout = _Layout(self, data)
        y = data.dense()
        found = layout.fitted(y, np.zeros(len(layout.composite.ridge)))
        alone = fixed(found.seen[None], found.dark[None], found.verdict[None])
        dark, verdict = (each[0] for each in parted(layout.whole, alone, y[None]))
        expected = recorded(layout.whole, found.cells, y)
        return Fit(
            model=self,
            data=data,
            terms=layout.columns.label(layout.everything),
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(expected),
            ascertainment=share_seen(y.sum(axis=1), dark),
            active=layout.columns.active(layout.everything),
            log_likelihood=found.value - float(y.sum()) - float(gammaln(y + 1).sum()),
            parameters=parameter_count(layout.columns, layout.everything),
            findings=(*dark_findings(data, verdict), *_findings(found), *_fewer(layout.whole, found, y)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit the same terms to ``(B, strata, 2**K)`` counts, from the estimate on the data."""
        layout = _Layout(self, fit.data)
        first = layout.fitted(fit.data.dense(), np.zeros(len(layout.composite.ridge)))
        found = [layout.fitted(y, first.theta.copy()) for y in counts]
        seen, dark, codes = (np.stack(each) for each in zip(*((f.seen, f.dark, f.verdict) for f in found), strict=True))
        dark, verdict = parted(layout.whole, fixed(seen, dark, codes), counts)
        return fixed(counts.sum(axis=2), dark, verdict)

    def without(self, names: Sequence[str]) -> CompositeLink:
        """The same model for a table without the covariates `names`."""
        kept = tuple(each for each in self.mistaken if named_in(each) not in names)
        return replace(self, terms=without_names(self.terms, names), mistaken=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What fitting one table gives.

    Parameters
    ----------
    theta
        ``(columns,)``.
    value
        The log-likelihood of the rows given the totals of the groups.
    arrived
        Whether the maximum was reached.
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
    cells: Array
    seen: Array
    dark: Array
    verdict: NDArray[np.int8]


class _Layout:
    """The cells of whole people of one table, and the rows that are counted."""

    def __init__(self, model: CompositeLink, data: CaptureTable) -> None:
        self.model, self.data, self.whole = model, data, Whole(data, tuple(map(named_in, model.mistaken)))
        self.size = 1 << len(data.lists)
        self.composite, self.rows, self.cells = self._made()

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
    def shown(self) -> Index:
        """``(whole strata, 2**K)`` the history that is counted of everybody with each history."""
        return np.arange(self.size) & ~self.idle[:, None]

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """``(whole strata, 2**K)`` the cells that somebody can be in."""
        if self.model.inactive == "unseen":
            return np.ones((self.whole.strata, self.size), dtype=bool)
        return np.asarray(self.shown == np.arange(self.size))

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

    def fitted(self, y: Array, theta: Array) -> _Found:
        """Fit ``(strata, 2**K)`` counts, from ``theta`` in place."""
        counts = y.reshape(-1)[self.rows]
        odds = np.empty(len(self.composite.exposure))
        value, arrived = maximise_composite(theta, counts, self.composite, odds)
        dealt = np.empty_like(odds)
        share_out(counts, odds, self.composite, dealt)
        seen = np.zeros((self.whole.strata, self.size))
        seen.reshape(-1)[self.cells] = dealt
        everyone = self._everyone(y, theta)
        hidden = self.shown == 0
        dark = np.where(hidden, everyone, 0.0).sum(axis=1)
        cells = np.zeros_like(everyone)
        np.add.at(cells, (np.arange(len(cells))[:, None], self.shown), everyone)
        cells[:, 0] = dark
        occupied = np.where(seen > NOBODY, seen, 0.0)
        verdict = self.existence.verdict(occupied)
        # the programmes are of people on no list at all; those on lists that were not kept are not counted either
        also = everyone[:, 1:].sum(axis=1, where=hidden[:, 1:]) > NOBODY
        verdict[also & (verdict == verdicts.ZERO)] = verdicts.ESTIMABLE
        loose = self._loose(np.where(odds > NOBODY, odds, 0.0), counts, np.where(hidden, everyone, 0.0))
        verdict[loose & (verdict == verdicts.ESTIMABLE)] = verdicts.NOT_IDENTIFIED
        return _Found(
            theta=theta,
            value=value,
            arrived=arrived,
            cells=cells,
            seen=seen.sum(axis=1),
            dark=np.where(verdict == verdicts.ZERO, 0.0, dark),
            verdict=verdict,
        )

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
        with np.errstate(over="ignore"):
            odds = np.exp(eta - top[self.group][:, None])
        norm, total = np.zeros(len(top)), np.zeros(len(top))
        np.add.at(norm, self.group, np.where(counted, odds, 0.0).sum(axis=1))
        np.add.at(total, self._group_of_stratum, y.sum(axis=1))
        return np.asarray(odds * (total / norm)[self.group][:, None])

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


def _fewer(whole: Whole, found: _Found, y: Array) -> list[Finding]:
    """Of values recorded for another: those that fewer people have than were recorded with them.

    An answer never goes below those recorded, so that the rows of such a covariate are then not what the model says.
    """
    told = []
    for name in whole.mistaken:
        axis = whole.data.axis(name)
        levels = whole.covariates[axis].levels
        own = np.unravel_index(np.arange(whole.strata), whole.shape)[axis]
        everyone = np.bincount(own, weights=found.seen + found.dark, minlength=len(levels))
        recorded_as = np.bincount(whole.data.level_of(name), weights=y.sum(axis=1), minlength=len(levels))
        few = [level for level, have, there in zip(levels, everyone, recorded_as, strict=False) if there > have + SOME]
        if few:
            told.append(Finding(code="mistaken_fewer", severity="stop", where=name, values={"levels": tuple(few)}))
    return told


def _findings(found: _Found) -> list[Finding]:
    return [] if found.arrived else [Finding(code="composite_not_reached", severity="caution")]
