"""Totals without what is not always recorded: the breakdown adds up to them, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import LogLinear, PooledTotal, Stepwise
from tests.oracles import random_table

POPULATION, ON_LIST, RECORDED = 10_000, 0.2, 0.7


def expected_table():
    """Two independent lists that each record a two-level covariate for 70% of their people: expected counts."""
    levels = ("x", "y", NOT_RECORDED)
    cells = []
    for history, lists in ((1, 1), (2, 1), (3, 2)):
        people = POPULATION * ON_LIST**lists * (1 - ON_LIST) ** (2 - lists)
        known = 1 - (1 - RECORDED) ** lists
        cells += [
            (0, history, people * known / 2),
            (1, history, people * known / 2),
            (2, history, people * (1 - known)),
        ]
    level, history, count = np.array(cells).T
    return CaptureTable.build(
        "AB",
        history.astype(int),
        np.rint(count).astype(int),
        covariates=[Covariate(name="form", levels=levels)],
        levels=[level.astype(int)],
    )


def test_the_published_example():
    """10,000 people come out as 13,446 where not recorded is a plain level, and as 10,000 from the pooled table."""
    table = expected_table()
    plain = Covariate(name="form", levels=("x", "y", "unknown"))
    as_level = CaptureTable.build("AB", table.history, table.count, covariates=[plain], levels=[table.stratum])
    assert LogLinear("A:form + B:form").fit(as_level).estimate.sum() == pytest.approx(13_446, abs=1)
    fit = PooledTotal(LogLinear("A:form + B:form")).fit(table)
    assert fit.estimate.sum() == pytest.approx(POPULATION)
    assert fit.estimate[0] == pytest.approx(fit.estimate[1])


def test_it_is_kept_where_it_is_asked_for():
    table = expected_table()
    found = estimate(table, PooledTotal(LogLinear()), Bootstrap(replicates=50), seed=1)
    assert isinstance(found.fits[0].model, PooledTotal)
    assert found.total().estimate[0] == pytest.approx(POPULATION)
    assert "recording_by_proportion" in found.fits[0].model.assumes


@pytest.fixture(scope="module")
def table():
    """Years by form, a quarter of the forms unrecorded, and unrecorded sexes too."""
    rng = np.random.default_rng(5)
    drawn = random_table(rng, lists=3, levels=(3, 4, 3), people=6000, on_list=(0.15, 0.4), dependence=0.3)
    form = Covariate(name="form", levels=("a", "b", "c", NOT_RECORDED))
    sex = Covariate(name="sex", levels=("f", "m", NOT_RECORDED))
    levels = list(np.unravel_index(drawn.stratum, drawn.shape))
    year = Covariate.of("year", ["2011", "2012", "2013"])
    return CaptureTable.build(drawn.lists, drawn.history, drawn.count, covariates=[year, form, sex], levels=levels)


@pytest.fixture(scope="module")
def found(table):
    return estimate(table, PooledTotal(LogLinear("A:B + A:year + B:form")), Bootstrap(replicates=30), seed=2)


def test_every_pooled_stratum_adds_up(table, found):
    pooled = LogLinear("A:B + A:year").fit(table.pool(["form", "sex"]))
    assert found.by("year").estimate == pytest.approx(pooled.estimate)
    assert found.fits[0].terms == pooled.terms
    assert found.total().estimate[0] == pytest.approx(pooled.estimate.sum())


def test_draws_add_up(table, found):
    """The same replicates of the pooled table, refitted without form and sex."""
    model = PooledTotal(LogLinear("A:B + A:year + B:form"))
    fit = model.fit(table)
    rng = np.random.default_rng(0)
    counts = rng.poisson(table.dense(), size=(6, *table.dense().shape)).astype(float)
    again = model.refit(fit, counts)
    together = counts.reshape(6, 3, 12, 8).sum(axis=2)
    pooled = LogLinear("A:B + A:year").refit(fit.parts[0], together)
    assert again.unobserved.reshape(6, 3, 12).sum(axis=2) == pytest.approx(pooled.unobserved, rel=1e-6)
    assert found.draws.sum(axis=1) == pytest.approx(found.total().draws[:, 0])


def test_the_breakdown_is_in_proportion_to_the_full_fit(table):
    model = LogLinear("A:B + A:year + B:form")
    fit, full = PooledTotal(model).fit(table), model.fit(table)
    by_year = [values.reshape(3, 12) for values in (fit.unobserved, full.unobserved)]
    ours, theirs = (values / values.sum(axis=1, keepdims=True) for values in by_year)
    assert ours == pytest.approx(theirs)


def test_the_order_of_levels_is_irrelevant(table):
    """Not recorded comes last; the other levels may stand in any order."""
    model = PooledTotal(LogLinear("A:B + B:form"))
    fit = model.fit(table)
    turned = Covariate(name="form", levels=("c", "a", "b", NOT_RECORDED))
    levels = list(np.unravel_index(table.stratum, table.shape))
    levels[1] = np.array([1, 2, 0, 3])[levels[1]]
    other = CaptureTable.build(
        table.lists,
        table.history,
        table.count,
        covariates=[table.covariates[0], turned, table.covariates[2]],
        levels=levels,
    )
    back = model.fit(other).unobserved.reshape(3, 4, 3)[:, [1, 2, 0, 3]].reshape(-1)
    assert back == pytest.approx(fit.unobserved)


def test_everything_recorded_is_the_model_itself():
    table = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=900, on_list=(0.1, 0.4))
    assert PooledTotal(LogLinear("A:u")).fit(table).unobserved == pytest.approx(LogLinear("A:u").fit(table).unobserved)


def test_a_search_drops_what_it_cannot_name():
    model = PooledTotal(Stepwise(scope="A:form + B:year", lower="A:form", trend="poly(year, 2)"))
    assert model._pooled_model(["form"]) == Stepwise(scope="A + B:year", lower="A", trend="poly(year, 2)")


def test_where_the_total_is_infinite_so_are_its_parts():
    """But not the strata that nobody is registered in."""
    form = Covariate(name="form", levels=("a", "b", "c", NOT_RECORDED))
    table = CaptureTable.build("AB", [1, 2, 1, 2], [30, 20, 5, 4], covariates=[form], levels=[np.array([0, 0, 3, 3])])
    fit = PooledTotal(LogLinear()).fit(table)
    assert fit.verdict.tolist() == [INFINITE, ESTIMABLE, ESTIMABLE, INFINITE]
    assert fit.unobserved.tolist() == [np.inf, 0, 0, np.inf]


def test_a_breakdown_that_cannot_be_estimated_follows_the_registered():
    """Form b has no overlap: its share is unknown, the total is not."""
    form = Covariate(name="form", levels=("a", "b", NOT_RECORDED))
    cells = ([1, 2, 3, 1, 2, 1], [30, 20, 10, 5, 5, 20], [np.array([0, 0, 0, 1, 1, 2])])
    table = CaptureTable.build("AB", *cells[:2], covariates=[form], levels=cells[2])
    fit = PooledTotal(LogLinear("A:form + B:form")).fit(table)
    assert fit.unobserved.sum() == pytest.approx(55 * 25 / 10)
    assert fit.unobserved == pytest.approx(55 * 25 / 10 * table.observed / table.observed.sum())
    assert [finding.code for finding in fit.findings] == ["breakdown_by_registered"]
