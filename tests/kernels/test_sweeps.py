"""A sweep over partitions against the same sweep written plainly, number for number."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.sweeps import bound, moved

SWEEPS = 20


def plainly_bound(state, weights, level, chance):
    n = len(state)
    groups = [{one} for one in range(n)]
    for one in range(n):
        for other in range(one + 1, n):
            above = weights[one, other] - level
            if state[one] == state[other] and above > 0 and chance[one, other] < 1 - np.exp(-above):
                together = next(g for g in groups if one in g) | next(g for g in groups if other in g)
                groups = [g for g in groups if not g & together] + [together]
    place = {one: number for number, group in enumerate(sorted(groups, key=min)) for one in group}
    return [place[one] for one in range(n)]


def plainly_moved(state, weights, level, cluster, order, uniform):
    members = [[one for one in range(len(state)) if cluster[one] == each] for each in range(len(order))]
    numbers = sorted(set(state.tolist()))
    block = {each: numbers.index(state[those[0]]) for each, those in enumerate(members)}
    for each in order.tolist():
        del block[each]
        free = min(set(range(len(order) + 1)) - set(block.values()))
        pulls = dict.fromkeys([*block.values(), free], 0.0)
        for other, where in block.items():
            pulls[where] += sum(min(weights[a, b], level) for a in members[each] for b in members[other])
        places = sorted(pulls)
        chances = np.exp(np.array([pulls[where] for where in places]) - max(pulls.values()))
        block[each] = places[int(np.searchsorted(np.cumsum(chances) / chances.sum(), uniform[each], side="right"))]
    return [block[cluster[one]] for one in range(len(state))]


@pytest.mark.parametrize("n", [2, 7, 30, 80])
@pytest.mark.parametrize("level", [np.inf, 2.0, 0.0])
def test_a_sweep_is_what_it_says(n, level):
    rng = np.random.default_rng(n)
    weights = np.triu(rng.normal(-1.0 if n < 30 else -3.0, 3.0, (n, n)), 1)
    weights += weights.T
    state = rng.integers(0, max(n // 3, 1), n)
    seen = set()
    for _ in range(SWEEPS if n < 30 else 3):
        chance = rng.random((n, n))
        cluster = bound(state, weights, level, chance)
        assert cluster.tolist() == plainly_bound(state, weights, level, chance)
        clusters = int(cluster.max()) + 1
        order, uniform = rng.permutation(clusters), rng.random(clusters)
        after = moved(state, weights, level, cluster, order, uniform)
        assert after.tolist() == plainly_moved(state, weights, level, cluster, order, uniform)
        seen.add(tuple(after.tolist()))
        state = after
    assert len(seen) > 1
