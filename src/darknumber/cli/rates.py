"""The command about rates per resident, and ratios over several years."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darknumber.cli import options
from darknumber.cli.app import ANSWERS, app
from darknumber.cli.as_json import rates_as_json
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE
from darknumber.cli.reading import read_answer
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.ages import Band

RESIDENTS = say("cli.panel.residents")


@app.command(help=say("cli.help.rates"), rich_help_panel=ANSWERS)
def rates(
    file: Annotated[Path, typer.Argument(help=say("cli.option.estimates_file"), show_default=False)],
    *,
    residents: Annotated[Path, typer.Option(help=say("cli.option.residents"), show_default=False)],
    people: Annotated[str, typer.Option(help=say("cli.option.people_column"), rich_help_panel=RESIDENTS)] = "",
    columns: Annotated[str, typer.Option(help=say("cli.option.resident_columns"), rich_help_panel=RESIDENTS)] = "",
    levels: Annotated[str, typer.Option(help=say("cli.option.resident_levels"), rich_help_panel=RESIDENTS)] = "",
    ages: Annotated[str, typer.Option(help=say("cli.option.ages"), rich_help_panel=RESIDENTS)] = "",
    times: Annotated[float, typer.Option(help=say("cli.option.resident_times"), rich_help_panel=RESIDENTS)] = 1,
    decimal: Annotated[
        Literal["point", "comma"] | None, typer.Option(help=say("cli.option.decimal"), rich_help_panel=RESIDENTS)
    ] = None,
    sheet: Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=RESIDENTS)] = "",
    by: Annotated[
        str | None, typer.Option(help=say("cli.option.rates_by"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = None,
    years: Annotated[str, typer.Option(help=say("cli.option.rates_years"), rich_help_panel=options.OUTPUT)] = "",
    per: Annotated[int, typer.Option(help=say("cli.option.per"), rich_help_panel=options.OUTPUT)] = 100_000,
    not_recorded: Annotated[
        Literal["show", "allocate"], typer.Option(help=say("cli.option.not_recorded"), rich_help_panel=options.OUTPUT)
    ] = "show",
    ratios: Annotated[bool, typer.Option("--ratios", help=say("cli.option.ratios"), rich_help_panel=options.OUTPUT)] = (
        False
    ),
    as_json: options.Json = False,
) -> int:
    """Registered and estimated people per resident, of estimates that were kept with ``estimate --out``."""
    from darknumber.data.residents import read_residents
    from darknumber.studies.rates import rates as run_rates
    from darknumber.studies.ratios import yearly_ratios

    estimates = read_answer(file)
    known = read_residents(
        residents,
        people=people or None,
        covariates=_pairs(columns, "--columns", "geslacht=sex") or None,
        levels=_pairs(levels, "--levels", "vrouwen=female"),
        ages=_ages(ages) or None,
        times=times,
        decimal=decimal,
        sheet=sheet or None,
    )
    chosen = options.split(years)
    names = None if by is None else options.split(by)
    found = run_rates(estimates, known, by=names, years=chosen, per=per, not_recorded=not_recorded)
    over = yearly_ratios(estimates, chosen) if ratios else None
    if as_json:
        typer.echo(json.dumps(rates_as_json(found, over), indent=2))
    else:
        typer.echo("\n\n".join(str(each) for each in (found, over) if each is not None))
    return DONE if any(map(math.isfinite, found.estimated.value.tolist())) else NO_FINITE_ESTIMATE


def _pairs(text: str, option: str, example: str) -> dict[str, str]:
    """Names from ``a=b,c=d``."""
    found = {}
    for part in options.split(text):
        first, sign, second = (each.strip() for each in part.partition("="))
        if not (first and sign and second):
            raise ModelError("bad_pairs", option=option, example=example, text=text)
        found[first] = second
    return found


def _ages(text: str) -> dict[str, Band]:
    """Classes of ages from ``minor=0-17,adult=18+``."""
    from darknumber.data.ages import band_of

    found = {}
    for name, ages in _pairs(text, "--ages", "minor=0-17").items():
        band = band_of(ages)
        if band is None:
            raise ModelError("bad_pairs", option="--ages", example="minor=0-17", text=text)
        found[name] = band
    return found
