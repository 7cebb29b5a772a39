"""Profile limits: for which models and sums, what they say where there is no number, and how often they hold."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Profile
from darknumber.kernels.verdicts import INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import (
    Behaviour,
    Chapman,
    Heterogeneity,
    Independence,
    LogLinear,
    PooledTotal,
    Stratified,
)
from darknumber.words import LANGUAGES, use_language
from tests.oracles import covariates_of, random_table

NEARLY = 1e-5  # relative: limits are found by iterations that start elsewhere


@pytest.fixture(scope="module")
def table():
    return random_table(np.random.default_rng(2), lists=3, levels=(2, 2), people=1500, on_list=(0.2, 0.5))


def one(table):
    return table.pool([covariate.name for covariate in table.covariates])


def test_every_sum_has_limits_of_its_own(table):
    model = LogLinear("A:u + B:C")
    total = estimate(table, model, Profile(), by=())
    by = estimate(table, model, Profile(), by=("v",))
    every = estimate(table, model, Profile())
    assert [len(found.limits) for found in (total, by, every)] == [1, 2, 4]
    for found in (total, by, every):
        assert (found.observed < found.limits[:, 0]).all()
        assert (found.limits[:, 0] < found.estimate).all()
        assert (found.estimate < found.limits[:, 1]).all()
    assert total.estimate[0] == pytest.approx(every.estimate.sum())
    # A sum is surer than the sum of its limits would say.
    assert total.limits[0, 1] < by.limits[:, 1].sum() < every.limits[:, 1].sum()
    assert total.limits[0, 0] > by.limits[:, 0].sum() > every.limits[:, 0].sum()


def test_the_order_of_by_is_the_order_of_the_limits(table):
    model = LogLinear("A:u")
    forth, back = (estimate(table, model, Profile(), by=names) for names in (("u", "v"), ("v", "u")))
    assert back.limits.reshape(2, 2, 2).transpose(1, 0, 2).reshape(4, 2) == pytest.approx(forth.limits, rel=NEARLY)


def test_without_terms_for_covariates_the_total_is_that_of_one_table(table):
    assert estimate(table, Independence(), Profile(), by=()).limits == pytest.approx(
        estimate(one(table), Independence(), Profile()).limits, rel=NEARLY
    )


def test_a_model_for_each_stratum_has_limits_for_sums_within_them(table):
    model = Stratified(LogLinear("A:B"), ("u",))
    by = estimate(table, model, Profile(), by=("u",))
    for number, level in enumerate(("1", "2")):
        alone = estimate(table.select("u", [level]).pool(["u"]), LogLinear("A:B"), Profile(), by=())
        assert by.limits[number] == pytest.approx(alone.limits[0], rel=NEARLY)
    for sums in ((), ("v",)):
        with pytest.raises(ModelError) as caught:
            estimate(table, model, Profile(), by=sums)
        assert caught.value.code == "bounds_do_not_add"


@pytest.mark.parametrize(
    "model",
    [
        LogLinear(margin="modelled"),
        PooledTotal(LogLinear()),
        Stratified(Heterogeneity(correction="rivest-levesque"), ("u", "v")),
        Stratified(Behaviour(correction="rivest-levesque"), ("u", "v")),
    ],
)
def test_models_without_a_likelihood_of_their_own_are_refused(table, model):
    with pytest.raises(ModelError) as caught:
        estimate(table, model, Profile())
    assert caught.value.code == "interval_needs_one_table"


def test_two_lists_with_a_formula_are_refused():
    with pytest.raises(ModelError) as caught:
        estimate(CaptureTable.build("AB", [1, 2, 3], [9, 8, 7]), Chapman(), Profile())
    assert caught.value.code == "interval_needs_one_table"


def test_what_has_no_number_has_no_upper_limit():
    """Infinite, not identified, empty and zero; by stratum, and summed."""
    table = CaptureTable.build(
        "AB",
        [1, 2, 1, 1, 3, 1, 2, 3],
        [20, 15, 9, 40, 30, 60, 50, 30],
        covariates=covariates_of((5,)),
        levels=[np.array([0, 0, 1, 3, 3, 4, 4, 4])],
    )
    model = Stratified(LogLinear(), ("u",))
    found = estimate(table, model, Profile())
    assert found.verdict[[0, 1, 3]].tolist() == [INFINITE, NOT_IDENTIFIED, ZERO]
    assert found.limits[0, 0] > 100
    assert found.limits[[0, 1], 1].tolist() == [np.inf, np.inf]
    assert found.limits[1, 0] == 9
    assert found.limits[2].tolist() == [0, 0]
    assert found.limits[3, 0] == 70
    together = estimate(table, LogLinear("A:u + B:u"), Profile(), by=())
    assert together.limits[0, 0] >= 254
    assert together.limits[0, 1] == np.inf


@pytest.mark.parametrize("code", LANGUAGES)
def test_print_says_that_there_is_no_upper_limit(code):
    """First lists that hardly fall off: a number, and nothing that bounds it from above."""
    table = CaptureTable.build("ABC", [1, 2, 4], [40, 38, 37])
    found = estimate(table, Behaviour(), Profile())
    assert np.isfinite(found.estimate[0])
    assert found.limits[0, 1] == np.inf
    with use_language(code):
        assert {"en": "or more", "nl": "of meer"}[code] in str(found)


def covered(model, shares, people, *, tables, seed):
    """The share of tables whose profile interval holds everybody."""
    rng = np.random.default_rng(seed)
    lists = int(np.log2(len(shares)))
    hits = 0
    for _ in range(tables):
        counts = rng.multinomial(people, shares)
        counts[0] = 0
        table = CaptureTable.build("ABCDEF"[:lists], np.arange(1 << lists), counts)
        lower, upper = estimate(table, model, Profile()).limits[0]
        hits += lower <= people <= upper
    return hits / tables


def log_linear_shares(model, slopes, bend):
    """The law of the model itself: chances of the lists, and how strong the differences are."""
    cells = model._cells(len(slopes))
    raw = np.r_[0.0, slopes, bend]
    size = np.abs(np.vstack([cells.rows, cells.dark])).max(axis=0)
    assert len(raw) == len(size)
    weight = np.exp(np.r_[0.0, cells.rows @ raw])
    return weight / weight.sum()


TABLES = 120
ENOUGH = 0.95 - 3 * np.sqrt(0.95 * 0.05 / TABLES)


@pytest.mark.parametrize(
    ("form", "bend"), [("none", []), ("poisson", [0.08 * 15]), ("darroch", [0.25 * 8]), ("chao", [0.0, 0.0])]
)
def test_in_its_own_world_the_interval_holds_the_truth(form, bend):
    model = Heterogeneity(form)
    shares = log_linear_shares(model, [-1.0, -1.4, -1.2, -0.8], bend)
    assert covered(model, shares, 800, tables=TABLES, seed=1) >= ENOUGH


def test_the_total_over_strata_holds_the_truth():
    """Chances of a list that differ between two strata: the limits of their sum."""
    rng, hits = np.random.default_rng(3), 0
    on = (np.arange(8)[:, None] >> np.arange(3)) & 1
    for _ in range(TABLES):
        counts = []
        for chance in ((0.3, 0.4, 0.2), (0.15, 0.4, 0.2)):
            shares = np.prod(np.where(on, chance, 1 - np.array(chance)), axis=1)
            counts.append(rng.multinomial(300, shares))
        counts = np.array(counts)
        counts[:, 0] = 0
        where, history = np.nonzero(counts)
        table = CaptureTable.build(
            "ABC", history, counts[where, history], covariates=covariates_of((2,)), levels=[where]
        )
        lower, upper = estimate(table, LogLinear("A:u"), Profile(), by=()).limits[0]
        hits += lower <= 600 <= upper
    assert hits / TABLES >= ENOUGH
