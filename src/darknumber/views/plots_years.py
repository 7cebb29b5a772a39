"""What pictures of years share: bars, whiskers, arrows where there is no upper limit, labels at the right end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures
from darknumber.views.disclosure import Protection, published
from darknumber.views.plots import INK, Spec, layer
from darknumber.words.labels import level_name

WIDTH, HEIGHT = 634, 252
LEFT, TOP, RIGHT = 56, 14, 170
MOST_LABELS = 14  # years that can be named side by side
UNKNOWN_TOP = 0.3  # how high the hatched part of a bar without an estimate is drawn, as a share of the axis
ARROW: Spec = {"type": "point", "filled": True, "color": INK, "size": 90, "opacity": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One year: what is drawn of it."""

    name: str
    row: Figures


def year_bars(years: Estimates, protection: Protection | None) -> list[Bar]:
    """The years in order, those that are not recorded included, with registered numbers as they are shown."""
    covariate = years.covariates[0]
    return [
        Bar(name=level_name(covariate.name, level), row=row)
        for level, row in zip(covariate.levels, published(years, protection), strict=True)
    ]


def top_of(rows: Sequence[Figures]) -> float:
    """The highest number that is drawn; twice the registered number where nothing above it is finite."""
    found = [max(row.estimate, row.upper if math.isfinite(row.upper) else row.estimate) for row in rows if row.known]
    return max([*found, *(2 * row.observed for row in rows if not row.known), 1.0])


def endless(bar: Bar) -> bool:
    return bar.row.kind in ("open", "infinite")


def unknown(bars: Sequence[Bar]) -> list[Bar]:
    """The years without an estimate, apart from those that are left out to protect people."""
    return [bar for bar in bars if not bar.row.known and not bar.row.hidden]


def part(bar: Bar, start: float, end: float) -> dict[str, float | str]:
    return {"year": bar.name, "from": start, "value": max(end, start)}


def whiskers(bars: Sequence[Bar], limit: float, x: Spec, y: Spec) -> list[Spec]:
    rows = [{"year": bar.name, "from": bar.row.lower, "value": min(bar.row.upper, limit)} for bar in bars]
    ends = [{"year": bar.name, "value": bar.row.lower} for bar in bars]
    ends += [{"year": bar.name, "value": bar.row.upper} for bar in bars if math.isfinite(bar.row.upper)]
    return [
        layer({"type": "rule", "color": INK, "strokeWidth": 1.5}, rows, x=x, y=y, y2={"field": "from"}),
        layer({"type": "tick", "color": INK, "thickness": 1.5, "size": 12, "orient": "horizontal"}, ends, x=x, y=y),
    ]


def arrows(bars: Sequence[Bar], limit: float, x: Spec, y: Spec) -> Spec:
    """An arrow at the top of the axis: no upper limit."""
    return layer(
        {**ARROW, "shape": "triangle-up", "yOffset": 2},
        [{"year": bar.name, "value": limit} for bar in bars],
        x=x,
        y=y,
    )


def labelled(bars: Sequence[Bar], most: int = MOST_LABELS) -> list[Bar]:
    """The years that are named on the axis: all, or where there are many every second or third, back from the last."""
    every = math.ceil(len(bars) / most)
    return [bar for place, bar in enumerate(bars) if (len(bars) - 1 - place) % every == 0]


def height_of(number: float, limit: float) -> float:
    """Where a number stands on the axis that ends at `limit`, in pixels from above."""
    return HEIGHT * (1 - number / limit)
