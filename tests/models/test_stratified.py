"""A model in every stratum: the same as fitting each by hand, and one selection for all."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Profile
from darknumber.kernels.verdicts import ESTIMABLE, NOT_IDENTIFIED
from darknumber.models import Chapman, LogLinear, Stepwise, Stratified
from darknumber.models.selection import Search
from tests.oracles import covariates_of, dense, extended_fit, random_table, split_terms


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(21)
    return random_table(rng, lists=4, levels=(3, 2), people=4000, on_list=(0.1, 0.4), dependence=0.8)


def part(table, u):
    return table.select("u", [str(u)]).pool(["u"])


@pytest.mark.parametrize(
    "inner", [LogLinear("A:B + C:v"), LogLinear("A:B + C:u"), Stepwise(), Stepwise("aic", trend="poly(v, 1)")]
)
def test_each_stratum_is_fitted_as_by_hand(table, inner):
    fit = Stratified(inner, ("u",)).fit(table)
    alone = inner.without(["u"])
    by_hand = [alone.fit(part(table, u)) for u in (1, 2, 3)]
    assert fit.unobserved == pytest.approx(np.concatenate([each.unobserved for each in by_hand]))
    assert [each.terms for each in fit.parts] == [each.terms for each in by_hand]
    assert fit.log_likelihood == pytest.approx(sum(each.log_likelihood for each in by_hand))
    assert fit.deviance == pytest.approx(sum(each.deviance for each in by_hand))
    assert fit.parameters == sum(each.parameters for each in by_hand)
    assert "u" in fit.active


def test_refits_are_those_of_each_stratum(table):
    model = Stratified(Stepwise(), ("u",))
    fit = model.fit(table)
    counts = np.random.default_rng(0).poisson(table.dense(), size=(4, *table.dense().shape)).astype(float)
    found = model.refit(fit, counts)
    for u in range(3):
        own = Stepwise().refit(Stepwise().fit(part(table, u + 1)), counts[:, 2 * u : 2 * u + 2])
        assert found.unobserved[:, 2 * u : 2 * u + 2] == pytest.approx(own.unobserved, rel=1e-6)


def test_by_two_covariates(table):
    fit = Stratified(LogLinear("A:B"), ("v", "u")).fit(table)
    for u in range(3):
        for v in range(2):
            alone = part(table, u + 1).select("v", [str(v + 1)]).pool(["v"])
            assert fit.unobserved[2 * u + v] == pytest.approx(LogLinear("A:B").fit(alone).unobserved[0])


def test_one_selection_for_all_is_by_the_sum_of_criteria(table):
    """Every model on the joint path: its deviance is the sum over strata, and no move would lower the sum of BICs."""
    model = Stratified(Stepwise(), ("u",), "joint")
    fit = model.fit(table)
    parts = [part(table, u) for u in (1, 2, 3)]

    def summed(text):
        fits = [extended_fit(dense(each, split_terms(text))) for each in parts]
        columns = [dense(each, split_terms(text)).rows.shape[1] for each in parts]
        cost = [np.log(each.observed.sum()) for each in parts]
        deviance = sum(each.deviance for each in fits)
        return deviance, sum(c * k - 2 * f.log_likelihood for c, k, f in zip(cost, columns, fits, strict=True))

    path = [summed(label) for label in fit.candidates.label]
    assert fit.candidates.deviance == pytest.approx([deviance for deviance, _ in path], rel=1e-6)
    sums = np.array([criterion for _, criterion in path])
    assert (np.diff(sums) < 0).all()
    assert np.diff(fit.candidates.bic) == pytest.approx(np.diff(sums), abs=1e-5)
    chosen = set(split_terms(fit.candidates.label[-1]))
    names = [*table.lists, "v"]
    pairs = {f"{a}:{b}" for i, a in enumerate(names) for b in names[i + 1 :]}
    last = path[-1][1]
    assert all(summed(" + ".join(sorted(chosen ^ {pair})))[1] > last - 1e-4 for pair in pairs)


def test_one_selection_for_all_has_the_dark_figures_of_each(table):
    fit = Stratified(Stepwise(), ("u",), "joint").fit(table)
    each = Stratified(LogLinear(fit.terms), ("u",)).fit(table)
    assert fit.unobserved == pytest.approx(each.unobserved, rel=1e-6)
    assert fit.deviance == pytest.approx(each.deviance)


def test_the_covariate_split_by_is_no_candidate(table):
    columns = Search(Stepwise(), table, split=("u",)).columns
    assert not any(factor.name == "u" for term in columns.terms for factor in term)
    everything = Stratified(Stepwise(direction="backward"), ("u",), "joint").fit(table)
    assert "u" not in everything.candidates.label[0]


def sparse():
    """List C has nobody in the second year, and only list A anybody in the third; the fourth year is empty."""
    return CaptureTable.build(
        "ABC",
        [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 1],
        [20, 15, 9, 12, 6, 5, 3, 18, 14, 7, 11],
        covariates=covariates_of((4,)),
        levels=[np.array([0] * 7 + [1] * 3 + [2])],
    )


def test_a_list_that_nobody_is_on_in_one_stratum_leaves_its_terms():
    fit = Stratified(LogLinear("A:C"), ("u",)).fit(sparse())
    assert fit.verdict.tolist() == [ESTIMABLE, ESTIMABLE, NOT_IDENTIFIED, ESTIMABLE]
    assert fit.unobserved[1] == pytest.approx(18 * 14 / 7)
    assert fit.unobserved[3] == 0
    assert [(finding.code, finding.values["names"]) for finding in fit.findings] == [("parts_not_identified", ("3",))]
    again = Stratified(LogLinear("A:C"), ("u",)).refit(fit, np.stack([sparse().dense()] * 2))
    assert np.array_equal(again.verdict, [fit.verdict] * 2)


def test_a_term_of_all_lists_that_are_left_identifies_nothing():
    fit = Stratified(LogLinear("A:B"), ("u",)).fit(sparse())
    assert fit.verdict.tolist() == [ESTIMABLE, NOT_IDENTIFIED, NOT_IDENTIFIED, ESTIMABLE]
    assert [finding.values["names"] for finding in fit.findings] == [("2", "3")]
    assert all(finding.sentence() for finding in fit.findings)
    again = Stratified(LogLinear("A:B"), ("u",)).refit(fit, np.stack([sparse().dense()] * 2))
    assert np.array_equal(again.verdict, [fit.verdict] * 2)
    jointly = LogLinear("A:B:u + C:u").fit(sparse())  # the same model as one
    assert jointly.verdict.tolist() == fit.verdict.tolist()
    assert jointly.unobserved[0] == pytest.approx(fit.unobserved[0])


def test_profile_limits_stratum_by_stratum(table):
    table = table.pool(["v"])
    found = estimate(table, Stratified(LogLinear("A:B"), ("u",)), Profile())
    for u in (1, 2, 3):
        alone = estimate(part(table, u), LogLinear("A:B"), Profile())
        assert found.limits[u - 1] == pytest.approx(alone.limits[0])


def test_mistakes_are_told(table):
    with pytest.raises(InputError) as unknown:
        Stratified(LogLinear(), ("year",)).fit(table)
    assert unknown.value.code == "unknown_covariate"
    with pytest.raises(ModelError) as joint:
        Stratified(LogLinear(), ("u",), "joint").fit(table)
    assert joint.value.code == "joint_needs_stepwise"
    with pytest.raises(ModelError) as every:
        Stratified(LogLinear("A:B:C:D"), ("u",)).fit(table)
    assert every.value.code == "term_of_all_lists"
    with pytest.raises(ModelError) as two:
        Stratified(Chapman(), ("u", "v")).fit(table)
    assert two.value.code == "needs_two_lists"


def test_without_its_covariates_it_is_the_model_inside():
    model = Stratified(LogLinear("A:u + B:v"), ("u", "v"))
    assert model.without(["u"]) == Stratified(LogLinear("A + B:v"), ("v",))
    assert model.without(["u", "v"]) == LogLinear("A + B")
