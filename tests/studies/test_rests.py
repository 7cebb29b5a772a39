"""Whom an estimate rests on, against every way to take people away."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.kernels import verdicts
from darknumber.kernels.terms import parse_terms
from darknumber.models import BayesThreshold, Behaviour, Chapman, Heterogeneity
from darknumber.models.average import Average
from darknumber.models.best import Best
from darknumber.models.log_linear import Independence, LogLinear
from darknumber.models.stratified import Stratified
from darknumber.models.two_lists import LincolnPetersen
from darknumber.register.small import small_register
from darknumber.studies.rests import rests_on

NO_LIMIT = (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)
PAIRS_OF_THREE = ("A:B", "A:C", "B:C")
MODELS_OF_THREE = [" + ".join(terms) for n in range(4) for terms in combinations(PAIRS_OF_THREE, n)]


def table_of(counts: dict[int, int], lists: str = "ABC") -> CaptureTable:
    return CaptureTable.build(tuple(lists), list(counts), list(counts.values()))


def fewest_by_trying(terms: str, table: CaptureTable) -> int:
    """The fewest people without whom there is no upper limit: every set of histories is emptied in turn."""
    model = LogLinear(terms)
    fit = model.fit(table)
    cells = table.dense()[0]
    there = np.flatnonzero(cells)
    emptied = [set(each) for n in range(len(there) + 1) for each in combinations(there.tolist(), n)]
    counts = np.stack([np.where(np.isin(np.arange(len(cells)), list(each)), 0.0, cells) for each in emptied])[:, None]
    found = np.isin(model.refit(fit, counts).verdict[:, 0], NO_LIMIT)
    return min(int(sum(cells[list(each)])) for each, gone in zip(emptied, found, strict=True) if gone)


def fewest_by_programme(terms: str, table: CaptureTable) -> int:
    """The same as a mixed-integer programme: a direction in which the dark figure rises and as few people as can be
    have histories whose expected counts fall."""
    lists = len(table.lists)
    bits = {name: 1 << place for place, name in enumerate(table.lists)}
    sets = {0, *bits.values()}
    for term in parse_terms(terms):
        names = [bits[factor.name] for factor in term]
        sets |= {sum(each) for each in chain.from_iterable(combinations(names, n) for n in range(1, len(names) + 1))}
    order = sorted(sets)
    cells = np.arange(1, 1 << lists)
    rows = np.array([[(w & a) == a for a in order] for w in cells], dtype=float)
    people = table.dense()[0][1:]
    there = np.flatnonzero(people)
    big = 4.0 * lists
    falls = np.zeros((len(there), len(order) + len(there)))
    falls[:, : len(order)] = rows[there]
    falls[:, len(order) :] = big * np.eye(len(there))
    low, high = np.full(len(order), -big), np.full(len(order), big)
    low[0] = high[0] = 1.0
    found = milp(
        np.concatenate([np.zeros(len(order)), people[there]]),
        constraints=[
            LinearConstraint(np.hstack([rows, np.zeros((len(rows), len(there)))]), -np.inf, 0.0),
            LinearConstraint(falls, 0.0, np.inf),
        ],
        bounds=Bounds(np.concatenate([low, np.zeros(len(there))]), np.concatenate([high, np.ones(len(there))])),
        integrality=np.concatenate([np.zeros(len(order)), np.ones(len(there))]),
    )
    return round(found.fun)


@pytest.mark.parametrize("terms", MODELS_OF_THREE)
def test_nobody_fewer_would_do_with_three_lists(terms):
    generator = np.random.default_rng(len(terms))
    for _ in range(4):
        counts = generator.poisson(generator.gamma(0.8, 10, 8)) + np.array([0, 1, 1, 0, 1, 0, 0, 0])
        counts[0] = 0
        table = table_of(dict(enumerate(counts.tolist())))
        if LogLinear(terms).fit(table).verdict[0] != verdicts.ESTIMABLE:
            continue
        assert rests_on(LogLinear(terms).fit(table)).people == fewest_by_trying(terms, table)


@pytest.mark.parametrize("lists", [4, 5])
def test_nobody_fewer_would_do_with_more_lists(lists):
    generator = np.random.default_rng(lists)
    tried = 0
    for _ in range(15):
        chances = generator.uniform(0.05, 0.3, lists)
        on = generator.random((2000, lists)) < chances
        i, j = generator.choice(lists, 2, replace=False)
        on[on[:, i] & (generator.random(2000) < 0.3), j] = True
        history = on @ (1 << np.arange(lists))
        counts = np.bincount(history[history > 0], minlength=1 << lists)
        table = table_of(dict(enumerate(counts.tolist())), "ABCDE"[:lists])
        fit = Best().fit(table)
        if fit.verdict[0] == verdicts.ESTIMABLE:
            tried += 1
            assert rests_on(fit).people == fewest_by_programme(fit.terms or "", table)
    assert tried > 10


@pytest.mark.parametrize("name", ["korea", "uk-2013-5", "western-us", "australia-2015-2017", "kosovo-1999"])
def test_without_them_there_is_no_limit_and_with_one_of_them_there_is(name):
    table = example(name)
    fit = Best().fit(table)
    rests = rests_on(fit)
    model = LogLinear(fit.terms or "")
    cells = table.dense()[0]
    bits = {name: 1 << place for place, name in enumerate(table.lists)}
    gone = [sum(bits[name] for name in each.lists) for each in rests.combinations]
    without = np.where(np.isin(np.arange(len(cells)), gone), 0.0, cells)
    one_left = without.copy()
    one_left[gone[0]] = 1.0
    found = model.refit(model.fit(table), np.stack([without, one_left])[:, None])
    assert found.verdict[0, 0] in NO_LIMIT
    assert found.verdict[1, 0] == verdicts.ESTIMABLE
    assert rests.people == cells.sum() - without.sum()


def test_two_lists_rest_on_those_on_both():
    rests = rests_on(LincolnPetersen().fit(table_of({1: 30, 2: 20, 3: 7}, "AB")))
    assert (rests.people, rests.kind, rests.lists) == (7, "exactly", ("A", "B"))


def test_independent_lists_rest_on_everyone_on_two():
    rests = rests_on(Independence().fit(table_of({1: 30, 2: 20, 4: 9, 3: 7, 5: 2, 7: 1})))
    assert (rests.people, rests.kind, rests.smallest) == (10, "several", ())


def test_two_lists_independent_given_a_third_rest_on_those_outside_it():
    # mu_0 = y_B y_C / y_BC, with nobody of them on A
    rests = rests_on(LogLinear("A:B + A:C").fit(table_of({1: 30, 2: 20, 4: 9, 3: 7, 5: 8, 6: 4, 7: 3})))
    assert (rests.people, rests.kind, rests.lists) == (4, "exactly", ("B", "C"))
    assert [(each.lists, each.people) for each in rests.smallest] == [(("A", "B"), 10), (("A", "C"), 11)]


def test_a_list_that_depends_on_nothing_rests_on_its_overlaps():
    rests = rests_on(LogLinear("A:B").fit(table_of({1: 30, 2: 20, 4: 9, 3: 700, 5: 2, 6: 3, 7: 1})))
    assert (rests.people, rests.kind) == (6, "combinations")
    # with the overlap of A and B small, that is part of what keeps a limit, but C alone would do
    assert [each.lists for each in rests.combinations] == [("B", "C"), ("A", "C"), ("A", "B", "C")]


def test_where_there_is_no_limit_the_estimate_rests_on_nobody():
    rests = rests_on(LogLinear("A:B").fit(table_of({1: 30, 2: 20, 4: 9, 3: 7})))
    assert (rests.people, rests.kind, rests.combinations) == (0, "nobody", ())


def test_of_models_by_level_the_weakest_counts():
    sex = Covariate.of("sex", ["f", "m"])
    table = CaptureTable.build(
        ("A", "B"),
        [1, 2, 3, 1, 2, 3],
        [30, 20, 9, 30, 20, 4],
        covariates=[sex],
        levels=[np.array([0, 0, 0, 1, 1, 1])],
    )
    assert rests_on(Stratified(model=LincolnPetersen(), by=("sex",)).fit(table)).people == 4
    assert rests_on(Independence().fit(table)).people == 13


def test_an_average_rests_on_what_its_best_model_rests_on():
    table = example("uk-2013-5")
    best = Best(criterion="aic").fit(table)
    assert rests_on(Average(criterion="aic").fit(table)) == rests_on(best)


def test_terms_with_covariates_count_by_their_lists():
    table = small_register(seed=3).table
    one = rests_on(LogLinear("police:coordinators + shelters:form").fit(table))
    assert one == rests_on(LogLinear("police:coordinators").fit(table.pool(["year", "sex", "form"])))
    assert one.smallest[0].lists == ("police", "coordinators")


@pytest.mark.parametrize("lists", [4, 5])
def test_hardly_any_fewer_would_do_with_terms_of_more_lists(lists):
    generator = np.random.default_rng(lists + 10)
    tried = exact = 0
    for _ in range(12):
        on = generator.random((1500, lists)) < generator.uniform(0.05, 0.3, lists)
        i, j, k = generator.choice(lists, 3, replace=False)
        on[on[:, i] & on[:, j] & (generator.random(1500) < 0.5), k] = True
        history = on @ (1 << np.arange(lists))
        counts = np.bincount(history[history > 0], minlength=1 << lists)
        table = table_of(dict(enumerate(counts.tolist())), "ABCDE"[:lists])
        fit = Best(criterion="aic", max_order=lists - 1).fit(table)
        if fit.verdict[0] == verdicts.ESTIMABLE:
            tried += 1
            people, fewest = rests_on(fit).people, fewest_by_programme(fit.terms or "", table)
            assert fewest <= people <= 1.125 * fewest
            exact += people == fewest
    assert exact > 0.9 * tried > 9


def test_what_stands_inside_a_larger_term_may_be_left_out_with_it():
    # without A:B:D and A:D that stood in it, A and D are independent given B and C: mu_0 = y_A y_D / y_AD
    counts = [213, 191, 84, 138, 56, 57, 16, 78, 28, 35, 37, 32, 1, 10, 10]
    table = table_of(dict(enumerate(counts, start=1)), "ABCD")
    fit = LogLinear("A:B:C + A:B:D + B:C:D").fit(table)
    rests = rests_on(fit)
    assert (rests.people, rests.kind, rests.lists) == (28, "exactly", ("A", "D"))
    assert fewest_by_programme(fit.terms, table) == 28


def test_people_who_differ_rest_on_those_on_two_lists():
    # M0 and Mt: everyone on two or more; Chao's bound for equal lists is f1^2 / (2 f2): those on exactly two
    table = table_of({1: 30, 2: 20, 4: 9, 3: 7, 5: 2, 6: 3, 7: 4})
    for settings_of, expected in (
        ({"form": "none", "lists": "equal"}, (16, "several")),
        ({"form": "none"}, (16, "several")),
        ({"form": "chao", "lists": "equal"}, (12, "two")),
    ):
        rests = rests_on(Heterogeneity(**settings_of).fit(table))
        assert (rests.people, rests.kind) == expected


@pytest.mark.parametrize(
    "model", [Chapman(), Behaviour(), BayesThreshold(draws=400)], ids=["corrected", "order of time", "prior"]
)
def test_of_a_model_with_a_limit_whatever_the_overlap_nothing_is_said(model):
    table = table_of({1: 30, 2: 20, 3: 7}, "AB") if isinstance(model, Chapman) else example("korea")
    assert rests_on(model.fit(table)) is None


@pytest.mark.parametrize("form", ["none", "chao", "poisson", "darroch", "gamma"])
@pytest.mark.parametrize("name", ["korea", "uk-2013-5", "kosovo-1999"])
def test_what_is_said_of_people_who_differ_is_so(form, name):
    table = example(name)
    model = Heterogeneity(form=form)
    fit = model.fit(table)
    rests = rests_on(fit)
    if rests is None:
        return
    cells = table.dense()
    bits = {name: 1 << place for place, name in enumerate(table.lists)}
    cells[0, [sum(bits[name] for name in each.lists) for each in rests.combinations]] = 0.0
    assert cells.sum() == table.count.sum() - rests.people
    assert model.refit(fit, cells[None]).verdict[0, 0] in NO_LIMIT


def test_a_part_with_nobody_does_not_count():
    sex = Covariate.of("sex", ["f", "m", "x"])
    table = CaptureTable.build(
        ("A", "B"),
        [1, 2, 3, 1, 2, 3],
        [30, 20, 9, 30, 20, 4],
        covariates=[sex],
        levels=[np.array([0, 0, 0, 1, 1, 1])],
    )
    rests = rests_on(Stratified(model=LincolnPetersen(), by=("sex",)).fit(table))
    assert (rests.people, rests.part) == (4, 1)


@given(counts=st.lists(st.integers(1, 30), min_size=15, max_size=15), order=st.permutations(range(4)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_lists_changes_nothing(counts, order):
    named = "ABCD"
    terms = "A:B + B:C + A:D"
    moved = {sum(1 << order[j] for j in range(4) if w >> j & 1): n for w, n in enumerate(counts, start=1)}
    names = "".join(sorted(named, key=lambda name: order[named.index(name)]))
    one = rests_on(LogLinear(terms).fit(table_of(dict(enumerate(counts, start=1)), named)))
    other = rests_on(LogLinear(terms).fit(table_of(moved, names)))
    assert (one.people, one.kind, set(one.lists)) == (other.people, other.kind, set(other.lists))
