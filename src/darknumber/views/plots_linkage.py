"""What came of linkage, in pictures: how sure pairs are, how many reports people have, how good the links are."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.views.disclosure import Disclosure
from darknumber.views.linkage_numbers import shown_alone, sizes_of, ticks_of
from darknumber.views.linkage_words import odds_ticks, source_name
from darknumber.views.plots import (
    ESTIMATE,
    GROUND,
    INK,
    LETTER,
    MUTED,
    REGISTERED,
    UNSEEN,
    Figure,
    counts_scale,
    field,
    house,
    layer,
    value,
)
from darknumber.views.plots_bars import Bar, Bars, bars_figure
from darknumber.views.plots_curves import Curve, Curves, curves_figure
from darknumber.views.tables import Table
from darknumber.words import people, percent, say
from darknumber.words.numbers import level

WIDTH, HEIGHT, TOP, BOTTOM = 520, 220, 34, 54
THRESHOLDS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)  # ticks of an axis of thresholds
ROUNDING = 1e-9  # of natural log odds: the threshold can be where a bin begins
SHARE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.25)  # distances between ticks of an axis of shares


def log_odds(probability: float) -> float:
    """Where a probability stands on an axis of odds."""
    return math.log(probability) - math.log1p(-probability)


def pairs_figure(
    found: LinkageSummary, *, rules: Disclosure | None = None, tables: Sequence[Table] = ()
) -> Figure | None:
    """Pairs by their odds, with the threshold; None without pairs.

    Parameters
    ----------
    found
        What came of linkage.
    rules
        The rule for small numbers; None shows them exactly.
    tables
        The same numbers.
    """
    if not found.pairs.any():
        return None
    at, edges = log_odds(found.threshold), found.edges.tolist()
    rows = [
        {"low": low, "high": high, "pairs": shown_alone(pairs, rules).drawn, "linked": low >= at - ROUNDING}
        for low, high, pairs in zip(edges, edges[1:], found.pairs.tolist(), strict=False)
    ]
    across = odds_ticks(edges[0], edges[-1], "chance")
    ticks, scale = counts_scale(max(float(row["pairs"]) for row in rows))
    words = " : ".join(f"datum.value == {place} ? {json.dumps(text)}" for place, text in across) + ' : ""'
    x = field(
        "low",
        scale={"domain": [edges[0], edges[-1]], "zero": False, "nice": False},
        axis={"values": [place for place, _ in across], "labelExpr": words},
    )
    y = field("pairs", scale=scale, axis={"values": ticks, "format": ",d"})
    text = field("text", "nominal")
    mark = [{"low": at, "text": say("linkage.pairs.mark", threshold=found.threshold)}]
    below = [{"text": say("linkage.pairs.axis")}]
    layers = [
        layer(
            {"type": "rect", "color": colour, "stroke": GROUND, "strokeWidth": 1},
            [row for row in rows if row["linked"] == linked and row["pairs"]],
            x=x,
            x2={"field": "high"},
            y=y,
            y2=value(HEIGHT),
        )
        for linked, colour in ((True, REGISTERED), (False, UNSEEN))
    ]
    layers += [
        layer({"type": "rule", "color": INK, "strokeDash": [5, 4]}, mark, x=x),
        layer({"type": "text", "color": INK, "baseline": "bottom"}, mark, x=x, y=value(-8), text=text),
        layer(
            {"type": "text", "color": MUTED, "baseline": "top"},
            below,
            x=value(WIDTH / 2),
            y=value(HEIGHT + 30),
            text=text,
        ),
    ]
    doubt = found.share_in_doubt
    left = max(len(people(tick)) for tick in ticks) * LETTER + 14
    return Figure(
        title=say("linkage.pairs.title", share=1 - doubt, doubt=doubt) if doubt else say("linkage.pairs.title_none"),
        subtitle=say("linkage.pairs.subtitle", source=source_name(found.name)),
        description=say("linkage.pairs.description"),
        spec=house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(left, TOP, 48, BOTTOM)),
        tables=tuple(tables),
    )


def people_figure(found: LinkageSummary, *, rules: Disclosure | None = None, tables: Sequence[Table] = ()) -> Figure:
    """People by the number of their reports.

    Parameters
    ----------
    found, rules, tables
        As in `pairs_figure`.
    """
    sizes = sizes_of(found.people, rules)
    everyone = sum(each.people for each in sizes)
    shown = [shown_alone(each.people, rules) for each in sizes]
    ticks, _ = counts_scale(max(each.drawn for each in shown))
    told = {"reports": found.counted, "people": everyone}
    title = say("linkage.people.title_plain", **told)
    if sizes[0].high == 1:
        title = say("linkage.people.title", **told, share=shown[0].drawn / everyone)
    return bars_figure(
        Bars(
            rows=[
                Bar(name=each.name, end=one.drawn, texts=(one.text, percent(one.drawn / everyone)))
                for each, one in zip(sizes, shown, strict=True)
            ],
            ticks=[(tick, people(tick)) for tick in ticks],
            columns=(say("linkage.column.people"), say("linkage.column.share")),
        ),
        title=title,
        subtitle=say("linkage.people.subtitle", threshold=found.threshold, source=source_name(found.name)),
        description=say("linkage.people.description"),
        tables=tables,
    )


def unlinkable_figure(found: LinkageSummary, *, tables: Sequence[Table] = ()) -> Figure | None:
    """The share of reports that say too little to be linked, over the threshold; None where no model was used.

    Parameters
    ----------
    found, tables
        As in `pairs_figure`.
    """
    if found.model is None:
        return None
    at = log_odds(found.threshold)
    places = _odds(found.thresholds)
    share = float(np.interp(at, places, found.unlinkable))
    return curves_figure(
        Curves(
            lines=[
                Curve(
                    name=say("linkage.unlinkable.line"),
                    points=list(zip(places, found.unlinkable.tolist(), strict=True)),
                )
            ],
            across=threshold_ticks(found.thresholds),
            up=_shares(0.0, max(float(found.unlinkable.max()), SHARE_STEPS[0])),
            axis=say("linkage.unlinkable.axis"),
            mark=(at, say("linkage.pairs.mark", threshold=found.threshold)),
            dots=[(at, share, ESTIMATE)],
        ),
        title=say("linkage.unlinkable.title", share=share),
        subtitle=say("linkage.unlinkable.subtitle", source=source_name(found.name)),
        description=say("linkage.unlinkable.description"),
        tables=tables,
    )


def accuracy_figure(found: LinkageSummary, *, tables: Sequence[Table] = ()) -> Figure | None:
    """How many links are right, and how many are found, over the threshold; None where neither is known nor expected.

    Parameters
    ----------
    found, tables
        As in `pairs_figure`.
    """
    known = found.quality
    if known is None:
        return None
    at, places = log_odds(found.threshold), _odds(known.thresholds)
    right, seen = (_at(at, places, each) for each in (known.precision, known.recall))
    lines = [
        Curve(
            name=say("linkage.accuracy.recall"),
            points=_known(places, known.recall),
            colour=REGISTERED,
        ),
        Curve(
            name=say("linkage.accuracy.precision"),
            points=_known(places, known.precision),
            colour=ESTIMATE,
            dash=(7, 4),
        ),
    ]
    end = "" if known.labelled else "_expected"
    return curves_figure(
        Curves(
            lines=lines,
            across=threshold_ticks(known.thresholds),
            up=_shares(float(np.nanmin([known.precision, known.recall])), 1.0),
            axis=say("linkage.unlinkable.axis"),
            mark=(at, say("linkage.pairs.mark", threshold=found.threshold)),
            dots=[(at, right, ESTIMATE), (at, seen, REGISTERED)],
        ),
        title=say(f"linkage.accuracy.title{end}", precision=right, recall=seen),
        subtitle=say(f"linkage.accuracy.subtitle{end}", source=source_name(found.name)),
        description=say("linkage.accuracy.description"),
        tables=tables,
    )


def threshold_ticks(thresholds: NDArray[np.float64]) -> list[tuple[float, str]]:
    """Round probabilities, on an axis of odds that holds all thresholds."""
    low, high = float(thresholds.min()), float(thresholds.max())
    inside = [each for each in THRESHOLDS if low <= each <= high]
    return [(log_odds(each), level(each)) for each in dict.fromkeys([low, *inside, high])]


def _known(places: Sequence[float], numbers: NDArray[np.float64]) -> list[tuple[float, float]]:
    """The points of a line; nothing where nothing was linked."""
    return [(at, each) for at, each in zip(places, numbers.tolist(), strict=True) if math.isfinite(each)]


def _at(place: float, places: Sequence[float], numbers: NDArray[np.float64]) -> float:
    known = _known(places, numbers)
    return float(np.interp(place, [at for at, _ in known], [each for _, each in known]))


def _odds(thresholds: NDArray[np.float64]) -> list[float]:
    return [log_odds(each) for each in thresholds.tolist()]


def _shares(low: float, high: float) -> list[tuple[float, str]]:
    """Ticks of an axis of shares from one to another."""
    step = next(each for each in SHARE_STEPS if (high - low) / each <= 5 or each == SHARE_STEPS[-1])
    return [(tick, percent(round(tick, 6))) for tick in ticks_of((low, high), step)]
