"""Closed populations whose people may differ in how easily they come on a list: M0, Mt, Mh and Mth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import heterogeneity as kernel
from darknumber.kernels import verdicts
from darknumber.kernels.cells import (
    Cells,
    dark_figures,
    dark_variance,
    maximise_cells,
    maximise_cells_many,
    verdict_of,
    verdicts_of,
)
from darknumber.kernels.histories import list_counts, membership
from darknumber.kernels.profile import profile_of_cells
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen, shares
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, deviance, log_likelihood
from darknumber.models.options import check_options

Array = NDArray[np.float64]

CORRECTED_BASE = 2.0  # the additions for a Poisson form with chances of its own for every list are known for this base


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """People may differ in how easily they come on any list; lists do not depend on each other beyond that.

    Parameters
    ----------
    form
        How people differ. ``none``: not. ``chao``: in whatever way; the answer is a lower bound. ``poisson``,
        ``darroch``, ``gamma``: so that the log expected counts bend in that way with the number of lists. In this order
        they have ever more people who are hard to find.
    lists
        ``own``: every list has a chance of its own (Mt, Mth). ``equal``: all have the same (M0, Mh).
    base
        Of the Poisson form.
    shape
        Of the gamma form.
    correction
        ``rivest-levesque`` takes out the bias of small samples by adding something to a few counts, made for lists that
        so few people are on that hardly anybody is on more than three. The verdict is that of the counts as they
        are: where they have no finite estimate, another would rest on the additions alone.
    """

    name: ClassVar[str] = "heterogeneity"
    source: ClassVar[str] = "Rivest & Baillargeon 2007; Rivest & Levesque 2001"
    # Both are about strata, and this model takes one at a time: a list that is not kept there is not in its table.
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    form: Literal["none", "chao", "poisson", "darroch", "gamma"] = "chao"
    lists: Literal["own", "equal"] = "own"
    base: float = 2.0
    shape: float = 3.5
    correction: Literal["none", "rivest-levesque"] = "none"

    def __post_init__(self) -> None:
        check_options(self)
        if not 1 < self.base < np.inf:
            raise ModelError("bad_base", value=self.base)
        if not 0 < self.shape < np.inf:
            raise ModelError("bad_shape", value=self.shape)
        if self.correction != "none" and self.lists == "own":
            known = self.form != "gamma" and (self.form != "poisson" or self.base == CORRECTED_BASE)
            if not known:
                raise ModelError("no_correction", form=self.form)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        form = {"none": "independent_lists", "chao": "people_differ"}.get(self.form, f"people_differ_{self.form}")
        return (form, *(("equal_lists",) if self.lists == "equal" else ()), *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit by maximum likelihood, or with the correction; one stratum."""
        check_supports(self, data)
        y, lists = data.dense(), len(data.lists)
        cells, place = self._cells(lists), self._place(lists)
        counts = kernel.sums(y, place)[0]
        theta, mu, inside = maximise_cells(cells, counts)
        verdict = np.array([verdict_of(cells, counts > 0)], dtype=np.int8)
        dark = figures(dark_figures(cells, theta[None]), verdict)
        expected = np.zeros_like(y)
        expected[0, 1:] = (mu / np.exp(cells.offset))[place]
        estimable = verdict[0] == verdicts.ESTIMABLE
        if self.correction != "none":
            return self._corrected_fit(data, shares(expected))
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(expected),
            ascertainment=share_seen(y.sum(axis=1), dark),
            log_likelihood=log_likelihood(y, expected),
            parameters=int(inside.sum()),
            deviance=deviance(y, expected),
            variance=np.array([dark_variance(cells, mu, inside, dark[0]) if estimable else np.inf]),
            findings=(*dark_findings(data, verdict), *self._findings(theta, estimable=bool(estimable))),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit ``(B, 1, 2**K)`` counts."""
        tables, lists = counts[:, 0], len(fit.data.lists)
        if self.correction != "none":
            dark, verdict, _ = self._corrected(tables, lists)
        else:
            cells, added = self._cells(lists), kernel.sums(tables, self._place(lists))
            dark, verdict = dark_figures(cells, maximise_cells_many(cells, added)[0]), verdicts_of(cells, added)
        nobody = tables.sum(axis=1) == 0
        verdict = np.where(nobody, verdicts.ESTIMABLE, verdict).astype(np.int8)
        dark = figures(np.where(nobody, 0.0, dark), verdict)
        return fixed(counts.sum(axis=2), dark[:, None], verdict[:, None])

    def profile(self, fit: Fit, drop: float) -> tuple[float, float, float]:
        """Maximum and limits of the dark figure by profile likelihood (see `darknumber.kernels.profile`).

        Raises
        ------
        ModelError
            With a correction: what is corrected has no likelihood of its own.
        """
        if self.correction != "none":
            raise ModelError("interval_needs_one_table", interval="profile")
        lists = len(fit.data.lists)
        return profile_of_cells(self._cells(lists), kernel.sums(fit.data.dense(), self._place(lists))[0], drop)

    def _cells(self, lists: int) -> Cells:
        make = kernel.frequency_cells if self.lists == "equal" else kernel.history_cells
        return make(lists, self._curve(), chao=self.form == "chao")

    def _place(self, lists: int) -> NDArray[np.int64]:
        return kernel.cell_of_history(lists, equal=self.lists == "equal")

    def _curve(self) -> kernel.Curve | None:
        curves = {
            "poisson": kernel.poisson(self.base),
            "darroch": kernel.darroch,
            "gamma": kernel.gamma(self.shape),
        }
        return curves.get(self.form)

    def _findings(self, theta: Array, *, estimable: bool) -> tuple[Finding, ...]:
        """Where people on many lists weigh less than independent lists would have it, no difference explains it."""
        if self._curve() is None or not estimable or theta[-1] >= 0:
            return ()
        return (Finding(code="heterogeneity_negative", severity="caution"),)

    def _corrected_fit(self, data: CaptureTable, probabilities: Array) -> Fit:
        """The correction is of the dark figure: `probabilities` are those of the uncorrected fit."""
        dark, verdict, variance = self._corrected(data.dense(), len(data.lists))
        unseen = figures(dark, verdict)
        return Fit(
            model=self,
            data=data,
            unobserved=unseen,
            verdict=verdict,
            probabilities=probabilities,
            ascertainment=share_seen(data.observed.astype(float), unseen),
            variance=np.where(verdict == verdicts.ESTIMABLE, variance, np.inf),
            findings=dark_findings(data, verdict),
        )

    def _corrected(self, tables: Array, lists: int) -> tuple[Array, NDArray[np.int8], Array]:
        """Dark figures, verdicts and variances of ``(B, 2**K)`` counts."""
        cells, equal = self._cells(lists), self.lists == "equal"
        counts = kernel.sums(tables, self._place(lists))
        verdict = verdicts_of(cells, counts)
        if self.form == "none" and not equal:
            on = membership(np.arange(1 << lists), lists).astype(np.float64)
            dark, variance = kernel.independent_corrected(tables.sum(axis=1), tables @ on)
            return dark, verdict, variance
        if self.form == "chao" and equal:
            dark, variance = kernel.chao_corrected(counts, lists)
            return dark, verdict, variance
        k = np.arange(1, lists + 1) if equal else list_counts(np.arange(1, 1 << lists))
        additions = kernel.additions_equal(self._curve()) if equal else kernel.additions_own(lists, self.form)
        theta, inside = maximise_cells_many(cells, kernel.with_additions(counts, k, additions))
        dark = dark_figures(cells, theta)
        mu = np.exp(theta @ cells.rows.T + cells.offset)
        variance = np.array([dark_variance(cells, *each) for each in zip(mu, inside, dark, strict=True)])
        return dark, verdict, variance
