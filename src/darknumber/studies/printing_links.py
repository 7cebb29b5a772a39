"""What is said of the estimate at each threshold for links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.assumed import assumed_by
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import model_name
from darknumber.inference.publish import figures, to_step, total_step
from darknumber.studies.printing import aligned, closing, filled, heading
from darknumber.words import percent, say
from darknumber.words.numbers import level

if TYPE_CHECKING:  # Thresholds prints itself through this module
    from darknumber.studies.links import Thresholds

WIDTH = 80
NEAR = (0.2, 0.9)  # thresholds that somebody would choose


def describe_thresholds(found: Thresholds, *, width: int = WIDTH) -> str:
    """A row for each threshold, one for all draws together, and what that says."""
    best = found.data.best
    rows = [
        [
            say("linked.thresholds.threshold"),
            say("linked.thresholds.missed"),
            say("linked.thresholds.false"),
            say("estimates.column.observed"),
            say("estimates.column.estimate"),
            say("estimates.column.interval", level=found.level),
        ]
    ]
    for each, answer, missed, false in zip(found.at, found.answers, found.missed, found.false, strict=True):
        name = level(each.threshold)
        if each.threshold == found.chosen:
            name = say("linked.thresholds.chosen", threshold=name)
        rows.append([name, percent(float(missed)), percent(float(false)), *_figures(answer)])
    rows.append([say("linked.thresholds.draws"), "", "", *_figures(found.pooled)])
    return "\n".join(
        [
            heading(say("linked.thresholds.title"), best, width),
            filled(say("linked.thresholds.model", model=model_name(found.pooled.fits[0].model)), width),
            "",
            *aligned(rows, width),
            "",
            closing(_said(found), found.data.findings, assumed_by(found.pooled), best, width),
        ]
    )


def _figures(answer: Estimates) -> list[str]:
    row = figures(answer)[0]
    return [row.observed_text, row.estimate_text, row.interval_text]


def _said(found: Thresholds) -> Iterator[str]:
    """How the columns are to be read, and what the choice of a threshold comes to."""
    yield say("linked.thresholds.read")
    near = (found.threshold >= NEAR[0]) & (found.threshold <= NEAR[1])
    values = found.estimate[near]
    if not np.isfinite(values).all():
        yield say("linked.thresholds.open", first=NEAR[0], last=NEAR[1])
        return
    step, seen = total_step(found.pooled), float(found.pooled.observed[0])
    low, high = to_step(float(values.min()), step, seen), to_step(float(values.max()), step, seen)
    lower, upper = found.pooled.limits[0].tolist()
    word = "inside" if lower <= values.min() and values.max() <= upper else "outside"
    yield say(f"linked.thresholds.{word}", first=NEAR[0], last=NEAR[1], low=low, high=high)
