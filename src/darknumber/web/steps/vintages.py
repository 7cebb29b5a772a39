"""The study before this one, and figures that others published, beside the answer."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from darknumber.data.published import countries
from darknumber.errors import DarknumberError, InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of
from darknumber.run.study import Study
from darknumber.studies.printing_published import country_name
from darknumber.studies.published import beside
from darknumber.studies.revise import Revision
from darknumber.views.document import Block, Grid, Part
from darknumber.views.report_parts import part_of
from darknumber.views.revision import revision_sections
from darknumber.views.tables_published import published_table
from darknumber.web.forms import Control
from darknumber.web.steps.shown import about_of
from darknumber.web.uploads import KEPT_ENDING
from darknumber.web.visit import Visit, go
from darknumber.words import say

NOBODY = ""  # the choice of no country


def ask(visit: Visit) -> Response:
    """Lay the study before this one beside the answer: its answer came in, and perhaps the people of both, linked."""
    new: Estimates | None = visit.held("answer")
    files = visit.uploads
    olds = [path for path in files if path.suffix.lower() == KEPT_ENDING]
    linked = [path for path in files if path not in olds]
    if new is None:
        return go("/estimate")
    if len(olds) != 1 or len(linked) > 1:
        raise InputError("web_no_earlier_answer")
    given: dict[str, Any] = {"old": olds[0], "linked": linked[0] if linked else None, "new": new}
    visit.ask("vintages", "tasks:vintages", given)
    return go("/compare")


def shown(found: Revision | None, study: Study | None) -> tuple[Part, ...]:
    """What was found of the study before this one."""
    if found is None or study is None:
        return ()
    sections = revision_sections(found, about=about_of(study))
    return tuple(part_of(section, f"revision-{number}") for number, section in enumerate(sections, start=1))


def published(visit: Visit) -> tuple[Control | None, tuple[Block, ...]]:
    """Figures that others published: which country, and beside one's own; nothing for an answer without years."""
    answer: Estimates | None = visit.held("answer")
    if answer is None or time_of(answer) is None or not adds_up(answer):
        return None, ()
    chosen = visit.query.get("country", NOBODY)
    known = countries()
    choices = ((NOBODY, say("web.vintages.no_country")), *((code, country_name(code)) for code in known))
    control = Control(
        name="country",
        label=say("web.vintages.country"),
        value=chosen if chosen in known else NOBODY,
        choices=choices,
    )
    if chosen not in known:
        return control, ()
    try:
        return control, (Grid(tables=(published_table(beside(answer, chosen)),)),)
    except DarknumberError:  # an answer that no published figure can be laid beside
        return control, ()
