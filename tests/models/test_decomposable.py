"""Decomposable graphs as a model: what it says, what it leaves out and why, what experts add, and its verdicts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import kstest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import MODELS, Decomposable, Links, Stratified
from darknumber.models.text import parse
from darknumber.words import LANGUAGES, use_language

QUICK = Decomposable(draws=400)


def table_of(counts, lists="ABC", **settings):
    history = np.arange(1, len(counts) + 1)
    return CaptureTable.build(lists, history, counts, **settings)


def codes(fit):
    return [finding.code for finding in fit.findings]


def finding(fit, code):
    return next(each for each in fit.findings if each.code == code)


def weights_of(fit):
    return dict(zip(fit.candidates.label, fit.candidates.weight.tolist(), strict=True))


def two_classes(people, seed=0):
    """Five lists; a tenth of the people come on each with chance 0.5, the others with 0.06 (METHODS finding 11)."""
    rng, cells = np.random.default_rng(seed), np.arange(32)
    on = cells[:, None] >> np.arange(5) & 1
    chance = sum(share * np.prod(np.where(on, each, 1 - each), axis=1) for share, each in ((0.1, 0.5), (0.9, 0.06)))
    counts = rng.multinomial(people, chance)
    return table_of(counts[1:], "ABCDE"), int(counts[0])


def test_two_lists_have_one_graph_whose_posterior_is_known():
    """Two independent Beta-binomial lists: ``Gamma(m + a + h) Gamma(m + b + h) ... / N`` summed by hand."""
    only_a, only_b, both = 40, 30, 12
    fit = Decomposable(prior_people=2.0).fit(table_of([only_a, only_b, both], "AB"))
    m = np.arange(200_000.0)
    size = m + only_a + only_b + both
    of_lists = sum(gammaln(m + alone + 1) - gammaln(size + 2) for alone in (only_a, only_b))  # h = 1 for each list
    log = gammaln(size + 1) - gammaln(m + 1) + of_lists - np.log(size)
    below = np.cumsum(np.exp(log - log.max()))
    assert fit.unobserved[0] == np.searchsorted(below, below[-1] / 2)
    assert np.quantile(fit.draws, 0.975) == pytest.approx(np.searchsorted(below, 0.975 * below[-1]), abs=2)
    assert fit.candidates.label == ("",)
    assert fit.candidates.weight.tolist() == pytest.approx([1.0])


def test_what_is_known_of_public_tables():
    """METHODS: what a wide grid gives for the Dutch table, and the modes of the British one."""
    dutch = QUICK.fit(example("netherlands-2010-2015-5"), seed=1)
    assert dutch.candidates.label[:2] == ("IO:K:Z + K:P:Z + K:R:Z", "K:R + P:R + IO:P:Z")
    assert dutch.candidates.weight[:2] == pytest.approx([0.551, 0.264], abs=0.005)
    british = QUICK.fit(example("uk-2013-5"), seed=1)
    assert british.estimate[0] == pytest.approx(22_991, abs=1)  # dga has the same
    assert british.candidates.exact
    assert british.candidates.proved
    assert british.candidates.distance.max() <= 6


def test_the_estimate_is_the_median_and_the_draws_follow_the_posterior():
    fit = Decomposable().fit(example("kosovo-1999"), seed=1)
    assert fit.draws.shape == (10_000, 1)
    assert fit.unobserved[0] == pytest.approx(np.median(fit.draws), abs=2)
    other = Decomposable(draws=500).fit(example("kosovo-1999"), seed=2)
    assert kstest(fit.draws[:, 0], other.draws[:, 0]).pvalue > 0.5  # one draw in each equal part of the posterior
    assert fit.ascertainment[0] * fit.estimate[0] == pytest.approx(4400)
    assert not np.array_equal(np.sort(fit.draws[:50, 0]), fit.draws[:50, 0])


def test_the_complete_graph_is_left_out_because_it_spoils_the_answer():
    """METHODS finding 11: with it, the more people the worse the answer."""
    table, unseen = two_classes(20_000)
    inside, outside = (Decomposable(complete=each).fit(table, seed=1) for each in (True, False))
    assert inside.unobserved[0] < 50
    assert outside.unobserved[0] > 100 * max(inside.unobserved[0], 1)
    assert outside.unobserved[0] > unseen / 3
    assert finding(inside, "graphs_complete_in").values["share"] > 0.99
    told = finding(outside, "graphs_complete_heavy")
    assert told.severity == "caution"
    assert told.values["share"] > 0.99
    assert finding(inside, "graphs_weighed").values["n"] == 822
    assert finding(outside, "graphs_weighed").values["n"] == 821


def test_the_complete_graph_is_told_where_it_hardly_matters_too():
    fit = QUICK.fit(example("uk-2013-5"))
    assert finding(fit, "graphs_complete_out").severity == "note"
    assert finding(fit, "graphs_complete_out").values["share"] < 1e-9


def test_what_experts_expect_multiplies_the_odds():
    table = example("kosovo-1999")
    wide = {"delta": 60.0, "draws": 10}
    plain, leaning = (
        Decomposable(**wide).fit(table),
        Decomposable(likely="ABA:HRW", unlikely="EXH:HRW", **wide).fit(table),
    )
    before, after = weights_of(plain), weights_of(leaning)
    rise = {label: np.log(after[label] / before[label]) for label in before.keys() & after.keys()}
    base = rise["OSCE:HRW + EXH:ABA:OSCE"]  # neither pair
    assert rise["EXH:ABA:OSCE + EXH:OSCE:HRW"] - base == pytest.approx(-np.log(10))
    assert rise["EXH:ABA:OSCE + ABA:OSCE:HRW"] - base == pytest.approx(np.log(10))
    assert Decomposable(likely="(EXH + ABA + OSCE)^2", odds=3.0, **wide).fit(table).candidates.weight.sum() == (
        pytest.approx(1, abs=1e-6)
    )


def test_pairs_of_lists_that_are_not_there():
    with pytest.raises(ModelError) as caught:
        Decomposable(likely="EXH:nobody").fit(example("kosovo-1999"))
    assert caught.value.code == "unknown_name_in_term"
    model = Decomposable(likely="A:B + A:C", unlikely="B:C")
    assert model.without(["C"]) == Decomposable(likely="A + A:B", unlikely="B")
    two = model.without(["C"]).fit(table_of([40, 30, 12], "AB"))
    assert two.unobserved == Decomposable().fit(table_of([40, 30, 12], "AB")).unobserved


def test_a_guess_pulls_the_answer_and_is_an_assumption():
    table = table_of([40, 30, 6, 20, 0, 0, 0])
    plain, pulled = (Decomposable(guess=each, guess_factor=1.2).fit(table) for each in (0.0, 150.0))
    assert pulled.estimate[0] == pytest.approx(150, rel=0.1)
    assert plain.estimate[0] > 1.5 * pulled.estimate[0]
    assert "prior_size" in pulled.model.assumes
    assert "prior_size" not in plain.model.assumes


def test_a_prior_on_the_unseen_begins_at_one_and_is_lower():
    table = table_of([40, 30, 16, 20, 10, 9, 11])
    total, unseen = Decomposable().fit(table), Decomposable(prior="unseen").fit(table)
    assert unseen.unobserved[0] < total.unobserved[0]
    assert unseen.draws.min() >= 1
    every = table_of([0, 0, 30, 0, 30, 30, 900])
    assert Decomposable().fit(every).unobserved[0] == 0
    assert Decomposable(prior="unseen").fit(every).unobserved[0] >= 1


def test_a_largest_dark_figure_that_cuts_the_posterior_is_told():
    table = example("netherlands-2010-2015-5")
    tighter = Decomposable(most=40_000, draws=400).fit(table)
    assert "graphs_cut_off" in codes(tighter)
    assert tighter.draws.max() <= 40_000
    assert "graphs_cut_off" not in codes(Decomposable(most=4_000_000, draws=400).fit(table))


@pytest.mark.parametrize(
    ("counts", "verdict", "figure"),
    [
        ([30, 20, 0, 25, 0, 0, 0], INFINITE, np.inf),  # no two lists share anybody
        ([30, 20, 0, 25, 0, 0, 1], ESTIMABLE, None),
    ],
)
def test_verdicts(counts, verdict, figure):
    fit = QUICK.fit(table_of(counts))
    assert fit.verdict.tolist() == [verdict]
    again = QUICK.refit(fit, fit.data.dense()[None] * 1.0)
    assert again.verdict.tolist() == [[verdict]]
    assert np.array_equal(again.unobserved[0], fit.unobserved, equal_nan=True)
    if figure is not None:
        assert np.array_equal(fit.unobserved, [figure], equal_nan=True)
        assert np.array_equal(fit.draws, np.full((400, 1), figure), equal_nan=True)


def test_a_replicate_with_people_on_one_list_only_says_nothing():
    fit = QUICK.fit(table_of([30, 20, 9, 25, 4, 6, 1]))
    alone = QUICK.refit(fit, np.array([[[0.0, 30, 0, 0, 0, 0, 0, 0]]]))
    assert alone.verdict.tolist() == [[NOT_IDENTIFIED]]
    assert np.isnan(alone.unobserved).all()


def test_there_is_no_estimate_where_most_of_the_weight_sets_no_limit():
    table = table_of([400, 300, 60, 200, 0, 0, 0])  # who is on the third list is on no other, and hardly anybody else
    fit = QUICK.fit(table)
    share = finding(fit, "graphs_unlimited").values["share"]
    assert fit.verdict.tolist() == [INFINITE if share > 0.5 else ESTIMABLE]
    assert share > 0.01
    leaning = Decomposable(unlikely="A:C + B:C", likely="A:B", odds=1e6, draws=50).fit(table)
    assert leaning.verdict.tolist() == [INFINITE]  # that graph: the third list shares nobody with the rest
    assert np.isposinf(leaning.draws).all()
    assert "whole_infinite" in codes(leaning)


def test_a_table_with_nobody_in_it():
    fit = QUICK.fit(table_of([40, 30, 12], "AB"))
    again = QUICK.refit(fit, np.zeros((2, 1, 4)))
    assert again.unobserved.tolist() == [[0.0], [0.0]]
    assert again.verdict.tolist() == [[ESTIMABLE], [ESTIMABLE]]


def test_order_and_names_of_lists_change_no_draw():
    table = example("uk-2013-5")
    turned = np.array([3, 1, 4, 0, 2])
    history = sum(((table.history.astype(int) >> old) & 1) << new for new, old in enumerate(turned))
    other = CaptureTable.build([f"list {old}" for old in turned], history, table.count)
    one, two = QUICK.fit(table, seed=5), QUICK.fit(other, seed=5)
    assert one.draws == pytest.approx(two.draws, abs=1)
    assert one.candidates.weight == pytest.approx(two.candidates.weight, rel=1e-9)
    assert {frozenset(term.split(":")) for term in one.candidates.label[0].split(" + ")} == {
        frozenset(table.lists[int(name.strip("`").split()[1])] for name in term.split(":"))
        for term in two.candidates.label[0].split(" + ")
    }


def test_a_bootstrap_averages_anew():
    found = estimate(example("kosovo-1999"), QUICK, Bootstrap(replicates=30), seed=1, workers=1)
    assert found.selection.shares[0] > 0.5
    assert found.draws.std() > 0
    assert len(np.unique(found.draws)) > 25


def test_shares_by_history_follow_the_table_and_the_graphs():
    table = table_of([4000, 3000, 900, 5000, 1200, 1500, 600])
    fit = QUICK.fit(table)
    seen = table.dense()[0] / table.observed[0]
    assert fit.probabilities[0].sum() == pytest.approx(1)
    assert fit.probabilities[0, 0] == 0
    assert fit.probabilities[0] == pytest.approx(seen, abs=0.02)
    tight = Decomposable(unlikely="(A + B + C)^2", odds=1e300).fit(table).probabilities[0]
    assert tight[3] * tight[5] / tight[1] / tight[7] == pytest.approx(1)  # independent lists


def test_more_lists_than_there_is_time_for():
    table = table_of(np.ones(511, dtype=int), "ABCDEFGHI")
    with pytest.raises(ModelError) as caught:
        QUICK.fit(table)
    assert caught.value.code == "graphs_many_lists"
    assert "8" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"prior": "none"}, "bad_option"),
        ({"prior_people": 0.0}, "option_not_positive"),
        ({"odds": -1.0}, "option_not_positive"),
        ({"guess": -5.0}, "option_too_small"),
        ({"guess_factor": 1.0}, "graphs_factor"),
        ({"draws": 0}, "option_too_small"),
        ({"most": -1}, "option_too_small"),
    ],
)
def test_settings_that_make_no_sense(settings, code):
    with pytest.raises(ModelError) as caught:
        Decomposable(**settings)
    assert caught.value.code == code
    assert str(caught.value)


def test_covariates_are_for_models_around_it():
    sex = Covariate(name="sex", levels=("f", "m"))
    both = CaptureTable.build(
        "AB", [1, 2, 3, 1, 2, 3], [40, 30, 12, 20, 50, 9], covariates=[sex], levels=[[0, 0, 0, 1, 1, 1]]
    )
    with pytest.raises(ModelError) as caught:
        QUICK.fit(both)
    assert caught.value.code == "unsupported_covariates"
    fit = Stratified(QUICK, ("sex",)).fit(both)
    assert fit.unobserved[0] == QUICK.fit(table_of([40, 30, 12], "AB")).unobserved[0]
    assert fit.draws.shape == (400, 2)


def test_counts_that_are_no_whole_numbers():
    fit = Links(0.05, model=QUICK).fit(table_of([400, 300, 90, 500, 120, 150, 60]))
    assert fit.verdict.tolist() == [ESTIMABLE]
    assert fit.unobserved[0] > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_all_this_in_words(language):
    with use_language(language):
        for table, settings in (
            (example("korea"), {}),
            (table_of([400, 300, 60, 200, 0, 0, 0]), {"complete": True, "most": 500, "guess": 900.0}),
            (two_classes(20_000)[0], {}),
        ):
            found = estimate(table, Decomposable(draws=200, **settings), seed=1)
            text = str(found)
            assert "graphs_" not in text
            assert "prior_" not in text


def test_it_is_written_and_read_as_text():
    model = parse('decomposable(likely="A:B + C:D", odds=5.0, prior=unseen, complete=true)', MODELS)
    assert model == Decomposable(likely="A:B + C:D", odds=5.0, prior="unseen", complete=True)
