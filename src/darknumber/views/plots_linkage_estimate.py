"""What linkage does to the estimate, in pictures: over the threshold, and its share of the doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.inference.doubt import VarianceShares
from darknumber.inference.publish import figures
from darknumber.studies.links import Thresholds
from darknumber.views.disclosure import Disclosure
from darknumber.views.labels import capital
from darknumber.views.linkage_numbers import shown_alone
from darknumber.views.linkage_words import source_name
from darknumber.views.plots import (
    ESTIMATE,
    GROUND,
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

MOST_TIMES = 3.0  # the axis ends at this many times the highest estimate
FLAT = 1.05  # an estimate that moves by less than this factor is called the same
WIDTH, THICK, TOP, BOTTOM = 620, 40, 30, 34  # of the one bar, in pixels
_COLOURS = {"sampling": REGISTERED, "together": REGISTERED, "model": UNSEEN, "linkage": ESTIMATE}


def threshold_figure(
    found: Thresholds, *, unit: str, rules: Disclosure | None = None, tables: Sequence[Table] = ()
) -> Figure | None:
    """The estimate and its interval, had every pair been linked from a probability on; None where none is finite.

    Parameters
    ----------
    found
        The answer at several thresholds, and that of all draws.
    unit
        What the numbers count, in words.
    rules
        The rule for small registered numbers; None shows them exactly.
    tables
        The same numbers.
    """
    numbers = zip(*(each.tolist() for each in (found.threshold, found.estimate, found.lower, found.upper)), strict=True)
    rows = [(log_odds(at), estimate, low, high) for at, estimate, low, high in numbers if math.isfinite(estimate)]
    if not rows:
        return None
    pooled = float(found.pooled.estimate[0])
    every = [estimate for _, estimate, _, _ in rows] + ([pooled] if math.isfinite(pooled) else [])
    top = min(max(every + [high for *_, high in rows if math.isfinite(high)]), MOST_TIMES * max(every))
    ticks, scale = counts_scale(top)
    if scale["domain"][1] > ticks[-1]:
        ticks = [*ticks, ticks[-1] + ticks[1]]
    across = threshold_ticks(found.threshold)
    seen = [shown_alone(count, rules).drawn for count in found.observed.tolist()]
    lines = [
        Curve(name=say("linkage.threshold.estimate"), points=[(at, estimate) for at, estimate, _, _ in rows]),
        Curve(
            name=say("linkage.threshold.observed"),
            points=list(zip((log_odds(at) for at in found.threshold.tolist()), seen, strict=True)),
            colour=REGISTERED,
            dash=(7, 4),
        ),
    ]
    if math.isfinite(pooled):
        ends = [(across[0][0], pooled), (across[-1][0], pooled)]
        lines.append(Curve(name=say("linkage.threshold.pooled"), points=ends, colour=INK, dash=(2, 3)))
    return curves_figure(
        Curves(
            lines=lines,
            across=across,
            up=[(tick, people(tick)) for tick in ticks],
            axis=say("linkage.unlinkable.axis"),
            ribbon=[(at, low, min(high, ticks[-1])) for at, _, low, high in rows],
            ribbon_name=say("linkage.threshold.interval", level=found.level),
            mark=(log_odds(found.chosen), say("linkage.pairs.mark", threshold=found.chosen)),
        ),
        title=_threshold_title(found),
        subtitle=say(
            "linkage.threshold.subtitle",
            unit=capital(unit),
            level=found.level,
            source=source_name(found.pooled.name),
        ),
        description=say("linkage.threshold.description"),
        tables=tables,
    )


def _threshold_title(found: Thresholds) -> str:
    """How far the estimate moves from the lowest threshold to the highest."""
    finite = [answer for answer in found.answers if math.isfinite(float(answer.estimate[0]))]
    estimates = [float(answer.estimate[0]) for answer in finite]
    first, last = (figures(answer)[0].estimate_text for answer in (finite[0], finite[-1]))
    if max(estimates) <= FLAT * min(estimates):
        return say("linkage.threshold.title_flat", estimate=figures(found.pooled)[0].estimate_text)
    values = {"low": float(found.threshold[0]), "high": float(found.threshold[-1])}
    return say("linkage.threshold.title", first=first, last=last, **values)


def shares_figure(shares: VarianceShares, *, source: str, tables: Sequence[Table] = ()) -> Figure:
    """How much of the variance of the dark figure comes from chance, the choice of the model and linkage, as one bar.

    Parameters
    ----------
    shares
        Of the variance.
    source
        Where the figures come from, in words.
    tables
        The same numbers.
    """
    x = field(
        "start", scale={"domain": [0, 1], "nice": False}, axis={"values": [0, 0.25, 0.5, 0.75, 1], "format": ".0%"}
    )
    layers, start = [], 0.0
    labels = []
    for part, share in parts_of(shares):
        row = [{"start": start, "end": start + share}]
        bar = {"type": "bar", "color": _COLOURS[part], "size": THICK, "stroke": GROUND, "strokeWidth": 1}
        layers.append(layer(bar, row, x=x, x2={"field": "end"}, y=value(THICK / 2)))
        text = say("linkage.shares.label", part=say(f"linkage.shares.{part}"), share=share)
        labels.append((text, WIDTH * (start + share / 2), len(text) * LETTER))
        start += share
    for text, place in zip([text for text, _, _ in labels], _apart(labels), strict=True):
        mark = {"type": "text", "color": INK, "baseline": "bottom", "align": "center"}
        layers.append(layer(mark, [{"text": text}], x=value(place), y=value(-8), text=field("text", "nominal")))
    return Figure(
        title=say("linkage.shares.title", linkage=shares.linkage),
        subtitle=say("linkage.shares.subtitle", source=source),
        description=say("linkage.shares.description"),
        spec=house({"layer": layers}, width=WIDTH, height=THICK, padding=(24, TOP, 24, BOTTOM)),
        tables=tuple(tables),
    )


def parts_of(shares: VarianceShares) -> tuple[tuple[str, float], ...]:
    """The parts of the variance that can be told apart, with their shares; a model fixed in advance has no choice."""
    if shares.model is None:
        return ("together", shares.sampling), ("linkage", shares.linkage)
    choice = (("model", shares.model),) if shares.model else ()
    return ("sampling", shares.sampling), *choice, ("linkage", shares.linkage)


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
