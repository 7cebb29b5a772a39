"""The first page: where the data come from. It is there at once, so nothing is fetched here that takes long."""

from __future__ import annotations

from starlette.responses import Response

from darknumber.data.catalogue import examples
from darknumber.data.kinds import KINDS
from darknumber.web.uploads import KEPT_ENDING, STUDY_ENDING
from darknumber.web.visit import Visit, page

FIRST = ("register", "netherlands-2010-2015", "uk-2013-5", "kosovo-1999")  # examples that are seen at once


def show(visit: Visit) -> Response:
    """The page."""
    endings = ",".join([*KINDS, ".csv.gz", KEPT_ENDING, STUDY_ENDING])
    known = {entry.name: entry for entry in examples()}
    first = [known.pop(name) for name in FIRST]
    return page(visit, "start.html", examples=first, others=list(known.values()), endings=endings)
