"""What is said of several models: those close to the best, with what is proved about all others; some side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.findings import Finding, by_severity
from darknumber.inference.assumed import assumed, assumption
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import (
    WIDTH,
    all_findings,
    finding_lines,
    finding_sentence,
    how_made,
    model_name,
    terms_in_words,
)
from darknumber.inference.publish import figures, headline_of
from darknumber.inference.set_words import criterion_name
from darknumber.kernels import verdicts
from darknumber.models.text import format_thing
from darknumber.studies.printing import blocks, closing, filled, heading
from darknumber.words import people, percent, say
from darknumber.words.numbers import tenths

if TYPE_CHECKING:  # ModelSet and Comparison print themselves through this module
    from darknumber.studies.compare import Comparison
    from darknumber.studies.search import ModelSet

MOST = 20  # models that are read in one look; where there are more, the range covers them and columns() has them all
_UNDER = " " * 6  # the terms of a model stand below its numbers, a little further in
_SAID = frozenset({"search_stopped"})  # findings that the sentences under the table say already


def describe_set(found: ModelSet, *, width: int = WIDTH) -> str:
    """The best models with their terms and estimates, the certificate, the range, and where a stepwise search ends.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    sentences = [_certificate(found), *_range(found), *_stepwise(found), " ".join(_about_estimates(found))]
    findings = [finding for finding in found.findings if finding.code not in _SAID]
    parts = [
        heading(_title(found), found.fit.data, width),
        "\n".join(_models(found, width)),
        closing(sentences, findings, assumed(found.fit), found.fit.data, width),
    ]
    return "\n\n".join(parts)


def verdict_word(code: int) -> str:
    """A verdict on the dark figure in a word or two."""
    return {
        verdicts.ESTIMABLE: say("modelset.verdict.estimable"),
        verdicts.INFINITE: say("modelset.verdict.infinite"),
        verdicts.ZERO: say("modelset.verdict.zero"),
    }.get(code, say("modelset.verdict.not_identified"))


def _title(found: ModelSet) -> str:
    model, lists = found.fit.model, len(found.fit.data.lists)
    order = getattr(model, "max_order", 2)
    if getattr(model, "scope", ""):
        family = say("modelset.family.scope")
    elif order == 2:
        family = say("modelset.family.pairs")
    elif order >= lists - 1 and not found.fit.data.covariates:
        family = say("modelset.family.all")
    else:
        family = say("modelset.family.orders", order=order)
    criterion = criterion_name(getattr(model, "criterion", "bic"))
    return say("modelset.title", delta=found.candidates.delta, criterion=criterion, family=family)


def _models(found: ModelSet, width: int) -> Iterator[str]:
    """Two lines or more a model: its numbers, and below them its terms."""
    listed, weights, estimates = found.candidates, found.weights, found.estimates
    shown = [row for row in range(len(listed.label)) if row < MOST or row == listed.local]
    headings = ("parameters", "above", "weight", "estimate", "verdict")
    rows = [
        (
            people(row + 1).rjust(len(people(len(listed.label)))),
            people(listed.parameters[row]),
            tenths(float(listed.distance[row])),
            percent(float(weights[row])),
            people(float(estimates[row])) if np.isfinite(estimates[row]) else "",
            verdict_word(int(listed.verdict[row])),
        )
        for row in shown
    ]
    header, *lines = blocks([("", *(say(f"modelset.column.{name}") for name in headings)), *rows], width)
    yield from header
    last = 0
    for row, numbers in zip(shown, lines, strict=True):
        if row > last + 1:
            yield _under(say("modelset.left_out", n=row - last - 1), width)
        yield from numbers
        yield _under(terms_in_words(listed.label[row]), width)
        last = row
    if last < len(listed.label) - 1:
        yield _under(say("modelset.left_out", n=len(listed.label) - 1 - last), width)


def _under(text: str, width: int) -> str:
    return textwrap.fill(text, width, initial_indent=_UNDER, subsequent_indent=_UNDER, break_on_hyphens=False)


def _certificate(found: ModelSet) -> str:
    """What is proved about the models that are not listed, or how far a search that was stopped may be off."""
    delta = found.candidates.delta
    if found.complete:
        if found.family is None:
            return say("modelset.proved.all", delta=delta)
        if found.family == 1:
            return say("modelset.proved.only")
        return say("modelset.proved.counted", family=found.family, delta=delta)
    if found.gap:
        return say("modelset.stopped.gap", gap=found.gap)
    return say("modelset.stopped.best", beyond=found.candidates.beyond, delta=delta)


def _range(found: ModelSet) -> tuple[str, ...]:
    """The lowest and the highest estimate of the models close to the best."""
    if found.range is None or found.near == 1:
        return ()
    low, high = found.range
    word = "range_open" if np.isinf(found.estimates[: found.near]).any() else "range"
    return (say(f"modelset.{word}", low=low, high=high),)


def _stepwise(found: ModelSet) -> tuple[str, ...]:
    """Where a stepwise search with the same criterion ends."""
    local = found.candidates.local
    if local < 0 or found.family == 1:
        return ()
    if local == found.candidates.chosen:
        return (say("modelset.stepwise.same"),)
    estimate, best = (people(float(found.estimates[row])) for row in (local, found.candidates.chosen))
    distance = float(found.candidates.distance[local])
    return (say("modelset.stepwise.other", rank=local + 1, estimate=estimate, best=best, distance=distance),)


def _about_estimates(found: ModelSet) -> tuple[str, ...]:
    """How many people are observed, and that estimates of single models have no interval of their own."""
    observed = say("modelset.observed", n=found.observed, unit=say(f"estimates.unit.{found.fit.data.unit}"))
    weights = (say("modelset.weights"),) if len(found.candidates.label) > 1 else ()
    return (observed, *weights, say("modelset.no_interval", model=format_thing(found.fit.model)))


def describe_comparison(found: Comparison, *, width: int = WIDTH) -> str:
    """Each model with its estimate and interval, what it assumes that the others do not, and what all share.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    totals = found.totals
    first = totals[0]
    data, everyone = first.fits[0].data, float(first.observed[0])
    shared = [finding for finding in all_findings(first) if all(finding in all_findings(each) for each in totals)]
    common = [code for code in assumed(first.fits[0]) if all(code in assumed(each.fits[0]) for each in totals)]
    made = dict.fromkeys(sentence for each in totals for sentence in how_made(each))
    sentences = [say("compare.observed", n=everyone, unit=say(f"estimates.unit.{first.unit}")), *made]
    assumes = "; ".join(assumption(code) for code in common)
    tail = [filled(say("compare.assume", assumptions=assumes), width)] if common else []
    parts = [
        heading(say("compare.title", n=len(totals)), data, width),
        "\n".join(_side_by_side(totals, shared, common, width)),
        "\n".join([*(filled(sentence, width) for sentence in sentences), *finding_lines(shared, data, width), *tail]),
    ]
    return "\n\n".join(parts)


def _side_by_side(
    totals: Sequence[Estimates], shared: Sequence[Finding], common: Sequence[str], width: int
) -> Iterator[str]:
    """A line of numbers for each model, and below it what it is, what it alone assumes and what must be known of it."""
    rows = []
    for each in totals:
        row = headline_of(figures(each)[0])
        name = format_thing(each.fits[0].model)
        rows.append((name, row.estimate_text, row.interval_text, row.share_text))
    level = totals[0].level
    headings = [
        say("estimates.column.estimate"),
        say("estimates.column.interval", level=level),
        say("estimates.column.share"),
    ]
    header, *lines = blocks([("", *headings), *rows], width)
    yield from header
    for each, numbers in zip(totals, lines, strict=True):
        yield from numbers
        yield _under(_what_it_is(each, common), width)
        for finding in by_severity(f for f in all_findings(each) if f not in shared):
            label = say(f"estimates.severity.{finding.severity}")
            yield _under(f"{label}: {finding_sentence(finding, each.fits[0].data)}", width)


def _what_it_is(answer: Estimates, common: Sequence[str]) -> str:
    """The model in words, its terms where it has them, and what it assumes that not all others do."""
    fit = answer.fits[0]
    parts = [model_name(fit.model)]
    parts += [terms_in_words(fit.terms)] if fit.terms or (fit.terms == "" and fit.model.selects) else []
    own = [assumption(code) for code in assumed(fit) if code not in common]
    parts += [say("compare.assumes", assumptions="; ".join(own))] if own else []
    return say("compare.model", parts=". ".join(part[:1].upper() + part[1:] for part in parts))
