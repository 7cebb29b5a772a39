"""Several models side by side."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.estimate import estimate
from darknumber.models import Best, Independence
from darknumber.studies.compare import Comparison, compare
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"
MODELS = ["best(max_order=4)", "stepwise", Independence(), "heterogeneity"]
WIDTH = 80


@pytest.fixture(scope="module")
def kosovo() -> Comparison:
    return compare(example("kosovo-1999"), MODELS, FAST, seed=1)


def test_each_answer_is_what_estimate_gives(kosovo):
    for model, found in zip(MODELS, kosovo.estimates, strict=True):
        alone = estimate(example("kosovo-1999"), model, FAST, seed=1)
        assert np.array_equal(alone.draws, found.draws)
        assert np.array_equal(alone.unobserved, found.unobserved)


def test_distances_are_by_the_criterion_of_the_set(kosovo):
    best, stepwise, independence, people = kosovo.distances
    assert kosovo.background is kosovo.estimates[0].fits[0]
    assert best == pytest.approx(0, abs=1e-6)
    path = kosovo.estimates[1].fits[0].candidates
    lowest = kosovo.background.candidates.bic[0]
    assert stepwise == pytest.approx(path.bic[path.chosen] - lowest, abs=1e-6)
    assert independence > people > stepwise


def test_an_average_has_no_distance_and_gives_the_background():
    found = compare(example("kosovo-1999"), ["average(criterion=bic)", "independence"], FAST)
    assert found.background.candidates.weight is not None
    assert found.distances[0] is None
    assert found.distances[1] > 0


def test_a_background_is_searched_for_without_covariates_only():
    found = compare(example("korea"), ["independence", "stepwise"], FAST)
    assert isinstance(found.background.model, Best)
    rows = [(1, 60), (2, 50), (3, 10), (4, 30), (5, 9), (6, 12)]
    table = CaptureTable.build(
        ("A", "B", "C"),
        [h for h, _ in rows] * 2,
        [n for _, n in rows] * 2,
        covariates=[Covariate.of("year", ["2018", "2019"])],
        levels=[np.repeat([0, 1], len(rows))],
    )
    found = compare(table, ["independence", "stepwise"], FAST)
    assert found.background is None
    assert found.distances == (None, None)
    assert found.totals[0].observed.tolist() == [342]
    assert len(found.estimates[0].observed) == 2


def test_columns(kosovo):
    columns = kosovo.columns()
    assert columns["model"] == ["best(max_order=4)", "stepwise", "independence", "heterogeneity"]
    assert columns["observed"] == [4400.0] * 4
    assert columns["estimate"][1] == pytest.approx(14_342, abs=1)
    assert len(kosovo.to_frame("polars")) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_print_gives_each_model_its_interval_and_its_assumption(kosovo, language):
    with use_language(language):
        text = str(kosovo)
    assert max(map(len, text.splitlines())) <= WIDTH
    for name in ("best(max_order=4)", "stepwise", "independence", "heterogeneity"):
        assert name in text
    if language == "en":
        plain = " ".join(text.split())
        assert "4 models side by side" in plain
        assert "95% interval" in plain
        assert "Assumes: lists are independent of each other." in plain
        assert "All assume: everyone can be on a list;" in plain
        assert plain.count("everyone can be on a list") == 1


def test_what_only_one_model_finds_stands_below_it():
    text = " ".join(str(compare(example("artificial-3"), ["best(max_order=3)", "independence"], FAST)).split())
    assert "stop: The dark figure has no upper limit" in text
    assert text.index("stop: The dark figure") < text.index("independence")


@pytest.mark.parametrize("models", [["stepwise"], [], "stepwise"])
def test_one_model_is_no_comparison(models):
    with pytest.raises(ModelError) as caught:
        compare(example("korea"), models)
    assert caught.value.code == "too_few_models"
    assert caught.value.hint


def test_mistakes_are_told_before_the_work(monkeypatch):
    monkeypatch.setattr("darknumber.studies.compare.estimate", None)  # not to be reached
    with pytest.raises(ModelError):
        compare(example("korea"), ["stepwise", "stepwize"])
    with pytest.raises(InputError):
        compare("korea", ["stepwise", "independence"])  # type: ignore[arg-type]


def test_limits_that_do_not_add_up_have_no_total():
    rows = [(1, 60), (2, 50), (3, 10), (4, 30), (5, 9), (6, 12)]
    table = CaptureTable.build(
        ("A", "B", "C"),
        [h for h, _ in rows] * 2,
        [n for _, n in rows] * 2,
        covariates=[Covariate(name="sex", levels=("f", "m"))],
        levels=[np.repeat([0, 1], len(rows))],
    )
    with pytest.raises(ModelError) as caught:
        compare(table, ["stratified(independence, by=sex)", "stratified(log-linear, by=sex)"], "lognormal")
    assert caught.value.code in ("bounds_do_not_add", "interval_needs_one_table")


def test_progress_counts_over_all_models():
    seen: list[tuple[int, int, str]] = []
    compare(example("korea"), ["independence", "stepwise"], FAST, workers=1, progress=lambda *what: seen.append(what))
    assert seen[-1] == (80, 80, "replicates")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
