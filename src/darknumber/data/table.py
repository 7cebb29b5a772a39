"""The capture table: how many people have each capture history, in each stratum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.names import check_distinct, near, no_such
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.kernels.histories import list_counts, membership
from darknumber.words import say

Unit = Literal["person", "person-year"]
UNITS: tuple[Unit, ...] = ("person", "person-year")

NOT_RECORDED = "not recorded"
MAX_LISTS = 20  # histories are 32-bit masks; 20 lists already give a million of them
MAX_DENSE_LISTS = 12  # 4,096 histories a stratum; beyond that a dense fit costs more than it tells
MAX_STRATA = 10**6
MANY_LEVELS = 40  # a covariate with more levels is looked at twice: years of a century would still do
LIKE_ID = 0.5  # levels for each person from which a covariate tells people apart rather than groups them
MAX_DENSE_CELLS = 10**8  # 800 MB of counts; a fit needs several such arrays

# A level that is a number: not every text that Python can convert, such as "nan", "infinity" or "1_000".
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariate:
    """A property of people that is recorded on the lists, with its levels in order.

    Parameters
    ----------
    name
        The column it came from.
    levels
        The values, in the order of the strata; `NOT_RECORDED`, where it occurs, comes last.
    values
        The levels as numbers where all recorded ones are (for ``poly``), else None; not recorded is ``nan``.
    """

    name: str
    levels: tuple[str, ...]
    values: tuple[float, ...] | None = field(default=None, compare=False)  # nan is never equal to nan

    @property
    def recorded(self) -> tuple[str, ...]:
        """The levels without *not recorded*."""
        return tuple(level for level in self.levels if level != NOT_RECORDED)

    @property
    def has_not_recorded(self) -> bool:
        """Whether some people have no value."""
        return NOT_RECORDED in self.levels

    @classmethod
    def of(cls, name: str, labels: Iterable[str]) -> Covariate:
        """A covariate from its distinct labels: sorted (as numbers where they are), *not recorded* last."""
        found = set(labels)
        recorded = found - {NOT_RECORDED}
        tail = (NOT_RECORDED,) if NOT_RECORDED in found else ()
        numeric = {label: float(label) for label in recorded if _NUMBER.fullmatch(label)}
        if len(numeric) < len(recorded):
            return cls(name=name, levels=(*sorted(recorded), *tail))
        levels = tuple(sorted(recorded, key=lambda label: (numeric[label], label)))
        values = tuple(numeric[label] for label in levels) + (np.nan,) * len(tail)
        return cls(name=name, levels=(*levels, *tail), values=values if levels else None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaptureTable:
    """Counts of people by stratum and capture history; what every model starts from.

    Strata are the full product of the covariates' levels, the last covariate changing fastest; without covariates there
    is one stratum. Only non-zero cells are kept, sorted by stratum, then history. Arrays are read-only.

    Parameters
    ----------
    lists
        The names of the K lists; list ``j`` is bit ``j`` of a history.
    covariates
        The covariates that make the strata; may be empty.
    stratum, history, count
        ``(cells,)`` each: the stratum, the history (bit mask, never 0) and the number of people.
    operating
        ``(strata, K)``: False where a list was not kept, so that nobody could be on it (a structural zero).
    unit
        What one count is: ``person``, or ``person-year`` (a person registered in two years counts twice).
    name
        What the table is called in output, such as the file name.
    findings
        What reading the data brought up.
    """

    lists: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    stratum: NDArray[np.int64]
    history: NDArray[np.uint32]
    count: NDArray[np.int64]
    operating: NDArray[np.bool_]
    unit: Unit = "person"
    name: str = ""
    findings: tuple[Finding, ...] = ()

    @classmethod
    def build(
        cls,
        lists: Sequence[str],
        histories: Sequence[int] | NDArray[np.integer],
        counts: Sequence[int] | NDArray[np.integer],
        *,
        covariates: Sequence[Covariate] = (),
        levels: Sequence[NDArray[np.integer]] = (),
        operating: NDArray[np.bool_] | None = None,
        unit: Unit = "person",
        name: str = "",
        findings: Sequence[Finding] = (),
    ) -> CaptureTable:
        """A table from cells in any order; equal cells are added up and empty ones left out.

        Parameters
        ----------
        levels
            One ``(cells,)`` array of level numbers for each covariate.
        operating
            ``(strata, K)``; by default every list operates everywhere.

        Raises
        ------
        InputError
            One list or more than `MAX_LISTS`, repeated names, too many strata, counts that are not whole or are
            negative, people on no list, people on a list that did not operate, nobody at all, a list nobody is on.
        """
        lists, covariates = tuple(lists), tuple(covariates)
        _check_names(lists, covariates)
        shape = tuple(len(covariate.levels) for covariate in covariates)
        strata = int(np.prod(shape, dtype=np.float64))
        if strata > MAX_STRATA:
            raise InputError("too_many_strata", strata=strata, limit=MAX_STRATA)
        history = np.asarray(histories).astype(np.int64)
        count = np.asarray(counts)
        wrong = ~((count >= 0) & np.isfinite(count) & (count == np.floor(count)))
        if wrong.any():
            raise InputError("bad_counts", count=float(count[wrong][0]))
        if np.any((history < 0) | (history >= 1 << len(lists))):
            raise InputError("bad_history", n=len(lists))
        if operating is not None and np.shape(operating) != (strata, len(lists)):
            raise InputError("bad_history", n=len(lists))
        if np.any((history == 0) & (count > 0)):
            raise InputError("on_no_list", n=int(count[history == 0].sum()))
        place = np.zeros(len(history), dtype=np.int64)
        if covariates:
            place = np.ravel_multi_index([np.asarray(level, dtype=np.int64) for level in levels], shape)
        kept = count > 0
        key, index = np.unique((place[kept] << MAX_LISTS) | history[kept], return_inverse=True)
        total = np.zeros(len(key), dtype=np.int64)
        np.add.at(total, index, count[kept].astype(np.int64))
        if not len(key):
            raise InputError("nobody")
        people = int(total.sum())
        for covariate in covariates:
            if len(covariate.levels) > max(MANY_LEVELS, LIKE_ID * people):
                raise InputError("covariate_like_id", name=covariate.name, levels=len(covariate.levels), people=people)
        if operating is None:
            operating = np.ones((strata, len(lists)), dtype=bool)
        table = cls(
            lists=lists,
            covariates=covariates,
            stratum=_frozen(key >> MAX_LISTS),
            history=_frozen((key & ((1 << MAX_LISTS) - 1)).astype(np.uint32)),
            count=_frozen(total),
            operating=_frozen(np.asarray(operating, dtype=bool)),
            unit=unit,
            name=name,
            findings=tuple(findings),
        )
        _check_lists(table)
        return table

    def __str__(self) -> str:
        values = {"name": self.name, "people": int(self.count.sum()), "n": len(self.lists), "lists": self.lists}
        if not self.covariates:
            return say("table.plain", **values)
        return say("table.strata", strata=self.strata, covariates=[each.name for each in self.covariates], **values)

    __repr__ = __str__  # what a notebook shows is a sentence, not the arrays

    def __eq__(self, other: object) -> bool:
        """Whether two tables are the same in every field."""
        if not isinstance(other, CaptureTable):
            return NotImplemented
        return all(_same(getattr(self, each.name), getattr(other, each.name)) for each in fields(self))

    @property
    def shape(self) -> tuple[int, ...]:
        """Levels of each covariate."""
        return tuple(len(covariate.levels) for covariate in self.covariates)

    @property
    def strata(self) -> int:
        """How many strata there are, empty ones included; 1 without covariates."""
        return int(self.operating.shape[0])

    @property
    def observed(self) -> NDArray[np.int64]:
        """``(strata,)`` people on at least one list."""
        return np.bincount(self.stratum, weights=self.count, minlength=self.strata).astype(np.int64)

    @property
    def list_sizes(self) -> NDArray[np.int64]:
        """``(K,)`` people on each list."""
        return membership(self.history, len(self.lists)).T.astype(np.int64) @ self.count

    @property
    def overlaps(self) -> NDArray[np.int64]:
        """``(K, K)`` people on both lists of a pair; the diagonal holds the list sizes."""
        on = membership(self.history, len(self.lists)).astype(np.int64)
        return (on.T * self.count) @ on

    @property
    def by_number_of_lists(self) -> NDArray[np.int64]:
        """``(K,)`` people on exactly 1, 2, ..., K lists."""
        on = list_counts(self.history)
        return np.bincount(on, weights=self.count, minlength=len(self.lists) + 1).astype(np.int64)[1:]

    @property
    def not_recorded(self) -> tuple[str, ...]:
        """The covariates that have people without a value."""
        return tuple(covariate.name for covariate in self.covariates if covariate.has_not_recorded)

    def dense(self) -> NDArray[np.float64]:
        """``(strata, 2**K)`` counts, cell 0 (nobody knows) left at zero.

        Raises
        ------
        ModelError
            More than `MAX_DENSE_LISTS` lists, or more than `MAX_DENSE_CELLS` cells.
        """
        if len(self.lists) > MAX_DENSE_LISTS:
            raise ModelError("too_many_lists_dense", n=len(self.lists), limit=MAX_DENSE_LISTS)
        if self.strata << len(self.lists) > MAX_DENSE_CELLS:
            raise ModelError("too_many_cells", cells=self.strata << len(self.lists), limit=MAX_DENSE_CELLS)
        cells = np.zeros((self.strata, 1 << len(self.lists)))
        cells[self.stratum, self.history] = self.count
        return cells

    def level_of(self, name: str) -> NDArray[np.int64]:
        """``(strata,)`` the level number of covariate `name` in each stratum."""
        axis = self.axis(name)
        return np.unravel_index(np.arange(self.strata), self.shape)[axis].astype(np.int64)

    def axis(self, name: str) -> int:
        """Which covariate `name` is, counted from 0; an error that suggests near names where there is none."""
        names = [covariate.name for covariate in self.covariates]
        if name not in names:
            raise no_such("unknown_covariate", name, names)
        return names.index(name)

    def pool(self, names: Sequence[str]) -> CaptureTable:
        """The same people without the covariates `names`: their strata are added up.

        What reading brought up about those covariates is left out too.
        """
        drop = {self.axis(name) for name in names}
        keep = [axis for axis in range(len(self.shape)) if axis not in drop]
        levels = np.unravel_index(self.stratum, self.shape) if self.shape else ()
        grid = self.operating.reshape(*self.shape, len(self.lists))
        return CaptureTable.build(
            self.lists,
            self.history,
            self.count,
            covariates=[self.covariates[axis] for axis in keep],
            levels=[levels[axis] for axis in keep],
            operating=grid.any(axis=tuple(sorted(drop))).reshape(-1, len(self.lists)),
            unit=self.unit,
            name=self.name,
            findings=[finding for finding in self.findings if finding.where not in set(names)],
        )

    def select(self, name: str, levels: Sequence[str]) -> CaptureTable:
        """Only the people with one of these levels of covariate `name`; the covariate keeps those levels.

        Lists on which none of them is are left out, and findings that count people of the whole table.
        """
        axis = self.axis(name)
        covariate = self.covariates[axis]
        places = _places(covariate, levels)
        kept_covariate = Covariate(
            name=name,
            levels=tuple(covariate.levels[place] for place in places),
            values=None if covariate.values is None else tuple(covariate.values[place] for place in places),
        )
        renumber = np.full(len(covariate.levels), -1)
        renumber[places] = np.arange(len(places))
        coordinates = list(np.unravel_index(self.stratum, self.shape))
        kept = renumber[coordinates[axis]] >= 0
        coordinates[axis] = renumber[coordinates[axis]]
        covariates = [*self.covariates[:axis], kept_covariate, *self.covariates[axis + 1 :]]
        grid = self.operating.reshape(*self.shape, len(self.lists)).take(places, axis=axis)
        on = np.bitwise_or.reduce(self.history[kept]) if kept.any() else np.uint32(0)
        lists = [j for j in range(len(self.lists)) if on >> np.uint32(j) & 1]
        history = np.zeros(int(kept.sum()), dtype=np.int64)
        for place, j in enumerate(lists):
            history |= ((self.history[kept].astype(np.int64) >> j) & 1) << place
        return CaptureTable.build(
            [self.lists[j] for j in lists],
            history,
            self.count[kept],
            covariates=covariates,
            levels=[level[kept] for level in coordinates],
            operating=grid.reshape(-1, len(self.lists))[:, lists],
            unit=self.unit,
            name=self.name,
            findings=[finding for finding in self.findings if not finding.values],
        )

    def not_kept(self, list_name: str, name: str, levels: Sequence[str]) -> CaptureTable:
        """The same people, with a list marked as not kept where covariate `name` has one of these levels.

        Nobody could be on it there (a structural zero), which is not the same as nobody having been on it.

        Raises
        ------
        InputError
            No such list, covariate or level, or somebody is on that list there.
        """
        if list_name not in self.lists:
            raise no_such("no_such_list", list_name, self.lists)
        axis = self.axis(name)
        there = np.isin(self.level_of(name), _places(self.covariates[axis], levels))
        operating = self.operating.copy()
        operating[there, self.lists.index(list_name)] = False
        table = replace(self, operating=_frozen(operating))
        _check_lists(table)
        return table

    def columns(self) -> dict[str, list[int] | list[str]]:
        """The cells as plain columns: a 0 or 1 for each list, the level of each covariate, and the count."""
        on = membership(self.history, len(self.lists)).astype(int)
        levels = np.unravel_index(self.stratum, self.shape) if self.shape else ()
        table: dict[str, list[int] | list[str]] = {name: on[:, j].tolist() for j, name in enumerate(self.lists)}
        for covariate, level in zip(self.covariates, levels, strict=True):
            table[covariate.name] = [covariate.levels[place] for place in level]
        return table | {"count": self.count.tolist()}

    def with_findings(self, findings: Iterable[Finding]) -> CaptureTable:
        """The same table with more findings attached."""
        return replace(self, findings=(*self.findings, *findings))


def _places(covariate: Covariate, levels: Sequence[str]) -> list[int]:
    """Which of a covariate's levels these are, in their own order; an error that suggests near names for others."""
    for level in levels:
        if level not in covariate.levels:
            values = {"name": covariate.name, "level": level, "known": covariate.levels}
            suggestion = near(level, covariate.levels)
            if suggestion:
                raise InputError("unknown_level_near", **values, near=suggestion)
            raise InputError("unknown_level", **values)
    return [place for place, level in enumerate(covariate.levels) if level in set(levels)]


def _check_names(lists: tuple[str, ...], covariates: tuple[Covariate, ...]) -> None:
    if len(lists) < 2:
        raise InputError("one_list", lists=lists)
    if len(lists) > MAX_LISTS:
        raise InputError("too_many_lists", n=len(lists), limit=MAX_LISTS)
    check_distinct([*lists, *(covariate.name for covariate in covariates)])


def _check_lists(table: CaptureTable) -> None:
    idle = membership(table.history, len(table.lists)) & ~table.operating[table.stratum]
    if idle.any():
        j = int(np.argwhere(idle)[0][1])
        raise InputError("on_idle_list", list=table.lists[j], n=int(table.count[idle[:, j]].sum()))
    sizes = table.list_sizes
    if np.any(sizes == 0):
        raise InputError("empty_list", lists=[name for name, size in zip(table.lists, sizes, strict=True) if not size])


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one == other


def _frozen(array: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
