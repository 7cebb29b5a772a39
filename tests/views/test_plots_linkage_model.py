"""What each agreement says, one pair step by step, and which pairs were compared: the numbers in the pictures."""

from __future__ import annotations

import json
import math
import re

import altair
import pytest

from darknumber.register.linkage.link_quality import Waterfall
from darknumber.views.disclosure import STRICT
from darknumber.views.linkage_words import comparison_name, level_name
from darknumber.views.plots import REGISTERED, Figure, to_svg
from darknumber.views.plots_linkage_model import blocking_figure, waterfall_figure, weights_figure
from darknumber.views.tables_linkage import blocking_table, waterfall_table, weights_table
from darknumber.words import LANGUAGES, use_language
from tests.views.linkage_made import model, summary

PAIR = Waterfall(
    prior=-10.0, steps=(("birth", "same", 10.0), ("sex", "", 0.0), ("place", "other", -1.0)), rarity=2.0, total=1.0
)


def bars(figure: Figure) -> list[tuple[float, float, float]]:
    """Row, from and to of every bar, from above."""
    found = [
        (row["row"], row["value"], row["to"])
        for part in figure.spec["layer"]
        if '"bar"' in json.dumps(part["mark"])
        for row in part["data"]["values"]
    ]
    return sorted(found)


def texts(figure: Figure) -> list[str]:
    altair.Chart.from_dict(figure.spec)
    return [text.replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bar_is_as_long_as_its_weight(language):
    with use_language(language):
        figure = weights_figure(summary())
        words = texts(figure)
        assert {comparison_name("birth"), level_name("birth", "swapped"), level_name("sex", "same")} <= set(words)
    # rows: birth, same, swapped, other, sex, same, other
    assert [row for row, *_ in bars(figure)] == [1, 2, 3, 5, 6]
    ends = {row: low + high for row, low, high in bars(figure)}
    assert ends[1] == pytest.approx(math.log(1000))
    assert ends[3] == pytest.approx(math.log(0.1 / 0.999))
    assert ends[5] == pytest.approx(math.log(2))
    assert "1,000×" in words or "1.000×" in words


def test_the_title_names_what_says_most():
    assert "date of birth the same, 1,000×" in weights_figure(summary()).title
    assert weights_figure(summary(model=None)) is None


def test_the_table_of_weights_has_the_same_numbers():
    table = weights_table(summary())
    assert [row[1].value for row in table.rows][:3] == ["the same", "day and month swapped", "different"]
    assert [row[5].value for row in table.rows] == [
        pytest.approx(each.bits, abs=0.05) for comparison in model().comparisons for each in comparison.levels
    ]
    assert next(row[2].text for row in table.rows) == "80%"
    assert next(row[3].text for row in table.rows) == "0.08%"  # what is rare says most, and is not told as <0.1%


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_begins_where_the_one_before_ended(language):
    with use_language(language):
        figure = waterfall_figure(PAIR)
        words = texts(figure)
    found = bars(figure)
    bits = [(low / math.log(2), high / math.log(2)) for _, low, high in found]
    expected = [(-10.0, 0.0), (-10.0, 0.0), (0.0, 0.0), (-1.0, 0.0), (-1.0, 1.0), (0.0, 1.0)]
    assert [each for pair in bits for each in pair] == pytest.approx([each for pair in expected for each in pair])
    assert words.count("2 : 1") == 1  # together: 2 to the power of 1
    assert any(text.startswith("1 : 1") for text in words)  # any two reports: 1 to 1,024
    assert "67%" in figure.title  # two thirds


def test_a_certain_pair_has_no_steps():
    assert waterfall_figure(Waterfall(prior=-1.0, steps=(), rarity=math.inf, total=math.inf)) is None
    assert waterfall_table(Waterfall(prior=-1.0, steps=(), rarity=math.inf, total=math.inf)) is None


def test_the_table_of_a_pair_ends_with_its_odds():
    table = waterfall_table(PAIR)
    assert [row[1].text for row in table.rows] == ["", "1,000×", "1", "1/2", "4×"]
    assert table.rows[-1][2].text == "2 : 1"
    assert "date of birth: the same" in table.rows[1][0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_show_what_they_bring_and_what_is_new(language):
    with use_language(language):
        figure = blocking_figure(summary(), rules=STRICT)
        words = texts(figure)
    dark = [
        row["to"]
        for part in figure.spec["layer"]
        if isinstance(part["mark"], dict) and part["mark"].get("color") == REGISTERED
        for row in part["data"]["values"]
    ]
    assert dark == [3000, 1205, 10]  # rounded to fives, and few told as fewer than ten
    assert words.count("&lt;10") == 2
    assert "98%" in figure.title


def test_the_table_of_rules_is_exact_without_a_rule():
    assert [row[2].value for row in blocking_table(summary()).rows] == [3000, 1203, 2]
    assert [row[2].value for row in blocking_table(summary(), rules=STRICT).rows] == [3000, 1205, None]
    assert blocking_table(summary(model=None)) is None
