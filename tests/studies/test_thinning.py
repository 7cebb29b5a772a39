"""Fewer people, or fewer marks on the same people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.data.table import CaptureTable
from darknumber.models import Independence, LogLinear
from darknumber.studies.thinning import expected_shared, thinned

FRACTIONS = (0.2, 0.5, 0.9)


def fewer_marks(counts: np.ndarray, kept: float) -> np.ndarray:
    """Expected counts, history by history from the definition; cell 0 holds who is no longer seen."""
    found = np.zeros(len(counts))
    for history, count in enumerate(counts):
        for left in range(len(counts)):
            if left & history == left:
                stay, go = left.bit_count(), (history & ~left).bit_count()
                found[left] += count * kept**stay * (1 - kept) ** go
    return found


def independent(chance: tuple[float, ...], people: float) -> np.ndarray:
    """Expected counts of independent lists; cell 0 is not observed."""
    cells = np.arange(1 << len(chance))
    on = np.array([[cell >> j & 1 for j in range(len(chance))] for cell in cells], dtype=bool)
    counts = people * np.where(on, chance, 1 - np.array(chance)).prod(axis=1)
    return np.where(cells == 0, 0.0, counts)


def total(model, counts: np.ndarray) -> float:
    """The population size a model gives for expected counts, which need not be whole."""
    lists = ("A", "B", "C", "D")[: int(np.log2(len(counts)))]
    table = CaptureTable.build(lists, range(1, len(counts)), np.maximum(np.rint(counts[1:]), 1))
    again = model.refit(model.fit(table), np.where(np.arange(len(counts)) == 0, 0.0, counts)[None, None])
    return float(again.observed[0, 0] + again.unobserved[0, 0])


@pytest.mark.parametrize("kept", FRACTIONS)
def test_independent_lists_stay_independent_on_fewer_marks(kept):
    counts = independent((0.3, 0.2, 0.4), 5000.0)
    assert total(Independence(), fewer_marks(counts, kept)) == pytest.approx(5000, rel=1e-6)
    again = independent((0.3 * kept, 0.2 * kept, 0.4 * kept), 5000.0)
    assert fewer_marks(counts, kept)[1:] == pytest.approx(again[1:])


@pytest.mark.parametrize("kept", FRACTIONS)
def test_fewer_people_are_a_smaller_population(kept):
    counts = independent((0.3, 0.2, 0.4), 5000.0)
    assert total(Independence(), counts * kept) == pytest.approx(5000 * kept, rel=1e-6)


@pytest.mark.parametrize("kept", FRACTIONS)
def test_a_pair_that_depends_stays_a_pair_on_fewer_marks(kept):
    pair = np.array([0.5, 0.1, 0.1, 0.3])  # A and B; C is independent of both
    counts = 8000 * np.concatenate([pair * 0.7, pair * 0.3])
    assert total(LogLinear("A:B"), fewer_marks(counts, kept)) == pytest.approx(8000, rel=1e-6)
    assert total(Independence(), fewer_marks(counts, kept)) < 7500


@pytest.mark.parametrize("kept", FRACTIONS)
def test_two_lists_give_the_same_whatever_they_depend_on(kept):
    counts = np.array([0.0, 700, 500, 900])
    assert total(Independence(), fewer_marks(counts, kept)) == pytest.approx(1600 * 1400 / 900, rel=1e-6)


def test_where_people_differ_the_answer_of_independence_rises():
    easy, hard = independent((0.6, 0.6, 0.6, 0.6), 500.0), independent((0.1, 0.1, 0.1, 0.1), 4500.0)
    course = [total(Independence(), fewer_marks(easy + hard, kept)) for kept in (0.05, 0.2, 0.5, 0.9, 1.0)]
    assert course == sorted(course)
    assert course[-1] > 1.1 * course[0]
    chance, squares = (0.1 * 0.6 + 0.9 * 0.1), (0.1 * 0.6**2 + 0.9 * 0.1**2)
    assert course[0] == pytest.approx(5000 * chance**2 / squares, rel=0.02)  # few marks: pairs of lists alone


@pytest.mark.parametrize("thin", ["marks", "people"])
def test_draws_are_what_is_expected(thin):
    counts = np.array([[0.0, 30, 20, 10, 40, 5, 6, 8], [0.0, 3, 2, 50, 4, 5, 9, 7]])
    draws = np.stack([thinned(counts, 3, FRACTIONS, thin, seed=1, repeat=r) for r in range(2000)])
    assert (draws[..., 0] == 0).all()
    for place, kept in enumerate(FRACTIONS):
        for stratum in range(2):
            exact = fewer_marks(counts[stratum], kept) if thin == "marks" else counts[stratum] * kept
            spread = draws[:, place, stratum].std(axis=0) / np.sqrt(len(draws))
            off = np.abs(draws[:, place, stratum].mean(axis=0) - exact)[1:]
            assert (off <= 4.5 * spread[1:] + 1e-12).all()


@given(st.lists(st.integers(0, 30), min_size=7, max_size=7), st.integers(0, 2**32))
def test_what_is_kept_of_few_data_is_kept_of_more(counts, seed):
    table = np.array([[0, *counts]], dtype=float)
    people = thinned(table, 3, FRACTIONS, "people", seed=seed, repeat=3)
    assert (np.diff(people, axis=0) >= 0).all()
    assert (people[-1] <= table).all()
    marks = thinned(table, 3, (*FRACTIONS, 1.0), "marks", seed=seed, repeat=3)
    assert (marks[-1] == table).all()
    sizes = np.array([[marks[k, 0, [c for c in range(8) if c >> j & 1]].sum() for j in range(3)] for k in range(4)])
    assert (np.diff(sizes, axis=0) >= 0).all()
    assert (np.diff(marks.sum(axis=(1, 2))) >= 0).all()


def test_repeats_and_seeds_have_streams_of_their_own():
    table = np.array([[0.0, 100, 100, 100]])
    first = thinned(table, 2, FRACTIONS, "marks", seed=5, repeat=0)
    assert np.array_equal(first, thinned(table, 2, FRACTIONS, "marks", seed=5, repeat=0))
    assert not np.array_equal(first, thinned(table, 2, FRACTIONS, "marks", seed=5, repeat=1))
    assert not np.array_equal(first, thinned(table, 2, FRACTIONS, "marks", seed=6, repeat=0))


def test_expected_shared_by_hand():
    on = np.array([100, 20, 10])
    assert expected_shared(on, 0.5, "people") == pytest.approx(15)
    # two lists: both kept 1/4; three: 3/8 two of them, 1/8 all
    assert expected_shared(on, 0.5, "marks") == pytest.approx(20 / 4 + 10 / 2)
    assert expected_shared(on, 1.0, "marks") == pytest.approx(30)
