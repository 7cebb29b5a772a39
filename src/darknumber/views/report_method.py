"""The parts of the report that say how it was done: the method, what it takes for granted, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import version

from darknumber.data.table import CaptureTable
from darknumber.inference.assumed import LINKED, assumed_by, assumption
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.printing import (
    how_made,
    model_name,
    part_terms_in_words,
    roles_in_words,
    terms_in_words,
    what_replicates_chose,
)
from darknumber.inference.set_words import chosen_by_data
from darknumber.models.base import Fit, Model
from darknumber.models.completed import Completed
from darknumber.models.sightings import SightingsFit
from darknumber.views.disclosure import total_shown
from darknumber.views.document import Block, Command, Facts, Part, Points, Text
from darknumber.views.labels import capital, lists_in
from darknumber.views.method_words import settings_in_words
from darknumber.views.options import ReportOptions
from darknumber.words import say
from darknumber.words.labels import covariate_name, list_name
from darknumber.words.references import in_full


def method(estimates: Estimates, options: ReportOptions) -> Part:
    """How the answer was worked out, from the settings of the model and the interval, and what it assumes."""
    inner = [_inner("idea", Text(text=say("view.method.idea", n=lists_in(estimates))))]
    if estimates.fits:
        fit = estimates.fits[0]
        inner.append(_inner("model", *_about_data(fit.data, estimates, options), *_about_model(fit)))
    inner.append(_inner("interval", *_about_interval(estimates)))
    if estimates.fits:
        points = tuple(capital(assumption(code)) + "." for code in assumed_by(estimates))
        told = Points(items=points)
        inner.append(
            _inner("assumes", Text(text=say("view.method.assumes")), told, Text(text=say("view.method.untested")))
        )
    if options.assumptions:
        inner.append(_inner("settled", Facts(pairs=options.assumptions)))
    inner.append(_inner("printed", *_about_printing(estimates, options)))
    return Part(name="method", heading=say("view.report.method"), parts=tuple(inner))


def _everyone(data: CaptureTable, options: ReportOptions) -> str:
    """How many people the answer is about: of part of them, that part, as the whole beside it would tell the rest."""
    protection = options.protection
    whole = protection is None or protection.has_lists
    return total_shown(data, protection).text if whole or protection is None else protection.total.text


def _inner(name: str, *blocks: Block) -> Part:
    return Part(name=f"method-{name}", heading=say(f"method.heading.{name}"), blocks=blocks)


def _about_data(data: CaptureTable, estimates: Estimates, options: ReportOptions) -> Iterator[Text]:
    said = [
        say(
            "method.data.lists",
            name=estimates.name or say("view.unnamed"),
            people=_everyone(data, options),
            unit=say(f"estimates.unit.{estimates.unit}"),
            n=len(data.lists),
            lists=[list_name(name) for name in data.lists],
        )
    ]
    if data.covariates:
        said.append(say("method.data.covariates", names=[covariate_name(each.name) for each in data.covariates]))
    would_be = any(getattr(fit.model, "inactive", "") == "unseen" for fit in estimates.fits[:1])
    if not (data.operating.all() or would_be):  # where people are put on lists that were not kept, the model says so
        said.append(say("method.data.inactive"))
    yield Text(text=" ".join(said))


def _about_model(fit: Fit) -> Iterator[Text]:
    settled = fit.law if isinstance(fit, SightingsFit) else fit.model  # a law that the data chose is told as one named
    yield Text(text=" ".join([say("view.method.model", model=model_name(fit.model)), *settings_in_words(settled)]))
    if fit.terms is not None:
        yield Text(text=say("view.method.terms", terms=terms_in_words(fit.terms)))
    parts = part_terms_in_words(fit)
    if parts:
        yield Text(text=say("view.method.parts", parts="; ".join(parts)))
    roles = roles_in_words(fit)
    if roles:
        yield Text(text=" ".join(roles))


def _about_interval(estimates: Estimates) -> Iterator[Text]:
    interval = estimates.interval
    made = [*how_made(estimates), *settings_in_words(interval)]
    if isinstance(interval, Bootstrap) and interval.limits == "bca":
        made.append(say("view.method.percentile"))
    yield Text(text=" ".join(made))
    repeated = list(what_replicates_chose(estimates))
    if isinstance(interval, Bootstrap) and estimates.fits:
        fit = estimates.fits[0]
        repeated.insert(0, say(f"method.repeated.{'selection' if chosen_by_data(fit) else 'fixed'}"))
        repeated += [say("method.repeated.dealt")] if isinstance(fit.model, Completed) else []
    left = "not_linked" if _is_linked(estimates) else "not"
    yield Text(text=" ".join([*repeated, say(f"method.repeated.{left}", n=lists_in(estimates))]))


def _is_linked(estimates: Estimates) -> bool:
    """Whether the answer comes from draws of who is who."""
    return any(finding.code == LINKED for finding in estimates.findings)


def _about_printing(estimates: Estimates, options: ReportOptions) -> Iterator[Text]:
    if estimates.unit == "person-year":
        yield Text(text=say("view.method.years"))
    yield Text(text=say("view.method.rounding"))
    if options.protection is not None:
        yield Text(text=" ".join(options.protection.said()))


def references(estimates: Estimates, options: ReportOptions) -> Part:
    """The publications that the model and the interval come from, in full and in order of their authors."""
    fits = [fit for top in estimates.fits for fit in (top, *top.parts)]
    sources = [source for fit in fits for source in _sources(fit.model)]
    found = {each for source in [*sources, estimates.interval.source] for each in in_full(source)}
    items = tuple(sorted({*found, *options.extra_references}, key=str.casefold))
    return Part(name="references", heading=say("view.report.references"), blocks=(Points(items=items),))


def _sources(model: Model) -> Iterator[str]:
    """Where a model comes from, and any model inside it."""
    yield model.source
    for each in fields(model):  # type: ignore[arg-type]  # every model is a dataclass, which a protocol cannot say
        inside = getattr(model, each.name)
        if isinstance(inside, Model):
            yield from _sources(inside)


def repeat(estimates: Estimates, options: ReportOptions) -> Part:
    """What is needed to get the same numbers again."""
    facts = [("data", estimates.name or say("view.unnamed"))]
    if estimates.fits:
        fit = estimates.fits[0]
        facts.append(("lists", ", ".join(list_name(name) for name in fit.data.lists)))
        facts.append(("people", _everyone(fit.data, options)))
        facts.append(("model", model_name(fit.model)))
    facts.append(("interval", how_made(estimates)[0]))
    facts.append(("seed", str(estimates.seed)))
    facts.append(("version", say("view.repeat.program", version=version("darknumber"))))
    named = tuple((say(f"view.repeat.{name}", n=lists_in(estimates)), fact) for name, fact in facts)
    blocks: list[Block] = [Facts(pairs=named)]
    blocks += [Command(text=options.command)] if options.command else []
    return Part(name="repeat", heading=say("view.report.repeat"), blocks=tuple(blocks))
