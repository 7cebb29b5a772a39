"""Two lists: the classical estimators, in each stratum on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.models.base import (
    Fit,
    Model,
    Replicates,
    check_supports,
    dark_findings,
    figures,
    fixed,
    share_seen,
    shares,
)

Array = NDArray[np.float64]

_SUPPORTS = frozenset({"covariates", "not recorded"})
_ASSUMES = ("independent_lists", "everyone_can", "closed", "no_linkage_errors")


@dataclass(frozen=True, slots=True)
class LincolnPetersen:
    """Two independent lists: the dark figure is ``only A x only B / both``."""

    name: ClassVar[str] = "lincoln-petersen"
    source: ClassVar[str] = "Petersen 1896; Lincoln 1930"
    supports: ClassVar[frozenset[str]] = _SUPPORTS
    assumes: ClassVar[tuple[str, ...]] = _ASSUMES
    selects: ClassVar[bool] = False

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Estimate each stratum from its own three counts."""
        return _fit(self, data, 0)

    def refit(self, fit: Fit, counts: Array) -> Replicates:  # noqa: ARG002 - the contract of every model
        """The same for many tables."""
        return _refit(counts, 0)


@dataclass(frozen=True, slots=True)
class Chapman:
    """Two independent lists, with one added to the overlap: always finite, and nearly without bias."""

    name: ClassVar[str] = "chapman"
    source: ClassVar[str] = "Chapman 1951"
    supports: ClassVar[frozenset[str]] = _SUPPORTS
    assumes: ClassVar[tuple[str, ...]] = _ASSUMES
    selects: ClassVar[bool] = False

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Estimate each stratum from its own three counts."""
        return _fit(self, data, 1)

    def refit(self, fit: Fit, counts: Array) -> Replicates:  # noqa: ARG002 - the contract of every model
        """The same for many tables."""
        return _refit(counts, 1)


def _dark(counts: Array, extra: int) -> tuple[Array, NDArray[np.int8]]:
    """Dark figures and verdicts from ``(..., 4)`` counts; `extra` is what is added to the overlap."""
    product, both = counts[..., 1] * counts[..., 2], counts[..., 3] + extra
    dark = np.divide(product, both, out=np.zeros_like(product), where=both > 0)
    verdict = np.full(product.shape, verdicts.ESTIMABLE, dtype=np.int8)
    alone = (both == 0) & (counts[..., 1] + counts[..., 2] > 0)
    verdict[alone & (product > 0)] = verdicts.INFINITE
    verdict[alone & (product == 0)] = verdicts.NOT_IDENTIFIED
    if not extra:  # everyone on one list is on the other too: the likelihood rises until nobody is unseen
        verdict[(both > 0) & (product == 0)] = verdicts.ZERO
    return figures(dark, verdict), verdict


def _fit(model: Model, data: CaptureTable, extra: int) -> Fit:
    check_supports(model, data)
    if len(data.lists) != 2:
        raise ModelError("needs_two_lists", model=model.name, n=len(data.lists))
    y = data.dense()
    dark, verdict = _dark(y, extra)
    only_a, only_b, both = y[:, 1], y[:, 2], y[:, 3]
    first, second = only_a + both, only_b + both
    with np.errstate(divide="ignore", invalid="ignore"):
        if extra:
            variance = (first + 1) * (second + 1) * only_a * only_b / ((both + 1) ** 2 * (both + 2))
        else:
            variance = first * second * only_a * only_b / both**3
    return Fit(
        model=model,
        data=data,
        unobserved=dark,
        verdict=verdict,
        probabilities=shares(y),
        ascertainment=share_seen(y.sum(axis=1), dark),
        active=tuple(covariate.name for covariate in data.covariates),
        findings=dark_findings(data, verdict),
        variance=np.where(verdict == verdicts.ESTIMABLE, np.nan_to_num(variance), np.inf),
    )


def _refit(counts: Array, extra: int) -> Replicates:
    dark, verdict = _dark(counts, extra)
    return fixed(counts.sum(axis=2), dark, verdict)
