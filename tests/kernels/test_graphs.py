"""Graphs one by one: cliques, evidence and limits against definitions, and log gamma where it has many digits."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.graphs import (
    complete_score,
    gamma_ratio,
    graph_score,
    graph_shares,
    is_flat,
    largest_cliques,
    limit_of,
    make_tables,
    pairs,
    taken_apart,
    zero_margins,
)
from tests.kernels.chordal import all_chordal, cliques_of, evidence

COUNTS = np.array([0, 30, 21, 4, 17, 0, 6, 2, 25, 3, 0, 1, 9, 2, 1, 3], float)
UNSEEN = np.array([0.0, 1.0, 7.0, 40.0, 300.0])


def tables_of(y=COUNTS, unseen=UNSEEN, *, people=1.0, odds=None, complete=True):
    count = len(pairs(len(y).bit_length() - 1))
    return make_tables(
        y,
        unseen,
        np.zeros(len(unseen)),
        people=people,
        odds=np.zeros(count) if odds is None else odds,
        complete=complete,
    )


def test_a_graph_is_taken_apart_only_if_it_is_decomposable():
    for lists in (2, 3, 4, 5):
        whole = range(1 << len(pairs(lists)))
        assert [edges for edges in whole if taken_apart(edges, lists)] == list(all_chordal(lists))


def test_cliques_are_those_of_the_definition():
    for edges in all_chordal(5):
        ours = {frozenset(place for place in range(5) if clique >> place & 1) for clique in largest_cliques(edges, 5)}
        assert ours == set(cliques_of(edges, 5))


@pytest.mark.parametrize("people", [1.0, 0.3, 16.0])
def test_the_score_is_the_evidence_of_cliques_and_separators(people):
    tables = tables_of(people=people)
    for edges in all_chordal(4):
        direct = [evidence(COUNTS, edges, m, people) for m in UNSEEN]
        assert graph_score(tables, edges) == pytest.approx(direct, abs=1e-9)
    assert complete_score(tables) == pytest.approx([evidence(COUNTS, 63, m, people) for m in UNSEEN], abs=1e-9)


def test_odds_of_edges_multiply_the_evidence():
    odds = np.array([0.3, -1.0, 2.0, 0.0, 0.7, -0.2])
    plain, leaning = tables_of(), tables_of(odds=odds)
    for edges in all_chordal(4):
        more = odds[[edges >> place & 1 == 1 for place in range(6)]].sum()
        assert graph_score(leaning, edges) - graph_score(plain, edges) == pytest.approx(np.full(5, more))
    assert complete_score(leaning) - complete_score(plain) == pytest.approx(np.full(5, odds.sum()))


def test_people_on_none_of_a_set():
    cells = np.arange(16)
    direct = [COUNTS[(cells & held == 0) & (cells > 0)].sum() for held in range(16)]
    assert zero_margins(np.r_[99.0, COUNTS[1:]]).tolist() == direct


def test_shares_are_the_chances_of_the_next_person():
    """What a history has of the posterior mean is the evidence with one person more in it, over that without."""
    m, people = 40.0, 2.0
    for edges in all_chordal(4)[::5]:
        share = graph_shares(COUNTS, edges, m, people)
        assert share.sum() == pytest.approx(1)
        for history in (0, 3, 8, 15):
            more = COUNTS + (np.arange(16) == history)
            ways = np.log(m + COUNTS[1:].sum() + 1) - np.log((m if history == 0 else COUNTS[history]) + 1)
            rise = evidence(more, edges, m + (history == 0), people) - evidence(COUNTS, edges, m, people) - ways
            assert share[history] == pytest.approx(np.exp(rise), rel=1e-8)


@pytest.mark.parametrize("y", [COUNTS, np.array([0, 40, 30, 6, 20, 0, 0, 0.0])])
def test_the_limit_is_how_fast_the_likelihood_falls(y):
    lists, people = len(y).bit_length() - 1, 1e-7
    zeros, far = zero_margins(y), np.array([1e8, 1e9])
    tables = tables_of(y, far, people=people)
    limits = {}
    for edges in all_chordal(lists):
        fall = -np.diff(graph_score(tables, edges))[0] / np.log(10)
        limits[edges] = limit_of(zeros, edges)
        assert limits[edges] == pytest.approx(fall, abs=1e-4)
    assert limits[(1 << len(pairs(lists))) - 1] == 0
    assert max(limits.values()) == limits[0]  # no edges, no doubt


def test_a_likelihood_may_say_nothing_at_all():
    flat = np.array([0, 40, 0, 0, 20, 0, 0, 0.0])  # nobody is on the second list, and no two lists share anybody
    assert is_flat(zero_margins(flat), 2)  # the first and the third depend on each other
    assert not is_flat(zero_margins(flat), 0)
    assert limit_of(zero_margins(flat), 0) == 0


@pytest.mark.parametrize("a", [2, 3, 30, 4000])
def test_log_gamma_keeps_its_digits_where_it_is_large(a):
    m = np.array([0.0, 1.0, 18.0, 19.0, 20.0, 500.0, 1e6, 1e9, 1e12])
    direct = [float(np.sum(np.log(each + np.arange(1, a)))) for each in m]
    assert gamma_ratio(m, float(a)) == pytest.approx(direct, rel=1e-12, abs=1e-12)


def test_log_gamma_of_small_additions():
    m = np.array([5.0, 19.0, 19.5, 1e5, 1e12])
    step = gamma_ratio(m, 1.03) - gamma_ratio(m, 0.03)
    assert step == pytest.approx(np.log(m + 0.03), abs=1e-12)
