"""Exact search over hierarchical log-linear models by branch and bound (METHODS 4.5).

A node is a pair of models, `forced` inside `allowed`: it stands for every hierarchical model G between them. None of
them fits better than `allowed`, and none has fewer parameters than `forced`, so

    criterion(G) >= -2 log-likelihood(allowed) + price(parameters of forced)

and a node whose bound is too high is cut, with all its models. A term whose removal (with everything that needs it)
would be cut is forced; where no term is forced, the node is split on one. What is left when every term is decided is
one model. Nothing is sampled: a model that was not fitted lies in a node that was cut, and the lowest bound of those is
the certificate.

The same bound, summed over the models of a node, limits the weight of what was cut: at most
``exp(-bound / 2) * prod(1 + exp(-price of a term / 2))`` over the undecided terms.

Fits are kept in a ledger by model, so that none is made twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit, part
from darknumber.kernels.ledger import BEST, CUT, FITS, FLOOR, OPEN, ROWS, Ledger, Problem, parameters, value_of

MARGIN = 1e-5  # a node is cut only when its bound is above the limit by more than the error of two fits
FREE, SPENT, FULL = 0, 1, 2  # why `explore` returned: nothing is open, the budget is spent, the ledger is full


def try_models(models: NDArray[np.int64], problem: Problem, ledger: Ledger) -> None:
    """Fit some models first: the better the best of them, the more is cut."""
    for model in models:
        row = value_of(model, 0, problem, ledger, np.inf)
        note_best(float(ledger.values[row] + problem.prices[parameters(model, problem)]), ledger)


def descend(problem: Problem, ledger: Ledger, model: int = 0, delta: float = 0.0) -> int:
    """The model where a stepwise search from `model` ends: the best term is added or dropped, while that helps.

    Every model one term away from the last and within `delta` of it is in the ledger then.
    """
    row = value_of(model, 0, problem, ledger, np.inf)
    best = float(ledger.values[row] + problem.prices[parameters(model, problem)])
    terms = len(problem.widths)
    while True:
        step = model
        room = ledger.counts[ROWS] + terms < len(ledger.models)
        for t in range(terms if room else 0):
            bit = 1 << t
            alone = model & int(problem.above[t]) == bit  # in the model, and no other term needs it
            if not alone and (model & bit or int(problem.below[t]) & ~model):
                continue
            price = float(problem.prices[parameters(model ^ bit, problem)])
            found = value_of(model ^ bit, row, problem, ledger, best + delta - price)
            value = float(ledger.values[found]) + price
            if value < best - MARGIN:
                step, best = model ^ bit, value
        if step == model:
            return model
        model, row = step, value_of(step, row, problem, ledger, np.inf)


@jit
def note_best(criterion: float, ledger: Ledger) -> None:
    """Keep the lowest criterion; the weight of what was cut is relative to it."""
    if criterion < ledger.tally[BEST]:
        if ledger.tally[CUT] > 0.0:
            ledger.tally[CUT] *= np.exp(0.5 * (criterion - ledger.tally[BEST]))
        ledger.tally[BEST] = criterion


@jit
def crowd(free: int, problem: Problem) -> float:
    """Twice the log of ``prod(1 + exp(-price / 2))`` over the terms in `free`: how many models crowd in a node."""
    total = 0.0
    for t in range(problem.widths.shape[0]):
        if (free >> t) & 1:
            # the first parameters are the cheapest: AICc's price is convex
            step = problem.prices[problem.base + problem.widths[t]] - problem.prices[problem.base]
            total += 2.0 * np.log1p(np.exp(-0.5 * step))
    return total


@part
def cut(bound: float, crowded: float, ledger: Ledger) -> None:
    """Write off a node: no model in it is below `bound`."""
    ledger.tally[FLOOR] = min(ledger.tally[FLOOR], bound)
    ledger.tally[CUT] += np.exp(-0.5 * (bound - crowded - ledger.tally[BEST]))


@jit
def explore(problem: Problem, ledger: Ledger, delta: float, weigh: bool, budget: int) -> int:
    """Work through the open nodes until none is left, `budget` fits are spent or the ledger is full.

    Parameters
    ----------
    delta
        Models up to this far above the best are all fitted.
    weigh
        Whether nodes are cut by the weight of all their models together rather than by their best.
    """
    terms = problem.widths.shape[0]
    while ledger.counts[OPEN] > 0:
        ledger.counts[OPEN] -= 1
        forced = ledger.nodes[ledger.counts[OPEN], 0]
        allowed = ledger.nodes[ledger.counts[OPEN], 1]
        while True:
            if ledger.counts[ROWS] + terms + 2 > ledger.models.shape[0] or ledger.counts[FITS] > budget:
                ledger.nodes[ledger.counts[OPEN], 0] = forced
                ledger.nodes[ledger.counts[OPEN], 1] = allowed
                ledger.counts[OPEN] += 1
                return FULL if ledger.counts[FITS] <= budget else SPENT
            price = problem.prices[parameters(forced, problem)]
            crowded = crowd(allowed & ~forced, problem)
            slack = crowded if weigh else 0.0
            limit = ledger.tally[BEST] + delta + MARGIN + slack - price
            top = value_of(allowed, int(np.int64(0)), problem, ledger, limit)  # only the root is not fitted yet
            if ledger.values[top] >= limit:
                cut(ledger.values[top] + price, crowded, ledger)
                break
            whole = problem.prices[parameters(allowed, problem)]
            note_best(ledger.values[top] + whole, ledger)
            if forced == allowed:
                break  # one model, and it is in the ledger
            grown, branch = decide(forced, allowed, top, problem, ledger, delta, weigh)
            if grown == forced:
                bit = 1 << branch
                ledger.nodes[ledger.counts[OPEN], 0] = forced
                ledger.nodes[ledger.counts[OPEN], 1] = allowed & ~problem.above[branch]
                ledger.counts[OPEN] += 1
                forced |= bit
            else:
                forced = grown
    return FREE


@part
def decide(
    forced: int, allowed: int, top: int, problem: Problem, ledger: Ledger, delta: float, weigh: bool
) -> tuple[int, int]:
    """Try to do without each undecided term whose needs are met: what is forced now, and the term to split on."""
    price = problem.prices[parameters(forced, problem)]
    grown = forced
    branch = -1
    farthest = -np.inf
    for t in range(problem.widths.shape[0]):
        bit = 1 << t
        if not allowed & bit or forced & bit or problem.below[t] & ~forced:
            continue
        rest = allowed & ~problem.above[t]
        crowded = crowd(rest & ~forced, problem)
        limit = ledger.tally[BEST] + delta + MARGIN + (crowded if weigh else 0.0) - price
        row = value_of(rest, top, problem, ledger, limit)
        if ledger.values[row] >= limit:
            grown |= bit
            cut(ledger.values[row] + price, crowded, ledger)
            continue
        note_best(ledger.values[row] + problem.prices[parameters(rest, problem)], ledger)
        if ledger.values[row] - limit > farthest:
            farthest = ledger.values[row] - limit
            branch = t
    return grown, branch


@jit
def abandon(problem: Problem, ledger: Ledger) -> None:
    """Write off every open node with the bound it has now: what a search that is stopped early can still certify."""
    while ledger.counts[OPEN] > 0:
        ledger.counts[OPEN] -= 1
        forced = ledger.nodes[ledger.counts[OPEN], 0]
        allowed = ledger.nodes[ledger.counts[OPEN], 1]
        row = value_of(allowed, int(np.int64(0)), problem, ledger, -np.inf)
        price = problem.prices[parameters(forced, problem)]
        cut(ledger.values[row] + price, crowd(allowed & ~forced, problem), ledger)
