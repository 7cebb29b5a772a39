"""Tables of two covariates with the levels of one across: years down, groups side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.data.table import NOT_RECORDED
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.views.tables_estimates import shown_limits, table_notes
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name, stratum_name

EVERYONE = "all"  # what the last columns are called where the table is data


def wide_table(
    rows: Estimates,
    *,
    caption: str = "",
    sums: Sequence[tuple[str, Estimates]] = (),
    protection: Protection | None = None,
) -> Table:
    """One row a level of the first covariate; for each level of the others the registered and the estimated number.

    Parameters
    ----------
    rows
        Figures by two or more covariates and nothing else, which can be summed over all but the first.
    caption
        What the table holds.
    sums
        Named means or totals over the first covariate, by the others, that close the table.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    first, *others = rows.covariates
    groups = _groups(rows)
    by_row = published(rows, protection)
    everyone = published(rows.by(first.name), protection)
    shown = list(by_row) + list(everyone)
    size = len(groups)
    cells = [
        (
            Cell(text=level_name(first.name, level), value=level),
            *_line(by_row[place * size : (place + 1) * size]),
            *_pair(everyone[place]),
        )
        for place, level in enumerate(first.levels)
    ]
    for name, part in sums:
        line, whole = published(part, protection), published(part.total(), protection)[0]
        shown += [*line, whole]
        cells.append((words(name), *_line(line), *_pair(whole)))
    columns = [Column(label=capital(covariate_name(first.name)), align="left", names=(first.name,))]
    for levels in groups:
        name = stratum_name([covariate.name for covariate in others], levels)
        columns += _columns(capital(name), "_".join(levels).replace(NOT_RECORDED, "not_recorded"), rows.level)
    columns += _columns(say("view.table.total"), EVERYONE, rows.level)
    return Table(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(cells),
        sums=frozenset(range(len(cells) - len(sums), len(cells))),
        notes=table_notes(rows, shown),
    )


def _groups(rows: Estimates) -> list[tuple[str, ...]]:
    """The levels of all covariates but the first, in order."""
    return [label[1:] for label in rows.labels() if label[0] == rows.covariates[0].levels[0]]


def _line(rows: Sequence[Figures]) -> tuple[Cell, ...]:
    return tuple(cell for row in rows for cell in _pair(row))


def _pair(row: Figures) -> tuple[Cell, Cell]:
    """The registered number, and the estimate with its interval."""
    registered = Cell(text=row.observed_text, value=None if row.hidden else float(round(row.observed)))
    text = (
        f"{row.estimate_text} ({row.interval_text})" if row.estimate_text and row.interval_text else row.estimate_text
    )
    estimate = None if row.hidden else row.estimate if row.known else math.inf if row.kind == "infinite" else math.nan
    return registered, Cell(text=text, value=(estimate, *shown_limits(row)))


def _columns(label: str, name: str, level: float) -> list[Column]:
    registered, estimated = say("figures.wide.observed"), say("figures.wide.estimate", level=level)
    short = say("view.column.observed_short")
    return [
        Column(label=f"{label}: {registered}", names=(f"observed_{name}",), group=label, inner=short),
        Column(
            label=f"{label}: {estimated}",
            names=(f"estimate_{name}", f"lower_{name}", f"upper_{name}"),
            group=label,
            inner=estimated,
        ),
    ]
