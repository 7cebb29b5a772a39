"""Rates as they are published: rounded by their own doubt, and given only where the numbers behind them are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from darknumber.inference.publish import UNSTABLE, VALUE_DIGITS, Figures, figures, headline_of, rounded
from darknumber.inference.shown import Shown
from darknumber.words import say
from darknumber.words.numbers import fixed

if TYPE_CHECKING:  # Rates prints itself through this module
    from darknumber.studies.rates import Rates

DECIMALS = 3  # of a rate at most: two victims in a million residents is 0.2 per 100,000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFigures:
    """One row of rates, ready to print.

    Parameters
    ----------
    numbers
        The figures of the people.
    residents
        Residents of the row; ``nan`` where there are none.
    registered
        Registered people per so many residents, of the registered number as it is published; of the limit below which
        that is, where it is too small to print.
    rate, lower, upper
        Estimated people per so many residents with limits, rounded; ``inf`` or ``nan`` where there is none.
    decimals, registered_decimals
        With which they are printed.
    """

    numbers: Figures
    residents: float
    registered: float
    rate: float
    lower: float
    upper: float
    decimals: int
    registered_decimals: int

    @property
    def given(self) -> bool:
        """Whether there are residents to set the numbers against."""
        return math.isfinite(self.residents)

    @property
    def registered_text(self) -> str:
        """The registered rate in words, *<0.03* of a small number, *not given* where there are no residents."""
        if not self.given:
            return say("rates.not_given")
        text = fixed(self.registered, self.registered_decimals)
        if self.numbers.hidden:
            return say("rates.fewer", rate=text) if self.registered > 0 else ""
        return text

    @property
    def rate_text(self) -> str:
        """The estimated rate, *n.e.*, *no upper limit*, or that there is a range only; empty where it is hidden."""
        if not self.given:
            return say("rates.not_given")
        if self.numbers.range_only or self.numbers.hidden:
            return self.numbers.estimate_text
        return fixed(self.rate, self.decimals)

    @property
    def interval_text(self) -> str:
        """The limits, *23 to 41* or *23 or more*; empty where there are none."""
        if not self.given or not self.numbers.known:
            return ""
        lower = fixed(self.lower, self.decimals)
        if math.isinf(self.upper):
            return say("rates.open", lower=lower)
        return say("rates.interval", lower=lower, upper=fixed(self.upper, self.decimals))


def rate_figures(
    found: Rates, *, registered: Sequence[Shown] | None = None, widest: float = UNSTABLE
) -> tuple[RateFigures, ...]:
    """The published rates of every row, in order.

    Parameters
    ----------
    found
        The rates.
    registered
        The registered number of each row as it is published; by default exactly. Both rates are made of it, so that
        they say no more than the numbers beside them.
    widest
        As in `darknumber.inference.publish.figures`.
    """
    rows = list(figures(found.estimates, registered=registered, widest=widest))
    if not found.estimates.covariates:
        rows = [headline_of(row) for row in rows]
    known = found.estimates
    return tuple(
        _row(row, float(residents), found.per, (float(estimate), *map(float, limits)), float(observed))
        for row, residents, estimate, limits, observed in zip(
            rows, found.residents, known.estimate, known.limits, known.observed, strict=True
        )
    )


def _row(row: Figures, residents: float, per: int, exact: Sequence[float], observed: float) -> RateFigures:
    seen = row.registered.value
    scale = 10**DECIMALS * per / residents
    moved = math.nan if seen is None else seen - observed  # the estimate is the number shown plus the unseen
    near = rounded(*((value + moved) * scale for value in exact), floor=(seen or 0.0) * scale)
    decimals = _decimals(near.step) if row.known and math.isfinite(residents) else 0
    registered = row.observed / residents * per
    own = (
        _decimals(10.0 ** (math.floor(math.log10(registered)) - (VALUE_DIGITS - 1)) * 10**DECIMALS)
        if registered > 0
        else 0
    )
    return RateFigures(
        numbers=row,
        residents=residents,
        registered=registered,
        rate=near.value / 10**DECIMALS if row.known else math.inf if row.kind == "infinite" else math.nan,
        lower=near.lower / 10**DECIMALS,
        upper=near.upper / 10**DECIMALS,
        decimals=decimals,
        registered_decimals=max(own, decimals),
    )


def _decimals(step: float) -> int:
    """The decimals with which something is printed that is rounded to so many thousandths."""
    return min(
        max(DECIMALS - math.floor(math.log10(step) + 1e-9), 0), DECIMALS
    )  # 1e-9: a logarithm may fall just short
