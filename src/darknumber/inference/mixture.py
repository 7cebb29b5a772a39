"""Draws from the mixture of the laws of all models in an average (METHODS A4; Buckland, Burnham & Augustin 1997).

Every model has as many replicates as its weight on the data gives it. They are drawn from its own bootstrap law and
refitted with its own terms: the spread between models and the spread within each are both in the draws, and neither
twice. The weights themselves are taken as they are on the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import ModelError
from darknumber.inference.bootstrap import Progress, draw, in_order, observed_law
from darknumber.inference.intervals import Mixture
from darknumber.models import Average, Best, Fit, Replicates
from darknumber.models.base import chosen_among, stack
from darknumber.models.family import Family
from darknumber.models.log_linear import Refitter

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Share:
    """A model, its candidate terms as bits, and the replicates that are its own."""

    model: int
    replicates: range


def run_mixture(
    fit: Fit,
    settings: Mixture,
    *,
    seed: int,
    workers: int,
    progress: Progress | None,
    keep: Callable[[Replicates], Replicates],
) -> Replicates:
    """Draw all replicates, the heaviest model's first.

    Parameters
    ----------
    keep
        Applied to the replicates of each model, such as summing over strata to save memory.

    Raises
    ------
    ModelError
        The model is not an average or the best of a family, so that there are no weights.
    """
    model = fit.model
    if not isinstance(model, Average | Best):
        raise ModelError("mixture_needs_family", model=model.name)
    family = Family(
        fit.data, model.criterion, model.max_order, scope=model.scope, trend=model.trend, margin=model.margin
    )
    y = fit.data.dense()

    def work(share: _Share) -> Replicates:
        refitter = Refitter(family.columns, family.state(share.model))
        law = observed_law(y, refitter.many(y[None], y)[0][0])
        counts = np.stack([draw(law, y.shape, seed, b) for b in share.replicates])
        dark, verdict = refitter.many(counts, y)
        labels = [family.label(share.model)] * len(counts)
        return keep(chosen_among(labels, counts.sum(axis=2), dark, verdict))

    done: list[Replicates] = []
    for replicates in in_order(work, _shares(family, fit, settings.replicates), workers):
        done.append(replicates)
        if progress is not None:
            progress(sum(len(part.chosen) for part in done), settings.replicates, "replicates")
    return stack(done)


def _shares(family: Family, fit: Fit, replicates: int) -> list[_Share]:
    """The replicates dealt out to the models by weight: each has its share, to within one (systematic sampling)."""
    found = family.weighed(family.refitter.merge(fit.data.dense()), family.seeds(fit.candidates))
    ends = np.floor(np.cumsum(found.weight) * replicates + 0.5).astype(np.int64)
    ends[-1] = replicates
    starts = np.concatenate([[0], ends[:-1]])
    return [
        _Share(int(found.models[row]), range(int(starts[row]), int(ends[row]))) for row in np.flatnonzero(ends > starts)
    ]
