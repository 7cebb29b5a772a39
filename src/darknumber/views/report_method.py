"""The parts of the report that say how it was done: the method, what it takes for granted, and how to repeat it."""

from __future__ import annotations

from darknumber import __version__
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.printing import (
    assumed,
    assumption,
    how_made,
    model_name,
    part_terms_in_words,
    terms_in_words,
    what_replicates_chose,
)
from darknumber.views.document import Block, Command, Facts, Part, Points, Text
from darknumber.views.options import ReportOptions
from darknumber.words import people, say
from darknumber.words.labels import list_name


def method(estimates: Estimates, options: ReportOptions) -> Part:
    """How the answer was worked out, and what it assumes."""
    blocks: list[Block] = [Text(text=say("view.method.idea"))]
    points: tuple[str, ...] = ()
    if estimates.fits:
        fit = estimates.fits[0]
        blocks.append(Text(text=say("view.method.model", model=model_name(fit.model))))
        if fit.terms is not None:
            blocks.append(Text(text=say("view.method.terms", terms=terms_in_words(fit.terms))))
        parts = part_terms_in_words(fit)
        blocks += [Text(text=say("view.method.parts", parts="; ".join(parts)))] if parts else []
        points = tuple(assumption(code) for code in assumed(fit))
    made = [*how_made(estimates), *what_replicates_chose(estimates)]
    if isinstance(estimates.interval, Bootstrap) and estimates.interval.limits == "bca":
        made.append(say("view.method.percentile"))
    blocks.append(Text(text=" ".join(made)))
    if points:
        blocks += [Text(text=say("view.method.assumes")), Points(items=points), Text(text=say("view.method.untested"))]
    blocks += [Text(text=say("view.method.years"))] if estimates.unit == "person-year" else []
    blocks.append(Text(text=say("view.method.rounding")))
    blocks += [Text(text=say("view.method.protection"))] if options.protect else []
    return Part(name="method", heading=say("view.report.method"), blocks=tuple(blocks))


def references(estimates: Estimates) -> Part:
    """The publications the model and the interval come from."""
    models = [fit.model for top in estimates.fits for fit in (top, *top.parts)]
    sources = dict.fromkeys([*(model.source for model in models), estimates.interval.source])
    items = tuple(filter(None, sources))
    return Part(name="references", heading=say("view.report.references"), blocks=(Points(items=items),))


def repeat(estimates: Estimates, options: ReportOptions) -> Part:
    """What is needed to get the same numbers again."""
    facts = [("data", estimates.name or say("view.unnamed"))]
    if estimates.fits:
        fit = estimates.fits[0]
        facts.append(("lists", ", ".join(list_name(name) for name in fit.data.lists)))
        facts.append(("people", people(float(fit.data.observed.sum()))))
        facts.append(("model", model_name(fit.model)))
    facts.append(("interval", how_made(estimates)[0]))
    facts.append(("seed", str(estimates.seed)))
    facts.append(("version", say("view.repeat.program", version=__version__)))
    blocks: list[Block] = [Facts(pairs=tuple((say(f"view.repeat.{name}"), fact) for name, fact in facts))]
    blocks += [Command(text=options.command)] if options.command else []
    return Part(name="repeat", heading=say("view.report.repeat"), blocks=tuple(blocks))
