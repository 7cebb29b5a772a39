"""Sums over subsets and supersets against adding up by hand."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels.histories import list_counts, membership, subset_sums, superset_sums


@pytest.mark.parametrize("lists", [1, 2, 3, 5])
def test_sums_over_subsets_and_supersets(lists):
    x = np.random.default_rng(lists).normal(size=1 << lists)
    cells = range(1 << lists)
    below, above = x.copy(), x.copy()
    subset_sums(below, lists)
    superset_sums(above, lists)
    assert below == pytest.approx([sum(x[a] for a in cells if a & w == a) for w in cells])
    assert above == pytest.approx([sum(x[w] for w in cells if a & w == a) for a in cells])


def test_histories_as_lists():
    histories = np.array([1, 6, 7], dtype=np.uint32)
    assert list_counts(histories).tolist() == [1, 2, 3]
    assert membership(histories, 3).tolist() == [[True, False, False], [False, True, True], [True, True, True]]
