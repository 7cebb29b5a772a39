"""Synthetic reports as files."""

from __future__ import annotations

import csv

import duckdb
import numpy as np
import pytest

from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.register.small import small_register
from darknumber.register.synthetic import report_pieces
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.synthetic_files import write_reports
from darknumber.register.synthetic.synthetic_reports import reports_of, synthetic_reports


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def as_rows(made):
    return [
        [value or "" for value in row] for row in zip(*(each.tolist() for each in made.columns.values()), strict=True)
    ]


def test_a_file_has_the_reports_and_the_people_apart(tmp_path):
    made = synthetic_reports(3000)
    truth = write_reports(tmp_path / "reports.csv", reports=3000, truth=tmp_path / "people.csv")
    rows = rows_of(tmp_path / "reports.csv")
    assert rows[0] == list(made.columns)
    assert rows[1:] == as_rows(made)
    people = rows_of(tmp_path / "people.csv")
    assert people[0] == ["report_id", "person"]
    ids = made.columns["report_id"].tolist()
    assert people[1:] == [[name, str(number)] for name, number in zip(ids, made.person, strict=True)]
    assert truth == made.truth
    assert sorted(each.name for each in tmp_path.iterdir()) == ["people.csv", "reports.csv"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path, ending):
    one, other, third = (tmp_path / f"{name}.{ending}" for name in ("one", "other", "third"))
    write_reports(one, reports=2000)
    write_reports(other, reports=2000, seed=1)
    write_reports(third, reports=2000, seed=2)
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


def test_parquet_holds_the_same_as_text_dates_and_numbers(tmp_path):
    path = tmp_path / "reports.parquet"
    write_reports(path, reports=2000)
    found = duckdb.connect().read_parquet(str(path))
    kinds = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (kinds["report_date"], kinds["birth_date"], kinds["birth_year"]) == ("DATE", "DATE", "BIGINT")
    assert set(kinds.values()) == {"DATE", "BIGINT", "VARCHAR"}
    assert [["" if value is None else str(value) for value in row] for row in found.fetchall()] == as_rows(
        synthetic_reports(2000)
    )


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_several_pieces_follow_each_other(tmp_path, monkeypatch, ending):
    """The reports of two pieces, in the file and in memory, with every true person in one of them."""
    monkeypatch.setattr(report_pieces, "PEOPLE", 1000)
    table = small_register().table
    made = reports_of(table, seed=1, mistakes=Mistakes.none())
    assert made.truth.pool([]) == table
    path = tmp_path / f"reports.{ending}"
    assert write_reports(path, table, truth=tmp_path / "people.csv", mistakes=Mistakes.none()) == made.truth
    opened = duckdb.connect()
    found = opened.read_parquet(str(path)) if ending == "parquet" else opened.read_csv(str(path), all_varchar=True)
    assert [row[0] for row in found.project("report_id").fetchall()] == made.columns["report_id"].tolist()
    assert [row[0] for row in found.project("surname").fetchall()] == made.columns["surname"].tolist()
    assert len(set(made.person.tolist())) == table.count.sum()
    assert len(set(made.columns["report_id"].tolist())) == len(made.person)


def test_a_column_of_any_name(tmp_path):
    covariate = Covariate.of('the "district", of course', ("north", "south"))
    table = CaptureTable.build(
        ("a", "b"), [1, 2, 3, 3], [40, 40, 5, 5], covariates=[covariate], levels=[np.array([0, 1, 0, 1])]
    )
    for ending in ("csv", "parquet"):
        write_reports(tmp_path / f"reports.{ending}", table)
    found = duckdb.connect().read_parquet(str(tmp_path / "reports.parquet"))
    assert found.columns[-1] == covariate.name == rows_of(tmp_path / "reports.csv")[0][-1]


def test_nothing_is_left_where_nothing_can_be_written(tmp_path):
    with pytest.raises(InputError) as caught:
        write_reports(tmp_path / "nowhere" / "reports.csv", reports=1000)
    assert caught.value.code == "no_such_folder"
    with pytest.raises(InputError):
        write_reports(tmp_path / "reports.csv", reports=1000, truth=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_when_the_work_stops(tmp_path, monkeypatch):
    path = tmp_path / "reports.csv"
    path.write_text("before", encoding="utf-8")

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(report_pieces, "written_identities", stop)
    with pytest.raises(KeyboardInterrupt):
        write_reports(path, reports=1000, truth=tmp_path / "people.csv")
    assert path.read_text(encoding="utf-8") == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["reports.csv"]
