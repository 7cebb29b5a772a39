"""How people come to be on lists: a population and a log-linear law of capture histories.

The share of a stratum ``x`` with history ``w`` is proportional to the exponential of the sum of the coefficients that
apply to ``w`` and ``x``, and that includes history 0, the people on no list. Every coefficient touches a list, so
fitting the terms of the law with the stratum totals free is fitting the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import Covariate
from darknumber.kernels.histories import membership

TREND = "poly(year, 2)"
# The basis of the trend: t runs from -1 in the first year to 1 in the last. Another basis of the same degree has other
# coefficients and the same fit.
POWERS = {"t": 1, "t^2": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One number of the law.

    Parameters
    ----------
    lists
        The list it belongs to, or two for the dependence between them.
    within
        Empty, a covariate, or `TREND`.
    level
        The level of that covariate it is for; ``t`` or ``t^2`` for the trend. Levels without a coefficient have 0.
    value
        On the log scale.
    """

    lists: tuple[str, ...]
    within: str = ""
    level: str = ""
    value: float

    @property
    def term(self) -> str:
        """The term it is part of, as the grammar of models writes it."""
        return ":".join((*self.lists, self.within) if self.within else self.lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A population of known size and the shares of its capture histories.

    Parameters
    ----------
    lists
        K names; list ``j`` is bit ``j`` of a history.
    covariates
        What the strata are, all values known; the last changes fastest.
    population
        ``(strata,)`` everyone, on a list or not.
    coefficients
        The numbers behind the shares.
    shares
        ``(strata, 2**K)`` share of each history in its stratum; column 0 is on no list.
    """

    lists: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    population: NDArray[np.int64]
    coefficients: tuple[Coefficient, ...]
    shares: NDArray[np.float64]

    @property
    def terms(self) -> str:
        """The true terms; the lists themselves are always in a model and are left out."""
        return " + ".join(dict.fromkeys(c.term for c in self.coefficients if c.within or len(c.lists) > 1))

    @property
    def expected(self) -> NDArray[np.float64]:
        """``(strata, 2**K)`` expected people with each history."""
        return self.population[:, None] * self.shares


def law(
    lists: Sequence[str],
    covariates: Sequence[Covariate],
    population: NDArray[np.int64],
    coefficients: Sequence[Coefficient],
) -> Law:
    """The law these coefficients give; its arrays are read-only."""
    values = np.array([coefficient.value for coefficient in coefficients])
    known = Law(
        lists=tuple(lists),
        covariates=tuple(covariates),
        population=population.copy(),
        coefficients=tuple(coefficients),
        shares=shares(columns(coefficients, lists, covariates), values),
    )
    known.population.flags.writeable = False
    known.shares.flags.writeable = False
    return known


def columns(
    coefficients: Sequence[Coefficient], lists: Sequence[str], covariates: Sequence[Covariate]
) -> NDArray[np.float64]:
    """``(strata, 2**K, coefficients)``: what each coefficient is multiplied by."""
    on = membership(np.arange(1 << len(lists)), len(lists))
    names = [covariate.name for covariate in covariates]
    shape = tuple(len(covariate.levels) for covariate in covariates)
    levels = np.indices(shape).reshape(len(shape), -1)
    result = np.empty((levels.shape[1], len(on), len(coefficients)))
    for number, coefficient in enumerate(coefficients):
        of_history = on[:, [list(lists).index(name) for name in coefficient.lists]].all(axis=1)
        of_stratum = np.ones(levels.shape[1])
        if coefficient.within == TREND:
            year = names.index("year")
            of_stratum = trend(covariates[year])[levels[year]] ** POWERS[coefficient.level]
        elif coefficient.within:
            axis = names.index(coefficient.within)
            of_stratum = levels[axis] == covariates[axis].levels.index(coefficient.level)
        result[:, :, number] = np.outer(of_stratum, of_history)
    return result


def shares(applies: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(strata, 2**K)`` share of each history; `applies` as `columns` gives it, `values` one for each column."""
    score = np.exp(applies @ values)
    return np.asarray(score / score.sum(axis=1, keepdims=True))


def trend(year: Covariate) -> NDArray[np.float64]:
    """``(levels,)`` the years from -1 to 1."""
    values = np.array([float(level) for level in year.levels])
    return np.asarray(2 * (values - values.min()) / (values.max() - values.min()) - 1)


def draw(known: Law, rng: np.random.Generator) -> NDArray[np.int64]:
    """``(strata, 2**K)`` people with each history, those on no list included; the stratum totals do not vary."""
    return rng.multinomial(known.population, known.shares)
