"""The families of Bayesian log-linear models on one table: effects that sum to zero, and priors of unit information.

A list is coded 1 and -1, a covariate by contrasts that sum to zero over its recorded levels. The prior precision of a
term is then the mean over all cells of the full table, seen or not, of the outer product of its columns: as much as one
cell tells (Ntzoufras, Dellaportas & Forster 2003; Overstall & King 2014). It depends on no choice of reference level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.design import live_cells, polynomial_features
from darknumber.kernels.histories import list_counts
from darknumber.kernels.joint import Joint
from darknumber.kernels.terms import Factor, Term
from darknumber.models.columns import Columns, Margin, make_columns, terms_of
from darknumber.models.own_order import OwnOrder, own_order
from darknumber.models.upper_limits import limited

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

MAX_DESIGN = 10**6  # cells times columns; beyond that one look at a large model takes seconds, and draws take minutes
HYPER = 0.001  # shape and scale of the inverse gamma law of g, each halved: next to flat in log g, as in conting
_BELIEF = re.compile(r"(?P<term>.+?)\s*~\s*(?P<mean>[^\s,]+)\s*,\s*(?P<spread>[^\s,]+)\s*")


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything about the models of a family but the counts.

    Parameters
    ----------
    order
        The order in which lists and levels stand here.
    columns
        The terms, and their columns as the likelihood has them; text in the order of the table that was given.
    term
        ``(columns,)`` the term of each column of `x`; -1 for an intercept.
    x
        ``(merged strata, 2**K, columns)`` the design.
    live
        ``(merged strata, 2**K)`` which histories can be seen.
    merged
        ``(strata,)`` strata that no term tells apart share one.
    free
        Whether every stratum has an intercept of its own.
    bounded
        ``(2**K,)`` histories whose counts are upper limits.
    precision, belief, centre, hyper
        The priors, as in `Joint`; hyper is 0 where g is one.
    log_det
        ``(terms,)`` log determinant of the scaled precision of each term.
    """

    order: OwnOrder
    columns: Columns
    term: Index
    x: Array
    live: Mask
    merged: Index
    free: bool
    bounded: Mask
    precision: Array
    belief: Array
    centre: Array
    hyper: float
    log_det: Array

    @property
    def explicit(self) -> bool:
        """Whether intercepts stand among the columns."""
        return bool(self.bounded.any())


def make_frame(
    data: CaptureTable,
    wanted: Sequence[Term],
    always: Sequence[Term],
    margin: Margin,
    *,
    hyper: bool,
    beliefs: Sequence[str] = (),
    censored: Sequence[str] = (),
) -> Frame:
    """The family of models with the terms `always` and any of `wanted`, with the hierarchy.

    Raises
    ------
    ModelError
        Names or terms that the table cannot have, beliefs that cannot be read, a design that is too large.
    """
    order = own_order(data)
    table = order.table
    columns = make_columns(table, [*wanted, *always], margin)
    names = [*data.lists, *(covariate.name for covariate in data.covariates)]
    fixed = columns.state(always)
    columns = replace(columns, fixed=fixed, order={name: place for place, name in enumerate(names)})
    reached = np.isin(np.arange(len(columns.terms)), columns.design.term)  # the others touch no cell that can be seen
    blocks, signs, numbers = [], [], []
    for number, term in enumerate(columns.terms):
        if not (reached[number] and term):  # the empty term is the intercept
            continue
        block = _features(table, term)
        blocks.append(block)
        numbers += [number] * block.shape[1]
        signs += [_sign(table, term)] * block.shape[1]
    features = np.hstack(blocks)
    term_of, live, free = np.array(numbers, dtype=np.int64), live_cells(table.operating), margin == "free"
    bounded = limited(table, censored)
    merged = np.arange(table.strata)
    if free and not bounded.any():
        key = np.hstack([features, live.astype(float)])
        _, first, merged = np.unique(key, axis=0, return_index=True, return_inverse=True)
        features, live = features[first], live[first]
    intercepts = 0 if not bounded.any() else table.strata if free else 1
    cells, most = live.size, MAX_DESIGN // (features.shape[1] + intercepts)
    if cells > most:
        raise ModelError("too_many_cells_for_terms", cells=cells, columns=features.shape[1], limit=most)
    x = features[:, None, :] * np.stack(signs, axis=1)[None]
    if intercepts:
        own = np.eye(table.strata) if free else np.ones((table.strata, 1))
        x = np.concatenate([x, np.repeat(own[:, None, :], x.shape[1], axis=1)], axis=2)
    precision, log_det = _precision(table, columns, term_of, x.shape[2])
    belief, centre = np.zeros(x.shape[2]), np.zeros(x.shape[2])
    for term, mean, spread in _beliefs(beliefs, columns, table):
        number = columns.terms.index(term)
        scale = 2.0 ** len(term)  # a log odds ratio is four times the effect of a pair, and so on
        place = np.flatnonzero(term_of == number)
        precision[place, place] = log_det[number] = 0.0
        belief[place], centre[place] = (scale / spread) ** 2, mean / scale
    return Frame(
        order=order,
        columns=columns,
        term=np.r_[term_of, np.full(intercepts, -1)],
        x=x,
        live=live,
        merged=merged.reshape(-1).astype(np.int64),
        free=free,
        bounded=bounded,
        precision=precision,
        belief=belief,
        centre=centre,
        hyper=HYPER if hyper else 0.0,
        log_det=log_det,
    )


def joint_of(frame: Frame, y: Array) -> Joint:
    """What the kernels need of counts ``(strata, 2**K)`` in the order of the frame; somebody must be there."""
    size = len(frame.live)
    merged = np.zeros((size, y.shape[1]))
    np.add.at(merged, frame.merged, y)
    there = merged.sum(axis=1) > 0 if frame.free else np.ones(size, dtype=bool)
    group = np.cumsum(there) - 1 if frame.free else np.zeros(size, dtype=np.int64)
    live = frame.live & there[:, None]
    stratum, history = np.nonzero(live)
    dark = np.flatnonzero(there)
    told, told_group = frame.x[dark, 0], group[dark]
    if frame.explicit:
        held = live & frame.bounded
        told = np.vstack([told, frame.x[held]])
        told_group = np.r_[told_group, group[np.nonzero(held)[0]]]
    return Joint(
        x=np.ascontiguousarray(frame.x[live]),
        y=merged[live],
        group=group[stratum].astype(np.int64),
        people=merged.sum(axis=1)[there] if frame.free else np.array([merged.sum()]),
        told=np.ascontiguousarray(told),
        told_group=told_group.astype(np.int64),
        explicit=frame.explicit,
        bounded=frame.bounded[history],
        precision=frame.precision,
        belief=frame.belief,
        centre=frame.centre,
        shape=frame.hyper,
        scale=frame.hyper,
    )


def _sign(table: CaptureTable, term: Term) -> Array:
    """``(2**K,)`` the product over the lists of a term of 1 and -1."""
    mask = sum(1 << place for place, name in enumerate(table.lists) if Factor(name) in term)
    off: Index = ~np.arange(1 << len(table.lists)) & mask
    sign: Array = 1.0 - 2.0 * (list_counts(off) % 2).astype(np.float64)
    return sign


def _features(table: CaptureTable, term: Term) -> Array:
    """``(strata, columns)`` the product over the covariates of a term of their contrasts; 0 where not recorded."""
    found: Array = np.ones((table.strata, 1))
    for factor in sorted(term):
        covariate = next((each for each in table.covariates if each.name == factor.name), None)
        if covariate is not None:
            part = _contrasts(table, covariate, factor)
            found = (found[:, :, None] * part[:, None, :]).reshape(table.strata, -1)
    return found


def _contrasts(table: CaptureTable, covariate: Covariate, factor: Factor) -> Array:
    level = table.level_of(covariate.name)
    if factor.degree:
        return polynomial_features(level, np.array(covariate.values), factor.degree)
    recorded = len(covariate.recorded)
    coding = np.zeros((len(covariate.levels), max(recorded - 1, 0)))
    coding[: recorded - 1] = np.eye(recorded - 1) if recorded > 1 else 0.0
    coding[recorded - 1] = -1.0
    return coding[level]


def _precision(table: CaptureTable, columns: Columns, term_of: Index, size: int) -> tuple[Array, Array]:
    """R, and the log determinant of each term's block of it."""
    precision, log_det = np.zeros((size, size)), np.zeros(len(columns.terms))
    for number, term in enumerate(columns.terms):
        place = np.flatnonzero(term_of == number)
        if not len(place):
            continue
        known = np.ones(table.strata, dtype=bool)
        for covariate in table.covariates:
            if any(factor.name == covariate.name for factor in term):
                known &= table.level_of(covariate.name) < len(covariate.recorded)
        block = _features(table, term)[known]
        gram = block.T @ block / len(block)
        precision[np.ix_(place, place)] = gram
        log_det[number] = np.linalg.slogdet(gram)[1]
    return precision, log_det


def _beliefs(beliefs: Sequence[str], columns: Columns, table: CaptureTable) -> list[tuple[Term, float, float]]:
    """Terms between lists with the mean and standard deviation of their log odds ratios."""
    found: list[tuple[Term, float, float]] = []
    for text in beliefs:
        match = _BELIEF.fullmatch(text)
        mean, spread = (np.nan, np.nan) if match is None else (_number(match["mean"]), _number(match["spread"]))
        if match is None or not np.isfinite([mean, spread]).all() or not spread > 0:
            raise ModelError("bad_belief", text=text)
        terms = terms_of(match["term"], table)
        if len(terms) != 1 or len(terms[0]) < 2 or not {factor.name for factor in terms[0]} <= set(table.lists):
            raise ModelError("belief_not_on_lists", text=text)
        if terms[0] not in columns.terms or any(terms[0] == term for term, _, _ in found):
            raise ModelError("belief_out_of_place", text=text)
        found.append((terms[0], mean, spread))
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
