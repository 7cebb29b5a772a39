"""What ``print(sensitivity(estimates))`` says: how far the answer moves, one assumption after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.assumed import assumptions_in_words
from darknumber.inference.printing import WIDTH, finding_lines, how_made
from darknumber.inference.publish import figures, headline_of, rounded, to_step, total_step
from darknumber.kernels.odds import OddsRatio
from darknumber.studies.dial import shifted, times_of
from darknumber.studies.floors import rounded_down
from darknumber.studies.printing import aligned, filled, heading
from darknumber.studies.printing_omit import short
from darknumber.words import interval, people, say
from darknumber.words.labels import covariate_name, list_name
from darknumber.words.numbers import hundredths, level, number, tenths

if TYPE_CHECKING:  # Sensitivity prints itself through this module
    from darknumber.studies.contamination import Trimmed
    from darknumber.studies.dial import Dial
    from darknumber.studies.identification import Bounded, End, Pair
    from darknumber.studies.sensitivity import Floor, Form, Sensitivity

WHOLE = 9.95  # odds ratios from here on are rounded to whole numbers
TWICE = 2.0  # the factor that has words of its own
NEARLY_ONE = 1.05  # an odds ratio that a model implies is told where it is further from 1 than this


def describe_sensitivity(found: Sensitivity, *, width: int = WIDTH) -> str:
    """The answer, how far it moves with each assumption, and what the reader must know.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    blocks = [
        heading(title(found), found.data, width),
        _block("", _main(found), width),
        _block(pairs_in_words(found.strongest), _pairs(found), width),
        _block(say("sensitivity.part.links"), _links(found), width),
        _block(say("sensitivity.part.erroneous"), _erroneous(found), width),
        "\n".join(
            [
                *(filled(sentence, width) for sentence in sentences(found)),
                *finding_lines(found.findings, found.data, width),
                *(filled(sentence, width) for sentence in how_made(found.estimates)),
                filled(assumptions_in_words(found.estimates), width),
            ]
        ),
    ]
    return "\n\n".join(block for block in blocks if block)


def title(found: Sensitivity) -> str:
    """What the reader must know first: how far the number moves within the declared factor."""
    dial, step = found.dial, total_step(found.estimates)
    span = span_in_words(dial)
    estimate, lower, upper = found.headline
    if not math.isfinite(estimate):
        return say("sensitivity.title.none", span=span)
    low, high = (to_step(float(end), step, found.observed) for end in dial.ends)
    if not math.isfinite(upper):
        return say("sensitivity.title.open", span=span, low=low, high=high)
    if not headline_of(figures(found.total)[0]).range_only:
        return say("sensitivity.title.estimate", span=span, low=low, high=high)
    names, ends = ("low", "high", "lower", "upper"), (*dial.interval, lower, upper)
    values = {name: to_step(end, step, found.observed) for name, end in zip(names, ends, strict=True)}
    return say("sensitivity.title.interval", span=span, **values)


def span_in_words(dial: Dial) -> str:
    """The declared range, such as *half to twice*."""
    if dial.declared == TWICE:
        return say("sensitivity.span.two")
    return say("sensitivity.span.other", low=odds_in_words(1 / dial.declared), high=odds_in_words(dial.declared))


def odds_in_words(value: float) -> str:
    """An odds ratio or a factor: two decimals below 1, one below 10, else whole."""
    if value < 1:
        return hundredths(value)
    return tenths(value) if value < WHOLE else people(value)


def observed_odds(ratio: OddsRatio) -> str:
    """An observed odds ratio with its limits."""
    lower, upper = odds_in_words(ratio.lower), odds_in_words(ratio.upper)
    if math.isnan(ratio.estimate):
        return number(ratio.estimate)
    if math.isinf(ratio.upper):
        return say("sensitivity.odds.open", lower=lower)
    return say("sensitivity.odds.both", value=odds_in_words(ratio.estimate), lower=lower, upper=upper)


def _block(title: str, rows: Sequence[Sequence[str]], width: int) -> str:
    lines = list(aligned(rows, width)) if len(rows) > 1 else []
    return "\n".join([*([filled(title, width)] if title and lines else []), *lines])


def _main(found: Sensitivity) -> list[tuple[str, ...]]:
    """The rows that have limits: the answer, the dial, people who differ, floors and bounds."""
    n, dial = found.observed, found.dial
    header = ("", say("estimates.column.estimate"), say("estimates.column.interval", level=found.estimates.level))
    rows: list[tuple[str, ...]] = [header, (say("sensitivity.row.headline"), *_numbers(*found.headline, n))]
    known = math.isfinite(found.headline[0])
    for factor in sorted({float(dial.xi[0]), 1 / dial.declared, dial.declared, float(dial.xi[-1])}) if known else ():
        times = float(times_of(np.array(factor), dial.lists))
        estimate, lower, upper = shifted(n, np.array(found.headline), times).tolist()
        rows.append((say("sensitivity.row.dial", times=odds_in_words(factor)), *_numbers(estimate, lower, upper, n)))
    for form in found.forms:
        if not form.reason:
            numbers = _numbers(form.estimate, form.lower, form.upper, n)
            rows.append((say("sensitivity.row.form", form=form_name(form)), *numbers))
    rows.append((say("sensitivity.row.registered"), "", say("estimates.at_least", n=n)))
    rows.append((say("sensitivity.row.no_avoiding"), "", ""))
    for floor in found.floors:
        if floor.kind != "registered":
            rows.append((_inside(floor_name(floor)), "", say("estimates.at_least", n=rounded_down(floor.estimate))))
    for bound in found.bounds:
        if bound.possible and bound.likely[0] > n and independent_or_more(bound):
            rows.append((_inside(say("sensitivity.bounds.independent")), "", _range(bound.likely, n)))
    for bound in found.bounds:
        if bound.possible and not independent_or_more(bound) and (bound.likely[0] > n or bound.likely[1] < math.inf):
            rows.append((bound_name(bound), "", _range(bound.likely, n)))
    return rows


def _numbers(estimate: float, lower: float, upper: float, floor: float) -> tuple[str, str]:
    """An estimate and its limits in words, rounded alike."""
    if not math.isfinite(estimate):
        return people(estimate), interval(lower, upper) if math.isfinite(lower) and lower > floor else ""
    shown = rounded(estimate, lower, upper, floor=floor)
    return people(shown.value), interval(shown.lower, shown.upper)


def _range(limits: tuple[float, float], floor: float) -> str:
    low, high = limits
    if math.isinf(high):
        return say("estimates.at_least", n=rounded_down(low))
    shown = rounded(low, low, high, floor=floor)
    return interval(shown.lower, shown.upper)


def form_name(form: Form) -> str:
    """The way in which people differ."""
    return say(f"sensitivity.form.{form.form}")


def floor_name(floor: Floor) -> str:
    """What a floor is."""
    return floor_word(floor.kind)


def floor_word(kind: str) -> str:
    """What a floor of some kind is."""
    if kind == "registered":
        return say("sensitivity.row.registered")
    if kind == "chao lists":
        return say("sensitivity.floor.chao_lists")
    return say("sensitivity.floor.chao_covariates") if kind == "chao covariates" else say("sensitivity.floor.chao")


def independent_or_more(bound: Bounded) -> bool:
    """Whether it is the bound that no two lists avoid each other, and nothing else."""
    return bound.what == "pairs" and bound.least == 1.0 and math.isinf(bound.most)


def bound_name(bound: Bounded) -> str:
    """What is bounded, and by what."""
    return _bound_name(bound.what, bound.least, bound.most)


def bound_words(of: str, least: float, most: float) -> str:
    """The same, and in words of its own that no two lists avoid each other."""
    if of == "pairs" and least == 1.0 and math.isinf(most):
        return say("sensitivity.row.no_avoiding")
    return _bound_name(of, least, most)


def _bound_name(of: str, low: float, high: float) -> str:
    least, most = odds_in_words(low), odds_in_words(high)
    if of != "pairs":
        return say("sensitivity.bounds.all", least=least, most=most)
    if math.isinf(high):
        return say("sensitivity.bounds.least", least=least)
    return say("sensitivity.bounds.pairs", least=least, most=most)


def _inside(name: str) -> str:
    return f"- {name}"


def pairs_in_words(end: End | None) -> str:
    """What the columns about pairs are, the last with the odds ratio of the pair that depends most."""
    if end is None:
        return say("sensitivity.part.pairs")
    return say("sensitivity.part.pairs_scale", pair=pair_name(end.pair), odds=odds_in_words(end.odds))


def _pairs(found: Sensitivity) -> list[tuple[str, ...]]:
    """A row a pair: the odds ratio of the model and the observed one, and the total at other values."""
    end = found.strongest
    headings = [say("sensitivity.pair.model"), say("sensitivity.pair.observed")]
    headings += [say("sensitivity.pair.at", odds=odds_in_words(odds)) for odds in (1.0, *([end.odds] if end else []))]
    rows: list[tuple[str, ...]] = [("", *headings)]
    if all(math.isnan(pair.implied) for pair in found.pairs):
        return []
    for pair in found.pairs:
        points = [pair.independent, *([pair.strongest] if end else [])]
        shown = [people(math.nan) if point is None else _numbers(*point, found.observed)[0] for point in points]
        rows.append((pair_name(pair), odds_in_words(pair.implied), observed_odds(pair.observed), *shown))
    return rows


def pair_name(pair: Pair) -> str:
    """The two lists."""
    return " & ".join(list_name(name) for name in pair.lists)


def _links(found: Sensitivity) -> list[tuple[str, ...]]:
    """Missed links down, false links across."""
    grid = found.linkage
    if not np.isfinite(grid.estimate).any():
        return []
    rows: list[tuple[str, ...]] = [("", *(say("sensitivity.links.false", share=share) for share in grid.false))]
    for missed, values in zip(grid.missed, grid.estimate, strict=True):
        rows.append((say("sensitivity.links.missed", share=missed), *(short(value) for value in values.tolist())))
    return rows


def _erroneous(found: Sensitivity) -> list[tuple[str, ...]]:
    """Lists down, shares across."""
    if not any(np.isfinite(trimmed.estimate).any() for trimmed in found.trimmed):
        return []
    rows: list[tuple[str, ...]] = [("", *(level(share) for share in found.trimmed[0].share))]
    for trimmed in found.trimmed:
        rows.append((trimmed_name(trimmed), *(short(value) for value in trimmed.estimate.tolist())))
    return rows


def trimmed_name(trimmed: Trimmed) -> str:
    """The list, or that it is all of them."""
    if len(trimmed.lists) > 1:
        return say("sensitivity.erroneous.all")
    return list_name(trimmed.lists[0])


def sentences(found: Sensitivity) -> Iterator[str]:
    """How to read the tables, what the model implies, and where the threshold is crossed."""
    dial = found.dial
    if math.isfinite(found.headline[0]):
        yield about_dial(dial)
    if math.isfinite(dial.implied) and abs(math.log(dial.implied)) > math.log(NEARLY_ONE):
        yield say("sensitivity.read.implied", odds=odds_in_words(dial.implied))
    yield from crossing_in_words(found)
    if found.pairs and found.strongest is None and math.isfinite(found.headline[0]):
        yield say("sensitivity.read.no_scale")
    yield say("sensitivity.read.floors")
    covariates = [covariate_name(name) for floor in found.floors for name in floor.covariates]
    if covariates:
        yield say("sensitivity.read.covariates", names=covariates)
    reasons = {form.reason for form in found.forms}
    if "few lists" in reasons:
        yield say("sensitivity.read.few_lists")
    elif "not kept" in reasons:
        yield say("sensitivity.read.not_kept")
    elif found.data.covariates:
        yield say("sensitivity.read.forms")


def about_dial(dial: Dial) -> str:
    """What the odds ratio of all lists together does."""
    if dial.lists is None:
        return say("sensitivity.read.mixed")
    return say(f"sensitivity.read.{'odd' if dial.lists % 2 else 'even'}", n=dial.lists)


def crossing_in_words(found: Sensitivity) -> Iterator[str]:
    """At which value of the dial the threshold is crossed, if at any."""
    crossing = found.dial.crossing
    if found.threshold is None or crossing is None:
        return
    if crossing.estimate is None or crossing.times is None:
        yield say("sensitivity.crossing.never", threshold=found.threshold)
        return
    xi, times = odds_in_words(crossing.estimate), odds_in_words(crossing.times)
    yield say("sensitivity.crossing.at", threshold=found.threshold, xi=xi, times=times)
