"""Study files, run folders and their verification on the command line."""

from __future__ import annotations

import json
import shutil

import pytest

from darknumber.cli import figures, publication  # noqa: F401 - they define the commands
from darknumber.cli.app import run as call
from darknumber.cli.output import BAD_DATA, DIFFERENT, DONE
from darknumber.run.study_file import read_study
from tests.small_study import write_study


@pytest.fixture
def folder(finished, tmp_path):
    """The run folder of the small study, beside its study file."""
    write_study(tmp_path)
    shutil.copytree(finished.folder, tmp_path / "study-run")
    return tmp_path / "study-run"


def test_init_writes_a_study_file_once(tmp_path, monkeypatch, capsys):
    write_study(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call(["init", "counts.csv", "--out", "mine.toml"]) == DONE
    assert "darknumber run mine.toml" in capsys.readouterr().out
    assert list(read_study(tmp_path / "mine.toml").study.lists) == ["police", "care", "shelter"]
    assert call(["init", "counts.csv", "--out", "mine.toml"]) == BAD_DATA
    assert "mine.toml is there already" in " ".join(capsys.readouterr().err.split())


def test_a_mistake_in_a_study_file_is_told_with_its_line(tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text('[data]\nsource = "a.csv"\n[publication]\nflor = 10\n')
    assert call(["run", str(path)]) == BAD_DATA
    said = " ".join(capsys.readouterr().err.split())
    assert "study.toml, line 4, publication.flor" in said
    assert "Did you mean floor?" in said


def test_verify_says_equal_or_what_differs(folder, capsys):
    assert call(["verify", str(folder), "--files-only"]) == DONE
    assert "Every file is as it was made." in capsys.readouterr().out
    (folder / "estimates.csv").write_text("x")
    assert call(["verify", str(folder), "--files-only"]) == DIFFERENT
    said = capsys.readouterr().out
    assert said.startswith("Not equal.")
    assert "  estimates.csv" in said
    assert call(["verify", str(folder), "--files-only", "--json"]) == DIFFERENT
    assert json.loads(capsys.readouterr().out)["changed"] == ["estimates.csv"]


def test_verify_of_another_folder(tmp_path, capsys):
    assert call(["verify", str(tmp_path)]) == BAD_DATA
    assert "is not a run folder" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "verb", [["table"], ["plot", "--kind", "years", "--out", "years.svg"], ["report", "--no-panel"]]
)
def test_verbs_about_an_answer_take_the_folder_of_a_run(folder, monkeypatch, verb):
    monkeypatch.chdir(folder.parent)
    assert call([verb[0], folder.name, *verb[1:]]) == DONE
