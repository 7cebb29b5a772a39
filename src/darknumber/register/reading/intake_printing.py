"""What ``print(intake(reports))`` says: how many rows are used, and of the others why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.register.layout import aligned, filled
from darknumber.words import numbers, say
from darknumber.words.labels import list_name

if TYPE_CHECKING:  # an intake prints itself through this module
    from darknumber.register.reading.intake import Intake, Rule

WIDTH = 80
_GAP, _INDENT = 2, 2
_LONGEST_NAME = 12  # letters of an organisation at the head of a column
_ELLIPSIS = "…"


def describe(found: Intake, *, width: int = WIDTH) -> str:
    """The intake as a block of text.

    Parameters
    ----------
    width
        No line is longer than this many characters, as long as names fit.
    """
    title = say("intake.title")
    heading = title + found.name.rjust(width - len(title)) if found.name else title
    blocks = [
        heading,
        "\n".join(_counts(found, width)),
        *(_rules(found, heading, severity, width) for heading, severity in _HEADINGS),
        "\n".join(_recorded(found, width)),
        "\n".join(_unused(found, width)),
        filled(
            say("intake.rows_are" if found.files == 1 else "intake.rows_go_on", day=numbers.date(found.extracted)),
            width,
        ),
    ]
    return "\n\n".join(block for block in blocks if block)


def _how_numbered(found: Intake) -> str:
    """What the numbers of rows are, and of when the extract is."""
    return say("intake.rows_are" if found.files == 1 else "intake.rows_go_on", day=numbers.date(found.extracted))


_HEADINGS = (("set_aside", "set aside"), ("not_recorded", "not recorded"), ("note", "note"))


def _counts(found: Intake, width: int) -> Iterator[str]:
    rows = [
        [say(f"intake.count.{name}"), numbers.people(n), numbers.percent(n / found.rows) if found.rows else ""]
        for name, n in (("accepted", found.accepted), ("set_aside", found.set_aside), ("rows", found.rows))
    ]
    yield from aligned(rows, width)


def _rules(found: Intake, heading: str, severity: str, width: int) -> str:
    """The rules of one severity that hold somewhere."""
    rules = [rule for rule in found.rules if rule.severity == severity and rule.rows]
    if not rules:
        return filled(say(f"intake.none.{heading}"), width) if heading != "note" and found.rows else ""
    rows = [["", say("intake.column.rows"), say("intake.column.first")]]
    rows += [[_sentence(rule, found), numbers.people(rule.rows), _first(rule)] for rule in rules]
    lines = [say(f"intake.heading.{heading}"), *aligned(rows, width)]
    if any(rule.code.startswith("unknown") for rule in rules):
        lines.append(filled(say("intake.correct"), width))
    return "\n".join(lines)


def _sentence(rule: Rule, found: Intake) -> str:
    text = say(f"intake.rule.{rule.code}")
    return f"{_called(rule.field, found)}: {text}" if rule.field else text


def _called(name: str, found: Intake) -> str:
    """The field, with what it is called in the file where that is something else."""
    heading = found.headings.get(name, "")
    return name if heading in ("", name) else f"{name} ({heading})"


def _first(rule: Rule) -> str:
    return ", ".join(map(str, rule.examples[:3])) + (f", {_ELLIPSIS}" if rule.rows > 3 else "")


def _recorded(found: Intake, width: int) -> Iterator[str]:
    """How often each field is recorded: of all reports, and of as many organisations as there is room for."""
    if not found.accepted:
        return
    fields = list(found.recorded)
    names = [list_name(name) for name in found.organisations]
    heads = [name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + _ELLIPSIS for name in names]
    totals = [found.accepted, *found.organisations.values()]
    first = max(map(len, [*fields, say("intake.column.field"), say("intake.column.reports")])) + _INDENT
    places = _fitting([say("intake.column.all"), *heads], width - first)
    yield say("intake.heading.recorded")
    rows = [[say("intake.column.field"), *([say("intake.column.all"), *heads][place] for place in places)]]
    rows.append([say("intake.column.reports"), *(numbers.people(totals[place]) for place in places)])
    for name in fields:
        rows.append([name, *(_share(found.recorded[name][place], totals[place]) for place in places)])
    yield from aligned(rows, width)
    left = len(found.organisations) + 1 - len(places)
    if left:
        yield filled(say("intake.no_room", n=left), width)
    if found.others:
        yield filled(say("intake.others", n=found.others), width)


def _fitting(heads: Sequence[str], room: int) -> list[int]:
    """The columns that fit beside each other."""
    places = []
    for place, head in enumerate(heads):
        room -= max(len(head), len("100%"), len("100,000")) + _GAP
        if room < 0:
            break
        places.append(place)
    return places


def _share(n: int, total: int) -> str:
    return numbers.percent(n / total) if total else ""


def _unused(found: Intake, width: int) -> Iterator[str]:
    if found.unused:
        yield filled(say("intake.unused", n=len(found.unused), headings=found.unused), width)
