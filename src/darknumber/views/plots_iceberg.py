"""The iceberg: what is registered, and how much more there is."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Sequence

from darknumber.data.table import NOT_RECORDED
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures, headline_of, time_of
from darknumber.views import story
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import PEOPLE, About, crossed, noun, period, source
from darknumber.views.plots import (
    INK,
    LETTER,
    LINE_HEIGHT,
    MUTED,
    REGISTERED,
    ROOM,
    TEXT_SIZE,
    UNSEEN,
    UNSEEN_TEXT,
    Figure,
    Spec,
    counts_scale,
    end_labels,
    field,
    hatch,
    house,
    layer,
    value,
)
from darknumber.views.plots_years import (
    ARROW,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    UNKNOWN_TOP,
    WIDTH,
    Bar,
    arrows,
    endless,
    height_of,
    labelled,
    part,
    top_of,
    unknown,
    whiskers,
    year_bars,
)
from darknumber.views.tables import Table
from darknumber.words import people, say

LYING = 784  # width of the single lying bar


def iceberg(
    years: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure:
    """One bar a year or group: registered, the estimated unseen on top, the interval of the total, the ratio below.

    Parameters
    ----------
    years
        Figures by year, or by another covariate, and nothing else.
    about
        Whom they are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers, and drawn; by default they are exact.
    """
    covariate = years.covariates[0]
    bars = year_bars(years, protection)
    top = top_of([bar.row for bar in bars])
    ticks, scale = counts_scale(top * ROOM)
    limit = float(scale["domain"][1])
    grouped = time_of(years) is None
    axis, below = _names_below(bars) if grouped else ({"labelLimit": 90}, 0.0)
    axis = {**axis, "values": [bar.name for bar in labelled(bars)]}
    # every year in its place, also one of which nothing is drawn
    scale_of_years = {"domain": [bar.name for bar in bars], "paddingInner": 0.3, "paddingOuter": 0.15}
    x = field("year", "ordinal", scale=scale_of_years, axis=axis)
    y = field("value", scale=scale, axis={"values": ticks, "format": ",d"})
    y2: Spec = {"field": "from"}
    known = [bar for bar in bars if bar.row.known]
    hatched = unknown(bars)
    layers = [
        layer(
            {"type": "bar", "color": UNSEEN},
            [part(b, b.row.observed, b.row.estimate if b.row.single else b.row.lower) for b in known],
            x=x,
            y=y,
            y2=y2,
        ),
        layer(
            {"type": "bar", "color": hatch()},
            [part(b, b.row.observed, limit if b.row.kind == "infinite" else limit * UNKNOWN_TOP) for b in hatched],
            x=x,
            y=y,
            y2=y2,
        ),
        layer({"type": "bar", "color": REGISTERED}, [part(bar, 0, bar.row.observed) for bar in bars], x=x, y=y, y2=y2),
        *whiskers(known, limit, x, y),
        layer(
            {"type": "text", "fontSize": TEXT_SIZE, "color": INK, "dy": -8},
            [
                {"year": b.name, "value": limit * UNKNOWN_TOP, "text": b.row.estimate_text}
                for b in hatched
                if not endless(b)
            ],
            x=x,
            y=y,
            text=field("text", "nominal"),
        ),
        arrows([bar for bar in bars if endless(bar)], limit, x, y),
        *(
            layer(
                {"type": "text", "fontSize": TEXT_SIZE, "baseline": "middle", **style},
                [{"year": bar.name, "text": text} for bar, text in zip(labelled(bars), texts, strict=True)],
                x=x,
                y=value(HEIGHT + below + place),
                text=field("text", "nominal"),
            )
            for place, style, texts in (
                (34, {"fontWeight": 600, "color": INK}, [bar.row.times_text for bar in labelled(bars)]),
                (52, {"color": MUTED}, [bar.row.share_text for bar in labelled(bars)]),
            )
        ),
        *_side_labels(years, bars, limit, below),
        *_not_printed(bars, x, y),
    ]
    spec = house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(LEFT, TOP, RIGHT, 68 + below))
    rows = [bar.row for bar, level in zip(bars, covariate.levels, strict=True) if level != NOT_RECORDED]
    return Figure(
        title=_group_title(rows, about) if grouped else story.iceberg_title(rows, about, yearly=True),
        subtitle=_group_subtitle(years, about)
        if grouped
        else say(
            "view.iceberg.subtitle",
            population=noun(about),
            period=period(covariate.recorded),
            level=years.level,
            source=source(years),
        ),
        description=say("figures.iceberg.description" if grouped else "view.iceberg.description"),
        spec=spec,
        tables=tuple(tables),
    )


def _names_below(bars: Sequence[Bar]) -> tuple[Spec, float]:
    """An axis whose names take as many lines as they need, and how much lower that puts what stands under it."""
    most = max(int(WIDTH / len(bars) / LETTER) - 1, 6)
    names = {bar.name: textwrap.wrap(bar.name, most) or [""] for bar in bars}
    words = " : ".join(f"datum.value == {json.dumps(name)} ? {json.dumps(lines)}" for name, lines in names.items())
    lines = max(len(each) for each in names.values())
    return {"labelLimit": 0, "labelExpr": f"{words} : ''", "labelLineHeight": LINE_HEIGHT}, (lines - 1) * LINE_HEIGHT


def _group_title(rows: Sequence[Figures], about: About) -> str:
    """In how many groups clearly more people were out of view than registered."""
    clear = sum(row.known and row.ratio_lower > 2 for row in rows)
    word = "every" if clear == len(rows) else "some" if clear else "none"
    return say(f"figures.iceberg.title.{word}", count=clear, groups=len(rows), noun=noun(about, "short"))


def _group_subtitle(groups: Estimates, about: About) -> str:
    averaged = groups.averaged
    return say(
        "figures.iceberg.subtitle",
        names=crossed([covariate.name for covariate in groups.covariates]),
        population=noun(about),
        mean=say("view.forest.mean", period=period(averaged[1:])) if averaged else "",
        level=groups.level,
        source=source(groups),
    )


def _not_printed(bars: Sequence[Bar], x: Spec, y: Spec) -> list[Spec]:
    """What stands in place of a bar that is not shown, to protect people."""
    hidden = [
        {"year": bar.name, "value": bar.row.observed, "text": bar.row.observed_text} for bar in bars if bar.row.hidden
    ]
    mark = {"type": "text", "fontSize": TEXT_SIZE, "color": MUTED, "dy": -8}
    return [layer(mark, hidden, x=x, y=y, text=field("text", "nominal"))] if hidden else []


def iceberg_total(
    total: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure:
    """One lying bar: registered, the estimated unseen beside it, the interval of the total.

    Parameters
    ----------
    total
        A single figure.
    about
        Whom it is about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers, and drawn; by default they are exact.
    """
    row = headline_of(published(total, protection)[0])
    ticks, scale = counts_scale(top_of([row]) * ROOM)
    limit = float(scale["domain"][1])
    # where the registered number is left out, so is the hatching of what is not known
    unknown = (
        limit if row.kind == "infinite" else row.observed if row.hidden else max(limit * UNKNOWN_TOP, row.observed)
    )
    end = (row.lower if row.range_only else row.estimate) if row.known else unknown
    doubtful = [{"from": end, "value": min(row.upper, limit)}] if row.range_only else []  # without a number, a range
    x = field("value", scale=scale, axis={"values": ticks, "format": ",d", "grid": True})
    x2: Spec = {"field": "from"}
    middle = value(56)
    bar: Spec = {"type": "bar", "size": 44}
    rule: Spec = {"type": "rule", "color": INK, "strokeWidth": 1.5}
    tick: Spec = {"type": "tick", "color": INK, "thickness": 1.5, "size": 14, "orient": "vertical"}
    unseen = UNSEEN if row.known else hatch()
    layers = [
        layer({**bar, "color": unseen}, [{"from": row.observed, "value": end}], x=x, x2=x2, y=middle),
        layer({**bar, "color": hatch()}, doubtful, x=x, x2=x2, y=middle),
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
        layers.append(layer({**ARROW, "shape": "triangle-right"}, [{"value": limit}], x=x, y=middle))
    spec = house({"layer": layers}, width=LYING, height=92, padding=(16, 8, 30, 30))
    return Figure(
        title=story.iceberg_title([row], about, yearly=False),
        subtitle=say("view.iceberg.subtitle_total", population=noun(about), level=total.level, source=source(total)),
        description=say(f"view.iceberg.description_{'range' if row.range_only else 'total'}"),
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


def _side_labels(years: Estimates, bars: Sequence[Bar], limit: float, lower: float) -> list[Spec]:
    last = next((bar.row for bar in reversed(bars) if not bar.row.hidden), bars[-1].row)
    texts = [(say("view.iceberg.registered"), height_of(last.observed / 2, limit), REGISTERED, 600)]
    if last.known:
        middle = height_of((last.observed + last.estimate) / 2, limit)
        texts.append((say("view.iceberg.unseen"), middle, UNSEEN_TEXT, 600))
    if last.kind == "estimable":
        texts.append((say("view.iceberg.interval", level=years.level), height_of(last.upper, limit), INK, 600))
    if any(endless(bar) for bar in bars):
        texts.append((f"▲ {people(math.inf)}", 0.0, INK, 400))
    below = ((say("view.ratio_of"), 34), (say("view.iceberg.share"), 52))
    return [
        *end_labels(texts, WIDTH),
        *(
            layer(
                {"type": "text", "align": "left", "baseline": "middle", "color": MUTED},
                [{"text": text}],
                x=value(WIDTH + 12),
                y=value(HEIGHT + lower + place),
                text=field("text", "nominal"),
            )
            for text, place in below
        ),
    ]
