"""Answers as text."""

from __future__ import annotations

import re

import pytest

from darknumber.views import terminal
from darknumber.words import LANGUAGES, use_language

BY = (("year",), ("form", "crossing"), ("sex",), ("year", "age"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_a_terminal(register, plain, broken, groups_only, no_draws, language):
    with use_language(language):
        said = [
            terminal.answer(register, by=BY, years=("2018", "2019")),
            terminal.answer(plain),
            terminal.answer(broken, by=(("year",),)),
            terminal.answer(groups_only, by=(("sex",), ("sex", "region"))),
            terminal.answer(no_draws),
        ]
        for text in said:
            assert max(map(len, text.splitlines())) <= 80
            assert not re.search(r"\b(nan|inf)\b", text)


def test_the_total_comes_first_then_a_table_for_each_grouping(register):
    text = terminal.answer(register, by=BY, years=("2018", "2019"))
    places = [
        text.index(part)
        for part in (
            "Population size:",
            "Registered and estimated, by year\n",
            "by form of exploitation",
            "by sex",
            "by year × age",
        )
    ]
    assert places == sorted(places)
    assert "Annual mean 2018–2019" in text
