"""The models that stand beside an answer, under the other common assumption.

Models over pairs of lists say nothing of terms of three lists, though the data could show these; models with terms of
every order leave more open than most studies do, which assume pairs. So each stands beside the other.
"""

from __future__ import annotations

from darknumber.inference.wider import FEWEST, MOST, wider_set
from darknumber.models.average import Average
from darknumber.models.base import Candidates, Fit
from darknumber.models.best import Best
from darknumber.models.links import Links


def set_beside(fit: Fit) -> Candidates | None:
    """The models close to the best with terms of every order beside a model over pairs, and the other way round.

    With terms of every order the best is by BIC; with pairs, by the criterion of the answer. Only for one table of
    people on four to six lists, where the search takes a few hundredths of a second.
    """
    model, data = fit.model, fit.data
    if isinstance(model, Links):  # its answer is of corrected counts, which other models are not fitted to here
        return None
    if not isinstance(model, Best | Average) or model.scope or "pairs_only" in model.assumes:
        return wider_set(fit)
    if data.covariates or not FEWEST <= len(data.lists) <= MOST:
        return None
    return Best(criterion=model.criterion, max_order=2).fit(data).candidates
