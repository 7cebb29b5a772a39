"""What linkage does to the estimate, in pictures: over the threshold, and its share of the doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from darknumber.studies.links import Thresholds
from darknumber.studies.printing_omit import short
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    REGISTERED,
    UNSEEN,
    Figure,
    counts_scale,
    field,
    house,
    layer,
    value,
)
from darknumber.views.plots_curves import Curve, Curves, curves_figure
from darknumber.views.plots_linkage import log_odds, threshold_ticks
from darknumber.views.tables import Table
from darknumber.words import people, say

FLAT = 1.05  # an estimate that moves by less than this factor is called the same
WIDTH, THICK, TOP, BOTTOM = 620, 40, 30, 34  # of the one bar, in pixels
PARTS = ("sampling", "model", "linkage")  # of the variance, in the order in which they are drawn
_COLOURS = {"sampling": REGISTERED, "model": UNSEEN, "linkage": ESTIMATE}
_LEAST = 0.02  # a share less than this is drawn as it is, and told in the table only


def threshold_figure(
    found: Thresholds, *, unit: str, source: str, registered: Sequence[float], tables: Sequence[Table] = ()
) -> Figure | None:
    """The estimate and its interval, had every pair been linked from a probability on; None where none is finite.

    Parameters
    ----------
    found
        The answer at several thresholds.
    unit
        What the numbers count, in words.
    source
        Where the figures come from, in words.
    registered
        People on some list at each threshold, as they are shown.
    tables
        The same numbers.
    """
    rows = [
        (log_odds(at), estimate, low, high)
        for at, estimate, low, high in zip(
            found.threshold.tolist(), found.estimate.tolist(), found.lower.tolist(), found.upper.tolist(), strict=True
        )
        if math.isfinite(estimate)
    ]
    if not rows:
        return None
    finite = [high for *_, high in rows if math.isfinite(high)]
    top = min(max([estimate for _, estimate, _, _ in rows] + finite), 3 * max(estimate for _, estimate, _, _ in rows))
    ticks, scale = counts_scale(top)
    if scale["domain"][1] > ticks[-1]:
        ticks = [*ticks, ticks[-1] + ticks[1]]
    first, last = rows[0][1], rows[-1][1]
    title = say("linkage.threshold.title_flat", estimate=short(first))
    if max(each[1] for each in rows) > FLAT * min(each[1] for each in rows):
        title = say(
            "linkage.threshold.title",
            low=float(found.threshold[0]),
            high=float(found.threshold[-1]),
            first=short(first),
            last=short(last),
        )
    seen = list(zip((log_odds(at) for at in found.threshold.tolist()), registered, strict=True))
    return curves_figure(
        Curves(
            lines=[
                Curve(name=say("linkage.threshold.estimate"), points=[(at, estimate) for at, estimate, _, _ in rows]),
                Curve(name=say("linkage.threshold.observed"), points=seen, colour=REGISTERED, dash=(7, 4)),
            ],
            across=threshold_ticks(found.threshold),
            up=[(tick, people(tick)) for tick in ticks],
            axis=say("linkage.unlinkable.axis"),
            ribbon=[(at, low, min(high, ticks[-1])) for at, _, low, high in rows],
            ribbon_name=say("linkage.threshold.interval", level=found.level),
        ),
        title=title,
        subtitle=say("linkage.threshold.subtitle", unit=unit, level=found.level, source=source),
        description=say("linkage.threshold.description"),
        tables=tables,
    )


def shares_figure(shares: Mapping[str, float], *, source: str, tables: Sequence[Table] = ()) -> Figure:
    """How much of the variance of the dark figure comes from chance, the choice of the model and linkage, as one bar.

    Parameters
    ----------
    shares
        Of each part; they add up to one.
    source
        Where the figures come from, in words.
    tables
        The same numbers.
    """
    scale = {"domain": [0, 1], "nice": False}
    x = field("start", scale=scale, axis={"values": [0, 0.25, 0.5, 0.75, 1], "format": ".0%"})
    layers, start = [], 0.0
    labels = []
    for part in PARTS:
        share = shares[part]
        row = [{"start": start, "end": start + share}]
        bar = {"type": "bar", "color": _COLOURS[part], "size": THICK, "stroke": "#ffffff", "strokeWidth": 1}
        layers.append(layer(bar, row, x=x, x2={"field": "end"}, y=value(THICK / 2)))
        if share >= _LEAST:
            text = say("linkage.shares.label", part=say(f"linkage.shares.{part}"), share=share)
            labels.append((text, WIDTH * (start + share / 2), len(text) * LETTER))
        start += share
    for text, place in zip([text for text, _, _ in labels], _apart(labels), strict=True):
        mark = {"type": "text", "color": INK, "baseline": "bottom", "align": "center"}
        layers.append(layer(mark, [{"text": text}], x=value(place), y=value(-8), text=field("text", "nominal")))
    return Figure(
        title=say("linkage.shares.title", **{part: shares[part] for part in PARTS}),
        subtitle=say("linkage.shares.subtitle", source=source),
        description=say("linkage.shares.description"),
        spec=house({"layer": layers}, width=WIDTH, height=THICK, padding=(24, TOP, 24, BOTTOM)),
        tables=tuple(tables),
    )


def _apart(labels: Sequence[tuple[str, float, float]]) -> list[float]:
    """Middles of words side by side, moved so that none runs into the next, nor beyond the bar."""
    places: list[float] = []
    end = -12.0
    for _, middle, width in labels:
        place = max(middle, end + 12 + width / 2, width / 2)
        places.append(place)
        end = place + width / 2
    over = max(end - WIDTH, 0.0)
    for number in range(len(labels) - 1, -1, -1):
        most = (
            WIDTH - labels[number][2] / 2
            if number == len(labels) - 1
            else (places[number + 1] - labels[number + 1][2] / 2 - 12 - labels[number][2] / 2)
        )
        if over:
            places[number] = min(places[number], most)
    return places
