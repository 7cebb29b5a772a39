"""The effects of a model in which strata lean on each other: where they stand, and what is believed of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.design import live_cells
from darknumber.kernels.histories import list_counts
from darknumber.kernels.pooling import Pool
from darknumber.kernels.terms import Term
from darknumber.models.columns import make_columns
from darknumber.models.log_linear import Refitter
from darknumber.models.own_order import OwnOrder, own_order

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

MEAN_SD = 10.0  # of the mean log odds of a list: no list is twenty thousand times as rare as being on none
SMALLEST = 1e-3  # a standard deviation below this is none: effects of a thousandth move no digit that is read
NUGGET = 1e-6  # of the variance of a walk: two levels with the same number may differ so little that no digit shows it
MOST_DRAWN = 5 * 10**7  # effects times draws, half a gigabyte: they are held all at once
MOST_EFFECTS = 2000  # global ones: their curvature is a full matrix, factorised some hundreds of times


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything about the model of one table but the counts.

    Parameters
    ----------
    order
        The order in which lists and levels stand here.
    refitter
        The same terms alike in all strata, without priors: what says whether the table identifies the dark figure.
    masks
        ``(terms,)`` the lists of each term as bits, the K lists themselves first.
    base, size
        As in `Pool`, for all strata.
    groups
        What each standard deviation is of: covariates; the strata's own effects, if there are any, come after them.
    starts, blocks
        Where in g the effects of each covariate begin, and their prior precision where the standard deviation is one.
    fixed
        ``(size,)`` the prior precision of means and of terms of several lists; 0 for other effects.
    own
        Whether strata have effects of their own.
    spread
        The scale of the half-normal prior of the standard deviations.
    """

    order: OwnOrder
    refitter: Refitter
    masks: Index
    base: Index
    size: int
    groups: tuple[str, ...]
    starts: tuple[int, ...]
    blocks: tuple[Array, ...]
    fixed: Array
    own: bool
    spread: float

    @property
    def lists(self) -> int:
        """K."""
        return len(self.order.table.lists)

    @property
    def deviations(self) -> int:
        """How many standard deviations there are."""
        return len(self.blocks) + int(self.own)

    def pool(self, y: Array) -> Pool:
        """The strata in which there is somebody, as the kernels take them."""
        there = y.sum(axis=1) > 0
        return Pool(
            lists=self.lists,
            masks=self.masks,
            y=np.ascontiguousarray(y[there]),
            live=np.ascontiguousarray(live_cells(self.order.table.operating)[there]),
            people=y[there].sum(axis=1),
            base=np.ascontiguousarray(self.base[there]),
            size=self.size,
            own=self.own,
        )

    def prior(self, log_sd: Array) -> tuple[Array, float]:
        """The precision of g and that of the strata's own effects, given the logs of the standard deviations."""
        precision = np.diag(self.fixed)
        weight = np.exp(-2 * np.maximum(log_sd, np.log(SMALLEST)))
        for start, block, scale in zip(self.starts, self.blocks, weight[: len(self.blocks)], strict=True):
            those = slice(start, start + len(block))
            precision[those, those] = scale * block
        return precision, float(weight[-1]) if self.own else 1.0

    def log_prior(self, log_sd: Array, strata: int) -> float:
        """The log density of the standard deviations' logs, with what they put before the law of the effects."""
        held = np.maximum(log_sd, np.log(SMALLEST))
        sizes = np.array([*(len(block) for block in self.blocks), *([strata * self.lists] if self.own else [])])
        return float(np.sum(log_sd - 0.5 * np.exp(2 * log_sd) / self.spread**2 - sizes * held))


def make_frame(
    data: CaptureTable,
    terms: Sequence[Term],
    walk: Sequence[str],
    *,
    own: bool,
    spread: float,
    term_sd: float,
    draws: int,
) -> Frame:
    """The effects of a table whose lists depend on each other through `terms`.

    Strata have no effects of their own where there is one stratum, or where one covariate makes the strata and its
    levels are in no order: its effects are the same thing.

    Raises
    ------
    ModelError
        A walk over something that is no covariate or has no numbers; too many effects, or too many draws of them.
    """
    for name in walk:
        if data.covariates[data.axis(name)].values is None:
            raise ModelError("pooling_walk_needs_numbers", name=name)
    order = own_order(data)
    table = order.table
    columns = make_columns(table, terms, "free")
    lists, masks = len(table.lists), columns.design.masks
    masks = masks[np.lexsort((masks, list_counts(masks)))]  # the order of the lists, whatever that of the terms
    several = len(masks) - lists
    size, base, groups = lists, [np.zeros(table.strata, dtype=np.int64)], []
    starts: list[int] = []
    blocks: list[Array] = []
    for covariate in table.covariates:
        if len(covariate.levels) < 2:
            continue
        walks = covariate.name in walk
        precision: Array = _walk(covariate) if walks else np.eye(len(covariate.levels))
        level = table.level_of(covariate.name)
        base.append(np.where(level < len(precision), size + level * lists, -1))
        groups.append(covariate.name)
        starts.append(size)
        blocks.append(np.kron(precision, np.eye(lists)).astype(np.float64))
        size += len(precision) * lists
    if size + several > MOST_EFFECTS:
        raise ModelError("pooling_many_effects", n=size + several, most=MOST_EFFECTS)
    own = own and len(groups) > 0 and (len(groups) > 1 or groups[0] in walk)
    effects = size + several + (table.strata * lists if own else 0)
    if effects * draws > MOST_DRAWN:
        raise ModelError("pooling_many_draws", n=effects, draws=draws, most=MOST_DRAWN // effects)
    fixed = np.zeros(size + several)
    fixed[:lists], fixed[size:] = MEAN_SD**-2, term_sd**-2
    return Frame(
        order=order,
        refitter=Refitter(columns, np.ones(len(columns.terms), dtype=bool)),
        masks=masks,
        base=np.stack(base, axis=1).astype(np.int64),
        size=size + several,
        groups=tuple(groups),
        starts=tuple(starts),
        blocks=tuple(blocks),
        fixed=fixed,
        own=own,
        spread=spread,
    )


def _walk(covariate: Covariate) -> Array:
    """``(levels, levels)`` the precision of a random walk over the numbers of the recorded levels.

    The walk is taken around its mean, as the list has a mean already, and scaled so that its levels differ from that as
    much as levels in no order would. How far that mean lies from the list's is of no matter, as that is free.
    """
    values = np.array(covariate.values)[: len(covariate.recorded)]
    levels = len(values)
    if levels < 2:
        return np.eye(levels)
    after = values - values.min()
    centre = np.eye(levels) - 1 / levels
    around = centre @ np.minimum.outer(after, after) @ centre
    around *= (levels - 1) / max(np.trace(around), NUGGET)
    precision: Array = np.linalg.inv(around + 1 / levels + NUGGET * np.eye(levels))
    return precision
