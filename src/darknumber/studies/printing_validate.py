"""What ``print(validate(data))`` says: each list hidden, its known number, and what the others make of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.printing import WIDTH, model_name
from darknumber.inference.publish import figures, headline_of, rounded
from darknumber.models.text import format_thing
from darknumber.studies.printing import aligned, blocks, closing, filled, heading
from darknumber.words import people, say
from darknumber.words.labels import covariate_name, list_name, stratum_name
from darknumber.words.numbers import hundredths

if TYPE_CHECKING:  # Validation prints itself through this module
    from darknumber.studies.validate import Trial, Validation

MOST = 20  # levels that are read in one look; where there are more, by_columns() has them all


def describe_validation(found: Validation, *, width: int = WIDTH) -> str:
    """Each list with its known number, what the others make of it, and what that says about the answer.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    tail = closing(_about(found), found.findings, found.model.assumes, found.data, width)
    parts = [
        heading(title(found), found.data, width),
        "\n".join(_lists(found, width)),
        "\n".join(_levels(found, width)),
        tail,
    ]
    return "\n\n".join(part for part in parts if part)


def title(found: Validation) -> str:
    """How many intervals hold, and to which side the answers are."""
    fitted = [row for row in found.trials if row.failure is None]
    held = sum(bool(row.covered) for row in fitted)
    card = found.scorecard
    vague = sum(not row.telling for row in fitted)
    if 2 * vague > len(fitted):
        return say("validate.title.vague", n=vague, lists=len(fitted))
    if card is None:
        return say("validate.title.hold", n=held, lists=len(fitted))
    side = "low" if card.mean < 0 else "high"
    if not card.leans(found.level):
        side = "even"
    return say(f"validate.title.{side}", n=held, lists=len(fitted), share=abs(math.expm1(card.mean)))


def _lists(found: Validation, width: int) -> Iterator[str]:
    """A line for each list; below one that could not be estimated, why."""
    headings = [
        say("validate.column.known"),
        say("validate.column.seen"),
        say("estimates.column.estimate"),
        say("estimates.column.interval", level=found.level),
        say("validate.column.holds"),
    ]
    rows = [(list_name(row.list), people(row.known), people(row.seen), *_numbers(row)) for row in found.trials]
    header, *lines = blocks([("", *headings), *rows], width)
    yield from header
    for row, numbers in zip(found.trials, lines, strict=True):
        yield from numbers
        if row.failure is not None:
            yield filled(row.failure.what, width)


def _numbers(row: Trial) -> tuple[str, ...]:
    """The estimate with its interval, and whether that holds the known number."""
    if row.answer is None:
        return (say("modelset.verdict.not_identified"), "", "")
    published = headline_of(figures(row.answer)[0])
    estimate = published.estimate_text if math.isfinite(row.estimate) else say("validate.none")
    return (estimate, published.interval_text, say("validate.yes") if row.covered else say("validate.no"))


def _levels(found: Validation, width: int) -> Iterator[str]:
    """For each level of the covariates asked for: over how many lists, how many intervals hold, the typical error."""
    levels = list(dict.fromkeys(row.levels for row in found.parts))
    if not levels:
        return
    held = sum(bool(row.covered) for row in found.parts)
    names = [covariate_name(name) for name in found.by]
    yield filled(say("validate.levels", names=names, n=held, parts=len(found.parts)), width)
    headings = [say("validate.column.lists"), say("validate.column.hold"), say("validate.column.typical")]
    rows = [_level(found, level) for level in levels[:MOST]]
    yield from aligned([("", *headings), *rows], width)
    if len(levels) > MOST:
        yield filled(say("validate.more_levels", n=len(levels) - MOST), width)


def _level(found: Validation, levels: tuple[str, ...]) -> tuple[str, ...]:
    rows = [row for row in found.parts if row.levels == levels]
    errors = [row.error for row in rows if math.isfinite(row.error)]
    typical = hundredths(math.exp(float(np.median(errors)))) if errors else ""
    held = sum(bool(row.covered) for row in rows)
    return (stratum_name(found.by, levels), people(len(rows)), people(held), typical)


def _about(found: Validation) -> Iterator[str]:
    """How it was done, and what the errors say about the answer for everyone."""
    yield say("validate.read")
    yield say("omit.model", model=model_name(found.model), text=format_thing(found.model))
    yield say("validate.interval", interval=format_thing(found.interval), seed=found.seed)
    yield from _scorecard(found)


def _scorecard(found: Validation) -> Sequence[str]:
    card = found.scorecard
    if card is None:
        return [say("validate.no_scorecard")]
    low, high = (math.exp(card.mean + side * card.reach(found.level)) for side in (-1, 1))
    said = [say("validate.scorecard", n=card.cases, times=math.exp(card.mean), low=low, high=high)]
    if card.left_out:
        said.append(say("validate.left_out", n=card.left_out))
    if found.empirical is not None:
        shown = rounded(found.headline, *found.empirical, floor=float(found.data.count.sum()))
        values = {"estimate": shown.value, "low": shown.lower, "high": shown.upper}
        said.append(say("validate.empirical", **values))
        said.append(say("validate.what_it_is"))
    return said
