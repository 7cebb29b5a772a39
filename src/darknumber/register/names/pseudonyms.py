"""Reports without names: what identifies people replaced by keyed codes, so that offices can be linked all the same.

Names, dates of birth and places are first cleaned (`darknumber.register.names.forms`); every form then becomes a code
of its own sort, by a keyed hash. Who has no key cannot work a code out for a name; who has the key can, for every
name. The letters of names go into a Bloom filter of their pairs (Schnell, Bachteler and Reiher, BMC Medical
Informatics and Decision Making 9:41, 2009), so that names that differ in a letter can still be told from names that
differ in all. What can be learned without the key stands in the documentation.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data import spool
from darknumber.data.batches import batches
from darknumber.data.engine import connection, fetch, from_rows, guarded, kept
from darknumber.data.names import as_names, check_choice, no_such
from darknumber.data.owner_only import written_whole
from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.register.names.code_columns import (
    CODED,
    KEYS,
    ONE_KEY,
    ORDER,
    ROW,
    SORTS,
    CodeColumns,
    code_columns,
)
from darknumber.register.names.forms import CODE, forms
from darknumber.register.names.keys import Key, read_key
from darknumber.register.names.turned import names_in_place
from darknumber.register.reading.organisations import FEWEST_REPORTS, reports_of_each, too_small
from darknumber.register.reading.reports import Reports
from darknumber.register.reading.schema import ORGANISATION, field_of
from darknumber.words import say

Progress = Callable[[int, int, str], None]

MAY_BE_CLEAR = ("citizenship", "place")
TELLING = "age_years"  # with the date of the report it is a year of birth; whether somebody is a minor stays
LINKED_BY = ("given", "initial", "surname", "birth_date", "birth_year", "person_key")  # a report without has nothing
ENDINGS = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymised:
    """What was written.

    Parameters
    ----------
    path
        The file; only its owner can read it.
    rows, set_aside
        Reports in it, and reports left out because they could not be used.
    empty
        Those in it that have no name, date or year of birth, or key: nothing to link them by.
    small
        Organisations with so few reports that what stands there may be a name of somebody.
    clear, coded
        The columns that are as they were, and those that hold codes.
    check
        Some letters that are the same where the key is the same.
    """

    path: Path
    rows: int
    set_aside: int
    empty: int
    small: int
    clear: tuple[str, ...]
    coded: tuple[str, ...]
    check: str

    def __str__(self) -> str:
        lines = [say("pseudonyms.rows", n=self.rows, path=str(self.path))]
        lines += [say("pseudonyms.set_aside", n=self.set_aside)] if self.set_aside else []
        lines += [say("pseudonyms.empty", n=self.empty)] if self.empty else []
        lines += [say("pseudonyms.small", n=self.small, fewest=FEWEST_REPORTS)] if self.small else []
        lines.append(say("pseudonyms.clear", names=", ".join(self.clear)))
        lines.append(say("pseudonyms.check", check=self.check))
        return "\n".join(lines)


def pseudonymise(
    reports: Reports,
    out: str | os.PathLike[str],
    *,
    key: str | os.PathLike[str] | None = None,
    clear: Sequence[str] = ("citizenship",),
    leave_out: Sequence[str] = (),
    progress: Progress | None = None,
) -> Pseudonymised:
    """Write reports with codes in the place of names, dates of birth, places and numbers of people.

    What does not identify stays as it is, but for the age in years, which is left out. The rows stand in an order that
    says nothing. Reports that were set aside are left out.

    Parameters
    ----------
    reports
        As `darknumber.register.reading.reports.read_reports` gives them.
    out
        A CSV or Parquet file. Only its owner can read it; it is written whole or not at all.
    key
        The file with the key; by default the key is in the environment variable ``DARKNUMBER_KEY``.
    clear
        Of citizenship and place, those that stay as they are; the others become codes.
    leave_out
        Columns of the file, such as ``report_date`` or ``code_place``, that do not come along.
    progress
        Called with reports done, all reports, and a word for the work; raising `Cancelled` in it stops it.

    Raises
    ------
    InputError
        A key that cannot be read or used, a file that cannot be written, a column that is not there, reports that are
        pseudonyms already.
    """
    target = place_for(out)
    if target.suffix.lower() not in ENDINGS:
        raise InputError("pseudonyms_ending", name=target.name, known=tuple(ENDINGS))
    readable = as_names(clear)
    for name in readable:
        check_choice("clear", name, MAY_BE_CLEAR)
    used = read_key(key, SORTS)
    if any(name.startswith(CODE) for name in reports.fields):
        raise InputError("pseudonyms_already", name=reports.name)
    stays = [name for name in reports.fields if name in (*KEYS, *MAY_BE_CLEAR) or _stays(name)]
    cleaned = forms(reports.accepted, keep=(ROW, *stays))
    # pairs of letters tell `names_in_place` that these are names; the other forms are not worked out
    wanted = {ROW, *stays, *CODED, *LINKED_BY, "given_grams", "surname_grams"}
    found = names_in_place(kept(cleaned.select(*(name for name in cleaned.collect_schema() if name in wanted))))
    columns = code_columns(used, dict(found.collect_schema()), (*readable, *filter(_stays, stays)))
    columns = _without(columns, as_names(leave_out))
    total, accepted = _rows(reports.frame), _rows(reports.accepted)
    ordered = spool.new_file(target.suffix)
    seen: Counter[str] = Counter()
    small = len(too_small(reports_of_each(reports.accepted, ORGANISATION)))
    try:
        coded = _coded(found, columns, used, seen, lambda done: _told(progress, done, accepted))
        _in_no_order(coded, columns, ordered, ENDINGS[target.suffix.lower()])
        with written_whole(target) as waiting:  # only now, so that a process that is killed leaves next to nothing here
            shutil.copyfile(ordered, waiting)
    finally:
        ordered.unlink(missing_ok=True)
    return Pseudonymised(
        path=target,
        rows=seen["rows"],
        set_aside=total - accepted,
        empty=seen["empty"],
        clear=tuple(name for each in columns if not each.coded for name in each.names),
        coded=tuple(name for each in columns if each.coded for name in each.names),
        check=used.check,
        small=small,
    )


def check_one_key(frame: nw.LazyFrame[Any]) -> None:
    """Refuse pseudonyms that were made with different keys: nothing in them could agree.

    Raises
    ------
    InputError
        More than one key.
    """
    if ONE_KEY in frame.collect_schema().names():
        keys = len(fetch(frame.select(ONE_KEY).unique().head(3))[ONE_KEY])
        if keys > 1:
            raise InputError("several_keys")


def _stays(name: str) -> bool:
    return not field_of(name).identifying and name not in (*CODED, TELLING)


def _without(columns: Sequence[CodeColumns], left_out: Sequence[str]) -> list[CodeColumns]:
    known = [name for each in columns for name in each.names]
    for name in left_out:
        if name not in known:
            raise no_such("unknown_column", name, known)
    return [each for each in columns if not set(each.names) & set(left_out)]


def _rows(frame: nw.LazyFrame[Any]) -> int:
    return int(fetch(frame.select(nw.len().alias("n")))["n"][0])


def _told(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total, "pseudonymise")


def _coded(
    found: nw.LazyFrame[Any], columns: Sequence[CodeColumns], key: Key, seen: Counter[str], told: Callable[[int], None]
) -> Iterator[tuple[Any, ...]]:
    """The codes of all rows, each after one of its own; `seen` counts the rows, and the empty: nothing to link by."""
    there = found.collect_schema().names()
    sources = list(dict.fromkeys([ROW, *(each.source for each in columns), *(n for n in LINKED_BY if n in there)]))
    for batch in batches(found.select(sources)):
        told(seen["rows"])
        held = dict(zip(sources, zip(*batch, strict=True), strict=True))
        made = [column for each in columns for column in each.of(held[each.source])]
        order = [key.code(ORDER, str(row)) for row in held[ROW]]
        yield from zip(order, *made, strict=True)
        seen["rows"] += len(batch)
        there_to_link = [held[name] for name in LINKED_BY if name in held]
        seen["empty"] += sum(all(column[row] is None for column in there_to_link) for row in range(len(batch)))
    told(seen["rows"])


def _in_no_order(rows: Iterable[Sequence[Any]], columns: Sequence[CodeColumns], out: Path, how: str) -> None:
    """Write the file itself: in the order of the codes of rows, which are then left out."""
    kinds = {ORDER: "VARCHAR"} | {name: each.kind for each in columns for name in each.names}
    with connection() as opened:
        coded = from_rows(kinds, rows, opened)
        names = ", ".join(f'"{name}"' for each in columns for name in each.names)
        query = coded.order(f'"{ORDER}"').project(names).sql_query()
        place = str(out.resolve()).replace("'", "''")
        # a file of DuckDB's own would be open to others until it is moved here
        guarded(lambda: opened.execute(f"COPY ({query}) TO '{place}' ({how}, USE_TMP_FILE false)"))
