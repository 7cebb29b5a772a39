"""Which registered numbers a publication holds: of years, of groups, of lists, and what follows from those of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups
from darknumber.kernels.histories import list_counts
from darknumber.views.disclosure_numbers import DEEP, FEW, HISTORY, Key, Number, key_of

# How dear it is to hide a number, for equal sizes: the whole above all, then the year a page is about, then years.
TOTAL, LAST_YEAR, YEAR, LEVEL, CROSSED, LIST, PAIR = 1000.0, 100.0, 10.0, 3.0, 1.0, 10.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Whom the numbers count: covariates with their levels, groupings, lists, and how many there are of each kind."""

    covariates: tuple[Covariate, ...]
    groupings: Mapping[str, Groups]
    lists: tuple[str, ...]
    histories: NDArray[np.int64]
    strata: NDArray[np.int64]  # one axis a covariate
    held: NDArray[np.int64]  # (histories,)
    cells: NDArray[np.int64]
    absent: Mapping[tuple[str, ...], NDArray[np.bool_]]

    @property
    def levels(self) -> dict[str, int]:
        return {c.name: len(c.levels) for c in self.covariates} | ({HISTORY: len(self.histories)} if self.lists else {})

    def key(self, covariates: Sequence[Covariate], levels: Sequence[str], averaged: Sequence[str]) -> Key:
        """Who is counted in a row: the levels of its covariates or groupings, and the levels it is a mean over."""
        chosen = [self.cells_of(c.name, level) for c, level in zip(covariates, levels, strict=True)]
        if averaged:
            parts = [self.cells_of(averaged[0], level) for level in averaged[1:]]
            chosen.append((parts[0][0], sorted({cell for _, cells in parts for cell in cells})))
        return key_of(chosen, self.levels)

    def cells_of(self, name: str, level: str) -> tuple[tuple[str, ...], list[tuple[int, ...]]]:
        """The covariates and their levels that a level means, of a covariate or of a grouping."""
        known = {covariate.name: covariate.levels for covariate in self.covariates}
        if name in known and level in known[name]:
            return (name,), [(known[name].index(level),)]
        if name not in self.groupings:
            raise LookupError(f"{name}={level}")
        grouping = self.groupings[name]
        shape = tuple(len(known[each]) for each in grouping.of)
        cells = [tuple(int(place) for place in cell) for cell in np.ndindex(shape)]

        def inside(cell: Sequence[int], allowed: Sequence[Sequence[str]]) -> bool:
            return all(known[each][k] in ok for each, k, ok in zip(grouping.of, cell, allowed, strict=True))

        if level == NOT_RECORDED and level not in grouping.levels:
            return grouping.of, [c for c in cells if not any(inside(c, ok) for ok in grouping.levels.values())]
        return grouping.of, [cell for cell in cells if inside(cell, grouping.levels[level])]

    def on(self, mask: int) -> Key:
        """People on all lists of a mask."""
        return self.held_by((self.histories & mask) == mask)

    def shared(self, j: int | None = None) -> Key:
        """People on two or more lists; of whom one is list number `j`, where that is given."""
        several = list_counts(self.histories.astype(np.uint32)) > 1
        return self.held_by(several if j is None else several & (self.histories >> j & 1 == 1))

    def without(self, j: int) -> Key:
        """People on another list than number `j`, whether or not they are on that one too."""
        return self.held_by(self.histories != 1 << j)

    def held_by(self, which: NDArray[np.bool_]) -> Key:
        """People with one of these histories."""
        return key_of([((HISTORY,), [(int(k),) for k in np.flatnonzero(which)])], self.levels)

    def number(
        self, key: Key, table: str, cell: str, *, period: str = "", weight: float = 1.0, offered: bool = True
    ) -> Number:
        """How many people a key counts, as a number of the publication."""
        if key.names == (HISTORY,):
            value = int(sum(self.held[cell[0]] for cell in key.cells))
        else:
            axes = [axis for axis, covariate in enumerate(self.covariates) if covariate.name not in key.names]
            counts = self.strata.sum(axis=tuple(axes))
            value = int(sum(counts[cell] for cell in key.cells))
        return Number(key=key, value=value, table=table, cell=cell, period=period, weight=weight, offered=offered)


def population_of(given: Estimates | CaptureTable, groupings: Sequence[Groups]) -> Population:
    data = given if isinstance(given, CaptureTable) else given.fits[0].data if given.fits else None
    years = max(len(given.averaged) - 1, 1) if isinstance(given, Estimates) else 1
    observed = np.rint(given.observed * years).astype(np.int64)
    shape = tuple(len(covariate.levels) for covariate in given.covariates)
    if data is not None and int(data.count.sum()) != int(observed.sum()):
        data = None  # an answer about some of the people only
    lists = data.lists if data is not None else ()
    histories, held = _histories(data) if data is not None else (np.zeros(0, dtype=np.int64),) * 2
    together = data is not None and data.covariates == given.covariates
    if data is not None and together:
        place = np.searchsorted(histories, data.history.astype(np.int64))
        cells = np.column_stack([*(np.unravel_index(data.stratum, shape) if shape else ()), place])
    else:
        where = np.argwhere(observed.reshape(shape) > 0)
        cells = np.column_stack([where, np.zeros(len(where), dtype=np.int64)]) if lists else where
    return Population(
        covariates=given.covariates,
        groupings={each.name: each for each in groupings},
        lists=lists,
        histories=histories,
        strata=observed.reshape(shape),
        held=held,
        cells=cells.astype(np.int64),
        absent=_absent(data, histories, given.covariates) if data is not None else {},
    )


def _histories(data: CaptureTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The histories that are looked at, and how many people have each."""
    every = np.arange(1, 1 << len(data.lists), dtype=np.int64)
    if len(data.lists) > FEW:
        deep = next(depth for lists, depth in DEEP.items() if len(data.lists) <= lists)
        every = every[(list_counts(every.astype(np.uint32)) <= deep) | np.isin(every, data.history)]
    held = np.bincount(np.searchsorted(every, data.history), weights=data.count, minlength=len(every))
    return every, held.astype(np.int64)


def _absent(
    data: CaptureTable, histories: NDArray[np.int64], covariates: Sequence[Covariate]
) -> dict[tuple[str, ...], NDArray[np.bool_]]:
    """Histories that cannot occur at some levels of these covariates, because a list was not kept there."""
    if data.operating.all() or not data.covariates:
        return {}
    grid = data.operating.reshape(*data.shape, len(data.lists))
    varies = [axis for axis in range(len(data.shape)) if np.any(grid != grid.take([0], axis=axis))]
    fixed = tuple(axis for axis in range(len(data.shape)) if axis not in varies)
    kept: NDArray[np.bool_] = np.asarray(grid.any(axis=fixed))
    on = (histories[:, None] >> np.arange(len(data.lists))) & 1 == 1
    absent: NDArray[np.bool_] = np.any(on & ~kept[..., None, :], axis=-1)
    if not {data.covariates[axis] for axis in varies} <= set(covariates):
        return {}  # the covariates that tell it are in no table
    return {(*(data.covariates[axis].name for axis in varies), HISTORY): absent}


def of_years(people: Population, time: Covariate, chosen: Sequence[str]) -> list[Number]:
    found = []
    for year in time.levels:
        weight = LAST_YEAR if (year,) == time.recorded[-1:] else YEAR
        found.append(people.number(people.key((time,), (year,), ()), time.name, year, weight=weight))
    return [*found, _mean_of_everyone(people, (time.name, *chosen))]


def _mean_of_everyone(people: Population, averaged: Sequence[str]) -> Number:
    return people.number(people.key((), (), averaged), "total", "", period=_period(averaged), weight=LAST_YEAR)


def _period(averaged: Sequence[str]) -> str:
    return " ".join(averaged[1:])


def of_group(people: Population, names: Sequence[str], averaged: Sequence[str]) -> list[Number]:
    known = {covariate.name: covariate.levels for covariate in people.covariates}
    by: list[tuple[str, ...]] = [()]
    for name in names:
        if name in known:
            levels: tuple[str, ...] = known[name]
        elif name in people.groupings:
            grouping = people.groupings[name]
            levels = tuple(level for level in (*grouping.levels, NOT_RECORDED) if people.cells_of(name, level)[1])
        else:
            raise InputError("unknown_covariate", name=name, known=tuple(known))
        by = [(*before, level) for before in by for level in levels]
    covariates = [Covariate(name=name, levels=()) for name in names]
    found = [_of_row(people, covariates, levels, averaged) for levels in by]
    return [*found, *([_mean_of_everyone(people, averaged)] if averaged else [])]


def of_rows(people: Population, rows: Estimates) -> list[Number]:
    return [_of_row(people, rows.covariates, levels, rows.averaged) for levels in rows.labels() or [()]]


def _of_row(
    people: Population, covariates: Sequence[Covariate], levels: Sequence[str], averaged: Sequence[str]
) -> Number:
    key = people.key(covariates, levels, averaged)
    part = _period(averaged) if averaged and averaged[0] in key.names else ""
    names = ":".join(covariate.name for covariate in covariates) or "total"
    weight = LEVEL if len(covariates) == 1 else CROSSED if covariates else LAST_YEAR
    return people.number(key, names, ":".join(levels), period=part, weight=weight)


def of_lists(people: Population) -> list[Number]:
    """Sizes and overlaps; and what follows from these for two lists, or one: people on one and not on the other."""
    names, on = people.lists, people.histories
    depth = list_counts(on.astype(np.uint32))
    found = [people.number(people.shared(), "lists", "several", weight=LIST)]
    for j, name in enumerate(names):
        found.append(people.number(people.on(1 << j), "lists", name, weight=LIST))
        found.append(people.number(people.shared(j), "lists", f"{name} and others", weight=PAIR))
        found.append(people.number(people.without(j), "lists", f"not only {name}", weight=PAIR))
    for i, j in combinations(range(len(names)), 2):
        found.append(people.number(people.on(1 << i | 1 << j), "pairs", f"{names[i]}:{names[j]}", weight=PAIR))
    unprinted = [(depth == k, f"on {k}") for k in range(1, len(names) + 1)]
    unprinted += [(on == 1 << j, f"only {names[j]}") for j in range(len(names))]
    unprinted += [(on >> j & 1 == 0, f"not {names[j]}") for j in range(len(names))]
    for i, j in combinations(range(len(names)), 2):
        first, second = on >> i & 1 == 1, on >> j & 1 == 1
        unprinted.append((first & ~second, f"{names[i]} not {names[j]}"))
        unprinted.append((second & ~first, f"{names[j]} not {names[i]}"))
        unprinted.append((~first & ~second, f"not {names[i]}:{names[j]}"))
    found += [people.number(people.held_by(which), "lists", name, offered=False) for which, name in unprinted]
    return found
