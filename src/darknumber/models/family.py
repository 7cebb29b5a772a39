"""Every hierarchical model over the terms of one table: searched exactly, on the data and on each replicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import ledger as book
from darknumber.kernels import search as kernel
from darknumber.kernels import verdicts
from darknumber.kernels.ledger import Ledger, Problem
from darknumber.kernels.poisson import INSIDE, STOPPED, starting_point
from darknumber.models.base import Candidates, figures
from darknumber.models.columns import Margin, all_terms, make_columns, terms_of
from darknumber.models.criteria import penalty, prices, small_sample
from darknumber.models.log_linear import Refitter
from darknumber.models.many import mean_seen

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Dark = tuple[Array, NDArray[np.int8]]  # dark figures and verdicts, ``(models, strata)`` each

TURN = 1_000_000  # fits times cells after which the kernel returns, so that a search can be stopped: half a second
CELL_FITS = 100_000_000  # a search gives up after this many fits times cells: at most a few minutes
REPLICATE_FITS = CELL_FITS // 10  # and in a replicate: a search that is not complete has found the best it could
FIRST_ROWS = 1 << 12
MOST_STEPS = 4 * book.MOST_TERMS  # of a stepwise search; none seen needed more than two visits a term
SEEDS = 8  # models tried first in a replicate: the best ones on the data
CERTAIN = 0.01  # the weight that an average may leave out
FIRST_DELTA, STEP_DELTA = 12.0, 4.0  # where that search starts, and how much further it looks each time
MOST_DELTA = 60.0  # exp(-30): beyond this no weight is left
TIE = 1e-6  # fits are exact to 2e-7: models closer than this to the best are as good, and rounding must not choose


@dataclass(frozen=True, slots=True)
class Found:
    """The models a search fitted, best first.

    Parameters
    ----------
    models
        ``(models,)`` candidate terms as bits.
    criterion, minus_two
        ``(models,)`` the criterion, and -2 log-likelihood without the constants.
    parameters
        ``(models,)``.
    dark
        ``(models, merged strata)`` expected dark figures, whatever the verdict.
    inside
        ``(models,)`` whether the maximum was proved to exist, so that every dark figure is estimable.
    rows, thetas
        ``(models,)`` where each model stands among the ``(rows, columns)`` parameters of everything that was fitted.
    floor
        No model that is not here has a lower criterion.
    omitted
        The weight of the models that are not here, relative to the best, is no more than this.
    complete
        Whether the search came to its end.
    """

    models: Index
    criterion: Array
    minus_two: Array
    parameters: Index
    dark: Array
    inside: Mask
    rows: Index
    thetas: Array
    floor: float
    omitted: float
    complete: bool

    @property
    def distance(self) -> Array:
        """``(models,)`` the criterion above its lowest value."""
        distance: Array = self.criterion - self.criterion[0]
        return distance

    @property
    def weight(self) -> Array:
        """``(models,)`` weights that sum to one."""
        raw: Array = np.exp(-self.distance / 2)
        weight: Array = raw / raw.sum()
        return weight

    def take(self, rows: Index) -> Found:
        """Only some of the models."""
        return replace(
            self,
            models=self.models[rows],
            criterion=self.criterion[rows],
            minus_two=self.minus_two[rows],
            parameters=self.parameters[rows],
            dark=self.dark[rows],
            inside=self.inside[rows],
            rows=self.rows[rows],
        )

    def beyond(self, delta: float) -> float:
        """How far from the best the first model is, found or not, that is further than `delta`.

        Negative where the best itself is not proved: by so much it may be beaten.
        """
        further = float(self.distance[self.distance > delta].min(initial=np.inf))
        return min(self.floor - float(self.criterion[0]), further)


class Family:
    """All hierarchical models over some terms of a table, with everything that does not change between replicates.

    Parameters
    ----------
    data
        The table; replicates have its strata and lists.
    criterion
        As in `criteria`.
    max_order
        The most lists and covariates in one term, where `scope` is empty.
    scope, trend, margin
        As in `Stepwise`.
    absent
        ``(strata, 2**K)`` cells to leave out, as if they could not be seen.

    Raises
    ------
    ModelError
        More terms than an exact search can hold.
    """

    def __init__(
        self,
        data: CaptureTable,
        criterion: str | float,
        max_order: int = 2,
        *,
        scope: str = "",
        trend: str = "",
        margin: Margin = "free",
        absent: Mask | None = None,
    ) -> None:
        self.data, self.criterion = data, criterion
        terms = terms_of(scope, data) or all_terms(data, max_order, trend, margin)
        self.columns = make_columns(data, terms, margin).without_cells(absent)
        self.refitter = Refitter(self.columns, np.ones(len(self.columns.terms), dtype=bool))
        self.design = self.refitter.design
        widths = np.bincount(self.design.term, minlength=len(self.columns.terms))
        self.candidates = np.flatnonzero(~self.columns.fixed & (widths > 0))
        if len(self.candidates) > book.MOST_TERMS:
            raise ModelError("too_many_terms", n=len(self.candidates), most=book.MOST_TERMS)
        bit = {term: 1 << place for place, term in enumerate(self.candidates.tolist())}
        self._needed = np.array([bit.get(term, 0) for term in self.design.term.tolist()], dtype=np.int64)
        self._labels: dict[int, str] = {}

    def state(self, model: int) -> Mask:
        """``(terms,)`` the terms in a model."""
        state = self.columns.fixed.copy()
        bits = (int(model) >> np.arange(len(self.candidates))) & 1
        state[self.candidates] = bits.astype(bool)
        return state

    def label(self, model: int) -> str:
        """The interactions of a model as text."""
        if model not in self._labels:
            self._labels[model] = self.columns.label(self.state(model))
        return self._labels[model]

    def seeds(self, candidates: Candidates | None) -> list[int]:
        """The best models on the data, to be tried first in a replicate."""
        labels = () if candidates is None else candidates.label[:SEEDS]
        return [self._model(self.columns.state(terms_of(label, self.data))) for label in labels]

    def local(self, y: Array) -> int:
        """The model at which a stepwise search with the same criterion ends, on ``(merged strata, 2**K)`` counts."""
        problem, ledger = self._begin(y, ())
        return kernel.descend(problem, self._roomy(problem, ledger))

    def _look_around(self, problem: Problem, ledger: Ledger, delta: float) -> Ledger:
        """After a stop: the ledger with every model around the best so far."""
        found = _listed(problem, ledger, complete=False)
        if len(found.models):
            ledger = self._roomy(problem, ledger)
            kernel.descend(problem, ledger, int(found.models[0]), delta)
        return ledger

    def _roomy(self, problem: Problem, ledger: Ledger) -> Ledger:
        """The ledger with room for a stepwise search."""
        while len(ledger.models) - ledger.counts[book.ROWS] < MOST_STEPS * (len(problem.widths) + 1):
            ledger = book.larger(ledger)
        return ledger

    def _model(self, state: Mask) -> int:
        return sum(1 << place for place, term in enumerate(self.candidates) if state[term])

    def near(self, y: Array, delta: float, seeds: Sequence[int] = (), *, most: int = CELL_FITS) -> Found:
        """The models fitted until all within `delta` of the best were, on ``(merged strata, 2**K)`` counts.

        The best is proved first, so that a search that has to stop has that at least.

        Parameters
        ----------
        most
            Fits times cells after which the search gives up.
        """
        problem, ledger = self._begin(y, seeds)
        complete, floor = False, -np.inf
        for distance in dict.fromkeys((0.0, delta)):
            book.reopen(ledger)
            ledger, complete = self._explore(problem, ledger, distance, most, weigh=False)
            floor = max(floor, float(ledger.tally[book.FLOOR]))  # what was proved before it had to stop still holds
            if not complete:
                ledger = self._look_around(problem, ledger, delta)
                break
        return replace(_listed(problem, ledger, complete), floor=floor)

    def weighed(
        self, y: Array, seeds: Sequence[int] = (), least: float = FIRST_DELTA, *, most: int = CELL_FITS
    ) -> Found:
        """The best models, so many that those left out are proved to weigh less than `CERTAIN` of these.

        All models within `least` of the best are among them. Where the search had to give up before that, ``omitted``
        says how much the others may weigh.
        """
        problem, ledger = self._begin(y, seeds)
        delta = max(least, FIRST_DELTA)
        floor, omitted = -np.inf, np.inf
        while True:
            book.reopen(ledger)
            ledger, complete = self._explore(problem, ledger, delta, most, weigh=True)
            found = _listed(problem, ledger, complete)
            floor, omitted = max(floor, found.floor), min(omitted, found.omitted)
            found = replace(found, floor=floor, omitted=omitted)
            if not complete or found.omitted <= CERTAIN * np.exp(-found.distance / 2).sum() or delta > MOST_DELTA:
                return found
            delta += STEP_DELTA

    def dark(self, y: Array, found: Found) -> Dark:
        """Dark figures and verdicts of the models found, ``(models, strata)`` each, for ``(strata, 2**K)`` counts."""
        merged = self.refitter.merge(y)
        verdict = np.zeros(found.dark.shape, dtype=np.int8)
        asked = ~found.inside
        if asked.any():
            verdict[asked] = self.refitter.existence.of_models(merged, self._inside(found.models[asked]))
        if not self.design.conditional:
            # Where nobody is unseen, the fitted total still differs from the people observed.
            known = np.where(verdict == verdicts.ZERO, verdicts.ESTIMABLE, verdict).astype(np.int8)
            return figures(found.dark, known), verdict
        seen = np.broadcast_to(merged.sum(axis=1), found.dark.shape)
        return self.refitter.spread(np.broadcast_to(y, (len(found.models), *y.shape)), found.dark, seen, verdict)

    def seen(self, y: Array, found: Found, weight: Array, *, possible: bool = False) -> Array:
        """``(strata, 2**K)`` people expected with each observable history: the weighted mean over the models found.

        Parameters
        ----------
        y
            ``(strata, 2**K)`` counts.
        weight
            ``(models,)`` weights that sum to one.
        possible
            As in `seen_by_model`.
        """
        used = np.flatnonzero(weight)
        inside = self._inside(found.models[used])
        merged = self.refitter.merge(y)
        thetas = found.thetas[found.rows[used]]
        mean = mean_seen(self.design, merged, thetas, inside, weight[used], possible=possible)
        return self.refitter.seen(y, mean)

    def tabulate(
        self, y: Array, found: Found, delta: float, local: int, *, weighed: bool, known: Dark | None = None
    ) -> Candidates:
        """The models within `delta` of the best, and the one a stepwise search ends at, as one table.

        Parameters
        ----------
        known
            What `dark` gives for all models found, where it was worked out already.
        """
        rows = np.flatnonzero((found.distance <= delta) | (found.models == local))
        kept = found.take(rows)
        dark, verdict = self.dark(y, kept) if known is None else (known[0][rows], known[1][rows])
        together = np.zeros(self.data.strata, dtype=np.int64)
        total = np.array([verdicts.of_sum(row, together, 1, y.sum(axis=1) > 0)[0] for row in verdict], dtype=np.int8)
        count = kept.parameters.astype(float)
        people = float(y.sum())
        of_cells = kept.minus_two + self._of_merging(y)
        minus_two = of_cells + 2 * gammaln(y + 1).sum()
        return Candidates(
            label=tuple(self.label(int(model)) for model in kept.models),
            step=("",) * len(count),
            parameters=kept.parameters,
            deviance=of_cells + 2 * float(np.sum(xlogy(y, y) - y)),
            aic=minus_two + 2 * count,
            aicc=minus_two + 2 * count + small_sample(count, people),
            bic=minus_two + penalty("bic", y) * count,
            unobserved=figures(np.nansum(dark, axis=1), total),
            verdict=total,
            chosen=0,
            distance=kept.distance,
            weight=found.weight[np.isin(found.models, kept.models)] if weighed else None,
            delta=delta,
            beyond=found.beyond(delta),
            local=int(np.flatnonzero(kept.models == local)[0]),
        )

    def _of_merging(self, y: Array) -> float:
        """What -2 log-likelihood has more in ``(strata, 2**K)`` counts than in the merged ones, whatever the model."""
        people = y.sum(axis=1)
        merged = np.bincount(self.refitter.group, weights=people)
        return float(2 * (xlogy(merged, merged).sum() - xlogy(people, people).sum()))

    def _begin(self, y: Array, seeds: Sequence[int]) -> tuple[Problem, Ledger]:
        most = self.design.columns + 2
        problem = book.make_problem(
            self.design, y, self.columns.fixed, self.columns.parents, prices(self.criterion, y, most)
        )
        ledger = book.make_ledger(problem, FIRST_ROWS, starting_point(self.design, y))
        if len(seeds):
            kernel.try_models(np.array(seeds, dtype=np.int64), problem, ledger)
        return problem, ledger

    def _explore(
        self, problem: Problem, ledger: Ledger, delta: float, most: int, *, weigh: bool
    ) -> tuple[Ledger, bool]:
        """Search to the end, or until `most` fits times cells are spent; whether the end was reached."""
        most //= problem.y.size
        budget = int(ledger.counts[book.FITS])
        while budget < most:
            budget = min(budget + max(TURN // problem.y.size, 1), most)
            why = kernel.explore(problem, ledger, delta, weigh, budget)
            while why == kernel.FULL:
                ledger = book.larger(ledger)
                why = kernel.explore(problem, ledger, delta, weigh, budget)
            if why == kernel.FREE:
                return ledger, True
        kernel.abandon(problem, ledger)
        return ledger, False

    def _inside(self, models: Index) -> Mask:
        """``(models, columns)`` which columns of the design are in each model."""
        inside: Mask = (models[:, None] & self._needed) == self._needed
        return inside


def _listed(problem: Problem, ledger: Ledger, complete: bool) -> Found:
    """What the ledger holds, best first; of equally good ones, first the one with fewest parameters."""
    rows = np.arange(1, int(ledger.counts[book.ROWS]))
    rows = rows[ledger.states[rows] != STOPPED]
    models = ledger.models[rows]
    bits = (models[:, None] >> np.arange(len(problem.widths))) & 1
    count = problem.base + bits @ problem.widths
    criterion = ledger.values[rows] + problem.prices[count]
    lowest = criterion.min(initial=np.inf)
    criterion[criterion <= lowest + TIE] = lowest
    order = np.lexsort((models, count, criterion))
    rows = rows[order]
    return Found(
        models=models[order],
        criterion=criterion[order],
        minus_two=ledger.values[rows],
        parameters=count[order],
        dark=ledger.dark[rows],
        inside=ledger.states[rows] == INSIDE,
        rows=rows,
        thetas=ledger.thetas,
        floor=float(ledger.tally[book.FLOOR]),
        omitted=float(ledger.tally[book.CUT]),
        complete=complete,
    )
