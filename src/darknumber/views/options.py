"""What may differ from one report to the next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

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
        The date to print; by default none, so that the same run gives the same report.
    assumptions
        The assumption register: pairs of what (*target population*, *linkage*) and how it was settled.
    extra_references
        Publications beside those of the model and the interval, each in full.
    sections
        More sections, after the figures by group.
    """

    title: str = ""
    publisher: str = ""
    groups: tuple[tuple[str, ...], ...] | None = None
    years: tuple[str, ...] = ()
    about: About = PEOPLE
    protect: bool = True
    command: str = ""
    day: datetime.date | None = None
    assumptions: tuple[tuple[str, str], ...] = ()
    extra_references: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


DEFAULT = ReportOptions()
