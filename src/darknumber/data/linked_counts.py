"""Tables of linked counts: read from a file or a data frame, and written to one."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from darknumber.data import marks
from darknumber.data.counts import HEADING, list_marks
from darknumber.data.linked import ABSENT, PREFIXES, Extract, Linked, Side
from darknumber.data.names import as_names, check_choice
from darknumber.data.read import first_cells
from darknumber.data.recording import with_recording
from darknumber.data.table import NOT_RECORDED, UNITS, Covariate, Unit
from darknumber.data.targets import place_for
from darknumber.errors import InputError

MAX_ROWS = 10**6  # of a table of linked counts, as of any table of counts
COUNT = "count"


def read_linked(
    source: Any, *, lists: Sequence[str] | None = None, unit: Unit = "person", name: str | None = None
) -> Linked:
    """Read a table of linked counts: one row for each way in which people stand in both extracts.

    Columns begin with ``old:`` and ``new:``, and with ``same:`` for the new extract by the old definition: a list with
    1 or 0, or a covariate. Where somebody is not in an extract all its lists are 0. The last column is the count.

    Parameters
    ----------
    source
        The path of a CSV (also gzipped), TSV, Excel or Parquet file, or a data frame.
    lists
        The names of the lists, without what columns begin with; by default the columns with list marks only.
    unit
        What one count is.
    name
        What to call the extracts; by default the name of the file.

    Raises
    ------
    InputError
        A file that cannot be read, columns that belong to no extract, marks or counts that are none.
    """
    check_choice("unit", unit, UNITS)
    headings, cells, own = _cells(source)
    return linked_of_columns(
        dict(zip(headings, cells, strict=True)), lists=lists, unit=unit, name=own if name is None else name
    )


def linked_of_columns(
    columns: Mapping[str, Sequence[str]], *, lists: Sequence[str] | None = None, unit: Unit = "person", name: str = ""
) -> Linked:
    """Linked counts from columns of text; see `read_linked`."""
    counted = list(columns)[-1] if columns else ""
    if not columns or not len(columns[counted]):
        raise InputError("no_rows")
    prefixes = tuple(PREFIXES.values())
    strange = [heading for heading in columns if heading != counted and not heading.startswith(prefixes)]
    if strange or not all(any(heading.startswith(PREFIXES[side]) for heading in columns) for side in ("old", "new")):
        raise InputError("not_linked_counts", names=strange)
    extracts: dict[Side, Extract] = {}
    for side, prefix in PREFIXES.items():
        own = {heading[len(prefix) :]: cells for heading, cells in columns.items() if heading.startswith(prefix)}
        if own:
            extracts[side] = _extract(own, None if lists is None else as_names(lists), unit, name)
    trouble = [marks.count_trouble(cell) for cell in columns[counted]]
    code = next(filter(None, trouble), "")
    if code:
        wrong = [place for place, found in enumerate(trouble) if found == code]
        raise InputError(code, name=counted, rows=(len(wrong), wrong[0] + 1 + HEADING))
    count = np.array([marks.count(cell) for cell in columns[counted]], dtype=np.int64)
    linked = Linked.build(extracts, count)
    told = {
        side: replace(extract, findings=with_recording(linked.table(side)).findings)
        for side, extract in linked.extracts.items()
    }
    return Linked(count=linked.count, **told)


def write_linked(linked: Linked, path: str | os.PathLike[str]) -> Path:
    """Write linked counts as CSV, gzipped where the name ends in ``.gz``; the same counts give the same bytes.

    Raises
    ------
    InputError
        The folder is not there or cannot be written in.
    """
    target = place_for(path)
    table = linked.columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*([_plain(cell) for cell in cells] for cells in table.values()), strict=True))
    content = text.getvalue().encode()
    try:
        target.write_bytes(gzip.compress(content, mtime=0) if target.suffix == ".gz" else content)
    except OSError as error:
        raise InputError("cannot_write", name=str(target), kind=type(error).__name__) from error
    return target


def _plain(cell: int | str) -> int | str:
    return "" if cell == NOT_RECORDED else cell


def _cells(source: Any) -> tuple[tuple[str, ...], list[list[str]], str]:
    if isinstance(source, str | os.PathLike) and str(source).endswith(".csv.gz") and Path(source).is_file():
        path = Path(source)
        try:
            first, *rows = csv.reader(gzip.decompress(path.read_bytes()).decode("utf-8").splitlines())
            columns = [list(column) for column in zip(*rows, strict=True)]
        except (OSError, EOFError, ValueError) as error:
            raise InputError("unreadable_file", name=path.name) from error
        return tuple(first), columns, path.name
    headings, cells, name = first_cells(source, None, MAX_ROWS + 1)
    if cells and len(cells[0]) > MAX_ROWS:
        raise InputError("too_many_rows", limit=MAX_ROWS)
    return headings, cells, name


def _extract(columns: Mapping[str, Sequence[str]], lists: Sequence[str] | None, unit: Unit, name: str) -> Extract:
    """One extract from its columns of text."""
    on = [heading for heading, cells in columns.items() if (heading in lists if lists is not None else _is_list(cells))]
    if len(on) < 2:
        raise InputError("one_list", lists=on)
    history = np.zeros(len(columns[on[0]]), dtype=np.int64)
    for place, heading in enumerate(on):
        history |= list_marks(heading, columns[heading]).astype(np.int64) << place
    there = np.flatnonzero(history).tolist()
    covariates, coordinates = [], []
    for heading, cells in columns.items():
        if heading in on:
            continue
        labels = [marks.label(cells[place]) for place in there]
        covariates.append(Covariate.of(heading, labels))
        number = {level: place for place, level in enumerate(covariates[-1].levels)}
        coordinates.append(np.array([number[text] for text in labels], dtype=np.int64))
    stratum = np.full(len(history), ABSENT, dtype=np.int64)
    shape = tuple(len(covariate.levels) for covariate in covariates)
    stratum[there] = np.ravel_multi_index(coordinates, shape) if covariates else 0
    return Extract(
        lists=tuple(on),
        covariates=tuple(covariates),
        stratum=stratum,
        history=history.astype(np.uint32),
        unit=unit,
        name=name,
    )


def _is_list(cells: Sequence[str]) -> bool:
    """Whether a column is a list: marks only, one way to say yes and one to say no."""
    found = [marks.mark(cell) for cell in cells]
    return set(found) <= marks.MARKS and marks.two_kinds(found)
