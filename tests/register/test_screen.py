"""Screening: the counts, against the slow way and on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
import pytest

from darknumber.errors import InputError
from darknumber.register.screening.definitions import definitions
from darknumber.register.screening.questions import questions
from darknumber.register.screening.rulebook import READINGS, dimensions
from darknumber.register.screening.screen import screen
from darknumber.register.screening.screening import ASKED, WHATS
from tests.data.conftest import frame_of, spark  # noqa: F401 - fixtures
from tests.register.screening import ACTS, INDICATORS, MEANS, SIGNALS, as_columns, random_report, slow_answer

ORGANISATIONS = ("police", "care", None)
YEARS = (2015, 2016)
ANSWERS = {2: "yes", 1: "unknown", 0: "no"}
NOT_RECORDED = "not recorded"


def some_reports(n=60, most_unknown=6, seed=3):
    generator = np.random.Generator(np.random.Philox(seed))
    return [random_report(generator, most_unknown) for _ in range(n)]


def columns_of(reports):
    places = range(len(reports))
    return as_columns(reports) | {
        "organisation": [ORGANISATIONS[place % 3] for place in places],
        "year": [YEARS[place % 2] for place in places],
    }


@pytest.fixture(scope="module")
def reports():
    return some_reports()


@pytest.fixture(scope="module")
def screening(reports):
    return screen(nw.from_native(pl.LazyFrame(columns_of(reports))), ["not minor, unknown=in"], name="some.csv")


def slow_counts(word, reports):
    answers = [slow_answer(word, report) for report in reports]
    return tuple(sum(answer == which for answer in answers) for which in (2, 1, 0))


def test_results_are_those_of_the_slow_way(reports, screening):
    for word in (*ASKED, *dimensions(), *READINGS):
        found = screening[word]
        assert (word, (found.yes, found.unknown, found.no)) == (word, slow_counts(word, reports))
    assert screening.reports == len(reports)


def test_questions_are_counted(reports, screening):
    for code in (*ACTS, *MEANS, *SIGNALS, *INDICATORS):
        found = screening[code]
        expected = tuple(sum(report[code] == which for report in reports) for which in (2, 1, 0))
        assert (found.yes, found.unknown, found.no) == expected


def test_combinations_are_counted(reports, screening):
    expected: dict[tuple[int, ...], int] = {}
    for report in reports:
        key = tuple(slow_answer(word, report) for word in (*ASKED, "signal"))
        expected[key] = expected.get(key, 0) + 1
    assert {(*each.answers, each.signal): each.reports for each in screening.combinations} == expected
    numbers = [each.reports for each in screening.combinations]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("what", "levels", "step"), [("organisations", ORGANISATIONS, 3), ("years", YEARS, 2)], ids=["organisation", "year"]
)
def test_parts_are_counted(reports, screening, what, levels, step):
    parts = {part.level: part for part in getattr(screening, what)}
    assert set(parts) == {str(level) if level else NOT_RECORDED for level in levels}
    for place, level in enumerate(levels):
        part = parts[str(level) if level else NOT_RECORDED]
        inside = reports[place::step]
        assert part.reports == len(inside)
        assert (part.signal.yes, part.signal.unknown, part.signal.no) == slow_counts("signal", inside)
        assert part.unknown == {word: slow_counts(word, inside)[1] for word in ASKED}


def test_what_is_not_recorded_comes_last(screening):
    assert [part.level for part in screening.organisations] == ["care", "police", NOT_RECORDED]


def test_definitions_are_counted(reports, screening):
    assert [each.definition.name for each in screening.definitions][-1] == "not minor"
    for each in screening.definitions:
        found = each.answered
        yes, unknown, no = slow_counts(each.definition.formula, reports)
        assert (each.definition.name, found.yes, found.unknown, found.no) == (each.definition.name, yes, unknown, no)
        assert each.reports == (yes + unknown if each.definition.unknown == "in" else yes)
        assert each.recorded


def test_a_definition_keeps_its_own_rules(reports):
    frame = nw.from_native(pl.LazyFrame(columns_of(reports)))
    found = {str(each.definition): each.answered for each in screen(frame, ["means", "means, rules=law"]).definitions}
    only_law = found["means, unknown=out, rules=law"]
    assert (only_law.yes, only_law.unknown, only_law.no) == slow_counts_by("law", "means", reports)
    both = found["means, unknown=out"]
    assert (both.yes, both.unknown, both.no) == slow_counts("means", reports)
    assert both.yes > only_law.yes


def slow_counts_by(rules, word, reports):
    answers = [slow_answer(word, report, rules) for report in reports]
    return tuple(sum(answer == which for answer in answers) for which in (2, 1, 0))


def test_every_engine_gives_the_same(frame_of, reports, screening):  # noqa: F811
    columns = columns_of(reports[:20])
    expected = screen(nw.from_native(pl.LazyFrame(columns)), ["not minor, unknown=in"])
    found = screen(nw.from_native(frame_of(columns)).lazy(), ["not minor, unknown=in"])
    assert found == expected


def test_columns_that_are_not_there_are_unknown():
    frame = nw.from_native(pl.LazyFrame({"means": ["M1", None], "form": ["sexual", None]}))
    found = screen(frame)
    assert found.rules == "law"
    assert (found["act"].unknown, found["means"].yes, found["purpose"].yes) == (2, 1, 1)
    assert (found["law"].unknown, found["signal"].yes) == (2, 0)
    assert found.organisations == ()
    assert found.years == ()
    assert {each.definition.name for each in found.definitions if not each.recorded} == {"without-border"}


def test_yes_and_no_at_once_is_unknown_and_said():
    frame = nw.from_native(pl.LazyFrame({"means": ["M1", "M2", "M1;M3"], "denied": ["M1", "M1", "M1;M2"]}))
    found = screen(frame)
    assert (found["M1"].yes, found["M1"].unknown, found["M1"].no) == (0, 2, 1)
    assert found["means"].yes == 2
    (said,) = [each for each in found.findings if each.code == "yes_and_no"]
    assert said.values == {"n": 2}


def test_whom_the_ilo_has_other_indicators_for_is_said():
    columns = {"indicators": ["5.01", None, None], "age": ["minor", "adult", None], "form": [None, "sexual", "labour"]}
    found = screen(nw.from_native(pl.LazyFrame(columns)))
    (said,) = [each for each in found.findings if each.code == "other_ilo_sets"]
    assert said.values == {"n": 2}
    assert "no_ilo_indicators" not in {each.code for each in found.findings}


def test_that_there_are_no_indicators_is_said():
    found = screen(nw.from_native(pl.LazyFrame({"means": ["M1"]})))
    assert [each.code for each in found.findings] == ["no_ilo_indicators"]


def test_nobody_is_an_error():
    with pytest.raises(InputError) as caught:
        screen(nw.from_native(pl.LazyFrame({"means": ["M1"]}).filter(pl.col("means") == "M2")))
    assert caught.value.code == "nobody"


@pytest.mark.parametrize("what", WHATS)
def test_columns_are_plain_and_equally_long(screening, what):
    columns = screening.columns(what)
    assert len({len(values) for values in columns.values()}) == 1
    assert {type(value) for values in columns.values() for value in values} <= {int, str}


def test_columns_add_up(screening):
    results = screening.columns()
    for counts in zip(results["yes"], results["unknown"], results["no"], strict=True):
        assert sum(counts) == screening.reports
    assert sum(screening.columns("combinations")["reports"]) == screening.reports
    assert screening.columns("combinations")["signal"][0] in ANSWERS.values()
    assert len(screening.columns("definitions")["name"]) == len(definitions()) + 1
    assert len(screening.columns("questions")["name"]) == sum(each.kind != "level" for each in questions().values())


def test_other_columns_are_refused(screening):
    with pytest.raises(InputError) as caught:
        screening.columns("rows")
    assert caught.value.code.startswith("unknown_choice")
