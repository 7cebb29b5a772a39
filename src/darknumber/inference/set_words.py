"""What the models close to the best say, in words: how many there are, and how far apart their estimates lie."""

from __future__ import annotations

import numpy as np

from darknumber.inference.publish import to_step
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates, Fit
from darknumber.words import say


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


def wider_in_words(candidates: Candidates | None, observed: float, step: int) -> tuple[str, ...]:
    """What terms of three lists and more would add, where the model allows pairs only.

    Parameters
    ----------
    candidates
        `Estimates.wider`; nothing is said where it is None.
    observed
        People on some list.
    step
        What estimates are rounded to.
    """
    if candidates is None:
        return ()
    near = np.flatnonzero(candidates.near)
    finite = near[np.isfinite(candidates.unobserved[near])]
    word = "alone" if len(near) == 1 else "some" if len(finite) == len(near) else "open" if len(finite) else "none"
    low, high = _ends(candidates, finite, observed, step)
    best = _in_words(candidates, 0, observed, step)
    return (say(f"estimates.wider.{word}", best=best, n=len(near), delta=candidates.delta, low=low, high=high),)


def _ends(
    candidates: Candidates, rows: np.ndarray[tuple[int], np.dtype[np.int64]], observed: float, step: int
) -> tuple[float, float]:
    if not len(rows):
        return (observed, observed)
    values = observed + candidates.unobserved[rows]
    return to_step(float(values.min()), step), to_step(float(values.max()), step)


def _in_words(candidates: Candidates, row: int, observed: float, step: int) -> str:
    """The estimate of one model."""
    if candidates.verdict[row] == verdicts.INFINITE:
        return say("estimates.set.no_limit")
    if candidates.verdict[row] == verdicts.NOT_IDENTIFIED:
        return say("estimates.set.unknown")
    return say("estimates.set.number", estimate=to_step(observed + float(candidates.unobserved[row]), step))
