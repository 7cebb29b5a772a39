"""The parts of the report: what stands in each section, worked out from the estimates."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from darknumber import __version__
from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.printing import (
    assumed,
    assumption,
    finding_sentence,
    how_made,
    model_name,
    part_terms_in_words,
    terms_in_words,
    what_replicates_chose,
)
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
from darknumber.views.labels import PEOPLE, About, source, sum_name
from darknumber.views.plots import Figure
from darknumber.views.tables import Table
from darknumber.views.tables_estimates import annual_mean, by_time, can_group, estimates_table, group_table, year_table
from darknumber.words import people, say
from darknumber.words.labels import covariate_name, list_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report that belongs to one study; its words are in the report's language.

    Parameters
    ----------
    heading
        Of the section.
    paragraphs
        Before the tables.
    points
        After them, one a line.
    tables, figures
        What is shown.
    parts
        Sections within it.
    fold
        Whether its tables, and those of its figures, can be seen only after a click.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    parts: tuple[Section, ...] = ()
    fold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What may differ from one report to the next.

    Parameters
    ----------
    title
        Of the page; by default the finding, worded from the numbers.
    groups
        The covariates of each table and of the forest; by default each covariate but the year on its own.
    years
        The years of annual means; by default all.
    about
        Whom the figures are about.
    protect
        Whether numbers of 1 to 4 registered people are hidden; leave it on for anything that is published. It covers
        the overlaps and sizes of lists, with the sums they would follow from (see `darknumber.views.protection`), and
        the registered number of a year or group, with its ratio and share. It does not cover what a reader can work
        out from estimates (with two lists and no covariates the estimate itself follows from the overlap), from
        the total of a table with one hidden row, from several tables of the same people, or from findings and sections
        that are passed in; nor the one figure the page is about.
    command
        The command line that repeats the run; may be empty.
    day
        The date to print; by default none, so that the same run gives the same page.
    sections
        More sections, between the lists and the method.
    """

    title: str = ""
    groups: tuple[tuple[str, ...], ...] | None = None
    years: tuple[str, ...] = ()
    about: About = PEOPLE
    protect: bool = True
    command: str = ""
    day: datetime.date | None = None
    sections: tuple[Section, ...] = ()


DEFAULT = ReportOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A finding in words."""

    severity: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section below the first page.

    `name` is its anchor, `open` shows the tables of its figures, `fold` hides its own until they are asked for.
    """

    name: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Entry, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    command: str = ""
    open: bool = True
    fold: bool = False
    parts: tuple[Part, ...] = ()


def iceberg_of(estimates: Estimates, options: ReportOptions) -> Figure | None:
    years = by_time(estimates)
    if years is not None:
        table = year_table(estimates, about=options.about, years=options.years, protect=options.protect)
        tables = [table] if table else []
        return plots_iceberg.iceberg(years, about=options.about, tables=tables, protect=options.protect)
    if not adds_up(estimates):
        return None
    total = estimates.total()
    return plots_iceberg.iceberg_total(
        total, about=options.about, tables=[estimates_table(total, protect=options.protect)], protect=options.protect
    )


def parts_of(
    estimates: Estimates, options: ReportOptions, findings: Sequence[Finding], sections: Sequence[Section]
) -> list[Part]:
    parts = [_course(estimates, options), _groups(estimates, options), _lists(estimates, options)]
    parts += [_part(section, f"section-{number}") for number, section in enumerate(sections, start=1)]
    parts += [
        _method(estimates, options),
        Part(
            name="findings",
            heading=say("view.report.findings"),
            paragraphs=() if findings else (say("view.findings.none"),),
            findings=entries(findings, estimates),
        ),
        _search(estimates, options),
        _references(estimates),
        _repeat(estimates, options),
    ]
    return [part for part in parts if part is not None]


def _part(section: Section, name: str) -> Part:
    return Part(
        name=name,
        heading=section.heading,
        paragraphs=section.paragraphs,
        points=section.points,
        figures=section.figures,
        tables=section.tables,
        open=not section.fold,
        fold=section.fold,
        parts=tuple(_part(inner, f"{name}-{number}") for number, inner in enumerate(section.parts, start=1)),
    )


def _course(estimates: Estimates, options: ReportOptions) -> Part | None:
    years, time = by_time(estimates), time_of(estimates)
    table = year_table(estimates, about=options.about, years=options.years, protect=options.protect)
    if years is None or table is None or time is None or len(time.recorded) < 2:
        return None
    figure = plots_course.course(years, about=options.about, tables=[table], protect=options.protect)
    return Part(name="course", heading=say("view.report.course"), figures=(figure,))


def _groups(estimates: Estimates, options: ReportOptions) -> Part | None:
    time = time_of(estimates)
    asked = options.groups
    if asked is None:
        asked = tuple((c.name,) for c in estimates.covariates if time is None or c.name != time.name)
        if not adds_up(estimates):
            asked = (tuple(covariate.name for covariate in estimates.covariates),)
    given = [names for names in asked if can_group(estimates, names)]
    left_out = [names for names in asked if names not in given]
    if not asked:
        return None
    tables = {
        names: group_table(estimates, names, about=options.about, years=options.years, protect=options.protect)
        for names in given
    }
    drawn = [names for names in given if time is None or time.name not in names]
    figures: tuple[Figure, ...] = ()
    if drawn:
        groups = [
            annual_mean(estimates, names, options.years) if adds_up(estimates) else estimates.by(*names)
            for names in drawn
        ]
        figures = (
            plots_groups.forest(
                groups, about=options.about, tables=[tables[names] for names in drawn], protect=options.protect
            ),
        )
    return Part(
        name="groups",
        heading=say("view.report.groups"),
        paragraphs=tuple(
            say(
                "view.report.left_out",
                names=[covariate_name(name) for name in names],
                interval=estimates.interval.name,
            )
            for names in left_out
        ),
        figures=figures,
        tables=tuple(tables[names] for names in given if names not in drawn),
    )


def _lists(estimates: Estimates, options: ReportOptions) -> Part | None:
    if not estimates.fits:
        return None
    data = estimates.fits[0].data
    tables = (
        tables_lists.lists_table(data, protect=options.protect),
        tables_lists.overlaps_table(data, protect=options.protect),
    )
    figure = plots_lists.overlap(data, protect=options.protect, source=source(estimates), tables=tables)
    return Part(name="lists", heading=say("view.report.lists"), figures=(figure,))


def _method(estimates: Estimates, options: ReportOptions) -> Part:
    paragraphs = [say("view.method.idea")]
    points: tuple[str, ...] = ()
    if estimates.fits:
        fit = estimates.fits[0]
        paragraphs.append(say("view.method.model", model=model_name(fit.model)))
        if fit.terms is not None:
            paragraphs.append(say("view.method.terms", terms=terms_in_words(fit.terms)))
        parts = part_terms_in_words(fit)
        paragraphs += [say("view.method.parts", parts="; ".join(parts))] if parts else []
        points = tuple(assumption(code) for code in assumed(fit))
    made = [*how_made(estimates), *what_replicates_chose(estimates)]
    if isinstance(estimates.interval, Bootstrap) and estimates.interval.limits == "bca":
        made.append(say("view.method.percentile"))
    paragraphs.append(" ".join(made))
    after = [say("view.method.untested")] if points else []
    after += [say("view.method.years")] if estimates.unit == "person-year" else []
    after.append(say("view.method.rounding"))
    after += [say("view.method.protection")] if options.protect else []
    if points:
        paragraphs.append(say("view.method.assumes"))
    return Part(
        name="method",
        heading=say("view.report.method"),
        paragraphs=tuple(paragraphs),
        points=points,
        after=tuple(after),
    )


def _search(estimates: Estimates, options: ReportOptions) -> Part | None:
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or fit.candidates is None or len(fit.candidates.label) < 2:
        return None
    criterion, observed = story.criterion_of(fit.model), float(fit.data.observed.sum())
    step = total_step(estimates)
    if fit.candidates.exact:
        return _set(estimates, fit, fit.candidates, options)
    table = tables_lists.path_table(fit.candidates, observed, criterion=criterion, step=step)
    if not np.isfinite(fit.candidates.unobserved).any():
        return Part(name="path", heading=say("view.report.path"), tables=(table,))
    figure = plots_lists.search_path(
        fit.candidates,
        observed,
        criterion=criterion,
        unit=sum_name(estimates, options.about),
        step=step,
        tables=[table],
    )
    return Part(name="path", heading=say("view.report.path"), figures=(figure,), open=False)


def _set(estimates: Estimates, fit: Fit, candidates: Candidates, options: ReportOptions) -> Part:
    """The models that the data can hardly tell apart."""
    criterion, observed = story.criterion_of(fit.model), float(fit.data.observed.sum())
    step = total_step(estimates)
    table = tables_models.set_table(candidates, observed, criterion=criterion, step=step, proved=candidates.proved)
    heading = say("modelset.part")
    if not np.isfinite(candidates.unobserved).any():
        return Part(name="models", heading=heading, tables=(table,))
    figure = plots_models.model_set(
        candidates,
        observed,
        criterion=criterion,
        unit=sum_name(estimates, options.about),
        step=step,
        average=None if candidates.weight is None else observed + float(np.sum(fit.unobserved)),
        tables=[table],
    )
    return Part(name="models", heading=heading, figures=(figure,), open=False)


def _references(estimates: Estimates) -> Part:
    models = [fit.model for top in estimates.fits for fit in (top, *top.parts)]
    sources = dict.fromkeys([*(model.source for model in models), estimates.interval.source])
    return Part(name="references", heading=say("view.report.references"), points=tuple(filter(None, sources)))


def _repeat(estimates: Estimates, options: ReportOptions) -> Part:
    facts = [("data", estimates.name or say("view.unnamed"))]
    if estimates.fits:
        fit = estimates.fits[0]
        facts.append(("lists", ", ".join(list_name(name) for name in fit.data.lists)))
        facts.append(("people", people(float(fit.data.observed.sum()))))
        facts.append(("model", model_name(fit.model)))
    facts.append(("interval", how_made(estimates)[0]))
    facts.append(("seed", str(estimates.seed)))
    facts.append(("version", say("view.repeat.program", version=__version__)))
    return Part(
        name="repeat",
        heading=say("view.report.repeat"),
        facts=tuple((say(f"view.repeat.{name}"), fact) for name, fact in facts),
        command=options.command,
    )


def entries(findings: Sequence[Finding], estimates: Estimates) -> tuple[Entry, ...]:
    data = estimates.fits[0].data if estimates.fits else None
    return tuple(
        Entry(
            severity=finding.severity,
            label=say(f"view.findings.{finding.severity}"),
            sentence=finding_sentence(finding, data),
        )
        for finding in findings
    )
