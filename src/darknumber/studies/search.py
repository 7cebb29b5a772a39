"""Which models can the data hardly tell apart? Every one of them, with a proof that there are no others."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import usable_table
from darknumber.inference.bootstrap import Progress
from darknumber.inference.frames import frame_of
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates, Fit
from darknumber.models.best import NEAR, Best
from darknumber.models.columns import Margin
from darknumber.studies.printing_models import describe_set

Array = NDArray[np.float64]

ALL_ORDERS = 6  # up to so many lists every order is searched in a second
THREES = 7  # so many lists have too many terms for all orders; by BIC those of three take two seconds or less
# Hierarchical models of so many lists with every main effect and without the term of all lists (METHODS 4.5).
FAMILIES = {2: 1, 3: 8, 4: 113, 5: 6_893, 6: 7_785_061}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSet:
    """The best model and every model close to it; print it, or read its columns.

    Parameters
    ----------
    fit
        The best model; its `candidates` are the set, its `model` the settings of the search.
    family
        How many models there are, where that is known cheaply; None elsewhere.
    findings
        What the reader must know; worst first.
    """

    fit: Fit
    family: int | None
    findings: tuple[Finding, ...]

    @property
    def candidates(self) -> Candidates:
        """The models, best first; the last may be the end of a stepwise search, further away than the others."""
        assert self.fit.candidates is not None  # an exact search lists its models
        return self.fit.candidates

    @property
    def complete(self) -> bool:
        """Whether it is proved that nothing closer was left out."""
        return self.candidates.proved

    @property
    def gap(self) -> float | None:
        """How much lower the criterion of a model that was not looked at may be; None where the search is complete."""
        return None if self.complete else max(-self.candidates.beyond, 0.0)

    @property
    def near(self) -> int:
        """How many models are within `delta` of the best, the best itself included."""
        return int(self.candidates.near.sum())

    @property
    def observed(self) -> float:
        """People on some list."""
        return float(self.fit.data.observed.sum())

    @property
    def estimates(self) -> Array:
        """``(models,)`` population size under each model; ``inf`` or ``nan`` where its verdict says so."""
        estimates: Array = self.observed + self.candidates.unobserved
        return estimates

    @property
    def weights(self) -> Array:
        """``(models,)`` what each has of the weight ``exp(-criterion / 2)`` of all models listed."""
        raw: Array = np.exp(-self.candidates.distance / 2)
        weights: Array = raw / raw.sum()
        return weights

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest finite estimate of the models within `delta`; None where there is none."""
        found = self.estimates[: self.near]
        found = found[np.isfinite(found)]
        return (float(found.min()), float(found.max())) if len(found) else None

    def __str__(self) -> str:
        return describe_set(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """The set as plain columns; `stepwise` marks where a stepwise search with the same criterion ends."""
        listed = self.candidates
        count = len(listed.label)
        return {
            "rank": list(range(1, count + 1)),
            "terms": list(listed.label),
            "parameters": listed.parameters.tolist(),
            "distance": listed.distance.tolist(),
            "weight": self.weights.tolist(),
            "observed": [self.observed] * count,
            "unobserved": listed.unobserved.tolist(),
            "estimate": self.estimates.tolist(),
            "verdict": list(verdicts.names(listed.verdict)),
            "stepwise": [row == listed.local for row in range(count)],
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The set as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def search(
    data: CaptureTable | Records,
    criterion: str | float = "bic",
    max_order: int | None = None,
    delta: float = NEAR,
    *,
    scope: str = "",
    trend: str = "",
    margin: Margin = "free",
    progress: Progress | None = None,
) -> ModelSet:
    """Every log-linear model whose criterion is within `delta` of the lowest, found with a proof.

    Covariates that are not recorded for everyone are left out, as they are for totals.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    criterion
        ``bic``, ``aic``, ``aicc``, ``bic-overlap``, or a number: what one parameter costs.
    max_order
        The most lists and covariates in one term, where `scope` is empty. By default all orders up to six lists, three
        for seven by BIC, and pairs for more lists, for seven by another criterion, or where there are covariates.
    delta
        How far above the lowest criterion a model is still listed.
    scope, trend, margin
        As in `Best`.
    progress
        Called with (done, total, what) before and after the search; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Data or settings that cannot be used, or not together.
    """
    table = usable_table(data)
    left_out = table.not_recorded
    if left_out:
        table = table.pool(left_out)
    order = default_order(table, criterion) if max_order is None else max_order
    model = Best(criterion=criterion, max_order=order, delta=delta, scope=scope, trend=trend, margin=margin)
    if left_out:
        model = model.without(left_out)
    if progress is not None:
        progress(0, 1, "search")
    fit = model.fit(table)
    if progress is not None:
        progress(1, 1, "search")
    noted = [Finding(code="search_pooled", values={"names": left_out})] if left_out else []
    return ModelSet(
        fit=fit,
        family=None if scope else family_size(table, order),
        findings=by_severity([*fit.findings, *noted, *table.findings]),
    )


def default_order(table: CaptureTable, criterion: str | float) -> int:
    """The most lists in one term that can be searched while one waits; cheap parameters make a search long."""
    lists = len(table.lists)
    if not table.covariates and lists <= ALL_ORDERS:
        return max(lists, 2)
    return 3 if lists == THREES and criterion == "bic" and not table.covariates else 2


def family_size(table: CaptureTable, max_order: int) -> int | None:
    """How many hierarchical models the lists have; None where that is not known without counting them.

    Not with covariates, with lists that were not kept everywhere, or with orders between pairs and all.
    """
    lists = len(table.lists)
    if table.covariates or not table.operating.all():
        return None
    if max_order == 2 and lists > 2:
        return 1 << comb(lists, 2)
    return FAMILIES.get(lists) if max_order >= lists - 1 else None
