"""Columns of numbers from levels and polynomials, and strata put together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.kernels.design import level_features, make_design, merge_counts, merge_strata, polynomial_features


def test_levels_are_indicators_without_the_reference():
    level = np.array([0, 1, 2, 1])
    assert level_features(level, 3, 1).tolist() == [[1, 0], [0, 0], [0, 1], [0, 0]]


def test_not_recorded_takes_the_average_or_a_level_of_its_own():
    level = np.array([0, 1, 2])  # the last one is not recorded
    assert level_features(level, 2, 0).tolist() == [[0], [1], [0.5]]
    assert level_features(level, 2, 1).tolist() == [[1], [0], [0.5]]
    assert level_features(level, 2, 0, own_level=True).tolist() == [[0, 0], [1, 0], [0, 1]]


@given(st.lists(st.integers(-3000, 3000), min_size=2, max_size=12, unique=True), st.integers(1, 5))
def test_polynomials_are_orthonormal_and_span_the_powers(years, degree):
    values = np.array([*sorted(years), np.nan])
    table = polynomial_features(np.arange(len(values)), values, degree)
    assert table[-1].tolist() == [0.0] * table.shape[1]
    assert table.shape[1] == min(degree, len(years) - 1)
    basis = table[:-1] / np.sqrt(len(years))
    assert basis.T @ basis == pytest.approx(np.eye(basis.shape[1]), abs=1e-8)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(basis.shape[1]), abs=1e-8)
    scaled = (values[:-1] - np.mean(years)) / np.ptp(years)
    powers = np.vander(scaled, basis.shape[1] + 1, increasing=True)
    span = np.column_stack([np.ones(len(years)), basis])
    left = powers - span @ np.linalg.lstsq(span, powers, rcond=None)[0]
    assert np.abs(left).max() < 1e-8


def test_a_column_that_no_history_can_reach_is_left_out():
    live = np.array([[False, True, False, False], [False, True, True, True]])
    features = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    masks = np.array([1, 2, 2])
    design = make_design(2, masks, features, np.array([0, 1, 2]), live, conditional=True)
    assert design.term.tolist() == [0, 2]  # list 2 cannot be in stratum 0
    assert design.features.tolist() == [[1, 0], [1, 1]]


def test_the_sparse_rows_are_the_features():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(5, 4)) * (rng.random((5, 4)) < 0.5)
    features[0] = 1.0
    live = np.ones((5, 4), dtype=bool)
    live[:, 0] = False
    layout = make_design(2, np.array([1, 2, 1, 3]), features, np.arange(4), live, conditional=False).layout
    again = np.zeros((5, 4))
    for s in range(5):
        inside = slice(layout.indptr[s], layout.indptr[s + 1])
        again[s, layout.indices[inside]] = layout.values[inside]
    assert again.tolist() == features.tolist()


def test_strata_are_one_where_features_and_possible_histories_are_the_same():
    live = np.ones((4, 4), dtype=bool)
    live[:, 0] = False
    live[3, 2:] = False
    features = np.array([[1.0, 0], [1, 1], [1, 0], [1, 0]])
    design = make_design(2, np.array([1, 2]), features, np.arange(2), live, conditional=True)
    small, group = merge_strata(design)
    assert len(small.features) == 3
    assert group[0] == group[2]
    assert len(set(group.tolist())) == 3
    modelled = make_design(2, np.array([1, 2]), features, np.arange(2), live, conditional=False)
    assert merge_strata(modelled)[0] is modelled


@given(st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1, max_size=10))
def test_counts_of_merged_strata_are_sums(tables, groups):
    _, group = np.unique(groups, return_inverse=True)
    counts = np.random.default_rng(tables).poisson(5, size=(tables, len(group), 4)).astype(float)
    merged = merge_counts(counts, group, group.max() + 1)
    for g in range(group.max() + 1):
        assert merged[:, g].tolist() == counts[:, group == g].sum(axis=1).tolist()
    assert merge_counts(counts[0], group, group.max() + 1).tolist() == merged[0].tolist()
