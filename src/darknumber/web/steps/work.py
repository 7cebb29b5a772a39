"""Work that goes on: how far it is, and stopping it."""

from __future__ import annotations

from starlette.responses import Response

from darknumber.web.forms import whole_of
from darknumber.web.routes import PAGES
from darknumber.web.visit import Visit, go


def cancel(visit: Visit) -> Response:
    """Stop a piece of work of this session."""
    number = whole_of(visit.form.get("number", ""))
    if number is not None:
        visit.jobs.cancel(visit.session.owner, number)
    return go(own_page(visit.form.get("back", "")))


def own_page(asked: str) -> str:
    """One of our pages, by the address it has; the first where it is none."""
    first = asked.strip("/").split("/")[0]
    return asked if asked in PAGES else f"/{first}" if f"/{first}" in PAGES else "/"
