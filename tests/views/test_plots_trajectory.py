"""The answer on ever more data, as a picture."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import altair
import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.inference.publish import alone
from darknumber.studies.course import FLAT
from darknumber.studies.printing_trajectory import title
from darknumber.studies.trajectory import Trajectory, trajectory
from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_trajectory import trajectory_figure
from darknumber.views.tables_panel import trajectory_table
from darknumber.words import LANGUAGES, use_language


@pytest.fixture(scope="module")
def course() -> Trajectory:
    return trajectory(example("kosovo-1999"), "log-linear(terms='EXH:ABA')", fractions=(0.5, 0.7, 0.9), repeats=9)


def rows(figure: Figure, word: str) -> list[dict[str, float]]:
    return [row for part in figure.spec["layer"] if word in json.dumps(part["mark"]) for row in part["data"]["values"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_medians_are_a_line_to_the_answer(course, language):
    with use_language(language):
        figure = trajectory_figure(course, name="people")
        altair.Chart.from_dict(figure.spec)
        assert figure.title == title(course)
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))
    assert {"50%", "70%", "90%", "100%"} <= {text.replace("\xa0", "") for text in texts}
    line = rows(figure, '"line"')
    assert [(row["share"], row["value"]) for row in line] == [(step.fraction, step.estimate) for step in course.steps]
    band = rows(figure, '"rect"')[0]
    assert (band["value"], band["to"]) == pytest.approx((course.last.estimate / FLAT, course.last.estimate * FLAT))
    halves = rows(figure, '"strokeWidth": 1.5')
    assert [(row["value"], row["to"]) for row in halves] == [(s.lower, s.upper) for s in course.steps[:-1]]


def test_what_goes_on_is_an_arrow(course):
    steps = (replace(course.steps[0], upper=np.inf), *course.steps[1:])
    figure = trajectory_figure(replace(course, steps=steps), name="people")
    assert [row["share"] for row in rows(figure, "triangle-up")] == [0.5]


def test_no_course_is_no_picture(course):
    assert trajectory_figure(replace(course, course="none"), name="people") is None


def test_the_table_has_the_same_numbers(course):
    table = trajectory_table(course)
    assert [row[1].value for row in table.rows] == [alone(step.estimate) for step in course.steps]
    assert table.rows[-1][2].text == ""
