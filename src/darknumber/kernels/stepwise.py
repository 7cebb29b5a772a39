"""Stepwise search over hierarchical log-linear models: add or drop one term at a time while the criterion falls.

The design holds the columns of every term that may be in the model; a state says which terms are. Each step looks at
every term whose parents are in (to add) or whose children are out (to drop). Either each of these models is fitted, or
they are ranked by score and Wald statistics from one information matrix (METHODS 4.3), and those that cannot win are
left out. To add: with ``x`` the Newton step as a relative change of the expected counts, the log-likelihood gains at
most ``sum mu [(1 + x) log(1 + x) - x]`` wherever all ``x > -1`` (METHODS 4.2), and that is at most ``sum mu x^2``, the
score statistic. So the deviance falls by at most twice the score statistic. To drop: it is taken to rise by at least
half the Wald statistic, which is a rule of thumb; the tests compare both ways on many tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design, Layout
from darknumber.kernels.jit import jit, part
from darknumber.kernels.poisson import factorise, newton, score_and_information, solve_lower, starting_point

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

ENOUGH = 1e-6  # Newton decrement in a search: after that step the log-likelihood is off by far less than IMPROVES
IMPROVES = 1e-5  # a criterion must fall by more than its numerical error, or steps could go round in circles


class Rules(NamedTuple):
    """What a search may do.

    Parameters
    ----------
    parents
        ``(terms, terms)``: row t marks the terms that must be in for t to be in.
    addable, removable
        ``(terms,)`` terms that may be added, and dropped.
    penalty
        What one parameter costs.
    corrected
        Whether the small-sample term of AICc is added.
    all_fits
        Fit every candidate of a step; otherwise leave out those that cannot win.
    """

    parents: Mask
    addable: Mask
    removable: Mask
    penalty: float
    corrected: bool
    all_fits: bool


class Table(NamedTuple):
    """The data and the columns, as the functions below pass them on.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    total
        ``(strata,)`` people.
    term
        ``(columns,)`` the term of each column.
    widths
        ``(terms,)`` how many columns each term has.
    cells
        The layout of the design.
    """

    y: Array
    total: Array
    term: Index
    widths: Index
    cells: Layout


@dataclass(frozen=True, slots=True)
class Walk:
    """The models a search visited, the first included.

    Parameters
    ----------
    steps
        ``(models,)`` the term added or dropped; -1 for the first.
    thetas
        ``(models, columns)`` parameters, zero outside the model.
    state
        ``(terms,)`` the terms in the last model.
    """

    steps: Index
    thetas: Array
    state: Mask


def search(design: Design, y: Array, state: Mask, rules: Rules, *, start: Array | None = None) -> Walk:
    """Search from the model `state` over the terms of `design` until no step lowers the criterion.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    state
        ``(terms,)`` the terms in the first model.
    start
        ``(columns,)`` parameters to start from; by default from the list sizes.
    """
    terms = len(state)
    y = np.ascontiguousarray(y)  # another layout would be compiled anew
    limit = 4 * terms + 1  # the criterion falls at every step; no search seen needed more than two visits a term
    table = Table(
        y=y,
        total=y.sum(axis=1),
        term=design.term,
        widths=np.bincount(design.term, minlength=terms).astype(np.int64),
        cells=design.layout,
    )
    theta = starting_point(design, y) if start is None else start.copy()
    state = state.copy()
    steps = np.empty(limit, dtype=np.int64)
    thetas = np.empty((limit, design.columns))
    visited = walk(state, theta, table, rules, steps, thetas)
    return Walk(steps=steps[:visited], thetas=thetas[:visited], state=state)


@jit
def walk(state: Mask, theta: Array, table: Table, rules: Rules, steps: Index, thetas: Array) -> int:
    """Walk from `state`, in place; one row of `steps` and `thetas` per model. Returns how many models were visited."""
    mu = np.empty(table.y.shape)
    trial_mu = np.empty(table.y.shape)
    best_mu = np.empty(table.y.shape)
    best_theta = np.empty(theta.shape[0])
    movable = np.empty(state.shape[0], dtype=np.bool_)
    gain = np.empty(state.shape[0])
    promise = np.empty(state.shape[0])
    ceiling = np.empty(state.shape[0])
    likelihood = fit_state(state, theta, table, mu)
    parameters = 1 if table.cells.conditional else 0  # a modelled margin has its intercept among the terms
    for t in range(state.shape[0]):
        if state[t]:
            parameters += table.widths[t]
    steps[0], thetas[0] = -1, theta
    visited = 1
    while visited < steps.shape[0]:
        current = penalised(likelihood, parameters, table, rules)
        find_moves(state, table.widths, rules, movable)
        promise[:] = 0.0
        ceiling[:] = -np.inf
        if not rules.all_fits:
            rank_moves(state, movable, theta, table, mu, gain)
            for t in range(state.shape[0]):
                if movable[t]:
                    after = parameters + change(state, t, table)
                    hope = gain[t] if gain[t] > 0.0 else gain[t] / 4.0
                    promise[t] = penalised(likelihood + gain[t] / 2.0, after, table, rules)
                    ceiling[t] = penalised(likelihood + hope, after, table, rules)
        best, best_value, best_likelihood = int(np.int64(-1)), current - IMPROVES, 0.0
        while True:
            t = next_move(movable, promise)
            if t < 0:
                break
            movable[t] = False
            if ceiling[t] >= best_value:
                continue
            trial = theta.copy()
            state[t] = not state[t]
            found = fit_state(state, trial, table, trial_mu)
            state[t] = not state[t]
            value = penalised(found, parameters + change(state, t, table), table, rules)
            if value < best_value:
                best, best_value, best_likelihood = t, value, found
                best_theta[:] = trial
                best_mu[:, :] = trial_mu
        if best < 0:
            break
        parameters += change(state, best, table)
        state[best] = not state[best]
        theta[:] = best_theta
        mu[:, :] = best_mu
        likelihood = best_likelihood
        steps[visited], thetas[visited] = best, theta
        visited += 1
    return visited


@jit
def penalised(likelihood: float, parameters: int, table: Table, rules: Rules) -> float:
    """``-2 log-likelihood + penalty * parameters``, plus the small-sample term of AICc where asked."""
    value = -2.0 * likelihood + rules.penalty * parameters
    if rules.corrected:
        rest = table.total.sum() - parameters - 1.0
        value += 2.0 * parameters * (parameters + 1.0) / rest if rest > 0.0 else np.inf
    return value


@jit
def change(state: Mask, t: int, table: Table) -> int:
    """How many parameters changing term t adds or takes away."""
    return int(-table.widths[t] if state[t] else table.widths[t])


@jit
def next_move(movable: Mask, promise: Array) -> int:
    """The movable term with the lowest promised criterion, or -1."""
    best = -1
    for t in range(movable.shape[0]):
        if movable[t] and (best < 0 or promise[t] < promise[best]):
            best = t
    return best


@part
def find_moves(state: Mask, widths: Index, rules: Rules, movable: Mask) -> None:
    """Mark the terms that may change: absent with all parents in, or present with all children out."""
    for t in range(state.shape[0]):
        movable[t] = (rules.removable[t] if state[t] else rules.addable[t]) and widths[t] > 0
        for q in range(state.shape[0]):
            if (state[t] and state[q] and rules.parents[q, t]) or (
                not state[t] and rules.parents[t, q] and not state[q]
            ):
                movable[t] = False


@jit
def number_columns(state: Mask, term: Index, place: Index, first: int) -> int:
    """Number the columns of terms in `state` from `first` on, in `place`. Returns the next free number."""
    used = first
    for c in range(term.shape[0]):
        if state[term[c]]:
            place[c] = used
            used += 1
    return used


@part
def fit_state(state: Mask, theta: Array, table: Table, mu: Array) -> float:
    """Fit the model of `state` from the full-length `theta`, in place; columns outside it become zero."""
    columns = table.term.shape[0]
    place = np.full(columns, -1, dtype=np.int64)
    size = number_columns(state, table.term, place, int(np.int64(0)))
    compact = np.empty(size)
    for c in range(columns):
        if place[c] >= 0:
            compact[place[c]] = theta[c]
    likelihood = newton(compact, table.y, table.total, place, size, table.cells, mu, ENOUGH)
    for c in range(columns):
        theta[c] = compact[place[c]] if place[c] >= 0 else 0.0
    return likelihood


@part
def rank_moves(state: Mask, movable: Mask, theta: Array, table: Table, mu: Array, gain: Array) -> None:
    """Fill `gain` with the expected fall (add) or rise (drop, negative) of the deviance for each movable term."""
    place = np.full(table.term.shape[0], -1, dtype=np.int64)
    size = number_columns(state, table.term, place, int(np.int64(0)))
    outside = movable & ~state
    both = number_columns(outside, table.term, place, size)
    score = np.empty(both)
    info = np.empty((both, both))
    score_and_information(table.y, mu, table.total, place, both, table.cells, score, info)
    factor = info[:size, :size].copy()
    factorise(factor, size, np.empty(size))
    sure = True
    for i in range(size):
        sure = sure and factor[i, i] > 0.0
    for t in range(state.shape[0]):
        if movable[t]:
            columns = np.flatnonzero(table.term == t)
            if state[t]:
                # Beside a direction that was dropped, a variance is too small and the Wald statistic too large.
                gain[t] = -wald(theta[columns], place[columns], factor, size) if sure else 0.0
            else:
                gain[t] = score_statistic(score, info, place[columns], factor, size)


@jit
def wald(theta: Array, place: Index, factor: Array, size: int) -> float:
    """``theta' (V_JJ)^-1 theta``: about how much the deviance rises when these columns are dropped."""
    width = place.shape[0]
    side = np.zeros((width, size))
    for i in range(width):
        side[i, place[i]] = 1.0
        solve_lower(factor, size, side[i])
    return quadratic(side @ side.T, theta.copy())


@jit
def score_statistic(score: Array, info: Array, place: Index, factor: Array, size: int) -> float:
    """``U' (I_JJ - I_JF I_FF^-1 I_FJ)^-1 U``: about how much the deviance falls when these columns are added."""
    width = place.shape[0]
    side = np.empty((width, size))
    for i in range(width):
        side[i] = info[place[i], :size]
        solve_lower(factor, size, side[i])
    block = -(side @ side.T)
    for i in range(width):
        for j in range(width):
            block[i, j] += info[max(place[i], place[j]), min(place[i], place[j])]
    return quadratic(block, score[place])


@jit
def quadratic(block: Array, value: Array) -> float:
    """``value' block^-1 value``; directions without information are left out."""
    width = value.shape[0]
    factorise(block, width, np.empty(width))
    solve_lower(block, width, value)
    return np.sum(value * value)
