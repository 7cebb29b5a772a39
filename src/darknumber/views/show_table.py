"""`darknumber.table`: whatever has a table, as one to print, to save, and to go on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from darknumber.data.drawn import DrawnTables
from darknumber.data.table import CaptureTable
from darknumber.inference.estimates import Estimates
from darknumber.register.linkage.link_quality import Waterfall
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.register.linkage.links import Links
from darknumber.studies.check import Check
from darknumber.studies.compare import Comparison
from darknumber.studies.diagnose import Diagnosis
from darknumber.studies.laws import Laws
from darknumber.studies.links import Thresholds
from darknumber.studies.omit import Omission
from darknumber.studies.panel import Panel
from darknumber.studies.rates import Rates
from darknumber.studies.ratios import YearlyRatios
from darknumber.studies.revise import Revision
from darknumber.studies.search import ModelSet
from darknumber.studies.sensitivity import Sensitivity
from darknumber.studies.trajectory import Trajectory
from darknumber.studies.validate import Validation
from darknumber.views.asked import (
    Asked,
    Layout,
    NotRecorded,
    data_of,
    names_of,
    protection_of,
    protection_of_lists,
    protection_of_new,
    rules_of,
    source_of,
)
from darknumber.views.disclosure import STRICT, Disclosure, Protection
from darknumber.views.dispatch import Kinds, Maker, make_asked
from darknumber.views.labels import PEOPLE, About, capital, noun
from darknumber.views.linkage_asked import DOUBT_TABLES, LINKS_TABLES, PAIR_TABLES, SUMMARY_TABLES, THRESHOLD_TABLES
from darknumber.views.models_asked import models_table
from darknumber.views.shown_table import ShownTable
from darknumber.views.tables import Table
from darknumber.views.tables_asked import numbers_table, shrinkage_table
from darknumber.views.tables_lists import audit_table, lists_table, overlaps_table
from darknumber.views.tables_models import comparison_table
from darknumber.views.tables_panel import (
    multiverse_table,
    omission_table,
    residuals_table,
    trajectory_table,
    validation_table,
)
from darknumber.views.tables_rates import rates_table, ratios_table
from darknumber.views.tables_revise import answers_table, counts_table, parts_table
from darknumber.views.tables_sensitivity import (
    assumptions_table,
    dial_table,
    erroneous_table,
    links_table,
    pairs_table,
)
from darknumber.views.tables_sightings import laws_table, often_of, often_of_fit
from darknumber.words import language

Thing = (
    Estimates
    | CaptureTable
    | Check
    | ModelSet
    | Comparison
    | Laws
    | Sensitivity
    | Omission
    | Validation
    | Diagnosis
    | Trajectory
    | Panel
    | Rates
    | YearlyRatios
    | Revision
    | DrawnTables
    | Thresholds
    | Links
    | LinkageSummary
    | Waterfall
)


def table(
    thing: Thing,
    kind: str = "",
    *,
    by: str | Sequence[str] | None = None,
    years: Sequence[str] = (),
    not_recorded: NotRecorded = "show",
    layout: Layout = "long",
    about: About = PEOPLE,
    rules: Disclosure | Protection | None = STRICT,
) -> ShownTable:
    """A table of an answer, of lists or of a study: print it, save it, or take its numbers.

    Registered numbers are protected unless `rules` is None, and estimates are rounded by their own doubt, so that the
    table can be published. Each table is protected by itself: where several are published together, decide for all at
    once with `darknumber.views.disclosure.disclose`, and pass what it returns as `rules`.

    Parameters
    ----------
    thing
        An answer, a capture table, or what a study found.
    kind
        Which of its tables, where it has several; docs/figures.md lists them, and so does the error of a wrong one.
    by
        Of an answer: the covariates that make the rows, or a ready-made grouping such as ``rapporteur-four``. By
        default the year where there is one; ``()`` is everyone together.
    years
        Of an answer: the years of the mean; all by default.
    not_recorded
        ``show`` keeps people without a value as a row; ``allocate`` shares them out, as `Estimates.by` does.
    layout
        ``long`` has a row for every combination; ``wide`` has the first covariate down and the others across.
    about
        Whom the figures are about.
    rules
        The rule for small registered numbers; None prints them exactly, for your own eyes only.

    Raises
    ------
    InputError
        An unknown name or year, or nothing to show.
    ModelError
        A kind this thing does not have, an option that does not go with it, or limits that cannot be summed so.
    """
    asked = Asked(
        by=names_of(by), years=tuple(years), not_recorded=not_recorded, layout=layout, about=about, rules=rules
    )
    return ShownTable(content=_sourced(make_asked(thing, kind, asked, TABLES), thing, about), language=language())


def _sourced(found: Table, thing: object, about: About) -> Table:
    """The table with whom it counts and where that comes from: it can be sent on alone."""
    data = data_of(thing)
    if data is None:
        return found
    return replace(found, notes=(*found.notes, f"{capital(noun(about))}. {source_of(data)}."))


def _plain(draw: Callable[[Any], Table | None]) -> Maker[Table]:
    """A table that holds no registered numbers."""
    return Maker(make=lambda found, _: draw(found))


def _kept(draw: Callable[..., Table | None]) -> Maker[Table]:
    """A table of a study, in which registered numbers are protected."""
    return Maker(make=lambda found, asked: draw(found, protection=protection_of_lists(found, asked)))


def _of_lists(draw: Callable[..., Table | None]) -> Maker[Table]:
    """A table of the lists of an answer or a study; None of one list, or where their counts were not kept."""

    def make(found: object, asked: Asked) -> Table | None:
        data = data_of(found)
        few = data is None or len(data.lists) < 2
        return None if few else draw(data, protection=protection_of_lists(data, asked))

    return Maker(make=make)


def _per_row(draw: Callable[..., Table]) -> Maker[Table]:
    """A table of rates or ratios, which takes the registered number of each of its rows."""

    def make(found: Rates | YearlyRatios, asked: Asked) -> Table:
        protection = protection_of(found.estimates, asked, lambda _: [found.estimates])
        return draw(found, registered=protection.registered(found.estimates) if protection is not None else None)

    return Maker(make=make)


def _revised(draw: Callable[..., Table]) -> Maker[Table]:
    """A table of a revision, in which the registered numbers of both studies are protected."""
    return Maker(make=lambda found, asked: draw(found, about=asked.about, protection=protection_of_new(found, asked)))


def _often(found: Estimates, asked: Asked) -> Table | None:
    """How often people were seen on one list; None of an answer from several."""
    fit = often_of(found)
    return None if fit is None else often_of_fit(fit, rules_of(asked))


_LISTS = {"lists": _of_lists(lists_table), "overlaps": _of_lists(overlaps_table)}

TABLES: Kinds[Table] = {
    Estimates: {
        "numbers": Maker(make=numbers_table, grouped=True),
        "models": _plain(models_table),
        **_LISTS,
        "seen": Maker(make=_often),
        "shrinkage": Maker(make=shrinkage_table),
        **DOUBT_TABLES,
    },
    CaptureTable: _LISTS,
    Check: {"pairs": _kept(audit_table), **_LISTS},
    ModelSet: {"models": _plain(models_table)},
    Laws: {"laws": _kept(laws_table)},
    Comparison: {"compared": _plain(comparison_table)},
    Sensitivity: {
        "assumptions": _kept(assumptions_table),
        "dial": _plain(dial_table),
        "pair-odds": _kept(pairs_table),
        "links": _plain(links_table),
        "erroneous": _plain(erroneous_table),
    },
    Omission: {"omitted": _kept(omission_table)},
    Validation: {"validated": _kept(validation_table)},
    Diagnosis: {"residuals": _kept(residuals_table)},
    Trajectory: {"trajectory": _plain(trajectory_table)},
    Panel: {"multiverse": _kept(multiverse_table)},
    Rates: {"rates": _per_row(rates_table)},
    YearlyRatios: {"ratios": _per_row(ratios_table)},
    Revision: {
        "answers": _revised(answers_table),
        "registered": _revised(counts_table),
        "parts": _revised(parts_table),
    },
    Thresholds: THRESHOLD_TABLES,
    Links: LINKS_TABLES,
    LinkageSummary: SUMMARY_TABLES,
    Waterfall: PAIR_TABLES,
}
