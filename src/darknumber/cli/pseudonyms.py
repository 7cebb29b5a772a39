"""Commands for reports without names: the key, and the file with codes."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from darknumber.cli import coming_in, options
from darknumber.cli.app import WIDTH, app, check_other_file
from darknumber.cli.output import DONE, errors, progress_bar
from darknumber.words import say


@app.command(help=say("cli.help.pseudonymise"), rich_help_panel=options.REPORTS)
def pseudonymise(
    source: Annotated[Path, typer.Argument(help=say("cli.option.reports"), show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help=say("cli.option.pseudonyms_out"), rich_help_panel=options.OUTPUT)] = Path(
        "linkage.parquet"
    ),
    mapping: coming_in.Mapping = None,
    sheet: options.Sheet = "",
    extracted: coming_in.Extracted = "",
    key: Annotated[
        Path | None,
        typer.Option("--key-file", help=say("cli.option.key_file"), rich_help_panel=options.OUTPUT, show_default=False),
    ] = None,
    clear: Annotated[str, typer.Option(help=say("cli.option.clear"), rich_help_panel=options.OUTPUT)] = "citizenship",
    leave_out: Annotated[
        str, typer.Option(help=say("cli.option.leave_out"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = "",
) -> int:
    """Write reports with codes in the place of names."""
    from darknumber.data.targets import place_for
    from darknumber.register.names.code_columns import SORTS
    from darknumber.register.names.keys import read_key
    from darknumber.register.names.pseudonyms import pseudonymise as write_pseudonyms

    check_other_file(out, source)
    place_for(out)
    read_key(key, SORTS)  # before the reports, which may take long
    with progress_bar(ends=False) as bar:
        reports = coming_in.reports_from(source, mapping, sheet, extracted)
        written = write_pseudonyms(
            reports, out, key=key, clear=options.split(clear), leave_out=options.split(leave_out), progress=bar
        )
    for line in str(written).splitlines():
        typer.echo(textwrap.fill(line, WIDTH, subsequent_indent="  "))
    errors.print(say("pseudonyms.names"), markup=False)
    return DONE


@app.command(help=say("cli.help.make_key"), rich_help_panel=options.REPORTS)
def make_key(
    out: Annotated[Path, typer.Argument(help=say("cli.option.key_out"), show_default=False)],
) -> int:
    """Draw a new key and keep it where only its owner can read it."""
    from darknumber.register.names.keys import make_key as draw_key
    from darknumber.register.names.keys import read_key

    path = draw_key(out)
    for line in (
        say("pseudonyms.key_made", path=str(path), check=read_key(path, ()).check),
        say("pseudonyms.key_next"),
    ):
        typer.echo(textwrap.fill(line, WIDTH))
    return DONE
