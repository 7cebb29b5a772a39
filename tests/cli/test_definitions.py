"""``darknumber definitions``: from reports to the estimate under each definition."""

from __future__ import annotations

import json

import pytest

from darknumber.register.synthetic.synthetic_files import write_reports
from darknumber.words import LANGUAGES
from tests.cli.asking import ask

DONE, WRONG_OPTION, BAD_DATA = 0, 2, 3
QUICK = ("--method", "rules", "--draws", "2", "--model", "log-linear", "--interval", "bootstrap(replicates=20)")
LISTS = ("--lists", "police,coordinators,shelters")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "reports.csv"
    write_reports(path, reports=1_000, seed=3)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_for_each_definition(reports, capsys, language):
    asked = ("--definition", "registered", "--definition", "purpose and minor")
    assert ask("definitions", reports, *asked, *QUICK, *LISTS, "--lang", language) == DONE
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    assert "registered" in told
    assert "purpose and minor" in told


def test_for_machines(reports, capsys):
    assert ask("definitions", reports, "--definition", "purpose", *QUICK, *LISTS, "--seed", "4", "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["rows"]["definition"] == ["purpose"]
    assert told["lists"] == ["coordinators", "police", "shelters"] or told["lists"] == list(LISTS[1].split(","))
    assert told["rows"]["estimate"][0] > told["rows"]["observed"][0] > 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--definition", "purpos"), BAD_DATA),
        (("--model", "log_linaer"), WRONG_OPTION),
        (("--interval", "bootstrap(replicate=20)"), WRONG_OPTION),
        (("--interval", "lognormal"), WRONG_OPTION),
        (("--lists", "police,nobody"), BAD_DATA),
        (("--merge", "help=police,nobody"), BAD_DATA),
        (("--level", "2"), WRONG_OPTION),
    ],
)
def test_what_cannot_be_done_is_told_before_reports_are_linked(reports, capsys, monkeypatch, asked, code):
    def not_yet(*_, **__):
        raise AssertionError

    monkeypatch.setattr("darknumber.register.linkage.link.link", not_yet)
    assert ask("definitions", reports, *QUICK, *asked) == code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--definition", "purpos"), BAD_DATA),
        (("--definition", "purpose and ("), WRONG_OPTION),
        (("--threshold", "2"), BAD_DATA),
        (("--draws", "0"), BAD_DATA),
        (("--merge", "x"), WRONG_OPTION),
    ],
)
def test_what_cannot_be_done_is_told(reports, capsys, asked, code):
    assert ask("definitions", reports, *QUICK, *asked) == code
    assert "Traceback" not in capsys.readouterr().err
