"""What ``print(validate(data))`` says: each list hidden, its known number, and what the others make of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.assumed import assumed_of
from darknumber.inference.printing import WIDTH, model_name
from darknumber.inference.publish import figures, headline_of, rounded
from darknumber.models.text import format_thing
from darknumber.studies.printing import aligned, blocks, closing, filled, heading
from darknumber.words import people, say
from darknumber.words.labels import covariate_name, list_name, stratum_name
from darknumber.words.numbers import hundredths

if TYPE_CHECKING:  # Validation prints itself through this module
    from darknumber.studies.validate import Trial, Validation

_ESTIMATE, _TIMES = 3, 5  # places of columns; the second is left out where no list has an upper limit
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
    assumes = assumed_of(found.model.assumes, found.data)
    tail = closing(_about(found), found.findings, assumes, found.data, width)
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
    held = held_in_words(fitted)
    card = found.scorecard
    vague = sum(not row.telling for row in fitted)
    if 2 * vague > len(fitted):
        return say("validate.title.vague", n=vague, lists=len(fitted))
    if card is None:
        return say("validate.title.hold", held=held)
    side = "low" if card.mean < 0 else "high"
    if not card.leans(found.level):
        side = "even"
    return say(f"validate.title.{side}", held=held, share=abs(math.expm1(card.mean)))


def held_in_words(trials: Sequence[Trial]) -> str:
    """How many intervals contain the known number; those without an upper limit are counted apart."""
    judged = [row.covered for row in trials if row.covered is not None]
    if len(judged) == len(trials):
        return say("validate.held.all", held=sum(judged), lists=len(judged))
    return say("validate.held.limited", held=sum(judged), lists=len(judged), n=len(trials) - len(judged))


def holds_in_words(trial: Trial) -> str:
    """Whether the interval contains the known number, or that it has no upper limit."""
    if trial.covered is None:
        return say("validate.no_limit")
    return say("validate.yes") if trial.covered else say("validate.no")


def times_in_words(trial: Trial, known: float) -> str:
    """The estimate as a multiple of the known number; nothing where it has no upper limit, or is itself infinite.

    Parameters
    ----------
    trial
        The list.
    known
        The known number, or what is shown of it.
    """
    return hundredths(trial.estimate / known) if known and math.isfinite(trial.estimate + trial.upper) else ""


def _lists(found: Validation, width: int) -> Iterator[str]:
    """A line for each list; below one that could not be estimated, why."""
    names = ["", say("validate.column.known"), say("validate.column.seen"), say("estimates.column.estimate")]
    names += [say("estimates.column.interval", level=found.level)]
    names += [say("validate.column.times"), say("validate.column.holds")]
    rows = [(list_name(row.list), people(row.known), people(row.seen), *_numbers(row)) for row in found.trials]
    shown = [place for place in range(len(names)) if place != _TIMES or any(row[place] for row in rows)]
    header, *lines = blocks([[row[place] for place in shown] for row in (names, *rows)], width)
    yield from header
    for row, numbers in zip(found.trials, lines, strict=True):
        yield from numbers
        if row.failure is not None:
            yield filled(row.failure.what, width)


def _numbers(row: Trial) -> tuple[str, ...]:
    """The estimate with its interval, how many times the known number it is, and whether the interval holds that."""
    if row.answer is None:
        return (say("modelset.verdict.not_identified"), "", "", "")
    published = headline_of(figures(row.answer)[0])
    estimate = published.estimate_text if math.isfinite(row.estimate) else say("validate.none")
    return (estimate, published.interval_text, times_in_words(row, row.known), holds_in_words(row))


def _levels(found: Validation, width: int) -> Iterator[str]:
    """For each level of the covariates asked for: over how many lists, how many intervals hold, the typical error."""
    levels = list(dict.fromkeys(row.levels for row in found.parts))
    if not levels:
        return
    names = [covariate_name(name) for name in found.by]
    yield filled(say("validate.levels", names=names, held=held_in_words(found.parts)), width)
    headings = [say(f"validate.column.{name}") for name in ("lists", "limited", "hold", "typical")]
    rows = [_level(found, level) for level in levels[:MOST]]
    yield from aligned([("", *headings), *rows], width)
    if len(levels) > MOST:
        yield filled(say("validate.more_levels", n=len(levels) - MOST), width)


def _level(found: Validation, levels: tuple[str, ...]) -> tuple[str, ...]:
    rows = [row for row in found.parts if row.levels == levels]
    errors = [row.error for row in rows if math.isfinite(row.error)]
    typical = hundredths(math.exp(float(np.median(errors)))) if errors else ""
    judged = [row.covered for row in rows if row.covered is not None]
    return (stratum_name(found.by, levels), people(len(rows)), people(len(judged)), people(sum(judged)), typical)


def _about(found: Validation) -> Iterator[str]:
    """How it was done, and what the errors say about the answer for everyone."""
    yield say("validate.read")
    if any(_numbers(row)[_TIMES - _ESTIMATE] for row in found.trials):
        yield say("validate.times")
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
