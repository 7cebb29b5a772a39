"""Totals from the table without covariates that are not always recorded, and the breakdown scaled to them.

Whether a value is recorded depends on how many lists a person is on, so *not recorded* as a plain level with list terms
biases the total: two independent lists that each record 70% turn 10,000 into 13,446 (METHODS 4.7). So the total is
estimated from the table pooled over such covariates, and the estimate by level is scaled, within each stratum of the
other covariates, to add up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.design import merge_counts
from darknumber.models.base import Again, Fit, Forgets, Model, Replicates, figures, refitted, settled, share_seen
from darknumber.models.selection import Stepwise

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PooledTotal:
    """Totals from the table pooled over incompletely recorded covariates; the breakdown by these scaled to them.

    Parameters
    ----------
    model
        Fitted twice: without those covariates, for the totals, and with them, for the breakdown.
    """

    name: ClassVar[str] = "pooled-total"
    source: ClassVar[str] = "Zwane & van der Heijden 2007 (covariates whose recording depends on the lists)"
    model: Model = field(default_factory=Stepwise)

    @property
    def supports(self) -> frozenset[str]:
        """What the model inside supports."""
        return self.model.supports

    @property
    def assumes(self) -> tuple[str, ...]:
        """The assumptions of the model inside, and the one on recording."""
        return (*self.model.assumes, "recording_by_proportion")

    @property
    def selects(self) -> bool:
        """Whether the model inside selects."""
        return self.model.selects

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Fit both tables and scale."""
        names = data.not_recorded
        pooled = self._pooled_model(names).fit(data.pool(names), seed=seed)
        full = self.model.fit(data, seed=seed)
        group = _kept_group(data, names)
        observed = data.observed[None].astype(float)
        dark, broken = _scaled(full.unobserved[None], pooled.unobserved[None], observed, group)
        dark, verdict = _said(dark, pooled.verdict[None], observed, group)
        findings = [*pooled.findings, *(finding for finding in full.findings if finding not in pooled.findings)]
        if broken:
            findings = [
                *pooled.findings,
                Finding(code="breakdown_by_registered", severity="caution", values={"n": broken}),
            ]
        return Fit(
            model=self,
            data=data,
            terms=pooled.terms,
            unobserved=dark[0],
            verdict=verdict[0],
            probabilities=full.probabilities,
            ascertainment=share_seen(observed[0], dark[0]),
            candidates=pooled.candidates,
            active=tuple(c.name for c in data.covariates if c.name in {*pooled.active, *full.active}),
            log_likelihood=pooled.log_likelihood,
            parameters=pooled.parameters,
            deviance=pooled.deviance,
            draws=_scaled_draws(pooled, full, group, verdict),
            parts=(pooled, full),
            findings=tuple(findings),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Refit both tables of every replicate and scale."""
        return self._again(fit, counts, refitted)

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """Both tables as the model inside settles them, and scaled."""
        return self._again(fit, counts, settled)

    def _again(self, fit: Fit, counts: Array, again: Again) -> Replicates:
        pooled_fit, full_fit = fit.parts
        group = _kept_group(fit.data, fit.data.not_recorded)
        pooled_counts = merge_counts(counts, group, pooled_fit.data.strata)
        pooled = again(self._pooled_model(fit.data.not_recorded), pooled_fit, pooled_counts)
        full = again(self.model, full_fit, counts)
        observed = counts.sum(axis=2)
        dark, _ = _scaled(full.unobserved, pooled.unobserved, observed, group)
        dark, verdict = _said(dark, pooled.verdict, observed, group)
        return replace(pooled, observed=observed, unobserved=dark, verdict=verdict)

    def _pooled_model(self, names: Sequence[str]) -> Model:
        return self.model.without(names) if isinstance(self.model, Forgets) else self.model


def _kept_group(data: CaptureTable, names: Sequence[str]) -> NDArray[np.int64]:
    """``(strata,)`` the stratum of the table without `names` that each stratum belongs to."""
    kept = [covariate.name for covariate in data.covariates if covariate.name not in names]
    return group_of(data.covariates, kept)[0]


def _scaled(full: Array, pooled: Array, observed: Array, group: NDArray[np.int64]) -> tuple[Array, int]:
    """Dark figures of all strata, scaled to the pooled ones; in proportion to the registered where shares are unknown.

    Parameters
    ----------
    full, observed
        ``(B, strata)`` dark figures of the full table and people on some list.
    pooled
        ``(B, pooled strata)`` dark figures to add up to.

    Returns
    -------
    tuple
        The scaled dark figures, and how many strata of the first row had no estimable share.
    """
    size = pooled.shape[1]
    usable = _sum(~np.isfinite(full), group, size) == 0
    weight = np.where(usable[:, group], np.nan_to_num(full), observed)
    weight = np.where((_sum(weight, group, size) > 0)[:, group], weight, observed)
    whole = _sum(weight, group, size)[:, group]
    share = np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0)
    dark = np.multiply(share, pooled[:, group], out=np.zeros_like(weight), where=share > 0)
    return dark, int(np.sum(~usable[0][group] & (observed[0] > 0)))


def _scaled_draws(pooled: Fit, full: Fit, group: NDArray[np.int64], verdict: NDArray[np.int8]) -> Array | None:
    """``(draws, strata)`` posterior draws, scaled draw by draw as the dark figures are; None without a posterior."""
    if pooled.draws is None or full.draws is None:
        return None
    observed = np.broadcast_to(full.observed.astype(float), full.draws.shape)
    return figures(_scaled(full.draws, pooled.draws, observed, group)[0], verdict)


def _said(
    dark: Array, pooled: NDArray[np.int8], observed: Array, group: NDArray[np.int64]
) -> tuple[Array, NDArray[np.int8]]:
    """Dark figures and verdicts that agree: each stratum's is the pooled one, where anybody is registered."""
    verdict = np.where(observed > 0, pooled[:, group], verdicts.ESTIMABLE).astype(np.int8)
    return figures(dark, verdict), verdict


def _sum(values: NDArray[np.generic], group: NDArray[np.int64], size: int) -> Array:
    """``(B, size)`` sums of ``(B, strata)`` values over groups of strata."""
    return merge_counts(values.astype(float)[:, :, None], group, size)[:, :, 0]
