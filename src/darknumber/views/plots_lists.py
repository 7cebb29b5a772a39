"""The lists and their overlaps, and the models a search looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import to_step
from darknumber.inference.set_words import criterion_name
from darknumber.models.base import Candidates
from darknumber.studies.multiverse import CLOSE
from darknumber.views.disclosure import Protection, overlaps_shown, shared_shown, sizes_shown, total_shown
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    LINE_HEIGHT,
    MUTED,
    REGISTERED,
    RULE,
    Figure,
    Spec,
    config,
    end_labels,
    field,
    house,
    layer,
    log_ticks,
    value,
)
from darknumber.views.story import close_models
from darknumber.views.tables import Table
from darknumber.words import people, say
from darknumber.words.labels import list_name

MOST = 24  # pairs of lists shown in the picture; more are not read, and the table has them all
BARS = 130  # height of the bars of overlaps, in pixels
SIZES = 110  # width of the bars of list sizes
COLUMN, ROW = 34, 26
WIDTH, HEIGHT = 600, 220
_DISTANCES = (0, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10000)  # ticks of a stretched axis

Array = NDArray[np.float64]


def overlap(
    data: CaptureTable, *, source: str, protection: Protection | None = None, tables: Sequence[Table] = ()
) -> Figure:
    """An UpSet picture of pairs: list sizes at the left, pairs as joined dots, people on both as bars.

    Parameters
    ----------
    data
        The capture table.
    source
        Where the data come from.
    protection
        What is shown of registered numbers; by default they are exact. The bar of a small one is as long as the limit
        below which it is, and others are drawn as they are printed.
    tables
        The same numbers.
    """
    overlaps = overlaps_shown(data, protection)
    # hidden overlaps are sorted as if they were equal: their order would give away which is larger
    pairs = sorted(overlaps, key=lambda pair: -overlaps[pair].drawn)
    shown = pairs[:MOST]
    names = [list_name(name) for name in data.lists]
    left = max(len(name) for name in names) * LETTER + 14
    bars = [
        {
            "pair": str(place),
            "value": overlaps[pair].drawn,
            "text": overlaps[pair].or_none,
            "hidden": overlaps[pair].hidden,
        }
        for place, pair in enumerate(shown)
    ]
    sizes = [
        {"list": name, "value": size.drawn, "text": size.text}
        for name, size in zip(names, sizes_shown(data, protection), strict=True)
    ]
    width, height = COLUMN * len(shown), ROW * len(names)
    spec: Spec = {
        "concat": [
            _blank(SIZES + left, BARS),
            {"width": width, "height": BARS, "layer": _pair_bars(bars)},
            {"width": SIZES + left, "height": height, "layer": _size_bars(sizes, names)},
            {"width": width, "height": height, "layer": _dots(shown, names)},
        ],
        "columns": 2,
        "spacing": {"row": 6, "column": 0},
        "bounds": "flush",
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "padding": {"left": 46, "top": 22, "right": 12, "bottom": 12},
        "config": config(),
    }
    empty = sum(shown.value == 0 for shown in overlaps.values())
    subtitle = say("view.overlap.subtitle", source=source)
    if len(pairs) > len(shown):
        subtitle += " " + say("view.overlap.most", shown=len(shown), pairs=len(pairs))
    return Figure(
        title=say(
            "view.overlap.title" if empty else "view.overlap.title_full",
            shared=shared_shown(data, protection).or_none,
            everyone=total_shown(data, protection).text,
            unit=say(f"estimates.unit.{data.unit}"),
            empty=empty,
            pairs=len(pairs),
        ),
        subtitle=subtitle,
        description=say("view.overlap.description"),
        spec=spec,
        tables=tuple(tables),
    )


def _blank(width: float, height: float) -> Spec:
    rows = [{"text": say("view.overlap.pairs")}]
    label = layer(
        {"type": "text", "align": "right", "color": MUTED},
        rows,
        x=value(width - 14),
        y=value(8),
        text=field("text", "nominal"),
    )
    return {"width": width, "height": height, "layer": [label]}


def _pair_bars(bars: Sequence[dict[str, object]]) -> list[Spec]:
    places = [bar["pair"] for bar in bars]
    x = field("pair", "ordinal", scale={"domain": places, "paddingInner": 0.4, "paddingOuter": 0.2}, axis=False)
    y = field("value", scale={"zero": True, "nice": False}, axis=False)
    hidden = [bar for bar in bars if bar["hidden"]]
    plain = [bar for bar in bars if not bar["hidden"]]
    none = {"type": "text", "dy": -7, "fontSize": 11.5}
    return [
        layer({"type": "bar", "color": REGISTERED}, plain, x=x, y=y),
        layer({"type": "bar", "color": "#ffffff", "stroke": REGISTERED, "strokeDash": [3, 2]}, hidden, x=x, y=y),
        layer({**none, "color": INK}, [bar for bar in bars if bar["value"]], x=x, y=y, text=field("text", "nominal")),
        layer(
            {**none, "color": MUTED}, [bar for bar in bars if not bar["value"]], x=x, y=y, text=field("text", "nominal")
        ),
    ]


def _size_bars(sizes: Sequence[dict[str, object]], names: Sequence[str]) -> list[Spec]:
    """Bars that grow to the left from a line, with the names of the lists to the right of it."""
    y = field("list", "ordinal", scale={"domain": list(names), "paddingInner": 0.3, "paddingOuter": 0.15}, axis=False)
    x = field("value", scale={"zero": True, "nice": False, "range": [SIZES, 0]}, axis=False)
    size = {"type": "text", "align": "right", "baseline": "middle", "dx": -5, "fontSize": 11.5}
    name = {"type": "text", "align": "left", "baseline": "middle"}
    return [
        layer({"type": "bar", "color": REGISTERED}, sizes, x=x, y=y),
        layer(size, sizes, x=x, y=y, text=field("text", "nominal")),
        layer(name, sizes, x=value(SIZES + 10), y=y, text=field("list", "nominal")),
    ]


def _dots(pairs: Sequence[tuple[int, int]], names: Sequence[str]) -> list[Spec]:
    columns = [str(place) for place in range(len(pairs))]
    x = field("pair", "ordinal", scale={"domain": columns, "type": "band", "padding": 0}, axis=False)
    y = field("list", "ordinal", scale={"domain": list(names), "type": "band", "padding": 0}, axis=False)
    every = [{"pair": column, "list": name} for column in columns for name in names]
    joined = [{"pair": str(place), "list": names[j]} for place, pair in enumerate(pairs) for j in pair]
    links = [{"pair": str(place), "list": names[i], "to": names[j]} for place, (i, j) in enumerate(pairs)]
    dot: Spec = {"type": "point", "filled": True, "opacity": 1}
    return [
        layer({**dot, "color": RULE, "size": 44}, every, x=x, y=y),
        layer({"type": "rule", "color": INK, "strokeWidth": 2}, links, x=x, y=y, y2={"field": "to"}),
        layer({**dot, "color": INK, "size": 80}, joined, x=x, y=y),
    ]


def search_path(
    candidates: Candidates,
    observed: float,
    *,
    criterion: str | float,
    unit: str,
    step: int = 1,
    tables: Sequence[Table] = (),
) -> Figure:
    """Each model of a search: how much worse it fits, up, against the number it gives, across.

    Parameters
    ----------
    candidates
        The path.
    observed
        People on some list, in all strata.
    criterion
        What the search went by.
    unit
        What the numbers count, in words.
    step
        What numbers in the title are rounded to.
    tables
        The same numbers.
    """
    distance = candidates.distance
    estimates = observed + candidates.unobserved
    near = [int(k) for k in close_models(candidates) if np.isfinite(estimates[k])]
    numbers = [
        people(to_step(float(estimates[k]), step, observed)) for k in sorted(near, key=lambda k: float(estimates[k]))
    ]
    chosen = people(to_step(float(estimates[candidates.chosen]), step, observed))
    return Figure(
        title=say(
            "view.path.title" if len(numbers) > 1 else "view.path.title_one" if numbers else "view.path.title_alone",
            estimate=chosen,
            low=numbers[0] if numbers else "",
            high=numbers[-1] if numbers else "",
        ),
        subtitle=say("view.path.subtitle", criterion=criterion_name(criterion), unit=unit),
        description=say("view.path.description"),
        spec=_path_spec(estimates, distance, candidates.chosen, near, f"{say('view.path.chosen')} {chosen}"),
        tables=tuple(tables),
    )


def _path_spec(estimates: Array, distance: Array, chosen: int, near: Sequence[int], label: str) -> Spec:
    drawn = np.isfinite(estimates) & np.isfinite(distance)
    endless = np.isinf(estimates) & np.isfinite(distance)
    low, high = float(estimates[drawn].min()) * 0.95, float(estimates[drawn].max()) * 1.05
    top = max(float(distance[drawn | endless].max()) * 1.1, CLOSE * 1.5)
    x = field(
        "value",
        scale={"type": "log", "domain": [low, high], "nice": False},
        axis={"values": log_ticks(low, high), "format": ",d", "grid": True},
    )
    scale = {"type": "sqrt", "domain": [0, top], "zero": True, "nice": False}
    y = field("distance", scale=scale, axis={"values": _distance_ticks(top), "format": ",d"})
    steps = [int(k) for k in np.flatnonzero(drawn)]
    rows = [{"value": float(estimates[k]), "distance": float(distance[k]), "step": k} for k in steps]
    arrows = [{"value": high, "distance": float(distance[k])} for k in np.flatnonzero(endless)]
    dot: Spec = {"type": "point", "filled": True, "opacity": 1}
    layers = [
        layer({"type": "line", "color": RULE, "strokeWidth": 1.5}, rows, x=x, y=y, order=field("step")),
        layer({**dot, "color": MUTED, "size": 44}, [row for row in rows if row["step"] not in near], x=x, y=y),
        layer({**dot, "color": ESTIMATE, "size": 64}, [row for row in rows if row["step"] in near], x=x, y=y),
        layer({**dot, "color": ESTIMATE, "size": 170}, [row for row in rows if row["step"] == chosen], x=x, y=y),
        layer({**dot, "shape": "triangle-right", "color": INK, "size": 80}, arrows, x=x, y=y),
    ]
    texts = [(label, _height(float(distance[chosen]), top), ESTIMATE, 400)] if drawn[chosen] else []
    texts += [(people(np.inf), _height(arrows[0]["distance"], top), INK, 400)] if arrows else []
    if near:
        # the range of the models that fit almost as well, bracketed where that begins
        ends = estimates[[chosen, *near]] if drawn[chosen] else estimates[near]
        bracket = [{"value": float(ends.min()), "to": float(ends.max()), "distance": CLOSE}]
        rule: Spec = {"type": "rule", "color": ESTIMATE, "strokeWidth": 2}
        layers.append(layer(rule, bracket, x=x, x2={"field": "to"}, y=y))
        texts.append((say("view.path.close", points=CLOSE), _height(CLOSE, top), ESTIMATE, 400))
    layers += end_labels(texts, WIDTH)
    return house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(56, 16, 190, 34))


def _height(distance: float, top: float) -> float:
    """Where a distance stands on the stretched axis, in pixels from above."""
    return float(HEIGHT * (1 - np.sqrt(distance / top)))


def _distance_ticks(top: float) -> list[float]:
    """Round distances that leave room for their labels."""
    ticks: list[float] = []
    for tick in _DISTANCES:
        if tick <= top and (not ticks or _height(ticks[-1], top) - _height(tick, top) >= LINE_HEIGHT):
            ticks.append(tick)
    return ticks
