"""What a parameter costs: the criteria by which models are chosen and weighed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import ModelError
from darknumber.kernels.histories import list_counts

Array = NDArray[np.float64]

CRITERIA = ("bic", "aic", "aicc", "bic-overlap")
NEVER = 1e12  # times the parameters: what AICc asks where there are no people left to pay with


def check_criterion(criterion: str | float) -> None:
    """Refuse a criterion that is neither one of `CRITERIA` nor a cost.

    Raises
    ------
    ModelError
        What it was, and what it may be.
    """
    known = criterion in CRITERIA if isinstance(criterion, str) else 0 <= criterion < np.inf
    if not known:
        raise ModelError("bad_option", option="criterion", value=criterion, known=CRITERIA)


def penalty(criterion: str | float, y: Array) -> float:
    """What one parameter costs, given ``(strata, 2**K)`` counts; for AICc before its small-sample term.

    ``bic`` counts the people observed, ``bic-overlap`` only those on two or more lists: they carry all the information
    on how lists depend on each other.
    """
    if not isinstance(criterion, str):
        return float(criterion)
    if criterion == "bic":
        return float(np.log(max(y.sum(), 1.0)))
    if criterion == "bic-overlap":
        several = list_counts(np.arange(y.shape[1])) > 1
        return float(np.log(max(y[:, several].sum(), 1.0)))
    return 2.0


def prices(criterion: str | float, y: Array, most: int) -> Array:
    """``(most + 1,)`` what 0, 1, ..., `most` parameters cost."""
    count = np.arange(most + 1.0)
    cost = penalty(criterion, y) * count
    if criterion != "aicc":
        return cost
    rest = y.sum() - count - 1
    return cost + np.where(rest > 0, 2 * count * (count + 1) / np.maximum(rest, 1e-9), NEVER * count)


def small_sample(parameters: Array, people: float) -> Array:
    """The small-sample term of AICc; infinite where there are no people left for it."""
    rest = people - parameters - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rest > 0, 2 * parameters * (parameters + 1) / rest, np.inf)
