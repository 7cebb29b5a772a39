"""What would one more list buy: the form, its errors, and the numbers of the command line."""

from __future__ import annotations

import html
import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from darknumber import use_language
from darknumber.cli import main
from darknumber.data.examples import example
from darknumber.errors import Cancelled, DarknumberError
from darknumber.inference.asking import estimate
from darknumber.inference.publish import rounded
from darknumber.lab.planning import MOST, design
from darknumber.lab.simulate import simulate
from darknumber.web import tasks_simulate
from darknumber.web.tasks_simulate import Filled, Row, Wanted, filled_of, plan, wanted_of
from darknumber.words import LANGUAGES
from tests.web.conftest import Browser, trouble_in

WANTED = Wanted(lists={"police": 0.3, "care": 0.123, "border": 0.25}, population=(500, 1_000), another=0.2)
ODD = Wanted(
    lists={"a,b=c": 0.07, "d": 0.29},
    population=(300,),
    another=0.007,
    anchor=20,
    odds_ratio=1.3,
    heterogeneity=0.5,
    within=1.5,
    level=0.9,
    populations=7,
    seed=5,
)
FORM = filled_of(WANTED)


def quiet(done: int, total: int, what: str) -> None:
    """Somebody who follows the work."""


def sent(wanted: Wanted = WANTED, **changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    filled = filled_of(wanted)
    lists = {"list": [row.name for row in filled.rows], "share": [row.share for row in filled.rows]}
    blank = dict.fromkeys(("low", "guess", "high"), "")
    return {**lists, **blank, **filled.fields, **changes}


def shown(page: str, name: str) -> list[str]:
    """What stands in the fields of a name."""
    return [html.unescape(each) for each in re.findall(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)]


@pytest.mark.parametrize("wanted", [WANTED, ODD, replace(WANTED, lists={"a": 0.4, "b": 0.3})])
def test_one_guess_after_the_other_is_all_of_them_at_once(wanted):
    told: list[tuple[int, int, str]] = []
    found = plan(wanted, progress=lambda *each: told.append(each)).plan
    settings = {name: getattr(wanted, name) for name in ("another", "anchor", "odds_ratio", "heterogeneity", "within")}
    whole = design(
        wanted.lists,
        wanted.population,
        **settings,
        level=wanted.level,
        populations=wanted.populations,
        seed=wanted.seed,
    )
    assert found == whole
    sizes = len(wanted.population)
    assert told == [(place, sizes, "planning") for place in range(sizes + 1)]


@pytest.mark.parametrize("wanted", [WANTED, ODD])
def test_the_command_gives_the_same_numbers(wanted, capsys):
    with pytest.raises(SystemExit):
        main([*shlex.split(wanted.command)[1:], "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = plan(wanted, progress=quiet).plan.columns()
    assert rows["lower"] == pytest.approx(found["lower"], abs=0)
    assert rows["holds"] == found["holds"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wanted", [WANTED, ODD, replace(WANTED, population=(100, 200, 300_000), another=0.00001)])
def test_a_form_asks_for_what_it_was_made_of(wanted, language):
    with use_language(language):
        assert wanted_of(filled_of(wanted)) == wanted


def test_a_comma_and_a_row_without_a_name_are_understood():
    rows = (Row(name="", share="12,3"), Row(), Row(name="care", share=" 20 "))
    wanted = wanted_of(replace(FORM, rows=rows))
    assert wanted.lists == {"list 1": 0.123, "care": 0.2}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"guess": "", "low": "", "high": ""}, "web_no_guess"),
        ({"guess": "many"}, "web_not_whole"),
        ({"guess": "1e3"}, "web_not_whole"),
        ({"guess": "²"}, "web_not_whole"),
        ({"guess": "0", "low": ""}, "bad_population"),
        ({"guess": "9" * 30}, "web_too_many"),
        ({"guess": "2000000000"}, "web_too_many"),
        ({"another": "120"}, "web_bad_share"),
        ({"another": ""}, "web_bad_share"),
        ({"another": "nan"}, "web_bad_share"),
        ({"another": "1e-999999"}, "web_bad_share"),
        ({"anchor": "1000"}, "bad_anchor"),
        ({"anchor": "0"}, "bad_anchor"),
        ({"guess": "1", "low": ""}, "bad_anchor"),
        ({"odds_ratio": "0"}, "bad_odds_ratio"),
        ({"odds_ratio": "much"}, "web_not_a_number"),
        ({"odds_ratio": "inf"}, "web_not_a_number"),
        ({"heterogeneity": "-1"}, "bad_heterogeneity"),
        ({"within": "1"}, "bad_within"),
        ({"level": "100"}, "bad_level"),
        ({"level": ""}, "web_not_a_number"),
        ({"populations": "0"}, "bad_populations"),
        ({"populations": ""}, "bad_populations"),
        ({"populations": "1001"}, "web_too_many"),
        ({"seed": "-1"}, "web_not_whole"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_used_is_told_in_three_parts(change, code, language):
    with use_language(language):
        with pytest.raises(DarknumberError) as told:
            wanted_of(Filled(rows=FORM.rows, fields={**FORM.fields, **change}))
        assert told.value.code == code
        assert told.value.what


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((Row(name="police", share="20"),), "bad_number_of_lists"),
        ((), "bad_number_of_lists"),
        (tuple(Row(share="20") for _ in range(MOST + 1)), "bad_number_of_lists"),
        ((Row(name="police", share="20"), Row(name="care")), "web_no_share"),
        ((Row(name="police", share="20"), Row(name="police", share="10")), "web_same_list"),
        ((Row(name="police", share="20"), Row(name="care", share="x")), "web_bad_share"),
        ((Row(name="police", share="20"), Row(name="care", share="0")), "web_bad_share"),
        ((Row(name="police", share="20"), Row(name="care", share="100")), "web_bad_share"),
    ],
)
def test_lists_that_cannot_be_used_are_told(rows, code):
    with pytest.raises(DarknumberError) as told:
        wanted_of(Filled(rows=rows, fields=FORM.fields))
    assert told.value.code == code


def test_work_that_was_stopped_goes_on_where_it_was(tmp_path):
    answer = estimate(example("korea"), "independence", "lognormal", seed=3)
    done = []

    def stopping(count: int, total: int, what: str) -> None:
        done.append(count)
        if count >= 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        tasks_simulate.attempt(answer, None, 60, tmp_path, progress=stopping)
    found = tasks_simulate.attempt(answer, None, 60, tmp_path, progress=quiet)
    assert found.resumed >= 20
    whole = simulate(answer, populations=60, seed=3, workers=1)
    assert found.runs.upper.tolist() == whole.runs.upper.tolist()


def test_each_model_close_to_the_best_is_tried_as_the_command_does(tmp_path):
    table = example("kosovo-1999")
    answer = estimate(table, "independence", "lognormal", level=0.9, seed=3)
    found = tasks_simulate.attempt(answer, table, 3, tmp_path, progress=quiet)
    same = simulate(table, "independence | lognormal", populations=3, level=0.9, seed=3, workers=1)
    assert found.runs.lower.tolist() == same.runs.lower.tolist()
    assert len(found.designs) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_data_it_starts_from_an_example_and_plans(browser: Browser, language):
    browser.post("/settings", {"language": language, "back": "/simulate"})
    page = browser.get("/simulate").text
    assert shown(page, "share") == ["20", "10", "15"]
    assert shown(page, "guess") == ["5000"]
    browser.post("/simulate", sent())
    page = browser.ready("/simulate")
    assert trouble_in(page) == ""
    assert 'id="found"' in page.text
    assert {"en": "one more list", "nl": "één lijst erbij"}[language] in page.text
    assert html.escape(WANTED.command, quote=False) in html.unescape(page.text)
    assert shown(page.text, "list") == ["police", "care", "border"]
    assert shown(page.text, "low") == ["500"]


def test_the_data_and_the_estimate_say_what_to_begin_with(browser: Browser):
    browser.example("kosovo-1999")
    table = example("kosovo-1999")
    registered = int(table.count.sum())
    page = browser.get("/simulate").text
    assert shown(page, "list") == list(table.lists)
    assert shown(page, "guess") == [str(2 * registered)]
    assert "no estimate yet" in page
    assert f"{int(table.list_sizes[0]):,} people now" in page
    browser.estimated("independence", "lognormal")
    answer = browser.session.held["answer"].total()
    near = rounded(float(answer.estimate[0]), *answer.limits[0].tolist(), floor=registered)
    page = browser.get("/simulate").text
    guesses = [shown(page, name)[0] for name in ("low", "guess", "high")]
    assert guesses == [str(int(each)) for each in (near.lower, near.value, near.upper)]
    shares = [float(each) / 100 for each in shown(page, "share")]
    assert shares == pytest.approx([size / near.value for size in table.list_sizes], rel=0.01)
    browser.post("/simulate", sent())
    assert shown(browser.get("/simulate").text, "guess") == ["1000"]
    assert shown(browser.get("/simulate", fresh="1").text, "guess") == [guesses[1]]


def test_errors_stand_at_the_form_and_nothing_typed_is_lost(browser: Browser):
    page = browser.post("/simulate", sent(share=["30", "150", "25"], odds_ratio="3"))
    assert "between 0 and 100 per cent" in trouble_in(page)
    assert "care: 150" in trouble_in(page)
    assert shown(page.text, "share") == ["30", "150", "25"]
    assert shown(page.text, "odds_ratio") == ["3"]
    assert browser.running is not None
    assert browser.running.jobs.of(browser.session.owner) == ()


def test_there_is_room_for_eight_lists(browser: Browser):
    form = sent()
    for rows in range(4, MOST + 1):
        page = browser.post("/simulate", {**form, "look": "1"})
        form |= {"list": shown(page.text, "list"), "share": shown(page.text, "share")}
        assert len(form["list"]) == len(form["share"]) == rows
    assert 'name="look"' not in page.text


def test_a_name_is_only_ever_text(browser: Browser):
    evil = '<script>alert("x")</script>'
    browser.post("/simulate", sent(list=[evil, "care", "border"]))
    page = browser.ready("/simulate").text
    assert 'id="found"' in page
    assert "<script>alert" not in page
    assert shown(page, "list")[0] == evil


def test_the_method_of_the_estimate_is_tried(browser: Browser):
    assert "no estimate yet" in browser.get("/simulate").text
    assert browser.post("/simulate/trial", {"source": "answer", "number": "5"}).url.path == "/estimate"
    browser.example("korea")
    browser.estimated("independence", "lognormal")
    answer = browser.session.held["answer"]
    page = browser.post("/simulate/trial", {"source": "answer", "number": "many"})
    assert "whole number" in trouble_in(page)
    assert shown(page.text, "number") == ["many"]
    assert "At least one" in trouble_in(browser.post("/simulate/trial", {"source": "answer", "number": "0"}))
    browser.post("/simulate/trial", {"source": "answer", "number": "5"})
    page = browser.ready("/simulate").text
    same = simulate(answer, populations=5, seed=answer.seed, workers=1)
    assert browser.session.held["trial"].runs.upper.tolist() == same.runs.upper.tolist()
    assert "5 populations from each" in page
    browser.post("/simulate/trial", {"source": "table", "number": "2"})
    page = browser.ready("/simulate").text
    assert browser.session.held["trial"].source == "table"
    assert '<option value="table" selected>' in page


def test_an_answer_that_cannot_be_tried_says_why(browser: Browser):
    browser.example("korea")
    browser.estimated("independence", "lognormal")
    session = browser.session
    endless = replace(session.held["answer"], interval=replace(estimate_bootstrap(), limits="calibrated"))
    session.held["answer"] = endless
    browser.post("/simulate/trial", {"source": "answer", "number": "5"})
    assert "Calibrated limits" in trouble_in(browser.ready("/simulate"))


def estimate_bootstrap() -> Any:
    """A bootstrap as `estimate` has it."""
    return estimate(example("korea"), "independence", "bootstrap(replicates=5)", workers=1).interval
