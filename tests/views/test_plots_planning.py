"""The picture of what one more list or a sample would buy."""

from __future__ import annotations

import re

import altair
import pytest

from darknumber import use_language
from darknumber.lab.planning import design
from darknumber.views.plots import Figure, to_svg
from darknumber.views.plots_planning import options_figure
from darknumber.words import LANGUAGES

REACH = {"police": 0.3, "care": 0.2, "border": 0.25}


def words(figure: Figure) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scenario_shows_three_ways_and_the_truth(language):
    with use_language(language):
        figure = options_figure(design(REACH, 1_000, populations=5), 1_000)
        said = words(figure)
        names = {"en": ("these lists", "one more list"), "nl": ("deze lijsten", "één lijst erbij")}[language]
        assert all(said.count(name) == 3 for name in names)
        assert {"en": "1,000", "nl": "1.000"}[language] in said
        assert len([text for text in said if text.endswith("%)")]) == 9
        altair.Chart.from_dict(figure.spec)


def test_only_scenarios_that_were_looked_at_are_there():
    figure = options_figure(design(REACH, 1_000, odds_ratio=1.0, heterogeneity=0.0, populations=5), 1_000)
    assert words(figure).count("these lists") == 1


def test_an_interval_that_would_be_wrong_is_not_called_the_best():
    """Two lists alone give the narrowest interval, and it misses the truth as soon as they depend on each other."""
    figure = options_figure(design([0.4, 0.3], 5_000, another=0.2, populations=5), 5_000)
    assert "sample" in figure.title or "one more list" in figure.title
    free = options_figure(design([0.4, 0.3], 5_000, another=0.2, odds_ratio=1.0, heterogeneity=0.0), 5_000)
    assert "these lists" in free.title


def test_no_upper_limit_is_an_arrow():
    figure = options_figure(design([0.02, 0.03, 0.02], 200, populations=20), 200)
    arrows = [part for part in figure.spec["layer"] if "triangle-right" in str(part["mark"])]
    assert arrows[0]["data"]["values"]
    assert any("or more" in text for text in words(figure))
