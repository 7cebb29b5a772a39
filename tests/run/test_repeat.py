"""The commands a report shows make the same report again."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from darknumber.cli import main
from darknumber.inference.store import load
from darknumber.run.repeat import commands


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return stop.value.code


def test_the_commands_give_the_same_estimates_and_name_no_folders(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [(1, 0, 0, 60), (0, 1, 0, 50), (1, 1, 0, 10), (0, 0, 1, 30), (1, 0, 1, 9), (0, 1, 1, 12)]
    text = "".join(f"{a},{b},{c},{year},{n + year % 7}\n" for year in (2018, 2019) for a, b, c, n in rows)
    (tmp_path / "my lists.csv").write_text("A,B,C,year,how many\n" + text)
    given = ["--model", "stepwise(criterion=aic)", "--interval", "bootstrap(replicates=30)", "--seed", "7"]
    assert call("estimate", str(tmp_path / "my lists.csv"), *given, "--out", str(tmp_path / "first one.dn")) == 0
    first = load("first one.dn")
    told = commands(first, tmp_path / "first one.dn", tmp_path / "page.html", "people")
    assert str(tmp_path) not in told
    assert len(told.splitlines()) == 2
    Path("first one.dn").unlink()
    for line in told.splitlines():
        assert call(*shlex.split(line)[1:]) == 0
    assert (load("first one.dn").draws == first.draws).all()
    assert shlex.split(told.splitlines()[1])[2] == "first one.dn"
    assert "darknumber estimate &#39;my lists.csv&#39;" in Path("page.html").read_text(encoding="utf-8")
    capsys.readouterr()


def test_an_example_is_named_by_its_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    fast = ["--interval", "bootstrap(replicates=5)", "--model", "independence"]
    for name in ("korea", "register"):
        call("estimate", name, *fast, "--out", "x.dn")
        told = commands(load("x.dn"), Path("x.dn"), Path("x.html"), "people").splitlines()[0]
        assert told.startswith(f"darknumber estimate {name} --model ")
    capsys.readouterr()
