import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.kernels.histories import membership
from darknumber.kernels.linkage import draw_recorded, missed_matrix, recorded, true_counts

TWO = np.array([900.0, 200, 300, 50])  # on no list, on the first only, on the second only, on both


def marks(counts: np.ndarray) -> np.ndarray:
    """People on each list."""
    lists = int(np.log2(counts.shape[-1]))
    return counts @ membership(np.arange(counts.shape[-1]), lists)


def random_counts(seed: int, lists: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(0.5, 100, 1 << lists)


def test_missed_links_of_two_lists_split_the_overlap():
    found = recorded(TWO, missed=0.1)
    np.testing.assert_allclose(found, [900, 205, 305, 45])


def test_the_published_correction_for_two_lists():
    found = recorded(TWO, missed=0.1)
    first, second = marks(found)
    assert 0.9 * first * second / found[3] == pytest.approx(250 * 350 / 50)
    back = true_counts(found, missed=0.1)
    first, second = marks(back)
    assert first * second / back[3] == pytest.approx(250 * 350 / 50)


def test_false_links_of_two_lists_are_a_share_of_the_smaller_one():
    found = recorded(TWO, false=0.05)
    np.testing.assert_allclose(found, [900, 200 - 10, 300 - 10, 50 + 10])


def test_both_errors_of_two_lists_in_closed_form():
    found = recorded(TWO, missed=0.1, false=0.05)
    linked = (found[3] - 0.05 * 250) / 0.95  # 250 people are on the smaller list
    assert linked / 0.9 == pytest.approx(50)


def test_one_person_on_three_lists_by_hand():
    counts = np.zeros(8)
    counts[0b111] = 1
    expected = np.zeros(8)
    expected[0b111] = 0.7
    expected[[0b001, 0b010, 0b100, 0b110, 0b101, 0b011]] = 0.1
    np.testing.assert_allclose(recorded(counts, missed=0.3), expected)


def test_false_links_of_three_lists_by_hand():
    """60 on the first list only, 40 on the second only, 20 on the second and third."""
    counts = np.zeros(8)
    counts[[0b001, 0b010, 0b110]] = 60, 40, 20
    # somebody of the first could be taken for 60 people, somebody of the second for 60
    with_second, with_both = 0.1 * 60 * 40 / 60, 0.1 * 60 * 20 / 60
    expected = np.zeros(8)
    expected[0b001] = 60 - with_second - with_both
    expected[0b010] = 40 - with_second
    expected[0b110] = 20 - with_both
    expected[0b011], expected[0b111] = with_second, with_both
    np.testing.assert_allclose(recorded(counts, false=0.1), expected)


@given(st.integers(0, 10**6), st.integers(2, 5), st.floats(0, 0.5), st.floats(0, 0.3))
def test_there_and_back(seed, lists, missed, false):
    counts = random_counts(seed, lists)
    back = true_counts(recorded(counts, missed, false), missed, false)
    np.testing.assert_allclose(back, counts, atol=1e-6 * counts.sum())


@given(st.integers(0, 10**6), st.integers(2, 5), st.floats(0, 1), st.floats(0, 1))
def test_nobody_leaves_a_list_and_no_cell_falls_below_zero(seed, lists, missed, false):
    counts = random_counts(seed, lists)
    found = recorded(counts, missed, false)
    np.testing.assert_allclose(marks(found), marks(counts), rtol=1e-9)
    assert found[0] == counts[0]
    assert (found >= -1e-9 * counts.sum()).all()


def test_nobody_is_merged_with_a_chance_above_the_rate():
    """A list that nearly everybody is on has too few people to be taken for."""
    counts = np.zeros(8)
    counts[[0b001, 0b010, 0b110]] = 10_000, 5, 1
    found = recorded(counts, false=0.2)
    assert found[0b010] == pytest.approx(4)
    assert found[0b110] >= 0.8 - 1e-9


def test_missed_links_make_two_of_one():
    matrix = missed_matrix(4, 0.25)
    several = np.array([w for w in range(16) if bin(w).count("1") > 1])
    np.testing.assert_allclose(matrix.sum(axis=0)[several], 1.25)


def test_many_tables_are_as_one_each():
    tables = np.stack([random_counts(seed, 4) for seed in range(3)])
    together = recorded(tables, 0.1, 0.1)
    for one, found in zip(tables, together, strict=True):
        np.testing.assert_allclose(recorded(one, 0.1, 0.1), found)
    np.testing.assert_allclose(true_counts(together, 0.1, 0.1), tables, atol=1e-7)


def test_fewer_recorded_than_errors_would_leave_is_nobody():
    assert true_counts(np.array([0.0, 1, 100, 50]), missed=0.2)[1] == 0


def test_draws_are_of_whole_people_and_unbiased():
    rng = np.random.default_rng(7)
    counts = np.round(random_counts(3, 4) + 20).astype(np.int64)
    draws = draw_recorded(rng, np.tile(counts, (20_000, 1)), missed=0.1, false=0.05)
    assert draws.dtype == np.int64
    assert (draws >= 0).all()
    np.testing.assert_array_equal(marks(draws), np.tile(marks(counts), (20_000, 1)))
    error = draws.std(axis=0) / np.sqrt(len(draws)) + 1e-9
    assert (np.abs(draws.mean(axis=0) - recorded(counts, 0.1, 0.05)) < 4 * error)[1:].all()


def test_draws_without_errors_are_the_truth():
    counts = np.arange(16)
    np.testing.assert_array_equal(draw_recorded(np.random.default_rng(1), counts), counts)
