"""The average over all models of a family, each weighed by its criterion."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.models.base import (
    Fit,
    LeftOut,
    Replicates,
    check_supports,
    chosen_among,
    dark_findings,
    figures,
    share_seen,
    shares,
)
from darknumber.models.best import NEAR, check_distance, set_findings
from darknumber.models.columns import Margin, without_names
from darknumber.models.criteria import check_criterion
from darknumber.models.family import CERTAIN, REPLICATE_FITS, Family
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, Dark, left_out, supports
from darknumber.models.options import check_options

Array = NDArray[np.float64]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]

MOST = 0.5  # with more weight than this on models without a finite dark figure, the average has none
SMALL = 0.025  # weight on models that do not say zero, below which the average does


@dataclass(frozen=True, slots=True)
class Average:
    """The mean over all hierarchical models of a family, weighed by ``exp(-criterion / 2)``, again in every replicate.

    The models left out are proved to weigh less than one per cent of those that are in. Models without a finite dark
    figure are not in the mean; their weight is told, and in the bootstrap it is mass at infinity: a replicate is
    infinite with that probability. So above 2.5% of it a 95% interval has no upper limit.

    Parameters
    ----------
    criterion
        As in `Best`.
    max_order
        The most lists and covariates in one term, where `scope` is empty; 2 for all pairwise models.
    delta
        Every model whose criterion is within this of the lowest is listed; more are averaged over.
    scope, trend, margin
        As in `Best`.
    """

    name: ClassVar[str] = "average"
    source: ClassVar[str] = "Buckland, Burnham & Augustin 1997; Hook & Regal 1997"
    criterion: str | float = "aic"
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
        """The data choose the weights."""
        return True

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Average over the models; `Fit.candidates` holds those within `delta` of the best.

        Raises
        ------
        ModelError
            The weight of the models left out could not be brought below one per cent.
        """
        check_supports(self, data)
        family = self._family(data)
        y, merged = data.dense(), family.refitter.merge(data.dense())
        local = family.local(merged)
        found = family.weighed(merged, (local,), self.delta)
        left_out = 1 - 1 / (1 + found.omitted / np.exp(-found.distance / 2).sum())  # 1 where what is omitted overflows
        if left_out > CERTAIN:
            raise ModelError("weight_not_certified", share=float(left_out), n=len(found.models))
        known = family.dark(y, found)
        candidates = family.tabulate(y, found, self.delta, local, weighed=True, known=known)
        mean = mean_of(found.weight, *known)
        dark, verdict = mean.settled(MOST)
        # Without a finite answer there is no mean of dark figures to go with, and the lists still say what is seen.
        seen = family.seen(y, found, mean.weight if mean.unbounded <= MOST else found.weight)
        findings = [*dark_findings(data, verdict), *set_findings(candidates, data)]
        if mean.unbounded:
            findings.append(Finding(code="average_unbounded", severity="caution", values={"share": mean.unbounded}))
        near = found.models[found.distance <= self.delta]
        active = {name for model in near for name in family.columns.active(family.state(int(model)))}
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(seen),
            ascertainment=share_seen(seen.sum(axis=1), dark + (y - seen).sum(axis=1)),
            active=tuple(covariate.name for covariate in data.covariates if covariate.name in active),
            candidates=candidates,
            findings=tuple(findings),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Average anew on ``(B, strata, 2**K)`` tables; the model of most weight is what a replicate chose."""
        return self._again(fit, counts, _lot)

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """Average anew on tables that are no replicates: no lot is drawn on the weight without a finite answer."""
        return self._again(fit, counts, lambda _: MOST)

    def _again(self, fit: Fit, counts: Array, share: Callable[[Array], float]) -> Replicates:
        """The averages; not finite where more weight than `share` of a table is on models without a finite answer."""
        family = self._family(fit.data)
        seeds = family.seeds(fit.candidates)
        labels: list[str] = []
        dark = np.empty(counts.shape[:2])
        verdict = np.empty(counts.shape[:2], dtype=np.int8)
        for b, y in enumerate(counts):
            found = family.weighed(family.refitter.merge(y), seeds, most=REPLICATE_FITS)
            dark[b], verdict[b] = mean_of(found.weight, *family.dark(y, found)).settled(share(y))
            labels.append(family.label(int(found.models[0])))
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """The cells of the average on each table: over all models, as what is seen needs no finite answer."""
        family = self._family(fit.data)
        seeds = family.seeds(fit.candidates)
        cells = np.empty(counts.shape)
        for b, y in enumerate(counts):
            found = family.weighed(family.refitter.merge(y), seeds, most=REPLICATE_FITS)
            cells[b] = family.seen(y, found, found.weight)
        return cells

    def refit_without(self, fit: Fit, absent: Mask) -> LeftOut:
        """Average anew, leaving cells out."""
        return left_out(self._without(fit, cells) for cells in absent)

    def _without(self, fit: Fit, absent: Mask) -> Dark:
        family = self._family(fit.data, absent)
        kept = np.where(absent, 0.0, fit.data.dense())
        found = family.weighed(family.refitter.merge(kept), family.seeds(fit.candidates), most=REPLICATE_FITS)
        mean = mean_of(found.weight, *family.dark(kept, found))
        everywhere = family.seen(kept, found, found.weight, possible=True)
        return *mean.settled(MOST), np.where(absent, everywhere, 0.0)

    def without(self, names: Sequence[str]) -> Average:
        """The same average for a table without the covariates `names`."""
        return replace(self, scope=without_names(self.scope, names), trend=without_names(self.trend, names))

    def _family(self, data: CaptureTable, absent: Mask | None = None) -> Family:
        return Family(
            data,
            self.criterion,
            self.max_order,
            scope=self.scope,
            trend=self.trend,
            margin=self.margin,
            absent=absent,
        )


@dataclass(frozen=True, slots=True)
class Mean:
    """An average over models.

    Parameters
    ----------
    dark
        ``(strata,)`` mean dark figures over the models where they are all finite, with the same weights for all strata,
        so that the parts add up.
    weight
        ``(models,)`` those weights, which sum to one; zero for a model that is not in the mean.
    verdict
        ``(strata,)`` codes of that mean: zero only where nearly all the weight is on models that say so.
    unbounded
        The weight of the models where some dark figure is not finite.
    heaviest
        ``(strata,)`` the verdicts of the one among them that has most weight.
    """

    dark: Array
    weight: Array
    verdict: Codes
    unbounded: float
    heaviest: Codes

    def settled(self, share: float) -> tuple[Array, Codes]:
        """Dark figures and verdicts, not finite where models without a finite answer have more than `share` of it."""
        verdict = self.heaviest if self.unbounded > share else self.verdict
        return figures(self.dark, verdict), verdict


def mean_of(weight: Array, dark: Array, verdict: Codes) -> Mean:
    """The average over models with these weights, ``(models,)``, and dark figures, ``(models, strata)``."""
    finite = ~np.isin(verdict, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)).any(axis=1)
    kept = np.where(finite, weight, 0.0)
    whole = kept.sum()
    if whole == 0.0:
        nothing = np.zeros(dark.shape[1])
        return Mean(dark=nothing, weight=kept, verdict=verdict[0], unbounded=1.0, heaviest=verdict[0])
    zero = kept @ (verdict == verdicts.ZERO) > (1 - SMALL) * whole
    return Mean(
        dark=kept[finite] @ dark[finite] / whole,
        weight=kept / whole,
        verdict=np.where(zero, verdicts.ZERO, verdicts.ESTIMABLE).astype(np.int8),
        unbounded=float(weight[~finite].sum()),
        heaviest=verdict[np.argmin(finite)],
    )


def _lot(y: Array) -> float:
    """A number between 0 and 1 that depends on a table only: the same on one worker or many."""
    return zlib.crc32(y.tobytes()) / 2**32
