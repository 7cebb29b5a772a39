"""Log-linear models with given terms, corrected for the bias that small numbers bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.closed_form import Ratio, own_parameters, plus_one, plus_one_variance, ratio_of
from darknumber.kernels.design import Design
from darknumber.kernels.firth import reduce_bias, reduce_bias_many
from darknumber.models.base import Fit, Replicates, check_supports, figures, fixed, share_seen, shares
from darknumber.models.columns import make_columns, terms_of, without_names
from darknumber.models.log_linear import LogLinear, Refitter, fit_state
from darknumber.models.options import check_options

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The log-linear model with the interactions you name, its dark figure corrected for small numbers.

    The maximum likelihood estimate of a dark figure is too high on average, by 10 to 30% where lists share ten people
    or so. A correction takes that away. It cannot make up for overlap that is not there: where the uncorrected model
    has no finite estimate, a corrected one would rest on the correction alone, and the verdict stays.

    Parameters
    ----------
    terms
        As in `LogLinear`; empty: the lists are independent.
    correction
        ``firth`` takes the bias out of the parameters and out of the dark figure that follows from them, for any terms.
        ``plus-one`` adds one to every count by which is divided, where the dark figure is a ratio of counts: with two
        groups of lists that are independent given the other lists, or with all terms but the one of all lists. With
        two lists it is Chapman's estimator.

    Notes
    -----
    The log-likelihood, deviance and number of parameters of the fit are those of the model without the correction.
    """

    name: ClassVar[str] = "corrected"
    source: ClassVar[str] = "Chapman 1951; Firth 1993; Kosmidis & Firth 2009"
    terms: str = ""
    correction: Literal["firth", "plus-one"] = "firth"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data: a ratio of counts has no place for lists that were not kept somewhere."""
        always = frozenset({"covariates", "not recorded"})
        return always | {"inactive lists"} if self.correction == "firth" else always

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions: those of the model that is corrected."""
        return LogLinear(self.terms).assumes

    @property
    def selects(self) -> bool:
        """The terms are given: nothing is selected."""
        return False

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit, and correct the dark figure; the verdict is that of the uncorrected model.

        Raises
        ------
        ModelError
            ``plus-one`` for terms under which the dark figure is no ratio of counts.
        """
        check_supports(self, data)
        columns = make_columns(data, terms_of(self.terms, data), "free")
        everything = np.ones(len(columns.terms), dtype=bool)
        plain = fit_state(self, data, columns, everything)
        refitter = Refitter(columns, everything)
        people = data.dense().sum(axis=1)
        counts = refitter.merge(data.dense())
        whole = counts.sum(axis=1)
        probabilities = plain.probabilities
        if self.correction == "firth":
            found = reduce_bias(refitter.design, counts)
            dark, spread = found.dark, found.dark + found.dark**2 * (found.doubt + _inverse(whole))
            seen = np.where(refitter.design.live, found.mu, 0.0)
            probabilities = shares(np.where(people[:, None] > 0, seen[refitter.group], 0.0))
        else:
            ratio = self._ratio(refitter.design)
            dark, spread = plus_one(ratio, counts), plus_one_variance(ratio, counts)
        unseen = figures(people * (dark * _inverse(whole))[refitter.group], plain.verdict)
        return replace(
            plain,
            unobserved=unseen,
            probabilities=probabilities,
            ascertainment=share_seen(people, unseen),
            variance=np.where(plain.verdict == verdicts.ESTIMABLE, spread, np.inf) if data.strata == 1 else None,
            findings=(*plain.findings, *_alone(plain)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit and correct ``(B, strata, 2**K)`` counts, from the corrected estimate on the data."""
        columns = make_columns(fit.data, terms_of(self.terms, fit.data), "free")
        refitter = Refitter(columns, np.ones(len(columns.terms), dtype=bool))
        merged = refitter.merge(counts)
        if self.correction == "firth":
            start = reduce_bias(refitter.design, refitter.merge(fit.data.dense())).theta
            dark = reduce_bias_many(refitter.design, merged, start)
        else:
            dark = plus_one(self._ratio(refitter.design), merged)
        verdict = np.stack([refitter.existence.verdict(y) for y in merged])
        dark, verdict = refitter.spread(counts, dark, merged.sum(axis=2), verdict)
        return fixed(counts.sum(axis=2), dark, verdict)

    def without(self, names: Sequence[str]) -> Corrected:
        """The same model for a table without the covariates `names`."""
        return replace(self, terms=without_names(self.terms, names))

    def _ratio(self, design: Design) -> Ratio:
        """The dark figure as a ratio of counts, or an error that points to the other correction."""
        ratio = ratio_of(design.lists, design.masks)
        if ratio is None and not self.terms:
            raise ModelError("no_ratio_independent", n=design.lists)
        if ratio is None:
            raise ModelError("no_ratio", terms=self.terms, n=design.lists)
        if not own_parameters(design):
            raise ModelError("no_ratio_strata", terms=self.terms)
        return ratio


def _inverse(people: Array) -> Array:
    """One over each number of people, zero where there are none."""
    return np.divide(1.0, people, out=np.zeros_like(people), where=people > 0)


def _alone(plain: Fit) -> tuple[Finding, ...]:
    """That no corrected number is given where it would rest on the correction alone."""
    without = np.isin(plain.verdict, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED))
    return (Finding(code="correction_alone"),) if without.any() else ()
