"""The command that says what came of the rows of a file of reports, and writes a mapping to start from."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from darknumber import __version__
from darknumber.cli import coming_in, options
from darknumber.cli.app import WIDTH, app, check_other_file
from darknumber.cli.output import BAD_DATA, DONE, tell_written
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.register.reading.intake import Intake


@app.command(help=say("cli.help.intake"), rich_help_panel=options.REPORTS)
def intake(
    source: coming_in.File,
    *,
    mapping: coming_in.Mapping = None,
    sheet: options.Sheet = "",
    extracted: coming_in.Extracted = "",
    write_mapping: Annotated[
        Path | None,
        typer.Option(help=say("cli.option.write_mapping"), rich_help_panel=options.OUTPUT, show_default=False),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Say of every row of a file of reports whether it is used, and why not; or write a mapping to start from."""
    from darknumber.register.reading.intake import intake as take_in

    if write_mapping is not None:
        if mapping is not None:
            raise ModelError("mapping_and_write")
        return _write(source, sheet, write_mapping)
    found = take_in(coming_in.reports_from(source, mapping, sheet, extracted))
    typer.echo(json.dumps(intake_as_json(found), indent=2) if as_json else str(found))
    return DONE if found.accepted else BAD_DATA


def intake_as_json(found: Intake) -> dict[str, Any]:
    """Everything that `intake` shows, and the organisations it had no room for."""
    from darknumber.register.reading.schema import version

    columns = found.columns()
    return {
        "darknumber": __version__,
        "fields": version(),
        "name": found.name,
        "extracted": found.extracted.isoformat(),
        "rows": found.rows,
        "accepted": found.accepted,
        "set_aside": found.set_aside,
        "rules": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "organisations": dict(found.organisations),
        "other_organisations": found.others,
        "recorded": {name: list(counts) for name, counts in found.recorded.items()},
        "columns": dict(found.headings),
        "unused": list(found.unused),
    }


def _write(source: str, sheet: str, path: Path) -> int:
    from darknumber.data.targets import place_for
    from darknumber.register.reading.reports import suggest_mapping
    from darknumber.views.writing import write_whole

    check_other_file(path, source)
    target = place_for(path)
    if target.exists():
        raise ModelError("mapping_is_there", path=str(path))
    suggested = suggest_mapping(source, sheet=sheet or None)
    write_whole(target, suggested.text.encode())
    told = say("intake.suggested", n=suggested.columns, used=suggested.used)
    if suggested.needed:
        told += " " + say("intake.needed", fields=suggested.needed)
    typer.echo(textwrap.fill(told, WIDTH))
    tell_written(path)
    return DONE
