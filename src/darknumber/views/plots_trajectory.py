"""The answer on ever more data, and the band within which it is said to have settled."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.studies.course import FLAT
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_trajectory import title
from darknumber.studies.steps import Step
from darknumber.studies.trajectory import Trajectory
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    MUTED,
    ROOM,
    UNSEEN,
    Figure,
    counts_scale,
    end_labels,
    field,
    house,
    layer,
    value,
)
from darknumber.views.tables import Table
from darknumber.words import people, percent, say

WIDTH, HEIGHT = 460, 200
BOTTOM = 52  # room for the shares of the data and what they are, in pixels
MOST_TIMES = 3.0  # the axis ends at this many times the last answer; what goes on is an arrow
MOST_MEDIAN = 10.0  # unless the line itself goes further, up to this many times


def trajectory_figure(found: Trajectory, *, name: str, tables: Sequence[Table] = ()) -> Figure | None:
    """A line through the medians with the middle half of the draws; None where there is no course to follow.

    Parameters
    ----------
    found
        Of data that were thinned at random.
    name
        What the numbers count, in words.
    tables
        The same numbers.
    """
    last = found.last.estimate
    if found.by or found.course == "none" or not math.isfinite(last):
        return None
    steps = [step for step in found.steps if math.isfinite(step.estimate)]
    top = min(max([last * FLAT, *(step.upper for step in steps if math.isfinite(step.upper))]), MOST_TIMES * last)
    top = max(top, min(max(step.estimate for step in steps), MOST_MEDIAN * last))
    ticks, scale = counts_scale(top * ROOM)
    high = float(scale["domain"][1])
    shares = [step.fraction for step in found.steps]
    gap = (shares[-1] - shares[0]) * 0.04
    labels = " : ".join(f"datum.value == {share} ? '{percent(share)}'" for share in shares) + " : ''"
    across = {"domain": [shares[0] - gap, shares[-1] + gap], "zero": False, "nice": False}
    x = field("share", scale=across, axis={"values": shares, "labelExpr": labels})
    y = field("value", scale={**scale, "clamp": True}, axis={"values": ticks, "format": ",d"})
    settled = [{"value": last / FLAT, "to": min(last * FLAT, high)}]
    line = [{"share": step.fraction, "value": min(step.estimate, high)} for step in steps]
    halves = [_middle_half(step, high) for step in steps if step is not found.last]
    beyond = [{"share": step.fraction, "value": high} for step in found.steps if step.upper > high]
    layers = [
        layer({"type": "rect", "color": UNSEEN, "opacity": 0.3}, settled, y=y, y2={"field": "to"}),
        layer({"type": "rule", "color": ESTIMATE, "strokeWidth": 1.5}, halves, x=x, y=y, y2={"field": "to"}),
        layer({"type": "line", "color": ESTIMATE, "strokeWidth": 2.5}, line, x=x, y=y),
        layer({"type": "point", "filled": True, "color": ESTIMATE, "size": 60, "opacity": 1}, line, x=x, y=y),
        layer(
            {"type": "point", "shape": "triangle-up", "filled": True, "color": INK, "size": 50, "opacity": 1},
            beyond,
            x=x,
            y=y,
        ),
        layer(
            {"type": "text", "color": MUTED, "baseline": "top"},
            [{"text": say("panel.trajectory.axis")}],
            x=value(WIDTH / 2),
            y=value(HEIGHT + 30),
            text=field("text", "nominal"),
        ),
    ]
    texts = [(short(last, found.last.observed), HEIGHT * (1 - last / high), ESTIMATE, 600)]
    layers += end_labels(texts, WIDTH)
    left = max(len(people(tick)) for tick in ticks) * LETTER + 14
    right = max(len(text) for text, *_ in texts) * LETTER + 40
    return Figure(
        title=title(found),
        subtitle=say("panel.trajectory.subtitle", unit=name, n=found.repeats, most=FLAT - 1),
        description=say("panel.trajectory.description"),
        spec=house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(left, 16, right, BOTTOM)),
        tables=tuple(tables),
    )


def _middle_half(step: Step, high: float) -> dict[str, float]:
    return {"share": step.fraction, "value": min(step.lower, high), "to": min(step.upper, high)}
