"""Quantities made from draws: a value with its limits, and the change from one level to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.findings import Finding, Severity
from darknumber.kernels.summaries import modes, percentile_limits

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A quantity with its limits, one row a stratum or a comparison.

    Parameters
    ----------
    value, lower, upper
        ``(rows,)`` each; ``nan`` where it is not estimable.
    """

    value: Array
    lower: Array
    upper: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How the population changed from one level to another.

    Parameters
    ----------
    old, new
        The two levels compared.
    difference
        New minus old, in people, with limits.
    ratio
        New over old, with limits.
    probability_of_fall
        The share of draws in which new is below old; not a p-value.
    """

    old: str
    new: str
    difference: Spread
    ratio: Spread
    probability_of_fall: float

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return bool(self.difference.lower[0] > 0 or self.difference.upper[0] < 0)


def draw_findings(
    total: Array, level: float, what: Literal["draws", "replicates"] = "replicates"
) -> tuple[Finding, ...]:
    """What ``(B,)`` draws of a total say that a finite interval would hide.

    An infinite draw counts at the upper limit, and so does one that is not identified: with more of them together than
    the upper tail holds, there is no upper limit. Draws that gather in two places far apart come from models that
    disagree, and an interval over both describes neither.
    """
    shares = (("infinite", float(np.isinf(total).mean())), ("not_identified", float(np.isnan(total).mean())))
    severity: Severity = "stop" if sum(share for _, share in shares) > (1 - level) / 2 else "caution"
    found = [
        Finding(
            code=f"draws_{name}" if what == "draws" else f"replicates_{name}",
            severity=severity,
            values={"share": share},
        )
        for name, share in shares
        if share
    ]
    tops = modes(total)
    if len(tops) > 1:
        code = "draws_apart" if what == "draws" else "replicates_apart"
        values = {"n": len(tops), "low": float(tops[0]), "high": float(tops[-1])}
        found.append(Finding(code=code, severity="stop", values=values))
    return tuple(found)


def two_sided(value: Array, draws: Array, level: float, lowest: float = -np.inf, highest: float = np.inf) -> Spread:
    """Percentile limits of a quantity; an undefined draw is the worst case at either end.

    Parameters
    ----------
    lowest, highest
        What it can be at least and at most, such as 0 and 1 for a share.
    """
    limits = percentile_limits(draws, level, np.full(draws.shape[1], lowest))
    return Spread(value=value, lower=limits[:, 0], upper=np.minimum(limits[:, 1], highest))
