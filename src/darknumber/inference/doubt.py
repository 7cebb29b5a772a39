"""Where the doubt about a dark figure comes from: the people on the lists, the choice of model, or who is who.

The variance of log n0 falls apart by the law of total variance into that within draws of who is who and that between
them. Within a draw, replicates with the model held fixed show the sampling of people; what replicates with the model
chosen anew vary more is the choice of model. Between draws the means of replicates vary also by the chance of the
replicates themselves, the more the fewer there are; that part is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from darknumber.inference.estimates import Estimates

Array = NDArray[np.float64]

CODES = ("doubt_shares", "doubt_shares_fixed", "doubt_shares_together")
MOST_LEFT_OUT = 0.5  # of replicates without a positive finite dark figure: of fewer than half nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceShares:
    """Shares of the variance of the logarithm of the dark figure; together they are 1.

    Parameters
    ----------
    sampling
        Of who happens to be on a list; together with `model` where the two cannot be told apart.
    model
        Of the choice of model; 0 for a model fixed in advance, None where it is in `sampling`.
    linkage
        Of who is who.
    left_out
        The share of replicates that is in none of them, their dark figure being zero or not finite.
    """

    sampling: float
    model: float | None
    linkage: float
    left_out: float


def variance_shares(estimates: Estimates) -> VarianceShares | None:
    """The shares that come with estimates from linked reports; None with any others, or where they cannot be told."""
    for finding in estimates.findings:
        if finding.code in CODES:
            told = finding.values
            numbers = {name: float(str(told[name])) for name in ("sampling", "linkage", "left_out")}
            model = 0.0 if finding.code == "doubt_shares_fixed" else None
            return VarianceShares(model=float(str(told["model"])) if "model" in told else model, **numbers)
    return None


def shares_of(free: Sequence[Array], fixed: Sequence[Array] | None, weights: Sequence[int]) -> VarianceShares | None:
    """The shares, from dark figures.

    Parameters
    ----------
    free
        For each distinct table ``(R_t,)`` totals of the dark figure in its replicates.
    fixed
        The same with the model of each table held fixed; None where that cannot be done.
    weights
        How many draws each table stands for.
    """
    every = np.concatenate(list(free))
    left_out = 1.0 - float(np.mean(_usable(every)))
    logs = [np.log(each[_usable(each)]) for each in free]
    within = _within(logs)
    if left_out > MOST_LEFT_OUT or within is None:
        return None
    linkage = _between(logs, within, weights)
    whole = within + linkage
    if whole <= 0:
        return None
    sampling = None if fixed is None else _within([np.log(each[_usable(each)]) for each in fixed])
    if sampling is None:
        return VarianceShares(sampling=within / whole, model=None, linkage=linkage / whole, left_out=left_out)
    sampling = min(sampling, within)  # a choice of model that seems to help does so by chance
    return VarianceShares(
        sampling=sampling / whole, model=(within - sampling) / whole, linkage=linkage / whole, left_out=left_out
    )


def _usable(dark: Array) -> NDArray[np.bool_]:
    return np.isfinite(dark) & (dark > 0)


def _within(logs: Sequence[Array]) -> float | None:
    """The variance within tables, from all of them together; None where none has two replicates."""
    freedom = sum(max(len(each) - 1, 0) for each in logs)
    if not freedom:
        return None
    return float(sum(((each - each.mean()) ** 2).sum() for each in logs if len(each))) / freedom


def _between(logs: Sequence[Array], within: float, weights: Sequence[int]) -> float:
    """The variance between draws, without what the chance of the replicates adds to it."""
    kept = [place for place, each in enumerate(logs) if len(each)]
    draws = float(sum(weights[place] for place in kept))
    if draws < 2:
        return 0.0
    share = np.array([weights[place] for place in kept]) / draws
    means = np.array([logs[place].mean() for place in kept])
    sizes = np.array([len(logs[place]) for place in kept])
    spread = float(share @ (means - share @ means) ** 2)
    noise = within * float((share * (1 - share) / sizes).sum())
    return max(spread - noise, 0.0) * draws / (draws - 1)
