"""The report: one HTML page that stands by itself, for a reader who was not there.

It needs no script and loads nothing. What it says follows from the estimates; what is particular to one study (its own
definition questions, its own tables) comes in as sections.
"""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from darknumber import __version__
from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import (
    all_findings,
    assumption,
    finding_sentence,
    how_made,
    model_name,
    terms_in_words,
    what_replicates_chose,
)
from darknumber.inference.publish import adds_up, time_of
from darknumber.views import plots_groups, plots_lists, plots_years, story, tables_lists
from darknumber.views.labels import PEOPLE, About, covariate_name, list_name, source, sum_name
from darknumber.views.plots import Figure, to_svg
from darknumber.views.tables import Table, notes_of, to_html
from darknumber.views.tables_estimates import annual_mean, by_time, can_group, estimates_table, group_table, year_table
from darknumber.words import date, language, people, say, use_language

SYNTHETIC = ("synthetic", "synthetisch")  # a data set with this in its name is announced as made up
URGENT = 2  # cautions that stand on the first page; the rest is one link away


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report that belongs to one study; its words are in the report's language.

    Parameters
    ----------
    heading
        Of the section.
    paragraphs
        Before the tables.
    tables, figures
        What is shown.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


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
        Whether overlaps of 1 to 4 people are hidden; leave it on for anything that is published.
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
class _Entry:
    """A finding in words."""

    severity: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A section below the first page; `name` is its anchor, `open` shows the tables of its figures."""

    name: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[_Entry, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    command: str = ""
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Everything the template shows."""

    language: str
    title: str
    eyebrow: str
    synthetic: tuple[str, str] | None
    answer: str
    trio: tuple[tuple[str, str], ...]
    urgent: tuple[_Entry, ...]
    more_findings: str
    iceberg: Figure | None
    sure: tuple[str, ...]
    not_said: tuple[str, ...]
    parts: tuple[_Part, ...]


def report(
    estimates: Estimates,
    path: str | os.PathLike[str],
    *,
    language: str | None = None,
    options: ReportOptions = DEFAULT,
) -> Path:
    """Write the report; a page that was there before is replaced only when the new one is complete.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    path
        Where the page goes, such as ``report.html``.
    language
        ``en`` or ``nl``; by default the language in use.
    options
        What may differ from one report to the next.

    Returns
    -------
    Path
        Where the page is.
    """
    with use_language(language) if language else nullcontext():
        text = render(estimates, options=options)
    return _write(Path(path), text)


_TOOLS = {"say": say, "to_svg": to_svg, "to_html": to_html, "notes_of": notes_of}


def render(estimates: Estimates, *, options: ReportOptions = DEFAULT) -> str:
    """The report as HTML, in the language in use.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    options
        What may differ from one report to the next.
    """
    environment = Environment(
        loader=PackageLoader("darknumber.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html")
    return template.render(page=_page(estimates, options), **_TOOLS).lstrip()


def _page(estimates: Estimates, options: ReportOptions) -> _Page:
    head = story.headline(estimates)
    findings = all_findings(estimates)
    urgent = [finding for finding in findings if finding.severity == "stop"]
    urgent += [finding for finding in findings if finding.severity == "caution"][:URGENT]
    return _Page(
        language=language(),
        title=options.title or story.title(head, options.about),
        eyebrow=" · ".join(_eyebrow(estimates, options)),
        synthetic=_synthetic(estimates),
        answer=story.answer(head, options.about),
        trio=story.trio(head) if head is not None else (),
        urgent=_entries(urgent, estimates),
        more_findings=say("view.report.see_findings", n=len(findings)) if findings else "",
        iceberg=_iceberg(estimates, options),
        sure=story.how_sure(estimates, head, options.about),
        not_said=story.not_said(options.about),
        parts=tuple(_parts(estimates, options, findings)),
    )


def _eyebrow(estimates: Estimates, options: ReportOptions) -> list[str]:
    parts = [say("view.report.eyebrow"), source(estimates)]
    return parts + ([date(options.day)] if options.day else [])


def _synthetic(estimates: Estimates) -> tuple[str, str] | None:
    if not any(word in estimates.name.lower() for word in SYNTHETIC):
        return None
    return say("view.report.synthetic"), say("view.report.synthetic_why")


def _iceberg(estimates: Estimates, options: ReportOptions) -> Figure | None:
    years = by_time(estimates)
    if years is not None:
        table = year_table(estimates, about=options.about, years=options.years)
        return plots_years.iceberg(years, about=options.about, tables=[table] if table else [])
    if not adds_up(estimates):
        return None
    total = estimates.total()
    return plots_years.iceberg_total(total, about=options.about, tables=[estimates_table(total)])


def _parts(estimates: Estimates, options: ReportOptions, findings: Sequence[Finding]) -> list[_Part]:
    parts = [_course(estimates, options), _groups(estimates, options), _lists(estimates, options)]
    parts += [
        _Part(
            name=f"section-{number}",
            heading=section.heading,
            paragraphs=section.paragraphs,
            figures=section.figures,
            tables=section.tables,
        )
        for number, section in enumerate(options.sections, start=1)
    ]
    parts += [
        _method(estimates, options),
        _Part(
            name="findings",
            heading=say("view.report.findings"),
            paragraphs=() if findings else (say("view.findings.none"),),
            findings=_entries(findings, estimates),
        ),
        _search(estimates, options),
        _references(estimates),
        _repeat(estimates, options),
    ]
    return [part for part in parts if part is not None]


def _course(estimates: Estimates, options: ReportOptions) -> _Part | None:
    years, time = by_time(estimates), time_of(estimates)
    table = year_table(estimates, about=options.about, years=options.years)
    if years is None or table is None or time is None or len(time.recorded) < 2:
        return None
    figure = plots_years.course(years, about=options.about, tables=[table])
    return _Part(name="course", heading=say("view.report.course"), figures=(figure,))


def _groups(estimates: Estimates, options: ReportOptions) -> _Part | None:
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
    tables = {names: group_table(estimates, names, about=options.about, years=options.years) for names in given}
    drawn = [names for names in given if time is None or time.name not in names]
    figures: tuple[Figure, ...] = ()
    if drawn:
        groups = [
            annual_mean(estimates, names, options.years) if adds_up(estimates) else estimates.by(*names)
            for names in drawn
        ]
        figures = (plots_groups.forest(groups, about=options.about, tables=[tables[names] for names in drawn]),)
    return _Part(
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


def _lists(estimates: Estimates, options: ReportOptions) -> _Part | None:
    if not estimates.fits:
        return None
    data = estimates.fits[0].data
    tables = (
        tables_lists.lists_table(data, protect=options.protect),
        tables_lists.overlaps_table(data, protect=options.protect),
    )
    figure = plots_lists.overlap(data, protect=options.protect, source=source(estimates), tables=tables)
    return _Part(name="lists", heading=say("view.report.lists"), figures=(figure,))


def _method(estimates: Estimates, options: ReportOptions) -> _Part:
    paragraphs = [say("view.method.idea")]
    points: tuple[str, ...] = ()
    if estimates.fits:
        fit = estimates.fits[0]
        paragraphs.append(say("view.method.model", model=model_name(fit.model)))
        paragraphs.append(say("view.method.terms", terms=terms_in_words(fit)))
        points = tuple(assumption(code) for code in fit.model.assumes)
    paragraphs.append(" ".join((*how_made(estimates), *what_replicates_chose(estimates))))
    after = [say("view.method.untested")] if points else []
    after += [say("view.method.years")] if estimates.unit == "person-year" else []
    after.append(say("view.method.rounding"))
    after += [say("view.method.protection")] if options.protect else []
    if points:
        paragraphs.append(say("view.method.assumes"))
    return _Part(
        name="method",
        heading=say("view.report.method"),
        paragraphs=tuple(paragraphs),
        points=points,
        after=tuple(after),
    )


def _search(estimates: Estimates, options: ReportOptions) -> _Part | None:
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or fit.candidates is None or len(fit.candidates.label) < 2:
        return None
    criterion, observed = story.criterion_of(fit.model), float(fit.data.observed.sum())
    step = story.total_step(estimates)
    table = tables_lists.path_table(fit.candidates, observed, criterion=criterion, step=step)
    if not np.isfinite(fit.candidates.unobserved).any():
        return _Part(name="path", heading=say("view.report.path"), tables=(table,))
    figure = plots_lists.search_path(
        fit.candidates,
        observed,
        criterion=criterion,
        unit=sum_name(estimates, options.about),
        step=step,
        tables=[table],
    )
    return _Part(name="path", heading=say("view.report.path"), figures=(figure,), open=False)


def _references(estimates: Estimates) -> _Part:
    models = [fit.model for top in estimates.fits for fit in (top, *top.parts)]
    sources = dict.fromkeys([*(model.source for model in models), estimates.interval.source])
    return _Part(name="references", heading=say("view.report.references"), points=tuple(filter(None, sources)))


def _repeat(estimates: Estimates, options: ReportOptions) -> _Part:
    facts = [("data", estimates.name or say("view.unnamed"))]
    if estimates.fits:
        fit = estimates.fits[0]
        facts.append(("lists", ", ".join(list_name(name) for name in fit.data.lists)))
        facts.append(("people", people(float(fit.data.observed.sum()))))
        facts.append(("model", model_name(fit.model)))
    facts.append(("interval", how_made(estimates)[0]))
    facts.append(("seed", str(estimates.seed)))
    facts.append(("version", say("view.repeat.program", version=__version__)))
    return _Part(
        name="repeat",
        heading=say("view.report.repeat"),
        facts=tuple((say(f"view.repeat.{name}"), fact) for name, fact in facts),
        command=options.command,
    )


def _entries(findings: Sequence[Finding], estimates: Estimates) -> tuple[_Entry, ...]:
    data = estimates.fits[0].data if estimates.fits else None
    return tuple(
        _Entry(
            severity=finding.severity,
            label=say(f"view.findings.{finding.severity}"),
            sentence=finding_sentence(finding, data),
        )
        for finding in findings
    )


def _write(path: Path, text: str) -> Path:
    """All or nothing: the page is written beside its place, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, waiting = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(waiting, 0o644)  # a temporary file is private; a report is to be read
        os.replace(waiting, path)
    except BaseException:
        Path(waiting).unlink(missing_ok=True)
        raise
    return path
