"""Commands from reports to counts: link reports to people, and write any data as a table of counts."""

from __future__ import annotations

import csv
import io
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darknumber.cli import options
from darknumber.cli.app import WIDTH, app, check_other_file
from darknumber.cli.output import DONE, errors, progress_bar
from darknumber.cli.reading import Reading, read_table, reads
from darknumber.errors import InputError, ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable
    from darknumber.register.linkage.methods import Method

LINKAGE = say("cli.panel.linkage")


@app.command(help=say("cli.help.link"), rich_help_panel=options.REPORTS)
def link(
    source: Annotated[str, typer.Argument(help=say("cli.option.reports"), show_default=False)],
    *,
    mapping: Annotated[
        Path | None, typer.Option(help=say("cli.option.mapping"), rich_help_panel=options.DATA, show_default=False)
    ] = None,
    sheet: Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=options.DATA)] = "",
    covariates: Annotated[str, typer.Option(help=say("cli.option.covariates"), rich_help_panel=options.DATA)] = "",
    lists: Annotated[str, typer.Option(help=say("cli.option.link_lists"), rich_help_panel=options.DATA)] = "",
    merge: Annotated[
        list[str], typer.Option(help=say("cli.option.link_merge"), rich_help_panel=options.DATA, show_default=False)
    ] = [],  # noqa: B006 - typer reads the default and never changes it
    definition: Annotated[str, typer.Option(help=say("cli.option.definition"), rich_help_panel=options.DATA)] = "",
    unit: Annotated[
        Literal["person", "person-year"], typer.Option(help=say("cli.option.unit"), rich_help_panel=options.DATA)
    ] = "person",
    method: Annotated[
        Literal["probabilistic", "rules", "exact"],
        typer.Option(help=say("cli.option.link_method"), rich_help_panel=LINKAGE),
    ] = "probabilistic",
    key: Annotated[
        Literal["own", "shared"], typer.Option(help=say("cli.option.link_key"), rich_help_panel=LINKAGE)
    ] = "own",
    threshold: Annotated[float, typer.Option(help=say("cli.option.link_threshold"), rich_help_panel=LINKAGE)] = (0.5),
    draws: Annotated[int, typer.Option(help=say("cli.option.link_draws"), rich_help_panel=LINKAGE)] = 20,
    unlinkable: Annotated[
        Literal["leave out", "count"], typer.Option(help=say("cli.option.unlinkable"), rich_help_panel=LINKAGE)
    ] = "leave out",
    model_in: Annotated[
        Path | None, typer.Option(help=say("cli.option.model_in"), rich_help_panel=LINKAGE, show_default=False)
    ] = None,
    model_out: Annotated[
        Path | None, typer.Option(help=say("cli.option.model_out"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = None,
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help=say("cli.option.link_out"), rich_help_panel=options.OUTPUT)] = Path(
        "linked.dn"
    ),
) -> int:
    """Link reports to people, count them for every draw of who is who, and keep the tables."""
    from darknumber.data.targets import place_for
    from darknumber.register.linkage.drawn import linked_tables
    from darknumber.register.linkage.keep_linked import save_linked_tables
    from darknumber.register.linkage.link import link as link_reports
    from darknumber.register.reading.reports import read_reports
    from darknumber.views.linkage_text import linked_text
    from darknumber.views.writing import write_whole

    for path in (out, *([model_out] if model_out else [])):
        check_other_file(path, source)
        place_for(path)
    _check_drawing(threshold, draws)
    together = _merged(merge)
    how = _method(method, key, model_in)
    with progress_bar() as bar:
        reports = read_reports(source, mapping, sheet=sheet or None)
        links = link_reports(reports, how, seed=seed, progress=bar)
        drawn = linked_tables(
            links,
            options.split(covariates),
            lists=options.split(lists) or None,
            merge=together or None,
            definition=definition or None,
            unit=unit,
            unlinkable=unlinkable,
            draws=draws,
            threshold=threshold,
            seed=seed,
            progress=bar,
        )
    save_linked_tables(drawn, out)
    if model_out is not None and links.model is not None:
        write_whole(model_out, links.model.to_json().encode())
    typer.echo(linked_text(drawn, width=WIDTH))
    typer.echo("\n" + say("cli.written", path=str(out)))
    if model_out is not None and links.model is not None:
        typer.echo(say("cli.written", path=str(model_out)))
    typer.echo(say("linkage.cli.next", path=str(out), seed=seed))
    return DONE


def _check_drawing(threshold: float, draws: int) -> None:
    """Refuse, before the work, what the draws of who is who would refuse after it."""
    if not 0 < threshold < 1:
        raise InputError("link_threshold", threshold=threshold)
    if draws < 1:
        raise InputError("no_link_draws", n=draws)


def _method(method: str, key: Literal["own", "shared"], model_in: Path | None) -> Method:
    """The way to link that was asked for.

    Raises
    ------
    ModelError
        A setting that does not go with it.
    """
    from darknumber.register.linkage.linkage_model import read_linkage_model
    from darknumber.register.linkage.methods import Probabilistic, method_of

    if method != "probabilistic":
        given = [*(["--key"] if key != "own" else []), *(["--model-in"] if model_in is not None else [])]
        if given:
            raise ModelError("not_for_this_method", options=given, method=method)
        return method_of(method)
    return Probabilistic(key=key, model=None if model_in is None else read_linkage_model(model_in))


def _merged(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Merged lists from ``care=shelter,youth care``.

    Raises
    ------
    ModelError
        Something else.
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, sign, organisations = text.partition("=")
        parts = options.split(organisations)
        if not (name.strip() and sign and parts):
            raise ModelError("bad_merge", text=text)
        found[name.strip()] = parts
    return found


@app.command(help=say("cli.help.tabulate"), rich_help_panel=options.REPORTS)
@reads
def tabulate(
    reading: Reading,
    *,
    out: Annotated[
        Path | None, typer.Option(help=say("cli.option.tabulate_out"), rich_help_panel=options.OUTPUT)
    ] = None,
) -> int:
    """Write any data as a table of counts: printed, or in a file."""
    from darknumber.data.targets import place_for
    from darknumber.inference.printing import finding_lines
    from darknumber.views.writing import write_whole

    if out is not None:
        check_other_file(out, reading.source)
        place_for(out)
    table = read_table(reading)
    text = _as_csv(table)
    for line in finding_lines(table.findings, table, WIDTH):
        errors.print(line, markup=False)
    if not table.operating.all():
        errors.print(say("linkage.cli.not_kept"), markup=False)
    if out is None:
        sys.stdout.write(text)
        return DONE
    write_whole(out, text.encode())
    typer.echo(say("cli.written", path=str(out)))
    typer.echo(say("linkage.cli.estimate_counts", command=_estimating(table, out)))
    return DONE


def _as_csv(table: CaptureTable) -> str:
    stream = io.StringIO()
    columns = table.columns()
    csv.writer(stream, lineterminator="\n").writerows([[*columns], *zip(*columns.values(), strict=True)])
    return stream.getvalue()


def _estimating(table: CaptureTable, out: Path) -> str:
    """The command that estimates from a table of counts, read as it was written."""
    words = ["darknumber", "estimate", str(out), "--lists", ",".join(table.lists)]
    if table.covariates:
        words += ["--covariates", ",".join(covariate.name for covariate in table.covariates)]
    if table.unit != "person":
        words += ["--unit", table.unit]
    return shlex.join([*words, "--seed", "1"])
