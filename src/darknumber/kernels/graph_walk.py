"""All decomposable graphs over up to eight lists, one after the other, and the average over them.

Every graph is made once (METHODS 4.8): taken apart, it loses its simplicial list of the lowest number first, that is
one whose neighbours are all joined. So a list may be added to a clique only where it becomes that one. The walk is
depth-first, works through a whole grid of dark figures at once, and stores no graph but the best ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.graphs import Tables
from darknumber.kernels.jit import jit

Array = NDArray[np.float64]
Index = NDArray[np.int64]

LEAST = 37.0  # graphs exp(-37) times as heavy as the best are passed over: all 31 million of 8 lists weigh 3e-9 then
KEPT = 4096  # graphs kept in the ledger: more than anybody reads
TURN = 1_000_000_000  # sums in one turn of the walk, after which it can be stopped: about a second
REFERENCE, BEST, UNLIMITED, DROPPED = range(4)  # places in `Walk.tally`
DEPTH, GRAPHS, ROWS = range(3)  # places in `Walk.counts`


class Walk(NamedTuple):
    """Where the walk is and what it has found; row ``d`` of a field is about the graph with ``d`` lists.

    Parameters
    ----------
    counts
        The depth (-1 at the end), the graphs looked at, and the rows of the ledger in use.
    tally
        The log of the unit of `mixture`; the log evidence of the best graph; the evidence, in that unit, of graphs that
        set no upper limit; the highest log evidence that the ledger had to drop.
    mixture
        ``(nodes,)`` sum over graphs.
    present, simplicial, edges
        ``(K + 1,)`` its lists, those of them that are simplicial, and its edges, as bits.
    near
        ``(K + 1, K)`` each list with its neighbours.
    cliques, many
        ``(K + 1, 2**K)`` and ``(K + 1,)`` its complete sets, the empty one included, and how many.
    place
        ``(K + 1, 2)`` the list and the clique to be tried next.
    score, prior, limit
        ``(K + 1, nodes)``, ``(K + 1,)``, ``(K + 1,)`` its score, its log prior, the people who limit the dark figure.
    found, evidence
        ``(KEPT,)`` the ledger: edges and log evidence.
    work
        ``(nodes,)``.
    """

    counts: Index
    tally: Array
    mixture: Array
    present: Index
    simplicial: Index
    edges: Index
    near: Index
    cliques: Index
    many: Index
    place: Index
    score: Array
    prior: Array
    limit: Array
    found: Index
    evidence: Array
    work: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Averaged:
    """The average over all decomposable graphs.

    Parameters
    ----------
    mixture
        ``(nodes,)`` log of prior times evidence, summed over graphs, with the weight of the node.
    evidence
        Its logarithm summed over the nodes.
    graphs
        How many graphs there are.
    unlimited
        The share of the weight on graphs under which the lists by themselves set no upper limit.
    edges, log_weight
        ``(kept,)`` the best graphs, best first: edges as bits, and log share of the whole weight.
    dropped
        The log share of the best graph that is not among them; ``-inf`` where none that counts was dropped.
    """

    mixture: Array
    evidence: float
    graphs: int
    unlimited: float
    edges: Index
    log_weight: Array
    dropped: float


def average_graphs(tables: Tables) -> Averaged:
    """Walk through all decomposable graphs."""
    walk = _begin(tables)
    turn = TURN // max(len(tables.base), 1)
    while not go_on(tables, walk, turn):
        pass
    rows = int(walk.counts[ROWS])
    order = np.argsort(-walk.evidence[:rows], kind="stable")
    total = float(walk.mixture.sum())
    whole = float(walk.tally[REFERENCE] + np.log(total))
    with np.errstate(divide="ignore"):
        mixture = np.log(walk.mixture) + walk.tally[REFERENCE]
    return Averaged(
        mixture=mixture,
        evidence=whole,
        graphs=int(walk.counts[GRAPHS]),
        unlimited=float(walk.tally[UNLIMITED] / total),
        edges=walk.found[:rows][order],
        log_weight=walk.evidence[:rows][order] - whole,
        dropped=float(walk.tally[DROPPED] - whole),
    )


def _begin(tables: Tables) -> Walk:
    """At the graph without lists."""
    size, nodes = tables.scores.shape
    lists = tables.lists
    walk = Walk(
        counts=np.zeros(3, dtype=np.int64),
        tally=np.array([-np.inf, -np.inf, 0.0, -np.inf]),
        mixture=np.zeros(nodes),
        present=np.zeros(lists + 1, dtype=np.int64),
        simplicial=np.zeros(lists + 1, dtype=np.int64),
        edges=np.zeros(lists + 1, dtype=np.int64),
        near=np.zeros((lists + 1, lists), dtype=np.int64),
        cliques=np.zeros((lists + 1, size), dtype=np.int64),
        many=np.zeros(lists + 1, dtype=np.int64),
        place=np.zeros((lists + 1, 2), dtype=np.int64),
        score=np.zeros((lists + 1, nodes)),
        prior=np.zeros(lists + 1),
        limit=np.zeros(lists + 1),
        found=np.zeros(KEPT, dtype=np.int64),
        evidence=np.zeros(KEPT),
        work=np.zeros(nodes),
    )
    walk.many[0] = 1
    walk.score[0] = tables.base
    walk.limit[0] = -tables.zeros[0]
    return walk


@jit
def go_on(tables: Tables, walk: Walk, budget: int) -> bool:
    """Look at `budget` more graphs; whether there are no others."""
    lists = tables.lists
    place, present = walk.place, walk.present
    depth, seen = walk.counts[DEPTH], 0
    while depth >= 0 and seen < budget:
        new, number = place[depth, 0], place[depth, 1]
        if new == lists:
            depth -= 1
            continue
        if present[depth] >> new & 1 or number == walk.many[depth]:
            place[depth, 0] += 1
            place[depth, 1] = 0
            continue
        place[depth, 1] += 1
        clique = walk.cliques[depth, number]
        if not becomes_first(walk, depth, new, clique):
            continue
        if depth == lists - 1:
            seen += 1
            weigh(tables, walk, new, clique)
        else:
            add_list(tables, walk, depth, new, clique)
            depth += 1
    walk.counts[DEPTH] = depth
    walk.counts[GRAPHS] += seen
    return bool(depth < 0)


@jit
def becomes_first(walk: Walk, depth: int, new: int, clique: int) -> bool:
    """Whether a list added to a clique becomes the simplicial one of the lowest number.

    A lower one stays simplicial unless it gets the new list for a neighbour while not all its others do.
    """
    lower = walk.simplicial[depth] & ((1 << new) - 1)
    stay = lower & ~clique
    for other in range(new):
        if lower >> other & 1 and walk.near[depth, other] == clique:
            stay |= 1 << other
    return bool(stay == 0)


@jit
def add_list(tables: Tables, walk: Walk, depth: int, new: int, clique: int) -> None:
    """The graph one list further: its score, and what the walk needs of it."""
    bit, deeper = 1 << new, depth + 1
    walk.present[deeper] = walk.present[depth] | bit
    walk.edges[deeper] = walk.edges[depth] | tables.edges[new, clique]
    walk.prior[deeper] = walk.prior[depth] + tables.odds[new, clique]
    walk.limit[deeper] = walk.limit[depth] + tables.zeros[clique] - tables.zeros[clique | bit]
    score, more, less = walk.score, tables.scores[clique | bit], tables.scores[clique]
    for j in range(score.shape[1]):
        score[deeper, j] = score[depth, j] + more[j] - less[j]
    simplicial = bit | (walk.simplicial[depth] & ~clique)
    for other in range(tables.lists):
        walk.near[deeper, other] = walk.near[depth, other]
        if clique >> other & 1:
            if walk.simplicial[depth] >> other & 1 and walk.near[depth, other] == clique:
                simplicial |= 1 << other
            walk.near[deeper, other] |= bit
    walk.near[deeper, new] = clique | bit
    walk.simplicial[deeper] = simplicial
    many = 0
    for number in range(walk.many[depth]):
        held = walk.cliques[depth, number]
        walk.cliques[deeper, many] = held
        many += 1
        if held & ~clique == 0:
            walk.cliques[deeper, many] = held | bit
            many += 1
    walk.many[deeper] = many
    walk.place[deeper, 0] = 0
    walk.place[deeper, 1] = 0


@jit
def weigh(tables: Tables, walk: Walk, new: int, clique: int) -> None:
    """Add a whole graph to the average, unless it is much too light."""
    depth = tables.lists - 1
    edges = walk.edges[depth] | tables.edges[new, clique]
    if not tables.complete and edges + 1 == 1 << (tables.lists * depth // 2):
        return
    score, more, less = walk.score[depth], tables.scores[clique | 1 << new], tables.scores[clique]
    prior = walk.prior[depth] + tables.odds[new, clique]
    work, tally = walk.work, walk.tally
    nodes = work.shape[0]
    # Four maxima side by side: one alone would wait for itself.
    one = two = three = four = -np.inf
    whole = nodes - nodes % 4
    for j in range(nodes):
        work[j] = score[j] + more[j] - less[j]
    for j in range(0, whole, 4):
        one, two = max(one, work[j]), max(two, work[j + 1])
        three, four = max(three, work[j + 2]), max(four, work[j + 3])
    for j in range(whole, nodes):
        one = max(one, work[j])
    top = max(max(one, two), max(three, four)) + prior
    least = tally[BEST] - LEAST - np.log(nodes)
    if top < least:
        return
    if top > tally[REFERENCE]:
        smaller = np.exp(tally[REFERENCE] - top)
        tally[UNLIMITED] *= smaller
        for j in range(nodes):
            walk.mixture[j] *= smaller
        tally[REFERENCE] = top
    shift = prior - tally[REFERENCE]
    total = 0.0
    for j in range(nodes):
        if work[j] + prior > least:
            share = np.exp(work[j] + shift)
            walk.mixture[j] += share
            total += share
    if walk.limit[depth] + tables.zeros[clique] - tables.zeros[clique | 1 << new] < 0.5 and edges + 1 != 1 << (
        tables.lists * depth // 2
    ):
        tally[UNLIMITED] += total
    keep(walk, edges, tally[REFERENCE] + np.log(total))


@jit
def keep(walk: Walk, edges: int, evidence: float) -> None:
    """Note a graph in the ledger; where that is full, the lighter half goes."""
    if evidence < walk.tally[DROPPED]:
        return
    walk.tally[BEST] = max(walk.tally[BEST], evidence)
    rows = walk.counts[ROWS]
    if rows == walk.found.shape[0]:
        order = np.argsort(-walk.evidence)
        half = rows // 2
        walk.tally[DROPPED] = walk.evidence[order[half]]
        found, values = walk.found[order[:half]], walk.evidence[order[:half]]
        walk.found[:half] = found
        walk.evidence[:half] = values
        rows = half
    walk.found[rows] = edges
    walk.evidence[rows] = evidence
    walk.counts[ROWS] = rows + 1
