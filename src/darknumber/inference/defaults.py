"""What is used where no model is named: one fixed thing for a kind of table, named in every answer.

It was chosen by a rule that was written down before the simulations it was applied to (docs/choosing.md).
"""

from __future__ import annotations

from darknumber.data.table import CaptureTable
from darknumber.models import Best, Model, Stepwise

SEARCHED_LISTS = 6  # up to so many, the best of all hierarchical models is found with a proof in seconds


def default_model(table: CaptureTable) -> Model:
    """The model where none is named.

    Without covariates, up to six lists: the best by AIC of all models, with terms of any number of lists but all
    together. With more lists: pairs of lists by AIC, found stepwise. With covariates: pairs of lists by BIC, found
    stepwise.
    """
    lists = len(table.lists)
    if table.covariates:
        return Stepwise()
    if lists > SEARCHED_LISTS:
        return Stepwise(criterion="aic")
    return Best(criterion="aic", max_order=max(lists - 1, 2))
