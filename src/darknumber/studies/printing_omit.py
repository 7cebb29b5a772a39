"""What ``print(omit(data))`` says: how far the answer moves without a list, or with two of them as one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from darknumber.inference.assumed import assumed_of
from darknumber.inference.printing import WIDTH, how_made, model_name
from darknumber.inference.publish import alone, figures, headline_of
from darknumber.kernels import verdicts
from darknumber.models.text import format_thing
from darknumber.studies.printing import blocks, closing, filled, heading
from darknumber.words import people, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import hundredths, listing

if TYPE_CHECKING:  # Omission prints itself through this module
    from darknumber.studies.omit import Omission, Variant


def describe_omission(found: Omission, *, width: int = WIDTH) -> str:
    """The answer with all lists, without each and with each pair merged; the list it hangs on comes first.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    data = found.everything.data
    tail = closing(_about(found), found.findings, assumed_of(found.model.assumes, data), data, width)
    return "\n\n".join([heading(title(found), data, width), "\n".join(_rows(found, width)), tail])


def short(value: float, floor: float = 0.0) -> str:
    """An estimate without an interval of its own, to three digits; never below what is registered."""
    return people(alone(value, floor))


def title(found: Omission) -> str:
    """What the reader must know first: the list that the answer hangs on, or that there is none."""
    everything, moved = found.everything, found.movers
    if not math.isfinite(everything.estimate):
        known = sum(math.isfinite(row.estimate) for row in found.without)
        return say("omit.title.no_headline", n=known, lists=len(found.without))
    whole = _number(everything)
    if not moved:
        low, high = found.range or (everything.estimate, everything.estimate)
        return say("omit.title.steady", low=short(low), high=short(high), whole=whole)
    lowest, highest = min(moved, key=lambda row: row.height), max(moved, key=lambda row: row.height)
    if lowest.height < everything.estimate < highest.height:
        values = {"low": _number(lowest), "high": _number(highest), "whole": whole}
        return say("omit.title.both", lowest=_names(lowest), highest=_names(highest), **values)
    return say("omit.title.one", name=_names(found.most), estimate=_number(found.most), whole=whole)


def _rows(found: Omission, width: int) -> Iterator[str]:
    """A line for each variant; below one that could not be fitted, why."""
    with_limits = found.everything.answer is not None
    headings = [say("estimates.column.observed"), say("estimates.column.estimate")]
    headings += [say("estimates.column.interval", level=found.level)] if with_limits else []
    rows = [_row(row, with_limits=with_limits) for row in found.variants]
    header, *lines = blocks([("", *headings, say("omit.column.times")), *rows], width)
    yield from header
    for place, (row, numbers) in enumerate(zip(found.variants, lines, strict=True)):
        if place and row.kind != found.variants[place - 1].kind:
            yield ""
        yield from numbers
        if row.failure is not None:
            yield filled(row.failure.what, width)


def _row(row: Variant, *, with_limits: bool) -> tuple[str, ...]:
    """The name of a variant and its numbers; what is infinite or not identified is said in words."""
    name = say(f"omit.row.{row.kind}", names=[list_name(name) for name in row.lists])
    estimate = _number(row)
    limits = ""
    if row.answer is not None:
        published = headline_of(figures(row.answer)[0])
        estimate, limits = published.estimate_text, published.interval_text
    times = hundredths(row.factor) if math.isfinite(row.factor) else ""
    return (name, people(row.observed), estimate, *((limits,) if with_limits else ()), times)


def _number(row: Variant) -> str:
    """The estimate of a variant, or why there is none."""
    if row.failure is not None or row.verdict == verdicts.NOT_IDENTIFIED:
        return say("modelset.verdict.not_identified")
    return short(row.estimate, row.observed)


def _names(row: Variant) -> str:
    return listing([list_name(name) for name in row.lists])


def _about(found: Omission) -> Iterator[str]:
    """How to read the table, and how it was made."""
    yield say("omit.read")
    yield say("omit.model", model=model_name(found.model), text=format_thing(found.model))
    answer = found.everything.answer
    if answer is None:
        yield say("omit.no_intervals")
    else:
        yield from how_made(answer)
