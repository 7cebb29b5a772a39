"""Rows on one logarithmic axis."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import altair
import pytest

from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_rows import HEADED_STEP, MOST_TIMES, STEP, Line, Rows, rows_figure

MAIN = Line(name="the answer", text="100 (50 to 200)", limits=(50.0, 200.0), point=100.0, main=True)


def figure(*lines: Line, **settings: Any) -> Figure:
    rows = Rows(lines=(MAIN, *lines), band=(50.0, 200.0), middle=100.0, **settings)
    return rows_figure(rows, title="t", subtitle="s", description="d")


def marks(figure: Figure, mark: str, *others: str) -> list[dict[str, Any]]:
    """The rows of the layers whose mark says all of this."""
    return [
        row
        for part in figure.spec["layer"]
        if all(word in json.dumps(part["mark"]) for word in (mark, *others))
        for row in part["data"]["values"]
    ]


def domain(figure: Figure) -> list[float]:
    found = [part["encoding"]["x"] for part in figure.spec["layer"] if "scale" in part["encoding"].get("x", {})]
    return found[0]["scale"]["domain"]


def words(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))


def test_each_line_is_drawn_where_its_numbers_are():
    drawn = figure(Line(name="two", text="80 to 130", moves=(80.0, 130.0)), Line(name="one", text="90", point=90.0))
    altair.Chart.from_dict(drawn.spec)
    assert marks(drawn, '"rule"', '"strokeWidth": 6') == [{"row": 1, "value": 80.0, "to": 130.0}]
    assert marks(drawn, '"rule"', '"strokeWidth": 3') == [{"row": 0, "value": 50.0, "to": 200.0}]
    assert marks(drawn, '"point"', '"size": 70') == [{"row": 2, "value": 90.0}]
    assert marks(drawn, '"point"', '"size": 120') == [{"row": 0, "value": 100.0}]
    assert marks(drawn, '"rect"') == [{"value": 50.0, "to": 200.0}]
    assert {"the answer", "100 (50 to 200)", "two", "80 to 130", "one", "90"} <= set(words(drawn))


def test_names_may_be_the_same():
    drawn = figure(Line(name="same", text="90", point=90.0), Line(name="same", text="95", point=95.0))
    assert words(drawn).count("same") == 2


def test_without_an_upper_limit_there_is_an_arrow_and_no_zero():
    drawn = figure(Line(name="endless", text="no upper limit", point=math.inf), Line(name="n", moves=(80.0, math.inf)))
    low, high = domain(drawn)
    arrows = marks(drawn, "triangle-right")
    assert arrows == [{"row": 1, "value": high}, {"row": 2, "value": high}]
    assert marks(drawn, '"rule"', '"strokeWidth": 6') == [{"row": 2, "value": 80.0, "to": high}]
    numbers = [
        row[name]
        for part in drawn.spec["layer"]
        for row in part["data"]["values"]
        for name in ("value", "to")
        if name in row
    ]
    assert all(math.isfinite(number) and number >= low for number in numbers)


def test_several_without_any_end_are_an_arrow_only():
    drawn = figure(Line(name="n", text="no upper limit", moves=(math.inf, math.inf)))
    assert [row["row"] for row in marks(drawn, "triangle-right")] == [1]
    assert not marks(drawn, '"rule"', '"strokeWidth": 6')
    assert not [row for row in marks(drawn, '"point"', '"size": 70') if row["row"] == 1]


def test_what_is_not_estimable_is_hatched():
    drawn = figure(Line(name="none", text="n.e.", unknown=True))
    low, high = domain(drawn)
    assert marks(drawn, "gradient") == [{"row": 1, "value": low, "to": high}]
    assert not marks(drawn, "triangle-right")


def test_a_floor_is_a_tick_with_dashes_to_the_right():
    drawn = figure(Line(name="floor", text="at least 70", floor=70.0))
    _, high = domain(drawn)
    assert marks(drawn, '"tick"') == [{"row": 1, "value": 70.0}]
    assert marks(drawn, "strokeDash") == [{"row": 1, "value": 70.0, "to": high}]
    assert [row["row"] for row in marks(drawn, "triangle-right")] == [1]


def test_several_that_are_nearly_one_are_a_dot():
    drawn = figure(Line(name="close", text="99 to 100", moves=(99.5, 100.0)))
    assert marks(drawn, '"point"', '"size": 70') == [{"row": 1, "value": 100.0}]


def test_the_axis_ends_at_many_times_the_answer():
    drawn = figure(Line(name="far", text="1,000,000", point=1e6))
    assert domain(drawn)[1] == pytest.approx(MOST_TIMES * 100, rel=0.1)
    assert [row["row"] for row in marks(drawn, "triangle-right")] == [1]


def test_headings_stand_alone_and_make_rows_lower():
    drawn = figure(Line(name="Other models"), Line(name="one", text="90", point=90.0))
    assert drawn.spec["height"] == 3 * HEADED_STEP
    heavy = marks(drawn, '"text"', '"fontWeight"')
    assert [row["text"] for row in heavy] == ["the answer", "Other models"]
    assert figure(Line(name="one", text="90", point=90.0)).spec["height"] == 2 * STEP


def test_a_threshold_is_a_line_with_its_number():
    assert "150" in words(figure(Line(name="one", text="90", point=90.0), threshold=150.0))


def test_nothing_with_a_number_still_draws():
    empty = Rows(lines=[Line(name="the answer", text="n.e.", unknown=True, main=True)])
    assert "<svg" in str(to_svg(rows_figure(empty, title="t", subtitle="s", description="d"), "a"))
