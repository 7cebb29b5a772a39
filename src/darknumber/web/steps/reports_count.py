"""From reports to people, the last page: counted on lists, once for every draw of who is who."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from darknumber.data.drawn import DrawnTables
from darknumber.errors import DarknumberError
from darknumber.views.document import Block, Grid, Text, Trio
from darknumber.views.tables_lists import lists_table
from darknumber.web.steps.reports_begin import begun, counted_tables, working
from darknumber.web.steps.reports_counting import counting_form, settled
from darknumber.web.steps.reports_linking import linking_words
from darknumber.web.steps.shown import notices
from darknumber.web.tasks_reports import TakenIn
from darknumber.web.visit import Visit, go, page
from darknumber.words import interval, people, say

STAY = ("columns", "reports", "intake", "linked")  # what another way to count leaves as it was


def show(visit: Visit) -> Response:
    """The page; the reports are read first where that is not done yet."""
    begun(visit)
    return _page(visit, ())


def count(visit: Visit) -> Response:
    """Settle who is counted, by what and on which lists; then link the reports and count."""
    session, study = visit.session, visit.session.study
    found: TakenIn | None = visit.held("intake")
    if study is None or found is None:
        return go("/reports")
    try:
        new = settled(study, found, visit.form, visit.several)
    except DarknumberError as error:
        return _page(visit, error.told)
    session.keep(new, *STAY)
    visit.ask("prepared", "tasks:count", {"study": new, "base": session.base}, lane="slow")
    return go("/reports/count")


def _page(visit: Visit, told: tuple[str, ...]) -> Response:
    study = visit.session.study
    found: TakenIn | None = visit.held("intake")
    reading, counting, counts = working(visit), visit.job("prepared"), counted_tables(visit)
    ready = study is not None and found is not None and found.intake.accepted > 0
    return page(
        visit,
        "reports_count.html",
        form=counting_form(study, found, visit.form, visit.several) if ready and study and found else None,
        linked_so=linking_words(study.reports) if study is not None else "",
        counted=tuple(counted_blocks(counts)) if counts is not None else (),
        reading=reading,
        counting=counting,
        awaited=visit.first_open("reports", "intake", "prepared"),
        told=told,
    )


def counted_blocks(counts: DrawnTables) -> Iterator[Block]:
    """How reports became people on lists, and how sure that is.

    Parameters
    ----------
    counts
        The tables of all draws of who is who.
    """
    found = counts.linkage
    yield Trio(
        numbers=(
            (people(found.counted), say("linkage.text.counted")),
            (people(found.people), say("linkage.text.people", threshold=found.threshold)),
            (interval(found.people_low, found.people_high), say("linkage.text.over_draws", n=found.draws)),
        )
    )
    if found.in_doubt:
        yield Text(text=say("web.reports.in_doubt", n=found.in_doubt, draws=found.draws, tables=len(counts.tables)))
    else:
        yield Text(text=say("linkage.section.certain"))
    yield Grid(tables=(lists_table(counts.best),))
    yield from notices((*counts.findings, *counts.best.findings), counts.best)
