"""The built-in study: from the synthetic Dutch register to tables and a report."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from darknumber.data.examples import example
from darknumber.data.targets import folder_for
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.publish import figures
from darknumber.inference.spread import Spread
from darknumber.models import Stepwise
from darknumber.register.synthesise import synthesise, truth_by
from darknumber.studies.check import Check, check
from darknumber.studies.panel import Study, panel
from darknumber.views.disclosure import Protection, disclose, published
from darknumber.views.disclosure_findings import finding_in_words
from darknumber.views.labels import About, capital
from darknumber.views.report import ReportOptions, Section, report
from darknumber.views.tables import Column, Table, words
from darknumber.views.tables_estimates import named_table
from darknumber.views.tables_text import TEXT_WIDTH, to_text
from darknumber.views.terminal import answer
from darknumber.words import language, people, say

MODEL = Stepwise(criterion="aic", trend="poly(year, 2)")
MEANS: tuple[tuple[str, ...], ...] = (("2014", "2015"), ("2018", "2019"))  # the years the two Dutch studies report
GROUPS: tuple[tuple[str, ...], ...] = (("form", "crossing"), ("sex",), ("age",), ("nationality",))
FORMS: Mapping[str, tuple[str, ...]] = {"sexual": ("sexual",), "outside": ("labour", "criminal")}
MARGIN_FINDINGS = ("empty_margins", "structural_margins")
STUDIES: tuple[Study, ...] = ("check", "omit", "sensitivity")  # those of the answer that take seconds on this register
FEWEST = 2  # cases left out in a year, in times the floor, below which the year is not shown
REPORT = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo made.

    Parameters
    ----------
    estimates
        The answer by all covariates.
    without
        The answer by year without the border police's cases under article 273f(1)(3).
    checked
        What the lists look like.
    text
        What the terminal shows.
    report
        Where the page is.
    """

    estimates: Estimates
    without: Estimates
    checked: Check
    text: str
    report: Path


def run_demo(
    folder: Path,
    *,
    replicates: int = 200,
    seed: int = 1,
    workers: int | None = None,
    studies: Sequence[Study] = STUDIES,
    progress: Progress | None = None,
) -> Demo:
    """Run the study and write its report.

    Parameters
    ----------
    folder
        Made if need be; the report in it is replaced.
    replicates
        Of the bootstrap, the whole selection repeated in each.
    seed, workers, progress
        As in `estimate`.
    studies
        Those that the page holds on whether the number can be trusted.

    Raises
    ------
    InputError
        The folder cannot be made or written in.
    """
    folder = folder_for(folder)
    register = example("register")
    # The definition question is about totals by year, so that this table needs no form of exploitation.
    other = example("register-without-273f-1-3").pool(("form",))
    interval = Bootstrap(replicates=replicates)
    found = estimate(register, MODEL, interval, seed=seed, workers=workers, progress=_part(progress, "estimate"))
    without = estimate(other, MODEL, interval, seed=seed, workers=workers, progress=_part(progress, "definition"))
    checked = check(register)
    folder.mkdir(parents=True, exist_ok=True)
    about = About(population="victims", place=say("demo.place"))
    means = [found.mean("year", years).total() for years in MEANS]
    protection = disclose(found, groups=GROUPS, more=means)
    sections = (
        _means(means, protection),
        _outside(found),
        _definition(found, without, protection),
        _margins(checked, protection),
        _truth(found, protection),
    )
    options = ReportOptions(
        groups=GROUPS,
        rules=protection,
        about=about,
        command=f"darknumber demo --replicates {replicates} --seed {seed} --lang {language()}",
        sections=sections,
    )
    trusted = panel(found, studies=studies, seed=seed, workers=workers, progress=_part(progress, "panel"))
    path = report(found, folder / REPORT, panel=trusted, options=options)
    text = _text(found, checked, sections, about)
    return Demo(estimates=found, without=without, checked=checked, text=text, report=path)


def outside_share(estimates: Estimates, years: Sequence[str]) -> Spread:
    """The share of cross-border victims outside the sex industry over some years; one row.

    People whose form is not recorded are shared out in proportion.
    """
    groups = estimates.mean("year", years).by("form", "crossing", not_recorded="allocate").regroup("form", FORMS)
    row, share = groups.labels().index(("outside", "cross-border")), groups.share()
    return Spread(value=share.value[[row]], lower=share.lower[[row]], upper=share.upper[[row]])


def _part(progress: Progress | None, what: str) -> Progress | None:
    """The same progress under another name."""
    if progress is None:
        return None
    tell: Callable[[int, int, str], None] = progress
    return lambda done, total, _: tell(done, total, what)


def _means(means: Sequence[Estimates], protection: Protection) -> Section:
    """The annual means that the two studies are known by."""
    names = [say("demo.mean", first=years[0], last=years[-1]) for years in MEANS]
    table = named_table(list(zip(names, means, strict=True)), caption=say("demo.means"), protection=protection)
    return Section(heading=say("demo.means"), paragraphs=(say("demo.means_text"),), tables=(table,))


def _outside(found: Estimates) -> Section:
    """The share of cross-border victims outside the sex industry, in words."""
    sentences = []
    for years in MEANS:
        share = outside_share(found, years)
        values = {"share": float(share.value[0]), "lower": float(share.lower[0]), "upper": float(share.upper[0])}
        sentences.append(say("demo.outside", first=years[0], last=years[-1], **values))
    return Section(heading=say("demo.outside_heading"), paragraphs=tuple(sentences))


def _definition(found: Estimates, without: Estimates, protection: Protection) -> Section:
    """Registered and estimated per year, with and without the border police's cases under 273f(1)(3)."""
    rows = []
    every, fewer = found.by("year"), without.by("year")
    apart = disclose(without, protection.rules, groups=(), lists=False)
    shown = zip(every.labels(), published(every, protection), published(fewer, apart), strict=True)
    for (label, one, other), left_out in zip(shown, every.observed - fewer.observed, strict=True):
        if left_out < FEWEST * protection.rules.floor:  # nothing to show, or so few that they could be recognised
            continue
        cells = (one.observed_text, one.estimate_text, other.observed_text, other.estimate_text, other.interval_text)
        rows.append((words(label[0]), *(words(cell) for cell in cells)))
    headings = ("year", "observed_with", "estimate_with", "observed_without", "estimate_without", "interval_without")
    table = Table(
        caption=say("demo.definition_caption"),
        columns=tuple(
            Column(label=say(f"demo.column.{name}"), align="left" if name == "year" else "right") for name in headings
        ),
        rows=tuple(rows),
    )
    left_out = protection.vague(float(every.observed.sum() - fewer.observed.sum()))
    mean = [answer.mean("year", MEANS[0]).total() for answer in (found, without)]
    sentence = say(
        "demo.definition",
        n=left_out,
        first=MEANS[0][0],
        last=MEANS[0][-1],
        with_them=figures(mean[0])[0].estimate_text,
        without_them=figures(mean[1])[0].estimate_text,
    )
    return Section(heading=say("demo.definition_heading"), paragraphs=(capital(sentence),), tables=(table,))


def _truth(found: Estimates, protection: Protection) -> Section:
    """Beside the estimate, the number that is only known because the register was made up."""
    register = synthesise()
    truth = truth_by(register, "year")
    years = found.by("year")
    inside = (years.limits[:, 0] <= truth) & (truth <= years.limits[:, 1])
    rows = zip(years.labels(), truth, published(years, protection), inside, strict=True)
    table = Table(
        caption=say("demo.truth_caption"),
        columns=tuple(
            Column(label=say(f"demo.column.{name}"), align="left" if name == "year" else "right")
            for name in ("year", "truth", "estimate", "interval", "inside")
        ),
        rows=tuple(
            (
                words(label[0]),
                words(people(true)),
                words(row.estimate_text),
                words(row.interval_text),
                words(say("demo.yes" if hit else "demo.no")),
            )
            for label, true, row, hit in rows
        ),
    )
    total = published(found.total(), protection)[0]
    sentence = say(
        "demo.truth",
        truth=float(truth.sum()),
        estimate=total.estimate_text,
        interval=total.interval_text,
        n=int(inside.sum()),
        years=len(truth),
    )
    return Section(heading=say("demo.truth_heading"), paragraphs=(sentence,), tables=(table,))


def _margins(checked: Check, protection: Protection) -> Section:
    """Lists that have nobody at some level of a covariate, and whether that is structural."""
    sentences = tuple(
        finding_in_words(finding, checked.data, protection)
        for finding in checked.findings
        if finding.code in MARGIN_FINDINGS
    )
    return Section(heading=say("demo.margins_heading"), paragraphs=sentences or (say("demo.margins_none"),))


def _text(found: Estimates, checked: Check, sections: Sequence[Section], about: About) -> str:
    """What the terminal shows: the lists, the answer, tables by year and group, and the sections."""
    groups = [("year",), *GROUPS]
    about_data = textwrap.fill(say("register.description"), TEXT_WIDTH)
    blocks = [about_data, str(checked), answer(found, by=groups, about=about)]
    for section in sections:
        paragraphs = [textwrap.fill(paragraph, TEXT_WIDTH) for paragraph in section.paragraphs]
        blocks.append("\n".join([section.heading, *paragraphs]))
        blocks += [to_text(table) for table in section.tables]
    return "\n\n".join(blocks)
