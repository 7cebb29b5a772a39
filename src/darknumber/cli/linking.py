"""The options of commands that link reports, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from darknumber.cli import options
from darknumber.errors import InputError, ModelError
from darknumber.words import say

if TYPE_CHECKING:
    from darknumber.register.linkage.methods import Method

LINKAGE = say("cli.panel.linkage")

Lists = Annotated[str, typer.Option(help=say("cli.option.link_lists"), rich_help_panel=options.DATA)]
Merge = Annotated[
    list[str], typer.Option(help=say("cli.option.link_merge"), rich_help_panel=options.DATA, show_default=False)
]
CountedUnit = Annotated[
    Literal["person", "person-year"], typer.Option(help=say("cli.option.unit"), rich_help_panel=options.DATA)
]
HowToLink = Annotated[
    Literal["probabilistic", "rules", "exact"],
    typer.Option("--method", help=say("cli.option.link_method"), rich_help_panel=LINKAGE),
]
WhoseKey = Annotated[
    Literal["own", "shared"], typer.Option("--key", help=say("cli.option.link_key"), rich_help_panel=LINKAGE)
]
Threshold = Annotated[float, typer.Option(help=say("cli.option.link_threshold"), rich_help_panel=LINKAGE)]
Draws = Annotated[int, typer.Option(help=say("cli.option.link_draws"), rich_help_panel=LINKAGE)]
WhatOfUnlinkable = Annotated[
    Literal["leave out", "count"],
    typer.Option("--unlinkable", help=say("cli.option.unlinkable"), rich_help_panel=LINKAGE),
]
ModelIn = Annotated[
    Path | None, typer.Option(help=say("cli.option.model_in"), rich_help_panel=LINKAGE, show_default=False)
]


def check_drawing(threshold: float, draws: int) -> None:
    """Refuse, before the work, what the draws of who is who would refuse after it."""
    if not 0 < threshold < 1:
        raise InputError("link_threshold", threshold=threshold)
    if draws < 1:
        raise InputError("no_link_draws", n=draws)


def check_question(
    definitions: Sequence[str], model: str = "", interval: str = "", *, level: float = 0.95, seed: int = 0
) -> None:
    """Refuse, before reports are linked, what would be refused after it."""
    from darknumber.inference.asked import check_settings
    from darknumber.inference.intervals import INTERVALS, Bootstrap, Mixture, Posterior
    from darknumber.models import MODELS
    from darknumber.models.text import parse
    from darknumber.register.screening.definitions import definition_of

    for each in definitions:
        definition_of(each)
    if model:
        parse(model, MODELS)
    if interval and not isinstance(parse(interval, INTERVALS), Bootstrap | Mixture | Posterior):
        raise ModelError("pooled_needs_draws", interval=interval)
    check_settings(level, seed, None)


def method_for(method: str, key: Literal["own", "shared"], model_in: Path | None) -> Method:
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


def merged(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
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
