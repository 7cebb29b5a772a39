"""What the models close to the best say, in words: how many there are, and how far apart their estimates lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from darknumber.inference.publish import to_step
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates, Fit
from darknumber.words import has, say

if TYPE_CHECKING:  # Estimates prints itself through this module
    from darknumber.inference.estimates import Estimates


def chosen_by_data(fit: Fit) -> bool:
    """Whether the data chose among models: of two lists without groups there is one, which no data can test."""
    one = len(fit.data.lists) == 2 and all(len(each.levels) < 2 for each in fit.data.covariates)
    return fit.model.selects and not one


def set_in_words(fit: Fit, step: int) -> tuple[str, ...]:
    """The best single model of an average, and the models that the data can hardly tell apart.

    Parameters
    ----------
    fit
        With candidates of an exact search; nothing is said of any other.
    step
        What estimates are rounded to.
    """
    candidates = fit.candidates
    if candidates is None or not candidates.exact:
        return ()
    if not chosen_by_data(fit):
        return (say("estimates.set.only"),)
    observed = float(fit.data.observed.sum())
    said = []
    if candidates.weight is not None:
        terms = candidates.label[0] or say("estimates.main_effects")
        said.append(say("estimates.set.best", terms=terms, estimate=_in_words(candidates, 0, observed, step)))
    near = np.flatnonzero(candidates.near)
    finite = near[np.isfinite(candidates.unobserved[near])]
    word = "alone" if len(near) == 1 else "some" if len(finite) == len(near) else "open" if len(finite) else "none"
    low, high = _ends(candidates, finite, observed, step)
    if candidates.proved or len(near) > 1:  # of one not proved to be alone, a finding tells how far the search came
        models = say(f"estimates.set.{word}", n=len(near), delta=candidates.delta, low=low, high=high)
        said.append(f"{models} {say('estimates.set.proved')}" if candidates.proved else models)
    place = candidates.local
    if place > 0:
        said.append(say("estimates.set.local", estimate=_in_words(candidates, place, observed, step)))
    return tuple(said)


def beside_in_words(estimates: Estimates, step: int) -> tuple[str, ...]:
    """What terms of three lists and more would give where the model allows pairs only, and the other way round.

    Parameters
    ----------
    estimates
        With `Estimates.beside`; nothing is said where that is None.
    step
        What estimates are rounded to.
    """
    candidates = estimates.beside
    if candidates is None:
        return ()
    observed, fit = float(estimates.observed.sum()), estimates.fits[0]
    reach = "more" if "pairs_only" in fit.model.assumes else "pairs"
    criterion = criterion_name(getattr(fit.model, "criterion", "bic") if reach == "pairs" else "bic")
    near = np.flatnonzero(candidates.near)
    finite = near[np.isfinite(candidates.unobserved[near])]
    word = "alone" if len(near) == 1 else "some" if len(finite) == len(near) else "open" if len(finite) else "none"
    low, high = _ends(candidates, finite, observed, step)
    best = _in_words(candidates, 0, observed, step)
    values = {"best": best, "n": len(near), "delta": candidates.delta, "low": low, "high": high}
    return (say(f"estimates.beside.{reach}.{word}", criterion=criterion, **values),)


def criterion_name(criterion: str | float) -> str:
    """How a criterion is written, such as BIC, or what one parameter costs."""
    if not isinstance(criterion, str):
        return say("estimates.criterion.cost", cost=float(criterion))
    key = f"estimates.criterion.{criterion.replace('-', '_')}"
    return say(key) if has(key) else criterion.upper()


def _ends(
    candidates: Candidates, rows: np.ndarray[tuple[int], np.dtype[np.int64]], observed: float, step: int
) -> tuple[float, float]:
    if not len(rows):
        return (observed, observed)
    values = observed + candidates.unobserved[rows]
    return to_step(float(values.min()), step, observed), to_step(float(values.max()), step, observed)


def _in_words(candidates: Candidates, row: int, observed: float, step: int) -> str:
    """The estimate of one model."""
    if candidates.verdict[row] == verdicts.INFINITE:
        return say("estimates.set.no_limit")
    if candidates.verdict[row] == verdicts.NOT_IDENTIFIED:
        return say("estimates.set.unknown")
    return say("estimates.set.number", estimate=to_step(observed + float(candidates.unobserved[row]), step, observed))
