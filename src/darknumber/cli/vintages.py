"""Commands about two studies of one register: link their people, and lay the second beside the first."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from darknumber.cli import options
from darknumber.cli.app import ANSWERS, app, check_other_file
from darknumber.cli.as_json import study_as_json
from darknumber.cli.options import DATA
from darknumber.cli.output import DONE, NO_FINITE_ESTIMATE, progress_bar, tell_written
from darknumber.cli.reading import Reading, answer_file, as_described, read_answer, reads
from darknumber.errors import ModelError
from darknumber.words import say

YEAR = "year"  # the covariate that is the year, whatever it is called

if TYPE_CHECKING:
    from darknumber.data.linked import Linked
    from darknumber.data.table import CaptureTable
    from darknumber.inference.estimates import Estimates
    from darknumber.studies.revise import Revision


@app.command(help=say("cli.help.link_vintages"), rich_help_panel=ANSWERS)
@reads
def link_vintages(
    reading: Reading,
    *,
    new: Annotated[str, typer.Argument(help=say("cli.option.link_new"), show_default=False)] = "",
    out: Annotated[Path, typer.Option(help=say("cli.option.linked_out"), rich_help_panel=options.OUTPUT)] = Path(
        "linked.csv.gz"
    ),
    same_definition: Annotated[
        str, typer.Option(help=say("cli.option.link_same"), rich_help_panel=DATA, show_default=False)
    ] = "",
    registered_by: Annotated[
        str, typer.Option(help=say("cli.option.registered_by"), rich_help_panel=DATA, show_default=False)
    ] = "",
    undated: Annotated[
        Literal["error", "before", "after"], typer.Option(help=say("cli.option.undated"), rich_help_panel=DATA)
    ] = "error",
) -> int:
    """Count the people of two extracts by where they stand in each; of one file with dates, those of an earlier day."""
    from darknumber.data.dates import registered_by as as_of
    from darknumber.data.linked_counts import write_linked
    from darknumber.data.linking import link_vintages as count_linked
    from darknumber.data.reading import read_people
    from darknumber.data.targets import place_for

    if bool(new) == bool(registered_by):
        raise ModelError("link_one_way")
    check_other_file(out, reading.source)
    place_for(out)
    described = as_described(reading)
    first = read_people(described)
    if registered_by:
        old, later = as_of(first, registered_by, undated=undated), first
    else:
        old, later = first, read_people(replace(described, source=new))
    same = read_people(replace(described, source=same_definition)) if same_definition else None
    found = count_linked(old, later, same_definition=same)
    write_linked(found, out)
    typer.echo(str(found))
    tell_written(out)
    return DONE


@app.command(help=say("cli.help.revise"), rich_help_panel=ANSWERS)
def revise(
    old: Annotated[Path, typer.Argument(help=say("cli.option.revise_old"), show_default=False)],
    new: Annotated[Path, typer.Argument(help=say("cli.option.revise_new"), show_default=False)],
    *,
    linked: Annotated[str, typer.Option(help=say("cli.option.linked"), rich_help_panel=DATA, show_default=False)] = "",
    same_definition: Annotated[
        str, typer.Option(help=say("cli.option.same_definition"), rich_help_panel=DATA, show_default=False)
    ] = "",
    by: Annotated[str, typer.Option(help=say("cli.option.revise_by"), rich_help_panel=options.OUTPUT)] = YEAR,
    vintages: Annotated[
        str, typer.Option(help=say("cli.option.vintages"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = "",
    published: Annotated[
        str, typer.Option(help=say("cli.option.published"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = "",
    replicates: Annotated[
        int | None,
        typer.Option(help=say("cli.option.revise_replicates"), rich_help_panel=options.MODEL, show_default=False),
    ] = None,
    seed: options.Seed = 0,
    workers: options.Workers = 0,
    out: Annotated[
        Path | None, typer.Option(help=say("cli.option.revision_page"), rich_help_panel=options.OUTPUT)
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Lay the second study beside the first: what changed, where it comes from, whether it is more than noise."""
    from darknumber.data.published import check_country
    from darknumber.data.targets import place_for
    from darknumber.studies.published import beside
    from darknumber.studies.revise import revise as run_revise

    if published:
        check_country(published)
    if out is not None:
        check_other_file(out, answer_file(old))
        check_other_file(out, answer_file(new))
        place_for(out, make_folders=True)
    called = _vintages(vintages)
    first, second = (read_answer(path) for path in (old, new))
    with progress_bar(quiet=as_json) as bar:
        found = run_revise(
            first,
            second,
            same_definition=_table(same_definition, second),
            linked=_linked(linked, second),
            by=_year(second) if by == YEAR else by or None,
            vintages=called,
            replicates=replicates,
            seed=seed,
            workers=workers or None,
            progress=bar,
        )
    laid = beside(found, published) if published else None
    if as_json:
        told = revision_as_json(found) | ({} if laid is None else {"published": laid.columns()})
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo(str(found))
        if laid is not None:
            typer.echo(f"\n{laid}")
    if out is not None:
        _page(found, out)
        tell_written(out)
    return DONE if set(found.told()[-1:]) != {"not estimable"} else NO_FINITE_ESTIMATE


def revision_as_json(found: Revision) -> dict[str, Any]:
    """Everything that `revise` shows; the parts in the order in which they are taken."""
    from darknumber.models.text import format_thing

    return {
        **study_as_json(found, found.new.fits[0].data),
        "vintages": None if found.vintages is None else list(found.vintages),
        "by": found.by,
        "parts": list(found.steps),
        "testable": found.testable,
        "replicates": 0 if found.draws is None else len(found.draws),
        "level": found.level,
        "seed": found.seed,
        "mean_ratios": [each if math.isfinite(each) else None for each in found.mean_ratios.tolist()],
        "models": [format_thing(answer.fits[0].model) for answer in (found.old, found.new)],
    }


def _year(answer: Estimates) -> str | None:
    """The covariate that is the year, whatever it is called; None where there is none."""
    from darknumber.inference.publish import time_of

    time = time_of(answer)
    return None if time is None else time.name


def _vintages(names: str) -> tuple[str, str] | None:
    called = options.split(names)
    if not called:
        return None
    if len(called) != 2:
        raise ModelError("two_vintages", n=len(called))
    return called[0], called[1]


def _linked(source: str, study: Estimates) -> Linked | None:
    """The linked counts in a file, or of an example."""
    from darknumber.data.examples import examples, linked_example
    from darknumber.data.linked_counts import read_linked

    if not source:
        return None
    known = {each.name for each in examples() if each.extract is not None}
    if source in known and not Path(source).exists():
        return linked_example(source)
    lists = [name for fit in study.fits[:1] for name in fit.data.lists]
    return read_linked(source, lists=lists or None, unit=study.unit)


def _table(source: str, study: Estimates) -> CaptureTable | None:
    """The new extract by the old definition, counted as the second study counts."""
    from darknumber.data.reading import Reading as Described
    from darknumber.data.reading import read_table, way_of

    if not source:
        return None
    if way_of(Described(source=source)) == "example":
        return read_table(Described(source=source))
    data = study.fits[0].data
    names = tuple(covariate.name for covariate in data.covariates)
    return read_table(Described(source=source, lists=data.lists, covariates=names, unit=data.unit, rows="counts"))


def _page(found: Revision, out: Path) -> None:
    """The report of the second study, with what the first one said in it."""
    from darknumber.views.options import ReportOptions, settled
    from darknumber.views.report import report as write_report
    from darknumber.views.revision import revision_sections

    told = settled(ReportOptions(), found.new)
    write_report(found.new, out, options=replace(told, sections=revision_sections(found, protection=told.protection)))
