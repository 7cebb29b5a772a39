"""Tables of what an answer rests on: the lists and their overlaps, the search path."""

from __future__ import annotations

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.inference.printing import criterion_name
from darknumber.inference.publish import to_step
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.views.labels import capital, list_name
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.words import number, people, percent, say

SMALL = 5  # overlaps of 1 to 4 people are the most telling cells of a study like this: they are shown as "<5"
ROUNDED_TO = 10  # where an overlap is hidden, sums it could be worked out from are rounded to this


def protected(count: int, protect: bool) -> str:
    """A number of people in an overlap: *none*, *<5* where it must be hidden, else exact."""
    if count == 0:
        return say("view.overlap.none")
    return say("view.overlap.fewer", n=SMALL) if protect and count < SMALL else people(count)


def hides(data: CaptureTable, protect: bool) -> bool:
    """Whether an overlap of two lists is hidden."""
    pairs = data.overlaps[np.triu_indices(len(data.lists), 1)]
    return bool(protect and ((pairs > 0) & (pairs < SMALL)).any())


def shared_people(data: CaptureTable, protect: bool) -> str:
    """People on two or more lists, rounded where the exact sum would give a hidden overlap away."""
    shared = int(data.by_number_of_lists[1:].sum())
    if not hides(data, protect):
        return protected(shared, protect)
    near = round(shared / ROUNDED_TO) * ROUNDED_TO
    return say("view.overlap.about", n=near) if near else say("view.overlap.fewer", n=ROUNDED_TO)


def lists_table(data: CaptureTable, *, protect: bool = True) -> Table:
    """How many people are on each list.

    Parameters
    ----------
    data
        The capture table.
    protect
        Whether numbers from 1 to 4 are hidden.
    """
    everyone = float(data.count.sum())
    rows = tuple(
        (
            Cell(text=capital(list_name(name)), value=name),
            Cell(text=protected(int(size), protect), value=_shown(int(size), protect)),
            Cell(text=percent(size / everyone), value=float(size / everyone)),
        )
        for name, size in zip(data.lists, data.list_sizes, strict=True)
    )
    return Table(
        caption=say("view.overlap.lists_caption"),
        columns=(
            Column(label=say("view.overlap.list"), align="left"),
            Column(label=say("view.overlap.on_it")),
            Column(label=say("view.overlap.share")),
        ),
        rows=rows,
        notes=(say("view.overlap.adds", n=people(everyone), unit=say(f"estimates.unit.{data.unit}")),),
    )


def overlaps_table(data: CaptureTable, *, protect: bool = True) -> Table:
    """How many people are on both of every two lists; the columns are numbered like the rows.

    Parameters
    ----------
    data
        The capture table.
    protect
        Whether overlaps of 1 to 4 people are hidden.
    """
    overlaps, marks = data.overlaps, [f"({j})" for j in range(1, len(data.lists) + 1)]
    rows = tuple(
        (
            Cell(text=f"{marks[i]} {capital(list_name(name))}", value=name),
            *(
                Cell(text=protected(int(overlaps[i, j]), protect), value=_shown(int(overlaps[i, j]), protect))
                for j in range(i)
            ),
            *(words("") for _ in range(i, len(data.lists) - 1)),
        )
        for i, name in enumerate(data.lists)
    )
    notes = [say("view.overlap.shared", n=shared_people(data, protect), unit=say(f"estimates.unit.{data.unit}"))]
    notes += [say("view.overlap.hidden", n=SMALL)] if hides(data, protect) else []
    return Table(
        caption=say("view.overlap.pairs_caption"),
        columns=(Column(label="", align="left"), *(Column(label=mark) for mark in marks[:-1])),
        rows=rows,
        notes=tuple(notes),
    )


def path_table(candidates: Candidates, observed: float, *, criterion: str = "bic", step: int = 1) -> Table:
    """The models a search looked at: size, fit, and the estimate each would give.

    Parameters
    ----------
    candidates
        The path.
    observed
        People on some list, in all strata.
    criterion
        ``aic``, ``aicc`` or ``bic``; shown as the distance to the best.
    step
        What the estimates are rounded to.
    """
    distance = distances(candidates, criterion)
    rows = []
    for row, unobserved in enumerate(candidates.unobserved):
        unknown = candidates.verdict[row] == verdicts.NOT_IDENTIFIED
        shown = float("nan") if unknown else to_step(observed + float(unobserved), step)
        rows.append(
            (
                Cell(text=str(row), value=float(row)),
                words(candidates.step[row] or say("view.path.start")),
                Cell(text=people(candidates.parameters[row]), value=float(candidates.parameters[row])),
                Cell(text=number(float(distance[row])), value=float(distance[row])),
                Cell(text=people(shown), value=shown),
                words(say("view.path.chosen") if row == candidates.chosen else ""),
            )
        )
    return Table(
        caption=say("view.path.caption"),
        columns=(
            Column(label=say("view.path.step")),
            Column(label=say("view.path.change"), align="left"),
            Column(label=say("view.path.parameters")),
            Column(label=say("view.path.distance", criterion=criterion_name(criterion))),
            Column(label=say("view.column.estimate")),
            Column(label="", align="left"),
        ),
        rows=tuple(rows),
        headings=1,
        notes=(say("view.path.note"),),
    )


def distances(candidates: Candidates, criterion: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How far each model's criterion is above the lowest one on the path."""
    values = np.asarray(getattr(candidates, criterion), dtype=np.float64)
    return values - np.nanmin(values)


def _shown(value: int, protect: bool) -> float | None:
    return None if protect and 0 < value < SMALL else float(value)
