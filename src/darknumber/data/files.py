"""Office files as they are: which kind, which delimiter, where the headings stand, what is in the rows.

Everything is text here. Rows are numbered as a spreadsheet does, the headings being row 1; empty rows are skipped and
not counted, unless they are asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from darknumber.data import spool
from darknumber.data.encoding import encoding_of, is_plain, open_text
from darknumber.data.kinds import KINDS, Kind
from darknumber.data.marks import SPACES
from darknumber.data.names import no_such
from darknumber.errors import InputError

DELIMITERS = (";", "\t", ",", "|")  # the likelier first: a comma may also be a decimal comma
HEAD = 200  # lines from which the delimiter is told; the headings already decide in all but odd files
DECLARATION = "sep="  # some programs put the delimiter on a line of its own above the headings


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A text file and how to read it.

    Parameters
    ----------
    path, encoding, delimiter
        Where it is and how it is written.
    skip
        Lines above the headings.
    headings
        The column names, spaces around them removed; they may be repeated, or empty between others.
    plain
        UTF-8 without byte-order mark, quotes, nameless last columns, mixed line ends or odd spaces: any program reads
        it the same way.
    """

    path: Path
    encoding: str
    delimiter: str
    skip: int
    headings: tuple[str, ...]
    plain: bool


def existing(source: str | Path) -> Path:
    """The path of a file that is there.

    Raises
    ------
    InputError
        There is no such file, or it is a folder.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise InputError("is_a_folder", name=str(path))
    beside = sorted(other.name for other in path.parent.iterdir()) if path.parent.is_dir() else []
    raise no_such("file_not_found", path.name, beside, folder=str(path.parent.resolve()))


def kind_of(path: Path) -> Kind:
    """What kind of file this is by its extension; a text file may also be packed (``.csv.gz``).

    Raises
    ------
    InputError
        An extension we do not know.
    """
    packed = path.suffix.lower() == ".gz"
    kind = KINDS.get(Path(path.stem if packed else path.name).suffix.lower())
    if kind is None or (packed and kind != "text"):
        raise InputError("unknown_file_type", name=path.name, known=tuple(KINDS))
    return kind


def text_file(path: Path) -> TextFile:
    """Find out how a text file is written; the whole of it is looked at once or twice.

    Raises
    ------
    InputError
        Nothing in it, or not text.
    """
    encoding = encoding_of(path)
    with open_text(path, encoding) as text:
        head = list(islice(text, HEAD))
    skip = 0
    declared = ""
    if head and head[0].lower().startswith(DECLARATION):
        declared = head[0][len(DECLARATION) : len(DECLARATION) + 1]
        skip = 1
    while skip < len(head) and not head[skip].strip(SPACES + "".join(DELIMITERS)):
        skip += 1
    if skip == len(head):
        raise InputError("empty_file", name=path.name)
    delimiter = declared if declared in DELIMITERS else _delimiter(head[skip:])
    headings = next(_parsed(head[skip:], delimiter, path.name))
    named = len(headings)
    while named and not headings[named - 1]:
        named -= 1
    if not named:
        raise InputError("empty_file", name=path.name)
    return TextFile(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        skip=skip,
        headings=tuple(headings[:named]),
        plain=encoding == "utf-8" and named == len(headings) and is_plain(path, delimiter),
    )


def text_rows(file: TextFile, *, empty_rows: bool = False) -> Iterator[list[str]]:
    """The rows under the headings, as `even_rows` gives them.

    Raises
    ------
    InputError
        A quote that is not closed, or a row with more cells than there are headings.
    """
    with open_text(file.path, file.encoding) as text:
        rows = _parsed(islice(text, file.skip, None), file.delimiter, file.path.name)
        next(rows)
        yield from even_rows(rows, len(file.headings), file.path.name, empty_rows=empty_rows)


def even_rows(
    rows: Iterable[Sequence[str]], columns: int, name: str, *, empty_rows: bool = False
) -> Iterator[list[str]]:
    """Rows of `columns` cells each; cells that were left off at the end are added.

    Empty rows are left out, or, with `empty_rows`, those after the last row that has something in it.

    Raises
    ------
    InputError
        A row with more cells than there are headings.
    """
    number = 1
    waiting = 0
    for row in rows:
        if not any(row):
            waiting += empty_rows
            continue
        yield from ([""] * columns for _ in range(waiting))
        number += 1 + waiting
        waiting = 0
        if any(row[columns:]):
            raise InputError("ragged_row", name=name, row=number, cells=len(row), headings=columns)
        yield [*row[:columns], *[""] * (columns - len(row))]


def write_plain(headings: tuple[str, ...], rows: Iterable[Sequence[str]]) -> TextFile:
    """Rewrite rows as a plain file in the spool folder: tabs between the cells, and one row a line."""
    path = spool.new_file(".tsv")
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write("\t".join(str(place) for place in range(len(headings))) + "\n")
        for row in rows:
            line = "\t".join(row)
            if line.count("\t") >= len(row) or "\n" in line or "\r" in line:
                line = "\t".join([" ".join(cell.split()) for cell in row])
            out.write(line + "\n")
    return TextFile(path=path, encoding="utf-8", delimiter="\t", skip=0, headings=headings, plain=True)


def _parsed(lines: Iterable[str], delimiter: str, name: str) -> Iterator[list[str]]:
    """Rows of cells without the spaces around them; a quote that does not end is an error, not a long cell."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            break
        if row is None:
            return
        cells = [cell.strip(SPACES) for cell in row]
        rows += any(cells)
        yield cells
    raise InputError("stray_quote", name=name, row=rows + 1)


def _delimiter(head: list[str]) -> str:
    """The delimiter that cuts the headings into several cells and most rows into as many."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(head, delimiter=delimiter, skipinitialspace=True) if any(row)]
        except csv.Error:  # a cell longer than any program takes
            rows = []
        columns = len(rows[0]) if rows else 0
        return (sum(len(row) == columns for row in rows) / len(rows) if columns > 1 else 0.0), columns

    return max(DELIMITERS, key=score)
