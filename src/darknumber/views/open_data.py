"""The published rows as files that any program reads, and what each of their columns means.

A text that begins with ``=``, ``+``, ``-`` or ``@`` is a formula to a spreadsheet. In CSV files it gets a quotation
mark in front; nothing else is changed.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from darknumber.data.engine import connection
from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.views.published_rows import MEASURES, STATUSES, TOTAL, Published
from darknumber.words import say
from darknumber.words.labels import covariate_name

Kind = Literal["string", "integer", "number"]
ENDINGS = (".csv", ".parquet")
# What a spreadsheet takes for the beginning of a formula, or for a separator before one.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_TYPES: Mapping[Kind, str] = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
_WORDS: Mapping[str, tuple[str, ...]] = {"measure": MEASURES, "status": STATUSES}
_NUMBERS: Mapping[str, Kind] = {"years": "integer", "value": "number", "lower": "number", "upper": "number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataColumn:
    """A column of a data file.

    Parameters
    ----------
    name
        As it stands in the file.
    kind
        ``string``, ``integer`` or ``number``.
    title, description
        What it is called and what it means, in the language in use.
    required
        Whether no cell of it is empty.
    values
        All values it can have, where these are few; else empty.
    """

    name: str
    kind: Kind = "string"
    title: str = ""
    description: str = ""
    required: bool = False
    values: tuple[str, ...] = ()


def columns_of(found: Published) -> tuple[DataColumn, ...]:
    """What the columns of the published rows are, in the language in use."""
    table = found.columns()
    described = []
    for name in table:
        kind = _NUMBERS.get(name, "string")
        if name in found.covariates:
            label = covariate_name(name)
            title = label[:1].upper() + label[1:]
            text = say("opendata.column.covariate", label=title, total=TOTAL)
        else:
            title = say(f"opendata.title.{name}")
            text = say(f"opendata.column.{name}", level=found.level, per=found.per)
        few = tuple(dict.fromkeys(table[name])) if name in found.covariates else _WORDS.get(name, ())
        required = name not in ("value", "lower", "upper", "period")
        described.append(DataColumn(name=name, kind=kind, title=title, description=text, required=required, values=few))
    return tuple(described)


def write_rows(found: Published, path: str | os.PathLike[str]) -> Path:
    """Write the published rows as CSV or Parquet, by the ending of the name.

    The same rows give the same bytes. CSV is UTF-8 with commas, decimal points and an empty cell where there is no
    number.

    Parameters
    ----------
    found
        The rows.
    path
        Ends in ``.csv`` or ``.parquet``; a file that is there is replaced.

    Raises
    ------
    InputError
        Another ending, or a place that cannot be written to.
    """
    target = place_for(path)
    if target.suffix.lower() not in ENDINGS:
        raise InputError("open_data_ending", name=target.name, known=ENDINGS)
    table = found.columns()
    kinds = {name: _NUMBERS.get(name, "string") for name in table}
    if target.suffix.lower() == ".csv":
        target.write_bytes(as_csv(table).encode("utf-8"))
    else:
        _write_parquet(table, kinds, target)
    return target


def as_csv(table: Mapping[str, Sequence[Any]]) -> str:
    """Columns as the text of a CSV file: numbers with a decimal point, no text that a spreadsheet would work out."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([plain_cell(name) for name in table])
    for row in zip(*table.values(), strict=True):
        lines.writerow([plain_cell(value) for value in row])
    return out.getvalue()


def plain_cell(value: object) -> str:
    """A value as it stands in a CSV file; empty for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULAS) else text


def _write_parquet(table: Mapping[str, Sequence[Any]], kinds: Mapping[str, Kind], target: Path) -> None:
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in table}
    engine = connection()
    engine.execute("SET threads = 1")  # one after the other, so that the same rows give the same bytes
    columns = ", ".join(f"{quoted[name]} {_TYPES[kinds[name]]}" for name in table)
    engine.execute(f"CREATE TABLE published ({columns})")
    rows = [list(row) for row in zip(*table.values(), strict=True)]
    if rows:
        marks = ", ".join("?" for _ in table)
        engine.executemany(f"INSERT INTO published VALUES ({marks})", rows)
    place = str(target.resolve()).replace("'", "''")
    engine.execute(f"COPY published TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    engine.close()
