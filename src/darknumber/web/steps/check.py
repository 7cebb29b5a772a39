"""Can these lists answer the question?"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from darknumber.inference.printing import finding_sentence
from darknumber.studies.check import Check
from darknumber.studies.laws import Laws
from darknumber.studies.printing_check import rests_sentence, verdict_in_words
from darknumber.views.document import Block, Grid, Notice, Part, Picture, Points, Text
from darknumber.views.plots_asked import overlap_asked
from darknumber.views.tables_lists import audit_table
from darknumber.web.steps.shown import EXACT, laws_part, notices
from darknumber.web.steps.tables import breakdowns_table, verdicts_table
from darknumber.web.visit import Visit, page
from darknumber.words import say


def show(visit: Visit) -> Response:
    """The page; the look at the lists begins by itself."""
    prepared, found, job = visit.held("prepared"), visit.held("check"), visit.job("check")
    if prepared is not None and found is None and (job is None or job.state in ("done", "cancelled")):
        visit.ask("check", "tasks:look_at_lists", {"prepared": prepared}, lane="quick")
        job = visit.job("check")
    return page(visit, "check.html", awaited=job, parts=tuple(_parts(found)) if found is not None else ())


def _parts(found: Check | Laws) -> Iterator[Part]:
    if isinstance(found, Laws):
        yield laws_part(found)
    else:
        yield from _of_lists(found)


def _of_lists(found: Check) -> Iterator[Part]:
    yield Part(name="verdict", heading=say("web.check.verdict"), blocks=tuple(_verdict(found)))
    figure = overlap_asked(found, EXACT)
    if figure is not None:
        yield Part(name="overlap", heading=say("web.check.overlap"), blocks=(Picture(figure=figure, open=False),))
    audit = audit_table(found)
    if audit is not None:
        yield Part(name="audit", heading=say("web.check.audit"), blocks=(Grid(tables=(audit,)),))
    groups, each = verdicts_table(found), breakdowns_table(found)
    if groups is not None and each is not None:
        why = Text(text=say("web.check.breakdowns_why"))
        told = (why, Grid(tables=(groups,)), Grid(tables=(each,), fold=True))
        yield Part(name="breakdowns", heading=say("web.check.breakdowns"), blocks=told)
    if found.findings:
        yield Part(
            name="findings", heading=say("view.report.findings"), blocks=tuple(notices(found.findings, found.data))
        )


def _verdict(found: Check) -> Iterator[Block]:
    severity = {"yes": "note", "no": "stop"}.get(found.verdict.answer, "caution")
    label = say(f"web.check.answer.{found.verdict.answer}")
    yield Notice(severity=severity, label=label, sentence=verdict_in_words(found))  # type: ignore[arg-type]
    reasons = [finding_sentence(reason, found.data) for reason in found.verdict.reasons]
    if reasons:
        yield Points(items=tuple(reasons))
    rests = rests_sentence(found)
    if rests:
        yield Text(text=rests)
