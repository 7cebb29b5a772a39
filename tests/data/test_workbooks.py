from __future__ import annotations

import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from darknumber.data.workbooks import text_of, workbook_rows


@pytest.fixture
def workbook(tmp_path):
    def write(**sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "a.xlsx"
        book.save(path)
        return path

    return write


def read(path, sheet=None):
    headings, rows = workbook_rows(path, sheet)
    return headings, list(rows)


def test_cells_of_all_kinds_become_text(workbook):
    path = workbook(
        Blad1=[
            [" politie ", "jaar", "dag", "waar", "nummer", "aantal"],
            [1, 2013.0, datetime(2013, 5, 1), True, "007", 12.0],
            [0, None, date(2014, 1, 2), False, "8", 1.5],
        ]
    )
    headings, rows = read(path)
    assert headings == ("politie", "jaar", "dag", "waar", "nummer", "aantal")
    assert rows == [
        ["1", "2013", "2013-05-01", "true", "007", "12"],
        ["0", "", "2014-01-02", "false", "8", "1.5"],
    ]


def test_empty_rows_and_columns_around_are_left_out(workbook):
    path = workbook(Blad1=[[], [None, "a", "b", None], [None, 1, 2], [], [None, 3, 4], [None, None]], Blad2=[])
    headings, rows = read(path)
    assert [heading for heading in headings if heading] == ["a", "b"]
    assert [[cell for cell in row if cell] for row in rows] == [["1", "2"], ["3", "4"]]


def test_a_sheet_can_be_named_and_must_be_where_there_are_several(workbook, refused):
    path = workbook(Gegevens=[["a", "n"], [1, 2]], Uitleg=[["dit", "is"], ["x", "y"]])
    assert read(path, "Gegevens") == (("a", "n"), [["1", "2"]])
    error = refused(lambda: read(path))
    assert (error.code, error.values["sheets"]) == ("several_sheets", ("Gegevens", "Uitleg"))
    error = refused(lambda: read(path, "Gegeven"))
    assert (error.code, error.values["near"]) == ("unknown_sheet_near", "Gegevens")


def test_an_empty_workbook_is_refused(workbook, refused):
    assert refused(lambda: read(workbook(Blad1=[]))).code == "empty_file"
    assert refused(lambda: read(workbook(Blad1=[[None, " "]]))).code == "empty_file"


@pytest.mark.parametrize("content", [b"", b"a;b\n1;2\n", b"PK\x03\x04 and no more"])
def test_what_is_not_a_workbook_is_refused(save, refused, content):
    assert refused(lambda: read(save("a.xlsx", content))).code == "unreadable_file"


def test_a_row_with_too_many_cells_is_refused(workbook, refused):
    error = refused(lambda: read(workbook(Blad1=[["a", "n"], [1, 2], [1, 2, "x"]])))
    assert (error.code, error.values["row"]) == ("ragged_row", 3)


def test_open_document_spreadsheets_are_read(tmp_path):
    cells = [["politie", "aantal"], ["1", "12"]]
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Blad1">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>')
        packed.writestr("content.xml", content)
    assert read(path) == (("politie", "aantal"), [["1", "12"]])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (12.0, "12"),
        (1.5, "1.5"),
        (7, "7"),
        ("007", "007"),
        (datetime(2013, 5, 1), "2013-05-01"),
        (datetime(2013, 5, 1, 12), "2013-05-01T12:00:00"),
        (date(2013, 5, 1), "2013-05-01"),
        (time(12, 30), "12:30:00"),
        (float("nan"), "nan"),
    ],
)
def test_text_of(value, text):
    assert text_of(value) == text
