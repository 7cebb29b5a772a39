"""Whole simulations: the same whatever carries them, taken up where they were left, and said in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber import Cancelled, estimate, example
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError, ModelError
from darknumber.inference.intervals import Bootstrap
from darknumber.lab import fingerprint
from darknumber.lab.pipelines import Pipeline, pipeline_of
from darknumber.lab.runs import same
from darknumber.lab.simulate import simulate
from darknumber.lab.simulation import Simulation
from darknumber.models import Average, BayesThreshold
from tests.lab.populations import simple

DESIGNS = (simple("three"), simple("four", (0.2, 0.3, 0.25, 0.15), 600))
PIPELINES = ("average | bootstrap(replicates=30)", "best | bootstrap(replicates=30)")
POPULATIONS = 6


def run(**settings) -> Simulation:
    return simulate(DESIGNS, PIPELINES, **{"populations": POPULATIONS, "seed": 3, **settings})


@pytest.fixture(scope="module")
def alone() -> Simulation:
    return run(workers=1)


def test_every_population_goes_through_every_pipeline(alone):
    runs = alone.runs
    assert len(runs) == len(DESIGNS) * len(PIPELINES) * POPULATIONS
    assert runs.designs == ("three", "four")
    assert runs.pipelines == PIPELINES
    assert not runs.refused.any()
    for design in range(2):
        one, other = (runs.take((runs.design == design) & (runs.pipeline == place)) for place in range(2))
        assert one.population.tolist() == list(range(POPULATIONS))
        assert one.observed.tolist() == other.observed.tolist()
        assert one.truth.tolist() == [DESIGNS[design].truth] * POPULATIONS


def test_another_seed_is_another_run(alone):
    assert not same(run(workers=1, seed=4).runs, alone.runs)


def test_a_pipeline_does_not_depend_on_the_others(alone):
    only = simulate(DESIGNS[1], PIPELINES[1], populations=4, seed=3, workers=1).runs
    rows = (alone.runs.design == 1) & (alone.runs.pipeline == 1) & (alone.runs.population < 4)
    assert only.upper.tolist() == alone.runs.take(rows).upper.tolist()


def test_what_was_done_is_not_done_again(tmp_path, alone):
    first = run(workers=1, folder=tmp_path / "lab", populations=3)
    assert first.resumed == 0
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "lab").iterdir()}
    assert len(files) == 4
    again = run(workers=1, folder=tmp_path / "lab", populations=3)
    assert again.resumed == 12
    assert same(again.runs, first.runs)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "lab").iterdir()} == files
    assert same(run(workers=1, folder=tmp_path / "lab").runs, alone.runs)


def test_a_damaged_file_is_made_again(tmp_path, alone):
    run(workers=1, folder=tmp_path)
    broken = sorted(tmp_path.iterdir())[0]
    broken.write_bytes(broken.read_bytes()[:100])
    again = run(workers=1, folder=tmp_path)
    assert again.resumed == 18
    assert same(again.runs, alone.runs)
    assert run(workers=1, folder=tmp_path).resumed == 24


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_leaves_what_is_done(tmp_path, alone, workers):
    def stop_at_once(done: int, total: int, what: str) -> None:
        assert (total, what) == (24, "simulation")
        if done > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(workers=workers, folder=tmp_path, progress=stop_at_once)
    assert len(list(tmp_path.iterdir())) == 1
    rest = run(workers=workers, folder=tmp_path)
    assert rest.resumed == 6
    assert same(rest.runs, alone.runs)


def test_progress_is_told_in_populations():
    told = []
    run(workers=1, populations=2, progress=lambda done, total, what: told.append((done, total)))
    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_columns_hold_the_score_of_every_pipeline_on_every_design(alone):
    columns = alone.columns()
    assert columns["design"] == ["three", "three", "four", "four"]
    assert columns["pipeline"] == list(PIPELINES) * 2
    assert columns["populations"] == [6] * 4
    assert {len(values) for values in columns.values()} == {4}
    regrets = np.array(columns["regret"]).reshape(2, 2)
    scores = np.array(columns["score"]).reshape(2, 2)
    np.testing.assert_allclose(regrets, scores - scores.min(axis=1, keepdims=True), atol=1e-12)
    assert (regrets.min(axis=1) == 0).all()
    assert list(alone.to_frame("pandas")["coverage"]) == columns["coverage"]


def test_designs_are_put_together_by_their_factors():
    designs = [simple(f"{place}", size=size, factors={"N": size}) for place, size in enumerate((200, 200, 400))]
    found = simulate(designs, PIPELINES[1], populations=3, workers=1)
    by_size, whole = found.by("N"), found.by()
    rows = found.columns()
    assert by_size["N"] == [200, 400]
    assert by_size["designs"] == [2, 1]
    assert by_size["populations"] == [6, 3]
    assert by_size["coverage"][0] == pytest.approx(np.mean(rows["coverage"][:2]))
    assert by_size["lowest_coverage"][0] == min(rows["coverage"][:2])
    assert by_size["score"][0] == pytest.approx(np.mean(rows["score"][:2]))
    assert whole["populations"] == [9]
    assert whole["lowest_design"][0] in {"0", "1", "2"}
    assert found.by("kind", "N")["kind"] == ["independent"] * 2
    with pytest.raises(ModelError) as raised:
        found.by("size")
    assert raised.value.code == "unknown_factor"


def test_pipelines_of_different_levels_are_not_held_against_each_other():
    wide = Pipeline(model=Average(), interval=Bootstrap(replicates=30), level=0.95)
    narrow = Pipeline(model=Average(), interval=Bootstrap(replicates=31), level=0.5)
    found = simulate(DESIGNS[0], [wide, narrow], populations=2, workers=1)
    assert [worse for worse, _ in found.regrets()[0]] == [0.0, 0.0]
    assert found.columns()["level"] == [0.95, 0.5]


def small_table() -> CaptureTable:
    return CaptureTable.build("ABC", [1, 2, 4, 3, 5, 6, 7], [60, 50, 40, 20, 15, 12, 6], name="small")


def test_a_table_gives_a_design_for_every_model_it_can_hardly_tell_apart():
    found = simulate(small_table(), "| bootstrap(replicates=30)", populations=2, workers=1)
    assert found.source == "table"
    assert len(found.designs) > 1
    assert [str(pipeline) for pipeline in found.pipelines] == ["best(criterion=aic) | bootstrap(replicates=30)"]
    said = str(found)
    first = " ".join(said.split("\n\n")[1].split())
    assert f"drawn from the {len(found.designs)} models the data can hardly tell apart, the 95% interval" in first
    assert "held the true number" in first
    assert "(worst: " in first


def test_an_answer_gives_the_population_of_its_model():
    answer = estimate(small_table(), "independence", Bootstrap(replicates=30))
    for source in (answer, answer.fits[0]):
        found = simulate(source, "independence | profile", populations=2, workers=1)
        assert found.source == "fit"
        assert found.designs[0].truth == round(float(answer.estimate[0]))
        assert "drawn from the fitted model" in " ".join(str(found).split())


@pytest.mark.parametrize(
    ("model", "interval", "level", "tried"),
    [
        ("independence", Bootstrap(replicates=30), 0.9, "independence | bootstrap(replicates=30)"),
        ("best(criterion=aic)", Bootstrap(replicates=250, limits="bca"), 0.95, None),
        ("average", "mixture(replicates=250)", 0.95, "average | mixture(replicates=200)"),
        ("independence", "profile", 0.8, "independence | profile"),
        ("independence", "lognormal", 0.95, "independence | lognormal"),
        ("bayes-threshold(draws=400)", None, 0.95, "bayes-threshold(draws=400) | posterior"),
    ],
)
def test_an_answer_is_tried_with_its_own_model_and_interval(model, interval, level, tried):
    answer = estimate(small_table(), model, interval, level=level)
    found = simulate(answer, populations=2, workers=1)
    expected = tried or "best(criterion=aic) | bootstrap(replicates=200, limits=bca)"
    assert [str(pipeline) for pipeline in found.pipelines] == [expected]
    assert found.runs.level.tolist() == [level] * 2
    assert not found.runs.refused.any()
    assert expected in " ".join(str(found).split())


def test_a_fit_is_tried_with_its_own_model():
    fit = Average(criterion="aic").fit(small_table())
    found = simulate(fit, populations=1, workers=1)
    assert [str(pipeline) for pipeline in found.pipelines] == ["average | bootstrap(replicates=200)"]
    posterior = BayesThreshold(draws=400).fit(small_table())
    assert str(simulate(posterior, populations=1, workers=1).pipelines[0]).endswith("| posterior")


def test_the_level_of_an_answer_holds_for_pipelines_as_text_and_can_be_another():
    answer = estimate(small_table(), "independence", "lognormal", level=0.8)
    assert simulate(answer, "best | bootstrap(replicates=9)", populations=1, workers=1).pipelines[0].level == 0.8
    assert simulate(answer, populations=1, level=0.5, workers=1).pipelines[0].level == 0.5


def test_calibrated_limits_are_not_tried_unless_they_are_named():
    answer = estimate(small_table(), "independence", Bootstrap(replicates=30))
    calibrated = replace(answer, interval=Bootstrap(replicates=1000, limits="calibrated"))
    with pytest.raises(ModelError) as raised:
        simulate(calibrated, populations=1, workers=1)
    assert raised.value.code == "simulated_calibrated"
    named = "independence | bootstrap(replicates=200, limits=calibrated, populations=20)"
    assert named in str(raised.value)
    assert str(pipeline_of(named)) == named  # what is proposed can be asked
    assert "Or try plain limits: independence | bootstrap(replicates=200)." in str(raised.value)


def test_limits_of_strata_that_do_not_add_up_are_told_before_the_work():
    sexes = Covariate(name="sex", levels=("f", "m"))
    histories, people = [1, 2, 3, 4, 5, 6, 7], [60, 50, 20, 40, 15, 12, 6]
    levels = [np.repeat([0, 1], 7)]
    table = CaptureTable.build("ABC", histories * 2, people * 2, covariates=[sexes], levels=levels)
    answer = estimate(table, "stratified(independence, by=sex)", "lognormal")
    with pytest.raises(ModelError) as raised:
        simulate(answer, populations=1, workers=1)
    assert raised.value.code == "bounds_do_not_add"
    again = estimate(table, "independence", "profile", by=())
    assert not simulate(again, populations=1, workers=1).runs.refused.any()


def test_answers_of_other_code_are_not_taken_up(tmp_path, monkeypatch):
    def again() -> Simulation:
        return simulate(simple(), "independence | lognormal", populations=4, workers=1, folder=tmp_path)

    first = again()
    assert again().resumed == 4
    monkeypatch.setattr(fingerprint, "of_code", lambda: "another state of the code")
    other = again()
    assert other.resumed == 0
    assert same(other.runs, first.runs)
    assert again().resumed == 4  # kept beside the others, under keys of its own
    monkeypatch.undo()
    assert again().resumed == 4


def test_what_falls_short_is_found():
    wrong = simulate(simple(coverage=(0.3, 0.3, 0.3)), "log-linear('A:B') | profile", populations=30, workers=1)
    assert {finding.code for finding in wrong.findings} == {"simulated_few"}
    biased = simulate(example("kosovo-1999"), "independence | profile", populations=30, workers=1)
    codes = [finding.code for finding in biased.findings]
    assert codes == ["simulated_short", "simulated_few"]
    assert biased.findings[0].values["n"] == len(biased.designs)
    refused = simulate(simple(), "chapman", populations=2, workers=1)
    assert {finding.code for finding in refused.findings} >= {"simulated_refused", "simulated_short"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"populations": 0}, "bad_populations"),
        ({"workers": 0}, "bad_workers"),
        ({"level": 1.0}, "bad_level"),
        ({"seed": -1}, "bad_seed"),
    ],
)
def test_settings_that_cannot_be_used(settings, code):
    with pytest.raises(ModelError) as raised:
        run(**settings)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("source", "pipelines", "code"),
    [
        ([], "best", "no_designs"),
        ("uk.csv", "best", "no_designs"),
        ([simple(), simple()], "best", "same_name_twice"),
        (simple(), ["best", "best"], "same_name_twice"),
        (simple(), [], "no_pipelines"),
        (simple(), "bests", "unknown_model_near"),
    ],
)
def test_what_cannot_be_simulated(source, pipelines, code):
    with pytest.raises(ModelError) as raised:
        simulate(source, pipelines, populations=1, workers=1)
    assert raised.value.code == code


def test_a_folder_that_cannot_be_used_is_told_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        run(folder=tmp_path / "file")
