"""Populations of known size, from which lists are drawn to see how well a method finds the size again.

A design holds the size of every stratum and the true share of every history, history 0 included, and what goes wrong
when people are recorded: links missed or wrongly made, records of people who are not of the population, values not
recorded. Designs from the literature and from published tables stand in `lab.literature`, a factorial in
`lab.factorial`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.records import Records
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate, Unit
from darknumber.data.tabulate import tabulate
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.linkage import draw_recorded, recorded
from darknumber.lab.printing_designs import describe_design, describe_designs
from darknumber.lab.projection import NOTHING, project, terms_up_to, without_top_term
from darknumber.models.base import Fit
from darknumber.models.log_linear import LogLinear
from darknumber.models.text import format_thing
from darknumber.studies.search import search

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Kind = Literal[
    "independent",
    "pairs",
    "three-way",
    "k-way",
    "classes",
    "rasch",
    "referral",
    "linkage",
    "erroneous",
    "covariates",
    "not-recorded",
    "fitted",
]
Factors = Mapping[str, str | int | float]

EXPECTED = ("seen", "ascertainment", "recaptures", "independence", "pairs", "no_top_term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecorded:
    """Values that a list does not have for some of its people; where another list has them they are known.

    Parameters
    ----------
    covariate, list
        Which.
    share
        Of the people on the list.
    """

    covariate: str
    list: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A population of known size and the law by which its people come on lists; its arrays are read-only.

    Parameters
    ----------
    name
        What it is known by; random numbers depend on it.
    kind
        What makes it hard.
    lists
        K names.
    population
        ``(strata,)`` everyone, on a list or not.
    histories
        ``(strata, 2**K)`` true share of each history among all people of the stratum; history 0 is on no list.
    covariates
        What the strata are; empty for one stratum.
    operating
        ``(strata, K)`` where lists were kept; None for everywhere.
    unit
        What one count is.
    size
        ``fixed``: the population is the same in every draw. ``poisson``: it is the mean of a Poisson number.
    missed, false
        Rates of missed and false links, as in `darknumber.kernels.linkage`.
    erroneous
        Share of each list's records that are of nobody in the population; they are on that list only.
    unrecorded
        Values that lists do not have.
    factors
        What it stands for, by name, so that results can be put side by side.
    source
        Where it comes from; empty for our own.
    weight
        Of the fitted model in its set; 1 elsewhere.
    """

    name: str
    kind: Kind
    lists: tuple[str, ...]
    population: Counts
    histories: Array
    covariates: tuple[Covariate, ...] = ()
    operating: NDArray[np.bool_] | None = None
    unit: Unit = "person"
    size: Literal["fixed", "poisson"] = "fixed"
    missed: float = 0.0
    false: float = 0.0
    erroneous: float = 0.0
    unrecorded: tuple[Unrecorded, ...] = ()
    factors: Factors = field(default_factory=dict)
    source: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        for array in (self.population, self.histories):
            array.flags.writeable = False

    def __str__(self) -> str:
        return describe_design(self)

    __repr__ = __str__

    @property
    def truth(self) -> float:
        """The size of the population; its mean where that varies."""
        return float(self.population.sum())

    @property
    def expected(self) -> Array:
        """``(strata, 2**K)`` people expected with each recorded history; cell 0 holds those on no list.

        Errors of linkage and erroneous records are in it; every value is recorded.
        """
        cells = self._linked()
        cells[:, self._alone] += self._strangers()
        return cells

    def draw(self, seed: int, number: int) -> CaptureTable:
        """Lists of one population; the same for the same seed and number, in whatever order they are drawn.

        People on no list are not in it. A list may have nobody.
        """
        rng = self._stream(seed, number)
        if self.size == "poisson":
            counts = rng.poisson(self.population[:, None] * self.histories)
        else:
            counts = rng.multinomial(self.population, self.histories)
        counts[:, 0] = 0
        counts = draw_recorded(rng, counts, self.missed, self.false)
        if self.erroneous:
            counts[:, self._alone] += rng.poisson(self._strangers())
        return self._table(*_forgotten(self, counts, rng))

    @property
    def _alone(self) -> list[int]:
        """The histories of people on one list only."""
        return [1 << j for j in range(len(self.lists))]

    def _linked(self) -> Array:
        """``(strata, 2**K)`` people of the population expected with each recorded history."""
        return recorded(self.population[:, None] * self.histories, self.missed, self.false)

    def _strangers(self) -> Array:
        """``(strata, K)`` erroneous records expected on each list."""
        right = self._linked() @ membership(np.arange(self.histories.shape[1]), len(self.lists))
        strangers: Array = right * self.erroneous / (1 - self.erroneous)
        return strangers

    def _stream(self, seed: int, number: int) -> np.random.Generator:
        """The random numbers of one draw: a whole key for the seed and the name, so that no digit is lost."""
        named = int.from_bytes(sha256(self.name.encode()).digest()[:8], "big")
        key = np.array([seed, named], dtype=np.uint64)
        counter = np.array([0, 0, number, 0], dtype=np.uint64)  # the generator counts in the first two words
        return np.random.Generator(np.random.Philox(counter=counter, key=key))

    def _table(self, counts: Counts, operating: NDArray[np.bool_], covariates: tuple[Covariate, ...]) -> CaptureTable:
        """A table as it is recorded; not refused where a list has lost everyone, which is for methods to cope with."""
        stratum, history = np.nonzero(counts)
        table = CaptureTable(
            lists=self.lists,
            covariates=covariates,
            stratum=stratum.astype(np.int64),
            history=history.astype(np.uint32),
            count=counts[stratum, history].astype(np.int64),
            operating=operating,
            unit=self.unit,
            name=self.name,
        )
        for array in (table.stratum, table.history, table.count, table.operating):
            array.flags.writeable = False
        return table


def from_fit(fit: Fit, *, name: str = "", weight: float = 1.0) -> Design:
    """The population that a fitted model says there is, in all its strata.

    Parameters
    ----------
    fit
        A fit whose dark figures are all finite.
    name
        Of the design; by default the table and the model.
    weight
        Of the model in the set it is from.

    Raises
    ------
    ModelError
        A dark figure that is infinite or not identified: then no population follows from the fit.
    """
    if not np.isfinite(fit.unobserved).all():
        raise ModelError("design_not_finite", n=int((~np.isfinite(fit.unobserved)).sum()))
    people = fit.estimate
    histories = fit.ascertainment[:, None] * fit.probabilities
    histories[:, 0] = np.maximum(1 - fit.ascertainment, 0.0)
    histories[people <= 0] = np.eye(1, histories.shape[1])  # a stratum without people needs a law to draw nobody from
    terms = format_thing(fit.model) if fit.terms is None else fit.terms
    return Design(
        name=name or f"{fit.data.name}/{format_thing(fit.model)}",
        kind="fitted",
        lists=fit.data.lists,
        covariates=fit.data.covariates,
        population=whole(people),
        histories=histories / histories.sum(axis=1, keepdims=True),
        operating=fit.data.operating,
        unit=fit.data.unit,
        factors={"collection": "fitted", "table": fit.data.name, "terms": terms},
        weight=weight,
    )


def from_table(
    data: CaptureTable | Records,
    criterion: str | float = "bic",
    max_order: int | None = None,
    *,
    most: int | None = None,
) -> list[Design]:
    """A population for every model that the data can hardly tell from the best: what if that model were true?

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    criterion, max_order
        As in `search`.
    most
        At most so many models, those of most weight.

    Returns
    -------
    list of Design
        Heaviest model first, each with its weight among all models listed. Models without a finite dark figure have no
        population; the weights add up to less than 1 where they, or lighter models, are left out.

    Raises
    ------
    InputError, ModelError
        Data or settings that cannot be used, or no model with a finite dark figure.
    """
    table = tabulate(data) if isinstance(data, Records) else data
    found = search(table, criterion, max_order)
    listed, table = found.candidates, found.fit.data
    rows = np.flatnonzero(listed.near & (listed.verdict == verdicts.ESTIMABLE))
    designs = []
    for row in rows[:most]:
        fit = LogLinear(listed.label[row]).fit(table)
        if np.isfinite(fit.unobserved).all():
            designs.append(from_fit(fit, name=f"{table.name}/{row + 1}", weight=float(found.weights[row])))
    if not designs:
        raise ModelError("no_design", n=len(listed.label))
    return designs


def columns(designs: Sequence[Design]) -> dict[str, list[Any]]:
    """What is to be expected of each design, one row a design.

    ``seen`` people on some list and ``ascertainment``, their share of everyone; ``recaptures``, the times that somebody
    is on a list beyond the first; and the size that three ways of estimating it tend to as data grow, as a ratio to the
    truth: lists that are independent, all pairs of lists, and everything but the term of all lists (``no_top_term``).
    They are of all strata put together, but for the last, which is within strata. Errors of linkage and erroneous
    records are in all of them.
    """
    rows = [_expectations(design) for design in designs]
    return {
        "design": [design.name for design in designs],
        "kind": [design.kind for design in designs],
        "lists": [len(design.lists) for design in designs],
        "strata": [len(design.population) for design in designs],
        "population": [design.truth for design in designs],
        **{name: [row[name] for row in rows] for name in EXPECTED},
    }


def describe(designs: Sequence[Design]) -> str:
    """What is to be expected of each design, as a block of text: `columns` in words."""
    return describe_designs(columns(designs))


def _expectations(design: Design) -> dict[str, float]:
    cells = design.expected
    together, lists = cells.sum(axis=0), len(design.lists)
    seen = float(together[1:].sum())
    on = list_counts(np.arange(1, len(together)))
    pairs = project(together, terms_up_to(lists, 2)) if lists > 2 else NOTHING
    rest = sum(float(row[1:].sum()) + without_top_term(row) for row in cells if row[1:].any())
    return {
        "seen": seen,
        "ascertainment": seen / design.truth,
        "recaptures": float(together[1:] @ (on - 1)),
        "independence": project(together, terms_up_to(lists, 1)).estimate / design.truth,
        "pairs": pairs.estimate / design.truth,
        "no_top_term": rest / design.truth,
    }


def whole(values: Array) -> Counts:
    """Whole numbers close to `values` whose sum is their rounded sum (systematic rounding)."""
    running = np.floor(np.cumsum(values) + 0.5)
    return np.diff(running, prepend=0.0).astype(np.int64)


def _forgotten(
    design: Design, counts: Counts, rng: np.random.Generator
) -> tuple[Counts, NDArray[np.bool_], tuple[Covariate, ...]]:
    """Counts, where lists are kept, and covariates once values are lost: people on that list only move to a level."""
    shape = tuple(len(covariate.levels) for covariate in design.covariates)
    width = counts.shape[1]
    kept = np.ones((len(counts), len(design.lists)), dtype=bool) if design.operating is None else design.operating
    grid, operating = counts.reshape(*shape, width), kept.reshape(*shape, len(design.lists))
    covariates = list(design.covariates)
    for each in design.unrecorded:
        axis = [covariate.name for covariate in covariates].index(each.covariate)
        alone = 1 << design.lists.index(each.list)
        if not covariates[axis].has_not_recorded:
            covariates[axis] = _with_not_recorded(covariates[axis])
            grid = np.concatenate([grid, np.zeros_like(grid.take([0], axis=axis))], axis=axis)
            operating = np.concatenate([operating, operating.any(axis=axis, keepdims=True)], axis=axis)
        known = np.moveaxis(grid, axis, 0)
        lost = rng.binomial(known[:-1, ..., alone], each.share)
        known[:-1, ..., alone] -= lost
        known[-1, ..., alone] += lost.sum(axis=0)
    return grid.reshape(-1, width), operating.reshape(-1, len(design.lists)).copy(), tuple(covariates)


def _with_not_recorded(covariate: Covariate) -> Covariate:
    values = None if covariate.values is None else (*covariate.values, np.nan)
    return Covariate(name=covariate.name, levels=(*covariate.levels, NOT_RECORDED), values=values)
