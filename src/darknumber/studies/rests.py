"""Whom the estimate rests on: the fewest people without whom the lists would set no upper limit.

Take a log-linear model with the sets of lists ``F`` as its terms, closed under subsets. Raise the intercept by one and
change the parameter of every set ``a`` in ``F`` by ``(-1)**|a|``: the expected dark figure rises, and the log expected
count of a history ``w`` changes by the sum of ``(-1)**|a|`` over the sets of ``F`` inside ``w``. That is nothing for a
history that is itself a term, and less than nothing for histories of lists that the model takes to be independent.
Only the people with such histories keep the dark figure from running off (METHODS 4.4); where there are none of them
it has no upper limit. The same holds for the smaller models inside ``F``, whose people may be fewer. `rests_on` looks
at ``F`` itself, at ``F`` without one or two of its largest terms, and at independent lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import MAX_DENSE_LISTS, CaptureTable
from darknumber.kernels.design import live_cells
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.terms import parse_terms
from darknumber.models.base import Fit, best_terms

Counts = NDArray[np.int64]
Kind = Literal["nobody", "exactly", "overlap", "several", "combinations"]

MOST_LEFT_OUT = 2  # terms left out together; in 180 simulated tables of three to five lists, one always was enough
MOST_PAIRED = 40  # with more largest terms than this, they are left out one at a time only
SMALLEST = 3  # overlaps that are named (METHODS 2.2, item 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """People on all lists of a term.

    Parameters
    ----------
    lists
        The lists.
    people
        How many are on all of them, whatever other lists they are on.
    """

    lists: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """The people on whom an estimate rests.

    Parameters
    ----------
    people
        How many they are: without them, the model would set no upper limit to the dark figure.
    kind
        Who they are: those on `lists` and no other (``exactly``); everyone on all of `lists` (``overlap``); everyone on
        two or more lists (``several``); people in several combinations of lists (``combinations``); ``nobody`` where
        there is no limit as it is.
    lists
        For ``exactly`` and ``overlap``.
    combinations
        The combinations of lists they are on, with how many people each, most people first.
    smallest
        The smallest overlaps that are terms of the model, at most `SMALLEST`, fewest people first.
    """

    people: int
    kind: Kind
    lists: tuple[str, ...]
    combinations: tuple[Overlap, ...]
    smallest: tuple[Overlap, ...]


def rests_on(fit: Fit) -> Rests:
    """The fewest people on whom the estimate of a fit rests, and who they are.

    The terms are those of the model in the answer, or of the best of those that are averaged. Covariates are summed
    over: without these people there would be no upper limit in any stratum. A model without terms is taken as one of
    independent lists. Of a model for each level of a covariate, it is the part that rests on the fewest.
    """
    if fit.parts:
        parts = fit.parts if fit.places else fit.parts[:1]
        return min((rests_on(part) for part in parts), key=lambda rests: rests.people)
    table = fit.data
    sets = _term_sets(best_terms(fit) or "", table.lists)
    histories, people = _pooled(table)
    removed = _fewest(table, sets, histories, people)
    chosen, many = histories[removed], people[removed]
    order = np.argsort(-many, kind="stable")
    smallest = sorted((_on_all(a, histories, people), a) for a in sets if _size(a) > 1)
    kind, lists = _kind(chosen, histories)
    return Rests(
        people=int(many.sum()),
        kind=kind,
        lists=_names(lists, table.lists),
        combinations=tuple(
            Overlap(lists=_names(int(chosen[i]), table.lists), people=int(many[i])) for i in order.tolist()
        ),
        smallest=tuple(Overlap(lists=_names(a, table.lists), people=n) for n, a in smallest[:SMALLEST]),
    )


def _term_sets(terms: str, lists: Sequence[str]) -> tuple[int, ...]:
    """The sets of lists in the terms of a model, as bits, with everything inside them and the single lists."""
    bit = {name: 1 << place for place, name in enumerate(lists)}
    found = {0, *bit.values()}
    for term in parse_terms(terms):
        whole = part = sum(bit.get(factor.name, 0) for factor in term)
        while part:
            found.add(part)
            part = (part - 1) & whole
    return tuple(sorted(found))


def _pooled(table: CaptureTable) -> tuple[Counts, Counts]:
    """The histories that occur, over all strata, and how many people have each."""
    histories, place = np.unique(table.history.astype(np.int64), return_inverse=True)
    people = np.zeros(len(histories), dtype=np.int64)
    np.add.at(people, place.reshape(-1), table.count)
    return histories, people


def _fewest(table: CaptureTable, sets: Sequence[int], histories: Counts, people: Counts) -> NDArray[np.bool_]:
    """``(histories,)`` which of them the estimate rests on."""
    best = list_counts(histories) > 1  # what independent lists rest on, whatever else is in the model
    if len(table.lists) > MAX_DENSE_LISTS:
        return best
    cells = np.arange(1 << len(table.lists))
    signs = np.array([(-1) ** _size(a) * ((cells & a) == a) for a in sets])
    largest = [place for place, a in enumerate(sets) if _size(a) > 1 and not any(a != b and a & b == a for b in sets)]
    change = signs.sum(axis=0) - np.array([signs[list(out)].sum(axis=0) for out in _left_out(largest)])
    live = live_cells(np.unique(table.operating, axis=0)).any(axis=0)
    # what falls for nobody and rises for nobody else: other directions may cost likelihood where the counts are zero
    allowed = change[(change[:, live] <= 0).all(axis=1)][:, histories] != 0
    for candidate in allowed:
        if people[candidate].sum() < people[best].sum():
            best = candidate
    return best


def _left_out(largest: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """No term, each of the largest, and every two of them where they are few."""
    most = MOST_LEFT_OUT if len(largest) <= MOST_PAIRED else 1
    for number in range(most + 1):
        yield from combinations(largest, number)


def _kind(chosen: Counts, histories: Counts) -> tuple[Kind, int]:
    """How these histories can be told in a few words, and the lists that takes."""
    if not len(chosen):
        return "nobody", 0
    if len(chosen) == 1:
        return "exactly", int(chosen[0])
    common = int(np.bitwise_and.reduce(chosen))
    if _size(common) > 1 and len(chosen) == int(((histories & common) == common).sum()):
        return "overlap", common
    if len(chosen) == int((list_counts(histories) > 1).sum()):
        return "several", 0
    return "combinations", 0


def _on_all(lists: int, histories: Counts, people: Counts) -> int:
    return int(people[(histories & lists) == lists].sum())


def _size(lists: int) -> int:
    return lists.bit_count()


def _names(lists: int, names: Sequence[str]) -> tuple[str, ...]:
    on = membership(np.array([lists]), len(names))[0]
    return tuple(name for name, here in zip(names, on, strict=True) if here)
