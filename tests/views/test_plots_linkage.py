"""How sure pairs are, how many reports people have, how good the links are: the numbers in the pictures."""

from __future__ import annotations

import json
import math
import re

import altair
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.register.linkage.link_quality import LinkQuality
from darknumber.views.disclosure import STRICT
from darknumber.views.linkage_numbers import shown_alone, sizes_of
from darknumber.views.plots import REGISTERED, UNSEEN, Figure, to_svg
from darknumber.views.plots_linkage import accuracy_figure, log_odds, pairs_figure, people_figure, unlinkable_figure
from darknumber.views.tables_linkage import accuracy_table, pairs_table, people_table, unlinkable_table
from darknumber.words import LANGUAGES, use_language
from tests.views.linkage_made import summary, weights


def rows(figure: Figure, word: str) -> list[dict]:
    altair.Chart.from_dict(figure.spec)
    return [row for part in figure.spec["layer"] if word in json.dumps(part["mark"]) for row in part["data"]["values"]]


def texts(figure: Figure) -> list[str]:
    return [text.replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", str(to_svg(figure, "a")))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pairs_are_dark_from_the_threshold_on(language):
    with use_language(language):
        figure = pairs_figure(summary())
        assert "50%" in "".join(texts(figure))
    linked, apart = rows(figure, REGISTERED), rows(figure, UNSEEN)
    weight = weights()
    assert sum(row["pairs"] for row in linked) == (weight >= 0).sum()
    assert sum(row["pairs"] for row in apart) == (weight < 0).sum()
    assert min(row["low"] for row in linked) == 0.0
    assert max(row["high"] for row in apart) == 0.0
    assert "90%" in figure.title  # ten of a hundred pairs are in doubt


def test_the_outermost_bars_hold_what_lies_further():
    table = pairs_table(summary())
    assert [table.rows[place][2].value for place in (0, -1)] == [30, 60]
    assert pairs_figure(summary(pairs=np.zeros_like(summary().pairs))) is None


def test_few_pairs_are_not_told_exactly():
    table = pairs_table(summary(), rules=STRICT)
    shown = {row[2].text for row in table.rows}
    assert shown <= {"0", "<10", "30", "60"}
    assert all(row[2].value is None for row in table.rows if row[2].text == "<10")


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_by_the_number_of_their_reports(language):
    with use_language(language):
        figure = people_figure(summary(), rules=STRICT)
        words = texts(figure)
    # the two people with four reports do not stand alone
    assert [row["to"] for row in rows(figure, REGISTERED)] == [700, 110, 25]
    assert "84%" in figure.title
    assert "700" in words
    assert "25" in words


def test_few_people_are_put_together_with_others():
    sizes = sizes_of(np.array([0, 700, 112, 23, 2]), STRICT)
    assert [(each.low, each.high, each.people) for each in sizes] == [(1, 1, 700), (2, 2, 112), (3, None, 25)]
    sizes = sizes_of(np.array([0, 700, 112, 23, 2]), None)
    assert [(each.low, each.high, each.people) for each in sizes][-1] == (4, 4, 2)
    assert [each.people for each in sizes_of(np.array([0, 3, 1]), STRICT)] == [4]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=9).filter(any))
def test_no_size_is_small_and_nobody_is_lost(counts):
    people = np.array([0, *counts])
    sizes = sizes_of(people, STRICT)
    assert sum(each.people for each in sizes) == people.sum()
    assert all(each.people >= STRICT.floor for each in sizes) or people.sum() < STRICT.floor
    assert [each.low for each in sizes] == sorted({each.low for each in sizes})


@given(st.integers(0, 10_000))
def test_a_number_alone_is_rounded_or_not_told(count):
    shown = shown_alone(count, STRICT)
    if 0 < count < STRICT.floor:
        assert shown.value is None
    else:
        assert abs(shown.value - count) <= 2
        assert shown.value % 5 == 0
    assert shown_alone(count, None).value == count


def test_the_share_of_people_follows_from_what_is_printed():
    table = people_table(summary(), rules=STRICT)
    everyone = 837
    assert [row[2].value for row in table.rows] == [
        pytest.approx(shown / everyone, abs=0.005) for shown in (700, 110, 25)
    ]


def test_reports_that_cannot_be_linked():
    figure = unlinkable_figure(summary())
    (dot,) = rows(figure, '"point"')
    assert dot["across"] == pytest.approx(0.0)
    assert dot["up"] == pytest.approx(0.02)
    assert figure.title.startswith("2.0%")
    assert next(row[1].value for row in unlinkable_table(summary()).rows) == pytest.approx(0.01)
    assert unlinkable_figure(summary(model=None)) is None


@pytest.mark.parametrize("labelled", [True, False])
def test_right_and_found_at_the_threshold(labelled):
    quality = LinkQuality(
        thresholds=np.array([0.1, 0.5, 0.9]),
        precision=np.array([0.9, 0.97, math.nan]),
        recall=np.array([0.98, 0.93, 0.0]),
        labelled=labelled,
    )
    figure = accuracy_figure(summary(quality=quality))
    assert "97%" in figure.title
    assert "93%" in figure.title
    assert ("By the model" in figure.title) is not labelled
    assert [row["up"] for row in rows(figure, '"strokeDash": [7, 4]')] == [0.9, 0.97]  # nothing where nothing is linked
    assert {row["across"] for row in rows(figure, '"point"')} == {log_odds(0.5)}
    assert accuracy_figure(summary(quality=None)) is None
    assert [row[1].text for row in accuracy_table(summary(quality=quality)).rows] == ["90%", "97%", "n.e."]
