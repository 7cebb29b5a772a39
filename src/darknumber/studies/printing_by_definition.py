"""What is said of the estimate under one definition after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from darknumber.inference.assumed import assumed_by
from darknumber.inference.printing import model_name
from darknumber.inference.publish import figures
from darknumber.studies.printing import aligned, closing, filled, heading
from darknumber.words import say

if TYPE_CHECKING:  # ByDefinition prints itself through this module
    from darknumber.studies.by_definition import ByDefinition

WIDTH = 80


def describe_by_definition(found: ByDefinition, *, width: int = WIDTH) -> str:
    """A row for each definition, who that is, and how the rows are to be read."""
    first = found.answers[0]
    rows = [
        [
            say("linked.definitions.definition"),
            say("estimates.column.observed"),
            say("estimates.column.estimate"),
            say("estimates.column.interval", level=first.level),
        ]
    ]
    for each, answer in zip(found.definitions, found.answers, strict=True):
        row = figures(answer)[0]
        rows.append([each.name, row.observed_text, row.estimate_text, row.interval_text])
    said = [
        say("linked.definitions.read"),
        *(say("linked.definitions.who", name=each.name, who=each.sentence) for each in found.definitions),
    ]
    return "\n".join(
        [
            heading(say("linked.definitions.title"), found.data, width),
            filled(say("linked.definitions.models", models=list(_models(found))), width),
            "",
            *aligned(rows, width),
            "",
            closing(said, found.findings, assumed_by(first), found.data, width),
        ]
    )


def _models(found: ByDefinition) -> dict[str, None]:
    """The names of the models, each once; where the data chose, definitions may have different ones."""
    return {model_name(answer.fits[0].model): None for answer in found.answers}
