"""Slow, plain ways to the same answers: a full design matrix, linear programmes over all cells, refits of everything.

Nothing here uses the kernels, except `compare`, which sets the two side by side. Terms are text such as ``A:B:sex``;
the first level of a covariate is the reference, and a polynomial is made of plain powers, so that codings differ from
the engine's on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import gammaln, xlogy

from darknumber.data.table import CaptureTable, Covariate
from darknumber.models.log_linear import LogLinear

Array = NDArray[np.float64]

ESTIMABLE, INFINITE, ZERO, NOT_IDENTIFIED = range(4)

BOX = 1.0  # directions of the linear programmes are looked for in this box
MOVES = 1e-6  # a programme must gain this much; HiGHS is exact to 1e-7
POSITIVE = 1e-4  # people: a count above this is more than the error of a margin
POSITIVE_STEPS = 12  # after so many steps the linear programmes are asked


@dataclass(frozen=True)
class Dense:
    """A Poisson model with a row for every cell.

    ``y`` and ``rows`` are the observable cells, ``dark`` the rows of the unseen, one a stratum.
    """

    y: Array
    rows: Array
    stratum: NDArray[np.int64]
    dark: Array

    @property
    def strata(self) -> int:
        return len(self.dark)


def split_terms(text: str) -> list[str]:
    """``A:B + C`` as ``["A:B", "C"]``; no other signs are understood."""
    return [part.strip() for part in text.split("+") if part.strip()]


def dense(table: CaptureTable, terms: Sequence[str], margin: str = "free") -> Dense:
    """The design matrix of the list main effects, the terms and everything inside them."""
    lists = len(table.lists)
    wanted = {frozenset({name}) for name in table.lists}
    for term in terms:
        factors = re.findall(r"poly\([^)]*\)|[^:]+", term)
        for size in range(1, len(factors) + 1):
            wanted |= {frozenset(group) for group in combinations(factors, size)}
    names = set(table.lists)
    if margin == "modelled":
        entered = {re.sub(r"poly\(([^,]*),.*\)", r"\1", factor) for term in wanted for factor in term}
        wanted |= {frozenset({c.name}) for c in table.covariates if c.name not in entered}
        columns = [np.ones((table.strata, 1 << lists, 1))]
    else:
        wanted = {term for term in wanted if term & names}
        columns = [np.repeat(np.eye(table.strata)[:, None, :], 1 << lists, axis=1)]
    columns += [_term_columns(table, term) for term in sorted(wanted, key=lambda term: (len(term), sorted(term)))]
    full = np.concatenate(columns, axis=2)
    cells = np.arange(1 << lists)
    idle = (~table.operating).astype(int) @ (1 << np.arange(lists))
    live = ((cells[None, :] & idle[:, None]) == 0) & (cells > 0)[None, :]
    return Dense(
        y=table.dense()[live],
        rows=full[live],
        stratum=np.nonzero(live)[0],
        dark=full[:, 0, :],
    )


def _term_columns(table: CaptureTable, term: frozenset[str]) -> Array:
    lists = len(table.lists)
    cells = np.arange(1 << lists)
    block = np.ones((table.strata, 1 << lists, 1))
    for factor in sorted(term):
        if factor in table.lists:
            own = ((cells >> table.lists.index(factor)) & 1).astype(float)[None, :, None]
        else:
            own = _covariate_columns(table, factor)[:, None, :]
        block = (block[..., :, None] * own[..., None, :]).reshape(table.strata, 1 << lists, -1)
    return block


def _covariate_columns(table: CaptureTable, factor: str) -> Array:
    smooth = re.fullmatch(r"poly\((.*), *(\d)\)", factor)
    name = smooth[1] if smooth else factor
    covariate, level = table.covariates[table.axis(name)], table.level_of(name)
    if not smooth:
        return np.equal(level[:, None], np.arange(1, len(covariate.levels))[None, :]).astype(float)
    values = np.array(covariate.values, dtype=float)
    scaled = (values - values.mean()) / max(np.ptp(values), 1.0)
    return np.stack([scaled[level] ** power for power in range(1, int(smooth[2]) + 1)], axis=1)


def poisson_fit(rows: Array, y: Array, steps: int = 200) -> tuple[Array, Array]:
    """Maximum likelihood by Newton's method with least squares: ``(beta, mu)``; the maximum must exist."""
    beta: Array = np.asarray(np.linalg.lstsq(rows, np.log(y + 0.5), rcond=None)[0], dtype=np.float64)
    value = -np.inf
    for _ in range(steps):
        now = np.exp(np.clip(rows @ beta, -500, 500))
        root = np.sqrt(now)
        step = np.linalg.lstsq(root[:, None] * rows, (y - now) / root, rcond=1e-13)[0]
        value = float(y @ (rows @ beta) - now.sum())
        scale = 1.0
        while scale > 1e-12:
            eta = rows @ (beta + scale * step)
            if y @ eta - np.exp(np.clip(eta, -500, 500)).sum() >= value - 1e-10 * abs(value):
                break
            scale /= 2
        beta = beta + scale * step
        if np.abs(scale * (rows @ step)).max() < 1e-11:
            break
    mu: Array = np.exp(rows @ beta)
    return beta, mu


def face(model: Dense) -> NDArray[np.bool_]:
    """Which cells have a fitted count above zero: one linear programme over all cells (extended maximum likelihood)."""
    present, empty = model.y > 0, model.y == 0
    if not empty.any():
        return present
    size, free = int(empty.sum()), model.rows.shape[1]
    moved = largest(
        np.r_[np.zeros(free), np.ones(size)],
        np.hstack([model.rows[empty], np.eye(size)]),
        np.hstack([model.rows[present], np.zeros((int(present.sum()), size))]),
        [(None, None)] * free + [(0, 1)] * size,
    )
    on = np.ones(len(model.y), dtype=bool)
    on[np.flatnonzero(empty)] = moved[free:] < 0.5
    return on


def largest(goal: Array, below: Array, level: Array, bounds: list[tuple[float | None, float | None]]) -> Array:
    """The x with the largest ``goal @ x`` where ``below @ x <= 0`` and ``level @ x = 0``."""
    found = linprog(
        -goal,
        A_ub=below if len(below) else None,
        b_ub=np.zeros(len(below)) if len(below) else None,
        A_eq=level if len(level) else None,
        b_eq=np.zeros(len(level)) if len(level) else None,
        bounds=bounds,
        method="highs",
    )
    if found.x is None:
        raise RuntimeError(found.message)
    return np.asarray(found.x)


@dataclass(frozen=True)
class Answer:
    """The extended maximum likelihood fit: dark figures (of use where estimable), deviance and log-likelihood."""

    dark: Array
    expected: Array
    deviance: float
    log_likelihood: float


def extended_fit(model: Dense) -> Answer:
    """Fit on the face, the other cells zero."""
    on = face(model)
    beta, mu = poisson_fit(model.rows[on], model.y[on])
    expected = np.zeros(len(model.y))
    expected[on] = mu
    part = xlogy(model.y, model.y) - xlogy(model.y, expected) - (model.y - expected)
    return Answer(
        dark=np.exp(np.clip(model.dark @ beta, -500, 500)),
        expected=expected,
        deviance=float(2 * part.sum()),
        log_likelihood=float((xlogy(model.y, expected) - expected - gammaln(model.y + 1)).sum()),
    )


def verdicts_by_programmes(model: Dense) -> NDArray[np.int8]:
    """The verdict on each stratum's dark figure from two linear programmes over all cells."""
    present = model.y > 0
    result = np.empty(model.strata, dtype=np.int8)
    box: list[tuple[float | None, float | None]] = [(-BOX, BOX)] * model.rows.shape[1]
    for s, row in enumerate(model.dark):
        ends = [row @ largest(sign * row, model.rows[~present], model.rows[present], box) for sign in (-1, 1)]
        up, down = ends[1] > MOVES, ends[0] < -MOVES
        result[s] = NOT_IDENTIFIED if up and down else INFINITE if up else ZERO if down else ESTIMABLE
    return result


@lru_cache(maxsize=4096)
def plain_design(lists: int, terms: str) -> tuple[Array, tuple[int, ...]]:
    """The rows of every history and the dark figure (first), and the sets of lists of the columns, as bits.

    For a table without covariates whose lists are called A, B, ...; made once for each model.
    """
    inside = {frozenset[str](), *(frozenset(name) for name in "ABCDEFGH"[:lists])}
    for term in split_terms(terms):
        names = term.split(":")
        inside |= {frozenset(group) for size in range(1, len(names) + 1) for group in combinations(names, size)}
    masks = tuple(sorted(sum(1 << "ABCDEFGH".index(name) for name in term) for term in inside))
    cells = np.arange(1 << lists)
    return np.stack([((cells & mask) == mask).astype(float) for mask in masks], axis=1), masks


def verdict_quickly(counts: Array, terms: str) -> tuple[int, bool]:
    """The verdict on the dark figure of ``(2**K,)`` counts, and whether the linear programmes were needed for it.

    A column without people lets its parameter fall without end, which empties the cells in it and moves nothing else.
    If on the other cells some table has the observed margins and a positive count in every cell, no direction can lower
    any of them (Haberman 1974); if the columns left are also independent, none can move them, nor the dark figure.
    """
    rows, masks = plain_design(len(counts).bit_length() - 1, terms)
    void = [column for column in range(len(masks)) if rows[1:, column] @ counts[1:] == 0]
    left = rows[1:, void].sum(axis=1) == 0
    kept = [column for column in range(len(masks)) if column not in void]
    if has_positive_table(rows[1:][left][:, kept], counts[1:][left]):
        return ESTIMABLE, False
    model = Dense(y=counts[1:], rows=rows[1:], stratum=np.zeros(len(rows) - 1, dtype=np.int64), dark=rows[:1])
    return int(verdicts_by_programmes(model)[0]), True


def has_positive_table(rows: Array, y: Array) -> bool:
    """Whether columns are independent and a table with the margins of `y` and no empty cell was found.

    Each Newton step promises expected counts with exactly those margins; once all of them are positive, there it is.
    """
    if np.linalg.matrix_rank(rows) < rows.shape[1]:
        return False
    beta = np.linalg.lstsq(rows, np.log(y + 0.5), rcond=None)[0]
    for _ in range(POSITIVE_STEPS):
        mu = np.exp(np.clip(rows @ beta, -30, 30))
        weighted = rows * mu[:, None]
        try:
            change = rows @ np.linalg.solve(rows.T @ weighted, rows.T @ (y - mu))
        except np.linalg.LinAlgError:
            return False
        promised = mu * (1 + change)
        if promised.min() > POSITIVE and np.abs(rows.T @ (promised - y)).max() < POSITIVE / 100:
            return True
        eta = rows @ beta + change * min(1.0, 3.0 / np.abs(change).max())
        beta = np.linalg.lstsq(rows, eta, rcond=None)[0]
    return False


def random_table(
    rng: np.random.Generator,
    *,
    lists: int,
    levels: Sequence[int] = (),
    people: float = 300.0,
    on_list: tuple[float, float] = (0.01, 0.3),
    dependence: float = 0.0,
) -> CaptureTable:
    """A table of Poisson counts; lists are about independent in each stratum, `dependence` the spread of pair terms."""
    strata = int(np.prod(levels, dtype=int))
    names = "ABCDEFGH"[:lists]
    cells = np.arange(1 << lists)
    on = ((cells[:, None] >> np.arange(lists)) & 1).astype(float)
    pairs = list(combinations(range(lists), 2))
    while True:
        share = rng.uniform(*on_list, size=(strata, lists))
        odds = on @ np.log(share / (1 - share)).T
        for (a, b), size in zip(pairs, dependence * rng.normal(size=len(pairs)), strict=True):
            odds += (size * on[:, a] * on[:, b])[:, None]
        weight = np.exp(odds.T)
        expected = people / strata * rng.uniform(0.4, 1.6, size=(strata, 1)) * weight / weight.sum(axis=1)[:, None]
        counts = rng.poisson(expected)
        counts[:, 0] = 0
        if all(counts[:, (cells >> j) & 1 == 1].sum() > 0 for j in range(lists)):
            break
    where, history = np.nonzero(counts)
    return CaptureTable.build(
        list(names),
        history,
        counts[where, history],
        covariates=covariates_of(levels),
        levels=list(np.unravel_index(where, tuple(levels))) if len(levels) else [],
    )


def covariates_of(levels: Sequence[int]) -> list[Covariate]:
    """Covariates called u, v, ... with levels 1, 2, ..., so that they are numeric too."""
    return [
        Covariate.of(name, [str(level) for level in range(1, size + 1)])
        for name, size in zip("uvwxyz", levels, strict=False)
    ]


def random_terms(rng: np.random.Generator, table: CaptureTable, *, order: int = 2, keep: float = 0.4) -> str:
    """A random choice of interactions that touch a list, never all lists together."""
    names = [*table.lists, *(c.name for c in table.covariates)]
    found = [
        ":".join(group)
        for size in range(2, order + 1)
        for group in combinations(names, size)
        if set(group) & set(table.lists) and not set(table.lists) <= set(group)
    ]
    return " + ".join(term for term in found if rng.random() < keep)


@dataclass(frozen=True)
class Case:
    """A sparse table and a model for it."""

    table: CaptureTable
    terms: str
    margin: Literal["free", "modelled"]


def sparse_case(seed: int) -> Case:
    """Three or four lists, up to four strata, 30 to 1,500 people, lists that hold 1% to 30%, any terms."""
    rng = np.random.default_rng([31, seed])
    lists = int(rng.integers(3, 5))
    levels = [(), (), (2,), (3,), (2, 2)][rng.integers(5)]
    people, dependence = float(rng.choice([30, 100, 300, 1500])), float(rng.choice([0, 1]))
    table = random_table(rng, lists=lists, levels=levels, people=people, dependence=dependence)
    order = int(rng.integers(2, 4)) if lists > 3 or levels else 2
    terms = random_terms(rng, table, order=order, keep=rng.uniform(0.1, 0.9))
    margin: Literal["free", "modelled"] = "free" if rng.random() < 0.6 else "modelled"
    if levels and rng.random() < 0.3:
        terms = terms.replace("u", "poly(u, 1)")
    return Case(table, terms, margin)


@dataclass(frozen=True)
class Comparison:
    """What the engine and the oracle say about the strata of one case that have people (all, where modelled)."""

    engine: NDArray[np.int8]
    oracle: NDArray[np.int8]
    finite: NDArray[np.bool_]  # whether the engine gives a number
    error: float  # largest relative error of a dark figure where both say estimable
    deviance: float  # error of the deviance


def compare(case: Case) -> Comparison:
    """Fit one case with the engine and by linear programmes over all cells."""
    fit = LogLinear(case.terms, case.margin).fit(case.table)
    model = dense(case.table, split_terms(case.terms), case.margin)
    slow, people = extended_fit(model), case.table.observed
    asked = people > 0 if case.margin == "free" else np.ones(model.strata, dtype=bool)
    verdict = verdicts_by_programmes(model)
    seen = np.bincount(model.stratum, weights=slow.expected, minlength=model.strata)
    true = slow.dark + seen - people
    both = asked & (verdict == ESTIMABLE) & (fit.verdict == ESTIMABLE)
    wrong = np.abs(fit.unobserved[both] - true[both]) / (1 + np.abs(true[both]))
    return Comparison(
        engine=fit.verdict[asked],
        oracle=verdict[asked],
        finite=np.isfinite(fit.unobserved[asked]),
        error=float(wrong.max(initial=0.0)),
        deviance=abs(float(fit.deviance or 0.0) - slow.deviance) / (1 + slow.deviance),
    )
