"""Work that goes on: how far it is, and stopping it."""

from __future__ import annotations

from starlette.responses import Response

from darknumber.web.routes import PAGES
from darknumber.web.visit import Visit, go

LONGEST_NUMBER = 18  # digits of the number of a piece of work


def cancel(visit: Visit) -> Response:
    """Stop a piece of work of this session."""
    number = visit.form.get("number", "")
    if number.isdecimal() and len(number) <= LONGEST_NUMBER:
        visit.jobs.cancel(visit.session.owner, int(number))
    return go(own_page(visit.form.get("back", "")))


def own_page(asked: str) -> str:
    """One of our pages, by the address it has; the first where it is none."""
    first = asked.strip("/").split("/")[0]
    return asked if asked in PAGES else f"/{first}" if f"/{first}" in PAGES else "/"
