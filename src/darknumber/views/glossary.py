"""The words that a report uses in a meaning of their own, explained in its language, with the word of the other one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from darknumber.views.document import Banner, Block, Facts, Grid, Notice, Part, Picture, Points, Text, Trio
from darknumber.words import LANGUAGES, language, say, use_language

WORDS = (
    "list",
    "registered",
    "unseen",
    "estimate",
    "ratio",
    "overlap",
    "interval",
    "replicate",
    "draw",
    "model",
    "term",
    "criterion",
    "covariate",
    "stratum",
    "victim_year",
    "assumption",
    "linkage_error",
    "not_estimable",
    "no_upper_limit",
)


def glossary(parts: Sequence[Part]) -> Part:
    """The words of the house that occur in these parts.

    Parameters
    ----------
    parts
        All of the report.
    """
    said = "\n".join(_texts(parts))
    used = [word for word in WORDS if re.search(rf"(?<!\w)({say(f'glossary.{word}.find')})(?!\w)", said, re.IGNORECASE)]
    pairs = tuple((_both(word), say(f"glossary.{word}.meaning")) for word in used)
    return Part(
        name="words",
        heading=say("glossary.heading"),
        blocks=(Text(text=say("glossary.intro")), Facts(pairs=pairs)),
    )


def _both(word: str) -> str:
    """The word, and what it is in the other language where that is another word."""
    term = say(f"glossary.{word}.term")
    (other_language,) = (code for code in LANGUAGES if code != language())
    with use_language(other_language):
        other = say(f"glossary.{word}.term")
    return term if term == other else say("glossary.both", term=term, other=other)


def _texts(parts: Sequence[Part]) -> Iterator[str]:
    """Everything that is said."""
    for part in parts:
        yield part.heading
        for block in part.blocks:
            yield from _said(block)
        yield from _texts(part.parts)


def _said(block: Block) -> Iterator[str]:
    match block:
        case Text() | Banner():
            yield block.text
        case Notice():
            yield block.sentence
        case Points():
            yield from block.items
        case Trio():
            yield from (label for _, label in block.numbers)
        case Facts():
            yield from (meaning for _, meaning in block.pairs)
        case Picture():
            yield f"{block.figure.title}\n{block.figure.subtitle}"
            for table in block.figure.tables:
                yield from _said(Grid(tables=(table,)))
        case Grid():
            for table in block.tables:
                yield from (column.label for column in table.columns)
                yield from (cell.text for row in table.rows for cell in row)
                yield from (table.caption, *table.notes)
