"""A document as one web page that stands by itself: no script, nothing loaded, and it prints well."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from darknumber.views.document import Document
from darknumber.views.plots import Figure, to_svg
from darknumber.views.tables import notes_of, to_html
from darknumber.words import language, say, use_language

TOOLS = {
    "say": say,
    "to_svg": to_svg,
    "to_html": to_html,
    "notes_of": notes_of,
    "closer": None,
}  # what templates of blocks call


def to_page(document: Document) -> str:
    """The document as HTML.

    Parameters
    ----------
    document
        A report or a letter.
    """
    with use_language(document.language):
        return _environment().get_template("page.html").render(page=document, **TOOLS).lstrip()


def to_picture_page(figure: Figure) -> str:
    """A picture alone as HTML, with its numbers below it, in the language in use."""
    page = _environment().get_template("picture.html")
    return page.render(figure=figure, language=language(), **TOOLS).lstrip()


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("darknumber.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
