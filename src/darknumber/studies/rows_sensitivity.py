"""What was found about the sensitivity of an answer, as plain rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from darknumber.studies.identification import Pair, Point

if TYPE_CHECKING:  # Sensitivity makes its columns through this module
    from darknumber.studies.sensitivity import Sensitivity

Row = tuple[str, str, float, float, float, str]


def tidy(found: Sensitivity) -> dict[str, list[Any]]:
    """One row an assumption and a setting: the total, its limits, and what is special about it."""
    rows = [*_headline(found), *_pairs(found), *_others(found), *_contamination(found)]
    names = ("what", "setting", "estimate", "lower", "upper", "note")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def odds_table(pairs: Sequence[Pair]) -> dict[str, list[Any]]:
    """One row a pair and where its odds ratio is from."""
    rows: list[tuple[str, str, float, float, float]] = []
    for pair in pairs:
        name = ":".join(pair.lists)
        rows.append((name, "model, on no other list", pair.implied, math.nan, math.nan))
        for where, ratio in (("on any other list", pair.observed), *((f"on {k}", each) for k, each in pair.given)):
            rows.append((name, where, ratio.estimate, ratio.lower, ratio.upper))
    return {
        name: [row[place] for row in rows] for place, name in enumerate(("pair", "people", "odds", "lower", "upper"))
    }


def _headline(found: Sensitivity) -> Iterator[Row]:
    dial, headline = found.dial, found.headline
    low, high = dial.interval
    yield "headline", "", *headline, ""
    yield "all lists", f"1/{dial.declared:g} to {dial.declared:g}", headline[0], low, high, "declared"
    for setting, estimate, lower, upper in zip(dial.xi, dial.estimate, dial.lower, dial.upper, strict=True):
        yield "all lists", f"{setting:.4g}", float(estimate), float(lower), float(upper), ""
    if dial.crossing is not None and found.threshold is not None:
        names = ("estimate", "lower", "upper")
        for name, at in zip(names, (dial.crossing.estimate, dial.crossing.lower, dial.crossing.upper), strict=True):
            if at is not None:
                yield "all lists", f"{at:.4g}", found.threshold, math.nan, math.nan, f"tipping {name}"


def _pairs(found: Sensitivity) -> Iterator[Row]:
    ends = [(name, end) for name, end in (("strongest", found.strongest), ("weakest", found.weakest)) if end]
    for pair in found.pairs:
        points: list[tuple[str, float, Point | None]] = [
            ("model", pair.implied, found.headline),
            ("independent", 1.0, pair.independent),
            *((name, end.odds, getattr(pair, name)) for name, end in ends),
        ]
        for note, odds, point in points:
            if point is not None and not math.isnan(odds):
                yield f"pair {':'.join(pair.lists)}", f"{odds:.4g}", *point, note


def _others(found: Sensitivity) -> Iterator[Row]:
    for bound in found.bounds:
        setting = f"{bound.least:g} to {bound.most:g}"
        yield f"bounds on {bound.what}", setting, math.nan, *bound.exact, "exact counts"
        yield f"bounds on {bound.what}", setting, math.nan, *bound.likely, "" if bound.possible else "contradicted"
    for floor in found.floors:
        yield "floor", floor.kind, floor.estimate, math.nan, math.nan, "" if floor.holds else "lists alike"
    for form in found.forms:
        yield "people differ", form.form, form.estimate, form.lower, form.upper, form.reason


def _contamination(found: Sensitivity) -> Iterator[Row]:
    grid, threshold = found.linkage, found.threshold
    for missed, values in zip(grid.missed, grid.estimate, strict=True):
        for false, value in zip(grid.false, values, strict=True):
            yield "links", f"missed {missed:g}, false {false:g}", float(value), math.nan, math.nan, ""
    crossings = [
        ("links", f"{name} ", rate) for name, rate in (("missed", grid.missed_crossing), ("false", grid.false_crossing))
    ]
    for trimmed in found.trimmed:
        name = f"erroneous {' + '.join(trimmed.lists)}"
        for share, value in zip(trimmed.share, trimmed.estimate, strict=True):
            yield name, f"{share:g}", float(value), math.nan, math.nan, ""
        crossings.append((name, "", trimmed.crossing))
    for name, before, rate in crossings:
        if rate is not None and threshold is not None:
            yield name, f"{before}{rate:.4g}", threshold, math.nan, math.nan, "tipping estimate"
