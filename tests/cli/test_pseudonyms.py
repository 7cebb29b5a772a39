"""The commands for reports without names: what they write, say and refuse, in both languages."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import darknumber
from darknumber.cli import pseudonyms
from darknumber.words import LANGUAGES
from tests.cli.asking import ask

DONE, WRONG_OPTION, BAD_DATA = 0, 2, 3
NAME, BORN, PLACE = "Zwanenburg", "1987-11-23", "Zierikzee"
REPORTS = f"""organisation,report_date,given_name,surname,birth_date,place,age group
police,2019-03-01,Quirijn,van den {NAME},{BORN},{PLACE},adult
shelter,2019-04-01,QUIRIJN,"{NAME}, v.d.",{BORN},{PLACE},adult
,2019-04-02,Jan,{NAME},{BORN},{PLACE},adult
"""


@pytest.fixture
def reports(tmp_path) -> Path:
    path = tmp_path / "reports.csv"
    path.write_text(REPORTS)
    return path


@pytest.mark.parametrize("code", LANGUAGES)
def test_from_a_key_to_a_file_without_names(reports, tmp_path, capsys, code):
    key, out = tmp_path / "office.key", tmp_path / "linkage.csv"
    assert ask("--lang", code, "make-key", key) == DONE
    assert ask("--lang", code, "pseudonymise", reports, "--key-file", key, "--out", out) == DONE
    said = "".join(capsys.readouterr())
    assert [each for each in (NAME, BORN, PLACE, key.read_text().strip()) if each in said + out.read_text()] == []
    assert [line for line in said.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    lines = out.read_text().splitlines()
    assert len(lines) == 3
    place = lines[0].split(",").index("code_surname")
    assert len({line.split(",")[place] for line in lines[1:]}) == 1
    assert out.stat().st_mode & 0o777 == 0o600
    assert key.stat().st_mode & 0o777 == 0o600


def test_the_key_may_come_from_the_environment(reports, tmp_path, monkeypatch, capsys):
    key = tmp_path / "office.key"
    ask("make-key", key)
    monkeypatch.setenv("DARKNUMBER_KEY", key.read_text().strip())
    assert ask("pseudonymise", reports, "--out", tmp_path / "a.parquet", "--leave-out", "code_place") == DONE
    assert key.read_text().strip() not in "".join(capsys.readouterr())


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_refused_is_said_in_words(reports, tmp_path, monkeypatch, capsys, code):
    monkeypatch.delenv("DARKNUMBER_KEY", raising=False)
    key, out = tmp_path / "office.key", tmp_path / "a.csv"
    key.write_text("weak")
    key.chmod(0o600)
    assert ask("--lang", code, "pseudonymise", reports, "--out", out) == BAD_DATA
    assert ask("--lang", code, "pseudonymise", reports, "--out", out, "--key-file", key) == BAD_DATA
    key.chmod(0o644)
    assert ask("--lang", code, "pseudonymise", reports, "--out", out, "--key-file", key) == BAD_DATA
    assert ask("--lang", code, "make-key", key) == BAD_DATA
    assert ask("--lang", code, "pseudonymise", reports, "--out", reports) == BAD_DATA
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert NAME not in said
    assert not out.exists()
    assert reports.read_text() == REPORTS


def test_the_command_takes_what_the_function_takes():
    """One vocabulary: the options are named as the arguments in Python."""
    command = set(inspect.signature(pseudonyms.pseudonymise).parameters)
    function = set(inspect.signature(darknumber.pseudonymise).parameters)
    reading = {"source", "mapping", "sheet", "extracted"}
    assert command - reading == function - {"reports", "progress"}
