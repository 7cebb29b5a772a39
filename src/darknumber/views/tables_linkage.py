"""Tables of linkage, one for each of its pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from darknumber.inference.shown import Shown
from darknumber.register.linkage.link_quality import Waterfall
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.views.disclosure import Disclosure
from darknumber.views.linkage_numbers import shown_alone, sizes_of
from darknumber.views.linkage_words import (
    BIT,
    chance_text,
    comparison_name,
    level_name,
    rough,
    rule_name,
    share_text,
    steps_told,
    times_text,
)
from darknumber.views.tables import Cell, Column, Table, share_shown, words
from darknumber.words import percent, say
from darknumber.words.numbers import level, tenths


def weights_table(found: LinkageSummary) -> Table | None:
    """Each way of agreeing: how often among pairs of one person and of two, and what that says."""
    if found.model is None:
        return None
    rows = [
        (
            words(comparison_name(each.name)),
            words(level_name(each.name, one.code)),
            Cell(text=share_text(one.m), value=one.m),
            Cell(text=share_text(one.u), value=one.u),
            Cell(text=times_text(one.bits * BIT), value=_times(one.bits * BIT)),
            Cell(text=tenths(one.bits), value=round(one.bits, 1)),
        )
        for each in found.model.comparisons
        for one in each.levels
    ]
    return Table(
        caption=say("linkage.weights.title_plain"),
        columns=(
            _column("comparison", left=True),
            _column("level", left=True),
            *(_column(name) for name in ("same", "others", "times", "bits")),
        ),
        rows=tuple(rows),
        headings=2,
    )


def waterfall_table(pair: Waterfall) -> Table | None:
    """One pair: what each comparison adds, and the odds after it; None of a certain pair."""
    if not math.isfinite(pair.total):
        return None
    rows, so_far = [], 0.0
    for place, (name, weight) in enumerate(steps_told(pair)):
        so_far += weight
        added = words("") if place == 0 else Cell(text=times_text(weight), value=_times(weight))
        rows.append((words(name), added, Cell(text=chance_text(so_far), value=_times(so_far))))
    return Table(
        caption=say("linkage.waterfall.caption"),
        columns=(_column("step", left=True), _column("times"), _column("odds")),
        rows=tuple(rows),
    )


def blocking_table(found: LinkageSummary, *, rules: Disclosure | None = None) -> Table | None:
    """How many pairs each rule brings together; None without rules."""
    if found.model is None or not found.model.rules:
        return None
    rows = [
        (words(rule_name(each.code)), _count(each.pairs, rules), _count(each.new_pairs, rules))
        for each in found.model.rules
    ]
    return Table(
        caption=say("linkage.blocking.caption"),
        columns=(_column("rule", left=True), _column("pairs"), _column("new")),
        rows=tuple(rows),
    )


def pairs_table(found: LinkageSummary, *, rules: Disclosure | None = None) -> Table | None:
    """Pairs by their odds; None without pairs."""
    edges, filled = found.edges.tolist(), np.flatnonzero(found.pairs)
    if not len(filled):
        return None
    places = range(int(filled[0]), int(filled[-1]) + 1)
    shown = [shown_alone(int(found.pairs[place]), rules) for place in places]
    rows = [
        (
            *(Cell(text=chance_text(edge), value=_times(edge)) for edge in edges[place : place + 2]),
            Cell(text=told.text, value=told.value),
        )
        for place, told in zip(places, shown, strict=True)
    ]
    return Table(
        caption=say("linkage.pairs.caption"),
        columns=(_column("from"), _column("to"), _column("pairs")),
        rows=tuple(rows),
        headings=2,
        notes=(say("linkage.pairs.ends"), *rounded_note(shown, rules)),
    )


def people_table(found: LinkageSummary, *, rules: Disclosure | None = None) -> Table:
    """People by the number of their reports."""
    sizes = sizes_of(found.people, rules)
    everyone = sum(each.people for each in sizes)
    shown = [shown_alone(each.people, rules) for each in sizes]
    rows = [
        (words(each.name), Cell(text=told.text, value=told.value), share(told.drawn / everyone))
        for each, told in zip(sizes, shown, strict=True)
    ]
    return Table(
        caption=say("linkage.people.caption"),
        columns=(_column("reports", left=True), _column("people"), _column("share")),
        rows=tuple(rows),
        notes=rounded_note(shown, rules),
    )


def unlinkable_table(found: LinkageSummary) -> Table | None:
    """The share of reports that could not be linked, by the threshold; None where no model was used."""
    if found.model is None:
        return None
    numbers = zip(found.thresholds.tolist(), found.unlinkable.tolist(), strict=True)
    return Table(
        caption=say("linkage.unlinkable.caption"),
        columns=(_column("threshold"), _column("unlinkable")),
        rows=tuple((threshold_cell(at), share(part)) for at, part in numbers),
    )


def accuracy_table(found: LinkageSummary) -> Table | None:
    """How many links are right and how many are found, by the threshold; None where neither is known nor expected."""
    known = found.quality
    if known is None:
        return None
    numbers = zip(known.thresholds.tolist(), known.precision.tolist(), known.recall.tolist(), strict=True)
    return Table(
        caption=say("linkage.accuracy.caption" if known.labelled else "linkage.accuracy.caption_expected"),
        columns=(_column("threshold"), _column("precision"), _column("recall")),
        rows=tuple((threshold_cell(at), share(right), share(seen)) for at, right, seen in numbers),
    )


def rounded_note(shown: Sequence[Shown], rules: Disclosure | None) -> tuple[str, ...]:
    """That numbers are rounded, and what a mark means."""
    if rules is None or not any(each.form in ("rounded", "small") for each in shown):
        return ()
    return (say("linkage.rounded", base=rules.base, floor=rules.floor, most=rules.floor - 1),)


def share(number: float) -> Cell:
    """A cell with a share."""
    return Cell(text=percent(number), value=share_shown(number))


def _column(name: str, *, left: bool = False) -> Column:
    return Column(label=say(f"linkage.column.{name}"), align="left" if left else "right", names=(name,))


def _count(number: float, rules: Disclosure | None) -> Cell:
    told = shown_alone(number, rules)
    return Cell(text=told.text, value=told.value)


def threshold_cell(at: float) -> Cell:
    """A cell with a threshold."""
    return Cell(text=level(round(at, 6)), value=round(at, 6))


def _times(weight: float) -> float:
    """How many times, with two digits; below one as a fraction."""
    times = rough(math.exp(min(abs(weight), 100.0)))
    return times if weight >= 0 else 1 / times
