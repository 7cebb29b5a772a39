"""How much the lists know about the people on none of them, before anybody trusts a number (METHODS 2.2, item 2)."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import MAX_DENSE_LISTS, CaptureTable
from darknumber.kernels import verdicts
from darknumber.kernels.histories import list_counts, membership
from darknumber.models.base import Fit
from darknumber.models.log_linear import Independence
from darknumber.studies.rests import rests_on

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

MAX_STEPS = 100  # of Newton's method, which comes down to the root and squares its error; a dozen are used
TOLERANCE = 1e-12  # of a share between 0 and 1 / n


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Raw measures of how much a table says about its dark figure.

    Parameters
    ----------
    lists
        How many lists there are.
    observed
        People on some list.
    recaptures
        People on two or more lists.
    share_twice
        Their share of everyone observed.
    expected_recaptures
        The expected number of people on two or more lists where the lists are independent, each with the size it has.
    independent
        The population size if the lists were independent; ``inf`` where nobody is on two.
    coverage
        The sample coverage of Chao and Tsay (1998): one less the mean, over the lists, of the share of a list that is
        on no other.
    rests_on
        The fewest people without whom the lists would set no upper limit (`rests_on`); those on two or more lists
        where that cannot be said of the model.
    smallest
        The fewest people on all lists of a term in the model, or None for a model without such terms.
    parameters
        Parameters of the model, or None.
    log_error
        Large-sample standard error of the log dark figure under the model as it stands; ``nan`` where there is none.
    """

    lists: int
    observed: int
    recaptures: int
    share_twice: float
    expected_recaptures: float
    independent: float
    coverage: float
    rests_on: int
    smallest: int | None
    parameters: int | None
    log_error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Independent:
    """What the lists would be like if they were independent.

    Parameters
    ----------
    chances
        ``(K,)`` the share of the population that a list holds where it is kept.
    population
        ``(groups,)`` population of each group of strata in which the same lists are kept.
    kept
        ``(groups, K)`` those lists.
    """

    chances: Array
    population: Array
    kept: NDArray[np.bool_]

    @property
    def overlaps(self) -> Array:
        """``(K, K)`` expected people on both lists of a pair."""
        together = np.einsum("g,gi,gj->ij", self.population, self.kept, self.kept)
        return np.where(np.isfinite(together), together, 0.0) * np.outer(self.chances, self.chances)

    @property
    def recaptures(self) -> float:
        """Expected people on two or more lists."""
        if not np.isfinite(self.population).all():
            return 0.0
        return float(self.population @ _chance_of_two(self.kept * self.chances))


def low_information(table: CaptureTable, fit: Fit | None) -> Information:
    """The measures for one table and a model fitted to it; less than a millisecond for five lists.

    Parameters
    ----------
    table
        The data of `fit`.
    fit
        Any fit to it; None takes the lists as independent.
    """
    alone = on_one_list(table)
    observed = int(table.count.sum())
    recaptures = observed - int(alone.sum())
    law = independence(table)
    rests = None if fit is None else rests_on(fit)
    return Information(
        lists=len(table.lists),
        observed=observed,
        recaptures=recaptures,
        share_twice=recaptures / observed,
        expected_recaptures=law.recaptures,
        independent=float(law.population.sum()),
        coverage=float(sample_coverage(table.list_sizes[None], alone[None])[0]),
        rests_on=recaptures if rests is None else rests.people,
        smallest=rests.smallest[0].people if rests is not None and rests.smallest else None,
        parameters=None if fit is None else fit.parameters,
        log_error=nan if fit is None else _log_error(fit),
    )


def on_one_list(table: CaptureTable) -> Counts:
    """``(K,)`` people on each list who are on no other."""
    single = list_counts(table.history) == 1
    on = membership(table.history[single], len(table.lists)).astype(np.int64)
    return np.asarray(on.T @ table.count[single], dtype=np.int64)


def sample_coverage(sizes: Counts, alone: Counts) -> Array:
    """``(B,)`` the sample coverage of B tables (Chao and Tsay 1998; METHODS C3).

    Parameters
    ----------
    sizes, alone
        ``(B, K)`` people on each list, and those of them who are on no other. Lists with nobody are passed over.
    """
    share = np.divide(alone, sizes, out=np.zeros(sizes.shape), where=sizes > 0)
    coverage: Array = 1 - share.sum(axis=1) / np.maximum((sizes > 0).sum(axis=1), 1)
    return coverage


def independent_population(observed: Counts, sizes: Counts) -> Array:
    """``(B,)`` the population of which lists of these sizes, if independent, would leave so many on some list.

    It is the root N of ``1 - n / N = prod(1 - n_i / N)``, the maximum of the likelihood given who is on some list;
    ``inf`` where nobody is on two lists.

    Parameters
    ----------
    observed
        ``(B,)`` people on some list.
    sizes
        ``(B, K)`` people on each list.
    """
    shared = sizes.sum(axis=1) > observed
    share: Array = np.where(observed > 0, 1 / np.maximum(observed, 1), 1.0)  # 1 / N; the function below is convex in it
    for _ in range(MAX_STEPS):
        left: Array = 1 - sizes * share[:, None]
        value = left.prod(axis=1) - (1 - observed * share)
        slope = observed - (sizes * _others(left)).sum(axis=1)
        step = np.divide(value, slope, out=np.zeros_like(value), where=shared & (slope > 0))
        share = share - step
        if np.all(np.abs(step) <= TOLERANCE * share):
            break
    return np.where(shared, 1 / share, np.inf)


def independence(table: CaptureTable) -> Independent:
    """The law of independent lists that fits the table best; lists count only where they are kept."""
    sizes, observed = table.list_sizes, table.observed
    lists = len(table.lists)
    if table.operating.all() or lists > MAX_DENSE_LISTS:
        population = independent_population(observed.sum(keepdims=True), sizes[None])
        with np.errstate(divide="ignore"):
            return Independent(chances=sizes / population[0], population=population, kept=np.ones((1, lists), bool))
    fit = Independence().fit(table)
    kept, group = np.unique(table.operating, axis=0, return_inverse=True)
    everyone: Array = np.bincount(group.reshape(-1), weights=fit.estimate, minlength=len(kept)).astype(np.float64)
    if not np.isin(fit.verdict, (verdicts.ESTIMABLE, verdicts.ZERO)).all():
        return Independent(chances=np.zeros(lists), population=np.full(len(kept), np.inf), kept=kept)
    return Independent(chances=sizes / (everyone @ kept), population=everyone, kept=kept)


def _chance_of_two(chances: Array) -> Array:
    """``(B,)`` the chance of being on two or more lists, from ``(B, K)`` chances of each."""
    off: Array = np.subtract(1.0, chances)
    none: Array = off.prod(axis=1)
    one: Array = (chances * _others(off)).sum(axis=1)
    return 1 - none - one


def _others(factors: Array) -> Array:
    """``(B, K)`` the product of all factors of a row but one."""
    lists = factors.shape[1]
    spread = np.repeat(factors[:, None, :], lists, axis=1)
    spread[:, np.arange(lists), np.arange(lists)] = 1.0
    product: Array = spread.prod(axis=2)
    return product


def _log_error(fit: Fit) -> float:
    """From the variance for a fixed population, ``mu_0 + mu_0^2 Var(log mu_0)``, to the error of ``log mu_0``."""
    if fit.variance is None or len(fit.variance) != 1:
        return nan
    dark, variance = float(fit.unobserved[0]), float(fit.variance[0])
    if not (np.isfinite(variance) and dark > 0):
        return nan
    return sqrt(max(variance - dark, 0.0)) / dark
