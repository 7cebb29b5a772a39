"""Commands about whether a number can be trusted: one thin function a study."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import typer

from darknumber.cli import options
from darknumber.cli.app import app, check_other_file
from darknumber.cli.as_json import (
    check_as_json,
    comparison_as_json,
    diagnosis_as_json,
    set_as_json,
    study_as_json,
)
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE, progress_bar, tell_written
from darknumber.cli.reading import Reading, read_data, read_one_list, read_table, reads
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable
    from darknumber.findings import Finding

TRUST = say("cli.panel.trust")
LEVEL = 0.95


@app.command(rich_help_panel=TRUST, help=say("cli.help.check"))
@reads
def check(
    reading: Reading,
    *,
    model: Annotated[
        str, typer.Option(help=say("cli.option.checked"), rich_help_panel=options.MODEL, show_default=False)
    ] = "",
    as_json: options.Json = False,
) -> int:
    """Look at the lists before estimating."""
    from darknumber.studies.check import check as run_check

    found = run_check(read_data(reading), model or None)
    typer.echo(json.dumps(check_as_json(found), indent=2) if as_json else str(found))
    return DONE if found.verdict.answer != "no" else NO_FINITE_ESTIMATE


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
    interval: options.IntervalText = "",
    level: options.Level = 0.95,
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
        tell_written(out)
    verdicts = {word for each in found.totals for word in each.columns()["verdict"]}
    return DONE if verdicts & {"estimable", "zero"} else NO_FINITE_ESTIMATE


@app.command(rich_help_panel=TRUST, help=say("cli.help.laws"))
@reads
def laws(
    reading: Reading,
    *,
    times: Annotated[str, typer.Option(help=say("cli.option.times"), rich_help_panel=options.DATA)] = "",
    model: options.ModelText = "",
    level: options.Level = LEVEL,
    as_json: options.Json = False,
) -> int:
    """Ask the same of one list with every other law of how often people are seen."""
    from darknumber.studies.laws import laws as run_laws

    own = {"times": times, "model": model, "level": "" if level == LEVEL else str(level)}
    given = read_one_list(reading, times, tuple(name for name, value in own.items() if value))
    found = run_laws(given, model or None, level=level)
    data = found.estimates.fits[0].data
    typer.echo(json.dumps(study_as_json(found, data), indent=2) if as_json else str(found))
    return DONE if math.isfinite(found.laws[0].estimate) else NO_FINITE_ESTIMATE


@app.command(rich_help_panel=TRUST, help=say("cli.help.omit"))
@reads
def omit(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IfAsked = "",
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """Estimate without each list, and with each pair merged."""
    from darknumber.studies.omit import omit as run_omit

    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        how = interval or None
        found = run_omit(table, model or None, how, level=level, seed=seed, workers=workers or None, progress=bar)
    return _shown(found, table, as_json, finite=math.isfinite(found.everything.estimate))


@app.command(rich_help_panel=TRUST, help=say("cli.help.validate"))
@reads
def validate(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IntervalText = "",
    by: Annotated[str, typer.Option(help=say("cli.option.validate_by"), rich_help_panel=options.OUTPUT)] = "",
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """Hide each list in turn, and estimate its known size from the others."""
    from darknumber.studies.validate import validate as run_validate

    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        found = run_validate(
            table,
            model or None,
            interval or None,
            by=options.split(by) or None,
            level=level,
            seed=seed,
            workers=workers or None,
            progress=bar,
        )
    return _shown(found, table, as_json, finite=any(math.isfinite(trial.estimate) for trial in found.trials))


@app.command(rich_help_panel=TRUST, help=say("cli.help.trajectory"))
@reads
def trajectory(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IfAsked = "",
    by: Annotated[str, typer.Option(help=say("cli.option.trajectory_by"), rich_help_panel=options.MODEL)] = "",
    thin: Annotated[
        Literal["marks", "people"], typer.Option(help=say("cli.option.thin"), rich_help_panel=options.MODEL)
    ] = "marks",
    fractions: Annotated[
        str, typer.Option(help=say("cli.option.fractions"), rich_help_panel=options.MODEL)
    ] = ".1,.2,.3,.4,.5,.6,.7,.8,.9,1",
    repeats: Annotated[int, typer.Option(help=say("cli.option.repeats"), rich_help_panel=options.MODEL)] = 20,
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """Estimate on part of the data, and see whether the answer settles."""
    from darknumber.studies.trajectory import trajectory as run_trajectory

    shares = options.several(fractions, "--fractions")
    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        found = run_trajectory(
            table,
            model or None,
            interval or None,
            by=by or None,
            thin=thin,
            fractions=shares,
            repeats=repeats,
            level=level,
            seed=seed,
            workers=workers or None,
            progress=bar,
        )
    return _shown(found, table, as_json, finite=math.isfinite(found.last.estimate))


@app.command(rich_help_panel=TRUST, help=say("cli.help.diagnose"))
@reads
def diagnose(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IntervalText = "",
    replicates: Annotated[
        int, typer.Option(help=say("cli.option.fit_replicates"), rich_help_panel=options.MODEL)
    ] = 100,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    as_json: options.Json = False,
) -> int:
    """How well the model fits what is observed, and how few people the answer hangs on."""
    from darknumber.inference.estimate import estimate as run_estimate
    from darknumber.studies.diagnose import diagnose as run_diagnose

    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        answer = run_estimate(
            table, model or None, interval or None, by=(), seed=seed, workers=workers or None, progress=bar
        )
        found = run_diagnose(answer, replicates=replicates, seed=seed, workers=workers or None, progress=bar)
    finite = math.isfinite(float(found.fit.estimate.sum()))
    return _shown(found, table, as_json, finite=finite, more=diagnosis_as_json(found))


@app.command(rich_help_panel=TRUST, help=say("cli.help.sensitivity"))
@reads
def sensitivity(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IntervalText = "",
    threshold: Annotated[
        float | None, typer.Option(help=say("cli.option.threshold"), rich_help_panel=options.MODEL, show_default=False)
    ] = None,
    xi: Annotated[float, typer.Option(help=say("cli.option.xi"), rich_help_panel=options.MODEL)] = 2.0,
    grid_to: Annotated[float, typer.Option(help=say("cli.option.grid_to"), rich_help_panel=options.MODEL)] = 4.0,
    odds: Annotated[str, typer.Option(help=say("cli.option.odds"), rich_help_panel=options.MODEL)] = "1,inf",
    missed: Annotated[str, typer.Option(help=say("cli.option.missed"), rich_help_panel=options.MODEL)] = "0,.02,.05,.1",
    false: Annotated[str, typer.Option(help=say("cli.option.false"), rich_help_panel=options.MODEL)] = "0,.01,.02,.05",
    erroneous: Annotated[
        str, typer.Option(help=say("cli.option.erroneous"), rich_help_panel=options.MODEL)
    ] = "0,.05,.1,.2",
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    out: Annotated[
        Path | None, typer.Option(help=say("cli.option.sensitivity_page"), rich_help_panel=options.OUTPUT)
    ] = None,
    as_json: options.Json = False,
) -> int:
    """How far the answer moves if what cannot be tested is off; a page of it if asked."""
    from darknumber.data.targets import place_for
    from darknumber.inference.estimate import estimate as run_estimate
    from darknumber.studies.sensitivity import sensitivity as run_sensitivity
    from darknumber.views.report import ReportOptions
    from darknumber.views.report import report as write_report
    from darknumber.views.sensitivity import sensitivity_section

    if out is not None:
        check_other_file(out, reading.source)
        place_for(out, make_folders=True)
    low, high = options.pair(odds, "--odds")
    rates = [
        options.several(text, f"--{name}")
        for name, text in (("missed", missed), ("false", false), ("erroneous", erroneous))
    ]
    table = read_table(reading)
    with progress_bar(quiet=as_json) as bar:
        answer = run_estimate(
            table, model or None, interval or None, level=level, seed=seed, workers=workers or None, progress=bar
        )
        found = run_sensitivity(
            answer,
            threshold=threshold,
            xi=xi,
            grid_to=grid_to,
            odds=(low, high),
            missed=rates[0],
            false=rates[1],
            erroneous=rates[2],
            seed=seed,
            workers=workers or None,
            progress=bar,
        )
    code = _shown(found, table, as_json, finite=math.isfinite(found.headline[0]))
    if out is not None:
        write_report(answer, out, options=ReportOptions(sections=(sensitivity_section(found),)))
        tell_written(out)
    return code


class Study(Protocol):
    """What every study can do: say what it found, give it as columns, and name what the reader must know."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader must know."""
        ...

    def columns(self) -> dict[str, list[Any]]:
        """One tidy table."""
        ...


def _shown(
    found: Study, table: CaptureTable, as_json: bool, *, finite: bool, more: Mapping[str, Any] | None = None
) -> int:
    """What a study found, for people or for machines; the exit code says whether the answer it is about is finite."""
    told = {**study_as_json(found, table), **(more or {})}
    typer.echo(json.dumps(told, indent=2) if as_json else str(found))
    return DONE if finite else NO_FINITE_ESTIMATE
