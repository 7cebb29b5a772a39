"""What came of linkage, for a terminal: how many reports became how many people, how sure that is, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.data.drawn import DrawnTables
from darknumber.inference.printing import finding_lines
from darknumber.studies.printing import aligned, filled, heading
from darknumber.views.tables_text import TEXT_WIDTH
from darknumber.words import interval, people, say


def linked_text(drawn: DrawnTables, *, width: int = TEXT_WIDTH) -> str:
    """How reports became people, in numbers and sentences.

    Parameters
    ----------
    drawn
        The tables of linked reports.
    width
        No line is longer.
    """
    found = drawn.linkage
    title = say("linkage.text.title", reports=found.counted, people=found.people)
    return "\n".join(
        [
            heading(title, drawn.best, width),
            "",
            *aligned(_numbers(drawn), width),
            "",
            *(filled(sentence, width) for sentence in _sentences(drawn)),
            *finding_lines((*drawn.findings, *drawn.best.findings), drawn.best, width),
        ]
    )


def _numbers(drawn: DrawnTables) -> Sequence[Sequence[str]]:
    """Each number with its name."""
    found, best = drawn.linkage, drawn.best
    years = [(say("linkage.text.years"), people(int(best.count.sum())))] if best.unit == "person-year" else []
    return [
        (say("linkage.text.reports"), people(found.reports)),
        (say("linkage.text.counted"), people(found.counted)),
        (say("linkage.text.people", threshold=found.threshold), people(found.people)),
        *years,
        (say("linkage.text.over_draws", n=found.draws), interval(found.people_low, found.people_high)),
        (say("linkage.text.in_doubt"), people(found.in_doubt)),
        (say("linkage.text.most"), people(found.largest)),
    ]


def _sentences(drawn: DrawnTables) -> list[str]:
    """How good the links are, and in how many tables the doubt about them is kept."""
    found = drawn.linkage
    linked = found.links - found.missed + found.false
    said = []
    if not found.in_doubt:
        said.append(say("linkage.section.certain"))
    elif found.links > 0 and linked > 0:
        right = found.links - found.missed
        said.append(
            say(
                "linkage.text.quality",
                threshold=found.threshold,
                right=right / linked,
                found=right / found.links,
            )
        )
    if drawn.draws == 1 and found.in_doubt:
        return [*said, say("linkage.text.one_draw")]
    return [*said, say("linkage.text.tables", n=len(drawn.tables), draws=drawn.draws)]
