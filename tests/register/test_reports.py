"""Reports in canonical columns: from messy files and every kind of frame, with rows numbered as one sees them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from darknumber.data import engine
from darknumber.data.engine import fetch
from darknumber.errors import InputError
from darknumber.register.reading.mapping import Mapping, Origin
from darknumber.register.reading.mapping_file import mapping_of
from darknumber.register.reading.reports import Reports, read_reports, suggest_mapping
from tests.data.conftest import everything_said, frame_of, spark  # noqa: F401 - fixtures

EXTRACTED = date(2020, 1, 1)


def rows_of(reports: Reports, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows, in the order of the rows."""
    found = fetch(reports.frame.sort("row"))
    return list(zip(*(found[name] for name in names or reports.fields), strict=True))


def read(path: Path | str, mapping: str = "", **settings: Any) -> Reports:
    described = mapping_of(mapping, "m.toml") if mapping else None
    return read_reports(path, described, **{"extracted": EXTRACTED, **settings})


@pytest.fixture
def save(tmp_path):
    def write(content: str | bytes, name: str = "reports.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


OFFICE = (
    "Meldingsnummer;Datum melding;Melder;Voornaam;Tussenvoegsel;Achternaam;Geboortedatum;Geslacht;Nationaliteit\r\n"
    '7;1-3-2014;politie;Zoë;van de;"Berg; de oude";2-1-1990;V;Poolse\r\n'
    "8;05-03-2014;zorg; ;;Null;00-00-1991;onbekend;NL\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252", "utf-16"])
def test_a_dutch_office_file(save, encoding):
    reports = read(save(OFFICE.encode(encoding)))
    names = ("report_id", "report_date", "year", "organisation", "given_name", "surname_prefix", "surname")
    assert rows_of(reports, *names) == [
        ("7", date(2014, 3, 1), 2014, "politie", "Zoë", "van de", "Berg; de oude"),
        ("8", date(2014, 3, 5), 2014, "zorg", None, None, "Null"),
    ]
    assert rows_of(reports, "birth_date", "birth_year", "age", "sex", "citizenship", "nationality") == [
        (date(1990, 1, 2), 1990, "adult", "female", "POL", "other"),
        (None, 1991, "adult", None, "NLD", "dutch"),
    ]
    assert rows_of(reports, "row", "set_aside") == [(2, None), (3, None)]


def test_a_mapping_of_columns_codes_and_members(save):
    path = save("bron;dat;v;soort;g;s;wapen\nA;3/1/2014;1;W;ja;nee;2\nB;3/25/2014;2;X;?;;9\n")
    reports = read(
        path,
        """
        organisation = "bron"
        region = {constant = "Oost"}
        report_date = {column = "dat", dates = "month first"}
        sex = {column = "v", codes = {1 = "male", 2 = "female"}}
        form = {column = "soort", codes = {W = "labour", X = ""}}
        [means.yes_no]
        g = "M1"
        s = "M2"
        """,
    )
    assert rows_of(reports, "organisation", "region", "report_date", "sex", "form", "means", "denied") == [
        ("A", "Oost", date(2014, 3, 1), "male", "labour", "M1", "M2"),
        ("B", "Oost", date(2014, 3, 25), "female", None, None, None),
    ]
    assert reports.unused == ("wapen",)


def test_a_file_of_one_organisation(save):
    reports = read(save("jaar\n2014\n2015\n"), 'year = "jaar"\norganisation = {constant = "care"}')
    assert rows_of(reports) == [(2014, "care"), (2015, "care")]


def test_codes_of_the_office_may_be_renamed(save):
    reports = read(
        save("melder,jaar\nKMar,2014\n KMAR ,2014\nx,2014\n"),
        'year = "jaar"\norganisation = {column = "melder", codes = {kmar = "border", x = ""}}',
    )
    assert rows_of(reports, "organisation", "set_aside") == [
        ("border", None),
        ("border", None),
        (None, "no_organisation"),
    ]


def test_rows_are_numbered_as_a_spreadsheet_does(save):
    lines = ["organisation,year,place", "A,2014,x", "", ",,", 'B,2014,"two', 'lines"', "", "C,2014,y", "", ""]
    reports = read(save("\n".join(lines)))
    assert rows_of(reports, "row", "organisation", "set_aside") == [
        (2, "A", None),
        (3, None, "empty_row"),
        (4, None, "empty_row"),
        (5, "B", None),
        (6, None, "empty_row"),
        (7, "C", None),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_same_in_a_plain_file(save, end):
    lines = ["organisation,year", "A,2014", "", ",", "B,2014", "C,2014", ""]
    reports = read(save(end.join(lines)))
    assert [row for row, organisation in rows_of(reports, "row", "organisation") if organisation] == [2, 5, 6]
    assert len(rows_of(reports)) == 5


def test_rows_keep_their_numbers_in_a_large_file(save):
    n = 300_000
    lines = [f"{number},A,2014" for number in range(2, n + 2)]
    reports = read(save("report_id,organisation,year\n" + "\n".join(lines) + "\n"))
    found = fetch(reports.frame.select("row", "report_id"))
    assert len(found["row"]) == n
    assert all(str(row) == name for row, name in zip(found["row"], found["report_id"], strict=True))


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Melder", "Datum melding", "Geboortejaar", "BSN"])
    sheet.append(["politie", datetime(2014, 3, 1), 1990, 123456789])
    sheet.append([])
    sheet.append(["zorg", 41699, 1991.0, None])
    path = tmp_path / "reports.xlsx"
    book.save(path)
    reports = read(path)
    assert rows_of(reports, "row", "organisation", "report_date", "birth_year", "person_key", "set_aside") == [
        (2, "politie", date(2014, 3, 1), 1990, "123456789", None),
        (3, None, None, None, None, "empty_row"),
        (4, "zorg", date(2014, 3, 1), 1991, None, None),
    ]


COLUMNS = {
    "report_id": ["a", "b", "b", "c", "d"],
    "organisation": ["P", "P", "P", None, "K "],
    "report_date": [
        datetime(2014, 3, 1),
        datetime(2014, 3, 2),
        datetime(2014, 3, 2),
        datetime(2015, 1, 1),
        datetime(2021, 1, 1),
    ],
    "birth_year": [1990.0, None, None, 1991.0, 2030.0],
    "sex": ["V", "m", "m", "nonsense", ""],
    "means": ["M1;M3", "M9", "M9", "m2", "onbekend"],
    "denied": ["M1;S2", "", "", None, "M4"],
    "age_years": [23, 130, 130, 24, 30],
}


def test_every_kind_of_frame_gives_the_same(frame_of):  # noqa: F811
    reports = read_reports(frame_of(COLUMNS), extracted=EXTRACTED)
    names = (
        "report_id",
        "organisation",
        "report_date",
        "birth_year",
        "sex",
        "means",
        "denied",
        "age_years",
        "age",
        "set_aside",
    )
    assert sorted(rows_of(reports, *names), key=lambda row: (row[0], row[-1] or "")) == [
        ("a", "P", date(2014, 3, 1), 1990, "female", "M3", "S2", 23, "adult", None),
        ("b", "P", date(2014, 3, 2), None, "male", None, None, None, None, None),
        ("b", "P", date(2014, 3, 2), None, "male", None, None, None, None, "exact_repeat"),
        ("c", None, date(2015, 1, 1), 1991, None, "M2", None, 24, "adult", "no_organisation"),
        ("d", "K", date(2021, 1, 1), None, None, None, "M4", 30, "adult", "in_future"),
    ]
    bits = dict(zip(*map(list, zip(*rows_of(reports, "report_id", "remarks"), strict=True)), strict=True))
    said = {
        name: {(each.code, each.field) for b, each in enumerate(reports.remarks) if n >> b & 1}
        for name, n in bits.items()
    }
    assert said == {
        "a": {("yes_and_no", "means")},
        "b": {("unknown_member", "means"), ("too_old", "age_years")},
        "c": {("unknown_code", "sex")},
        "d": {("born_after_report", "birth_year")},
    }


def test_a_wrong_year_of_birth_gives_way_to_the_date_and_a_wrong_date_takes_its_year_along(save):
    rows = save(
        "organisation,report_date,birth_date,birth_year\n"
        "P,2019-01-02,1990-03-04,2030\n"  # a wrong year beside a right date
        "P,2019-01-02,2030-03-04,\n"  # a wrong date, and no year but its own
        "P,2019-01-02,2030-03-04,1991\n"  # a wrong date beside a right year
        "P,2019-01-02,2030-03-04,2031\n"
    )
    found = read(rows)
    assert rows_of(found, "birth_date", "birth_year", "age") == [
        (date(1990, 3, 4), 1990, "adult"),
        (None, None, None),
        (None, 1991, "adult"),
        (None, None, None),
    ]
    blamed = {(each.code, each.field) for each in found.remarks if each.code == "born_after_report"}
    assert blamed == {("born_after_report", "birth_date"), ("born_after_report", "birth_year")}


@pytest.mark.spark
def test_rows_in_spark_are_numbered_from_two_on(spark):  # noqa: F811
    frame = spark.createDataFrame(
        [("b", "P", 2014), ("a", "K", 2014)], schema="report_id string, organisation string, year long"
    )
    reports = read_reports(frame, extracted=EXTRACTED)
    assert rows_of(reports, "row", "report_id") == [(2, "a"), (3, "b")]


def test_spaces_around_texts_do_not_matter():
    frame = pl.DataFrame(
        {"organisation": [" P", "P\u00a0", "\tP\n"], "year": [2014] * 3, "surname": [" Vos ", "Vos", "Vos\u00a0"]}
    )
    assert rows_of(read_reports(frame), "organisation", "surname") == [("P", "Vos")] * 3


def test_a_frame_without_pyarrow_and_with_awkward_texts():
    awkward = ['"', "a,b", "line\nend", "'", "\\", "é\u2028", "NA", "na"]
    frame = pl.DataFrame({"organisation": ["P"] * 8, "year": [2014] * 8, "surname": awkward})
    assert [name for (name,) in rows_of(read_reports(frame), "surname")] == [*awkward[:6], None, "na"]


@pytest.mark.parametrize(
    ("columns", "derived"),
    [
        ({"birth_date": "1-3-1996", "report_date": "28-2-2014"}, {"age": "minor"}),
        ({"birth_date": "1-3-1996", "report_date": "1-3-2014"}, {"age": "adult"}),
        ({"birth_year": "1996", "year": "2014"}, {"age": None}),
        ({"birth_year": "1997", "year": "2014"}, {"age": "minor"}),
        ({"birth_year": "1995", "year": "2014"}, {"age": "adult"}),
        ({"age_years": "17", "year": "2014"}, {"age": "minor"}),
        ({"age": "ja", "year": "2014", "birth_year": "1980"}, {"age": "minor"}),
        ({"age": "17", "year": "2014"}, {"age": "minor"}),
        ({"citizenship": "HRV", "report_date": "30-6-2013"}, {"citizenship_group": "other", "nationality": "other"}),
        ({"citizenship": "HRV", "report_date": "1-7-2013"}, {"citizenship_group": "eu"}),
        ({"citizenship": "GBR", "report_date": "31-1-2020"}, {"citizenship_group": "eu"}),
        ({"citizenship": "GBR", "report_date": "1-2-2020"}, {"citizenship_group": "other"}),
        ({"citizenship": "NLD", "year": "2014"}, {"citizenship_group": "dutch", "nationality": "dutch"}),
        ({"citizenship": "", "year": "2014"}, {"citizenship_group": None, "nationality": None}),
        ({"legal_basis": "273f lid 1 sub 3", "year": "2014"}, {"border_definition": "yes"}),
        ({"legal_basis": "273f lid 1 sub 1", "year": "2014"}, {"border_definition": "no"}),
        ({"legal_basis": "", "year": "2014"}, {"border_definition": None}),
        ({"legal_basis": "273f.3", "border_definition": "nee", "year": "2014"}, {"border_definition": "no"}),
        ({"year": "2013", "report_date": "1-1-2014"}, {"year": 2013}),
        ({"report_date": "2014"}, {"year": 2014, "report_date": None}),
        ({"birth_date": "00-00-1990", "year": "2014"}, {"birth_year": 1990, "birth_date": None}),
    ],
)
def test_what_follows_from_what_was_reported(columns, derived):
    frame = pl.DataFrame({"organisation": ["P"], **{name: [text] for name, text in columns.items()}})
    reports = read_reports(frame, extracted=date(2021, 1, 1))
    assert dict(zip(derived, rows_of(reports, *derived)[0], strict=True)) == derived


def test_a_set_and_its_columns_of_yes_and_no():
    frame = pl.DataFrame(
        {
            "organisation": ["P"] * 3,
            "year": [2014] * 3,
            "m": ["M1", "M2", ""],
            "x": ["nee", "ja", "onbekend"],
            "y": ["", "n", "N"],
            "no": ["M5", "", "S1;M1"],
        }
    )
    means = Origin(column="m", members={"x": "M1", "y": "M4"})
    origins = {name: Origin(column=name) for name in ("organisation", "year")}
    reports = read_reports(frame, Mapping(fields={**origins, "means": means, "denied": Origin(column="no")}))
    assert rows_of(reports, "means", "denied") == [(None, "M5"), ("M1;M2", "M4"), (None, "M1;M4;S1")]


def test_a_column_that_is_not_there(save):
    with pytest.raises(InputError) as refused:
        read(save("melder,jaar\nA,2014\n"), 'organisation = "melder"\nyear = "jahr"')
    assert refused.value.code == "unknown_column_near"


def test_too_many_different_texts(save, monkeypatch):
    monkeypatch.setattr("darknumber.data.lookups.MAX_TEXTS", 3)
    with pytest.raises(InputError) as refused:
        read(save("melder,jaar,geslacht\n" + "".join(f"A,2014,x{n}\n" for n in range(5))))
    assert (refused.value.code, refused.value.values["field"]) == ("too_many_texts", "sex")


def test_what_the_reports_say_of_themselves(save):
    reports = read(save(OFFICE))
    assert "Zoë" not in str(reports) + repr(reports)
    assert "reports.csv" in str(reports)


def test_accepted_are_the_rows_that_are_not_set_aside(save):
    reports = read(save("melder,jaar\nA,2014\n,2014\nB,1999\n"))
    assert fetch(reports.accepted.select("organisation"))["organisation"] == ["A"]


def test_the_order_of_columns_does_not_matter():
    names = list(COLUMNS)
    random.Random(1).shuffle(names)
    one = read_reports(pl.DataFrame(COLUMNS), extracted=EXTRACTED)
    other = read_reports(pl.DataFrame({name: COLUMNS[name] for name in names}), extracted=EXTRACTED)
    assert rows_of(one) == rows_of(other)


def test_a_suggested_mapping(save):
    found = suggest_mapping(save("melder,opmerking,\nA,x,\n"))
    assert (found.columns, found.used, found.needed) == (2, 1, ("report_date",))
    with pytest.raises(InputError) as refused:
        suggest_mapping(save("Zwaantje,3-4-1991\nPiet,1-1-1980\n"))
    assert (refused.value.code, refused.value.values) == ("mapping_no_headings", {"n": 2})


@pytest.mark.parametrize("values", [[[1], None], [{"a": 1}, None], [b"x", None], [timedelta(1), None]])
def test_columns_that_hold_no_text(values):
    frame = pl.DataFrame({"organisation": ["P", None], "year": [2014, None], "sex": values})
    mapping = Mapping(fields={name: Origin(column=name) for name in ("organisation", "year")})
    assert rows_of(read_reports(frame, mapping), "set_aside") == [(None,), ("empty_row",)]
    with pytest.raises(InputError) as refused:
        read_reports(frame)
    assert (refused.value.code, refused.value.values) == ("no_text_in_column", {"name": "sex"})


def test_an_engine_that_fails_says_so_without_a_row(monkeypatch, save, everything_said):  # noqa: F811
    def fail(*_: object) -> None:
        raise engine.duckdb.InvalidInputException("Zwaantje stands in row 3")

    monkeypatch.setattr(engine.duckdb.DuckDBPyRelation, "write_parquet", fail)
    with pytest.raises(InputError) as refused:
        read(save(OFFICE))
    assert refused.value.code == "engine_failed"
    assert "Zwaantje" not in everything_said(refused.value)
