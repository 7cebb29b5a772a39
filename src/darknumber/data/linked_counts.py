"""Tables of linked counts: read from a file or a data frame, and written to one."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from darknumber.data.linked import Linked
from darknumber.data.linked_columns import linked_of_columns
from darknumber.data.names import check_choice
from darknumber.data.read import first_cells
from darknumber.data.table import NOT_RECORDED, UNITS, Unit
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
