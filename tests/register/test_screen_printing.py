"""What a screening says: that it is no verdict, and everything within eighty columns."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from darknumber.register.screening.definitions import definitions
from darknumber.register.screening.screen import screen
from darknumber.register.screening.screen_printing import (
    MOST_COMBINATIONS,
    describe_definitions,
    describe_questions,
    question_name,
)
from darknumber.words import LANGUAGES, use_language
from tests.register.test_screen import columns_of, some_reports

NO_VERDICT = {"en": "not a verdict", "nl": "geen oordeel"}


@pytest.fixture(scope="module")
def screening():
    columns = columns_of(some_reports(400, 40, seed=8))
    columns["organisation"] = ["inspectorate" if each == "care" else each for each in columns["organisation"]]
    return screen(nw.from_native(pl.LazyFrame(columns)), ["purpose and minor"], name="a-file-with-a-name.parquet")


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_said_that_it_is_no_verdict(screening, code):
    with use_language(code):
        text = str(screening)
    assert NO_VERDICT[code] in " ".join(text.split())


@pytest.mark.parametrize("code", LANGUAGES)
def test_everything_stands_within_eighty_columns(screening, code):
    with use_language(code):
        blocks = [str(screening), describe_questions(screening), describe_definitions(definitions())]
    assert [line for block in blocks for line in block.splitlines() if len(line) > 80] == []


def test_the_numbers_are_there(screening):
    text = str(screening)
    rows = {line.strip().split("  ")[0]: line.split()[-3:] for line in text.splitlines()}
    for name, label in (("means", "means, such as violence or deception"), ("coercion", "5 coerced at destination")):
        found = screening[name]
        assert rows[label] == [str(found.yes), str(found.unknown), str(found.no)]
    assert "labour inspectorate" in text
    assert "not recorded" in text


def test_many_combinations_are_told_together(screening):
    left = screening.combinations[MOST_COMBINATIONS:]
    assert f"And {sum(each.reports for each in left)} in {len(left)} other combinations." in str(screening)


def test_a_definition_that_cannot_be_judged_says_so():
    text = str(screen(nw.from_native(pl.LazyFrame({"means": ["M1"]}))))
    (line,) = [line for line in text.splitlines() if "without-border" in line]
    assert line.split() == ["without-border", "not", "recorded"]


def test_only_questions_that_were_answered_are_shown():
    found = screen(nw.from_native(pl.LazyFrame({"means": ["M1", None], "signals": ["S2", "S2"]})))
    text = describe_questions(found)
    assert [line.split()[0] for line in text.splitlines()[2:]] == ["M1", "S2"]
    nothing = screen(nw.from_native(pl.LazyFrame({"form": ["sexual"]})))
    assert describe_questions(nothing).strip() == "No question was answered in any report."


def test_codes_stand_before_the_words_but_not_before_acts():
    assert question_name("M1").startswith("M1 ")
    assert question_name("recruitment") == "was recruited"


def test_every_definition_is_explained():
    text = " ".join(describe_definitions(definitions()).split())
    for each in definitions():
        assert each.sentence in text
        assert each.source in text
