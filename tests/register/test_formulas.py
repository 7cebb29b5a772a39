"""Formulas answered with yes, no or unknown, against every way to fill in what is unknown."""

from __future__ import annotations

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from darknumber.data.engine import fetch
from darknumber.errors import ModelError
from darknumber.register.screening.formulas import both_ways, evaluated, parsed, words_in
from darknumber.register.screening.rulebook import book_of
from tests.register.screening import (
    DIMENSIONS,
    OTHER_WORDS,
    QUESTIONS,
    as_columns,
    positive,
    random_report,
    slow_answer,
)

MOST_UNKNOWN = 8  # 256 completions
REPORTS = 150
COPIES = 2  # of a formula, where one more question is settled by cases
MOST_PARTS = 300  # else one formula may take seconds

WITH_NOT = (
    "not border",
    "purpose and not minor",
    "not (means or minor)",
    "(sexual and domestic) or (labour and not domestic)",
    "(sexual and minor) or (labour and not minor) or not 5.01",
    "means and not S7",
    "M1 or not M1",
    "coercion and not 5.04 and not 5.11",
    "coercion and not 5.04 and not 5.05 and not 5.11",
    "everybody",
)


def frame_of(reports) -> nw.LazyFrame:
    return nw.from_native(duckdb.connect().from_arrow(pl.DataFrame(as_columns(reports)).to_arrow()))


def quick_answers(texts, reports, rules="law+ilo"):
    formulas = {f"f{place}": parsed(text) for place, text in enumerate(texts)}
    found = fetch(evaluated(frame_of(reports), formulas, book_of(rules)).select(*formulas))
    return dict(zip(texts, found.values(), strict=True))


@pytest.mark.parametrize("rules", ["law", "law+ilo"])
def test_unknown_is_said_where_and_only_where_the_unknown_answers_matter(rules):
    generator = np.random.Generator(np.random.Philox(5))
    reports = [random_report(generator, MOST_UNKNOWN) for _ in range(REPORTS)]
    texts = (*DIMENSIONS, *OTHER_WORDS, *WITH_NOT)
    quick = quick_answers(texts, reports, rules)
    for text in texts:
        slow = [slow_answer(text, report, rules) for report in reports]
        assert (text, quick[text]) == (text, slow)


def test_every_answer_is_met_in_those_reports():
    # else the test above would show little
    generator = np.random.Generator(np.random.Philox(5))
    reports = [random_report(generator, MOST_UNKNOWN) for _ in range(REPORTS)]
    quick = quick_answers((*DIMENSIONS, *OTHER_WORDS), reports)
    assert {text: set(answers) for text, answers in quick.items()} == {text: {0, 1, 2} for text in quick}


WORDS = st.sampled_from(["M1", "M3", "S2", "5.01", "5.02", "minor", "domestic", "means", "coercion", "purpose", "law"])
FORMULAS = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"not {part}" if " " not in part else f"not ({part})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=5,
)


def parts_of(text):
    """How many parts are put into the query: all that a formula rests on, again for each question both ways."""
    book = book_of("law")

    def size(formula):
        return sum(size(book[word]) if word in book else 1 for word in words_in(formula))

    formula = parsed(text)
    return size(formula) * COPIES ** len(both_ways(formula, book))


@settings(max_examples=20)
@given(FORMULAS.filter(lambda text: parts_of(text) <= MOST_PARTS), st.integers(0, 10**6))
@example("(M1 and minor) or (M3 and not minor) or (not M1 and not M3)", 7)  # three questions both ways
def test_any_formula_with_few_questions_both_ways(text, seed):
    generator = np.random.Generator(np.random.Philox(seed))
    reports = [random_report(generator, 8) for _ in range(8)]
    assert quick_answers([text], reports, "law")[text] == [slow_answer(text, report, "law") for report in reports]


def test_a_dimension_of_every_number_of_answers():
    """All numbers of strong, medium and weak answers, and of unknown ones beside them, by hand on dimension 5."""
    strong, medium, weak = ["5.03", "5.04"], ["5.05", "5.06", "5.07", "5.08"], ["5.15"]
    reports, wanted = [], []
    for yes in np.ndindex(3, 4, 2):
        for open_ones in np.ndindex(2, 2, 2):
            report = dict.fromkeys(QUESTIONS, 0)
            for codes, n, unknown in zip((strong, medium, weak), yes, open_ones, strict=True):
                for code in codes[:n]:
                    report[code] = 2
                for code in codes[n : n + unknown]:
                    report[code] = 1
            reports.append(report)
            room = [len(codes) - n for codes, n in zip((strong, medium, weak), yes, strict=True)]
            most = [n + min(unknown, left) for n, unknown, left in zip(yes, open_ones, room, strict=True)]
            counts = [np.array([n]) for n in (*yes, *most)]
            surely, possibly = positive(*counts[:3])[0], positive(*counts[3:])[0]
            wanted.append(2 if surely else 1 if possibly else 0)
    assert quick_answers(["coercion"], reports)["coercion"] == wanted


def test_and_binds_closer_than_or_and_not_closest():
    assert parsed("M1 or M2 and not M3") == parsed("M1 or (M2 and (not M3))")
    assert parsed("M1 or M2 and M3") != parsed("(M1 or M2) and M3")


@pytest.mark.parametrize("text", ["", "M1 and", "not", "(M1", "M1 or (M2 and", "not ("])
def test_what_ends_too_soon(text):
    with pytest.raises(ModelError) as caught:
        parsed(text)
    assert caught.value.code == "formula_ends"


@pytest.mark.parametrize(
    ("text", "at"), [("M1 M2", "M2"), ("and M1", "and"), ("M1)", ")"), ("()", ")"), ("(M1 M2)", "M2")]
)
def test_what_cannot_stand_there(text, at):
    with pytest.raises(ModelError) as caught:
        parsed(text)
    assert caught.value.values["at"] == at
