"""The set of models that the data can hardly tell apart, as one picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.publish import to_step
from darknumber.inference.set_words import criterion_name
from darknumber.models.base import Candidates
from darknumber.views.plots import (
    ESTIMATE,
    GROUND,
    INK,
    LETTER,
    LINE_HEIGHT,
    MUTED,
    REGISTERED,
    RULE,
    TIP,
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

WIDTH, HEIGHT = 600, 260
LABELS = 190  # room for labels beside the picture, in pixels
EDGE = 24.0  # pixels between the outermost model and the edge, so that no mark is cut
FAR = 2.0  # a mark further away than this many times delta stretches the axis near zero
MOST_MARKS = 2000  # models drawn: more would lie on top of each other and weigh on the page
LEAST_AREA, MOST_AREA = 10.0, 330.0  # of the marks of an average, in square pixels
LONGEST_NAME = 28  # letters of a compared model beside the picture; the table has the whole name
ABOVE = 12.0  # height of the marks that have no criterion, in pixels from above
BOLD, WIDE_LETTER = 600, 8.4  # the weight of labels that stand out, and the width of their average letter in pixels
DISC = 17.0  # width of the numbered mark of a compared model, in pixels
_TICKS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A model that is compared with those of the set.

    Parameters
    ----------
    name, text
        What it is called beside the picture, and its estimate in words.
    estimate
        Population size; may be ``inf`` or ``nan``.
    distance
        How far its criterion is above the best of the set; None where it has none.
    """

    name: str
    text: str
    estimate: float
    distance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axes:
    """The ends of both axes, and whether the vertical one is stretched near zero."""

    low: float
    high: float
    bottom: float
    top: float
    stretched: bool

    @property
    def x(self) -> Spec:
        """The number of people, on a logarithmic axis."""
        ticks = {"values": log_ticks(self.low, self.high), "format": ",d", "grid": True}
        return field("value", scale={"type": "log", "domain": [self.low, self.high], "nice": False}, axis=ticks)

    @property
    def y(self) -> Spec:
        """The distance to the best."""
        kind = "sqrt" if self.stretched else "linear"
        scale = {"type": kind, "domain": [self.bottom, self.top], "zero": True, "nice": False}
        ticks: list[float] = []
        for tick in _TICKS:
            if tick <= self.top and (not ticks or self.height(ticks[-1]) - self.height(tick) >= LINE_HEIGHT):
                ticks.append(tick)
        return field("distance", scale=scale, axis={"values": ticks, "format": ",d"})

    def across(self, estimate: float) -> float:
        """Where an estimate stands, in pixels from the left; one without an upper limit at the right edge."""
        return float(WIDTH * np.log(min(estimate, self.high) / self.low) / np.log(self.high / self.low))

    def height(self, distance: float) -> float:
        """Where a distance stands, in pixels from above."""
        bottom, place, top = (
            float(np.sign(end) * np.sqrt(abs(end))) if self.stretched else end
            for end in (self.bottom, distance, self.top)
        )
        return HEIGHT * (top - place) / (top - bottom)


def model_set(
    candidates: Candidates,
    observed: float,
    *,
    criterion: str | float,
    unit: str,
    step: int = 1,
    average: float | None = None,
    marks: Sequence[Mark] = (),
    tables: Sequence[Table] = (),
) -> Figure:
    """Each model close to the best: how much worse it fits, up, against the number it gives, across.

    Parameters
    ----------
    candidates
        The set, from an exact search.
    observed
        People on some list, in all strata.
    criterion
        What the set was searched by.
    unit
        What the numbers count, in words.
    step
        What numbers in words are rounded to.
    average
        The average over the models, where that is the answer: a line, and the marks have the area of their weight.
    marks
        Other models, drawn with a number each.
    tables
        The same numbers.
    """
    estimates, shown = observed + candidates.unobserved, partial(to_step, step=step, observed=observed)
    axes = _axes(candidates, estimates, observed, marks)
    layers = [*_lines(candidates, axes, average), *_models(candidates, estimates, axes, shown, plain=bool(marks))]
    layers += [*_bracket(candidates, estimates, axes, shown, average), *_special(candidates, estimates, axes)]
    layers += _compared(axes, marks)
    texts = [*_set_labels(candidates, estimates, axes, shown, average), *_mark_labels(axes, marks)]
    layers += end_labels(texts, WIDTH)
    room = max([LABELS, *(len(text) * (LETTER if weight < BOLD else WIDE_LETTER) + 24 for text, _, _, weight in texts)])
    return Figure(
        title=set_title(candidates, observed, step, average),
        subtitle=" ".join(_subtitle(candidates, estimates, axes, criterion, unit, average, marks)),
        description=say("modelset.picture.description"),
        spec=house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(56, 26, room, 34)),
        tables=tuple(tables),
    )


def set_title(candidates: Candidates, observed: float, step: int, average: float | None = None) -> str:
    """The finding: how many models the data can hardly tell apart, and how far apart their estimates are."""
    near = candidates.near
    values = observed + candidates.unobserved[near]
    finite, count = values[np.isfinite(values)], int(near.sum())
    answer = observed + float(candidates.unobserved[candidates.chosen]) if average is None else average
    if not len(finite):
        return say("modelset.picture.title_none", n=count)
    low, high = (to_step(float(end), step, observed) for end in (finite.min(), finite.max()))
    alone = "alone" if candidates.proved else "first"
    kind = alone if count == 1 else "open" if len(finite) < count else "some"
    return say(f"modelset.picture.title_{kind}", n=count, low=low, high=high, estimate=to_step(answer, step, observed))


def _subtitle(
    candidates: Candidates,
    estimates: Array,
    axes: _Axes,
    criterion: str | float,
    unit: str,
    average: float | None,
    marks: Sequence[Mark],
) -> list[str]:
    unknown, models = int(np.isnan(estimates).sum()), len(estimates)
    parts = [say("modelset.picture.subtitle", criterion=criterion_name(criterion), unit=unit)]
    if candidates.weight is not None and average is not None:
        parts.append(say("modelset.picture.area"))
    parts.append(say("modelset.picture.stretched" if axes.stretched else "modelset.picture.logarithmic"))
    if any(mark.distance is None for mark in marks):
        parts.append(say("modelset.picture.above", criterion=criterion_name(criterion)))
    if unknown:
        parts.append(say("modelset.picture.unknown", n=unknown))
    if models > MOST_MARKS:
        parts.append(say("modelset.picture.most", shown=MOST_MARKS, models=models))
    return parts


def _axes(candidates: Candidates, estimates: Array, observed: float, marks: Sequence[Mark]) -> _Axes:
    """Axes on which everything has a place."""
    finite = [float(v) for v in [*estimates, *(mark.estimate for mark in marks)] if np.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (observed, 2 * observed)
    room = max((high / low) ** (EDGE / (WIDTH - 2 * EDGE)), 1.01)
    placed = [*candidates.distance.tolist(), *(mark.distance for mark in marks if mark.distance is not None)]
    stretched = max(placed) > FAR * candidates.delta
    top = max(max(placed) * (1.5 if stretched else 1.1), candidates.delta * 1.3)
    return _Axes(low=low / room, high=high * room, bottom=min([0.0, *placed]), top=top, stretched=stretched)


def _lines(candidates: Candidates, axes: _Axes, average: float | None) -> list[Spec]:
    """The line below which every model is drawn, and the average."""
    limit = [{"value": axes.low, "to": axes.high, "distance": candidates.delta}]
    layers = [
        layer({"type": "rule", "color": MUTED, "strokeDash": [4, 3]}, limit, x=axes.x, x2={"field": "to"}, y=axes.y)
    ]
    if average is not None and np.isfinite(average):
        line: Spec = {"type": "rule", "color": REGISTERED, "strokeWidth": 2}
        layers.append(layer(line, [{"value": average}], x=axes.x))
    return layers


def _models(
    candidates: Candidates, estimates: Array, axes: _Axes, told: Callable[[float], float], *, plain: bool
) -> list[Spec]:
    """One mark a model; of an average, with the area of its weight. Without an upper limit: at the right edge."""
    shown = np.arange(min(len(estimates), MOST_MARKS))
    area = np.full(len(estimates), 60.0)
    if candidates.weight is not None and not plain:
        area = LEAST_AREA + (MOST_AREA - LEAST_AREA) * candidates.weight / candidates.weight.max()
    rows = [
        {
            "value": float(estimates[k]),
            "distance": float(candidates.distance[k]),
            "area": round(float(area[k]), 1),
            TIP: say(
                "view.tip.model",
                model=candidates.label[k],
                number=told(float(estimates[k])),
                by=float(candidates.distance[k]),
            ),
        }
        for k in shown[np.isfinite(estimates[shown])]
    ]
    ends = [
        {"value": axes.high, "distance": float(candidates.distance[k])} for k in shown[np.isposinf(estimates[shown])]
    ]
    dot: Spec = {"type": "point", "filled": True, "color": MUTED if plain else ESTIMATE, "opacity": 0.55}
    models = layer(dot, rows, x=axes.x, y=axes.y)
    models["encoding"]["size"] = {"field": "area", "type": "quantitative", "scale": None}
    arrow: Spec = {"type": "point", "filled": True, "shape": "triangle-right", "color": INK, "size": 70, "opacity": 0.7}
    return [models, *([layer(arrow, ends, x=axes.x, y=axes.y)] if ends else [])]


def _bracket(
    candidates: Candidates, estimates: Array, axes: _Axes, shown: Callable[[float], float], average: float | None
) -> list[Spec]:
    """From the lowest to the highest estimate of the models close to the best, with these numbers beside any line."""
    near = estimates[candidates.near]
    finite = near[np.isfinite(near)]
    if len(near) < 2 or not len(finite):
        return []
    low, high, endless = float(finite.min()), float(finite.max()), bool(np.isinf(near).any())
    span = {"value": low, "to": axes.high if endless else high, "distance": candidates.delta}
    text = say(
        "modelset.picture.range_open" if endless else "modelset.picture.range",
        low=shown(low),
        high=shown(high),
    )
    middle: dict[str, Any] = {
        "value": float(np.sqrt(low * span["to"])),
        "distance": candidates.delta,
        "text": text,
    }
    rule: Spec = {"type": "rule", "color": ESTIMATE, "strokeWidth": 2.5}
    tick: Spec = {"type": "tick", "orient": "vertical", "color": ESTIMATE, "thickness": 2.5, "size": 12}
    ends = [{**span, "value": end} for end in ([low] if endless else [low, high])]
    words: Spec = {"type": "text", "dy": -12, "color": ESTIMATE}
    half = len(text) * LETTER / 2
    if average is not None and abs(axes.across(average) - axes.across(middle["value"])) < half:
        middle, words = {**middle, "value": average}, {**words, "align": "left", "dx": 8}
    return [
        layer(rule, [span], x=axes.x, x2={"field": "to"}, y=axes.y),
        layer(tick, ends, x=axes.x, y=axes.y),
        layer(words, [middle], x=axes.x, y=axes.y, text=field("text", "nominal")),
    ]


def _special(candidates: Candidates, estimates: Array, axes: _Axes) -> list[Spec]:
    """The chosen model, larger; the end of a stepwise search, ringed, with a line to its label."""
    layers = []
    chosen, local = _point(candidates, estimates, axes, candidates.chosen), candidates.local
    if chosen is not None:
        dot: Spec = {"type": "point", "filled": True, "opacity": 1, "color": ESTIMATE, "size": 170}
        layers.append(layer(dot, [chosen], x=axes.x, y=axes.y))
    point = _point(candidates, estimates, axes, local) if local >= 0 else None
    if point is not None:
        guide = [{**point, "to": axes.high}]
        layers.append(layer({"type": "rule", "color": RULE}, guide, x=axes.x, x2={"field": "to"}, y=axes.y))
        ring: Spec = {"type": "point", "filled": False, "opacity": 1, "color": INK, "strokeWidth": 2, "size": 380}
        layers.append(layer(ring, [point], x=axes.x, y=axes.y))
    return layers


def _point(candidates: Candidates, estimates: Array, axes: _Axes, row: int) -> dict[str, float] | None:
    """Where a model stands: at the right edge without an upper limit; None where it is not estimable."""
    estimate = float(estimates[row])
    if np.isnan(estimate):
        return None
    return {"value": min(estimate, axes.high), "distance": float(candidates.distance[row])}


def _compared(axes: _Axes, marks: Sequence[Mark]) -> list[Spec]:
    """A numbered mark for each model compared, beside those it would hide; one without a criterion stands above all."""
    layers: list[Spec] = []
    taken: list[tuple[float, float]] = []
    disc: Spec = {"type": "point", "filled": True, "opacity": 1, "color": REGISTERED, "size": 300}
    digit: Spec = {"type": "text", "color": GROUND, "fontWeight": BOLD, "fontSize": 11.5, "baseline": "middle"}
    for number, mark in enumerate(marks, start=1):
        if np.isnan(mark.estimate):
            continue
        across, height = axes.across(mark.estimate), _height(axes, mark)
        aside = 0.0
        while any(abs(across + aside - x) < DISC and abs(height - y) < DISC for x, y in taken):
            aside += DISC
        taken.append((across + aside, height))
        row = {"value": min(mark.estimate, axes.high), "distance": mark.distance, "text": str(number)}
        rows = [{name: each for name, each in row.items() if each is not None}]
        y = value(ABOVE) if mark.distance is None else axes.y
        layers.append(layer({**disc, "xOffset": aside}, rows, x=axes.x, y=y))
        layers.append(layer({**digit, "xOffset": aside}, rows, x=axes.x, y=y, text=field("text", "nominal")))
    return layers


def _height(axes: _Axes, mark: Mark) -> float:
    return ABOVE if mark.distance is None else axes.height(mark.distance)


def _set_labels(
    candidates: Candidates, estimates: Array, axes: _Axes, shown: Callable[[float], float], average: float | None
) -> list[tuple[str, float, str, int]]:
    """What stands beside the picture: the chosen model, the stepwise one, the limit of the set."""
    chosen, local = candidates.chosen, candidates.local
    kind = "heaviest" if average is not None else "chosen"
    texts = []
    if not np.isnan(estimates[chosen]):
        name = f"{kind}_both" if local == chosen else kind
        text = say(f"modelset.picture.{name}", estimate=shown(float(estimates[chosen])))
        texts.append((text, axes.height(float(candidates.distance[chosen])), ESTIMATE, BOLD))
    if local >= 0 and local != chosen and not np.isnan(estimates[local]):
        text = say("modelset.picture.stepwise", estimate=shown(float(estimates[local])))
        texts.append((text, axes.height(float(candidates.distance[local])), INK, 400))
    close = say("modelset.picture.close", delta=candidates.delta)
    texts.append((close, axes.height(candidates.delta), MUTED, 400))
    endless = candidates.distance[np.isposinf(estimates)]
    if len(endless):
        texts.append((people(np.inf), axes.height(float(endless[0])), INK, 400))
    if average is not None:
        texts.append((say("modelset.picture.average", estimate=shown(average)), ABOVE, REGISTERED, BOLD))
    return texts


def _mark_labels(axes: _Axes, marks: Sequence[Mark]) -> list[tuple[str, float, str, int]]:
    """A label for each model compared, with its number."""
    texts = []
    for number, mark in enumerate(marks, start=1):
        name = mark.name if len(mark.name) <= LONGEST_NAME else mark.name[: LONGEST_NAME - 1] + "…"
        texts.append((f"{number}  {name}, {mark.text}", _height(axes, mark), REGISTERED, 400))
    return texts
