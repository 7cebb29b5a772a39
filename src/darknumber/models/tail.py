"""Pairs of lists added one at a time, the least likely overlap first (Chan, Silverman & Vincent 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr, pdtrc

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.poisson import maximise
from darknumber.models.base import Fit, Replicates, check_supports, chosen_among
from darknumber.models.columns import all_terms, make_columns
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, Refitter, fit_state

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PoissonTail:
    """Add the pair of lists whose overlap is least likely under the model so far, while that is below a threshold.

    An overlap is as unlikely as the smaller of the two tails of a Poisson distribution with the expected number. A pair
    that would leave the dark figure without a finite estimate is passed over.

    Parameters
    ----------
    threshold
        The probability from which overlaps count as likely enough, between 0 and 1.
    """

    name: ClassVar[str] = "poisson-tail"
    source: ClassVar[str] = "Chan, Silverman & Vincent 2021"
    threshold: float = 0.02

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise ModelError("bad_threshold", value=self.threshold)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data: one table. Lists need not all be kept, nor values recorded: none is used."""
        return frozenset({"inactive lists", "not recorded"})

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("pairs_only", *COMMON_ASSUMPTIONS)

    @property
    def selects(self) -> bool:
        """The data choose the pairs."""
        return True

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Add pairs, then fit the model they make."""
        check_supports(self, data)
        steps = _Steps(data, self.threshold)
        return fit_state(self, data, steps.columns, steps.end(data.dense()))

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Add pairs anew on ``(B, 1, 2**K)`` tables."""
        steps = _Steps(fit.data, self.threshold)
        dark = np.empty(counts.shape[:2])
        verdict = np.empty(counts.shape[:2], dtype=np.int8)
        labels = []
        for b, y in enumerate(counts):
            state = steps.end(y)
            dark[b], verdict[b] = steps.answer(y, state)
            labels.append(steps.label(state))
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)


class _Steps:
    """The steps on tables of one shape: each model's design is made once."""

    def __init__(self, data: CaptureTable, threshold: float) -> None:
        self.threshold = threshold
        self.columns = make_columns(data, all_terms(data, 2, "", "free"), "free")
        self.pairs = np.flatnonzero(~self.columns.fixed)
        design = self.columns.design
        cells = np.arange(1 << design.lists)
        masks = np.array([int(design.masks[design.term == term][:1].sum()) for term in self.pairs], dtype=np.int64)
        self.on_both = ((cells[:, None] & masks) == masks) & (masks > 0)
        self._refitters: dict[bytes, Refitter] = {}
        self._labels: dict[bytes, str] = {}

    def end(self, y: Array) -> Mask:
        """``(terms,)`` the model after the last step, on ``(1, 2**K)`` counts."""
        state = self.columns.fixed.copy()
        seen = y[0] @ self.on_both
        while True:
            _, mu, _ = maximise(self._refitter(state).design, y)
            mu[0, 0] = 0.0  # people on no list are in no overlap
            chance = _chance(seen, mu[0] @ self.on_both)
            added = self._next(y, state, chance)
            if added is None:
                return state
            state = added

    def answer(self, y: Array, state: Mask) -> tuple[Array, NDArray[np.int8]]:
        """Dark figure and verdict of a model, ``(1,)`` each."""
        refitter = self._refitter(state)
        _, mu, _ = maximise(refitter.design, y)
        verdict = refitter.existence.verdict(y)
        dark, verdict = refitter.spread(y[None], mu[None, :, 0], mu[None, :, 1:].sum(axis=2), verdict[None])
        return dark[0], verdict[0]

    def label(self, state: Mask) -> str:
        """The pairs of a model as text."""
        key = state.tobytes()
        if key not in self._labels:
            self._labels[key] = self.columns.label(state)
        return self._labels[key]

    def _next(self, y: Array, state: Mask, chance: Array) -> Mask | None:
        """The model with the least likely pair that keeps the dark figure estimable; None where none is unlikely."""
        for place in np.argsort(chance, kind="stable"):
            if chance[place] >= self.threshold:
                return None
            longer = state.copy()
            longer[self.pairs[place]] = True
            inside = bool(state[self.pairs[place]]) or not self.on_both[:, place].any()
            if not inside and self._refitter(longer).existence.verdict(y)[0] == verdicts.ESTIMABLE:
                return longer
        return None

    def _refitter(self, state: Mask) -> Refitter:
        key = state.tobytes()
        if key not in self._refitters:
            self._refitters[key] = Refitter(self.columns, state)
        return self._refitters[key]


def _chance(seen: Array, expected: Array) -> Array:
    """The smaller tail: the probability of as few, or of as many, under a Poisson distribution."""
    many = np.where(seen > 0, pdtrc(np.maximum(seen - 1, 0), expected), 1.0)
    return np.asarray(np.minimum(pdtr(seen, expected), many))
