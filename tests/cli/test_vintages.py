"""The commands about two studies of one register."""

from __future__ import annotations

import inspect
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

import darknumber
from darknumber.cli import vintages
from darknumber.data.dates import registered_by
from darknumber.data.linked_counts import read_linked, write_linked
from darknumber.data.linking import link_vintages
from darknumber.data.read import read_records
from darknumber.inference.estimate import answered
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.store import save
from darknumber.studies.revise import revise
from darknumber.words import LANGUAGES
from tests.cli.asking import ask
from tests.studies.vintages import drawn

DONE, WRONG_OPTION, BAD_DATA, NO_FINITE_ESTIMATE = 0, 2, 3, 4
FEW = Bootstrap(replicates=40)
REPORTS = """id,list,year,day
a,A,2010,2011-01-01
a,B,2010,2011-02-01
b,A,2010,2011-03-01
b,B,2010,2014-01-01
c,B,2011,2012-01-01
d,A,2011,2014-01-01
e,A,2011,2012-01-01
e,B,2011,2012-01-01
"""


@pytest.fixture(scope="module")
def studies(tmp_path_factory) -> Path:
    """Two studies, their linked people and the new extract by the old definition."""
    folder = tmp_path_factory.mktemp("studies")
    linked = drawn(4, late_people=0.3, same=True)
    for side in ("old", "new"):
        save(answered(linked.table(side), "independence", FEW, workers=1), folder / f"{side}.dn")
    write_linked(linked, folder / "linked.csv.gz")
    columns = linked.table("same_definition").columns()
    pl.DataFrame(columns).write_csv(folder / "same.csv")
    (folder / "run" / "internal").mkdir(parents=True)
    shutil.copy(folder / "old.dn", folder / "run" / "internal" / "estimates.dn")
    return folder


def test_options_have_the_names_of_the_arguments():
    """What a command has of its own: an answer comes as a file, linked people and a table too."""
    ours = set(inspect.signature(vintages.revise).parameters) - {"published", "out", "as_json"}
    theirs = set(inspect.signature(darknumber.revise).parameters) - {"progress"}
    assert ours == theirs


def test_the_text_is_what_python_prints(studies, capsys):
    code = ask("revise", studies / "old.dn", studies / "new.dn", "--linked", studies / "linked.csv.gz", "--seed", "3")
    linked = read_linked(studies / "linked.csv.gz")
    old, new = (darknumber.load(studies / f"{side}.dn") for side in ("old", "new"))
    assert capsys.readouterr().out == f"{revise(old, new, linked=linked, seed=3)}\n"
    assert code == DONE


def test_a_run_folder_is_read_where_it_keeps_its_answer(studies, capsys):
    ask("revise", studies / "run", studies / "new.dn", "--vintages", "2017,2021")
    told = capsys.readouterr().out
    ask("revise", studies / "old.dn", studies / "new.dn", "--vintages", "2017,2021")
    assert told == capsys.readouterr().out
    assert "the 2017 study" in told
    assert ask("revise", studies, studies / "new.dn") == BAD_DATA


def test_json_holds_every_row_and_part(studies, capsys):
    arguments = ("--linked", studies / "linked.csv.gz", "--json", "--replicates", "20")
    assert ask("revise", studies / "old.dn", studies / "new.dn", *arguments) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["parts"] == ["data", "definition", "model"]
    assert told["replicates"] == 20
    assert told["rows"]["year"] == ["2010", "2011", ""]
    assert told["rows"]["change_told"][-1] == "higher"
    total = sum(told["rows"][part][-1] for part in told["parts"])
    assert total == told["rows"]["change"][-1]


def test_the_old_definition_from_a_table(studies, capsys):
    arguments = ("--same-definition", studies / "same.csv", "--json")
    assert ask("revise", studies / "old.dn", studies / "new.dn", *arguments) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["parts"] == ["data", "definition", "model"]
    assert told["testable"] is False
    assert "revise_not_linked" in {finding["code"] for finding in told["findings"]}


def test_the_whole_only(studies, capsys):
    assert ask("revise", studies / "old.dn", studies / "new.dn", "--by", "", "--json") == DONE
    assert json.loads(capsys.readouterr().out)["rows"]["level"] == [""]


@pytest.mark.parametrize("code", LANGUAGES)
def test_published_figures_can_be_laid_beside(studies, capsys, code):
    arguments = ("--published", "NLD", "--lang", code)
    assert ask("revise", studies / "old.dn", studies / "new.dn", *arguments) == DONE
    told = capsys.readouterr().out
    assert "NRC 24 December 2012" in told
    assert max(map(len, told.splitlines())) <= 80
    assert ask("revise", studies / "old.dn", studies / "new.dn", "--published", "XXX") == BAD_DATA


def test_a_report_of_both(studies, tmp_path):
    page = tmp_path / "report.html"
    arguments = ("--linked", studies / "linked.csv.gz", "--replicates", "20", "--out", page)
    assert ask("revise", studies / "old.dn", studies / "new.dn", *arguments) == DONE
    assert "What the earlier study said" in page.read_text(encoding="utf-8")
    assert ask("revise", studies / "old.dn", studies / "new.dn", "--out", studies / "new.dn") == BAD_DATA


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--vintages", "2017"), WRONG_OPTION),
        (("--linked", "nosuch.csv"), BAD_DATA),
        (("--by", "sex"), BAD_DATA),
        (("--replicates", "0"), WRONG_OPTION),
    ],
)
def test_what_is_refused(studies, capsys, arguments, code):
    assert ask("revise", studies / "old.dn", studies / "new.dn", *arguments) == code
    assert "Traceback" not in capsys.readouterr().err


def test_two_files_are_linked(tmp_path, capsys):
    (tmp_path / "new.csv").write_text(REPORTS)
    (tmp_path / "old.csv").write_text(
        "\n".join(REPORTS.splitlines()[:4]) + "\nc,B,2011,2012-01-01\nz,A,2011,2012-01-01\n"
    )
    reading = ("--id", "id", "--list-column", "list", "--year", "year", "--unit", "person-year")
    out = tmp_path / "linked.csv"
    assert ask("link-vintages", tmp_path / "old.csv", tmp_path / "new.csv", *reading, "--out", out) == DONE
    assert "3 in both extracts, 1 in the old one only, 2 in the new one only" in capsys.readouterr().out
    given = {"id": "id", "list_column": "list", "year": "year", "unit": "person-year"}
    old, new = (read_records(tmp_path / f"{name}.csv", **given) for name in ("old", "new"))
    assert read_linked(out, unit="person-year").columns() == link_vintages(old, new).columns()
    assert "z" not in out.read_text().replace("\n", ",").split(",")


def test_one_file_with_dates_is_linked_to_an_earlier_day(tmp_path, capsys):
    (tmp_path / "all.csv").write_text(REPORTS)
    out = tmp_path / "linked.csv"
    reading = ("--id", "id", "--list-column", "list", "--year", "year", "--unit", "person-year", "--dates", "day")
    assert ask("link-vintages", tmp_path / "all.csv", *reading, "--registered-by", "2012-06-30", "--out", out) == DONE
    assert "4 in both extracts, 0 in the old one only, 1 in the new one only" in capsys.readouterr().out
    given = {"id": "id", "list_column": "list", "year": "year", "unit": "person-year", "dates": "day"}
    records = read_records(tmp_path / "all.csv", **given)
    found = link_vintages(registered_by(records, "2012-06-30"), records)
    assert read_linked(out, unit="person-year").columns() == found.columns()


def test_either_two_extracts_or_a_day(tmp_path, capsys):
    (tmp_path / "all.csv").write_text(REPORTS)
    assert ask("link-vintages", tmp_path / "all.csv", "--id", "id", "--list-column", "list") == WRONG_OPTION
    assert "Give either two extracts" in capsys.readouterr().err
