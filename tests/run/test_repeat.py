"""The commands a report shows make the same report again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from darknumber.cli import main
from darknumber.data.table import CaptureTable, Covariate
from darknumber.inference.asking import estimate
from darknumber.inference.store import load
from darknumber.run.repeat import commands, estimating


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


def test_lists_that_were_not_kept_everywhere_are_named():
    year = Covariate(name="year", levels=("2012", "2013", "2014"), values=(2012.0, 2013.0, 2014.0))
    levels = [[0, 0, 1, 1, 2, 2, 2, 2]]
    table = CaptureTable.build(
        "abc", [1, 2, 1, 3, 1, 2, 4, 5], [30, 20, 25, 9, 30, 20, 15, 6], covariates=[year], levels=levels
    )
    table = replace(table.not_kept("c", "year", ["2012", "2013"]), name="counts.csv")
    answer = estimate(table, "independence", "bootstrap(replicates=40)")
    assert "--not-kept c:year=2012,2013" in estimating(answer)
    plain = estimate(
        replace(table, operating=np.ones_like(table.operating)), "independence", "bootstrap(replicates=40)"
    )
    assert "--not-kept" not in estimating(plain)
