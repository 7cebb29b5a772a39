"""The commands that look at several models."""

from __future__ import annotations

import inspect
import json
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pytest

from darknumber.cli import main, trust
from darknumber.cli.reading import Reading
from darknumber.data.examples import example
from darknumber.studies.search import search

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE, STOPPED = 0, 2, 3, 4, 130
WIDTH = 80
FAST = ["--interval", "bootstrap(replicates=40)", "--seed", "1"]


def call(*arguments: str) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_the_command_takes_what_python_takes():
    taken = set(inspect.signature(trust.search).parameters) - {item.name for item in fields(Reading)}
    assert taken - {"as_json"} == set(inspect.signature(search).parameters) - {"data", "progress"}


def test_search_lists_the_set(capsys):
    assert call("search", "uk-2013-5", "--criterion", "bic", "--max-order", "5", "--delta", "4") == DONE
    said = capsys.readouterr().out
    assert said.rstrip("\n") == str(search(example("uk-2013-5"), max_order=5, delta=4.0))
    assert "25,311" in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_search_in_dutch(capsys):
    assert call("search", "uk-2013-5", "--lang", "nl") == DONE
    said = capsys.readouterr().out
    assert "Bewezen: elk ander van de 6.893 modellen" in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_search_as_json_gives_what_python_gives(capsys):
    assert call("search", "korea", "--criterion", "3.5", "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    expected = search(example("korea"), 3.5)
    assert found["model"] == "best(criterion=3.5, max_order=3)"
    assert found["complete"] is True
    assert found["family"] == 8
    assert found["near"] == expected.near
    assert found["models"]["terms"] == list(expected.candidates.label)
    endless = [verdict == "infinite" for verdict in found["models"]["verdict"]]
    assert any(endless)
    assert [value is None for value in found["models"]["estimate"]] == endless
    assert found["version"]


def test_a_set_without_any_finite_estimate_has_its_own_exit_code(tmp_path, capsys):
    path = tmp_path / "apart.csv"
    path.write_text("A,B,count\n1,0,50\n0,1,40\n1,1,0\n")
    assert call("search", str(path)) == NO_FINITE_ESTIMATE
    assert "no upper limit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "korea", "--criterion", "bix"], WRONG_OPTION, "bic-overlap"),
        (["search", "korea", "--max-order", "1"], WRONG_OPTION, "max_order"),
        (["search", "korea", "--delta", "-1"], WRONG_OPTION, "delta"),
        (["search", "korea", "--scope", "b:XX"], WRONG_OPTION, "XX"),
        (["search", "nothing.csv"], BAD_DATA, "nothing.csv"),
        (["compare", "korea"], WRONG_OPTION, "two models"),
        (["compare", "korea", "--model", "stepwise"], WRONG_OPTION, "two models"),
        (["compare", "korea", "--model", "stepwise", "--model", "stepwize"], WRONG_OPTION, "stepwize"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(arguments, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_compare_prints_and_makes_a_page(tmp_path, capsys):
    page = tmp_path / "compare.html"
    models = ["--model", "best(max_order=3)", "--model", "independence"]
    assert call("compare", "korea", *models, *FAST, "--out", str(page)) == DONE
    said = capsys.readouterr().out
    assert "2 models side by side" in said
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "Other models side by side" in page.read_text(encoding="utf-8")


def test_compare_as_json(capsys):
    models = ["--model", "best(max_order=3)", "--model", "independence"]
    assert call("compare", "korea", *models, *FAST, "--json") == DONE
    found = json.loads(capsys.readouterr().out)
    assert found["models"]["model"] == ["best(max_order=3)", "independence"]
    assert found["models"]["distance"][0] == pytest.approx(0, abs=1e-6)
    assert found["models"]["estimate"][0] == pytest.approx(157.17, abs=0.01)
    assert len(found["findings"]) == 2


def test_an_interrupt_ends_a_search_cleanly(tmp_path):
    command = Path(sys.executable).with_name("darknumber")
    work = subprocess.Popen(
        [command, "search", "register"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    )
    time.sleep(4)
    assert work.poll() is None
    work.send_signal(signal.SIGINT)
    out, err = work.communicate(timeout=60)
    assert work.returncode == STOPPED
    assert b"Traceback" not in err
    assert out == b""
    assert list(tmp_path.iterdir()) == []
