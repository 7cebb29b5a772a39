"""A document as a tagged PDF (PDF/UA-1), set by typst from a fixed template.

What is said goes to the template as data, so that no word of a user is read as markup. Nothing is loaded: the fonts are
those that typst brings, and the pictures are drawn here.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from darknumber.errors import InputError
from darknumber.views.document import Block, Document, Grid, Part, Picture
from darknumber.views.drawing import drawn
from darknumber.views.plots import Figure
from darknumber.views.tables import Table, notes_of
from darknumber.words import date, say, use_language

STANDARD: Literal["ua-1"] = "ua-1"
NO_CLOCK = 0  # seconds since 1970: the same report must be the same file whenever it is made
LETTERS = 1.25  # the page's font is narrower than that of a screen: letters in pictures are this much larger, as wide

Data = dict[str, Any]


def to_pdf(document: Document) -> bytes:
    """The document as PDF.

    Parameters
    ----------
    document
        A report or a letter.

    Raises
    ------
    InputError
        typst is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InputError("report_needs_package", ending=".pdf", package="typst") from None
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"document": as_json(document)},
        ignore_system_fonts=True,
        pdf_standards=STANDARD,
        timestamp=NO_CLOCK,
    )
    return bytes(made)


@cache
def _template() -> bytes:
    return files("darknumber.views").joinpath("templates/document.typ").read_bytes()


def as_json(document: Document) -> str:
    """What the template reads."""
    with use_language(document.language):
        footer = [document.author] if document.author else []
        footer += [date(document.day)] if document.day else []
        data = {
            "language": document.language,
            "layout": document.layout,
            "title": document.title,
            "author": document.author,
            "footer": " · ".join(footer),
            "words": {"contents": say("view.report.contents_pages")},
            "preamble": [_block(block) for block in document.preamble],
            "opening": [_part(part) for part in document.opening],
            "parts": [_part(part) for part in document.parts],
        }
    return json.dumps(data, ensure_ascii=False)


def _part(part: Part) -> Data:
    return {
        "name": part.name,
        "heading": part.heading,
        "blocks": [_block(block) for block in part.blocks],
        "parts": [_part(inner) for inner in part.parts],
    }


def _block(block: Block) -> Data:
    if isinstance(block, Picture):
        return {"kind": block.kind, **_picture(block.figure)}
    if isinstance(block, Grid):
        return {"kind": block.kind, "tables": [_table(table) for table in block.tables]}
    return {"kind": block.kind, **{name: getattr(block, name) for name in block.__dataclass_fields__}}


def _picture(figure: Figure) -> Data:
    drawing = drawn(figure, letters=LETTERS)
    return {
        "title": figure.title,
        "subtitle": figure.subtitle,
        "alt": f"{figure.title}. {figure.description}",
        "svg": drawing.svg,
        "share": drawing.share,
        "tables": [_table(table) for table in figure.tables],
        "notes": list(notes_of(figure.tables)),
    }


def _table(table: Table) -> Data:
    return {
        "caption": table.caption,
        "columns": [{"label": column.label, "align": column.align} for column in table.columns],
        "rows": [[cell.text for cell in row] for row in table.rows],
        "headings": table.headings,
        "sums": sorted(table.sums),
        "notes": list(table.notes),
    }
