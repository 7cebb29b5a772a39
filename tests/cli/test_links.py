"""From reports to counts on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from darknumber.cli import main
from darknumber.data.examples import example
from darknumber.data.read import read_counts
from darknumber.words import LANGUAGES

DONE, BAD_DATA = 0, 3
PEOPLE = """who,list,sex
a,police,f
a,care,f
b,police,m
c,care,f
"""


def ask(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in arguments])
    return int(ended.value.code or 0)


def test_rows_on_people_become_a_table_of_counts(tmp_path, capsys):
    (tmp_path / "people.csv").write_text(PEOPLE)
    reading = ("--id", "who", "--list-column", "list", "--covariates", "sex")
    assert ask("tabulate", tmp_path / "people.csv", *reading) == DONE
    assert capsys.readouterr().out.splitlines() == [
        "care,police,sex,count",
        "1,0,f,1",
        "1,1,f,1",
        "0,1,m,1",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_reads_back_as_the_command_says(tmp_path, capsys, language):
    out = tmp_path / "counts.csv"
    assert ask("tabulate", "register", "--out", out, "--lang", language) == DONE
    told = capsys.readouterr()
    command = shlex.split(told.out.splitlines()[-1].partition("darknumber ")[2])
    assert command[:2] == ["estimate", str(out)]
    given = dict(zip(command[2::2], command[3::2], strict=True))
    back = read_counts(
        out,
        lists=given["--lists"].split(","),
        covariates=given["--covariates"].split(","),
        unit=given["--unit"],
    )
    assert back.columns() == example("register").columns()


def test_a_list_that_was_not_kept_is_said(tmp_path, capsys):
    (tmp_path / "people.csv").write_text(PEOPLE)
    reading = ("--id", "who", "--list-column", "list", "--covariates", "sex", "--not-kept", "care:sex=m")
    assert ask("tabulate", tmp_path / "people.csv", *reading) == DONE
    assert "--not-kept" in capsys.readouterr().err


def test_the_file_that_is_read_is_not_written_over(tmp_path, capsys):
    source = tmp_path / "people.csv"
    source.write_text(PEOPLE)
    assert ask("tabulate", source, "--id", "who", "--list-column", "list", "--out", source) == BAD_DATA
    assert source.read_text() == PEOPLE
    assert "was read" in capsys.readouterr().err
