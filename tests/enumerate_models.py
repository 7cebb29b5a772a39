"""Every hierarchical model of a family, one after the other: what an exact search must agree with.

Models are made by adding terms to sets of terms, smaller terms first; no bound and no order of search comes in. They
are fitted by `tests.oracles` (a full design matrix, linear programmes over all cells), or, where they are thousands,
each from a cold start by the kernel of the stepwise search, which never gives a fit up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from darknumber.data.table import CaptureTable
from darknumber.kernels import stepwise
from darknumber.kernels.poisson import starting_point
from darknumber.models.columns import Margin
from darknumber.models.family import Family, Found
from tests.oracles import dense, extended_fit, random_table, split_terms, verdicts_by_programmes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

COUNTS = {3: 8, 4: 113, 5: 6_893, 6: 7_785_061}  # hierarchical models without a term of all lists (METHODS 4)


def closed_sets(below: Sequence[int]) -> Index:
    """All sets of terms that hold, with each term, those it needs, as bits; a term comes after what it needs."""
    sets = np.zeros(1, dtype=np.int64)
    for place, needs in enumerate(below):
        ready = sets[(sets & needs) == needs]
        sets = np.concatenate([sets, ready | (1 << place)])
    return sets


def every_model(family: Family) -> Index:
    """All models of a family, as bits of its candidates."""
    terms = [family.columns.terms[place] for place in family.candidates]
    below = [sum(1 << place for place, other in enumerate(terms) if other < term) for term in terms]
    order = np.argsort([len(term) for term in terms], kind="stable")
    rank = {int(place): position for position, place in enumerate(order)}
    turned = [sum(1 << rank[p] for p in range(len(terms)) if below[place] >> p & 1) for place in order]
    sets = closed_sets(turned)
    models = np.zeros_like(sets)
    for position, place in enumerate(order):
        models |= ((sets >> position) & 1) << int(place)
    return models


def costs(criterion: str | float, y: Array, parameters: Index) -> Array:
    """What so many parameters cost, written out from the papers."""
    count, people = parameters.astype(float), float(y.sum())
    if criterion == "aicc":
        rest = people - count - 1
        small: Array = np.where(rest > 0, 2 * count * (count + 1) / np.where(rest > 0, rest, 1), np.inf)
        return 2 * count + small
    several = np.array([bin(cell).count("1") > 1 for cell in range(y.shape[1])])
    each = {"bic": np.log(people), "bic-overlap": np.log(max(float(y[:, several].sum()), 1.0)), "aic": 2.0}
    cost: Array = count * float(each[criterion] if isinstance(criterion, str) else criterion)
    return cost


@dataclass(frozen=True)
class Everything:
    """All models of a family with -2 log-likelihood (without the constants that no model changes) and criterion."""

    models: Index
    parameters: Index
    minus_two: Array
    criterion: Array

    @property
    def distance(self) -> Array:
        """How far each model is above the best."""
        distance: Array = self.criterion - self.criterion.min()
        return distance

    def near(self, delta: float) -> set[int]:
        """The models within `delta` of the best."""
        return {int(model) for model in self.models[self.distance <= delta]}

    def weight_without(self, found: Found) -> float:
        """The weight of the models that a search did not list, relative to the best."""
        return float(np.exp(-self.distance[~np.isin(self.models, found.models)] / 2).sum())


def fitted(family: Family, y: Array, criterion: str | float, models: Index | None = None) -> Everything:
    """All models (or some) on ``(merged strata, 2**K)`` counts, each fitted from a cold start to the end."""
    models = every_model(family) if models is None else models
    table = _table(family, y)
    start, mu = starting_point(family.design, y), np.empty(y.shape)
    minus_two = np.empty(len(models))
    for row, model in enumerate(models):
        minus_two[row] = -2 * stepwise.fit_state(family.state(int(model)), start.copy(), table, mu)
    parameters = counted(family, models)
    return Everything(models, parameters, minus_two, minus_two + costs(criterion, y, parameters))


def counted(family: Family, models: Index) -> Index:
    """How many parameters each model has."""
    widths = np.bincount(family.design.term, minlength=len(family.columns.terms))
    always = int(widths[family.columns.fixed].sum()) + int(family.design.conditional)
    parameters = np.full(len(models), always, dtype=np.int64)
    for place, term in enumerate(family.candidates):
        parameters += ((models >> place) & 1) * widths[term]
    return parameters


def saturated(y: Array) -> float:
    """-2 log-likelihood that no model can be below, without the constants."""
    there = y[y > 0]
    return float(-2 * (there * np.log(there) - there).sum())


def _table(family: Family, y: Array) -> stepwise.Table:
    widths = np.bincount(family.design.term, minlength=len(family.columns.terms)).astype(np.int64)
    return stepwise.Table(y, y.sum(axis=1), family.design.term, widths, family.design.layout)


@dataclass(frozen=True)
class Slow:
    """One model by the oracle: dark figures, verdicts and -2 log-likelihood without the constants."""

    dark: Array
    verdict: NDArray[np.int8]
    minus_two: float


def slowly(table: CaptureTable, counts: Array, terms: str, margin: Margin) -> Slow:
    """One model by a full design matrix and linear programmes, for ``(strata, 2**K)`` counts."""
    whole = dense(table, split_terms(terms), margin)
    cells = np.arange(counts.shape[1])
    idle = (~table.operating).astype(int) @ (1 << np.arange(len(table.lists)))
    live = ((cells[None, :] & idle[:, None]) == 0) & (cells > 0)[None, :]
    design = replace(whole, y=counts[live])
    answer = extended_fit(design)
    seen = np.bincount(design.stratum, weights=answer.expected, minlength=design.strata)
    return Slow(
        dark=answer.dark + seen - counts.sum(axis=1),
        verdict=verdicts_by_programmes(design),
        minus_two=-2 * answer.log_likelihood - 2 * float(gammaln(counts + 1).sum()),
    )


@dataclass(frozen=True)
class SearchCase:
    """A family of models on a table, and counts such as a replicate of that table might have.

    ``counts`` are ``(strata, 2**K)``; unlike in a table, lists in them may be empty.
    """

    table: CaptureTable
    counts: Array
    max_order: int
    margin: Margin
    scope: str
    trend: str

    def family(self, criterion: str | float) -> Family:
        """The family, with a criterion."""
        return Family(self.table, criterion, self.max_order, scope=self.scope, trend=self.trend, margin=self.margin)


def search_case(seed: int, *, lists: int = 0, people: Sequence[float] = (15, 40, 150, 800, 5000)) -> SearchCase:
    """Random sparse counts: lists with next to nobody or nobody, lists not kept everywhere, pairs that share nobody.

    Parameters
    ----------
    lists
        How many; 0 for three or four, some with a covariate.
    """
    rng = np.random.default_rng([47, lists, seed])
    many = lists or int(rng.integers(3, 5))
    levels: tuple[int, ...] = ((), (2,), (3,))[int(rng.integers(3))] if many == 3 else ()
    table = random_table(
        rng,
        lists=many,
        levels=levels,
        people=float(rng.choice(people)),
        on_list=((0.01, 0.3), (0.05, 0.5), (0.2, 0.6))[int(rng.integers(3))],
        dependence=float(rng.choice([0.0, 1.0, 2.5])),
    )
    if levels and rng.random() < 0.4:
        table = with_a_list_not_kept(rng, table)
    # With a trend, a modelled margin is a polynomial in every model, which the terms of one model do not say.
    margin: Margin = "modelled" if levels and rng.random() < 0.4 else "free"
    return SearchCase(
        table=table,
        counts=thinned(rng, table.dense()),
        max_order=int(rng.integers(2, 4)) if levels else int(rng.integers(2, many)),
        margin=margin,
        scope=" + ".join(":".join(pair) for pair in combinations(table.lists, 2)) if rng.random() < 0.15 else "",
        trend="poly(u, 1)" if levels and rng.random() < 0.3 and margin == "free" else "",
    )


def thinned(rng: np.random.Generator, counts: Array) -> Array:
    """As they are, without the people of some histories, of a pair of lists, or of a list."""
    lists, cells = int(counts.shape[1]).bit_length() - 1, np.arange(counts.shape[1])
    a, b = rng.choice(lists, size=2, replace=False)
    kept = (
        np.ones(len(cells), dtype=bool),
        rng.random(len(cells)) > 0.3,
        (cells >> a & cells >> b & 1) == 0,
        (cells >> a & 1) == 0,
    )[int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
    left: Array = counts * kept
    return left if left.sum() > 1 else counts


def with_a_list_not_kept(rng: np.random.Generator, table: CaptureTable) -> CaptureTable:
    """The table without the people on one list at one level, which that list did not cover."""
    place, covariate = int(rng.integers(len(table.lists))), table.covariates[0]
    level = int(rng.integers(len(covariate.levels)))
    there = table.level_of(covariate.name)[table.stratum] == level
    left = ~(there & (table.history >> place & 1).astype(bool))
    if len(set(table.stratum[left])) == 0 or not all(
        (table.history[left] >> j & 1).any() for j in range(len(table.lists))
    ):
        return table
    thinner = CaptureTable.build(
        table.lists,
        table.history[left],
        table.count[left],
        covariates=table.covariates,
        levels=list(np.unravel_index(table.stratum[left], table.shape)),
    )
    return thinner.not_kept(table.lists[place], covariate.name, [covariate.levels[level]])
