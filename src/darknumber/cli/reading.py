"""What a command is to read, and how: one set of options for every command that reads data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from darknumber.cli.options import split
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.records import Records
    from darknumber.data.table import CaptureTable

DATA = say("cli.panel.data")

_NOT_KEPT = re.compile(r"(?P<list>.+?):(?P<covariate>.+?)=(?P<levels>.+)")

# What each way of reading can do something with; any other option that was given is refused, not dropped.
_TAKEN: Mapping[str, frozenset[str]] = {
    "example": frozenset(),
    "counts": frozenset({"lists", "covariates", "count", "rows", "unit", "sheet"}),
    "people": frozenset(
        {
            *("lists", "covariates", "rows", "id", "list_column", "year", "unit", "on_conflict", "sheet"),
            *("dates", "referrals"),
        }
    ),
}
_ANYWHERE = frozenset({"source", "not_kept"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where the data are and how they are read: the options of the command line, named as the arguments in Python.

    `rows` says what one row is; by default that is plain from the other options, or is told from the file.
    """

    source: Annotated[str, typer.Argument(help=say("cli.option.source"), show_default=False)]
    lists: Annotated[str, typer.Option(help=say("cli.option.lists"), rich_help_panel=DATA)] = ""
    covariates: Annotated[str, typer.Option(help=say("cli.option.covariates"), rich_help_panel=DATA)] = ""
    rows: Annotated[
        Literal["counts", "people"] | None, typer.Option(help=say("cli.option.rows"), rich_help_panel=DATA)
    ] = None
    count: Annotated[str, typer.Option(help=say("cli.option.count"), rich_help_panel=DATA)] = ""
    id: Annotated[str, typer.Option(help=say("cli.option.id"), rich_help_panel=DATA)] = ""
    list_column: Annotated[str, typer.Option(help=say("cli.option.list_column"), rich_help_panel=DATA)] = ""
    year: Annotated[str, typer.Option(help=say("cli.option.year"), rich_help_panel=DATA)] = ""
    unit: Annotated[
        Literal["person", "person-year"], typer.Option(help=say("cli.option.unit"), rich_help_panel=DATA)
    ] = "person"
    on_conflict: Annotated[
        Literal["error", "not recorded", "lowest"],
        typer.Option(help=say("cli.option.on_conflict"), rich_help_panel=DATA),
    ] = "error"
    sheet: Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=DATA)] = ""
    dates: Annotated[str, typer.Option(help=say("cli.option.dates"), rich_help_panel=DATA)] = ""
    referrals: Annotated[str, typer.Option(help=say("cli.option.referrals"), rich_help_panel=DATA)] = ""
    not_kept: Annotated[
        list[str], typer.Option(help=say("cli.option.not_kept"), rich_help_panel=DATA, show_default=False)
    ] = field(default_factory=list)


def reads(command: Callable[..., int]) -> Callable[..., int]:
    """A command that takes a `Reading` first, as typer sees it: with the fields of `Reading` as options of its own."""
    kinds = get_type_hints(Reading, include_extras=True)
    own = [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default if item.default_factory is MISSING else item.default_factory(),
            annotation=kinds[item.name],
        )
        for item in fields(Reading)
    ]
    own = [each.replace(default=inspect.Parameter.empty) if each.default is MISSING else each for each in own]
    others = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    @wraps(command)
    def whole(**given: Any) -> int:
        reading = Reading(**{each.name: given.pop(each.name) for each in own})
        return command(reading, **given)

    parameters = [*own, *others]
    whole.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    whole.__annotations__ = {each.name: each.annotation for each in parameters}
    return whole


def read_table(reading: Reading) -> CaptureTable:
    """The capture table a command was pointed at: a built-in example, a table of counts, or rows on people.

    Raises
    ------
    InputError
        The data cannot be read, or could be read in two ways.
    ModelError
        Options that do not go with the data, or with each other.
    """
    from darknumber.data.records import Records
    from darknumber.data.tabulate import tabulate

    data = read_data(reading)
    return tabulate(data) if isinstance(data, Records) else data


def read_data(reading: Reading) -> CaptureTable | Records:
    """The same, with rows on people not yet counted where dates or referrals were named: they are no counts.

    Raises
    ------
    InputError, ModelError
        As in `read_table`; also for lists that were not kept everywhere, which only a table of counts can hold.
    """
    from darknumber.data.examples import example
    from darknumber.data.read import read_counts, read_records
    from darknumber.data.tabulate import tabulate

    way = way_of(reading)
    refuse_others(reading, way)
    lists, covariates = split(reading.lists), split(reading.covariates)
    if way == "example":
        table = example(reading.source)
    elif way == "counts":
        table = read_counts(
            reading.source,
            count=reading.count or None,
            lists=lists or None,
            covariates=covariates or None,
            unit=reading.unit,
            sheet=reading.sheet or None,
        )
    else:
        records = read_records(
            reading.source,
            lists=lists or None,
            covariates=covariates,
            id=reading.id or None,
            list_column=reading.list_column or None,
            year=reading.year or None,
            unit=reading.unit,
            on_conflict=reading.on_conflict,
            sheet=reading.sheet or None,
            dates=dates_of(reading.dates),
            referrals=reading.referrals or None,
        )
        if reading.dates or reading.referrals:
            if reading.not_kept:
                raise ModelError("dates_with_not_kept")
            return records
        table = tabulate(records)
    for text in reading.not_kept:
        found = _NOT_KEPT.fullmatch(text)
        if found is None:
            raise ModelError("bad_not_kept", text=text)
        table = table.not_kept(found["list"], found["covariate"], split(found["levels"]))
    return table


def dates_of(text: str) -> str | dict[str, str] | None:
    """The columns with dates: one (``date``), or one for each list (``police=police_date,care=care_date``).

    Raises
    ------
    ModelError
        Some lists are named and others are not.
    """
    if "=" not in text:
        return text.strip() or None
    found = {}
    for part in split(text):
        name, sign, column = (each.strip() for each in part.partition("="))
        if not (name and sign and column):
            raise ModelError("bad_dates", text=text)
        found[name] = column
    return found


def way_of(reading: Reading) -> Literal["example", "counts", "people"]:
    """How the data are to be read, from the options, or else from what stands in the file."""
    from darknumber.data.examples import examples
    from darknumber.data.rows import rows_of

    if not Path(reading.source).exists() and reading.source in {entry.name for entry in examples()}:
        return "example"
    if reading.rows:
        return reading.rows
    if reading.id or reading.list_column or reading.dates or reading.referrals:
        return "people"
    if reading.count or not reading.lists:
        return "counts"
    named = split(reading.covariates) + split(reading.year)
    return rows_of(reading.source, lists=split(reading.lists), covariates=named, sheet=reading.sheet or None)


def refuse_others(reading: Reading, way: Literal["example", "counts", "people"]) -> None:
    """Refuse options that this way of reading would not look at."""
    given = [item.name for item in fields(Reading) if getattr(reading, item.name) != item.default]
    others = [name for name in given if name not in _TAKEN[way] | _ANYWHERE]
    if "on_conflict" in given and way == "people" and not reading.id:
        others.append("on_conflict")  # without an id every row is a person, who cannot contradict another
    if others:
        options = tuple("--" + name.replace("_", "-") for name in others)
        raise ModelError(f"not_taken_{way}", options=options)
