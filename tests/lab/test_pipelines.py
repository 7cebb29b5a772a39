"""Pipelines from text, and one population after the other through them."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from darknumber.errors import Cancelled, ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap, Mixture, Posterior, Profile
from darknumber.kernels import verdicts
from darknumber.lab.jobs import Stop
from darknumber.lab.pipelines import REPLICATES, Pipeline, Unit, pipeline_of, seed_of
from darknumber.lab.runs import REFUSED, same
from darknumber.models import Average, BayesThreshold, Best, Independence, LogLinear
from tests.lab.populations import simple

QUICK = Bootstrap(replicates=39)


def unit(model=None, interval=QUICK, count=2, **changes) -> Unit:
    pipeline = Pipeline(model=model or Independence(), interval=interval, level=changes.pop("level", 0.95))
    return Unit(**{"design": simple(), "pipeline": pipeline, "populations": range(count), "seed": 4, **changes})


def overlap(table, estimates) -> dict[str, float]:
    return {"overlap": int(table.overlaps[0, 1]), "dark": float(estimates.unobserved[0])}


def refuses(table, estimates) -> dict[str, float]:
    raise ModelError("no_designs")


@pytest.mark.parametrize(
    ("text", "model", "interval"),
    [
        ("average(criterion=bic) | bootstrap(replicates=50)", Average(criterion="bic"), Bootstrap(replicates=50)),
        ("best", Best(), Bootstrap(replicates=REPLICATES)),
        ("best|mixture(replicates=99)", Best(), Mixture(replicates=99)),
        ('log-linear("A:B") | profile', LogLinear("A:B"), Profile()),
        ("default | bootstrap(replicates=50)", None, Bootstrap(replicates=50)),
        ("| bootstrap(replicates=50)", None, Bootstrap(replicates=50)),
        ("bayes-threshold", BayesThreshold(), Posterior()),
        (None, None, Bootstrap(replicates=REPLICATES)),
    ],
)
def test_text_and_back(text, model, interval):
    pipeline = pipeline_of(text, 0.9)
    assert pipeline == Pipeline(model=model, interval=interval, level=0.9)
    assert pipeline_of(str(pipeline), 0.9) == pipeline
    assert pipeline_of(pipeline, 0.5) is pipeline


@pytest.mark.parametrize("text", ["nonsense", "best | nonsense", "best | bootstrap(", "best(delta=0)"])
def test_what_cannot_be_read_is_an_error(text):
    with pytest.raises(ModelError):
        pipeline_of(text)


def test_a_level_that_is_none_is_an_error():
    with pytest.raises(ModelError):
        pipeline_of("best", 1.0)


@pytest.mark.parametrize(
    ("interval", "block"),
    [
        (Bootstrap(replicates=200), 20),
        (Bootstrap(replicates=1000), 4),
        (Bootstrap(replicates=100_000), 1),
        (Bootstrap(replicates=200, limits="calibrated"), 1),
        (Profile(), 20),
    ],
)
def test_blocks_are_a_few_seconds_whatever_the_interval(interval, block):
    assert Pipeline(interval=interval).block == block


def test_an_answer_is_what_estimate_gives():
    runs = unit().do(Stop())
    for number in range(2):
        table = simple().draw(4, number)
        seed = seed_of(4, "simple", number)
        answer = estimate(table, Independence(), QUICK, seed=seed, workers=1)
        assert runs.observed[number] == table.count.sum()
        assert runs.estimate[number] == answer.estimate[0]
        assert [runs.lower[number], runs.upper[number]] == answer.limits[0].tolist()
        second = replace(answer, level=0.8).limits[0].tolist()
        assert [runs.lower_80[number], runs.upper_80[number]] == second
        assert runs.findings[number] == tuple(sorted({finding.code for finding in answer.findings}))
    assert runs.truth.tolist() == [400.0, 400.0]
    assert (runs.seconds > 0).all()
    assert not runs.refused.any()


def test_every_population_has_random_numbers_of_its_own():
    seeds = {seed_of(seed, design, number) for seed in (1, 11) for design in ("a", "1a") for number in (1, 11, 2)}
    assert len(seeds) == 12
    assert all(0 <= seed < 2**64 for seed in seeds)


def test_blocks_make_no_difference():
    whole = unit(count=4).do(Stop())
    part = unit(populations=range(2, 4)).do(Stop())
    assert same(whole.take(np.array([2, 3])), part)


def test_all_pipelines_have_the_same_tables():
    one, other = unit(count=3).do(Stop()), unit(Best(), count=3).do(Stop())
    assert one.observed.tolist() == other.observed.tolist()
    assert one.upper.tolist() != other.upper.tolist()


def test_what_is_refused_is_kept_and_stops_nothing():
    runs = unit(LogLinear("A:Z")).do(Stop())
    assert runs.refusal == ("unknown_name_in_term",) * 2
    assert (runs.verdict == REFUSED).all()
    assert runs.refused.all()
    assert np.isnan([runs.estimate, runs.lower, runs.upper_80]).all()
    assert (runs.observed > 0).all()


def test_a_fault_is_kept_under_its_name(monkeypatch):
    def fails(*given, **settings):
        raise ZeroDivisionError

    monkeypatch.setattr("darknumber.lab.pipelines.answered", fails)
    assert unit().do(Stop()).refusal == ("ZeroDivisionError",) * 2


def test_limits_without_draws_are_worked_out_at_both_levels():
    runs = unit(interval=Profile()).do(Stop())
    table = simple().draw(4, 0)
    for level, lower, upper in ((0.95, runs.lower, runs.upper), (0.8, runs.lower_80, runs.upper_80)):
        limits = estimate(table, Independence(), Profile(), level=level).limits[0]
        assert [lower[0], upper[0]] == limits.tolist()
    assert (runs.upper_80 < runs.upper).all()


def test_calibrated_limits_are_of_one_level():
    calibrated = Bootstrap(replicates=39, limits="calibrated", populations=2)
    runs = unit(interval=calibrated, count=1).do(Stop())
    assert np.isnan([runs.lower_80, runs.upper_80]).all()
    assert np.isfinite([runs.lower, runs.upper]).all()


def test_an_infinite_answer_stays_infinite():
    apart = replace(simple(), histories=np.array([[0.4, 0.2, 0.2, 0.0, 0.2, 0.0, 0.0, 0.0]]))  # nobody on two lists
    runs = unit(design=apart).do(Stop())
    assert (runs.verdict == verdicts.INFINITE).all()
    assert np.isposinf(runs.estimate).all()
    assert np.isposinf(runs.upper).all()


def test_what_else_is_measured():
    runs = unit(measures=overlap).do(Stop())
    table = simple().draw(4, 0)
    assert runs.measures["overlap"][0] == table.overlaps[0, 1]
    np.testing.assert_allclose(runs.measures["dark"], runs.estimate - runs.observed)
    assert unit(measures=refuses).do(Stop()).measures == {}
    assert unit(LogLinear("A:Z"), measures=overlap).do(Stop()).measures == {}


def test_work_can_be_sent_and_stopped():
    work = unit(Average(), measures=overlap)
    assert same(pickle.loads(pickle.dumps(work)).do(Stop()), work.do(Stop()))
    stop = Stop()
    stop.ask()
    with pytest.raises(Cancelled):
        work.do(stop)
