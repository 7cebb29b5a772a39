"""Observed and fitted counts: hat values against the matrix of a linear model, sums over strata, what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.kernels.design import live_cells
from darknumber.models import Average, Best, LogLinear, Stepwise
from darknumber.models.base import expected_cells
from darknumber.models.columns import make_columns, terms_of
from darknumber.studies.fitted_counts import LARGEST, counts_of, own_say, residuals, root_deviance
from darknumber.studies.influence import EVERY, influence_of
from tests.enumerate_models import with_a_list_not_kept
from tests.oracles import random_table


def hat_matrix(fit):
    """The diagonal of ``W^1/2 X (X'WX)^-1 X' W^1/2`` of a Poisson model with an intercept for each stratum."""
    margin = getattr(fit.model, "margin", "free")
    design = make_columns(fit.data, terms_of(fit.terms, fit.data), margin).design
    cells = np.arange(1 << design.lists)
    live = live_cells(fit.data.operating)
    rows, weight, places = [], [], []
    mu = expected_cells(fit)
    for stratum in range(fit.data.strata):
        for w in cells[live[stratum]]:
            held = (w & design.masks) == design.masks
            own = np.eye(fit.data.strata)[stratum] if design.conditional else np.zeros(0)
            rows.append(np.r_[held * design.features[stratum], own])
            weight.append(mu[stratum, w])
            places.append((stratum, w))
    x = np.array(rows) * np.sqrt(weight)[:, None]
    hat = np.zeros(mu.shape)
    for place, value in zip(places, np.diag(x @ np.linalg.pinv(x.T @ x) @ x.T), strict=True):
        hat[place] = value
    return hat


@pytest.mark.parametrize(
    "model",
    [
        LogLinear(),
        LogLinear("A:B + B:u"),
        LogLinear("A:B:u"),
        LogLinear("A:u", margin="modelled"),
        Stepwise("aic"),
        Best(),
    ],
)
def test_how_far_a_fitted_count_follows_its_own(model):
    rng = np.random.default_rng(4)
    table = with_a_list_not_kept(rng, random_table(rng, lists=3, levels=(2,), people=3000.0, dependence=1.0))
    fit = model.fit(table)
    assert own_say(fit) == pytest.approx(hat_matrix(fit), abs=1e-6)


def test_together_they_follow_as_much_as_there_are_parameters():
    fit = LogLinear("LA:NG + NG:GP").fit(example("uk-2013-5"))
    assert own_say(fit).sum() == pytest.approx(fit.parameters)
    assert own_say(Average().fit(example("uk-2013-5"))) is None


def test_standardised_residuals_have_the_spread_of_one():
    """Over tables of the model, where the plain ones have less."""
    rng = np.random.default_rng(6)
    histories = np.arange(1, 8)
    mean = np.array([300.0, 200, 120, 150, 90, 60, 45])
    fit = LogLinear("A:B").fit(CaptureTable.build("ABC", histories, mean.astype(int)))
    cells = expected_cells(fit)[0, 1:]
    plain, standard = [], []
    for _ in range(400):
        y = rng.multinomial(int(cells.sum()), cells / cells.sum())
        again = LogLinear("A:B").fit(CaptureTable.build("ABC", histories, y))
        found = counts_of(again, None)
        plain.append(found.residual)
        standard.append(found.standardised)
    assert np.nanmean(np.square(standard)) == pytest.approx(1, abs=0.1)
    assert np.mean(np.square(plain)) < 0.5


def test_a_count_that_is_fitted_whatever_it_is_has_no_residual():
    fit = LogLinear("b:c + b:d + c:d").fit(example("korea"))
    observed = fit.data.dense()[0, 1:] > 0  # b and d share nobody else, so that their term empties a count
    assert np.isnan(counts_of(fit, None).standardised[observed]).all()


def test_residuals_by_hand():
    y, cells = np.array([9.0, 0.0, 3.0]), np.array([4.0, 2.0, 0.0])
    assert residuals(y, cells, None)[0] == pytest.approx([2.5, -np.sqrt(2), np.inf])
    assert residuals(y, cells, np.array([0.75, 0, 0]))[1][0] == 5.0
    assert root_deviance(y, cells)[:2] == pytest.approx([np.sqrt(2 * (9 * np.log(9 / 4) - 5)), -2])


def test_one_table_lists_every_count_and_what_the_others_say_of_it():
    fit = LogLinear("LA:NG").fit(example("uk-2013-5"))
    influence = influence_of(fit)
    found = counts_of(fit, influence)
    y = fit.data.dense()[0]
    assert found.history.tolist() == list(range(1, 32))
    assert found.observed.tolist() == y[1:].tolist()
    assert np.isfinite(found.predicted).tolist() == (y[1:] > 0).tolist()
    row = int(np.flatnonzero(found.history == 4)[0])
    filled = y.copy()
    filled[4] = found.predicted[row]
    assert expected_cells(fit)[0, 4] != pytest.approx(filled[4])
    again = LogLinear("LA:NG").refit_cells(fit, filled[None, None])
    assert again[0, 0, 4] == pytest.approx(found.predicted[row], rel=1e-6)  # the others say the same of what they say
    assert found.deleted[row] == pytest.approx((y[4] - filled[4]) / np.sqrt(filled[4]))


def test_strata_are_summed_and_the_worst_counts_listed():
    table = random_table(np.random.default_rng(9), lists=3, levels=(4, 3), people=4000.0, dependence=1.5)
    fit = LogLinear().fit(table)
    found = counts_of(fit, None)
    every = found.stratum == EVERY
    assert every.sum() == 7
    assert found.observed[every].tolist() == table.dense().sum(axis=0)[1:].tolist()
    assert found.expected[every] == pytest.approx(expected_cells(fit).sum(axis=0)[1:])
    assert (~every).sum() == LARGEST
    largest = np.sort(np.abs(root_deviance(table.dense()[:, 1:], expected_cells(fit)[:, 1:])), axis=None)[-LARGEST:]
    assert np.sort(np.abs(found.deviance[~every])) == pytest.approx(largest)
