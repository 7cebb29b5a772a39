"""`darknumber.plot`: whatever has a picture, as one to look at, to save, and to take numbers from."""

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
from darknumber.studies.links import Thresholds
from darknumber.studies.panel import Panel
from darknumber.studies.revise import Revision
from darknumber.studies.search import ModelSet
from darknumber.studies.sensitivity import Sensitivity
from darknumber.studies.trajectory import Trajectory
from darknumber.views.asked import (
    Asked,
    NotRecorded,
    data_of,
    names_of,
    protection_of_lists,
    protection_of_new,
    source_of,
)
from darknumber.views.comparison import comparison_figure
from darknumber.views.disclosure import STRICT, Disclosure, Protection
from darknumber.views.dispatch import Kinds, Maker, make_asked
from darknumber.views.labels import PEOPLE, About
from darknumber.views.linkage_asked import (
    DOUBT_PICTURES,
    LINKS_PICTURES,
    PAIR_PICTURES,
    SUMMARY_PICTURES,
    THRESHOLD_PICTURES,
)
from darknumber.views.models_asked import models_figure, unit_of
from darknumber.views.plots import Figure
from darknumber.views.plots_asked import forest_asked, iceberg_asked, often_asked, overlap_asked, years_asked
from darknumber.views.plots_multiverse import comparison_rows, multiverse_figure
from darknumber.views.plots_panel import overview_figure
from darknumber.views.plots_revise import answers_figure, parts_figure
from darknumber.views.plots_sensitivity import dial_figure, pairs_figure
from darknumber.views.plots_trajectory import trajectory_figure
from darknumber.views.shown_picture import ShownPicture
from darknumber.views.tables_models import comparison_table
from darknumber.views.tables_panel import multiverse_table, trajectory_table
from darknumber.views.tables_revise import answers_table, parts_table
from darknumber.views.tables_sensitivity import assumptions_table, dial_table, pairs_table
from darknumber.words import language

Thing = (
    Estimates
    | CaptureTable
    | Check
    | ModelSet
    | Comparison
    | Sensitivity
    | Trajectory
    | Panel
    | Revision
    | DrawnTables
    | Thresholds
    | Links
    | LinkageSummary
    | Waterfall
)


def plot(
    thing: Thing,
    kind: str = "",
    *,
    by: str | Sequence[str] | None = None,
    years: Sequence[str] = (),
    not_recorded: NotRecorded = "show",
    about: About = PEOPLE,
    rules: Disclosure | Protection | None = STRICT,
) -> ShownPicture:
    """A picture of an answer, of lists or of a study: look at it, save it, or take its numbers.

    It carries its title, measure, period and source when it is saved alone. Registered numbers are protected and
    estimates rounded as in `darknumber.table`.

    Parameters
    ----------
    thing
        An answer, a capture table, or what a study found.
    kind
        Of an answer ``iceberg``, ``years``, ``forest``, ``overlap`` or ``models``; by default the first that the thing
        has. docs/figures.md lists them all, and so does the error of a wrong one.
    by
        Of an answer: the covariates, or a ready-made grouping. ``years`` has a small picture for every group,
        ``iceberg`` a bar, ``forest`` a row.
    years
        Of an answer: the years of means; all by default.
    not_recorded, about, rules
        As in `darknumber.table`.

    Raises
    ------
    InputError
        An unknown name or year, or nothing to draw.
    ModelError
        A kind this thing does not have, an option that does not go with it, or limits that cannot be summed so.
    """
    asked = Asked(by=names_of(by), years=tuple(years), not_recorded=not_recorded, about=about, rules=rules)
    return ShownPicture(content=_sourced(make_asked(thing, kind, asked, PICTURES), thing), language=language())


def _sourced(figure: Figure, thing: object) -> Figure:
    """The picture with its source: on a page that may stand elsewhere, but this one can be sent on alone."""
    data = data_of(thing)
    if data is None:
        return figure
    source = source_of(data)
    if source.rpartition(",")[0] in figure.subtitle:  # of reports that were linked it stands there without the lists
        return figure
    return replace(figure, subtitle=f"{figure.subtitle.rstrip('.')}. {source}.")


def _kept(draw: Callable[..., Figure | None], table: Callable[..., Any]) -> Maker[Figure]:
    """A picture of a study in which registered numbers are protected, with its table."""

    def make(found: object, asked: Asked) -> Figure | None:
        protection = protection_of_lists(found, asked)
        return draw(found, about=asked.about, tables=[table(found, protection=protection)], protection=protection)

    return Maker(make=make)


def _plain(draw: Callable[..., Figure | None], table: Callable[[Any], Any]) -> Maker[Figure]:
    """A picture that holds no registered numbers, with its table."""
    return Maker(make=lambda found, asked: draw(found, about=asked.about, tables=[table(found)]))


def _trajectory(found: Trajectory, asked: Asked) -> Figure | None:
    return trajectory_figure(found, name=unit_of(found.data, asked.about), tables=[trajectory_table(found)])


def _assumptions(found: Sensitivity, asked: Asked) -> Figure:
    table = assumptions_table(found, protection=protection_of_lists(found, asked))
    return overview_figure(found, about=asked.about, tables=[table])


def _revised(draw: Callable[..., Figure | None], table: Callable[..., Any]) -> Maker[Figure]:
    """A picture of a revision, in which the registered numbers of both studies are protected, with its table."""

    def make(found: Revision, asked: Asked) -> Figure | None:
        protection = protection_of_new(found, asked)
        tables = [table(found, about=asked.about, protection=protection)]
        return draw(found, about=asked.about, tables=tables, protection=protection)

    return Maker(make=make)


_OVERLAP = {"overlap": Maker(make=overlap_asked)}

PICTURES: Kinds[Figure] = {
    Estimates: {
        "iceberg": Maker(make=iceberg_asked, grouped=True),
        "years": Maker(make=years_asked, grouped=True),
        "forest": Maker(make=forest_asked, grouped=True),
        "models": Maker(make=models_figure),
        **_OVERLAP,
        "seen": Maker(make=often_asked),
        **DOUBT_PICTURES,
    },
    CaptureTable: _OVERLAP,
    Check: _OVERLAP,
    ModelSet: {"models": Maker(make=models_figure)},
    Comparison: {
        "compared": _plain(comparison_rows, comparison_table),
        "models": Maker(make=lambda found, asked: comparison_figure(found, about=asked.about)),
    },
    Sensitivity: {
        "sensitivity": _plain(dial_figure, dial_table),
        "assumptions": Maker(make=_assumptions),
        "pair-odds": _kept(pairs_figure, pairs_table),
    },
    Trajectory: {"trajectory": Maker(make=_trajectory)},
    Panel: {"multiverse": _kept(multiverse_figure, multiverse_table)},
    Revision: {"answers": _revised(answers_figure, answers_table), "parts": _revised(parts_figure, parts_table)},
    Thresholds: THRESHOLD_PICTURES,
    Links: LINKS_PICTURES,
    LinkageSummary: SUMMARY_PICTURES,
    Waterfall: PAIR_PICTURES,
}
