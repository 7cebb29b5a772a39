"""Commands about populations of known size, and about studies that are still to come."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darknumber.cli import options
from darknumber.cli.app import app
from darknumber.cli.as_json import plan_as_json, simulation_as_json
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE, progress_bar
from darknumber.cli.reading import Reading, read_table, reads
from darknumber.cli.trust import TRUST
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable
    from darknumber.lab.designs import Design

PLANNING = say("cli.panel.planning")


@app.command(rich_help_panel=TRUST, help=say("cli.help.simulate"))
@reads
def simulate(
    reading: Reading,
    *,
    pipeline: Annotated[
        list[str], typer.Option(help=say("cli.option.pipeline"), rich_help_panel=options.MODEL, show_default=False)
    ] = [],  # noqa: B006 - typer reads the default and never changes it
    populations: Annotated[int, typer.Option(help=say("cli.option.populations"), rich_help_panel=options.MODEL)] = 200,
    size: Annotated[
        int | None, typer.Option(help=say("cli.option.size"), rich_help_panel=options.MODEL, show_default=False)
    ] = None,
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Processes = 0,
    folder: Annotated[
        Path | None, typer.Option(help=say("cli.option.keep"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = None,
    as_json: options.Json = False,
) -> int:
    """How often the interval would be right, on populations drawn from the models close to the best."""
    from darknumber.lab.simulate import simulate as run_simulate

    source = _source(reading, size)
    with progress_bar(quiet=as_json) as bar:
        found = run_simulate(
            source,
            pipeline or None,
            populations=populations,
            level=level,
            seed=seed,
            workers=workers or None,
            folder=folder,
            progress=bar,
        )
    typer.echo(json.dumps(simulation_as_json(found), indent=2) if as_json else str(found))
    return DONE if any(map(math.isfinite, found.runs.estimate.tolist())) else NO_FINITE_ESTIMATE


def _source(reading: Reading, size: int | None) -> CaptureTable | list[Design]:
    """The data, or a collection of populations where its name stands in their place."""
    from darknumber.lab.factorial import factorial
    from darknumber.lab.literature import literature, published

    collections = {"literature": literature, "published": published, "factorial": factorial}
    if reading.source in collections and not Path(reading.source).exists():
        return collections[reading.source]()[:size]
    if size is not None:
        raise ModelError("size_of_data", source=reading.source, known=tuple(collections))
    return read_table(reading)


@app.command(rich_help_panel=PLANNING, help=say("cli.help.design"))
def design(
    *,
    lists: Annotated[str, typer.Option(help=say("cli.option.planned"), show_default=False)],
    population: Annotated[str, typer.Option(help=say("cli.option.population"), show_default=False)],
    odds_ratio: Annotated[float, typer.Option(help=say("cli.option.odds_ratio"))] = 2.0,
    heterogeneity: Annotated[float, typer.Option(help=say("cli.option.heterogeneity"))] = 1.0,
    another: Annotated[float | None, typer.Option(help=say("cli.option.another"), show_default=False)] = None,
    anchor: Annotated[int | None, typer.Option(help=say("cli.option.anchor"), show_default=False)] = None,
    within: Annotated[float, typer.Option(help=say("cli.option.within"))] = 1.25,
    level: options.Level = 0.95,
    populations: Annotated[int, typer.Option(help=say("cli.option.drawn"))] = 100,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> int:
    """What precision planned lists would give, and what one more list or a sample would buy."""
    from darknumber.lab.planning import design as run_design

    found = run_design(
        _planned(lists),
        [round(size) for size in options.several(population, "--population")],
        odds_ratio=odds_ratio,
        heterogeneity=heterogeneity,
        another=another,
        anchor=anchor,
        within=within,
        level=level,
        populations=populations,
        seed=seed,
    )
    typer.echo(json.dumps(plan_as_json(found), indent=2) if as_json else str(found))
    return DONE


def _planned(text: str) -> dict[str, float]:
    """Lists and their shares from ``police=0.2,care=0.1``."""
    shares = {}
    for part in options.split(text):
        name, sign, share = (each.strip() for each in part.partition("="))
        try:
            shares[name] = float(share)
        except ValueError:
            sign = ""
        if not name or not sign:
            raise ModelError("bad_planned", text=text)
    return shares
