"""What a report or a letter holds, whatever it is written as: parts of blocks, in the order in which they are read.

A document is made once, from the answer, in one language. Web page, PDF and Word are made from it, so that all three
say the same. All its words are chosen when it is made; text in it is plain text, never markup.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from darknumber.findings import Severity
from darknumber.views.plots import Figure
from darknumber.views.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph. Line breaks are kept in a ``sender``, an ``address`` and a ``closing``.

    `target` is the name of the part that it points to; empty for none.
    """

    kind: ClassVar[str] = "text"
    text: str
    style: Literal["plain", "lead", "remark", "eyebrow", "sender", "address", "closing"] = "plain"
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Sentences that stand one below the other."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What must be seen before anything else, such as that the data are made up."""

    kind: ClassVar[str] = "banner"
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trio:
    """The few numbers of the first page, each with what it is."""

    kind: ClassVar[str] = "trio"
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A finding in words."""

    kind: ClassVar[str] = "notice"
    severity: Severity
    label: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure; the tables with its numbers follow it, on a page at once where it is `open` and else after a click."""

    kind: ClassVar[str] = "picture"
    figure: Figure
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Tables; where they `fold`, a web page shows them only after a click."""

    kind: ClassVar[str] = "grid"
    tables: tuple[Table, ...]
    fold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names with what they stand for: settings, terms with their meaning, what is taken for granted."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is typed to do it again."""

    kind: ClassVar[str] = "command"
    text: str


Block = Text | Points | Banner | Trio | Notice | Picture | Grid | Facts | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a document.

    Parameters
    ----------
    name
        Its anchor: letters, digits and hyphens.
    heading
        Empty for what follows on what stands before it.
    blocks
        What it holds, in order.
    parts
        Parts within it, after its blocks.
    """

    name: str
    heading: str = ""
    blocks: tuple[Block, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report or a letter, ready to be written in any form.

    Parameters
    ----------
    language
        Of all its words: ``en`` or ``nl``.
    layout
        A ``report`` has a table of contents, page numbers and a running title; a ``letter`` is one page without them.
    title
        The main heading.
    author
        Who publishes it; may be empty.
    day
        The date it bears; None for none.
    preamble
        What stands above the title.
    opening
        The first page.
    parts
        All that follows, which the table of contents lists.
    """

    language: str
    layout: Literal["report", "letter"] = "report"
    title: str
    author: str = ""
    day: datetime.date | None = None
    preamble: tuple[Block, ...] = ()
    opening: tuple[Part, ...] = ()
    parts: tuple[Part, ...] = ()


def parts_in(document: Document) -> Iterator[tuple[int, Part]]:
    """Every part in reading order with the level of its heading, which starts at 2: the title is 1."""

    def within(level: int, parts: tuple[Part, ...]) -> Iterator[tuple[int, Part]]:
        for part in parts:
            yield level, part
            yield from within(level + 1, part.parts)

    yield from within(2, (*document.opening, *document.parts))


def blocks_in(document: Document) -> Iterator[Block]:
    """Every block in reading order."""
    yield from document.preamble
    for _, part in parts_in(document):
        yield from part.blocks


def headings_in(document: Document) -> list[tuple[int, str]]:
    """Level and words of every heading, the title first."""
    return [(1, document.title)] + [(level, part.heading) for level, part in parts_in(document) if part.heading]


def figures_in(document: Document) -> list[Figure]:
    """Every figure in reading order."""
    return [block.figure for block in blocks_in(document) if isinstance(block, Picture)]


def tables_in(document: Document) -> list[Table]:
    """Every table in reading order, those of figures included."""
    found: list[Table] = []
    for block in blocks_in(document):
        if isinstance(block, Picture):
            found += block.figure.tables
        elif isinstance(block, Grid):
            found += block.tables
    return found
