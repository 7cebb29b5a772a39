"""Which column of a file of reports holds what, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from darknumber.register.reading.intake import Intake
from darknumber.register.reading.mapping import Mapping as Described
from darknumber.register.reading.organisations import FEWEST_REPORTS
from darknumber.register.reading.schema import (
    DENIED,
    ORGANISATION,
    REPORT_DATE,
    YEAR,
    Field,
    field_of,
    is_pseudonym,
    sets,
)
from darknumber.register.reading.written_dates import ORDERS
from darknumber.register.screening.screen_printing import question_name
from darknumber.web.forms import Control
from darknumber.web.tasks_reports import FileSeen
from darknumber.words import has, people, percent, say

NOT_USED = ""
MEMBER = ":"  # between a set and the member of it that a column of yes and no is about
LONGEST_CHOICE = 42  # letters of a choice: longer ones make the table wider than the page
_ASKED = ("means", "signals", "act")  # sets whose members may be columns of their own

# The fields as the page groups them; those who identify somebody stand together.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "needed": (ORGANISATION, REPORT_DATE, YEAR),
    "who": (
        *("person_key", "given_name", "initials", "surname_prefix", "surname"),
        *("birth_date", "birth_year", "place"),
    ),
    "person": ("sex", "age", "age_years", "citizenship", "nationality", "citizenship_group"),
    "case": (
        *("report_id", "form", "sector", "crossing", "means", "signals", "indicators", "act", "denied", "status"),
        *("consent", "shelter_requested", "legal_basis", "border_definition", "region", "referred_by"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownColumn:
    """A column as a row of the page."""

    name: str
    label: str
    role: str
    different_text: str
    empty_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file with its columns, and what else can be said of them.

    Parameters
    ----------
    place, name
        Which of the files, and what it is called.
    columns
        One a row.
    settings
        Fields of the form under the table.
    codes
        What the office's own codes mean: a field of several lines each, with what is known of it.
    used
        How many columns are used.
    sure
        Whether the first row surely holds headings.
    unknown
        Whether there are codes that nobody knows.
    """

    place: int
    name: str
    columns: tuple[ShownColumn, ...]
    settings: tuple[Control, ...]
    codes: tuple[Control, ...]
    used: int
    sure: bool
    unknown: bool


def shown_file(seen: FileSeen, place: int, found: Intake | None, *, several: bool = False) -> ShownFile:
    """A file as the page shows it.

    Parameters
    ----------
    seen
        Its columns, and how they are understood.
    place
        Which of the files it is.
    found
        What came of its rows, as far as that is known: fields with codes that nobody knows are asked about.
    several
        Whether there are other files: of one office each, as a rule, whose name the file then bears.
    """
    roles = roles_of(seen.mapping)
    columns = tuple(
        ShownColumn(
            name=f"role-{place}-{number}",
            label=column.heading if seen.sure else say("intake.column_number", n=number + 1),
            role=roles.get(column.heading, NOT_USED),
            different_text=people(column.different),
            empty_text=percent(column.empty) if column.empty else "–",
        )
        for number, column in enumerate(seen.columns)
    )
    return ShownFile(
        place=place,
        name=seen.name,
        columns=columns,
        settings=tuple(_settings(seen, place, several)),
        codes=tuple(_codes(seen, place, found)),
        used=sum(1 for column in columns if column.role != NOT_USED),
        sure=seen.sure,
        unknown=bool(unknown_codes(found)),
    )


def options() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What a column can hold, in groups; each with its words."""
    found = [
        (say(f"web.reports.group.{group}"), tuple((name, field_label(name)) for name in names))
        for group, names in GROUPS.items()
    ]
    for about in sets():
        if about.name in _ASKED:
            words = tuple((f"{about.name}{MEMBER}{code}", shortened(question_name(code))) for code in about.codes)
            found.append((say("web.reports.yes_no", field=field_label(about.name)), words))
    return tuple(found)


def shortened(text: str) -> str:
    """A text that fits in a choice."""
    return text if len(text) <= LONGEST_CHOICE else text[: LONGEST_CHOICE - 1].rstrip() + "…"


def meaning_of(name: str, code: str) -> str:
    """What a code means, in a word that is understood as that code."""
    if field_of(name).kind == "yes-no":
        return say("web.yes" if code == "yes" else "web.no")
    key = f"web.reports.meaning.{name}.{code}"
    return say(key) if has(key) else code


def role_label(role: str) -> str:
    """What a role is called, also one that is not among those to choose from."""
    field, sign, code = role.partition(MEMBER)
    return (
        say("web.reports.yes_no_of", field=field_label(field), code=question_name(code)) if sign else field_label(role)
    )


def field_label(name: str) -> str:
    """What a field of a report is called, in a word or two."""
    return say("web.reports.code") if is_pseudonym(name) else say(f"web.reports.field.{name}")


def roles_of(mapping: Described) -> dict[str, str]:
    """What each heading is used for; a column for two fields has the first."""
    found: dict[str, str] = {}
    for name, origin in mapping.fields.items():
        if origin.column:
            found.setdefault(origin.column, name)
        for heading, code in origin.members.items():
            found.setdefault(heading, f"{name}{MEMBER}{code}")
    return found


def _settings(seen: FileSeen, place: int, several: bool) -> Iterator[Control]:
    """What is asked under the table: one organisation for all rows, and how dates are written."""
    organisation = seen.mapping.fields.get(ORGANISATION)
    if organisation is None or organisation.constant:
        yield Control(
            name=f"constant-{place}",
            label=say("web.reports.constant"),
            help=say("web.reports.constant_help"),
            value=organisation.constant if organisation is not None else Path(seen.name).stem if several else "",
        )
    dates = [origin.dates for name, origin in seen.mapping.fields.items() if field_of(name).kind == "date"]
    yield Control(
        name=f"dates-{place}",
        label=say("web.reports.dates"),
        help=say("web.reports.dates_help"),
        value=dates[0] if dates else ORDERS[0],
        choices=tuple((order, say(f"web.reports.order.{order.replace(' ', '_')}")) for order in ORDERS),
    )


def unknown_codes(found: Intake | None) -> dict[str, int]:
    """Fields with codes that nobody knows, and in how many rows: most first.

    What stands in a few rows only is a slip, or somebody's name, and no code of an office: nobody is asked about it.
    """
    rules = () if found is None else found.rules
    rows = {rule.field: rule.rows for rule in rules if rule.code in _UNKNOWN and rule.rows >= FEWEST_REPORTS}
    return dict(sorted(rows.items(), key=lambda each: -each[1]))


_UNKNOWN = frozenset({"unknown_code", "unknown_member"})


def _codes(seen: FileSeen, place: int, found: Intake | None) -> Iterator[Control]:
    """Fields whose codes are the office's own: first those that nobody knows, then those that a mapping explains."""
    unknown, origins = unknown_codes(found), seen.mapping.fields
    explained = [name for name, origin in origins.items() if origin.codes and name not in unknown]
    for name in (*(each for each in unknown if each in origins), *explained):
        about, origin = field_of(name), origins[name]
        if not origin.headings:
            continue
        said = [say("web.reports.codes_unknown", n=unknown[name])] if name in unknown else []
        yield Control(
            name=f"codes-{place}-{name}",
            label=say("web.reports.codes_of", field=field_label(name), column=origin.headings[0]),
            help=" ".join([*said, *_known(about)]),
            value="\n".join(f"{written} = {meaning_of(name, code)}" for written, code in origin.codes.items()),
        )
        if about.kind == "set" and origin.column:
            yield Control(
                name=f"separator-{place}-{name}",
                label=say("web.reports.separator", field=field_label(name)),
                help=say("web.reports.separator_help"),
                value=origin.separator,
                type="line",
            )


def _known(about: Field) -> Iterator[str]:
    """What is understood by itself."""
    many = f"intake.mapping.many.{about.name}"
    if has(many):
        yield say(many)
    elif about.kind == "set" and about.name != DENIED:
        codes = [question_name(code) if about.name != "act" else meaning_of("act", code) for code in about.codes]
        yield say("web.reports.codes_known", codes=codes)
    elif about.kind == "set":
        yield say("intake.mapping.many.other")
    elif about.codes:
        yield say("web.reports.codes_known", codes=[meaning_of(about.name, code) for code in about.codes])
