"""What is used where no model is named: one fixed thing for a kind of table, named in every answer."""

from __future__ import annotations

from darknumber.data.table import CaptureTable
from darknumber.models import Average, Best, Model, Stepwise

AVERAGED_LISTS = 6  # up to so many, an average over all pairwise models is certified in a fraction of a second
SEARCHED_LISTS = 8  # up to so many, the best pairwise model is found with a proof in seconds


def default_model(table: CaptureTable) -> Model:
    """The model where none is named; always over pairs of lists.

    Without covariates: the average over all pairwise models with AIC weights up to six lists, the best pairwise model
    by BIC for seven and eight, where too many models share the weight of an average. With covariates, or more lists:
    stepwise by BIC.
    """
    lists = len(table.lists)
    if table.covariates or lists > SEARCHED_LISTS:
        return Stepwise()
    return Average() if lists <= AVERAGED_LISTS else Best()
