"""The flow between lists, by the exponential of its generator, written for itself."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm


def generator(theta, arrows, absorbing, lists):
    """The rates between all sets of lists, each with what every arrow multiplies it by."""
    flow = np.zeros((1 << lists, 1 << lists))
    for state in range(1 << lists):
        for j in range(lists):
            if state & absorbing or state >> j & 1:
                continue
            rate = np.exp(theta[j])
            for place, (start, end) in enumerate(arrows):
                if end == j and state >> start & 1:
                    rate *= np.exp(theta[lists + place])
            flow[state, state | 1 << j] = rate
        flow[state, state] = -flow[state].sum()
    return flow


def by_hand(theta, arrows, absorbing, lists):
    """The chance of every set of lists after one unit of time."""
    return expm(generator(theta, arrows, absorbing, lists))[0]


def pairs(lists):
    return [(i, j) for i in range(lists) for j in range(lists) if i != j]


def ends(arrows):
    both = np.array(arrows, dtype=np.int64).reshape(-1, 2)
    return np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])
