"""Commands about whether a number can be trusted: one thin function a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from darknumber.cli import options
from darknumber.cli.app import app, check_other_file
from darknumber.cli.as_json import comparison_as_json, set_as_json
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE, errors, progress_bar
from darknumber.cli.reading import Reading, read_table, reads
from darknumber.words import say

TRUST = say("cli.panel.trust")


@app.command(rich_help_panel=TRUST, help=say("cli.help.check"))
@reads
def check(reading: Reading) -> int:
    """Look at the lists before estimating."""
    from darknumber.studies.check import check as run_check

    table = read_table(reading)
    typer.echo(str(run_check(table)))
    return DONE


@app.command(rich_help_panel=TRUST, help=say("cli.help.search"))
@reads
def search(
    reading: Reading,
    *,
    criterion: Annotated[str, typer.Option(help=say("cli.option.criterion"), rich_help_panel=options.MODEL)] = "bic",
    max_order: Annotated[
        int | None, typer.Option(help=say("cli.option.max_order"), rich_help_panel=options.MODEL, show_default=False)
    ] = None,
    delta: Annotated[float, typer.Option(help=say("cli.option.delta"), rich_help_panel=options.MODEL)] = 6.0,
    scope: Annotated[str, typer.Option(help=say("cli.option.scope"), rich_help_panel=options.MODEL)] = "",
    trend: Annotated[str, typer.Option(help=say("cli.option.trend"), rich_help_panel=options.MODEL)] = "",
    margin: Annotated[
        Literal["free", "modelled"], typer.Option(help=say("cli.option.margin"), rich_help_panel=options.MODEL)
    ] = "free",
    as_json: options.Json = False,
) -> int:
    """List the best model and every model close to it."""
    from darknumber.studies.search import search as run_search

    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        found = run_search(
            table,
            options.number(criterion),
            max_order,
            delta,
            scope=scope,
            trend=trend,
            margin=margin,
            progress=bar,
        )
    typer.echo(json.dumps(set_as_json(found), indent=2) if as_json else str(found))
    return DONE if found.range is not None else NO_FINITE_ESTIMATE


@app.command(rich_help_panel=TRUST, help=say("cli.help.compare"))
@reads
def compare(
    reading: Reading,
    *,
    model: Annotated[
        list[str], typer.Option(help=say("cli.option.models"), rich_help_panel=options.MODEL, show_default=False)
    ] = [],  # noqa: B006 - typer reads the default and never changes it
    interval: Annotated[
        str, typer.Option(help=say("cli.option.interval"), rich_help_panel=options.MODEL, show_default=False)
    ] = "",
    level: Annotated[float, typer.Option(help=say("cli.option.level"), rich_help_panel=options.MODEL)] = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    out: Annotated[Path | None, typer.Option(help=say("cli.option.page"), rich_help_panel=options.OUTPUT)] = None,
    as_json: options.Json = False,
) -> int:
    """Estimate under several models, print them side by side, and make a page of it if asked."""
    from darknumber.data.targets import place_for
    from darknumber.studies.compare import compare as run_compare
    from darknumber.views.comparison import comparison_section
    from darknumber.views.report import ReportOptions
    from darknumber.views.report import report as write_report

    if out is not None:
        check_other_file(out, reading.source)
        place_for(out, make_folders=True)
    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        how = interval or None
        found = run_compare(table, model, how, level=level, seed=seed, workers=workers or None, progress=bar)
    typer.echo(json.dumps(comparison_as_json(found), indent=2) if as_json else str(found))
    if out is not None:
        write_report(found.estimates[0], out, options=ReportOptions(sections=(comparison_section(found),)))
        errors.print(say("cli.written", path=str(out)), markup=False)
    verdicts = {word for each in found.totals for word in each.columns()["verdict"]}
    return DONE if verdicts & {"estimable", "zero"} else NO_FINITE_ESTIMATE
