"""Tables of reports for every draw of who is who, from pairs with weights and what counting needs of each report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data.drawn import AtThreshold, DrawnTables, WhoIsWho, distinct
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.register.linkage.coded import Coded, without_lists
from darknumber.register.linkage.counting import (
    Cells,
    Labelled,
    cells_of,
    covariates_of,
    labelled,
    several_years,
    table_of,
)
from darknumber.register.linkage.partitions import (
    Doubt,
    Pairs,
    doubt_of,
    doubtful_draws,
    expected_errors,
    in_doubt,
    people_at,
)

Progress = Callable[[int, int, str], None]

# Other thresholds that are looked at, beside the one that is used.
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
AT_ODDS = 1.0  # log odds added to all pairs from which they contradict each other more than a model of pairs can bear
MANY_REPORTS = 20  # of one person: more than anybody has who is not several people under one name


def drawn_tables(
    pairs: Pairs,
    numbers: Coded,
    *,
    draws: int,
    threshold: float = 0.5,
    seed: int = 0,
    progress: Progress | None = None,
    findings: Sequence[Finding] = (),
) -> DrawnTables:
    """A table at the threshold and one for every draw; see `darknumber.register.linkage.drawn.linked_tables`.

    Parameters
    ----------
    pairs
        Pairs of reports that may be one person.
    numbers
        What counting needs of each report.
    draws, threshold, seed, progress
        As in `linked_tables`.
    findings
        What is known of the pairs.
    """
    person = people_at(pairs, threshold)
    everyone = np.arange(pairs.rows)
    cells_best = cells_of(numbers, everyone, person)
    doubt = doubt_of(pairs)
    counted, people = _counted(numbers, doubt, draws, seed, progress)
    cells = {cell.key: cell for cell in counted}
    weights = Counter(cell.key for cell in counted)
    best = labelled(numbers, cells_best)
    several = {key: labelled(numbers, cell) for key, cell in cells.items()}
    empty = _empty(numbers, [best, *several.values()])
    if empty and len(numbers.lists) - len(empty) > 1:
        names = [numbers.lists[place] for place in empty]
        left_out = Finding(code="lists_left_out", severity="caution", values={"n": len(names), "lists": names})
        return drawn_tables(
            pairs,
            without_lists(numbers, empty),
            draws=draws,
            threshold=threshold,
            seed=seed,
            progress=progress,
            findings=(*findings, left_out),
        )
    covariates = covariates_of(numbers, [best, *several.values()])
    said = [*numbers.findings, *best.findings]
    years = several_years(numbers, everyone, person)
    if years:
        said.append(Finding(code="several_years", values={"n": years}))
    tables, shares = distinct(
        [table_of(numbers, each, covariates, ()) for each in several.values()], [weights[key] for key in several]
    )
    links, missed, false = expected_errors(pairs, person)
    counts = _that_count(numbers, person)
    largest = int(np.bincount(person[counts], minlength=1).max())
    return DrawnTables(
        best=table_of(numbers, best, covariates, said),
        tables=tables,
        weights=shares,
        linkage=WhoIsWho(
            reports=pairs.rows,
            counted=int(counts.sum()),
            organisations=sum(numbers.organisations),
            threshold=threshold,
            people=cells_best.people,
            draws=draws,
            seed=seed,
            people_low=min(people),
            people_high=max(people),
            in_doubt=_in_doubt(pairs),
            largest=largest,
            links=links,
            missed=missed,
            false=false,
        ),
        findings=(*findings, *_remarkable(doubt, largest)),
        at=_others(pairs, numbers, threshold),
    )


def at_threshold(pairs: Pairs, numbers: Coded, threshold: float) -> AtThreshold:
    """What the links at one threshold alone give.

    Raises
    ------
    InputError
        People with two values where the rule is ``error``, and what `CaptureTable.build` refuses.
    """
    person = people_at(pairs, threshold)
    cells = cells_of(numbers, np.arange(pairs.rows), person)
    found = labelled(numbers, cells)
    _, missed, false = expected_errors(pairs, person)
    return AtThreshold(
        threshold=threshold,
        table=table_of(numbers, found, covariates_of(numbers, [found]), (*numbers.findings, *found.findings)),
        people=cells.people,
        missed=missed,
        false=false,
    )


def _that_count(numbers: Coded, person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """``(rows,)`` whether a report is on a list that counts, of a person who meets the definition."""
    meets = np.zeros(len(person), dtype=bool)
    meets[person[numbers.meets]] = True
    return np.asarray((numbers.on > 0) & meets[person])


def _empty(numbers: Coded, tables: Sequence[Labelled]) -> list[int]:
    """The lists on which nobody is in some table: nobody meets the definition, or one in doubt."""
    return [
        place
        for place in range(len(numbers.lists))
        if any(not (table.history >> place & 1).any() for table in tables if len(table.history))
    ]


def _others(pairs: Pairs, numbers: Coded, threshold: float) -> tuple[AtThreshold, ...]:
    """What other thresholds give, but for those at which there is no table, as where nobody is left on a list."""
    found = []
    for each in sorted({*THRESHOLDS, threshold}):
        try:
            found.append(at_threshold(pairs, numbers, each))
        except InputError:
            continue
    return tuple(found)


def _counted(
    numbers: Coded, doubt: Doubt, draws: int, seed: int, progress: Progress | None
) -> tuple[list[Cells], list[int]]:
    """The cells of every draw, and how many people there are in it; reports without doubt are counted once."""
    sure = np.ones(len(doubt.settled), dtype=bool)
    sure[doubt.rows] = False
    settled = cells_of(numbers, np.flatnonzero(sure), doubt.settled[sure])
    counted = []
    for person in doubtful_draws(doubt, draws, seed):
        counted.append(settled + cells_of(numbers, doubt.rows, person))
        if progress is not None:
            progress(len(counted), draws, "tables")
    return counted, [cells.people for cells in counted]


def _in_doubt(pairs: Pairs) -> int:
    """How many reports are in a pair that is neither close to certainly one person nor close to certainly two."""
    doubtful = in_doubt(pairs)
    return len(np.unique(np.concatenate([pairs.left[doubtful], pairs.right[doubtful]])))


def _remarkable(doubt: Doubt, largest: int) -> list[Finding]:
    """A person with more reports than anybody has, and groups too large to be drawn as they are."""
    said = []
    if largest > MANY_REPORTS:
        said.append(Finding(code="person_with_many_reports", severity="caution", values={"n": largest}))
    if abs(doubt.shift) >= AT_ODDS:
        said.append(Finding(code="links_at_odds", severity="caution"))
    if doubt.cut:
        said.append(Finding(code="group_cut", severity="caution", values={"n": doubt.cut}))
    return said
