"""How far the answer moves with what no data can show: the dial of all lists together, and pairs of lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.publish import rounded, to_step, total_step
from darknumber.studies.identification import Pair
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_sensitivity import odds_in_words, pair_name, title
from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.disclosure import Protection, odds_rough
from darknumber.views.labels import PEOPLE, About, source, sum_name
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    MUTED,
    REGISTERED,
    RULE,
    UNSEEN,
    Figure,
    Spec,
    end_labels,
    field,
    house,
    layer,
    log_ticks,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import people, say

WIDTH, HEIGHT = 560, 300
TOP, BOTTOM = 34, 46  # room around the picture, in pixels
BOLD, WIDE_LETTER = 600, 8.4  # the weight of labels that stand out, and the width of their average letter in pixels
TICKS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)  # of an axis of odds ratios
LEAST, MOST = 0.2, 5.0  # odds ratios that the picture of pairs shows at least
FURTHEST = 25.0  # and at most, up or down
POINTS = 25  # of a line
EDGE = 1.15  # room past the outermost mark, as a factor

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """Logarithmic axes: odds ratios across, people up."""

    left: float
    right: float
    low: float
    high: float

    @property
    def x(self) -> Spec:
        """Odds ratios, as the reader writes them."""
        ticks = [tick for tick in TICKS if self.left <= tick <= self.right]
        names = {tick: odds_in_words(tick) for tick in ticks}
        words = " : ".join(f"datum.value == {tick} ? '{name}'" for tick, name in names.items()) + " : ''"
        scale = {"type": "log", "domain": [self.left, self.right], "nice": False}
        return field("odds", scale=scale, axis={"values": ticks, "labelExpr": words})

    @property
    def y(self) -> Spec:
        """People."""
        ticks = {"values": log_ticks(self.low, self.high), "format": ",d"}
        scale = {"type": "log", "domain": [self.low, self.high], "nice": False, "clamp": True}
        return field("value", scale=scale, axis=ticks)

    def height(self, number: float) -> float:
        """Where a number of people stands, in pixels from above."""
        inside = min(max(number, self.low), self.high)
        return float(HEIGHT * (1 - math.log(inside / self.low) / math.log(self.high / self.low)))

    def across(self, odds: float) -> float:
        """Where an odds ratio stands, in pixels from the left."""
        return float(WIDTH * math.log(odds / self.left) / math.log(self.right / self.left))


def dial_figure(found: Sensitivity, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure | None:
    """The total against the odds ratio of all lists together, with its interval; None without a finite estimate.

    Parameters
    ----------
    found
        What was found.
    about
        Whom the figures are about.
    tables
        The same numbers.
    """
    dial, (estimate, lower, upper) = found.dial, found.headline
    if not math.isfinite(estimate):
        return None
    top = dial.upper[np.isfinite(dial.upper)].max(initial=float(dial.estimate.max()))
    ends = [float(dial.lower.min()), float(top), *([found.threshold] if found.threshold else [])]
    axes = _Axes(
        left=float(dial.xi[0]) / 1.02, right=float(dial.xi[-1]) * 1.02, low=min(ends) / EDGE, high=max(ends) * EDGE
    )
    step = total_step(found.estimates)
    xi, points = dial.xi.tolist(), zip(dial.estimate, dial.lower, dial.upper, strict=True)
    band = [
        {"odds": at, "value": float(low), "to": min(float(high), axes.high), "middle": float(middle)}
        for at, (middle, low, high) in zip(xi, points, strict=True)
    ]
    declared = [{"odds": 1 / dial.declared, "to": dial.declared}]
    today = [{"odds": 1.0, "value": estimate}]
    layers = [
        layer(
            {"type": "rect", "color": RULE, "opacity": 0.3},
            declared,
            x=axes.x,
            x2={"field": "to"},
            y=value(0),
            y2=value(HEIGHT),
        ),
        layer({"type": "area", "color": UNSEEN, "opacity": 0.45}, band, x=axes.x, y=axes.y, y2={"field": "to"}),
        layer(
            {"type": "line", "color": ESTIMATE, "strokeWidth": 2.5},
            [{"odds": row["odds"], "value": row["middle"]} for row in band],
            x=axes.x,
            y=axes.y,
        ),
        layer({"type": "rule", "color": INK, "strokeWidth": 1}, today, x=axes.x),
        layer(
            {"type": "point", "filled": True, "color": ESTIMATE, "size": 130, "opacity": 1}, today, x=axes.x, y=axes.y
        ),
        _above(say("sensitivity.picture.today", estimate=rounded(*found.headline, floor=found.observed).value), axes),
        *_below(say("sensitivity.picture.dial_axis")),
    ]
    labels = [
        (say("sensitivity.picture.estimate"), axes.height(float(dial.estimate[-1])), ESTIMATE, BOLD),
        (_interval_text(found), axes.height(band[-1]["to"]), MUTED, 400),
    ]
    layers += _threshold(found, axes)
    if found.threshold is not None:
        labels.append((_threshold_text(found), axes.height(found.threshold), REGISTERED, BOLD))
    layers += end_labels(labels, WIDTH)
    shown = rounded(estimate, lower, upper, floor=found.observed)
    description = say(
        "sensitivity.picture.dial_description",
        estimate=shown.value,
        low=to_step(float(dial.estimate.min()), step, found.observed),
        high=to_step(float(dial.estimate.max()), step, found.observed),
    )
    subtitle = say(
        "sensitivity.picture.dial_subtitle",
        unit=sum_name(found.estimates, about),
        least=odds_in_words(1 / dial.declared),
        most=odds_in_words(dial.declared),
        source=source(found.estimates),
    )
    return _figure(title(found), subtitle, description, layers, labels, axes, tables)


def pairs_figure(
    found: Sensitivity, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure | None:
    """The total against the odds ratio of each pair among people on no other list, with those observed elsewhere.

    None without a finite estimate, and where no pair has an odds ratio.

    Parameters
    ----------
    found
        What was found.
    about
        Whom the figures are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers; with it, observed odds ratios that come from few people are left out.
    """
    estimate, observed = found.headline[0], found.observed
    pairs = [pair for pair in found.pairs if 0 < pair.implied < math.inf]
    if not math.isfinite(estimate) or not pairs:
        return None
    drawn = [
        pair.observed.estimate if protection is None else odds_rough(pair.observed, pair.people, protection)
        for pair in pairs
        if pair.scale
    ]
    seen = sorted(odds for odds in drawn if odds is not None and 1 / FURTHEST < odds < FURTHEST)
    left, right = min([LEAST, *(odds / EDGE for odds in seen[:1])]), max([MOST, *(odds * EDGE for odds in seen[-1:])])
    span = np.geomspace(left, right, POINTS).tolist()
    lines = {pair.lists: [_total(pair, odds) for odds in span] for pair in pairs}
    every = [number for numbers in lines.values() for number in numbers if math.isfinite(number)]
    axes = _Axes(left=left, right=right, low=max(min(every), observed) / EDGE, high=max(every) * EDGE)
    curves = [
        {"odds": odds, "value": number, "pair": ":".join(lists)}
        for lists, numbers in lines.items()
        for odds, number in zip(span, numbers, strict=True)
    ]
    dots = [{"odds": pair.implied, "value": estimate} for pair in pairs if left <= pair.implied <= right]
    layers = [
        layer({"type": "rule", "color": RULE}, [{"value": estimate}], y=axes.y),
        layer({"type": "rule", "color": INK, "strokeWidth": 1}, [{"odds": 1.0}], x=axes.x),
        layer(
            {"type": "line", "color": REGISTERED, "strokeWidth": 1.5, "opacity": 0.6},
            curves,
            x=axes.x,
            y=axes.y,
            detail=field("pair", "nominal"),
        ),
        layer({"type": "point", "filled": True, "color": ESTIMATE, "size": 60, "opacity": 1}, dots, x=axes.x, y=axes.y),
        layer(
            {"type": "tick", "orient": "vertical", "color": INK, "thickness": 1.5, "size": 12},
            [{"odds": odds} for odds in seen],
            x=axes.x,
            y=value(HEIGHT - 6),
        ),
        _above(say("sensitivity.picture.independent"), axes),
        *_below(say("sensitivity.picture.pairs_axis")),
    ]
    ends = {
        lists: next((number for number in reversed(numbers) if math.isfinite(number)), estimate)
        for lists, numbers in lines.items()
    }
    labels = _pair_labels(pairs, {lists: axes.height(number) for lists, number in ends.items()})
    layers += end_labels(labels, WIDTH)
    moved = sorted(((pair, pair.independent[0]) for pair in pairs if pair.independent), key=lambda each: each[1])
    values = {"low": short(moved[0][1]), "high": short(moved[-1][1])}
    subtitle = say(
        "sensitivity.picture.pairs_subtitle", unit=sum_name(found.estimates, about), source=source(found.estimates)
    )
    return _figure(
        say("sensitivity.picture.pairs_title", **values),
        subtitle,
        say("sensitivity.picture.pairs_description"),
        layers,
        labels,
        axes,
        tables,
    )


def _pair_labels(pairs: Sequence[Pair], heights: Mapping[tuple[str, str], float]) -> list[tuple[str, float, str, int]]:
    """A label for each line; several pairs on one line are counted."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(odds_in_words(pair.implied), []).append(pair)
    labels = []
    for odds, group in groups.items():
        name = pair_name(group[0]) if len(group) == 1 else say("sensitivity.picture.several", n=len(group))
        labels.append((f"{name}, {odds}", heights[group[0].lists], REGISTERED, 400))
    return labels


def _total(pair: Pair, odds: float) -> float:
    point = pair.at(odds)
    return math.nan if point is None else point[0]


def _threshold(found: Sensitivity, axes: _Axes) -> list[Spec]:
    """A line at the threshold, and down from where the estimate crosses it."""
    if found.threshold is None:
        return []
    dash = {"type": "rule", "color": REGISTERED, "strokeDash": [5, 4], "strokeWidth": 1.5}
    layers = [layer(dash, [{"value": found.threshold}], y=axes.y)]
    at = None if found.dial.crossing is None else found.dial.crossing.estimate
    if at is not None and axes.left < at < axes.right:
        point = [{"odds": at, "value": found.threshold}]
        layers += [
            layer(dash, point, x=axes.x, y=axes.y, y2=value(HEIGHT)),
            layer(
                {"type": "point", "color": REGISTERED, "size": 90, "strokeWidth": 2, "filled": False},
                point,
                x=axes.x,
                y=axes.y,
            ),
        ]
    return layers


def _threshold_text(found: Sensitivity) -> str:
    crossing = found.dial.crossing
    shown = people(found.threshold or math.nan)
    if crossing is None or crossing.estimate is None:
        return shown
    return say("sensitivity.picture.threshold", threshold=shown, xi=odds_in_words(crossing.estimate))


def _interval_text(found: Sensitivity) -> str:
    text = say("sensitivity.picture.interval", level=found.estimates.level)
    return text if math.isfinite(found.headline[2]) else f"{text}: {people(math.inf)}"


def _above(text: str, axes: _Axes) -> Spec:
    """Words above the picture where the odds ratio is 1."""
    mark = {"type": "text", "color": INK, "baseline": "bottom"}
    return layer(mark, [{"odds": 1.0, "text": text}], x=axes.x, y=value(-8), text=field("text", "nominal"))


def _below(text: str) -> list[Spec]:
    """What is across, under the ticks."""
    mark = {"type": "text", "color": MUTED, "baseline": "top", "align": "center"}
    return [layer(mark, [{"text": text}], x=value(WIDTH / 2), y=value(HEIGHT + 28), text=field("text", "nominal"))]


def _figure(
    heading: str,
    subtitle: str,
    description: str,
    layers: Sequence[Spec],
    labels: Sequence[tuple[str, float, str, int]],
    axes: _Axes,
    tables: Sequence[Table],
) -> Figure:
    room = max(len(text) * (LETTER if weight < BOLD else WIDE_LETTER) + 24 for text, _, _, weight in labels)
    left = max(len(people(tick)) for tick in log_ticks(axes.low, axes.high)) * LETTER + 14
    return Figure(
        title=heading,
        subtitle=subtitle,
        description=description,
        spec=house({"layer": list(layers)}, width=WIDTH, height=HEIGHT, padding=(left, TOP, room, BOTTOM)),
        tables=tuple(tables),
    )
