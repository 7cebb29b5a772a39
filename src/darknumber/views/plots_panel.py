"""All that can be off, on one axis: how far the answer moves with each assumption."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.inference.publish import figures, headline_of, total_step
from darknumber.studies.multiverse import FLOOR, Row, sensitivity_rows
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_panel import row_name, row_text
from darknumber.studies.printing_sensitivity import title
from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.labels import PEOPLE, About, source, sum_name
from darknumber.views.plots import Figure
from darknumber.views.plots_rows import Line, Rows, rows_figure
from darknumber.views.tables import Table
from darknumber.words import say


def overview_figure(found: Sensitivity, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """A row an assumption: how far the estimate moves where it is off, beside the interval of the answer.

    Parameters
    ----------
    found
        What was found.
    about
        Whom the figures are about.
    tables
        The same numbers.
    """
    estimate, lower, upper = found.headline
    known, step = math.isfinite(estimate), total_step(found.estimates)
    rows = list(sensitivity_rows(found))
    lines = [line_of(row, step, found.observed) for row in rows]
    if known:
        lines = [headline_line(found), *lines]
    return rows_figure(
        Rows(
            lines=lines,
            band=(lower, upper) if known else (math.nan, math.nan),
            middle=estimate,
            threshold=found.threshold,
        ),
        title=_title(found, rows),
        subtitle=say(
            "sensitivity.picture.overview_subtitle",
            unit=sum_name(found.estimates, about),
            level=found.estimates.level,
            source=source(found.estimates),
        ),
        description=say("sensitivity.picture.overview_description"),
        tables=tables,
    )


def _title(found: Sensitivity, rows: Sequence[Row]) -> str:
    """How far the estimate runs over all rows that are estimates; without one, what print() says first."""
    ends = [end for row in rows if row.answers for end in row.ends if math.isfinite(end)]
    if not math.isfinite(found.headline[0]) or not ends:
        return title(found)
    return say("sensitivity.picture.overview_title", low=short(min(ends)), high=short(max(ends)))


def headline_line(found: Sensitivity) -> Line:
    """The answer with its interval."""
    estimate, lower, upper = found.headline
    row = headline_of(figures(found.total)[0])
    text = row.interval_text if row.range_only else f"{row.estimate_text} ({row.interval_text})"
    return Line(
        name=say("sensitivity.overview.headline"),
        text=text,
        limits=(lower, upper),
        point=math.nan if row.range_only else estimate,
        main=True,
    )


def line_of(row: Row, step: int, observed: float) -> Line:
    """A row of numbers as it is drawn.

    Parameters
    ----------
    row
        Not that of the answer.
    step
        What the answer is rounded to.
    observed
        People on some list.
    """
    name, text = row_name(row), row_text(row, step, observed)
    if row.verdict == FLOOR:
        return Line(name=name, text=text, floor=row.estimate)
    return Line(
        name=name,
        text=text,
        moves=(row.lowest, row.highest),
        limits=(row.lower, row.upper),
        point=row.estimate,
        unknown=row.verdict == "not identified",
    )
