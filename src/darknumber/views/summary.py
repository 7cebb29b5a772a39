"""The first page in plain words: what was found, how sure it is, what it means and what it does not say.

Each answer follows from the numbers. Where there is no single number, or no upper limit, none is suggested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures, adds_up, rounded, time_of, to_step
from darknumber.views import story
from darknumber.views.document import Part, Text
from darknumber.views.labels import lists_in, noun
from darknumber.views.options import ReportOptions, asked_groups
from darknumber.views.story import Headline
from darknumber.views.tables_estimates import annual_mean, by_time, can_group
from darknumber.words import interval, people, say

TWICE = 2.0  # from this many times the answer on, another model's number is told as a multiple, not as a percentage
SAME = 0.005  # differences below half a per cent are none


def answers(estimates: Estimates, head: Headline | None, options: ReportOptions) -> tuple[Part, ...]:
    """The four short answers of the first page.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    head
        The one figure the page is about, from `darknumber.views.story.headline`.
    options
        What may differ from one report to the next.
    """
    said = {
        "found": _found(estimates, head, options),
        "sure": _sure(estimates, head),
        "means": _means(estimates, head, options),
        "not_said": story.not_said(options.about),
    }
    return tuple(
        Part(name=name.replace("_", "-"), heading=say(f"summary.heading.{name}"), blocks=(_text(sentences),))
        for name, sentences in said.items()
    )


def certainty(estimates: Estimates, options: ReportOptions) -> Part:
    """How sure it is, with the numbers: the interval, the other models, the assumptions and how far they reach."""
    said = story.how_sure(estimates, story.headline(estimates, protection=options.protection), options.about)
    return Part(
        name="certainty",
        heading=say("summary.heading.certainty"),
        blocks=tuple(Text(text=sentence) for sentence in said if sentence),
    )


def _text(sentences: Sequence[str]) -> Text:
    return Text(text=" ".join(filter(None, sentences)))


def answer(estimates: Estimates, head: Headline | None, options: ReportOptions) -> str:
    """The finding in a sentence or two; where no number may be printed, that."""
    if case_of(estimates, head) == "hidden":
        return say("summary.found.hidden")
    return story.answer(head, options.about)


def case_of(estimates: Estimates, head: Headline | None) -> str:
    """What kind of answer it is: parts, hidden, unknown, infinite, open, wide, zero or number."""
    if head is None:
        return "hidden" if adds_up(estimates) else "parts"
    row = head.row
    if row.kind in ("open", "infinite"):
        return row.kind
    if not row.known:
        return "unknown"
    if row.range_only:
        return "wide"
    return "zero" if row.estimate <= row.observed else "number"


def _found(estimates: Estimates, head: Headline | None, options: ReportOptions) -> list[str]:
    called = noun(options.about, "short")
    case = case_of(estimates, head)
    if head is None:
        return [say(f"summary.found.{case}")]
    said = [_unseen(head.row, case, called, head.level)]
    if case == "number":
        said.append(_in_view(head.row))
    return said + _course(estimates) + _least(estimates, options)


def _unseen(row: Figures, case: str, called: str, level: float) -> str:
    """How many people were on no list: what the lists leave of the estimate, rounded as that is."""
    step = rounded(row.estimate, row.lower, row.upper).step
    unseen, low, high = (
        to_step(max(value - row.observed, 0.0), step) for value in (row.estimate, row.lower, row.upper)
    )
    if case == "number":
        limits = interval(low, high)
        return say("summary.found.unseen", unseen=people(unseen), noun=called, interval=limits, level=level)
    if case == "wide":
        key = "range" if low else "range_from_none"
        return say(f"summary.found.{key}", low=people(low), high=people(high), noun=called)
    if case == "open":
        low = math.floor((row.lower - row.observed) / step) * step  # "at least" is never rounded up
        return say(f"summary.found.{'open' if low > 0 else 'open_from_none'}", low=people(low), noun=called)
    return say(f"summary.found.{case}", noun=called)


def _in_view(row: Figures) -> str:
    """How many of every 100 were registered, with limits."""
    shares = [max(round(100 / times), 1) for times in (row.ratio, row.ratio_upper, row.ratio_lower)]
    return say("summary.found.share", share=shares[0], low=shares[1], high=shares[2])


def _course(estimates: Estimates) -> list[str]:
    years, time = by_time(estimates), time_of(estimates)
    if years is None or time is None or len(time.recorded) < 2 or years.draws is None:
        return []
    course = story.course_title(years)
    # where nothing is found of the course, its title only names the picture
    return [] if course == say("view.course.plain") else [say("summary.found.course", course=course)]


def _least(estimates: Estimates, options: ReportOptions) -> list[str]:
    """Which group is least in view, of those that the report shows."""
    time = time_of(estimates)
    asked = asked_groups(estimates, options)
    names = [each for each in asked if can_group(estimates, each) and (time is None or time.name not in each)]
    if not names or not adds_up(estimates) or estimates.draws is None:
        return []
    means = [annual_mean(estimates, each, options.years, options.groupings) for each in names]
    return [say("summary.found.groups", groups=story.least_in_view(means, protection=options.protection))]


def _sure(estimates: Estimates, head: Headline | None) -> list[str]:
    case = case_of(estimates, head)
    interval_text = head.row.interval_text if head is not None else ""
    return [say(f"summary.sure.{doubt(case)}", interval=interval_text), *doubts(estimates, head)]


def doubts(estimates: Estimates, head: Headline | None) -> list[str]:
    """What else the answer hangs on than chance: the choice of the model, and what no list can show."""
    case = case_of(estimates, head)
    if case in ("parts", "hidden", "infinite", "unknown"):
        return []
    others = [_others(estimates)] if case == "number" else []  # without a number there is nothing to compare with
    return [*others, say("summary.sure.assumption", n=lists_in(estimates))]


def doubt(case: str) -> str:
    """The sentence on how sure an answer of this kind is."""
    if case in ("infinite", "unknown"):
        return "unknown"
    return case if case in ("parts", "hidden", "wide", "open") else "number"


def _others(estimates: Estimates) -> str:
    """How far the models that fit almost as well go below and above the answer, all strata together."""
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or fit.candidates is None or not fit.model.selects:
        return ""
    near = fit.candidates.near if fit.candidates.exact else story.close_models(fit.candidates)
    seen, dark = float(fit.data.observed.sum()), fit.candidates.unobserved[near]
    chosen = seen + float(np.sum(fit.unobserved))
    finite = seen + dark[np.isfinite(dark)]
    if not len(dark) or not math.isfinite(chosen):
        return ""
    if len(finite) < len(dark):
        return say("summary.sure.others_open")
    return say(
        "summary.sure.others", low=_compared(float(finite.min()) / chosen), high=_compared(float(finite.max()) / chosen)
    )


def _compared(times: float) -> str:
    """A number beside the answer: *12% lower*, *30% higher*, *2.4 times as high*."""
    if abs(times - 1) < SAME:
        return say("summary.sure.same")
    if times >= TWICE:
        return say("summary.sure.times", times=times)
    return say(f"summary.sure.{'lower' if times < 1 else 'higher'}", share=abs(times - 1))


def _means(estimates: Estimates, head: Headline | None, options: ReportOptions) -> list[str]:
    called = noun(options.about, "short")
    case = case_of(estimates, head)
    if head is None:
        return [say(f"summary.means.{case}")]
    row = head.row
    if case == "number":
        if row.ratio < story.ONE_IN:
            first = say("summary.means.percent", share=row.share)
        else:
            first = say("summary.means.part", range=row.ratio_interval_text)
        return [first, say("summary.means.change", noun=called), say("summary.means.plan")]
    if case == "zero":
        return [say("summary.means.zero")]
    key = case if case in ("wide", "open") else "none"
    return [say(f"summary.means.{key}", floor=row.observed, noun=called)]
