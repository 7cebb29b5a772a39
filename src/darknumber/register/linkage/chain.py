"""Partitions of many things drawn by a Markov chain.

Moving one thing at a time, a chain cannot bring two firm pairs together: on the way it would have to break one. So in
every sweep things are first bound to each other at random, two of one block with probability ``1 - exp(-(w - u))``
where their weight w is above a level u that is drawn anew for every sweep, and what is bound moves as one (Swendsen &
Wang 1987, with part of each weight left in the moves: Higdon 1998). For every u this leaves the law of the partitions
as it is; with the largest u things move one at a time.

Things that are surely one are put together before, as far as that can be proved, and what is left over may be small
enough to be drawn exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from darknumber.kernels.sweeps import bound, moved
from darknumber.register.linkage.subsets import EXACT, exact_draws

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

CHAINS = 4  # from four places as far apart as can be: all apart, all at even odds, all that pull at all, all together
SETTLING = 40  # sweeps of each chain before the first draw
BETWEEN = 5  # sweeps between two draws of one chain
LEVELS = (np.inf, 8.0, 4.0, 2.0, 1.0, 0.0)  # log odds above which things of one block may be bound
SURE = 14.0  # log odds of what is put together before: what is not so less than once in a million times
_STREAM = 0x636861696E  # keeps these streams apart from other uses of the same seed


def chain_draws(weights: Array, draws: int, key: tuple[int, int]) -> Whole:
    """Draws of partitions of one component.

    Parameters
    ----------
    weights
        ``(n, n)`` symmetric log weights, the diagonal 0.
    draws
        How many; they come from `CHAINS` chains in turn.
    key
        The seed, and a number of the component.

    Returns
    -------
    Whole
        ``(draws, n)`` the lowest member of the block that each thing is in.
    """
    node, smaller = _together(weights)
    if len(smaller) <= EXACT:
        uniform = np.stack([_stream(key, draw).random(len(smaller)) for draw in range(draws)])
        found = exact_draws(smaller[None], uniform[:, None])[:, 0]
    else:
        found = _from_chains(smaller, draws, key)
    return _lowest(found[:, node])


def _from_chains(weights: Array, draws: int, key: tuple[int, int]) -> Whole:
    found = np.empty((draws, len(weights)), dtype=np.int64)
    for chain, state in enumerate(_starts(weights)):
        rng = _stream(key, chain)
        for draw in range(chain, draws, CHAINS):
            for _ in range(SETTLING if draw < CHAINS else BETWEEN):
                state = _swept(state, weights, rng)
            found[draw] = state
    return found


def _starts(weights: Array) -> tuple[Whole, ...]:
    """`CHAINS` partitions to begin at, dispersed."""
    n = len(weights)
    return (np.arange(n), _bound(weights >= np.median(weights)), _bound(weights > 0), np.zeros(n, dtype=np.int64))


def _swept(state: Whole, weights: Array, rng: np.random.Generator) -> Whole:
    """The partition after one sweep."""
    level = LEVELS[int(rng.integers(len(LEVELS)))]
    cluster = bound(state, weights, level, rng.random(weights.shape))
    clusters = int(cluster.max()) + 1
    uniform = rng.random(clusters)
    return np.asarray(moved(state, weights, level, cluster, rng.permutation(clusters), uniform))


def _together(weights: Array) -> tuple[Whole, Array]:
    """What is surely one put together: ``(n,)`` the node of each thing, and the weights between nodes.

    A group in which every pair has at least weight c is surely one where ``(size - 1) c`` is more, by `SURE`, than all
    that pulls any of it away: taken out of wherever its members are and put together, it gains at least that much.
    """
    node = np.arange(len(weights))
    while True:
        merged = _bound_groups(weights)
        if merged is None:
            return node, weights
        node = merged[node]
        member = np.zeros((int(merged.max()) + 1, len(merged)))
        member[merged, np.arange(len(merged))] = 1.0
        weights = member @ weights @ member.T
        np.fill_diagonal(weights, 0.0)


def _bound_groups(weights: Array) -> Whole | None:
    """Numbers of groups that are surely one, from 0; None where there are none."""
    pulls = np.maximum(weights, 0.0)
    for level in sorted({SURE, *LEVELS[1:-1]}, reverse=True):
        heads, group = np.unique(_bound(weights >= level), return_inverse=True)
        parts = np.arange(len(weights))
        for place in np.flatnonzero(np.bincount(group, minlength=len(heads)) > 1):
            own = group == place
            size = int(own.sum())
            lowest = (weights[np.ix_(own, own)] + np.diag(np.full(size, np.inf))).min()
            if lowest > 0 and (size - 1) * lowest - pulls[np.ix_(own, ~own)].sum() >= SURE:
                parts[own] = np.flatnonzero(own)[0]
        if (parts != np.arange(len(weights))).any():
            return np.unique(parts, return_inverse=True)[1].astype(np.int64)
    return None


def _bound(bonds: NDArray[np.bool_]) -> Whole:
    """``(n,)`` which things hang together by bonds."""
    return connected_components(coo_array(bonds), directed=False)[1].astype(np.int64)


def _lowest(blocks: Whole) -> Whole:
    """The lowest member of the block each thing is in, row by row."""
    found = np.empty_like(blocks)
    backwards = np.arange(blocks.shape[1] - 1, -1, -1)
    for row, numbers in zip(found, blocks, strict=True):
        first = np.empty(int(numbers.max()) + 1, dtype=np.int64)
        first[numbers[backwards]] = backwards
        row[:] = first[numbers]
    return found


def _stream(key: tuple[int, int], number: int) -> np.random.Generator:
    seed, component = key
    return np.random.Generator(
        np.random.Philox(
            counter=np.array([0, 0, component, number], dtype=np.uint64), key=np.array([seed, _STREAM], dtype=np.uint64)
        )
    )
