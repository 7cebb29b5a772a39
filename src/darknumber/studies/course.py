"""Whether a series of answers on more and more data settles: the rule, with its thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # the study judges its steps through this module
    from darknumber.studies.steps import Step

Array = NDArray[np.float64]
Course = Literal["flat", "rising", "falling", "unsteady", "own", "none"]

LATE = 0.5  # from half of the data on the answer should hardly move any more
FLAT = 1.1  # hardly: by less than a tenth
SURE = 2.0  # standard errors of a median that are put down to chance
SPREAD = 2.0  # the middle half of the repeats this far apart: half of the data give no answer one could act on
SAME = 1e-6  # answers that agree so far are the same answer
LOST = 0.25  # of the repeats without a finite answer, from which the median says little of the rest
_MEDIAN = math.sqrt(math.pi / 2)  # how much wider a median scatters than a mean, of normal values
_QUARTILES = 1.349  # standard deviations between the quartiles of normal values


def course_of(steps: Sequence[Step], repeats: int) -> Course:
    """The course of the answer over the last half of the data.

    ``none`` where all data give no finite answer; ``own`` where each answer, not a median of repeats, is exactly what
    all data say, so that there is nothing to see. ``unsteady`` where at some late step more than a quarter of the
    repeats have no finite answer, or their middle half spans a factor of two. ``rising`` or ``falling`` where the
    answer on half of the data is more than a tenth, and more than chance explains, from that on all. ``flat`` where no
    late step is: every one within a tenth, or within a tenth and a chance of another tenth at most. Else ``unsteady``.

    Parameters
    ----------
    steps
        From few data to all of them.
    repeats
        How many each step is the median of; 1 where it is one answer.
    """
    last, late = steps[-1], [step for step in steps[:-1] if step.fraction >= LATE]
    if not math.isfinite(last.estimate):
        return "none"
    if repeats == 1 and all(abs(step.factor - 1) < SAME for step in steps):
        return "own"
    if any(_lost(step, repeats) for step in late):
        return "unsteady"
    drifts = [-math.log(step.factor) for step in late]
    chances = [SURE * _error(step, repeats) for step in late]
    if drifts and abs(drifts[0]) > math.log(FLAT) + chances[0]:
        return "rising" if drifts[0] > 0 else "falling"
    near = (
        abs(drift) <= math.log(FLAT) + min(chance, math.log(FLAT))
        for drift, chance in zip(drifts, chances, strict=True)
    )
    return "flat" if all(near) else "unsteady"


def quartiles(values: Array) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile of values that may be infinite; what is not known counts as infinite."""
    known = np.where(np.isnan(values), np.inf, values)
    low, middle, high = (
        float((np.quantile(known, share, method="lower") + np.quantile(known, share, method="higher")) / 2)
        for share in (0.25, 0.5, 0.75)
    )
    return low, middle, high


def _lost(step: Step, repeats: int) -> bool:
    """Whether a step gives no answer to speak of."""
    if step.infinite + step.not_identified > LOST or not math.isfinite(step.factor) or step.factor <= 0:
        return True
    return repeats > 1 and step.upper > SPREAD * step.lower


def _error(step: Step, repeats: int) -> float:
    """The standard error of the log of a median of the repeats."""
    if repeats == 1:
        return 0.0
    return _MEDIAN * math.log(step.upper / step.lower) / _QUARTILES / math.sqrt(repeats)
