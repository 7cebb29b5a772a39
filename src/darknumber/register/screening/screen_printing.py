"""What ``print(screening)`` says: counts of what reports point to, and first of all that this is no verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.data.table import NOT_RECORDED
from darknumber.findings import by_severity
from darknumber.register.layout import INDENT, Row, aligned, filled, table
from darknumber.register.screening.formulas import EVERYBODY
from darknumber.register.screening.questions import NO, UNKNOWN, YES, questions
from darknumber.register.screening.rulebook import ELEMENTS, MINOR, READINGS, SIGNAL, dimensions
from darknumber.words import numbers, say
from darknumber.words.labels import level_name, list_name

if TYPE_CHECKING:  # a screening prints itself through this module
    from darknumber.register.screening.definitions import Definition
    from darknumber.register.screening.screening import Answered, Met, Part, Screening

WIDTH = 80
MOST_COMBINATIONS = 10  # more are not read; the rest are told together
_ANSWERS = {YES: "yes", UNKNOWN: "unknown", NO: "no"}


def describe(screening: Screening, *, width: int = WIDTH) -> str:
    """The screening as a block of text.

    Parameters
    ----------
    width
        No line is longer than this many characters, as long as names fit.
    """
    title = say("screen.title", n=screening.reports)
    heading = title + screening.name.rjust(width - len(title)) if screening.name else title
    blocks = [
        heading,
        filled(say("screen.no_verdict"), width),
        "\n".join(_results(screening, width)),
        "\n".join(_combinations(screening, width)),
        "\n".join(_parts("organisation", screening.organisations, width)),
        "\n".join(_parts("year", screening.years, width)),
        "\n".join(_definitions(screening.definitions, width)),
        "\n".join(_found(screening, width)),
    ]
    return "\n\n".join(block for block in blocks if block)


def describe_questions(screening: Screening, *, width: int = WIDTH) -> str:
    """The answers to every question that was answered at all, the questions in full."""
    rows = [["", *(say(f"screen.column.{answer}") for answer in _ANSWERS.values())]]
    for each in screening.questions:
        if each.yes or each.no:
            rows.append([question_name(each.name), *_cells(each)])
    if len(rows) == 1:
        return filled(say("screen.nothing_asked"), width)
    return "\n".join([say("screen.heading.questions"), *aligned(rows, width)])


def describe_definitions(definitions: Iterable[Definition], *, width: int = WIDTH) -> str:
    """The definitions one by one: who counts, by which formula, and where that is from."""
    blocks = []
    for each in definitions:
        basis = say(f"screen.basis.{each.basis}")
        origin = say("screen.origin", formula=each.formula, source=each.source, date=each.date, basis=basis)
        blocks.append("\n".join([each.name, filled(each.sentence, width), filled(origin, width)]))
    return "\n".join(blocks)


def question_name(code: str) -> str:
    """A question in words, after its code; acts have none that says more than their name."""
    name = say(f"screen.question.{code}")
    return name if questions()[code].kind == "act" else f"{code} {name}"


def _results(screening: Screening, width: int) -> Iterator[str]:
    rows: list[Row] = [["", *(say(f"screen.column.{column}") for column in ("indicated", "unknown", "not"))]]
    blocks = {"elements": (*ELEMENTS, MINOR), "dimensions": dimensions(), "readings": READINGS}
    for block, names in blocks.items():
        rows.append([say(f"screen.heading.{block}"), "", "", ""])
        for name in names:
            key = "signal_law" if name == SIGNAL and screening.rules == "law" else name
            rows.append([INDENT + say(f"screen.result.{key}"), *_cells(screening[name])])
    yield from aligned(rows, width)


def _combinations(screening: Screening, width: int) -> Iterator[str]:
    yield say("screen.heading.combinations")
    names = (*ELEMENTS, MINOR, SIGNAL)
    rows = [[say("screen.column.reports"), "", *(say(f"screen.element.{name}") for name in names)]]
    shown, others = screening.combinations[:MOST_COMBINATIONS], screening.combinations[MOST_COMBINATIONS:]
    for each in shown:
        answers = [say(f"screen.answer.{_ANSWERS[answer]}") for answer in (*each.answers, each.signal)]
        rows.append([numbers.people(each.reports), numbers.percent(each.reports / screening.reports), *answers])
    yield from table(rows, "rrlllll", width)
    if others:
        left = sum(each.reports for each in others)
        yield filled(say("screen.other_combinations", n=len(others), reports=left), width)


def _parts(name: str, parts: Sequence[Part], width: int) -> Iterator[str]:
    """A row each, in shares, because organisations differ in size; `Screening.columns` has the counts."""
    if not parts:
        return
    yield from textwrap.wrap(say(f"screen.heading.{name}"), width)
    answers = [say(f"screen.answer.{answer}") for answer in _ANSWERS.values()]
    unknown = (*ELEMENTS, MINOR)
    rows = [["", say("screen.column.reports"), *answers, *(say(f"screen.element_unknown.{each}") for each in unknown)]]
    for part in parts:
        called = level_name(name, part.level) if part.level == NOT_RECORDED or name == "year" else list_name(part.level)
        counts = (part.signal.yes, part.signal.unknown, part.signal.no, *(part.unknown[each] for each in unknown))
        rows.append([called, numbers.people(part.reports), *(numbers.percent(n / part.reports) for n in counts)])
    yield from aligned(rows, width)


def _definitions(definitions: Iterable[Met], width: int) -> Iterator[str]:
    yield say("screen.heading.definitions")
    columns = ("reports", "certain", "unknown", "unknown_counts")
    rows = [["", *(say(f"screen.column.{column}") for column in columns)]]
    for each in definitions:
        counts = "" if each.definition.formula == EVERYBODY else say(f"screen.counts.{each.definition.unknown}")
        if each.recorded:
            cells = [numbers.people(n) for n in (each.reports, each.answered.yes, each.answered.unknown)]
            rows.append([each.definition.name, *cells, counts])
        else:
            rows.append([each.definition.name, "", "", say("screen.not_asked"), ""])
    yield from aligned(rows, width)
    yield filled(say("screen.hint"), width)


def _found(screening: Screening, width: int) -> Iterator[str]:
    for finding in by_severity(screening.findings):
        label = say(f"estimates.severity.{finding.severity}")
        hang = INDENT + " " * (len(label) + 2)
        yield textwrap.fill(f"{label}  {finding.sentence()}", width, initial_indent=INDENT, subsequent_indent=hang)


def _cells(each: Answered) -> list[str]:
    return [numbers.people(n) for n in (each.yes, each.unknown, each.no)]
