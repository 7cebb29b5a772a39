"""Which page answers which address; code is fetched when it is first asked for, so that the server starts at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from starlette.responses import Response

from darknumber.web.visit import Visit

Answer = Callable[[Visit], Response]

PAGES: Mapping[str, str] = {
    "/": "start:show",
    "/data": "data:show",
    "/check": "check:show",
    "/estimate": "estimate:show",
    "/explore": "explore:show",
    "/explore/dial": "dial:show",
    "/compare": "compare:show",
    "/report": "report:show",
    "/reports": "reports:show",
    "/simulate": "simulate:show",
    "/report/study.toml": "report:study_file",
}
FORMS: Mapping[str, str] = {
    "/example": "start:example",
    "/restart": "start:restart",
    "/settings": "settings:change",
    "/data": "data:count",
    "/data/sheet": "data:sheet",
    "/estimate": "estimate:ask",
    "/compare": "compare:ask",
    "/compare/omit": "compare:omit",
    "/report": "report:ask",
    "/report/exact": "report:exact",
    "/job/cancel": "work:cancel",
}
UPLOADS: Mapping[str, str] = {"/upload": "start:upload"}


def answer_of(place: str) -> Answer:
    """The function behind an entry such as ``data:show``."""
    module, name = place.split(":")
    found: Answer = getattr(import_module(f"darknumber.web.steps.{module}"), name)
    return found
