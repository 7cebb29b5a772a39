"""Who is who: reports put together into people, once at a threshold, or many times as the doubt about links allows.

Links give the log odds that two reports are of one person. What matters for counting is a partition of all reports into
people, in which "the same person" holds right through: with a and b one person, and b and c, so are a and c. Partitions
are drawn with

``P(partition)`` in proportion to the product of ``exp(weight)`` over all pairs within one person,

so that pairs apart count for 1. A pair without a weight, or with ``-inf``, is never one person; ``+inf`` makes two
reports one before anything is drawn, whatever other pairs say, and then the pairs of one with the other count together.

To every weight the same number is added, so that the draws have as many links as the pairs expect one by one
(`darknumber.register.linkage.agreement`).

Reports hang together in many small components, each of which can be drawn by itself. Up to `EXACT` reports a component
is drawn exactly, by summing over all its partitions (`darknumber.register.linkage.subsets`); beyond that by a Markov
chain (`darknumber.register.linkage.chain`). Draw ``d`` has random numbers of its own, keyed by the seed and ``d``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, logit

from darknumber.errors import InputError
from darknumber.register.linkage.agreement import agreeing, shifted
from darknumber.register.linkage.chain import chain_draws
from darknumber.register.linkage.subsets import EXACT, NEVER, exact_draws

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

# Natural log odds that stand for certainty: less than one in a million. Of ten million links taken for certain, ten
# should not have been.
CERTAIN = 14.0
# A component of more reports is drawn after its weakest links were cut: a chain over more takes minutes, and so many
# reports that hang together are a sign of something else, such as a name that stands for "unknown".
MOST_TOGETHER = 500
CUTS = (-10.0, -5.0, 0.0, 5.0, 10.0)  # log odds of the links that are cut, one after the other, until it is smaller
MAX_DRAWN = 25_000_000  # random numbers held at a time: 200 MB
IN_DOUBT = 0.01  # pairs whose probability is further than this from none and from one are in doubt


class Pairs(Protocol):
    """What is needed of links: how many reports there are, and pairs of them with their weights."""

    @property
    def rows(self) -> int:
        """How many reports; they are numbered from 0."""

    @property
    def left(self) -> Whole:
        """``(P,)`` the first report of each pair."""

    @property
    def right(self) -> Whole:
        """``(P,)`` the second."""

    @property
    def weight(self) -> Array:
        """``(P,)`` natural log odds that the two are one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Which reports are certainly one person, and which components are in doubt.

    Reports that are certainly one person are a *node*; a component is a number of nodes.

    Parameters
    ----------
    settled
        ``(rows,)`` the first report of the node each report is in.
    rows
        ``(V,)`` the reports in components in doubt.
    node
        ``(V,)`` which of the nodes in doubt each of them is in.
    first
        ``(M,)`` the first report of each node in doubt.
    components
        For components of one size after the other: ``(components, size)`` nodes, in the order of their first reports.
    weights
        For each of these ``(components, size, size)`` weights between them.
    shift
        What was added to the log odds of every pair (`darknumber.register.linkage.agreement`); it is in `weights`.
    cut
        How many reports were in components so large that their weakest links were cut.
    """

    settled: Whole
    rows: Whole
    node: Whole
    first: Whole
    components: tuple[Whole, ...]
    weights: tuple[Array, ...]
    shift: float
    cut: int


def in_doubt(links: Pairs) -> NDArray[np.bool_]:
    """``(P,)`` whether a pair is neither close to certainly one person nor close to certainly two (`IN_DOUBT`)."""
    return np.asarray(np.abs(links.weight) < logit(1 - IN_DOUBT))


def people_at(links: Pairs, threshold: float = 0.5) -> Whole:
    """``(rows,)`` who is who where every pair with at least this probability is one person, and whatever follows.

    A person's number is the position of the first report about them.

    Raises
    ------
    InputError
        A threshold that is no probability.
    """
    if not 0 < threshold < 1:
        raise InputError("link_threshold", threshold=threshold)
    kept = links.weight >= logit(threshold)
    return _first_of(links.rows, links.left[kept], links.right[kept])


def partitions(links: Pairs, draws: int, seed: int = 0) -> Iterator[Whole]:
    """Draws of who is who: ``(rows,)`` each, a person's number being the position of the first report about them.

    Parameters
    ----------
    links
        Pairs of reports with their weights.
    draws
        How many.
    seed
        The same seed gives the same draws; more draws begin with those of fewer.
    """
    doubt = doubt_of(links)
    for labels in doubtful_draws(doubt, draws, seed):
        whole = doubt.settled.copy()
        whole[doubt.rows] = labels
        yield whole


def doubtful_draws(doubt: Doubt, draws: int, seed: int) -> Iterator[Whole]:
    """``(V,)`` who is who among the reports in doubt, draw by draw; all others are as `Doubt.settled` says."""
    block = max(MAX_DRAWN // max(len(doubt.first), 1), 1)
    chains = {
        int(nodes[0]): chain_draws(weights, draws, (seed, int(doubt.first[nodes[0]])))
        for each, stack in zip(doubt.components, doubt.weights, strict=True)
        if each.shape[1] > EXACT
        for nodes, weights in zip(each, stack, strict=True)
    }
    for start in range(0, draws, block):
        numbers = range(start, min(start + block, draws))
        uniform = np.stack([_stream(seed, draw).random(len(doubt.first)) for draw in numbers])
        head = np.empty((len(numbers), len(doubt.first)), dtype=np.int64)
        for each, stack in zip(doubt.components, doubt.weights, strict=True):
            if each.shape[1] <= EXACT:
                place = exact_draws(stack, uniform[:, each])
            else:
                place = np.stack([chains[int(nodes[0])][numbers.start : numbers.stop] for nodes in each], axis=1)
            head[:, each] = np.take_along_axis(np.broadcast_to(each, place.shape), place, axis=2)
        for row in head:
            yield doubt.first[row][doubt.node]


def doubt_of(links: Pairs) -> Doubt:
    """What is certain and what is in doubt; see `Doubt`."""
    rows = links.rows
    one = links.weight == np.inf
    settled = _first_of(rows, links.left[one], links.right[one])
    pairs = _between(settled, links.left[~one], links.right[~one], links.weight[~one])
    settled = _with_certain_components(settled, pairs)
    pairs = _between(settled, *pairs)
    component, cut = _components(rows, pairs)
    size = np.bincount(component[np.unique(settled)], minlength=rows)
    in_doubt = size[component[settled]] > 1
    return _stacked(settled, pairs, component, np.flatnonzero(in_doubt), cut)


def expected_errors(links: Pairs, people: Whole) -> tuple[float, float, float]:
    """What the probabilities of pairs, one by one, say of a partition.

    Parameters
    ----------
    people
        ``(rows,)`` who is who.

    Returns
    -------
    tuple
        How many pairs are expected to be one person; how many of those the partition keeps apart; and how many pairs it
        puts together that are not. Pairs without a weight are in none of them.
    """
    probability = expit(links.weight)
    together = people[links.left] == people[links.right]
    return (
        float(probability.sum()),
        float(probability[~together].sum()),
        float((1.0 - probability[together]).sum()),
    )


def _first_of(rows: int, left: Whole, right: Whole) -> Whole:
    """``(rows,)`` the first report of the component that each report is in."""
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(rows, rows))
    _, component = connected_components(graph, directed=False)
    first = np.empty(rows, dtype=np.int64)
    backwards = np.arange(rows - 1, -1, -1)
    first[component[backwards]] = backwards  # what is written last stays: the lowest
    return first[component]


def _between(settled: Whole, left: Whole, right: Whole, weight: Array) -> tuple[Whole, Whole, Array]:
    """Pairs of nodes, each once, with the weights of their reports added up."""
    one, other = settled[left], settled[right]
    low, high = np.minimum(one, other), np.maximum(one, other)
    kept = low < high
    low, high, weight = low[kept], high[kept], np.maximum(weight[kept], NEVER)
    order = np.lexsort((high, low))
    low, high, weight = low[order], high[order], weight[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    starts = np.flatnonzero(new)
    if not len(starts):
        return low, high, weight
    return low[starts], high[starts], np.add.reduceat(weight, starts)


def _with_certain_components(settled: Whole, pairs: tuple[Whole, Whole, Array]) -> Whole:
    """The nodes, after putting together components that are certainly one person.

    Where every pair of n nodes has a weight of at least c, any way to take them apart loses at least ``(n - 1) c``.
    """
    left, right, weight = pairs
    rows = len(settled)
    component, _ = _components(rows, pairs)
    within = component[left] == component[right]
    left, right, weight = left[within], right[within], weight[within]
    nodes = np.bincount(component[np.unique(settled)], minlength=rows)
    listed = np.bincount(component[left], minlength=rows)
    lowest = np.full(rows, np.inf)
    np.minimum.at(lowest, component[left], weight)
    with np.errstate(invalid="ignore"):
        whole = (nodes > 1) & (listed == nodes * (nodes - 1) // 2) & ((nodes - 1) * lowest >= CERTAIN)
    kept = whole[component[left]]
    return _first_of(rows, np.concatenate([np.arange(rows), left[kept]]), np.concatenate([settled, right[kept]]))


def _components(rows: int, pairs: tuple[Whole, Whole, Array]) -> tuple[Whole, int]:
    """``(rows,)`` the first node of the component that each node is in, and how many reports had links cut.

    Nodes hang together by pairs that are not certainly apart: to put nodes of two components into one person costs at
    least `CERTAIN` for every pair of them.
    """
    left, right, weight = pairs
    kept = weight > -CERTAIN
    component = _first_of(rows, left[kept], right[kept])
    cut = 0
    for level in CUTS:
        large = np.bincount(component, minlength=rows)[component] > MOST_TOGETHER
        if not large.any():
            break
        cut = cut or int(large.sum())
        kept &= (weight > level) | ~large[left]
        component = _first_of(rows, left[kept], right[kept])
    return component, cut


def _stacked(settled: Whole, pairs: tuple[Whole, Whole, Array], component: Whole, rows: Whole, cut: int) -> Doubt:
    """Components in doubt, those of one size together."""
    first, node = np.unique(settled[rows], return_inverse=True)
    order = np.lexsort((first, component[first]))
    nodes = np.arange(len(first))[order]
    starts = np.flatnonzero(np.diff(component[first][order], prepend=-1))
    sizes = np.diff(starts, append=len(nodes))
    number = np.empty(len(settled), dtype=np.int64)  # of a node, by its first report
    number[first] = np.arange(len(first))
    place, group, row = (np.empty(len(first), dtype=np.int64) for _ in range(3))
    place[nodes] = np.arange(len(nodes)) - np.repeat(starts, sizes)
    group[nodes] = np.repeat(sizes, sizes)
    distinct = np.unique(sizes)
    for size in distinct:
        of_size = np.flatnonzero(sizes == size)
        row[nodes[(starts[of_size, None] + np.arange(size)).reshape(-1)]] = np.repeat(np.arange(len(of_size)), size)
    left, right, weight = pairs
    there = (component[left] == component[right]) & np.isin(left, first)
    left, right, weight = number[left[there]], number[right[there]], weight[there]
    components, weights = [], []
    for size in distinct:
        of_size = starts[sizes == size]
        components.append(nodes[of_size[:, None] + np.arange(size)])
        matrix = np.full((len(of_size), size, size), NEVER)
        matrix[:, np.arange(size), np.arange(size)] = 0.0
        own = group[left] == size
        a, b = left[own], right[own]
        matrix[row[a], place[a], place[b]] = weight[own]
        matrix[row[a], place[b], place[a]] = weight[own]
        weights.append(matrix)
    reports = np.bincount(node, minlength=len(first))
    shift = agreeing(weights, [reports[each] for each in components])
    return Doubt(
        settled=settled,
        rows=rows,
        node=node,
        first=first,
        components=tuple(components),
        weights=tuple(shifted(each, reports[own], shift) for own, each in zip(components, weights, strict=True)),
        shift=shift,
        cut=cut,
    )


def _stream(seed: int, draw: int) -> np.random.Generator:
    """The random numbers of one draw."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, draw], dtype=np.uint64)))
