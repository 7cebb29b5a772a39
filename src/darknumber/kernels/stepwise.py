"""Stepwise search over hierarchical log-linear models: add or drop one term at a time while the criterion falls.

The design holds the columns of every term that may be in the model; a state says which terms are. Each step looks at every term
whose parents are in (to add) or whose children are out (to drop). ``refit`` fits each of these models; ``score`` ranks them by score and
Wald statistics from one information matrix and fits only the best few (METHODS 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design
from darknumber.kernels.jit import jit
from darknumber.kernels.poisson import (
    factorise,
    newton,
    score_and_information,
    solve_lower,
    starting_point,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

IMPROVES = 1e-7  # a criterion must fall by more than its rounding error, or steps could go round in circles
TRIES = 3  # how many of the best-ranked terms are fitted: the ranking is good, but not exact, for strong terms


@jit
def penalised(likelihood, parameters, penalty, corrected, people):  # type: ignore[no-untyped-def]
    """``-2 log-likelihood + penalty * parameters``, plus the small-sample term of AICc where asked."""
    value = -2.0 * likelihood + penalty * parameters
    if corrected:
        rest = people - parameters - 1.0
        value += 2.0 * parameters * (parameters + 1.0) / rest if rest > 0.0 else np.inf
    return value


@jit
def places(state, term, place, first):  # type: ignore[no-untyped-def]
    """Number the columns of terms in `state` from `first` on; the rest get -1. Returns the next free number."""
    used = first
    for c in range(term.shape[0]):
        if state[term[c]]:
            place[c] = used
            used += 1
    return used


@jit
def fit_state(state, theta, term, y, total, live, indptr, indices, values, masks, lists, conditional, mu):  # type: ignore[no-untyped-def]
    """Fit the model of `state` from the full-length `theta`, in place; columns outside it become zero."""
    place = np.full(term.shape[0], -1, dtype=np.int64)
    size = places(state, term, place, 0)
    compact = np.empty(size)
    for c in range(term.shape[0]):
        if place[c] >= 0:
            compact[place[c]] = theta[c]
    likelihood = newton(compact, y, total, live, place, size, indptr, indices, values, masks, lists, conditional, mu)
    for c in range(term.shape[0]):
        theta[c] = compact[place[c]] if place[c] >= 0 else 0.0
    return likelihood


@jit
def moves(state, parents, addable, removable, forward, backward, out):  # type: ignore[no-untyped-def]
    """Mark in `out` the terms that may change: absent with all parents in, or present with all children out."""
    count = 0
    for t in range(state.shape[0]):
        out[t] = False
        if not state[t] and forward and addable[t]:
            out[t] = True
            for q in range(state.shape[0]):
                if parents[t, q] and not state[q]:
                    out[t] = False
        elif state[t] and backward and removable[t]:
            out[t] = True
            for q in range(state.shape[0]):
                if parents[q, t] and state[q]:
                    out[t] = False
        count += out[t]
    return count


@jit
def rank_moves(state, movable, theta, term, y, total, indptr, indices, values, masks, lists, conditional, mu, gain):  # type: ignore[no-untyped-def]
    """Fill `gain` with the expected fall (add) or rise (drop, negative) of the deviance for each movable term."""
    columns = term.shape[0]
    place = np.full(columns, -1, dtype=np.int64)
    size = places(state, term, place, 0)
    outside = np.zeros(state.shape[0], dtype=np.bool_)
    for t in range(state.shape[0]):
        outside[t] = movable[t] and not state[t]
    both = places(outside, term, place, size)
    score = np.empty(both)
    info = np.empty((both, both))
    score_and_information(y, mu, total, place, both, indptr, indices, values, masks, lists, conditional, score, info)
    factor = info[:size, :size].copy()
    factorise(factor, size, np.empty(size))
    for t in range(state.shape[0]):
        if not movable[t]:
            continue
        width = 0
        for c in range(columns):
            width += term[c] == t
        block = np.empty((width, width))
        side = np.empty((width, size))
        value = np.empty(width)
        i = 0
        for c in range(columns):
            if term[c] != t:
                continue
            if state[t]:  # drop: Wald statistic theta' (V_JJ)^-1 theta
                side[i, :] = 0.0
                side[i, place[c]] = 1.0
                value[i] = theta[c]
            else:  # add: score statistic U' (I_JJ - I_JF I_FF^-1 I_FJ)^-1 U
                for k in range(size):
                    side[i, k] = info[place[c], k]
                value[i] = score[place[c]]
            solve_lower(factor, size, side[i])
            i += 1
        i = 0
        for c in range(columns):
            if term[c] != t:
                continue
            j = 0
            for d in range(columns):
                if term[d] != t:
                    continue
                inner = 0.0
                for k in range(size):
                    inner += side[i, k] * side[j, k]
                if state[t]:
                    block[i, j] = inner
                else:
                    a, b = max(place[c], place[d]), min(place[c], place[d])
                    block[i, j] = info[a, b] - inner
                j += 1
            i += 1
        factorise(block, width, np.empty(width))
        solve_lower(block, width, value)
        statistic = 0.0
        for i in range(width):
            statistic += value[i] * value[i]
        gain[t] = -statistic if state[t] else statistic


@jit
def walk(
    state,
    theta,
    term,
    widths,
    parents,
    addable,
    removable,
    y,
    total,
    live,
    indptr,
    indices,
    values,
    masks,
    lists,
    conditional,
    penalty,
    corrected,
    forward,
    backward,
    all_fits,
    limit,
    steps,
    likelihoods,
    thetas,
    dark,
):  # type: ignore[no-untyped-def]
    """Walk from `state` until no step lowers the criterion; fills one row of the outputs per model, the first included.

    ``steps[i]`` is the term changed to get to model i (``-1`` for the first). Returns how many models were visited.
    """
    people = total.sum()
    mu = np.empty(y.shape)
    trial_mu = np.empty(y.shape)
    best_mu = np.empty(y.shape)
    movable = np.empty(state.shape[0], dtype=np.bool_)
    gain = np.empty(state.shape[0])
    best_theta = theta.copy()
    likelihood = fit_state(state, theta, term, y, total, live, indptr, indices, values, masks, lists, conditional, mu)
    parameters = 1
    for t in range(state.shape[0]):
        if state[t]:
            parameters += widths[t]
    steps[0], likelihoods[0], thetas[0], dark[0] = -1, likelihood, theta, mu[:, 0].sum()
    visited = 1
    while visited < limit:
        if moves(state, parents, addable, removable, forward, backward, movable) == 0:
            break
        current = penalised(likelihood, parameters, penalty, corrected, people)
        if not all_fits:
            rank_moves(
                state,
                movable,
                theta,
                term,
                y,
                total,
                indptr,
                indices,
                values,
                masks,
                lists,
                conditional,
                mu,
                gain,
            )
        best, best_value, best_likelihood = -1, current - IMPROVES, 0.0
        for attempt in range(state.shape[0]):
            t = -1
            if all_fits:
                if movable[attempt]:
                    t = attempt
            else:
                if attempt == TRIES:
                    break
                promise = current - IMPROVES
                for q in range(state.shape[0]):
                    if movable[q]:
                        change = -widths[q] if state[q] else widths[q]
                        value = penalised(likelihood + gain[q] / 2.0, parameters + change, penalty, corrected, people)
                        if value < promise:
                            t, promise = q, value
                if t < 0:
                    break
                movable[t] = False
            if t < 0:
                continue
            change = -widths[t] if state[t] else widths[t]
            state[t] = not state[t]
            trial = theta.copy()
            found = fit_state(
                state,
                trial,
                term,
                y,
                total,
                live,
                indptr,
                indices,
                values,
                masks,
                lists,
                conditional,
                trial_mu,
            )
            state[t] = not state[t]
            value = penalised(found, parameters + change, penalty, corrected, people)
            if value < best_value:
                best, best_value, best_likelihood = t, value, found
                best_theta[:] = trial
                best_mu[:, :] = trial_mu
        if best < 0:
            break
        parameters += -widths[best] if state[best] else widths[best]
        state[best] = not state[best]
        theta[:] = best_theta
        mu[:, :] = best_mu
        likelihood = best_likelihood
        steps[visited], likelihoods[visited], thetas[visited] = best, likelihood, theta
        dark[visited] = mu[:, 0].sum()
        visited += 1
    return visited


@dataclass(frozen=True, slots=True)
class Rules:
    """What a search may do.

    Parameters
    ----------
    parents
        ``(terms, terms)``: row t marks the terms that must be in for t to be in.
    penalty
        What one parameter costs.
    corrected
        Whether the small-sample term of AICc is added.
    forward, backward
        Whether terms may be added, and dropped.
    all_fits
        Fit every candidate of a step; otherwise rank them by score first.
    """

    parents: Mask
    penalty: float
    corrected: bool
    forward: bool
    backward: bool
    all_fits: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """The models a search visited, the first included.

    Parameters
    ----------
    steps
        ``(models,)`` the term added or dropped; -1 for the first.
    likelihoods
        ``(models,)`` log-likelihood kernels.
    thetas
        ``(models, columns)`` parameters, zero outside the model.
    dark
        ``(models,)`` the dark figure summed over strata, before any verdict.
    state
        ``(terms,)`` the terms in the last model.
    """

    steps: Index
    likelihoods: Array
    thetas: Array
    dark: Array
    state: Mask


def search(
    design: Design,
    y: Array,
    state: Mask,
    addable: Mask,
    removable: Mask,
    rules: Rules,
    *,
    start: Array | None = None,
) -> Walk:
    """Search from the model `state` over the terms of `design`.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    state, addable, removable
        ``(terms,)`` the terms in the first model, and those that may be added and dropped.
    start
        ``(columns,)`` parameters to start from.
    """
    terms = len(state)
    limit = 4 * terms + 1  # the criterion falls at every step; no search seen needed more than two visits a term
    widths = np.bincount(design.term, minlength=terms).astype(np.int64)
    theta = starting_point(design, y) if start is None else start.copy()
    state = state.copy()
    steps = np.empty(limit, dtype=np.int64)
    likelihoods, dark = np.empty(limit), np.empty(limit)
    thetas = np.empty((limit, design.columns))
    visited = walk(
        state, theta, design.term, widths, rules.parents, addable & (widths > 0), removable,
        y, y.sum(axis=1), design.live, design.indptr, design.indices, design.values, design.masks, design.lists,
        design.conditional, rules.penalty, rules.corrected, rules.forward, rules.backward, rules.all_fits,
        limit, steps, likelihoods, thetas, dark,
    )  # fmt: skip
    return Walk(
        steps=steps[:visited],
        likelihoods=likelihoods[:visited],
        thetas=thetas[:visited],
        dark=dark[:visited],
        state=state,
    )
