"""What ``darknumber models`` prints: the registry, in words."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from typing import Any

from darknumber.errors import ModelError
from darknumber.models import MODELS
from darknumber.models.text import format_thing
from darknumber.words import say

WIDTH = 80


def list_models() -> str:
    """Every model with one sentence."""
    indent = " " * 20
    lines = [
        textwrap.fill(say(f"about.{name}"), WIDTH, initial_indent=f"{name:<19} ", subsequent_indent=indent)
        for name in MODELS
    ]
    return "\n".join([*lines, "", say("cli.models_hint")])


def describe_model(name: str) -> str:
    """One model: what it does, assumes and takes, and where it comes from."""
    if name not in MODELS:
        raise ModelError("unknown_model", name=name, known=tuple(MODELS))
    model: Any = MODELS[name]
    lines = [name, textwrap.fill(say(f"about.{name}"), WIDTH, initial_indent="  ", subsequent_indent="  ")]
    assumed = "; ".join(say(f"assumption.{code}") for code in model.assumes)
    lines += ["", textwrap.fill(say("cli.assumes", assumptions=assumed), WIDTH)]
    lines += [textwrap.fill(say("cli.source", source=model.source), WIDTH)]
    if dataclasses.fields(model):
        lines += ["", say("cli.options")]
    described = _described_fields(type(model))
    for item in dataclasses.fields(model):
        value = getattr(model, item.name)
        shown = format_thing(value) if hasattr(value, "name") else value if value != "" else '""'
        lines.append(f"  {item.name} = {shown}")
        text = described.get(item.name, "")
        lines.append(textwrap.fill(text, WIDTH, initial_indent="      ", subsequent_indent="      "))
    return "\n".join(lines)


def _described_fields(kind: type) -> dict[str, str]:
    """Field descriptions from the NumPy-style docstring of a model."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in inspect.cleandoc(kind.__doc__ or "").splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.strip(), []) if line.strip().isidentifier() else None
        elif current is not None and line.strip():
            current.append(line.strip())
    return {name: " ".join(lines).replace("`", "") for name, lines in found.items()}
