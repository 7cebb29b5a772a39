"""Whom a count is about: by name, by a formula, and what happens to those of whom it is not known."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from darknumber.data.engine import fetch
from darknumber.errors import InputError, ModelError
from darknumber.register.screening.definitions import Definition, definition_of, definitions, meeting, rules_for
from darknumber.register.screening.rulebook import formula_of
from darknumber.words import LANGUAGES, use_language

# By hand: a Dutch girl; a man of whom the age is not known; a woman of whom no means are known; a border case; nothing.
REPORTS = {
    "row": [2, 3, 4, 5, 6],
    "act": ["recruitment", "transportation;receipt", "harbouring", "transfer", None],
    "means": [None, "M2", None, "", None],
    "denied": ["M1;M2;M3;M4;M5", None, "M1", None, None],
    "form": ["sexual", "labour", "criminal", "sexual", None],
    "age": ["minor", None, "adult", "adult", None],
    "crossing": ["domestic", "cross-border", None, "cross-border", None],
    "border_definition": ["no", "no", None, "yes", None],
}


def frame(**changed) -> nw.LazyFrame:
    columns = {name: values for name, values in (REPORTS | changed).items() if values is not None}
    return nw.from_native(pl.LazyFrame(columns))


def meets(definition, **changed) -> list[int]:
    return fetch(meeting(frame(**changed), definition))["meets"]


def code_of(text) -> str:
    with pytest.raises((InputError, ModelError)) as caught:
        definition_of(text)
    for language in LANGUAGES:
        with use_language(language):
            assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (None, [1, 1, 1, 1, 1]),
        ("registered", [1, 1, 1, 1, 1]),
        ("registered, unknown=out", [1, 1, 1, 1, 1]),
        ("act+means+purpose", [1, 1, 0, 0, 0]),
        ("act + means + purpose", [1, 1, 0, 0, 0]),
        ("act+means+purpose, unknown=in", [1, 1, 1, 1, 1]),
        ("signal", [1, 1, 0, 0, 0]),
        ("act and means and purpose", [0, 1, 0, 0, 0]),  # written out there is no exception for minors
        ("means+purpose", [1, 1, 0, 0, 0]),
        ("purpose", [1, 1, 1, 1, 0]),
        ("without-border", [1, 1, 1, 0, 1]),
        ("without-border, unknown=out", [1, 1, 0, 0, 0]),
        ("domestic-sexual", [1, 0, 0, 0, 0]),
        ("cross-border-sexual", [0, 0, 0, 1, 0]),
        ("labour", [0, 1, 0, 0, 0]),
        ("criminal", [0, 0, 1, 0, 0]),
        ("minor, unknown=in", [1, 1, 0, 0, 1]),
        ("not minor", [0, 0, 1, 1, 0]),
        ("(sexual or labour) and not border", [1, 1, 0, 0, 0]),
        ("domestic or cross-border", [1, 1, 1, 1, 1]),  # whichever it is
        ("M1 or M2 or M3 or M4 or M5, unknown=in", [0, 1, 1, 1, 1]),
    ],
)
def test_who_meets_it(definition, expected):
    assert meets(definition) == expected


def test_the_column_is_a_whole_number_and_the_others_stay():
    found = meeting(frame(), "purpose")
    assert found.collect_schema()["meets"] == nw.Int64
    assert found.collect_schema().names() == [*REPORTS, "meets"]


def test_a_definition_that_the_reports_say_nothing_about_is_refused():
    with pytest.raises(InputError) as caught:
        meeting(frame(border_definition=None), "without-border")
    assert caught.value.code == "definition_not_recorded"
    assert "border_definition" in str(caught.value)


def test_a_definition_that_they_say_something_about_is_not():
    assert meets("act+means+purpose", means=None, denied=None) == [1, 0, 0, 0, 0]


def test_the_rules_go_by_the_columns_or_by_what_is_asked():
    indicators = [None, None, "5.01;5.02", "4.01;4.02;5.01;5.02;1.01;1.02", None]
    assert meets("means", indicators=indicators) == [0, 1, 1, 1, 0]
    assert meets("means, rules=law", indicators=indicators) == [0, 1, 0, 0, 0]
    assert rules_for(["row"]) == "law"
    assert rules_for(["indicators"]) == "law+ilo"


def test_rows_that_were_set_aside_are_left_out():
    class Some:
        name = "some"

        @property
        def accepted(self):
            return frame().filter(nw.col("row") > 3)

    assert fetch(meeting(Some(), "purpose"))["meets"] == [1, 1, 0]


def test_built_in_definitions_have_a_source_a_date_and_a_sentence():
    names = [each.name for each in definitions()]
    assert len(set(names)) == len(names)
    assert names[0] == "registered"
    said = []
    for each in definitions():
        formula_of(each.formula)
        assert each.source
        assert each.date
        for language in LANGUAGES:
            with use_language(language):
                said.append(each.sentence)
    assert len(set(said)) == len(said)


def test_a_definition_of_ones_own_says_its_formula_and_what_becomes_of_the_unknown():
    found = definition_of("sexual and minor, unknown=in")
    assert found.own
    assert found.sentence == (
        "Reports for which this holds: sexual and minor. Where that is not known, a report counts."
    )


@pytest.mark.parametrize(
    "text",
    [*(each.name for each in definitions()), "minor", "not border, unknown=in", "purpose, rules=law, unknown=in"],
)
def test_its_text_is_read_back(text):
    found = definition_of(text)
    assert definition_of(str(found)) == found
    assert definition_of(found) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "formula_ends"),
        ("purposes", "no_such_definition_near"),
        ("zzzz", "no_such_definition"),
        ("purpose and zzzz", "unknown_word"),
        ("purpose and mean", "unknown_word_near"),
        ("purpose and", "formula_ends"),
        ("purpose means", "formula_not_read"),
        ("purpose, unknown", "definition_option"),
        ("purpose, level=in", "definition_option"),
        ("purpose, unknown=ins", "unknown_choice_near"),
        ("purpose, rules=zzz", "unknown_choice"),
        (Definition(name="x", formula="purpose or"), "formula_ends"),
    ],
)
def test_what_cannot_be_read_is_refused(text, code):
    assert code_of(text) == code
