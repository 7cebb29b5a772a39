"""Tables of planned lists and of intervals tried: the numbers are those that are printed."""

from __future__ import annotations

import math

import pytest

from darknumber import use_language
from darknumber.data.examples import example
from darknumber.lab.planning import Plan, design
from darknumber.lab.simulate import simulate
from darknumber.lab.simulation import Simulation
from darknumber.views import tables_planning
from darknumber.views.tables import Table
from darknumber.views.tables_planning import NONE, depends_table, guesses_table, trials_table
from darknumber.words import LANGUAGES

REACH = {"police": 0.3, "care": 0.2, "border": 0.25}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return design(REACH, [500, 1_000], populations=20)


@pytest.fixture(scope="module")
def trial() -> Simulation:
    return simulate(example("kosovo-1999"), "independence | lognormal", populations=4, seed=1, workers=1)


def column(table: Table, name: str) -> list[str]:
    place = [name in each.names for each in table.columns].index(True)
    return [row[place].text for row in table.rows]


def printed(thing: object) -> str:
    return " ".join(str(thing).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_a_plan_is_printed_too(plan, language):
    with use_language(language):
        said = printed(plan)
        tables = [guesses_table(plan), *(depends_table(plan, size) for size in plan.populations)]
        for name in ("planned_lower", "another_lower", "anchor_lower", "needed"):
            assert all(text in said for text in column(tables[0], name))
        for table in tables[1:]:
            for name in ("independence_lower", "independence_holds", "pairs_holds"):
                assert all(text == NONE or text in said for text in column(table, name))
            rows = zip(column(table, "pairs_lower"), column(table, "lists"), strict=True)
            # of the sample one interval is printed: the one that is widest
            assert all(text in said for text, lists in rows if "sample" not in lists and "steekproef" not in lists)


def test_the_pair_that_does_most_harm_is_the_one_printed(plan):
    named = column(depends_table(plan, 1_000), "scenario")[3:5]
    assert all(name.casefold() in printed(plan).casefold() for name in named)


def test_every_scenario_has_a_row_for_every_way(plan):
    table = depends_table(plan, 1_000)
    assert len(table.rows) == 9
    assert all(len(row) == len(table.columns) for row in table.rows)
    alone = design(REACH, 1_000, odds_ratio=1.0, heterogeneity=0.0, populations=5)
    assert len(depends_table(alone, 1_000).rows) == 3


def test_two_lists_have_no_interval_that_allows_for_dependence():
    table = depends_table(design([0.3, 0.2], 1_000, populations=5), 1_000)
    assert column(table, "pairs_lower")[0] == NONE
    assert column(table, "pairs_lower")[1] != NONE


def test_an_interval_without_a_limit_says_so():
    table = guesses_table(design([0.02, 0.03, 0.02], 200, populations=20))
    assert "or more" in column(table, "planned_lower")[0]
    row = table.rows[0][1]
    assert isinstance(row.value, tuple)
    assert row.value[1] == math.inf


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_often_the_interval_was_right_is_what_is_printed(trial, language):
    with use_language(language):
        table, said = trials_table(trial), printed(trial)
        for name in ("design", "truth", "coverage", "coverage_80", "bias"):
            assert all(text.split(" ± ")[0] in said for text in column(table, name))
    assert [row[2].value for row in table.rows] == [
        (pytest.approx(each[0].coverage), pytest.approx(each[0].coverage_error, abs=0.001)) for each in trial.scores()
    ]


def test_one_population_does_not_say_how_far_a_share_may_be_off():
    found = simulate(example("kosovo-1999"), "independence | lognormal", populations=1, workers=1)
    assert not [text for text in column(trials_table(found), "coverage") if "±" in text]


def test_of_many_kinds_those_where_the_interval_fails_most_are_shown(trial, monkeypatch):
    monkeypatch.setattr(tables_planning, "MOST", len(trial.designs) - 1)
    table = trials_table(trial)
    shares = sorted(each[0].coverage for each in trial.scores())
    assert [row[2].value[0] for row in table.rows] == pytest.approx(shares[:-1], abs=0.005)
    assert "One more kind" in table.notes[-1]
