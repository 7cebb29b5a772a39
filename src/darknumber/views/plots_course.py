"""The course: the estimate over the years with its ribbon, and the registered number."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.data.table import NOT_RECORDED
from darknumber.inference.estimates import Estimates
from darknumber.views import story
from darknumber.views.disclosure import Protection
from darknumber.views.labels import PEOPLE, About, noun, period, source
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LINE_HEIGHT,
    MUTED,
    REGISTERED,
    ROOM,
    TIP,
    Figure,
    Spec,
    counts_scale,
    end_labels,
    field,
    hatch,
    house,
    layer,
)
from darknumber.views.plots_years import (
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
from darknumber.words import say
from darknumber.words.labels import level_name


def course(
    years: Estimates, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure:
    """The estimate over the years with its interval as a ribbon, and the registered number.

    Parameters
    ----------
    years
        Figures by year and nothing else; years that are not recorded are not drawn.
    about
        Whom they are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers, and drawn; by default they are exact.
    """
    covariate = years.covariates[0]
    unrecorded = level_name(covariate.name, NOT_RECORDED)
    bars = [bar for bar in year_bars(years, protection) if bar.name != unrecorded]
    ticks, scale = counts_scale(top_of([bar.row for bar in bars]) * ROOM)
    limit = float(scale["domain"][1])
    x = year_axis(bars, labelled(bars))
    y = field("value", scale=scale, axis={"values": ticks, "format": ",d"})
    layers = [*course_layers(bars, limit, x, y), *_last_labels(bars[-1], limit)]
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


def year_axis(bars: Sequence[Bar], named: Sequence[Bar]) -> Spec:
    """Years across, from edge to edge; those of `named` have their names below."""
    axis = {"labelLimit": 90, "values": [bar.name for bar in named]}
    scale = {"type": "point", "padding": 0, "domain": [bar.name for bar in bars]}
    return field("year", "ordinal", scale=scale, axis=axis)


def course_layers(bars: Sequence[Bar], limit: float, x: Spec, y: Spec) -> list[Spec]:
    """The ribbon, the line through the estimates, and the registered number; what is not known is hatched.

    Parameters
    ----------
    bars
        The years in order.
    limit
        Where the axis of people ends.
    x, y
        Years across, and people up.
    """
    runs = _runs(bars, [bar.row.known for bar in bars])
    ribbons = [
        {
            "year": bar.name,
            "from": bar.row.lower,
            "to": min(bar.row.upper, limit),
            "run": run,
        }
        for run, stretch in enumerate(runs)
        for bar in stretch
    ]
    lines = [
        {
            "year": bar.name,
            "value": bar.row.estimate,
            "run": run,
            TIP: say(
                "view.tip.estimate", name=bar.name, estimate=bar.row.estimate_text, interval=bar.row.interval_text
            ),
        }
        for run, stretch in enumerate(_runs(bars, [bar.row.single for bar in bars]))
        for bar in stretch
    ]
    alone = [bar for stretch in runs if len(stretch) == 1 for bar in stretch]
    without = unknown(bars)
    seen = [
        {
            "year": bar.name,
            "value": bar.row.observed,
            "run": run,
            TIP: say("view.tip.registered", name=bar.name, observed=bar.row.observed_text),
        }
        for run, stretch in enumerate(_runs(bars, [bar.row.registered.form != "hidden" for bar in bars]))
        for bar in stretch
    ]
    return [
        layer(
            {"type": "area", "color": ESTIMATE, "opacity": 0.16},
            [{**ribbon, "value": ribbon["to"]} for ribbon in ribbons],
            x=x,
            y=y,
            y2={"field": "from"},
            detail=field("run", "nominal"),
        ),
        layer(
            {"type": "bar", "color": hatch(), "size": 22},
            [part(b, b.row.observed, limit if endless(b) else limit * UNKNOWN_TOP) for b in without],
            x=x,
            y=y,
            y2={"field": "from"},
        ),
        layer(
            {"type": "text", "color": INK, "dy": -8},
            [
                {"year": b.name, "value": limit * UNKNOWN_TOP, "text": b.row.estimate_text}
                for b in without
                if not endless(b)
            ],
            x=x,
            y=y,
            text=field("text", "nominal"),
        ),
        *whiskers(alone, limit, x, y),
        arrows([bar for bar in bars if endless(bar)], limit, x, y),
        *_line(lines, ESTIMATE, "circle", x, y),
        *_line(seen, REGISTERED, "diamond", x, y),
    ]


def _line(rows: Sequence[dict[str, object]], colour: str, shape: str, x: Spec, y: Spec) -> list[Spec]:
    run = field("run", "nominal")
    return [
        layer({"type": "line", "color": colour, "strokeWidth": 2.5}, rows, x=x, y=y, detail=run),
        layer(
            {"type": "point", "shape": shape, "filled": True, "color": colour, "size": 46, "opacity": 1}, rows, x=x, y=y
        ),
    ]


def _runs(bars: Sequence[Bar], given: Sequence[bool]) -> list[list[Bar]]:
    """Years with a number, cut where one is missing: a line does not bridge what is not known."""
    runs: list[list[Bar]] = [[]]
    for bar, there in zip(bars, given, strict=True):
        if there:
            runs[-1].append(bar)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _last_labels(bar: Bar, limit: float) -> list[Spec]:
    """What the lines are, at their right end."""
    row = bar.row
    texts = [(say("view.course.registered", n=row.observed_text), height_of(row.observed, limit), REGISTERED, 600)]
    if row.known:
        place = height_of(row.estimate if row.single else min((row.lower + row.upper) / 2, limit), limit)
        texts.append((say("view.course.estimated", n=row.estimate_text), place, ESTIMATE, 600))
        texts.append((row.interval_text, place + LINE_HEIGHT, MUTED, 400))
    else:
        place = height_of(limit if row.kind == "infinite" else limit * UNKNOWN_TOP, limit)
        texts.append((row.estimate_text, place, ESTIMATE, 600))
    return end_labels(texts, WIDTH)
