"""What a model makes of expected counts, against closed forms and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.kernels.populations import independent, log_linear
from darknumber.lab.projection import project, terms_up_to, without_limit, without_top_term
from darknumber.models import LogLinear

TRUE = 1_000 * independent([0.3, 0.2, 0.4])


def table_of(counts: np.ndarray) -> CaptureTable:
    return CaptureTable.build(["A", "B", "C"], np.arange(1, 8), np.round(counts[1:]).astype(int))


def test_terms():
    assert terms_up_to(3, 1) == [1, 2, 4]
    assert terms_up_to(3, 2) == [1, 2, 4, 3, 5, 6]


@pytest.mark.parametrize("order", [1, 2])
def test_a_true_model_finds_the_truth_with_the_large_sample_variance(order):
    counts = 1_000 * TRUE  # whole numbers, so that the model can be fitted to them
    found = project(counts, terms_up_to(3, order))
    fit = LogLinear("" if order == 1 else "A:B + A:C + B:C").fit(table_of(counts))
    assert found.estimate == pytest.approx(counts.sum(), rel=1e-6)
    assert found.sd == pytest.approx(np.sqrt(fit.variance[0]), rel=1e-4)


def test_two_lists_in_closed_form():
    cells = 500 * log_linear([0.3, 0.4], {(0, 1): 0.8})
    found = project(cells, terms_up_to(2, 1))
    first, second, both = cells[1] + cells[3], cells[2] + cells[3], cells[3]
    assert found.estimate == pytest.approx(first * second / both)


def test_the_spread_under_a_wrong_model_is_that_of_simulated_tables():
    shares = log_linear([0.4, 0.3, 0.3], {(0, 1): 1.0})
    found = project(5_000 * shares, terms_up_to(3, 1))
    counts = np.random.default_rng(1).multinomial(5_000, shares, size=4_000).astype(float)
    counts[:, 0] = 0
    again = LogLinear().refit(LogLinear().fit(table_of(5_000 * shares)), counts[:, None])
    estimates = again.observed[:, 0] + again.unobserved[:, 0]
    assert estimates.mean() == pytest.approx(found.estimate, rel=0.005)
    assert estimates.std() == pytest.approx(found.sd, rel=0.04)
    assert found.estimate < 0.97 * 5_000


def test_no_finite_estimate_is_none():
    nobody_shared = np.array([0.0, 40, 30, 0, 20, 0, 0, 0])
    assert project(nobody_shared, terms_up_to(3, 1)).estimate == np.inf
    assert np.isnan(project(nobody_shared, terms_up_to(3, 2)).estimate)


def test_everything_but_the_top_term_by_hand():
    cells = np.array([0.0, 4, 6, 2, 8, 3, 1, 5])
    assert without_top_term(cells) == pytest.approx(4 * 6 * 8 * 5 / (2 * 3 * 1))
    assert without_top_term(TRUE) == pytest.approx(TRUE[0])


def test_the_share_of_tables_without_a_finite_answer():
    """By all pairs of three lists, a table is without an answer if a pair of lists and nobody else shares nobody."""
    whole = np.array([0.0, 4, 6, 2, 8, 3, 1, 5])
    empty = np.where(np.arange(8) == 3, 0.0, whole)
    tables = np.stack([whole, empty, empty, whole])
    assert without_limit(tables, terms_up_to(3, 2)) == 0.5
    assert without_limit(tables, terms_up_to(3, 1)) == 0.0
