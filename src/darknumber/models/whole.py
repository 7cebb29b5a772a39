"""Tables whose values were not all recorded, and the whole people behind them.

A table with values that were not recorded has strata of its own for them. Behind it stands a table with whole values
only, of which each recorded stratum is one and each other the sum of several. Here are the two, the way from one to
the other, and the law by which people whose value was not recorded are dealt out over the values they may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array, kron

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable, Covariate
from darknumber.kernels import verdicts
from darknumber.kernels.composite import Composite, make_composite, maximise_composite, share_out
from darknumber.kernels.design import live_cells
from darknumber.kernels.histories import membership
from darknumber.models.base import Replicates, figures

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PRIOR_SD = 2.5  # of a log odds ratio: twelve times as likely, or a twelfth, is as far as one expects


@dataclass(frozen=True)
class Whole:
    """A table with values that were not recorded, and the strata of whole values behind it.

    Parameters
    ----------
    data
        The table.
    mistaken
        Covariates of which some values are recorded for another.
    """

    data: CaptureTable
    mistaken: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The covariates of which some values were not recorded, and some were."""
        return tuple(each.name for each in self.data.covariates if each.has_not_recorded and each.recorded)

    @cached_property
    def covariates(self) -> tuple[Covariate, ...]:
        """With whole values only."""
        return tuple(_whole(each) if each.name in self.names else each for each in self.data.covariates)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Levels of each covariate."""
        return tuple(len(each.levels) for each in self.covariates)

    @cached_property
    def strata(self) -> int:
        """How many strata of whole values there are."""
        return int(np.prod(self.shape, dtype=np.int64))

    @cached_property
    def members(self) -> csr_array:
        """``(strata, whole strata)`` 1 where people of a stratum may be of a whole one."""
        return self.shares({})

    def shares(self, moved: Mapping[str, Array]) -> csr_array:
        """``(strata, whole strata)`` the share of the people of each whole stratum that may stand in each stratum.

        Of those whose value was not recorded it is one: whether it was does not depend on the value.

        Parameters
        ----------
        moved
            By covariate, ``(levels, levels)`` the share of the people of each level, by column, recorded as each.
        """
        found = csr_array(np.ones((1, 1)))
        for covariate in self.covariates:
            size = len(covariate.levels)
            own = moved.get(covariate.name, np.eye(size))
            every = np.ones((int(covariate.name in self.names), size))
            found = kron(found, csr_array(np.vstack([own, every])), format="csr")
        return csr_array(found)

    @cached_property
    def group(self) -> Index:
        """``(strata,)`` the combination of levels of the covariates that are always recorded."""
        return group_of(self.data.covariates, self.kept)[0]

    @cached_property
    def whole_group(self) -> Index:
        """``(whole strata,)`` the same of the whole strata."""
        return group_of(self.covariates, self.kept)[0]

    @property
    def kept(self) -> list[str]:
        """The covariates that are always recorded, and never mistaken."""
        return [each.name for each in self.data.covariates if each.name not in (*self.names, *self.mistaken)]

    @cached_property
    def pattern(self) -> Index:
        """``(strata,)`` which of the covariates were recorded, as bits."""
        found = np.zeros(self.data.strata, dtype=np.int64)
        for place, name in enumerate(self.names):
            level = self.data.level_of(name)
            found |= np.where(level < len(self.covariates[self.data.axis(name)].levels), 1 << place, 0)
        return found

    @cached_property
    def operating(self) -> NDArray[np.bool_]:
        """``(whole strata, K)`` which lists were kept there: as in the table's own stratum of these values."""
        known = np.flatnonzero(self.members.sum(axis=1) == 1)
        found = np.zeros((self.strata, len(self.data.lists)), dtype=bool)
        found[self.members[known].argmax(axis=1)] = self.data.operating[known]
        return found

    def table(self, counts: Array, operating: NDArray[np.bool_] | None = None) -> CaptureTable:
        """The table of ``(whole strata, 2**K)`` whole counts; `operating` where another than this."""
        stratum, history = np.nonzero(counts)
        return CaptureTable.build(
            self.data.lists,
            history,
            counts[stratum, history].astype(np.int64),
            covariates=self.covariates,
            levels=np.unravel_index(stratum, self.shape) if self.shape else (),
            operating=self.operating if operating is None else operating,
            unit=self.data.unit,
            name=self.data.name,
            findings=[each for each in self.data.findings if each.where not in self.names],
        )


class Completing:
    """The law of values that were not recorded, given the lists somebody is on and all that was recorded.

    Log-linear: the odds of a value depend on each list, on each other covariate, and not on combinations of these; a
    multinomial logistic regression, of people some of whom are known to be of several values. Whether a value was
    recorded may depend on the lists and on what was recorded, not on the value itself.

    Parameters
    ----------
    whole
        The table.
    """

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.rows, self.cells, self.composite = self._made()
        self.theta = np.zeros(len(self.composite.ridge))
        self.theta, _ = self.law(whole.data.dense())

    def law(self, counts: Array) -> tuple[Array, Array]:
        """The parameters for ``(strata, 2**K)`` counts, from those of the data; the expected count of every cell."""
        theta = self.theta.copy()
        odds = np.empty(len(self.composite.exposure))
        maximise_composite(theta, counts.reshape(-1)[self.rows], self.composite, odds)
        return theta, odds

    def expected(self, counts: Array) -> Array:
        """``(B, whole strata, 2**K)`` people expected with each value, from ``(B, strata, 2**K)`` counts."""
        found = np.zeros((len(counts), self.whole.strata, counts.shape[2]))
        for table, into in zip(counts, found, strict=True):
            _, odds = self.law(table)
            dealt = np.empty_like(odds)
            share_out(table.reshape(-1)[self.rows], odds, self.composite, dealt)
            into.reshape(-1)[self.cells] = dealt
        return found

    def drawn(self, counts: Array, random: np.random.Generator) -> Array:
        """``(whole strata, 2**K)`` people, each with one of the values it may have, drawn from the law of `counts`."""
        at, y = self.composite, counts.reshape(-1)[self.rows].astype(np.int64)
        resampled = random.multinomial(y.sum(), y / y.sum())  # so that the law is as uncertain as its estimate
        again = np.zeros_like(counts)
        again.reshape(-1)[self.rows] = resampled
        theta, _ = self.law(again)
        odds = np.exp(_predictors(at, theta))
        found = np.zeros(self.whole.strata * counts.shape[1])
        for row in np.flatnonzero(y):
            cells = at.row_cell[at.row_start[row] : at.row_start[row + 1]]
            chance = odds[cells] / odds[cells].sum()
            np.add.at(found, self.cells[cells], random.multinomial(y[row], chance))
        return found.reshape(self.whole.strata, -1)

    def _made(self) -> tuple[Index, Index, Composite]:
        """Which of all counts are rows, which of all whole counts are cells, and the model.

        Groups are the people of the same history and with the same values of all that is always recorded.
        """
        whole, size = self.whole, 1 << len(self.whole.data.lists)
        group = (whole.whole_group[:, None] * size + np.arange(size)).reshape(-1)
        cells = np.flatnonzero(live_cells(whole.operating))
        cells = cells[np.argsort(group[cells], kind="stable")]
        _, number = np.unique(group[cells], return_inverse=True)
        sums = csr_array(kron(whole.members, eye_array(size), format="csr"))[:, cells]
        rows = np.flatnonzero(np.diff(sums.indptr))
        columns, ridge = _columns(whole, *np.divmod(cells, size))
        return rows, cells, make_composite(number.astype(np.int64), columns, sums[rows], ridge=ridge)


def _columns(whole: Whole, stratum: Index, history: Index) -> tuple[csr_array, Array]:
    """The columns of each cell: each value alone, with each list, and with each value of each other covariate.

    What a value alone does is left free; all else is drawn to nothing a little, so that there is a maximum. Every value
    has columns, none is a reference, so that their order makes no difference.
    """
    levels = dict(zip((each.name for each in whole.covariates), np.unravel_index(stratum, whole.shape), strict=True))
    on = [membership(history, len(whole.data.lists))[:, j] for j in range(len(whole.data.lists))]
    cells: list[Index] = []
    ridge: list[float] = []
    for order, name in enumerate(whole.names):
        others = [each for other in [*whole.kept, *whole.names[:order]] for each in _indicators(levels[other])]
        for own in _indicators(levels[name]):
            cells += [np.flatnonzero(own), *(np.flatnonzero(own & each) for each in [*on, *others])]
            ridge += [0.0, *[1 / PRIOR_SD**2] * (len(on) + len(others))]
    ends = np.cumsum([0, *map(len, cells)])
    shape = (len(stratum), len(ridge))
    return csc_array((np.ones(ends[-1]), np.concatenate(cells), ends), shape=shape).tocsr(), np.array(ridge)


def _indicators(level: Index) -> list[NDArray[np.bool_]]:
    """Who has each value."""
    return [level == value for value in range(int(level.max()) + 1)]


def _predictors(at: Composite, theta: Array) -> Array:
    shape = (len(at.exposure), len(theta))
    return np.asarray(csr_array((at.values, at.indices, at.indptr), shape=shape) @ theta)


def _whole(covariate: Covariate) -> Covariate:
    size = len(covariate.recorded)
    values = None if covariate.values is None else covariate.values[:size]
    return replace(covariate, levels=covariate.recorded, values=values)


def rounded(cells: Array) -> Array:
    """Whole people, the sum over the strata of each history within one half of what it was."""
    below = np.cumsum(cells, axis=0)
    return np.diff(np.rint(below), axis=0, prepend=0.0)


def parted(whole: Whole, found: Replicates, counts: Array) -> tuple[Array, NDArray[np.int8]]:
    """Dark figures and verdicts of all strata, from those of the whole strata.

    A stratum has as large a share of the whole people that may be in it as of all people registered the same values are
    recorded. The dark figures of all strata with the same values of what is always recorded add up to the model's.

    Parameters
    ----------
    counts
        ``(B, strata, 2**K)`` as recorded.
    """
    observed = counts.sum(axis=2)
    people = observed.sum(axis=1, keepdims=True)
    patterns = np.stack([observed[:, whole.pattern == each].sum(axis=1) for each in range(1 << len(whole.names))], 1)
    share = np.divide(patterns, people, out=np.zeros_like(patterns), where=people > 0)[:, whole.pattern]
    finite = np.isfinite(found.unobserved)
    everyone = found.observed + np.where(finite, found.unobserved, 0.0)
    wanted = np.maximum(share * (everyone @ whole.members.T) - observed, 0.0)
    wanted = np.where(observed > 0, wanted, 0.0)
    together = int(whole.group.max()) + 1
    dark = _sums(everyone, whole.whole_group, together) - _sums(observed, whole.group, together)
    held = _sums(wanted, whole.group, together)
    wanted = np.where((held > 0)[:, whole.group], wanted, observed)
    held = np.where(held > 0, held, _sums(observed, whole.group, together))
    part = np.divide(wanted, held[:, whole.group], out=np.zeros_like(wanted), where=held[:, whole.group] > 0)
    verdict = _verdicts(whole, found.verdict, observed)
    return figures(np.maximum(dark, 0.0)[:, whole.group] * part, verdict), verdict


def _verdicts(whole: Whole, inner: NDArray[np.int8], observed: Array) -> NDArray[np.int8]:
    """``(B, strata)`` the worst verdict on the whole strata that the people of a stratum may be of."""
    found = np.full(observed.shape, verdicts.ESTIMABLE, dtype=np.int8)
    for code in (verdicts.ZERO, verdicts.INFINITE, verdicts.NOT_IDENTIFIED):
        hit = (inner == code).astype(float) @ whole.members.T
        every = hit >= whole.members.sum(axis=1)
        found[every if code == verdicts.ZERO else hit > 0] = code
    return np.where(observed > 0, found, verdicts.ESTIMABLE).astype(np.int8)


def recorded(whole: Whole, cells: Array, y: Array) -> Array:
    """``(strata, 2**K)`` people expected as they are recorded, from those of the whole strata.

    Of the people with each history as many have the same values recorded as among those counted.
    """
    counted = np.stack([y[whole.pattern == each].sum(axis=0) for each in range(1 << len(whole.names))])
    people = counted.sum(axis=0)
    share = np.divide(counted, people, out=np.zeros_like(counted), where=people > 0)
    found = share[whole.pattern] * (whole.members @ np.where(np.isfinite(cells), cells, 0.0))
    return np.where(y.sum(axis=1)[:, None] > 0, found, 0.0)


def _sums(values: Array, group: NDArray[np.int64], size: int) -> Array:
    """``(B, size)`` sums over groups of strata."""
    found = np.zeros((len(values), size))
    np.add.at(found.T, group, values.T)
    return found
