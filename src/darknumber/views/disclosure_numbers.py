"""The registered numbers of a publication as sums over one set of cells, so that all its tables are looked at together.

Who is counted in a number is told by levels: of covariates, and of the capture history. Tables that share a covariate
are linked by it, all tables by their total. The cells of the whole cross of everything would be many, and are not
needed: they are kept for each largest group of covariates that occur together, with a link for what two groups share.
Where these groups form a tree (they are made to, see `_groups`) whole numbers that agree on what is shared always fit
together in one table of people, so that nothing is lost (Dobra & Sullivant 2004, Computational Statistics 19).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from darknumber.kernels.suppression import Sums

HISTORY = ""  # the name of the capture history among the covariates, which always have a name
MOST_CELLS = 20_000  # of one table; of a larger one only the cells with people, against which protection is harder
FEW = 8  # lists up to which every history is looked at: 255 of them
DEEP = {12: 3, 20: 2}  # with more lists, up to so many: histories of at most so many lists, and those that occur


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Who is counted in a number. Equal keys are the same number.

    Parameters
    ----------
    names
        The covariates that matter, in their order.
    cells
        The levels of these that are counted, by number, sorted.
    """

    names: tuple[str, ...] = ()
    cells: tuple[tuple[int, ...], ...] = ((),)


EVERYONE = Key()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of registered people.

    Parameters
    ----------
    key
        Who is counted.
    value
        People.
    table, cell, period
        What it is called in the record of decisions.
    offered
        Whether it is meant to be printed.
    weight
        How dear it is to hide, beside its size.
    """

    key: Key
    value: int
    table: str
    cell: str
    period: str = ""
    offered: bool = True
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a publication, as what is counted needs them.

    Parameters
    ----------
    levels
        How many levels each covariate has; for the history, the histories themselves are its levels.
    cells
        ``(cells, covariates)`` the levels of each cell with people, in the order of `levels`.
    absent
        For a history and levels of covariates: combinations that cannot occur, where a list was not kept.
    """

    levels: Mapping[str, int]
    cells: NDArray[np.int64]
    absent: Mapping[tuple[str, ...], NDArray[np.bool_]]


def key_of(chosen: Sequence[tuple[tuple[str, ...], Collection[tuple[int, ...]]]], levels: Mapping[str, int]) -> Key:
    """The key of people in all of these sets, each of levels of other covariates; what says nothing is left out.

    Parameters
    ----------
    chosen
        Covariates, and the cells of these that count.
    levels
        How many levels each covariate has, in order.
    """
    given = [name for names, _ in chosen for name in names]
    order = [name for name in levels if name in given]
    places = [given.index(name) for name in order]
    whole = (sum(cells, ()) for cells in product(*(cells for _, cells in chosen)))
    held = {tuple(cell[place] for place in places) for cell in whole}
    for name in tuple(order):
        axis = order.index(name)
        rest = {cell[:axis] + cell[axis + 1 :] for cell in held}
        if len(rest) * levels[name] == len(held):
            held, order = rest, [other for other in order if other != name]
    return Key(names=tuple(order), cells=tuple(sorted(held)))


def sums_of(numbers: Sequence[Number], people: People, *, known: Key | None = None) -> Sums:
    """The numbers as sums of cells.

    Parameters
    ----------
    numbers
        All that are published together, and those that must not follow from them.
    people
        Whom they count.
    known
        A number that readers are taken to know exactly.
    """
    names = list(people.levels)
    domains = [each.key.names for each in numbers] + list(people.absent)
    groups = _groups(sorted({frozenset(domain) for domain in domains}, key=lambda one: (len(one), sorted(one))))
    tables = [_table(tuple(name for name in names if name in group), people) for group in groups]
    starts = np.cumsum([0, *(len(table.cells) for table in tables)])
    rows = []
    for each in numbers:
        place = min(
            (k for k, group in enumerate(groups) if set(each.key.names) <= group),
            key=lambda k: len(tables[k].cells),
        )
        counted = np.flatnonzero(tables[place].counted(each.key)) + starts[place]
        rows.append(_row(counted, np.ones(len(counted)), int(starts[-1])))
    links = [
        _row(np.concatenate([one, other]), np.repeat([1.0, -1.0], [len(one), len(other)]), int(starts[-1]))
        for first, second in _tree(groups)
        for one, other in _shared(tables[first], tables[second], starts[first], starts[second])
    ]
    value = np.array([each.value for each in numbers], dtype=np.int64)
    empty = csr_array((0, int(starts[-1])), dtype=np.int64)
    return Sums(
        rows=csr_array(vstack(rows, format="csr")),
        links=csr_array(vstack(links, format="csr")) if links else empty,
        value=value,
        offered=np.array([each.offered for each in numbers], dtype=bool),
        exact=np.array([each.key == known for each in numbers], dtype=bool),
        cost=np.array([each.weight for each in numbers]) * np.sqrt(value + 1.0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The cells of some covariates together."""

    names: tuple[str, ...]
    cells: NDArray[np.int64]  # (cells, names)

    def counted(self, key: Key) -> NDArray[np.bool_]:
        """``(cells,)`` which of them a number counts."""
        if not key.names:
            return np.ones(len(self.cells), dtype=bool)
        own = self.cells[:, [self.names.index(name) for name in key.names]]
        both = np.concatenate([own, np.array(key.cells, dtype=np.int64)])
        place = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)
        kept: NDArray[np.bool_] = np.isin(place[: len(own)], place[len(own) :])
        return kept


def _table(names: tuple[str, ...], people: People) -> _Table:
    columns = [list(people.levels).index(name) for name in names]
    shape = [people.levels[name] for name in names]
    held = np.unique(people.cells[:, columns], axis=0) if names else np.zeros((1, 0), dtype=np.int64)
    if names and np.prod(shape, dtype=np.float64) <= MOST_CELLS:
        held = np.stack(np.unravel_index(np.arange(int(np.prod(shape))), shape), axis=1).astype(np.int64)
    for inside, absent in people.absent.items():
        if set(inside) <= set(names):
            held = held[~absent[tuple(held[:, names.index(name)] for name in inside)]]
    return _Table(names=names, cells=held)


def _row(places: NDArray[np.int64], values: NDArray[np.float64], size: int) -> csr_array:
    return csr_array((values.astype(np.int64), (np.zeros(len(places), dtype=np.int64), places)), shape=(1, size))


def _shared(one: _Table, other: _Table, first: int, second: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each cell of what two tables share: the cells of both that it sums."""
    names = [name for name in one.names if name in other.names]
    mine = one.cells[:, [one.names.index(name) for name in names]]
    theirs = other.cells[:, [other.names.index(name) for name in names]]
    return [
        (
            np.flatnonzero((mine == cell).all(axis=1)) + first,
            np.flatnonzero((theirs == cell).all(axis=1)) + second,
        )
        for cell in np.unique(np.concatenate([mine, theirs]), axis=0)
    ]


def _groups(domains: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """The largest sets of covariates that occur together, once every loop of four or more has a chord."""
    near: dict[str, set[str]] = {name: set() for domain in domains for name in domain}
    for domain in domains:
        for one, other in combinations(domain, 2):
            near[one].add(other)
            near[other].add(one)
    found: list[frozenset[str]] = []
    while near:
        name = min(near, key=lambda one: (_missing(near, one), one))
        around = near.pop(name)
        found.append(frozenset({name, *around}))
        for one in around:
            near[one] |= around - {one}
            near[one].discard(name)
    largest = [group for group in found if not any(group < other for other in found)]
    return list(dict.fromkeys(largest)) or [frozenset()]


def _missing(near: Mapping[str, set[str]], name: str) -> int:
    """How many pairs of its neighbours are none themselves."""
    return sum(other not in near[one] for one, other in combinations(sorted(near[name]), 2))


def _tree(groups: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """Pairs of groups that join all of them, those first that share most."""
    root = list(range(len(groups)))

    def top(k: int) -> int:
        while root[k] != k:
            k = root[k]
        return k

    joined = []
    pairs = combinations(range(len(groups)), 2)
    for one, other in sorted(pairs, key=lambda pair: (-len(groups[pair[0]] & groups[pair[1]]), pair)):
        if top(one) != top(other):
            root[top(one)] = top(other)
            joined.append((one, other))
    return joined
