"""One list on which people are seen repeatedly, from its file to the report, on the pages."""

from __future__ import annotations

import re

import numpy as np
import pytest

import darknumber as dn
from darknumber.run.make import run_study
from darknumber.studies.laws import laws
from tests.web.conftest import QUICK, trouble_in

SEEN = b"contacts,sex\n" + b"1,f\n" * 90 + b"2,f\n" * 30 + b"3,f\n" * 12 + b"1,m\n" * 60 + b"2,m\n" * 10 + b"4,m\n" * 3
ROLES = {"contacts": "times", "sex": "covariate"}


def people(tmp_path):
    (tmp_path / "seen.csv").write_bytes(SEEN)
    return dn.read_frequencies(tmp_path / "seen.csv", times="contacts", covariates=["sex"])


def test_the_pages_give_what_the_verbs_give(browser, tmp_path):
    page = browser.counted(SEEN, "seen.csv", **ROLES).text
    assert "How often people were seen" in page
    own = people(tmp_path)
    assert browser.session.held["prepared"].counts.by_times == own.by_times
    checked = browser.ready("/check").text
    assert "negative binomial" in checked
    assert str(browser.session.held["check"]) == str(laws(own))
    shown = browser.get("/estimate").text
    assert '<option value="sightings"' in shown
    assert '<option value="independence"' not in shown
    assert '<option value="profile"' not in shown
    browser.estimated("sightings")
    answer = browser.session.held["answer"]
    assert np.array_equal(answer.draws, dn.estimate(own, "sightings", QUICK, seed=1).draws, equal_nan=True)
    assert "slider" not in browser.ready("/explore").text  # how all lists depend on each other is no question here
    browser.reported()
    assert "report.html" in browser.get("/report").text


def test_the_study_file_does_it_again(browser, tmp_path):
    browser.counted(SEEN, "seen.csv", **ROLES)
    browser.estimated("sightings")
    people(tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(browser.get("/report/study.toml").text, encoding="utf-8")
    again = run_study(path, workers=1).answers.main
    assert np.array_equal(again.draws, browser.session.held["answer"].draws, equal_nan=True)


def test_pages_offer_what_can_be_asked_of_one_list(browser, tmp_path):
    browser.counted(SEEN, "seen.csv", **ROLES)
    assert 'name="model"' not in browser.get("/compare").text
    browser.estimated("sightings")
    page = browser.ready("/compare").text
    assert "negative binomial" in page
    assert "/compare/omit" not in page
    own = dn.estimate(people(tmp_path), "sightings", QUICK, seed=1)
    assert str(browser.session.held["compare"]) == str(laws(own))
    studies = re.findall(r'name="trust" value="([^"]+)" checked', browser.get("/report").text)
    assert studies == ["check"]
    browser.reported(trust=["check", "omit"])
    assert browser.session.study.trust.studies == ("check",)
    browser.reported()
    assert 'name="trust" value="check">' in browser.get("/report").text


def test_pages_about_several_lists_say_so(browser):
    browser.counted(SEEN, "seen.csv", **ROLES)
    for form, path in (({"model": ["independence", "average"]}, "/compare"), ({}, "/compare/omit")):
        assert "these data are one list" in trouble_in(browser.post(path, form))
    assert browser.get("/simulate").status_code == 200
    browser.post("/simulate/trial", {"source": "table", "number": "5"})
    assert "Something went wrong" not in browser.ready("/simulate").text


def test_another_choice_of_columns_leaves_the_page_of_the_estimate_usable(browser):
    """What was assumed of several lists cannot be of one: it is forgotten, and not in the way."""
    rows = b"contacts,police,care,sex\n" + b"1,1,0,f\n" * 20 + b"2,1,1,m\n" * 9 + b"1,0,1,m\n" * 12 + b"3,1,0,f\n" * 3
    browser.counted(rows, "seen.csv", police="list", care="list", sex="covariate")
    browser.estimated("independence", "profile")
    browser.post("/data", {"heading": ["contacts", "sex"], "role": ["times", "covariate"]})
    browser.ready("/data")
    page = browser.get("/estimate")
    assert page.status_code == 200
    assert '<option value="sightings"' in page.text
    browser.estimated("sightings")
    browser.post("/data", {"heading": ["police", "care"], "role": ["list", "list"]})
    browser.ready("/data")
    page = browser.get("/estimate")
    assert page.status_code == 200
    assert '<option value="independence"' in page.text


def test_what_the_program_guesses_can_be_counted(browser):
    """A number of each person is left aside: of one list every row is somebody else."""
    rows = "".join(f"{n},{'f' if n % 3 else 'm'},{1 + n % 4 // 2}\n" for n in range(80))
    page = browser.counted(("nummer,sex,contacts\n" + rows).encode(), "seen.csv").text
    chosen = _chosen(page)
    assert chosen == {"nummer": "other", "sex": "covariate", "contacts": "times"}
    browser.post("/data", {"heading": list(chosen), "role": list(chosen.values())})
    page = browser.ready("/data")
    assert trouble_in(page) == ""
    assert browser.session.held["prepared"].counts.count.sum() == 80


def _chosen(page):
    """The role that is chosen for each column, by its heading."""
    rows = re.findall(r'<select name="role".*?name="heading" value="[^"]+"', page, re.DOTALL)
    assert rows
    return {re.findall('"([^"]+)"$', row)[0]: re.findall(r'value="([^"]+)" selected', row)[0] for row in rows}


@pytest.mark.parametrize(("role", "said"), [("list", "a list: yes or no"), ("id", "who it is")])
def test_a_list_or_who_it_is_and_how_often_do_not_go_together(browser, role, said):
    browser.upload(("seen.csv", SEEN))
    browser.ready("/data")
    page = browser.post("/data", {"heading": ["contacts", "sex"], "role": ["times", role]})
    assert f"sex: {said}" in trouble_in(page)
    assert "nothing to count by" in trouble_in(page)
    assert "prepared" not in browser.session.held
