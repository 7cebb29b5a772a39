"""Commands from reports to counts: link reports to people, and write any data as a table of counts."""

from __future__ import annotations

import csv
import io
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darknumber.cli import coming_in, linking, options
from darknumber.cli.app import WIDTH, app, check_other_file
from darknumber.cli.output import DONE, errors, progress_bar
from darknumber.cli.reading import Reading, read_table, reads
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable


@app.command(help=say("cli.help.link"), rich_help_panel=options.REPORTS)
def link(
    sources: coming_in.Files,
    *,
    mapping: coming_in.Mappings = [],  # noqa: B006
    sheet: options.Sheet = "",
    extracted: coming_in.Extracted = "",
    covariates: Annotated[str, typer.Option(help=say("cli.option.covariates"), rich_help_panel=options.DATA)] = "",
    lists: linking.Lists = "",
    merge: linking.Merge = [],  # noqa: B006 - typer reads the default and never changes it
    definition: Annotated[str, typer.Option(help=say("cli.option.definition"), rich_help_panel=options.DATA)] = "",
    unit: linking.CountedUnit = "person",
    method: linking.HowToLink = "probabilistic",
    key: linking.WhoseKey = "own",
    threshold: linking.Threshold = 0.5,
    draws: linking.Draws = 20,
    unlinkable: linking.WhatOfUnlinkable = "leave out",
    model_in: linking.ModelIn = None,
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
    from darknumber.register.linkage.coded import coded
    from darknumber.register.linkage.drawn import linked_tables
    from darknumber.register.linkage.keep_linked import save_linked_tables
    from darknumber.register.linkage.link import link as link_reports
    from darknumber.views.linkage_text import linked_text
    from darknumber.views.writing import write_whole

    for path in (out, *([model_out] if model_out else [])):
        for source in sources:
            check_other_file(path, source)
        place_for(path)
    linking.check_drawing(threshold, draws)
    linking.check_question([definition] if definition else [], seed=seed)
    together = linking.merged(merge)
    how = linking.method_for(method, key, model_in)
    with progress_bar(ends=False) as bar:
        reports = coming_in.reports_together(sources, mapping, sheet, extracted)
        # what is asked of the counts is looked at before the links, which take long
        coded(reports, options.split(covariates), lists=options.split(lists) or None, merge=together, unit=unit)
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
    typer.echo(say("linkage.cli.next"))
    picture = ["plot", str(out), "--kind", "weights", "--out", say("linkage.cli.picture")]
    for words in (["estimate", str(out), "--seed", str(seed)], *([picture] if links.model is not None else [])):
        typer.echo(_command(words))
    return DONE


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
    typer.echo(say("linkage.cli.estimate_counts"))
    typer.echo(_command(_estimating(table, out)))
    return DONE


def _as_csv(table: CaptureTable) -> str:
    stream = io.StringIO()
    columns = table.columns()
    csv.writer(stream, lineterminator="\n").writerows([[*columns], *zip(*columns.values(), strict=True)])
    return stream.getvalue()


def _command(words: list[str]) -> str:
    """A command on a line of its own, to copy."""
    return "  " + shlex.join(["darknumber", *words])


def _estimating(table: CaptureTable, out: Path) -> list[str]:
    """The command that estimates from a table of counts, read as it was written."""
    words = ["estimate", str(out), "--lists", ",".join(table.lists)]
    if table.covariates:
        words += ["--covariates", ",".join(covariate.name for covariate in table.covariates)]
    if table.unit != "person":
        words += ["--unit", table.unit]
    return [*words, "--seed", "1"]
