"""What the reader must know of answers on ever more data: does the answer settle, and can the course show it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.studies.course import LATE, LOST, Course
from darknumber.studies.thinning import Thin

if TYPE_CHECKING:  # the study makes its findings through this module
    from darknumber.studies.steps import Step


def course_findings(steps: Sequence[Step], course: Course) -> Iterator[Finding]:
    """What the course says of the answer."""
    halfway = next(step for step in steps if step.fraction >= LATE)
    if course == "none":
        yield Finding(code="course_none", severity="caution")
    elif course == "unsteady":
        yield Finding(code="course_unsteady", severity="caution")
    elif course in ("rising", "falling"):
        code = "course_rising" if course == "rising" else "course_falling"
        values = {"fraction": halfway.fraction, "share": abs(1 / halfway.factor - 1)}
        yield Finding(code=code, severity="caution", values=values)


def drawn_findings(steps: Sequence[Step], asked: float, lists: int, thin: Thin) -> Iterator[Finding]:
    """What drawing fewer data could not show.

    Parameters
    ----------
    asked
        The smallest fraction asked for.
    lists
        How many there are.
    """
    if thin == "marks" and lists == 2:
        yield Finding(code="course_two_lists", severity="caution")
    if steps[0].fraction > asked:
        yield Finding(code="course_too_few", values={"fraction": steps[0].fraction})
    lost = [step.fraction for step in steps[:-1] if step.infinite + step.not_identified > LOST]
    if lost:
        yield Finding(code="course_lost", values={"fraction": max(lost), "share": LOST})


def accrued_findings(steps: Sequence[Step], course: Course, table: CaptureTable, by: str) -> Iterator[Finding]:
    """What data that come in by a covariate count, and whether they could show anything.

    Parameters
    ----------
    table
        Everyone, people whose level is not recorded included.
    """
    left_out = int(table.count.sum() - steps[-1].observed)
    if left_out:
        yield Finding(code="course_not_recorded", where=by, values={"n": left_out})
    yield Finding(code="course_person_years" if table.unit == "person-year" else "course_persons", where=by)
    if course == "own":
        yield Finding(code="course_on_its_own", severity="caution", where=by)
