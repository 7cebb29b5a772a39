"""A fixed number of latent classes by maximum likelihood: EM from many starts, and what the lists can tell.

In terms of the weights among the people *seen* the classes come apart: given who is of which class, the chances of a
class are those of independent lists that see only some of its people, and its unseen people follow from these. So EM
never fills in unseen people, of whom there may be many, and is quicker by as much. Its steps are stretched where that
raises the likelihood (Varadhan & Roland 2008).

Whether the dark figure is determined is asked of the first derivatives: it is where no direction of the parameters
leaves the shares of all observable histories as they are and moves the dark figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.histories import membership
from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]

ROUNDS = 20_000  # of EM from one start, stretched steps counted as three
GAIN = 1e-12  # of log-likelihood a person in a round: less is no gain
HALVINGS = 60  # of the interval of one over the size of a class, down to the last digits
EMPTY = 1e-10  # weight of a class among the seen that nobody is in
EDGE = 1e-6  # a chance this near to 0 or 1 has no room to one side, and is held there
FREE = 1e-7  # of the largest singular value: directions below it leave all shares as they are
MOVES = 1e-5  # of the slope of the log dark figure along such a direction: it moves
BARELY = 1e-12  # of a class are seen where nothing says how large it is
ENDLESS = 1e7  # unseen people for each one seen: the likelihood rises until there is no upper limit
INSIDE = 0.02  # of the way to chances of a half and equal weights
ALIKE = 1e-6  # log-likelihoods that are as good as each other
_KEY = np.array([0, 0x656D], dtype=np.uint64)  # the starts are part of the model: the same for every seed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFit:
    """The best of all starts.

    Parameters
    ----------
    weight
        ``(J,)`` of the classes among the people seen.
    chance
        ``(J, K)`` of each list.
    odds
        Unseen people for each person seen.
    log_likelihood
        Of the histories among the people seen.
    reached
        How many starts came as high.
    span
        The lowest and the highest odds among those.
    """

    weight: Array
    chance: Array
    odds: float
    log_likelihood: float
    reached: int
    span: tuple[float, float]


def fit_classes(
    counts: Array, live: Index, lists: int, classes: int, starts: int, near: ClassFit | None = None
) -> ClassFit:
    """The maximum of the likelihood over `starts` starts.

    Parameters
    ----------
    counts, live
        ``(cells,)`` people by history, all above zero, and which history each cell is.
    near
        The maximum for another table, to begin from as well.
    """
    on = np.ascontiguousarray(membership(live, lists).T.astype(np.float64))
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    # Mostly small chances, as most people are on few lists.
    begin = [(rng.dirichlet(np.ones(classes)), rng.random((classes, lists)) ** 2) for _ in range(starts)]
    if near is not None:  # EM never leaves 0 or 1, so it begins a little inside
        inside = (1 - INSIDE) * near.weight + INSIDE / classes, (1 - INSIDE) * near.chance + INSIDE / 2
        begin.insert(0, inside)
    found = []
    for weight, chance in begin:
        value = climb(counts, on, weight, chance)
        found.append((value, weight, chance, float(weight @ (1 / seen_shares(chance) - 1))))
    best = max(found, key=lambda each: each[0])
    high = [each[3] for each in found if each[0] > best[0] - ALIKE * counts.sum()]
    return ClassFit(
        weight=best[1],
        chance=best[2],
        odds=best[3],
        log_likelihood=best[0],
        reached=len(high),
        span=(min(high), max(high)),
    )


def seen_shares(chance: Array) -> Array:
    """``(J,)`` the chance to be on any list, from ``(J, K)`` chances; never 0."""
    with np.errstate(divide="ignore"):
        shares: Array = np.maximum(-np.expm1(np.log1p(-chance).sum(axis=1)), np.finfo(float).tiny)
    return shares


def class_shares(weight: Array, chance: Array) -> Array:
    """``(2**K,)`` share of every observable history among the people seen."""
    lists = chance.shape[1]
    on = membership(np.arange(1 << lists), lists)
    each = np.where(on[:, None, :], chance, 1 - chance).prod(axis=2)
    found: Array = each @ (weight / seen_shares(chance))
    found[0] = 0.0
    found /= found.sum()
    return found


@jit
def climb(counts: Array, on: Array, weight: Array, chance: Array) -> float:
    """Raise the log-likelihood from a start, which is changed in place, as far as it goes; its value.

    Parameters
    ----------
    counts
        ``(cells,)`` people by history.
    on
        ``(K, cells)`` 1 where a history is on a list.
    weight, chance
        ``(J,)`` among the people seen, and ``(J, K)``.
    """
    size, lists = chance.shape
    people = 0.0
    for x in range(counts.shape[0]):
        people += counts[x]
    joint = np.empty((size, counts.shape[0]))
    zero, one, two = np.empty((size, lists + 1)), np.empty((size, lists + 1)), np.empty((size, lists + 1))
    value = _step(counts, on, weight, chance, joint)
    used = 0
    while used < ROUNDS:
        used += 3
        _keep(weight, chance, zero)
        _step(counts, on, weight, chance, joint)
        _keep(weight, chance, one)
        _step(counts, on, weight, chance, joint)
        _keep(weight, chance, two)
        reached = -np.inf
        if _stretched(zero, one, two, weight, chance):
            reached = _step(counts, on, weight, chance, joint)
        if not reached >= value:  # `_step` gives the value before it, so that of the stretched parameters
            for k in range(size):
                weight[k] = two[k, 0]
                for j in range(lists):
                    chance[k, j] = two[k, j + 1]
            reached = _step(counts, on, weight, chance, joint)
        gain = reached - value
        value = reached
        if gain < GAIN * people:
            break
    return value


@jit
def _keep(weight: Array, chance: Array, kept: Array) -> None:
    """Copy weights and chances into one array ``(J, K + 1)``."""
    for k in range(chance.shape[0]):
        kept[k, 0] = weight[k]
        for j in range(chance.shape[1]):
            kept[k, j + 1] = chance[k, j]


@jit
def _stretched(zero: Array, one: Array, two: Array, weight: Array, chance: Array) -> bool:
    """Go on as two steps of EM promise, and say whether that ends at weights and chances."""
    size, width = zero.shape
    first, bend = 0.0, 0.0
    for k in range(size):
        for j in range(width):
            first += (one[k, j] - zero[k, j]) ** 2
            bend += (two[k, j] - 2.0 * one[k, j] + zero[k, j]) ** 2
    length = max(np.sqrt(first / bend), 1.0) if bend > 0.0 else 1.0
    whole = 0.0
    for k in range(size):
        for j in range(width):
            turn = two[k, j] - 2.0 * one[k, j] + zero[k, j]
            to = zero[k, j] + 2.0 * length * (one[k, j] - zero[k, j]) + length * length * turn
            if not 0.0 <= to <= 1.0:
                return False
            if j == 0:
                weight[k] = to
                whole += to
            else:
                chance[k, j - 1] = to
    for k in range(size):
        weight[k] /= whole
    return True


@jit
def _step(counts: Array, on: Array, weight: Array, chance: Array, joint: Array) -> float:
    """One step of EM in place; the log-likelihood before it."""
    size, lists = chance.shape
    cells = counts.shape[0]
    for k in range(size):
        seen = 0.0
        for j in range(lists):
            seen += (1.0 - seen) * chance[k, j]
        for x in range(cells):
            joint[k, x] = weight[k] / seen if seen > 0.0 else 0.0
            for j in range(lists):
                joint[k, x] *= chance[k, j] if on[j, x] > 0.0 else 1.0 - chance[k, j]
    value = 0.0
    people = 0.0
    for x in range(cells):
        total = 0.0
        for k in range(size):
            total += joint[k, x]
        if not total > 0.0:
            return -np.inf
        value += counts[x] * np.log(total)
        people += counts[x]
        for k in range(size):
            joint[k, x] *= counts[x] / total
    on_lists = np.empty(lists)
    for k in range(size):
        here = 0.0
        for x in range(cells):
            here += joint[k, x]
        weight[k] = here / people
        if here <= EMPTY:
            continue
        for j in range(lists):
            on_lists[j] = 0.0
            for x in range(cells):
                on_lists[j] += joint[k, x] * on[j, x]
        part = _one_over_size(on_lists, here)
        for j in range(lists):
            chance[k, j] = min(on_lists[j] * part, 1.0)
    return value


@jit
def _one_over_size(on_lists: Array, here: float) -> float:
    """One over the size of a class of which `here` people are seen, so many of them on each list, lists independent.

    The root above 0 of ``prod_j (1 - r s_j) = 1 - r m``, which is up to ``1/m``; next to nothing where everybody is on
    one list only.
    """
    total = 0.0
    for s in on_lists:
        total += s
    if total <= here:
        return BARELY / here
    low, high = 0.0, 1.0 / here
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        none = 1.0
        for s in on_lists:
            none *= 1.0 - middle * s
        if none < 1.0 - middle * here:
            low = middle
        else:
            high = middle
    return high


def determined(weight: Array, chance: Array) -> bool:
    """Whether the shares of all observable histories determine the dark figure near these parameters.

    Classes that nobody is in and chances at 0 or 1 are held where they are.
    """
    there = weight > EMPTY
    slopes, dark = _slopes(weight[there], chance[there])
    _, sizes, turned = np.linalg.svd(slopes, full_matrices=True)
    rank = int(np.sum(sizes > FREE * sizes[0])) if len(sizes) else 0
    free = turned[rank:]
    return bool(np.linalg.norm(free @ dark) <= MOVES * max(float(np.linalg.norm(dark)), 1.0))


@lru_cache(maxsize=256)
def in_general(classes: int, lists: int) -> bool:
    """Whether so many lists determine the dark figure of so many classes at parameters that are nothing special."""
    rng = np.random.Generator(np.random.Philox(key=_KEY))
    return determined(rng.dirichlet(np.full(classes, 5.0)), 0.2 + 0.6 * rng.random((classes, lists)))


def _slopes(weight: Array, chance: Array) -> tuple[Array, Array]:
    """Derivatives of root shares by history ``(2**K - 1, p)``, and of the log of the odds to be unseen ``(p,)``.

    The parameters are the weights among the seen, kept on a sum of 1, and the log odds of chances.
    """
    size, lists = chance.shape
    on = membership(np.arange(1, 1 << lists), lists).astype(float)
    seen = seen_shares(chance)
    each = np.where(on[:, None, :] > 0, chance, 1 - chance).prod(axis=2) / seen  # (cells, J)
    share = each @ weight
    # Of log f_k / s_k by the log odds of a chance: on - chance, less that of log s_k, (1 - s_k) chance / s_k.
    push = chance * (1 - seen[:, None]) / seen[:, None]
    by_chance = weight[:, None] * each[:, :, None] * (on[:, None, :] - chance - push)
    basis = np.linalg.qr(np.c_[np.ones(size), np.eye(size)[:, : size - 1]])[0][:, 1:]
    room = (chance > EDGE) & (chance < 1 - EDGE)
    slopes = np.c_[each @ basis, by_chance.reshape(len(on), -1)[:, room.ravel()]]
    root = np.sqrt(np.maximum(share, np.finfo(float).tiny))
    unseen = (1 - seen) / seen
    odds = float(weight @ unseen)
    dark_chance = -(weight * (1 - seen) / seen**2)[:, None] * chance
    dark = np.r_[unseen @ basis, dark_chance.ravel()[room.ravel()]] / max(odds, np.finfo(float).tiny)
    return slopes / (2 * root[:, None]), dark
