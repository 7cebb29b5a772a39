"""Bayesian log-linear models: against brute force, what they say, and how often their intervals hold the truth."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import MODELS, BayesLogLinear, Independence, LogLinear
from darknumber.models.columns import terms_of
from darknumber.models.model_space import look_around
from darknumber.models.sum_to_zero import joint_of, make_frame
from darknumber.models.text import format_thing, from_json, parse, to_json
from darknumber.words import LANGUAGES, use_language

QUICK = BayesLogLinear(draws=400)
COUNTS = (60, 45, 14, 50, 21, 12, 9)
PAIRS = ((0, 1), (0, 2), (1, 2))
POINTS = 5  # Gauss-Hermite points on an axis: sums over them are integrals to three digits here
SEX = Covariate(name="sex", levels=("female", "male"))
YEAR = Covariate(name="year", levels=("2011", "2012", "2013"), values=(2011.0, 2012.0, 2013.0))


def table_of(counts, lists="ABC", **settings):
    return CaptureTable.build(lists, np.arange(1, len(counts) + 1), counts, **settings)


def with_covariates(seed=0, people=4000, dependence=0.8):
    rng = np.random.default_rng(seed)
    stratum, history, count = [], [], []
    on = (np.arange(8)[:, None] >> np.arange(3)) & 1
    for year, sex in product(range(3), range(2)):
        odds = on @ (np.array([-1.0, -0.7, -1.3]) + 0.6 * sex) + dependence * on[:, 0] * on[:, 2]
        drawn = rng.multinomial(people // 6, np.exp(odds) / np.exp(odds).sum())
        stratum += [(year, sex)] * 7
        history += range(1, 8)
        count += drawn[1:].tolist()
    return CaptureTable.build(
        "ABC", history, count, covariates=[YEAR, SEX], levels=[np.array(each) for each in zip(*stratum, strict=True)]
    )


def codes(fit):
    return [finding.code for finding in fit.findings]


def finding(fit, code):
    return next(each for each in fit.findings if each.code == code)


def brute_force(counts, g_grid):
    """Every model of three lists: its weight, and points with weights for the log odds of being on none.

    Written out apart from the package: effects in full, every integral a sum over a net around the mode.
    """
    on = 2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 1
    y, found = np.array(counts, dtype=float), {}
    for chosen in product((False, True), repeat=3):
        pairs = [pair for pair, kept in zip(PAIRS, chosen, strict=True) if kept]
        x = np.column_stack([on, *(on[:, a] * on[:, b] for a, b in pairs)])
        size = x.shape[1]
        nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
        net = np.array(list(product(nodes, repeat=size)))
        of_net = np.log(np.array(list(product(weights, repeat=size)))).sum(axis=1) + (net**2).sum(axis=1) / 2
        rows, mass = [], []
        for g, log_prior in g_grid:

            def minus(theta, x=x, g=g):
                eta = x @ theta
                share = np.exp(eta[1:] - logsumexp(eta[1:]))
                slope = (y - y.sum() * share) @ x[1:] - theta / g
                return theta @ theta / g / 2 - y @ np.log(share), -slope

            best = minimize(minus, np.zeros(size), jac=True, method="BFGS")
            root = np.linalg.cholesky(best.hess_inv)
            thetas = best.x + net @ root.T
            eta = thetas @ x.T
            norm = logsumexp(eta[:, 1:], axis=1)
            value = eta[:, 1:] @ y - y.sum() * norm - (thetas**2).sum(axis=1) / g / 2 - size / 2 * np.log(2 * np.pi * g)
            rows.append(eta[:, 0] - norm)
            mass.append(value + of_net + np.log(np.diag(root)).sum() + log_prior)
        found[tuple(pairs)] = (np.concatenate(rows), np.concatenate(mass))
    return found


def hyper_grid():
    log_g = np.arange(-3.0, 8.0, 0.5)
    half = 0.0005
    return [
        (np.exp(t), half * np.log(half) - gammaln(half) - half * t - half * np.exp(-t) + np.log(0.5)) for t in log_g
    ]


@pytest.mark.parametrize(("prior", "grid"), [("unit-information", [(1.0, 0.0)]), ("hyper-g", hyper_grid())])
def test_models_and_dark_figure_are_those_of_brute_force(prior, grid):
    exact = brute_force(COUNTS, grid)
    whole = logsumexp(np.concatenate([mass for _, mass in exact.values()]))
    table = table_of(COUNTS)
    fit = BayesLogLinear(prior=prior, draws=40_000).fit(table, seed=3)
    weights = dict(zip(fit.candidates.label, fit.candidates.weight, strict=True))
    for pairs, (_, mass) in exact.items():
        label = " + ".join(":".join("ABC"[place] for place in pair) for pair in pairs)
        share = np.exp(logsumexp(mass) - whole)
        if share > 0.05:
            assert weights[label] == pytest.approx(share, rel=0.04)
    rows = np.concatenate([rows for rows, _ in exact.values()])
    weight = np.exp(np.concatenate([mass for _, mass in exact.values()]) - whole)
    unseen = 1 / (1 + np.exp(-rows))  # as a share of everyone: its integrals need few points
    mean = weight @ unseen
    ours = fit.draws[:, 0] / (fit.draws[:, 0] + sum(COUNTS))
    assert ours.mean() == pytest.approx(mean, rel=0.02)
    chance = weight @ (unseen * (1 - unseen) ** 2) / sum(COUNTS)  # of how many people there happen to be
    assert ours.std() == pytest.approx(np.sqrt(weight @ (unseen - mean) ** 2 + chance), rel=0.05)


def test_one_model_and_many_people_is_the_likelihood():
    table = table_of([40_000, 30_000, 9_000, 50_000, 12_000, 15_000, 6_000])
    fit = replace(QUICK, always="A:B", scope="A:B").fit(table)
    assert fit.unobserved[0] == pytest.approx(LogLinear("A:B").fit(table).unobserved[0], rel=0.01)
    assert fit.candidates.label == ("A:B",)
    assert fit.candidates.weight[0] == pytest.approx(1)


def test_candidates_say_what_likelihood_says_of_them():
    fit = BayesLogLinear().fit(example("kosovo-1999"), seed=1)
    listed = fit.candidates
    assert listed.label[0] == "EXH:ABA + EXH:OSCE + EXH:HRW + ABA:OSCE + OSCE:HRW"
    same = LogLinear(listed.label[0]).fit(example("kosovo-1999"))
    assert listed.deviance[0] == pytest.approx(same.deviance)
    assert listed.aic[0] == pytest.approx(2 * same.parameters - 2 * same.log_likelihood)
    assert listed.parameters[0] == same.parameters
    assert listed.weight[0] > 0.9
    assert listed.exact
    assert listed.proved
    assert fit.estimate[0] == pytest.approx(14_330, rel=0.02)
    assert finding(fit, "moves_weights").values["looked"] == 64


def test_the_estimate_is_the_median_of_the_total_shared_out():
    table = with_covariates()
    fit = replace(QUICK, scope="A:C").fit(table, seed=1)
    assert fit.draws.shape == (400, 6)
    assert fit.unobserved.sum() == pytest.approx(np.median(fit.draws.sum(axis=1)))
    assert fit.unobserved == pytest.approx(fit.unobserved.sum() * fit.draws.mean(axis=0) / fit.draws.mean(axis=0).sum())


def test_covariates_that_matter_are_found_and_the_margin_hardly_matters():
    table = with_covariates()
    free = BayesLogLinear().fit(table, seed=1)
    assert free.candidates.label[0] == "A:C + A:sex + B:sex + C:sex"
    assert free.active == ("sex",)
    modelled = BayesLogLinear(margin="modelled").fit(table, seed=1)
    assert modelled.unobserved.sum() == pytest.approx(free.unobserved.sum(), rel=0.02)
    expected = LogLinear("A:C + A:sex + B:sex + C:sex").fit(table).unobserved.sum()
    assert free.unobserved.sum() == pytest.approx(expected, rel=0.03)


def test_a_term_of_two_lists_and_a_covariate():
    table = with_covariates(people=60_000)
    fit = replace(QUICK, always="A:C:sex", scope="A:C:sex").fit(table)
    assert fit.candidates.label == ("A:C:sex",)
    assert fit.unobserved.sum() == pytest.approx(LogLinear("A:C:sex").fit(table).unobserved.sum(), rel=0.02)


def test_a_polynomial_takes_as_many_columns_as_its_degree():
    fit = replace(QUICK, always="A:poly(year, 1)", scope="A:poly(year, 1)").fit(with_covariates())
    assert fit.candidates.parameters.tolist() == [5]
    assert fit.candidates.label == ("A:poly(year, 1)",)


def test_strata_that_no_term_tells_apart_are_one_for_the_chain():
    table = with_covariates()
    frame = make_frame(table, terms_of("A:C + B:sex", table), (), "free", hyper=False)
    assert len(frame.live) == 2
    joint = joint_of(frame, frame.order.counts(table.dense()))
    assert joint.people.sum() == table.observed.sum()
    assert len(joint.y) == 14


def test_the_prior_is_worth_one_cell_whatever_the_levels():
    table = with_covariates()
    frame = make_frame(table, terms_of("A:year + A:sex", table), (), "modelled", hyper=False)
    x = frame.x.reshape(-1, frame.x.shape[2])
    assert frame.precision == pytest.approx(x.T @ x / len(x))


def test_a_strong_belief_decides_and_a_weak_one_does_not():
    table = table_of(COUNTS)
    always = replace(QUICK, always="A:B", scope="A:B", draws=4000)
    free, none, strong, weak = (
        replace(always, beliefs=beliefs).fit(table, seed=1).unobserved[0]
        for beliefs in ((), ("A:B ~ 0, 0.001",), ("A:B ~ 1.5, 0.001",), ("A:B ~ 0, 4",))
    )
    assert none == pytest.approx(Independence().fit(table).unobserved[0], rel=0.03)
    assert strong > 1.2 * none  # people on both are then fewer than if they were independent
    assert weak == pytest.approx(free, rel=0.05)  # the effect has a prior with standard deviation 1, as it has without
    assert "prior_beliefs" in replace(always, beliefs=("A:B ~ 0, 4",)).assumes


@pytest.mark.parametrize(
    ("belief", "code"),
    [
        ("A:B 0.5 1", "bad_belief"),
        ("A:B ~ x, 1", "bad_belief"),
        ("A:B ~ 0, 0", "bad_belief"),
        ("A ~ 0, 1", "belief_not_on_lists"),
        ("A:sex ~ 0, 1", "belief_not_on_lists"),
        ("B:C ~ 0, 1", "belief_out_of_place"),
    ],
)
def test_beliefs_that_cannot_be_are_refused(belief, code):
    with pytest.raises(ModelError) as caught:
        replace(QUICK, scope="A:B + A:sex", beliefs=(belief,)).fit(with_covariates())
    assert caught.value.code == code


def test_counts_that_are_upper_limits_say_how_many_belong():
    counts = np.array([300, 240, 60, 270, 66, 58, 15])
    more = counts + np.array([500, 0, 0, 0, 0, 0, 0])  # 500 on A alone who do not belong to the population
    plain, fit = (
        replace(QUICK, scope="A", censored=censored, draws=4000).fit(table_of(more), seed=1)
        for censored in ((), ("A",))
    )
    values = finding(fit, "moves_censored").values
    assert values["n"] == 800
    assert values["belong"] == pytest.approx(300, rel=0.15)
    expected = Independence().fit(table_of(counts)).estimate[0]
    assert values["total"] == pytest.approx(expected, rel=0.05)
    assert values["low"] < values["total"] < values["high"]
    assert plain.unobserved[0] > 1.5 * fit.unobserved[0]
    assert fit.probabilities[0] @ np.arange(8) > 0


def test_upper_limits_in_strata_need_their_own_intercepts():
    table = with_covariates()
    for margin in ("free", "modelled"):
        fit = replace(QUICK, scope="A:C", censored=("A", "B:C"), margin=margin).fit(table, seed=1)
        there = finding(fit, "moves_censored").values["belong"]
        assert 0 < there < table.dense()[:, [1, 6]].sum()
        assert fit.probabilities.sum(axis=1) == pytest.approx(np.ones(6))


def test_a_list_that_is_not_there_cannot_be_censored():
    with pytest.raises(InputError):
        replace(QUICK, censored=("D",)).fit(table_of(COUNTS))


def test_where_nobody_is_on_two_lists_the_dark_figure_has_no_limit():
    fit = QUICK.fit(table_of([30, 20, 0, 25, 0, 0, 0]))
    assert fit.verdict.tolist() == [INFINITE]
    assert np.isposinf(fit.unobserved).all()
    assert np.isposinf(fit.draws).all()


def test_where_the_prior_decides_it_is_told():
    fit = QUICK.fit(example("korea"))
    assert fit.verdict.tolist() == [ESTIMABLE]
    assert 0.1 < finding(fit, "moves_prior_decides").values["share"] < 0.5
    assert "moves_prior_decides" not in codes(QUICK.fit(table_of(COUNTS)))


def test_few_draws_of_a_wide_posterior_are_told():
    fit = QUICK.fit(example("korea"))
    assert "chains_unsettled" in codes(fit)
    assert "chains_unsettled" not in codes(BayesLogLinear().fit(example("kosovo-1999")))


def test_a_large_family_is_searched_from_both_ends():
    table = example("uk-2013")  # 32,768 models of pairs
    frame = BayesLogLinear()._frame(table)
    space = look_around(frame, joint_of(frame, frame.order.counts(table.dense())), 1)
    assert not space.complete
    assert space.beyond < 0.05


def test_a_search_finds_what_looking_at_everything_finds(monkeypatch):
    table = example("uk-2013-5")
    frame = BayesLogLinear()._frame(table)
    joint = joint_of(frame, frame.order.counts(table.dense()))
    everything = look_around(frame, joint, 1)
    monkeypatch.setattr("darknumber.models.model_space.MOST_MODELS", 100)
    monkeypatch.setattr("darknumber.models.model_space.MOST_LOOKS", 700)
    searched = look_around(frame, joint, 1)
    assert searched.looked < everything.looked
    assert searched.inside[:5].tolist() == everything.inside[:5].tolist()
    assert searched.weight[:5] == pytest.approx(everything.weight[:5], rel=0.02)


def test_more_cells_and_columns_than_can_be_done_are_refused():
    register = example("register")
    with pytest.raises(ModelError) as caught:
        BayesLogLinear().fit(register)
    assert caught.value.code == "too_many_cells_for_terms"
    assert caught.value.values["cells"] == 64 * 640


def test_where_a_look_is_long_there_are_fewer(monkeypatch):
    table = example("uk-2013-5")
    frame = BayesLogLinear()._frame(table)
    monkeypatch.setattr("darknumber.models.model_space.MOST_WORK", 0.0)
    space = look_around(frame, joint_of(frame, frame.order.counts(table.dense())), 1)
    assert not space.complete
    assert 100 <= space.looked < 120
    fit = QUICK.fit(table)
    assert finding(fit, "moves_search_open").values["share"] > 0.05


def test_values_not_recorded_take_no_part_in_terms_with_lists():
    covariate = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
    rng = np.random.default_rng(0)
    level, history = rng.integers(0, 3, 900), rng.integers(1, 8, 900)
    table = CaptureTable.build("ABC", history, np.ones(900, dtype=int), covariates=[covariate], levels=[level])
    fit = replace(QUICK, always="A:sex", scope="A:sex").fit(table)
    assert np.isfinite(fit.unobserved).all()
    with pytest.raises(ModelError):
        replace(QUICK, margin="modelled").fit(table)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"draws": 100}, "option_too_small"),
        ({"chains": 0}, "option_too_small"),
        ({"max_order": 0}, "option_too_small"),
        ({"prior": "flat"}, "bad_option"),
        ({"beliefs": "A:B ~ 0, 1"}, "option_needs_names"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        BayesLogLinear(**settings)
    assert caught.value.code == code


def test_it_goes_through_text_json_and_pickle():
    model = BayesLogLinear(scope="A:B + C:sex", beliefs=("A:B ~ 0.5, 0.2",), censored=("A", "A:B"), prior="hyper-g")
    assert parse(format_thing(model), MODELS) == model
    assert from_json(json.loads(json.dumps(to_json(model))), MODELS) == model
    assert pickle.loads(pickle.dumps(model)) == model
    assert model.without(["sex"]).scope == "C + A:B"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_it_found(language):
    with use_language(language):
        text = str(estimate(table_of(COUNTS), replace(QUICK, censored=("A",)), seed=1))
    assert "bayes" in text.lower()


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Tables from the prior: a model, its effects, and counts; the truth is then as likely at one quantile as any."""
    rng = np.random.default_rng(5)
    on = 2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 1
    below = []
    while len(below) < 50:
        pairs = [pair for pair in PAIRS if rng.random() < 0.5]
        x = np.column_stack([on, *(on[:, a] * on[:, b] for a, b in pairs)])
        share = np.exp(x @ rng.standard_normal(x.shape[1]))
        # The prior of the intercept is flat, so that the total of those on some list may be anything: here 400.
        counts = rng.multinomial(400, share[1:] / share[1:].sum())
        dark = rng.poisson(rng.standard_gamma(400) * share[0] / share[1:].sum())
        if (counts @ (on[1:] > 0) == 0).any():
            continue
        fit = replace(QUICK, draws=800).fit(table_of(counts), seed=len(below))
        if fit.verdict[0] == ESTIMABLE:
            below.append(np.mean(fit.draws[:, 0] < dark) + 0.5 * np.mean(fit.draws[:, 0] == dark))
    inside = np.mean((np.array(below) > 0.1) & (np.array(below) < 0.9))
    assert inside == pytest.approx(0.8, abs=0.16)  # three standard errors
    assert np.mean(below) == pytest.approx(0.5, abs=0.13)
