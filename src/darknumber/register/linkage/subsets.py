"""Partitions of a few things drawn exactly, by sums over subsets.

With weights between pairs, a block S has ``f(S) = exp(sum of the weights within S)``, and a partition the product over
its blocks. ``Z(S)``, the sum over all partitions of S, follows from the block that holds the lowest member of S:

``Z(S) = sum over T in S that hold the lowest member of f(T) Z(S without T)``.

A partition is drawn the same way: first the block of the lowest member, in proportion to ``f(T) Z(S without T)``, then
that of the lowest one left. Everything is done for many components of one size at a time, on a logarithmic scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

EXACT = 11  # things: 2,048 subsets, and 3^11 / 2 terms; each one more takes three times as long
NEVER = -1e12  # log odds of two that must stay apart: exp() of it is 0, and sums of it are still numbers
MAX_HELD = 8_000_000  # numbers held at a time: 64 MB


def exact_draws(weights: Array, uniform: Array) -> Whole:
    """Draws of partitions, each by itself.

    Parameters
    ----------
    weights
        ``(C, n, n)`` symmetric log weights of C components, the diagonal 0; finite, or `NEVER`.
    uniform
        ``(D, C, n)`` numbers between 0 and 1: for each draw and thing one, used where it is the lowest of its block.

    Returns
    -------
    Whole
        ``(D, C, n)`` the lowest member of the block that each thing is in.
    """
    draws, count, n = uniform.shape
    found = np.empty((draws, count, n), dtype=np.int64)
    piece = max(MAX_HELD // (max(draws, 4) << n), 1)
    for start in range(0, count, piece):
        part = slice(start, start + piece)
        found[:, part] = _drawn(weights[part], uniform[:, part])
    return found


def log_sums(weights: Array) -> tuple[Array, Array]:
    """``(C, 2**n)`` each: ``log f`` and ``log Z`` of every subset, as bits."""
    count, n, _ = weights.shape
    block = np.zeros((count, 1 << n))
    whole = np.zeros((count, 1 << n))
    for bit in range(n):
        pulls = np.zeros((count, 1 << bit))  # of thing `bit` towards each subset of those before it
        for lower in range(bit):
            pulls[:, 1 << lower : 2 << lower] = pulls[:, : 1 << lower] + weights[:, bit, lower, None]
        block[:, 1 << bit : 2 << bit] = block[:, : 1 << bit] + pulls
    for subset in range(1, 1 << n):
        lowest = subset & -subset
        others = _subsets(subset ^ lowest)
        terms = block[:, others | lowest] + whole[:, (subset ^ lowest) ^ others]
        top = terms.max(axis=1)
        whole[:, subset] = top + np.log(np.exp(terms - top[:, None]).sum(axis=1))
    return block, whole


def _drawn(weights: Array, uniform: Array) -> Whole:
    draws, count, n = uniform.shape
    block, whole = log_sums(weights)
    left = np.full((draws, count), (1 << n) - 1)
    head = np.zeros((draws, count, n), dtype=np.int64)
    for thing in range(n):
        draw, component = np.nonzero(left >> thing & 1)
        subset = left[draw, component]
        blocks = (np.arange(1 << (n - 1 - thing)) << (thing + 1)) | 1 << thing
        inside = (blocks & ~subset[:, None]) == 0
        rest = np.where(inside, subset[:, None] ^ blocks, 0)
        with np.errstate(over="ignore"):
            chance = np.exp(
                block[:, blocks][component] + whole[component[:, None], rest] - whole[component, subset, None]
            )
        running = np.cumsum(np.where(inside, chance, 0.0), axis=1)
        # the sum is 1 but for the last digits; scaled by what it is, no number falls beyond the last block
        chosen = (running < uniform[draw, component, thing, None] * running[:, -1:]).sum(axis=1)
        taken = blocks[np.minimum(chosen, len(blocks) - 1)]
        left[draw, component] = subset ^ taken
        for other in range(thing, n):
            there = taken >> other & 1 == 1
            head[draw[there], component[there], other] = thing
    return head


@cache
def _subsets(whole: int) -> Whole:
    """All subsets of a set of bits, the empty one included."""
    found = np.zeros(1, dtype=np.int64)
    for bit in range(whole.bit_length()):
        if whole >> bit & 1:
            found = np.concatenate([found, found | 1 << bit])
    return found
