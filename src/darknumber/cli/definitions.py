"""The command that shows what the choice of a definition does to the estimate."""

from __future__ import annotations

import json
from math import isfinite
from typing import Annotated

import typer

from darknumber.cli import coming_in, linking, options
from darknumber.cli.app import app
from darknumber.cli.as_json import study_as_json
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE, progress_bar
from darknumber.words import say


@app.command(help=say("cli.help.definitions"), rich_help_panel=options.REPORTS)
def definitions(
    sources: coming_in.Files,
    *,
    mapping: coming_in.Mappings = [],  # noqa: B006
    sheet: options.Sheet = "",
    extracted: coming_in.Extracted = "",
    lists: linking.Lists = "",
    merge: linking.Merge = [],  # noqa: B006 - typer reads the default and never changes it
    definition: Annotated[
        list[str],
        typer.Option(help=say("cli.option.each_definition"), rich_help_panel=options.DATA, show_default=False),
    ] = [],  # noqa: B006
    unit: linking.CountedUnit = "person",
    method: linking.HowToLink = "probabilistic",
    key: linking.WhoseKey = "own",
    threshold: linking.Threshold = 0.5,
    draws: linking.Draws = 20,
    unlinkable: linking.WhatOfUnlinkable = "leave out",
    model_in: linking.ModelIn = None,
    model: options.ModelText = "",
    interval: options.IntervalText = "",
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """Link reports once, and estimate under one definition after the other."""
    from darknumber.register.linkage.coded import coded
    from darknumber.register.linkage.link import link
    from darknumber.studies.by_definition import by_definition

    linking.check_drawing(threshold, draws)
    linking.check_question(definition, model, interval, level=level, seed=seed)
    together = linking.merged(merge)
    how = linking.method_for(method, key, model_in)
    with progress_bar() as bar:
        reports = coming_in.reports_together(sources, mapping, sheet, extracted)
        coded(reports, lists=options.split(lists) or None, merge=together, unit=unit)  # before the links take long
        links = link(reports, how, seed=seed, progress=bar)
        found = by_definition(
            links,
            definition,
            model or None,
            interval or None,
            lists=options.split(lists) or None,
            merge=together or None,
            unlinkable=unlinkable,
            unit=unit,
            draws=draws,
            threshold=threshold,
            level=level,
            seed=seed,
            workers=workers or None,
            progress=bar,
        )
    typer.echo(json.dumps(study_as_json(found, found.data), indent=2) if as_json else str(found))
    return DONE if any(isfinite(answer.estimate[0]) for answer in found.answers) else NO_FINITE_ESTIMATE
