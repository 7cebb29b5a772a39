"""Observed and fitted counts side by side: which of them the model does not have (METHODS 2.2, item 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.design import live_cells
from darknumber.kernels.poisson import information
from darknumber.models import Best, Independence, LogLinear, PoissonTail, Stepwise
from darknumber.models.base import Fit, expected_cells
from darknumber.models.columns import Margin, make_columns, terms_of
from darknumber.studies.influence import EVERY, Influence

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FULL = 1e-6  # what is left of a count's own say in its fitted value, below which its residual is rounding
NOBODY = 1e-6  # people: a fitted count below this is on its way to zero, with a parameter of its own at minus infinity
LARGEST = 10  # counts of single strata with most of the deviance that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts by history, observed and as the model has them, as columns of one table.

    Parameters
    ----------
    stratum, history
        ``(rows,)`` which count; `EVERY` for all strata together.
    observed, expected
        ``(rows,)`` people.
    residual
        ``(rows,)`` what they differ by, in roots of the expected number (Pearson).
    standardised
        ``(rows,)`` the same in standard errors, where the model is one log-linear model: how closely it follows each
        count is taken into account. ``nan`` for a count that is fitted exactly whatever it is.
    deviance
        ``(rows,)`` the root of each count's part of the deviance, with the sign of the difference: fit to be compared
        where next to nobody is expected.
    predicted
        ``(rows,)`` what the model, fitted without the count, says it is; ``nan`` where that was not looked at.
    deleted
        ``(rows,)`` the residual from that.
    """

    stratum: Index
    history: Index
    observed: Array
    expected: Array
    residual: Array
    standardised: Array
    deviance: Array
    predicted: Array
    deleted: Array


def counts_of(fit: Fit, influence: Influence | None) -> Counts:
    """Observed and expected counts, with what `influence` predicts of those that were left out."""
    y, cells = fit.data.dense(), expected_cells(fit)
    cells[:, 0] = 0.0
    _, standard = residuals(y, cells, own_say(fit))
    live = live_cells(fit.data.operating)
    predicted = {}
    if influence is not None:
        left = zip(influence.stratum.tolist(), influence.history.tolist(), strict=True)
        predicted = dict(zip(left, influence.predicted.tolist(), strict=True))
    if len(y) == 1:
        keys = [(0, int(history)) for history in np.flatnonzero(live[0])]
    else:
        size = np.where(live, np.abs(root_deviance(y, cells)), -1.0)
        worst = np.argsort(-size, axis=None, kind="stable")[:LARGEST]
        single = [(int(row // y.shape[1]), int(row % y.shape[1])) for row in worst if size.flat[row] >= 0]
        keys = [(EVERY, int(history)) for history in np.flatnonzero(live.any(axis=0))]
        keys = list(dict.fromkeys([*keys, *single, *predicted]))
    strata = [slice(None) if stratum == EVERY else slice(stratum, stratum + 1) for stratum, _ in keys]
    places = list(zip(strata, (history for _, history in keys), strict=True))
    observed = np.array([y[place].sum() for place in places])
    expected = np.array([cells[place].sum() for place in places])
    guessed = np.array([predicted.get(key, np.nan) for key in keys])
    return Counts(
        stratum=np.array([stratum for stratum, _ in keys], dtype=np.int64),
        history=np.array([history for _, history in keys], dtype=np.int64),
        observed=observed,
        expected=expected,
        residual=residuals(observed, expected, None)[0],
        standardised=np.array([np.nan if key[0] == EVERY else standard[key] for key in keys]),
        deviance=root_deviance(observed, expected),
        predicted=guessed,
        deleted=np.where(guessed > 0, residuals(observed, guessed, None)[0], np.nan),
    )


def root_deviance(y: Array, cells: Array) -> Array:
    """Signed roots of each count's part of the deviance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(y > 0, y * np.log(y / cells), 0.0) - y + cells
    return np.sign(y - cells) * np.sqrt(np.maximum(2 * part, 0.0))


def own_say(fit: Fit) -> Array | None:
    """``(strata, 2**K)`` how far each fitted count follows the observed one (hat values), from 0 to 1.

    None for a model that is not one log-linear model.
    """
    if not isinstance(fit.model, LogLinear | Independence | Stepwise | Best | PoissonTail) or fit.terms is None:
        return None
    margin: Margin = getattr(fit.model, "margin", "free")
    design = make_columns(fit.data, terms_of(fit.terms, fit.data), margin).design
    mu = expected_cells(fit)
    mu[:, 0] = 0.0
    mu[mu < NOBODY] = 0.0
    total = mu.sum(axis=1)
    spread = np.linalg.pinv(information(design, mu, total), hermitian=True)
    cells = np.arange(mu.shape[1])
    holds = ((cells[:, None] & design.masks) == design.masks).astype(np.float64)
    say = np.zeros_like(mu)
    for stratum in np.flatnonzero(total > 0):
        rows = holds * design.features[stratum]
        own = 0.0
        if design.conditional:
            rows = rows - mu[stratum] @ rows / total[stratum]
            own = 1 / total[stratum]
        say[stratum] = mu[stratum] * (own + np.einsum("wc,cd,wd->w", rows, spread, rows))
    return np.clip(say, 0.0, 1.0)


def residuals(y: Array, cells: Array, say: Array | None) -> tuple[Array, Array]:
    """Pearson residuals, and the same as numbers of standard errors where their own say is known; both like `y`.

    A count that is fitted exactly whatever it is has no residual: ``nan``.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(cells > 0, (y - cells) / np.sqrt(cells), np.where(y > 0, np.inf, 0.0))
        left = np.ones_like(y) if say is None else 1 - say
        return plain, np.where(left > FULL, plain / np.sqrt(left), np.nan)
