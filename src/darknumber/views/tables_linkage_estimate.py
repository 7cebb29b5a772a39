"""Tables of what linkage does to the estimate: over the threshold, and its share of the doubt."""

from __future__ import annotations

import math

from darknumber.inference.doubt import VarianceShares
from darknumber.inference.publish import rounded
from darknumber.studies.links import Thresholds
from darknumber.views.disclosure import Disclosure
from darknumber.views.linkage_numbers import shown_alone
from darknumber.views.plots_linkage_estimate import parts_of
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.views.tables_linkage import rounded_note, share, threshold_cell
from darknumber.words import interval, people, say


def shares_table(shares: VarianceShares) -> Table:
    """Where the doubt comes from: the shares of the variance of the logarithm of the dark figure."""
    return Table(
        caption=say("linkage.shares.caption"),
        columns=(
            Column(label=say("linkage.column.source"), align="left", names=("source",)),
            Column(label=say("linkage.column.share"), names=("share",)),
        ),
        rows=tuple((words(say(f"linkage.shares.{part}")), share(number)) for part, number in parts_of(shares)),
    )


def threshold_table(found: Thresholds, *, rules: Disclosure | None = None) -> Table:
    """The answer at each threshold, and that of all draws of who is who.

    Parameters
    ----------
    found
        The answer at several thresholds.
    rules
        The rule for small registered numbers; None shows them exactly.
    """
    shown = [shown_alone(count, rules) for count in found.observed.tolist()]
    numbers = zip(
        *(each.tolist() for each in (found.threshold, found.missed, found.false, found.estimate, found.lower)),
        found.upper.tolist(),
        shown,
        strict=True,
    )
    rows = [
        (
            threshold_cell(at),
            Cell(text=told.text, value=told.value),
            share(missed),
            share(false),
            *_answer(estimate, low, high, told.drawn),
        )
        for at, missed, false, estimate, low, high, told in numbers
    ]
    drawn = () if found.pooled.draws is None else found.pooled.draws
    whole = shown_alone(float(found.pooled.observed[0]), rules)
    low, high = found.pooled.limits[0].tolist()
    rows.append(
        (
            words(say("linkage.threshold.pooled")),
            Cell(text=whole.text, value=whole.value),
            words(""),
            words(""),
            *_answer(float(found.pooled.estimate[0]), low, high, whole.drawn),
        )
    )
    names = ("threshold", "observed", "missed", "false", "estimate")
    return Table(
        caption=say("linkage.threshold.caption"),
        columns=(
            *(Column(label=say(f"linkage.column.{name}"), names=(name,)) for name in names),
            Column(label=say("view.column.interval", level=found.level), names=("lower", "upper")),
        ),
        rows=tuple(rows),
        sums=frozenset({len(rows) - 1}),
        notes=(say("linkage.threshold.read", replicates=len(drawn)), *rounded_note(shown, rules)),
    )


def _answer(estimate: float, low: float, high: float, floor: float) -> tuple[Cell, Cell]:
    """An estimate and its limits, rounded alike."""
    if not math.isfinite(estimate):
        return Cell(text=people(estimate), value=estimate), words("")
    told = rounded(estimate, low, high, floor=floor)
    return (
        Cell(text=people(told.value), value=told.value),
        Cell(text=interval(told.lower, told.upper), value=(told.lower, told.upper)),
    )
