"""The forest: groups down, the number across, with registered, estimate and ratio beside it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures
from darknumber.views import story
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import PEOPLE, About, capital, crossed, noun, period, source
from darknumber.views.plots import (
    ESTIMATE,
    GROUND,
    INK,
    LETTER,
    MUTED,
    REGISTERED,
    ROOM,
    RULE,
    Figure,
    Row,
    Spec,
    field,
    hatch,
    house,
    layer,
    log_ticks,
    nice_step,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import say
from darknumber.words.labels import stratum_name

TOTAL = 846  # width of the picture in pixels: names, axis and columns
STEP = 32  # height of a row
NAME_HEIGHT = 13.5  # height of a line of a group's name
LONGEST = 42  # letters of a group's name before it goes on to a second line
LOG_FROM = 30.0  # the largest estimate over the smallest from which small groups cannot be seen on a linear axis


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row of the picture: a group, or the name of the covariate above its groups."""

    name: str
    row: Figures | None
    text: str


def forest(
    groups: Sequence[Estimates],
    *,
    about: About = PEOPLE,
    tables: Sequence[Table] = (),
    protection: Protection | None = None,
) -> Figure:
    """Estimate and interval of every group on one axis, the registered number, and the ratio.

    Parameters
    ----------
    groups
        Figures by one or more covariates each; all in the same unit.
    about
        Whom they are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers, and drawn; by default they are exact.
    """
    lines = _lines(groups, protection)
    rows = [line.row for line in lines if line.row is not None]
    low, high, log = _range(rows)
    left = max(len(part) for line in lines if line.row for part in line.text.split("\n")) * LETTER + 24
    wide = TOTAL - left - _COLUMNS[-1][1]
    scale: Spec = {
        "type": "log" if log else "linear",
        "domain": [low, high],
        "nice": False,
        "zero": not log,
        "clamp": True,
    }
    step = nice_step(high)
    ticks = log_ticks(low, high) if log else [step * k for k in range(int(high / step + 1e-9) + 1)]
    y = field("name", "ordinal", scale={"type": "band", "domain": [line.name for line in lines]}, axis=False)
    x = field("value", scale=scale, axis={"values": ticks, "format": ",d", "grid": True})
    x2: Spec = {"field": "from"}
    known = [line for line in lines if line.row is not None and line.row.known]
    unknown = [line for line in lines if line.row is not None and not line.row.known and not line.row.hidden]
    layers = [
        # the lines of the axis stop where a heading stands
        layer({"type": "bar", "color": GROUND, "height": STEP}, _headings(lines), x=value(0), x2=value(wide), y=y),
        layer(
            {"type": "bar", "color": hatch(), "height": 10},
            [{"name": line.name, "from": max(_seen(line), low), "value": high} for line in unknown],
            x=x,
            x2=x2,
            y=y,
        ),
        layer(
            {"type": "rule", "color": ESTIMATE, "strokeWidth": 3, "opacity": 0.55},
            [
                {"name": line.name, "from": max(row.lower, low), "value": min(row.upper, high)}
                for line, row in _known(known)
            ],
            x=x,
            x2=x2,
            y=y,
        ),
        layer(
            {"type": "point", "shape": "triangle-right", "filled": True, "color": INK, "size": 70, "opacity": 1},
            [
                {"name": line.name, "value": high}
                for line in lines
                if line.row and line.row.kind in ("open", "infinite")
            ],
            x=x,
            y=y,
        ),
        _dots(
            [{"name": line.name, "value": _seen(line)} for line in lines if _drawn(line) and _seen(line) >= low],
            REGISTERED,
            x,
            y,
        ),
        _dots(
            [{"name": line.name, "value": row.estimate} for line, row in _known(known) if row.single], ESTIMATE, x, y
        ),
        *_names(lines, left, y),
        *_columns(lines, wide, y),
    ]
    mean = groups[0].averaged if groups else ()
    right = _COLUMNS[-1][1] + 10
    spec = house({"layer": layers}, width=wide, height=STEP * len(lines), padding=(left, 28, right, 34))
    return Figure(
        title=story.least_in_view(groups, protection=protection),
        subtitle=say(
            "view.forest.subtitle",
            level=groups[0].level,
            population=noun(about),
            mean=say("view.forest.mean", period=period(mean[1:])) if mean else "",
            axis=say("view.forest.log" if log else "view.forest.linear"),
            source=source(groups[0]),
        ),
        description=say("view.forest.description"),
        spec=spec,
        tables=tuple(tables),
    )


# what stands beside the axis, and how many pixels to the right of it each column ends
_COLUMNS = (("observed", 112), ("estimate", 228), ("ratio", 308))


def _lines(groups: Sequence[Estimates], protection: Protection | None) -> list[_Line]:
    lines: list[_Line] = []
    for number, group in enumerate(groups):
        names = [covariate.name for covariate in group.covariates]
        heading = capital(say("view.forest.heading", names=crossed(names)))
        lines.append(_Line(name=f"{number}", row=None, text=heading))
        for place, (levels, row) in enumerate(zip(group.labels(), published(group, protection), strict=True)):
            text = "\n".join(textwrap.wrap(stratum_name(names, levels), LONGEST)) or " "
            lines.append(_Line(name=f"{number}.{place}", row=row, text=text))
    return lines


def _range(rows: Sequence[Figures]) -> tuple[float, float, bool]:
    """Ends of the axis, and whether it is logarithmic."""
    finite = [row.upper if math.isfinite(row.upper) else row.estimate for row in rows if row.known]
    high = max([*finite, *(2 * row.observed for row in rows if not row.known), 1.0]) * ROOM
    estimates = [row.estimate for row in rows if row.known and row.estimate > 0]
    log = bool(estimates) and max(estimates) / min(estimates) > LOG_FROM
    if not log:
        return 0.0, high, False
    smallest = min([row.observed for row in rows if row.observed > 0] + estimates)
    return 10.0 ** math.floor(math.log10(smallest)), high, True


def _headings(lines: Sequence[_Line]) -> list[Row]:
    return [{"name": line.name} for line in lines if line.row is None]


def _seen(line: _Line) -> float:
    return line.row.observed if line.row is not None else 0.0


def _drawn(line: _Line) -> bool:
    """Whether there is a registered number to draw: of a small one, the limit below which it is."""
    return line.row is not None and line.row.registered.form != "hidden"


def _known(lines: Sequence[_Line]) -> list[tuple[_Line, Figures]]:
    return [(line, line.row) for line in lines if line.row is not None]


def _dots(rows: Sequence[Row], colour: str, x: Spec, y: Spec) -> Spec:
    registered = colour == REGISTERED
    mark = {
        "type": "point",
        "shape": "diamond" if registered else "circle",
        "filled": True,
        "color": colour,
        "size": 60 if registered else 80,
        "opacity": 1,
    }
    return layer(mark, rows, x=x, y=y)


def _names(lines: Sequence[_Line], left: float, y: Spec) -> list[Spec]:
    """Names at the left: headings bold, groups indented; a name of two lines stands around the middle of its row."""
    parts = []
    for heading, height in sorted({(line.row is None, line.text.count("\n") + 1) for line in lines}):
        mark = {
            "type": "text",
            "align": "left",
            "baseline": "middle",
            "fontWeight": 600 if heading else 400,
            "lineBreak": "\n",
            "lineHeight": NAME_HEIGHT,
            "dy": -(height - 1) * NAME_HEIGHT / 2,
        }
        chosen = [line for line in lines if (line.row is None, line.text.count("\n") + 1) == (heading, height)]
        rows = [{"name": line.name, "text": line.text} for line in chosen]
        parts.append(layer(mark, rows, x=value((8 if heading else 20) - left), y=y, text=field("text", "nominal")))
    return parts


def _columns(lines: Sequence[_Line], wide: float, y: Spec) -> list[Spec]:
    parts = []
    for name, end in _COLUMNS:
        head = {"type": "text", "align": "right", "baseline": "middle", "color": MUTED}
        parts.append(
            layer(
                head,
                [{"text": say(f"view.column.{name}")}],
                x=value(wide + end),
                y=value(-12),
                text=field("text", "nominal"),
            )
        )
        rows = [{"name": line.name, "text": _shown(name, line.row)} for line in lines if line.row is not None]
        cell = {"type": "text", "align": "right", "baseline": "middle"}
        parts.append(layer(cell, rows, x=value(wide + end), y=y, text=field("text", "nominal")))
    rule = {"type": "rule", "color": RULE, "strokeWidth": 1}
    parts.append(layer(rule, [{}], x=value(wide + 20), x2=value(wide + _COLUMNS[-1][1]), y=value(-1)))
    return parts


def _shown(column: str, row: Figures) -> str:
    if column == "observed":
        return row.observed_text
    return row.estimate_text if column == "estimate" else row.times_text
