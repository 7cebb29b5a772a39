"""Moves of a Markov chain over latent classes that help it along, beside the sweeps of `latent_moves`.

Each leaves the posterior as it is:

- `change_places`: two classes that follow each other on the stick change places;
- `go_dark`: everybody seen stays in their class, while a class comes to have more or fewer people that nobody sees.
  With the weights among the *seen* held, ``w_k = weight_k s_k / s``, only the chances of one class move, all by the
  same factor in their odds. Its ``s_k`` moves with them, and so does the dark figure, which a sweep changes slowly.
"""

from __future__ import annotations

import math

from darknumber.kernels.chances import LEAST, MOST, State, normal, uniform
from darknumber.kernels.jit import jit
from darknumber.kernels.latent_moves import TINY, Array, Classes, Index, Prior, Space, seen

PLACES_FROM = 1e-6  # classes lighter than this change places without consequence
DARK_FROM = 1e-4  # weight among the seen of a class that is worth a move of its own
DARK_STEP = 0.5  # of the log odds; a third of the steps are four times as long, to jump and not only to walk
LONG_STEP, LONG_SHARE = 4.0, 0.3


@jit
def change_places(state: State, classes: Classes, space: Space) -> State:
    """Two classes that follow each other on the stick change places, one pair after the other.

    The density of weights on a stick is ``alpha^(J-1) weight_J^(alpha-1) / prod_{k=2}^{J-1} R_k`` with R_k the stick
    from class k on, so a change of k and k + 1 moves ``R_{k+1}`` only, and with the last class its power.
    """
    size = classes.weight.shape[0]
    _rests(classes, space)
    for k in range(min(classes.alive[0], size) - 1):
        first, second = classes.weight[k], classes.weight[k + 1]
        if max(first, second) < PLACES_FROM:
            continue
        if k + 1 < size - 1:
            favour = space.rest[k + 1] / (space.rest[k + 2] + first)
        elif min(first, second) < TINY:
            continue
        else:
            favour = math.exp((classes.concentration[0] - 1.0) * math.log(first / second))
        u, state = uniform(state)
        if u >= favour:
            continue
        classes.weight[k], classes.weight[k + 1] = second, first
        space.rest[k + 1] = space.rest[k + 2] + first
        for j in range(classes.chance.shape[1]):
            classes.chance[k, j], classes.chance[k + 1, j] = classes.chance[k + 1, j], classes.chance[k, j]
        for x in range(classes.total.shape[0]):
            classes.joint[k, x], classes.joint[k + 1, x] = classes.joint[k + 1, x], classes.joint[k, x]
    return state


@jit
def _rests(classes: Classes, space: Space) -> None:
    """The stick from each class on."""
    size = classes.weight.shape[0]
    space.rest[size] = 0.0
    for k in range(size - 1, -1, -1):
        space.rest[k] = space.rest[k + 1] + classes.weight[k]


@jit
def go_dark(state: State, on: Array, counts: Index, prior: Prior, classes: Classes, space: Space) -> State:
    """Let the people that nobody sees become more or fewer, class after class; see above.

    In the coordinates that are held, weights among the seen and log odds, a class whose ``s_k`` falls by a factor
    ``1/c`` becomes c times as heavy, and all weights are divided by ``S = 1 + weight_k (c - 1)``. The density of the
    weights, with the factor ``prod_h (1/s_h) / (sum_h w_h/s_h)^J`` of the change of coordinates, then changes by
    ``c S^-(1 + alpha) prod_{h=2}^{k} 1 / (1 + weight_k (c - 1) / R_h)``, and in the last class by ``c^(alpha-1)`` too.
    """
    size, lists = classes.chance.shape
    cells = on.shape[1]
    whole = 0.0
    for k in range(classes.alive[0]):
        whole += classes.weight[k] * seen(classes.chance[k])
    _rests(classes, space)
    for k in range(classes.alive[0]):
        weight, before = classes.weight[k], seen(classes.chance[k])
        if weight * before < DARK_FROM * whole:
            continue  # the weight among the seen does not change in this move, so leaving it out is no choice of it
        step, state = normal(state)
        u, state = uniform(state)
        step *= DARK_STEP * (LONG_STEP if u < LONG_SHARE else 1.0)
        times = math.exp(step)
        stretch, after = 1.0, 0.0
        for j in range(lists):
            each = 1.0 + classes.chance[k, j] * (times - 1.0)
            stretch *= each
            after += (1.0 - after) * (classes.chance[k, j] * times / each)
        heavier = before / max(after, TINY)
        extra = weight * (heavier - 1.0)
        change = prior.on * lists * step - (prior.on + classes.off[0]) * math.log(stretch)
        if size > 1:
            change += math.log(heavier) - (1.0 + classes.concentration[0]) * math.log1p(extra)
            for h in range(1, min(k, size - 2) + 1):
                change -= math.log1p(extra / space.rest[h])
            if k == size - 1:
                change += (classes.concentration[0] - 1.0) * math.log(heavier)
        for x in range(cells):
            space.row[x] = weight * heavier
        for j in range(lists):
            chance = classes.chance[k, j] * times / (1.0 + classes.chance[k, j] * (times - 1.0))
            none = 1.0 - chance
            more = chance - none
            for x in range(cells):
                space.row[x] *= none + more * on[j, x]
        for x in range(cells):
            if counts[x] > 0:
                moved = max(classes.total[x] - classes.joint[k, x] + space.row[x], TINY)
                change += counts[x] * math.log(moved / classes.total[x])
        u, state = uniform(state)
        if u < math.exp(min(change, 0.0)):
            whole /= 1.0 + extra
            classes.weight[k] *= heavier
            for x in range(cells):
                classes.joint[k, x] = space.row[x]
            for j in range(lists):
                chance = classes.chance[k, j]
                classes.chance[k, j] = min(max(chance * times / (1.0 + chance * (times - 1.0)), LEAST), MOST)
            _rescale(classes, 1.0 / (1.0 + extra))
            _rests(classes, space)
    return state


@jit
def _rescale(classes: Classes, times: float) -> None:
    """All weights times so much."""
    for x in range(classes.total.shape[0]):
        classes.total[x] = 0.0
    for k in range(classes.alive[0]):
        classes.weight[k] *= times
        for x in range(classes.total.shape[0]):
            classes.joint[k, x] *= times
            classes.total[x] += classes.joint[k, x]
