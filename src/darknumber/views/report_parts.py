"""The parts of the report with the figures: by year, by group, the lists, and how the model was chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of, total_step
from darknumber.models.base import Candidates, Fit
from darknumber.views import (
    plots_course,
    plots_groups,
    plots_iceberg,
    plots_lists,
    plots_models,
    story,
    tables_lists,
    tables_models,
)
from darknumber.views.disclosure_findings import finding_in_words
from darknumber.views.document import Banner, Block, Grid, Notice, Part, Picture, Points, Text
from darknumber.views.labels import source, sum_name
from darknumber.views.options import ReportOptions, Section, asked_groups
from darknumber.views.plots import Figure
from darknumber.views.plots_sightings import often_figure
from darknumber.views.tables import Table
from darknumber.views.tables_estimates import annual_mean, by_time, can_group, estimates_table, group_table, year_table
from darknumber.views.tables_sightings import often_of, often_of_fit
from darknumber.words import say
from darknumber.words.labels import covariate_name

SYNTHETIC = ("synthetic_register", "synthetic_data")  # findings with which data are announced as made up
FINDINGS = "findings"  # the anchor of the part with all of them


def iceberg_of(estimates: Estimates, options: ReportOptions) -> Figure | None:
    """Registered and unseen; with a table of its own only where no part by year has the same one."""
    years = by_time(estimates)
    if years is not None:
        table = None if course(estimates, options) else _by_year(estimates, options)
        tables = [table] if table else []
        return plots_iceberg.iceberg(years, about=options.about, tables=tables, protection=options.protection)
    if not adds_up(estimates):
        return None
    total = estimates.total()
    return plots_iceberg.iceberg_total(
        total,
        about=options.about,
        tables=[estimates_table(total, protection=options.protection)],
        protection=options.protection,
    )


def _by_year(estimates: Estimates, options: ReportOptions) -> Table | None:
    return year_table(estimates, about=options.about, years=options.years, protection=options.protection)


def part_of(section: Section, name: str) -> Part:
    """A section of one study as a part of its report."""
    blocks: list[Block] = [Text(text=paragraph) for paragraph in section.paragraphs]
    blocks += [Points(items=section.points)] if section.points else []
    blocks += [Picture(figure=figure, open=not section.fold) for figure in section.figures]
    blocks += [Grid(tables=section.tables, fold=section.fold)] if section.tables else []
    return Part(
        name=name,
        heading=section.heading,
        blocks=tuple(blocks),
        parts=tuple(part_of(inner, f"{name}-{number}") for number, inner in enumerate(section.parts, start=1)),
    )


def course(estimates: Estimates, options: ReportOptions) -> Part | None:
    """Registered and estimated, year by year."""
    years, time = by_time(estimates), time_of(estimates)
    table = _by_year(estimates, options)
    if years is None or table is None or time is None or len(time.recorded) < 2:
        return None
    figure = plots_course.course(years, about=options.about, tables=[table], protection=options.protection)
    return Part(name="course", heading=say("view.report.course"), blocks=(Picture(figure=figure),))


def groups(estimates: Estimates, options: ReportOptions) -> Part | None:
    """Registered and estimated, by the covariates that are asked for."""
    time = time_of(estimates)
    asked = asked_groups(estimates, options)
    given = [names for names in asked if can_group(estimates, names)]
    if not asked:
        return None
    tables = {
        names: group_table(
            estimates,
            names,
            about=options.about,
            years=options.years,
            groupings=options.groupings,
            protection=options.protection,
        )
        for names in given
    }
    blocks: list[Block] = [
        Text(
            text=say(
                "view.report.left_out", names=[covariate_name(name) for name in names], interval=estimates.interval.name
            )
        )
        for names in asked
        if names not in given
    ]
    drawn = [names for names in given if time is None or time.name not in names]
    if drawn:
        means = [
            annual_mean(estimates, names, options.years, options.groupings)
            if adds_up(estimates)
            else estimates.by(*names)
            for names in drawn
        ]
        shown = [tables[names] for names in drawn]
        figure = plots_groups.forest(means, about=options.about, tables=shown, protection=options.protection)
        blocks.append(Picture(figure=figure))
    rest = tuple(tables[names] for names in given if names not in drawn)
    blocks += [Grid(tables=rest)] if rest else []
    return Part(name="groups", heading=say("view.report.groups"), blocks=tuple(blocks))


def lists(estimates: Estimates, options: ReportOptions) -> Part | None:
    """How many people are on each list, and on both of two; nothing where the answer is about part of them.

    Of one list, how often people were seen on it.
    """
    if not estimates.fits:
        return None
    data = estimates.fits[0].data
    if options.protection is not None and not options.protection.has_lists:
        return None
    seen = often_of(estimates)
    if seen is not None:
        rules = None if options.protection is None else options.protection.rules
        drawn = often_figure(seen, rules=rules, source=source(estimates), tables=[often_of_fit(seen, rules)])
        return Part(name="lists", heading=say("view.report.seen"), blocks=(Picture(figure=drawn),))
    tables = (
        tables_lists.lists_table(data, protection=options.protection),
        tables_lists.overlaps_table(data, protection=options.protection),
    )
    figure = plots_lists.overlap(data, protection=options.protection, source=source(estimates), tables=tables)
    return Part(name="lists", heading=say("view.report.lists"), blocks=(Picture(figure=figure),))


def search(estimates: Estimates, options: ReportOptions) -> Part | None:
    """How the model was chosen: the path of a search, or all models close to the best."""
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or fit.candidates is None or len(fit.candidates.label) < 2:
        return None
    criterion, observed = story.criterion_of(fit.model), float(fit.data.observed.sum())
    step = total_step(estimates)
    if fit.candidates.exact:
        return _set(estimates, fit, fit.candidates, options)
    table = tables_lists.path_table(fit.candidates, observed, criterion=criterion, step=step)
    block: Block = Grid(tables=(table,))
    if np.isfinite(fit.candidates.unobserved).any():
        figure = plots_lists.search_path(
            fit.candidates,
            observed,
            criterion=criterion,
            unit=sum_name(estimates, options.about),
            step=step,
            tables=[table],
        )
        block = Picture(figure=figure, open=False)
    return Part(name="path", heading=say("view.report.path"), blocks=(block,))


def _set(estimates: Estimates, fit: Fit, candidates: Candidates, options: ReportOptions) -> Part:
    """The models that the data can hardly tell apart."""
    criterion, observed = story.criterion_of(fit.model), float(fit.data.observed.sum())
    step = total_step(estimates)
    table = tables_models.set_table(candidates, observed, criterion=criterion, step=step, proved=candidates.proved)
    block: Block = Grid(tables=(table,))
    if np.isfinite(candidates.unobserved).any():
        figure = plots_models.model_set(
            candidates,
            observed,
            criterion=criterion,
            unit=sum_name(estimates, options.about),
            step=step,
            average=None if candidates.weight is None else observed + float(np.sum(fit.unobserved)),
            tables=[table],
        )
        block = Picture(figure=figure, open=False)
    return Part(name="models", heading=say("modelset.part"), blocks=(block,))


def findings_part(estimates: Estimates, findings: Sequence[Finding], options: ReportOptions) -> Part:
    """What the reader must know, worst first."""
    told: tuple[Block, ...] = notices(findings, estimates, options) or (Text(text=say("view.findings.none")),)
    return Part(name=FINDINGS, heading=say("view.report.findings"), blocks=told)


def notices(findings: Sequence[Finding], estimates: Estimates, options: ReportOptions) -> tuple[Notice, ...]:
    """Findings in words."""
    data = estimates.fits[0].data if estimates.fits else None
    return tuple(
        Notice(
            severity=finding.severity,
            label=say(f"view.findings.{finding.severity}"),
            sentence=finding_in_words(finding, data, options.protection),
        )
        for finding in findings
    )


def synthetic(findings: Sequence[Finding]) -> tuple[Banner, ...]:
    """That the data are made up, where they are."""
    if not any(finding.code in SYNTHETIC for finding in findings):
        return ()
    return (Banner(label=say("view.report.synthetic"), text=say("view.report.synthetic_why")),)
