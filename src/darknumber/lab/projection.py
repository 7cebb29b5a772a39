"""What a model makes of expected counts: the size it tends to as data grow, and how far it would be off by chance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels import verdicts
from darknumber.kernels.design import Design, make_design
from darknumber.kernels.existence import Existence
from darknumber.kernels.histories import list_counts
from darknumber.kernels.poisson import maximise

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A log-linear model on expected counts.

    Parameters
    ----------
    estimate
        The population size it gives; ``inf`` or ``nan`` where it has no finite one.
    sd
        Standard deviation of the estimate between populations of the same size (the delta method); ``nan`` where the
        estimate is not finite.
    """

    estimate: float
    sd: float


NOTHING = Projection(estimate=np.nan, sd=np.nan)


def terms_up_to(lists: int, order: int) -> list[int]:
    """Masks of the main effects and of all interactions of up to `order` lists."""
    return [sum(1 << j for j in term) for size in range(1, order + 1) for term in combinations(range(lists), size)]


def project(cells: Array, masks: list[int]) -> Projection:
    """Fit the terms in `masks` to expected counts of one table.

    The counts of a table are multinomial with these means, the model true or not. The estimate is then about normal,
    with the variance of ``sum g_w y_w`` where ``g_w`` is how much one person more with history w adds to it. Where the
    model is true that is ``mu_0 + mu_0^2 Var(log mu_0)`` (METHODS A2).

    Parameters
    ----------
    cells
        ``(2**K,)`` expected people with each history, cell 0 those on no list.
    masks
        The terms, each the set of its lists as bits.
    """
    observed = np.where(np.arange(len(cells)) > 0, cells, 0.0)[None]
    design, terms = _design(len(cells), masks), np.array(masks)
    verdict = int(Existence(design).verdict(observed)[0])
    if verdict != verdicts.ESTIMABLE:
        return NOTHING if verdict != verdicts.INFINITE else Projection(estimate=np.inf, sd=np.nan)
    mu = maximise(design, observed)[1][0]
    histories = np.arange(1, len(cells))
    columns = np.column_stack([np.ones(len(histories)), (histories[:, None] & terms) == terms])
    information = (columns.T * mu[1:]) @ columns
    dark = float(mu[0])
    weight = 1 + dark * columns @ np.linalg.pinv(information, hermitian=True)[:, 0]
    mean = float(weight @ cells[1:])
    variance = float(weight**2 @ cells[1:]) - mean**2 / float(cells.sum())
    return Projection(estimate=float(observed.sum()) + dark, sd=float(np.sqrt(max(variance, 0.0))))


def without_limit(counts: Array, masks: list[int]) -> float:
    """The share of ``(B, 2**K)`` tables for which these terms give no finite dark figure; cell 0 is ignored."""
    existence = Existence(_design(counts.shape[1], masks))
    found = [int(existence.verdict(np.where(np.arange(len(y)) > 0, y, 0.0)[None])[0]) for y in counts]
    return float(np.isin(found, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)).mean())


def _design(cells: int, masks: list[int]) -> Design:
    live = np.arange(cells)[None] > 0
    features, number = np.ones((1, len(masks))), np.arange(len(masks))
    return make_design(cells.bit_length() - 1, np.array(masks), features, number, live, conditional=True)


def without_top_term(cells: Array) -> float:
    """The dark figure of a table from which only the term of all lists is left out, in closed form."""
    histories = np.arange(1, len(cells))
    odd = list_counts(histories) % 2 == 1
    with np.errstate(divide="ignore"):
        logs = np.log(cells[1:])
    with np.errstate(invalid="ignore"):
        return float(np.exp(logs[odd].sum() - logs[~odd].sum()))
