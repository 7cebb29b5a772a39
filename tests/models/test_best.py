"""The best model with its proof: the published optima, what is listed beside it, and the search in every replicate."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import LogLinear
from darknumber.models.best import FAR_APART, NEAR, Best
from darknumber.models.family import Family
from tests.enumerate_models import fitted, search_case
from tests.oracles import random_table

PRINTED = 5e-5  # relative: the optima were printed with one decimal, of numbers from 157 up
ROUNDED = 5e-4  # and some as whole numbers
SAME = 1e-5
REPLICATES = 12

OPTIMA = [
    ("uk-2013", 6, 12349.6, PRINTED),
    ("netherlands-2010-2015", 6, 143603.0, PRINTED),
    ("netherlands-2010-2015", 2, 116667.0, PRINTED),
    ("uk-2013-5", 5, 25311.3, PRINTED),
    ("uk-2013-5", 2, 22991.3, PRINTED),
    ("netherlands-2010-2015-5", 5, 148788.8, PRINTED),
    ("new-orleans-2016-5", 5, 1034.2, PRINTED),
    ("new-orleans-2016-5-186", 5, 981.4, PRINTED),
    ("western-us", 5, 2483.4, PRINTED),
    ("kosovo-1999", 4, 10356.5, PRINTED),
    ("kosovo-1999", 2, 14342, ROUNDED),
    ("korea", 3, 157.17, PRINTED),
]
LOCAL = [
    ("netherlands-2010-2015", 2, 43584.7),
    ("netherlands-2010-2015", 6, 43584.7),
    ("uk-2013-5", 2, 12262.4),
    ("uk-2013-5", 5, 12262.4),
]


@pytest.mark.parametrize(("name", "order", "estimate", "tolerance"), OPTIMA)
def test_published_optima(name, order, estimate, tolerance):
    """METHODS 4.5 and 5.3: the number of the model with the lowest BIC, and that it is proved to be the best."""
    fit = Best(max_order=order).fit(example(name))
    assert fit.estimate[0] == pytest.approx(estimate, rel=tolerance)
    assert fit.candidates.chosen == 0
    assert fit.candidates.label[0] == fit.terms
    assert fit.candidates.beyond > NEAR
    assert not {finding.code for finding in fit.findings} & {"search_stopped", "set_incomplete"}


@pytest.mark.parametrize(("name", "estimate"), [("new-orleans-2016-8", 1183.7), ("new-orleans-2016-8-186", 1110.5)])
def test_published_optima_of_eight_lists(name, estimate):
    """268,435,456 models of pairs; the two tables differ by one person."""
    fit = Best(delta=1.0).fit(example(name))
    assert fit.estimate[0] == pytest.approx(estimate, rel=PRINTED)
    assert fit.candidates.beyond > 1.0


@pytest.mark.parametrize(("name", "order", "estimate"), LOCAL)
def test_where_a_stepwise_search_stops(name, order, estimate):
    """It is told in the list, and it is not the best."""
    table = example(name)
    candidates = Best(max_order=order).fit(table).candidates
    local = candidates.local
    assert table.observed.sum() + candidates.unobserved[local] == pytest.approx(estimate, rel=PRINTED)
    assert candidates.distance[local] > 0.9


def test_the_list_is_what_looking_at_everything_gives():
    """Each model within delta once, in order, with its own dark figure; the next one is where the certificate says."""
    table = example("uk-2013-5")
    family, y = Family(table, "bic", 5), example("uk-2013-5").dense()
    everything = fitted(family, y, "bic")
    for delta in (2.0, 6.0, 10.0):
        listed = Best(max_order=5, delta=delta).fit(table).candidates
        near = listed.distance <= delta
        assert set(np.array(listed.label)[near]) == {family.label(model) for model in everything.near(delta)}
        assert listed.exact
        assert listed.delta == delta
        assert near.sum() >= len(near) - 1  # only the local one may be further
        assert (np.diff(listed.distance) >= 0).all()
        assert delta < listed.beyond <= everything.distance[everything.distance > delta].min() + SAME
        for label, dark, criterion in zip(listed.label, listed.unobserved, listed.bic, strict=True):
            alone = LogLinear(label).fit(table)
            assert dark == pytest.approx(alone.unobserved[0], rel=SAME)
            bic = -2 * alone.log_likelihood + np.log(table.observed.sum()) * alone.parameters
            assert criterion == pytest.approx(bic, abs=SAME)


@pytest.mark.parametrize("seed", range(12))
def test_the_answer_is_the_best_of_all_models(seed):
    case = search_case(seed)
    criterion = ("bic", "aic", "bic-overlap", 1.5)[seed % 4]
    model = Best(criterion, case.max_order, scope=case.scope, trend=case.trend, margin=case.margin)
    family = case.family(criterion)
    y = family.refitter.merge(case.table.dense())
    everything = fitted(family, y, criterion)
    fit = model.fit(case.table)
    good = {family.label(int(m)) for m in everything.models[everything.distance < SAME]}
    assert fit.terms in good
    assert fit.parameters == everything.parameters[everything.distance < SAME].min()


def test_a_replicate_is_searched_as_if_it_were_the_data():
    rng = np.random.default_rng(31)
    table = random_table(rng, lists=4, levels=(2,), people=900, on_list=(0.1, 0.4), dependence=0.8)
    model = Best("aic")
    fit = model.fit(table)
    counts = rng.poisson(table.dense(), size=(REPLICATES, *table.dense().shape)).astype(float)
    found = model.refit(fit, counts)
    for b, y in enumerate(counts):
        stratum, history = np.nonzero(y)
        levels = list(np.unravel_index(stratum, table.shape))
        again = CaptureTable.build(
            table.lists, history, y[stratum, history].astype(int), covariates=table.covariates, levels=levels
        )
        alone = model.fit(again)
        assert found.choices[found.chosen[b]] == alone.terms
        assert found.unobserved[b] == pytest.approx(alone.unobserved, rel=SAME)
        assert found.verdict[b].tolist() == alone.verdict.tolist()
    assert len(found.choices) > 1
    turned = model.refit(fit, counts[::-1])
    assert np.array_equal(turned.unobserved[::-1], found.unobserved)


def test_the_data_searched_again_give_the_same_answer():
    """Also where models fit equally well, and where the dark figure is not finite."""
    verdicts = set()
    for seed in range(80):
        case = search_case(seed)
        model = Best("aic", case.max_order, scope=case.scope, trend=case.trend, margin=case.margin)
        fit = model.fit(case.table)
        again = model.refit(fit, case.table.dense()[None])
        assert again.choices == (fit.terms,), seed
        assert again.verdict[0].tolist() == fit.verdict.tolist()
        assert again.unobserved[0] == pytest.approx(fit.unobserved, rel=1e-4, abs=1e-2, nan_ok=True)
        verdicts |= set(fit.verdict.tolist())
    assert verdicts == {0, 1, 2, 3}


def test_a_list_that_is_empty_in_a_replicate_is_no_trouble():
    table = example("kosovo-1999")
    model = Best(max_order=4)
    counts = table.dense()[None].repeat(2, axis=0)
    counts[0, :, (np.arange(16) & 2) > 0] = 0
    counts[1, :, 3:] = 0
    found = model.refit(model.fit(table), counts)
    assert found.verdict[0, 0] == ESTIMABLE
    assert found.verdict[1, 0] in (INFINITE, NOT_IDENTIFIED)


def test_what_the_reader_must_know():
    far = Best("aic").fit(example("netherlands-2010-2015"))
    near = far.candidates.distance <= far.candidates.delta
    estimates = far.observed[0] + far.candidates.unobserved[near]
    told = {finding.code: finding for finding in far.findings}
    assert told["set_far_apart"].values["factor"] == pytest.approx(estimates.max() / estimates.min())
    assert told["set_far_apart"].severity == "caution"
    assert estimates.max() > FAR_APART * estimates.min()

    unsure = Best(delta=10.0).fit(example("artificial-3"))
    told = {finding.code: finding for finding in unsure.findings}
    assert told["set_unbounded"].values["models"] == 8  # all there are
    assert told["set_unbounded"].values["n"] == 4  # those with A:B, which share nobody
    assert np.isin(unsure.candidates.verdict, (INFINITE, NOT_IDENTIFIED)).sum() == 4


@pytest.mark.parametrize(("fits", "code"), [(30, "search_stopped"), (1000, "set_incomplete")])
def test_a_search_that_stops_early_says_by_how_much_it_may_be_beaten(monkeypatch, fits, code):
    table = example("uk-2013")
    whole = Best(max_order=6).fit(table).candidates
    monkeypatch.setitem(Family.near.__kwdefaults__, "most", fits * 64)
    fit = Best(max_order=6).fit(table)
    told = {finding.code: finding for finding in fit.findings}
    assert code in told
    gap = told[code].values.get("gap", 0.0)
    assert fit.candidates.beyond == pytest.approx(-gap) if gap else 0 <= fit.candidates.beyond < NEAR
    assert fit.candidates.bic[0] - whole.bic[0] <= max(gap, 0.0) + SAME


def test_scope_and_trend_and_covariates_taken_out():
    rng = np.random.default_rng(3)
    table = random_table(rng, lists=3, levels=(3, 2), people=4000, on_list=(0.1, 0.4), dependence=1)
    model = Best(0.01, scope="A:B:u + C:poly(u, 1) + C:v")
    fit = model.fit(table)
    assert set(fit.terms.split(" + ")) <= {"A:B:u", "A:B", "A:u", "B:u", "C:poly(u, 1)", "C:v"}
    assert Best(0.01, trend="poly(u, 1)").fit(table).terms.count("poly(u, 1)") == 3
    assert model.without(["u"]).scope == "C + A:B + C:v"
    assert Best(trend="poly(u, 1)").without(["u"]).trend == ""


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"criterion": "cp"}, "bad_option"),
        ({"criterion": -0.1}, "bad_option"),
        ({"max_order": 1}, "bad_max_order"),
        ({"delta": 0.0}, "bad_delta"),
        ({"delta": float("inf")}, "bad_delta"),
        ({"delta": float("nan")}, "bad_delta"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        Best(**settings)
    assert caught.value.code == code
