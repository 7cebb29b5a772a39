"""What is said of a simulation: the answer first, nothing wider than a page, in English and in Dutch."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from darknumber import use_language
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels import verdicts
from darknumber.lab.pipelines import Pipeline, pipeline_of
from darknumber.lab.printing_simulate import MOST
from darknumber.lab.runs import REFUSED, joined, of_rows
from darknumber.lab.simulation import Simulation, findings_of
from tests.lab.populations import simple

PIPELINES = (pipeline_of("average"), Pipeline(interval=Bootstrap(replicates=99)))


def runs_of(design, pipeline: Pipeline, held: int, of: int = 20):
    """Answers of which so many hold the truth."""
    row = {
        "truth": design.truth,
        "level": 0.95,
        "observed": 100.0,
        "estimate": 1.1 * design.truth,
        "lower_80": nan,
        "upper_80": nan,
        "upper": 2 * design.truth,
        "seconds": 1.0,
        "verdict": verdicts.ESTIMABLE,
        "refusal": "",
        "findings": (),
        "measures": {},
    }
    rows = [{**row, "population": place, "lower": design.truth * (0.8 if place < held else 1.2)} for place in range(of)]
    return of_rows(rows, design.name, str(pipeline))


def simulation(names=("one", "two"), pipelines=PIPELINES[:1], held=(19, 13), source="designs") -> Simulation:
    designs = tuple(simple(name, size=1000 * (place + 1)) for place, name in enumerate(names))
    parts = [
        runs_of(design, pipeline, held[(place + number) % len(held)])
        for place, design in enumerate(designs)
        for number, pipeline in enumerate(pipelines)
    ]
    found = Simulation(
        source=source,
        data=None,
        designs=designs,
        pipelines=tuple(pipelines),
        populations=20,
        seed=1,
        runs=joined(parts, names, [str(each) for each in pipelines]),
    )
    return replace(found, findings=tuple(findings_of(found)))


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_first_sentence_answers_the_question():
    said = str(simulation()).split("\n\n")
    assert said[0] == "How often would the interval be right?"
    expected = "the 95% interval held the true number 80% of the time (worst: 65%, for two)."
    assert flat(said[1]) == f"On populations of 2 kinds, {expected}"
    assert "drawn from the 2 models the data can hardly tell apart, the 95%" in flat(str(simulation(source="table")))


def test_one_design_has_its_error_instead_of_a_worst():
    said = flat(str(simulation(names=("one",))))
    assert "held the true number 95% of the time, give or take 6.8 points." in said
    assert "worst" not in said
    assert "the model that the data single out" in flat(str(simulation(names=("one",), source="table")))
    assert "drawn from the fitted model" in flat(str(simulation(names=("one",), source="fit")))


def test_a_row_has_the_numbers_of_its_design():
    said = str(simulation()).split("\n\n")
    right, off = said[2].splitlines(), said[3].splitlines()
    assert right[1].split() == ["95%", "right", "80%", "right", "width", "no", "number"]
    assert right[2].split() == ["one", "95%", "±", "6.8", "–", "2.50", "±", "0.00", "0%"]  # 21 of 24 (Agresti & Coull)
    assert right[3].split() == ["two", "65%", "±", "9.9", "–", "2.50", "±", "0.00", "0%"]
    assert off[1].split() == ["truth", "off", "by", "RMSE", "of", "log", "seconds"]
    assert off[2].split() == ["one", "1,000", "+10%", "±", "0.0", "0.10", "±", "0.00", "1"]  # log 1.1
    assert off[3].split() == ["two", "2,000", "+10%", "±", "0.0", "0.10", "±", "0.00", "1"]


def test_how_far_off_is_told_with_its_error():
    found = simulation(names=("one",))
    estimate = 1000 * (1 + np.linspace(-0.1, 0.3, 20))
    said = str(replace(found, runs=replace(found.runs, estimate=estimate, seconds=np.full(20, 0.01234))))
    row = said.split("\n\n")[3].splitlines()[2].split()
    # the middle is +10%; order statistics 8 and 13 of 20 are 5 steps of 0.4 / 19 apart
    squares = np.log(estimate / 1000) ** 2
    rmse = np.sqrt(squares.mean())
    error = squares.std(ddof=1) / np.sqrt(20) / (2 * rmse)
    off = ["+10%", "±", f"{100 * 5 * 0.4 / 19 / 2:.1f}", f"{rmse:.2f}", "±", f"{error:.2f}"]
    assert row == ["one", "1,000", *off, "0.012"]


def test_one_population_has_no_error():
    found = simulation(names=("one",))
    assert "±" not in str(replace(found, runs=found.runs.take([0]), populations=1)).split("\n\n")[3]


def test_long_names_stand_under_numbered_rows():
    long = "A:B + A:C + B:C + C:D + D:E + A:E, fitted to a table of people on five lists"
    said = str(simulation(names=("one", long))).split("\n\n")
    rows, off = said[2].splitlines(), said[3].splitlines()
    assert rows[2].split()[:2] == ["1", "95%"]
    assert rows[3] == "      one"
    assert flat(" ".join(rows[5:])) == long
    assert [row.split()[:2] for row in off[2:]] == [["1", "1,000"], ["2", "2,000"]]  # named once is enough


def test_several_pipelines_are_numbered_and_set_side_by_side():
    said = str(simulation(pipelines=PIPELINES, held=(20, 16, 10)))
    first = flat(said.split("\n\n")[1])
    assert first.endswith("the intervals held the true number from 65% (number 2) to 90% (number 1) of the time.")
    table = said.split("\n\n")[2].splitlines()
    assert table[1].split()[0] == "1"
    off = said.split("\n\n")[3].splitlines()
    assert off[1].split() == ["off", "by", "farthest", "RMSE", "of", "log", "seconds"]
    assert [row.split() for row in off[2:]] == [[n, "+10%", "±", "0.0", "+10%", "0.10", "±", "0.00", "1"] for n in "12"]
    assert "100% 80%" in flat(said.split("\n\n")[4])
    assert "less often than it says" not in said  # the table says which and by how much


def test_of_many_designs_the_worst_are_shown():
    names = [f"number {place}" for place in range(MOST + 5)]
    held = [20] * MOST + [1] * 5
    said = str(simulation(names=names, held=held))
    assert "5 more" in said
    assert f"number {MOST + 4}" in said
    assert f"number {MOST - 1} " not in said


def test_what_has_no_number_is_never_one():
    found = simulation(names=("one",))
    endless = replace(
        found.runs,
        estimate=np.full(20, inf),
        upper=np.full(20, inf),
        verdict=np.full(20, verdicts.INFINITE),
    )
    right, off = (part.splitlines()[2] for part in str(replace(found, runs=endless)).split("\n\n")[2:4])
    assert right.split() == ["one", "95%", "±", "6.8", "–", "∞", "100%"]
    assert off.split() == ["one", "1,000", "no", "upper", "limit", "–", "1"]
    nothing = replace(found.runs, estimate=np.full(20, nan), lower=np.full(20, nan), upper=np.full(20, nan))
    refused = replace(nothing, verdict=np.full(20, REFUSED))
    right, off = (part.splitlines()[2] for part in str(replace(found, runs=refused)).split("\n\n")[2:4])
    assert right.split() == ["one", "0%", "±", "5.6", "0%", "±", "5.6", "–", "100%"]  # right at no level
    assert off.split() == ["one", "1,000", "–", "–", "1"]


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "pipelines", [PIPELINES[:1], PIPELINES, [pipeline_of(f"best | bootstrap(replicates={n})") for n in range(1, 18)]]
)
@pytest.mark.parametrize("source", ["table", "fit", "designs"])
def test_no_line_is_wider_than_a_page(language, pipelines, source):
    names = ("one", "A:B + A:C + B:C + C:D + D:E + A:E + " * 4)
    with use_language(language):
        found = simulation(names=names, pipelines=pipelines, source=source)
        assert max(map(len, str(found).splitlines())) <= 80


def test_dutch_is_dutch():
    with use_language("nl"):
        said = flat(str(simulation(source="table")))
    assert said.startswith("Hoe vaak zou het interval kloppen?")
    assert "bevatte het 95%-interval het echte aantal in 80% van de gevallen" in said


def test_what_was_there_already_is_told():
    assert "were there already" not in str(simulation())
    assert "40 of these answers were there already." in str(replace(simulation(), resumed=40))
