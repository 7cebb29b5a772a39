"""The best model of a family, proved to be the best, and every other model that comes close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates, Fit, LeftOut, Replicates, check_supports, chosen_among
from darknumber.models.columns import Margin, without_names
from darknumber.models.criteria import check_criterion
from darknumber.models.family import REPLICATE_FITS, Family
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, Dark, fit_state, left_out, supports, without_cells
from darknumber.models.options import check_options

Array = NDArray[np.float64]

FIRST = np.array([0])
FEW_PEOPLE = 10  # fewer people than this on all lists of a term carry it, and one of them more or less moves the answer
NEAR = 6.0  # about the likelihood ratio at which evidence between two models is called strong (Kass & Raftery 1995)
FAR_APART = 1.5  # estimates of close models that differ by this factor are told as a caution


@dataclass(frozen=True, slots=True)
class Best:
    """The hierarchical model with the lowest criterion, found with a proof, on the data and in every replicate.

    Parameters
    ----------
    criterion
        ``bic``, ``aic``, ``aicc``, ``bic-overlap`` (BIC that counts only people on two or more lists), or a number:
        what one parameter costs.
    max_order
        The most lists and covariates in one term, where `scope` is empty; 2 for pairs only.
    delta
        Every model whose criterion is within this of the lowest is listed.
    scope
        The terms that may be in, in the term grammar; empty for all terms of up to `max_order`.
    trend
        Such as ``poly(year, 2)``: the covariate enters the default scope as this polynomial.
    margin
        As in `LogLinear`.
    """

    name: ClassVar[str] = "best"
    source: ClassVar[str] = "Land & Doig 1960 (branch and bound); Silverman, Chan & Vincent 2024"
    criterion: str | float = "bic"
    max_order: int = 2
    delta: float = NEAR
    scope: str = ""
    trend: str = ""
    margin: Margin = "free"

    def __post_init__(self) -> None:
        check_criterion(self.criterion)
        check_options(self)
        check_distance(self.max_order, self.delta)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data."""
        return supports(self.margin)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("pairs_only" if self.max_order == 2 and not self.scope else "selected_terms", *COMMON_ASSUMPTIONS)

    @property
    def selects(self) -> bool:
        """The data choose the terms."""
        return True

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Search, then fit the best model; `Fit.candidates` holds every model within `delta`."""
        check_supports(self, data)
        family = self._family(data)
        y, merged = data.dense(), family.refitter.merge(data.dense())
        local = family.local(merged)
        found = family.near(merged, self.delta, (local,))
        candidates = family.tabulate(y, found, self.delta, local, weighed=False)
        fit = fit_state(self, data, family.columns, family.state(int(found.models[0])), candidates=candidates)
        said = (*fit.findings, *few_findings(family, y, int(found.models[0])), *set_findings(candidates, data))
        return replace(fit, findings=said)

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Search ``(B, strata, 2**K)`` tables anew; the best models on the data are tried first."""
        family = self._family(fit.data)
        seeds = family.seeds(fit.candidates)
        labels: list[str] = []
        dark = np.empty(counts.shape[:2])
        verdict = np.empty(counts.shape[:2], dtype=np.int8)
        for b, y in enumerate(counts):
            found = family.near(family.refitter.merge(y), 0.0, seeds, most=REPLICATE_FITS).take(FIRST)
            figures, codes = family.dark(y, found)
            dark[b], verdict[b] = figures[0], codes[0]
            labels.append(family.label(int(found.models[0])))
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """The cells of the best model on each table."""
        family = self._family(fit.data)
        seeds = family.seeds(fit.candidates)
        cells = np.empty(counts.shape)
        for b, y in enumerate(counts):
            found = family.near(family.refitter.merge(y), 0.0, seeds, most=REPLICATE_FITS).take(FIRST)
            cells[b] = family.seen(y, found, np.ones(1))
        return cells

    def refit_without(self, fit: Fit, absent: NDArray[np.bool_]) -> LeftOut:
        """Search the data anew, leaving cells out."""
        return left_out(self._without(fit, cells) for cells in absent)

    def _without(self, fit: Fit, absent: NDArray[np.bool_]) -> Dark:
        family, y = self._family(fit.data, absent), fit.data.dense()
        kept = np.where(absent, 0.0, y)
        found = family.near(family.refitter.merge(kept), 0.0, family.seeds(fit.candidates), most=REPLICATE_FITS)
        return without_cells(family.columns, family.state(int(found.models[0])), y, absent)

    def without(self, names: Sequence[str]) -> Best:
        """The same search for a table without the covariates `names`."""
        return replace(self, scope=without_names(self.scope, names), trend=without_names(self.trend, names))

    def _family(self, data: CaptureTable, absent: NDArray[np.bool_] | None = None) -> Family:
        return Family(
            data,
            self.criterion,
            self.max_order,
            scope=self.scope,
            trend=self.trend,
            margin=self.margin,
            absent=absent,
        )


def check_distance(max_order: int, delta: float) -> None:
    """Refuse an order below two or a distance that is not positive.

    Raises
    ------
    ModelError
        Which it was.
    """
    if max_order < 2:
        raise ModelError("bad_max_order", value=max_order)
    if not 0 < delta < np.inf:
        raise ModelError("bad_delta", value=delta)


def few_findings(family: Family, y: Array, model: int) -> tuple[Finding, ...]:
    """The terms of a model that rest on few people: so many are on all their lists, for ``(strata, 2**K)`` counts."""
    cells = np.arange(y.shape[1])
    state, design = family.state(model), family.columns.design
    few = []
    for term in np.flatnonzero(state & ~family.columns.fixed):
        mask = int(design.masks[design.term == term][0]) if (design.term == term).any() else 0
        several = mask & (mask - 1) > 0
        if several and 0 < y[:, (cells & mask) == mask].sum() < FEW_PEOPLE:
            few.append(family.columns.name(int(term)))
    if not few:
        return ()
    return (
        Finding(
            code="terms_on_few", severity="caution", values={"n": len(few), "terms": tuple(few), "few": FEW_PEOPLE}
        ),
    )


def set_findings(candidates: Candidates, data: CaptureTable) -> tuple[Finding, ...]:
    """What the reader must know about the models close to the best: how far apart their estimates are, and the gap."""
    found = []
    if candidates.beyond < 0:
        found.append(Finding(code="search_stopped", severity="caution", values={"gap": -candidates.beyond}))
    elif not candidates.proved:
        values = {"delta": candidates.delta, "beyond": candidates.beyond}
        found.append(Finding(code="set_incomplete", severity="note", values=values))
    near = candidates.near
    unsure = near & np.isin(candidates.verdict, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED))
    if unsure.any():
        values = {"n": int(unsure.sum()), "models": int(near.sum()), "delta": candidates.delta}
        found.append(Finding(code="set_unbounded", severity="caution", values=values))
    estimates = data.observed.sum() + candidates.unobserved[near & ~unsure]
    if len(estimates) and estimates.max() > FAR_APART * estimates.min():
        values = {"factor": float(estimates.max() / estimates.min())}
        found.append(Finding(code="set_far_apart", severity="caution", values=values))
    return tuple(found)
