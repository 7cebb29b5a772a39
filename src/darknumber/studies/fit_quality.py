"""Does the model fit what was observed? (METHODS 2.2, item 7).

The chi-square law of the deviance holds where every expected count is large. Tables of lists are mostly small counts,
and a model that was chosen has been fitted more than its parameters say. So the deviance is set against its own law:
tables are drawn from the fitted model, and everything that was done to the data, choosing and averaging included, is
done to each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from darknumber.data.reshape import with_counts
from darknumber.inference.bootstrap import Progress, in_order
from darknumber.kernels.design import live_cells
from darknumber.models.base import Fit, GivesCells, expected_cells

Array = NDArray[np.float64]

POOR = 0.05  # a p-value below which a model is said not to fit
ENOUGH = 25  # tables that fit no better than the data settle the p-value to a fifth of itself (Besag & Clifford 1991)
PIECE = 10  # tables between two looks at that number
EXACT = 1e-6  # of a person: a model that misses no count by more has a parameter for each
ROUNDING = 1e-7  # relative: a deviance within this of another is as large
_STREAM = 0x64696167  # keeps these streams apart from other uses of the same seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How far the fitted counts are from the observed ones, and how far they would be if the model were true.

    Parameters
    ----------
    deviance, pearson
        The two distances.
    p_value, pearson_p_value
        The share of tables drawn from the fitted model that are as far from what the model makes of them; ``nan`` for a
        model that fits any table.
    error
        The Monte Carlo standard error of `p_value`.
    replicates, as_far
        How many tables were drawn, fewer than asked for where `ENOUGH` of them settled the matter; and how many of them
        have a deviance as large.
    refitted
        Whether the model was fitted anew to each. Without that the p-values are too large.
    degrees
        Counts less parameters, or None for a model that has no number of parameters.
    chi_square
        What the chi-square law with those degrees would have for `p_value`: not to be trusted with small counts.
    """

    deviance: float
    pearson: float
    p_value: float
    pearson_p_value: float
    error: float
    replicates: int
    as_far: int
    refitted: bool
    degrees: int | None = None
    chi_square: float | None = None

    @property
    def judged(self) -> bool:
        """Whether the model could have failed to fit."""
        return bool(np.isfinite(self.p_value))


def quality_of(fit: Fit, *, replicates: int, seed: int, workers: int = 1, progress: Progress | None = None) -> Quality:
    """Set the distance between observed and fitted counts against its law under the fitted model.

    Parameters
    ----------
    fit
        Any fit; with posterior draws, its tables are not fitted anew, as each would have to be sampled.
    replicates
        The most tables to draw.
    """
    y = fit.data.dense()
    source = expected_cells(fit)
    source[:, 0] = 0.0
    refits = fit.draws is None
    own = refitted_cells(fit, y[None])[0] if refits else source
    (deviance,), (pearson,) = distances(y[None], own[None])
    degrees = degrees_of(fit)
    chi_square = float(chdtrc(degrees, deviance)) if degrees is not None and degrees > 0 else None
    if np.abs(own - y).max() < EXACT:
        return Quality(
            deviance=float(deviance),
            pearson=float(pearson),
            p_value=np.nan,
            pearson_p_value=np.nan,
            error=np.nan,
            replicates=0,
            as_far=0,
            refitted=refits,
            degrees=degrees,
            chi_square=chi_square,
        )

    def work(piece: range) -> tuple[Array, Array]:
        counts = np.stack([draw_like(y, source, seed, number) for number in piece])
        cells = refitted_cells(fit, counts) if refits else np.broadcast_to(own, counts.shape)
        return distances(counts, cells)

    drawn: list[tuple[Array, Array]] = []
    for found in in_order(work, list(_pieces(replicates)), workers):
        drawn.append(found)
        done = sum(len(part[0]) for part in drawn)
        if progress is not None:
            progress(done, replicates, "replicates")
        if sum(int(_as_large(part[0], deviance).sum()) for part in drawn) >= ENOUGH:
            break
    deviances, pearsons = (np.concatenate([part[which] for part in drawn]) for which in (0, 1))
    as_large = _as_large(deviances, deviance)
    p_value, used = sequential(as_large)
    # of the tables that settled the deviance; a few more than needed do no harm
    pearson_p_value = (1 + int(_as_large(pearsons, pearson).sum())) / (1 + len(pearsons))
    return Quality(
        deviance=float(deviance),
        pearson=float(pearson),
        p_value=p_value,
        pearson_p_value=pearson_p_value,
        error=float(np.sqrt(p_value * (1 - p_value) / used)),
        replicates=used,
        as_far=int(as_large[:used].sum()),
        refitted=refits,
        degrees=degrees,
        chi_square=chi_square,
    )


def sequential(as_large: NDArray[np.bool_]) -> tuple[float, int]:
    """A Monte Carlo p-value and how many tables it took: fewer than all where `ENOUGH` were as large before.

    Either way it is below any level no more often than the level says, if the model is true (Besag & Clifford 1991).
    """
    so_far = np.cumsum(as_large)
    if len(so_far) and so_far[-1] >= ENOUGH:
        used = int(np.searchsorted(so_far, ENOUGH)) + 1
        return ENOUGH / used, used
    return (1 + int(as_large.sum())) / (1 + len(as_large)), len(as_large)


def distances(counts: Array, cells: Array) -> tuple[Array, Array]:
    """Deviance and Pearson's statistic of ``(B, strata, 2**K)`` counts from expected ones, ``(B,)`` each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(counts > 0, counts * np.log(counts / cells), 0.0)
        squares = np.where(cells > 0, (counts - cells) ** 2 / cells, np.where(counts > 0, np.inf, 0.0))
    deviance = 2 * (logs - counts + cells).sum(axis=(1, 2))
    return np.maximum(deviance, 0.0), squares.sum(axis=(1, 2))


def refitted_cells(fit: Fit, counts: Array) -> Array:
    """``(B, strata, 2**K)`` people expected with each observable history by the model fitted to each table."""
    if isinstance(fit.model, GivesCells):
        return fit.model.refit_cells(fit, counts)
    cells = np.stack([expected_cells(fit.model.fit(with_counts(fit.data, y))) for y in counts])
    cells[:, :, 0] = 0.0
    return cells


def draw_like(y: Array, source: Array, seed: int, replicate: int) -> Array:
    """``(strata, 2**K)`` counts drawn from expected ones, with as many people in each stratum as are observed there.

    Where the model has totals of its own for the strata, only the number of all people is as observed.
    """
    key = np.array([seed, (_STREAM << 32) | replicate], dtype=np.uint64)
    rng = np.random.Generator(np.random.Philox(key=key))
    people, expected = y.sum(axis=1), source.sum(axis=1)
    if not np.allclose(people, expected):
        share = (source / source.sum()).reshape(-1)
        return rng.multinomial(int(people.sum()), share).reshape(y.shape).astype(np.float64)
    counts = np.zeros_like(y)
    there = people > 0
    counts[there] = rng.multinomial(people[there].astype(np.int64), source[there] / expected[there, None])
    return counts


def degrees_of(fit: Fit) -> int | None:
    """Observable counts less parameters: the degrees of freedom that the chi-square law would have."""
    if fit.parameters is None:
        return None
    there = fit.observed > 0
    counts = int(live_cells(fit.data.operating)[there].sum())
    free = 0 if getattr(fit.model, "margin", "free") == "modelled" else int(there.sum()) - 1
    return counts - fit.parameters - free


def _pieces(replicates: int) -> Iterator[range]:
    for start in range(0, replicates, PIECE):
        yield range(start, min(start + PIECE, replicates))


def _as_large(drawn: Array, observed: float) -> NDArray[np.bool_]:
    larger: NDArray[np.bool_] = drawn >= observed * (1 - ROUNDING)
    return larger
