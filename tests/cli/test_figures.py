"""Tables and pictures of kept estimates on the command line."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import darknumber as dn
from darknumber.cli import main
from darknumber.cli.output import BAD_DATA, DONE, WRONG_OPTION
from darknumber.data.table import CaptureTable
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.views.show_plot import PICTURES
from darknumber.views.show_table import TABLES


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """Estimates of a small register by year and sex, on disk."""
    path = tmp_path_factory.mktemp("kept") / "study.dn"
    register = dn.example("register").pool(("age", "nationality", "form", "crossing"))
    dn.save(dn.estimate(register, "stepwise", "bootstrap(replicates=20)", seed=1, workers=1), path)
    return path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0)


def test_a_table_is_printed_in_the_language_asked_for(kept, capsys):
    assert run("table", kept, "--by", "year,sex", "--layout", "wide", "--lang", "nl") == DONE
    said = capsys.readouterr().out
    assert "Vrouwen en meisjes" in said
    assert "Bron: " in said


def test_a_table_is_saved_by_its_ending(kept, tmp_path, capsys):
    assert run("table", kept, "--by", "sex", "--years", "2018,2019", "--out", tmp_path / "t.csv") == DONE
    rows = list(csv.DictReader((tmp_path / "t.csv").open(encoding="utf-8")))
    assert [row["sex"] for row in rows][:2] == ["female", "male"]
    assert "t.csv" in capsys.readouterr().err


def test_everyone_together_and_exact_numbers(kept, capsys):
    told = []
    for by in ("everyone", "year"):
        for exact in ([], ["--exact"]):
            assert run("table", kept, "--by", by, *exact) == DONE
            told.append(capsys.readouterr().out)
    assert "12,690" in told[0]  # everyone together is no small number
    assert told[2] != told[3]


def test_a_picture_is_saved(kept, tmp_path):
    assert run("plot", kept, "--kind", "years", "--by", "sex", "--out", tmp_path / "p.png", "--lang", "nl") == DONE
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("plot", "--kind", "wrong", "--out", "p.png"), WRONG_OPTION),
        (("plot", "--out", "p.gif"), BAD_DATA),
        (("table", "--by", "wrong"), BAD_DATA),
        (("table", "--kind", "lists", "--by", "sex"), WRONG_OPTION),
    ],
)
def test_what_is_wrong_is_told(kept, tmp_path, monkeypatch, capsys, words, code):
    monkeypatch.chdir(tmp_path)
    assert run(words[0], kept, *words[1:]) == code
    assert "Error" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_is_read_is_not_written_over(kept, capsys):
    before = kept.read_bytes()
    assert run("table", kept, "--out", kept) == BAD_DATA
    assert kept.read_bytes() == before


@pytest.mark.parametrize(("words", "kinds"), [(("table",), TABLES), (("plot", "--out", "p.svg"), PICTURES)])
def test_every_kind_is_in_the_help_and_only_what_there_is_is_offered(kept, tmp_path, monkeypatch, capsys, words, kinds):
    monkeypatch.chdir(tmp_path)
    assert run(words[0], "--help") == DONE
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    named = re.findall(r"[\w-]+", told[told.index("--kind") :])
    assert {*kinds[dn.Estimates], *kinds[LinkageSummary], *kinds[CaptureTable]} <= {*named}
    assert run(words[0], kept, "--kind", "doubt", *words[1:]) == BAD_DATA
    offered = " ".join(capsys.readouterr().err.split()).partition("something to show in: ")[2].rstrip(".")
    for kind in offered.replace("and ", "").split(", "):
        assert run(words[0], kept, "--kind", kind, *words[1:]) == DONE
    assert "doubt" not in offered
    assert "numbers" in offered or "years" in offered
