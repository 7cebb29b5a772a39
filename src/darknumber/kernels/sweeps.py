"""One sweep of a Markov chain over partitions: things bound to each other at random, and what is bound moved as one.

The law is that of `darknumber.register.linkage.chain`, where the reasons stand; the random numbers come from there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@jit
def bound(state: Whole, weights: Array, level: float, chance: Array) -> Whole:
    """``(n,)`` which things are bound to each other: numbers from 0, in the order of their lowest members.

    Parameters
    ----------
    state
        ``(n,)`` the block that each thing is in.
    weights
        ``(n, n)`` symmetric log weights.
    level
        Two things of one block are bound with probability ``1 - exp(level - w)`` where their weight w is above it.
    chance
        ``(n, n)`` uniform random numbers, of which those above the diagonal are used.
    """
    n = len(state)
    head = np.arange(n)
    for one in range(n):
        for other in range(one + 1, n):
            over = weights[one, other] - level
            if state[one] == state[other] and over > 0 and chance[one, other] < -np.expm1(-over):
                low, high = _head(head, one), _head(head, other)
                head[max(low, high)] = min(low, high)
    number = np.empty(n, dtype=np.int64)
    clusters = 0
    for one in range(n):
        lowest = _head(head, one)
        if lowest == one:
            number[one] = clusters
            clusters += 1
        else:
            number[one] = number[lowest]
    return number


@jit
def _head(head: Whole, one: int) -> int:
    while head[one] != one:
        head[one] = head[head[one]]
        one = head[one]
    return one


@jit
def moved(state: Whole, weights: Array, level: float, cluster: Whole, order: Whole, uniform: Array) -> Whole:
    """``(n,)`` the blocks after every cluster, one after the other, has chosen a block anew, given all others.

    Parameters
    ----------
    state, weights
        As in `bound`; no block has a number of n or more.
    level
        What of each weight is above it is spent on binding; the rest pulls here.
    cluster
        ``(n,)`` the cluster that each thing is in; all things of one are in one block.
    order, uniform
        ``(clusters,)`` the order in which they choose, and a random number for each.
    """
    n, clusters = len(state), len(order)
    pull = np.zeros((clusters, clusters))
    for one in range(n):
        for other in range(n):
            pull[cluster[one], cluster[other]] += min(weights[one, other], level)
    block, size = _numbered(state, cluster, clusters)
    score = np.empty(clusters + 1)
    for place in order:
        size[block[place]] -= 1
        score[:] = -np.inf
        free = -1
        for each in range(clusters + 1):
            if size[each] > 0:
                score[each] = 0.0
            elif free < 0:
                free = each  # the first number without anybody: a block of its own, which costs nothing
                score[each] = 0.0
        for other in range(clusters):
            if other != place:
                score[block[other]] += pull[place, other]
        highest = score.max()
        total = 0.0
        for each in range(clusters + 1):
            score[each] = np.exp(score[each] - highest)
            total += score[each]
        left = uniform[place] * total
        chosen = -1
        for each in range(clusters + 1):
            if score[each] > 0:
                chosen = each  # rounding may leave something over: then the last that can be
                left -= score[each]
                if left < 0:
                    break
        block[place] = chosen
        size[chosen] += 1
    found = np.empty(n, dtype=np.int64)
    for one in range(n):
        found[one] = block[cluster[one]]
    return found


@jit
def _numbered(state: Whole, cluster: Whole, clusters: int) -> tuple[Whole, Whole]:
    """``(clusters,)`` the block of each cluster, numbered from 0; ``(clusters + 1,)`` how many clusters are in each."""
    new = np.zeros(len(state), dtype=np.int64)
    new[state] = 1
    new = np.cumsum(new) - 1
    block, size = np.full(clusters, -1), np.zeros(clusters + 1, dtype=np.int64)
    for one in range(len(state)):
        if block[cluster[one]] < 0:
            block[cluster[one]] = new[state[one]]
            size[new[state[one]]] += 1
    return block, size
