"""The options that several commands share; named as the arguments in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable

DATA = say("cli.panel.data")
MODEL = say("cli.panel.model")
OUTPUT = say("cli.panel.output")

Source = Annotated[str, typer.Argument(help=say("cli.option.source"), show_default=False)]
Lists = Annotated[str, typer.Option(help=say("cli.option.lists"), rich_help_panel=DATA)]
Covariates = Annotated[str, typer.Option(help=say("cli.option.covariates"), rich_help_panel=DATA)]
Count = Annotated[str, typer.Option(help=say("cli.option.count"), rich_help_panel=DATA)]
Id = Annotated[str, typer.Option("--id", help=say("cli.option.id"), rich_help_panel=DATA)]
ListColumn = Annotated[str, typer.Option(help=say("cli.option.list_column"), rich_help_panel=DATA)]
Year = Annotated[str, typer.Option(help=say("cli.option.year"), rich_help_panel=DATA)]
UnitOption = Annotated[
    Literal["person", "person-year"], typer.Option(help=say("cli.option.unit"), rich_help_panel=DATA)
]
OnConflict = Annotated[
    Literal["error", "not recorded", "lowest"], typer.Option(help=say("cli.option.on_conflict"), rich_help_panel=DATA)
]
NotKept = Annotated[list[str], typer.Option(help=say("cli.option.not_kept"), rich_help_panel=DATA, show_default=False)]
Sheet = Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=DATA)]
Seed = Annotated[int, typer.Option(help=say("cli.option.seed"), rich_help_panel=MODEL)]
Workers = Annotated[int, typer.Option(help=say("cli.option.workers"), rich_help_panel=MODEL, show_default=False)]
Out = Annotated[Path | None, typer.Option(help=say("cli.option.out"), rich_help_panel=OUTPUT)]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"), rich_help_panel=OUTPUT)]


def read_table(
    source: str,
    *,
    lists: str,
    covariates: str,
    count: str,
    id: str,
    list_column: str,
    year: str,
    unit: Literal["person", "person-year"],
    on_conflict: Literal["error", "not recorded", "lowest"],
    sheet: str,
    not_kept: Sequence[str],
) -> CaptureTable:
    """The capture table a command was pointed at: a built-in example, a table of counts, or rows on people.

    It is read as rows on people where lists or an id are named and no count is; otherwise as a table of counts.
    """
    table = _read(source, lists, covariates, count, id, list_column, year, unit, on_conflict, sheet)
    for text in not_kept:
        found = _NOT_KEPT.fullmatch(text)
        if found is None:
            raise ModelError("bad_not_kept", text=text)
        table = table.not_kept(found["list"], found["covariate"], split(found["levels"]))
    return table


def _read(
    source: str,
    lists: str,
    covariates: str,
    count: str,
    id: str,
    list_column: str,
    year: str,
    unit: Literal["person", "person-year"],
    on_conflict: Literal["error", "not recorded", "lowest"],
    sheet: str,
) -> CaptureTable:
    from darknumber.data.examples import example, examples
    from darknumber.data.read import read_counts, read_records
    from darknumber.data.tabulate import tabulate

    if not Path(source).exists() and source in {entry.name for entry in examples()}:
        return example(source)
    names, others = split(lists), split(covariates)
    if (names or id or list_column) and not count:
        return tabulate(
            read_records(
                source,
                lists=names or None,
                covariates=others,
                id=id or None,
                list_column=list_column or None,
                year=year or None,
                unit=unit,
                on_conflict=on_conflict,
                sheet=sheet or None,
            )
        )
    return read_counts(
        source,
        count=count or None,
        lists=names or None,
        covariates=others or None,
        unit=unit,
        sheet=sheet or None,
    )


_NOT_KEPT = re.compile(r"(?P<list>.+?):(?P<covariate>.+?)=(?P<levels>.+)")


def split(text: str) -> tuple[str, ...]:
    """Names from ``a,b,c``, spaces around them dropped."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
