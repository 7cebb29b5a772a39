"""How well a model fits and whom it hangs on: what is found, said and tabulated, on published tables and odd ones."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import Cancelled, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE
from darknumber.models import (
    MODELS,
    Average,
    BayesThreshold,
    Best,
    Heterogeneity,
    LincolnPetersen,
    LogLinear,
    PooledTotal,
    Stepwise,
    Stratified,
)
from darknumber.studies.diagnose import FAR, Diagnosis, diagnose
from darknumber.studies.influence import EVERY, Group
from darknumber.words import LANGUAGES, use_language
from tests.oracles import random_table

QUICK = 25


def of(model, table, **settings) -> Diagnosis:
    return diagnose(model.fit(table), replicates=QUICK, **settings)


def codes(found):
    return [finding.code for finding in found.findings]


def finding(found, code):
    return next(each for each in found.findings if each.code == code)


@pytest.fixture(scope="module")
def uk():
    return diagnose(Best().fit(example("uk-2013-5")), seed=1)


def test_the_united_kingdom(uk):
    """Two people, either of whom nearly halves the answer by not being there, and a stepwise search that ends there."""
    moves = finding(uk, "one_person_moves")
    assert moves.severity == "caution"
    assert moves.values == {"n": 2, "share": FAR, "other": 12300.0, "estimate": 23000.0}
    assert uk.local == pytest.approx(12262.4, abs=0.1)
    assert finding(uk, "local_differs").values == {"local": 12300.0, "best": 23000.0}
    assert "poor_fit" not in codes(uk)
    assert uk.status.verdict == ESTIMABLE
    assert uk.status.models == 12
    assert uk.status.listed["estimable"] == 1.0
    assert not uk.status.replicates
    lines = str(uk).splitlines()
    assert lines[0].startswith("The model fits what was observed (p = 0.1")
    assert "Without one of the 2,744 people the estimate would be 12,300 instead of 23,000." in " ".join(lines[:2])


def test_a_small_count_that_the_answer_hangs_on(uk):
    values = finding(uk, "small_count_moves").values
    row = uk.columns()["history"].index(finding(uk, "small_count_moves").where.replace(" + ", ":"))
    assert uk.columns()["observed"][row] <= 0.01 * 2744
    assert values["other"] == pytest.approx(uk.columns()["without_count"][row], rel=0.01)


def test_columns_have_every_count(uk):
    columns = uk.columns()
    assert {len(column) for column in columns.values()} == {31}
    assert columns["history"][6] == "LA:NG:PFNCA"
    assert columns["observed"] == uk.fit.data.dense()[0, 1:].astype(int).tolist()
    assert sum(columns["expected"]) == pytest.approx(2744)
    seen = np.array(columns["observed"]) > 0
    for name in ("without_one", "without_count", "predicted", "deleted"):
        assert np.isfinite(np.array(columns[name])[seen]).all()
        assert np.isnan(np.array(columns[name])[~seen]).all()
    for library in ("pandas", "polars", "pyarrow"):
        pytest.importorskip(library)
        assert len(uk.to_frame(library)) == 31


def test_estimates_bring_their_replicates():
    answer = estimate(example("korea"), "average", Bootstrap(replicates=60), seed=1)
    found = diagnose(answer, replicates=QUICK)
    assert found.status.replicates == answer.selection.verdicts
    assert 0 < found.status.replicates["infinite"] < 1
    assert "one_person_decides" in codes(found)
    said = " ".join(str(found).split())
    assert "Without one of the 123 people the estimate of 167 would have no upper limit." in said
    assert "Of the replicates of the interval:" in said
    assert "have no upper limit" in said


def test_a_model_that_does_not_fit():
    found = of(LogLinear(), example("kosovo-1999"))
    assert finding(found, "poor_fit").severity == "caution"
    assert str(found).startswith("The model does not fit what was observed (p = 0.04)")
    assert "further from what the model expects" in " ".join(str(found).split())


def test_a_model_that_fits_anything_is_not_said_to_fit():
    found = of(LincolnPetersen(), CaptureTable.build("AB", [1, 2, 3], [200, 150, 60]))
    assert codes(found) == ["fits_anything"]
    assert str(found).startswith("The model fits whatever is observed")
    assert "p =" not in str(found)


@pytest.mark.parametrize("model", [LogLinear("A:B"), Average()])
def test_without_a_finite_estimate_nothing_is_moved(model):
    found = of(model, example("artificial-3"))
    assert found.status.verdict == INFINITE
    assert found.influence is None
    said = " ".join(str(found).split())
    assert "Its estimate is not finite" in said
    assert "no upper limit" in said
    assert np.isnan(found.columns()["without_one"]).all()


def test_a_posterior_is_looked_at_as_it_is():
    found = of(BayesThreshold(draws=400), example("kosovo-1999"))
    assert found.influence is None
    assert "influence_of_posterior" in codes(found)
    assert "not fitted anew" in " ".join(str(found).split())


def test_totals_of_incompletely_recorded_values_are_looked_at_where_they_come_from():
    table = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=2000.0)
    sex = Covariate(name="u", levels=("a", NOT_RECORDED))
    table = replace(table, covariates=(sex,))
    found = of(PooledTotal(Stepwise()), table)
    assert found.fit.data.strata == 1
    assert found.fit.data.observed.sum() == table.observed.sum()
    same = of(Stepwise(), table.pool(["u"]))
    assert found.quality == same.quality
    assert found.columns()["without_one"] == pytest.approx(same.columns()["without_one"])


@pytest.mark.parametrize(
    "model",
    [
        LogLinear("A:B", margin="modelled"),
        Stepwise(),
        Best(),
        Stratified(Stepwise(), ("u",)),
        Stratified(Stepwise(), ("u",), "joint"),
        Stratified(Heterogeneity(), ("u", "v")),
    ],
)
def test_with_strata(model):
    table = random_table(np.random.default_rng(7), lists=3, levels=(2, 2), people=5000.0)
    found = of(model, table)
    every = found.counts.stratum == EVERY
    assert every.sum() == 7
    assert found.counts.observed[every].sum() == table.observed.sum()
    columns = found.columns()
    assert columns["stratum"][0] == ""
    assert " / " in columns["stratum"][-1]
    assert len({len(column) for column in columns.values()}) == 1
    assert all(len(line) <= 80 for line in str(found).splitlines())


def test_one_table_for_which_nobody_is_found():
    found = of(LogLinear(), CaptureTable.build("ABC", range(1, 8), [3000] * 7))
    assert found.influence.fewest is None
    assert "No 100 of the 21,000 people were found" in " ".join(str(found).split())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_in_every_language(code, uk):
    """All that can be said: nothing is left unfilled, and no line is too long."""
    few = Group(people=4, estimate=31000.0, histories=(3,))
    none = Group(people=4, estimate=np.inf, histories=(3,))
    influences = [replace(uk.influence, fewer=None, more=more) for more in (None, few, none, replace(few, people=1))]
    tables = [
        replace(uk, influence=each, quality=replace(uk.quality, p_value=p, as_far=n))
        for each in influences
        for p, n in ((0.001, 0), (0.04, 1), (0.6, 25))
    ]
    odd = [
        of(model, table)
        for model, table in (
            (Average(), example("korea")),
            (Average(), example("artificial-3")),
            (LogLinear("A:B"), example("artificial-3")),
            (BayesThreshold(draws=400), example("kosovo-1999")),
            (LincolnPetersen(), CaptureTable.build("AB", [1, 2, 3], [20, 15, 6])),
        )
    ]
    with use_language(code):
        for found in (*tables, *odd):
            text = str(found)
            assert not re.search(r"[{}]|diagnose\.|finding\.", text)
            assert all(len(line) <= 80 for line in text.splitlines())
    if code != "en":
        with use_language(code):
            assert "The model" not in str(uk)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_looked_at(name):
    """Whatever the model, on a table that it can take."""
    if name in ("lincoln-petersen", "chapman"):
        table = CaptureTable.build("AB", [1, 2, 3], [60, 45, 9])
    elif name == "stratified":
        years = Covariate(name="year", levels=("2011", "2012"), values=(2011.0, 2012.0))
        drawn = random_table(np.random.default_rng(2), lists=3, levels=(2,), people=1500.0)
        table = replace(drawn, covariates=(years,))
    else:
        table = example("kosovo-1999")
    model = BayesThreshold(draws=400) if name == "bayes-threshold" else MODELS[name]
    found = diagnose(model.fit(table), replicates=3)
    assert str(found)
    assert found.columns()


def test_settings_that_cannot_be_used():
    fit = LogLinear().fit(example("korea"))
    for wrong, code in (
        ({"replicates": 0}, "bad_replicates"),
        ({"workers": 0}, "bad_workers"),
        ({"seed": -1}, "bad_seed"),
    ):
        with pytest.raises(ModelError) as caught:
            diagnose(fit, **wrong)
        assert caught.value.code == code
    with pytest.raises(ModelError) as caught:
        diagnose(example("korea"))
    assert caught.value.code == "nothing_to_diagnose"
    assert str(caught.value)


def test_it_tells_how_far_it_is_and_can_be_stopped():
    told = []
    diagnose(
        Average().fit(example("kosovo-1999")),
        replicates=20,
        workers=1,
        progress=lambda done, total, what: told.append((done / total, what)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert {what for _, what in told} == {"replicates", "refits"}

    def stop(*_):
        raise Cancelled

    with pytest.raises(Cancelled):
        diagnose(Average().fit(example("kosovo-1999")), workers=1, progress=stop)


def test_one_model_is_not_called_the_only_close_one():
    two = CaptureTable.build(("A", "B"), np.array([1, 2, 3]), np.array([600, 400, 100]))
    found = diagnose(estimate(two, Best(), Bootstrap(replicates=QUICK), seed=1))
    text = " ".join(str(found).split())
    assert "under this model and in every replicate of the interval" in text
    assert "close to the best" not in text
    assert "stepwise search" not in text
