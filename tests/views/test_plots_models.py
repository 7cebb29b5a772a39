"""The picture of the model set, its table, and the comparison in a report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import altair
import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.inference.estimate import estimate
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.studies.compare import compare
from darknumber.views import plots_models, tables_models
from darknumber.views.comparison import comparison_figure, comparison_section
from darknumber.views.labels import PEOPLE
from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_models import Mark, model_set
from darknumber.views.report import ReportOptions, render
from darknumber.views.story import headline, how_sure
from darknumber.views.tables_models import comparison_table, set_table
from darknumber.words import LANGUAGES, use_language

OBSERVED = 1000.0
FAST = "bootstrap(replicates=40)"


def candidates(
    unobserved: tuple[float, ...] = (3000.0, 4000.0, 2500.0, 9000.0),
    distance: tuple[float, ...] = (0.0, 1.5, 4.0, 5.9),
    **more: Any,
) -> Candidates:
    """A set as an exact search lists it; the third model is where a stepwise search ends."""
    n = len(unobserved)
    dark = np.array(unobserved)
    found = Candidates(
        label=("", *(f"A:B + C:{k}" for k in range(1, n))),
        step=("",) * n,
        parameters=np.arange(n) + 4,
        deviance=np.zeros(n),
        aic=np.array(distance),
        aicc=np.array(distance),
        bic=np.array(distance),
        unobserved=dark,
        verdict=np.select(
            [np.isinf(dark), np.isnan(dark)], [verdicts.INFINITE, verdicts.NOT_IDENTIFIED], verdicts.ESTIMABLE
        ).astype(np.int8),
        chosen=0,
        distance=np.array(distance),
        delta=6.0,
        beyond=6.2,
        local=2,
    )
    return replace(found, **more)


def drawn(found: Candidates, **more: Any) -> Figure:
    return model_set(found, OBSERVED, **{"criterion": "bic", "unit": "people", **more})


def letters(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))


def rows_of(figure: Figure, mark: str) -> list[dict[str, Any]]:
    """The rows of the layers whose mark says something."""
    return [row for part in figure.spec["layer"] if mark in json.dumps(part["mark"]) for row in part["data"]["values"]]


CASES = {
    "plain": candidates(),
    "far": candidates(distance=(0.0, 1.5, 40.0, 5.9)),
    "endless": candidates(unobserved=(3000.0, np.inf, 2500.0, np.nan)),
    "best is endless": candidates(unobserved=(np.inf, 3000.0, 2500.0, 2600.0)),
    "all endless": candidates(unobserved=(np.inf,) * 4),
    "stepwise is not estimable": candidates(unobserved=(3000.0, 4000.0, np.nan, 2600.0)),
    "one": candidates(unobserved=(3000.0,), distance=(0.0,), local=0),
    "average": candidates(weight=np.array([0.5, 0.25, 0.15, 0.1])),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_every_set_can_be_drawn_and_loads_nothing(case, language):
    with use_language(language):
        figure = drawn(CASES[case], average=4300.0 if case == "average" else None)
        altair.Chart.from_dict(figure.spec)
        shown = letters(figure)
    assert "http" not in json.dumps(figure.spec)
    assert not set(shown) & {"NaN", "nan", "inf", "Infinity", "null", "undefined"}
    for part in figure.spec["layer"]:
        for row in part["data"]["values"]:
            assert all(np.isfinite(v) for v in row.values() if isinstance(v, int | float))


def test_one_mark_a_model_and_the_special_ones_marked():
    figure = drawn(candidates())
    assert len([row for row in rows_of(figure, "point") if "area" in row]) == 4
    shown = letters(figure)
    assert {"best 4,000", "stepwise 3,500", "3,500 to 10,000", "within 6 points"} <= set(shown)
    rings = [part for part in figure.spec["layer"] if part["mark"].get("filled") is False]
    assert [part["data"]["values"][0]["value"] for part in rings] == [3500.0]
    assert figure.title == "The data can hardly tell 4 models apart; their estimates run from 3,500 to 10,000"


def test_a_stepwise_search_that_ends_far_away_is_not_in_the_range():
    figure = drawn(candidates(distance=(0.0, 1.5, 40.0, 5.9)))
    assert "3 models apart; their estimates run from 4,000 to 10,000" in figure.title
    assert "stretched near zero" in figure.subtitle
    assert "stepwise 3,500" in letters(figure)
    assert "stretched" not in drawn(candidates()).subtitle


def test_what_has_no_number_is_said():
    figure = drawn(candidates(unobserved=(3000.0, np.inf, 2500.0, np.nan)))
    assert figure.title.endswith("from 3,500 to no upper limit")
    assert "One model is not estimable and not drawn." in figure.subtitle
    assert len(rows_of(figure, "triangle")) == 1
    assert "no upper limit" in letters(figure)
    assert "none of them sets an upper limit" in drawn(CASES["all endless"]).title
    assert "stands out: it gives 4,000, and no other comes close" in drawn(CASES["one"]).title
    assert drawn(replace(CASES["one"], beyond=-3.0)).title.startswith("Of the models that were looked at one stands")


def test_an_average_is_a_line_and_weight_is_area():
    weight = np.array([0.5, 0.25, 0.15, 0.1])
    figure = drawn(candidates(weight=weight), average=4300.0, step=100)
    areas = [row["area"] for row in rows_of(figure, "point") if "area" in row]
    assert areas == sorted(areas, reverse=True)
    assert areas[1] - plots_models.LEAST_AREA == pytest.approx((areas[0] - plots_models.LEAST_AREA) / 2, abs=0.1)
    assert "average 4,300" in letters(figure)
    assert "The larger a mark" in figure.subtitle


def test_compared_models_are_numbered_and_do_not_hide_each_other():
    marks = [
        Mark(name="independence", text="4,000", estimate=4000.0, distance=0.0),
        Mark(name="the same", text="4,000", estimate=4000.0, distance=0.0),
        Mark(name="average", text="4,200", estimate=4200.0, distance=None),
        Mark(name="a name that is much too long to stand there", text="no upper limit", estimate=np.inf, distance=80.0),
        Mark(name="unknown", text="n.e.", estimate=np.nan, distance=3.0),
    ]
    figure = drawn(candidates(), marks=marks)
    offsets = [part["mark"]["xOffset"] for part in figure.spec["layer"] if "xOffset" in part["mark"]]
    assert offsets == [0, 0, plots_models.DISC, plots_models.DISC, 0, 0, 0, 0]
    assert "A model that has no BIC stands at the top." in figure.subtitle
    shown = " ".join(letters(figure))
    for text in ("independence, 4,000", "average, 4,200", "no upper limit", "unknown, n.e.", "…"):
        assert text in shown


def test_many_models_are_cut_and_counted():
    n = plots_models.MOST_MARKS + 10
    many = candidates(unobserved=tuple(np.linspace(2000, 3000, n)), distance=tuple(np.linspace(0, 6, n)))
    figure = drawn(many)
    assert len([row for row in rows_of(figure, "point") if "area" in row]) == plots_models.MOST_MARKS
    assert "the best 2,000 of 2,010 models" in figure.subtitle
    table = set_table(many, OBSERVED, criterion="bic")
    assert len(table.rows) == tables_models.MOST_ROWS
    assert any("The first 50 of 2,010 models" in note for note in table.notes)


def test_the_table_gives_the_same_numbers():
    table = set_table(candidates(unobserved=(3000.0, np.inf, 2500.0, np.nan)), OBSERVED, criterion=3.5)
    estimates = [row[4].text for row in table.rows]
    assert estimates == ["4,000", "no upper limit", "3,500", "n.e."]
    assert [row[-1].text for row in table.rows] == ["best", "", "stepwise", ""]
    assert table.rows[0][1].text == "main effects only"
    assert table.notes[0] == "It is proved that there are no others."
    open_end = set_table(candidates(), OBSERVED, criterion="aic", proved=False)
    assert "There may be others" in open_end.notes[0]
    weighed = set_table(candidates(weight=np.array([0.5, 0.25, 0.15, 0.1])), OBSERVED, criterion="aic")
    assert [row[4].text for row in weighed.rows] == ["50%", "25%", "15%", "10%"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_shows_the_set(language):
    with use_language(language):
        page = render(estimate(example("kosovo-1999"), "best(max_order=4)", FAST, seed=1))
    said = {"en": "The data can hardly tell", "nl": "De gegevens kunnen"}[language]
    assert page.count(said) >= 2
    assert {"en": "Models close to the best", "nl": "Modellen dicht bij het beste"}[language] in page
    assert {"en": "How the model was chosen", "nl": "Hoe het model gekozen is"}[language] not in page
    assert {"en": "proved that there are no others", "nl": "Bewezen is dat er geen andere zijn"}[language] in page


def test_nothing_is_called_proved_that_is_not():
    found = estimate(example("kosovo-1999"), "best", FAST, seed=1)
    listed = found.fits[0].candidates
    assert listed is not None
    stopped = replace(found, fits=(replace(found.fits[0], candidates=replace(listed, beyond=-20.0)),))
    said = how_sure(stopped, headline(stopped), PEOPLE)[1]
    assert "proved" not in said
    assert "There may be others" in said
    assert "No other model that was looked at" in said
    assert "No other model comes within 6 points" in how_sure(found, headline(found), PEOPLE)[1]


def test_the_report_says_what_an_average_is():
    page = render(estimate(example("uk-2013-5"), "average(criterion=bic)", FAST, seed=1))
    assert "The answer is their average" in page
    assert "How the model was chosen" not in page


def test_a_stepwise_path_keeps_its_own_picture():
    page = render(estimate(example("kosovo-1999"), "stepwise(criterion=3.5)", FAST, seed=1))
    assert "How the model was chosen" in page
    assert "3.5 points a parameter" in page


def test_a_comparison_is_a_section_of_a_report():
    found = compare(example("kosovo-1999"), ["best(max_order=4)", "independence", "average(criterion=bic)"], FAST)
    figure = comparison_figure(found)
    assert figure is not None
    shown = " ".join(letters(figure))
    for number, name in enumerate(("best(max_order=4)", "independence", "average(criterion=bic)"), start=1):
        assert f"{number}  {name}, " in shown
    page = render(found.estimates[0], options=ReportOptions(sections=(comparison_section(found),)))
    assert "Other models side by side" in page
    assert [row[1].text for row in comparison_table(found).rows] == [
        "best(max_order=4)",
        "independence",
        "average(criterion=bic)",
    ]
    without = comparison_section(replace(found, background=None))
    assert len(without.figures) == 1  # a row a model; the set was not looked for
    assert without.figures[0].tables == (comparison_table(found),)
    assert without.tables == ()
