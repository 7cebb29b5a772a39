"""From terms to columns.

A parameter of a log-linear model with covariates is a set of lists and a feature of the stratum: it adds
``theta * z(s)`` to the log expected count of every history that holds those lists. So the whole design is one mask per
column and one ``(strata, columns)`` matrix of features, and no matrix over cells is ever made (METHODS 4.1, 4.7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Layout(NamedTuple):
    """A design as the compiled kernels take it.

    Parameters
    ----------
    lists
        K.
    masks
        ``(columns,)`` the set of lists of each column, as bits; 0 for a column of the covariate margin.
    indptr, indices, values
        The non-zero features by stratum, as a compressed sparse row matrix.
    live
        ``(strata, 2**K)`` False for histories that cannot occur; cell 0 is False.
    conditional
        Whether stratum totals are free (conditioned on) or modelled by columns with mask 0.
    """

    lists: int
    masks: Index
    indptr: Index
    indices: Index
    values: Array
    live: Mask
    conditional: bool


@dataclass(frozen=True, slots=True)
class Design:
    """The columns of a model, or of everything a search may choose from.

    Parameters
    ----------
    layout
        What the kernels need.
    features
        ``(strata, columns)`` z.
    term
        ``(columns,)`` the term each column belongs to.
    """

    layout: Layout
    features: Array
    term: Index

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.term)

    @property
    def lists(self) -> int:
        """K."""
        return self.layout.lists

    @property
    def masks(self) -> Index:
        """``(columns,)`` the set of lists of each column."""
        return self.layout.masks

    @property
    def live(self) -> Mask:
        """``(strata, 2**K)`` which histories can occur."""
        return self.layout.live

    @property
    def conditional(self) -> bool:
        """Whether stratum totals are free."""
        return self.layout.conditional


def make_design(lists: int, masks: Index, features: Array, term: Index, live: Mask, *, conditional: bool) -> Design:
    """A design from its columns; columns that touch no possible history are left out."""
    reachable = np.empty((live.shape[0], len(masks)), dtype=bool)
    cells = np.arange(live.shape[1])
    for mask in np.unique(masks):
        reachable[:, masks == mask] = np.any(live[:, (cells & mask) == mask], axis=1, keepdims=True)
    if not conditional:  # a column of the margin always reaches the dark figure, known or not
        reachable[:, masks == 0] = True
    useful = ((features != 0) & reachable).any(axis=0)
    masks, features, term = masks[useful], features[:, useful], term[useful]
    rows, columns = np.nonzero(features)
    layout = Layout(
        lists=lists,
        masks=np.ascontiguousarray(masks, dtype=np.int64),
        indptr=np.searchsorted(rows, np.arange(live.shape[0] + 1)).astype(np.int64),
        indices=columns.astype(np.int64),
        values=np.ascontiguousarray(features[rows, columns]),
        live=live,
        conditional=conditional,
    )
    return Design(
        layout=layout, features=np.ascontiguousarray(features), term=np.ascontiguousarray(term, dtype=np.int64)
    )


def keep_columns(design: Design, kept: Mask) -> Design:
    """The design of some of the columns only."""
    return make_design(
        design.lists,
        design.masks[kept],
        design.features[:, kept],
        design.term[kept],
        design.live,
        conditional=design.conditional,
    )


def void_columns(design: Design, y: Array) -> Mask:
    """``(columns,)`` columns with a list and no negative feature whose margin is empty: nobody is in them.

    Their parameter runs to minus infinity, and the expected counts of their cells go to zero.
    """
    if not design.columns:
        return np.zeros(0, dtype=bool)
    cells = np.arange(y.shape[1])
    masks, place = np.unique(design.masks, return_inverse=True)
    people = np.stack([y[:, (cells & mask) == mask].sum(axis=1) for mask in masks], axis=1)
    empty = ~((design.features != 0) & (people[:, place.reshape(-1)] > 0)).any(axis=0)
    void: Mask = empty & (design.features >= 0).all(axis=0) & (design.masks > 0)
    return void


def merge_strata(design: Design) -> tuple[Design, Index]:
    """A design in which strata with the same features are one, and ``(strata,)`` which one each has become.

    Exact where the stratum totals are free: such strata share their probabilities. A modelled margin is left as it is.
    """
    if not design.conditional:
        return design, np.arange(design.live.shape[0])
    key = np.hstack([design.features, design.live.astype(float)])
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    small = make_design(
        design.lists, design.masks, design.features[first], design.term, design.live[first], conditional=True
    )
    return small, group.reshape(-1).astype(np.int64)


def merge_counts(counts: Array, group: Index, size: int) -> Array:
    """Sum ``(..., strata, cells)`` counts over the strata of each group: ``(..., size, cells)``."""
    if size == counts.shape[-2]:
        return counts[..., np.argsort(group), :]
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(size))
    return np.add.reduceat(counts[..., order, :], starts, axis=-2)


def live_cells(operating: Mask) -> Mask:
    """``(strata, 2**K)`` which histories can occur where some lists are not kept; never history 0."""
    lists = operating.shape[1]
    idle = (~operating).astype(np.int64) @ (1 << np.arange(lists))
    live: Mask = np.asarray(np.arange(1 << lists)[None, :] & idle[:, None]) == 0
    live[:, 0] = False
    return live


def level_features(level: Index, recorded: int, reference: int, *, own_level: bool = False) -> Array:
    """``(strata, columns)`` indicators of the levels of a covariate, `reference` left out.

    Parameters
    ----------
    level
        ``(strata,)`` level numbers; numbers from `recorded` on are *not recorded*.
    own_level
        Whether *not recorded* gets an indicator of its own. Otherwise it is the plain average of the recorded levels,
        so that it takes no part in a term and the answer does not depend on which level is the reference.
    """
    others = [number for number in range(recorded) if number != reference]
    features: Array = np.equal(level[:, None], np.array(others, dtype=np.int64)[None, :]).astype(float)
    missing = level >= recorded
    if own_level:
        return np.hstack([features, missing[:, None].astype(float)]) if missing.any() else features
    features[missing] = 1.0 / max(recorded, 1)
    return features


def polynomial_features(level: Index, values: Array, degree: int) -> Array:
    """``(strata, degree)`` orthogonal polynomial of a numeric covariate; 0 where it is not recorded.

    The basis is orthonormal over the distinct recorded values, times the root of their number, so that columns are of
    order one. Fits depend only on its span.
    """
    known = np.isfinite(values)
    points = values[known]
    degree = min(degree, len(points) - 1)
    scaled = (points - points.mean()) / max(np.ptp(points), 1.0)
    basis, _ = np.linalg.qr(np.vander(scaled, degree + 1, increasing=True))
    table = np.zeros((len(values), degree))
    table[known] = basis[:, 1:] * np.sqrt(len(points))
    return table[level]
