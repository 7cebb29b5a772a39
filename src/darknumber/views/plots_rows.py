"""Rows on one logarithmic axis: an answer, and the same question answered in other ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
    field,
    hatch,
    house,
    layer,
    log_ticks,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import people

WIDTH = 400  # of the axis, in pixels
STEP = 30  # height of a row
HEADED_STEP = 26  # the same where there are many, under headings
INSET = 14  # of names under a heading
EDGE = 1.08  # room past the outermost mark, as a factor
MOST_TIMES = 40.0  # the axis ends at this many times the middle; what goes on is an arrow
BOLD = 600
SHORT = 7.0  # pixels: several estimates closer together than this are drawn as one
HATCHED = 12  # height of a hatched stretch, in pixels
TOP, BOTTOM = 26, 34  # room above and below the rows, in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: its name, what is drawn, and what stands beside it.

    Parameters
    ----------
    name, text
        In words. A line with nothing to draw and no text is a heading of those below it.
    moves
        The ends of several estimates, drawn thick; ``inf`` is drawn as an arrow. ``nan`` where there are none.
    limits
        Of an interval, drawn thin, likewise.
    point
        A single estimate; ``inf`` is an arrow at the right. ``nan`` where there is none, or where the interval is too
        wide for a single number.
    floor
        The least there can be, or ``nan``: a tick, and dashes to the right of it.
    unknown
        Whether there is an answer that is no number: hatched over the whole axis.
    main
        Whether it is the answer itself.
    """

    name: str
    text: str = ""
    moves: tuple[float, float] = (math.nan, math.nan)
    limits: tuple[float, float] = (math.nan, math.nan)
    point: float = math.nan
    floor: float = math.nan
    unknown: bool = False
    main: bool = False

    @property
    def drawn(self) -> tuple[float, ...]:
        """All its numbers."""
        return tuple(number for number in (*self.moves, *self.limits, self.point, self.floor) if not math.isnan(number))

    @property
    def heading(self) -> bool:
        """Whether it only heads the lines below it."""
        return not (self.text or self.drawn or self.unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a picture of rows shows.

    Parameters
    ----------
    lines
        From above.
    band
        The limits of the answer, shaded behind all rows; ``nan`` for no band.
    middle
        The answer: the axis goes `MOST_TIMES` as far at most. ``nan`` for no such end.
    threshold
        A number that matters, or None.
    """

    lines: Sequence[Line]
    band: tuple[float, float] = (math.nan, math.nan)
    middle: float = math.nan
    threshold: float | None = None


def rows_figure(rows: Rows, *, title: str, subtitle: str, description: str, tables: Sequence[Table] = ()) -> Figure:
    """Every line on one logarithmic axis, its name at the left and its numbers at the right.

    Parameters
    ----------
    rows
        What is shown.
    title, subtitle, description, tables
        As in `Figure`.
    """
    low, high = _ends(rows)
    headed = any(line.heading for line in rows.lines)
    step = HEADED_STEP if headed else STEP
    left = max(len(line.name) * LETTER + (INSET if headed else 0) for line in rows.lines) + 16
    right = max(len(line.text) for line in rows.lines) * LETTER + 24
    axes = _Axes(low=low, high=high, rows=len(rows.lines), inset=INSET if headed else 0)
    layers = [*_behind(rows, axes), *_marks(rows.lines, axes), *_threshold(rows, axes), *_words(rows.lines, axes, left)]
    if rows.lines[0].main:
        end = value(WIDTH + right)
        layers.append(layer({"type": "rule", "color": RULE}, [{}], x=value(8 - left), x2=end, y=value(step)))
    return Figure(
        title=title,
        subtitle=subtitle,
        description=description,
        spec=house({"layer": layers}, width=WIDTH, height=step * len(rows.lines), padding=(left, TOP, right, BOTTOM)),
        tables=tuple(tables),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """People across, on a logarithmic axis; rows down."""

    low: float
    high: float
    rows: int
    inset: int

    @property
    def x(self) -> Spec:
        """People."""
        ticks = {"values": log_ticks(self.low, self.high), "format": ",d", "grid": True}
        scale = {"type": "log", "domain": [self.low, self.high], "nice": False, "clamp": True}
        return field("value", scale=scale, axis=ticks)

    @property
    def y(self) -> Spec:
        """Rows, by their number."""
        return field("row", "ordinal", scale={"type": "band", "domain": list(range(self.rows))}, axis=False)

    def length(self, ends: tuple[float, float]) -> float:
        """How far apart two numbers are, in pixels; ``nan`` where there are none, or none on the axis."""
        if not ends[0] <= self.high:
            return math.nan
        return WIDTH * math.log(min(ends[1], self.high) / max(ends[0], self.low)) / math.log(self.high / self.low)

    def stretch(self, row: int, ends: tuple[float, float]) -> dict[str, object]:
        """A part of a row; what is beyond the axis ends with it."""
        return {"row": row, "value": max(min(ends[0], self.high), self.low), "to": min(ends[1], self.high)}


def _ends(rows: Rows) -> tuple[float, float]:
    """The ends of the axis: everything that is drawn, but not further than `MOST_TIMES` the answer."""
    every = [number for line in rows.lines for number in line.drawn if math.isfinite(number)]
    every += [number for number in rows.band if math.isfinite(number)]
    every += [] if rows.threshold is None else [rows.threshold]
    most = MOST_TIMES * rows.middle if math.isfinite(rows.middle) else math.inf
    low, high = (min(every), min(max(every), most)) if every else (1.0, 10.0)
    return max(low, 1.0) / EDGE, max(high, low * EDGE) * EDGE


def _behind(rows: Rows, axes: _Axes) -> list[Spec]:
    """The interval of the answer, and rows without a number."""
    lower, upper = rows.band
    band = [{"value": lower, "to": min(upper, axes.high)}] if math.isfinite(lower) else []
    unknown = [axes.stretch(row, (axes.low, axes.high)) for row, line in enumerate(rows.lines) if line.unknown]
    x2: Spec = {"field": "to"}
    return [
        layer({"type": "rect", "color": UNSEEN, "opacity": 0.22}, band, x=axes.x, x2=x2),
        layer({"type": "bar", "color": hatch(), "size": HATCHED}, unknown, x=axes.x, x2=x2, y=axes.y),
    ]


def _marks(lines: Sequence[Line], axes: _Axes) -> list[Spec]:
    """Limits thin, several estimates thick, one as a dot, floors as a tick, and arrows where it goes on."""
    x, y, numbered = axes.x, axes.y, list(enumerate(lines))
    x2: Spec = {"field": "to"}
    limits = [(line.main, axes.stretch(row, line.limits)) for row, line in numbered if math.isfinite(line.limits[0])]
    thick = [axes.stretch(row, line.moves) for row, line in numbered if axes.length(line.moves) >= SHORT]
    floors = [axes.stretch(row, (line.floor, math.inf)) for row, line in numbered if math.isfinite(line.floor)]
    ticks = [{"row": row, "value": line.floor} for row, line in numbered if line.floor < axes.high]
    beyond = [row for row, line in numbered if max(line.drawn, default=0.0) > axes.high or math.isfinite(line.floor)]
    dots = [(line.main, {"row": row, "value": line.point}) for row, line in numbered if line.point <= axes.high]
    dots += [
        (line.main, {"row": row, "value": line.moves[1]}) for row, line in numbered if axes.length(line.moves) < SHORT
    ]
    point = {"type": "point", "filled": True, "color": ESTIMATE, "opacity": 1}
    rule = {"type": "rule", "color": ESTIMATE}
    return [
        layer(rule | {"strokeWidth": 1.5, "opacity": 0.7}, [row for main, row in limits if not main], x=x, x2=x2, y=y),
        layer(rule | {"strokeWidth": 3, "opacity": 1}, [row for main, row in limits if main], x=x, x2=x2, y=y),
        layer(rule | {"strokeWidth": 6, "opacity": 0.85}, thick, x=x, x2=x2, y=y),
        layer({"type": "rule", "color": REGISTERED, "strokeWidth": 1.5, "strokeDash": [4, 3]}, floors, x=x, x2=x2, y=y),
        layer({"type": "tick", "orient": "vertical", "color": REGISTERED, "thickness": 3, "size": 14}, ticks, x=x, y=y),
        layer(
            {"type": "point", "shape": "triangle-right", "filled": True, "color": INK, "size": 60, "opacity": 1},
            [{"row": row, "value": axes.high} for row in beyond],
            x=x,
            y=y,
        ),
        layer(point | {"size": 70}, [dot for main, dot in dots if not main], x=x, y=y),
        layer(point | {"size": 120, "stroke": INK, "strokeWidth": 1.5}, [dot for main, dot in dots if main], x=x, y=y),
    ]


def _threshold(rows: Rows, axes: _Axes) -> list[Spec]:
    """A dashed line with the number above it."""
    at = rows.threshold
    if at is None or not axes.low < at < axes.high:
        return []
    dash = {"type": "rule", "color": REGISTERED, "strokeDash": [5, 4], "strokeWidth": 1.5}
    words = {"type": "text", "color": REGISTERED, "baseline": "bottom"}
    return [
        layer(dash, [{"value": at}], x=axes.x),
        layer(words, [{"value": at, "text": people(at)}], x=axes.x, y=value(-6), text=field("text", "nominal")),
    ]


def _words(lines: Sequence[Line], axes: _Axes, left: float) -> list[Spec]:
    """Names at the left, headings heavier; numbers at the right."""
    numbered = list(enumerate(lines))
    names = [{"row": row, "text": line.name} for row, line in numbered if not (line.heading or line.main)]
    heavy = [{"row": row, "text": line.name} for row, line in numbered if line.heading or line.main]
    texts = [{"row": row, "text": line.text} for row, line in numbered if line.text]
    start = 8 - left
    return [
        _column(names, start + axes.inset, axes, {"color": INK}),
        _column(heavy, start, axes, {"color": INK, "fontWeight": BOLD}),
        _column(texts, WIDTH + 16, axes, {"color": MUTED}),
    ]


def _column(rows: Sequence[dict[str, object]], place: float, axes: _Axes, style: Spec) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "middle", **style}
    return layer(mark, rows, x=value(place), y=axes.y, text=field("text", "nominal"))
