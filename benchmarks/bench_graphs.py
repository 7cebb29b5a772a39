"""``python -m benchmarks.bench_graphs``: averages over decomposable graphs, and how many graphs there are.

The numbers of graphs are those of labelled chordal graphs. The times of dga are those of
its recorded runs in ``tests/golden/dga.json``, under R 4.2.2, on a machine that was shared too.
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np

from benchmarks.runner import Case, Peer, seconds
from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.models import Decomposable

GRAPHS = {2: 2, 3: 8, 4: 61, 5: 822, 6: 18_154, 7: 617_675, 8: 30_888_596}
PROMISED = {5: 0.3, 7: 10.0, 8: 180.0}  # CPU seconds, by lists
# CPU seconds of ``bma.cr(Y, 1:60000, 2^-5, graphs5)``.
DGA = {
    "uk-2013-5": Peer(name="dga, bma.cr", seconds=2.656),
    "netherlands-2010-2015-5": Peer(name="dga, bma.cr", seconds=2.833),
}
PUBLIC = ("kosovo-1999", "uk-2013-5", "netherlands-2010-2015-5", "uk-2013", "netherlands-2010-2015")
CHANCE, SEED = 0.15, 1  # of being on each list, in tables of independent lists
PEOPLE = {7: 5_000, 8: 20_000}


def independent(lists: int, people: int) -> CaptureTable:
    """A table drawn from independent lists."""
    cells = np.arange(1 << lists)
    on = cells[:, None] >> np.arange(lists) & 1
    chances = np.prod(np.where(on, CHANCE, 1 - CHANCE), axis=1)
    counts = np.random.default_rng(SEED).multinomial(people, chances)
    seen = np.flatnonzero(counts[1:]) + 1
    return CaptureTable.build([f"list {place}" for place in range(lists)], seen, counts[seen])


def public_case(name: str) -> Case:
    """The average on a table that ships with darknumber."""
    return Case(
        name=f"{name}: decomposable",
        prepare=lambda: partial(Decomposable().fit, example(name)),
        peers=(DGA[name],) if name in DGA else (),
    )


def main() -> None:
    """Measure, and hold the numbers of graphs and the times against what they should be."""
    for name in PUBLIC:
        case = public_case(name)
        took = seconds(case)
        against = "".join(f"; {peer.name} {peer.seconds} s, {peer.seconds / took:.0f} times" for peer in case.peers)
        print(f"{name}: {took:.3f} s{against}", flush=True)
    tables = {f"independent, {lists} lists": independent(lists, people) for lists, people in PEOPLE.items()}
    for name, table in (tables | {"new-orleans-2016-8": example("new-orleans-2016-8")}).items():
        before = time.process_time()
        fit = Decomposable().fit(table)
        took, lists = time.process_time() - before, len(table.lists)
        weighed = next(each.values["n"] for each in fit.findings if each.code == "graphs_weighed")
        right = "right" if weighed == GRAPHS[lists] - 1 else "wrong"  # all but the complete one
        kept = "kept" if took <= PROMISED[lists] else "broken"
        print(
            f"{name}: {weighed} graphs ({right}), {took:.1f} s of {PROMISED[lists]:.0f} promised ({kept})", flush=True
        )


if __name__ == "__main__":
    main()
