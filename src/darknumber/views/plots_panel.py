"""All that can be off, on one axis: how far the answer moves with each assumption."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from darknumber.inference.publish import rounded, to_step, total_step
from darknumber.studies.floors import rounded_down
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_sensitivity import (
    bound_name,
    floor_name,
    form_name,
    independent_or_more,
    odds_in_words,
    title,
)
from darknumber.studies.sensitivity import Sensitivity
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
    field,
    house,
    layer,
    log_ticks,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import interval, people, say

WIDTH = 400  # of the axis, in pixels
STEP = 30  # height of a row
EDGE = 1.08  # room past the outermost mark, as a factor
MOST_TIMES = 40.0  # the axis ends at this many times the estimate; what goes on is an arrow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row: its name, how far the estimate moves, its limits, and what stands beside it.

    Parameters
    ----------
    name, text
        In words.
    moves
        The lowest and highest estimate, or ``nan``; a floor has only the lowest.
    limits
        The lowest lower and the highest upper limit, or ``nan``.
    point
        An estimate to be marked, or ``nan``.
    floor
        Whether it says only that there are at least so many.
    """

    name: str
    text: str
    moves: tuple[float, float] = (math.nan, math.nan)
    limits: tuple[float, float] = (math.nan, math.nan)
    point: float = math.nan
    floor: bool = False


def panel_figure(found: Sensitivity, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """A row an assumption: how far the estimate moves where it is off, beside the interval of the answer.

    Parameters
    ----------
    found
        What was found.
    about
        Whom the figures are about.
    tables
        The same numbers.
    """
    lines = list(_lines(found))
    low, high = _ends(found, lines)
    ticks = {"values": log_ticks(low, high), "format": ",d", "grid": True}
    scale = {"type": "log", "domain": [low, high], "nice": False, "clamp": True}
    x = field("value", scale=scale, axis=ticks)
    y = field("name", "ordinal", scale={"type": "band", "domain": [line.name for line in lines]}, axis=False)
    x2: Spec = {"field": "to"}
    _, lower, upper = found.headline
    behind = [{"value": lower, "to": min(upper, high)}] if math.isfinite(lower) and found.dial.ends[0] < high else []
    thin = [_stretch(line.name, line.limits, high) for line in lines if math.isfinite(line.limits[0])]
    thick = [
        _stretch(line.name, line.moves, high) for line in lines if not line.floor and line.moves[0] < line.moves[1]
    ]
    floors = [_stretch(line.name, (line.moves[0], math.inf), high) for line in lines if line.floor]
    layers = [
        layer({"type": "rect", "color": UNSEEN, "opacity": 0.22}, behind, x=x, x2=x2),
        layer({"type": "rule", "color": ESTIMATE, "strokeWidth": 1.5, "opacity": 0.7}, thin, x=x, x2=x2, y=y),
        layer({"type": "rule", "color": ESTIMATE, "strokeWidth": 6, "opacity": 0.85}, thick, x=x, x2=x2, y=y),
        layer({"type": "rule", "color": REGISTERED, "strokeWidth": 1.5, "strokeDash": [4, 3]}, floors, x=x, x2=x2, y=y),
        layer(
            {"type": "tick", "orient": "vertical", "color": REGISTERED, "thickness": 3, "size": 14},
            [{"name": line.name, "value": line.moves[0]} for line in lines if line.floor and line.moves[0] < high],
            x=x,
            y=y,
        ),
        layer(
            {"type": "point", "shape": "triangle-right", "filled": True, "color": INK, "size": 60, "opacity": 1},
            [{"name": line.name, "value": high} for line in lines if line.floor or _beyond(line, high)],
            x=x,
            y=y,
        ),
        layer(
            {"type": "point", "filled": True, "color": ESTIMATE, "size": 80, "opacity": 1},
            [{"name": line.name, "value": line.point} for line in lines if math.isfinite(line.point)],
            x=x,
            y=y,
        ),
    ]
    if found.threshold is not None and low < found.threshold < high:
        dash = {"type": "rule", "color": REGISTERED, "strokeDash": [5, 4], "strokeWidth": 1.5}
        layers.append(layer(dash, [{"value": found.threshold}], x=x))
        words = {"type": "text", "color": REGISTERED, "baseline": "bottom"}
        text = [{"value": found.threshold, "text": people(found.threshold)}]
        layers.append(layer(words, text, x=x, y=value(-6), text=field("text", "nominal")))
    left = max(len(line.name) for line in lines) * LETTER + 16
    right = max(len(line.text) for line in lines) * LETTER + 24
    layers += [
        _words(lines, "name", "left", 8 - left, INK, y),
        _words(lines, "text", "left", WIDTH + 16, MUTED, y),
        layer({"type": "rule", "color": RULE}, [{}], x=value(8 - left), x2=value(WIDTH + right), y=value(STEP)),
    ]
    return Figure(
        title=title(found),
        subtitle=say(
            "sensitivity.picture.overview_subtitle",
            unit=sum_name(found.estimates, about),
            level=found.estimates.level,
            source=source(found.estimates),
        ),
        description=say("sensitivity.picture.overview_description"),
        spec=house({"layer": layers}, width=WIDTH, height=STEP * len(lines), padding=(left, 26, right, 34)),
        tables=tuple(tables),
    )


def _lines(found: Sensitivity) -> Iterator[_Line]:
    """The rows that have something to show."""
    n, dial, (estimate, lower, upper) = found.observed, found.dial, found.headline
    if math.isfinite(estimate):
        shown = rounded(estimate, lower, upper, floor=n)
        text = f"{people(shown.value)} ({interval(shown.lower, shown.upper)})"
        yield _Line(name=say("sensitivity.overview.headline"), text=text, limits=(lower, upper), point=estimate)
        name = say(
            "sensitivity.overview.dial", least=odds_in_words(1 / dial.declared), most=odds_in_words(dial.declared)
        )
        yield _moved(name, dial.ends, dial.interval, _stepped(found, *dial.ends))
        points = [point for pair in found.pairs for point in (pair.independent, pair.strongest) if point is not None]
        if points:
            ends = min(point[0] for point in points), max(point[0] for point in points)
            limits = min(point[1] for point in points), max(point[2] for point in points)
            yield _moved(say("sensitivity.overview.pairs"), ends, limits, _digits(*ends))
        grid = found.linkage
        values = {"missed": max(grid.missed), "false": max(grid.false)}
        yield from _grid(say("sensitivity.overview.links", **values), grid.estimate)
        everywhere = found.trimmed[0]
        name = say("sensitivity.overview.erroneous", share=max(everywhere.share))
        yield from _grid(name, everywhere.estimate)
    for form in found.forms:
        if math.isfinite(form.estimate):
            shown = rounded(form.estimate, form.lower, form.upper, floor=n)
            text = f"{people(shown.value)} ({interval(shown.lower, shown.upper)})"
            name = say("sensitivity.overview.form", form=form_name(form))
            yield _Line(name=name, text=text, limits=(form.lower, form.upper), point=form.estimate)
    yield from _at_least(found)


def _at_least(found: Sensitivity) -> Iterator[_Line]:
    """Floors, and bounds that have a lower end."""
    for floor in found.floors:
        if math.isfinite(floor.estimate):
            shown = floor.estimate if floor.kind == "registered" else rounded_down(floor.estimate)
            text = say("estimates.at_least", n=shown)
            yield _Line(name=floor_name(floor), text=text, moves=(floor.estimate, math.inf), floor=True)
    for bound in found.bounds:
        low, high = bound.likely
        if not bound.possible or low <= found.observed:
            continue
        name = say("sensitivity.row.no_avoiding") if independent_or_more(bound) else bound_name(bound)
        if math.isinf(high):
            text = say("estimates.at_least", n=rounded_down(low))
            yield _Line(name=name, text=text, moves=(low, math.inf), floor=True)
        else:
            yield _Line(name=name, text=_digits(low, high), limits=(low, high))


def _moved(name: str, ends: tuple[float, float], limits: tuple[float, float], text: str) -> _Line:
    return _Line(name=name, text=text, moves=ends, limits=limits)


def _grid(name: str, values: np.ndarray) -> Iterator[_Line]:
    """How far totals of corrected tables run; these may have fewer people than are registered."""
    finite = values[np.isfinite(values)]
    if len(finite) > 1:
        ends = float(finite.min()), float(finite.max())
        yield _Line(name=name, text=_digits(*ends), moves=ends)


def _stepped(found: Sensitivity, low: float, high: float) -> str:
    """Two numbers rounded as the estimate is."""
    step = total_step(found.estimates)
    return interval(max(to_step(low, step), found.observed), to_step(high, step))


def _digits(low: float, high: float) -> str:
    """Two numbers to three digits each."""
    return say("sensitivity.overview.between", low=short(low), high=short(high))


def _ends(found: Sensitivity, lines: Sequence[_Line]) -> tuple[float, float]:
    """The ends of the axis."""
    every = [number for line in lines for number in (*line.moves, *line.limits, line.point) if math.isfinite(number)]
    estimate = found.headline[0]
    most = MOST_TIMES * estimate if math.isfinite(estimate) else math.inf
    high = min(max([*every, found.threshold or 0.0]), most)
    return min(every) / EDGE, high * EDGE


def _beyond(line: _Line, high: float) -> bool:
    return any(number > high for number in (*line.moves, *line.limits))


def _stretch(name: str, ends: tuple[float, float], high: float) -> dict[str, object]:
    return {"name": name, "value": min(ends[0], high), "to": min(ends[1], high)}


def _words(lines: Sequence[_Line], which: str, align: str, place: float, colour: str, y: Spec) -> Spec:
    """A column of words beside the axis."""
    mark = {"type": "text", "align": align, "baseline": "middle", "color": colour}
    rows = [{"name": line.name, "text": getattr(line, which)} for line in lines]
    return layer(mark, rows, x=value(place), y=y, text=field("text", "nominal"))
