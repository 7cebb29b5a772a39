"""Decomposable graphs the slow way: graphs searched for holes, cliques one by one, tables summed cell by cell."""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations
from math import lgamma

import numpy as np

from darknumber.kernels.graphs import pairs


def joined(edges: int, lists: int) -> set[frozenset[int]]:
    return {frozenset(pair) for place, pair in enumerate(pairs(lists)) if edges >> place & 1}


def has_hole(edges: int, lists: int) -> bool:
    """Whether some four or more lists are a circle without a chord, tried in every order."""
    there = joined(edges, lists)
    for size in range(4, lists + 1):
        for group in combinations(range(lists), size):
            inside = {pair for pair in there if pair <= set(group)}
            if len(inside) != size:
                continue
            for rest in permutations(group[1:]):
                around = (group[0], *rest)
                circle = {frozenset((around[place], around[place - 1])) for place in range(size)}
                if circle == inside:
                    return True
    return False


@cache
def all_chordal(lists: int) -> tuple[int, ...]:
    return tuple(edges for edges in range(1 << len(pairs(lists))) if not has_hole(edges, lists))


def cliques_of(edges: int, lists: int) -> list[frozenset[int]]:
    there = joined(edges, lists)
    complete = [
        frozenset(group)
        for size in range(1, lists + 1)
        for group in combinations(range(lists), size)
        if all(frozenset(pair) in there for pair in combinations(group, 2))
    ]
    return [one for one in complete if not any(one < other for other in complete)]


def separators_of(cliques: list[frozenset[int]]) -> list[frozenset[int]]:
    """What neighbours in a tree of cliques have in common: a spanning tree with the largest overlaps (Jensen 1988)."""
    inside, left, found = [cliques[0]], list(cliques[1:]), []
    while left:
        one, other = max(((a, b) for a in inside for b in left), key=lambda pair: len(pair[0] & pair[1]))
        found.append(one & other)
        inside.append(other)
        left.remove(other)
    return found


def evidence(y: np.ndarray, edges: int, unseen: float, people: float) -> float:
    """Log probability of a complete table under a graph: Dirichlet-multinomial laws of its cliques and separators."""
    lists = len(y).bit_length() - 1
    counts = [float(unseen), *y[1:].tolist()]
    cliques = cliques_of(edges, lists)

    def of(group: frozenset[int]) -> float:
        table: dict[tuple[int, ...], float] = {}
        for history, count in enumerate(counts):
            cell = tuple(history >> place & 1 for place in sorted(group))
            table[cell] = table.get(cell, 0.0) + count
        share = people / 2 ** len(group)
        total = sum(lgamma(count + share) - lgamma(share) for count in table.values())
        return total + lgamma(people) - lgamma(sum(counts) + people)

    ways = lgamma(sum(counts) + 1) - sum(lgamma(count + 1) for count in counts)
    return ways + sum(map(of, cliques)) - sum(map(of, separators_of(cliques)))
