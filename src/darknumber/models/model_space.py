"""Which models of a family to look at, and how much the data and the prior favour each."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from darknumber.errors import ModelError
from darknumber.kernels.joint import Joint, along, find_mode
from darknumber.kernels.ledger import MOST_TERMS
from darknumber.kernels.moves import Book, evidences
from darknumber.models.sum_to_zero import Frame

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_MODELS = 8192  # a family no larger is looked at in full; all models of five lists are 6,893
MOST_LOOKS = 3000  # models that a search looks at in a family that is larger
MOST_WORK = 5e10  # cells times the squared number of columns, over all looks: some minutes
LEAST_LOOKS = 100  # however large a look is
FAR = 12.0  # below the best on the log scale: a search goes no further from a model that is this much less likely
LEFT_OUT = 1e-4  # weight, by Laplace, that models left out of the chain may have together
MOST_KEPT = 2000  # models in the chain
# Draws for the evidence of rows of more weight than this: errors of some per cent, and of about one. Below the first
# Laplace will do.
SAMPLED = ((1e-4, 100), (2e-3, 1000))
# Log g under a prior with unknown g. A posterior of log g is smooth and wider than this step, so that a sum over the
# grid is its integral; beyond the ends neither the prior nor the likelihood leaves anything.
GRID = np.arange(-9.0, 14.0, 0.5)


@dataclass(frozen=True, slots=True)
class Space:
    """Models, the heaviest first.

    Parameters
    ----------
    inside
        ``(models, terms)`` which terms are in each.
    book, model
        What the chain needs of them, and ``(rows,)`` the model of each row.
    log_row
        ``(rows,)`` log of prior probability times evidence.
    log_evidence
        ``(models,)``.
    looked
        How many models were looked at.
    complete
        Whether that is the whole family.
    beyond
        Share of weight of the models looked at whose neighbours were not all looked at.
    """

    inside: Mask
    book: Book
    model: Index
    log_row: Array
    log_evidence: Array
    looked: int
    complete: bool
    beyond: float

    @property
    def weight(self) -> Array:
        """``(models,)`` posterior probabilities."""
        weight: Array = np.exp(self.log_evidence - logsumexp(self.log_evidence))
        return weight


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of one model: its mode over all columns, and its evidence by Laplace."""

    mode: Array
    log_evidence: float


def look_around(frame: Frame, joint: Joint, seed: int) -> Space:
    """All models of a family, or a search from the smallest and the largest to ever more likely ones.

    The search goes on from the most likely model whose neighbours, with one term more or less, it does not know all of.

    Raises
    ------
    ModelError
        More terms to choose from than fit in a number.
    """
    columns = frame.columns
    reached = np.isin(np.arange(len(columns.terms)), frame.term)
    choices = np.flatnonzero(~columns.fixed & reached)
    if len(choices) > MOST_TERMS:
        raise ModelError("too_many_terms", n=len(choices), most=MOST_TERMS)
    needs = [int(sum(1 << k for k, other in enumerate(choices) if columns.parents[term, other])) for term in choices]
    looker = _Looker(frame, joint, choices)
    work = len(joint.y) * joint.x.shape[1] ** 2
    looks = max(min(MOST_LOOKS, int(MOST_WORK / work)), LEAST_LOOKS)
    models = _enumerated(needs, MOST_MODELS if looks == MOST_LOOKS else looks)
    beyond = 0.0
    if models is None:
        beyond = _searched(looker, needs, looks)
    else:
        for model in models:
            looker.look(model, model & ~(1 << model.bit_length() - 1) if model else None)
    return _space(looker, complete=models is not None, beyond=beyond, seed=seed)


class _Looker:
    """Looks at models and remembers what it has seen."""

    def __init__(self, frame: Frame, joint: Joint, choices: Index) -> None:
        self.frame, self.joint, self.choices = frame, joint, choices
        self.known: dict[int, _Look] = {}
        self.always = frame.columns.fixed.copy()
        there = joint.x.any(axis=0)
        self.intercepts = np.flatnonzero((frame.term == -1) & there)

    def inside(self, model: int) -> Mask:
        """``(terms,)`` which terms are in."""
        inside = self.always.copy()
        inside[self.choices] = [model >> k & 1 for k in range(len(self.choices))]
        return inside

    def columns(self, model: int) -> Index:
        """The columns of a model."""
        inside = np.r_[self.inside(model), False]  # the term number of an intercept is -1, the last
        return np.sort(np.r_[np.flatnonzero(inside[self.frame.term]), self.intercepts])

    def log_det(self, model: int) -> float:
        """Of the prior precision."""
        return float(self.frame.log_det[self.inside(model)].sum())

    def look(self, model: int, start: int | None) -> _Look:
        """The mode and evidence of a model, looked for from the mode of another."""
        if model not in self.known:
            columns, log_det = self.columns(model), self.log_det(model)
            factor = np.zeros((len(columns), len(columns)))
            theta = self._first(columns) if start is None else self.known[start].mode[columns].copy()
            if start is None and self.joint.shape:  # that prior has a sharp peak at zero: begin where g is one
                find_mode(theta, columns, log_det, 1.0, self.joint, factor)
            g = 0.0 if self.joint.shape else 1.0
            evidence = find_mode(theta, columns, log_det, g, self.joint, factor)
            mode = np.zeros(self.joint.x.shape[1])
            mode[columns] = theta
            self.known[model] = _Look(mode, evidence)
        return self.known[model]

    def _first(self, columns: Index) -> Array:
        """Where to begin without a model to begin from: intercepts so that the groups have about their people."""
        theta = np.zeros(len(columns))
        if self.joint.explicit:
            for place, column in enumerate(columns):
                if self.frame.term[column] == -1:
                    cells = self.joint.x[:, column] > 0
                    theta[place] = np.log(max(self.joint.y[cells].mean(), 1 / cells.sum()))
        return theta


def _enumerated(needs: list[int], most: int) -> list[int] | None:
    """All hierarchical models; None where they are more than `most`."""
    models = [0]
    for k, need in enumerate(needs):
        models += [model | 1 << k for model in models if need & ~model == 0]
        if len(models) > most:
            return None
    return models


def _neighbours(model: int, needs: list[int]) -> Iterator[int]:
    """The hierarchical models with one term more or less."""
    for k, need in enumerate(needs):
        if model >> k & 1:
            if not any(model >> other & 1 and needs[other] >> k & 1 for other in range(len(needs))):
                yield model & ~(1 << k)
        elif need & ~model == 0:
            yield model | 1 << k


def _searched(looker: _Looker, needs: list[int], looks: int) -> float:
    """Look from both ends to ever more likely models; the weight of those whose neighbours are not all known."""
    waiting: list[tuple[float, int]] = []
    best = -np.inf
    for start in (0, (1 << len(needs)) - 1):
        heapq.heappush(waiting, (-looker.look(start, None).log_evidence, start))
        best = max(best, -waiting[0][0])
    # The two ends are gone on from first, whatever they weigh, so that the search comes from both sides.
    ends = {0, (1 << len(needs)) - 1}
    while waiting and len(looker.known) < looks:
        value, model = heapq.heappop(waiting)
        if -value < best - FAR and model not in ends:
            break
        for other in _neighbours(model, needs):
            if other not in looker.known:
                evidence = looker.look(other, model).log_evidence
                best = max(best, evidence)
                heapq.heappush(waiting, (-evidence, other))
    everything = logsumexp([look.log_evidence for look in looker.known.values()])
    rest = [-value for value, _ in waiting]
    return float(np.exp(logsumexp(rest) - everything)) if rest else 0.0


def _space(looker: _Looker, *, complete: bool, beyond: float, seed: int) -> Space:
    """The models that carry nearly all the weight, with evidences by importance sampling."""
    models = np.array(list(looker.known), dtype=np.int64)
    laplace = np.array([look.log_evidence for look in looker.known.values()])
    order = np.lexsort((models, -laplace))
    kept = models[order[_heaviest(laplace[order])]]
    book, model, log_row = _book(looker, [int(each) for each in kept])
    weight = np.exp(log_row - logsumexp(log_row))
    for least, draws in SAMPLED:
        heavy = int(np.sum(weight > least))
        log_row[:heavy] = evidences(looker.joint, _rows(book, np.arange(heavy)), draws, seed)
    found = np.full(len(kept), -np.inf)
    np.logaddexp.at(found, model, log_row)
    there = np.flatnonzero(np.isfinite(found))  # a model may have no row left
    order = there[np.argsort(-found[there], kind="stable")]
    rank = np.zeros(len(kept), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Space(
        inside=np.array([looker.inside(int(each)) for each in kept[order]]),
        book=book,
        model=rank[model],
        log_row=log_row,
        log_evidence=found[order],
        looked=len(models),
        complete=complete,
        beyond=beyond,
    )


def _heaviest(log_weight: Array) -> slice:
    """The first of some weights in falling order that are nearly all of them together."""
    share = np.cumsum(np.exp(log_weight - logsumexp(log_weight)))
    return slice(0, min(int(np.searchsorted(share, 1 - LEFT_OUT)) + 1, MOST_KEPT))


def _rows(book: Book, rows: Index) -> Book:
    parts = {name: np.ascontiguousarray(part[rows]) for name, part in book._asdict().items()}
    return book._replace(**parts)


def _book(looker: _Looker, models: list[int]) -> tuple[Book, Index, Array]:
    """What the chain needs of some models, under every g that counts, the heaviest rows first; and by Laplace."""
    joint = looker.joint
    grid = np.exp(GRID) if joint.shape else np.ones(1)
    prior = _log_scale_prior(joint) if joint.shape else np.zeros(1)
    found: list[tuple[float, int, int, Array]] = []
    for place, each in enumerate(models):
        columns, known = looker.columns(each), looker.known[each]
        modes, evidence = known.mode[columns][None], np.array([known.log_evidence])
        if joint.shape:
            modes, evidence = np.empty((len(grid), len(columns))), np.empty(len(grid))
            along(known.mode[columns], columns, looker.log_det(each), grid, joint, modes, evidence)
        found += [(float(evidence[k] + prior[k]), place, k, modes[k]) for k in range(len(grid))]
    found.sort(key=lambda each: (-each[0], each[1], each[2]))
    found = found[_heaviest(np.array([each[0] for each in found]))]
    size = np.array([len(mode) for _, _, _, mode in found], dtype=np.int64)
    most, rows = int(size.max()), len(found)
    model = np.array([place for _, place, _, _ in found], dtype=np.int64)
    chosen = np.array([k for _, _, k, _ in found], dtype=np.int64)
    book = Book(
        size=size,
        columns=np.zeros((rows, most), dtype=np.int64),
        log_det=np.array([looker.log_det(models[place]) for place in model]),
        g=grid[chosen],
        log_prior=prior[chosen],
        mode=np.zeros((rows, most)),
        factor=np.zeros((rows, most, most)),
    )
    for row, (_, place, _, mode) in enumerate(found):
        columns, theta, factor = looker.columns(models[place]), mode.copy(), np.zeros((len(mode), len(mode)))
        find_mode(theta, columns, book.log_det[row], book.g[row], joint, factor)
        book.columns[row, : len(mode)] = columns
        book.mode[row, : len(mode)] = theta
        book.factor[row, : len(mode), : len(mode)] = factor
    return book, model, np.array([each[0] for each in found])


def _log_scale_prior(joint: Joint) -> Array:
    """Log of the prior probability of each g of the grid: the density of log g times the distance between two."""
    half, scale = 0.5 * joint.shape, 0.5 * joint.scale
    log_prior: Array = half * np.log(scale) - gammaln(half) - half * GRID - scale * np.exp(-GRID)
    log_prior += np.log(GRID[1] - GRID[0])
    return log_prior
