"""What one more list or a random sample would buy: an interval for each, whatever may depend on what."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.lab.outlooks import Lists, Outlook, Scenario
from darknumber.lab.planning import SHORT, Plan
from darknumber.views.plots import Figure
from darknumber.views.plots_rows import Line, Rows, rows_figure
from darknumber.views.tables import Table
from darknumber.views.tables_planning import OPTIONS, SCENARIOS, careful, limits_text, outlooks_of
from darknumber.words import say


def options_figure(plan: Plan, size: int, *, tables: Sequence[Table] = ()) -> Figure:
    """The intervals to be expected for one guess of the population, in groups by what depends on what.

    Parameters
    ----------
    plan
        What was found.
    size
        The guess; it is marked.
    tables
        The same numbers.
    """
    lines: list[Line] = []
    for scenario in SCENARIOS:
        if outlooks_of(plan, size, "planned", scenario):
            lines.append(Line(name=say(f"web.simulate.figure.{scenario}")))
            lines += [_line(careful(plan, size, lists, scenario), lists) for lists in OPTIONS]
    return rows_figure(
        Rows(lines=lines, middle=float(size), threshold=float(size)),
        title=say(f"web.simulate.best.{_best(plan, size)}", people=size),
        subtitle=say("web.simulate.figure.subtitle", people=size, level=plan.level),
        description=say("web.simulate.figure.description", people=size),
        tables=tables,
    )


def _line(row: Outlook, lists: Lists) -> Line:
    text = say("web.simulate.figure.row", limits=limits_text(row), share=row.holds)
    name = say(f"web.simulate.option.{lists}")
    return Line(name=name, text=text, limits=(row.lower, row.upper), point=row.estimate)


def _best(plan: Plan, size: int) -> Lists:
    """What gives the narrowest interval, where it is widest, of what stays right whatever depends on what."""

    def how_bad(lists: Lists) -> tuple[bool, float]:
        there: list[Scenario] = [each for each in SCENARIOS if outlooks_of(plan, size, lists, each)]
        rows = [careful(plan, size, lists, each) for each in there]
        wrong = min(row.holds for row in rows) < plan.level - SHORT
        return wrong, max(row.upper / row.lower for row in rows)

    return min(OPTIONS, key=how_bad)
