"""A table as data, and as a file for other programs."""

from __future__ import annotations

import csv
import io
import json
import math

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.views.tables import Cell, Column, Table, to_html, words
from darknumber.views.tables_data import columns_of, series_of
from darknumber.views.tables_estimates import group_table, year_table
from darknumber.views.tables_files import FORMULA, to_csv, to_json, to_latex, to_markdown, to_plain
from darknumber.views.tables_workbook import to_workbook
from darknumber.words import LANGUAGES, use_language

NASTY = "=1+1"
TABLE = Table(
    caption="A caption",
    columns=(
        Column(label="Name", align="left", names=("name",)),
        Column(label="Number", names=("number",)),
        Column(label="Limits", names=("lower", "upper")),
        Column(label="Share", names=("share",)),
    ),
    rows=(
        (words(NASTY), Cell(text="1,200", value=1200.0), Cell(text="1 to 2.5", value=(1.0, 2.5)), words("n.a.")),
        (words("b & c | d_e"), Cell(text="n.e.", value=math.nan), words(""), Cell(text="21%", value=0.21)),
        (
            words("c"),
            Cell(text="<10", value=None),
            Cell(text="3 or more", value=(3.0, math.inf)),
            Cell(text="0.5%", value=0.005),
        ),
        (words("All"), Cell(text="5", value=5.0), Cell(text="", value=(None, None)), Cell(text="", value=math.nan)),
    ),
    sums=frozenset({3}),
    notes=("A note.",),
)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_limits_are_two_columns_and_words_in_a_column_of_numbers_no_values():
    found = columns_of(TABLE)
    assert list(found) == ["name", "number", "lower", "upper", "share", "is_sum"]
    assert found["lower"] == [1.0, None, 3.0, None]
    assert found["upper"] == [2.5, None, math.inf, None]
    assert found["share"][:3] == [None, 0.21, 0.005]
    assert found["is_sum"] == [False, False, False, True]
    assert math.isnan(found["number"][1])
    assert found["number"][2] is None


def test_a_row_that_only_heads_others_becomes_a_column():
    blank = Cell(text="", value="")
    table = Table(
        caption="",
        columns=(Column(label="", names=("name",)), Column(label="x", names=("x",))),
        rows=(
            (words("first"), Cell(text="1", value=1.0)),
            (words("Part"), blank),
            (words("second"), Cell(text="2", value=2.0)),
        ),
        sums=frozenset({1}),
    )
    assert columns_of(table) == {"group": ["", "Part"], "name": ["first", "second"], "x": [1.0, 2.0]}


def test_csv_holds_plain_numbers_and_no_formula():
    first, second, third, total = rows(to_csv(TABLE))
    assert first == {
        "name": "'=1+1",
        "number": "1200",
        "lower": "1",
        "upper": "2.5",
        "share": "",
        "is_sum": "false",
    }
    assert (second["number"], third["number"], third["upper"]) == ("", "", "inf")
    assert total["is_sum"] == "true"


@given(st.text(min_size=1, max_size=20))
def test_no_word_starts_a_formula(text):
    table = Table(caption="", columns=(Column(label="x", names=("x",)),), rows=((words(text),),))
    cells = [cell for row in csv.reader(io.StringIO(to_csv(table).decode(), newline="")) for cell in row]
    assert not any(cell.startswith(FORMULA) for cell in cells)
    assert len(cells) == 2
    assert cells[1].removeprefix("'") in {plain := text.replace("\r", " "), plain.removeprefix("'")}


def test_json_holds_numbers_and_what_is_shown():
    page = json.loads(to_json(TABLE))
    assert page["rows"][0] == {
        "name": NASTY,
        "number": 1200,
        "lower": 1,
        "upper": 2.5,
        "share": None,
        "is_sum": False,
    }
    assert page["rows"][2]["upper"] is None
    assert page["shown"]["rows"][2][2] == "3 or more"
    assert page["notes"] == ["A note."]
    assert "NaN" not in to_json(TABLE).decode()


def test_a_workbook_holds_numbers_as_numbers_and_words_as_words():
    sheet = openpyxl.load_workbook(io.BytesIO(to_workbook(TABLE))).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "A caption"
    assert values[1] == ["Name", "Number", "Limits: lower limit", "Limits: upper limit", "Share", "Sum or mean"]
    assert values[2][:4] == [NASTY, 1200, 1, 2.5]
    assert sheet.cell(3, 1).data_type == "s"  # no formula
    assert values[3][1] == "n.e."
    assert values[4][1:4] == ["<10", 3, "no upper limit"]
    assert sheet.cell(4, 5).number_format == "0%"
    assert sheet.cell(5, 5).number_format == "0.0%"
    assert values[7][0] == "A note."


def test_markdown_and_latex_keep_their_marks_to_themselves():
    text = to_markdown(TABLE).decode()
    assert text.startswith("**A caption**\n\n| Name | Number | Limits | Share |\n| :--- | ---: | ---: | ---: |\n")
    assert r"b & c \| d\_e" in text
    assert "| **All** | **5** |" in text
    assert text.endswith("A note.\n")
    tex = to_latex(TABLE).decode()
    assert r"b \& c | d\_e & n.e. &  & 21\% \\" in tex
    assert r"\textless{}10" in tex
    assert tex.count(r"\hline") == 4


def test_text_is_what_prints():
    assert max(map(len, to_plain(TABLE).decode().splitlines())) <= 80


def test_every_file_is_the_same_bytes_again(register):
    for table in (TABLE, year_table(register)):
        for write in (to_csv, to_json, to_workbook, to_markdown, to_latex, to_plain):
            assert write(table) == write(table)


def test_names_are_the_same_in_every_language_and_no_two_alike(register):
    found = []
    for code in LANGUAGES:
        with use_language(code):
            found.append([series.name for series in series_of(group_table(register, ["form", "crossing"]))])
    assert found[0] == found[1]
    assert len(set(found[0])) == len(found[0])


def test_all_formats_hold_the_numbers_of_the_answer(register):
    table = year_table(register)
    years = register.by("year")
    estimates = [row["estimate"] for row in rows(to_csv(table))[:10]]
    assert [float(value) for value in estimates] == pytest.approx(years.estimate.tolist(), rel=0.06)
    sheet = openpyxl.load_workbook(io.BytesIO(to_workbook(table))).active
    heads = [cell.value for cell in sheet[2]]
    column = heads.index("Estimated") + 1
    assert [sheet.cell(row, column).value for row in range(3, 13)] == [int(value) for value in estimates]
    assert [row["estimate"] for row in json.loads(to_json(table))["rows"][:10]] == [int(value) for value in estimates]


def test_a_heading_over_columns_that_belong_together_spans_them():
    table = Table(
        caption="",
        columns=(
            Column(label="Year", align="left"),
            Column(label="a: x", group="a", inner="x"),
            Column(label="a: y", group="a", inner="y"),
            Column(label="b: x", group="b", inner="x"),
        ),
        rows=((words("2019"), words("1"), words("2"), words("3")),),
    )
    page = to_html(table)
    assert '<th scope="col" rowspan="2" class="left">Year</th>' in page
    assert '<th scope="colgroup" colspan="2" class="group">a</th>' in page
    assert '<th scope="colgroup" colspan="1" class="group">b</th>' in page
    assert page.count('<th scope="col" class="right">x</th>') == 2
