"""Tables of several models: the set that the data can hardly tell apart, and models side by side."""

from __future__ import annotations

import math

import numpy as np

from darknumber.inference.printing import terms_in_words
from darknumber.inference.publish import figures, headline_of, to_step
from darknumber.inference.set_words import criterion_name
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.models.text import format_thing
from darknumber.studies.compare import Comparison
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, count, share_shown, words
from darknumber.views.tables_estimates import shown_limits
from darknumber.words import people, percent, say
from darknumber.words.numbers import tenths

MOST_ROWS = 50  # models in the table of a page; where there are more, a note says so


def set_table(
    candidates: Candidates, observed: float, *, criterion: str | float, step: int = 1, proved: bool = True
) -> Table:
    """The models close to the best: terms, size, fit, and the estimate each gives.

    Parameters
    ----------
    candidates
        The set, from an exact search.
    observed
        People on some list, in all strata.
    criterion
        What the set was searched by.
    step
        What the estimates are rounded to.
    proved
        Whether it is proved that there are no others.
    """
    total = len(candidates.label)
    shown = [row for row in range(total) if row < MOST_ROWS or row == candidates.local]
    weights = candidates.weight
    columns = [
        Column(label="", names=("model",)),
        Column(label=capital(say("modelset.column.terms")), align="left", names=("terms",)),
        Column(label=capital(say("modelset.column.parameters")), names=("parameters",)),
        Column(label=say("view.path.distance", criterion=criterion_name(criterion)), names=("distance",)),
        *([Column(label=capital(say("modelset.column.weight")), names=("weight",))] if weights is not None else []),
        Column(label=say("view.column.estimate"), names=("estimate",)),
        Column(label="", align="left", names=("remark",)),
    ]
    rows = []
    for row in shown:
        unknown = candidates.verdict[row] == verdicts.NOT_IDENTIFIED
        estimate = np.nan if unknown else to_step(observed + float(candidates.unobserved[row]), step, observed)
        distance = float(candidates.distance[row])
        cells = [
            Cell(text=people(row + 1), value=float(row + 1)),
            words(terms_in_words(candidates.label[row])),
            count(float(candidates.parameters[row])),
            Cell(text=tenths(distance), value=distance),
            *([Cell(text=percent(float(weights[row])), value=float(weights[row]))] if weights is not None else []),
            Cell(text=people(estimate), value=float(estimate)),
            words(_remark(candidates, row)),
        ]
        rows.append(tuple(cells))
    notes = [say(f"modelset.proof.{'yes' if proved else 'no'}")]
    notes += [say("modelset.table.most", shown=len(shown), models=total)] if len(shown) < total else []
    notes += [say("modelset.table.weights")] if weights is not None else []
    return Table(
        caption=say("modelset.table.caption", delta=candidates.delta),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(*notes, say("modelset.table.note")),
    )


def comparison_table(found: Comparison) -> Table:
    """Each model with its estimate, interval and the share on some list."""
    totals = found.totals
    rows = []
    for place, each in enumerate(totals, start=1):
        row = headline_of(figures(each)[0])
        rows.append(
            (
                Cell(text=people(place), value=float(place)),
                words(format_thing(each.fits[0].model)),
                Cell(text=row.estimate_text, value=None if row.range_only else row.estimate),
                Cell(text=row.interval_text, value=shown_limits(row)),
                Cell(text=row.share_text, value=math.nan if row.range_only else share_shown(row.share)),
            )
        )
    return Table(
        caption=say("compare.title", n=len(rows)),
        columns=(
            Column(label="", names=("number",)),
            Column(label=say("compare.column.model"), align="left", names=("model",)),
            Column(label=say("view.column.estimate"), names=("estimate",)),
            Column(label=say("view.column.interval", level=totals[0].level), names=("lower", "upper")),
            Column(label=say("view.column.share"), names=("ascertainment",)),
        ),
        rows=tuple(rows),
        headings=2,
        notes=(say("compare.note"),),
    )


def _remark(candidates: Candidates, row: int) -> str:
    """What stands behind a model: that it was chosen, that a stepwise search ends there."""
    marks = []
    if row == candidates.chosen:
        marks.append(say("modelset.table.best"))
    if row == candidates.local:
        marks.append(say("modelset.table.stepwise"))
    return ", ".join(marks)
