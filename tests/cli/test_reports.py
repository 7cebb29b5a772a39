"""The command that takes reports in."""

from __future__ import annotations

import inspect
import json
import logging
from pathlib import Path

import pytest

import darknumber
from darknumber.cli import reports
from darknumber.words import LANGUAGES
from tests.cli.asking import ask

DONE, WRONG_OPTION, BAD_DATA = 0, 2, 3
SECRETS = ("Wilhelmina", "Quispel", "1991")
FILE = """Melder;Datum melding;Voornaam;Achternaam;Geboortedatum;Geslacht;Opmerking
politie;1-3-2014;Wilhelmina;Quispel;3-4-1991;Quispel;Wilhelmina
zorg;;Wilhelmina;;;v;

zorg;2-3-2014;;Quispel;1991;V;
"""


@pytest.fixture
def office(tmp_path) -> Path:
    path = tmp_path / "office.csv"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_says_what_came_of_the_rows_and_no_name(office, capsys, code, caplog):
    caplog.set_level(logging.DEBUG)
    assert ask("--lang", code, "intake", office) == DONE
    said = capsys.readouterr()
    assert "office.csv" in said.out
    assert [secret for secret in SECRETS if secret in said.out + said.err + caplog.text] == []
    assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_machines_get_everything(office, capsys):
    assert ask("intake", office, "--json", "--extracted", "2014-03-01") == DONE
    out = capsys.readouterr().out
    found = json.loads(out)
    assert (found["rows"], found["accepted"], found["set_aside"]) == (4, 1, 3)
    rows = {(rule["rule"], rule["field"]): (rule["rows"], rule["examples"]) for rule in found["rules"] if rule["rows"]}
    assert rows == {
        ("empty_row", ""): (1, [4]),
        ("no_date", ""): (1, [3]),
        ("in_future", ""): (1, [5]),
        ("unknown_code", "sex"): (1, [2]),
    }
    assert (found["unused"], found["extracted"]) == (["Opmerking"], "2014-03-01")
    assert [secret for secret in SECRETS if secret in out] == []


def test_a_mapping_is_written_corrected_and_used(office, tmp_path, capsys):
    mapping = tmp_path / "mapping.toml"
    assert ask("--lang", "nl", "intake", office, "--write-mapping", mapping) == DONE
    assert "6 van de 7" in capsys.readouterr().out
    text = mapping.read_text()
    assert [secret for secret in SECRETS if secret in text] == []
    mapping.write_text(
        text.replace('[sex]\ncolumn = "Geslacht"', '[sex]\ncolumn = "Geslacht"\ncodes = {Quispel = "male"}')
    )
    assert ask("intake", office, "--mapping", mapping, "--json") == DONE
    assert [
        rule for rule in json.loads(capsys.readouterr().out)["rules"] if rule["field"] == "sex" and rule["rows"]
    ] == []


def test_a_mapping_that_is_there_is_kept(office, tmp_path, capsys):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("mine")
    assert ask("intake", office, "--write-mapping", mapping) == WRONG_OPTION
    assert mapping.read_text() == "mine"
    assert ask("intake", office, "--write-mapping", office) == BAD_DATA
    assert office.read_text() == FILE


def test_what_is_still_needed(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("geslacht,naam\nm,Quispel\n")
    assert ask("intake", path, "--write-mapping", tmp_path / "m.toml") == DONE
    out = capsys.readouterr().out
    assert "organisation" in out
    assert "report_date" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--mapping", "m.toml", "--write-mapping", "n.toml"], WRONG_OPTION),
        (["--extracted", "yesterday"], WRONG_OPTION),
        (["--mapping", "nowhere.toml"], BAD_DATA),
        (["--sheet", "a", "--nonsense"], WRONG_OPTION),
    ],
)
def test_what_is_refused(office, capsys, options, code):
    assert ask("intake", office, *options) == code
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert [secret for secret in SECRETS if secret in said.out + said.err] == []


def test_a_file_of_which_nothing_can_be_used(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("melder,jaar\n,2014\n")
    assert ask("intake", path) == BAD_DATA


def test_a_file_without_headings_shows_nobody(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("politie;1-3-2014;Wilhelmina;Quispel\n")
    assert ask("intake", path) == BAD_DATA
    assert ask("intake", path, "--write-mapping", tmp_path / "m.toml") == BAD_DATA
    said = capsys.readouterr()
    assert [secret for secret in SECRETS if secret in said.out + said.err] == []


def test_the_options_are_named_as_the_arguments_in_python():
    options = set(inspect.signature(reports.intake).parameters) - {"as_json", "write_mapping"}
    assert options == set(inspect.signature(darknumber.read_reports).parameters) - {"name"}
