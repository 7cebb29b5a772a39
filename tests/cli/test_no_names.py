"""The commands that work on reports say nothing of who anybody is, whether they do what was asked or refuse it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from darknumber.words import LANGUAGES
from tests.cli.asking import ask
from tests.register import planted

DONE, WRONG_OPTION, BAD_DATA, FAULT = 0, 2, 3, 70
QUICK = ("--interval", "bootstrap(replicates=10)", "--seed", "1")
TALKATIVE = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
logging.getLogger("splink").setLevel(logging.DEBUG)
warnings.simplefilter("always")
from darknumber.cli import main
main()
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return planted.write(tmp_path_factory.mktemp("planted") / "reports.csv")


def test_no_command_tells_who_anybody_is(file, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")  # so that nothing that is shown is broken off
    for asked in (
        ("intake", file, "--lang", "nl"),
        ("intake", file, "--json"),
        ("intake", file, "--write-mapping", "mapping.toml"),
        ("screen", file, "--json", "--mapping", "mapping.toml"),
        ("screen", file, "--questions", "--lang", "nl"),
        ("make-key", "secret.key"),
        ("pseudonymise", file, "--key-file", "secret.key", "--out", "codes.csv"),
        ("link", file, "--out", "linked.dn", "--draws", "3", "--unlinkable", "count", "--model-out", "model.json"),
        ("link", file, "--out", "rules.dn", "--draws", "3", "--method", "exact", "--covariates", "sex", "--lang", "nl"),
        ("link", "codes.csv", "--out", "coded.dn", "--draws", "3", "--method", "exact"),
        ("tabulate", "linked.dn", "--out", "counts.csv"),
        ("estimate", "rules.dn", "--by", "sex", "--out", "estimates.dn", *QUICK),
        ("estimate", "rules.dn", "--json", *QUICK),
        ("report", "estimates.dn", "--out", "report.html", "--lang", "nl"),
        ("table", "linked.dn", "--kind", "people"),
    ):
        assert ask(*asked) == DONE, (asked, capfd.readouterr().err)
    told = capfd.readouterr()
    assert planted.traces([told.out, told.err]) == []
    assert planted.traces_in(tmp_path) == []


EXACT = ("--method", "exact")  # quickest
WRONG = (
    ("link", "--covariates", "surname", *EXACT),
    ("link", "--covariates", "shoe_size", *EXACT),
    ("link", "--lists", "polise,care", *EXACT),
    ("link", "--merge", "help=caer", *EXACT),
    ("link", "--definition", "purpos", *EXACT),
    ("link", "--method", "magic"),
    ("link", "--threshold", "many"),
    ("link", "--model-in", "nowhere.json"),
    ("link", "--model-in", "other.toml"),
    ("link", "--mapping", "other.toml"),
    ("screen", "--definition", "purpose and (means"),
    ("intake", "--mapping", "other.toml"),
    ("intake", "--mapping", "torn.toml"),
    ("intake", "--extracted", "yesterday"),
    ("pseudonymise", "--key-file", "nowhere.key"),
    ("pseudonymise", "--key-file", "other.toml"),
    ("pseudonymise", "--out", "codes.docx"),
    ("estimate",),
    ("tabulate", "--id", "surname", "--list-column", "birth_date"),
    ("tabulate", "--lists", "given_name,surname"),
)


@pytest.mark.parametrize("asked", WRONG, ids=" ".join)
def test_no_refusal_tells_who_anybody_is(file, tmp_path, capfd, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    Path("other.toml").write_text('[organisation]\ncolumn = "organisation"\n[surname]\ncolumn = "achternaam"\n')
    Path("torn.toml").write_text("[organisation\n")
    verb, *options = asked
    language = LANGUAGES[WRONG.index(asked) % len(LANGUAGES)]  # tests beside the source say each in both
    assert ask(verb, file, *options, "--lang", language) in (WRONG_OPTION, BAD_DATA)
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err
    assert planted.traces([told.out, told.err]) == []
    assert {path.name for path in tmp_path.iterdir()} == {"other.toml", "torn.toml"}


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    (folder / "temporary").mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(folder / "temporary"), "COLUMNS": "400"}
    command = [sys.executable, "-c", TALKATIVE, *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_with_every_logger_talking_nothing_is_told_and_nothing_left(file, tmp_path):
    done = run(tmp_path, "link", file, "--out", "linked.dn", "--draws", "3", "--unlinkable", "count")
    assert done.returncode == DONE
    assert planted.traces([done.stdout, done.stderr]) == []
    assert planted.traces_in(tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_after_an_error_nothing_is_told_and_nothing_left(file, tmp_path):
    done = run(tmp_path, "link", file, "--out", "linked.dn", "--lists", "polise,care", *EXACT)
    assert done.returncode == BAD_DATA
    assert "Traceback" not in done.stderr
    assert planted.traces([done.stdout, done.stderr]) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary"]
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("verb", ["intake", "link", "pseudonymise"])
def test_a_broken_file_is_refused_with_its_row_and_no_more(file, tmp_path, capfd, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    text = file.read_text("utf-8")
    surname = planted.SOMEBODY[1]["surname"]
    for name, content in {
        "quote.csv": text.replace(f";{surname}", f';"{surname}').encode(),
        "cells.csv": (text + f";{surname}" * 30).encode(),
        "bytes.csv": text.encode() + b"\0\xff",
        "headless.csv": text.partition("\n")[2].encode(),
        "zip.xlsx": b"PK\x03\x04" + text.encode(),
        "rows.parquet": b"PAR1" + text.encode() + b"PAR1",
    }.items():
        Path(name).write_bytes(content)
        assert ask(verb, name) == BAD_DATA
    told = capfd.readouterr()
    assert re.search(r"\brow 3\b", told.err) or verb == "pseudonymise"  # which looks at its key first
    assert planted.traces([told.out, told.err]) == []
