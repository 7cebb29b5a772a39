"""From reports to counts on the command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from darknumber.data.examples import example
from darknumber.data.read import read_counts
from darknumber.inference.store import load
from darknumber.register.linkage.keep_linked import load_linked_tables
from darknumber.run.repeat import commands
from darknumber.words import LANGUAGES
from tests.cli.asking import ask

DONE, WRONG_OPTION, BAD_DATA = 0, 2, 3
PEOPLE = """who,list,sex
a,police,f
a,care,f
b,police,m
c,care,f
"""


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


SAID = """organisation,report_date,person_key,given_name,surname,birth_date,sex
police,2019-01-02,p1,Zebedeus,Quistenboom,1990-05-06,female
care,2019-03-02,c1,Zebedeus,Quistenboom,1990-05-06,female
police,2019-04-02,p2,Ottoline,Vrijmoedig,1991-07-08,male
shelter,2019-05-02,s1,Balthazar,Zoutendijk,1985-02-03,male
care,2019-05-03,c2,Balthazar,Zoutendijk,1985-02-03,male
police,2020-05-03,p3,Balthazar,Zoutendijk,1985-02-03,male
"""
PLANTED = ("Zebedeus", "Quistenboom", "Ottoline", "Vrijmoedig", "Balthazar", "Zoutendijk", "1990-05-06", "c1")


@pytest.fixture
def reports(tmp_path) -> Path:
    path = tmp_path / "reports.csv"
    path.write_text(SAID)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_become_tables_in_one_file(reports, tmp_path, capsys, language):
    out = tmp_path / "linked.dn"
    asked = ("--method", "rules", "--covariates", "sex", "--out", out, "--draws", "3", "--lang", language)
    assert ask("link", reports, *asked) == DONE
    told = capsys.readouterr()
    assert max(len(line) for line in told.out.splitlines() if str(tmp_path) not in line) <= 80
    drawn = load_linked_tables(out)
    assert drawn.linkage.reports == 6
    assert drawn.linkage.people == 3
    assert sum(drawn.best.columns()["count"]) == 3
    # one on police and care, one on police only, one on all three
    assert sorted(zip(*(drawn.best.columns()[name] for name in ("care", "police", "shelter")), strict=True)) == [
        (0, 1, 0),
        (1, 1, 0),
        (1, 1, 1),
    ]
    assert [word for word in PLANTED if word in told.out + told.err or word.encode() in out.read_bytes()] == []


def test_lists_can_be_merged_and_years_counted(reports, tmp_path, capsys):
    out = tmp_path / "linked.dn"
    asked = ("--method", "rules", "--unit", "person-year", "--merge", "help=care,shelter", "--out", out)
    assert ask("link", reports, *asked) == DONE
    capsys.readouterr()
    best = load_linked_tables(out).best
    assert sorted(best.lists) == ["help", "police"]
    assert best.unit == "person-year"
    assert int(best.count.sum()) == 4


def test_what_was_kept_goes_wherever_data_go(reports, tmp_path, capsys):
    out = tmp_path / "linked.dn"
    assert ask("link", reports, "--method", "rules", "--out", out) == DONE
    capsys.readouterr()
    assert ask("tabulate", out) == DONE
    told = capsys.readouterr()
    assert told.out.splitlines()[0].endswith("count")
    assert "threshold of 50%" in " ".join(told.err.split())
    assert ask("table", out, "--kind", "people", "--exact") == DONE
    assert "3 reports" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--merge", "help"), WRONG_OPTION),
        (("--method", "exact", "--key", "shared"), WRONG_OPTION),
        (("--method", "rules", "--threshold", "1.5"), BAD_DATA),
        (("--method", "rules", "--draws", "0"), BAD_DATA),
        (("--method", "rules", "--covariates", "shoe_size"), BAD_DATA),
        (("--model-in", "nowhere.json"), BAD_DATA),
    ],
)
def test_what_cannot_be_done_is_told_without_a_name(reports, tmp_path, capsys, asked, code):
    assert ask("link", reports, *asked, "--out", tmp_path / "linked.dn") == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert [word for word in PLANTED if word in told.out + told.err] == []
    assert not (tmp_path / "linked.dn").exists()


def test_the_reports_are_not_written_over(reports, capsys):
    before = reports.read_text()
    assert ask("link", reports, "--method", "rules", "--out", reports) == BAD_DATA
    assert reports.read_text() == before


def test_the_commands_of_a_report_begin_with_the_links(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [f"{each},2019-01-02,{number}" for number in range(60) for each in ("police", "care")[: 1 + number % 2]]
    rows += [f"care,2019-01-02,{number}" for number in range(100, 130)]
    Path("reports.csv").write_text("organisation,report_date,person_key\n" + "\n".join(rows) + "\n")
    assert (
        ask("link", "reports.csv", "--method", "exact", "--key", "own", "--draws", "2", "--out", "my links.dn") == DONE
    )
    asked = ("--model", "independence", "--interval", "bootstrap(replicates=50)", "--workers", "1")
    assert ask("estimate", "my links.dn", *asked, "--out", "study.dn") == DONE
    assert ask("report", "study.dn", "--linked", "my links.dn", "--no-panel", "--workers", "1") == DONE
    told = commands(load("study.dn"), Path("study.dn"), Path("report.html"), "people", linked=Path("my links.dn"))
    lines = [shlex.split(line) for line in told.splitlines()]
    assert [line[1:3] for line in lines] == [
        ["link", "reports.csv"],
        ["estimate", "my links.dn"],
        ["report", "study.dn"],
    ]
    assert "--linked" in lines[2]
    page = Path("report.html").read_text(encoding="utf-8")
    assert 'id="linkage"' in page
    assert "darknumber link reports.csv" in page
    assert "drawn anew for each of the tables" in page
    assert "were recognised as one" not in page
    capsys.readouterr()
    Path("fewer.csv").write_text("organisation,report_date,person_key\n" + "\n".join(rows[:-2]) + "\n")
    assert ask("link", "fewer.csv", "--method", "exact", "--draws", "2", "--out", "other.dn") == DONE
    capsys.readouterr()
    assert ask("report", "study.dn", "--linked", "other.dn", "--out", "other.html") == BAD_DATA
    assert "not those that the estimates come from" in " ".join(capsys.readouterr().err.split())
    assert not Path("other.html").exists()


@pytest.mark.parametrize("command", ["estimate", "tabulate", "check"])
def test_reports_that_were_not_linked_are_told_apart(reports, capsys, command):
    assert ask(command, reports) == BAD_DATA
    told = capsys.readouterr().err
    assert "look like reports" in told
    assert "darknumber link reports.csv" in told


def test_long_lines_of_an_error_hang_below_their_first(tmp_path, capsys):
    path = tmp_path / "wide.csv"
    names = [f"heading{place}" for place in range(12)]
    path.write_text(",".join(names) + "\n" + ",".join("abcdefghijkl") + "\n")
    assert ask("estimate", path, "--lists", "police,care") == BAD_DATA
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("Error: ")
    assert len(rest) > 2
    assert all(line.startswith(("  got:  ", "  hint: ", " " * 8)) and len(line) <= 80 for line in rest)
