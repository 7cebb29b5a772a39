"""Lists that send people on: known special cases, other means, and people drawn from the model itself."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.populations import referrals
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Independence, LogLinear, ReferralFlow, Stratified, flow_findings
from darknumber.models.base import expected_cells
from darknumber.models.flow_search import place_arrows, search
from tests.kernels.flow_by_hand import by_hand

KOSOVO = example("kosovo-1999")


def table(counts, lists="ABCDE"):
    counts = np.asarray(counts)
    number = len(counts).bit_length() - 1
    history = np.flatnonzero(counts)
    return CaptureTable.build(tuple(lists[:number]), history, counts[history])


def codes(fit):
    return {(finding.code, finding.where) for finding in fit.findings}


def finding(fit, code):
    return next(each for each in fit.findings if each.code == code)


def population(rates, arrows, absorbing=0, people=2000, seed=None):
    """Counts of everybody by history, expected or drawn; nobody on no list is seen."""
    lists = len(rates)
    share = by_hand(
        np.r_[np.log(rates), [value for _, value in arrows]], [pair for pair, _ in arrows], absorbing, lists
    )
    drawn = np.round(people * share) if seed is None else np.random.default_rng(seed).multinomial(people, share)
    return np.r_[0, drawn[1:]].astype(int), int(drawn[0])


@pytest.mark.parametrize("name", ["kosovo-1999", "new-orleans-2016-5", "uk-2013"])
def test_without_arrows_it_is_independence(name):
    ours, theirs = ReferralFlow().fit(example(name)), Independence().fit(example(name))
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-9)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-7)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-7)
    assert (ours.parameters, ours.deviance) == (theirs.parameters, pytest.approx(theirs.deviance, abs=1e-6))
    assert ours.probabilities == pytest.approx(theirs.probabilities, abs=1e-10)


@pytest.mark.parametrize("arrow", ["EXH -> ABA", "ABA -> EXH", "OSCE -> ABA"])
def test_one_arrow_that_speeds_people_up_is_the_log_linear_term_of_the_pair(arrow):
    """Two lists with an arrow fill any table of two by two in which they overlap more than by chance."""
    ours, theirs = ReferralFlow(arrow).fit(KOSOVO), LogLinear(arrow.replace(" -> ", ":")).fit(KOSOVO)
    assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-9)
    assert ours.variance == pytest.approx(theirs.variance, rel=1e-7)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-7)
    assert ours.parameters == theirs.parameters
    assert ("flow_direction_never", arrow.replace(" -> ", ":")) in codes(ours)


def test_arrows_both_ways_tell_the_dark_figure_and_not_the_arrows():
    fit = ReferralFlow("EXH -> ABA + ABA -> EXH").fit(KOSOVO)
    assert fit.unobserved == pytest.approx(LogLinear("EXH:ABA").fit(KOSOVO).unobserved, rel=1e-7)
    assert fit.verdict.tolist() == [ESTIMABLE]
    assert fit.parameters == 6
    assert {code for code, _ in codes(fit)} == {"flow_arrow_untold"}


@pytest.mark.parametrize(
    ("arrows", "absorbing"), [("A -> B -> C", ()), ("A -> C + B -> C", ("D",)), ("A -> B + B -> A", ("C",))]
)
def test_the_answer_is_that_of_another_search_with_the_matrix_exponential(arrows, absorbing):
    counts, _ = population([0.4, 0.3, 0.5, 0.2], [((0, 1), 1.0), ((2, 3), -0.5)], seed=4)
    if absorbing:  # nobody is on another list after the last one, so who is on two of them has it second
        counts, _ = population([0.4, 0.3, 0.5, 0.2], [((0, 1), 1.0)], 1 << "ABCD".index(absorbing[0]), seed=4)
    data = table(counts)
    fit = ReferralFlow(arrows, absorbing).fit(data)
    flow = place_arrows([tuple(each.split(" -> ")) for each in _single(arrows)], absorbing, data.lists)
    pairs = list(zip(flow.source.tolist(), flow.target.tolist(), strict=True))
    there = counts > 0

    def worse(theta):
        share = by_hand(theta, pairs, flow.absorbing, 4)
        return -(counts[there] @ np.log(share[there] / (1 - share[0])))

    best = minimize(worse, np.r_[np.full(4, -1.0), np.zeros(len(pairs))], tol=1e-10)
    dark = counts.sum() / np.expm1(np.exp(best.x[:4]).sum())
    assert fit.unobserved[0] == pytest.approx(dark, rel=1e-3)
    share = by_hand(best.x, pairs, flow.absorbing, 4)
    assert fit.probabilities[0, 1:] == pytest.approx(share[1:] / (1 - share[0]), abs=1e-5)


def _single(arrows):
    parts = [part.strip() for part in arrows.split("+")]
    found = []
    for part in parts:
        names = part.split(" -> ")
        found += [f"{a} -> {b}" for a, b in pairwise(names)]
    return found


def test_expected_counts_give_the_truth_back():
    rates, arrows = [0.3, 0.2, 0.4, 0.25], [((0, 1), 1.2), ((1, 2), 0.6)]
    share = by_hand(np.r_[np.log(rates), 1.2, 0.6], [(0, 1), (1, 2)], 8, 4)
    flow = place_arrows([("A", "B"), ("B", "C")], ["D"], "ABCD")
    ends = search(flow, np.r_[0, 1e6 * share[1:]])
    assert np.exp(ends.theta[0]) == pytest.approx(np.exp([*np.log(rates), 1.2, 0.6]), rel=1e-6)
    assert ends.odds[0] == pytest.approx(share[0] / (1 - share[0]), rel=1e-7)
    counts, unseen = population(rates, arrows, 8, people=10**6)
    assert ReferralFlow("A -> B -> C", ("D",)).fit(table(counts)).unobserved[0] == pytest.approx(unseen, rel=1e-2)


def test_ignoring_a_last_list_is_wrong_and_naming_it_is_not():
    counts, unseen = population([0.5, 0.4, 1.2], [], 4, people=10**6)
    with_it, without = (ReferralFlow("", last).fit(table(counts)).unobserved[0] for last in (("C",), ()))
    assert with_it == pytest.approx(unseen, rel=1e-3)
    assert without > 1.3 * unseen  # who has died is on no other list later, which looks like lists that shun each other


def test_a_direction_that_a_last_list_tells():
    """Who comes to a last list shows what came early, and of two arrows only one has that order right."""
    counts, _ = population([0.5, 0.5, 0.8, 0.3], [((0, 1), 2.0)], 4, people=20_000)
    fit = ReferralFlow("A -> B", ("C",)).fit(table(counts))
    assert finding(fit, "flow_direction_told").values["points"] > 10
    wrong = ReferralFlow("B -> A", ("C",)).fit(table(counts))
    assert finding(wrong, "flow_direction_against").severity == "caution"


def test_a_direction_that_nobody_can_tell_and_that_moves_the_answer():
    """As many parameters as cells: each direction fits the table to the last person, and says something else."""
    counts, _ = population([0.3, 0.25, 0.2], [((0, 1), 1.4), ((0, 2), -0.6), ((1, 2), 1.1)], people=10**5)
    fit = ReferralFlow("A -> B + A -> C + B -> C").fit(table(counts))
    assert fit.deviance == pytest.approx(0, abs=1e-6)
    found = finding(fit, "flow_direction_never_moves")
    assert found.severity == "caution"
    first, second = found.where.split(":")
    other = " + ".join(
        f"{b} -> {a}" if (a, b) == (first, second) else f"{a} -> {b}" for a, b in (("A", "B"), ("A", "C"), ("B", "C"))
    )
    turned = ReferralFlow(other).fit(table(counts))
    assert turned.deviance == pytest.approx(0, abs=1e-6)
    assert turned.unobserved[0] == pytest.approx(found.values["other"], rel=0.01)
    assert abs(turned.unobserved[0] / fit.unobserved[0] - 1) > 0.01


CHAIN = ([0.3, 0.2, 0.25, 0.2], [((0, 1), 2.5), ((1, 2), 2.0)], 8)


def told(fit):
    return [each for each in fit.findings if "told" in each.code]


def test_a_chain_turned_around_as_a_whole():
    """Each of its arrows alone would fit worse the other way around, and both together fit better."""
    data = table(population(*CHAIN, people=5000)[0])
    right, wrong = (ReferralFlow(arrows, ("D",)).fit(data) for arrows in ("A -> B -> C", "C -> B -> A"))
    behind = right.log_likelihood - wrong.log_likelihood
    assert behind == pytest.approx(4.3, abs=0.05)
    for one in ("B -> C + B -> A", "C -> B + A -> B"):
        assert wrong.log_likelihood - ReferralFlow(one, ("D",)).fit(data).log_likelihood > 15
    found = finding(wrong, "flow_turned_better")
    assert found.severity == "caution"
    assert found.values["pairs"] == ("C:B", "B:A")
    assert found.values["points"] == pytest.approx(behind, abs=1e-6)
    assert "C:B and B:A" in found.sentence()
    assert "4.3 points" in found.sentence()
    assert not [code for code, _ in codes(wrong) if "direction" in code]


def test_a_chain_is_told_by_as_much_as_the_best_other_way_is_behind():
    data = table(population(*CHAIN, people=5000)[0])
    right = ReferralFlow("A -> B -> C", ("D",)).fit(data)
    others = [ReferralFlow(way, ("D",)).fit(data) for way in ("C -> B -> A", "B -> A + B -> C", "A -> B + C -> B")]
    behind = right.log_likelihood - max(each.log_likelihood for each in others)
    assert [each.where for each in told(right)] == ["A:B", "B:C"]
    assert [each.code for each in told(right)] == ["flow_direction_told"] * 2
    assert [each.values["points"] for each in told(right)] == pytest.approx([behind, behind], abs=1e-6)


def test_an_arrow_whose_direction_rests_on_that_of_another_is_not_told():
    """Alone NG -> PFNCA fits 3.4 points worse the other way around; with the arrow before it turned, as well."""
    data, named = example("uk-2013-5"), ReferralFlow("LA -> NG -> PFNCA -> GO")
    fit = named.fit(data)
    alone, both = (
        fit.log_likelihood - ReferralFlow(arrows).fit(data).log_likelihood
        for arrows in ("LA -> NG + PFNCA -> NG + PFNCA -> GO", "PFNCA -> NG -> LA + PFNCA -> GO")
    )
    assert alone > 3 > 0.5 > both
    assert ("flow_direction_open", "NG:PFNCA") in codes(fit)
    assert told(fit) == []


def test_a_better_way_for_which_others_are_about_as_good():
    """Turning the first of three arrows fits best, and turning the other two in its place 0.5 points less well."""
    fit = ReferralFlow("EXH -> ABA -> OSCE + EXH -> OSCE").fit(KOSOVO)
    found = finding(fit, "flow_turned_better")
    assert found.values["pairs"] == ("EXH:ABA",)
    assert not {code for code, _ in codes(fit)} & {"flow_direction_against", "flow_direction_told"}


def test_what_arrows_turned_together_do_to_the_answer():
    model = ReferralFlow("A -> B + A -> C + A -> D")
    data = table([0, 12, 10, 9, 2, 4, 4, 3, 0, 1, 0, 1, 1, 0, 0, 0])
    fit = model.fit(data)
    found = finding(fit, "flow_turned_moves")
    assert found.values["pairs"] == ("A:B", "A:C")
    turned = ReferralFlow("B -> A + C -> A + A -> D").fit(data)
    assert abs(turned.log_likelihood - fit.log_likelihood) < 2
    assert (found.values["dark"], found.values["other"]) == (round(fit.unobserved[0]), round(turned.unobserved[0]))
    alone = [each.values["other"] for each in fit.findings if "other" in each.values and "first" in each.values]
    assert found.values["other"] < min(alone)
    endless = table([0, 0, 8, 0, 2, 0, 1, 1])
    fit = ReferralFlow("A -> C + B -> C").fit(endless)
    assert finding(fit, "flow_turned_decides").values["pairs"] == ("A:C", "B:C")
    assert ReferralFlow("C -> A + C -> B").fit(endless).verdict.tolist() == [INFINITE]


def test_of_many_arrows_no_more_is_said_than_was_looked_at(monkeypatch):
    effects = [((0, 1), 2.5), ((1, 2), 2.0), ((2, 3), 2.0)]
    data = table(population([0.3, 0.2, 0.25, 0.2, 0.3], effects, 16, people=50_000)[0])
    model, wrong = ReferralFlow("A -> B -> C -> D", ("E",)), ReferralFlow("B -> A + B -> C -> D", ("E",))
    assert {each.code for each in told(model.fit(data))} == {"flow_direction_told"}
    assert ("flow_direction_against", "B:A") in codes(wrong.fit(data))
    monkeypatch.setattr(flow_findings, "ALL_WAYS", 0)
    some = told(model.fit(data))
    assert {each.code for each in some} == {"flow_direction_told_among"}
    # The first and the last share no list, so they are turned together only with the one between them.
    assert [each.values["n"] for each in some] == [3, 4, 3]
    assert finding(wrong.fit(data), "flow_turned_better").values["pairs"] == ("B:A",)
    assert "flow_direction_against" not in {code for code, _ in codes(wrong.fit(data))}


@pytest.mark.parametrize(
    ("lists", "arrows", "ways"),
    [(8, [*pairwise(range(7))], 63), (12, [*pairwise(range(12))], 22), (12, [(0, 1), (1, 2), (3, 4)], 5)],
)
def test_which_ways_are_looked_at(lists, arrows, ways):
    names = "ABCDEFGHIJKL"[:lists]
    flow = place_arrows([(names[i], names[j]) for i, j in arrows], (), names)
    found = flow_findings.turns(flow, range(len(arrows)))
    assert len({*found}) == len(found) == ways
    assert found[-1] == (*range(len(arrows)),)
    assert [len(each) for each in found] == sorted(len(each) for each in found)


def test_replicates_turn_no_arrows(monkeypatch):
    model = ReferralFlow("EXH -> ABA")
    fit = model.fit(KOSOVO)
    monkeypatch.delattr(flow_findings, "search")
    assert model.refit(fit, KOSOVO.dense()[None]).unobserved[0] == pytest.approx(fit.unobserved, rel=1e-9)


def test_how_strong_an_arrow_is():
    counts, _ = population([0.4, 0.3, 0.5], [((0, 1), 1.0)], people=10**6)
    values = finding(ReferralFlow("A -> B").fit(table(counts)), "flow_arrow").values
    assert values["times"] == pytest.approx(np.e, rel=0.01)
    assert values["low"] < np.e < values["high"] < 1.02 * np.e
    few, _ = population([0.4, 0.3, 0.5], [((0, 1), 1.0)], people=10**4)
    wide = finding(ReferralFlow("A -> B").fit(table(few)), "flow_arrow").values
    ratio = np.log(wide["high"] / wide["low"]) / np.log(values["high"] / values["low"])
    assert ratio == pytest.approx(10, rel=0.05)


def test_arrows_that_have_no_number():
    #              -  A   B   AB  C   AC  BC  ABC
    never = table([0, 50, 40, 0, 60, 15, 12, 0])  # nobody on both, and some must come to B first and then to A
    fit = ReferralFlow("A -> B").fit(never)
    assert ("flow_arrow_never", "A:B") in codes(fit)
    assert fit.probabilities[0, 3] > 0.01
    always = table([0, 0, 40, 50, 60, 0, 12, 14])  # everybody on A is on B
    fit = ReferralFlow("A -> B").fit(always)
    assert ("flow_arrow_always", "A:B") in codes(fit)
    assert fit.verdict.tolist() == [ESTIMABLE]


def test_verdicts():
    apart = [0, 5, 3, 0, 4, 0, 0, 0]
    assert ReferralFlow().fit(table(apart)).verdict.tolist() == [INFINITE]
    assert ReferralFlow("A -> B").fit(table(apart)).verdict.tolist() == [INFINITE]
    assert ReferralFlow().fit(table([0, 0, 0, 7])).verdict.tolist() == [ZERO]
    assert ReferralFlow("A -> B").fit(table([0, 20, 30, 10])).verdict.tolist() == [NOT_IDENTIFIED]
    assert ReferralFlow("A -> B + B -> A + B -> C + C -> B").fit(KOSOVO_THREE).verdict.tolist() == [NOT_IDENTIFIED]


KOSOVO_THREE = table(KOSOVO.dense()[0][:8])


def test_verdicts_on_sparse_tables_are_those_of_the_linear_programme():
    rng = np.random.default_rng(11)
    counts = np.zeros((400, 1, 16))
    for each in counts:
        lists = rng.integers(2, 5)
        on = rng.random((rng.integers(1, 30), lists)) < rng.uniform(0.05, 0.5, lists)
        np.add.at(each[0], on @ (1 << np.arange(lists)), 1)
        each[0, 0] = 0
    full = table(np.r_[0, np.ones(15, int)])
    ours = ReferralFlow().refit(ReferralFlow().fit(full), counts)
    theirs = Independence().refit(Independence().fit(full), counts)
    assert ours.verdict.tolist() == theirs.verdict.tolist()
    assert {*ours.verdict.ravel().tolist()} == {ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED}
    known = np.isfinite(theirs.unobserved)
    assert ours.unobserved[known] == pytest.approx(theirs.unobserved[known], rel=1e-6)


def test_verdicts_on_sparse_tables_are_those_of_the_term_of_a_pair():
    """With lists that overlap more than by chance the two models are one; arrows cannot keep lists further apart."""
    rng = np.random.default_rng(12)
    model, term = ReferralFlow("A -> B"), LogLinear("A:B")
    seen = []
    for _ in range(200):
        on = rng.random((rng.integers(3, 40), 3)) < expit(rng.normal(-0.8, 0.7, 3))
        on[:, 1] |= on[:, 0] & (rng.random(len(on)) < 0.5)
        counts = np.bincount(on @ [1, 2, 4], minlength=8)
        counts[0] = 0
        if not on.any(axis=0).all():
            continue
        ours, theirs = model.fit(table(counts)), term.fit(table(counts))
        cells = expected_cells(theirs)[0]
        together = theirs.verdict[0] == INFINITE or cells[0] * cells[3] > cells[1] * cells[2]
        if together:
            assert ours.verdict[0] == theirs.verdict[0]
            assert ours.unobserved == pytest.approx(theirs.unobserved, rel=1e-5)
        else:
            assert ours.unobserved[0] >= theirs.unobserved[0] * (1 - 1e-6)
        seen.append((int(theirs.verdict[0]), bool(together)))
    assert {*seen} == {(ESTIMABLE, True), (ESTIMABLE, False), (INFINITE, True), (ZERO, False)}


def test_a_replicate_is_fitted_as_the_data_are():
    model = ReferralFlow("EXH -> ABA -> OSCE", ("HRW",))
    counts, _ = population([0.4, 0.3, 0.5, 0.2], [((0, 1), 1.0), ((1, 2), 0.7)], 8, seed=1)
    data = table(counts)
    data = CaptureTable.build(KOSOVO.lists, data.history, data.count)
    fit = model.fit(data)
    drawn = np.random.default_rng(5).multinomial(counts.sum(), counts / counts.sum(), 20).astype(float)
    again = model.refit(fit, drawn[:, None])
    for each, dark in zip(drawn, again.unobserved[:, 0], strict=True):
        fresh = model.fit(CaptureTable.build(KOSOVO.lists, np.flatnonzero(each), each[each > 0].astype(int)))
        assert dark == pytest.approx(fresh.unobserved[0], rel=1e-6)
    empty = np.zeros((1, 1, 16))
    assert model.refit(fit, empty).unobserved.tolist() == [[0.0]]


@pytest.mark.parametrize(("arrows", "absorbing"), [([((0, 1), 1.2)], 0), ([((0, 1), 1.0), ((1, 2), 0.8)], 8)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(arrows, absorbing):
    """40 populations drawn from the model; with 95% intervals fewer than 34 in 40 is a chance of one in 200."""
    names = " + ".join(f"{'ABCD'[i]} -> {'ABCD'[j]}" for (i, j), _ in arrows)
    model = ReferralFlow(names, ("D",) if absorbing else ())
    held = 0
    for seed in range(40):
        counts, _ = population([0.35, 0.3, 0.4, 0.25], arrows, absorbing, people=1500, seed=seed)
        low, high = estimate(table(counts), model, Bootstrap(replicates=100), seed=seed, workers=1).limits[0]
        held += low <= 1500 <= high
    assert held >= 34


def test_a_flow_in_every_stratum():
    sex = Covariate(name="sex", levels=("f", "m"))
    one, other = (population([0.4, 0.3, 0.5], [((0, 1), 1.0)], people=n)[0] for n in (4000, 9000))
    both = CaptureTable.build(
        "ABC",
        [*np.flatnonzero(one), *np.flatnonzero(other)],
        [*one[one > 0], *other[other > 0]],
        covariates=[sex],
        levels=[[0] * (one > 0).sum() + [1] * (other > 0).sum()],
    )
    fit = Stratified(ReferralFlow("A -> B"), ("sex",)).fit(both)
    alone = [ReferralFlow("A -> B").fit(table(each)).unobserved[0] for each in (one, other)]
    assert fit.unobserved == pytest.approx(alone, rel=1e-7)


def test_a_list_that_is_gone_takes_its_arrows_along():
    model = ReferralFlow("A -> B -> C + `x y` -> B", ("D",))
    assert model.without(["B"]) == ReferralFlow("", ("D",))
    assert model.without(["A", "D"]) == ReferralFlow("B -> C + `x y` -> B")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"arrows": "A - B"}, "bad_arrows"),
        ({"arrows": "A -> A"}, "arrow_to_itself"),
        ({"arrows": "A -> B", "absorbing": ("A",)}, "arrow_from_absorbing"),
        ({"arrows": "A -> Z"}, "unknown_list_in_flow"),
        ({"absorbing": ("Z",)}, "unknown_list_in_flow"),
        ({"absorbing": ("A", "B")}, "people_on_two_absorbing"),
        ({"absorbing": "A"}, "option_needs_names"),
    ],
)
def test_what_cannot_be(settings, code):
    with pytest.raises(ModelError) as caught:
        ReferralFlow(**settings).fit(table([0, 5, 4, 3, 2, 1, 1, 1]))
    assert caught.value.code == code
    assert str(caught.value)


def test_too_many_lists():
    histories = np.r_[1 << np.arange(13), (1 << 13) - 1]
    data = CaptureTable.build(tuple("ABCDEFGHIJKLM"), histories, np.full(14, 5))
    with pytest.raises(ModelError) as caught:
        ReferralFlow().fit(data)
    assert caught.value.code == "too_many_lists_for_flow"


def test_it_fits_what_the_laboratory_draws():
    effects = np.zeros((4, 4))
    effects[0, 1] = 1.5
    share = referrals([0.3, 0.3, 0.3, 0.3], effects, 3)
    counts = np.round(np.r_[0, 10**6 * share[1:]]).astype(int)
    fit = ReferralFlow("A -> B", ("D",)).fit(table(counts))
    assert fit.unobserved[0] == pytest.approx(10**6 * share[0], rel=1e-4)
