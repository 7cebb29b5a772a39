"""Whom does the answer hang on? The model fitted again without one person, or without one of the counts.

Leaving a person out asks what one record more or less does (METHODS 2.2, item 8; A8). Leaving a count out asks what the
other counts say by themselves: people with that history may be there, but nobody looked, so that the model says how
many they are. Whatever chose the model chooses again every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.bootstrap import Progress, in_order
from darknumber.kernels.summaries import sum_draws
from darknumber.models.base import Fit, LeavesOut, settled

Array = NDArray[np.float64]
Index = NDArray[np.int64]

EVERY = -1  # in place of a stratum: all of them together
MOST_CELLS = 10  # counts of single strata that are left out, largest first; every fit of a large table takes a while
MOVED = 0.2  # an answer a fifth higher or lower is another answer
LADDER = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100)  # people taken out together
RUNGS = 4  # steps of the ladder at a time: most answers have moved far enough after the first few
PIECE_CELLS = 2_000_000  # counts refitted at a time: 16 MB
PIECE = 32  # tables refitted at a time at most: verdicts are remembered within a piece, and progress told between them


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The fewest people found without whom the answer moves by `MOVED` or more, in one direction.

    Parameters
    ----------
    people
        How many they are.
    estimate
        The estimate without them; ``inf`` where it then has no upper limit.
    histories
        The histories they have, as bits, most moving first.
    """

    people: int
    estimate: float
    histories: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The estimate of everyone without one person and without one count.

    Parameters
    ----------
    stratum, history
        ``(rows,)`` which count; `EVERY` for all strata together.
    people
        ``(rows,)`` people in it.
    without_one
        ``(rows,)`` the estimate without one of them: where all strata are together, one shared out over them; ``nan``
        for single strata of several, which are too many.
    without_count
        ``(rows,)`` the estimate where their number is not known; ``nan`` also where that was not looked at.
    predicted
        ``(rows,)`` how many the others then say they are.
    jackknife
        Standard error of the estimate by leaving out one person at a time; ``inf`` where that may leave no estimate.
    fewer, more
        The fewest people found without whom the answer is a fifth lower, and a fifth higher; None for more than the
        last of `LADDER`, or half of everyone.
    """

    stratum: Index
    history: Index
    people: Array
    without_one: Array
    without_count: Array
    predicted: Array
    jackknife: float
    fewer: Group | None
    more: Group | None

    @property
    def fewest(self) -> Group | None:
        """The smaller of the two groups."""
        groups = [group for group in (self.fewer, self.more) if group is not None]
        return min(groups, key=lambda group: group.people, default=None)


def influence_of(fit: Fit, *, workers: int = 1, progress: Progress | None = None) -> Influence:
    """Fit the model again without each person, each count, and ever larger groups of people.

    Parameters
    ----------
    fit
        With a finite estimate. With strata, people with one history are taken out of all strata alike, and of single
        strata only the `MOST_CELLS` largest counts are left out.
    """
    y = fit.data.dense()
    stratum, history = _rows(y)
    masks = [_cells_of(y, *row) for row in zip(stratum.tolist(), history.tolist(), strict=True)]
    people = np.array([y[mask].sum() for mask in masks])
    whole = float(fit.estimate.sum())
    together = stratum == stratum[0]  # each history once
    leaves = can_leave_out(fit)
    told = _Told(progress, int(together.sum()) + len(masks) * leaves + 2 * len(LADDER))
    one_less = [y - masks[row] * y / people[row] for row in np.flatnonzero(together)]
    without_one = np.full(len(masks), np.nan)
    without_one[together] = _estimates(fit, one_less, workers, told)
    moves = np.log(without_one[together] / whole)
    groups = []
    for sign in (-1, 1):
        order = np.argsort(sign * -moves, kind="stable")
        order = order[sign * moves[order] > 0]
        groups.append(_smallest(fit, [masks[row] for row in order], history[together][order], sign, workers, told))
    without_count, predicted = np.full(len(masks), np.nan), np.full(len(masks), np.nan)
    if leaves:
        without_count, predicted = _without_counts(fit, masks, workers, told)
    return Influence(
        stratum=stratum,
        history=history,
        people=people,
        without_one=without_one,
        without_count=without_count,
        predicted=predicted,
        jackknife=_jackknife(without_one[together], people[together]),
        fewer=groups[0],
        more=groups[1],
    )


def can_leave_out(fit: Fit) -> bool:
    """Whether the model, and every part of it, can be fitted to some of the counts only."""
    return isinstance(fit.model, LeavesOut) and all(can_leave_out(part) for part in fit.parts)


@dataclass(slots=True)
class _Told:
    """Progress over all the steps."""

    progress: Progress | None
    steps: int
    done: int = 0

    def __call__(self, more: int) -> None:
        self.done = min(self.done + more, self.steps)
        if self.progress is not None:
            self.progress(self.done, self.steps, "refits")


def _rows(y: Array) -> tuple[Index, Index]:
    """Every history somebody has, over all strata; and, where there are several, the largest counts of single ones."""
    histories = np.flatnonzero(y.sum(axis=0))
    if len(y) == 1:
        return np.zeros(len(histories), dtype=np.int64), histories
    largest = np.argsort(-y, axis=None, kind="stable")[: min(MOST_CELLS, int((y > 0).sum()))]
    strata, cells = np.unravel_index(largest, y.shape)
    return np.concatenate([np.full(len(histories), EVERY), strata]), np.concatenate([histories, cells])


def _cells_of(y: Array, stratum: int, history: int) -> NDArray[np.bool_]:
    mask = np.zeros(y.shape, dtype=np.bool_)
    mask[slice(None) if stratum == EVERY else stratum, history] = True
    return mask


def _estimates(fit: Fit, tables: Sequence[Array], workers: int, told: _Told) -> Array:
    """``(tables,)`` estimates of everyone; ``inf`` or ``nan`` where there is none."""

    def work(piece: Sequence[Array]) -> Array:
        again = settled(fit.model, fit, np.stack(piece))
        return _totals(again.observed, again.unobserved)

    return _in_pieces(work, tables, workers, told)


def _without_counts(fit: Fit, masks: Sequence[NDArray[np.bool_]], workers: int, told: _Told) -> tuple[Array, Array]:
    """``(rows,)`` estimates of everyone where counts are not known, and how many people are then predicted."""
    model = fit.model
    assert isinstance(model, LeavesOut)

    def work(piece: Sequence[NDArray[np.bool_]]) -> Array:
        found = model.refit_without(fit, np.stack(piece))
        observed = np.broadcast_to(fit.observed.astype(np.float64), found.unobserved.shape)
        return np.stack([_totals(observed, found.unobserved), found.predicted.sum(axis=(1, 2))], axis=1)

    both = _in_pieces(work, masks, workers, told)
    return both[:, 0], both[:, 1]


def _in_pieces(
    work: Callable[[Sequence[Array]], Array] | Callable[[Sequence[NDArray[np.bool_]]], Array],
    tables: Sequence[Array] | Sequence[NDArray[np.bool_]],
    workers: int,
    told: _Told,
) -> Array:
    if not len(tables):
        return np.zeros(0)
    size = int(np.clip(PIECE_CELLS // tables[0].size, 1, PIECE))
    pieces = [tables[start : start + size] for start in range(0, len(tables), size)]
    done = []
    for found in in_order(work, pieces, workers):  # type: ignore[arg-type]
        done.append(found)
        told(len(found))
    return np.concatenate(done)


def _totals(observed: Array, unobserved: Array) -> Array:
    return sum_draws(observed + unobserved, np.zeros(observed.shape[1], dtype=np.int64), 1)[:, 0]


def _smallest(
    fit: Fit,
    masks: Sequence[NDArray[np.bool_]],
    histories: Index,
    sign: int,
    workers: int,
    told: _Told,
) -> Group | None:
    """The smallest group on the ladder without whom the answer moves far enough; people who move it most go first."""
    y = fit.data.dense()
    whole = float(fit.estimate.sum())
    most = min(LADDER[-1], int(y.sum() // 2), int(sum(y[mask].sum() for mask in masks)))
    sizes = [size for size in LADDER if size <= most]
    for start in range(0, len(sizes), RUNGS):
        taken = [_without(y, masks, size) for size in sizes[start : start + RUNGS]]
        estimates = _estimates(fit, [table for table, _ in taken], workers, told)
        with np.errstate(invalid="ignore"):
            far = estimates <= whole * (1 - MOVED) if sign < 0 else estimates >= whole * (1 + MOVED)
        if far.any():
            first = int(np.argmax(far))
            inside = tuple(histories[: taken[first][1]].tolist())
            return Group(people=sizes[start + first], estimate=float(estimates[first]), histories=inside)
    return None


def _without(y: Array, masks: Sequence[NDArray[np.bool_]], size: int) -> tuple[Array, int]:
    """The counts without so many people, from the first of `masks` on; and how many of these that takes."""
    table, left = y.copy(), float(size)
    for used, mask in enumerate(masks):
        there = y[mask].sum()
        taken = min(left, there)
        table[mask] -= y[mask] * taken / there
        left -= taken
        if left <= 0:
            return table, used + 1
    return table, len(masks)


def _jackknife(estimates: Array, people: Array) -> float:
    """Delete-one standard error, with as many people for each value as have that history."""
    if not np.isfinite(estimates).all():
        return np.inf
    n = float(people.sum())
    mean = people @ estimates / n
    return float(np.sqrt((n - 1) / n * (people @ (estimates - mean) ** 2)))
