"""From reports and who is who to counts: the reports of a person put together, and people counted.

As in `darknumber.data.people`, but on numbers that were fetched once, so that it can be done for every draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.people import settled_levels
from darknumber.data.recording import with_recording
from darknumber.data.table import CaptureTable, Covariate
from darknumber.data.tabulate import labels_of
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.register.linkage.coded import Coded

Whole = NDArray[np.int64]

_NONE = np.iinfo(np.int64).max  # the lowest level of somebody without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """People counted by their bits; each combination of bits once, in order.

    Parameters
    ----------
    bits
        ``(2 + lowest, cells)``: lists, levels, and the lowest level of each covariate of which that is kept.
    count
        ``(cells,)`` people, or person-years.
    people
        How many people these are; with person-years there are fewer of them.
    """

    bits: Whole
    count: Whole
    people: int

    def __add__(self, other: Cells) -> Cells:
        bits = np.concatenate([self.bits, other.bits], axis=1)
        return _counted(bits, np.concatenate([self.count, other.count]), self.people + other.people)

    @property
    def key(self) -> bytes:
        """The same for the same counts."""
        return self.bits.tobytes() + self.count.tobytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Cells with the levels of their covariates in words.

    Parameters
    ----------
    history, count
        ``(cells,)`` the lists, and how many people.
    labels
        For each covariate ``(cells,)`` levels.
    findings
        On people with two values.
    """

    history: Whole
    count: Whole
    labels: tuple[Sequence[str], ...]
    findings: tuple[Finding, ...]


def cells_of(coded: Coded, rows: Whole, person: Whole) -> Cells:
    """Count the people of some reports.

    Parameters
    ----------
    coded
        All reports as numbers.
    rows
        ``(V,)`` which of them; all reports of the people in question.
    person
        ``(V,)`` whose they are.

    Returns
    -------
    Cells
        Those on a list that is counted, with a report that meets the definition.
    """
    levels = coded.levels[rows]
    order = np.argsort(person, kind="stable")
    keys = [person]
    if coded.unit == "person-year":
        year = next(each for each in coded.fields if each.covariate.name == coded.year).read(levels)[0]
        order = np.lexsort((year, person))
        keys.append(year)
    new = np.logical_or.reduce([np.diff(key[order], prepend=-2) != 0 for key in keys])
    starts = np.flatnonzero(new)
    if not len(starts):
        return Cells(bits=np.zeros((2 + _lowest(coded).count(True), 0), dtype=np.int64), count=starts, people=0)
    bits = [np.bitwise_or.reduceat(each[order], starts) for each in (coded.on[rows], levels)]
    for field, kept in zip(coded.fields, _lowest(coded), strict=True):
        if kept:
            level = field.read(levels)[0]
            bits.append(np.minimum.reduceat(np.where(level < 0, _NONE, level)[order], starts))
    # somebody counts, in every year, who has any report that meets the definition
    whole = np.flatnonzero(np.diff(person[order], prepend=-1))
    meets = np.logical_or.reduceat(coded.meets[rows][order], whole)
    of = np.searchsorted(whole, starts, side="right") - 1
    counted = (bits[0] > 0) & meets[of]
    people = int(np.count_nonzero(np.diff(of[counted], prepend=-1)))
    return _counted(np.stack(bits)[:, counted], np.ones(int(counted.sum()), dtype=np.int64), people)


def labelled(coded: Coded, cells: Cells) -> Labelled:
    """The levels of the covariates in words, after the rule for people with two values.

    Raises
    ------
    InputError
        People with two values where the rule is ``error``.
    """
    lowest = [field.column for field, kept in zip(coded.fields, _lowest(coded), strict=True) if kept]
    found = {"levels": cells.bits[1], "n": cells.count} | dict(zip(lowest, cells.bits[2:], strict=True))
    levels, findings = settled_levels(coded, coded.fields, found)
    labels = tuple(labels_of(each, level) for each, level in zip(coded.fields, levels, strict=True))
    return Labelled(history=cells.bits[0], count=cells.count, labels=labels, findings=findings)


def covariates_of(coded: Coded, several: Sequence[Labelled]) -> tuple[Covariate, ...]:
    """The covariates with every level that anybody has in any of the counts."""
    return tuple(
        Covariate.of(name, {label for each in several for label in each.labels[place]})
        for place, name in enumerate(coded.covariates)
    )


def table_of(
    coded: Coded, found: Labelled, covariates: Sequence[Covariate], findings: Sequence[Finding]
) -> CaptureTable:
    """The capture table of cells, with these covariates.

    Raises
    ------
    InputError
        Nobody meets the definition, and what `CaptureTable.build` refuses.
    """
    if not len(found.count):
        raise InputError("nobody_linked")
    levels = []
    for covariate, labels in zip(covariates, found.labels, strict=True):
        place = {level: number for number, level in enumerate(covariate.levels)}
        levels.append(np.array([place[label] for label in labels], dtype=np.int64))
    table = CaptureTable.build(
        coded.lists,
        found.history,
        found.count,
        covariates=covariates,
        levels=levels,
        unit=coded.unit,
        name=coded.name,
        findings=findings,
    )
    return with_recording(table)


def several_years(coded: Coded, rows: Whole, person: Whole) -> int:
    """How many people who count are registered in more than one year, where person-years are counted; else 0."""
    field = next((each for each in coded.fields if each.covariate.name == coded.year), None)
    if field is None or coded.unit != "person-year":
        return 0
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.diff(person[order], prepend=-1))
    _, several = field.read(np.bitwise_or.reduceat(coded.levels[rows][order], starts))
    meets = np.logical_or.reduceat(coded.meets[rows][order], starts)
    return int((several & meets).sum())


def _lowest(coded: Coded) -> list[bool]:
    return [rule == "lowest" for rule in coded.rules]


def _counted(bits: Whole, count: Whole, people: int) -> Cells:
    """Equal columns of bits together, in order."""
    if not bits.shape[1]:
        return Cells(bits=bits, count=count, people=people)
    order = np.lexsort(bits)
    bits, count = bits[:, order], count[order]
    starts = np.flatnonzero(np.concatenate([[True], (bits[:, 1:] != bits[:, :-1]).any(axis=0)]))
    return Cells(bits=np.ascontiguousarray(bits[:, starts]), count=np.add.reduceat(count, starts), people=people)
