"""Linkage errors: from true counts by history to recorded ones, and back.

A missed link makes two people out of one; a false link makes one out of two. Neither changes how many people are on a
list, only who is thought to be on several, and both act on people on some list: cell 0 is left as it is.

*Missed*: a person on two or more lists is with probability `missed` recorded as two: the mark of one list, each
equally likely, is split off from the others. For two lists (1, 1) becomes (1, 0) and (0, 1), so that
``N = (1 - missed) n1 n2 / x11`` (METHODS E1; Ding & Fienberg 1994).

*False*, after that: a person on one list only, ``{j}``, is taken for somebody who is not on it, with history ``v``, and
the two become one person ``v + {j}``. Of every pair of such histories

``false * x_j * x_v / max(S_j, T_v)``

people are expected to be merged, where ``S_j`` people could be taken for somebody of ``{j}`` and ``T_v`` are on one
list only and could be taken for somebody of ``v``. Partners are picked evenly and nobody is merged with a chance above
`false`; the chance is `false` on whichever side there are fewer people. For two lists that is Ding & Fienberg's rate
among the people on the smaller list only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import list_counts, membership

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

STEPS = 500  # at rates that anybody would go on working with it takes a few, at .8 about a hundred
CLOSE = 1e-12  # the last step, as a share of all people


def recorded(counts: Array, missed: float = 0.0, false: float = 0.0) -> Array:
    """Expected recorded counts.

    Parameters
    ----------
    counts
        ``(..., 2**K)`` true counts, or expected ones.
    missed
        Probability that a person on several lists is recorded as two.
    false
        Probability that a person on one list only is taken for somebody else.
    """
    counts = np.asarray(counts, dtype=np.float64)
    return _with_false(counts @ missed_matrix(_lists(counts), missed).T, false)


def true_counts(counts: Array, missed: float = 0.0, false: float = 0.0) -> Array:
    """The true counts whose expected recorded counts are `counts`.

    Where fewer people are recorded than the errors alone would leave, nobody is put; then `recorded` does not lead back
    to `counts`. Where `false` is too large to say, the counts are ``nan``.

    Parameters
    ----------
    counts
        ``(..., 2**K)`` recorded counts.
    missed, false
        As in `recorded`; below 1.
    """
    counts = np.asarray(counts, dtype=np.float64)
    matrix = missed_matrix(_lists(counts), missed)
    linked = _without_false(counts, false)
    truth: Array = np.maximum(np.linalg.solve(matrix, linked[..., None])[..., 0], 0.0)
    return truth


def missed_matrix(lists: int, missed: float) -> Array:
    """``(2**K, 2**K)``: entry ``(v, w)`` is how many people of history v are recorded for one of history w."""
    matrix = np.eye(1 << lists)
    for w, on in _several(lists):
        matrix[w, w] -= missed
        for bit in on:
            matrix[bit, w] += missed / len(on)
            matrix[w ^ bit, w] += missed / len(on)
    return matrix


def draw_recorded(rng: np.random.Generator, counts: Counts, missed: float = 0.0, false: float = 0.0) -> Counts:
    """Recorded counts at random, of whole people.

    Parameters
    ----------
    rng
        Where the random numbers come from.
    counts
        ``(..., 2**K)`` true counts, whole.
    missed, false
        As in `recorded`, which gives the expectation. In cells of a few people somebody may be picked twice for a false
        link; the second has no effect, so that there are a few less, by a share of the order of `false`.
    """
    counts = np.asarray(counts, dtype=np.int64)
    found = counts.copy()
    for w, on in _several(_lists(counts)):
        split = rng.binomial(counts[..., w], missed)
        parts = rng.multinomial(split, [1 / len(on)] * len(on))
        found[..., w] -= split
        for place, bit in enumerate(on):
            found[..., bit] += parts[..., place]
            found[..., w ^ bit] += parts[..., place]
    merged = np.zeros_like(found)
    left = found.copy()
    for alone, other, chance in _pairs(found.astype(np.float64), false):
        fewer = np.minimum(found[..., alone], found[..., other])
        pairs = rng.binomial(fewer, chance)
        pairs = np.minimum(pairs, np.minimum(left[..., alone], left[..., other]))
        left[..., alone] -= pairs
        left[..., other] -= pairs
        merged[..., alone | other] += pairs
    return left + merged


def _with_false(counts: Array, false: float) -> Array:
    found = counts.copy()
    for alone, other, chance in _pairs(counts, false):
        pairs = chance * np.minimum(counts[..., alone], counts[..., other])
        found[..., alone] -= pairs
        found[..., other] -= pairs
        found[..., alone | other] += pairs
    return found


def _without_false(counts: Array, false: float) -> Array:
    """The fixed point of ``x = counts - (merged(x) - x)``, which moves less and less for small rates."""
    if not false:
        return counts
    truth = counts.copy()
    small = CLOSE * np.maximum(counts.sum(axis=-1, keepdims=True), 1.0)
    for _ in range(STEPS):
        moved = np.maximum(counts - (_with_false(truth, false) - truth), 0.0)
        step, truth = np.abs(moved - truth), moved
        if (step <= small).all():
            break
    return np.where((step <= small).all(axis=-1, keepdims=True), truth, np.nan)


def _pairs(counts: Array, false: float) -> list[tuple[int, int, Array]]:
    """Pairs of histories that can be taken for one person, with the chance for the rarer of the two."""
    lists = _lists(counts)
    if not false:
        return []
    histories = np.arange(1 << lists)
    away = ~membership(histories, lists).T  # (K, 2**K): not on the list
    away[:, 0] = False
    singles = [1 << j for j in range(lists)]
    partners = counts @ away.T.astype(np.float64)  # S
    rivals = counts[..., singles] @ away.astype(np.float64)  # T
    rivals[..., singles] = partners  # between two people on one list each, either may have been taken for the other
    found = []
    for j, alone in enumerate(singles):
        for other in histories[away[j]].tolist():
            if other in singles and other < alone:
                continue  # the pair has been met from the other side
            most = np.maximum(partners[..., j], rivals[..., other])
            larger = np.maximum(counts[..., alone], counts[..., other])
            found.append((alone, other, false * np.divide(larger, most, out=np.zeros_like(most), where=most > 0)))
    return found


def _several(lists: int) -> list[tuple[int, list[int]]]:
    """Histories of two or more lists, with the bits of those lists."""
    histories = np.arange(1 << lists)
    many = histories[list_counts(histories) > 1].tolist()
    return [(w, [1 << j for j in range(lists) if w >> j & 1]) for w in many]


def _lists(counts: Array | Counts) -> int:
    return int(counts.shape[-1]).bit_length() - 1
