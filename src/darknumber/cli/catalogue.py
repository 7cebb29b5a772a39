"""What ``darknumber models`` prints: the registries of models and intervals, in words."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable
from typing import Any

from darknumber.data.names import near
from darknumber.errors import ModelError
from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS, OF_SIGHTINGS
from darknumber.models.text import format_thing
from darknumber.words import say

WIDTH = 80


def list_models() -> str:
    """Every model and every interval with one sentence."""
    hint = textwrap.fill(say("cli.models_hint"), WIDTH)
    on_one = ["", say("cli.of_sightings"), *_listed(OF_SIGHTINGS)]
    return "\n".join([*_listed(MODELS), *on_one, "", say("cli.intervals"), *_listed(INTERVALS), "", hint])


def describe(name: str) -> str:
    """One model or interval: what it does, assumes and takes, and where it comes from.

    Raises
    ------
    ModelError
        There is no model or interval of that name.
    """
    known: dict[str, Any] = {**MODELS, **OF_SIGHTINGS, **INTERVALS}
    if name not in known:
        nearest = near(name, tuple(known))
        if nearest:
            raise ModelError("unknown_model_near", name=name, known=tuple(known), near=nearest)
        raise ModelError("unknown_model", name=name, known=tuple(known))
    thing = known[name]
    lines = [name, textwrap.fill(say(f"about.{name}"), WIDTH, initial_indent="  ", subsequent_indent="  "), ""]
    if name in MODELS or name in OF_SIGHTINGS:
        assumed = "; ".join(say(f"assumption.{code}") for code in thing.assumes)
        lines.append(textwrap.fill(say("cli.assumes", assumptions=assumed), WIDTH))
    lines.append(textwrap.fill(say("cli.source", source=thing.source), WIDTH))
    if dataclasses.fields(thing):
        lines += ["", say("cli.options")]
    for item in dataclasses.fields(thing):
        lines.append(f"  {item.name} = {_shown(getattr(thing, item.name))}")
        text = say(f"option.{name}.{item.name}")
        lines.append(textwrap.fill(text, WIDTH, initial_indent="      ", subsequent_indent="      "))
    return "\n".join(lines)


def _listed(names: Iterable[str]) -> list[str]:
    indent = " " * 20
    return [
        textwrap.fill(say(f"about.{name}"), WIDTH, initial_indent=f"{name:<19} ", subsequent_indent=indent)
        for name in names
    ]


def _shown(value: Any) -> str:
    """The value of an option as it is written on the command line."""
    if hasattr(value, "name"):
        return format_thing(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or '""'
