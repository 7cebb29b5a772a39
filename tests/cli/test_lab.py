"""The commands about populations of known size, and about studies that are still to come."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pytest

import darknumber
from darknumber.cli import lab, main
from darknumber.cli.reading import Reading
from darknumber.lab.planning import design
from darknumber.words import LANGUAGES

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE = 0, 2, 3, 4
WIDTH = 80
SIMULATE = ["simulate", "korea", "--populations", "4", "--pipeline", "independence | lognormal", "--seed", "1"]
DESIGN = ["design", "--lists", "police=0.2,care=0.1,shelter=0.05", "--population", "2000", "--populations", "8"]


def call(*arguments: str) -> int:
    """Run a command in this process; its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def refuse(name: str) -> None:
    raise ValueError(name)


def test_the_commands_take_what_python_takes():
    taken = set(inspect.signature(lab.simulate).parameters) - {item.name for item in fields(Reading)}
    known = set(inspect.signature(darknumber.simulate).parameters)
    # each pipeline is an option of its own; what else to measure is a function, and cannot be typed
    assert taken - known == {"pipeline", "size", "as_json"}
    assert known - taken == {"source", "pipelines", "measures", "progress"}
    planned = set(inspect.signature(lab.design).parameters)
    assert planned - {"as_json"} == set(inspect.signature(darknumber.design).parameters)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("arguments", [SIMULATE, DESIGN])
def test_what_is_printed_fits(arguments, language, capsys):
    assert call(*arguments, "--lang", language) == DONE
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= WIDTH
    assert "nan" not in said.split()


@pytest.mark.parametrize("arguments", [SIMULATE, DESIGN])
def test_json_is_a_tidy_table(arguments, capsys):
    assert call(*arguments, "--json") == DONE
    found = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert len({len(values) for values in found["rows"].values()}) == 1
    assert found["version"]


def test_design_gives_what_python_gives(capsys):
    assert call(*DESIGN, "--anchor", "100") == DONE
    shares = {"police": 0.2, "care": 0.1, "shelter": 0.05}
    assert capsys.readouterr().out == f"{design(shares, [2000], populations=8, anchor=100)}\n"


@pytest.mark.parametrize(("estimates", "code"), [([inf, nan], NO_FINITE_ESTIMATE), ([inf, 300.0], DONE)])
def test_without_any_finite_answer_the_code_says_so(estimates, code, monkeypatch, capsys):
    found = SimpleNamespace(runs=SimpleNamespace(estimate=np.array(estimates)))
    monkeypatch.setattr("darknumber.lab.simulate.simulate", lambda *_, **__: found)
    assert call(*SIMULATE) == code
    capsys.readouterr()


def test_answers_are_kept_and_not_worked_out_again(tmp_path, capsys):
    asked = [*SIMULATE, "--folder", str(tmp_path / "kept")]
    assert call(*asked) == DONE
    first = capsys.readouterr().out.splitlines()
    there = sorted(path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*") if path.is_file())
    assert there
    assert call(*asked) == DONE
    again = capsys.readouterr().out.splitlines()
    assert [line for line in again if line not in first] == ["  8 of these answers were there already."]
    assert there == sorted(path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["simulate", "korea", "--size", "3"], WRONG_OPTION, "--size"),
        (["simulate", "korea", "--pipeline", "independence | bootstrop"], WRONG_OPTION, "bootstrop"),
        (["simulate", "nothing.csv"], BAD_DATA, "nothing.csv"),
        (["design", "--lists", "police", "--population", "2000"], WRONG_OPTION, "police=0.2"),
        (["design", "--lists", "police=0.2,care=0.1", "--population", "many"], WRONG_OPTION, "--population"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(arguments, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(*arguments) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
