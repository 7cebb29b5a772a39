"""What is in the data: which column means what, and how many people are on which lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from starlette.responses import Response

from darknumber.data.drawn import DrawnTables
from darknumber.data.frequencies import Frequencies
from darknumber.data.levels import many_levels
from darknumber.data.overview import ColumnSeen, Overview
from darknumber.data.records import Rule
from darknumber.data.roles import Role
from darknumber.data.table import CaptureTable, Unit
from darknumber.errors import DarknumberError, InputError
from darknumber.register.reading.mapping import are_of_reports
from darknumber.run.prepare import Prepared
from darknumber.run.study import CovariateOf, ListOf, Study
from darknumber.views.document import Block, Grid, Text, Trio
from darknumber.views.tables_lists import lists_table
from darknumber.views.tables_sightings import often_table
from darknumber.web.forms import Control
from darknumber.web.jobs import Job
from darknumber.web.steps import opening
from darknumber.web.steps.shown import notices
from darknumber.web.visit import Visit, go, page
from darknumber.words import people, percent, say
from darknumber.words.labels import covariate_name
from darknumber.words.numbers import listing

YEAR = "year"  # a role of its own on the page; in a study file a covariate that is named as the year too
SHOWN_VALUES = 8  # values of a column named in one cell
Roles = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A column as a row of the page."""

    heading: str
    different_text: str
    empty_text: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownColumns:
    """All columns of the file."""

    name: str
    looked: int
    columns: tuple[Shown, ...]


def show(visit: Visit) -> Response:
    """The page."""
    return _page(visit, {}, ())


def _page(visit: Visit, given: Roles, told: tuple[str, ...]) -> Response:
    """The page; with what was chosen a moment ago, where that cannot be used."""
    seen: Overview | None = visit.held("columns")
    prepared: Prepared | None = visit.held("prepared")
    study, looking, counting = visit.session.study, visit.job("columns"), visit.job("prepared")
    roles = roles_of(study, seen) if seen is not None and study is not None else {}
    return page(
        visit,
        "data.html",
        columns=None if seen is None else _columns(seen),
        of_reports=seen is not None and are_of_reports([column.heading for column in seen.columns]),
        chosen={**roles, **given},
        told=told,
        roles=("list", "covariate", YEAR, "count", "id", "list column", "times", "other"),
        settings=_settings(study) if study is not None else (),
        prepared=prepared,
        found=_found(prepared) if prepared is not None else (),
        looking=None if sheets_in(looking) else looking,
        sheets=sheet_field(looking),
        counting=counting,
        awaited=counting if counting is not None and counting.open else looking,
    )


def count(visit: Visit) -> Response:
    """Take what each column means, and count."""
    session, study = visit.session, visit.session.study
    if study is None or visit.held("columns") is None:
        return go("/")
    given = dict(zip(visit.several.get("heading", ()), visit.several.get("role", ()), strict=False))
    try:
        asked = _with_roles(study, given, visit.form)
    except DarknumberError as error:
        return _page(visit, given, error.told)
    session.keep(asked, "columns")
    opening.count(visit)
    return go("/data")


def sheet(visit: Visit) -> Response:
    """Open one sheet of a workbook that has several."""
    session, study = visit.session, visit.session.study
    if study is None:
        return go("/")
    name = visit.form.get("sheet", "")
    session.keep(replace(study, data=replace(study.data, sheet=name)))
    opening.look(visit, name)
    return go("/data")


def sheets_in(job: Job | None) -> tuple[str, ...]:
    """The sheets to choose from, where that is what stopped the look at a file."""
    error = None if job is None else job.error
    if isinstance(error, DarknumberError) and error.code == "several_sheets":
        return tuple(str(each) for each in error.values["sheets"])  # type: ignore[attr-defined]
    return ()


def sheet_field(job: Job | None) -> Control | None:
    """The choice of a sheet, where that is what stopped the look at a file."""
    names = sheets_in(job)
    if not names:
        return None
    return Control(name="sheet", label=say("web.data.sheet"), choices=tuple((name, name) for name in names))


def roles_of(study: Study, seen: Overview) -> Roles:
    """What each column means: as the study says it; as it was guessed, where the study says nothing yet."""
    data = study.data
    if not (study.lists or data.list_column or data.times):
        year = seen.roles.year
        who = () if seen.roles.of("times") else seen.roles.of("id")[:1]  # of one list every row is somebody else
        return {each.heading: YEAR if each.heading == year else _guess(each, who) for each in seen.columns}
    named = {data.count: "count", data.id: "id", data.list_column: "list column", data.year: YEAR}
    named |= {data.times: "times"}
    own = {**dict.fromkeys(study.lists, "list"), **dict.fromkeys(study.covariates, "covariate"), **named}
    return {each.heading: own.get(each.heading, "other") for each in seen.columns}


def _guess(column: ColumnSeen, who: tuple[str, ...]) -> str:
    """What a column seems to be: one at most says who it is, and dates are nothing to count by."""
    if column.role == "date" or (column.role == "id" and column.heading not in who):
        return "other"
    if column.role == "covariate" and 2 * column.rare > column.different:  # most values are those of one person
        return "other"
    return column.role


def _with_roles(study: Study, given: Roles, form: Mapping[str, str]) -> Study:
    """The study with what the page says of the columns and their rows."""

    def one(role: Role | str) -> str:
        named = [heading for heading, each in given.items() if each == role]
        if len(named) > 1:
            raise InputError("web_role_twice", role=_role_name(role), columns=tuple(named))
        return named[0] if named else ""

    year = one(YEAR)
    covariates = [heading for heading, role in given.items() if role in ("covariate", YEAR)]
    lists = [heading for heading, role in given.items() if role == "list"]
    number, who, source, times = one("count"), one("id"), one("list column"), one("times")
    if not (lists or source or times):
        raise InputError("web_no_lists")
    if times:
        of_several = ("list", "list column", "id")
        others = tuple(f"{name}: {_role_name(role)}" for name, role in given.items() if role in of_several)
        if others:
            raise InputError("web_times_alone", columns=others, nothing=_role_name("other"))
    people_rows = not (number or times)
    unit: Unit = "person-year" if form.get("unit") == "person-year" else "person"
    conflict: Rule = next((rule for rule in get_args(Rule) if rule == form.get("on_conflict")), "error")
    data = replace(
        study.data,
        rows=None if times else "people" if people_rows else "counts",
        count=number,
        id=who,
        list_column=source,
        times=times,
        year=year if people_rows else "",
        unit=unit,
        on_conflict=conflict if who else "error",
    )
    return replace(
        study,
        data=data,
        # what is assumed of several lists cannot be of one
        model=study.model if bool(times) == bool(study.data.times) else replace(study.model, model="", interval=""),
        lists={name: study.lists.get(name, ListOf()) for name in lists},
        covariates={name: study.covariates.get(name, CovariateOf()) for name in covariates},
    )


def _role_name(role: str) -> str:
    return say(f"web.role.{role.replace(' ', '_')}")


def _settings(study: Study) -> tuple[Control, ...]:
    units = tuple((unit, say(f"web.data.unit.{unit}")) for unit in get_args(Unit))
    rules = tuple((rule, say(f"web.data.rule.{rule.replace(' ', '_')}")) for rule in get_args(Rule))
    return (
        Control(name="unit", label=say("web.data.unit_label"), choices=units, value=study.data.unit),
        Control(
            name="on_conflict",
            label=say("web.data.rule_label"),
            choices=rules,
            value=study.data.on_conflict,
            help=say("web.data.rule_help"),
        ),
    )


def _columns(seen: Overview) -> ShownColumns:
    shown = tuple(
        Shown(
            heading=each.heading,
            different_text=people(each.different),
            empty_text=percent(each.empty) if each.empty else "–",
            holds=_holds(each),
        )
        for each in seen.columns
    )
    return ShownColumns(name=seen.name, looked=seen.looked, columns=shown)


def _holds(column: ColumnSeen) -> str:
    """Values in a cell: the most frequent ones, and how many more there are."""
    first = list(column.values[:SHOWN_VALUES])
    more = column.different - len(first)
    if not first:
        return ""
    return listing(first) if not more else say("web.data.and_more", values=", ".join(first), n=more)


def _found(prepared: Prepared) -> tuple[Block, ...]:
    """What was counted: everyone, the lists, and what must be known of the data."""
    table, counts = prepared.table, prepared.counts
    noun = say(f"web.data.counted.{table.unit}")
    numbers = [
        (people(int(table.count.sum())), noun),
        (str(len(table.lists)), say("web.data.lists", n=len(table.lists))),
        (str(len(table.covariates)), _covariates(table)),
    ]
    findings = [*table.findings, *many_levels(table), *(counts.findings if isinstance(counts, DrawnTables) else ())]
    return (
        Text(text=table.name, style="eyebrow"),
        Trio(numbers=tuple(numbers)),
        *notices(findings, table),
        Grid(tables=(often_table(counts) if isinstance(counts, Frequencies) else lists_table(table),)),
    )


def _covariates(table: CaptureTable) -> str:
    names = [covariate_name(each.name) for each in table.covariates]
    return say("web.data.covariates", n=len(names), names=names) if names else say("web.data.no_covariates")
