"""Commands that make one table or picture of estimates that were kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from darknumber.cli import options
from darknumber.cli.app import app, check_other_file
from darknumber.cli.output import DONE, tell_written
from darknumber.cli.publication import PUBLICATION
from darknumber.cli.reading import read_kept
from darknumber.words import say

EVERYONE = "everyone"  # what --by is where nobody is told apart

Kept = Annotated[Path, typer.Argument(help=say("cli.option.kept_file"), show_default=False)]
By = Annotated[str, typer.Option(help=say("cli.option.figure_by"), rich_help_panel=options.OUTPUT)]
Years = Annotated[str, typer.Option(help=say("cli.option.years"), rich_help_panel=options.OUTPUT)]
NotRecorded = Annotated[
    Literal["show", "allocate"], typer.Option(help=say("cli.option.not_recorded"), rich_help_panel=options.OUTPUT)
]
Population = Annotated[
    Literal["people", "victims"], typer.Option(help=say("cli.option.about"), rich_help_panel=options.OUTPUT)
]
Exact = Annotated[bool, typer.Option("--exact", help=say("cli.option.exact"), rich_help_panel=options.OUTPUT)]


@app.command(rich_help_panel=PUBLICATION, help=say("cli.help.table"))
def table(
    file: Kept,
    *,
    kind: Annotated[str, typer.Option(help=say("cli.option.table_kind"), rich_help_panel=options.OUTPUT)] = "",
    by: By = "",
    years: Years = "",
    not_recorded: NotRecorded = "show",
    layout: Annotated[
        Literal["long", "wide"], typer.Option(help=say("cli.option.layout"), rich_help_panel=options.OUTPUT)
    ] = "long",
    about: Population = "people",
    exact: Exact = False,
    out: Annotated[Path | None, typer.Option(help=say("cli.option.table_out"), rich_help_panel=options.OUTPUT)] = None,
) -> int:
    """Print a table of estimates that were kept, or save it."""
    from darknumber.views.disclosure import STRICT
    from darknumber.views.labels import About
    from darknumber.views.show_table import table as make

    if out is not None:
        check_other_file(out, file)
    found = make(
        read_kept(file),
        kind,
        by=_names(by),
        years=options.split(years),
        not_recorded=not_recorded,
        layout=layout,
        about=About(population=about),
        rules=None if exact else STRICT,
    )
    if out is None:
        typer.echo(str(found))
    else:
        tell_written(found.save(out))
    return DONE


@app.command(rich_help_panel=PUBLICATION, help=say("cli.help.plot"))
def plot(
    file: Kept,
    *,
    out: Annotated[
        Path, typer.Option(help=say("cli.option.picture_out"), rich_help_panel=options.OUTPUT, show_default=False)
    ],
    kind: Annotated[str, typer.Option(help=say("cli.option.picture_kind"), rich_help_panel=options.OUTPUT)] = "",
    by: By = "",
    years: Years = "",
    not_recorded: NotRecorded = "show",
    about: Population = "people",
    exact: Exact = False,
) -> int:
    """Save a picture of estimates that were kept."""
    from darknumber.views.disclosure import STRICT
    from darknumber.views.labels import About
    from darknumber.views.show_plot import plot as make

    check_other_file(out, file)
    found = make(
        read_kept(file),
        kind,
        by=_names(by),
        years=options.split(years),
        not_recorded=not_recorded,
        about=About(population=about),
        rules=None if exact else STRICT,
    )
    tell_written(found.save(out))
    return DONE


def _names(by: str) -> tuple[str, ...] | None:
    if by.strip().casefold() == EVERYONE:
        return ()
    return options.split(by) or None
