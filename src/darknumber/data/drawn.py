"""Capture tables of people who are known by links only: one for each draw of who is who."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoIsWho:
    """How reports became people, in numbers.

    Parameters
    ----------
    reports
        How many were linked.
    counted
        How many of them count: they are on a list that counts, say enough to be linked or count all the same, and are
        of people who meet the definition.
    organisations
        How many made those that count.
    threshold
        The probability from which a pair is one person in the best table.
    people
        People who are counted there; with person-years there are fewer of them.
    draws, seed
        How many draws of who is who there are, and their seed.
    people_low, people_high
        The fewest and the most people in a draw.
    in_doubt
        Reports in a pair that is neither close to certainly one person nor close to certainly two.
    largest
        Reports that count of the person with most of them, at the threshold.
    links
        Pairs of reports expected to be one person, by the probabilities of the pairs.
    missed, false
        How many of those the threshold keeps apart; and how many pairs it puts together that are not one person.
    """

    reports: int
    counted: int
    organisations: int
    threshold: float
    people: int
    draws: int
    seed: int
    people_low: int
    people_high: int
    in_doubt: int
    largest: int
    links: float
    missed: float
    false: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HowLinked:
    """What was asked for when reports were linked and counted, as the command line takes it.

    Parameters
    ----------
    files
        The names of the files, each with that of its mapping file, or an empty text where the columns were guessed.
    extracted
        The day of the extract.
    method, key
        How reports were linked, and whose numbers of persons they have.
    kept_model
        Whether a linkage model was given that had been kept.
    merge
        Organisations that make one list together, such as ``care=shelter,youth care``.
    definition
        Who counts; empty for everybody.
    unlinkable
        What became of reports that say too little to be linked.
    """

    files: tuple[tuple[str, str], ...] = ()
    extracted: str = ""
    method: str = ""
    key: str = ""
    kept_model: bool = False
    merge: tuple[str, ...] = ()
    definition: str = ""
    unlinkable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtThreshold:
    """What the links at one threshold alone would give.

    Parameters
    ----------
    threshold
        The probability from which a pair is one person.
    table
        The counts.
    people
        How many people these are; with person-years there are fewer of them.
    missed, false
        Pairs expected to be one person that it keeps apart, and pairs it puts together that are not.
    """

    threshold: float
    table: CaptureTable
    people: int
    missed: float
    false: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnTables:
    """The same reports counted many times, each time with another draw of who is who.

    Parameters
    ----------
    best
        The table at the threshold: what is published as the registered number.
    tables
        The distinct tables of the draws; lists, covariates and strata are those of `best`.
    weights
        How many draws each stands for.
    linkage
        How reports became people, in numbers.
    how
        What was asked for.
    findings
        What the reader must know of the links.
    at
        What other thresholds would give, from low to high.
    summary
        The numbers of linkage as pages show them, or None; of no concern to an estimate.
    """

    best: CaptureTable
    tables: tuple[CaptureTable, ...]
    weights: tuple[int, ...]
    linkage: WhoIsWho
    how: HowLinked = HowLinked()
    findings: tuple[Finding, ...] = ()
    at: tuple[AtThreshold, ...] = ()
    summary: object | None = None

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return sum(self.weights)

    def __str__(self) -> str:
        values = {"draws": self.draws, "n": len(self.tables), "low": self.linkage.people_low}
        return f"{self.best}\n{say('linked.tables', high=self.linkage.people_high, **values)}"

    __repr__ = __str__

    def pool(self, names: Sequence[str]) -> DrawnTables:
        """Every table without the covariates `names`; see `CaptureTable.pool`."""
        return self.each(lambda table: table.pool(names))

    def select(self, name: str, levels: Sequence[str]) -> DrawnTables:
        """Only the people with one of these levels; see `CaptureTable.select`."""
        return self.each(lambda table: table.select(name, levels))

    def not_kept(self, list_name: str, name: str, levels: Sequence[str]) -> DrawnTables:
        """A list marked as not kept somewhere, in every table; see `CaptureTable.not_kept`."""
        return self.each(lambda table: table.not_kept(list_name, name, levels))

    def each(self, change: Callable[[CaptureTable], CaptureTable]) -> DrawnTables:
        """The same with a change made to every table."""
        tables, weights = distinct([change(table) for table in self.tables], self.weights)
        at = tuple(replace(each, table=change(each.table)) for each in self.at)
        return replace(self, best=change(self.best), tables=tables, weights=weights, at=at)


def distinct(
    tables: Sequence[CaptureTable], weights: Sequence[int]
) -> tuple[tuple[CaptureTable, ...], tuple[int, ...]]:
    """Tables with the same counts kept once, in the order in which they come, with the draws each stands for."""
    found: dict[object, tuple[CaptureTable, int]] = {}
    for table, weight in zip(tables, weights, strict=True):
        first, before = found.get(counts_of(table), (table, 0))
        found[counts_of(table)] = (first, before + weight)
    return tuple(table for table, _ in found.values()), tuple(weight for _, weight in found.values())


def counts_of(table: CaptureTable) -> object:
    """What is the same for tables with the same counts in the same strata."""
    arrays = (table.stratum, table.history, table.count, table.operating)
    return table.covariates, tuple(np.ascontiguousarray(each).tobytes() for each in arrays)
