"""Whom the estimate rests on: the fewest people without whom the lists would set no upper limit.

Take a log-linear model with the sets of lists ``F`` as its terms, closed under subsets. Raise the intercept by one and
change the parameter of every set ``a`` in ``F`` by ``(-1)**|a|``: the expected dark figure rises, and the log expected
count of a history ``w`` changes by the sum of ``(-1)**|a|`` over the sets of ``F`` inside ``w``. That is nothing for a
history that is itself a term, and less than nothing for histories of lists that the model takes to be independent.
Only the people with such histories keep the dark figure from running off (METHODS 4.4); where there are none of them
it has no upper limit. The same holds for the smaller models inside ``F``, whose people may be fewer. `rests_on` looks
at ``F`` itself, at ``F`` without its largest term, each in turn, and one more that is then largest, and at independent
lists. With pairs of lists that found the fewest in 180 of 180 simulated tables of three to five lists; with terms of
more lists in 87 of 89, and there at most an eighth more. Without the people who are found there is no limit anyway.

A model without such terms is tried: are those on exactly two lists, or on two or more, what it rests on? It has to lose
its limit without them and to have one again with the first of them back. Of a model that neither answers, and of one
whose prior sets a limit whatever the data, there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import MAX_DENSE_LISTS, CaptureTable
from darknumber.kernels import verdicts
from darknumber.kernels.design import live_cells
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.terms import parse_terms
from darknumber.models.base import Fit, best_terms, settled

Counts = NDArray[np.int64]
Kind = Literal["nobody", "exactly", "overlap", "two", "several", "combinations"]

MOST_PAIRED = 40  # with more largest terms than this, they are left out one at a time only
SMALLEST = 3  # overlaps that are named (METHODS 2.2, item 2)
_NO_LIMIT = (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)


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
        exactly two lists (``two``), or on two or more (``several``); people in several combinations of lists
        (``combinations``); ``nobody`` where there is no limit as it is.
    lists
        For ``exactly`` and ``overlap``.
    combinations
        The combinations of lists they are on, with how many people each, most people first.
    smallest
        The smallest overlaps that are terms of the model, at most `SMALLEST`, fewest people first.
    part
        Which of the parts of a model that has one for every stratum these people are in; None for one model of all.
    """

    people: int
    kind: Kind
    lists: tuple[str, ...]
    combinations: tuple[Overlap, ...]
    smallest: tuple[Overlap, ...]
    part: int | None = None


def rests_on(fit: Fit) -> Rests | None:
    """The fewest people found on whom the estimate of a fit rests, and who they are; None where nothing can be said.

    The terms are those of the model in the answer, or of the best of those that are averaged. Covariates are summed
    over: without these people there would be no upper limit in any stratum. Of a model for each level of a covariate,
    it is the part that rests on the fewest. Nothing can be said of posterior draws, and of models that neither have
    terms nor rest on those who are on two lists.
    """
    if fit.parts and not fit.places:
        return rests_on(fit.parts[0])
    if fit.parts:
        found = [
            replace(rests, part=place)
            for place, part in enumerate(fit.parts)
            if part.data.count.sum() and (rests := rests_on(part)) is not None
        ]
        return min(found, key=lambda rests: rests.people, default=None)
    if fit.draws is not None:
        return None
    terms = best_terms(fit)
    histories, people = _pooled(fit.data)
    if terms is None:
        removed = _tried(fit, histories, people)
        return None if removed is None else _rests(fit.data, (), histories, people, removed)
    sets = _term_sets(terms, fit.data.lists)
    return _rests(fit.data, sets, histories, people, _fewest(fit.data, sets, histories, people))


def _tried(fit: Fit, histories: Counts, people: Counts) -> NDArray[np.bool_] | None:
    """``(histories,)`` those that a model without terms rests on: on two lists or, with more people, on two or more."""
    cells = fit.data.dense()
    for candidate in (list_counts(histories) == 2, list_counts(histories) > 1):
        if not candidate.any():
            continue
        gone = np.isin(np.arange(cells.shape[1]), histories[candidate])
        without = np.where(gone, 0.0, cells)
        back = without.copy()
        back[:, histories[candidate][int(np.argmax(people[candidate]))]] = 1.0
        found = settled(fit.model, fit, np.stack([without, back])).verdict
        limits = ~np.isin(found, _NO_LIMIT).any(axis=1)
        if limits.tolist() == [False, True]:
            return np.asarray(candidate, dtype=np.bool_)
    return None


def _rests(
    table: CaptureTable, sets: Sequence[int], histories: Counts, people: Counts, removed: NDArray[np.bool_]
) -> Rests:
    """The people with some of the histories, in words that can be told."""
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
    place = {a: row for row, a in enumerate(sets)}
    left_out = [[place[a] for a in out] for out in _left_out(sets)]
    change = signs.sum(axis=0) - np.array([signs[out].sum(axis=0) for out in left_out])
    live = live_cells(np.unique(table.operating, axis=0)).any(axis=0)
    # what falls for nobody and rises for nobody else: other directions may cost likelihood where the counts are zero
    allowed = change[(change[:, live] <= 0).all(axis=1)][:, histories] != 0
    for candidate in allowed:
        if people[candidate].sum() < people[best].sum():
            best = candidate
    return best


def _left_out(sets: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """No term, each of the largest, and where they are few each of what is then largest with it."""
    yield ()
    largest = _largest(sets)
    for first in largest:
        yield (first,)
        if len(largest) <= MOST_PAIRED:
            # of two that are both largest, the order changes nothing
            for second in _largest([a for a in sets if a != first]):
                if second > first or second not in largest:
                    yield first, second


def _largest(sets: Sequence[int]) -> list[int]:
    return [a for a in sets if _size(a) > 1 and not any(a != b and a & b == a for b in sets)]


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
    if np.array_equal(chosen, histories[list_counts(histories) == 2]):
        return "two", 0
    return "combinations", 0


def _on_all(lists: int, histories: Counts, people: Counts) -> int:
    return int(people[(histories & lists) == lists].sum())


def _size(lists: int) -> int:
    return lists.bit_count()


def _names(lists: int, names: Sequence[str]) -> tuple[str, ...]:
    on = membership(np.array([lists]), len(names))[0]
    return tuple(name for name, here in zip(names, on, strict=True) if here)
