"""Lines over an axis that goes on evenly, with a ribbon where there is an interval, and a place that is marked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    MUTED,
    UNSEEN,
    Figure,
    Spec,
    end_labels,
    field,
    house,
    layer,
    value,
)
from darknumber.views.tables import Table

WIDTH, HEIGHT = 480, 240
TOP, BOTTOM = 34, 54  # room above, and below for ticks and what is across, in pixels
BOLD, WIDE_LETTER = 600, 8.4  # the weight of labels that stand out, and the width of their average letter in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line.

    Parameters
    ----------
    name
        Written at its end.
    points
        ``(across, up)``.
    colour, dash
        How it is drawn; dashes so that lines differ without colour too.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = ESTIMATE
    dash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What a picture of lines shows.

    Parameters
    ----------
    lines
        What is drawn, the first on top.
    across, up
        Ticks with their words; the axes end at the first and the last.
    axis
        What is across.
    ribbon
        ``(across, low, high)``; empty for none.
    ribbon_name
        What it is.
    mark
        A place across, with words above it; None for none.
    dots
        Points on the lines, each with its colour.
    """

    lines: Sequence[Curve]
    across: Sequence[tuple[float, str]]
    up: Sequence[tuple[float, str]]
    axis: str
    ribbon: Sequence[tuple[float, float, float]] = ()
    ribbon_name: str = ""
    mark: tuple[float, str] | None = None
    dots: Sequence[tuple[float, float, str]] = ()


def curves_figure(
    curves: Curves, *, title: str, subtitle: str, description: str, tables: Sequence[Table] = ()
) -> Figure:
    """All lines on one pair of axes, with their names at the right.

    Parameters
    ----------
    curves
        What is shown.
    title, subtitle, description, tables
        As in `Figure`.
    """
    x, y = _axis("across", curves.across), _axis("up", curves.up)
    band = [{"across": at, "up": low, "to": high} for at, low, high in curves.ribbon]
    layers = [layer({"type": "area", "color": UNSEEN, "opacity": 0.45}, band, x=x, y=y, y2={"field": "to"})]
    layers += _mark(curves, x)
    for line in reversed(curves.lines):
        rows = [{"across": at, "up": height} for at, height in line.points]
        style = {"type": "line", "color": line.colour, "strokeWidth": 2.5}
        style |= {"strokeDash": list(line.dash)} if line.dash else {}
        layers.append(layer(style, rows, x=x, y=y))
    point = {"type": "point", "filled": True, "size": 110, "opacity": 1}
    words = {"type": "text", "color": MUTED, "baseline": "top"}
    below = [{"text": curves.axis}]
    layers += [
        *(layer(point | {"color": colour}, [{"across": at, "up": up}], x=x, y=y) for at, up, colour in curves.dots),
        layer(words, below, x=value(WIDTH / 2), y=value(HEIGHT + 30), text=field("text", "nominal")),
    ]
    labels = _labels(curves)
    layers += end_labels(labels, WIDTH)
    right = max(len(text) * (LETTER if weight < BOLD else WIDE_LETTER) for text, _, _, weight in labels) + 24
    left = max(len(text) for _, text in curves.up) * LETTER + 14
    return Figure(
        title=title,
        subtitle=subtitle,
        description=description,
        spec=house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(left, TOP, right, BOTTOM)),
        tables=tuple(tables),
    )


def _axis(name: str, ticks: Sequence[tuple[float, str]]) -> Spec:
    places = [place for place, _ in ticks]
    words = " : ".join(f"datum.value == {place} ? {json.dumps(text)}" for place, text in ticks) + " : ''"
    scale = {"domain": [places[0], places[-1]], "zero": False, "nice": False, "clamp": True}
    return field(name, scale=scale, axis={"values": places, "labelExpr": words})


def _mark(curves: Curves, x: Spec) -> list[Spec]:
    """A line upright, with words above it."""
    if curves.mark is None:
        return []
    row = [{"across": curves.mark[0], "text": curves.mark[1]}]
    dash = {"type": "rule", "color": INK, "strokeDash": [5, 4]}
    words = {"type": "text", "color": INK, "baseline": "bottom"}
    return [layer(dash, row, x=x), layer(words, row, x=x, y=value(-8), text=field("text", "nominal"))]


def _labels(curves: Curves) -> list[tuple[str, float, str, int]]:
    """Names of the lines where they end, and of the ribbon."""
    low, high = curves.up[0][0], curves.up[-1][0]

    def height(number: float) -> float:
        return HEIGHT * (1 - (min(max(number, low), high) - low) / (high - low))

    labels = [(line.name, height(line.points[-1][1]), line.colour, BOLD) for line in curves.lines]
    if curves.ribbon and curves.ribbon_name:
        labels.append((curves.ribbon_name, height(curves.ribbon[-1][2]), MUTED, 400))
    return labels
