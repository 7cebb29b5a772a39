"""What ``print(beside(estimates))`` says: published figures, one's own beside them, and where they come from."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.data.published import Published
from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.inference.publish import alone, rounded
from darknumber.studies.printing import aligned, filled
from darknumber.words import interval, people, ratio, say

if TYPE_CHECKING:  # Beside prints itself through this module
    from darknumber.studies.published import Beside, Own, Row


def describe_beside(found: Beside, *, width: int = WIDTH) -> str:
    """Published figures by year with one's own beside them, and their sources.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    title = say("published.title", country=country_name(found.country))
    if not found.rows:
        return "\n\n".join([title, filled(say("published.nothing"), width)])
    sources = list(dict.fromkeys(source_of(row.figure) for row in found.rows))
    table = _side_by_side(found, sources) if len(found.studies) == 1 else _one_below_another(found, sources)
    told = [filled(say("published.read"), width)]
    listed = [
        textwrap.fill(
            f"[{place}] {source}", width, initial_indent="  ", subsequent_indent="      ", break_long_words=False
        )
        for place, source in enumerate(sources, start=1)
    ]
    data = found.studies[-1].fits[0].data if found.studies[-1].fits else None
    findings = list(finding_lines(found.findings, data, width))
    return "\n\n".join(
        [
            "\n".join(textwrap.wrap(title, width)),
            "\n".join(aligned(table, width)),
            "\n".join([*told, *findings]),
            "\n".join(listed),
        ]
    )


def _side_by_side(found: Beside, sources: Sequence[str]) -> list[tuple[str, ...]]:
    """A line for each published figure, with one's own beside it."""
    rows: list[tuple[str, ...]] = [
        (say("published.column.period"), say("published.column.published"), *own_headings(found), "")
    ]
    for row in found.rows:
        rows.append((_name(row), _published(row), own_text(row, 0), _number(row, sources)))
    return rows


def _one_below_another(found: Beside, sources: Sequence[str]) -> list[tuple[str, ...]]:
    """A line for each published figure, and one for what each study says of the same."""
    rows: list[tuple[str, ...]] = [(say("published.column.period"), "", "", "")]
    for row in found.rows:
        rows.append((_name(row), say("published.column.published"), _published(row), _number(row, sources)))
        for study, name in enumerate(own_headings(found)):
            text = own_text(row, study)
            rows += [("", name, text, "")] if text else []
    return rows


def _name(row: Row) -> str:
    return f"{row.figure.period} {what_of(row.figure)}"


def _published(row: Row) -> str:
    return figure_text(row.figure) + (say("published.mark") if row.contradicted else "")


def _number(row: Row, sources: Sequence[str]) -> str:
    return f"[{sources.index(source_of(row.figure)) + 1}]"


def own_headings(found: Beside) -> Iterator[str]:
    """What one's own figures are called at the head of a column."""
    if len(found.studies) == 1:
        yield say("published.column.own")
    elif found.vintages is not None:
        yield from found.vintages
    else:
        yield say("revise.column.first")
        yield say("revise.column.second")


def what_of(figure: Published) -> str:
    """What a figure is of: *registered*, *estimated, sum of these years*."""
    parts = [say(f"published.quantity.{figure.quantity}")]
    if figure.group != "all":
        parts.append(say(f"published.group.{figure.group}"))
    if figure.per != "year" and figure.quantity != "ratio":
        parts.append(say(f"published.per.{figure.per}"))
    if figure.place:
        parts.append(figure.place)
    return ", ".join(parts)


def figure_text(figure: Published) -> str:
    """A published figure as it was published."""
    single = ratio if figure.quantity == "ratio" else people
    if figure.lower is not None and figure.upper is not None:
        ends = (
            say("estimates.ratio_interval", lower=figure.lower, upper=figure.upper)
            if figure.quantity == "ratio"
            else interval(figure.lower, figure.upper)
        )
        if figure.value is None or figure.quantity == "ratio":
            return ends
        return say("published.with_range", value=people(figure.value), range=ends)
    if figure.value is None:
        return ""
    if figure.form == "exact":
        return single(figure.value)
    return say(f"published.form.{figure.form}", value=single(figure.value))


def own_text(row: Row, study: int) -> str:
    """One's own figure beside a published one; empty where there is none."""
    for own in row.own:
        if own.study == study:
            return _own(row, own)
    return ""


def _own(row: Row, own: Own) -> str:
    if row.figure.quantity == "registered":
        return people(own.value)
    if row.figure.quantity == "ratio":
        return ratio(own.value)
    if math.isnan(own.lower):
        return people(alone(own.value))
    shown = rounded(own.value, own.lower, own.upper)
    return say("published.with_range", value=people(shown.value), range=interval(shown.lower, shown.upper))


def source_of(figure: Published) -> str:
    """Where a figure stands, what must be known of it, and whether it was worked out."""
    parts = [figure.source, say(f"published.about.{figure.about}")]
    if figure.basis == "computed":
        parts.append(say("published.computed"))
    return ". ".join(parts) + "."


def country_name(code: str) -> str:
    """What a country is called."""
    return say(f"published.country.{code}")
