"""Pictures of an answer as they are asked for: each with the table of its numbers, and protected like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from darknumber.errors import ModelError
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of
from darknumber.views.asked import (
    Asked,
    NotRecorded,
    check_years,
    data_of,
    prepared,
    protection_of,
    protection_of_lists,
    rules_of,
    source_of,
)
from darknumber.views.disclosure import Protection
from darknumber.views.labels import capital
from darknumber.views.plots import Figure
from darknumber.views.plots_course import course
from darknumber.views.plots_groups import forest
from darknumber.views.plots_iceberg import iceberg, iceberg_total
from darknumber.views.plots_lists import overlap
from darknumber.views.plots_panels import course_panels
from darknumber.views.plots_sightings import often_figure
from darknumber.views.tables import Cell, Column, Table, notes_of
from darknumber.views.tables_asked import everyone, numbers_table, protection_by
from darknumber.views.tables_estimates import annual_mean, can_group, estimates_table
from darknumber.views.tables_lists import lists_table, overlaps_table
from darknumber.views.tables_sightings import often_of, often_of_fit
from darknumber.words import say
from darknumber.words.labels import covariate_name


def iceberg_asked(estimates: Estimates, asked: Asked) -> Figure | None:
    """A bar for every year or group, or one for everyone; None where strata do not add up."""
    check_years(estimates, asked.years)
    time = time_of(estimates)
    if not adds_up(estimates):
        return None
    names = asked.by if asked.by is not None else (time.name,) if time is not None and not asked.years else ()
    if len(names) > 1:
        raise ModelError("figure_one", kind="iceberg", names=names)
    rows = prepared(estimates, names, asked.not_recorded)
    protection = protection_by(estimates, names, asked)
    table = numbers_table(estimates, asked)
    if names:
        shown = rows.by(*names) if time is not None and names == (time.name,) else annual_mean(rows, names, asked.years)
        return iceberg(shown, about=asked.about, tables=[table], protection=protection)
    return iceberg_total(everyone(rows, asked), about=asked.about, tables=[table], protection=protection)


def years_asked(estimates: Estimates, asked: Asked) -> Figure | None:
    """The course over the years, of everyone or of each group; None without two years that can be summed to."""
    time = time_of(estimates)
    if time is None or len(time.recorded) < 2 or not adds_up(estimates):
        return None
    names = tuple(name for name in asked.by or () if name != time.name)
    if not names:
        asked = replace(asked, by=(time.name,))
        rows = prepared(estimates, (time.name,), asked.not_recorded)
        protection = protection_by(estimates, (time.name,), asked)
        return course(rows, about=asked.about, tables=[numbers_table(estimates, asked)], protection=protection)
    by = (time.name, *names)
    asked = replace(asked, by=by)
    rows, protection = prepared(estimates, by, asked.not_recorded), protection_by(estimates, by, asked)
    return course_panels(rows, about=asked.about, tables=[numbers_table(estimates, asked)], protection=protection)


def forest_asked(estimates: Estimates, asked: Asked) -> Figure | None:
    """Groups down: of the covariates asked for together, else of each covariate on its own; None without any."""
    check_years(estimates, asked.years)
    time = time_of(estimates)
    each: list[tuple[str, ...]] = [(c.name,) for c in estimates.covariates if time is None or c.name != time.name]
    if not adds_up(estimates):
        each = [tuple(covariate.name for covariate in estimates.covariates)]
    wanted = [names for names in ([asked.by] if asked.by else each) if can_group(estimates, names)]
    if not wanted:
        return None

    def groups(shares: NotRecorded) -> list[Estimates]:
        found = []
        for names in wanted:
            rows = prepared(estimates, names, shares)
            found.append(annual_mean(rows, names, asked.years) if adds_up(rows) else rows)
        return found

    protection = protection_of(estimates, asked, groups)
    shown = groups(asked.not_recorded)
    table = _stacked(shown, protection)
    return forest(shown, about=asked.about, tables=[table], protection=protection)


def overlap_asked(found: object, asked: Asked) -> Figure | None:
    """The lists and what they share; None of one list, or where the counts of an answer were not kept."""
    data = data_of(found)
    if data is None or len(data.lists) < 2:
        return None
    protection = protection_of_lists(data, asked)
    tables = (overlaps_table(data, protection=protection), lists_table(data, protection=protection))
    return overlap(data, source=source_of(data), protection=protection, tables=tables)


def often_asked(found: Estimates, asked: Asked) -> Figure | None:
    """How often people were seen on one list; None of an answer from several."""
    fit = often_of(found)
    if fit is None:
        return None
    rules = rules_of(asked)
    return often_figure(fit, source=source_of(fit.data), rules=rules, tables=[often_of_fit(fit, rules)])


def _stacked(groups: Sequence[Estimates], protection: Protection | None) -> Table:
    """The groups of one crossing, or those of each covariate below each other."""
    tables = [estimates_table(group, protection=protection) for group in groups]
    caption = say("view.forest.plain")
    if len(tables) == 1:
        return replace(tables[0], caption=caption)
    rows = []
    for group, part in zip(groups, tables, strict=True):
        name = group.covariates[0].name
        heading = Cell(text=capital(covariate_name(name)), value=name)
        rows += [(heading, *row) for row in part.rows]
    columns = (
        Column(label=say("figures.column.by"), align="left", names=("covariate",)),
        Column(label=say("figures.column.level"), align="left", names=("level",)),
        *tables[0].columns[1:],
    )
    return Table(caption=caption, columns=columns, rows=tuple(rows), headings=2, notes=notes_of(tables))
