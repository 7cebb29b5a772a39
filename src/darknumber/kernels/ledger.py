"""What an exact search has fitted: every model once, found again by its terms.

A model is a set of candidate terms as bits of an integer; terms that are always in have no bit. A fit that cannot keep
its model from being cut is given up as soon as that is proved, and taken up again if it is asked for after all.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design, Layout, void_columns
from darknumber.kernels.jit import jit, part
from darknumber.kernels.poisson import STOPPED, ascend

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int8]
Number = TypeVar("Number", bound=np.generic)

MOST_TERMS = 62  # candidates are bits of a signed 64-bit integer
ENOUGH = 1e-7  # Newton decrement: after that step the log-likelihood is off by far less than a search cares about
BEST, FLOOR, CUT = 0, 1, 2  # places in `Ledger.tally`
OPEN, ROWS, FITS = 0, 1, 2  # places in `Ledger.counts`


class Problem(NamedTuple):
    """What is searched.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    total
        ``(strata,)`` people.
    candidate
        ``(columns,)`` the candidate term of each column, -1 for a term that is always in.
    below, above
        ``(candidates,)`` the candidates each needs, and those that need it, itself included, as bits.
    widths
        ``(candidates,)`` parameters of each.
    void
        ``(columns,)`` columns that nobody is in: their parameter runs to minus infinity and empties their cells.
    base
        Parameters of the model without candidates.
    prices
        ``(parameters + 1,)`` what so many parameters cost; never falling.
    cells
        The layout of the design.
    """

    y: Array
    total: Array
    candidate: Index
    below: Index
    above: Index
    widths: Index
    void: Mask
    base: int
    prices: Array
    cells: Layout


class Ledger(NamedTuple):
    """Every model fitted so far, what is still open, and what was found.

    Parameters
    ----------
    slots
        ``(2**b,)`` a hash table of row numbers, -1 for none.
    models, values, states
        ``(rows,)`` the model; -2 log-likelihood, or what it is at least where the fit was `STOPPED`; and its state.
    dark
        ``(rows, strata)`` expected dark figures; where the margin is modelled, the fitted total less the people seen.
    thetas
        ``(rows, columns)`` parameters.
    nodes
        ``(depth, 2)`` forced and allowed models of the open nodes.
    tally
        The lowest criterion, the lowest bound of what was cut, and the weight of what was cut relative to the best.
    counts
        Open nodes, rows in use, fits made.
    """

    slots: NDArray[np.int64]
    models: Index
    values: Array
    states: Codes
    dark: Array
    thetas: Array
    nodes: Index
    tally: Array
    counts: Index


def make_problem(design: Design, y: Array, fixed: Mask, parents: Mask, prices: Array) -> Problem:
    """The search over the terms of `design` that are not `fixed`.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    fixed
        ``(terms,)`` terms that are always in.
    parents
        ``(terms, terms)`` row t marks the terms that must be in for t to be in.
    prices
        ``(columns + 2,)`` what 0, 1, ... parameters cost.
    """
    widths = np.bincount(design.term, minlength=len(fixed)).astype(np.int64)
    chosen = np.flatnonzero(~fixed & (widths > 0))
    number = np.full(len(fixed), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    bits = 1 << np.arange(len(chosen), dtype=np.int64)
    needs = parents[np.ix_(chosen, chosen)]
    y = np.ascontiguousarray(y)
    return Problem(
        y=y,
        total=y.sum(axis=1),
        candidate=number[design.term],
        below=(needs * bits[None, :]).sum(axis=1),
        above=(needs * bits[:, None]).sum(axis=0) + bits,
        widths=widths[chosen],
        void=void_columns(design, y),
        base=int(widths[fixed].sum()) + int(design.conditional),
        prices=np.ascontiguousarray(prices, dtype=np.float64),
        cells=design.layout,
    )


def make_ledger(problem: Problem, rows: int, start: Array) -> Ledger:
    """A ledger with nothing in it but, in its first row, where fits start from."""
    strata, columns, terms = len(problem.total), len(problem.candidate), len(problem.widths)
    slots = 1 << int(np.ceil(np.log2(2 * rows)))
    ledger = Ledger(
        slots=np.full(slots, -1, dtype=np.int64),
        models=np.full(rows, -1, dtype=np.int64),
        values=np.empty(rows),
        states=np.empty(rows, dtype=np.int8),
        dark=np.empty((rows, strata)),
        thetas=np.empty((rows, columns)),
        nodes=np.empty((terms + 2, 2), dtype=np.int64),
        tally=np.array([np.inf, np.inf, 0.0]),
        counts=np.array([0, 1, 0], dtype=np.int64),
    )
    ledger.thetas[0] = start
    return ledger


def reopen(ledger: Ledger) -> None:
    """Open the whole family, also once more to list models further from the best; what is fitted stays fitted."""
    ledger.nodes[0] = 0, (1 << (len(ledger.nodes) - 2)) - 1
    ledger.counts[OPEN] = 1
    ledger.tally[FLOOR], ledger.tally[CUT] = np.inf, 0.0


def larger(ledger: Ledger) -> Ledger:
    """The same ledger with room for twice as many models."""
    used, rows = int(ledger.counts[ROWS]), 2 * len(ledger.models)
    grown = ledger._replace(
        slots=np.full(2 * len(ledger.slots), -1, dtype=np.int64),
        models=_longer(ledger.models, rows),
        values=_longer(ledger.values, rows),
        states=_longer(ledger.states, rows),
        dark=_longer(ledger.dark, rows),
        thetas=_longer(ledger.thetas, rows),
    )
    for row in range(1, used):
        grown.slots[slot_of(grown, grown.models[row])] = row
    return grown


def _longer(array: NDArray[Number], rows: int) -> NDArray[Number]:
    room = np.empty((rows - len(array), *array.shape[1:]), dtype=array.dtype)
    return np.concatenate([array, room])


@jit
def slot_of(ledger: Ledger, model: int) -> int:
    """The slot that holds the row of `model`, or the free one where it belongs."""
    last = ledger.slots.shape[0] - 1
    mixed = (model ^ (model >> 29)) * 0x1E3779B97F4A7C15  # an odd number whose bits are spread (Knuth 6.4)
    place: int = (mixed ^ (mixed >> 32)) & last
    while ledger.slots[place] >= 0 and ledger.models[ledger.slots[place]] != model:
        place = (place + 1) & last
    return place


@jit
def parameters(model: int, problem: Problem) -> int:
    """How many parameters a model has."""
    count: int = problem.base
    for t in range(problem.widths.shape[0]):
        if (model >> t) & 1:
            count += problem.widths[t]
    return count


@part
def fit(model: int, row: int, problem: Problem, ledger: Ledger, hopeless: float) -> None:
    """Fit `model` from the parameters in `row` of the ledger, and write value, state and dark figures there."""
    columns = problem.candidate.shape[0]
    place = np.full(columns, -1, dtype=np.int64)
    compact = np.empty(columns)
    cells = problem.cells
    size = int(np.int64(0))  # not a literal: what is called with it would be compiled twice
    buried = False
    for c in range(columns):
        t = problem.candidate[c]
        if t < 0 or (model >> t) & 1:
            if problem.void[c]:
                buried = True
            else:
                place[c] = size
                compact[size] = ledger.thetas[row, c]
                size += 1
    if buried:
        cells = bury(model, problem)
    mu = np.empty(problem.y.shape)
    theta = compact[:size]
    likelihood, state = ascend(theta, problem.y, problem.total, place, size, cells, mu, ENOUGH, hopeless)
    ledger.models[row] = model
    ledger.values[row] = -2.0 * likelihood
    ledger.states[row] = state
    for s in range(problem.total.shape[0]):
        ledger.dark[row, s] = mu[s, 0] if cells.conditional else np.sum(mu[s]) - problem.total[s]
    for c in range(columns):
        ledger.thetas[row, c] = theta[place[c]] if place[c] >= 0 else 0.0
    ledger.counts[FITS] += 1


@part
def bury(model: int, problem: Problem) -> Layout:
    """The layout without the cells of void columns: there the expected count is zero at the supremum."""
    cells = problem.cells
    live = cells.live.copy()
    for s in range(live.shape[0]):
        for e in range(cells.indptr[s], cells.indptr[s + 1]):
            c = cells.indices[e]
            t = problem.candidate[c]
            if problem.void[c] and (t < 0 or (model >> t) & 1):
                for w in range(1, live.shape[1]):
                    if w & cells.masks[c] == cells.masks[c]:
                        live[s, w] = False
    return Layout(cells.lists, cells.masks, cells.indptr, cells.indices, cells.values, live, cells.conditional)


@jit
def value_of(model: int, near: int, problem: Problem, ledger: Ledger, enough: float) -> int:
    """The row of `model`, fitted unless it is in the ledger already.

    Parameters
    ----------
    near
        The row of a model to start from.
    enough
        A fit whose -2 log-likelihood is proved to be at least this may be given up; infinite for never.
    """
    place = slot_of(ledger, model)
    row: int = ledger.slots[place]
    known = row >= 0
    if not known:
        row = ledger.counts[ROWS]
        ledger.counts[ROWS] += 1
        ledger.thetas[row] = ledger.thetas[near]
        ledger.slots[place] = row
    if not known or (ledger.states[row] == STOPPED and ledger.values[row] < enough):
        fit(model, row, problem, ledger, -0.5 * enough)
    return row
