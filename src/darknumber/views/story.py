"""Sentences that say what the figures say: titles, the answer, how sure it is. Each follows from the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.assumed import assumed_by, assumption
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import untested_in_words
from darknumber.inference.publish import Figures, adds_up, headline_of, time_of, to_step, total_step
from darknumber.inference.set_words import beside_in_words, chosen_by_data, criterion_name
from darknumber.inference.spread import Change
from darknumber.models.base import Candidates, Fit
from darknumber.studies.multiverse import CLOSE
from darknumber.views.disclosure import Protection, published
from darknumber.views.labels import About, capital, group_name, lists_in, noun, sum_name
from darknumber.views.tables_estimates import by_time
from darknumber.words import has, people, say

SPREAD = 2.0  # where the limits of "one in k" differ by more than this factor, both are said instead of the middle
ONE_IN = 1.75  # below this ratio most people are in view, and a percentage says it better than "one in k"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one figure the page is about.

    Parameters
    ----------
    row
        The last year, or everyone where there is no time.
    year
        Which year; empty where there is none.
    summed
        Whether person-years are summed, so that this is no number of people.
    change
        The change from the year before, where the draws tell.
    level
        Of the interval, such as 0.95.
    """

    row: Figures
    year: str
    summed: bool
    change: Change | None
    level: float


def headline(estimates: Estimates, *, protection: Protection | None = None) -> Headline | None:
    """The last year that is shown where there is time, else everyone; None where that cannot be summed or shown.

    Parameters
    ----------
    estimates
        The answers.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    time, years = time_of(estimates), by_time(estimates)
    if time is not None and years is not None:
        rows = dict(zip(years.covariates[0].levels, published(years, protection), strict=True))
        told = [year for year in time.recorded if not rows[year].hidden]
        if told:
            return _of_year(estimates, years, told[-1], rows[told[-1]])
    if not adds_up(estimates):
        return None
    summed = estimates.unit == "person-year" and not estimates.averaged
    whole = headline_of(published(estimates.total(), protection)[0])
    return None if whole.hidden else Headline(row=whole, year="", summed=summed, change=None, level=estimates.level)


def _of_year(estimates: Estimates, years: Estimates, year: str, row: Figures) -> Headline:
    name, recorded = years.covariates[0].name, years.covariates[0].recorded
    place, change = recorded.index(year), None
    if place and years.draws is not None and varies(estimates, name):
        change = years.change(name, recorded[place - 1], year)
    return Headline(row=headline_of(row), year=year, summed=False, change=change, level=estimates.level)


def varies(estimates: Estimates, name: str) -> bool:
    """Whether the share in view may differ over the levels of a covariate.

    Where it is passive the estimate follows the registered number, so that a change says nothing of the unseen.
    """
    return any(name in fit.active for fit in estimates.fits[:1])


def title(head: Headline | None, about: About) -> str:
    """The finding in one line: which share is in view, or that the lists do not tell."""
    named = noun(about, "title")
    if head is None:
        return say("view.title.parts", noun=noun(about))
    row = head.row
    if row.kind == "open" and row.bound:
        return say("view.title.bound", n=row.lower, noun=noun(about))
    if row.kind == "open" and row.ratio_lower >= 2:
        return say("view.title.at_most", k=numeral(math.floor(row.ratio_lower)), noun=named)
    if row.kind in ("open", "infinite"):
        return say("view.title.infinite", noun=noun(about))
    if not row.known:
        return say("view.title.unknown", noun=noun(about))
    if row.ratio < ONE_IN:
        return say("view.title.percent", share=row.share, noun=noun(about, "of"))
    if row.ratio_upper > SPREAD * row.ratio_lower:
        # limits are rounded outwards: the title never claims more than the interval
        near, far = math.floor(row.ratio_lower), math.ceil(row.ratio_upper)
        if near < 2:
            return say("view.title.at_least", k=numeral(far), noun=named)
        return say("view.title.between", far=numeral(far), near=numeral(near), noun=named)
    return say("view.title.one_in", k=numeral(round(row.ratio)), noun=named)


def answer(head: Headline | None, about: About) -> str:
    """The answer: the estimate with its interval, the registered number, and the change from the year before."""
    if head is None:
        return say("view.answer.parts")
    row = head.row
    when = "year" if head.year else "all"
    named = row.kind if row.kind in ("estimable", "open", "infinite") else "unknown"
    key = "wide" if row.kind == "estimable" and row.range_only else "bound" if row.bound and row.known else named
    floor = max(row.floor, row.lower if row.kind == "infinite" and math.isfinite(row.lower) else 0)
    rest = "of_these" if row.known else "floor" if floor > row.observed else "rest"
    sentences = [
        say(
            f"view.answer.{key}.{when}",
            year=head.year,
            noun=say("estimates.unit.person-year") if head.summed else noun(about),
            place=about.somewhere,
            estimate=row.estimate_text,
            interval=row.interval_text,
            low=row.lower,
            level=head.level,
        ),
        say(f"view.answer.{rest}", observed=row.observed, floor=floor),
    ]
    if (
        head.change is not None
        and row.known
        and not row.bound
        and math.isfinite(float(head.change.difference.value[0]))
    ):
        sentences.append(say(f"view.change.{direction(head.change)}", old=head.change.old))
    return " ".join(sentences)


def direction(change: Change) -> str:
    """``fall`` or ``rise`` where the interval of the difference leaves out zero, else ``none``."""
    if not change.clear:
        return "none"
    return "fall" if change.difference.upper[0] < 0 else "rise"


def trio(head: Headline) -> tuple[tuple[str, str], ...]:
    """The three numbers of the first page, each with what it is."""
    row, when = head.row, "year" if head.year else "all"
    return (
        (row.observed_text, say(f"view.trio.observed.{when}", year=head.year)),
        _estimate_and_what_it_is(head),
        (
            row.times_text,
            say("view.trio.ratio", interval="" if row.range_only else row.ratio_interval_text).rstrip(", "),
        ),
    )


def _estimate_and_what_it_is(head: Headline) -> tuple[str, str]:
    if head.row.range_only:
        return head.row.interval_text, say(f"view.trio.{'bound' if head.row.bound else 'range'}", level=head.level)
    return head.row.estimate_text, say("view.trio.estimate", level=head.level, interval=head.row.interval_text)


def course_title(years: Estimates) -> str:
    """How the estimate went over the years, from simulated differences; *no clear change* where they include zero."""
    covariate = years.covariates[0]
    levels = covariate.recorded
    values = years.estimate[[covariate.levels.index(level) for level in levels]]
    finite = np.isfinite(values)
    if not finite.all():
        return say("view.course.unknown", n=int((~finite).sum()), years=len(levels))
    if years.draws is None or len(levels) < 2 or not varies(years, covariate.name):
        return say("view.course.plain")

    def went(old: int, new: int) -> str:
        return direction(years.change(covariate.name, levels[old], levels[new])) if old != new else "none"

    last, peak = len(levels) - 1, int(np.argmax(values))
    low = peak + int(np.argmin(values[peak:]))
    before = int(np.argmin(values[: peak + 1]))
    start = "from_start" if peak == 0 or went(before, peak) != "rise" else "after_peak"
    if went(peak, low) == "fall":
        after = "end" if low == last else {"rise": "rise", "none": "flat", "fall": "flat"}[went(low, last)]
        return say(f"view.course.{start}.{after}", peak=levels[peak], low=levels[low], last=levels[last])
    if went(before, peak) == "rise":
        after = "end" if peak == last else "flat"
        return say(f"view.course.rise.{after}", low=levels[before], peak=levels[peak])
    return say("view.course.none", first=levels[0], last=levels[last])


def iceberg_title(rows: Sequence[Figures], about: About, *, yearly: bool) -> str:
    """In how many years clearly more people were out of view than registered: the lower limit is above twice that."""
    clear = sum(row.known and row.ratio_lower > 2 for row in rows)
    word = "every" if clear == len(rows) else "some" if clear else "none"
    if not yearly:
        fewer = all(row.known and row.ratio_upper < 2 for row in rows)
        word = "total" if clear else "total_fewer" if fewer else "total_unclear"
    return say(f"view.iceberg.{word}", n=clear, years=len(rows), noun=noun(about, "short"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A group in the forest: its ``(B,)`` draws of the ratio, and whether they are clearly above everyone's."""

    name: str
    row: Figures
    ratios: NDArray[np.float64]
    below: bool


def least_in_view(groups: Sequence[Estimates], *, protection: Protection | None = None) -> str:
    """Which group is least in view, draw by draw; or which is less in view than everyone, where that is all we know.

    Parameters
    ----------
    groups
        Figures by one or more covariates each, from the same draws.
    protection
        What is shown of registered numbers; groups of which none is shown are not named.
    """
    drawn = [group for group in groups if group.draws is not None]
    if not drawn:
        return say("view.forest.plain")
    found = [each for group in drawn for each in _ratios(group, protection)]
    below = [each for each in found if each.below and not each.row.hidden]
    if not below:
        return say("view.forest.unclear")
    best = max(below, key=lambda each: each.row.ratio)
    others = [each.ratios for each in found if each is not best]
    alone = bool(others) and _clearly(best.ratios > np.max(others, axis=0), groups[0].level)
    return say("view.forest.least" if alone else "view.forest.below", group=best.name, k=numeral(round(best.row.ratio)))


def _ratios(group: Estimates, protection: Protection | None) -> list[_Group]:
    """The groups that are recorded and have people in them, with their ratios draw by draw."""
    names = [covariate.name for covariate in group.covariates]
    whole = group.total()
    assert group.draws is not None  # the caller leaves out figures without draws
    assert whole.draws is not None  # a sum of draws has draws
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = group.draws / group.observed
        everyone = whole.draws[:, 0] / whole.observed[0]
    found = []
    for place, (levels, row) in enumerate(zip(group.labels(), published(group, protection), strict=True)):
        if group.observed[place] and all(v in c.recorded for v, c in zip(levels, group.covariates, strict=True)):
            own = ratios[:, place]
            below = row.known and _clearly(own > everyone, group.level)
            found.append(_Group(name=group_name(names, levels), row=row, ratios=own, below=below))
    return found


def _clearly(holds: NDArray[np.bool_], level: float) -> bool:
    """Whether something holds in so many draws that it fails in no more than one tail of the interval."""
    return float(np.mean(~holds)) <= (1 - level) / 2


def how_sure(estimates: Estimates, head: Headline | None, about: About) -> tuple[str, ...]:
    """The interval, the other models, the strongest assumption, and how far the answer reaches where that is off."""
    beside = beside_in_words(estimates, total_step(estimates))
    return (
        _about_interval(estimates, head),
        " ".join([_about_models(estimates, head, about), *beside]),
        _about_assumption(estimates),
        *untested_in_words(_headlined(estimates, head)),
    )


def _headlined(estimates: Estimates, head: Headline | None) -> Estimates:
    """The figures that the headline is about: those of its year, or all."""
    time = time_of(estimates)
    if head is None or time is None or not head.year:
        return estimates
    return estimates.by(time.name).select(**{time.name: head.year})


def _about_interval(estimates: Estimates, head: Headline | None) -> str:
    if head is None:
        return say("view.sure.interval.parts", level=estimates.level)
    if not head.row.known:
        return say("view.sure.interval.unknown")
    kind = estimates.interval.name
    if kind == "bootstrap" and estimates.fits and chosen_by_data(estimates.fits[0]):
        kind = "bootstrap_selects"
    replicates = 0 if estimates.draws is None else len(estimates.draws)
    return say(f"view.sure.interval.{kind}", level=head.level, interval=head.row.interval_text, n=replicates)


def _about_models(estimates: Estimates, head: Headline | None, about: About) -> str:
    fit = estimates.fits[0] if estimates.fits else None
    if fit is None or not fit.model.selects:
        return say("view.sure.models.fixed")
    if not chosen_by_data(fit):
        return say("estimates.set.only")
    if fit.candidates is None:
        return say("view.sure.models.other")
    if fit.candidates.exact:
        averaged = head is not None and not head.row.range_only  # of a range no single number is told
        return _about_set(estimates, fit, fit.candidates, about, averaged=averaged)
    criterion = criterion_of(fit.model)
    near = close_models(fit.candidates)
    everyone = float(fit.data.observed.sum())
    step = total_step(estimates)
    values = everyone + fit.candidates.unobserved[near]
    finite = values[np.isfinite(values)]
    word = "none" if not len(near) else "some" if len(finite) == len(near) else "some_open" if len(finite) else "open"
    return say(
        f"view.sure.models.{word}",
        n=len(near),
        points=CLOSE,
        criterion=criterion_name(criterion),
        many=capital(numeral(len(near))),
        low=people(to_step(float(finite.min()), step, everyone)) if len(finite) else "",
        high=people(to_step(float(finite.max()), step, everyone)) if len(finite) else "",
        chosen=people(to_step(everyone + float(fit.candidates.unobserved[fit.candidates.chosen]), step, everyone)),
        unit=sum_name(estimates, about),
    )


def _about_set(estimates: Estimates, fit: Fit, candidates: Candidates, about: About, *, averaged: bool) -> str:
    """How many models the data can hardly tell apart, how far apart their estimates are, and what is proved."""
    everyone, step = float(fit.data.observed.sum()), total_step(estimates)
    values = everyone + candidates.unobserved[candidates.near]
    finite = values[np.isfinite(values)]
    chosen = everyone + float(np.sum(fit.unobserved))
    word = "alone" if len(values) == 1 else "some" if len(finite) == len(values) else "open" if len(finite) else "none"
    word = "first" if word == "alone" and not candidates.proved else word
    kind = "average" if candidates.weight is not None else "chosen"
    parts = [
        say(
            f"modelset.sure.{word}",
            n=len(values),
            delta=candidates.delta,
            criterion=criterion_name(criterion_of(fit.model)),
            low=to_step(float(finite.min()), step, everyone) if len(finite) else everyone,
            high=to_step(float(finite.max()), step, everyone) if len(finite) else everyone,
            unit=sum_name(estimates, about),
        )
    ]
    parts.append(say(f"modelset.proof.{'yes' if candidates.proved else 'no'}"))
    if averaged and word in ("some", "open") and np.isfinite(chosen):
        parts.append(say(f"modelset.sure.{kind}", estimate=to_step(chosen, step, everyone)))
    return " ".join(parts)


def _about_assumption(estimates: Estimates) -> str:
    """What the model assumes first, and what no data can test, whatever the model."""
    codes = assumed_by(estimates)
    first = say("view.sure.assumed", assumption=assumption(codes[0])) if codes else say("view.sure.no_assumption")
    return f"{first} {say('view.sure.untestable', n=lists_in(estimates))}"


def close_models(candidates: Candidates) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """``(models,)`` rows of other models whose criterion is within `CLOSE` points of the lowest on the path."""
    near = candidates.distance <= CLOSE
    near[candidates.chosen] = False
    return np.flatnonzero(near)


def criterion_of(model: object) -> str | float:
    """The criterion a model, or the one inside it, selects by: its name, or what a parameter costs."""
    criterion = getattr(getattr(model, "model", model), "criterion", "bic")
    return criterion.lower() if isinstance(criterion, str) else float(criterion)


def not_said(about: About) -> tuple[str, ...]:
    """Two sentences on what the number does not say."""
    return (say(f"view.not_said.who.{about.population}"), say("view.not_said.excluded"))


def numeral(value: int) -> str:
    """A small whole number as a word, a larger one in digits."""
    key = f"view.numeral.{value}"
    return say(key) if has(key) else people(value)
