"""Lists that people come to one after the other, where being on one changes how fast they come to another.

A person on the lists S comes to list j at rate ``r_j exp(sum of b over the arrows i -> j with i in S)``, for one unit
of time; after an absorbing list nobody comes to another (METHODS F2; Schaller, Titman & McCrea 2026). Sets of lists
only grow, so the generator Q is triangular, and its exponential is a contour integral of resolvents that are each
solved by one pass over the sets (Trefethen, Weideman & Schmelzer 2006). That is as exact for fast rates as for slow
ones, rates of 0 and equal rates included, and gives derivatives by a second pass.

A flow in the functions below is ``source, target``, the lists at both ends of each arrow, and ``absorbing``, a bit mask
of lists. Parameters are ``(K + A,)``: the logs of the rates, then those of what each arrow multiplies a rate by.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]

NODES = 30  # of the contour: the error falls by 3.2 with each, down to rounding, which grows from here on
_ANGLES = np.pi * (2 * np.arange(NODES // 2) + 1) / NODES  # of the upper half; the lower one is its mirror image
# The hyperbola of Trefethen, Weideman & Schmelzer 2006, for one unit of time; the tests hold it against others.
_POINTS = 2.246 * NODES * (1 - np.sin(1.1721 - 0.3443j * _ANGLES))
_SLOPES = 2.246 * NODES * 0.3443j * np.cos(1.1721 - 0.3443j * _ANGLES)
_WEIGHTS = 2 * np.exp(_POINTS) * _SLOPES / (NODES * 1j)


@jit
def flow_shares(theta: Array, source: Index, target: Index, absorbing: int, slopes: Array) -> Array:
    """``(2**K,)`` chance of each set of lists after one unit of time.

    Parameters
    ----------
    theta
        ``(K + A,)`` logs; minus infinity is a rate of 0.
    source, target, absorbing
        The flow.
    slopes
        ``(K + A, 2**K)`` to be filled with the derivatives by `theta`; with no rows where these are not wanted.
    """
    arrows = source.shape[0]
    lists = theta.shape[0] - arrows
    size = 1 << lists
    rate = np.zeros((size, lists))
    away = np.zeros(size)
    for state in range(size):
        if state & absorbing:
            continue
        for j in range(lists):
            if not state >> j & 1:
                level = theta[j]
                for a in range(arrows):
                    if target[a] == j and state >> source[a] & 1:
                        level += theta[lists + a]
                rate[state, j] = np.exp(level)
                away[state] += rate[state, j]
    shares = np.zeros(size)
    wanted = slopes.shape[0]
    slopes[:] = 0.0
    chance = np.zeros(size, dtype=np.complex128)
    push = np.zeros(size, dtype=np.complex128)
    below = np.zeros(size, dtype=np.complex128)
    for k in range(_POINTS.shape[0]):
        for state in range(size):
            below[state] = 1.0 / (_POINTS[k] + away[state])
            flow = 1.0 + 0.0j if state == 0 else 0.0j
            for j in range(lists):
                if state >> j & 1:
                    flow += chance[state ^ 1 << j] * rate[state ^ 1 << j, j]
            chance[state] = flow * below[state]
            shares[state] += (_WEIGHTS[k] * chance[state]).real
        for p in range(wanted):
            j = p if p < lists else target[p - lists]
            needed = 0 if p < lists else 1 << source[p - lists]
            for state in range(size):
                flow = 0.0j
                for i in range(lists):
                    if state >> i & 1:
                        flow += push[state ^ 1 << i] * rate[state ^ 1 << i, i]
                if state >> j & 1:
                    before = state ^ 1 << j
                    if before & needed == needed:
                        flow += chance[before] * rate[before, j]
                elif state & needed == needed:
                    flow -= chance[state] * rate[state, j]
                push[state] = flow * below[state]
                slopes[p, state] += (_WEIGHTS[k] * push[state]).real
    return shares
