"""Commands from reports to counts: link reports to people, and write any data as a table of counts."""

from __future__ import annotations

import csv
import io
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from darknumber.cli import options
from darknumber.cli.app import WIDTH, app, check_other_file
from darknumber.cli.output import DONE, errors
from darknumber.cli.reading import Reading, read_table, reads
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.data.table import CaptureTable


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
