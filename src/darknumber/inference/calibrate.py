"""Calibrated limits: the nominal level at which percentile limits cover as often as they say.

Populations of known size are drawn from each model that the data can hardly tell from the best. On every one the whole
pipeline is run, the choice of model and the bootstrap included, and it is seen between which order statistics of its
draws the true number lies. So one pass gives the coverage of every nominal level at once, and the lowest level that
covers as often as asked for in all of the models is used on the data (Loh 1987; Hall & Martin 1988). It is never lower
than the level asked for: a lower one would be taken by chance where the percentile limits are right already.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.reshape import with_counts
from darknumber.data.table import CaptureTable
from darknumber.errors import DarknumberError, ModelError
from darknumber.findings import Finding
from darknumber.inference.bootstrap import CHUNK_SECONDS, Law, Progress, draw, in_order, law_of
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import covering_ranks, ranks_of
from darknumber.models import Best, Fit, LogLinear, Model, Stepwise
from darknumber.models.base import Candidates
from darknumber.models.columns import Margin

Array = NDArray[np.float64]

CARRIED = 0.95  # of the weight is on the models that are drawn from: what is left weighs no more than a 95% limit does
MOST_DESIGNS = 10  # of more models than this, so many stand for all: the time is proportional to it
RANKS = 5  # the asked level is from the 5th smallest to the 5th largest draw: nominal levels come in fifths of its tail
PIECE = 20  # replicates at a time: more than half of all populations are settled by so many
ROUNDING = 1e-9  # 0.95 of 100 populations is 95 but for the last digit
_PARAMETRIC = Bootstrap(law="parametric")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A nominal level, and how often intervals at that level held the true number.

    Parameters
    ----------
    level
        The level asked for.
    nominal
        The level of the percentile limits that is used.
    terms
        The models that populations were drawn from, heaviest first.
    population
        ``(models,)`` how many people a population has.
    weight
        ``(models,)`` share of the weight of the estimable models listed.
    coverage
        ``(models,)`` share of the intervals at the nominal level that held the true number.
    held_out
        ``(models,)`` the same at the level chosen without that model; of one model, on populations not used to choose.
    carrying
        How many models carry `CARRIED` of the weight; where there are more than `MOST_DESIGNS`, those in `terms` stand
        for them.
    populations, replicates
        Drawn from each model, and refitted for each population at most.
    """

    level: float
    nominal: float
    terms: tuple[str, ...]
    population: NDArray[np.int64]
    weight: Array
    coverage: Array
    held_out: Array
    carrying: int
    populations: int
    replicates: int

    @property
    def attained(self) -> bool:
        """Whether the limits cover as often as asked for in all of the models."""
        return self.least >= self.level - ROUNDING

    @property
    def least(self) -> float:
        """The lowest coverage; the best attainable one where the level asked for is not attained."""
        return float(self.coverage.min())

    @property
    def worst(self) -> int:
        """Which model does worst when it is judged at the level chosen without it."""
        return int(np.argmin(self.held_out))

    @property
    def error(self) -> Array:
        """``(models,)`` the standard error of `held_out`, which so few populations leave (Agresti & Coull 1998)."""
        share: Array = (self.held_out * self.populations + 2) / (self.populations + 4)
        error: Array = np.sqrt(share * (1 - share) / (self.populations + 4))
        return error

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader must know: that no level covers as often as asked for."""
        if self.attained:
            return ()
        values = {"level": self.level, "nominal": self.nominal, "least": self.least}
        return (Finding(code="calibrated_short", severity="caution", values=values),)


@dataclass(frozen=True, slots=True)
class _Designs:
    """What populations are drawn from: models with their weights and laws, and how many they stand for."""

    terms: tuple[str, ...]
    weight: Array
    laws: tuple[Law, ...]
    carrying: int


def calibrate(
    model: Model,
    fit: Fit,
    how: Bootstrap,
    *,
    level: float,
    seed: int,
    workers: int,
    progress: Progress | None = None,
) -> Calibration:
    """Find the nominal level of percentile limits that covers `level` in every model close to the best.

    Parameters
    ----------
    model, fit
        What was fitted to the data, and what it gave.
    how
        Its ``populations`` are drawn from each model.
    level
        The coverage asked for.
    seed
        Of the random numbers: every replicate of every population has a stream of its own.

    Raises
    ------
    ModelError
        Covariates, the parametric law, a model without a set of models close to it, or none of them estimable.
    """
    if how.populations < 1:
        raise ModelError("bad_populations", populations=how.populations)
    if fit.data.covariates:
        raise ModelError("calibrated_covariates")
    if how.law == "parametric":
        raise ModelError("calibrated_law")
    designs = _designs(model, fit)
    alone = len(designs.laws) == 1
    populations = how.populations * (2 if alone else 1)  # of one model, as many again to judge it on
    replicates = round(2 * RANKS / (1 - level)) - 1
    stop = threading.Event()

    def work(place: tuple[int, int]) -> NDArray[np.bool_]:
        design, population = place
        law = designs.laws[design]
        y = draw(law, (1, 1 << len(fit.data.lists)), seed, population, (design + 1, 0))
        truth = int(law.population[0])
        branch = (design + 1, population + 1)
        return covering(model, fit.data, y, truth, replicates=replicates, seed=seed, branch=branch, stop=stop)

    places = [(design, population) for population in range(populations) for design in range(len(designs.laws))]
    held = np.zeros((len(designs.laws), populations, RANKS), dtype=bool)
    if progress is not None:
        progress(0, len(places), "calibration")
    for number, ranks in enumerate(in_order(work, places, workers, stop)):
        held[places[number]] = ranks
        if progress is not None:
            progress(number + 1, len(places), "calibration")
    rows = held[0].reshape(2, how.populations, RANKS) if alone else held
    coverage = rows.mean(axis=1)
    used = coverage[:1] if alone else coverage
    chosen = _rank(used, level)
    others = [_rank(np.delete(coverage, row, axis=0), level) for row in range(len(coverage))]
    held_out = coverage[np.arange(len(coverage)), np.array(others) - 1]
    return Calibration(
        level=level,
        nominal=1 - 2 * chosen / (replicates + 1),
        terms=designs.terms,
        population=np.array([law.population[0] for law in designs.laws]),
        weight=designs.weight,
        coverage=used[:, chosen - 1],
        held_out=held_out[1:] if alone else held_out,
        carrying=designs.carrying,
        populations=how.populations,
        replicates=replicates,
    )


def _rank(coverage: Array, level: float) -> int:
    """The highest rank up to which ``(models, ranks)`` coverage is at least `level` in every model; 1 if none is."""
    enough = (coverage >= level - ROUNDING).all(axis=0)
    return max(int(np.logical_and.accumulate(enough).sum()), 1)


def covering(
    model: Model,
    data: CaptureTable,
    y: Array,
    truth: int,
    *,
    replicates: int,
    seed: int,
    branch: tuple[int, int] = (0, 0),
    stop: threading.Event | None = None,
) -> NDArray[np.bool_]:
    """``(RANKS,)`` whether the limits at each rank hold the truth, from the whole pipeline on ``(1, 2**K)`` counts.

    No more replicates are drawn once `RANKS` of them lie on either side of the truth: from there on the limits at all
    these ranks hold it, whatever the other replicates are.

    Parameters
    ----------
    data
        A table of the same lists.
    y
        The counts of one population, of which `truth` is the size.
    branch
        As in `draw`.
    stop
        Once it is set, the answer is not wanted any more.
    """
    nothing = np.zeros(RANKS, dtype=bool)
    people = float(y.sum())
    if not people:
        return nothing
    started = time.perf_counter()
    try:
        fit = model.fit(with_counts(data, y), seed=seed)
    except DarknumberError:  # a table that is refused has no interval, which is the worst case
        return nothing
    # A replicate takes no longer than the fit did; so a stop is quick with many lists too.
    piece = int(np.clip(CHUNK_SECONDS / (time.perf_counter() - started), 1, PIECE))
    law = law_of(fit, Bootstrap())
    draws = np.empty(0)
    while len(draws) < replicates and min(ranks_of(draws, truth, people)) < RANKS:
        if stop is not None and stop.is_set():
            break
        numbers = range(len(draws), min(len(draws) + piece, replicates))
        again = model.refit(fit, np.stack([draw(law, y.shape, seed, number, branch) for number in numbers]))
        draws = np.concatenate([draws, (again.observed + again.unobserved)[:, 0]])
    return covering_ranks(draws, truth, people, RANKS)


def _designs(model: Model, fit: Fit) -> _Designs:
    """The models that populations are drawn from: of an exact set the heaviest, else the model itself."""
    candidates = _exact(model, fit)
    if candidates is None:
        if model.selects:
            raise ModelError("calibrated_model", model=model.name)
        if not np.isfinite(fit.unobserved).all():
            raise ModelError("calibrated_not_finite")
        return _Designs((fit.terms or "",), np.ones(1), (law_of(fit, _PARAMETRIC),), 1)
    rows = np.flatnonzero(candidates.near & (candidates.verdict == verdicts.ESTIMABLE))
    if not len(rows):
        raise ModelError("calibrated_not_finite")
    raw = np.exp(-candidates.distance[rows] / 2)
    chosen, carrying = _heaviest(raw / raw.sum(), candidates.unobserved[rows])
    margin: Margin = getattr(model, "margin", "free")
    terms = tuple(candidates.label[row] for row in rows[chosen])
    laws = tuple(law_of(LogLinear(each, margin=margin).fit(fit.data), _PARAMETRIC) for each in terms)
    return _Designs(terms, (raw / raw.sum())[chosen], laws, carrying)


def _exact(model: Model, fit: Fit) -> Candidates | None:
    """The set of models close to the best; for a stepwise search, which looks at a path only, it is made here."""
    if isinstance(model, Stepwise) and isinstance(model.lower, str):
        scope = " + ".join(filter(None, (model.lower, model.scope))) if model.scope else ""
        same = Best(model.criterion, model.max_order, scope=scope, trend=model.trend, margin=model.margin)
        return same.fit(fit.data).candidates
    return fit.candidates if fit.candidates is not None and fit.candidates.exact else None


def _heaviest(weight: Array, dark: Array) -> tuple[NDArray[np.int64], int]:
    """The models that carry `CARRIED` of the weight, heaviest first, and how many there are.

    Where there are many, `MOST_DESIGNS` stand for them: a systematic sample of the weight along the dark figures, so
    that no model of a tenth of the weight or more is passed over and low and high estimates have their share.
    """
    order = np.argsort(-weight, kind="stable")
    carrying = order[: int(np.searchsorted(np.cumsum(weight[order]), CARRIED - ROUNDING)) + 1]
    if len(carrying) <= MOST_DESIGNS:
        return carrying, len(carrying)
    along = carrying[np.argsort(dark[carrying], kind="stable")]
    share = np.cumsum(weight[along]) / weight[along].sum()
    chosen = along[np.unique(np.searchsorted(share, (np.arange(MOST_DESIGNS) + 0.5) / MOST_DESIGNS))]
    return chosen[np.argsort(-weight[chosen], kind="stable")], len(carrying)
