"""Models of repeated sightings: closed forms, brute force, borders, findings, and that nobody is lost."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln

from darknumber.data.frequencies import Frequencies
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import OF_SIGHTINGS, Sightings
from darknumber.models.sighting_rates import solve
from darknumber.models.text import format_thing, from_json, parse, to_json
from darknumber.words import has

SEX = Covariate(name="sex", levels=("female", "male"))
YEAR = Covariate(name="year", levels=("2011", "2012", "2013"), values=(2011.0, 2012.0, 2013.0))

SETTINGS = [
    Sightings(),
    Sightings("geometric"),
    Sightings("negative-binomial"),
    Sightings("poisson", "inflated"),
    Sightings("geometric", "inflated-all", ones_terms="sex"),
    Sightings("geometric", "inflated-all", link="cloglog"),
    Sightings("poisson", "left-out", terms="1"),
    Sightings(terms="sex + poly(year, 2)"),
    Sightings(terms="sex:year"),
    Sightings(most=2),
    Sightings(most=2, whole=True, terms="sex"),
]


def some_people(seed=7, people=900.0, means=(0.6, 0.9, 1.3), alike=1.5):
    """Strata of sex and year, seen by a law with more spread than Poisson's."""
    rng = np.random.default_rng(seed)
    cells = []
    for sex in range(2):
        for year in range(3):
            mean = means[year] * (1 + 0.4 * sex)
            seen = rng.poisson(mean * rng.gamma(alike, 1 / alike, int(people / 6 * 2)))
            cells += [(k, int((seen == k).sum()), sex, year) for k in range(1, seen.max() + 1)]
    times, counts, sexes, years = np.array(cells).T
    return Frequencies.build(times, counts, covariates=[SEX, YEAR], levels=[sexes, years])


def one_stratum(*counts):
    return Frequencies.build(np.arange(1, len(counts) + 1), counts)


@pytest.fixture(params=SETTINGS, ids=format_thing)
def model(request):
    return request.param


@pytest.fixture(scope="module")
def people():
    return some_people()


def test_zero_truncated_poisson_keeps_the_mean():
    seen = Sightings().fit_frequencies(one_stratum(60, 25, 10, 4, 1))
    share = 100 / seen.fit.estimate[0]
    mean = -np.log1p(-share)
    assert mean / share == pytest.approx((60 + 50 + 30 + 16 + 5) / 100, rel=1e-8)


def test_zero_truncated_geometric_in_closed_form():
    """The mean of those seen is one plus that of everybody; the unseen are ``n / mean``."""
    fit = Sightings("geometric").fit_frequencies(one_stratum(60, 25, 10, 4, 1)).fit
    assert fit.unobserved[0] == pytest.approx(100 / (161 / 100 - 1), rel=1e-8)


def test_chao_and_zelterman_from_a_limit_of_two():
    data = one_stratum(60, 25, 10, 4, 1)
    assert Sightings(most=2).fit_frequencies(data).fit.unobserved[0] == pytest.approx(60**2 / (2 * 25), rel=1e-8)
    zelterman = Sightings(most=2, whole=True).fit_frequencies(data).fit
    assert zelterman.estimate[0] == pytest.approx(100 / -np.expm1(-2 * 25 / 60), rel=1e-8)


def test_variance_of_chao_is_close_to_his():
    """Chao (1987, equation 10) has the variance given f1 and f2; ours has the same leading terms."""
    once, twice = 600.0, 250.0
    ratio = once / twice
    chao = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    seen = Sightings(most=2).fit_frequencies(one_stratum(600, 250, 70, 15, 2))
    assert seen.spread[0, 0] == pytest.approx(chao, rel=0.1)


def brute(model, counts, times):
    """The maximum by a method that knows no derivatives, over a law written out from the definitions."""
    n = counts.sum()

    def law(parameters):
        mean = np.exp(parameters[0])
        k = np.arange(400)
        if model.law == "poisson":
            p = np.exp(k * np.log(mean) - mean - gammaln(k + 1))
        elif model.law == "geometric":
            p = (mean / (1 + mean)) ** k / (1 + mean)
        else:
            size = np.exp(-parameters[1])
            p = np.exp(gammaln(k + size) - gammaln(size) - gammaln(k + 1))
            p *= (size / (size + mean)) ** size * (mean / (size + mean)) ** k
        ones = 1 / (1 + np.exp(-parameters[-1]))
        extra = (k == 1).astype(float)
        if model.ones == "inflated-all":
            p = (1 - ones) * p + ones * extra
        lowest = 2 if model.ones == "left-out" else 1
        told = np.where(k >= lowest, p, 0) / p[lowest:].sum()
        if model.ones == "inflated":
            told = (1 - ones) * told + ones * extra
        return p, told, lowest

    def loss(parameters):
        told = law(parameters)[1][times]
        return -sum(c * np.log(t) for c, t in zip(counts, told, strict=True) if c and t > 0)

    size = 1 + (model.law == "negative-binomial") + model.ones.startswith("inflated")
    best = min(
        (
            minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
            for start in ([0.0] * size, [-0.7] * size)
        ),
        key=lambda found: found.fun,
    )
    p, _, lowest = law(best.x)
    used = counts[times >= lowest].sum() if lowest > 1 else n
    return -best.fun, used * p[0] / p[lowest:].sum()


@pytest.mark.parametrize("law", ["poisson", "geometric", "negative-binomial"])
@pytest.mark.parametrize("ones", ["plain", "inflated", "inflated-all", "left-out"])
def test_against_brute_force(law, ones):
    counts = np.array([420, 190, 95, 50, 22, 11, 6, 3, 1])
    model = Sightings(law, ones)
    value, dark = brute(model, counts, np.arange(1, 10))
    fit = model.fit_frequencies(one_stratum(*counts)).fit
    assert fit.log_likelihood == pytest.approx(value, abs=1e-6)
    assert fit.unobserved[0] == pytest.approx(dark, rel=2e-3)


def test_variance_against_simulation():
    """Populations drawn from the law itself: the spread of the estimates is what the fit says it is."""
    rng = np.random.default_rng(11)
    mean, size, populations = 0.8, 2000, 400
    drawn = rng.poisson(mean, (populations, size))
    tables = np.stack([[np.bincount(each, minlength=12)[:12] * (np.arange(12) > 0)] for each in drawn]) * 1.0
    seen = Sightings().fit_frequencies(one_stratum(*tables[0, 0, 1:].astype(int)))
    setup = seen.setup
    kept = tables[..., setup.times]
    found = solve(setup, kept)
    totals = kept.sum(axis=(1, 2)) + found.unobserved[:, 0]
    assert totals.mean() == pytest.approx(size, rel=0.01)
    assert seen.spread[0, 0] == pytest.approx(totals.var(), rel=0.25)


def test_everybody_seen_once_leaves_no_upper_limit():
    for law in ("poisson", "geometric", "negative-binomial"):
        fit = Sightings(law).fit_frequencies(one_stratum(40)).fit
        assert (fit.verdict[0], fit.unobserved[0]) == (INFINITE, np.inf)
        assert [each.code for each in fit.findings] == ["whole_infinite"]
    for ones in ("inflated", "inflated-all"):
        fit = Sightings(ones=ones).fit_frequencies(one_stratum(40)).fit
        assert fit.verdict[0] in (INFINITE, NOT_IDENTIFIED)


def test_once_and_twice_cannot_tell_extra_ones_from_a_mean():
    fit = Sightings(ones="inflated").fit_frequencies(one_stratum(40, 9)).fit
    assert fit.verdict[0] == NOT_IDENTIFIED
    assert np.isnan(fit.unobserved[0])


def test_a_level_in_which_everybody_was_seen_once_has_no_upper_limit_and_the_others_have():
    data = Frequencies.build([1, 1, 2, 3], [30, 40, 12, 3], covariates=[SEX], levels=[np.array([0, 1, 1, 1])])
    fit = Sightings().fit_frequencies(data).fit
    assert fit.verdict.tolist() == [INFINITE, ESTIMABLE]
    alone = Sightings().fit_frequencies(one_stratum(40, 12, 3)).fit
    assert fit.unobserved[1] == pytest.approx(alone.unobserved[0], rel=1e-7)
    assert Sightings(terms="1").fit_frequencies(data).fit.verdict.tolist() == [ESTIMABLE, ESTIMABLE]


def test_nobody_seen_once_among_those_once_and_twice_leaves_nobody_unseen():
    fit = Sightings(most=2).fit_frequencies(Frequencies.build([2, 3], [10, 4])).fit
    assert (fit.verdict[0], fit.unobserved[0]) == (ZERO, 0.0)


def test_left_out_says_nothing_of_a_level_nobody_of_whom_was_seen_twice():
    data = Frequencies.build([1, 1, 2, 3], [30, 40, 12, 3], covariates=[SEX], levels=[np.array([0, 1, 1, 1])])
    assert Sightings(ones="left-out").fit_frequencies(data).fit.verdict.tolist() == [NOT_IDENTIFIED, ESTIMABLE]


def test_a_negative_binomial_without_more_spread_is_poisson():
    counts = np.rint(1000 * np.exp(-1) / np.array([1, 2, 6, 24, 120])).astype(int)
    plain = Sightings().fit_frequencies(one_stratum(*counts)).fit
    bent = Sightings("negative-binomial").fit_frequencies(one_stratum(*counts)).fit
    assert bent.unobserved[0] == pytest.approx(plain.unobserved[0], rel=0.01)
    assert bent.verdict[0] == ESTIMABLE


def test_a_negative_binomial_may_run_away():
    """More ones than any gamma law has: the spread grows for ever, and the dark figure with it."""
    fit = Sightings("negative-binomial").fit_frequencies(one_stratum(1645, 183, 37, 13, 1, 1)).fit
    assert fit.verdict[0] == INFINITE


def test_the_signs_of_extra_ones_and_of_people_who_differ():
    def codes(data, law="poisson"):
        return {finding.code for finding in Sightings(law, terms="1").fit_frequencies(data).fit.findings}

    rng = np.random.default_rng(5)
    alike = np.bincount(rng.poisson(0.9, 3000))[1:]
    assert codes(one_stratum(*alike)) == set()
    assert "more_ones_estimate" in codes(one_stratum(alike[0] + 400, *alike[1:]))
    differ = np.bincount(rng.poisson(rng.gamma(0.8, 1.2, 3000)))[1:]
    assert "sightings_differ" in codes(one_stratum(*differ))
    assert "sightings_differ" not in codes(one_stratum(*differ), "negative-binomial")
    assert "sightings_misfit" in codes(one_stratum(900, 10, 10, 10, 200), "geometric")


def test_nobody_who_was_seen_is_lost(model, people):
    fit = model.fit_frequencies(people).fit
    assert fit.observed.tolist() == people.observed.tolist() == fit.data.observed.tolist()
    assert (fit.unobserved >= 0).all()
    assert (fit.estimate >= fit.observed).all()
    known = np.isfinite(fit.unobserved)
    assert (fit.ascertainment * fit.estimate)[known] == pytest.approx(fit.observed[known])


def test_the_order_of_rows_is_irrelevant(model, people):
    order = np.random.default_rng(0).permutation(len(people.count))
    levels = [level[order] for level in np.unravel_index(people.stratum, people.shape)]
    again = Frequencies.build(people.times[order], people.count[order], covariates=people.covariates, levels=levels)
    assert model.fit_frequencies(again).fit.unobserved.tolist() == model.fit_frequencies(people).fit.unobserved.tolist()


def test_the_order_of_levels_is_irrelevant(model, people):
    turned = Covariate(name="sex", levels=("male", "female"))
    sex, year = np.unravel_index(people.stratum, people.shape)
    again = Frequencies.build(people.times, people.count, covariates=[turned, YEAR], levels=[1 - sex, year])
    one, other = (model.fit_frequencies(data).fit.unobserved for data in (people, again))
    assert other.reshape(2, 3)[::-1].reshape(-1) == pytest.approx(one, rel=1e-5)


def test_refitting_the_data_gives_the_fit(model, people):
    seen = model.fit_frequencies(people)
    again = solve(seen.setup, np.stack([seen.counts] * 3))
    for b in range(3):
        assert again.unobserved[b] == pytest.approx(seen.fit.unobserved, rel=1e-9)
        assert again.verdict[b].tolist() == seen.fit.verdict.tolist()


def test_figures_agree_with_verdicts_on_sparse_data(model):
    rng = np.random.default_rng(2)
    for seed in range(3):
        seen = model.fit_frequencies(some_people(seed, people=40.0, means=(0.2, 0.3, 0.5)))
        again = solve(seen.setup, rng.poisson(seen.counts, (4, *seen.counts.shape)) * 1.0)
        for figure, verdict in [
            (seen.fit.unobserved, seen.fit.verdict),
            *zip(again.unobserved, again.verdict, strict=True),
        ]:
            assert np.isposinf(figure).tolist() == (verdict == INFINITE).tolist()
            assert np.isnan(figure).tolist() == (verdict == NOT_IDENTIFIED).tolist()


def test_it_goes_through_text_json_and_pickle(model, people):
    assert parse(format_thing(model), OF_SIGHTINGS) == model
    assert from_json(json.loads(json.dumps(to_json(model))), OF_SIGHTINGS) == model
    assert pickle.loads(pickle.dumps(model)) == model
    fit = pickle.loads(pickle.dumps(model.fit_frequencies(people).fit))
    assert fit.model == model
    assert all(has(f"assumption.{code}") for code in model.assumes)


def test_values_not_recorded_have_a_level_of_their_own():
    some = Covariate(name="sex", levels=("female", "male", NOT_RECORDED))
    data = Frequencies.build(
        [1, 2, 3] * 3, [50, 20, 6, 40, 9, 3, 30, 4, 1], covariates=[some], levels=[np.repeat([0, 1, 2], 3)]
    )
    fit = Sightings().fit_frequencies(data).fit
    for stratum, counts in enumerate([(50, 20, 6), (40, 9, 3), (30, 4, 1)]):
        alone = Sightings().fit_frequencies(one_stratum(*counts)).fit
        assert fit.unobserved[stratum] == pytest.approx(alone.unobserved[0], rel=1e-6)


def test_without_a_covariate(people):
    model = Sightings("geometric", "inflated-all", terms="sex + year", ones_terms="sex")
    assert model.without(["sex"]) == Sightings("geometric", "inflated-all", terms="year")
    assert Sightings(terms="sex").without(["sex"]).terms == "1"
    assert Sightings().without(["sex"]) == Sightings()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"most": 1}, "most_not_with_ones"),
        ({"most": 2, "ones": "inflated"}, "most_not_with_ones"),
        ({"whole": True}, "whole_needs_most"),
        ({"ones_terms": "sex"}, "ones_terms_not_used"),
        ({"law": "normal"}, "bad_option"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        Sightings(**settings)
    assert caught.value.code == code
    assert str(caught.value)


def test_unknown_covariates_in_terms_are_told(people):
    with pytest.raises(ModelError) as caught:
        Sightings(terms="age").fit_frequencies(people)
    assert caught.value.code == "unknown_name_in_term"


def test_a_table_of_several_lists_is_refused():
    with pytest.raises(InputError) as caught:
        Sightings().fit(CaptureTable.build("AB", [1, 2, 3], [20, 15, 6]))
    assert caught.value.code == "sightings_needed"
