"""The options that several commands share; named as the arguments in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from darknumber.words import say

MODEL = say("cli.panel.model")
OUTPUT = say("cli.panel.output")

Seed = Annotated[int, typer.Option(help=say("cli.option.seed"), rich_help_panel=MODEL)]
Workers = Annotated[int, typer.Option(help=say("cli.option.workers"), rich_help_panel=MODEL, show_default=False)]
Out = Annotated[Path | None, typer.Option(help=say("cli.option.out"), rich_help_panel=OUTPUT)]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"), rich_help_panel=OUTPUT)]


def split(text: str) -> tuple[str, ...]:
    """Names from ``a,b,c``, spaces around them dropped."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def number(text: str) -> str | float:
    """A number where the text is one, else the text."""
    try:
        return float(text)
    except ValueError:
        return text
