"""The people of two extracts of one register, cross-classified: counts only, never persons.

Two studies of one register share most of their people. What a revision is worth can therefore be told only from people
who are linked: how many have this history in the old extract and that one in the new. A person may be missing from
either: late reports are in the new extract only, cases that were withdrawn in the old one only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable, Covariate, Unit
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.words import say

Side = Literal["old", "same_definition", "new"]
SIDES: tuple[Side, ...] = ("old", "same_definition", "new")
ABSENT = -1  # the stratum of people who are not in an extract


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extract:
    """Where linked people stand in one extract.

    Parameters
    ----------
    lists, covariates
        Of this extract; strata are the full product of the covariates' levels, the last changing fastest.
    stratum
        ``(cells,)`` their stratum; `ABSENT` for people who are not in it.
    history
        ``(cells,)`` their lists as bits, list ``j`` being bit ``j``; 0 for people who are not in it.
    unit, name
        What one count is, and what the extract is called.
    findings
        What counting it brought up.
    """

    lists: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    stratum: NDArray[np.int64]
    history: NDArray[np.uint32]
    unit: Unit = "person"
    name: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def present(self) -> NDArray[np.bool_]:
        """``(cells,)`` whether these people are in it."""
        return self.history > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """Counts of people by where they stand in two extracts, or in three.

    Parameters
    ----------
    old, new
        The extracts of the first and of the second study.
    same_definition
        The new extract counted by the definition of the first study, where that is another one; else None.
    count
        ``(cells,)`` people; all in at least one extract.
    """

    old: Extract
    new: Extract
    count: NDArray[np.int64]
    same_definition: Extract | None = None

    def __str__(self) -> str:
        return say("revise.linked", both=self.both, old=self.only("old"), new=self.only("new"))

    __repr__ = __str__

    @property
    def extracts(self) -> Mapping[Side, Extract]:
        """The extracts by name, in the order in which a revision goes through them."""
        found = {"old": self.old, "same_definition": self.same_definition, "new": self.new}
        return {side: extract for side in SIDES if (extract := found[side]) is not None}

    @property
    def both(self) -> int:
        """People in the old and the new extract."""
        return int(self.count[self.old.present & self.new.present].sum())

    def only(self, side: Literal["old", "new"]) -> int:
        """People in one of these two and not in the other."""
        one, other = (self.old, self.new) if side == "old" else (self.new, self.old)
        return int(self.count[one.present & ~other.present].sum())

    def table(self, side: Side) -> CaptureTable:
        """One extract by itself, as a study of it would start from.

        Raises
        ------
        InputError
            There is no such extract, and what `CaptureTable.build` refuses.
        """
        extracts = self.extracts
        if side not in extracts:
            raise no_such("no_such_extract", side, tuple(extracts))
        extract = extracts[side]
        there = extract.present
        shape = tuple(len(covariate.levels) for covariate in extract.covariates)
        return CaptureTable.build(
            extract.lists,
            extract.history[there],
            self.count[there],
            covariates=extract.covariates,
            levels=np.unravel_index(extract.stratum[there], shape) if shape else (),
            unit=extract.unit,
            name=extract.name,
            findings=extract.findings,
        )

    @classmethod
    def build(cls, extracts: Mapping[Side, Extract], count: NDArray[np.int64]) -> Linked:
        """Equal cells added up and sorted; empty ones, and people in no extract, left out.

        Raises
        ------
        InputError
            The extracts count different things, nobody is in any of them, or counts are not whole or are negative.
        """
        units = {extract.unit for extract in extracts.values()}
        if len(units) > 1:
            raise InputError("other_units", units=sorted(units))
        numbers = np.asarray(count)
        wrong = ~((numbers >= 0) & np.isfinite(numbers) & (numbers == np.floor(numbers)))
        if wrong.any():
            raise InputError("bad_counts", count=float(numbers[wrong][0]))
        rows = np.stack(
            [
                column
                for extract in extracts.values()
                for column in (np.where(extract.present, extract.stratum, ABSENT), extract.history.astype(np.int64))
            ],
            axis=1,
        )
        kept = (numbers > 0) & (rows[:, 1::2] > 0).any(axis=1)
        if not kept.any():
            raise InputError("nobody")
        cells, place = np.unique(rows[kept], axis=0, return_inverse=True)
        total = np.bincount(place.reshape(-1), weights=numbers[kept], minlength=len(cells)).astype(np.int64)
        made = {
            side: Extract(
                lists=extract.lists,
                covariates=extract.covariates,
                stratum=_frozen(cells[:, 2 * number]),
                history=_frozen(cells[:, 2 * number + 1].astype(np.uint32)),
                unit=extract.unit,
                name=extract.name,
                findings=extract.findings,
            )
            for number, (side, extract) in enumerate(extracts.items())
        }
        return cls(count=_frozen(total), **made)

    def columns(self) -> dict[str, list[int] | list[str]]:
        """The cells as plain columns, such as ``old:police`` and ``new:year``; empty where people are not there."""
        table: dict[str, list[int] | list[str]] = {}
        for side, extract in self.extracts.items():
            prefix = PREFIXES[side]
            for j, name in enumerate(extract.lists):
                table[prefix + name] = ((extract.history >> np.uint32(j)) & np.uint32(1)).astype(int).tolist()
            shape = tuple(len(covariate.levels) for covariate in extract.covariates)
            levels = np.unravel_index(np.maximum(extract.stratum, 0), shape) if shape else ()
            for covariate, level in zip(extract.covariates, levels, strict=True):
                pairs = zip(level, extract.present, strict=True)
                table[prefix + covariate.name] = [covariate.levels[place] if there else "" for place, there in pairs]
        return table | {"count": self.count.tolist()}


# What the columns of each extract begin with in a table of linked counts.
PREFIXES: Mapping[Side, str] = {"old": "old:", "same_definition": "same:", "new": "new:"}


def placed(
    extract: Extract | CaptureTable, lists: Sequence[str], covariates: Sequence[Covariate]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Where people of an extract stand in a table with some of its lists, covariates and levels.

    Parameters
    ----------
    lists, covariates
        Of that table.

    Returns
    -------
    tuple
        ``(cells,)`` strata and histories in that table; `ABSENT` and 0 for people who are not in it: on none of its
        lists, or with a level that it does not have.

    Raises
    ------
    InputError
        The table has a list or a covariate that the extract does not have.
    """
    known = [covariate.name for covariate in extract.covariates]
    for name in lists:
        if name not in extract.lists:
            raise no_such("no_such_list", name, extract.lists)
    history = np.zeros(len(extract.history), dtype=np.int64)
    for bit, name in enumerate(lists):
        history |= ((extract.history.astype(np.int64) >> extract.lists.index(name)) & 1) << bit
    there = (history > 0) & (np.asarray(extract.stratum) >= 0)
    shape = tuple(len(covariate.levels) for covariate in extract.covariates)
    coordinates = np.unravel_index(np.maximum(extract.stratum, 0), shape) if shape else ()
    chosen = []
    for covariate in covariates:
        if covariate.name not in known:
            raise no_such("unknown_covariate", covariate.name, known)
        axis = known.index(covariate.name)
        numbers = {level: number for number, level in enumerate(covariate.levels)}
        renumber = np.array([numbers.get(level, ABSENT) for level in extract.covariates[axis].levels], dtype=np.int64)
        chosen.append(renumber[coordinates[axis]])
        there &= chosen[-1] >= 0
    stratum = np.zeros(len(history), dtype=np.int64)
    if chosen:
        levels = [np.maximum(each, 0) for each in chosen]
        stratum = np.ravel_multi_index(levels, tuple(len(covariate.levels) for covariate in covariates))
    return np.where(there, stratum, ABSENT).astype(np.int64), np.where(there, history, 0).astype(np.uint32)


def _frozen(array: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
