"""Sample coverage: what people who are on one list are worth, from how many of them are on another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.kernels import coverage as kernel
from darknumber.kernels import verdicts
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen, shares
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options

Array = NDArray[np.float64]

LEAST_COVERAGE = 0.55  # below it the overlap says too little to take dependence out (Chao et al. 2001)


@dataclass(frozen=True, slots=True)
class SampleCoverage:
    """How well the lists know each other's people, with what dependence between pairs of lists adds.

    Parameters
    ----------
    form
        ``low``: one step from independent lists towards the dependence that pairs of lists show; holds up where they
        share few people. ``high``: dependence is taken out in full; only where coverage is well above a half.
        ``independent``: as if lists were independent and people alike.
    """

    name: ClassVar[str] = "sample-coverage"
    source: ClassVar[str] = "Chao & Tsay 1998; Chao, Tsay, Lin, Shau & Chao 2001"
    # Both are about strata, and this model takes one at a time: a list that is not kept there has nobody.
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    form: kernel.Form = "low"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        plain = self.form == "independent"
        return ("independent_lists" if plain else "overlap_shows_dependence", *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Estimate from the counts of one stratum."""
        check_supports(self, data)
        y = data.dense()
        dark, verdict = kernel.dark_of(y, self.form)
        unseen = figures(dark, verdict)
        estimable = verdict == verdicts.ESTIMABLE
        return Fit(
            model=self,
            data=data,
            unobserved=unseen,
            verdict=verdict,
            probabilities=shares(y),
            ascertainment=share_seen(y.sum(axis=1), unseen),
            variance=np.where(estimable, np.nan_to_num(kernel.variances_of(y, self.form)), np.inf),
            findings=(*dark_findings(data, verdict), *self._findings(data, y, int(verdict[0]))),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:  # noqa: ARG002 - the contract of every model
        """The same for ``(B, 1, 2**K)`` counts."""
        dark, verdict = kernel.dark_of(counts[:, 0], self.form)
        return fixed(counts.sum(axis=2), figures(dark, verdict)[:, None], verdict[:, None])

    def _findings(self, data: CaptureTable, y: Array, verdict: int) -> tuple[Finding, ...]:
        sums = kernel.sums_of(y)
        share = float(sums.coverage[0])
        values = {"share": share, "known": float(sums.known[0]), "people": float(sums.people[0])}
        found = [Finding(code="coverage_is", values=values)]
        low = share < LEAST_COVERAGE
        if self.form == "high" and verdict == verdicts.NOT_IDENTIFIED:
            found.append(Finding(code="coverage_no_root", severity="stop"))
        elif low and self.form == "high":
            found.append(Finding(code="coverage_too_low", severity="stop", values={"share": share}))
        if verdict != verdicts.ESTIMABLE:
            return tuple(found)
        size = kernel.sizes_of(sums, self.form)
        if low and self.form != "high":
            side = _side(sums)
            code = "coverage_low_floor" if side > 0 else "coverage_low_ceiling" if side else "coverage_low"
            found.append(Finding(code=code, severity="caution", values={"share": share}))
        found += _avoiding(data, kernel.covariation(sums, size)[0])
        return tuple(found)


def _side(sums: kernel.Sums) -> int:
    """Whether dependence raises the number (1), lowers it (-1) or, as always with two lists, does neither (0)."""
    plain, low = (float(kernel.sizes_of(sums, form)[0]) for form in ("independent", "low"))
    return 0 if abs(low - plain) <= kernel.NOTHING * plain else 1 if low > plain else -1


def _avoiding(data: CaptureTable, found: Array) -> list[Finding]:
    """The pairs of lists that share fewer people than independent lists of their sizes would."""
    pairs = [
        f"{data.lists[i]}-{data.lists[j]}"
        for (i, j), each in zip(kernel.pairs_of(len(data.lists)), found, strict=True)
        if each < -kernel.NOTHING
    ]
    return [Finding(code="coverage_negative", values={"n": len(pairs), "pairs": tuple(pairs)})] if pairs else []


def coverage_statistics(data: CaptureTable, model: SampleCoverage) -> dict[str, float]:
    """The numbers that the estimate is made of, as CARE1 prints them.

    ``coverage``, ``known`` (D), the share of people that each list has (its name) and the coefficient of covariation of
    each pair of lists (``A:B``), both for the population size of the model; nan where that is not finite.
    """
    check_supports(model, data)
    y = data.dense()
    sums = kernel.sums_of(y)
    dark, verdict = kernel.dark_of(y, model.form)
    size = np.where(verdict == verdicts.ESTIMABLE, sums.people + dark, np.nan)
    pairs = kernel.covariation(sums, size)[0]
    return (
        {"coverage": float(sums.coverage[0]), "known": float(sums.known[0])}
        | {name: float(people / size[0]) for name, people in zip(data.lists, data.list_sizes, strict=True)}
        | {
            f"{data.lists[i]}:{data.lists[j]}": float(each)
            for (i, j), each in zip(kernel.pairs_of(len(data.lists)), pairs, strict=True)
        }
    )
