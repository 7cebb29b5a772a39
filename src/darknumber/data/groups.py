"""Strata put together by the levels of some covariates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import Covariate


def group_of(covariates: Sequence[Covariate], names: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    """Which combination of levels of `names` each stratum of `covariates` belongs to, and how many there are.

    Combinations are numbered with the last of `names` changing fastest; without names everyone is in the one group.
    """
    shape = tuple(len(covariate.levels) for covariate in covariates)
    known = [covariate.name for covariate in covariates]
    axes = [known.index(name) for name in names]
    strata = int(np.prod(shape, dtype=np.int64))
    if not axes:
        return np.zeros(strata, dtype=np.int64), 1
    coordinates = np.unravel_index(np.arange(strata), shape)
    chosen = tuple(shape[axis] for axis in axes)
    groups = np.ravel_multi_index([coordinates[axis] for axis in axes], chosen)
    return groups.astype(np.int64), int(np.prod(chosen, dtype=np.int64))
