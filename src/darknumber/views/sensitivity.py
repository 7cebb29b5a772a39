"""What an answer is sensitive to, as a section of a report."""

from __future__ import annotations

from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.disclosure import Protection
from darknumber.views.disclosure_findings import finding_in_words
from darknumber.views.labels import PEOPLE, About
from darknumber.views.options import Section
from darknumber.views.plots_panel import overview_figure
from darknumber.views.plots_sensitivity import dial_figure, pairs_figure
from darknumber.views.tables_sensitivity import (
    assumptions_table,
    dial_table,
    erroneous_table,
    links_table,
    pairs_table,
)
from darknumber.words import say


def sensitivity_section(found: Sensitivity, *, about: About = PEOPLE, protection: Protection | None = None) -> Section:
    """Three pictures, each with its numbers as a table: every assumption, all lists together, and pairs of lists.

    The last two are missing where the answer is not finite, the last also with two lists.

    Parameters
    ----------
    found
        What was found.
    about
        Whom the figures are about.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    figures = (
        overview_figure(found, about=about, tables=[assumptions_table(found, protection=protection)]),
        dial_figure(found, about=about, tables=[dial_table(found)]),
        pairs_figure(found, about=about, tables=[pairs_table(found, protection=protection)], protection=protection),
    )
    tables = (links_table(found), erroneous_table(found))
    return Section(
        heading=say("sensitivity.heading"),
        figures=tuple(figure for figure in figures if figure is not None),
        tables=tuple(table for table in tables if table.rows),
        points=tuple(finding_in_words(finding, found.data, protection) for finding in found.findings),
        fold=True,
    )
