"""Can these lists answer the question? A look at the table before anything is estimated (METHODS 2.2, item 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from darknumber.data.recording import with_recording
from darknumber.data.records import Records
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.data.tabulate import tabulate
from darknumber.findings import Finding, by_severity
from darknumber.kernels.histories import list_counts, membership
from darknumber.studies.printing import describe_check

Counts = NDArray[np.int64]

# With more than this share of everyone on one list, the estimate rests on the few who are not on it (METHODS 2.2).
DOMINANT = 0.8
# A list with fewer people than this has no overlaps to speak of: at most four people could be shared (METHODS 2.2).
FEW = 5
MOST_NAMED = 10  # pairs of lists named in one sentence; where there are more, the overlaps show them
_RECORDING = ("not_recorded", "recording_rises_with_lists")  # looked at anew: strata may have been left out since


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyPair:
    """Two lists that share nobody.

    Parameters
    ----------
    lists
        Their names.
    structural
        Whether they were never kept in the same stratum, so that nobody could be on both.
    """

    lists: tuple[str, str]
    structural: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyMargin:
    """A list with nobody at a level of a covariate at which people are registered.

    Parameters
    ----------
    list, covariate, level
        Which.
    people
        People at that level, all of them on other lists.
    structural
        Whether the list was kept in no stratum of that level, so that nobody there could be on it.
    """

    list: str
    covariate: str
    level: str
    people: int
    structural: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a table of lists looks like; print it, or read its parts.

    Parameters
    ----------
    data
        The table that was looked at.
    observed
        People on some list.
    sizes, alone
        ``(K,)`` people on each list, and those of them who are on no other.
    overlaps
        ``(K, K)`` people on both lists of a pair; the diagonal holds the sizes.
    by_number_of_lists
        ``(K,)`` people on exactly 1, 2, ..., K lists.
    empty_pairs
        Pairs of lists that share nobody.
    empty_margins
        Lists with nobody at some level of a covariate; *not recorded* is not looked at, as it takes no list term.
    dominant
        Lists with more than `DOMINANT` of everyone.
    negligible
        Lists with fewer than `FEW` people, or with nobody who is on another list.
    findings
        What the reader must know, the findings of reading the data included; worst first.
    """

    data: CaptureTable
    observed: int
    sizes: Counts
    alone: Counts
    overlaps: Counts
    by_number_of_lists: Counts
    empty_pairs: tuple[EmptyPair, ...]
    empty_margins: tuple[EmptyMargin, ...]
    dominant: tuple[str, ...]
    negligible: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_check(self)

    __repr__ = __str__


def check(data: CaptureTable | Records) -> Check:
    """Look at the lists: their sizes, their overlaps, what is empty and whether it had to be.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    """
    table = tabulate(data) if isinstance(data, Records) else data
    pairs, margins = empty_pairs(table), empty_margins(table)
    sizes, alone = table.list_sizes, on_one_list(table)
    by_list = [
        (name, int(size), bool(size > single)) for name, size, single in zip(table.lists, sizes, alone, strict=True)
    ]
    observed = int(table.count.sum())
    table = with_recording(replace(table, findings=tuple(f for f in table.findings if f.code not in _RECORDING)))
    return Check(
        data=table,
        observed=observed,
        sizes=sizes,
        alone=alone,
        overlaps=table.overlaps,
        by_number_of_lists=table.by_number_of_lists,
        empty_pairs=pairs,
        empty_margins=margins,
        dominant=tuple(name for name, size, _ in by_list if size > DOMINANT * observed),
        negligible=tuple(name for name, size, shares in by_list if size < FEW or not shares),
        findings=by_severity(
            [*_about_lists(by_list, observed), *_about_pairs(table, pairs), *_about_margins(margins), *table.findings]
        ),
    )


def on_one_list(table: CaptureTable) -> Counts:
    """``(K,)`` people on each list who are on no other."""
    single = list_counts(table.history) == 1
    on = membership(table.history[single], len(table.lists)).astype(np.int64)
    return np.asarray(on.T @ table.count[single], dtype=np.int64)


def empty_pairs(table: CaptureTable) -> tuple[EmptyPair, ...]:
    """The pairs of lists that share nobody."""
    overlaps, kept = table.overlaps, table.operating
    return tuple(
        EmptyPair(lists=(table.lists[i], table.lists[j]), structural=not bool((kept[:, i] & kept[:, j]).any()))
        for i, j in combinations(range(len(table.lists)), 2)
        if overlaps[i, j] == 0
    )


def empty_margins(table: CaptureTable) -> tuple[EmptyMargin, ...]:
    """The lists that have nobody at a level of a covariate, where others have."""
    on = membership(table.history, len(table.lists)).astype(np.int64)
    found = []
    for axis, covariate in enumerate(table.covariates):
        level_of_cell = np.unravel_index(table.stratum, table.shape)[axis]
        level_of_stratum = table.level_of(covariate.name)
        for place, level in enumerate(covariate.levels):
            inside = level_of_cell == place
            people = int(table.count[inside].sum())
            if level == NOT_RECORDED or not people:
                continue
            sizes = on[inside].T @ table.count[inside]
            kept = table.operating[level_of_stratum == place].any(axis=0)
            found += [
                EmptyMargin(
                    list=table.lists[j],
                    covariate=covariate.name,
                    level=level,
                    people=people,
                    structural=not bool(kept[j]),
                )
                for j in np.flatnonzero(sizes == 0)
            ]
    return tuple(found)


def _about_lists(by_list: Sequence[tuple[str, int, bool]], observed: int) -> Iterable[Finding]:
    """About each list: its name, the people on it, and whether any of them is on another."""
    if not any(shares for _, _, shares in by_list):
        yield Finding(code="no_overlap", severity="stop")
        return
    for name, size, shares in by_list:
        if size > DOMINANT * observed:
            yield Finding(code="list_dominant", severity="caution", where=name, values={"share": size / observed})
        if size < FEW:
            yield Finding(code="list_small", severity="caution", where=name, values={"n": size})
        elif not shares:
            yield Finding(code="list_alone", severity="caution", where=name)


def _about_pairs(table: CaptureTable, pairs: Iterable[EmptyPair]) -> Iterable[Finding]:
    """About the pairs that share nobody, by name where they are few."""
    structural = tuple(":".join(pair.lists) for pair in pairs if pair.structural)
    empty = tuple(":".join(pair.lists) for pair in pairs if not pair.structural)
    values: dict[str, object] = {"n": len(empty), "pairs": comb(len(table.lists), 2), "names": empty}
    if empty and table.by_number_of_lists[1:].any():  # where nobody is on two lists that is said already
        counted = "empty_pairs" if len(empty) <= MOST_NAMED else "many_empty_pairs"
        yield Finding(code=counted, severity="caution", values=values)
    if structural:
        never = "structural_pairs" if len(structural) <= MOST_NAMED else "many_structural_pairs"
        yield Finding(code=never, values={"n": len(structural), "names": structural})


def _about_margins(margins: Iterable[EmptyMargin]) -> Iterable[Finding]:
    """One finding for each list and covariate, naming the levels."""
    grouped: dict[tuple[bool, str, str], list[EmptyMargin]] = {}
    for margin in margins:
        grouped.setdefault((margin.structural, margin.list, margin.covariate), []).append(margin)
    for (structural, name, covariate), group in grouped.items():
        levels = tuple(margin.level for margin in group)
        if structural:
            yield Finding(code="structural_margins", where=name, values={"covariate": covariate, "levels": levels})
        else:
            people = sum(margin.people for margin in group)
            values = {"covariate": covariate, "levels": levels, "n": people}
            yield Finding(code="empty_margins", severity="caution", where=name, values=values)
