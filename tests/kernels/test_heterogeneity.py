"""Designs of people who differ, and the additions that take out bias."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from darknumber.kernels.cells import dark_figures, maximise_cells
from darknumber.kernels.heterogeneity import (
    additions_equal,
    additions_own,
    cell_of_history,
    chao_corrected,
    darroch,
    frequency_cells,
    gamma,
    history_cells,
    independent_corrected,
    poisson,
    sums,
    with_additions,
)
from darknumber.kernels.histories import list_counts, membership

FORMS = [None, poisson(2.0), darroch, gamma(3.5)]
IDS = ["none", "poisson", "darroch", "gamma"]


def test_forms():
    k = np.array([0.0, 1.0, 2.0, 3.0])
    assert darroch(k).tolist() == [0, 0.5, 2, 4.5]
    assert poisson(2.0)(k).tolist() == [0, 1, 3, 7]
    assert poisson(3.0)(k).tolist() == [0, 2, 8, 26]
    assert gamma(3.5)(k) == pytest.approx(-np.log1p(k / 3.5))


@pytest.mark.parametrize("form", FORMS[1:], ids=IDS[1:])
def test_every_form_bends_upwards(form):
    assert (np.diff(form(np.arange(8.0)), 2) > 0).all()


def test_chao_leaves_people_on_one_and_two_lists_to_the_others():
    cells = frequency_cells(5, None, chao=True)
    extra = cells.rows[:, cells.floor]
    assert extra[:2].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert np.linalg.matrix_rank(extra[2:]) == 3
    assert frequency_cells(2, None, chao=True).floor.sum() == 0


@pytest.mark.parametrize("form", [*FORMS, "chao"], ids=[*IDS, "chao"])
def test_lists_alike_are_one_cell_for_each_number_of_lists(form):
    """The same fit from every history and from the number of lists alone."""
    chao, curve = form == "chao", None if form == "chao" else form
    lists, rng = 4, np.random.default_rng(5)
    counts = np.r_[0.0, rng.poisson(30 * 0.5 ** list_counts(np.arange(1, 16)))]
    few = frequency_cells(lists, curve, chao=chao)
    place = cell_of_history(lists, equal=True)
    short = dark_figures(few, maximise_cells(few, sums(counts[None], place)[0])[0])
    all_ = history_cells(lists, curve, chao=chao)
    k = list_counts(np.arange(1, 16))[:, None].astype(float)
    rows = np.hstack([np.ones((15, 1)), k, all_.rows[:, 1 + lists :]])
    long = type(few)(rows=rows, offset=np.zeros(15), dark=few.dark, floor=few.floor)
    assert short == pytest.approx(dark_figures(long, maximise_cells(long, counts[1:])[0]), rel=1e-9)


def test_sums():
    counts = np.arange(8.0)[None]
    assert sums(counts, cell_of_history(3, equal=True)).tolist() == [[1 + 2 + 4, 3 + 5 + 6, 7]]
    assert sums(counts, cell_of_history(3, equal=False)).tolist() == [[1, 2, 3, 4, 5, 6, 7]]


def test_additions_go_to_people_on_up_to_three_lists_and_never_below_zero():
    k = np.array([1, 2, 3, 4, 2])
    found = with_additions(np.array([[5.0, 5, 5, 5, 0.2]]), k, (1.0, -0.5, 0.25))
    assert found.tolist() == [[6, 4.5, 5.25, 5, 0]]


def test_additions_where_lists_are_alike():
    assert additions_equal(None) == (-0.5, 1.0, 0.0)
    assert additions_equal(darroch) == (-1.0, 2.0, 0.0)
    assert additions_equal(poisson(2.0)) == (-0.75, 1.5, 0.25)


@pytest.mark.parametrize("lists", [2, 3, 4, 7])
def test_additions_to_histories_are_the_additions_to_list_sizes(lists):
    """For independent lists: Darroch's equation and the fit of the log-linear model are one estimator."""
    rng = np.random.default_rng(lists)
    histories = np.arange(1 << lists)
    counts = np.r_[0.0, rng.poisson(40 * 0.3 ** (list_counts(histories[1:]) - 1))]
    on = membership(histories, lists).astype(float)
    dark, variance = independent_corrected(counts.sum(keepdims=True), (counts @ on)[None])
    cells = history_cells(lists, None)
    added = with_additions(counts[None, 1:], list_counts(histories[1:]), additions_own(lists, "chao"))
    assert dark[0] == pytest.approx(float(dark_figures(cells, maximise_cells(cells, added[0])[0])), rel=1e-9)
    assert variance[0] > 0


def test_darroch_s_equation_has_its_root_without_any_overlap():
    sizes = np.array([[40.0, 30.0, 20.0]])
    dark, variance = independent_corrected(np.array([90.0]), sizes)
    size, seen = sizes[0] + 5 / 6, 90 + 1.5
    root = brentq(lambda whole: np.prod(1 - size / whole) - (1 - seen / whole), seen + 1e-3, 1e6)
    assert dark[0] == pytest.approx(root - seen, rel=1e-6)
    assert np.isfinite(variance[0])


def test_chapman_is_the_correction_of_two_lists():
    dark, variance = independent_corrected(np.array([450.0]), np.array([[320.0, 200.0]]))
    assert dark[0] == pytest.approx(250 * 130 / 71)
    assert variance[0] == pytest.approx(321 * 201 * 250 * 130 / (71**2 * 72))


def test_nobody_stays_nobody():
    assert independent_corrected(np.zeros(1), np.zeros((1, 3)))[0].tolist() == [0.0]
    assert chao_corrected(np.zeros((1, 3)), 3)[0].tolist() == [0.0]


def test_chao_s_bound_without_bias_is_his_formula():
    dark, variance = chao_corrected(np.array([[173.0, 11, 2, 0, 0]]), 5)
    assert dark[0] == pytest.approx(4 / 5 * 173 * 172 / (2 * 12))
    assert variance[0] > dark[0]
    assert chao_corrected(np.array([[1.0, 0, 0]]), 3)[1].tolist() == [0.0]
