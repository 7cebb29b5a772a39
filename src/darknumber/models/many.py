"""Expected counts of many log-linear models of one table at once, from parameters that a search has kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import Design, void_columns
from darknumber.kernels.poisson import LOG_MAX

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PIECE = 1 << 20  # models times cells worked out together: 8 MB


def mean_seen(design: Design, y: Array, thetas: Array, inside: Mask, weight: Array, *, possible: bool = False) -> Array:
    """``(strata, 2**K)`` people expected with each observable history: the weighted mean over models.

    Parameters
    ----------
    y
        ``(strata, 2**K)`` counts.
    thetas
        ``(models, columns)`` parameters, zero where a column is not in the model or runs to minus infinity.
    inside
        ``(models, columns)`` which columns are in each model.
    weight
        ``(models,)`` weights that sum to one.
    possible
        As in `seen_by_model`.
    """
    mean = np.zeros(y.shape)
    size = max(PIECE // y.size, 1)
    for first in range(0, len(weight), size):
        part = slice(first, first + size)
        mean += np.tensordot(weight[part], seen_by_model(design, y, thetas[part], inside[part], possible=possible), 1)
    return mean


def seen_by_model(design: Design, y: Array, thetas: Array, inside: Mask, *, possible: bool = False) -> Array:
    """``(models, strata, 2**K)`` people expected with each observable history; history 0 is zero.

    Parameters
    ----------
    possible
        Whether to give those histories too that the design leaves out: as many as there would be beside the others.
    """
    eta = _predictors(design, thetas)
    eta[:, :, 0] = -np.inf
    if not possible:
        eta[:, ~design.live] = -np.inf
    cells = np.arange(y.shape[1])
    for column in np.flatnonzero(void_columns(design, y)):  # at the supremum nobody is in their cells
        mask = design.masks[column]
        emptied = (design.features[:, column] > 0)[:, None] & ((cells & mask) == mask)
        eta[inside[:, column]] += np.where(emptied, -np.inf, 0.0)
    if not design.conditional:
        found: Array = np.exp(np.minimum(eta, LOG_MAX))
        return found
    people = y[:, 1:].sum(axis=1)[:, None]
    with np.errstate(invalid="ignore"):
        top = np.where(design.live, eta, -np.inf).max(axis=2, keepdims=True)
        odds = np.exp(np.minimum(eta - top, LOG_MAX))
        return np.where(people > 0, people * odds / (odds * design.live).sum(axis=2, keepdims=True), 0.0)


def _predictors(design: Design, thetas: Array) -> Array:
    """``(models, strata, 2**K)`` linear predictors: the terms of each history are those within its lists."""
    strata = len(design.features)
    eta = np.zeros((len(thetas), strata, 1 << design.lists))
    for mask in np.unique(design.masks):
        columns = design.masks == mask
        eta[:, :, mask] = thetas[:, columns] @ design.features[:, columns].T
    by_list = eta.reshape(len(thetas), strata, *(2,) * design.lists)
    for axis in range(2, by_list.ndim):
        np.cumsum(by_list, axis=axis, out=by_list)
    return eta
