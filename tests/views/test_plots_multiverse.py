"""Every other answer to the same question, and models side by side."""

from __future__ import annotations

import json
import re

import altair
import pytest

from darknumber.data.examples import example
from darknumber.inference.estimate import estimate
from darknumber.studies.compare import Comparison, compare
from darknumber.studies.panel import Panel, panel
from darknumber.studies.printing_panel import row_name, shown, title
from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_multiverse import comparison_rows, multiverse_figure
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"
QUICK = ("omit", "sensitivity")


def words(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))


def layers(figure: Figure, word: str) -> list[dict[str, float]]:
    return [row for part in figure.spec["layer"] if word in json.dumps(part["mark"]) for row in part["data"]["values"]]


@pytest.fixture(scope="module")
def uk() -> Panel:
    return panel(estimate(example("uk-2013-5"), None, FAST, seed=1), studies=QUICK, threshold=20_000)


@pytest.fixture(scope="module")
def side_by_side() -> Comparison:
    models = ["log-linear(terms='A:B + B:C + A:C')", "independence", "log-linear(terms='A:B')"]
    return compare(example("artificial-3"), [models[1], models[2], models[0]], FAST, seed=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_of_asking_is_a_row(uk, language):
    with use_language(language):
        figure = multiverse_figure(uk)
        altair.Chart.from_dict(figure.spec)
        said = words(figure)
        assert figure.title == title(uk)
        for row in shown(uk.rows()):
            assert row_name(row) in said
    assert "20,000" in said or "20.000" in said


def test_rows_stand_under_headings_in_their_order(uk):
    said = words(multiverse_figure(uk))
    heads = ["Other models", "Other lists", "What cannot be tested", "At least"]
    assert [text for text in said if text in heads] == heads
    assert "Errors in the records" not in said  # not asked for


def test_the_interval_of_the_answer_is_behind_all_rows(uk):
    lower, upper = uk.estimates.total().limits[0]
    assert layers(multiverse_figure(uk), '"rect"') == [{"value": lower, "to": upper}]


def test_too_wide_for_a_number_there_is_no_dot(uk):
    whole = uk.estimates.total()
    assert whole.limits[0, 1] > 4 * whole.limits[0, 0]
    assert layers(multiverse_figure(uk), '"size": 120') == []


def test_no_finite_answer_is_drawn_as_such():
    found = panel(estimate(example("artificial-3"), "log-linear(terms='A:B')", FAST), studies=QUICK, workers=1)
    figure = multiverse_figure(found)
    assert figure.title.startswith("The answer is no finite number; asked in ")
    assert layers(figure, '"rect"') == []
    assert 0 in [row["row"] for row in layers(figure, "triangle-right")]
    assert "at least 96" in words(figure)


def test_models_compared_are_rows_with_the_first_behind(side_by_side):
    figure = comparison_rows(side_by_side)
    altair.Chart.from_dict(figure.spec)
    said = words(figure)
    assert "independence" in said
    first = side_by_side.totals[0]
    assert layers(figure, '"rect"') == [{"value": first.limits[0, 0], "to": first.limits[0, 1]}]
    assert [row["row"] for row in layers(figure, "gradient")] == [2]
    assert "n.e., at least 96" in said
    assert [row["row"] for row in layers(figure, "triangle-right")] == [1]
    with use_language("nl"):
        assert comparison_rows(side_by_side).title.startswith("Van de 2 andere modellen")
