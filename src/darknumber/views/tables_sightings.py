"""Tables of one list on which people are seen repeatedly: how often they were seen, and what other laws would say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.frequencies import Frequencies
from darknumber.inference.estimates import Estimates
from darknumber.inference.other_laws import Law
from darknumber.inference.publish import rounded
from darknumber.inference.shown import Shown
from darknumber.inference.shown import notes as notes_of_shown
from darknumber.models.sighting_signs import OFTEN
from darknumber.models.sightings import SightingsFit
from darknumber.studies.floors import rounded_down
from darknumber.studies.laws import Laws
from darknumber.studies.printing_laws import distance_text, figures_text, law_name, wide
from darknumber.views.disclosure import Disclosure, Protection
from darknumber.views.linkage_numbers import shown_alone, sizes_of
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.words import people, say

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Often:
    """People who were seen so often.

    Parameters
    ----------
    name
        How often, in words.
    seen
        How many they are, as it is published.
    expected
        How many the law has, rounded alike; ``nan`` where it has no law for everybody.
    """

    name: str
    seen: Shown
    expected: float


def how_often(data: Frequencies, rules: Disclosure | None, expected: Array | None = None) -> tuple[Often, ...]:
    """How many people were seen once, twice, and so on; put together until no few people are left apart.

    Parameters
    ----------
    data
        Of one list.
    rules
        The rule for small numbers; None prints them exactly.
    expected
        ``(T,)`` how many the law has of each, the last with all that are seen more often; empty where there is none.
    """
    most = int(data.times.max())
    often, base = min(most, OFTEN), 1 if rules is None else rules.base
    law = expected if expected is not None and len(expected) else np.full(often, math.nan)
    found = []
    for size in sizes_of(np.rint(np.concatenate([[0.0], data.up_to(often)])).astype(np.int64), rules):
        more = size.high is None or (size.high == often and most > often)
        wanted = float(law[size.low - 1 : often if more else size.high].sum())
        found.append(
            Often(
                name=_name(size.low, None if more else size.high),
                seen=shown_alone(size.people, rules),
                expected=wanted if math.isnan(wanted) else float(math.floor(wanted / base + 0.5) * base),
            )
        )
    return tuple(found)


def _name(low: int, high: int | None) -> str:
    if high is None:
        return say("sightings.times.more", n=low)
    return say("sightings.times.row", n=low) if low == high else say("sightings.times.range", low=low, high=high)


def often_table(data: Frequencies, *, rules: Disclosure | None = None, expected: Array | None = None) -> Table:
    """How many people were seen so often, and how many the law has where there is one.

    Parameters
    ----------
    data, rules, expected
        As in `how_often`.
    """
    rows = how_often(data, rules, expected)
    with_law = not math.isnan(rows[0].expected)
    columns = [
        Column(label=say("sightings.column.times"), align="left", names=("times",)),
        Column(label=say("view.column.observed"), names=("people",)),
    ]
    if with_law:
        columns.append(Column(label=say("sightings.column.expected"), names=("expected",)))
    made = []
    for row in rows:
        cells = [Cell(text=row.name, value=row.name), Cell(text=row.seen.text, value=row.seen.value)]
        made.append((*cells, *([Cell(text=people(row.expected), value=row.expected)] if with_law else [])))
    return Table(
        caption=say("sightings.often.caption"),
        columns=tuple(columns),
        rows=tuple(made),
        notes=notes_of_shown(row.seen for row in rows),
    )


def laws_table(found: Laws, *, protection: Protection | None = None) -> Table:
    """What each law says, that of the answer first.

    Parameters
    ----------
    found
        The answer with other laws.
    protection
        What is shown of registered numbers; no estimate is printed below the one of everybody.
    """
    observed = float(found.estimates.fits[0].data.count.sum())
    observed = observed if protection is None else protection.total.drawn
    return Table(
        caption=say("laws.title"),
        columns=(
            Column(label=say("laws.column.law"), align="left", names=("law",)),
            Column(label=say("laws.column.distance"), names=("points",)),
            Column(label=say("view.column.estimate"), names=("estimate",)),
            Column(
                label=say("view.column.interval", level=found.estimates.level),
                names=("lower", "upper"),
            ),
        ),
        rows=tuple(_law_row(law, observed) for law in found.laws),
        notes=(say("laws.read"),),
    )


def _law_row(law: Law, observed: float) -> tuple[Cell, ...]:
    estimate, limits = figures_text(law, observed)
    distance = None if math.isnan(law.distance) else round(law.distance, 1)
    value, ends = law.estimate, (math.nan, math.nan)
    if law.floor and math.isfinite(value):
        value = max(rounded_down(value), observed)
    elif math.isfinite(value):
        whole = rounded(value, law.lower, law.upper, floor=observed)
        value, ends = math.nan if wide(law) else whole.value, (whole.lower, whole.upper)
    return (
        words(law_name(law.model)),
        Cell(text=distance_text(law), value=distance),
        Cell(text=estimate, value=value),
        Cell(text=limits, value=ends),
    )


def often_of(estimates: Estimates) -> SightingsFit | None:
    """The fit to how often people are on one list; None of an answer from several."""
    fit = estimates.fits[0] if estimates.fits else None
    return fit if isinstance(fit, SightingsFit) else None


def often_of_fit(fit: SightingsFit, rules: Disclosure | None) -> Table:
    """The table of how often people were seen, with what the law of a fit has."""
    return often_table(fit.frequencies, rules=rules, expected=fit.expected)
