"""Bayesian thresholding: its stages, its verdicts, what it says, and how often its interval holds the truth."""

from __future__ import annotations

import json
import pickle
import time
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import MODELS, BayesThreshold, Independence, LogLinear, PooledTotal, Stratified, threshold
from darknumber.models.text import format_thing, from_json, parse, to_json
from darknumber.models.threshold import threshold_statistics
from darknumber.words import LANGUAGES, use_language
from tests.oracles import covariates_of, random_table

QUICK = BayesThreshold(draws=400)
FLAT = BayesThreshold(prior="improper", draws=400)
SECONDS = 2.0  # five lists, both stages, once the kernels are compiled


def table_of(counts, lists="ABC", **settings):
    history = np.arange(1, len(counts) + 1)
    return CaptureTable.build(lists, history, counts, **settings)


def codes(fit):
    return [finding.code for finding in fit.findings]


def finding(fit, code):
    return next(each for each in fit.findings if each.code == code)


def test_pairs_that_stand_out_stay_and_the_others_go():
    model = BayesThreshold()
    table = example("kosovo-1999")
    fit, statistics = model.fit(table, seed=1), threshold_statistics(table, model, seed=1)
    assert fit.terms == "EXH:ABA + EXH:OSCE + EXH:HRW + ABA:OSCE + OSCE:HRW"
    assert {name for name, value in statistics.items() if value >= 2} == set(fit.terms.split(" + "))
    assert len(statistics) == 6
    # Published with the package: 13,971 (12,236 to 16,389), from a chain worth some 200 draws.
    assert fit.estimate[0] == pytest.approx(13_971, rel=0.03)
    limits = np.quantile(fit.draws + 4400, [0.025, 0.975])
    assert limits == pytest.approx([12_236, 16_389], rel=0.05)


def test_the_estimate_is_the_median_of_the_draws():
    fit = QUICK.fit(example("kosovo-1999"), seed=1)
    assert fit.draws.shape == (400, 1)
    assert fit.unobserved[0] == np.median(fit.draws)
    assert fit.verdict.tolist() == [ESTIMABLE]
    assert fit.ascertainment[0] * fit.estimate[0] == pytest.approx(4400)


def test_draws_are_as_many_as_asked_whatever_the_chains():
    fit = BayesThreshold(draws=1001, chains=3).fit(example("korea"))
    assert fit.draws.shape == (1001, 1)


def test_a_threshold_of_nothing_keeps_all_pairs_and_a_high_one_none():
    table = example("kosovo-1999")
    everything = replace(QUICK, threshold=0.0).fit(table)
    assert len(everything.terms.split(" + ")) == 6
    assert finding(everything, "threshold_all").values["n"] == 6
    nothing = BayesThreshold(threshold=1000.0).fit(table)
    assert nothing.terms == ""
    assert finding(nothing, "threshold_none").values["strongest"] == "ABA:OSCE"
    # Without terms the priors are flat, and with 4,400 people the posterior is where the likelihood is.
    assert nothing.unobserved[0] == pytest.approx(Independence().fit(table).unobserved[0], rel=0.01)


def test_a_large_table_under_flat_priors_is_the_likelihood():
    table = table_of([40_000, 30_000, 9_000, 50_000, 12_000, 15_000, 6_000])
    fit = BayesThreshold(prior="improper", threshold=0.0).fit(table)
    assert fit.unobserved[0] == pytest.approx(LogLinear("(A + B + C)^2").fit(table).unobserved[0], rel=0.01)


def test_a_tight_prior_is_independence_and_a_wide_one_is_flat():
    table = example("kosovo-1999")
    tight = BayesThreshold(prior_variance=1e-8, threshold=0.0).fit(table)
    assert tight.unobserved[0] == pytest.approx(Independence().fit(table).unobserved[0], rel=0.01)
    wide, flat = (
        BayesThreshold(threshold=0.0, **each).fit(table) for each in ({"prior_variance": 1e6}, {"prior": "improper"})
    )
    assert wide.unobserved[0] == pytest.approx(flat.unobserved[0], rel=0.02)


def test_three_list_terms_are_tried_where_all_their_pairs_stayed():
    table = example("kosovo-1999")
    model = BayesThreshold(max_order=3)
    fit, statistics = model.fit(table, seed=1), threshold_statistics(table, model, seed=1)
    assert {name for name in statistics if name.count(":") == 2} == {"EXH:ABA:OSCE", "EXH:OSCE:HRW"}
    assert fit.terms == "EXH:ABA:OSCE + EXH:OSCE:HRW"
    assert fit.estimate[0] == pytest.approx(11_814, rel=0.04)  # published with the package
    assert model.assumes[0] == "selected_terms"
    assert BayesThreshold().assumes[0] == "pairs_only"
    uk = example("uk-2013-5")
    assert replace(model, draws=400).fit(uk).terms == QUICK.fit(uk).terms  # no three lists whose pairs all stayed


def test_three_lists_together_are_never_tried_with_three_lists():
    table = table_of([400, 300, 90, 500, 120, 150, 60])
    assert "A:B:C" not in threshold_statistics(table, replace(QUICK, max_order=3, threshold=0.0))


def test_three_list_terms_without_a_likelihood_are_left_untried():
    counts = np.full(15, 40)
    counts[-1] = 0  # with every three-list term in, nobody on all four makes the dark figure infinite
    table = table_of(counts, "ABCD")
    assert LogLinear("(A + B + C + D)^3").fit(table).verdict.tolist() == [INFINITE]
    fit = BayesThreshold(max_order=3, threshold=0.0, draws=400).fit(table)
    assert "threshold_no_triples" in codes(fit)
    assert len(fit.terms.split(" + ")) == 6
    assert np.isfinite(fit.unobserved[0])


def test_pairs_that_share_nobody_stay_at_minus_infinity_under_a_flat_prior():
    table = example("uk-2013-5")
    fit = BayesThreshold(prior="improper").fit(table, seed=1)
    assert "LA:GP" in fit.terms.split(" + ")
    assert "LA:GP" not in threshold_statistics(table, BayesThreshold(prior="improper"), seed=1)
    assert finding(fit, "threshold_edge").values == {"n": 1, "names": ("LA:GP",)}
    assert fit.estimate[0] == pytest.approx(12_188, rel=0.08)  # published; one term is within error of the threshold
    assert "threshold_edge" not in codes(BayesThreshold().fit(table, seed=1))


def test_a_term_near_the_threshold_is_told():
    fit = BayesThreshold(prior="improper").fit(example("uk-2013-5"), seed=1)
    assert finding(fit, "threshold_near").values["names"] == ("LA:PFNCA",)
    assert "threshold_near" not in codes(BayesThreshold().fit(example("kosovo-1999"), seed=1))


@pytest.mark.parametrize(
    ("counts", "verdict", "figure"),
    [
        ([30, 20, 0, 25, 0, 0, 0], INFINITE, np.inf),  # no two lists share anybody
        ([10, 0, 9, 0, 8, 0, 5], ZERO, 0.0),  # everybody is on the first list
        ([0, 0, 0, 0, 0, 0, 7], ZERO, 0.0),  # everybody is on all of them
    ],
)
def test_verdicts_are_those_of_the_terms_with_flat_priors(counts, verdict, figure):
    table = table_of(counts)
    fit = QUICK.fit(table)
    assert fit.verdict.tolist() == [verdict] == Independence().fit(table).verdict.tolist()
    assert np.array_equal(fit.draws, np.full((400, 1), figure), equal_nan=True)
    assert np.array_equal(fit.unobserved, [figure], equal_nan=True)
    assert [each.code for each in fit.findings] == [each.code for each in Independence().fit(table).findings]
    everything = FLAT.fit(table)
    assert everything.verdict[0] == LogLinear("(A + B + C)^2").fit(table).verdict[0]
    assert everything.terms == "A:B + A:C + B:C"


def test_a_flat_prior_never_gives_a_number_where_the_likelihood_has_none():
    """Random sparse tables: the verdict of all pairs decides, and a number is one that the posterior has."""
    rng = np.random.default_rng(8)
    seen = set()
    for _ in range(60):
        counts = rng.poisson(rng.choice([0.4, 1.5, 6.0], size=7))
        if not all(counts[[(history & bit) != 0 for history in range(1, 8)]].sum() for bit in (1, 2, 4)):
            continue
        table = table_of(counts)
        fit, verdict = FLAT.fit(table), LogLinear("(A + B + C)^2").fit(table).verdict[0]
        assert fit.verdict[0] == verdict
        assert np.isfinite(fit.unobserved[0]) == (verdict in (ESTIMABLE, ZERO))
        assert (np.isfinite(fit.draws) == np.isfinite(fit.unobserved[0])).all()
        assert QUICK.fit(table).verdict[0] == Independence().fit(table).verdict[0]
        seen.add(int(verdict))
    assert seen >= {ESTIMABLE, INFINITE, NOT_IDENTIFIED}


def test_a_number_that_only_the_prior_gives_is_told():
    korea = QUICK.fit(example("korea"))
    assert FLAT.fit(example("korea")).verdict.tolist() == [INFINITE]
    assert np.isfinite(korea.unobserved[0])
    assert finding(korea, "threshold_prior_decides").severity == "caution"
    assert "threshold_prior_decides" not in codes(QUICK.fit(example("kosovo-1999")))


def test_a_list_that_is_empty_in_a_replicate_is_as_if_it_were_not_there():
    """Its main effect has a flat prior and goes to minus infinity; the terms with it keep their prior."""
    table = table_of([400, 300, 90, 20, 10, 5, 5])
    fit = QUICK.fit(table)
    counts = np.zeros((1, 1, 8))
    counts[0, 0, 1:4] = [400, 300, 90]
    tight = BayesThreshold(prior_variance=1e-6, threshold=0.0)
    again = tight.refit(fit, counts)
    assert again.verdict.tolist() == [[ESTIMABLE]]
    assert again.unobserved[0, 0] == pytest.approx(400 * 300 / 90, rel=0.02)
    assert FLAT.refit(fit, counts).verdict.tolist() == [[NOT_IDENTIFIED]]
    assert QUICK.refit(fit, np.zeros((1, 1, 8))).unobserved.tolist() == [[0.0]]


def test_strata_where_a_list_was_not_kept():
    table = CaptureTable.build(
        "ABC",
        [1, 2, 3, 4, 5, 6, 7, 1, 2, 3],
        [40, 30, 20, 25, 12, 9, 8, 400, 300, 90],
        covariates=covariates_of((2,)),
        levels=[[0] * 7 + [1] * 3],
        operating=np.array([[True, True, True], [True, True, False]]),
    )
    fit = Stratified(QUICK, (table.covariates[0].name,)).fit(table, seed=3)
    alone = QUICK.fit(table_of([400, 300, 90], "AB"), seed=3)
    assert fit.unobserved[1] == alone.unobserved[0]


def test_two_lists_are_lincoln_and_petersen_with_a_spread():
    fit = BayesThreshold().fit(table_of([4000, 3000, 900], "AB"))
    assert fit.unobserved[0] == pytest.approx(4000 * 3000 / 900, rel=0.01)
    assert np.log(fit.draws).std() == pytest.approx(np.sqrt(1 / 4000 + 1 / 3000 + 1 / 900), rel=0.05)


def test_order_and_names_of_lists_change_no_draw():
    table = example("uk-2013-5")
    turned = np.array([3, 1, 4, 0, 2])
    history = sum(((table.history.astype(int) >> old) & 1) << new for new, old in enumerate(turned))
    other = CaptureTable.build([f"list {old}" for old in turned], history, table.count)
    one, two = QUICK.fit(table, seed=5), QUICK.fit(other, seed=5)
    assert np.array_equal(one.draws, two.draws)
    assert {frozenset(term.split(":")) for term in one.terms.split(" + ")} == {
        frozenset(table.lists[int(name.strip("`").split()[1])] for name in term.split(":"))
        for term in two.terms.split(" + ")
    }


def test_a_seed_gives_its_own_draws():
    table = example("korea")
    assert np.array_equal(QUICK.fit(table, seed=2).draws, QUICK.fit(table, seed=2).draws)
    assert not np.array_equal(QUICK.fit(table, seed=2).draws, QUICK.fit(table, seed=3).draws)


def test_refitting_repeats_the_choice_of_terms():
    table = example("kosovo-1999")
    fit = QUICK.fit(table, seed=1)
    other = table.dense() * 1.0
    other[0, 3] += 4000  # many more on the first two lists: their dependence decides
    again = QUICK.refit(fit, np.stack([table.dense(), other]))
    assert again.choices[again.chosen[0]] == fit.terms
    assert again.choices[again.chosen[1]] != fit.terms
    assert again.unobserved[0] == pytest.approx(fit.unobserved, rel=0.05)
    assert again.observed[:, 0].tolist() == [4400, 8400]


def test_chains_that_have_not_settled_are_told(monkeypatch):
    few = finding(QUICK.fit(example("korea")), "chains_unsettled")
    assert few.severity == "caution"
    assert few.values["size"] < 400
    assert "chains_unsettled" not in codes(BayesThreshold().fit(example("korea")))
    monkeypatch.setattr(threshold, "split_r_hat", lambda draws: 1.02)
    assert finding(BayesThreshold().fit(example("korea")), "chains_unsettled").values["r_hat"] == 1.02


@pytest.mark.parametrize("code", LANGUAGES)
def test_all_it_finds_can_be_said(code):
    tables = [example(name) for name in ("korea", "uk-2013-5", "kosovo-1999", "new-orleans-2016-8")]
    models = [QUICK, FLAT, replace(QUICK, threshold=0.0), replace(QUICK, threshold=99.0)]
    with use_language(code):
        said = [each.sentence() for table in tables for model in models for each in model.fit(table).findings]
    assert all("{" not in sentence for sentence in said)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"threshold": -1.0}, "option_too_small"),
        ({"threshold": float("nan")}, "option_too_small"),
        ({"draws": 399}, "option_too_small"),
        ({"chains": 0}, "option_too_small"),
        ({"prior_variance": 0.0}, "option_not_positive"),
        ({"prior_variance": np.inf}, "option_not_positive"),
        ({"max_order": 4}, "bad_option"),
        ({"prior": "flat"}, "bad_option"),
    ],
)
def test_options_are_checked(options, code):
    with pytest.raises(ModelError) as caught:
        BayesThreshold(**options)
    assert caught.value.code == code
    assert str(caught.value)


def test_it_goes_through_text_json_and_pickle():
    model = BayesThreshold(2.5, "improper", 4.0, 3, 800, 2)
    assert parse(format_thing(model), MODELS) == model
    assert from_json(json.loads(json.dumps(to_json(model))), MODELS) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert parse("bayes-threshold(prior=improper)", MODELS) == BayesThreshold(prior="improper")


def test_covariates_need_a_model_around_it():
    table = random_table(np.random.default_rng(1), lists=3, levels=(3,), people=900, on_list=(0.2, 0.5))
    with pytest.raises(ModelError) as caught:
        QUICK.fit(table)
    assert caught.value.code == "unsupported_covariates"
    with pytest.raises(ModelError):
        threshold_statistics(table, QUICK)
    name = table.covariates[0].name
    fit = Stratified(QUICK, (name,)).fit(table, seed=4)
    assert fit.draws.shape == (400, 3)
    for place, part in enumerate(fit.parts):
        assert np.array_equal(np.sort(fit.draws[:, place]), np.sort(part.draws[:, 0]))
    assert codes(fit).count("threshold_conditional") == 1
    assert "threshold_some" not in codes(fit)  # what a part says of itself is not said of all
    # The parts share their random numbers and are put in orders of their own, so that a sum has the spread of a sum.
    assert np.abs(np.corrcoef(fit.draws.T)[np.triu_indices(3, 1)]).max() < 0.2


def test_strata_without_draws_stand_in_every_draw():
    table = CaptureTable.build(
        "ABC",
        [1, 2, 3, 4, 5, 6, 7, 1],
        [40, 30, 20, 25, 12, 9, 8, 5],
        covariates=covariates_of((3,)),
        levels=[[0] * 7 + [1]],
    )
    fit = Stratified(QUICK, (table.covariates[0].name,)).fit(table)
    assert np.isnan(fit.draws[:, 1]).all()
    assert (fit.draws[:, 2] == 0).all()
    assert np.isfinite(fit.draws[:, 0]).all()


def test_pooled_totals_scale_draw_by_draw():
    table = random_table(np.random.default_rng(2), lists=3, levels=(2, 2), people=2000, on_list=(0.2, 0.5))
    first, second = table.covariates
    table = CaptureTable.build(
        table.lists,
        table.history,
        table.count,
        covariates=[first, Covariate(name=second.name, levels=("a", NOT_RECORDED))],
        levels=list(np.unravel_index(table.stratum, table.shape)),
    )
    fit = PooledTotal(Stratified(QUICK, (first.name, second.name))).fit(table)
    pooled, full = fit.parts
    assert fit.draws.shape == (400, 4)
    assert fit.draws.reshape(400, 2, 2).sum(axis=2) == pytest.approx(pooled.draws)
    assert fit.draws[:, 0] / fit.draws[:, 1] == pytest.approx(full.draws[:, 0] / full.draws[:, 1])


def test_its_interval_covers_tables_from_its_own_assumptions():
    """Dependences from the prior, all kept: nothing is selected, so 95% of the intervals should hold the truth."""
    rng = np.random.default_rng(6)
    model, simulations, within = BayesThreshold(threshold=0.0, draws=400), 200, 0
    cells = np.arange(16)
    on = (cells[:, None] >> np.arange(4)) & 1
    pairs = [(a, b) for b in range(4) for a in range(b)]
    for number in range(simulations):
        eta = on @ np.array([-1.0, -0.8, -1.2, -0.6])
        for a, b in pairs:
            eta = eta + rng.standard_normal() * on[:, a] * on[:, b]
        dark = 300.0
        counts = rng.poisson(dark * np.exp(eta))
        fit = model.fit(CaptureTable.build("ABCD", cells[1:], counts[1:]), seed=number)
        low, high = np.quantile(fit.draws, [0.025, 0.975])
        within += low <= dark <= high
    # Four standard errors of a share of 200, around 95%.
    assert abs(within / simulations - 0.95) < 4 * np.sqrt(0.95 * 0.05 / simulations)


def test_five_lists_are_quick():
    table = example("uk-2013-5")
    QUICK.fit(table)
    started = time.perf_counter()
    BayesThreshold().fit(table)
    assert time.perf_counter() - started < SECONDS


def test_its_cells_are_those_of_the_posterior():
    """With many people and a wide prior the posterior mean share is the most likely one."""
    table = example("kosovo-1999")
    fit = BayesThreshold(prior_variance=1e4).fit(table, seed=1)
    likely = LogLinear(fit.terms).fit(table)
    assert fit.probabilities == pytest.approx(likely.probabilities, abs=2e-3)
    assert np.abs(fit.probabilities - likely.probabilities).max() > 0  # a mean, not a mode


@pytest.mark.parametrize("prior", ["proper", "improper"])
def test_without_a_posterior_the_cells_are_the_most_likely_ones(prior):
    table = CaptureTable.build("ABC", [1, 2, 4], [30, 20, 10])
    fit = BayesThreshold(prior=prior).fit(table)
    assert not np.isfinite(fit.unobserved[0])
    assert fit.probabilities[0, [1, 2, 4]] == pytest.approx([0.5, 1 / 3, 1 / 6], abs=1e-4)
