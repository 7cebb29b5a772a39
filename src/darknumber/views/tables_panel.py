"""Tables of the panel of an answer; small numbers of people are hidden, and what they would follow from is rounded."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby

from darknumber.inference.publish import alone, figures, headline_of, rounded, total_step
from darknumber.inference.shown import Shown
from darknumber.kernels import verdicts
from darknumber.studies.diagnose import Diagnosis
from darknumber.studies.multiverse import FLOOR, Row
from darknumber.studies.omit import Omission, Variant
from darknumber.studies.panel import Panel
from darknumber.studies.printing_diagnose import WORST, count_name, expected_text, far_rows, shown_residuals
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_panel import answer_text, range_only, row_name, row_text
from darknumber.studies.printing_validate import holds_in_words, times_in_words
from darknumber.studies.trajectory import Trajectory
from darknumber.studies.validate import Trial, Validation
from darknumber.views.disclosure import Protection, shared_shown, sizes_shown, total_shown, two_digits, without_shown
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, Values, share_shown, words
from darknumber.views.tables_estimates import shown_limits
from darknumber.words import interval, number, people, percent, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import hundredths, tenths


def multiverse_table(found: Panel, *, protection: Protection | None = None) -> Table:
    """The answer and every other answer to the same question, each pair of merged lists on its own.

    Parameters
    ----------
    found
        What the studies found.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    step, observed = total_step(found.estimates), total_shown(found.data, protection).drawn
    rows: list[tuple[Cell, ...]] = []
    heads: list[int] = []
    for group, members in groupby(found.rows(), key=lambda row: row.group):
        if group != "headline":
            heads.append(len(rows))
            rows.append((words(say(f"panel.heading.{group}")), words("")))
        rows += [
            (words(_name(row)), Cell(text=_text(found, row, step, observed), value=_values(row, range_only(found))))
            for row in members
        ]
    return Table(
        caption=say("panel.table.multiverse"),
        columns=(
            Column(label="", align="left", names=("name",)),
            Column(label=say("view.column.estimate"), names=("estimate", "lower", "upper", "lowest", "highest")),
        ),
        rows=tuple(rows),
        sums=frozenset(heads),
    )


def _name(row: Row) -> str:
    if row.what != "merged":
        return row_name(row)
    return say("omit.row.merged", names=[list_name(name) for name in row.lists])


def _text(found: Panel, row: Row, step: int, observed: float) -> str:
    """Its numbers; the limits of an interval too, where several estimates have one."""
    if row.group == "headline":
        return answer_text(found)
    text = row_text(row, step, observed)
    if math.isnan(row.lowest) or math.isnan(row.lower) or row.verdict == FLOOR:
        return text
    return say("panel.with_limits", text=text, limits=interval(_near(row.lower), _near(row.upper)))


def _values(row: Row, ranged: bool) -> Values:
    """Estimate, limits, and the ends of several estimates; of the answer no estimate where its range stands alone."""
    if row.group == "headline":
        shown = rounded(row.estimate, row.lower, row.upper)
        return None if ranged else shown.value, shown.lower, shown.upper, math.nan, math.nan
    if math.isnan(row.lowest) and math.isfinite(row.estimate) and not math.isnan(row.lower):
        shown = rounded(row.estimate, row.lower, row.upper)
        return shown.value, shown.lower, shown.upper, math.nan, math.nan
    return alone(row.estimate), _near(row.lower), _near(row.upper), alone(row.lowest), alone(row.highest)


def _near(value: float) -> float:
    """A limit of several estimates, to two digits."""
    if not math.isfinite(value) or value <= 0:
        return value
    step = 10.0 ** max(math.floor(math.log10(value)) - 1, 0)
    return round(value / step) * step


def residuals_table(found: Diagnosis, *, protection: Protection | None = None) -> Table | None:
    """The counts furthest from what the model expects; None where none is further than chance brings it.

    Parameters
    ----------
    found
        What was found.
    protection
        What is shown of registered numbers. By default they are exact; with it, only on which side of the expected
        number a count is.
    """
    counts, rows = found.counts, far_rows(found)[:WORST]
    if not rows:
        return None
    residuals, made = shown_residuals(found), []
    for row in rows:
        observed, expected, size = int(counts.observed[row]), float(counts.expected[row]), float(residuals[row])
        name = words(count_name(found, int(counts.stratum[row]), int(counts.history[row])))
        if protection is None:
            cells = [Cell(text=people(observed), value=float(observed))]
            cells.append(Cell(text=expected_text(expected), value=round(expected, 1)))
            cells.append(Cell(text=tenths(size), value=round(size, 1)))
        else:
            near = two_digits(expected)
            cells = [words(say(f"panel.residual.{'more' if size > 0 else 'fewer'}"))]
            cells.append(Cell(text=number(near), value=near))
        made.append((name, *cells))
    return Table(
        caption=say("diagnose.fit.far", n=len(far_rows(found))),
        columns=(
            Column(label=capital(say("diagnose.column.history")), align="left", names=("history",)),
            *(
                Column(label=capital(say(f"diagnose.column.{name}")), names=(name,))
                for name in ("observed", "expected", "residual")[: 3 if protection is None else 2]
            ),
        ),
        rows=tuple(made),
    )


def omission_table(found: Omission, *, protection: Protection | None = None) -> Table:
    """The estimate with all lists, without each, and with each pair merged.

    Parameters
    ----------
    found
        What was found.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    rows = []
    for variant in found.variants:
        unknown = variant.failure is not None or variant.verdict == verdicts.NOT_IDENTIFIED
        seen = _left(found, variant, protection)
        # an estimate is the number that is shown plus the unseen; where the number is hidden it is left out
        estimate = math.nan if unknown or seen is None else variant.estimate + seen - variant.observed
        times = hundredths(variant.factor) if math.isfinite(variant.factor) else ""
        rows.append(
            (
                words(capital(say(f"omit.row.{variant.kind}", names=[list_name(name) for name in variant.lists]))),
                Cell(text="" if seen is None else short(estimate, seen), value=alone(estimate, seen or 0.0)),
                Cell(text=times, value=round(variant.factor, 2) if times else math.nan),
            )
        )
    return Table(
        caption=say("panel.table.omit"),
        columns=(
            Column(label=capital(say("sensitivity.column.list")), align="left", names=("list",)),
            Column(label=say("view.column.estimate"), names=("estimate",)),
            Column(label=capital(say("omit.column.times")), names=("times",)),
        ),
        rows=tuple(rows),
        notes=(say("omit.read"),),
    )


def _left(found: Omission, variant: Variant, protection: Protection | None) -> float | None:
    """How many people are registered on the lists that are left, as it is published."""
    if variant.kind != "without":
        return total_shown(found.everything.data, protection).value
    data = found.everything.data
    return without_shown(data, protection, data.lists.index(variant.lists[0])).value


_NOTHING = (words(""), Cell(text="", value=(None, None)), words(""), words(""))  # of a list that is not shown


def validation_table(found: Validation, *, protection: Protection | None = None) -> Table:
    """Each list hidden: how many people are on it, and what the other lists make of it.

    Parameters
    ----------
    found
        What was found.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    rows = []
    for j, (trial, size) in enumerate(zip(found.trials, sizes_shown(found.data, protection), strict=True)):
        both = shared_shown(found.data, protection, j)
        rows.append(
            (
                words(capital(list_name(trial.list))),
                Cell(text=size.text, value=size.value),
                *(_NOTHING if size.value is None or both.value is None else _tried(trial, size.value, both)),
            )
        )
    return Table(
        caption=say("panel.table.validate"),
        columns=(
            Column(label=capital(say("sensitivity.column.list")), align="left", names=("list",)),
            Column(label=capital(say("validate.column.known")), names=("people",)),
            Column(label=say("view.column.estimate"), names=("estimate",)),
            Column(label=say("view.column.interval", level=found.level), names=("lower", "upper")),
            Column(label=capital(say("validate.column.times")), names=("times",)),
            Column(label=capital(say("validate.column.holds")), names=("inside",)),
        ),
        rows=tuple(rows),
        notes=(say("validate.read"), say("validate.times")),
    )


def _tried(trial: Trial, known: float, both: Shown) -> tuple[Cell, ...]:
    """The estimate with its interval, how many times the number known it is, and whether the interval holds that."""
    if trial.answer is None:
        return (Cell(text=people(math.nan), value=math.nan), *_NOTHING[1:])
    row = headline_of(figures(trial.answer, registered=[both])[0])
    estimate = row.estimate_text if math.isfinite(trial.estimate) else people(trial.estimate)
    # of the numbers as they are shown: the exact ones would follow from the exact ratio
    trial = replace(trial, estimate=trial.estimate + both.drawn - trial.seen)
    times = times_in_words(trial, known)
    return (
        Cell(text=estimate, value=None if row.range_only else row.estimate),
        Cell(text=row.interval_text, value=shown_limits(row)),
        Cell(text=times, value=round(trial.estimate / known, 2) if times else math.nan),
        Cell(text=holds_in_words(trial), value=trial.covered),
    )


def trajectory_table(found: Trajectory) -> Table:
    """The answer on ever more data."""
    rows = []
    for step in found.steps:
        ends = rounded(step.estimate, step.lower, step.upper)
        middle = "" if step is found.last else interval(ends.lower, ends.upper)
        lost = step.infinite + step.not_identified
        rows.append(
            (
                Cell(text=percent(step.fraction), value=step.fraction),
                Cell(text=short(step.estimate), value=alone(step.estimate)),
                Cell(text=middle, value=(ends.lower, ends.upper) if middle else (math.nan, math.nan)),
                Cell(text=percent(lost) if lost else "", value=share_shown(lost)),
            )
        )
    return Table(
        caption=say("panel.table.trajectory"),
        columns=(
            Column(label=capital(say("trajectory.column.kept")), align="left", names=("share",)),
            Column(label=capital(say("estimates.column.estimate")), names=("estimate",)),
            Column(label=capital(say("trajectory.column.middle")), names=("lower", "upper")),
            Column(label=capital(say("trajectory.column.lost")), names=("not_finite",)),
        ),
        rows=tuple(rows),
        notes=(say("trajectory.read.marks"), say("trajectory.rule")),
    )
