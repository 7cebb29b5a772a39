"""The house style of pictures, and from a picture's specification to an SVG that stands in a page by itself.

A picture is a Vega-Lite specification as a plain dictionary: it holds its own data, loads nothing, and can be tested
and changed. Titles and words around it stand in the page, not in the specification.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from darknumber.views.tables import Table
from darknumber.words import language

Spec = dict[str, Any]
Row = Mapping[str, Any]

INK, MUTED, RULE, GROUND = "#1b1f24", "#57606a", "#d0d7de", "#ffffff"
REGISTERED, UNSEEN, ESTIMATE = "#0b4f6c", "#7fb3c8", "#b5541c"
UNSEEN_TEXT = "#2f6f88"  # the light shade is too faint for letters: this one has 5.6:1 on white
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
TEXT_SIZE = 12.5
LETTER = 7.0  # width of an average letter at that size, in pixels, with room to spare: only used to leave space
LINE_HEIGHT = 16.0
ROOM = 1.04  # an axis goes a little past the highest limit
NARROW = 5.0  # below this ratio of its ends a logarithmic axis has ticks at equal distances
TIP = "tip"  # of a row: what it is, in words
HATCHES = 14  # stripes of a hatched area

_THOUSANDS = {"en": (".", ","), "nl": (",", ".")}
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture with what a reader needs around it.

    Parameters
    ----------
    title
        What the picture shows: the finding.
    subtitle
        Measure, unit, period and source.
    description
        What is drawn, for those who do not see it.
    spec
        The Vega-Lite specification.
    tables
        The same numbers.
    """

    title: str
    subtitle: str
    description: str
    spec: Spec
    tables: tuple[Table, ...] = ()


def to_svg(figure: Figure, name: str) -> Markup:
    """The picture as inline SVG, with its title and description; nothing is loaded to draw it.

    Parameters
    ----------
    figure
        What to draw.
    name
        Letters and digits that make its ids unique in a page.
    """
    drawn = vl_convert.vegalite_to_svg(figure.spec, allowed_base_urls=[])
    size, body = cleaned(drawn, name)
    width = size.split()[2]
    return Markup(
        f'<svg viewBox="{size}" role="img" aria-labelledby="{name}-title {name}-text" width="{width}">'
        f'<title id="{name}-title">{escape(figure.title)}</title>'
        f'<desc id="{name}-text">{escape(figure.description)}</desc>{body}'
    )


def cleaned(drawn: str, name: str) -> tuple[str, str]:
    """The size of a drawn SVG, and what is in it: the same text for the same picture.

    Parameters
    ----------
    drawn
        The whole SVG.
    name
        As in `to_svg`.

    Returns
    -------
    str
        The four numbers of its ``viewBox``.
    str
        What follows its first tag, to the end.
    """
    head, body = drawn.split(">", 1)
    box = re.search(r'viewBox="([^"]+)"', head)
    size = box.group(1) if box else "0 0 0 0"
    # ids are made unique, and namespaces, which inline SVG does not need, go: they look like addresses
    body = re.sub(r'\b(id="|url\(#)([A-Za-z])', rf"\g<1>{name}-\g<2>", body)
    body = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", body)
    # hatched areas are numbered on from the pictures before: the same picture must be the same text
    for place, counted in enumerate(dict.fromkeys(re.findall(r"gradient_\d+", body))):
        body = re.sub(rf"{counted}\b", f"shade-{place}", body)
    return size, body


def house(spec: Spec, *, width: float, height: float, padding: Sequence[float]) -> Spec:
    """A layered picture of fixed size in the house style.

    Parameters
    ----------
    spec
        Its layers.
    width, height
        Of the plot itself, in pixels.
    padding
        Room left, top, right and bottom of it.
    """
    left, top, right, bottom = padding
    return {
        "width": width,
        "height": height,
        "padding": {"left": left, "top": top, "right": right, "bottom": bottom},
        "autosize": {"type": "none"},
        **spec,
        "config": config(),
    }


def config() -> Spec:
    """Fonts, colours, rules and the thousands separator of the language in use."""
    decimal, thousands = _THOUSANDS[language()]
    return {
        "font": FONT,
        "background": GROUND,
        "aria": False,
        "view": {"stroke": None},
        "text": {"fontSize": TEXT_SIZE, "color": INK},
        "axis": {
            "labelFontSize": TEXT_SIZE,
            "labelColor": MUTED,
            "labelPadding": 8,
            "grid": True,
            "gridColor": RULE,
            "domain": False,
            "ticks": False,
            "title": None,
        },
        "axisX": {"grid": False, "labelAngle": 0, "labelFlush": False},
        "locale": {"number": {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}},
    }


def layer(
    mark: str | Spec,
    rows: Sequence[Row],
    *,
    x: Spec | None = None,
    y: Spec | None = None,
    x2: Spec | None = None,
    y2: Spec | None = None,
    text: Spec | None = None,
    detail: Spec | None = None,
    order: Spec | None = None,
) -> Spec:
    """One layer with its own rows; channels that are None are left out.

    What a row says of itself under `TIP` is shown where the picture is looked at more closely.
    """
    tip = {"field": TIP, "type": "nominal"} if any(TIP in row for row in rows) else None
    channels = {"x": x, "y": y, "x2": x2, "y2": y2, "text": text, "detail": detail, "order": order}
    channels["tooltip"] = tip
    return {
        "data": {"values": [dict(row) for row in rows]},
        "mark": mark,
        "encoding": {name: channel for name, channel in channels.items() if channel is not None},
    }


def field(name: str, kind: str = "quantitative", *, scale: Spec | None = None, axis: Spec | bool = True) -> Spec:
    """A channel that shows a column of the rows; words keep the order in which they come.

    Parameters
    ----------
    name
        The column.
    kind
        ``quantitative``, ``ordinal`` or ``nominal``.
    scale
        Its scale, where the default will not do.
    axis
        Settings of its axis; True for the default one, False for none.
    """
    channel: Spec = {"field": name, "type": kind}
    if kind == "ordinal":
        channel["sort"] = None
    if scale is not None:
        channel["scale"] = scale
    if axis is not True:
        channel["axis"] = axis or None
    return channel


def value(number: float | str) -> Spec:
    """A channel with one value, in pixels or as a colour."""
    return {"value": number}


def counts_scale(top: float) -> tuple[list[float], Spec]:
    """Ticks and scale of an axis of counts: from zero, with round numbers."""
    step = nice_step(top)
    ticks = [step * k for k in range(math.floor(top / step + 1e-9) + 1)]
    return ticks, {"domain": [0, max(top, ticks[-1])], "zero": True, "nice": False}


def nice_step(top: float, ticks: int = 4) -> float:
    """The distance between ticks: 1, 2, 2.5 or 5 times a power of ten, whole; about `ticks` of them up to `top`."""
    if not top > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / ticks))
    steps = (step * power for step in _STEPS)
    return next((step for step in steps if step >= top / ticks and step == int(step)), 1.0)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis: powers of ten, with 2 and 5 where those are few; even steps if narrow."""
    if high / low < NARROW:
        step = nice_step(high - low)
        return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            return ticks
    return ticks


def spread(places: Sequence[float], distance: float = LINE_HEIGHT) -> list[float]:
    """Heights of labels, pushed apart so that none overlaps the next; the order is kept.

    Parameters
    ----------
    places
        Wanted heights in pixels, downwards.
    distance
        The least distance between two labels.
    """
    order = sorted(range(len(places)), key=lambda label: places[label])
    moved = list(places)
    for before, label in pairwise(order):
        moved[label] = max(moved[label], moved[before] + distance)
    # half of the push goes upwards, so that a group of labels stays around where it belongs
    shift = (sum(moved) - sum(places)) / max(len(places), 1)
    return [place - shift for place in moved]


def end_labels(texts: Sequence[tuple[str, float, str, int]], right: float) -> list[Spec]:
    """Labels beside a picture, pushed apart where they would overlap.

    Parameters
    ----------
    texts
        Of each its words, the height where it belongs in pixels from above, colour and weight.
    right
        Where the picture ends, in pixels.
    """
    places = spread([height for _, height, _, _ in texts])
    return [
        layer(
            {"type": "text", "align": "left", "baseline": "middle", "fontWeight": weight, "color": colour},
            [{"text": text}],
            x=value(right + 12),
            y=value(place),
            text=field("text", "nominal"),
        )
        for (text, _, colour, weight), place in zip(texts, places, strict=True)
    ]


def hatch() -> Spec:
    """Slanted stripes, for what cannot be estimated."""
    stops = []
    for stripe in range(HATCHES):
        colour = "#eef1f4" if stripe % 2 else "#c3cad2"
        stops += [{"offset": stripe / HATCHES, "color": colour}, {"offset": (stripe + 1) / HATCHES, "color": colour}]
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "stops": stops}
