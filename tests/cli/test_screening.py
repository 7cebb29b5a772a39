"""The command that says what reports point to."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

import darknumber
from darknumber.cli import screening
from darknumber.register.screening.definitions import definitions
from darknumber.words import LANGUAGES
from tests.cli.asking import ask

DONE, WRONG_OPTION, BAD_DATA = 0, 2, 3
SECRET = "Wilhelmina"
REPORTS = f"""organisation,report_date,given_name,age group,form,act,means,denied
police,2019-03-01,{SECRET},minor,sexual,recruitment,,
police,2019-04-01,Bo,adult,labour,transportation,M2,
shelters,2019-05-01,Cy,adult,sexual,harbouring,,M1;M2;M3;M4;M5
shelters,2019-06-01,Di,,,,,
"""


@pytest.fixture
def reports(tmp_path) -> Path:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS)
    return path


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_says_what_reports_point_to_and_no_name(reports, capsys, code):
    assert ask("--lang", code, "screen", reports, "--questions") == DONE
    said = capsys.readouterr()
    assert "reports.csv" in said.out
    assert SECRET not in said.out + said.err
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_machines_get_the_counts(reports, capsys):
    assert ask("screen", reports, "--definition", "sexual and not minor", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    results = {row["name"]: (row["yes"], row["unknown"], row["no"]) for row in found["results"]}
    assert results["act"] == (3, 1, 0)
    assert results["means"] == (1, 2, 1)
    assert results["law"] == (2, 1, 1)
    assert found["rules"] == "law"
    own = found["definitions"][-1]
    assert (own["name"], own["yes"], own["reports"]) == ("sexual and not minor", 1, 1)
    assert {row["level"]: row["signal"] for row in found["organisations"]} == {"police": 2, "shelters": 0}
    assert "not a verdict" in found["says"]


def test_definitions_are_explained_without_a_file(capsys):
    assert ask("screen", "--definitions") == DONE
    said = capsys.readouterr().out
    assert [each.name for each in definitions() if each.name not in said] == []


def test_rules_can_be_asked_for(reports, capsys):
    assert ask("screen", reports, "--rules", "law+ilo", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    results = {row["name"]: (row["yes"], row["unknown"], row["no"]) for row in found["results"]}
    assert results["means"] == (1, 3, 0)  # of the ILO's indicators nothing is known


def test_nothing_to_screen_is_said(capsys):
    assert ask("screen") == WRONG_OPTION
    assert "nothing to screen" in capsys.readouterr().err


def test_a_definition_that_is_not_known_is_said(reports, capsys):
    assert ask("screen", reports, "--definition", "purposes") == BAD_DATA
    assert "purpose" in capsys.readouterr().err


def test_options_are_called_as_the_arguments_in_python():
    options = inspect.signature(screening.screen).parameters
    arguments = inspect.signature(darknumber.screen).parameters
    assert {"rules"} <= set(options) & set(arguments)
