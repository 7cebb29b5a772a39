"""The options that several commands share; named as the arguments in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from darknumber.errors import ModelError
from darknumber.words import say

DATA = say("cli.panel.data")
MODEL = say("cli.panel.model")
OUTPUT = say("cli.panel.output")
REPORTS = say("cli.panel.reports")

ModelText = Annotated[
    str, typer.Option("--model", help=say("cli.option.model"), rich_help_panel=MODEL, show_default=False)
]
IntervalText = Annotated[
    str, typer.Option("--interval", help=say("cli.option.interval"), rich_help_panel=MODEL, show_default=False)
]
IfAsked = Annotated[
    str, typer.Option("--interval", help=say("cli.option.if_asked"), rich_help_panel=MODEL, show_default=False)
]
Level = Annotated[float, typer.Option(help=say("cli.option.level"), rich_help_panel=MODEL)]
Seed = Annotated[int, typer.Option(help=say("cli.option.seed"), rich_help_panel=MODEL)]
Workers = Annotated[int, typer.Option(help=say("cli.option.workers"), rich_help_panel=MODEL, show_default=False)]
Processes = Annotated[
    int, typer.Option("--workers", help=say("cli.option.processes"), rich_help_panel=MODEL, show_default=False)
]
Sheet = Annotated[str, typer.Option(help=say("cli.option.sheet"), rich_help_panel=DATA)]
Out = Annotated[Path | None, typer.Option(help=say("cli.option.out"), rich_help_panel=OUTPUT)]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"), rich_help_panel=OUTPUT)]


def split(text: str) -> tuple[str, ...]:
    """Names from ``a,b,c``, spaces around them dropped."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def several(text: str, option: str) -> tuple[float, ...]:
    """Numbers from ``0.1,0.2``.

    Raises
    ------
    ModelError
        Something that is no number.
    """
    try:
        return tuple(float(part) for part in split(text))
    except ValueError as error:
        raise ModelError("not_numbers", option=option, text=text) from error


def pair(text: str, option: str) -> tuple[float, float]:
    """Two numbers from ``1,inf``; fewer or more are a `ModelError`."""
    found = several(text, option)
    if len(found) != 2:
        raise ModelError("not_two_numbers", option=option, text=text)
    return found[0], found[1]


def number(text: str) -> str | float:
    """A number where the text is one, else the text."""
    try:
        return float(text)
    except ValueError:
        return text
