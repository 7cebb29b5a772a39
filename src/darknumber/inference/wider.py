"""What lies beyond the assumption: models with terms of every order, and a dependence that no data can show.

An average over pairs of lists says nothing of terms of three lists, though the data could show these; and no data show
whether all lists together depend on each other among the unseen. Both stand beside the number (Zhang, Chen,
Ge, Williamson, Waller & Lyles 2023; Aleshin-Guendel, Sadinle & Wakefield 2024).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.models.base import Candidates, Fit
from darknumber.models.best import Best
from darknumber.models.not_recorded import PooledTotal

Array = NDArray[np.float64]

FEWEST, MOST = 4, 6  # lists: of three, the one term of all three cannot be tested; of seven, the search takes minutes
UNTESTED = 2.0  # how far off the untestable dependence is taken to be: half or twice what is assumed


def wider_set(fit: Fit) -> Candidates | None:
    """The models with terms of every order that are close to the best by BIC; None where the model allows these itself.

    Only for one table of people on four to six lists, where the search takes a few hundredths of a second.
    """
    lists = len(fit.data.lists)
    pairs = "pairs_only" in fit.model.assumes and not isinstance(fit.model, PooledTotal)
    if not pairs or fit.data.covariates or not FEWEST <= lists <= MOST:
        return None
    return Best(max_order=lists - 1).fit(fit.data).candidates


def untested_limits(observed: Array, limits: Array, factor: float = UNTESTED) -> Array:
    """``(strata, 2)`` limits where the odds ratio of all lists together is up to `factor` times off, either way.

    That odds ratio multiplies the dark figure or divides it, whether there is an even or an odd number of lists: so the
    lowest limit has the dark figure divided by the factor, and the highest has it multiplied.

    Parameters
    ----------
    observed
        ``(strata,)`` people on some list.
    limits
        ``(strata, 2)`` limits of the population size under the model's own assumption.
    factor
        At least 1.
    """
    dark = limits - observed[:, None]
    return np.asarray(observed[:, None] + dark * np.array([1 / factor, factor]), dtype=float)
