"""How does the answer develop as data come in? A trustworthy one flattens (METHODS 2.2, item 12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from threadpoolctl import threadpool_limits

from darknumber.data.names import check_choice
from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import check_settings, usable
from darknumber.inference.bootstrap import Progress
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Interval
from darknumber.models import Model
from darknumber.studies.course import LATE, Course, course_of
from darknumber.studies.findings_trajectory import accrued_findings, course_findings, drawn_findings
from darknumber.studies.printing_trajectory import describe_trajectory
from darknumber.studies.steps import Asked, Step, accrued_steps, checked_fractions, drawn_steps
from darknumber.studies.thinning import Thin

FRACTIONS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
REPEATS = 20  # of each fraction: the median is then within a quarter of the spread of one repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """The course of the answer as data come in; print it, or read its columns.

    Parameters
    ----------
    data
        All data that were used.
    model
        What was fitted.
    thin
        ``marks`` or ``people``; empty where data accrue by a covariate.
    by
        That covariate, or empty.
    steps
        From few data to all of them.
    course
        ``flat``; ``rising`` or ``falling``; ``unsteady``; ``own`` where every level is estimated on its own, so that
        there is nothing to see; ``none`` where all data together give no finite answer. See `course_of`.
    repeats, level, seed
        How often each fraction was drawn; of limits, where there are any; and of the random numbers.
    limits
        Of the answer on all data, where an interval was asked for.
    findings
        What the reader must know; worst first.
    """

    data: CaptureTable
    model: Model
    thin: Thin | Literal[""]
    by: str
    steps: tuple[Step, ...]
    course: Course
    repeats: int
    level: float
    seed: int
    limits: tuple[float, float] | None
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_trajectory(self)

    __repr__ = __str__

    @property
    def last(self) -> Step:
        """All data."""
        return self.steps[-1]

    @property
    def halfway(self) -> Step:
        """The first step with at least half of the data, against which the last one is judged."""
        return next(step for step in self.steps if step.fraction >= LATE)

    @property
    def furthest(self) -> Step:
        """The step from half of the data on that is furthest from what all data say."""
        late = [step for step in self.steps if step.fraction >= LATE]
        return max(late, key=lambda step: abs(math.log(step.factor)) if step.factor > 0 else math.inf)

    def columns(self) -> dict[str, list[Any]]:
        """One row a step."""
        names = ("fraction", "level", "observed", "estimate", "lower", "upper", "whole", "factor", "infinite")
        table = {name: [getattr(step, name) for step in self.steps] for name in (*names, "not_identified")}
        if not self.by:
            del table["level"]
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The steps as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def trajectory(
    data: CaptureTable | Records,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: str | None = None,
    thin: Thin = "marks",
    fractions: Sequence[float] = FRACTIONS,
    repeats: int = REPEATS,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Trajectory:
    """The answer on part of the data, from a tenth to all of them, or level by level of a covariate such as the year.

    Thinning *marks* (a person on a list is one mark) is what data look like before all reports are in: the population
    is the same, and who has no mark left is unseen. Independent lists stay independent, so that the answer stays where
    it is; where people differ in how easily they are found and the model does not know it, it rises. Two lists alone
    show nothing: whatever they depend on, their answer stays. Thinning *people* shrinks the population itself, seen
    and unseen; it shows what small numbers do to the answer, and nothing about assumptions.

    By a covariate the population grows with every level; each answer is set against what all data say of the same
    people.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    model
        A model, its text, or None for `default_model`.
    interval
        By default none. With one, the answer on all data has limits, and by a covariate every answer.
    by
        A covariate whose levels come in one by one, in their order.
    thin
        ``marks`` or ``people``; without `by`.
    fractions
        Of the data; 1 is added where it is not among them. Those that leave fewer than five people on two lists or
        more are left out: nothing could be estimated from them.
    repeats
        How often data are drawn at each fraction.
    level, seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what); raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Data, a model or settings that cannot be used, or not together.
    """
    check_settings(level, seed, workers)
    check_choice("thin", thin, get_args(Thin))
    table, chosen = usable(data, model)
    asked = Asked(
        table=table, model=chosen, interval=interval, level=level, seed=seed, workers=workers, progress=progress
    )
    with threadpool_limits(limits=1):  # pieces run side by side; the algebra inside each is small
        if by is None:
            steps, limits = drawn_steps(asked, thin, checked_fractions(fractions, repeats), repeats)
            course = course_of(steps, repeats)
            found = drawn_findings(steps, min(fractions), len(table.lists), thin)
        else:
            asked, repeats = asked.recorded(by), 1
            steps, limits = accrued_steps(asked, by)
            course = course_of(steps, repeats)
            found = accrued_findings(steps, course, table, by)
    return Trajectory(
        data=asked.table,
        model=chosen,
        thin=thin if by is None else "",
        by=by or "",
        steps=steps,
        course=course,
        repeats=repeats,
        level=level,
        seed=seed,
        limits=limits,
        findings=by_severity([*course_findings(steps, course), *found, *asked.table.findings]),
    )
