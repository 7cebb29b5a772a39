"""What ``print(trajectory(data))`` says: how the answer develops as data come in, and whether it settles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from darknumber.inference.assumed import assumed_of
from darknumber.inference.printing import WIDTH, model_name
from darknumber.inference.publish import rounded
from darknumber.models.text import format_thing
from darknumber.studies.printing import aligned, blocks, closing, filled, heading
from darknumber.studies.printing_omit import short
from darknumber.words import interval, people, percent, say
from darknumber.words.labels import covariate_name, level_name
from darknumber.words.numbers import hundredths

if TYPE_CHECKING:  # Trajectory prints itself through this module
    from darknumber.studies.steps import Step
    from darknumber.studies.trajectory import Trajectory


def describe_trajectory(found: Trajectory, *, width: int = WIDTH) -> str:
    """Whether the answer settles, the answers on ever more data, and what may be read from them.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    assumes = assumed_of(found.model.assumes, found.data)
    tail = closing(_about(found), found.findings, assumes, found.data, width)
    rows = _accrued(found, width) if found.by else _drawn(found, width)
    return "\n\n".join([heading(title(found), found.data, width), "\n".join(rows), tail])


def title(found: Trajectory) -> str:
    """Whether the answer settles."""
    last = found.last
    half = found.furthest if found.by and found.course == "unsteady" else found.halfway
    if found.course in ("none", "own"):
        return say(f"trajectory.title.{found.course}", name=covariate_name(found.by))
    part = "levels" if found.by else found.thin
    data = say(f"trajectory.part.{part}", share=half.fraction, level=level_name(found.by, half.level))
    on_all = short(half.whole if found.by else last.estimate)
    if found.course == "unsteady" and not found.by:
        return say("trajectory.title.unsteady", data=data, range=interval(*_rounded(half)), whole=on_all)
    word = f"{found.course}_levels" if found.by else found.course
    return say(f"trajectory.title.{word}", data=data, half=short(half.estimate), whole=on_all)


def _drawn(found: Trajectory, width: int) -> Iterator[str]:
    """A line for each fraction: the median of the repeats, their middle half, and how many have no finite answer."""
    headings = [
        say("trajectory.column.observed"),
        say("estimates.column.estimate"),
        say("trajectory.column.middle"),
        say("trajectory.column.lost"),
    ]
    rows = [
        (
            percent(step.fraction),
            people(step.observed),
            short(step.estimate, found.last.observed if step is found.last else 0.0),
            "" if step is found.last else interval(*_rounded(step)),
            percent(step.infinite + step.not_identified) if step.infinite + step.not_identified else "",
        )
        for step in found.steps
    ]
    yield from aligned([(say("trajectory.column.kept"), *headings), *rows], width)


def _accrued(found: Trajectory, width: int) -> Iterator[str]:
    """A line for each level: the answer on the data up to it, and what all data say of the same people."""
    with_limits = found.limits is not None
    headings = [say("estimates.column.observed"), say("trajectory.column.so_far")]
    headings += [say("estimates.column.interval", level=found.level)] if with_limits else []
    headings += [say("trajectory.column.whole"), say("trajectory.column.times")]
    rows = [
        (
            say("trajectory.row", level=level_name(found.by, step.level)),
            people(step.observed),
            short(step.estimate, step.observed),
            *((interval(*_rounded(step)) if math.isfinite(step.lower) else "",) if with_limits else ()),
            short(step.whole, step.observed),
            hundredths(step.factor) if math.isfinite(step.factor) else "",
        )
        for step in found.steps
    ]
    header, *lines = blocks([("", *headings), *rows], width)
    yield from header
    for step, numbers in zip(found.steps, lines, strict=True):
        yield from numbers
        if step.failure is not None:
            yield filled(step.failure.what, width)


def _rounded(step: Step) -> tuple[float, float]:
    """The ends of the middle half, or the limits, rounded by the distance between them."""
    shown = rounded(step.estimate, step.lower, step.upper)
    return shown.lower, shown.upper


def _about(found: Trajectory) -> Iterator[str]:
    """How the data were made fewer, and what may be read from the course."""
    if found.by:
        yield say("trajectory.read.levels", name=covariate_name(found.by))
    else:
        yield say(f"trajectory.read.{found.thin}")
        yield say("trajectory.drawn", n=found.repeats, seed=found.seed)
    yield say("trajectory.rule")
    yield say("omit.model", model=model_name(found.model), text=format_thing(found.model))
    if found.limits is not None and not found.by:
        lower, upper = found.limits
        shown = rounded(found.last.estimate, lower, upper, floor=found.last.observed)
        yield say("trajectory.limits", level=found.level, limits=interval(shown.lower, shown.upper))
