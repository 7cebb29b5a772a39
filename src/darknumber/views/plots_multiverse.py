"""Every other way of asking, on one axis: models, lists, assumptions, floors; and models side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import figures, headline_of, total_step
from darknumber.models.text import format_thing
from darknumber.studies.compare import Comparison
from darknumber.studies.multiverse import FLOOR
from darknumber.studies.panel import Panel
from darknumber.studies.printing_panel import answer_text, range_only, row_name, shown, title
from darknumber.views.disclosure import Protection, total_shown
from darknumber.views.labels import PEOPLE, About, lists_in, source, sum_name
from darknumber.views.plots import Figure
from darknumber.views.plots_panel import line_of
from darknumber.views.plots_rows import Line, Rows, rows_figure
from darknumber.views.tables import Table
from darknumber.words import say

LONGEST_NAME = 44  # letters of a compared model beside the axis; the table has the whole name


def multiverse_figure(
    found: Panel, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure:
    """The answer and every other answer to the same question, a row each, under headings.

    Parameters
    ----------
    found
        What the studies found.
    about
        Whom the figures are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    head, *others = shown(found.rows())
    step, observed = total_step(found.estimates), total_shown(found.data, protection).drawn
    limits = (head.lower, head.upper)
    lines = [
        Line(
            name=row_name(head),
            text=answer_text(found),
            limits=limits,
            point=math.nan if range_only(found) else head.estimate,
            unknown=math.isnan(head.estimate),
            main=True,
        )
    ]
    for group, rows in groupby(others, key=lambda row: row.group):
        lines += [Line(name=say(f"panel.heading.{group}")), *(line_of(row, step, observed) for row in rows)]
    floors = any(row.verdict == FLOOR for row in others)
    threshold = None if found.sensitivity is None else found.sensitivity.threshold
    return rows_figure(
        Rows(
            lines=lines,
            band=limits if math.isfinite(head.estimate) else (math.nan, math.nan),
            middle=head.estimate,
            threshold=threshold,
        ),
        title=title(found),
        subtitle=say(
            "panel.picture.subtitle",
            unit=sum_name(found.estimates, about),
            level=found.estimates.level,
            floors=say("panel.picture.floors", n=lists_in(found.estimates)) if floors else "",
            source=source(found.estimates),
        ),
        description=say("panel.picture.description"),
        tables=tables,
    )


def comparison_rows(found: Comparison, *, about: About = PEOPLE, tables: Sequence[Table] = ()) -> Figure:
    """A row a model with its interval; that of the first is the band behind.

    Parameters
    ----------
    found
        The answers.
    about
        Whom the figures are about.
    tables
        The same numbers.
    """
    totals = found.totals
    first = totals[0]
    lines = [_compared(each, main=place == 0) for place, each in enumerate(totals)]
    lower, upper = first.limits[0].tolist()
    inside = sum(lower <= float(each.estimate[0]) <= upper for each in totals[1:])
    values = {"n": len(totals) - 1, "inside": inside, "model": format_thing(first.fits[0].model)}
    known = math.isfinite(float(first.estimate[0]))
    return rows_figure(
        Rows(
            lines=lines,
            band=(lower, upper) if known else (math.nan, math.nan),
            middle=float(first.estimate[0]),
        ),
        title=say("panel.compare.title" if known else "panel.compare.title_none", **values),
        subtitle=say(
            "panel.compare.subtitle",
            unit=sum_name(found.estimates[0], about),
            level=first.level,
            source=source(found.estimates[0]),
        ),
        description=say("panel.compare.description"),
        tables=tables,
    )


def _compared(total: Estimates, *, main: bool) -> Line:
    """A model with its estimate and interval; no single number where the interval is too wide for one."""
    row = headline_of(figures(total)[0])
    estimate, (lower, upper) = float(total.estimate[0]), total.limits[0].tolist()
    unknown = math.isnan(estimate)
    text = row.interval_text if row.range_only or not row.known else f"{row.estimate_text} ({row.interval_text})"
    name = format_thing(total.fits[0].model)
    return Line(
        name=name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…",
        text=f"{row.estimate_text}, {text}" if unknown else text,
        limits=(math.nan, math.nan) if unknown else (lower, upper),
        point=math.nan if row.range_only else estimate,
        unknown=unknown,
        main=main,
    )
