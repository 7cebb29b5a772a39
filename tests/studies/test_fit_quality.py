"""The deviance against its own law: by hand, by simulation, and where the chi-square law is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.models import (
    Average,
    BayesThreshold,
    Best,
    Heterogeneity,
    LincolnPetersen,
    LogLinear,
    Stepwise,
    Stratified,
)
from darknumber.models.base import expected_cells
from darknumber.studies import fit_quality
from darknumber.studies.fit_quality import degrees_of, distances, draw_like, quality_of, refitted_cells, sequential
from tests.oracles import random_table

TABLES, DRAWN = 200, 99
LEVELS = (0.05, 0.1, 0.2, 0.5, 0.8)
STANDARD_ERRORS = 3.0


def independent(rng, chances, people):
    """A table of lists that are independent of each other."""
    lists = len(chances)
    histories = np.arange(1 << lists)
    on = (histories[:, None] >> np.arange(lists)) & 1
    share = np.where(on, chances, 1 - np.array(chances)).prod(axis=1)
    y = rng.multinomial(people, share)
    return CaptureTable.build("ABCDE"[:lists], histories[1:], y[1:])


def test_distances_by_hand():
    counts, cells = np.array([[[0.0, 4, 0, 6]]]), np.array([[[0.0, 5, 2, 3]]])
    (deviance,), (pearson,) = distances(counts, cells)
    assert deviance == pytest.approx(2 * (4 * np.log(4 / 5) + 6 * np.log(6 / 3)))
    assert pearson == pytest.approx(1 / 5 + 4 / 2 + 9 / 3)


def test_people_where_nobody_can_be_are_infinitely_far_off():
    (deviance,), (pearson,) = distances(np.array([[[0.0, 4, 1, 6]]]), np.array([[[0.0, 5, 0, 6]]]))
    assert np.isposinf([deviance, pearson]).all()


@pytest.mark.parametrize("model", [LogLinear("LA:NG"), Stepwise(), Best(), Heterogeneity()])
def test_the_deviance_is_that_of_the_fit(model):
    fit = model.fit(example("uk-2013-5"))
    assert quality_of(fit, replicates=1, seed=0).deviance == pytest.approx(fit.deviance, rel=1e-6)


def test_degrees_of_freedom_by_hand():
    table = example("uk-2013-5")
    assert degrees_of(LogLinear("LA:NG + NG:GP").fit(table)) == 31 - 1 - 5 - 2
    strata = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=2000.0)
    assert degrees_of(LogLinear().fit(strata)) == 14 - 2 - 3  # two totals, three lists
    assert degrees_of(Average().fit(table)) is None


def test_the_bootstrap_p_value_is_uniform_where_the_chi_square_one_is_far_off():
    """Five sparse lists: by the chi-square law next to no table would be in the worse half of all tables."""
    rng = np.random.default_rng(3)
    found = [
        quality_of(LogLinear().fit(independent(rng, (0.05,) * 5, 500)), replicates=DRAWN, seed=number)
        for number in range(TABLES)
    ]
    ours, theirs = (np.array([getattr(each, name) for each in found]) for name in ("p_value", "chi_square"))
    for level in LEVELS:
        error = np.sqrt(level * (1 - level) / TABLES)
        assert abs(np.mean(ours <= level) - level) < STANDARD_ERRORS * error
    assert np.mean(theirs <= 0.5) < 0.1


def test_dependence_that_a_model_leaves_out_is_found():
    rng = np.random.default_rng(5)
    low = 0
    for seed in range(20):
        table = random_table(rng, lists=4, people=1500.0, on_list=(0.2, 0.4), dependence=2.0)
        low += quality_of(LogLinear().fit(table), replicates=DRAWN, seed=seed).p_value < 0.05
    assert low >= 15


def test_choosing_makes_a_model_fit_better_and_the_p_value_knows():
    """On tables of independent lists a search finds terms; with their number as degrees of freedom all seem to fit."""
    rng = np.random.default_rng(2)
    model = Stepwise(1.0, max_order=3)
    found = [
        quality_of(model.fit(independent(rng, (0.2, 0.15, 0.2, 0.1), 400)), replicates=49, seed=number)
        for number in range(60)
    ]
    judged = [each for each in found if each.judged and each.chi_square is not None]
    assert len(judged) > 40
    assert np.mean([each.chi_square <= 0.3 for each in judged]) < 0.1
    assert 0.1 < np.mean([each.p_value <= 0.3 for each in judged]) < 0.6


def test_a_p_value_that_is_settled_early_is_the_same_on_any_number_of_workers():
    fit = Average().fit(example("kosovo-1999"))
    good = Average("bic", 3).fit(example("kosovo-1999"))
    for each in (fit, good):
        one, two = (quality_of(each, replicates=60, seed=4, workers=workers) for workers in (1, 2))
        assert one == two
    assert one.replicates < 60
    assert one.p_value == pytest.approx(fit_quality.ENOUGH / one.replicates)
    assert one.as_far == fit_quality.ENOUGH
    assert quality_of(good, replicates=60, seed=5).pearson_p_value != one.pearson_p_value


def test_sequential_p_values_by_hand(monkeypatch):
    monkeypatch.setattr(fit_quality, "ENOUGH", 2)
    assert sequential(np.array([True, False, False, True, True])) == (2 / 4, 4)
    assert sequential(np.array([False, True, False])) == (2 / 4, 3)
    assert sequential(np.zeros(9, dtype=bool)) == (1 / 10, 9)


def test_a_model_with_a_parameter_for_each_count_is_not_judged():
    quality = quality_of(LincolnPetersen().fit(CaptureTable.build("AB", [1, 2, 3], [40, 30, 20])), replicates=9, seed=0)
    assert not quality.judged
    assert quality.replicates == 0


def test_tables_have_as_many_people_in_each_stratum_and_nobody_where_nobody_can_be():
    rng = np.random.default_rng(8)
    table = random_table(rng, lists=3, levels=(3,), people=900.0)
    y = table.dense()
    for margin, by_stratum in (("free", True), ("modelled", False)):
        cells = expected_cells(LogLinear("A:u", margin=margin).fit(table))
        cells[:, 0] = 0.0
        cells[0, 5] = 0.0
        cells *= y.sum() / cells.sum() if margin == "modelled" else (y.sum(axis=1) / cells.sum(axis=1))[:, None]
        drawn = np.stack([draw_like(y, cells, 1, number) for number in range(300)])
        assert (drawn.sum(axis=(1, 2)) == y.sum()).all()
        assert (drawn.sum(axis=2) == y.sum(axis=1)).all() == by_stratum
        assert not drawn[:, :, 0].any()
        assert not drawn[:, 0, 5].any()
        error = np.sqrt(cells / 300)
        assert (np.abs(drawn.mean(axis=0) - cells) < 5 * error + 1e-9).all()


@pytest.mark.parametrize("model", [Stratified(LogLinear(), ("u",)), Stepwise()])
def test_every_model_is_fitted_anew_to_each_table(model):
    table = random_table(np.random.default_rng(3), lists=3, levels=(2,), people=1500.0)
    fit = model.fit(table)
    counts = np.random.default_rng(1).poisson(table.dense(), (3, *table.dense().shape)).astype(float)
    cells = refitted_cells(fit, counts)
    for y, each in zip(counts, cells, strict=True):
        stratum, history = np.nonzero(y)
        again = CaptureTable.build(
            table.lists, history, y[stratum, history], covariates=table.covariates, levels=[stratum]
        )
        assert each == pytest.approx(np.where(np.arange(8) > 0, expected_cells(model.fit(again)), 0), rel=1e-6)


def test_a_posterior_is_not_sampled_anew():
    fit = BayesThreshold(draws=400).fit(example("kosovo-1999"))
    quality = quality_of(fit, replicates=50, seed=0)
    assert not quality.refitted
    assert quality.deviance == pytest.approx(
        distances(fit.data.dense()[None], np.where(np.arange(16) > 0, expected_cells(fit), 0)[None])[0][0]
    )
