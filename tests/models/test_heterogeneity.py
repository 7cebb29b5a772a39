"""People who differ: what the forms are, where they have no answer, and that they find what they assume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.heterogeneity import darroch, gamma, poisson
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Chapman, Corrected, Heterogeneity, Independence, Stratified
from tests.oracles import covariates_of, random_table

CURVES = {"poisson": poisson(2.0), "darroch": darroch, "gamma": gamma(3.5)}
CLOSE = 1e-9  # relative: the same estimator by two ways
LARGE = 2_000_000  # people, so that the bias of order one over the counts is far below the random error
ERRORS = 4  # standard errors of a mean that it may be off
CORRECTED = "rivest-levesque"


def table_of(counts) -> CaptureTable:
    """From counts by history, the first for nobody."""
    lists = int(np.log2(len(counts)))
    return CaptureTable.build("ABCDEFG"[:lists], np.arange(1, len(counts)), counts[1:])


def law(form: str, slopes, bend: float = 0.0):
    """The chance of every history under the model itself."""
    histories, lists = np.arange(1 << len(slopes)), len(slopes)
    eta = membership(histories, lists) @ np.array(slopes)
    if form in CURVES:
        k = list_counts(histories).astype(float)
        eta = eta + bend * (CURVES[form](k) - CURVES[form](np.zeros(1)))
    return np.exp(eta) / np.exp(eta).sum()


def refitted(model, tables):
    """Dark figures of many tables where the model has one, from counts with the unseen in the first cell."""
    fit = Heterogeneity().fit(table_of(np.ones(tables.shape[1], dtype=int)))
    seen = tables.astype(float)
    seen[:, 0] = 0
    again = model.refit(fit, seen[:, None])
    return again.unobserved[again.verdict[:, 0] == ESTIMABLE, 0]


@pytest.mark.parametrize("seed", range(5))
def test_no_differences_and_lists_of_their_own_are_independent_lists(seed):
    table = random_table(np.random.default_rng(seed), lists=3 + seed % 2, people=400, on_list=(0.1, 0.4))
    ours, theirs = Heterogeneity("none").fit(table), Independence().fit(table)
    assert ours.verdict.tolist() == theirs.verdict.tolist()
    for name in ("unobserved", "variance", "probabilities", "ascertainment", "deviance", "log_likelihood"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-7), name
    assert ours.parameters == theirs.parameters


def test_two_lists():
    """Two numbers of lists say nothing about how people differ; Chao's lower bound is that of independent lists."""
    table = CaptureTable.build("AB", [1, 2, 3], [250, 130, 70])
    assert Heterogeneity().fit(table).unobserved == pytest.approx(Independence().fit(table).unobserved)
    assert Heterogeneity("chao", "equal").fit(table).unobserved[0] == pytest.approx(380**2 / (4 * 70))
    corrected = Heterogeneity("none", correction=CORRECTED).fit(table)
    assert corrected.unobserved == pytest.approx(Chapman().fit(table).unobserved)
    assert corrected.variance == pytest.approx(Chapman().fit(table).variance)
    for form in CURVES:
        for settings in ({}, {"correction": CORRECTED} if form != "gamma" else {}):
            fit = Heterogeneity(form, **settings).fit(table)
            assert fit.verdict.tolist() == [NOT_IDENTIFIED]
            assert np.isnan(fit.unobserved[0])


def test_chao_s_bound_for_lists_alike_is_his_formula_where_nothing_is_held_at_zero():
    counts = np.array([0, 50, 40, 12, 45, 10, 9, 8])
    fit = Heterogeneity("chao", "equal").fit(table_of(counts))
    one, two = 50 + 40 + 45, 12 + 10 + 9
    assert fit.parameters == 3
    assert fit.unobserved[0] == pytest.approx(2 / 3 * one**2 / (2 * two))


def test_chao_s_bound_is_below_the_truth_where_people_differ():
    rng = np.random.default_rng(0)
    strength = rng.normal(-1.4, 1.0, size=(20_000, 1))
    on = rng.random((20_000, 5)) < 1 / (1 + np.exp(-strength - np.array([0.0, 0.3, -0.3, 0.1, 0.2])))
    counts = np.bincount(on @ (1 << np.arange(5)), minlength=32)
    found = {form: Heterogeneity(form).fit(table_of(counts)).estimate[0] for form in ("none", "chao", *CURVES)}
    assert found["none"] < found["chao"] < 20_000
    # Ever more people who are hard to find.
    assert found["none"] < found["poisson"] < found["darroch"] < 20_000 < found["gamma"]


def test_what_the_table_cannot_say():
    """Nobody on three of three lists; nobody on two lists; everybody on all."""
    three = example("artificial-3")
    assert Heterogeneity("darroch").fit(three).verdict.tolist() == [ZERO]
    assert Heterogeneity("chao").fit(three).verdict.tolist() == [ESTIMABLE]
    apart = table_of(np.array([0, 9, 8, 0, 7, 0, 0, 0]))
    for form in ("none", "chao"):
        fit = Heterogeneity(form).fit(apart)
        assert fit.verdict.tolist() == [INFINITE]
        assert np.isinf(fit.unobserved[0])
        assert np.isinf(fit.variance[0])
        assert [finding.code for finding in fit.findings] == ["whole_infinite"]
    assert Heterogeneity("gamma").fit(apart).verdict.tolist() == [NOT_IDENTIFIED]
    together = table_of(np.array([0, 0, 0, 0, 0, 0, 0, 9]))
    assert Heterogeneity("none").fit(together).verdict.tolist() == [ZERO]


def test_a_correction_does_not_make_up_for_overlap_that_is_not_there():
    apart = table_of(np.array([0, 9, 8, 0, 7, 0, 0, 0]))
    for lists in ("own", "equal"):
        for form in ("none", "chao"):
            fit = Heterogeneity(form, lists, correction=CORRECTED).fit(apart)
            assert fit.verdict.tolist() == [INFINITE]
            assert np.isinf(fit.unobserved[0])


def test_a_bend_the_other_way_is_told():
    table = example("uk-2013-5")
    (finding,) = Heterogeneity("gamma", "equal").fit(table).findings
    assert finding.code == "heterogeneity_negative"
    assert finding.severity == "caution"
    assert Heterogeneity("gamma").fit(table).findings == ()
    assert Heterogeneity("chao", "equal").fit(table).findings == ()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"base": 1.0}, "bad_base"),
        ({"base": float("inf")}, "bad_base"),
        ({"shape": 0.0}, "bad_shape"),
        ({"form": "normal"}, "bad_option"),
        ({"form": "gamma", "correction": CORRECTED}, "no_correction"),
        ({"form": "poisson", "base": 3.0, "correction": CORRECTED}, "no_correction"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        Heterogeneity(**settings)
    assert caught.value.code == code
    assert str(caught.value)


def test_lists_alike_are_corrected_in_every_form():
    table = example("kosovo-1999")
    for form in CURVES:
        model = Heterogeneity(form, "equal", base=3.0)
        assert replace(model, correction=CORRECTED).fit(table).estimate < model.fit(table).estimate


def test_covariates_are_for_a_model_for_each_stratum():
    table = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=600, on_list=(0.2, 0.4))
    with pytest.raises(ModelError) as caught:
        Heterogeneity().fit(table)
    assert caught.value.code == "unsupported_covariates"
    each = Stratified(Heterogeneity(), ("u",)).fit(table)
    alone = Heterogeneity().fit(table.select("u", ["2"]).pool(["u"]))
    assert each.unobserved[1] == pytest.approx(alone.unobserved[0], rel=CLOSE)


def test_a_list_that_was_not_kept_is_no_list():
    table = CaptureTable.build(
        "ABC",
        [1, 2, 3, 1, 2, 3, 4, 5, 6, 7],
        [30, 20, 10, 30, 20, 10, 15, 6, 5, 3],
        covariates=covariates_of((2,)),
        levels=[np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])],
        operating=np.array([[True, True, False], [True, True, True]]),
    )
    fit = Stratified(Heterogeneity("none", "equal"), ("u",)).fit(table)
    # Two lists with one chance: (u / 2)^2 people on neither for every one on both.
    assert fit.unobserved[0] == pytest.approx(50**2 / (4 * 10))


def test_what_is_assumed_is_said():
    assert Heterogeneity().assumes[0] == "people_differ"
    assert Heterogeneity("none", "equal").assumes[:2] == ("independent_lists", "equal_lists")
    assert Heterogeneity("gamma").assumes[0] == "people_differ_gamma"
    found = estimate(example("korea"), "heterogeneity(form=chao)", Bootstrap(replicates=50), seed=1)
    assert "lower bound" in str(found)


SETTINGS = [
    ("none", "equal", [-1.6] * 4, 0.0),
    ("none", "own", [-1.2, -1.6, -2.0, -1.5], 0.0),
    ("chao", "own", [-1.2, -1.6, -2.0, -1.5], 0.0),
    ("poisson", "equal", [-1.5] * 4, 0.08),
    ("poisson", "own", [-1.2, -1.6, -2.0, -1.5], 0.08),
    ("darroch", "own", [-1.2, -1.6, -2.0, -1.5], 0.3),
    ("gamma", "equal", [-0.6] * 4, 4.0),
    ("gamma", "own", [-0.4, -0.8, -1.0, -0.6], 4.0),
]


@pytest.mark.parametrize(("form", "lists", "slopes", "bend"), SETTINGS)
def test_in_its_own_world_it_finds_the_truth(form, lists, slopes, bend):
    shares = law(form, slopes, bend)
    tables = np.random.default_rng(7).multinomial(LARGE, shares, size=200)
    dark = refitted(Heterogeneity(form, lists), tables)
    assert len(dark) == 200
    error = dark.std() / np.sqrt(len(dark))
    if form == "chao":  # parameters at their floor can only err upwards, and then there are more unseen
        assert LARGE * shares[0] - ERRORS * error < dark.mean() < LARGE * shares[0] * 1.01
    else:
        assert dark.mean() == pytest.approx(LARGE * shares[0], abs=ERRORS * error)


# Three lists: the additions are made for people on one, two and three.
BIASED = [
    ("none", "equal", [-2.0] * 3, 0.0, 1000),
    ("none", "own", [-2.5, -3.0, -3.5], 0.0, 3000),
    ("chao", "equal", [-2.0] * 3, 0.0, 1000),
    ("chao", "own", [-2.5, -3.0, -3.5], 0.0, 3000),
    ("poisson", "equal", [-2.0] * 3, 0.1, 6000),
    ("poisson", "own", [-1.8, -2.0, -2.2], 0.1, 4000),
    ("darroch", "equal", [-2.0] * 3, 0.3, 6000),
    ("darroch", "own", [-1.8, -2.0, -2.2], 0.3, 6000),
    ("gamma", "equal", [-1.0] * 3, 3.0, 6000),
]


@pytest.mark.parametrize(("form", "lists", "slopes", "bend", "people"), BIASED)
def test_the_correction_takes_out_bias(form, lists, slopes, bend, people):
    shares = law(form, slopes, bend)
    tables = np.random.default_rng(11).multinomial(people, shares, size=6000)
    truth, model = people * shares[0], Heterogeneity(form, lists)
    plain, less = refitted(model, tables), refitted(replace(model, correction=CORRECTED), tables)
    assert len(plain) == len(less) > 5900
    error = less.std() / np.sqrt(len(less))
    assert plain.mean() > truth + ERRORS * error / 2
    assert abs(less.mean() - truth) < abs(plain.mean() - truth) - error


def test_on_lists_with_many_people_it_leaves_the_bias_where_it_was():
    """Four lists that hold 10 to 25% each: Firth's adjustment is the one to take."""
    people, shares = 500, law("none", [-1.2, -1.6, -2.0, -1.5])
    tables = np.random.default_rng(12).multinomial(people, shares, size=6000)
    truth = people * shares[0]
    plain, less, firth = (
        refitted(model, tables).mean()
        for model in (Heterogeneity("none"), Heterogeneity("none", correction=CORRECTED), Corrected("", "firth"))
    )
    assert plain - truth > 2
    assert less == pytest.approx(plain, abs=0.5)
    assert abs(firth - truth) < (plain - truth) / 2
