"""What came of the rows of reports, as blocks of a page: counts, and numbers of rows to look at in the file itself."""

from __future__ import annotations

from collections.abc import Iterator

from darknumber.register.reading.intake import SEVERITIES, Intake, Rule
from darknumber.views.document import Block, Grid, Text, Trio
from darknumber.views.labels import capital
from darknumber.views.tables import Column, Table, count, words
from darknumber.views.tables_linkage import share
from darknumber.web.steps.reports_columns import field_label, unknown_codes
from darknumber.web.steps.shown import notice
from darknumber.web.tasks_reports import TakenIn
from darknumber.words import people, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import date

FIRST = 3  # numbers of rows shown of a rule
MOST_SHOWN = 6  # organisations side by side; more make a table that nobody reads


def intake_blocks(found: TakenIn) -> tuple[Block, ...]:
    """What is used, what is set aside, and what must be known of both.

    Parameters
    ----------
    found
        What came in.
    """
    return tuple(_blocks(found))


def _blocks(found: TakenIn) -> Iterator[Block]:
    intake = found.intake
    yield Trio(
        numbers=(
            (people(intake.rows), say("web.reports.rows")),
            (people(intake.accepted), say("web.reports.used")),
            (people(intake.set_aside), say("web.reports.set_aside")),
        )
    )
    if not intake.accepted:
        yield notice("stop", say("web.reports.nothing_used"))
    if found.odd:
        yield notice("caution", say("web.reports.odd"))
    elif found.small[0]:
        yield notice("note", say("web.reports.small", n=found.small[0], reports=found.small[1]))
    tables = tuple(table for severity in SEVERITIES if (table := _rules(intake, severity)) is not None)
    if tables:
        yield Grid(tables=tables)
    unknown = unknown_codes(intake)
    if unknown:
        names = [field_label(name) for name in unknown]
        yield Text(text=say("web.reports.codes_below", n=len(names), names=names), target="codes-0")
    clean = ["set_aside"] if intake.rows and not intake.set_aside else []
    clean += ["not_recorded"] if intake.accepted and not intake.found("not recorded") else []
    if clean:
        yield Text(text=" ".join(say(f"intake.none.{each}") for each in clean))
    key = "intake.rows_are" if intake.files == 1 else "intake.rows_go_on"
    yield Text(text=say(key, day=date(intake.extracted)), style="remark")
    if intake.accepted:
        yield Text(text=say("web.reports.recorded"))
        yield Grid(tables=(_recorded(intake),), fold=True)


def _rules(intake: Intake, severity: str) -> Table | None:
    """The rules of one severity that hold in some row; None where none does."""
    rules = [rule for rule in intake.rules if rule.severity == severity and rule.rows]
    if not rules:
        return None
    return Table(
        caption=say(f"intake.heading.{severity.replace(' ', '_')}"),
        columns=(
            Column(label=say("web.reports.why"), align="left"),
            Column(label=capital(say("intake.column.rows"))),
            Column(label=capital(say("intake.column.first")), align="left"),
        ),
        rows=tuple((words(_sentence(rule, intake)), count(rule.rows), words(_first(rule))) for rule in rules),
    )


def _sentence(rule: Rule, intake: Intake) -> str:
    text = say(f"intake.rule.{rule.code}")
    if not rule.field:
        return capital(text)
    heading = intake.headings.get(rule.field, "")
    name = field_label(rule.field)
    called = name if heading in ("", rule.field, name) else say("web.reports.called", field=name, column=heading)
    return f"{called}: {text}"


def _first(rule: Rule) -> str:
    """The numbers of the first rows; what stands in them is in the file."""
    more = ", …" if rule.rows > FIRST else ""
    return ", ".join(map(str, rule.examples[:FIRST])) + more


def _recorded(intake: Intake) -> Table:
    """How often each field is recorded: of all reports, and of the largest organisations."""
    totals = [intake.accepted, *intake.organisations.values()][: MOST_SHOWN + 1]
    names = [say("intake.column.all"), *map(list_name, intake.organisations)][: MOST_SHOWN + 1]
    top = (words(capital(say("intake.column.reports"))), *map(count, totals))
    rows = [
        (words(field_label(name)), *(share(n / total) for n, total in zip(numbers, totals, strict=False)))
        for name, numbers in intake.recorded.items()
    ]
    return Table(
        caption=say("intake.heading.recorded"),
        columns=(
            Column(label=capital(say("intake.column.field")), align="left"),
            *(Column(label=capital(name)) for name in names),
        ),
        rows=(top, *rows),
    )
