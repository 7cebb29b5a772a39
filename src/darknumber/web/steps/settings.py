"""Language and light or dark, remembered in the session."""

from __future__ import annotations

from typing import get_args

from starlette.responses import Response

from darknumber.web.sessions import Theme
from darknumber.web.steps.work import own_page
from darknumber.web.visit import Visit, go
from darknumber.words import LANGUAGES


def change(visit: Visit) -> Response:
    """Take what was chosen, and go back to where it was chosen."""
    session = visit.session
    if visit.form.get("language") in LANGUAGES:
        session.language = visit.form["language"]
    for theme in get_args(Theme):
        if visit.form.get("theme") == theme:
            session.theme = theme
    return go(own_page(visit.form.get("back", "")))
