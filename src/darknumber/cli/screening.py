"""The command that says what reports point to, and how many count by each definition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from darknumber import __version__
from darknumber.cli import coming_in, options
from darknumber.cli.app import app
from darknumber.cli.output import DONE
from darknumber.errors import ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.register.screening.screening import Screening


@app.command(help=say("cli.help.screen"), rich_help_panel=options.REPORTS)
def screen(
    sources: coming_in.Files = [],  # noqa: B006 - typer reads the default and never changes it
    *,
    mapping: coming_in.Mappings = [],  # noqa: B006
    sheet: options.Sheet = "",
    extracted: coming_in.Extracted = "",
    definition: Annotated[
        list[str], typer.Option(help=say("cli.option.also"), rich_help_panel=options.DATA, show_default=False)
    ] = [],  # noqa: B006 - typer reads the default and never changes it
    rules: Annotated[
        Literal["law", "law+ilo"] | None,
        typer.Option(help=say("cli.option.rules"), rich_help_panel=options.DATA, show_default=False),
    ] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help=say("cli.option.questions"), rich_help_panel=options.OUTPUT)
    ] = False,
    list_definitions: Annotated[
        bool, typer.Option("--definitions", help=say("cli.option.definitions"), rich_help_panel=options.OUTPUT)
    ] = False,
    as_json: options.Json = False,
) -> int:
    """Screen reports, or say what each definition means."""
    from darknumber.register.screening.definitions import definitions
    from darknumber.register.screening.screen import screen as screen_reports
    from darknumber.register.screening.screen_printing import describe_definitions, describe_questions

    if list_definitions:
        typer.echo(describe_definitions(definitions()))
        return DONE
    if not sources:
        raise ModelError("nothing_to_screen")
    found = screen_reports(coming_in.reports_together(sources, mapping, sheet, extracted), definition, rules=rules)
    if as_json:
        typer.echo(json.dumps(_as_json(found), indent=2))
        return DONE
    typer.echo(str(found))
    if questions:
        typer.echo("\n" + describe_questions(found))
    return DONE


def _as_json(found: Screening) -> dict[str, Any]:
    from darknumber.register.screening.screening import WHATS

    tables = {}
    for what in WHATS:
        columns = found.columns(what)
        tables[what] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    findings = [{"code": each.code, "severity": each.severity, "text": each.sentence()} for each in found.findings]
    about = {"darknumber": __version__, "name": found.name, "reports": found.reports, "rules": found.rules}
    return about | tables | {"says": say("screen.no_verdict"), "findings": findings}
