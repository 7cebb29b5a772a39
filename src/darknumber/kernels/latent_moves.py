"""Moves of a Markov chain over latent classes: what kinds of people there are, and how each comes on lists.

Somebody is of class k with probability ``weight_k``, broken off a stick (``V_k ~ Beta(1, alpha)``), and then on list j
with probability ``chance_kj``, whatever the other lists. People are never looked at one by one: those of one history
are shared out over the classes at once. How many people there are is integrated out, under a prior of ``1 / N``: the
likelihood is that of the histories among the people seen, ``prod_w (p_w / s)^n_w`` with ``s`` the chance to be seen.

A sweep leaves the posterior as it is: it draws the classes of the seen, the classes and number of the unseen, then
chances, concentration and weights given these (Manrique-Vallier 2016); the concentration with the stick integrated out.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.chances import State, beta, binomial, gamma, normal, poisson, uniform
from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NEGLIGIBLE = 1e-14  # rest of the stick, of which no person of a million gets any in as many sweeps
ONE_BY_ONE = 8  # people of a history up to whom drawing each is quicker than drawing how many of each class
TINY = 1e-300  # stands for zero where a log is taken
OFF_STEP = 0.7  # of the log of b, whose posterior is seldom narrower


class Prior(NamedTuple):
    """What is held likely beforehand.

    Parameters
    ----------
    on, off, spread
        Of each chance: ``Beta(on, b)``, where ``log b`` is normal around ``log off`` with this standard deviation, one
        b for all classes and lists; with 0, b is `off`.
    shape, rate
        Of the concentration: ``Gamma(shape, rate)``.
    """

    on: float
    off: float
    spread: float
    shape: float
    rate: float


class Classes(NamedTuple):
    """The classes of one chain at one rung; arrays are changed in place.

    Parameters
    ----------
    weight
        ``(J,)`` of the classes; 0 behind the last one that matters.
    chance
        ``(J, K)`` of each list.
    joint
        ``(J, cells)`` weight times the chance of each history.
    total
        ``(cells,)`` the sum over classes.
    concentration, off
        ``(1,)``; the latter is the b of the prior of chances.
    alive
        ``(1,)`` how many classes matter.
    """

    weight: Array
    chance: Array
    joint: Array
    total: Array
    concentration: Array
    off: Array
    alive: Index


class Space(NamedTuple):
    """Room to work in: people by class, by class and list, the stick from each class on, a row of cells."""

    people: Index
    on: Index
    rest: Array
    row: Array


@jit
def seen(chance: Array) -> float:
    """The chance to be on any list, without the loss of digits of ``1 - prod(1 - chance)``."""
    found = 0.0
    for j in range(chance.shape[0]):
        found += (1.0 - found) * chance[j]
    return found


@jit
def unseen(chance: Array) -> float:
    """The chance to be on no list."""
    found = 1.0
    for j in range(chance.shape[0]):
        found *= 1.0 - chance[j]
    return found


@jit
def fill_joint(on: Array, classes: Classes) -> None:
    """Work out `joint` and `total` anew; `on` is ``(K, cells)``, 1 where a history is on a list and else 0."""
    lists, cells = on.shape
    for x in range(classes.total.shape[0]):
        classes.total[x] = 0.0
    for k in range(classes.alive[0]):
        row = classes.joint[k]
        for x in range(cells):
            row[x] = classes.weight[k]
        for j in range(lists):
            none = 1.0 - classes.chance[k, j]
            more = classes.chance[k, j] - none
            mark = on[j]
            for x in range(cells):
                row[x] *= none + more * mark[x]
        for x in range(cells):
            classes.total[x] += row[x]


@jit
def sweep(state: State, on: Array, counts: Index, people: int, prior: Prior, classes: Classes, space: Space) -> State:
    """Everything anew, one after the other, given the rest; without people, a draw from the prior.

    Parameters
    ----------
    on
        ``(K, cells)`` 1 where a history is on a list.
    counts, people
        ``(cells,)`` people by history, and their sum.
    """
    for k in range(space.people.shape[0]):
        space.people[k] = 0
        for j in range(space.on.shape[1]):
            space.on[k, j] = 0
    if people > 0:
        state = _share_out(state, on, counts, classes, space)
        state = _add_unseen(state, people, classes, space)
    everyone, last = 0, -1
    for k in range(space.people.shape[0]):
        everyone += space.people[k]
        if space.people[k] > 0:
            last = k
    state = _concentrate(state, prior, classes, space, everyone, last)
    state = _reconsider(state, prior, classes, space, last)
    state = _break_stick(state, prior, classes, space, everyone, last)
    fill_joint(on, classes)
    return state


@jit
def _share_out(state: State, on: Array, counts: Index, classes: Classes, space: Space) -> State:
    """The classes of the people seen."""
    lists, cells = on.shape
    alive = classes.alive[0]
    for x in range(cells):
        left = counts[x]
        whole = classes.total[x]
        if left <= ONE_BY_ONE:
            for _ in range(left):
                u, state = uniform(state)
                u = u * whole - classes.joint[0, x]
                k = 0
                while u >= 0.0 and k < alive - 1:
                    k += 1
                    u -= classes.joint[k, x]
                space.people[k] += 1
                for j in range(lists):
                    space.on[k, j] += np.int64(on[j, x])
            continue
        for k in range(alive):
            got = left
            if k < alive - 1:
                got, state = binomial(state, left, classes.joint[k, x] / whole)
            if got > 0:
                space.people[k] += got
                for j in range(lists):
                    space.on[k, j] += got * np.int64(on[j, x])
                left -= got
                if left == 0:
                    break
            whole -= classes.joint[k, x]
    return state


@jit
def _add_unseen(state: State, people: int, classes: Classes, space: Space) -> State:
    """The number of unseen people of each class: negative multinomial, drawn as Poisson with a gamma rate."""
    any_list = 0.0
    for k in range(classes.alive[0]):
        any_list += classes.weight[k] * seen(classes.chance[k])
    rate, state = gamma(state, float(people))
    rate /= max(any_list, TINY)
    for k in range(classes.alive[0]):
        found, state = poisson(state, rate * classes.weight[k] * unseen(classes.chance[k]))
        space.people[k] += found
    return state


@jit
def _concentrate(state: State, prior: Prior, classes: Classes, space: Space, everyone: int, last: int) -> State:
    """The concentration given who is in which class, the stick integrated out, by one step of its log.

    With T_k people behind class k and V_k ~ Beta(1, alpha), the classes up to m, the last that anybody is in or the
    last but one, have probability ``prod_k alpha / (alpha + T_{k-1})`` times
    ``Gamma(alpha + T_m) / Gamma(alpha + T_0)``.
    """
    now = classes.concentration[0]
    if last < 0:
        drawn, state = gamma(state, prior.shape)
        classes.concentration[0] = max(drawn / prior.rate, TINY)
        return state
    step, state = normal(state)
    other = now * math.exp(step)
    if not TINY < other < 1.0 / TINY:
        return state
    change = prior.shape * math.log(other / now) - prior.rate * (other - now)
    behind = everyone
    for k in range(min(last, space.people.shape[0] - 2) + 1):
        change += math.log(other / now * ((now + behind) / (other + behind)))
        behind -= space.people[k]
    change += math.lgamma(other + behind) - math.lgamma(now + behind)
    change -= math.lgamma(other + everyone) - math.lgamma(now + everyone)
    u, state = uniform(state)
    if u < math.exp(min(change, 0.0)):
        classes.concentration[0] = other
    return state


@jit
def _reconsider(state: State, prior: Prior, classes: Classes, space: Space, last: int) -> State:
    """The b of the prior of chances given who is in which class, the chances integrated out, by one step of its log."""
    if prior.spread == 0.0:
        return state
    step, state = normal(state)
    if last < 0:
        classes.off[0] = prior.off * math.exp(prior.spread * step)
        return state
    lists = classes.chance.shape[1]
    now = classes.off[0]
    other = now * math.exp(OFF_STEP * step)
    before, after = math.log(now / prior.off) / prior.spread, math.log(other / prior.off) / prior.spread
    change = 0.5 * (before * before - after * after)
    each = math.lgamma(prior.on + other) - math.lgamma(prior.on + now) - math.lgamma(other) + math.lgamma(now)
    for k in range(last + 1):
        here = space.people[k]
        if here > 0:
            change += lists * (each + math.lgamma(prior.on + now + here) - math.lgamma(prior.on + other + here))
            for j in range(lists):
                none = here - space.on[k, j]
                change += math.lgamma(other + none) - math.lgamma(now + none)
    u, state = uniform(state)
    if u < math.exp(min(change, 0.0)):
        classes.off[0] = other
    return state


@jit
def _break_stick(state: State, prior: Prior, classes: Classes, space: Space, everyone: int, last: int) -> State:
    """Weights and chances given who is in which class."""
    size, lists = classes.chance.shape
    left = 1.0
    behind = everyone
    for k in range(size):
        if left < NEGLIGIBLE and k > last:
            for h in range(k, size):
                classes.weight[h] = 0.0
            break
        classes.alive[0] = k + 1
        here = space.people[k]
        behind -= here
        if k == size - 1:
            classes.weight[k] = left
        elif here == 0 and behind == 0:
            u, state = uniform(state)
            kept = (1.0 - u) ** (1.0 / classes.concentration[0])
            classes.weight[k] = left * (1.0 - kept)
            left *= kept
        else:
            one, state = gamma(state, 1.0 + here)
            other, state = gamma(state, classes.concentration[0] + behind)
            classes.weight[k] = left * (one / (one + other))
            left *= other / (one + other)
        for j in range(lists):
            on = space.on[k, j]
            classes.chance[k, j], state = beta(state, prior.on + on, classes.off[0] + (here - on))
    return state
