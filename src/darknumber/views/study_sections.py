"""Sections of a report that one study asks for: means over chosen years, other definitions, rates, figures beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.data.given import Given
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import UNSTABLE, figures, headline_of, time_of
from darknumber.inference.shown import Shown, exact, over
from darknumber.inference.shown import notes as notes_of_shown
from darknumber.studies.rates import Rates
from darknumber.studies.ratios import YearlyRatios
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import capital, period
from darknumber.views.options import Section
from darknumber.views.tables import Cell, Column, Table, count, words
from darknumber.views.tables_estimates import named_table
from darknumber.views.tables_rates import rates_table, ratios_table
from darknumber.words import interval, say
from darknumber.words.labels import level_name


def means_section(
    estimates: Estimates, means: Sequence[Sequence[str]], ratios: Sequence[YearlyRatios], protection: Protection | None
) -> Section | None:
    """Annual means over chosen years, and the ratios over years under the two names they can have.

    Parameters
    ----------
    estimates
        Answers with years.
    means
        The years of each mean.
    ratios
        Ratios of the same study.
    protection
        What is shown of registered numbers.
    """
    time = time_of(estimates)
    if time is None or not (means or ratios):
        return None
    rows = [(capital(period(years)), estimates.mean(time.name, years).total()) for years in means]
    tables = [named_table(rows, caption=say("study.means.caption"), protection=protection)] if rows else []
    tables += [
        ratios_table(each, registered=_registered(each.estimates, protection), widest=_widest(protection))
        for each in ratios[:1]
    ]
    return Section(
        heading=say("study.means.heading" if rows else "study.means.ratios"),
        paragraphs=(say("study.means.text"),) if rows else (),
        tables=tuple(tables),
    )


def rates_section(found: Sequence[Rates], sentences: Sequence[str], protection: Protection | None) -> Section | None:
    """Rates per number of residents, with what must be known of them before their tables.

    Parameters
    ----------
    found
        The rates, one for each table.
    sentences
        Their findings in words.
    protection
        What is shown of registered numbers.
    """
    if not found:
        return None
    tables = [
        rates_table(each, registered=_registered(each.estimates, protection), widest=_widest(protection))
        for each in found
    ]
    return Section(
        heading=say("study.rates.heading", per=found[0].per), paragraphs=tuple(sentences), tables=tuple(tables)
    )


def definition_section(
    counted_in: Estimates, left_out: Estimates, label: str, *, main_in: bool, protection: Protection | None
) -> Section | None:
    """Registered and estimated per year, with some cases counted and without them.

    A year is left out in which the cases are so few that they could be recognised.

    Parameters
    ----------
    counted_in, left_out
        The answers with these cases, and without them.
    label
        What the cases are called.
    main_in
        Whether the answer of the report is the one that counts them.
    protection
        What is shown of registered numbers of that answer.
    """
    time = time_of(counted_in)
    if time is None or time_of(left_out) is None:
        return None
    every, fewer = counted_in.by(time.name), left_out.by(time.name)
    main, other = (every, fewer) if main_in else (fewer, every)
    counts = [dict(zip(rows.covariates[0].levels, rows.observed.tolist(), strict=True)) for rows in (main, other)]
    shared = [level for level in counts[0] if level in counts[1]]
    apart = {level for level in shared if _apart(counts[0][level], counts[1][level], protection)}
    printed = dict(zip(main.covariates[0].levels, published(main, protection), strict=True))
    shown = [_alone(count, protection) for count in other.observed.tolist()]
    beside = dict(
        zip(other.covariates[0].levels, figures(other, registered=shown, widest=_widest(protection)), strict=True)
    )
    rows = [
        (level, *((printed[level], beside[level]) if main_in else (beside[level], printed[level])))
        for level in main.covariates[0].levels
        if level in apart and not printed[level].hidden
    ]
    if not rows:
        return None
    headings = ("observed_with", "estimate_with", "observed_without", "estimate_without", "interval_without")
    table = Table(
        caption=say("study.definition.caption", cases=label),
        columns=(
            Column(label=capital(say("study.definition.year")), align="left", names=(time.name,)),
            *(Column(label=say(f"study.definition.{name}"), names=(name,)) for name in headings),
        ),
        rows=tuple(
            (
                Cell(text=level_name(time.name, level), value=level),
                Cell(text=one.observed_text, value=one.registered.value),
                Cell(text=one.estimate_text, value=one.estimate if one.single else None),
                Cell(text=two.observed_text, value=two.registered.value),
                Cell(text=two.estimate_text, value=two.estimate if two.single else None),
                words(two.interval_text),
            )
            for level, one, two in rows
        ),
        notes=notes_of_shown([each.registered for row in rows for each in row[1:]]),
    )
    told = [_mean_told(rows, protection) for rows in (every, fewer)]
    return Section(
        heading=say("study.definition.heading", cases=label),
        paragraphs=(
            say("study.definition.main_in" if main_in else "study.definition.main_out", cases=capital(label)),
            say("study.definition.effect", period=period(time.recorded), with_them=told[0], without_them=told[1]),
        ),
        tables=(table,),
    )


def _mean_told(yearly: Estimates, protection: Protection | None) -> str:
    """The annual mean over all years in words, or its interval where it gives no single number."""
    time = yearly.covariates[0]
    mean = yearly.mean(time.name, time.recorded).total()
    years = len(time.recorded)
    shown = over(_alone(float(mean.observed[0]) * years, protection), years)
    row = headline_of(figures(mean, registered=[shown])[0])
    return row.estimate_text if row.single else row.interval_text


def given_section(estimates: Estimates, given: Given, title: str, note: str, protection: Protection | None) -> Section:
    """Figures from elsewhere beside one's own of the same years, and how many of them lie in one's own interval.

    Parameters
    ----------
    estimates
        Answers with years.
    given
        The other figures.
    title, note
        What they are, and a sentence about them, which may be empty.
    protection
        What is shown of registered numbers.
    """
    time = time_of(estimates)
    assert time is not None  # they were read by the years of the data
    rows = estimates.by(time.name)
    own = dict(zip(rows.covariates[0].levels, published(rows, protection), strict=True))
    limits = dict(zip(rows.covariates[0].levels, rows.limits.tolist(), strict=True))
    both = [row for row in given.rows if row.year in own]
    inside = [limits[row.year][0] <= row.estimate <= limits[row.year][1] for row in both]
    sourced = any(row.source for row in both)
    columns = ("year", "theirs", "interval", "ours", "our_interval", "inside", *(("source",) if sourced else ()))
    table = Table(
        caption=title,
        columns=tuple(
            Column(
                label=capital(say(f"study.beside.{name}")),
                align="left" if name in ("year", "source") else "right",
                names=(name,),
            )
            for name in columns
        ),
        rows=tuple(
            (
                Cell(text=level_name(time.name, row.year), value=row.year),
                count(row.estimate),
                words(interval(row.lower, row.upper) if row.has_limits else ""),
                Cell(text=own[row.year].estimate_text, value=own[row.year].estimate if own[row.year].single else None),
                words(own[row.year].interval_text),
                words(say("study.beside.yes" if hit else "study.beside.no")),
                *((words(row.source),) if sourced else ()),
            )
            for row, hit in zip(both, inside, strict=True)
        ),
    )
    sentence = say("study.beside.text", inside=sum(inside), n=len(both), level=rows.level)
    return Section(heading=title, paragraphs=(*((note,) if note else ()), sentence), tables=(table,))


def _registered(rows: Estimates, protection: Protection | None) -> Sequence[Shown] | None:
    return None if protection is None else protection.registered(rows)


def _widest(protection: Protection | None) -> float:
    return UNSTABLE if protection is None else protection.rules.widest


def _apart(one: float, other: float, protection: Protection | None) -> bool:
    """Whether so many cases lie between two counts that nobody among them can be recognised, and so in both."""
    floor = 1 if protection is None else protection.rules.floor
    return abs(one - other) >= floor and min(one, other) >= floor


def _alone(value: float, protection: Protection | None) -> Shown:
    """A count that the rule has not looked at together with others, and that is far enough from those."""
    if protection is None or protection.rules.base == 1:
        return exact(value)
    base = protection.rules.base
    return Shown(form="rounded", value=float(base * math.floor(value / base + 0.5)), limit=float(base))
