"""Estimates as they are published: rounded by their own doubt, and worded honestly where there is no number.

Registered numbers are exact, or as a rule for publication shows them. An estimate is then the number that is shown
plus the unseen, so that it says no more of the registered than that number does. It is rounded by the width of its
interval, and its limits alike. What is infinite or not identified is said in words; it never appears as a zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from darknumber.data.people import YEAR_NAMES
from darknumber.data.table import Covariate, Unit
from darknumber.inference.assumed import gives_floor
from darknumber.inference.shown import Shown, exact
from darknumber.kernels import verdicts
from darknumber.words import interval, people, percent, ratio, say

if TYPE_CHECKING:  # Estimates prints itself through this module
    from darknumber.inference.estimates import Estimates

WIDTH_DIGITS = 2  # digits of the interval's width that are kept: the last one printed is a hundredth to a tenth of it
VALUE_DIGITS = 2  # digits of the estimate that are always kept, so that a very wide interval does not round it away
WIDE = 4.0  # a headline whose upper limit is more than this times its lower one gives no point (its digits say nothing)
UNSTABLE = 10.0  # a row of a table whose upper limit is more than this times its lower one gives no point either
ALONE_DIGITS = 3  # digits of a total that has no interval of its own
FLOOR_DIGITS = 3  # digits of an "at least"; it is rounded down, so that it stays true

YEAR_ENDINGS = tuple(YEAR_NAMES)  # a count of person-years has a year, also where it is called "registration year"
NOT_TIME = ("birth", "geboorte")  # a year that says something of the person, and not when a list had them

Kind = Literal["estimable", "open", "infinite", "not identified", "nobody", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """An estimate and its limits, rounded alike.

    Parameters
    ----------
    value, lower, upper
        People; ``inf`` or ``nan`` stay as they are.
    step
        What they are rounded to: 1, 10, 100, ...
    """

    value: float
    lower: float
    upper: float
    step: int


def rounded(value: float, lower: float, upper: float, *, floor: float = 0.0) -> Rounded:
    """Round an estimate by the width of its interval.

    The rule: keep two digits of the width, but never fewer than two of the estimate itself. An estimate of 5,149 with
    limits 3,962 and 6,721 (width 2,759) is 5,100 with 4,000 and 6,700. Without an upper limit the width is twice
    the distance down to the lower limit.

    Parameters
    ----------
    value, lower, upper
        The estimate and its limits, in people; ``inf`` or ``nan`` stay as they are.
    floor
        The registered number, which no rounding may pass.
    """
    step = max(min(_width_step(value, lower, upper), _value_step(value if math.isfinite(value) else lower)), 1)
    return Rounded(
        value=_to(value, step, floor), lower=_to(lower, step, floor), upper=_to(upper, step, floor), step=step
    )


def to_step(value: float, step: int, observed: float = 0.0) -> float:
    """A number without an interval of its own, rounded like the estimate it stands beside.

    Parameters
    ----------
    value, step
        People, and what they are rounded to.
    observed
        People on some list: rounding brings nothing below it that is not below it.
    """
    return _to(value, step, min(value, observed)) if math.isfinite(value) else value


def alone(value: float, observed: float = 0.0) -> float:
    """A number of people without any interval, to three digits.

    Parameters
    ----------
    observed
        As in `to_step`.
    """
    if not math.isfinite(value) or value <= 0:
        return value
    return to_step(value, int(10 ** max(math.floor(math.log10(value)) - (ALONE_DIGITS - 1), 0)), observed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One row of an answer, ready to print.

    Parameters
    ----------
    kind
        ``estimable``; ``open`` (a finite estimate without an upper limit); ``infinite`` (the estimate itself has no
        upper limit); ``not identified``; ``nobody`` (nobody is registered, so that nothing can be said); ``hidden``
        (the registered number is not printed, and so is nothing it could follow from).
    registered
        People on some list, as they are published.
    estimate, lower, upper
        The published population size and its limits, rounded; ``inf`` or ``nan`` where there is none.
    ratio, ratio_lower, ratio_upper
        How many times the registered number as it is published, from the unrounded figures.
    share
        The share of the population on some list; ``nan`` where the estimate is not finite.
    floor
        A number of people that the answer is not below.
    range_only
        Whether the interval stands alone, because it is too wide for a single number, or only a floor.
    bound
        Whether the model gives a floor and no more, so that of its limits only the lower one says something.
    """

    kind: Kind
    registered: Shown
    estimate: float
    lower: float
    upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    share: float
    floor: float
    range_only: bool = False
    bound: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a finite estimate."""
        return self.kind in ("estimable", "open")

    @property
    def hidden(self) -> bool:
        """Whether the registered number is not printed."""
        return self.registered.hidden

    @property
    def observed(self) -> float:
        """The registered number as it is drawn: of a small one that is not printed, the limit below which it is."""
        return self.registered.drawn

    @property
    def single(self) -> bool:
        """Whether there is a single number to print and draw, and not an interval alone."""
        return self.known and not self.range_only

    @property
    def observed_text(self) -> str:
        """The registered number in words, *<10* or *hidden* where it is not printed."""
        return self.registered.text

    @property
    def estimate_text(self) -> str:
        """The estimate, *no upper limit*, *n.e.*, or that there is a range or floor only; empty where it is hidden."""
        if self.hidden:
            return ""
        if self.range_only:
            return say("estimates.floor_only" if self.bound else "estimates.range_only")
        return people(math.inf if self.kind == "infinite" else self.estimate if self.known else math.nan)

    @property
    def interval_text(self) -> str:
        """The limits, *4,000 or more*, or *at least 3,210*; empty where the registered number is hidden."""
        if self.hidden:
            return ""
        if self.known:
            return interval(self.lower, self.upper)
        if self.kind == "nobody":
            return say("estimates.nobody")
        if self.kind == "infinite" and self.floor < self.lower < math.inf:
            return interval(self.lower, math.inf)
        return say("estimates.at_least", n=self.floor)

    @property
    def ratio_text(self) -> str:
        """How many times the registered number, or *n.e.*; empty where that number is hidden."""
        if self.hidden:
            return ""
        if self.range_only:
            return self.ratio_interval_text
        return ratio(self.ratio if self.known else math.nan)

    @property
    def times_text(self) -> str:
        """The ratio with a multiplication sign; without one where there is no ratio."""
        return say("estimates.times", ratio=self.ratio) if self.single else self.ratio_text

    @property
    def ratio_interval_text(self) -> str:
        """The limits of the ratio, such as *2.9 to 4.9*; empty where there is no ratio."""
        if not self.known:
            return ""
        if math.isinf(self.ratio_upper):
            return say("estimates.ratio_open", lower=self.ratio_lower)
        return say("estimates.ratio_interval", lower=self.ratio_lower, upper=self.ratio_upper)

    @property
    def share_text(self) -> str:
        """The share on some list, or *n.e.*; empty where the registered number is hidden."""
        if self.hidden:
            return ""
        if self.range_only:
            low, high = self.observed / self.upper, self.observed / self.lower
            return say("estimates.share_range", low=low, high=high) if low else say("estimates.share_up_to", high=high)
        return percent(self.share)


def figures(
    estimates: Estimates, *, registered: Sequence[Shown] | None = None, widest: float = UNSTABLE
) -> tuple[Figures, ...]:
    """The published figures of every stratum, in order.

    Parameters
    ----------
    estimates
        The answers, as they are.
    registered
        The registered number of each stratum as it is published; by default exactly.
    widest
        A row whose upper limit is more than this many times its lower one gives its interval alone.
    """
    shown = [exact(count) for count in estimates.observed.tolist()] if registered is None else registered
    rows = zip(
        shown,
        estimates.observed.tolist(),
        estimates.estimate.tolist(),
        estimates.limits.tolist(),
        estimates.verdict.tolist(),
        estimates.at_least.tolist(),
        strict=True,
    )
    bound = gives_floor(estimates)
    return tuple(alone_if_wide(_row(*each, bound=bound), widest) for each in rows)


def headline_of(row: Figures) -> Figures:
    """The same figures as a headline: the interval alone where its upper limit is more than `WIDE` times its lower."""
    return alone_if_wide(row, WIDE)


def alone_if_wide(row: Figures, widest: float) -> Figures:
    """The same figures with the interval alone where its upper limit is more than `widest` times its lower one."""
    wide = row.known and row.upper > widest * row.lower
    return replace(row, range_only=row.range_only or wide)


def _row(
    registered: Shown,
    observed: float,
    estimate: float,
    limits: Sequence[float],
    verdict: int,
    at_least: float,
    *,
    bound: bool,
) -> Figures:
    seen = registered.value
    if seen is None:
        return _hidden(registered)
    moved = seen - observed
    estimate, lower, upper = estimate + moved, limits[0] + moved, math.inf if bound else limits[1] + moved
    kind = _kind(seen, estimate, verdict, upper)
    known = kind in ("estimable", "open")
    published = rounded(estimate, lower, upper, floor=seen)
    if (bound or not known) and math.isfinite(lower):  # what is told as a floor is never rounded up
        published = replace(published, lower=max(float(lower // published.step * published.step), seen))
    return Figures(
        kind=kind,
        registered=registered,
        estimate=published.value if known else math.inf if kind == "infinite" else math.nan,
        lower=published.lower,
        upper=published.upper,
        ratio=_times(estimate, seen) if known else math.nan,
        ratio_lower=_times(lower, seen) if known else math.nan,
        ratio_upper=_times(upper, seen) if known else math.nan,
        share=seen / estimate if known else math.nan,
        floor=_floor(seen, at_least + moved),
        bound=bound,
    )


def _hidden(registered: Shown) -> Figures:
    """No figure at all: a registered number can follow from any that goes with it."""
    return Figures(
        kind="hidden",
        registered=registered,
        estimate=math.nan,
        lower=math.nan,
        upper=math.nan,
        ratio=math.nan,
        ratio_lower=math.nan,
        ratio_upper=math.nan,
        share=math.nan,
        floor=math.nan,
    )


def _times(number: float, seen: float) -> float:
    """How many times the registered number; infinitely many times nobody, where there is somebody."""
    return number / seen if seen else math.inf if number > 0 else math.nan


def _kind(observed: float, estimate: float, verdict: int, upper: float) -> Kind:
    if verdict == verdicts.INFINITE or math.isinf(estimate):
        return "infinite"
    if verdict == verdicts.NOT_IDENTIFIED or math.isnan(estimate):
        return "not identified"
    if observed == 0 and estimate == 0:
        return "nobody"
    return "open" if math.isinf(upper) else "estimable"


def _floor(observed: float, at_least: float) -> float:
    """The larger of the registered number (exact) and what the estimable parts come to (rounded down)."""
    if not at_least > observed:
        return observed
    step = 10.0 ** max(math.floor(math.log10(at_least)) - (FLOOR_DIGITS - 1), 0)
    return max(math.floor(at_least / step) * step, observed)


def _width_step(value: float, lower: float, upper: float) -> int:
    width = upper - lower if math.isfinite(upper) else 2 * (value - lower)
    if not math.isfinite(width):
        return _value_step(lower)
    if width <= 0:
        return 1
    return int(10 ** max(math.floor(math.log10(width)) - (WIDTH_DIGITS - 1), 0))


def _value_step(value: float) -> int:
    if not (math.isfinite(value) and value > 0):
        return 1
    return int(10 ** max(math.floor(math.log10(value)) - (VALUE_DIGITS - 1), 0))


def _to(value: float, step: int, floor: float) -> float:
    return max(float(np.floor(value / step + 0.5) * step), floor) if math.isfinite(value) else value


def total_step(estimates: Estimates) -> int:
    """What the total is rounded to; other models' numbers beside it are rounded alike."""
    if not adds_up(estimates):
        known = estimates.estimate[np.isfinite(estimates.estimate)].sum()
        return int(10 ** max(np.floor(np.log10(max(known, 1.0))) - (ALONE_DIGITS - 1), 0))
    whole = estimates.total()
    return rounded(float(whole.estimate[0]), *whole.limits[0].tolist()).step


class Counted(Protocol):
    """What has covariates and a unit: a capture table, or an answer."""

    @property
    def covariates(self) -> tuple[Covariate, ...]:
        """What its strata are."""

    @property
    def unit(self) -> Unit:
        """What one count is."""


def time_of(counted: Counted) -> Covariate | None:
    """The covariate that is time: one with numeric levels that is called year; None where there is none."""
    numeric = [covariate for covariate in counted.covariates if covariate.values is not None]
    exact = [covariate for covariate in numeric if covariate.name.casefold() in YEAR_NAMES]
    return next((covariate for covariate in exact or numeric if _is_time(covariate.name, counted.unit)), None)


def _is_time(name: str, unit: Unit) -> bool:
    """Whether a covariate with this name is the year; where person-years are counted its name may say more."""
    called = name.casefold()
    longer = called.endswith(YEAR_ENDINGS) and not any(word in called for word in NOT_TIME)
    return called in YEAR_NAMES or (unit == "person-year" and longer)


def adds_up(estimates: Estimates) -> bool:
    """Whether strata can be summed: limits without draws belong to their own stratum only."""
    return estimates.bounds is None or len(estimates.observed) == 1


def unit_name(estimates: Estimates) -> str:
    """What one count of these figures is called: people, victim-years, or people a year for an annual mean."""
    if estimates.averaged and _is_time(estimates.averaged[0], estimates.unit):
        return say("estimates.unit.mean")
    return say(f"estimates.unit.{estimates.unit}")
