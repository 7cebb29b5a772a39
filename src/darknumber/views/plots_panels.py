"""The course of every group: small pictures side by side, on the same axes, so that they can be compared."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from darknumber.data.table import NOT_RECORDED
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures, time_of
from darknumber.views import story
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import PEOPLE, About, capital, crossed, noun, period, source
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    REGISTERED,
    ROOM,
    Figure,
    Spec,
    config,
    counts_scale,
    field,
    layer,
    value,
)
from darknumber.views.plots_course import course_layers, year_axis
from darknumber.views.plots_years import Bar, labelled, top_of
from darknumber.views.tables import Table
from darknumber.words import say
from darknumber.words.labels import level_name, stratum_name

BESIDE = 2  # small pictures in a row
WIDTH, HEIGHT = 390.0, 132.0  # of a small picture, in pixels
BETWEEN, WIDER, ABOVE = 36.0, 72.0, 76.0  # pixels between small pictures: across, with an axis there, and down
NAME, NUMBERS = -34.0, -15.0  # where the name of a group stands above its picture, and where its numbers do
LONGEST, NAME_HEIGHT = 46, 15.0  # letters of a name before it goes on to a second line, and pixels of a line
YEAR_WIDTH = 54.0  # room for the name of a year
MOST_NAMED = 3  # groups that a title names; more are counted
ALIKE = 6.0  # where the highest group is more than this many times the lowest, each has an axis of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """One group: its name, its years and how its estimate went from the first to the last."""

    group: str
    bars: tuple[Bar, ...]
    went: str

    @property
    def name(self) -> str:
        """The group as it stands above its picture, in as many lines as it needs."""
        return "\n".join(textwrap.wrap(capital(self.group), LONGEST))


def course_panels(
    groups: Estimates,
    *,
    about: About = PEOPLE,
    tables: Sequence[Table] = (),
    protection: Protection | None = None,
) -> Figure:
    """The estimate over the years with its ribbon, and the registered number, for every group in a picture of its own.

    Parameters
    ----------
    groups
        Figures by year and one or more other covariates; years that are not recorded are not drawn.
    about
        Whom they are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers, and drawn; by default they are exact.
    """
    time = time_of(groups)
    assert time is not None  # the caller asks for years
    names = [covariate.name for covariate in groups.covariates if covariate.name != time.name]
    panels = _panels(groups, time.name, names, protection)
    tops = [top_of([bar.row for bar in panel.bars]) for panel in panels]
    alike = max(tops) <= ALIKE * min(tops)
    lines = max(panel.name.count("\n") for panel in panels) * NAME_HEIGHT
    spec: Spec = {
        "concat": [
            _drawn(panel, max(tops) if alike else top, named=place % BESIDE == 0 or not alike)
            for place, (panel, top) in enumerate(zip(panels, tops, strict=True))
        ],
        "columns": BESIDE,
        "spacing": {"row": ABOVE + lines, "column": BETWEEN if alike else WIDER},
        "bounds": "flush",
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "padding": {"left": 8, "top": 8, "right": 12, "bottom": 8},
        "config": config(),
    }
    first, last = time.recorded[0], time.recorded[-1]
    return Figure(
        title=_title(panels, names, first, last),
        subtitle=say(
            "figures.panels.subtitle",
            axes=say("figures.panels.alike" if alike else "figures.panels.own"),
            population=noun(about),
            period=period(time.recorded),
            level=groups.level,
            year=last,
            source=source(groups),
        ),
        description=say("figures.panels.description", names=crossed(names), count=len(panels)),
        spec=spec,
        tables=tuple(tables),
    )


def _panels(groups: Estimates, time: str, names: Sequence[str], protection: Protection | None) -> list[_Panel]:
    ordered = groups.by(*names, time)
    rows = published(ordered, protection)
    years = ordered.covariates[-1]
    found = []
    for start in range(0, len(rows), len(years.levels)):
        levels = ordered.labels()[start][:-1]
        own = tuple(
            Bar(name=level_name(time, level), row=row)
            for level, row in zip(years.levels, rows[start : start + len(years.levels)], strict=True)
            if level != NOT_RECORDED
        )
        went = _went(groups, time, dict(zip(names, levels, strict=True)), own)
        found.append(_Panel(group=stratum_name(names, levels), bars=own, went=went))
    return found


def _went(groups: Estimates, time: str, levels: dict[str, str], bars: Sequence[Bar]) -> str:
    """``fall``, ``rise`` or ``none`` from the first year to the last; ``unknown`` where that cannot be told."""
    if groups.draws is None or len(bars) < 2 or not (bars[0].row.known and bars[-1].row.known):
        return "unknown"
    if not story.varies(groups, time):
        return "unknown"
    own = groups.select(**levels)
    recorded = own.covariates[0].recorded
    return story.direction(own.change(time, recorded[0], recorded[-1]))


def _title(panels: Sequence[_Panel], names: Sequence[str], first: str, last: str) -> str:
    fell, rose = ([panel.group for panel in panels if panel.went == way] for way in ("fall", "rise"))
    told = any(panel.went != "unknown" for panel in panels)
    kind = "both" if fell and rose else "fell" if fell else "rose" if rose else "none" if told else "plain"
    if len(fell) + len(rose) > MOST_NAMED:
        counts = {"fewer": len(fell), "more": len(rose), "count": len(panels)}
        return say("figures.panels.many", first=first, last=last, **counts)
    return say(f"figures.panels.title.{kind}", fell=fell, rose=rose, first=first, last=last, names=crossed(names))


def _drawn(panel: _Panel, top: float, *, named: bool) -> Spec:
    """A small picture under its name, with the numbers of its last year; the axis of people is named where asked."""
    bars, row = panel.bars, panel.bars[-1].row
    ticks, scale = counts_scale(top * ROOM)
    limit = float(scale["domain"][1])
    x = year_axis(bars, labelled(bars, int(WIDTH / YEAR_WIDTH)))
    y = field("value", scale=scale, axis={"values": list(ticks), "format": ",d", "labels": named})
    registered = say("view.course.registered", n=row.observed_text)
    layers = [
        *course_layers(bars, limit, x, y),
        _word(panel.name, 0.0, NAME, _heading(panel.name)),
        _word(_last(row), 0.0, NUMBERS, {"align": "left", "color": ESTIMATE}),
        _word(registered, WIDTH, NUMBERS, {"align": "right", "color": REGISTERED}),
    ]
    return {"width": WIDTH, "height": HEIGHT, "layer": layers}


def _heading(name: str) -> Spec:
    """Bold letters, and where there are several lines the last one where a single one would stand."""
    lines = {"lineBreak": "\n", "lineHeight": NAME_HEIGHT, "dy": -name.count("\n") * NAME_HEIGHT}
    return {"align": "left", "color": INK, "fontWeight": 600, **lines}


def _last(row: Figures) -> str:
    """The estimate of the last year with its interval; nothing where that is hidden."""
    if row.hidden:
        return ""
    text = say("view.course.estimated", n=row.estimate_text) if row.known else row.estimate_text
    return f"{text} ({row.interval_text})" if row.interval_text else text


def _word(text: str, x: float, y: float, style: Spec) -> Spec:
    mark = {"type": "text", "baseline": "middle", **style}
    return layer(mark, [{"text": text}], x=value(x), y=value(y), text=field("text", "nominal"))
