"""The command that opens the pages."""

from __future__ import annotations

import signal
import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from darknumber.cli import options
from darknumber.cli.app import ANSWERS, app
from darknumber.cli.output import DONE
from darknumber.errors import InputError
from darknumber.words import say

MEGABYTE = 1024**2


@app.command(rich_help_panel=ANSWERS, help=say("cli.help.serve"))
def serve(
    source: Annotated[str, typer.Argument(help=say("cli.option.served"), show_default=False)] = "",
    *,
    port: Annotated[
        int, typer.Option(help=say("cli.option.port"), rich_help_panel=options.OUTPUT, show_default=False)
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help=say("cli.option.open"), rich_help_panel=options.OUTPUT)
    ] = True,
    largest: Annotated[int, typer.Option(help=say("cli.option.largest"), rich_help_panel=options.OUTPUT)] = 4096,
    workers: options.Workers = 0,
) -> int:
    """Answer in the browser, on this machine only, until it is stopped."""
    try:
        from darknumber.web.serve import Running, starting_with
    except ModuleNotFoundError as error:
        raise InputError("app_not_installed") from error
    begin = starting_with(source) if source else None
    running = Running(port=port, workers=workers or None, largest=largest * MEGABYTE, begin=begin)
    typer.echo(say("cli.serving", address=running.address))
    typer.echo(say("cli.serving_stop"))
    if browser:
        webbrowser.open(running.address_once())
    for name in ("SIGTERM", "SIGHUP"):  # whoever ends it, and the terminal that is closed: all is wiped first
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    with suppress(KeyboardInterrupt):  # the usual way to stop it, and no interruption of anything
        running.run()
    typer.echo(say("cli.served"))
    return DONE


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
