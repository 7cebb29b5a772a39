"""A table as a workbook: numbers as numbers, words where there is no number, the same bytes every time."""

from __future__ import annotations

import datetime
import io
import math
import re
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as Place
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from darknumber.views.tables import Table
from darknumber.views.tables_data import Series, series_of
from darknumber.views.writing import without_clock
from darknumber.words import say

EPOCH = datetime.datetime(2000, 1, 1)  # what a file made without a date bears
HEAD = 2  # the row with the names of the columns; the caption is above it
WIDEST = 48  # characters of a column, before its words wrap
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # letters that XML cannot hold


def to_workbook(table: Table) -> bytes:
    """The table as the bytes of an ``.xlsx`` file: caption, names of the columns, rows, and notes below."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one sheet, and it is active
    sheet.title = say("figures.sheet")
    book.properties.creator, book.properties.created = "darknumber", EPOCH
    book.properties.title = _clean(table.caption)
    _text(sheet.cell(1, 1), table.caption).font = Font(bold=True, size=12)
    series = series_of(table)
    for place, each in enumerate(series, start=1):
        _column(sheet, place, each)
    for offset, note in enumerate(table.notes):
        _text(sheet.cell(HEAD + len(series[0].values) + 2 + offset, 1), note).font = Font(italic=True)
    sheet.freeze_panes = sheet.cell(HEAD + 1, table.headings + 1)
    sheet.print_title_rows = f"{HEAD}:{HEAD}"
    made = io.BytesIO()
    book.save(made)
    return without_clock(made.getvalue(), {"docProps/core.xml": _without_change})


def _column(sheet: Worksheet, place: int, series: Series) -> None:
    head = _text(sheet.cell(HEAD, place), series.label)
    head.font = Font(bold=True)
    side = "right" if series.number else "left"
    head.alignment = Alignment(horizontal=side, vertical="bottom", wrap_text=True)
    head.border = Border(bottom=Side(style="thin"))
    for row, (value, text) in enumerate(zip(series.values, series.texts, strict=True), start=HEAD + 1):
        cell = sheet.cell(row, place)
        if isinstance(value, float) and math.isfinite(value):
            cell.value = int(value) if float(value).is_integer() else value
            cell.number_format = _number_format(float(value), text)
        else:
            _text(cell, text)
        cell.alignment = Alignment(horizontal=side, vertical="top", wrap_text=len(text) > WIDEST)
    longest = max(len(text) for text in (*series.texts, *series.label.split()))
    sheet.column_dimensions[get_column_letter(place)].width = min(max(longest, 8), WIDEST) + 2


def _number_format(value: float, text: str) -> str:
    if text.endswith("%"):
        return "0%" if math.isclose(value, round(value, 2)) else "0.0%"
    return "#,##0" if value.is_integer() else "#,##0.0" if math.isclose(value, round(value, 1)) else "#,##0.00"


def _text(cell: Any, text: str) -> Place:
    """Words as words: nothing in them is a formula."""
    place: Place = cell
    place.value = _clean(text)
    place.data_type = "s"
    return place


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _without_change(core: bytes) -> bytes:
    """The properties of a workbook without the time at which it was last changed."""
    return _MODIFIED.sub(rb"\g<1>" + EPOCH.isoformat().encode() + b"Z", core)
