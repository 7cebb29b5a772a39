"""Small pictures of groups side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from darknumber.views.plots_alone import to_svg_file
from darknumber.views.plots_panels import course_panels
from darknumber.words import use_language


def titles(figure) -> list[str]:
    """The names above the small pictures."""
    return [
        layer["data"]["values"][0]["text"]
        for panel in figure.spec["concat"]
        for layer in panel["layer"]
        if layer["mark"].get("fontWeight") == 600 and layer["data"]["values"]
    ]


def tops(figure) -> list[float]:
    """Where the axis of people ends in each."""
    return [panel["layer"][0]["encoding"]["y"]["scale"]["domain"][1] for panel in figure.spec["concat"]]


def test_every_group_has_its_picture_in_order(register):
    figure = course_panels(register.by("year", "form"))
    assert titles(figure) == [
        "Sexual exploitation",
        "Labour or services outside the sex industry",
        "Criminal exploitation",
        "Other or unknown",
    ]
    assert len(figure.spec["concat"]) == 4
    years = figure.spec["concat"][0]["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert years == [str(year) for year in range(2010, 2020)]


def test_groups_alike_share_an_axis_and_others_have_their_own(register):
    alike = course_panels(register.by("year", "nationality"))
    assert len(set(tops(alike))) == 1
    assert "All on the same axis" in alike.subtitle
    apart = course_panels(register.by("year", "age", "form"))
    assert len(set(tops(apart))) > 1
    assert "Each on its own axis" in apart.subtitle


def test_the_title_tells_who_clearly_changed(register):
    # the register falls from 2010 to 2019 in ratio but grows in people: let one group fall and the other rise
    rows = register.by("year", "sex")
    factor = np.ones(len(rows.observed))
    factor[-2:] = 0.3, 3.0  # of women and of men in the last year
    moved = replace(
        rows,
        unobserved=rows.unobserved * factor,
        draws=rows.observed + (rows.draws - rows.observed) * factor,
    )
    assert (
        course_panels(moved).title == "In 2019 clearly fewer than in 2010: women and girls; clearly more: men and boys"
    )
    with use_language("nl"):
        title = course_panels(moved).title
    assert title == "In 2019 aantoonbaar minder dan in 2010: vrouwen en meisjes; aantoonbaar meer: mannen en jongens"


def test_without_a_clear_change_that_is_the_title(flat_register):
    title = course_panels(flat_register.by("year", "sex")).title
    assert title == "In no group is there a clear change between 2010 and 2019"


def test_where_years_are_passive_no_change_is_told(register):
    passive = replace(register, fits=(replace(register.fits[0], active=()),))
    assert course_panels(passive.by("year", "sex")).title == "Estimated and registered by year, by sex"


def test_many_groups_are_counted_and_not_named(register):
    rows = register.by("year", "age", "form")
    last = np.arange(len(rows.observed)) >= len(rows.observed) - 8
    factor = np.where(last, 8.0, 1.0)
    moved = replace(
        rows, unobserved=rows.unobserved * factor, draws=rows.observed + (rows.draws - rows.observed) * factor
    )
    assert course_panels(moved).title == "In 2019 clearly fewer than in 2010 in 0 of 8 groups, clearly more in 8"


def test_it_is_drawn(register):
    drawn = to_svg_file(course_panels(register.by("year", "sex")))
    assert drawn.count("estimated ") >= 2
    assert "registered" in drawn
