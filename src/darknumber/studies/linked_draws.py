"""Replicates of two studies together: linked people are drawn, and both studies are done again on what was drawn.

The law. The bootstrap of one study holds the population of each stratum fixed and draws who is seen: ``N`` people are
shared out over the histories that were found, and over being on no list, as a multinomial gives. With two studies of
the same people an outcome is a pair: where somebody stands in the old extract, and where in the new; either may be
nowhere. So in each stratum of the covariates that both studies have, ``N`` people are shared out over the linked cells
that were found there and the one cell of people in neither extract. Each replicate gives both studies their tables: the
margins.

``N`` is what the second study estimates, and at least everyone who is in any extract: there is one population, and the
second study knows most about it. Where its estimate is not finite, or for a year that only the first study has, it is
that of the first. The choice hardly matters. With ``c`` the linked cells and ``g`` what one more person in a cell does
to the difference ``D`` of the two estimates, the variance of a replicate is ``sum(c g^2) - D^2/N``, since estimates
grow in proportion to their counts; for one estimate the last term is ``-N``, against a standard error that is far more
than the square root of ``N``.

Where both studies have the same data, everyone stands in the same place in both. Then the law is that of the ordinary
bootstrap, and so are its random numbers (as long as nobody is on all lists, which takes one more of them): the draws of
both studies are those that each would have by itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.linked import Extract, Linked, Side, placed
from darknumber.data.table import Covariate
from darknumber.errors import InputError
from darknumber.inference.bootstrap import (
    CHUNK_CELLS,
    CHUNK_SECONDS,
    Law,
    Progress,
    draw,
    in_order,
    observed_law,
)
from darknumber.models import Fit
from darknumber.studies.chain import Stand, by_level, groups_of

Array = NDArray[np.float64]

_PRIORITY: tuple[Side, ...] = ("new", "same_definition", "old")  # whose covariates say in which stratum somebody is


@dataclass(frozen=True, slots=True)
class Margin:
    """Where linked cells stand in the table of one answer.

    Parameters
    ----------
    place
        ``(cells,)`` of the flattened ``(strata, 2**K)`` table; -1 for people who are not in it.
    shape
        Of that table.
    """

    place: NDArray[np.int64]
    shape: tuple[int, int]

    def counts(self, people: Array) -> Array:
        """``(strata, 2**K)`` from ``(cells,)`` people."""
        there = self.place >= 0
        size = self.shape[0] * self.shape[1]
        counts: Array = np.bincount(self.place[there], weights=people[there], minlength=size).astype(float)
        return counts.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Universe:
    """What a replicate is drawn from.

    Parameters
    ----------
    law
        Over the strata that both studies have; its histories are the linked cells of the stratum, the first and the
        last column being empty, as in a table.
    shape
        Strata, and cells of the stratum that has most.
    cell
        ``(cells,)`` where each linked cell stands in the flattened draw.
    """

    law: Law
    shape: tuple[int, int]
    cell: NDArray[np.int64]

    def people(self, seed: int, replicate: int) -> Array:
        """``(cells,)`` people of one replicate."""
        drawn: Array = draw(self.law, self.shape, seed, replicate).reshape(-1)[self.cell]
        return drawn


def margin_of(linked: Linked, stand: Stand) -> Margin | None:
    """Where linked people stand in the table of an answer; None where they are not linked to its extract.

    Raises
    ------
    InputError
        The linked people are not those of the table.
    """
    extract = linked.extracts.get(stand.side)
    if extract is None or stand.fit is None:
        return None
    table = stand.fit.data
    stratum, history = placed(extract, table.lists, table.covariates)
    shape = (table.strata, 1 << len(table.lists))
    place = np.where(history > 0, stratum * shape[1] + history.astype(np.int64), -1)
    margin = Margin(place, shape)
    if not np.array_equal(margin.counts(linked.count.astype(float)), table.dense()):
        values = {"side": stand.side, "linked": int(linked.count[place >= 0].sum()), "people": int(table.count.sum())}
        raise InputError("linked_differs", **values)
    return margin


def universe_of(linked: Linked, old: Fit, new: Fit, margins: Sequence[Margin | None]) -> Universe:
    """The law of replicates; see the top of this file.

    Parameters
    ----------
    margins
        Of all answers: who is in none of their tables is left out.
    """
    used = np.any([margin.place >= 0 for margin in margins if margin is not None], axis=0)
    known = {covariate.name for covariate in old.data.covariates}
    common = [covariate.name for covariate in new.data.covariates if covariate.name in known]
    levels = _levels(common, old, new)
    shape = tuple(len(each) for each in levels)
    group = np.zeros(len(linked.count), dtype=np.int64)
    unknown = np.ones(len(linked.count), dtype=bool)
    for side in _PRIORITY:
        extract = linked.extracts.get(side)
        if extract is not None:
            take = unknown & extract.present
            group[take] = _groups(extract, common, levels, shape)[take]
            unknown &= ~extract.present
    there = np.flatnonzero(used)
    # within a stratum in the order of the new table, so that the same data give the same random numbers
    last = margins[-1]
    order = there[np.lexsort((there, last.place[there] if last is not None else there, group[there]))]
    found, start = np.unique(group[order], return_index=True)
    number = np.searchsorted(found, group[order])
    column = np.arange(len(order)) - start[number] + 1
    wide = int(column.max()) + 2
    cell = np.full(len(linked.count), 0, dtype=np.int64)
    cell[order] = number * wide + column
    grid = np.zeros((len(found), wide))
    grid[number, column] = linked.count[order]
    size = np.full(len(found), np.nan)
    for fit in (new, old):
        theirs = _people(fit, common, levels, shape, found)
        size = np.where(np.isfinite(size), size, theirs)
    seen = grid.sum(axis=1)
    with np.errstate(invalid="ignore"):
        dark = np.where(np.isfinite(size), np.maximum(size - seen, 0.0), np.inf)
    return Universe(observed_law(grid, dark), grid.shape, cell)


def replicate(
    universe: Universe,
    stands: Sequence[Stand],
    margins: Sequence[Margin | None],
    *,
    by: str | None,
    levels: Sequence[str],
    replicates: int,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Array:
    """``(B, stands, rows + 1)`` population sizes by level and together; ``nan`` for answers without a margin.

    Every model is fitted again as `Model.refit` does, its choice included.
    """
    rows = max(len(levels), 1)
    groups = [None if stand.fit is None else groups_of(stand.fit.data, by, levels) for stand in stands]

    def work(piece: range) -> Array:
        people = [universe.people(seed, b) for b in piece]
        found = np.full((len(piece), len(stands), rows + 1), np.nan)
        for number, (stand, margin, group) in enumerate(zip(stands, margins, groups, strict=True)):
            if stand.fit is not None and margin is not None and group is not None:
                again = stand.fit.model.refit(stand.fit, np.stack([margin.counts(each) for each in people]))
                found[:, number] = by_level(again.observed, again.unobserved, group, rows)
        return found

    cells = sum(margin.shape[0] * margin.shape[1] for margin in margins if margin is not None)
    most = max(CHUNK_CELLS // cells, 1)
    if workers > 1 or progress is not None:
        work(range(1))  # compiles what is compiled once
        started = time.perf_counter()
        work(range(1))
        most = min(most, max(int(CHUNK_SECONDS / max(time.perf_counter() - started, 1e-6)), 1))
    pieces = [range(start, min(start + most, replicates)) for start in range(0, replicates, most)]
    done: list[Array] = []
    for part in in_order(work, pieces, workers):
        done.append(part)
        if progress is not None:
            progress(sum(map(len, done)), replicates, "revise")
    return np.concatenate(done)


def _levels(common: Sequence[str], old: Fit, new: Fit) -> list[list[str]]:
    """The levels of each covariate that both have, those of the second study first."""
    tables = [(fit.data, fit.data.axis(name)) for name in common for fit in (new, old)]
    each = [table.covariates[axis].levels for table, axis in tables]
    return [list(dict.fromkeys([*each[2 * place], *each[2 * place + 1]])) for place in range(len(common))]


def _groups(
    extract: Extract, common: Sequence[str], levels: Sequence[Sequence[str]], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """``(cells,)`` the stratum of the common covariates in which people are, as an extract has it."""
    return _stratum_in(extract.covariates, np.maximum(extract.stratum, 0), common, levels, shape)


def _people(
    fit: Fit, common: Sequence[str], levels: Sequence[Sequence[str]], shape: tuple[int, ...], found: NDArray[np.int64]
) -> Array:
    """``(found,)`` everyone in each of these strata, as a study estimates it; ``nan`` where it does not have it."""
    groups = _stratum_in(fit.data.covariates, np.arange(fit.data.strata), common, levels, shape)
    place = np.searchsorted(found, groups)
    inside = (place < len(found)) & (found[np.minimum(place, len(found) - 1)] == groups)
    size = np.bincount(place[inside], weights=fit.estimate[inside], minlength=len(found))
    there = np.bincount(place[inside], minlength=len(found)) > 0
    return np.where(there, size, np.nan)


def _stratum_in(
    covariates: Sequence[Covariate],
    stratum: NDArray[np.int64],
    common: Sequence[str],
    levels: Sequence[Sequence[str]],
    shape: tuple[int, ...],
) -> NDArray[np.int64]:
    own = tuple(len(covariate.levels) for covariate in covariates)
    if not common:
        return np.zeros(len(stratum), dtype=np.int64)
    names = [covariate.name for covariate in covariates]
    coordinates = np.unravel_index(stratum, own)
    chosen = []
    for name, known in zip(common, levels, strict=True):
        axis = names.index(name)
        number = {level: place for place, level in enumerate(known)}
        # a level that no study has belongs to people who are in no table, and may stand anywhere
        renumber = np.array([number.get(level, 0) for level in covariates[axis].levels])
        chosen.append(renumber[coordinates[axis]])
    return np.ravel_multi_index(chosen, shape).astype(np.int64)
