"""Data by description: where they are and how they are read, as a command or a study file says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from darknumber.data.archive import is_archive
from darknumber.data.drawn import DrawnTables
from darknumber.data.drawn_file import read_drawn
from darknumber.data.examples import example, examples
from darknumber.data.read import first_cells, read_counts, read_records
from darknumber.data.records import Records, Rule
from darknumber.data.referred import drop_referred
from darknumber.data.rows import rows_of
from darknumber.data.table import CaptureTable, Unit
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding

Way = Literal["example", "linked", "counts", "people"]

# What each way of reading can do something with; anything else that was given is refused, not dropped.
_TAKEN: Mapping[Way, frozenset[str]] = {
    "example": frozenset(),
    "linked": frozenset({"covariates"}),
    "counts": frozenset({"lists", "covariates", "count", "rows", "unit", "sheet"}),
    "people": frozenset(
        {
            *("lists", "covariates", "rows", "id", "list_column", "year", "unit", "on_conflict", "sheet"),
            *("dates", "referrals", "drop_referred"),
        }
    ),
}
_ANYWHERE = frozenset({"source", "not_kept"})
WITHOUT = ("none",)  # how a reading says that no column makes groups, where all others would
RECORDED = "recorded"  # how a reading says that only recorded referrals are dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKept:
    """A list that was not kept at some levels of a covariate: nobody could be on it there."""

    list: str
    covariate: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where the data are and how they are read.

    Parameters
    ----------
    source
        A file, or the name of an example.
    rows
        What one row is; by default that is plain from the other settings, or is told from the file.
    covariates
        Their names; ``("none",)`` for none, where by default every column that is left is one.
    lists, count, id, list_column, year, unit, on_conflict, sheet, dates, referrals
        As in `read_counts` and `read_records`; empty where they were not given.
    drop_referred
        Whether entries on lists that another list referred people to are dropped: ``recorded`` by `referrals` only, or
        up to how many days after another list as well; empty for not.
    not_kept
        Lists that were not kept everywhere.
    """

    source: str
    lists: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    rows: Literal["counts", "people"] | None = None
    count: str = ""
    id: str = ""
    list_column: str = ""
    year: str = ""
    unit: Unit = "person"
    on_conflict: Rule = "error"
    sheet: str = ""
    dates: str | Mapping[str, str] = ""
    referrals: str = ""
    drop_referred: str = ""
    not_kept: tuple[NotKept, ...] = ()


def read_table(reading: Reading, *, spell: Callable[[str], str] = str) -> CaptureTable:
    """The capture table that `reading` describes: an example, a table of counts, or rows on people, counted.

    Of linked tables it is the one at the threshold, with a finding that says so.

    Parameters
    ----------
    spell
        How the reader wrote the name of a setting, for errors: ``--list-column`` on the command line.

    Raises
    ------
    InputError
        The data cannot be read, or could be read in two ways.
    ModelError
        Settings that do not go with the data, or with each other.
    """
    data = read_data(reading, spell=spell)
    return tabulate(data) if isinstance(data, Records) else data


def read_drawn_or_table(reading: Reading, *, spell: Callable[[str], str] = str) -> CaptureTable | DrawnTables:
    """The same, but of linked tables all draws: what an estimate is made of.

    Raises
    ------
    InputError, ModelError
        As in `read_table`.
    """
    if way_of(reading) != "linked":
        return read_table(reading, spell=spell)
    _refuse_others(reading, "linked", spell)
    drawn = read_drawn(reading.source)
    named = covariates_of(reading)
    if named is not None:
        for name in named:
            drawn.best.axis(name)
        drawn = drawn.pool([each.name for each in drawn.best.covariates if each.name not in named])
    for each in reading.not_kept:
        drawn = drawn.not_kept(each.list, each.covariate, each.levels)
    return drawn


def read_data(reading: Reading, *, spell: Callable[[str], str] = str) -> CaptureTable | Records:
    """The same, with rows on people not yet counted where dates or referrals were named: they are no counts.

    Raises
    ------
    InputError, ModelError
        As in `read_table`; also for lists that were not kept everywhere, which only a table of counts can hold.
    """
    way = way_of(reading)
    _refuse_others(reading, way, spell)
    if way == "linked":
        return _at_threshold(read_drawn_or_table(reading, spell=spell))
    if way == "example":
        table = example(reading.source)
    elif way == "counts":
        table = read_counts(
            reading.source,
            count=reading.count or None,
            lists=reading.lists or None,
            covariates=covariates_of(reading),
            unit=reading.unit,
            sheet=reading.sheet or None,
        )
    else:
        records = read_people(reading)
        if not reading.drop_referred and (reading.dates or reading.referrals):
            if reading.not_kept:
                raise ModelError("dates_with_not_kept")
            return records
        table = counted(reading, records)
    for each in reading.not_kept:
        table = table.not_kept(each.list, each.covariate, each.levels)
    return table


def counted(reading: Reading, records: Records) -> CaptureTable:
    """People counted, without the entries that another list referred them to where `reading` drops these.

    Raises
    ------
    InputError
        Days that are no number, and as in `tabulate` and `drop_referred`.
    """
    said = reading.drop_referred.strip()
    if not said:
        return tabulate(records)
    if said != RECORDED and not said.isdecimal():
        raise InputError("bad_drop_referred", text=said)
    return drop_referred(records, None if said == RECORDED else int(said))


def read_uncounted(reading: Reading, *, spell: Callable[[str], str] = str) -> Records | None:
    """Rows on people, for models that are fitted to people one by one; None where the data are no such rows.

    Raises
    ------
    InputError, ModelError
        As in `read_table`; also for lists that were not kept everywhere, and where rows only look like counts: numbers
        tell people apart as a table of counts tells its rows, so that here the look of them settles nothing.
    """
    way = way_of(reading)
    if way == "counts" and reading.lists and not (reading.rows or reading.count):
        headings, _, _ = first_cells(reading.source, reading.sheet or None, 1)
        raise InputError("counts_or_people", names=headings[-1:])
    if way != "people":
        return None
    _refuse_others(reading, "people", spell)
    if reading.not_kept:
        raise ModelError("people_with_not_kept", option=spell("not_kept"))
    if reading.drop_referred:
        raise ModelError("people_with_drop_referred", option=spell("drop_referred"))
    return read_people(reading)


def read_people(reading: Reading) -> Records:
    """Rows on people as `reading` describes them, not yet counted."""
    return read_records(
        reading.source,
        lists=reading.lists or None,
        covariates=covariates_of(reading) or (),
        id=reading.id or None,
        list_column=reading.list_column or None,
        year=reading.year or None,
        unit=reading.unit,
        on_conflict=reading.on_conflict,
        sheet=reading.sheet or None,
        dates=reading.dates or None,
        referrals=reading.referrals or None,
    )


def covariates_of(reading: Reading) -> tuple[str, ...] | None:
    """The covariates that were named, none where that was said, and None where nothing was."""
    if reading.covariates == WITHOUT:
        return ()
    return reading.covariates or None


def way_of(reading: Reading) -> Way:
    """How the data are to be read, from the settings, or else from what stands in the file."""
    if not Path(reading.source).exists() and reading.source in {entry.name for entry in examples()}:
        return "example"
    if is_archive(reading.source):
        return "linked"
    if reading.rows:
        return reading.rows
    if reading.id or reading.list_column or reading.dates or reading.referrals or reading.drop_referred:
        return "people"
    if reading.count or not reading.lists:
        return "counts"
    named = (covariates_of(reading) or ()) + ((reading.year,) if reading.year else ())
    return rows_of(reading.source, lists=reading.lists, covariates=named, sheet=reading.sheet or None)


def _at_threshold(drawn: CaptureTable | DrawnTables) -> CaptureTable:
    """The table at the threshold, which holds none of the doubt about links."""
    if isinstance(drawn, CaptureTable):
        return drawn
    values = {"threshold": drawn.linkage.threshold, "draws": drawn.draws}
    said = Finding(code="linked_at_threshold", severity="caution", values=values)
    return replace(drawn.best, findings=(*drawn.best.findings, *drawn.findings, said))


def _refuse_others(reading: Reading, way: Way, spell: Callable[[str], str]) -> None:
    """Refuse settings that this way of reading would not look at."""
    given = [item.name for item in fields(Reading) if getattr(reading, item.name) != item.default]
    others = [name for name in given if name not in _TAKEN[way] | _ANYWHERE]
    if "on_conflict" in given and way == "people" and not reading.id:
        others.append("on_conflict")  # without an id every row is a person, who cannot contradict another
    if others:
        raise ModelError(f"not_taken_{way}", options=tuple(spell(name) for name in others))
