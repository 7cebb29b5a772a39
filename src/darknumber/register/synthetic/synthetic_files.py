"""Synthetic reports as files: CSV or Parquet, written piece by piece, with the true people in a file of their own."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from darknumber.data.engine import connection
from darknumber.data.table import CaptureTable
from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.register.reading.schema import fields
from darknumber.register.synthesise import SEED
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.report_pieces import Piece, Reporting, pieces
from darknumber.register.synthetic.synthetic_reports import (
    AS_USUAL,
    USUAL,
    cells_of,
    register_for,
    report_ids,
    true_table,
)
from darknumber.register.synthetic.text_columns import Texts

PARQUET = ".parquet"
TYPES = {"date": "DATE", "year": "BIGINT", "number": "BIGINT"}  # in Parquet, by kind of field; all others are text


def write_reports(
    path: str | os.PathLike[str],
    table: CaptureTable | None = None,
    *,
    reports: int | None = None,
    seed: int = SEED,
    truth: str | os.PathLike[str] | None = None,
    mistakes: Mistakes = USUAL,
    reporting: Reporting = AS_USUAL,
) -> CaptureTable:
    """Write synthetic reports to a file; the same seed gives the same bytes.

    Parameters
    ----------
    path
        A name that ends in ``.parquet`` makes a Parquet file, any other a CSV file.
    table
        The people to report on; by default those of a synthetic register like the national one.
    reports
        Without a table: about how many reports. By default the register is of its own size.
    truth
        Where to write the true person of each report: CSV with ``report_id`` and ``person``.
    mistakes, reporting
        How often reports have which mistake, and how people come to be reported.

    Returns
    -------
    CaptureTable
        The table that the reports make when they are linked without a mistake.

    Raises
    ------
    InputError
        Nothing can be written there; as ``synthetic_reports`` and
        `darknumber.register.synthetic.synthetic_reports.reports_of`.
    """
    target = place_for(path)
    people = None if truth is None else place_for(truth)
    given = register_for(reports, seed, reporting) if table is None else table
    made = pieces(given, seed=seed, mistakes=mistakes, reporting=reporting)
    counted = []
    try:
        with _whole(target) as here, _sink(here, target.suffix) as write, _people(people) as write_people:
            for columns, piece in _numbered(made):
                write(columns)
                write_people(columns["report_id"], piece)
                counted.append(cells_of(piece))
    except OSError as error:
        kind = type(error).__name__
    else:
        return true_table(given, counted)
    raise InputError("cannot_write", name=str(target), kind=kind)


def _numbered(made: Iterable[Piece]) -> Iterator[tuple[dict[str, Texts], Piece]]:
    """The pieces, their columns with the number of each report."""
    row = 0
    for piece in made:
        yield {"report_id": report_ids(row, len(piece.person)), **piece.columns}, piece
        row += len(piece.person)


@contextmanager
def _sink(path: Path, suffix: str) -> Iterator[Callable[[dict[str, Texts]], None]]:
    """What columns are handed to, one piece after the other, to get them into the file."""
    with _parquet(path) if suffix.lower() == PARQUET else _csv(path) as write:
        yield write


@contextmanager
def _csv(path: Path) -> Iterator[Callable[[dict[str, Texts]], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")

        def write(columns: dict[str, Texts]) -> None:
            if not file.tell():
                lines.writerow(columns)
            lines.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Callable[[dict[str, Texts]], None]]:
    engine = connection()
    engine.execute("SET threads = 1")  # one after the other, so that the same rows give the same bytes

    def write(columns: dict[str, Texts]) -> None:
        names = [f"c{place}" for place in range(len(columns))]
        engine.register("piece", dict(zip(names, columns.values(), strict=True)))
        engine.execute("CREATE TABLE IF NOT EXISTS reports ({})".format(", ".join(map(_column, columns))))
        engine.execute(f"INSERT INTO reports SELECT {', '.join(names)} FROM piece")
        engine.unregister("piece")

    yield write
    place = str(path.resolve()).replace("'", "''")
    engine.execute(f"COPY reports TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    engine.close()


def _column(name: str) -> str:
    """A column of the table as the engine wants it described."""
    kind = TYPES.get(fields()[name].kind, "VARCHAR") if name in fields() else "VARCHAR"
    return '"{}" {}'.format(name.replace('"', '""'), kind)


@contextmanager
def _people(path: Path | None) -> Iterator[Callable[[Texts, Piece], None]]:
    """What the numbers of reports and the people behind them are handed to."""
    if path is None:
        yield _nowhere
        return
    with _whole(path) as here, here.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("report_id", "person"))
        yield lambda numbers, piece: lines.writerows(zip(numbers.tolist(), piece.person.tolist(), strict=True))


def _nowhere(_numbers: Texts, _piece: Piece) -> None:
    """Keep nothing of the people."""


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A place beside a file, which takes the file's place when all is written, and is gone when it is not."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    waiting = Path(name)
    try:
        yield waiting
        os.chmod(waiting, 0o644)  # a temporary file is private; these people do not exist
        os.replace(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)
