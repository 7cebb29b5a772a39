"""To be written."""

from __future__ import annotations

from starlette.responses import Response

from darknumber.web.visit import Visit, go


def show(_: Visit) -> Response:
    """The page."""
    return go("/")
