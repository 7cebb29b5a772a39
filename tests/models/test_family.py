"""The set of models of a table: equal to looking at every one of them, by fits that share nothing with ours."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED
from darknumber.models import LogLinear, family
from darknumber.models.family import CERTAIN, Family
from tests.enumerate_models import (
    COUNTS,
    closed_sets,
    costs,
    counted,
    every_model,
    fitted,
    saturated,
    search_case,
    slowly,
)
from tests.oracles import dense, face, random_table, split_terms

SAME = 2e-5  # of a criterion: the margin of a search, and the errors of two fits
RELATIVE = 1e-5  # of a dark figure
NEARLY = 1e-2  # people: a dark figure on its way to zero has got so far when the likelihood has stopped rising
SHARED = ("korea", "artificial-3", "kosovo-1999", "australia-2015-2017")  # all published tables of three and four lists
CASES = 40  # random tables held against the oracle
LISTED = 4  # models of each of those that are
FIVE_LISTS = 6  # random tables of five lists, all models of each
BOUNDARY = 150  # tables whose maximum may lie at infinity in unexpected ways
STRANGE = 10  # models of each of those


class OneByOne:
    """All models of a small table by the oracle, fitted once."""

    def __init__(self, name):
        self.table = example(name)
        self.y = self.table.dense()
        self.family = Family(self.table, "bic", len(self.table.lists) - 1)
        self.models = every_model(self.family)
        self.slow = [slowly(self.table, self.y, self.family.label(int(m)), "free") for m in self.models]
        self.parameters = counted(self.family, self.models)

    def criterion(self, name):
        return np.array([fit.minus_two for fit in self.slow]) + costs(name, self.y, self.parameters)


@pytest.fixture(scope="module", params=SHARED)
def one_by_one(request):
    return OneByOne(request.param)


@pytest.mark.parametrize(("lists", "number"), COUNTS.items())
def test_the_number_of_hierarchical_models(lists, number):
    table = random_table(np.random.default_rng(1), lists=lists, people=3000, on_list=(0.2, 0.4))
    whole = Family(table, "bic", lists - 1)
    terms = sorted((whole.columns.terms[place] for place in whole.candidates), key=len)
    below = [sum(1 << place for place, other in enumerate(terms) if other < term) for term in terms]
    assert len(closed_sets(below)) == number
    if lists < 6:
        models = every_model(whole)
        assert len(np.unique(models)) == len(models) == number
        assert len({whole.label(int(model)) for model in models}) == number


@pytest.mark.parametrize("criterion", ["bic", "aic", "aicc", "bic-overlap", 3.0])
@pytest.mark.parametrize("delta", [2.0, 6.0, 10.0])
def test_published_tables_one_by_one(one_by_one, criterion, delta):
    """The optimum, the whole set, each criterion, verdict and dark figure, and the certificate."""
    true = one_by_one.criterion(criterion)
    searched = Family(one_by_one.table, criterion, len(one_by_one.table.lists) - 1)
    found = searched.near(one_by_one.y, delta)
    dark, verdict = searched.dark(one_by_one.y, found)
    place = {int(model): row for row, model in enumerate(one_by_one.models)}
    rows = [place[int(model)] for model in found.models]
    assert found.complete
    assert found.criterion == pytest.approx(true[rows], abs=SAME)
    assert found.criterion[0] == pytest.approx(true.min(), abs=SAME)
    assert {int(m) for m in one_by_one.models[true - true.min() <= delta]} <= {int(m) for m in found.models}
    others = np.delete(true, rows)
    further = true[true - true.min() > delta].min(initial=np.inf) - true.min()
    assert delta < found.beyond(delta) <= further + SAME
    assert others.min(initial=np.inf) >= found.floor - SAME
    assert np.exp(-(others - true.min()) / 2).sum() <= found.omitted + 1e-12
    for number, row in enumerate(rows):
        slow = one_by_one.slow[row]
        assert verdict[number].tolist() == slow.verdict.tolist()
        if slow.verdict[0] == ESTIMABLE:
            assert dark[number] == pytest.approx(slow.dark, rel=RELATIVE)
        assert found.minus_two[number] == pytest.approx(slow.minus_two, abs=SAME)


def test_random_sparse_counts_by_the_oracle():
    """Covariates, lists not kept everywhere, empty lists and pairs, both margins: values, verdicts, dark figures."""
    verdicts_seen = set()
    for seed in range(CASES):
        case = search_case(seed)
        searched = case.family(("bic", "aic", "bic-overlap", 0.7)[seed % 4])
        found = searched.near(searched.refitter.merge(case.counts), 6.0)
        found = found.take(np.random.default_rng(seed).permutation(len(found.models))[:LISTED])
        dark, verdict = searched.dark(case.counts, found)
        people = case.counts.sum(axis=1)
        asked = (people > 0) | (case.margin == "modelled")
        for row, model in enumerate(found.models):
            slow = slowly(case.table, case.counts, searched.label(int(model)), case.margin)
            assert verdict[row][asked].tolist() == slow.verdict[asked].tolist(), seed
            known = asked & (slow.verdict == ESTIMABLE)
            assert dark[row][known] == pytest.approx(slow.dark[known], rel=RELATIVE, abs=RELATIVE), seed
            merging = searched._of_merging(case.counts)
            assert found.minus_two[row] + merging == pytest.approx(slow.minus_two, abs=SAME), seed
            verdicts_seen |= set(verdict[row].tolist())
    assert verdicts_seen == {0, 1, 2, 3}


@pytest.mark.parametrize("seed", range(FIVE_LISTS))
def test_random_tables_of_five_lists(seed):
    """All 6,893 models, each fitted from a cold start."""
    case = search_case(seed, lists=5)
    searched = Family(case.table, ("bic", "aic", 5.0)[seed % 3], 4)
    everything = fitted(searched, case.counts, searched.criterion)
    assert len(everything.models) == COUNTS[5]
    for delta in (2.0, 6.0, 10.0):
        found = searched.near(case.counts, delta)
        listed = np.isin(everything.models, found.models)
        assert found.criterion[0] == pytest.approx(everything.criterion.min(), abs=SAME)
        assert everything.near(delta) <= {int(model) for model in found.models}
        assert everything.criterion[~listed].min() >= found.floor - SAME
        assert everything.weight_without(found) <= found.omitted
    weighed = searched.weighed(case.counts)
    whole = float(np.exp(-everything.distance / 2).sum())
    assert everything.weight_without(weighed) <= min(weighed.omitted, CERTAIN * whole)


def test_all_pair_models_of_the_six_lists_of_the_united_kingdom():
    """32,768 models; those whose price alone is too high are out, as no deviance is below zero."""
    table = example("uk-2013")
    searched = Family(table, "bic", 2)
    y = table.dense()
    found = searched.near(y, 6.0)
    limit = found.criterion[0] + 10.0
    models = every_model(searched)
    possible = saturated(y) + costs("bic", y, counted(searched, models)) < limit
    everything = fitted(searched, y, "bic", models[possible])
    assert len(models) == 32_768
    assert everything.criterion.min() == pytest.approx(found.criterion[0], abs=SAME)
    assert everything.near(6.0) == {int(model) for model in found.models[found.distance <= 6.0]}
    further = everything.distance[everything.distance > 6.0].min()
    assert 6.0 < found.beyond(6.0) <= further + SAME


def test_inside_is_said_only_where_the_maximum_exists():
    """Tables with faces that are no zero margins; what is left where void terms are put aside must have a maximum."""
    rng = np.random.default_rng(8)
    seen = {True: 0, False: 0}
    for _ in range(BOUNDARY):
        lists = int(rng.integers(3, 5))
        cells = np.arange(1 << lists)
        sizes = np.ceil(10.0 ** rng.uniform(0, rng.choice([1, 3, 6]), size=len(cells)))
        y = sizes * (rng.random(len(cells)) < rng.uniform(0.3, 0.95))
        y[0] = 0
        if not all(y[(cells >> place & 1) == 1].any() for place in range(lists)):
            continue
        table = CaptureTable.build("ABCD"[:lists], cells[y > 0], y[y > 0].astype(int))
        searched = Family(table, 0.5, lists - 1)
        found = searched.near(table.dense(), 1e9)  # everything is fitted
        for row in rng.permutation(len(found.models))[:STRANGE]:
            model = int(found.models[row])
            masks = searched.design.masks[searched.state(model)[searched.design.term]]
            void = np.zeros(len(cells), dtype=bool)
            for mask in masks:
                within = (cells & mask) == mask
                void |= within & (y[within].sum() == 0)
            on = face(dense(table, split_terms(searched.label(model))))
            exists = bool(np.array_equal(on, ~void[1:]))
            assert exists or not found.inside[row], (y, searched.label(model))
            seen[exists] += 1
    assert min(seen.values()) > 100


@pytest.mark.parametrize("fits", [5, 20, 60, 200])
@pytest.mark.parametrize("name", ["uk-2013-5", "kosovo-1999"])
def test_stopped_early_nothing_unlisted_is_below_the_floor(name, fits):
    table = example(name)
    searched, y = Family(table, "aic", len(table.lists) - 1), table.dense()
    everything = fitted(searched, y, "aic")
    for found in (searched.near(y, 6.0, most=fits * y.size), searched.weighed(y, most=fits * y.size)):
        left_out = everything.criterion[~np.isin(everything.models, found.models)]
        weight = np.exp(-(left_out - found.criterion[0]) / 2).sum()
        assert left_out.min(initial=np.inf) >= found.floor - SAME
        assert weight <= found.omitted * (1 + SAME) + 1e-12
        assert found.complete or found.beyond(6.0) <= everything.distance[everything.distance > 6.0].min()
    assert fits > 20 or not found.complete


def test_what_was_proved_before_a_stop_still_holds():
    """The best is proved first; with fewer fits than the whole list takes, that is not lost."""
    table = example("uk-2013")
    searched, y = Family(table, "bic", 5), table.dense()
    seeds = (searched.local(y),)
    whole = searched.near(y, 6.0, seeds)
    proofs = [searched.near(y, 6.0, seeds, most=fits * y.size) for fits in range(100, len(whole.models), 100)]
    assert {proof.beyond(6.0) >= 0 for proof in proofs if not proof.complete} == {True, False}
    assert all(np.diff([proof.beyond(6.0) >= 0 for proof in proofs]) >= 0)
    assert all(proof.models[0] == whole.models[0] for proof in proofs if proof.beyond(6.0) >= 0)


def test_a_full_ledger_changes_nothing(monkeypatch):
    for seed in range(20):
        case = search_case(seed)
        searched = case.family("aic")
        y = searched.refitter.merge(case.counts)
        plain, averaged = searched.near(y, 6.0), searched.weighed(y)
        with monkeypatch.context() as small:
            small.setattr(family, "FIRST_ROWS", 2)
            small.setattr(family, "TURN", 1)
            for whole, again in ((plain, searched.near(y, 6.0)), (averaged, searched.weighed(y))):
                assert set(again.models.tolist()) == set(whole.models.tolist())
                assert again.criterion == pytest.approx(whole.criterion, abs=SAME)
                assert (again.floor, again.omitted) == pytest.approx((whole.floor, whole.omitted), abs=SAME)
                assert again.complete


@pytest.mark.parametrize("margin", ["free", "modelled"])
@pytest.mark.parametrize("scope", ["", "A:B + B:C", "A:B:u + C:u"])
def test_the_table_of_candidates_is_each_model_fitted(margin, scope):
    """Also where strata are merged because no term in the scope tells them apart."""
    compared = 0
    for seed in range(6):
        rng = np.random.default_rng([seed, 9])
        table = random_table(rng, lists=3, levels=(3,), people=300, on_list=(0.1, 0.5), dependence=1)
        searched = Family(table, "aic", 2, scope=scope, margin=margin)
        y = table.dense()
        merged = searched.refitter.merge(y)
        local = searched.local(merged)
        found = searched.near(merged, 4.0, (local,))
        listed = searched.tabulate(y, found, 4.0, local, weighed=True)
        assert listed.distance[0] == 0
        assert listed.weight.sum() <= 1 + 1e-12
        assert listed.weight == pytest.approx(listed.weight[0] * np.exp(-listed.distance / 2))
        for row, label in enumerate(listed.label):
            fit = LogLinear(label, margin).fit(table)
            aic = -2 * fit.log_likelihood + 2 * fit.parameters
            people = table.observed.sum()
            assert listed.parameters[row] == fit.parameters
            assert listed.deviance[row] == pytest.approx(fit.deviance, abs=SAME)
            assert listed.aic[row] == pytest.approx(aic, abs=SAME)
            assert listed.bic[row] == pytest.approx(aic + (np.log(people) - 2) * fit.parameters, abs=SAME)
            if not np.isin(fit.verdict, (INFINITE, NOT_IDENTIFIED)).any():
                assert listed.unobserved[row] == pytest.approx(fit.unobserved.sum(), rel=RELATIVE)
            else:
                assert not np.isfinite(listed.unobserved[row])
            compared += 1
    assert compared >= 12


def test_totals_where_nobody_is_unseen_are_fitted_totals():
    """With a modelled margin, a stratum whose dark figure is zero still has its fitted total, as when fitted alone."""
    compared = 0
    for seed in range(300):
        case = search_case(seed)
        if case.margin == "free":
            continue
        searched = case.family("aic")
        y = case.table.dense()
        found = searched.near(y, 2.0)
        dark, verdict = searched.dark(y, found)
        for row in np.flatnonzero((verdict == 2).any(axis=1))[:3]:
            fit = LogLinear(searched.label(int(found.models[row])), "modelled").fit(case.table)
            assert dark[row] == pytest.approx(fit.unobserved, rel=1e-4, abs=NEARLY, nan_ok=True)
            compared += 1
    assert compared > 5


def test_of_equally_good_models_the_smallest_comes_first():
    """One person on each list and on both of each pair: many models fit alike, and rounding must not choose."""
    ties = 0
    for seed in range(60):
        case = search_case(seed, people=(15, 25))
        searched = case.family("bic-overlap")
        y = searched.refitter.merge(case.counts)
        first, again = searched.near(y, 2.0), searched.near(y, 2.0, searched.near(y, 0.0).models[-3:].tolist())
        assert first.models[0] == again.models[0]
        tied = first.distance == 0
        assert first.parameters[0] == first.parameters[tied].min()
        ties += int(tied.sum() > 1)
    assert ties > 5


def test_more_terms_than_a_search_can_hold_are_refused():
    table = random_table(np.random.default_rng(1), lists=7, people=5000, on_list=(0.2, 0.5))
    with pytest.raises(ModelError) as caught:
        Family(table, "bic", 4)
    assert caught.value.code == "too_many_terms"
    assert len(Family(table, "bic", 3).candidates) == 56


@pytest.mark.parametrize(("seed", "criterion"), [(1_000_091, "aic"), (1_000_074, "bic-overlap")])
def test_a_fit_from_a_bad_start_goes_on_until_it_arrives(seed, criterion):
    """Eight people and up to 17 parameters: steps ran out 2e-4 below the maximum, more than a search allows."""
    case = search_case(seed, lists=5)
    searched = Family(case.table, criterion, 4)
    found = searched.weighed(case.counts)
    alone = fitted(searched, case.counts, criterion, found.models)
    assert found.minus_two == pytest.approx(alone.minus_two, abs=1e-5)
