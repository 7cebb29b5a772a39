"""Calibrated limits: counted as percentile limits are, the same on any workers, never judged on themselves."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import Cancelled, ModelError
from darknumber.inference import calibrate as module
from darknumber.inference.bootstrap import draw, law_of
from darknumber.inference.calibrate import MOST_DESIGNS, RANKS, Calibration, calibrate, covering
from darknumber.inference.calibration_words import calibration_in_words
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.store import load, save
from darknumber.kernels.summaries import percentile_limits
from darknumber.models import Average, Best, Independence, LogLinear, Stepwise
from darknumber.words import use_language
from tests.oracles import random_table

REPLICATES = 199  # what a level of 95% asks for
NEAR = 0.02  # above 95%: with 100 populations coverage has a standard error of 2.2 points, and levels come in points
FEW = Bootstrap(replicates=99, limits="calibrated", populations=3)
LEVEL = 0.95


@pytest.fixture(scope="module")
def two_lists():
    """Many people on both of two lists: percentile limits cover as they say."""
    return CaptureTable.build("AB", [1, 2, 3], [2000, 1500, 500], name="two")


@pytest.fixture(scope="module")
def sparse():
    """Three lists that overlap little: some replicates are infinite or not identified."""
    return CaptureTable.build("ABC", [1, 2, 3, 4, 5, 6, 7], [40, 30, 4, 25, 3, 2, 1], name="sparse")


@pytest.fixture(scope="module")
def answer(sparse):
    return estimate(sparse, "average", FEW, seed=2, workers=1)


def found(table, model, how=FEW, **settings):
    return calibrate(model, model.fit(table), how, **({"level": LEVEL, "seed": 7, "workers": 1} | settings))


def same(one, other):
    pairs = [(getattr(one, name), getattr(other, name)) for name in Calibration.__dataclass_fields__]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("model", [LogLinear("A:B"), Stepwise(), Average()])
def test_a_population_counts_as_the_limits_of_its_whole_bootstrap(sparse, model):
    """Ending early changes nothing: the ranks are those of the limits from all replicates."""
    fit = model.fit(sparse)
    design = law_of(LogLinear("A:B").fit(sparse), Bootstrap(law="parametric"))
    truth = int(design.population[0])
    counted, whole = [], []
    for population in range(6):
        y, branch = draw(design, (1, 8), 3, population, (1, 0)), (1, population + 1)
        ranks = covering(model, fit.data, y, truth, replicates=REPLICATES, seed=3, branch=branch)
        counted.append(ranks.tolist())
        again = model.fit(CaptureTable.build("ABC", np.arange(1, 8), y[0, 1:]))
        law = law_of(again, Bootstrap())
        replicates = model.refit(again, np.stack([draw(law, (1, 8), 3, b, branch) for b in range(REPLICATES)]))
        levels = [1 - 2 * k / (REPLICATES + 1) for k in range(1, RANKS + 1)]
        draws = replicates.observed + replicates.unobserved
        limits = [percentile_limits(draws, level, y.sum(axis=1))[0] for level in levels]
        whole.append([bool(low <= truth <= high) for low, high in limits])
    assert counted == whole
    assert any(map(any, whole))


def test_where_limits_cover_as_they_say_the_level_stays(two_lists):
    calibration = found(two_lists, Independence(), replace(FEW, populations=100), workers=2)
    assert LEVEL <= calibration.nominal <= LEVEL + NEAR
    assert calibration.attained
    assert calibration.held_out == pytest.approx([LEVEL], abs=0.04)
    assert calibration.terms == ("",)
    assert calibration.population.tolist() == [10_000]
    assert calibration.replicates == REPLICATES


def test_the_same_on_one_worker_or_many(sparse, monkeypatch):
    first = found(sparse, Average())
    monkeypatch.setattr(module, "PIECE", 7)
    assert same(found(sparse, Average(), workers=3), first)
    assert len(first.terms) > 1
    assert not same(found(sparse, Average(), seed=8), first)


def test_populations_are_not_those_of_the_data(sparse):
    law = law_of(Independence().fit(sparse), Bootstrap())
    drawn = {draw(law, (1, 8), 3, 0, branch).tobytes() for branch in ((0, 0), (1, 0), (1, 1), (2, 1), (1, 2))}
    assert len(drawn) == 5
    assert draw(law, (1, 8), 3, 0).tobytes() in drawn


def pretended(monkeypatch, highest):
    """Every population of design ``d`` is covered up to rank ``highest[d]`` of the population."""

    def pretend(model, data, y, truth, *, replicates, seed, branch, stop):
        ranks = highest[branch[0] - 1]
        return np.arange(1, RANKS + 1) <= ranks[(branch[1] - 1) % len(ranks)]

    monkeypatch.setattr(module, "covering", pretend)


def test_a_model_is_judged_at_the_level_chosen_without_it(monkeypatch):
    pretended(monkeypatch, [(5,), (3,)])
    calibration = found(example("kosovo-1999"), Average())
    assert len(calibration.terms) == 2
    assert calibration.nominal == pytest.approx(0.97)
    assert calibration.coverage.tolist() == [1, 1]
    assert calibration.held_out.tolist() == [1, 0]  # at the third rank, and at the fifth
    assert calibration.worst == 1


def test_one_model_is_judged_on_populations_that_did_not_choose(monkeypatch, two_lists):
    pretended(monkeypatch, [(4, 4, 4, 2, 5, 5)])
    calibration = found(two_lists, Independence())
    assert calibration.nominal == pytest.approx(0.96)
    assert calibration.coverage.tolist() == [1]
    assert calibration.held_out == pytest.approx([2 / 3])


def test_a_level_that_holds_only_beyond_one_that_does_not_is_not_taken():
    coverage = np.array([[1, 1, 0.9, 1, 0]])
    assert module._rank(coverage, 0.95) == 2
    assert module._rank(coverage, 0.9) == 4
    assert module._rank(np.full((1, RANKS), 0.95), 0.95) == RANKS
    assert module._rank(np.full((2, RANKS), 0.94), 0.95) == 1


def test_where_no_level_is_enough_the_best_attainable_is_told(monkeypatch, two_lists):
    pretended(monkeypatch, [(5, 5, 0, 5)])
    answer = estimate(two_lists, Independence(), replace(FEW, populations=4, replicates=199), seed=1)
    calibration = answer.calibration
    assert not calibration.attained
    assert (calibration.nominal, calibration.least) == (pytest.approx(0.99), 0.75)
    (finding,) = [each for each in answer.findings if each.code == "calibrated_short"]
    assert finding.severity == "caution"
    assert "best attainable is 75%" in finding.sentence()
    assert answer.limits == pytest.approx(percentile_limits(answer.draws, 0.99, answer.observed))
    assert "the widest" in str(answer)


def test_limits_from_end_to_end(sparse, answer, tmp_path):
    calibration = answer.calibration
    assert answer.level == LEVEL
    assert answer.limits == pytest.approx(percentile_limits(answer.draws, calibration.nominal, answer.observed))
    assert answer.total().limits == pytest.approx(answer.limits)
    assert np.array_equal(answer.draws, estimate(sparse, "average", replace(FEW, limits="percentile"), seed=2).draws)
    again = load(save(answer, tmp_path / "answer.dn"))
    assert same(again.calibration, calibration)
    assert str(again) == str(answer)


def test_progress_is_told_from_nothing_to_the_end(two_lists):
    told = []
    found(two_lists, Independence(), workers=2, progress=lambda *at: told.append(at))
    assert told == [(done, 6, "calibration") for done in range(7)]


@pytest.mark.parametrize(("code", "word"), [("en", "calibrated"), ("nl", "kalibre")])
def test_both_languages_say_it_in_80_columns(code, word, answer):
    with use_language(code):
        text = str(answer)
    assert word in text
    assert max(map(len, text.splitlines())) <= 80
    assert f"{answer.calibration.nominal:.0%}" in text


def calibration_of(**values):
    one = {
        "level": LEVEL,
        "nominal": 0.98,
        "terms": ("A:B", ""),
        "population": np.array([500, 400]),
        "weight": np.array([0.7, 0.3]),
        "coverage": np.array([0.96, 0.97]),
        "held_out": np.array([0.95, 0.91]),
        "carrying": 2,
        "populations": 100,
        "replicates": REPLICATES,
    }
    return Calibration(**(one | values))


def test_the_worst_model_is_named():
    made, worst = calibration_in_words(calibration_of())
    assert "98% covers at least 95% in each of 2 models that carry 95% of the weight (100 populations each)" in made
    assert "main effects only, where 91%" in worst
    assert "3.0 points" in worst


def test_models_that_stand_for_more_are_told():
    made, _ = calibration_in_words(calibration_of(carrying=87))
    assert "2 models that stand for the 87 that carry" in made


def test_heaviest_models_carry_the_weight():
    chosen, carrying = module._heaviest(np.array([0.04, 0.5, 0.26, 0.2]), np.arange(4.0))
    assert (chosen.tolist(), carrying) == ([1, 2, 3], 3)
    assert module._heaviest(np.array([0.95, 0.05]), np.arange(2.0))[1] == 1


def test_of_many_models_some_stand_for_all():
    rng = np.random.default_rng(0)
    weight, dark = rng.dirichlet(np.ones(200)), rng.uniform(100, 900, 200)
    weight[17] = 0.2
    weight /= weight.sum()
    chosen, carrying = module._heaviest(weight, dark)
    assert len(chosen) <= MOST_DESIGNS < carrying < 200
    assert chosen[0] == 17  # of a tenth or more of the weight: never passed over
    assert dark[chosen].min() < 200
    assert dark[chosen].max() > 800
    assert list(weight[chosen]) == sorted(weight[chosen], reverse=True)


def test_a_search_is_tried_on_the_set_it_may_have_missed(sparse, monkeypatch):
    pretended(monkeypatch, [(5,)] * MOST_DESIGNS)
    searched, exact = found(sparse, Stepwise("aic")), found(sparse, Best("aic"))
    assert searched.terms == exact.terms
    assert len(exact.terms) > 1
    kept = found(sparse, Stepwise("aic", lower="A:B", scope="A:C"))
    assert set(kept.terms) <= {"", "A:B", "A:C", "A:B + A:C"}


def test_a_table_without_an_interval_is_the_worst_case(sparse, monkeypatch):
    def held(y):
        return covering(Independence(), sparse, y, 300, replicates=REPLICATES, seed=1).any()

    everyone = sparse.dense()
    assert held(everyone)
    assert not held(np.zeros((1, 8)))

    def refused(*_, **__):
        raise ModelError("bad_delta", value=1)

    monkeypatch.setattr(Independence, "fit", refused)
    assert not held(everyone)


@pytest.mark.parametrize(
    ("code", "model", "how"),
    [
        ("bad_populations", Average(), replace(FEW, populations=0)),
        ("calibrated_law", LogLinear("A:B"), replace(FEW, law="parametric")),
        ("calibrated_model", Stepwise(lower=Stepwise()), FEW),
        ("calibrated_not_finite", LogLinear("A:B + A:C + B:C"), FEW),
    ],
)
def test_what_cannot_be_calibrated_is_refused(code, model, how):
    table = CaptureTable.build("ABC", [1, 2, 4, 3], [9, 8, 7, 3])
    with pytest.raises(ModelError) as caught:
        estimate(table, model, how)
    assert caught.value.code == code
    assert caught.value.hint


def test_covariates_are_refused():
    table = random_table(np.random.default_rng(1), lists=3, levels=(2,), people=300, on_list=(0.2, 0.4))
    with pytest.raises(ModelError) as caught:
        estimate(table, Stepwise(), FEW)
    assert caught.value.code == "calibrated_covariates"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_is_quick_and_leaves_no_threads(sparse, workers):
    def progress(done, total, what):
        if done == 3:
            raise Cancelled

    before, started = threading.active_count(), time.monotonic()
    with pytest.raises(Cancelled):
        estimate(sparse, Average(), replace(FEW, populations=10_000), workers=workers, progress=progress)
    assert time.monotonic() - started < 20
    assert threading.active_count() == before
