"""From reports to people: which reports are about one person, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from starlette.responses import Response

from darknumber.data.drawn import DrawnTables
from darknumber.errors import DarknumberError
from darknumber.register.linkage.link_quality import Waterfall
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.run.study import Study
from darknumber.studies.links import Thresholds
from darknumber.views.document import Block, Part, Picture, Text, Trio
from darknumber.views.linkage_asked import PAIR_PICTURES, SUMMARY_PICTURES, THRESHOLD_PICTURES
from darknumber.web.steps.reports_begin import begun, counted_tables, working
from darknumber.web.steps.reports_linking import linking_form, relinked
from darknumber.web.steps.shown import EXACT, about_of, notices
from darknumber.web.tasks_reports import Linked, TakenIn
from darknumber.web.visit import Visit, go, page
from darknumber.words import people, percent, say

STAY = ("columns", "reports", "intake")  # what another way to link leaves as it was

# The pictures of the links, in parts: how sure they are, and what they rest on.
KINDS: Mapping[str, tuple[str, ...]] = {
    "sure": ("accuracy", "pairs", "unlinkable"),
    "rests": ("weights", "blocking"),
}


def show(visit: Visit) -> Response:
    """The page; the reports are read first where that is not done yet."""
    begun(visit)
    return _page(visit, ())


def link(visit: Visit) -> Response:
    """Settle how reports are linked, and link them."""
    session, study = visit.session, visit.session.study
    if study is None or visit.held("intake") is None:
        return go("/reports")
    try:
        asked = relinked(study.reports, visit.form)
    except DarknumberError as error:
        return _page(visit, error.told)
    if asked != study.reports:
        session.keep(replace(study, reports=asked), *STAY)
    visit.ask("linked", "tasks_reports:link_reports", {"study": session.study, "base": session.base}, lane="slow")
    return go("/reports/links")


def thresholds(visit: Visit) -> Response:
    """Estimate at other thresholds for links."""
    study, counts = visit.session.study, counted_tables(visit)
    if study is None or counts is None:
        return go("/reports/links")
    given = {
        "counts": counts,
        "model": study.model.model,
        "level": study.model.level,
        "seed": study.study.seed,
    }
    visit.ask("thresholds", "tasks_reports:curve", given, lane="slow")
    return go("/reports/links")


def _page(visit: Visit, told: tuple[str, ...]) -> Response:
    study = visit.session.study
    found: TakenIn | None = visit.held("intake")
    linked: Linked | None = visit.held("linked")
    curve: Thresholds | None = visit.held("thresholds")
    counts = counted_tables(visit)
    return page(
        visit,
        "reports_links.html",
        ready=found is not None and found.intake.accepted > 0,
        form=linking_form(study.reports, visit.form) if study is not None else (),
        parts=tuple(link_parts(linked, counts)),
        curve=tuple(_curve(curve, study)) if curve is not None and study is not None else (),
        can_curve=counts is not None and visit.held("answer") is not None,
        reading=working(visit),
        linking=visit.job("linked"),
        drawing=visit.job("thresholds"),
        awaited=visit.first_open("reports", "intake", "linked", "thresholds"),
        told=told,
    )


def link_parts(linked: Linked | None, counts: DrawnTables | None) -> Iterator[Part]:
    """What came of the links, in parts of a page.

    Parameters
    ----------
    linked
        The links, where they were looked at.
    counts
        The tables of linked reports, which hold the same summary.
    """
    summary = linked.summary if linked is not None else None if counts is None else counts.summary
    if not isinstance(summary, LinkageSummary):
        return
    yield Part(name="people", heading=say("web.reports.people"), blocks=tuple(_people(summary, linked)))
    pair = None if linked is None else linked.pair
    if summary.model is None:  # by rules there is nothing to weigh and nothing in doubt
        return
    for name, kinds in KINDS.items():
        blocks = [*_pictures(summary, kinds), *(_pair(pair) if name == "rests" else ())]
        if blocks:
            lead = Text(text=say(f"web.reports.{name}_why"))
            yield Part(name=name, heading=say(f"web.reports.{name}"), blocks=(lead, *blocks))


def _people(summary: LinkageSummary, linked: Linked | None) -> Iterator[Block]:
    number = int(summary.people.sum())
    numbers = [
        (people(summary.reports), say("linkage.text.reports")),
        (people(number), say("linkage.text.people", threshold=summary.threshold)),
    ]
    if linked is not None:
        numbers.append((people(linked.unlinkable), say("web.reports.say_too_little")))
    yield Trio(numbers=tuple(numbers))
    if summary.model is not None:
        yield Text(text=say("web.reports.pairs_in_doubt", n=summary.in_doubt, share=percent(summary.share_in_doubt)))
    yield from notices(linked.findings if linked is not None else ())
    yield from _pictures(summary, ("people",))


def _pictures(summary: LinkageSummary, kinds: tuple[str, ...]) -> Iterator[Block]:
    for kind in kinds:
        if not _drawable(kind, summary):
            continue
        figure = SUMMARY_PICTURES[kind].make(summary, EXACT)
        if figure is not None:
            yield Picture(figure=figure, open=False)


def _drawable(kind: str, summary: LinkageSummary) -> bool:
    """Whether a picture has anything to show: of a handful of reports there may be no people, or no links."""
    if kind == "people":
        return bool(summary.people.sum())
    return kind != "accuracy" or (summary.quality is not None and bool(np.isfinite(summary.quality.precision).any()))


def _pair(pair: Waterfall | None) -> Iterator[Block]:
    """The least clear pair: how the two agree, and nothing that stands in them."""
    figure = None if pair is None else PAIR_PICTURES["waterfall"].make(pair, EXACT)
    if figure is not None:
        yield Text(text=say("web.reports.pair_why"))
        yield Picture(figure=figure, open=False)


def _curve(found: Thresholds, study: Study) -> Iterator[Block]:
    figure = THRESHOLD_PICTURES["threshold"].make(found, replace(EXACT, about=about_of(study)))
    if figure is not None:
        yield Picture(figure=figure, open=True)
