"""From columns of text to a capture table: which columns are lists, which is the count, which are covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data import marks
from darknumber.data.names import COUNT_HEADINGS, check_choice, check_distinct, no_such
from darknumber.data.recording import with_recording
from darknumber.data.table import UNITS, CaptureTable, Covariate, Unit
from darknumber.errors import InputError

ODD_CELLS = 0.2  # a column with no larger share of cells that say neither yes nor no was meant as a list
HEADING = 1  # rows are numbered as a spreadsheet does: the headings are row 1, the first cells row 2


def table_of_counts(
    columns: Mapping[str, Sequence[str]],
    *,
    count: str | None = None,
    lists: Sequence[str] | None = None,
    covariates: Sequence[str] | None = None,
    unit: Unit = "person",
    name: str = "",
) -> CaptureTable:
    """The capture table in columns of text, all equally long, in the order of the file; see `read_counts`."""
    check_choice("unit", unit, UNITS)
    headings = list(columns)
    for wanted in [*([count] if count else []), *(lists or ()), *(covariates or ())]:
        if wanted not in columns:
            raise no_such("unknown_column", wanted, headings)
    if not headings or not len(columns[headings[0]]):
        raise InputError("no_rows")
    counted = count or headings[-1]
    on, of = _roles(columns, counted, lists, covariates)
    check_distinct([*on, *of])
    if count is None:
        _check_not_records(columns, counted)
    history = np.zeros(len(columns[counted]), dtype=np.int64)
    for place, heading in enumerate(on):
        history |= list_marks(heading, columns[heading]).astype(np.int64) << place
    counts = _counts(counted, columns[counted])
    nobody = np.flatnonzero((history == 0) & (counts > 0))
    if len(nobody):
        rows = (len(nobody), int(nobody[0]) + 1 + HEADING)
        raise InputError("on_no_list_rows", n=int(counts[nobody].sum()), rows=rows)
    labels = {heading: [marks.label(cell) for cell in columns[heading]] for heading in of}
    kept = counts > 0
    found = [
        Covariate.of(heading, {text for text, keep in zip(labels[heading], kept, strict=True) if keep})
        for heading in of
    ]
    levels = []
    for covariate in found:
        number = {level: place for place, level in enumerate(covariate.levels)}
        levels.append(np.array([number.get(text, 0) for text in labels[covariate.name]], dtype=np.int64))
    table = CaptureTable.build(on, history, counts, covariates=found, levels=levels, unit=unit, name=name)
    return with_recording(table)


def list_marks(name: str, cells: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each cell of a list's column says that somebody is on it.

    Raises
    ------
    InputError
        Cells that say neither yes nor no, or more than two kinds of cells.
    """
    found = [marks.mark(cell) for cell in cells]
    strange = [place for place, text in enumerate(found) if text not in marks.YES | marks.NO | {""}]
    if strange:
        raise InputError("unknown_marks", name=name, rows=(len(strange), strange[0] + 1 + HEADING))
    check_two_kinds(name, found)
    return np.array([text in marks.YES for text in found], dtype=bool)


def check_two_kinds(name: str, found: Sequence[str]) -> None:
    """Refuse a list with more than one way to say yes, or more than one to say no."""
    if not marks.two_kinds(found):
        kinds = sorted(set(found) - {""})
        raise InputError("mixed_marks_blank" if "" in found else "mixed_marks", name=name, kinds=kinds)


def _roles(
    columns: Mapping[str, Sequence[str]],
    counted: str,
    lists: Sequence[str] | None,
    covariates: Sequence[str] | None,
) -> tuple[list[str], list[str]]:
    """The lists and the covariates, as named or as their cells tell."""
    free = [heading for heading in columns if heading != counted and heading not in (covariates or ())]
    if lists is not None:
        on = list(lists)
    else:
        on = [heading for heading in free if all(map(marks.is_mark, columns[heading]))]
        if covariates is None:
            _check_nearly_lists(columns, [heading for heading in free if heading not in on])
    of = list(covariates) if covariates is not None else [heading for heading in free if heading not in on]
    if not on:
        raise InputError("no_lists_found", headings=tuple(columns))
    return on, of


def _check_nearly_lists(columns: Mapping[str, Sequence[str]], headings: Sequence[str]) -> None:
    """Refuse a column that would be a list but for a few cells: as a covariate it would lose the people on it."""
    for heading in headings:
        strange = [place for place, cell in enumerate(columns[heading]) if not marks.is_mark(cell)]
        if len(strange) <= ODD_CELLS * len(columns[heading]) and len({*map(marks.mark, columns[heading])}) > 2:
            raise InputError("nearly_a_list", name=heading, rows=(len(strange), strange[0] + 1 + HEADING))


def _check_not_records(columns: Mapping[str, Sequence[str]], counted: str) -> None:
    """Refuse what looks like one row per person, whose last column would silently be taken for the count."""
    if counted.casefold() in COUNT_HEADINGS:
        return
    rows = list(zip(*(cells for heading, cells in columns.items() if heading != counted), strict=True))
    if len(set(rows)) < len(rows):
        raise InputError("looks_like_records", name=counted)


def _counts(name: str, cells: Sequence[str]) -> NDArray[np.int64]:
    trouble = [marks.count_trouble(cell) for cell in cells]
    code = next(filter(None, trouble), "")
    if code:
        wrong = [place for place, found in enumerate(trouble) if found == code]
        raise InputError(code, name=name, rows=(len(wrong), wrong[0] + 1 + HEADING))
    return np.array([marks.count(cell) for cell in cells], dtype=np.int64)
