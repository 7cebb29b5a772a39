"""Decomposable graphs over lists, and how probable each makes a table and a dark figure.

A graph has an edge where two lists depend on each other given all others. It is decomposable (chordal) if it can be
taken apart one list at a time, each time one whose neighbours are all joined to each other. Under a hyper-Dirichlet
prior (Dawid & Lauritzen 1993) the probability of the data is then a product over its cliques, divided by one over its
separators, and adding a list ``v`` to the clique ``C`` multiplies it by ``f(C + v) / f(C)``. For people on some list
but on none of the set ``S``, ``z_S``, and a prior worth ``p`` people spread over all histories,

    log f(S) = log Gamma(m + z_S + p / 2**|S|) + a constant of the table,

with ``m`` the dark figure. A graph is a whole number: bit ``k`` is the ``k``-th of `pairs`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from darknumber.kernels.histories import subset_sums

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STIRLING = 20.0  # from here three terms of the series of log gamma are exact to 1e-12


class Tables(NamedTuple):
    """What the walk needs of one table, on a grid of dark figures.

    Parameters
    ----------
    lists
        K.
    scores
        ``(2**K, nodes)`` the log score ``f`` of each set of lists, less ``log Gamma(m + 1)``, which drops out.
    base
        ``(nodes,)`` what all graphs share: the multinomial coefficient, the prior, and the log weight of the node.
    zeros
        ``(2**K,)`` people on some list but on none of the set.
    odds
        ``(K, 2**K)`` log prior odds of all edges between a list and a set.
    edges
        ``(K, 2**K)`` those edges as bits.
    complete
        Whether the graph of all edges is in the average.
    """

    lists: int
    scores: Array
    base: Array
    zeros: Array
    odds: Array
    edges: Index
    complete: bool


def pairs(lists: int) -> tuple[tuple[int, int], ...]:
    """The pairs of lists in the order of their bits in a graph."""
    return tuple((low, high) for high in range(lists) for low in range(high))


def zero_margins(y: Array) -> Array:
    """``(2**K,)`` people on some list but on none of each set of lists, from ``(2**K,)`` counts; cell 0 is ignored."""
    sums = np.r_[0.0, np.asarray(y, dtype=np.float64)[1:]]
    subset_sums(sums, len(y).bit_length() - 1)
    backward: Array = np.ascontiguousarray(sums[::-1])  # the complement of set s is 2**K - 1 - s
    return backward


def make_tables(y: Array, unseen: Array, log_prior: Array, *, people: float, odds: Array, complete: bool) -> Tables:
    """The scores of all sets of lists on a grid.

    Parameters
    ----------
    y
        ``(2**K,)`` counts; cell 0 is ignored.
    unseen
        ``(nodes,)`` dark figures.
    log_prior
        ``(nodes,)`` their log prior, with the log weight of the node where it stands for more than one.
    people
        What the Dirichlet prior of the histories is worth: so many people, spread evenly over the ``2**K`` histories.
    odds
        ``(pairs,)`` log prior odds of each edge.
    complete
        Whether the graph of all edges is in the average.
    """
    size, lists = len(y), len(y).bit_length() - 1
    cells, zeros = np.arange(size), zero_margins(y)
    scores = np.empty((size, len(unseen)))
    for held in range(size):
        share = people / (1 << held.bit_count())
        margin = np.bincount(cells & held, weights=y, minlength=size)
        inside = cells[((cells & held) == cells) & (cells > 0)]
        fixed = gammaln(margin[inside] + share).sum() - (1 << held.bit_count()) * gammaln(share)
        scores[held] = gamma_ratio(unseen, zeros[held] + share) + fixed
    number = {pair: place for place, pair in enumerate(pairs(lists))}
    edges = np.zeros((lists, size), dtype=np.int64)
    log_odds = np.zeros((lists, size))
    for new in range(lists):
        for other in set(range(lists)) - {new}:
            place = number[min(new, other), max(new, other)]
            joined = (cells >> other & 1) > 0
            edges[new, joined] |= 1 << place
            log_odds[new, joined] += odds[place]
    return Tables(
        lists=lists,
        scores=scores,
        base=gamma_ratio(unseen, zeros[0] + 1.0) - gammaln(y[1:] + 1.0).sum() + log_prior,
        zeros=zeros,
        odds=log_odds,
        edges=edges,
        complete=complete,
    )


def gamma_ratio(m: Array, a: float) -> Array:
    """``log Gamma(m + a) - log Gamma(m + 1)``, with all its digits where both run into the billions."""
    x, more = np.asarray(m, dtype=np.float64) + 1.0, a - 1.0
    large = np.maximum(x, STIRLING)
    series = (large - 0.5) * np.log1p(more / large) + more * (np.log(large + more) - 1.0)
    series += _series(large + more) - _series(large)
    ratio: Array = np.where(x < STIRLING, gammaln(np.minimum(x, STIRLING) + more) - gammaln(x), series)
    return ratio


def _series(x: Array) -> Array:
    """The end of Stirling's series."""
    series: Array = (1 / 12 - (1 / 360 - 1 / (1260 * x * x)) / (x * x)) / x
    return series


def complete_score(tables: Tables) -> Array:
    """``(nodes,)`` log of prior times evidence of the graph of all edges."""
    whole = len(tables.scores) - 1
    prior = sum(float(tables.odds[new, (1 << new) - 1]) for new in range(tables.lists))
    score: Array = tables.base + tables.scores[whole] - tables.scores[0] + prior
    return score


def graph_score(tables: Tables, edges: int) -> Array:
    """``(nodes,)`` the same of one graph."""
    score = tables.base.copy()
    for new, clique in taken_apart(edges, tables.lists):
        score += tables.scores[clique | 1 << new] - tables.scores[clique] + tables.odds[new, clique]
    return score


def limit_of(zeros: Array, edges: int) -> float:
    """How many people's overlaps limit the dark figure: for large m the likelihood falls as m to minus this power."""
    lists = len(zeros).bit_length() - 1
    parts = (zeros[clique] - zeros[clique | 1 << new] for new, clique in taken_apart(edges, lists))
    return float(sum(parts) - zeros[0])


def is_flat(zeros: Array, edges: int) -> bool:
    """Whether the likelihood of a graph is the same for every dark figure: it then says nothing about it at all."""
    lists = len(zeros).bit_length() - 1
    apart = taken_apart(edges, lists)
    above = sorted(float(zeros[clique | 1 << new]) for new, clique in apart)
    below = sorted([0.0, *(float(zeros[clique]) for _, clique in apart)])
    below.remove(float(zeros[0]))  # of the empty set, for the first list
    return above == below


def taken_apart(edges: int, lists: int) -> tuple[tuple[int, int], ...]:
    """The lists of a graph, each with the clique it is added to, in an order in which they can be.

    Parameters
    ----------
    edges
        As bits; of a graph that is decomposable.
    """
    near = [1 << place for place in range(lists)]
    for number, (low, high) in enumerate(pairs(lists)):
        if edges >> number & 1:
            near[low] |= 1 << high
            near[high] |= 1 << low
    left, found = (1 << lists) - 1, []
    while left:
        for place in range(lists):
            around = near[place] & left
            if left >> place & 1 and all(around & ~near[u] == 0 for u in range(lists) if around >> u & 1):
                found.append((place, around ^ 1 << place))
                left ^= 1 << place
                break
        else:
            return ()
    return tuple(reversed(found))


def largest_cliques(edges: int, lists: int) -> tuple[int, ...]:
    """The complete sets of a decomposable graph that are inside no other, as bits."""
    sets = [clique | 1 << new for new, clique in taken_apart(edges, lists)]
    return tuple(sorted(one for one in sets if not any(one != other and one & other == one for other in sets)))


def graph_shares(y: Array, edges: int, unseen: float, people: float) -> Array:
    """``(2**K,)`` posterior mean of the share of each history, 0 included, given a graph and a dark figure.

    The laws of the histories of a list given its clique are independent of each other, so their means multiply.
    """
    counts = np.r_[unseen, np.asarray(y, dtype=np.float64)[1:]]
    cells = np.arange(len(counts))

    def margin(held: int) -> Array:
        table = np.bincount(cells & held, weights=counts, minlength=len(counts))
        found: Array = table[cells & held] + people / (1 << held.bit_count())
        return found

    share: Array = np.ones(len(counts))
    for new, clique in taken_apart(edges, len(counts).bit_length() - 1):
        share *= margin(clique | 1 << new) / margin(clique)
    return share
