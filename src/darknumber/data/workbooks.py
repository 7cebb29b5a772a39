"""Spreadsheets as rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from darknumber.data.files import even_rows
from darknumber.data.marks import SPACES
from darknumber.data.names import no_such
from darknumber.errors import InputError


def workbook_rows(
    path: Path, sheet: str | None, *, empty_rows: bool = False
) -> tuple[tuple[str, ...], Iterator[list[str]]]:
    """Headings and rows of a sheet, as `text_file` and `text_rows` of `darknumber.data.files` give them.

    Without `sheet` the workbook must have one sheet with something in it.

    Raises
    ------
    InputError
        Not a workbook or protected by a password, no such sheet, several sheets to choose from, nothing in it.
    """
    sheets = _filled_sheets(path, sheet)
    if len(sheets) > 1:
        raise InputError("several_sheets", name=path.name, sheets=tuple(sheets))
    rows = next(iter(sheets.values()), [])
    texts = ([text_of(cell).strip(SPACES) for cell in row] for row in rows)
    headings = next((row for row in texts if any(row)), None)
    if headings is None:
        raise InputError("empty_file", name=path.name)
    while not headings[-1]:
        headings.pop()
    return tuple(headings), even_rows(texts, len(headings), path.name, empty_rows=empty_rows)


def text_of(value: object) -> str:
    """The text of a cell that has a type: whole numbers without decimals, dates as year-month-day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _filled_sheets(path: Path, sheet: str | None) -> dict[str, Sequence[Sequence[object]]]:
    """The rows of the wanted sheets that have any, by name."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = list(workbook.sheet_names)
        wanted = [name for name in names if sheet in (None, name)]
        rows = {name: workbook.get_sheet_by_name(name).to_python() for name in wanted}
    except (CalamineError, OSError):
        names, rows = None, {}
    if names is None:
        raise InputError("unreadable_file", name=path.name)
    if sheet is not None and not rows:
        raise no_such("unknown_sheet", sheet, names, file=path.name)
    return {name: found for name, found in rows.items() if any(map(any, found))}
