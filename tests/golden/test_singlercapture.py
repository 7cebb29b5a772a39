"""Repeated sightings against the published results of singleRcapture on its Dutch data of 1995."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.frequencies import read_frequencies
from darknumber.inference.asking import estimate
from darknumber.kernels.sightings import split
from darknumber.models.sighting_rates import covariance, design_of
from darknumber.models.sighting_signs import goodness
from darknumber.models.sightings import Sightings

NORMAL = 1.959963984540054
PRINTED = 5e-5  # half of the last of four decimals, with room for rounding
EARLY = 6e-5  # relative: how far its estimate by stopped iterations is from the maximum

MODELS = {
    "capture ~ gender + age + nation, model = ztpoisson()": Sightings(),
    "capture ~ nation + gender, model = ztpoisson": Sightings(terms="nation + gender"),
    "capture ~ 1, model = ztpoisson": Sightings(terms="1"),
    "capture ~ ., model = ztpoisson": Sightings(terms="gender + age + reason + nation"),
    "capture ~ 1, model = zelterman": Sightings(terms="1", most=2, whole=True),
    "capture ~ gender + age, model = zelterman": Sightings(terms="gender + age", most=2, whole=True),
}
INFLATED = Sightings("geometric", "inflated-all", terms="nation", ones_terms="gender + age", link="cloglog")


@pytest.fixture(scope="module")
def records(golden):
    return {record["call"]: record for record in golden("singleRcapture")}


def results(records, part):
    return next(record["results"] for call, record in records.items() if part in call)


@pytest.fixture(scope="module")
def people(golden_data):
    path = golden_data("singleRcapture_netherlandsimmigrant")
    return read_frequencies(path, times="capture", covariates=["gender", "age", "nation"])


@pytest.fixture(scope="module")
def with_reason(golden_data):
    path = golden_data("singleRcapture_netherlandsimmigrant")
    return read_frequencies(path, times="capture", covariates=["gender", "age", "reason", "nation"])


def contrasts(people, seen, names, predictor=0):
    """Coefficients as R has them, of levels against the first one, and their standard errors."""
    base = {"gender": "female", "age": "<40yrs", "nation": "American and Australia"}
    table = people.table()
    labels = np.unravel_index(np.arange(table.strata), table.shape)
    levels = {c.name: np.array(c.levels)[axis] for c, axis in zip(table.covariates, labels, strict=True)}

    def row(**other):
        wanted = base | other
        return int(np.flatnonzero(np.all([levels[name] == level for name, level in wanted.items()], axis=0))[0])

    ends = np.cumsum([0, *(design.shape[1] for design in seen.setup.designs)])
    design = seen.setup.designs[predictor][seen.setup.row]
    spread = covariance(seen.solved.maximum)[0][ends[predictor] : ends[predictor + 1]][
        :, ends[predictor] : ends[predictor + 1]
    ]
    values = split(seen.setup.designs, seen.solved.maximum.theta)[predictor][0][seen.setup.row]
    found = {}
    for name in names:
        if name == "(Intercept)":
            lean, value = design[row()], values[row()]
        else:
            covariate = next(each for each in base if name.startswith(each))
            other = row(**{covariate: name.removeprefix(covariate)})
            lean, value = design[other] - design[row()], values[other] - values[row()]
        found[name] = (value, float(np.sqrt(lean @ spread @ lean)))
    return found


def test_the_model_of_2003_by_coefficients(records, people):
    told = results(records, "gender + age + nation, model = ztpoisson()")
    seen = Sightings().fit_frequencies(people)
    found = contrasts(people, seen, told["coefficients"])
    for name, value in told["coefficients"].items():
        assert found[name][0] == pytest.approx(value, abs=PRINTED)
        assert found[name][1] == pytest.approx(told["standard_errors"][name], abs=PRINTED)
    assert seen.fit.log_likelihood == pytest.approx(told["log_likelihood"], abs=PRINTED)
    assert people.by_times == {1: 1645, 2: 183, 3: 37, 4: 13, 5: 1, 6: 1}


def test_the_model_of_2003_by_total_and_strata(records, people):
    told = results(records, "gender + age + nation, model = ztpoisson()")
    total = estimate(people, Sightings(), "lognormal", by=[])
    assert total.estimate[0] == pytest.approx(told["estimate"], abs=0.005)
    assert total.limits[0] == pytest.approx(told["log_normal"], rel=1e-6)
    spread = Sightings().fit_frequencies(people).spread
    assert np.sqrt(spread.sum()) == pytest.approx(told["standard_error"], abs=0.0005)
    for name, strata in told["strata"].items():
        found = estimate(people, Sightings(), "lognormal", by=[name])
        for place, (level,) in enumerate(found.labels()):
            observed, value, lower, upper = strata[level]
            assert found.observed[place] == observed
            assert found.estimate[place] == pytest.approx(value, rel=1e-6)
            assert found.limits[place] == pytest.approx([lower, upper], rel=1e-5)


def test_its_goodness_of_fit(records, people):
    told = results(records, "gender + age + nation, model = ztpoisson()")
    seen = Sightings().fit_frequencies(people)
    expected, _, _ = goodness(seen.setup, seen.solved, seen.counts)
    there = seen.counts.sum(axis=0)
    # its last cell, of people seen four times or more, has fewer than five expected, and ours goes with the one before
    cells = [(there[k], expected[k]) for k in (1, 2, 3)] + [(there[4:].sum(), expected[4:].sum())]
    assert sum((a - b) ** 2 / b for a, b in cells) == pytest.approx(told["chi_square_of_1_2_3_more"], abs=0.05)


def test_extra_ones(records, people):
    told = results(records, "ztoigeom")
    seen = INFLATED.fit_frequencies(people)
    assert seen.fit.log_likelihood == pytest.approx(told["log_likelihood"], abs=PRINTED)
    assert seen.fit.log_likelihood >= told["log_likelihood"] - PRINTED
    for part, predictor in (("coefficients", 0), ("ones", 1)):
        for name, (value, _) in contrasts(people, seen, told[part], predictor).items():
            assert value == pytest.approx(told[part][name], abs=3e-4)
    found = estimate(people, INFLATED, "lognormal", by=[])
    assert found.estimate[0] == pytest.approx(told["estimate"], rel=EARLY)
    for name, strata in told["strata"].items():
        grouped = estimate(people, INFLATED, "lognormal", by=[name])
        for place, (level,) in enumerate(grouped.labels()):
            assert grouped.estimate[place] == pytest.approx(strata[level][1], rel=4 * EARLY)


@pytest.mark.parametrize("part", MODELS)
def test_other_models(records, people, with_reason, part):
    told = results(records, f"({part})")
    data = with_reason if "reason" in MODELS[part].terms else people
    seen = MODELS[part].fit_frequencies(data)
    total, error = float(seen.fit.estimate.sum()), float(np.sqrt(seen.spread.sum()))
    assert total == pytest.approx(told["estimate"], abs=0.5)
    if "standard_error" in told:
        assert error == pytest.approx(told["standard_error"], abs=0.001)
    if "normal" in told:
        assert [total - NORMAL * error, total + NORMAL * error] == pytest.approx(told["normal"], abs=0.6)


def test_terms_that_are_left_out_do_not_come_in(people):
    design, text, active = design_of(people.table(), "nation")
    assert (design.shape[1], text, active) == (6, "nation", ("nation",))
