"""The rules as data: what they rest on, and that they say what was meant."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from darknumber.errors import InputError, ModelError
from darknumber.register.reading.schema import DENIED, field_of
from darknumber.register.screening.formulas import Either, Enough, directions, words_in
from darknumber.register.screening.questions import RULES, evidence_for, questions
from darknumber.register.screening.rulebook import RULES_KNOWN, book_of, dimensions, formula_of, rules_of, words_known
from darknumber.words import LANGUAGES, say, use_language
from tests.register.screening import COUNTS_AS, DIMENSIONS, QUESTIONS


def test_the_dimensions_have_the_published_numbers_of_indicators():
    counted = Counter(each.dimension for each in questions().values() if each.dimension)
    assert [counted[name] for name in dimensions()] == [10, 10, 16, 9, 15, 7]
    assert dimensions() == DIMENSIONS


def test_the_strengths_are_as_remembered():
    counted = {
        name: Counter(each.strength for each in questions().values() if each.dimension == name) for name in dimensions()
    }
    found = [(each["strong"], each["medium"], each["weak"]) for each in counted.values()]
    assert found == [(1, 8, 1), (1, 9, 0), (0, 12, 4), (1, 7, 1), (4, 10, 1), (0, 5, 2)]


def test_every_question_and_rule_has_a_source_and_a_date():
    asked = [each for each in questions().values() if each.kind != "level"]
    rules = [rule for known in RULES_KNOWN for rule in rules_of(known).values()]
    assert [each for each in (*asked, *rules) if not (each.source and each.date and each.basis)] == []


def test_strengths_known_from_memory_say_so():
    assert {each.basis for each in questions().values() if each.kind == "indicator"} == {"remembered"}


def test_what_counts_as_an_indicator_is_said_to_be_ours():
    with (RULES / "questions.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert {bool(row["counts_as"]): row["mapping_basis"] for row in rows} == {True: "assumed", False: ""}


def test_one_answer_counts_once_in_a_dimension():
    # else one fact would weigh as two
    for code, several in COUNTS_AS.items():
        assert questions()[code].counts_as == tuple(several)
        found = [questions()[indicator].dimension for indicator in several]
        assert len(found) == len(set(found))


def test_questions_are_those_that_reports_can_answer():
    in_sets = [each for each in questions().values() if each.kind != "level"]
    for each in in_sets:
        assert each.code in field_of(each.column).codes
        assert each.code in field_of(DENIED).codes
    for name in ("act", "means", "signals", "indicators"):
        assert set(field_of(name).codes) == {each.code for each in in_sets if each.column == name}
    for each in questions().values():
        assert each.level in field_of(each.column).codes
    assert set(QUESTIONS) == set(questions())


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_question_is_worded_and_none_like_another(code):
    asked = [each.code for each in questions().values() if each.kind != "level"]
    with use_language(code):
        said = [say(f"screen.question.{each}") for each in asked]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("rules", RULES_KNOWN)
def test_a_rule_rests_on_earlier_ones(rules):
    known = set(questions())
    for name, formula in book_of(rules).items():
        assert set(words_in(formula)) <= known
        known.add(name)


@pytest.mark.parametrize("rules", RULES_KNOWN)
def test_no_answer_is_ever_against_a_signal(rules):
    # so that smallest and largest give the answer without cases, and more yes never makes a signal go away
    for name in rules_of(rules):
        assert directions(book_of(rules)[name], book_of(rules))[1] == frozenset()


def test_what_counts_as_an_indicator_is_evidence_for_it():
    assert evidence_for("5.01") == ("5.01", "M3", "S2")
    assert evidence_for("2.01") == ("2.01",)
    first = book_of("law")["coercion"]
    assert isinstance(first, Enough)
    assert isinstance(first.parts[0][1], Either)


def test_without_the_ilo_only_the_questions_of_the_law_count():
    favour, _ = directions(book_of("law")["signal"], book_of("law"))
    assert {questions()[code].kind for code in favour} == {"act", "means", "level"}
    favour, _ = directions(book_of("law+ilo")["signal"], book_of("law+ilo"))
    assert "indicator" in {questions()[code].kind for code in favour}


def test_an_unknown_word_suggests_the_nearest():
    with pytest.raises(InputError) as caught:
        formula_of("purpose and mean")
    assert caught.value.code == "unknown_word_near"
    assert caught.value.values["near"] == "means"
    assert "everybody" in words_known()


def test_too_many_questions_both_ways_are_refused():
    with pytest.raises(ModelError) as caught:
        formula_of("means and not coercion")
    assert caught.value.code == "formula_both_ways"
    assert "M1" in str(caught.value)


def test_some_questions_both_ways_are_taken():
    formula_of("(M1 or not M2) and (M2 or not M1)")
