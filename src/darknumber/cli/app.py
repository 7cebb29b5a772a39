"""The commands. Heavy things are imported inside them, so that ``--help`` answers at once."""

from __future__ import annotations

import csv
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darknumber import __version__
from darknumber.cli import options
from darknumber.cli.as_json import estimates_as_json
from darknumber.cli.output import (
    DONE,
    FAULT,
    NO_FINITE_ESTIMATE,
    STOPPED,
    WRONG_OPTION,
    code_of,
    errors,
    progress_bar,
    show_error,
    show_fault,
    show_usage_error,
    tell_written,
)
from darknumber.cli.reading import Reading, read_answer, read_for, read_sightings, reads
from darknumber.errors import Cancelled, DarknumberError, InputError, ModelError, debugging
from darknumber.words import language, say

if TYPE_CHECKING:
    from darknumber.data.records import Records
    from darknumber.data.table import CaptureTable
    from darknumber.inference.estimates import Estimates
    from darknumber.studies.links import Thresholds
    from darknumber.studies.panel import Panel
    from darknumber.views.labels import About

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help=say("cli.help.app"),
    epilog=say("cli.help.exit_codes"),
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


ANSWERS, CATALOGUE = say("cli.panel.answers"), say("cli.panel.catalogue")  # headings of the list of commands
NotRecorded = Literal["show", "allocate"]
Template = Literal["report", "letter", "letter-en", "letter-nl"]

WIDTH = 80

# What typer's parser raises; it has no public name of its own.
WRONG_USAGE: type[Exception] = typer.BadParameter.__bases__[0]


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. Nobody sees a traceback, unless a developer asked for it."""
    try:
        result = app(list(arguments), standalone_mode=False)
    except WRONG_USAGE as error:
        show_usage_error(error)
        return WRONG_OPTION
    except (KeyboardInterrupt, typer.Abort, Cancelled):
        errors.print(str(Cancelled()), markup=False)
        return STOPPED
    except DarknumberError as error:
        show_error(error)
        return code_of(error)
    except BrokenPipeError:  # the reader of a pipe has gone: nothing is left to say
        sys.stderr.close()
        return DONE
    except Exception as error:
        if debugging():
            raise
        show_fault(error)
        return FAULT
    if result == STOPPED:  # the parser takes an interruption for itself, and says nothing
        errors.print(str(Cancelled()), markup=False)
    return result if isinstance(result, int) else DONE


def check_other_file(out: Path, source: str | Path) -> None:
    """Refuse to write over the file that is read."""
    if out.exists() and Path(source).exists() and out.samefile(source):
        raise InputError("same_file", path=str(out))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"darknumber {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version_: Annotated[
        bool, typer.Option("--version", help=say("cli.option.version"), callback=_version, is_eager=True)
    ] = False,
    _lang: Annotated[str, typer.Option("--lang", help=say("cli.option.lang"), show_default=False)] = "en",
) -> None:
    """Word the options that every command has; `--lang` itself is settled before the commands are defined."""


@app.command(help=say("cli.help.demo"), rich_help_panel=ANSWERS)
def demo(
    *,
    out: Annotated[Path, typer.Option(help=say("cli.option.folder"), rich_help_panel=options.OUTPUT)] = Path(
        "darknumber-demo"
    ),
    replicates: Annotated[int, typer.Option(help=say("cli.option.replicates"), rich_help_panel=options.MODEL)] = 100,
    seed: options.Seed = 1,
    workers: options.Workers = 0,
    from_reports: Annotated[
        bool, typer.Option("--from-reports", help=say("cli.option.from_reports"), rich_help_panel=options.OUTPUT)
    ] = False,
) -> int:
    """Run the built-in study, from the register, or from raw reports, to the report."""
    from darknumber.run.demo import run_demo
    from darknumber.run.demo_reports import run_demo_from_reports

    if from_reports:
        with progress_bar() as bar:
            finished, text = run_demo_from_reports(
                out, replicates=replicates, seed=seed, workers=workers or None, progress=bar
            )
        typer.echo(text)
        typer.echo("\n" + say("cli.written", path=str(finished.folder)))
        typer.echo(say("cli.demo_next", report=str(finished.folder / language() / "report.html"), path=str(out)))
        return DONE
    with progress_bar() as bar:
        result = run_demo(out, replicates=replicates, seed=seed, workers=workers or None, progress=bar)
    typer.echo(result.text)
    typer.echo("\n" + say("cli.written", path=str(result.finished.folder)))
    typer.echo(say("cli.demo_next", report=str(result.finished.folder / language() / "report.html"), path=str(out)))
    return DONE


@app.command(help=say("cli.help.estimate"), rich_help_panel=ANSWERS)
@reads
def estimate(
    reading: Reading,
    *,
    model: options.ModelText = "",
    interval: options.IntervalText = "",
    by: Annotated[
        list[str], typer.Option(help=say("cli.option.by"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = [],  # noqa: B006 - typer reads the default and never changes it
    years: Annotated[str, typer.Option(help=say("cli.option.years"), rich_help_panel=options.OUTPUT)] = "",
    not_recorded: Annotated[
        NotRecorded, typer.Option(help=say("cli.option.not_recorded"), rich_help_panel=options.OUTPUT)
    ] = "show",
    level: options.Level = 0.95,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    out: options.Out = None,
    as_json: options.Json = False,
    times: Annotated[str, typer.Option(help=say("cli.option.times"), rich_help_panel=options.DATA)] = "",
) -> int:
    """Estimate, print, and keep if asked."""
    from darknumber.data.drawn import DrawnTables
    from darknumber.data.frequencies import Frequencies
    from darknumber.data.records import Records
    from darknumber.data.targets import place_for
    from darknumber.inference.asking import estimate as run_estimate
    from darknumber.inference.publish import adds_up
    from darknumber.inference.sightings import rows_at_once
    from darknumber.inference.store import save

    if out is not None:
        check_other_file(out, reading.source)
        place_for(out)
    data = read_sightings(reading, times) if times else read_for(reading, model)
    groups = [options.split(names) for names in by]
    if isinstance(data, Records):
        _check_numbers(data, model, groups)
    averaged = options.split(years)
    if not isinstance(data, Records):  # of people one by one the strata are not known before the work
        table = data.best if isinstance(data, DrawnTables) else data
        table = table.table() if isinstance(table, Frequencies) else table
        _check_groups(table, groups, "" if times else interval, not_recorded)
        _check_years(table, averaged, interval)
    with progress_bar(quiet=as_json) as bar:
        how = interval or None
        bar(0, 1, "fit")
        rows = rows_at_once(groups, interval) if times else None
        found = run_estimate(
            data, model or None, how, by=rows, level=level, seed=seed, workers=workers or None, progress=bar
        )
    if as_json:
        typer.echo(json.dumps(estimates_as_json(found, groups, averaged, not_recorded), indent=2))
    else:
        typer.echo(_as_text(found, groups, averaged, not_recorded))
    if out is not None:
        save(found, out)
        tell_written(out)
    whole = found.total() if adds_up(found) else found
    return DONE if {*whole.columns()["verdict"]} <= {"estimable", "zero"} else NO_FINITE_ESTIMATE


@app.command(help=say("cli.help.examples"), rich_help_panel=CATALOGUE)
def examples(
    name: Annotated[str, typer.Argument(help=say("cli.option.example"), show_default=False)] = "",
) -> int:
    """List the tables that come with the program, or print one as a table of counts."""
    from darknumber.data.examples import example
    from darknumber.data.examples import examples as built_in

    if name:
        columns = example(name).columns()
        csv.writer(sys.stdout, lineterminator="\n").writerows([[*columns], *zip(*columns.values(), strict=True)])
        return DONE
    for entry in built_in():
        typer.echo(entry.name)
        for text in (entry.title, entry.source):
            typer.echo(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))
    typer.echo("\n" + say("cli.examples_hint"))
    return DONE


@app.command(help=say("cli.help.models"), rich_help_panel=CATALOGUE)
def models(
    name: Annotated[str, typer.Argument(help=say("cli.option.model_name"), show_default=False)] = "",
) -> int:
    """List the models, or say what one of them does and takes."""
    from darknumber.cli.catalogue import describe, list_models

    typer.echo(describe(name) if name else list_models())
    return DONE


@app.command(help=say("cli.help.report"), rich_help_panel=ANSWERS)
def report(
    file: Annotated[Path, typer.Argument(help=say("cli.option.estimates_file"), show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help=say("cli.option.report_file"), rich_help_panel=options.OUTPUT)] = Path(
        "report.html"
    ),
    about: Annotated[
        Literal["people", "victims"], typer.Option(help=say("cli.option.about"), rich_help_panel=options.OUTPUT)
    ] = "people",
    panel: Annotated[
        bool, typer.Option("--panel/--no-panel", help=say("cli.option.panel"), rich_help_panel=options.OUTPUT)
    ] = True,
    threshold: Annotated[
        float | None, typer.Option(help=say("cli.option.threshold"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = None,
    linked: Annotated[
        Path | None, typer.Option(help=say("cli.option.linked_file"), rich_help_panel=options.OUTPUT)
    ] = None,
    template: Annotated[Template, typer.Option(help=say("cli.option.template"), rich_help_panel=options.OUTPUT)] = (
        "report"
    ),
    workers: options.Workers = 0,
) -> int:
    """Make the report of estimates that were kept with ``estimate --out``, and whether the number can be trusted."""
    from darknumber.data.targets import place_for
    from darknumber.run.repeat import commands
    from darknumber.views.labels import About
    from darknumber.views.report import ReportOptions, format_of
    from darknumber.views.report import report as write_report

    format_of(out)
    check_other_file(out, file)
    place_for(out, make_folders=True)
    estimates = read_answer(file)
    if template != "report":
        path = _letter(estimates, out, About(population=about), template)
        typer.echo(say("cli.written", path=str(path)))
        return DONE
    links = None if linked is None else _thresholds(estimates, linked, workers)  # first: it may refuse the file
    trusted = _panel(estimates, threshold, workers) if panel else None
    command = commands(estimates, file, out, about, panel=panel, threshold=threshold, linked=linked)
    told = ReportOptions(command=command, about=About(population=about), linked=links)
    path = write_report(estimates, out, panel=trusted, options=told)
    typer.echo(say("cli.written", path=str(path)))
    return DONE


def _letter(estimates: Estimates, out: Path, about: About, template: Template) -> Path:
    """The letter of one page, in the language its template names, else in the one in use."""
    from darknumber.views.letter import letter
    from darknumber.views.report import ReportOptions, write_document
    from darknumber.words import language, use_language

    with use_language(template.partition("-")[2] or language()):
        return write_document(letter(estimates, options=ReportOptions(about=about)), out)


def _thresholds(estimates: Estimates, linked: Path, workers: int) -> Thresholds:
    """What other thresholds for links would give, with the model of the answer."""
    from darknumber.register.linkage.keep_linked import load_linked_tables
    from darknumber.studies.links import thresholds
    from darknumber.views.linkage import check_same

    model = estimates.fits[0].model if estimates.fits else None
    data = load_linked_tables(linked)
    check_same(estimates, data)
    with progress_bar() as bar:
        return thresholds(
            data,
            model,
            level=estimates.level,
            seed=estimates.seed,
            workers=workers or None,
            progress=bar,
        )


def _panel(estimates: Estimates, threshold: float | None, workers: int) -> Panel | None:
    """All studies of the answer that do not take long; of one that these cannot be about, why not."""
    from darknumber.studies.panel import panel as run_panel

    try:
        with progress_bar() as bar:
            return run_panel(estimates, threshold=threshold, seed=estimates.seed, workers=workers or None, progress=bar)
    except InputError as error:
        if threshold is not None:
            raise
        errors.print(error.what, markup=False)
        return None


def _check_numbers(people: Records, model: str, groups: Sequence[Sequence[str]]) -> None:
    """Refuse answers by a covariate that is taken as a number from people one by one, before the work."""
    from darknumber.data.individuals import number_columns
    from darknumber.models import MODELS, DoublyRobust
    from darknumber.models.text import parse

    asked = parse(model, MODELS)
    assert isinstance(asked, DoublyRobust)  # only it reads people
    numbers = number_columns(people, asked.numbers)
    for name in (name for names in groups for name in names if name in numbers):
        raise InputError("number_makes_no_groups", name=name)


def _check_groups(
    table: CaptureTable, groups: Sequence[Sequence[str]], interval: str, not_recorded: NotRecorded
) -> None:
    """Refuse, before the work, groups that are no covariates, or that limits without draws cannot be summed to."""
    from darknumber.inference.intervals import INTERVALS, LogNormal, Profile
    from darknumber.models.text import parse

    how = parse(interval, INTERVALS) if interval else None
    every = {covariate.name for covariate in table.covariates}
    for names in groups:
        for name in names:
            table.axis(name)
        sums = set(names) != every or (not_recorded == "allocate" and bool(table.not_recorded))
        if isinstance(how, Profile | LogNormal) and table.strata > 1 and sums:
            raise ModelError("bounds_do_not_add", interval=how.name)


def _check_years(table: CaptureTable, years: Sequence[str], interval: str) -> None:
    """Refuse, before the work, years that are not in the data, or a mean that limits without draws cannot give."""
    from darknumber.inference.intervals import INTERVALS, LogNormal, Profile
    from darknumber.inference.publish import time_of
    from darknumber.models.text import parse

    how = parse(interval, INTERVALS) if interval else None
    time = time_of(table)
    if years and time is None:
        raise InputError("unknown_covariate", name="year", known=tuple(each.name for each in table.covariates))
    if years and isinstance(how, Profile | LogNormal):
        raise ModelError("bounds_do_not_add", interval=how.name)
    for year in years:
        if time is not None and year not in time.recorded:
            raise InputError("unknown_level", name=time.name, level=year, known=time.recorded)


def _as_text(found: Estimates, groups: Sequence[Sequence[str]], years: Sequence[str], not_recorded: NotRecorded) -> str:
    """The answer for people; those without a recorded value are shared out table by table, as `Estimates.by` does."""
    from darknumber.inference.publish import time_of
    from darknumber.views.tables_estimates import group_table, year_table
    from darknumber.views.tables_text import to_text
    from darknumber.views.terminal import answer, is_time

    if not_recorded == "show":
        return answer(found, by=groups, years=years)
    time, blocks = time_of(found), [answer(found.total() if groups else found)]
    for names in groups:
        over = [time.name] if time is not None and time.name not in names else []
        shared = found.by(*over, *names, not_recorded="allocate")
        yearly = year_table(shared, years=years) if is_time(shared, names) else None
        blocks.append(to_text(yearly or group_table(shared, names, years=years)))
    return "\n\n".join(blocks)
