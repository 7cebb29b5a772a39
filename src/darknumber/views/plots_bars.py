"""Bars on one linear axis, a row each: names at the left, what belongs to a row in columns at the right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from darknumber.views.plots import (
    INK,
    LETTER,
    MUTED,
    REGISTERED,
    UNSEEN,
    Figure,
    Spec,
    field,
    house,
    layer,
    value,
)
from darknumber.views.tables import Table

WIDTH = 360  # of the axis, in pixels
STEP = 27  # height of a row
INSET = 14  # of names under a heading
BOLD = 600
THICK = 14  # of a bar, in pixels
TOP, BOTTOM, BELOW = 30, 34, 22  # room above and below the rows, and for what the axis is, in pixels
GAP = 18  # between columns of words, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row: its name, where its bar begins and ends, and the words beside it.

    Parameters
    ----------
    name
        In words; a row without bar and words is a heading of those below it.
    start, end
        On the axis; equal for a row without a bar.
    middle
        Where the bar goes on in a light shade, to its end; None for a bar of one shade.
    texts
        As many as there are columns at the right.
    colour
        Of the bar.
    heavy
        Whether its name stands out, as that of a sum does.
    """

    name: str
    start: float = 0.0
    end: float = 0.0
    middle: float | None = None
    texts: tuple[str, ...] = ()
    colour: str = REGISTERED
    heavy: bool = False

    @property
    def heading(self) -> bool:
        """Whether it only heads the rows below it."""
        return not self.texts

    @property
    def dark(self) -> float:
        """Where its own colour ends."""
        return self.end if self.middle is None else self.middle


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """What a picture of bars shows.

    Parameters
    ----------
    rows
        From above.
    ticks
        Places on the axis, with the words for them; the axis goes from the first to the last at least.
    columns
        What the words at the right are.
    axis
        What is across.
    joined
        Whether the end of each bar is where the next begins: a thin line then joins them.
    mark
        A place on the axis with words above it; None for none.
    """

    rows: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    columns: Sequence[str] = ()
    axis: str = ""
    joined: bool = False
    mark: tuple[float, str] | None = None


def bars_figure(bars: Bars, *, title: str, subtitle: str, description: str, tables: Sequence[Table] = ()) -> Figure:
    """Every bar on one axis.

    Parameters
    ----------
    bars
        What is shown.
    title, subtitle, description, tables
        As in `Figure`.
    """
    headed = any(row.heading for row in bars.rows)
    left = max(len(row.name) * LETTER * (1.1 if row.heavy else 1.0) + (INSET if headed else 0) for row in bars.rows)
    widths = [_width(bars, place) for place in range(len(bars.columns) or len(bars.rows[-1].texts))]
    y = field("row", "ordinal", scale={"type": "band", "domain": list(range(len(bars.rows)))}, axis=False)
    layers = [*_bars(bars, y), *_marked(bars), *_names(bars, y, 8 - left - 16, headed), *_columns(bars, y, widths)]
    if bars.axis:
        words = {"type": "text", "color": MUTED, "baseline": "top"}
        place = value(STEP * len(bars.rows) + 30)
        layers.append(layer(words, [{"text": bars.axis}], x=value(WIDTH / 2), y=place, text=field("text", "nominal")))
    padding = (left + 16, TOP, sum(widths) + GAP, BOTTOM + (BELOW if bars.axis else 0))
    return Figure(
        title=title,
        subtitle=subtitle,
        description=description,
        spec=house({"layer": layers}, width=WIDTH, height=STEP * len(bars.rows), padding=padding),
        tables=tuple(tables),
    )


def _x(bars: Bars) -> Spec:
    ends = [tick for tick, _ in bars.ticks] + [end for row in bars.rows for end in (row.start, row.end)]
    words = " : ".join(f"datum.value == {tick} ? {json.dumps(text)}" for tick, text in bars.ticks) + " : ''"
    axis = {"values": [tick for tick, _ in bars.ticks], "labelExpr": words, "grid": True}
    return field("value", scale={"domain": [min(ends), max(ends)], "zero": False, "nice": False}, axis=axis)


def _bars(bars: Bars, y: Spec) -> list[Spec]:
    """The bars, a line at zero, and where they are joined lines from each to the next."""
    x, x2 = _x(bars), Spec(field="to")
    layers = []
    drawn = [(number, row) for number, row in enumerate(bars.rows) if not row.heading]
    for colour in dict.fromkeys(row.colour for _, row in drawn):
        rows = [_stretch(number, row.start, row.dark) for number, row in drawn if row.colour == colour]
        layers.append(layer({"type": "bar", "color": colour, "size": THICK}, rows, x=x, x2=x2, y=y))
    light = [_stretch(number, row.dark, row.end) for number, row in drawn if row.middle is not None]
    layers.append(layer({"type": "bar", "color": UNSEEN, "size": THICK}, light, x=x, x2=x2, y=y))
    if bars.joined:
        for (number, row), (after, then) in pairwise(drawn):
            ends = {"y": value(STEP * (number + 0.5) + _half(row)), "y2": value(STEP * (after + 0.5) - _half(then))}
            layers.append(layer({"type": "rule", "color": MUTED}, [{"value": row.end}], x=x, **ends))
    return [*layers, layer({"type": "rule", "color": INK}, [{"value": 0.0}], x=x)]


def _half(row: Bar) -> float:
    """Half the height of a bar; of a row without one nothing, so that lines go on through it."""
    return THICK / 2 if row.start != row.end else 0.0


def _stretch(number: int, one: float, other: float) -> dict[str, float]:
    return {"row": number, "value": min(one, other), "to": max(one, other)}


def _marked(bars: Bars) -> list[Spec]:
    """A dashed line with words above it."""
    if bars.mark is None:
        return []
    at, text = bars.mark
    dash = {"type": "rule", "color": INK, "strokeDash": [5, 4], "strokeWidth": 1.5}
    words = {"type": "text", "color": INK, "baseline": "bottom"}
    row = [{"value": at, "text": text}]
    return [layer(dash, row, x=_x(bars)), layer(words, row, x=_x(bars), y=value(-8), text=field("text", "nominal"))]


def _names(bars: Bars, y: Spec, start: float, headed: bool) -> list[Spec]:
    """Names at the left; headings and sums heavier."""
    numbered = list(enumerate(bars.rows))
    heavy = [{"row": number, "text": row.name} for number, row in numbered if row.heading or row.heavy]
    plain = [{"row": number, "text": row.name} for number, row in numbered if not (row.heading or row.heavy)]
    mark = {"type": "text", "align": "left", "baseline": "middle", "color": INK}
    text, inset = field("text", "nominal"), INSET if headed else 0
    return [
        layer(mark | {"fontWeight": BOLD}, heavy, x=value(start), y=y, text=text),
        layer(mark, plain, x=value(start + inset), y=y, text=text),
    ]


def _width(bars: Bars, place: int) -> float:
    head = [bars.columns[place]] if bars.columns else []
    longest = max(len(text) for text in [*head, *(row.texts[place] for row in bars.rows if row.texts)])
    return longest * LETTER + GAP


def _columns(bars: Bars, y: Spec, widths: Sequence[float]) -> list[Spec]:
    """The words at the right, each column aligned at its right side, with what it is above it."""
    layers, right = [], float(WIDTH)
    for place, width in enumerate(widths):
        right += width
        rows = [{"row": number, "text": row.texts[place]} for number, row in enumerate(bars.rows) if row.texts]
        mark = {"type": "text", "align": "right", "color": MUTED}
        text = field("text", "nominal")
        layers.append(layer(mark | {"baseline": "middle"}, rows, x=value(right), y=y, text=text))
        if bars.columns:
            head = [{"text": bars.columns[place]}]
            layers.append(layer(mark | {"baseline": "bottom"}, head, x=value(right), y=value(-8), text=text))
    return layers
