"""The iceberg and the course over the years."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from darknumber.data.table import NOT_RECORDED
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures, figures
from darknumber.views import story
from darknumber.views.labels import PEOPLE, About, level_name, noun, period, source
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    LINE_HEIGHT,
    MUTED,
    REGISTERED,
    TEXT_SIZE,
    UNSEEN,
    UNSEEN_TEXT,
    Figure,
    Spec,
    counts_scale,
    field,
    hatch,
    house,
    layer,
    spread,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import interval, people, say

WIDTH, HEIGHT = 634, 252
LEFT, TOP, RIGHT = 56, 14, 170
LYING = 784  # width of the single lying bar
ROOM = 1.04  # the axis goes a little past the highest limit
UNKNOWN_TOP = 0.3  # how high the hatched part of a bar without an estimate is drawn, as a share of the axis

_ARROW: Spec = {"type": "point", "filled": True, "color": INK, "size": 90, "opacity": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """One year: what is drawn of it."""

    name: str
    row: Figures


def iceberg(years: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """One bar a year: registered, the estimated unseen on top, the interval of the total, the ratio below.

    Parameters
    ----------
    years
        Figures by year and nothing else.
    about
        Whom they are about.
    tables
        The same numbers.
    """
    covariate = years.covariates[0]
    bars = [
        _Bar(name=level_name(covariate.name, level), row=row)
        for level, row in zip(covariate.levels, figures(years), strict=True)
    ]
    top = _top([bar.row for bar in bars])
    ticks, scale = counts_scale(top * ROOM)
    limit = float(scale["domain"][1])
    x = field("year", "ordinal", sort=None, scale={"paddingInner": 0.3, "paddingOuter": 0.15}, axis={"labelLimit": 90})
    y = field("value", scale=scale, axis={"values": ticks, "format": ",d"})
    y2: Spec = {"field": "from"}
    known = [bar for bar in bars if bar.row.known]
    hatched = [bar for bar in bars if not bar.row.known]
    size = min(TEXT_SIZE, WIDTH / len(bars) / 3.6)
    layers = [
        layer(
            {"type": "bar", "color": UNSEEN}, [_part(b, b.row.observed, b.row.estimate) for b in known], x=x, y=y, y2=y2
        ),
        layer(
            {"type": "bar", "color": hatch()},
            [_part(b, b.row.observed, limit if b.row.kind == "infinite" else limit * UNKNOWN_TOP) for b in hatched],
            x=x,
            y=y,
            y2=y2,
        ),
        layer({"type": "bar", "color": REGISTERED}, [_part(bar, 0, bar.row.observed) for bar in bars], x=x, y=y, y2=y2),
        *_whiskers(known, limit, x, y),
        layer(
            {"type": "text", "fontSize": TEXT_SIZE, "color": INK, "dy": -8},
            [
                {"year": b.name, "value": limit * UNKNOWN_TOP, "text": b.row.estimate_text}
                for b in hatched
                if not _endless(b)
            ],
            x=x,
            y=y,
            text=field("text", "nominal"),
        ),
        _arrows([bar for bar in bars if _endless(bar)], limit, x, y),
        *(
            layer(
                {"type": "text", "fontSize": size, "baseline": "middle", **style},
                [{"year": bar.name, "text": text(bar.row)} for bar in bars],
                x=x,
                y=value(HEIGHT + place),
                text=field("text", "nominal"),
            )
            for place, style, text in (
                (34, {"fontWeight": 600, "color": INK}, _times),
                (52, {"color": MUTED}, lambda row: row.share_text),
            )
        ),
        *_side_labels(years, bars, limit),
    ]
    spec = house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(LEFT, TOP, RIGHT, 68))
    rows = [bar.row for bar, level in zip(bars, covariate.levels, strict=True) if level != NOT_RECORDED]
    return Figure(
        title=story.iceberg_title(rows, about, yearly=True),
        subtitle=say(
            "view.iceberg.subtitle",
            population=noun(about),
            period=period(covariate.recorded),
            level=years.level,
            source=source(years),
        ),
        description=say("view.iceberg.description"),
        spec=spec,
        tables=tuple(tables),
    )


def iceberg_total(total: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """One lying bar: registered, the estimated unseen beside it, the interval of the total.

    Parameters
    ----------
    total
        A single figure.
    about
        Whom it is about.
    tables
        The same numbers.
    """
    row = figures(total)[0]
    ticks, scale = counts_scale(_top([row]) * ROOM)
    limit = float(scale["domain"][1])
    end = row.estimate if row.known else limit if row.kind == "infinite" else max(limit * UNKNOWN_TOP, row.observed)
    x = field("value", scale=scale, axis={"values": ticks, "format": ",d", "grid": True})
    x2: Spec = {"field": "from"}
    middle = value(56)
    bar: Spec = {"type": "bar", "size": 44}
    rule: Spec = {"type": "rule", "color": INK, "strokeWidth": 1.5}
    tick: Spec = {"type": "tick", "color": INK, "thickness": 1.5, "size": 14, "orient": "vertical"}
    unseen = UNSEEN if row.known else hatch()
    layers = [
        layer({**bar, "color": unseen}, [{"from": row.observed, "value": end}], x=x, x2=x2, y=middle),
        layer({**bar, "color": REGISTERED}, [{"from": 0, "value": row.observed}], x=x, x2=x2, y=middle),
        *_bar_labels(row.observed / limit * LYING),
    ]
    if row.known:
        ends = [row.lower, row.upper] if math.isfinite(row.upper) else [row.lower]
        layers += [
            layer(rule, [{"from": row.lower, "value": min(row.upper, limit)}], x=x, x2=x2, y=middle),
            layer(tick, [{"value": end} for end in ends], x=x, y=middle),
        ]
    if row.kind in ("open", "infinite"):
        layers.append(layer({**_ARROW, "shape": "triangle-right"}, [{"value": limit}], x=x, y=middle))
    spec = house({"layer": layers}, width=LYING, height=92, padding=(16, 8, 30, 30))
    return Figure(
        title=story.iceberg_title([row], about, yearly=False),
        subtitle=say("view.iceberg.subtitle_total", population=noun(about), level=total.level, source=source(total)),
        description=say("view.iceberg.description_total"),
        spec=spec,
        tables=tuple(tables),
    )


def course(years: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """The estimate over the years with its interval as a ribbon, and the registered number.

    Parameters
    ----------
    years
        Figures by year and nothing else; years that are not recorded are not drawn.
    about
        Whom they are about.
    tables
        The same numbers.
    """
    covariate = years.covariates[0]
    bars = [
        _Bar(name=level_name(covariate.name, level), row=row)
        for level, row in zip(covariate.levels, figures(years), strict=True)
        if level != NOT_RECORDED
    ]
    ticks, scale = counts_scale(_top([bar.row for bar in bars]) * ROOM)
    limit = float(scale["domain"][1])
    names = [bar.name for bar in bars]
    x = field(
        "year", "ordinal", sort=None, scale={"type": "point", "padding": 0, "domain": names}, axis={"labelLimit": 90}
    )
    y = field("value", scale=scale, axis={"values": ticks, "format": ",d"})
    y2: Spec = {"field": "from"}
    runs = _runs(bars)
    lines = [
        {
            "year": bar.name,
            "value": bar.row.estimate,
            "from": bar.row.lower,
            "to": min(bar.row.upper, limit),
            "run": run,
        }
        for run, part in enumerate(runs)
        for bar in part
    ]
    alone = [bar for part in runs if len(part) == 1 for bar in part]
    unknown = [bar for bar in bars if not bar.row.known]
    layers = [
        layer(
            {"type": "area", "color": ESTIMATE, "opacity": 0.16},
            [{**line, "value": line["to"]} for line in lines],
            x=x,
            y=y,
            y2=y2,
            detail=field("run", "nominal"),
        ),
        layer(
            {"type": "bar", "color": hatch(), "size": 22},
            [_part(b, b.row.observed, limit if _endless(b) else limit * UNKNOWN_TOP) for b in unknown],
            x=x,
            y=y,
            y2=y2,
        ),
        layer(
            {"type": "text", "color": INK, "dy": -8},
            [
                {"year": b.name, "value": limit * UNKNOWN_TOP, "text": b.row.estimate_text}
                for b in unknown
                if not _endless(b)
            ],
            x=x,
            y=y,
            text=field("text", "nominal"),
        ),
        *_whiskers(alone, limit, x, y),
        _arrows([bar for bar in bars if _endless(bar)], limit, x, y),
        *_line(lines, ESTIMATE, "circle", x, y),
        *_line([{"year": b.name, "value": b.row.observed, "run": 0} for b in bars], REGISTERED, "diamond", x, y),
        *_end_labels(bars[-1], limit),
    ]
    spec = house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(LEFT, TOP, RIGHT, 34))
    return Figure(
        title=story.course_title(years),
        subtitle=say(
            "view.course.subtitle",
            population=noun(about),
            period=period(covariate.recorded),
            level=years.level,
            source=source(years),
        ),
        description=say("view.course.description"),
        spec=spec,
        tables=tuple(tables),
    )


def _bar_labels(first: float) -> list[Spec]:
    """Names of the two parts of the lying bar; the second moves aside where the first part is short."""
    names = (say("view.iceberg.registered"), say("view.iceberg.unseen"))
    places = (0.0, max(first, (len(names[0]) + 2) * LETTER))
    return [
        layer(
            {"type": "text", "align": "left", "fontWeight": 600, "color": colour},
            [{"text": name}],
            x=value(place),
            y=value(24),
            text=field("text", "nominal"),
        )
        for name, place, colour in zip(names, places, (REGISTERED, UNSEEN_TEXT), strict=True)
    ]


def _times(row: Figures) -> str:
    return say("view.times", ratio=row.ratio) if row.known else row.ratio_text


def _top(rows: Sequence[Figures]) -> float:
    """The highest number that is drawn; twice the registered number where nothing above it is finite."""
    found = [max(row.estimate, row.upper if math.isfinite(row.upper) else row.estimate) for row in rows if row.known]
    return max([*found, *(2 * row.observed for row in rows if not row.known), 1.0])


def _endless(bar: _Bar) -> bool:
    return bar.row.kind in ("open", "infinite")


def _part(bar: _Bar, start: float, end: float) -> dict[str, float | str]:
    return {"year": bar.name, "from": start, "value": max(end, start)}


def _whiskers(bars: Sequence[_Bar], limit: float, x: Spec, y: Spec) -> list[Spec]:
    rows = [{"year": bar.name, "from": bar.row.lower, "value": min(bar.row.upper, limit)} for bar in bars]
    ends = [{"year": bar.name, "value": bar.row.lower} for bar in bars]
    ends += [{"year": bar.name, "value": bar.row.upper} for bar in bars if math.isfinite(bar.row.upper)]
    return [
        layer({"type": "rule", "color": INK, "strokeWidth": 1.5}, rows, x=x, y=y, y2={"field": "from"}),
        layer({"type": "tick", "color": INK, "thickness": 1.5, "size": 12, "orient": "horizontal"}, ends, x=x, y=y),
    ]


def _arrows(bars: Sequence[_Bar], limit: float, x: Spec, y: Spec) -> Spec:
    """An arrow at the top of the axis: no upper limit."""
    return layer(
        {**_ARROW, "shape": "triangle-up", "yOffset": 2},
        [{"year": bar.name, "value": limit} for bar in bars],
        x=x,
        y=y,
    )


def _line(rows: Sequence[dict[str, object]], colour: str, shape: str, x: Spec, y: Spec) -> list[Spec]:
    run = field("run", "nominal")
    return [
        layer({"type": "line", "color": colour, "strokeWidth": 2.5}, rows, x=x, y=y, detail=run),
        layer(
            {"type": "point", "shape": shape, "filled": True, "color": colour, "size": 46, "opacity": 1}, rows, x=x, y=y
        ),
    ]


def _runs(bars: Sequence[_Bar]) -> list[list[_Bar]]:
    """Years with an estimate, cut where one is missing: a line does not bridge what is not known."""
    runs: list[list[_Bar]] = [[]]
    for bar in bars:
        if bar.row.known:
            runs[-1].append(bar)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _labels(texts: Sequence[tuple[str, float, str, int]], limit: float) -> list[Spec]:
    """Labels at the right end: text, height on the axis, colour, weight; pushed apart where they would overlap."""
    places = spread([HEIGHT * (1 - height / limit) for _, height, _, _ in texts])
    return [
        layer(
            {"type": "text", "align": "left", "baseline": "middle", "fontWeight": weight, "color": colour},
            [{"text": text}],
            x=value(WIDTH + 12),
            y=value(place),
            text=field("text", "nominal"),
        )
        for (text, _, colour, weight), place in zip(texts, places, strict=True)
    ]


def _side_labels(years: Estimates, bars: Sequence[_Bar], limit: float) -> list[Spec]:
    last = bars[-1].row
    texts = [(say("view.iceberg.registered"), last.observed / 2, REGISTERED, 600)]
    if last.known:
        texts.append((say("view.iceberg.unseen"), (last.observed + last.estimate) / 2, UNSEEN_TEXT, 600))
    if last.kind == "estimable":
        texts.append((say("view.iceberg.interval", level=years.level), last.upper, INK, 600))
    if any(_endless(bar) for bar in bars):
        texts.append((f"▲ {people(math.inf)}", limit, INK, 400))
    below = ((say("view.ratio_of"), 34), (say("view.iceberg.share"), 52))
    return [
        *_labels(texts, limit),
        *(
            layer(
                {"type": "text", "align": "left", "baseline": "middle", "color": MUTED},
                [{"text": text}],
                x=value(WIDTH + 12),
                y=value(HEIGHT + place),
                text=field("text", "nominal"),
            )
            for text, place in below
        ),
    ]


def _end_labels(bar: _Bar, limit: float) -> list[Spec]:
    row = bar.row
    texts = [(say("view.course.registered", n=row.observed_text), row.observed, REGISTERED, 600)]
    if row.known:
        texts.append((say("view.course.estimated", n=row.estimate_text), row.estimate, ESTIMATE, 600))
        just_below = row.estimate - limit * LINE_HEIGHT / HEIGHT
        texts.append((interval(row.lower, row.upper), just_below, MUTED, 400))
    else:
        texts.append((row.estimate_text, limit if row.kind == "infinite" else limit * UNKNOWN_TOP, ESTIMATE, 600))
    return _labels(texts, limit)
