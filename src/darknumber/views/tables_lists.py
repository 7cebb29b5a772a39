"""Tables of what an answer rests on: the lists and their overlaps, the search path."""

from __future__ import annotations

from darknumber.data.table import CaptureTable
from darknumber.inference.printing import criterion_name
from darknumber.inference.publish import SMALL, to_step
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.views.labels import capital
from darknumber.views.protection import STAND_IN, Shown, hides, overlaps_shown, shared_shown, sizes_shown
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.words import number, people, percent, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import LEAST_SHARE


def lists_table(data: CaptureTable, *, protect: bool = True) -> Table:
    """How many people are on each list.

    Parameters
    ----------
    data
        The capture table.
    protect
        Whether numbers from 1 to 4 are hidden, and the others rounded where they would give these away.
    """
    everyone = float(data.count.sum())
    rows = tuple(
        (
            Cell(text=capital(list_name(name)), value=name),
            Cell(text=size.text, value=size.value),
            Cell(text=_share(size, everyone), value=None if size.value is None else size.value / everyone),
        )
        for name, size in zip(data.lists, sizes_shown(data, protect), strict=True)
    )
    notes = [say("view.overlap.adds", n=people(everyone), unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.lists_caption"),
        columns=(
            Column(label=say("view.overlap.list"), align="left"),
            Column(label=say("view.overlap.on_it")),
            Column(label=say("view.overlap.share")),
        ),
        rows=rows,
        notes=(*notes, *_hidden_note(data, protect)),
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
    overlaps, marks = overlaps_shown(data, protect), [f"({j})" for j in range(1, len(data.lists) + 1)]
    rows = tuple(
        (
            Cell(text=f"{marks[i]} {capital(list_name(name))}", value=name),
            *(Cell(text=overlaps[j, i].text, value=overlaps[j, i].value) for j in range(i)),
            *(words("") for _ in range(i, len(data.lists) - 1)),
        )
        for i, name in enumerate(data.lists)
    )
    shared = shared_shown(data, protect).text
    notes = [say("view.overlap.shared", n=shared, unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.pairs_caption"),
        columns=(Column(label="", align="left"), *(Column(label=mark) for mark in marks[:-1])),
        rows=rows,
        notes=(*notes, *_hidden_note(data, protect)),
    )


def path_table(candidates: Candidates, observed: float, *, criterion: str | float = "bic", step: int = 1) -> Table:
    """The models a search looked at: size, fit, and the estimate each would give.

    Parameters
    ----------
    candidates
        The path.
    observed
        People on some list, in all strata.
    criterion
        What the search went by; shown as the distance to the best.
    step
        What the estimates are rounded to.
    """
    distance = candidates.distance
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


def _share(size: Shown, everyone: float) -> str:
    """A size as a share of everyone; only bounded where the size is."""
    if size.hidden:
        return say("view.overlap.fewer", n=percent(max(size.drawn / everyone, LEAST_SHARE)))
    return percent(size.drawn / everyone)


def _hidden_note(data: CaptureTable, protect: bool) -> tuple[str, ...]:
    if not hides(data, protect):
        return ()
    return (say("view.overlap.hidden", n=SMALL, most=SMALL - 1, stand_in=STAND_IN),)
