"""What the pages show is what the verbs give, and the study file does it again."""

from __future__ import annotations

import re

import numpy as np
import pytest

import darknumber as dn
from darknumber.run.make import run_study
from darknumber.run.study_file import read_study
from darknumber.studies.dial import shifted
from darknumber.web.serve import starting_with
from tests.web.conftest import EXAMPLE, PEOPLE, QUICK, Browser, serving, trouble_in

ROLES = {"police": "list", "care": "list", "sex": "covariate"}
MODELS = ("", "independence", "stepwise")


def same(one, other) -> bool:
    """Whether two answers are the same to the last digit."""
    return np.array_equal(one.draws, other.draws, equal_nan=True) and np.array_equal(one.unobserved, other.unobserved)


@pytest.mark.parametrize("model", MODELS)
def test_the_answer_is_that_of_estimate_with_the_same_seed(browser, model):
    browser.example()
    browser.estimated(model)
    assert same(browser.session.held["answer"], dn.estimate(dn.example(EXAMPLE), model or None, QUICK, seed=1))


def test_the_people_are_those_of_read_records(browser, tmp_path):
    browser.counted(PEOPLE, **ROLES)
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    records = dn.read_records(tmp_path / "people.csv", lists=["police", "care"], covariates=["sex"])
    assert browser.session.held["prepared"].table.columns() == dn.tabulate(records).columns()


def test_the_look_at_the_lists_is_that_of_check(browser):
    browser.example()
    browser.ready("/check")
    found, told = browser.session.held["check"], dn.check(dn.example(EXAMPLE))
    assert str(found) == str(told)


def test_the_study_file_does_it_again(browser, tmp_path):
    browser.counted(PEOPLE, **ROLES)
    browser.estimated("independence")
    path = tmp_path / "study.toml"
    path.write_text(browser.get("/report/study.toml").text, encoding="utf-8")
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    assert read_study(path).study == browser.session.study
    assert same(run_study(path, workers=1).answers.main, browser.session.held["answer"])


def test_a_study_file_and_its_data_open_where_it_was_left(browser, other):
    browser.counted(PEOPLE, **ROLES)
    browser.estimated("independence")
    text = browser.get("/report/study.toml").content
    other.upload(("study.toml", text), ("people.csv", PEOPLE))
    other.ready("/data")
    page = other.get("/estimate").text
    assert re.search(r'<option value="independence" selected>', page)
    other.estimated("independence")
    assert same(other.session.held["answer"], browser.session.held["answer"])


def test_the_first_row_of_a_file_without_headings_is_not_shown(browser):
    rows = b"Zwaluwstaart,1987-03-04,1,0\nJansen,1990-01-02,0,1\nJansen,1991-05-06,1,1\n"
    browser.upload(("people.csv", rows))
    page = browser.ready("/data").text
    assert "Put a row with the names of the columns on top" in page
    assert "Zwaluwstaart" not in page
    assert browser.session.held == {}


def test_a_study_named_on_the_command_line_is_there_at_the_start(tmp_path):
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    said = '[data]\nsource = "people.csv"\nrows = "people"\n[lists]\npolice = {}\ncare = {}\n[covariates]\nsex = {}\n'
    (tmp_path / "study.toml").write_text(said, encoding="utf-8")
    with serving(begin=starting_with(str(tmp_path / "study.toml"))) as running:
        browser = Browser(running.address, running)
        browser.open()
        assert "30" in browser.ready("/data").text
        browser.estimated("independence")
        browser.reported()
        assert "report.html" in browser.get("/report").text
        browser.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv", "study.toml"]  # nothing beside its data


def test_another_model_leaves_the_people_and_takes_the_old_answer_away(browser):
    browser.example()
    browser.ready("/check")
    browser.estimated("independence")
    browser.post("/estimate", {"model": "independence", "interval": "nonsense", "level": "95", "seed": "1"})
    assert "answer" in browser.session.held  # what cannot be used changes nothing
    browser.estimated("stepwise")
    assert {"prepared", "check"} <= set(browser.session.held)
    assert browser.session.held["answer"].fits[0].model.name == "stepwise"


@pytest.mark.parametrize(
    ("field", "value", "told"), [("seed", "-1", "whole number"), ("level", "0", "level"), ("model", "worst", "worst")]
)
def test_a_mistake_in_the_settings_is_told_at_the_form(browser, field, value, told):
    browser.example()
    page = browser.post("/estimate", {"model": "", "interval": "", "level": "95", "seed": "1", field: value})
    assert told in trouble_in(page)
    assert 'id="how-form"' in page.text


def test_the_dials_move_the_answer_as_the_formula_does(browser):
    browser.example()
    browser.estimated("stepwise")
    whole = browser.session.held["answer"].total()
    times = 0.5  # five lists: an odds ratio of two halves the dark figure
    expected = shifted(float(whole.observed[0]), float(whole.estimate[0]), times)
    page = browser.get("/explore/dial", xi="1").text
    assert f"{round(float(expected), -2):,.0f}" in page
    assert "as the model has it" in browser.get("/explore/dial", xi="0").text
    assert browser.get("/explore/dial", xi="nan", odds="1e9", pair="x").status_code == 200


def test_exploring_by_group_shows_the_numbers_of_by(browser):
    browser.counted(PEOPLE, **ROLES)
    browser.estimated("independence")
    answer = browser.session.held["answer"]
    page = browser.get("/explore", by="sex").text
    table = re.sub(r"<[^>]+>", " ", page[page.index("<table>") : page.index("</table>")])
    assert [f"{int(people)}" in table.split() for people in answer.by("sex").observed] == [True, True]
    assert "Made with: independent lists. 95% confidence interval: 20 bootstrap replicates, the model fixed" in page
    some = browser.get("/explore", by="", only="sex=female").text
    assert "<dd>17</dd>" in some
    assert browser.get("/explore", by="<b>", only="x=y", not_recorded="?").status_code == 200


def test_without_each_list_and_beside_other_models(browser):
    browser.example()
    browser.estimated("independence")
    browser.post("/compare", {"model": ["independence", "chapman"], "text": ""})
    page = browser.ready("/compare")
    assert trouble_in(page)  # Chapman is for two lists, and says so
    browser.post("/compare", {"model": ["independence"], "text": "stepwise(criterion=aic)"})
    browser.ready("/compare")
    found = browser.session.held["compare"]
    told = dn.compare(dn.example(EXAMPLE), ["independence", "stepwise(criterion=aic)"], QUICK, seed=1)
    assert found.columns()["estimate"] == told.columns()["estimate"]
    browser.post("/compare/omit")
    browser.ready("/compare")
    omitted = dn.omit(dn.example(EXAMPLE), "independence", seed=1)
    assert str(browser.session.held["omit"]) == str(omitted)


def test_the_study_before_this_one_comes_in_as_a_kept_answer(browser, tmp_path):
    browser.example()
    browser.estimated("independence")
    old = dn.estimate(dn.example(EXAMPLE), "stepwise", QUICK, seed=1)
    dn.save(old, tmp_path / "old.dn")
    browser.upload(("old.dn", (tmp_path / "old.dn").read_bytes()), path="/compare/vintages")
    browser.ready("/compare")
    told = dn.revise(old, browser.session.held["answer"], by=None, seed=1)
    assert str(browser.session.held["vintages"]) == str(told)
    page = browser.upload(("old.csv", b"a,b\n"), path="/compare/vintages")
    assert "did not come in" in trouble_in(page)
