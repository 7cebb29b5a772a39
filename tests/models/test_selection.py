"""Stepwise models: the path that is kept, joined searches, and the search repeated on replicates."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels.verdicts import ESTIMABLE
from darknumber.models import LogLinear, Stepwise
from tests.oracles import random_table


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(31)
    return random_table(rng, lists=4, levels=(3, 2), people=5000, on_list=(0.1, 0.4), dependence=0.8)


def test_every_row_of_the_path_is_its_model_fitted(table):
    path = Stepwise("aic", max_order=3).fit(table).candidates
    n = table.observed.sum()
    assert len(path.label) > 5
    for place, label in enumerate(path.label):
        fit = LogLinear(label).fit(table)
        assert fit.terms == label
        assert path.deviance[place] == pytest.approx(fit.deviance, rel=1e-7)
        assert path.parameters[place] == fit.parameters
        assert path.aic[place] == pytest.approx(-2 * fit.log_likelihood + 2 * fit.parameters)
        assert path.bic[place] == pytest.approx(-2 * fit.log_likelihood + np.log(n) * fit.parameters)
        k = fit.parameters
        assert path.aicc[place] - path.aic[place] == pytest.approx(2 * k * (k + 1) / (n - k - 1))
        assert path.unobserved[place] == pytest.approx(fit.unobserved.sum(), rel=1e-6)
        assert path.verdict[place] == ESTIMABLE
    assert path.chosen == len(path.label) - 1


@pytest.mark.parametrize(("criterion", "column"), [("aic", "aic"), ("aicc", "aicc"), ("bic", "bic"), (2, "aic")])
@pytest.mark.parametrize("direction", ["both", "forward", "backward"])
@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_the_criterion_falls_with_every_step(table, criterion, column, direction, margin):
    fit = Stepwise(criterion, direction, margin=margin).fit(table)
    assert (np.diff(getattr(fit.candidates, column)) < 0).all()
    signs = {step[:1] for step in fit.candidates.step}
    assert signs <= {"", "+", "-"} - {"forward": {"-"}, "backward": {"+"}}.get(direction, set())


@pytest.mark.parametrize("margin", ["free", "modelled"])
def test_aicc_counts_the_parameters_of_small_tables_right(margin):
    """Where people are about as few as parameters, one more or less of these would end searches elsewhere."""

    def aicc(table, terms):
        fit = LogLinear(" + ".join(sorted(terms)), margin).fit(table)
        n, k = table.observed.sum(), fit.parameters
        return -2 * fit.log_likelihood + 2 * k + (2 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else np.inf)

    for seed in range(80):
        rng = np.random.default_rng([3, seed])
        few = random_table(rng, lists=3, levels=(2,), people=24, on_list=(0.2, 0.5), dependence=1.5)
        chosen = set(Stepwise("aicc", margin=margin).fit(few).terms.split(" + ")) - {""}
        names = [*few.lists, "u"]
        pairs = {f"{a}:{b}" for i, a in enumerate(names) for b in names[i + 1 :]}
        here = aicc(few, chosen)
        assert not any(aicc(few, chosen ^ {pair}) < here - 1e-4 for pair in pairs), seed


def test_steps_say_what_was_done(table):
    path = Stepwise("aic").fit(table).candidates
    assert path.step[0] == ""
    inside = set()
    for step, label in zip(path.step[1:], path.label[1:], strict=True):
        sign, term = step.split(" ", 1)
        inside = inside | {term} if sign == "+" else inside - {term}
        assert set(label.split(" + ")) == inside


def test_forward_starts_at_nothing_and_backward_at_everything(table):
    assert Stepwise(direction="forward").fit(table).candidates.label[0] == ""
    first = Stepwise(direction="backward").fit(table).candidates.label[0]
    names = [*table.lists, "u", "v"]
    assert set(first.split(" + ")) == {
        f"{a}:{b}" for i, a in enumerate(names) for b in names[i + 1 :] if a in table.lists
    }


def test_scope_lower_and_trend(table):
    fit = Stepwise(0.0, scope="A:B + C:u", lower="B:D").fit(table)
    assert fit.candidates.label[0] == "B:D"
    assert set(fit.terms.split(" + ")) == {"A:B", "C:u", "B:D"}
    smooth = Stepwise(0.0, trend="poly(u, 1)").fit(table)
    assert "A:poly(u, 1)" in smooth.terms
    assert "A:u" not in smooth.terms


def test_joined_searches_go_on_where_the_last_one_stopped_and_keep_it(table):
    first = Stepwise("bic").fit(table)
    joined = Stepwise("aic", lower=Stepwise("bic")).fit(table)
    steps = len(first.candidates.label)
    assert joined.candidates.label[:steps] == first.candidates.label
    kept = set(first.terms.split(" + "))
    assert all(kept <= set(label.split(" + ")) for label in joined.candidates.label[steps:])
    assert set(joined.terms.split(" + ")) > kept


def test_replicates_search_anew(table):
    model = Stepwise()
    fit = model.fit(table)
    counts = np.random.default_rng(1).poisson(table.dense(), size=(8, *table.dense().shape)).astype(float)
    found = model.refit(fit, counts)
    for b, y in enumerate(counts):
        stratum, history = np.nonzero(y)
        levels = list(np.unravel_index(stratum, table.shape))
        again = CaptureTable.build(
            table.lists, history, y[stratum, history].astype(int), covariates=table.covariates, levels=levels
        )
        alone = model.fit(again)
        assert found.choices[found.chosen[b]] == alone.terms
        assert found.unobserved[b] == pytest.approx(alone.unobserved, rel=1e-5)
    assert len(set(found.choices)) == len(found.choices) > 1


def test_the_order_of_replicates_is_irrelevant(table):
    model = Stepwise()
    fit = model.fit(table)
    counts = np.random.default_rng(2).poisson(table.dense(), size=(6, *table.dense().shape)).astype(float)
    whole, turned = model.refit(fit, counts), model.refit(fit, counts[::-1])
    assert np.array_equal(whole.unobserved, turned.unobserved[::-1])


@pytest.mark.parametrize(
    ("name", "estimate"),
    [
        ("korea", 157.17),
        ("kosovo-1999", 14341.66),
        ("uk-2013-5", 12262.41),
        ("western-us", 2483.4),
        ("uk-2013", 12349.6),
    ],
)
def test_published_bests_by_bic_over_pairs(name, estimate):
    """Where the search over pairs finds the best model known for the table (METHODS 4.5, 5.3)."""
    table = example(name)
    assert Stepwise(screen="refit").fit(table).estimate[0] == pytest.approx(estimate, rel=2e-4)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"criterion": "cp"}, "bad_option"),
        ({"criterion": -0.1}, "bad_option"),
        ({"criterion": float("nan")}, "bad_option"),
        ({"max_order": 1}, "bad_max_order"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, code):
    with pytest.raises(ModelError) as caught:
        Stepwise(**settings)
    assert caught.value.code == code


def test_names_in_scope_and_lower_must_be_there(table):
    for model in (Stepwise(scope="A:E"), Stepwise(lower="A:E"), Stepwise(trend="poly(A, 2)")):
        with pytest.raises(ModelError):
            model.fit(table)
