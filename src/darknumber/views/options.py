"""What may differ from one report to the next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import Groups
from darknumber.inference.publish import adds_up, time_of
from darknumber.studies.links import Thresholds
from darknumber.views.disclosure import STRICT, Disclosure, Protection, disclose
from darknumber.views.labels import PEOPLE, About
from darknumber.views.plots import Figure
from darknumber.views.tables import Table


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
        Of the report; by default the finding, worded from the numbers.
    publisher
        Who publishes it: authors or an office; may be empty.
    groups
        The covariates, or groupings, of each table and of the forest; by default each covariate but the year alone.
    groupings
        What names in `groups` may mean beside covariates.
    years
        The years of annual means; by default all.
    more
        Other answers, to the same question, whose registered numbers stand in `sections`.
    about
        Whom the figures are about.
    rules
        The rule for small registered numbers, or what was decided by it for all that is published together; None prints
        them exactly, for your own eyes only. See docs/disclosure.md for what it does not cover.
    command
        The command line that repeats the run; may be empty.
    day
        The date to print; by default none, so that the same run gives the same report.
    assumptions
        The assumption register: pairs of what (*target population*, *linkage*) and how it was settled.
    extra_references
        Publications beside those of the model and the interval, each in full.
    sections
        More sections, after the figures by group.
    linked
        Of an answer from linked reports: what other thresholds would give, from `darknumber.studies.links.thresholds`.
    """

    title: str = ""
    publisher: str = ""
    groups: tuple[tuple[str, ...], ...] | None = None
    groupings: tuple[Groups, ...] = ()
    years: tuple[str, ...] = ()
    more: tuple[Estimates, ...] = ()
    about: About = PEOPLE
    rules: Disclosure | Protection | None = STRICT
    command: str = ""
    day: datetime.date | None = None
    assumptions: tuple[tuple[str, str], ...] = ()
    extra_references: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    linked: Thresholds | None = None

    @property
    def protection(self) -> Protection | None:
        """What is shown of registered numbers; None where they are exact.

        Raises
        ------
        LookupError
            It was not decided yet; see `settled`.
        """
        if isinstance(self.rules, Disclosure):
            raise LookupError("rules")
        return self.rules


DEFAULT = ReportOptions()


def settled(options: ReportOptions, estimates: Estimates) -> ReportOptions:
    """The same options, with what is shown of each registered number of the report decided, for all of them at once."""
    if not isinstance(options.rules, Disclosure):
        return options
    groups = asked_groups(estimates, options)
    decided = disclose(
        estimates, options.rules, groups=groups, years=options.years, groupings=options.groupings, more=options.more
    )
    return replace(options, rules=decided)


def asked_groups(estimates: Estimates, options: ReportOptions) -> tuple[tuple[str, ...], ...]:
    """The covariates of each table by group: those asked for, each on its own, or together where they do not add up."""
    if options.groups is not None:
        return options.groups
    time = time_of(estimates)
    if not adds_up(estimates):
        return (tuple(covariate.name for covariate in estimates.covariates),)
    return tuple((c.name,) for c in estimates.covariates if time is None or c.name != time.name)
