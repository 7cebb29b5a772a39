"""Which page answers which address; code is fetched when it is first asked for, so that the server starts at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

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
    "/reports/mapping.toml": "reports:mapping_file",
    "/reports/screening": "reports_screening:show",
    "/reports/links": "reports_links:show",
    "/reports/count": "reports_count:show",
    "/simulate": "simulate:show",
    "/report/study.toml": "report:study_file",
}
FORMS: Mapping[str, str] = {
    "/example": "opening:example",
    "/restart": "opening:restart",
    "/settings": "settings:change",
    "/data": "data:count",
    "/data/sheet": "data:sheet",
    "/estimate": "estimate:ask",
    "/compare": "compare:ask",
    "/compare/omit": "compare:omit",
    "/report": "report:ask",
    "/report/exact": "report:exact",
    "/simulate": "simulate:ask",
    "/simulate/trial": "simulate:attempt",
    "/reports/example": "reports_begin:example",
    "/reports/again": "reports_begin:again",
    "/reports/sheet": "reports:sheet",
    "/reports/columns": "reports:columns",
    "/reports/links": "reports_links:link",
    "/reports/count": "reports_count:count",
    "/reports/thresholds": "reports_links:thresholds",
    "/job/cancel": "work:cancel",
}
UPLOADS: Mapping[str, str] = {
    "/upload": "opening:upload",
    "/compare/vintages": "vintages:ask",
    "/reports/upload": "reports_begin:upload",
}


def answer_of(place: str) -> Answer:
    """The function behind an entry such as ``data:show``."""
    found: Answer = step_of(place)
    return found


def step_of(place: str) -> Any:
    """Something of a module in ``steps``, such as ``opening:open_here``."""
    module, name = place.split(":")
    return getattr(import_module(f"darknumber.web.steps.{module}"), name)
