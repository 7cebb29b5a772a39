"""Which numbers of published tables must stay unprinted, so that small ones cannot be worked out from the rest.

Every number is a sum of cells: whole numbers of people, none below zero, that only we know. A reader knows that, knows
which cells each number sums, and reads what is printed:

- a printed number is rounded to a base, so that it lies within half a base, and is not below the floor;
- *none* is exact;
- a number below the floor is small: from 1 to the floor less 1;
- a hidden number is not below the floor, unless it is itself small: then it is at least 1.

That is a set of linear inequalities, so that the least and the most a number can be are two integer programmes
(`audit`). A small number is protected while its range is as wide as the rule says: up to the floor less 1, and down to
the least that is left where only emptiness is known (1, or as many people as it has parts that are said to hold some).

`suppress` hides more numbers until that is so. For each small number that can be bounded more tightly it solves a
linear programme in the manner of Kelly, Golden & Assad (1992, Networks 22): the cheapest changes of printed numbers
with which the small one can go down to its least or up to its most; what would have to change is hidden. At last every
hidden number is printed again where that gives nothing away. With everything hidden each small number is protected, so
that this always ends. Fischetti & Salazar (2000, JASA 95) solve for the cheapest numbers exactly instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.int8]

PRINTED, SMALL, HIDDEN, UNPRINTED = 0, 1, 2, 3

MOVED = 1e-6  # people: a printed number that must change by less than this does not change
NODES = 2000  # of one integer programme; one that is not solved within them counts as without a solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Numbers as sums of cells.

    Parameters
    ----------
    rows
        ``(numbers, cells)`` of 0 and 1: which cells each number sums.
    links
        ``(links, cells)`` of -1, 0 and 1: sums that are zero whatever the cells are, where several tables of the same
        people stand side by side.
    value
        ``(numbers,)`` people.
    offered
        ``(numbers,)`` whether a number is meant to be printed; others are not, but may follow from what is.
    exact
        ``(numbers,)`` whether a reader is taken to know a printed number exactly, even if it is printed rounded.
    cost
        ``(numbers,)`` what it costs to hide a number, for each person by which it must change.
    """

    rows: csr_array
    links: csr_array
    value: Ints
    offered: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    cost: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a reader can deduce.

    Parameters
    ----------
    lower, upper
        ``(numbers,)`` the least and the most a number can be; ``inf`` without a limit, ``nan`` for others.
    least
        ``(numbers,)`` how low a small number must be able to be; 0 for others.
    protected
        ``(numbers,)`` whether the range of a small number is as wide as the rule says; True for others.
    """

    lower: Floats
    upper: Floats
    least: Ints
    protected: NDArray[np.bool_]


def rounded(value: Ints, base: int) -> Ints:
    """Numbers to the nearest multiple of `base`, halves up."""
    return (2 * value + base) // (2 * base) * base


def small(value: Ints, floor: int) -> NDArray[np.bool_]:
    """Which numbers are small: from 1 to the floor less 1."""
    return (value > 0) & (value < floor)


def known(sums: Sums, state: States, *, floor: int, base: int) -> tuple[Floats, Floats]:
    """``(numbers,)`` twice: the least and the most each number can be by what is printed of itself."""
    printed = rounded(sums.value, base)
    slack = np.where(sums.exact, 0, base)
    low = np.maximum(np.where(sums.exact, sums.value, printed - slack // 2), floor).astype(float)
    high = np.where(sums.exact, sums.value, printed + (base - 1) // 2).astype(float)
    few = small(sums.value, floor)
    low = np.where(state == SMALL, 1, np.where(state == HIDDEN, np.where(few, 1, floor), low))
    high = np.where(state == SMALL, floor - 1, np.where(state == HIDDEN, np.inf, high))
    nobody = (sums.value == 0) & (state == PRINTED)
    free = state == UNPRINTED
    return np.where(nobody | free, 0.0, low), np.where(nobody, 0.0, np.where(free, np.inf, high))


def first(sums: Sums, *, floor: int) -> States:
    """``(numbers,)`` states before anything is hidden to protect another number."""
    few = small(sums.value, floor)
    return np.where(sums.offered, np.where(few, SMALL, PRINTED), UNPRINTED).astype(np.int8)


def audit(sums: Sums, state: States, *, floor: int, base: int) -> Audit:
    """The exact range a reader can deduce of every number that is left out or small, and whether the small are safe."""
    low, high = known(sums, state, floor=floor, base=base)
    matrix = _matrix(sums)
    lower, upper = np.full(len(low), np.nan), np.full(len(low), np.nan)
    few = small(sums.value, floor)
    for k in np.flatnonzero((state == SMALL) | (state == HIDDEN) | few):
        lower[k] = _end(matrix, sums, low, high, int(k), 1)
        upper[k] = _end(matrix, sums, low, high, int(k), -1)
    least = _least(sums, floor=floor)
    return Audit(
        lower=lower,
        upper=upper,
        least=least,
        protected=~few | ((lower <= np.maximum(least, 1)) & (upper >= floor - 1)),
    )


def suppress(sums: Sums, *, floor: int, base: int) -> States:
    """``(numbers,)`` what becomes of each: `PRINTED`, `SMALL`, `HIDDEN`, or `UNPRINTED` where it never was to be.

    Parameters
    ----------
    sums
        The numbers.
    floor
        Numbers from 1 to the floor less 1 are small.
    base
        What printed numbers are rounded to; divides the floor.
    """
    state, matrix = first(sums, floor=floor), _matrix(sums)
    goals = _goals(sums, floor=floor)
    found: list[Ints] = []
    for goal in goals:
        while (witness := _reached(sums, goal, found, matrix, state, floor, base)) is None:
            more = _more(sums, goal, matrix, state, floor, base)
            if not len(more):
                break
            state[more] = HIDDEN
        if witness is not None:
            found.append(witness)
    return _print_again(sums, goals, found, matrix, state, floor, base)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """A value that a small number must be able to have, or pass."""

    number: int
    value: int
    down: bool

    def met(self, numbers: Ints) -> NDArray[np.bool_]:
        """``(tables,)`` whether it does in tables with these ``(tables, numbers)``."""
        own = numbers[:, self.number]
        return own <= self.value if self.down else own >= self.value


def _goals(sums: Sums, *, floor: int) -> list[_Goal]:
    least = _least(sums, floor=floor)
    few = np.flatnonzero(small(sums.value, floor))
    return [
        _Goal(number=int(k), value=value, down=down)
        for k in few
        for down, value in ((True, int(max(least[k], 1))), (False, floor - 1))
    ]


def _least(sums: Sums, *, floor: int) -> Ints:
    """``(numbers,)`` the least each small number can be where a reader knows only which numbers are empty."""
    low = np.where(sums.offered & (sums.value > 0), 1.0, 0.0)
    high = np.where(sums.offered & (sums.value == 0), 0.0, np.inf)
    matrix, least = _matrix(sums), np.zeros(len(low), dtype=np.int64)
    for k in np.flatnonzero(small(sums.value, floor)):
        least[k] = round(_end(matrix, sums, low, high, int(k), 1))
    return least


def _matrix(sums: Sums) -> csr_array:
    return csr_array(vstack([sums.rows, sums.links], format="csr"))


def _solved(
    matrix: csr_array, low: Floats, high: Floats, objective: Floats, *, whole: bool
) -> tuple[Floats | None, bool]:
    """Cells within these bounds, of least `objective`; and whether that has no limit."""
    limits = np.zeros(matrix.shape[0] - len(low))
    constraint = LinearConstraint(matrix, np.concatenate([low, limits]), np.concatenate([high, limits]))
    answer = milp(
        objective,
        integrality=np.full(matrix.shape[1], int(whole)),
        bounds=Bounds(0, np.inf),
        constraints=constraint,
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    return answer.x, answer.status == 3


def _table(matrix: csr_array, low: Floats, high: Floats, objective: Floats) -> tuple[Ints | None, bool]:
    """Whole cells within these bounds, of least `objective`; and whether that has no limit.

    A linear programme first: its solutions are whole for most tables.
    """
    cells, endless = _solved(matrix, low, high, objective, whole=False)
    if cells is None:
        return None, endless
    whole = _whole(matrix, low, high, cells)
    if whole is None:
        cells, endless = _solved(matrix, low, high, objective, whole=True)
        whole = None if cells is None else _whole(matrix, low, high, cells)
    return whole, endless


def _whole(matrix: csr_array, low: Floats, high: Floats, cells: Floats) -> Ints | None:
    """The cells as whole numbers, checked against every bound; None where they are none."""
    near = np.rint(cells)
    sums = matrix @ near
    inside = (sums[: len(low)] >= low) & (sums[: len(low)] <= high)
    fits = bool(inside.all()) and not sums[len(low) :].any() and np.abs(near - cells).max(initial=0.0) < 0.1
    return near.astype(np.int64) if fits else None


def _row(sums: Sums, number: int) -> Floats:
    row: Floats = sums.rows[[number]].toarray()[0].astype(float)
    return row


def _end(matrix: csr_array, sums: Sums, low: Floats, high: Floats, number: int, sign: int) -> float:
    """The least (`sign` 1) or the most (-1) a number can be."""
    row = _row(sums, number)
    cells, endless = _table(matrix, low, high, sign * row)
    if endless:
        return np.inf
    if cells is None:
        return float(sums.value[number])  # what is true is always possible
    return float(row @ cells)


def _reached(
    sums: Sums, goal: _Goal, found: list[Ints], matrix: csr_array, state: States, floor: int, base: int
) -> Ints | None:
    """Numbers of a table that agrees with what is printed and meets the goal; one found before where it does."""
    for numbers in found:
        if goal.met(numbers[None])[0]:
            return numbers
    low, high = known(sums, state, floor=floor, base=base)
    k = goal.number
    if goal.down:
        high[k] = min(high[k], goal.value)
    else:
        low[k] = max(low[k], goal.value)
    if low[k] > high[k]:
        return None
    cells, _ = _table(matrix, low, high, _row(sums, k) * (1 if goal.down else 0))
    return None if cells is None else (sums.rows @ cells).astype(np.int64)


def _more(sums: Sums, goal: _Goal, matrix: csr_array, state: States, floor: int, base: int) -> Ints:
    """Numbers to hide as well, so that the goal can be met: those that the cheapest change would change."""
    low, high = known(sums, state, floor=floor, base=base)
    k, numbers, cells = goal.number, len(low), matrix.shape[1]
    printed = (state == PRINTED) & (sums.value > 0)
    up = np.flatnonzero(printed | ((state == SMALL) & (np.arange(numbers) != k)))
    down = np.flatnonzero(printed & (low > floor))
    low[k], high[k] = (min(low[k], goal.value), goal.value) if goal.down else (goal.value, max(high[k], goal.value))
    # each cell, then by how many people a number goes up, and down; a hidden number is known not to be below the floor
    most = np.concatenate([np.full(cells + len(up), np.inf), low[down] - floor])
    wide = csr_array(hstack([matrix, _changes(matrix, up, -1.0), _changes(matrix, down, 1.0)], format="csr"))
    limits = np.zeros(matrix.shape[0] - numbers)
    constraint = LinearConstraint(wide, np.concatenate([low, limits]), np.concatenate([high, limits]))
    objective = np.concatenate([np.zeros(cells), sums.cost[up], sums.cost[down]])
    for whole in (0, 1):  # a change of parts of people may need no number that a change of people does
        integrality = np.concatenate([np.full(cells, whole), np.zeros(len(up) + len(down))])
        answer = milp(
            objective,
            integrality=integrality,
            bounds=Bounds(0, most),
            constraints=constraint,
            options={"node_limit": NODES},
        )
        if answer.x is not None:
            moved = np.flatnonzero(answer.x[cells:] > MOVED)
            if len(moved):
                return np.unique(np.concatenate([up, down])[moved])
    return up  # nothing smaller was found: everything


def _changes(matrix: csr_array, numbers: Ints, sign: float) -> csr_array:
    """Columns that change one number each."""
    places = (numbers, np.arange(len(numbers)))
    return csr_array((np.full(len(numbers), sign), places), shape=(matrix.shape[0], len(numbers)))


def _print_again(
    sums: Sums,
    goals: list[_Goal],
    found: list[Ints],
    matrix: csr_array,
    state: States,
    floor: int,
    base: int,
) -> States:
    """Every number that was hidden for another, printed again where each goal can still be met; dear ones first."""
    few = small(sums.value, floor)
    hidden = np.flatnonzero(state == HIDDEN)
    for k in hidden[np.argsort(-sums.cost[hidden], kind="stable")]:
        trial = state.copy()
        trial[k] = SMALL if few[k] else PRINTED
        low, high = known(sums, trial, floor=floor, base=base)
        kept = [numbers for numbers in found if low[k] <= numbers[k] <= high[k]]
        for goal in goals:
            witness = _reached(sums, goal, kept, matrix, trial, floor, base)
            if witness is None:
                break
            if not any(witness is numbers for numbers in kept):
                kept.append(witness)
        else:
            state, found = trial, kept
    return state
