"""Reports as an office would send them."""

from __future__ import annotations

import csv

import pytest

from darknumber.register.reading.schema import fields
from darknumber.register.synthetic.office_form import office, office_columns, write_office_reports
from darknumber.register.synthetic.synthetic_reports import synthetic_reports
from tests.register.by_hand import reports

SETS = ("means", "indicators", "act", "denied")


@pytest.fixture(scope="module")
def made():
    return synthetic_reports(3000)


@pytest.fixture(scope="module")
def rows(made, tmp_path_factory):
    (path,), _ = write_office_reports(made, tmp_path_factory.mktemp("office"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def read_back(row):
    """What an office's row means, worked out by hand from the mapping."""
    found = {}
    for name, origin in office().items():
        if "yes_no" in origin:
            found[name] = {code for heading, code in origin["yes_no"].items() if row[heading] == "J"}
            found["denied here"] = {code for heading, code in origin["yes_no"].items() if row[heading] == "N"}
            continue
        text = row[origin["column"]]
        if name in SETS:
            found[name] = {origin.get("codes", {}).get(part, part) for part in text.split("+")} - {""}
        elif name in ("report_date", "birth_date") and text:
            day, month, year = text.split("-")
            found[name] = None if day == "00" else f"{year}-{month}-{day}"
            found[f"{name} year"] = year
        else:
            found[name] = origin.get("codes", {}).get(text, text if text not in ("", "onbekend") else None)
    found["denied"] |= found.pop("denied here")
    return found


def test_the_mapping_reads_back_what_was_written(made, rows):
    for report, row in zip(reports(made), rows, strict=True):
        found = read_back(row)
        assert found.pop("birth_date year", None) == report["birth_year"]
        assert found.pop("report_date year") == report["report_date"][:4]
        for name, value in found.items():
            expected = report[name]
            if name in (*SETS, "signals"):
                expected = set((expected or "").split(";")) - {""}
            assert value == expected, name


def test_it_is_an_office_s_own_way_of_writing(made, rows):
    headings = list(rows[0])
    assert len(set(headings)) == len(headings)
    assert not set(headings) & set(made.columns)
    assert {row["Melder"] for row in rows} <= set(office()["organisation"]["codes"])
    assert any(row["Geboren"].startswith("00-00-") for row in rows)
    assert any(row["M/V"] == "onbekend" for row in rows)


def test_every_code_is_known():
    for name, origin in office().items():
        about = fields()[name]
        codes = {*origin.get("codes", {}).values(), *origin.get("yes_no", {}).values()}
        if about.codes:
            assert codes <= set(about.codes), name
        assert len(set(codes)) == len([*origin.get("codes", {}), *origin.get("yes_no", {})])


def test_a_file_for_each_organisation(made, tmp_path):
    paths, mapping = write_office_reports(made, tmp_path / "apart", apart=True)
    organisations = sorted(set(made.columns["organisation"].tolist()))
    assert [path.name for path in paths] == [f"meldingen-{name}.csv" for name in organisations]
    lines = [path.read_text(encoding="utf-8-sig").splitlines() for path in paths]
    assert len({found[0] for found in lines}) == 1
    assert sum(len(found) - 1 for found in lines) == len(made.person)
    assert mapping.name == "koppeling.toml"


def test_what_no_heading_is_for_is_left_out(made):
    columns = dict(made.columns)
    del columns["status"]
    assert set(office_columns(made.columns)) - set(office_columns(columns)) == {office()["status"]["column"]}
