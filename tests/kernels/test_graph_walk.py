"""All graphs, each once: counts that are known, the average against a plain sum, and the ledger when it is full."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from darknumber.kernels import graph_walk
from darknumber.kernels.graph_walk import average_graphs
from darknumber.kernels.graphs import graph_score, limit_of, pairs, zero_margins
from tests.kernels.chordal import all_chordal
from tests.kernels.test_graphs import tables_of

COUNTS = {
    2: 2,
    3: 8,
    4: 61,
    5: 822,
    6: 18_154,
}  # more lists in benchmarks/bench_graphs.py


def some_table(lists, seed=1):
    """Counts that are no whole numbers, so that no two graphs weigh the same."""
    y = np.random.default_rng(seed).gamma(3.0, size=1 << lists)
    y[0] = 0.0
    return y


@pytest.mark.parametrize(("lists", "graphs"), COUNTS.items())
def test_there_are_as_many_as_are_known(lists, graphs):
    assert average_graphs(tables_of(some_table(lists), np.array([3.0]))).graphs == graphs


@pytest.mark.parametrize("lists", [2, 3, 4, 5])
def test_each_is_visited_once(lists):
    hardly_any = some_table(lists) / 100  # no data, so that no graph is too light
    found = average_graphs(tables_of(hardly_any, np.array([3.0, 30.0])))
    assert sorted(found.edges.tolist()) == list(all_chordal(lists))
    assert found.dropped == -np.inf


@pytest.mark.parametrize("complete", [True, False])
def test_the_average_is_the_sum_over_all(complete):
    y, unseen = some_table(4), np.array([0.0, 1.0, 4.0, 50.0])
    odds = np.random.default_rng(2).normal(size=6)
    tables = tables_of(y, unseen, odds=odds, complete=complete)
    every = np.array([graph_score(tables, edges) for edges in all_chordal(4) if complete or edges != 63])
    found = average_graphs(tables)
    assert found.mixture == pytest.approx(logsumexp(every, axis=0), abs=1e-9)
    assert found.evidence == pytest.approx(logsumexp(every), abs=1e-9)
    weights = np.sort(logsumexp(every, axis=1) - logsumexp(every))[::-1]
    assert found.log_weight == pytest.approx(weights, abs=1e-9)


def test_the_weight_of_graphs_that_set_no_limit():
    y = np.array([0, 40, 30, 6, 20, 0, 0, 0.0])
    tables = tables_of(y, np.arange(1.0, 2000.0), complete=True)
    found, zeros = average_graphs(tables), zero_margins(y)
    share = {edges: np.exp(logsumexp(graph_score(tables, edges)) - found.evidence) for edges in all_chordal(3)}
    unlimited = sum(value for edges, value in share.items() if limit_of(zeros, edges) == 0 and edges != 7)
    assert found.unlimited == pytest.approx(unlimited)
    assert 0.1 < unlimited < 0.9


def test_a_full_ledger_keeps_the_best(monkeypatch):
    tables = tables_of(some_table(5), np.array([3.0, 30.0]))
    whole = average_graphs(tables)
    monkeypatch.setattr(graph_walk, "KEPT", 50)
    found = average_graphs(tables)
    assert found.evidence == whole.evidence
    sure = int(np.sum(found.log_weight > found.dropped))
    assert 25 <= sure <= 50
    assert found.edges[:sure].tolist() == whole.edges[:sure].tolist()
    assert found.dropped == pytest.approx(whole.log_weight[sure])


def test_a_walk_can_be_stopped_and_go_on(monkeypatch):
    tables = tables_of(some_table(5), np.array([3.0, 30.0, 300.0]))
    whole = average_graphs(tables)
    monkeypatch.setattr(graph_walk, "TURN", 30)
    found = average_graphs(tables)
    assert found.graphs == whole.graphs == 822
    assert np.array_equal(found.mixture, whole.mixture)


def test_graphs_that_are_much_too_light_change_nothing():
    y = some_table(4) * 400
    y[[3, 7, 11, 15]] *= 6  # the first two lists depend on each other beyond doubt
    tables = tables_of(y, np.array([1000.0, 2000.0, 3000.0]))
    every = np.array([graph_score(tables, edges) for edges in all_chordal(4)])
    found = average_graphs(tables)
    assert len(found.edges) < len(every)
    assert found.evidence == pytest.approx(logsumexp(every), abs=1e-12)
    assert pairs(4)[0] == (0, 1)
    assert all(edges & 1 for edges in found.edges.tolist())
