"""Reports of several files as one: the same as if they had stood in one file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import darknumber as dn
from darknumber.data.drawn import DrawnTables
from darknumber.data.engine import fetch
from darknumber.errors import InputError
from darknumber.register.reading.intake import intake
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.register.reading.together import together
from darknumber.register.synthetic.synthetic_reports import SyntheticReports, synthetic_reports
from tests.cli.asking import ask
from tests.data.conftest import spark  # noqa: F401

DONE, WRONG_OPTION = 0, 2
KEYED = {"draws": 3, "seed": 1}
CARE = """
[organisation]
constant = "care"

[report_id]
column = "Nummer"

[report_date]
column = "Datum"
dates = "day first"

[surname]
column = "Achternaam"

[birth_date]
column = "Geboren"
dates = "day first"

[sex]
column = "Geslacht"
"""
POLICE = """report_id,organisation,report_date,given_name,surname,birth_date,sex,means
1,police,2019-01-02,Zeb,Quist,1990-05-06,female,M1
2,police,2019-02-02,Ot,Vrij,1991-07-08,male,M9
3,police,2019-03-02,Bal,Zout,1985-02-03,male,
"""
OFFICE = """Nummer;Datum;Achternaam;Geboren;Geslacht
4;5-1-2019;Quist;6-5-1990;V
5;6-1-2019;Vrij;8-7-2030;M
5;6-1-2019;Vrij;8-7-2030;M
6;;Zout;3-2-1985;M
"""
BOTH = """report_id,organisation,report_date,given_name,surname,birth_date,sex,means
1,police,2019-01-02,Zeb,Quist,1990-05-06,female,M1
2,police,2019-02-02,Ot,Vrij,1991-07-08,male,M9
3,police,2019-03-02,Bal,Zout,1985-02-03,male,
4,care,2019-01-05,,Quist,1990-05-06,female,
5,care,2019-01-06,,Vrij,2030-07-08,male,
5,care,2019-01-06,,Vrij,2030-07-08,male,
6,care,,,Zout,1985-02-03,male,
"""


@pytest.fixture
def offices(tmp_path: Path) -> Path:
    (tmp_path / "police.csv").write_text(POLICE)
    (tmp_path / "care.csv").write_text(OFFICE)
    (tmp_path / "care.toml").write_text(CARE)
    (tmp_path / "both.csv").write_text(BOTH)
    return tmp_path


def rows_of(reports: Reports) -> list[dict[str, object]]:
    names = [name for name in reports.fields if name != "citizenship"]
    found = fetch(reports.frame.select("row", *names, "set_aside").sort("row"))
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def test_two_files_are_as_one(offices):
    parts = [read_reports(offices / "police.csv"), read_reports(offices / "care.csv", offices / "care.toml")]
    found, one = together(parts), read_reports(offices / "both.csv")
    assert found.name == "police.csv + care.csv"
    assert found.files == (("police.csv", ""), ("care.csv", "care.toml"))
    expected = rows_of(one)
    for row, number in zip(expected, (2, 3, 4, 6, 7, 8, 9), strict=True):  # the headings of the second file are row 5
        row["row"] = number
    assert rows_of(found) == expected
    told, apart = intake(found), intake(one)
    assert told.accepted == apart.accepted == 5
    assert "from one file to the next" in " ".join(str(told).split())
    assert "from one file to the next" not in " ".join(str(apart).split())
    assert {(rule.code, rule.field): rule.rows for rule in told.rules if rule.rows} == {
        (rule.code, rule.field): rule.rows for rule in apart.rules if rule.rows
    }
    assert {rule.code for rule in told.rules if rule.rows} >= {"exact_repeat", "unknown_member", "born_after_report"}


def test_a_report_that_two_offices_send_is_counted_once(offices):
    part = read_reports(offices / "police.csv")
    found = together([part, read_reports(offices / "police.csv")], name="twice")
    assert found.name == "twice"
    assert [row["set_aside"] for row in rows_of(found)] == [None] * 3 + ["exact_repeat"] * 3


def test_one_is_itself_and_none_is_refused(offices):
    part = read_reports(offices / "police.csv")
    assert together([part]) is part
    assert together(part) is part
    for nothing, code in (([], "nothing_together"), (["police.csv"], "not_reports")):
        with pytest.raises(InputError) as caught:
            together(nothing)
        assert caught.value.code == code


@pytest.fixture(scope="module")
def made() -> SyntheticReports:
    return synthetic_reports(1_200, seed=6)


def written(made: SyntheticReports, folder: Path) -> list[Path]:
    """A file for each organisation, and one with all of them in the same order."""
    rows = list(zip(*made.columns.values(), strict=True))
    organisation = list(made.columns).index("organisation")
    names = sorted({row[organisation] for row in rows})
    files = [(name, [row for row in rows if row[organisation] == name]) for name in names]
    files.append(("all", [row for _, part in files for row in part]))
    for name, part in files:
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([[*made.columns], *part])
    return [folder / f"{name}.csv" for name, _ in files]


def same(one: DrawnTables, other: DrawnTables) -> bool:
    return one.best.columns() == other.best.columns() and [t.columns() for t in one.tables] == [
        t.columns() for t in other.tables
    ]


def test_a_file_of_each_office_gives_the_tables_of_one_file(made, tmp_path):
    *offices, whole = written(made, tmp_path)
    parts = together([read_reports(path) for path in offices])
    one, other = (dn.linked_tables(dn.link(each, seed=1), ["sex"], **KEYED) for each in (read_reports(whole), parts))
    assert same(one, other)


def test_files_of_pseudonyms_are_linked_together(made, tmp_path):
    *offices, _ = written(made, tmp_path)
    dn.make_key(tmp_path / "office.key")
    coded = []
    for path in offices:
        coded.append(path.with_suffix(".parquet"))
        dn.pseudonymise(read_reports(path), coded[-1], key=tmp_path / "office.key")
    links = dn.link(together([read_reports(path) for path in coded]), seed=1)
    between = links.probability > 0.5
    organisation = fetch(links.reports.accepted.sort("row").select("organisation"))["organisation"]
    pairs = zip(links.left[between], links.right[between], strict=True)
    across = sum(organisation[a] != organisation[b] for a, b in pairs)
    assert across > 50


def test_the_command_takes_a_file_of_each_office(made, tmp_path, capsys, monkeypatch):
    *offices, whole = written(made, tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = ("--method", "rules", "--covariates", "sex", "--draws", "3", "--seed", "1", "--out")
    assert ask("link", *(path.name for path in offices), *asked, "parts.dn") == DONE
    assert ask("link", whole.name, *asked, "whole.dn") == DONE
    assert same(dn.load_linked_tables("parts.dn"), dn.load_linked_tables("whole.dn"))
    assert ask("estimate", "parts.dn", "--interval", "bootstrap(replicates=40)", "--out", "a.dn") == DONE
    assert ask("report", "a.dn", "--linked", "parts.dn", "--no-panel", "--out", "report.html") == DONE
    assert f"darknumber link {' '.join(path.name for path in offices)} --lists" in Path("report.html").read_text()
    capsys.readouterr()
    assert (
        ask("link", *(path.name for path in offices[:3]), "--mapping", "a.toml", "--mapping", "b.toml") == WRONG_OPTION
    )
    assert "3 files and 2 mappings" in " ".join(capsys.readouterr().err.split())


@pytest.mark.spark
def test_reports_in_spark_stay_there(spark):  # noqa: F811
    frames = [
        spark.createDataFrame(
            [("a", name, 2014), ("b", name, 2015)], schema="report_id string, organisation string, year long"
        )
        for name in ("P", "K")
    ]
    found = together([read_reports(frame) for frame in frames])
    assert found.frame.implementation.is_spark_like()
    assert sorted((row["row"], row["report_id"], row["organisation"]) for row in rows_of(found)) == [
        (2, "a", "P"),
        (3, "b", "P"),
        (5, "a", "K"),
        (6, "b", "K"),
    ]
