"""What is said of populations of known size: one in words, several as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from darknumber.inference.printing import WIDTH
from darknumber.studies.printing import aligned, filled
from darknumber.words import has, people, percent, say
from darknumber.words.numbers import hundredths, number

if TYPE_CHECKING:  # Design prints itself through this module
    from darknumber.lab.designs import Design

MOST = 200  # designs in one table; a whole factorial has about 150
_SAID = frozenset({"collection", "lists", "people", "dependence", "table", "terms"})  # said by the rest of the text
_SHARES = frozenset({"missed", "false", "erroneous", "unrecorded"})


def describe_design(design: Design, *, width: int = WIDTH) -> str:
    """What the population is, in words.

    Parameters
    ----------
    design
        What to describe.
    width
        No line is longer than this many characters.
    """
    size = say("design.size", lists=len(design.lists), people=design.truth, n=len(design.population))
    cells = design.expected
    seen = float(cells[:, 1:].sum())
    sentences = [
        dependence_in_words(design),
        " ".join(_factors(design)),
        say("design.seen", people=seen, share=seen / design.truth),
        say("design.source", source=design.source.rstrip(".")) if design.source else "",
    ]
    return "\n".join(
        [*textwrap.wrap(f"{design.name}: {size}", width), *(filled(each, width) for each in sentences if each)]
    )


def dependence_in_words(design: Design) -> str:
    """What makes lists depend on each other, or what goes wrong, in one sentence."""
    factors = design.factors
    if "type" in factors:
        return say(f"design.type.{factors['type']}", table=str(factors["table"]), terms=_terms(factors))
    if "terms" in factors and "table" in factors:
        return say("design.fitted", table=str(factors["table"]), terms=_terms(factors))
    strength = factors.get("strength")
    if strength:
        return say(f"design.dependence.{factors['dependence']}", strength=float(strength))
    return say(f"design.kind.{design.kind}")


def _terms(factors: Mapping[str, Any]) -> str:
    return str(factors["terms"]) or say("design.no_terms")


def _factors(design: Design) -> Iterator[str]:
    """What else is particular about it; what is nothing is not said."""
    for name, value in design.factors.items():
        if name in _SAID or not has(f"design.factor.{name}") or not value:
            continue
        if name in _SHARES:
            yield say(f"design.factor.{name}", value=percent(float(value)))
        elif has(f"design.value.{value}"):
            yield say(f"design.factor.{name}", value=say(f"design.value.{value}"))
        else:
            yield say(f"design.factor.{name}", value=number(float(value)) if not isinstance(value, str) else value)


def describe_designs(table: Mapping[str, Sequence[Any]], *, width: int = WIDTH) -> str:
    """The columns of `darknumber.lab.designs.columns`, a row a design, and what they mean.

    Parameters
    ----------
    table
        The columns.
    width
        No line is longer than this many characters.
    """
    names = ("population", "ascertainment", "recaptures", "independence", "pairs", "no_top_term")
    styles = (people, percent, people, hundredths, hundredths, hundredths)
    heads = ("", *(say(f"design.column.{name}") for name in names))
    rows = [
        (_short(table["design"][row]), *(style(table[name][row]) for name, style in zip(names, styles, strict=True)))
        for row in range(min(len(table["design"]), MOST))
    ]
    left_out = len(table["design"]) - len(rows)
    lines = [
        say("design.title", n=len(table["design"])),
        *aligned([heads, *rows], width),
        *([filled(say("design.more", n=left_out), width)] if left_out else []),
        filled(say("design.about"), width),
    ]
    return "\n".join(lines)


def _short(name: str) -> str:
    """A name without the collection it is from."""
    return name.rpartition("/")[2]
