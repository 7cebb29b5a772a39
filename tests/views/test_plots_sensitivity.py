"""Pictures and tables of what an answer is sensitive to."""

from __future__ import annotations

import json
import re
from typing import Any

import altair
import numpy as np
import pytest

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.inference.estimate import estimate
from darknumber.inference.publish import alone, rounded
from darknumber.studies.multiverse import sensitivity_rows
from darknumber.studies.printing_omit import short
from darknumber.studies.sensitivity import Sensitivity, sensitivity
from darknumber.views.disclosure import Disclosure, disclose
from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_panel import overview_figure
from darknumber.views.plots_sensitivity import dial_figure, pairs_figure
from darknumber.views.report import ReportOptions, render
from darknumber.views.sensitivity import sensitivity_section
from darknumber.views.tables import Table
from darknumber.views.tables_sensitivity import dial_table, pairs_table
from darknumber.words import LANGUAGES, use_language

FAST = "bootstrap(replicates=40)"
QUICK: dict[str, Any] = {"missed": (0.0, 0.05), "false": (0.0, 0.01), "erroneous": (0.0, 0.1), "workers": 1}


def letters(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))


def rows_of(figure: Figure, mark: str) -> list[dict[str, Any]]:
    """The rows of the layers whose mark says something."""
    return [row for part in figure.spec["layer"] if mark in json.dumps(part["mark"]) for row in part["data"]["values"]]


def tables_of(found: Sensitivity) -> list[Table]:
    """All tables of the section, those of its figures first."""
    section = sensitivity_section(found)
    return [*(table for figure in section.figures for table in figure.tables), *section.tables]


@pytest.fixture(scope="module")
def kosovo() -> Sensitivity:
    answer = estimate(example("kosovo-1999"), "log-linear(terms='EXH:ABA')", FAST, seed=1)
    return sensitivity(answer, threshold=12_000, **QUICK)


@pytest.fixture(scope="module")
def endless() -> Sensitivity:
    return sensitivity(estimate(example("artificial-3"), "log-linear(terms='A:B')", FAST), **QUICK)


@pytest.fixture(scope="module")
def open_above() -> Sensitivity:
    return sensitivity(estimate(example("korea"), "average", "mixture(replicates=100)", seed=1), **QUICK)


@pytest.fixture(scope="module")
def two_lists() -> Sensitivity:
    table = CaptureTable.build(("a", "b"), [1, 2, 3], [100, 50, 20])
    return sensitivity(estimate(table, "lincoln-petersen", "lognormal"), **QUICK)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("draw", [dial_figure, pairs_figure, overview_figure])
def test_a_valid_specification_in_both_languages(kosovo, draw, language):
    with use_language(language):
        figure = draw(kosovo)
        altair.Chart.from_dict(figure.spec)
        assert "<svg" in str(to_svg(figure, "a"))
    assert figure.title
    assert figure.subtitle
    assert figure.description


def test_the_curve_goes_through_the_answer_and_the_threshold(kosovo):
    figure = dial_figure(kosovo)
    line = rows_of(figure, '"line"')
    at = [row["value"] for row in line if row["odds"] == pytest.approx(1.0)]
    assert at == pytest.approx([kosovo.headline[0]])
    crossing = [row for row in rows_of(figure, '"point"') if row["value"] == 12_000]
    assert [row["odds"] for row in crossing] == [kosovo.dial.crossing.estimate]
    assert any(text.startswith("12,000, at ") for text in letters(figure))
    band = rows_of(figure, '"area"')
    assert all(row["value"] <= row["middle"] <= row["to"] for row in band)


def test_the_declared_range_is_shaded(kosovo):
    assert {(row["odds"], row["to"]) for row in rows_of(dial_figure(kosovo), '"rect"')} == {(0.5, 2.0)}


def test_without_an_upper_limit_that_is_said(open_above):
    figure = dial_figure(open_above)
    assert "95% interval: no upper limit" in letters(figure)
    ends = {row["to"] for row in rows_of(figure, '"area"')}
    assert len(ends) == 1
    assert np.isfinite(list(ends)).all()


def test_pairs_have_a_line_each_and_the_model_a_dot(kosovo):
    figure = pairs_figure(kosovo)
    assert {row["pair"] for row in rows_of(figure, '"line"')} == {":".join(pair.lists) for pair in kosovo.pairs}
    dots = [row["odds"] for row in rows_of(figure, '"point"')]
    assert sorted(dots) == pytest.approx(sorted(pair.implied for pair in kosovo.pairs))
    ticks = [row["odds"] for row in rows_of(figure, '"tick"')]
    assert ticks == sorted(pair.observed.estimate for pair in kosovo.pairs)


def test_pairs_on_one_line_are_counted(kosovo):
    # one pair may depend on each other and hardly does; the five others have an odds ratio of 1
    assert "6 pairs, 1.0" in letters(pairs_figure(kosovo))


def test_the_panel_has_a_row_for_each_assumption(kosovo):
    figure = overview_figure(kosovo)
    texts = letters(figure)
    for name in (
        "as the model assumes",
        "odds ratio of all lists 0.50 to 2.0 times",
        "a pair independent, or as observed",
        "links: up to 5% missed, 1% false",
        "erroneous: up to 10% of every list",
        "people differ: Darroch",
        "on some list",
        "if no lists avoid each other",
    ):
        assert name in texts
    assert "at least 4,400" in texts
    behind = rows_of(figure, '"rect"')
    assert (behind[0]["value"], behind[0]["to"]) == pytest.approx(kosovo.headline[1:])


def test_no_finite_estimate_leaves_floors_and_forms(endless):
    assert dial_figure(endless) is None
    assert pairs_figure(endless) is None
    texts = letters(overview_figure(endless))
    assert "at least 96" in texts
    assert "as the model assumes" not in texts
    assert [table.caption for table in tables_of(endless)] == ["The estimate, and what it is under other assumptions"]


def test_two_lists_have_no_picture_of_pairs(two_lists):
    assert pairs_figure(two_lists) is None
    assert dial_figure(two_lists) is not None
    assert len(tables_of(two_lists)) == 4
    assert len(sensitivity_section(two_lists).figures) == 2


def test_tables_hold_the_values_behind_the_words_no_finer_than_these(kosovo):
    first, _, pairs, links, erroneous = tables_of(kosovo)
    assert first.rows[0][1].value == rounded(*kosovo.headline).value
    assert [row[1].value for row in pairs.rows] == pytest.approx([pair.implied for pair in kosovo.pairs], abs=0.0051)
    assert all(row[1].value == round(row[1].value, 2) for row in pairs.rows)
    values = kosovo.linkage.estimate.tolist()
    assert [[cell.value for cell in row[1:]] for row in links.rows] == [
        [alone(value) for value in row] for row in values
    ]
    assert [row[0].text for row in erroneous.rows] == ["all lists", "EXH", "ABA", "OSCE", "HRW"]
    assert all(len(row) == len(table.columns) for table in (first, pairs, links, erroneous) for row in table.rows)


def test_the_section_has_three_pictures_and_what_must_be_known(kosovo):
    section = sensitivity_section(kosovo)
    titles = [figure.title for figure in section.figures]
    assert len(set(titles)) == 3
    assert titles[0].startswith("With one assumption off at a time, the estimate runs from ")
    assert len(section.points) == len(kosovo.findings)
    page = render(kosovo.estimates, options=ReportOptions(sections=(section,)))
    assert "What the answer is sensitive to" in page


def test_how_far_the_estimate_runs_is_over_all_rows(kosovo):
    rows = [row for row in sensitivity_rows(kosovo) if row.answers]
    low, high = min(row.ends[0] for row in rows), max(row.ends[1] for row in rows)
    assert overview_figure(kosovo).title.endswith(f"from {short(low)} to {short(high)}")


def test_odds_ratios_of_a_few_people_are_no_ticks():
    # among people on c: 3 on both a and b, where 6 would be if these were independent, so the pair is on the scale
    table = CaptureTable.build(("a", "b", "c"), range(1, 8), [300, 200, 40, 30, 27, 27, 3])
    found = sensitivity(estimate(table, "independence", "lognormal"), **QUICK)
    (pair,) = (pair for pair in found.pairs if pair.people == 3 and pair.lists == ("a", "b"))
    assert pair.scale
    protection = disclose(table, Disclosure(floor=5, base=1))
    hidden, exact = (rows_of(pairs_figure(found, protection=each), '"tick"') for each in (protection, None))
    assert pair.observed.estimate in [row["odds"] for row in exact]
    assert hidden == []
    assert "not shown" not in {cell.text for row in pairs_table(found).rows for cell in row}
    shown = pairs_table(found, protection=protection)
    assert [column.names[0] for column in shown.columns] == ["pair", "model", "at_1"]  # nor is its ratio a scale


def test_the_table_of_the_curve_has_the_ends_and_the_middle(kosovo):
    table = dial_table(kosovo)
    assert [row[0].value for row in table.rows][:: len(table.rows) // 2] == pytest.approx([0.25, 1.0, 4.0])
    assert any("No data can show" in note for note in table.notes)
