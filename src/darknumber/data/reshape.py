"""Other tables of the same people: without a list, with two lists merged, or only the people on one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError


def with_counts(table: CaptureTable, counts: NDArray[np.float64]) -> CaptureTable:
    """The same strata and lists with ``(strata, 2**K)`` other counts; a list may have lost everyone."""
    stratum, history = np.nonzero(counts)
    return replace(
        table,
        stratum=stratum.astype(np.int64),
        history=history.astype(np.uint32),
        count=counts[stratum, history].astype(np.int64),
        findings=(),
    )


def without_list(table: CaptureTable, name: str) -> CaptureTable:
    """The table without a list; people on that list only are not in it any more.

    Raises
    ------
    InputError
        No such list, or fewer than two lists are left.
    """
    place = _place(table, name)
    return _with_lists(table, _others(table, place), _taken_out(table.history, place))


def merged_lists(table: CaptureTable, one: str, other: str) -> CaptureTable:
    """The table with two lists made into one, in the place of the first: on it is who is on either.

    The merged list is kept wherever one of the two is. Nobody leaves the table.

    Raises
    ------
    InputError
        No such list, twice the same one, or fewer than two lists are left.
    """
    first, second = sorted((_place(table, one), _place(table, other)))
    if first == second:
        raise no_such("no_such_list", other, [name for name in table.lists if name != one])
    either = (table.history >> np.uint32(second) & np.uint32(1)).astype(np.int64) << first
    history = _taken_out(table.history.astype(np.int64) | either, second)
    kept = _others(table, second)
    operating = table.operating[:, kept].copy()
    operating[:, kept.index(first)] |= table.operating[:, second]
    names = [merged_name(one, other) if place == first else table.lists[place] for place in kept]
    return _with_lists(table, kept, history, names=names, operating=operating)


def conditioned_on(table: CaptureTable, name: str) -> tuple[CaptureTable, NDArray[np.int64]]:
    """Only the people on a list, as the other lists know them, and how many they are.

    People on no other list are not in the table: they are its unseen, and their number is known. Other lists on which
    none of these people is are left out.

    Returns
    -------
    tuple
        The table, and ``(strata,)`` the people on the list in each of its strata.

    Raises
    ------
    InputError
        No such list, or its people are on fewer than two other lists.
    """
    place = _place(table, name)
    on = (table.history >> np.uint32(place) & np.uint32(1)).astype(bool)
    known = np.bincount(table.stratum[on], weights=table.count[on], minlength=table.strata).astype(np.int64)
    used = int(np.bitwise_or.reduce(table.history[on]))
    kept = [other for other in _others(table, place) if used >> other & 1]
    if len(kept) < 2:
        raise InputError("on_too_few_lists", list=name, n=len(kept))
    history = np.zeros(len(table.history), dtype=np.int64)
    for bit, other in enumerate(kept):
        history |= (table.history.astype(np.int64) >> other & 1) << bit
    return _with_lists(table, kept, np.where(on, history, 0)), known


def cut_down(
    table: CaptureTable, *, lists: Sequence[str], covariates: Sequence[str], levels: Mapping[str, Sequence[str]]
) -> CaptureTable:
    """The table as another study would have counted it, one that knew fewer lists, covariates and years.

    Parameters
    ----------
    lists
        Those that stay; people on none of them leave the table. A list that none of the people who stay is on goes too.
    covariates
        Those that stay; the others are added up over.
    levels
        Of some covariates, the levels that stay, such as the years.

    Raises
    ------
    InputError
        A list, covariate or level that the table does not have, or nobody is left.
    """
    for name in lists:
        _place(table, name)
    for name in covariates:
        table.axis(name)
    for name, kept in levels.items():
        table = table.select(name, kept)
    for name in [each for each in table.lists if each not in lists]:
        table = without_list(table, name)
    return table.pool([each.name for each in table.covariates if each.name not in covariates])


def merged_name(one: str, other: str) -> str:
    """What the list made of two lists is called."""
    return f"{one}+{other}"


def _with_lists(
    table: CaptureTable,
    kept: Sequence[int],
    history: NDArray[np.int64],
    *,
    names: Sequence[str] | None = None,
    operating: NDArray[np.bool_] | None = None,
) -> CaptureTable:
    """The table over some of its lists; who is on none of them goes, and so do findings that count people."""
    some = history > 0
    levels = np.unravel_index(table.stratum[some], table.shape) if table.shape else ()
    return CaptureTable.build(
        [table.lists[place] for place in kept] if names is None else names,
        history[some],
        table.count[some],
        covariates=table.covariates,
        levels=levels,
        operating=table.operating[:, list(kept)] if operating is None else operating,
        unit=table.unit,
        name=table.name,
        findings=[finding for finding in table.findings if not finding.values and not finding.where],
    )


def _place(table: CaptureTable, name: str) -> int:
    if name not in table.lists:
        raise no_such("no_such_list", name, table.lists)
    return table.lists.index(name)


def _others(table: CaptureTable, place: int) -> list[int]:
    return [other for other in range(len(table.lists)) if other != place]


def _taken_out(history: NDArray[np.integer], place: int) -> NDArray[np.int64]:
    """Histories without one of their lists; the later ones move up."""
    whole = history.astype(np.int64)
    below = whole & ((1 << place) - 1)
    taken: NDArray[np.int64] = below | (whole >> (place + 1) << place)
    return taken
