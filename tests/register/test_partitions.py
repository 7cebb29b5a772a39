"""Draws of who is who, against all partitions of small graphs."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknumber.errors import InputError
from darknumber.register.linkage import agreement, chain, partitions, subsets
from darknumber.register.linkage.partitions import doubt_of, expected_errors, people_at

DRAWS = 4000
APART = 4.5  # standard errors: of a thousand comparisons, none in a hundred runs


def links_of(rows, weights):
    """Links from a dictionary of pairs."""
    pairs = sorted(weights)
    return SimpleNamespace(
        rows=rows,
        left=np.array([a for a, _ in pairs], dtype=np.int64),
        right=np.array([b for _, b in pairs], dtype=np.int64),
        weight=np.array([weights[pair] for pair in pairs], dtype=float),
    )


def all_partitions(things):
    """Every way to share out things, as tuples of the lowest thing each is with."""
    if not things:
        yield {}
        return
    first, *rest = things
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            block = {first, *others}
            for tail in all_partitions([thing for thing in rest if thing not in block]):
                yield tail | dict.fromkeys(block, first)


def law(rows, weights):
    """The probability of every partition, by multiplying out."""
    found = {}
    weights = dict.fromkeys(combinations(range(rows), 2), -np.inf) | weights  # a pair without a weight is never one
    for blocks in all_partitions(list(range(rows))):
        score = sum(weight for (a, b), weight in weights.items() if blocks[a] == blocks[b])
        found[tuple(blocks[thing] for thing in range(rows))] = score
    top = max(found.values())
    raw = {key: np.exp(score - top) for key, score in found.items()}
    return {key: value / sum(raw.values()) for key, value in raw.items()}


def pair_shares(rows, chances):
    """How probable it is that each pair is one person."""
    return {
        (a, b): sum(chance for key, chance in chances.items() if key[a] == key[b])
        for a, b in combinations(range(rows), 2)
    }


def same_law(found, expected, independent=DRAWS):
    """Whether counts of partitions are what their law expects, each within chance."""
    for key in {*found, *expected}:
        chance = expected.get(key, 0.0)
        error = np.sqrt(max(chance * (1 - chance), 1 / independent) / independent)
        assert abs(found.get(key, 0) / DRAWS - chance) < APART * error, key


GRAPHS = {
    "a chain": (3, {(0, 1): 1.0, (1, 2): 1.5}),
    "pulled both ways": (3, {(0, 1): 2.0, (1, 2): 2.0, (0, 2): -3.0}),
    "two firm pairs": (4, {(0, 1): 6.0, (2, 3): 7.0, (0, 2): 0.3, (1, 3): -0.4, (0, 3): 0.1, (1, 2): 0.2}),
    "one that cannot be": (4, {(0, 1): 1.0, (1, 2): 1.0, (0, 2): -np.inf, (2, 3): 0.5, (0, 3): 0.0, (1, 3): -1.0}),
    "certain first": (4, {(0, 1): np.inf, (1, 2): 0.5, (0, 2): 0.1, (2, 3): 1.0, (0, 3): -0.5, (1, 3): 0.2}),
    "five": (5, {pair: 0.8 - 0.4 * sum(pair) % 3 for pair in combinations(range(5), 2)}),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_partitions_come_as_often_as_their_weights_say(name):
    rows, weights = GRAPHS[name]
    shift = doubt_of(links_of(rows, weights)).shift
    expected = law(rows, {pair: min(weight + shift, 1e3) for pair, weight in weights.items()})
    drawn = partitions.partitions(links_of(rows, weights), DRAWS, seed=3)
    same_law(Counter(tuple(each.tolist()) for each in drawn), expected)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_chain_gives_the_same_law(name):
    rows, weights = GRAPHS[name]
    matrix = np.full((rows, rows), subsets.NEVER)
    np.fill_diagonal(matrix, 0.0)
    for (a, b), weight in weights.items():
        matrix[a, b] = matrix[b, a] = np.clip(weight, subsets.NEVER, 20.0)
    expected = law(rows, {pair: min(weight, 20.0) for pair, weight in weights.items()})
    drawn = chain._lowest(chain._from_chains(matrix, DRAWS, (5, 0)))
    # draws of a chain are not independent: an error of twice the size
    same_law(Counter(map(tuple, drawn.tolist())), expected, DRAWS // 4)


def test_a_chain_gives_the_pairs_of_a_component_that_can_be_drawn_exactly():
    rng = np.random.default_rng(11)
    matrix = np.triu(rng.normal(0.3, 2.5, (9, 9)), 1)
    matrix += matrix.T
    exact = subsets.exact_draws(matrix[None], rng.random((DRAWS, 1, 9)))[:, 0]
    found = chain._lowest(chain._from_chains(matrix, DRAWS, (7, 1)))
    for a, b in combinations(range(9), 2):
        one, other = ((draws[:, a] == draws[:, b]).mean() for draws in (exact, found))
        assert abs(one - other) < 0.05


def test_a_chain_gives_the_law_of_many_things():
    # pairs that are one or two, and have nothing to do with each other
    odds = np.linspace(-2.0, 6.0, 40)
    matrix = np.full((80, 80), subsets.NEVER)
    np.fill_diagonal(matrix, 0.0)
    matrix[np.arange(0, 80, 2), np.arange(1, 80, 2)] = odds
    matrix[np.arange(1, 80, 2), np.arange(0, 80, 2)] = odds
    found = chain._from_chains(matrix, DRAWS, (3, 0))
    shares = (found[:, ::2] == found[:, 1::2]).mean(axis=0)
    assert shares == pytest.approx(1 / (1 + np.exp(-odds)), abs=0.05)


def test_sums_over_subsets_are_sums_over_partitions():
    rng = np.random.default_rng(2)
    for n in (1, 2, 5):
        weights = np.triu(rng.normal(0, 2, (n, n)), 1)
        _, whole = subsets.log_sums((weights + weights.T)[None])
        scores = [
            sum(weights[a, b] for a, b in combinations(range(n), 2) if blocks[a] == blocks[b])
            for blocks in all_partitions(list(range(n)))
        ]
        assert whole[0, -1] == pytest.approx(np.log(np.exp(scores).sum()))


def test_what_is_surely_one_is_put_together_before_a_chain_begins():
    # two people of eight and of seven reports each, and one report that may be of either
    weights = np.full((16, 16), -6.0)
    weights[:8, :8] = weights[8:15, 8:15] = 9.0
    weights[15, :8] = weights[:8, 15] = 0.4
    weights[15, 8:15] = weights[8:15, 15] = 0.5
    np.fill_diagonal(weights, 0.0)
    node, smaller = chain._together(weights)
    assert node.tolist() == [0] * 8 + [1] * 7 + [2]
    assert smaller[2].tolist() == pytest.approx([3.2, 3.5, 0.0])
    drawn = chain.chain_draws(weights, DRAWS, (1, 0))
    assert (drawn[:, :8] == 0).all()
    assert (drawn[:, 8:15] == 8).all()
    odds = np.exp([3.2, 3.5, 0.0])
    shares = [np.mean(drawn[:, 15] == head) for head in (0, 8, 15)]
    assert shares == pytest.approx(odds / odds.sum(), abs=0.03)


def test_chance_of_nothing_is_not_taken_for_certain():
    # all pull together, but one pulls away from the group: proved of none, and drawn
    weights = np.full((13, 13), 2.0)
    weights[0, 1:] = weights[1:, 0] = -0.05
    np.fill_diagonal(weights, 0.0)
    node, smaller = chain._together(weights)
    assert node.tolist() == [0] + [1] * 12
    assert smaller[0, 1] == pytest.approx(-0.6)


pairs = st.dictionaries(
    st.tuples(st.integers(0, 13), st.integers(0, 13)).filter(lambda pair: pair[0] < pair[1]),
    st.one_of(st.floats(-30, 30), st.sampled_from([np.inf, -np.inf])),
    max_size=30,
)


@settings(max_examples=60)
@given(pairs)
def test_a_partition_is_one_whatever_the_weights(weights):
    links = links_of(14, weights)
    heads = np.arange(14)
    for each in [people_at(links), *partitions.partitions(links, 3, seed=1)]:
        assert (each <= heads).all()
        assert (each[each] == each).all()  # a person's number is that of a report of the same person
        for (a, b), weight in weights.items():
            if weight == np.inf:
                assert each[a] == each[b]


@settings(max_examples=60)
@given(pairs)
def test_reports_in_different_components_are_different_people(weights):
    links = links_of(14, weights)
    whole = people_at(links_of(14, dict.fromkeys(weights, 1.0)))
    for each in partitions.partitions(links, 3, seed=1):
        assert (whole[each] == whole).all()


def test_at_a_threshold_what_follows_follows():
    links = links_of(5, {(0, 1): 1.0, (1, 2): 0.5, (0, 2): -5.0, (3, 4): -0.5})
    assert people_at(links, 0.5).tolist() == [0, 0, 0, 3, 4]
    assert people_at(links, 0.7).tolist() == [0, 0, 2, 3, 4]
    assert people_at(links, 0.01).tolist() == [0, 0, 0, 3, 3]


def test_a_threshold_is_a_probability():
    links = links_of(2, {(0, 1): 1.0})
    for threshold in (0.0, 1.0, 1.5):
        with pytest.raises(InputError):
            people_at(links, threshold)


def test_pairs_far_from_even_are_not_drawn():
    links = links_of(6, {(0, 1): 15.0, (2, 3): -15.0, (3, 4): 15.0, (4, 5): 0.0})
    doubt = doubt_of(links)
    assert doubt.settled.tolist() == [0, 0, 2, 3, 4, 5]
    assert doubt.rows.tolist() == [3, 4, 5]
    assert [each.shape for each in doubt.components] == [(1, 3)]


def test_three_that_agree_need_less_each():
    links = links_of(3, dict.fromkeys(combinations(range(3), 2), 8.0))
    assert doubt_of(links).rows.tolist() == []
    assert people_at(links).tolist() == doubt_of(links).settled.tolist() == [0, 0, 0]


def test_the_same_seed_gives_the_same_and_more_begin_with_fewer():
    rng = np.random.default_rng(4)
    links = links_of(40, {(a, b): rng.normal(0, 3) for a, b in combinations(range(40), 2) if a // 20 == b // 20})
    first = [each.tolist() for each in partitions.partitions(links, 3, seed=8)]
    again = [each.tolist() for each in partitions.partitions(links, 6, seed=8)]
    other = [each.tolist() for each in partitions.partitions(links, 3, seed=9)]
    assert again[:3] == first
    assert other != first


def test_blocks_of_draws_are_one_run_of_draws(monkeypatch):
    rng = np.random.default_rng(4)
    links = links_of(12, {(a, b): rng.normal(0, 3) for a, b in combinations(range(12), 2) if a // 4 == b // 4})
    whole = [each.tolist() for each in partitions.partitions(links, 5, seed=8)]
    monkeypatch.setattr(partitions, "MAX_DRAWN", 20)
    monkeypatch.setattr(subsets, "MAX_HELD", 1)
    assert [each.tolist() for each in partitions.partitions(links, 5, seed=8)] == whole


def test_a_component_too_large_loses_its_weakest_links(monkeypatch):
    monkeypatch.setattr(partitions, "MOST_TOGETHER", 6)
    weights = dict.fromkeys(combinations(range(5), 2), 3.0)
    weights |= dict.fromkeys(combinations(range(5, 10), 2), 3.0) | {(4, 5): -6.0, (10, 11): -6.0}
    doubt = doubt_of(links_of(12, weights))
    assert doubt.cut == 10
    assert sorted(each.shape for each in doubt.components) == [(1, 2), (2, 5)]


def test_expected_errors_of_a_partition_by_hand():
    links = links_of(4, {(0, 1): np.log(4), (1, 2): 0.0, (2, 3): np.inf, (0, 3): -np.inf})
    links_expected, missed, false = expected_errors(links, np.array([0, 0, 2, 2]))
    assert (links_expected, missed, false) == pytest.approx((0.8 + 0.5 + 1.0, 0.5, 0.2))


def test_marginal_chances_of_pairs():
    rows, weights = GRAPHS["pulled both ways"]
    shift = doubt_of(links_of(rows, weights)).shift
    chances = pair_shares(rows, law(rows, {pair: weight + shift for pair, weight in weights.items()}))
    drawn = np.stack(list(partitions.partitions(links_of(rows, weights), DRAWS, seed=2)))
    for (a, b), chance in chances.items():
        assert (drawn[:, a] == drawn[:, b]).mean() == pytest.approx(chance, abs=0.04)


@pytest.mark.parametrize("name", ["pulled both ways", "two firm pairs", "five"])
def test_there_are_as_many_links_as_pairs_expect(name):
    rows, weights = GRAPHS[name]
    expected = sum(1 / (1 + np.exp(-weight)) for weight in weights.values())
    shift = doubt_of(links_of(rows, weights)).shift
    moved = {pair: weight + shift for pair, weight in weights.items()}
    assert sum(pair_shares(rows, law(rows, moved)).values()) == pytest.approx(expected, rel=2e-3)


def test_pairs_that_do_not_touch_are_left_as_they_are():
    assert doubt_of(links_of(6, {(0, 1): 1.0, (2, 3): -2.0, (4, 5): 0.3})).shift == 0.0


def test_reports_that_are_one_for_certain_shift_together():
    # the two reports of one node are moved apart from, or towards, the third together
    links = links_of(4, {(0, 1): np.inf, (0, 2): 0.5, (1, 2): 0.4, (2, 3): 1.0, (0, 3): -1.0, (1, 3): -0.5})
    doubt = doubt_of(links)
    assert doubt.weights[0][0, 0, 1] == pytest.approx(0.9 + 2 * doubt.shift)
    assert doubt.weights[0][0, 1, 2] == pytest.approx(1.0 + doubt.shift)


def test_what_cannot_be_is_not_forced():
    # two links are expected and one is possible: as many as can be, within the limits of what is added
    rows, weights = GRAPHS["a chain"]
    assert doubt_of(links_of(rows, weights)).shift == pytest.approx(agreement.LIMITS[1], abs=1e-3)
