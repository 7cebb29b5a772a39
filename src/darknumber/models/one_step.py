"""The one-step estimator at work: columns from covariates, who can be answered for, folds, and figures by stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from darknumber.data.individuals import Individuals
from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.influence import SLIGHT, class_shares, gains, maximise_classes, odd_histories, sums
from darknumber.models.learners import Learner, learned, learner_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

OWN = "logistic"
MOST_LISTS = 5  # that may depend on each other given covariates: 31 histories, each with probabilities to be learned
MOST_DEGREE = 5  # of a number: higher powers of a standardised number are huge at its ends
_STREAM = 0x726F6275  # keeps the folds apart from other uses of the same seed


class Asked(Protocol):
    """The settings of a model that are looked at here; their meaning stands with the model."""

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists without a highest interaction given covariates."""

    @property
    def learner(self) -> str:
        """What learns the probabilities."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Its settings."""

    @property
    def folds(self) -> int:
        """Parts of the people."""

    @property
    def degree(self) -> int:
        """Powers of numbers."""

    @property
    def ridge(self) -> float:
        """Penalty of the own learner."""

    @property
    def margin(self) -> float:
        """The smallest chance that is believed."""

    @property
    def odds_ratio(self) -> float:
        """What the unseen are multiplied by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What stays the same over replicates.

    Parameters
    ----------
    table
        The counts.
    names
        The lists that are asked about.
    place
        ``(2**K,)`` the class of each history: which of those lists, -1 where it has another list or none.
    odd
        ``(classes,)`` which have an odd number of lists.
    levels
        ``(strata, columns)`` an intercept, and a column for every level of covariates that are levels.
    powers
        ``(strata, columns)`` powers of covariates of the table that are taken as numbers.
    """

    table: CaptureTable
    names: tuple[str, ...]
    place: Index
    odd: Mask
    levels: Array
    powers: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer by stratum, and what it rests on.

    Parameters
    ----------
    dark, variance, verdict
        ``(strata,)``; the dark figure is not below zero, whatever the verdict.
    shares
        ``(strata, classes)`` people expected in every class, in strata that are estimable.
    negative, thin
        Strata in which the correction went below zero, and in which nobody has some even history although others say
        what their dark figure is.
    least, gain, weight
        ``(people,)`` or cells: the smallest chance of an even history, what one adds, and how many there are.
    plug_in
        The dark figure of all estimable strata without correction.
    """

    dark: Array
    variance: Array
    verdict: NDArray[np.int8]
    shares: Array
    negative: int
    thin: int
    least: Array
    gain: Array
    weight: Array
    plug_in: float


def setup_of(model: Asked, table: CaptureTable, numbers: Sequence[str]) -> Setup:
    """Lists and columns for a table of which the covariates `numbers` are numbers.

    Raises
    ------
    InputError, ModelError
        A list that is not there, or too many; a number that the table does not hold.
    """
    names = model.lists or table.lists
    for name in names:
        if name not in table.lists:
            raise no_such("no_such_list", name, table.lists)
    if len(names) > MOST_LISTS:
        raise ModelError("too_many_lists_given", n=len(names), limit=MOST_LISTS)
    history = np.arange(1 << len(table.lists))
    place, inside = np.full(len(history), -1), 0
    for new, name in enumerate(names):
        bit = table.lists.index(name)
        place += ((history >> bit) & 1) << new
        inside |= 1 << bit
    held = {each.name: each for each in table.covariates}
    for name in numbers:
        if name not in held or held[name].values is None:
            raise InputError("numbers_need_people", name=name)
    levels, rows = [np.ones((table.strata, 1))], [np.zeros((table.strata, 0))]
    for covariate in table.covariates:
        level = table.level_of(covariate.name)
        if covariate.name in numbers:
            rows.append(_powers(np.array(covariate.values)[level], table.observed.astype(float), model.degree))
        else:
            levels.append((level[:, None] == np.arange(len(covariate.levels))).astype(float))
    return Setup(
        table=table,
        names=tuple(names),
        place=np.where((history & ~inside) == 0, place, -1).astype(np.int64),
        odd=odd_histories(len(names)),
        levels=np.concatenate(levels, axis=1),
        powers=np.concatenate(rows, axis=1),
    )


def of_counts(model: Asked, setup: Setup, counts: Array) -> Found:
    """The answer for ``(strata, 2**K)`` counts: logistic regression on levels, everybody answered by everybody."""
    inside, verdict, kept = _answerable(setup, counts, alone=model.ridge == 0)
    strata, classes = inside.shape
    shares, gain, least = np.zeros((strata, classes)), np.zeros((strata, classes)), np.ones(strata)
    plug_in = 0.0
    if kept.any():
        columns = np.concatenate([setup.levels, setup.powers], axis=1)[kept]
        start = np.zeros((classes - 1, columns.shape[1]))
        beta, _ = maximise_classes(columns, inside[kept], start, model.ridge + SLIGHT)
        shares[kept] = class_shares(beta, columns)
        gain[kept], odds = gains(shares[kept], setup.odd, model.margin)
        least[kept] = shares[kept][:, ~setup.odd].min(axis=1)
        gain *= model.odds_ratio
        plug_in = float((inside[kept].sum(axis=1) * odds).sum()) * model.odds_ratio
    dark, variance = sums(np.repeat(np.arange(strata), classes), strata, inside.ravel(), gain.ravel())
    return _found(
        (dark, variance, verdict, kept),
        inside,
        shares * inside.sum(axis=1, keepdims=True),
        (np.repeat(least, classes), gain.ravel(), (inside * kept[:, None]).ravel(), plug_in),
        setup.odd,
    )


def of_people(
    model: Asked, setup: Setup, people: Individuals, weight: Array, learner: Learner | None, seed: int
) -> Found:
    """The answer for people one by one, each standing for so many; those of a fold are answered by the others."""
    strata, classes = setup.table.strata, len(setup.odd)
    cell = people.stratum * len(setup.place) + people.history
    counts: Array = np.bincount(cell, weights=weight, minlength=strata * len(setup.place)).astype(float)
    own = learner is None and model.learner == OWN
    inside, verdict, kept = _answerable(setup, counts.reshape(strata, -1), alone=own and model.ridge == 0)
    place = setup.place[people.history]
    asked = (place >= 0) & kept[people.stratum]
    place, stratum, weight = place[asked], people.stratum[asked], weight[asked]
    numbers = [_powers(column, np.ones(len(column)), model.degree) for column in people.numbers.T]
    columns = np.concatenate([setup.levels[people.stratum], *numbers], axis=1)[asked]
    fold = _folds(len(place), model.folds, seed)
    if not len(place):
        share = np.zeros((0, classes))
    elif own:
        share = _logistic(columns, place, weight, fold, classes, model.ridge + SLIGHT)
    else:
        share = _learned(learner or learner_of(model.learner, model.settings), columns, place, weight, fold, classes)
    each, odds = gains(share, setup.odd, model.margin)
    gain = model.odds_ratio * each[np.arange(len(place)), place]
    dark, variance = sums(stratum, strata, weight, gain)
    each_class = [np.bincount(stratum, weights=weight * share[:, c], minlength=strata) for c in range(classes)]
    shares: Array = np.stack(each_class, axis=1).astype(float)
    least = share[:, ~setup.odd].min(axis=1, initial=1.0)
    rests = (least, gain, weight, float((weight * odds).sum()) * model.odds_ratio)
    return _found((dark, variance, verdict, kept), inside, shares, rests, setup.odd)


def _found(
    figures: tuple[Array, Array, NDArray[np.int8], Mask],
    inside: Array,
    shares: Array,
    rests: tuple[Array, Array, Array, float],
    odd: Mask,
) -> Found:
    dark, variance, verdict, kept = figures
    least, gain, weight, plug_in = rests
    there = inside.sum(axis=1) > 0
    return Found(
        dark=np.maximum(dark, 0.0),
        variance=variance,
        verdict=verdict,
        shares=shares,
        negative=int((dark < 0).sum()),
        thin=int((kept & there & (inside[:, ~odd] == 0).any(axis=1)).sum()),
        least=least[weight > 0],
        gain=gain[weight > 0],
        weight=weight[weight > 0],
        plug_in=plug_in,
    )


def _answerable(setup: Setup, counts: Array, *, alone: bool) -> tuple[Array, NDArray[np.int8], Mask]:
    """Counts by class, the verdict on each stratum, and which are estimable.

    With `alone` every level speaks for itself, as in logistic regression without a penalty: where nobody at a level has
    an even history, the chance of it is zero and the dark figure infinite. Otherwise levels borrow from each other, and
    only a class that is empty everywhere leaves nothing to divide by.
    """
    strata = len(counts)
    inside = np.zeros((strata, len(setup.odd)))
    modelled = setup.place >= 0
    inside[:, setup.place[modelled]] = counts[:, modelled]
    levels = setup.levels > 0 if alone else setup.levels[:, :1] > 0
    verdict = np.full(strata, verdicts.ESTIMABLE, dtype=np.int8)
    kept = counts.sum(axis=1) > 0
    while kept.any():  # a level whose people are answered for elsewhere may leave another level without
        at = levels[kept].T.astype(float) @ inside[kept]
        present = levels[kept].any(axis=0)
        no_even, no_odd = (present & (at[:, each] == 0).any(axis=1) for each in (~setup.odd, setup.odd))
        open_ended, empty = (kept & levels[:, each].any(axis=1) for each in (no_even, no_odd))
        if not (open_ended | empty).any():
            break
        verdict[open_ended] = verdicts.INFINITE
        verdict[empty] = verdicts.ZERO
        verdict[open_ended & empty] = verdicts.NOT_IDENTIFIED
        kept &= ~(open_ended | empty)
    return inside, verdict, kept


def _powers(values: Array, weight: Array, degree: int) -> Array:
    """``(rows, degree)`` powers of numbers on their own scale."""
    mean = np.average(values, weights=weight)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=weight))
    scaled = (values - mean) / (spread if spread > 0 else 1.0)
    powers: Array = scaled[:, None] ** np.arange(1, degree + 1)
    return powers


def _folds(people: int, folds: int, seed: int) -> Index:
    """The fold of each person; people who follow each other, and so are alike, are in different ones."""
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM], dtype=np.uint64)))
    blocks = -(-people // folds)
    order = np.argsort(rng.random((blocks, folds)), axis=1)
    return order.reshape(-1)[:people].astype(np.int64)


def _logistic(columns: Array, place: Index, weight: Array, fold: Index, classes: int, ridge: float) -> Array:
    counts = np.zeros((len(place), classes))
    counts[np.arange(len(place)), place] = weight
    beta, _ = maximise_classes(columns, counts, np.zeros((classes - 1, columns.shape[1])), ridge)
    parts = np.unique(fold)
    if len(parts) == 1:
        return class_shares(beta, columns)
    share = np.empty((len(place), classes))
    for part in parts:
        out = fold == part
        others, _ = maximise_classes(columns[~out], counts[~out], beta, ridge)
        share[out] = class_shares(others, columns[out])
    return share


def _learned(learner: Learner, columns: Array, place: Index, weight: Array, fold: Index, classes: int) -> Array:
    share = np.empty((len(place), classes))
    times = weight.astype(np.int64)
    parts = np.unique(fold)
    for part in parts:
        out = fold == part
        shown = np.repeat(np.flatnonzero(~out if len(parts) > 1 else out), times[~out if len(parts) > 1 else out])
        share[out] = learned(learner, columns[shown][:, 1:], place[shown], columns[out][:, 1:], classes)
    return share
