"""Lists in order of time, where being on one changes the chance of the next: Mb and Mbh of the literature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import removal, verdicts
from darknumber.kernels.profile import profile_of, ways
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen, shares
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, deviance, log_likelihood
from darknumber.models.options import check_options

Array = NDArray[np.float64]

LISTS_TO_CORRECT = 3  # the additions are to people whose first list is one of the first three that share a chance
PARAMETERS = {"same": 3, "own": 4}  # people, the chance of a first list, of a later one, and of the first of all


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Every list is as likely to be somebody's first, and being on one changes the chance of the later ones.

    The lists must follow each other in time, in the order of the table.

    Parameters
    ----------
    first
        ``same``: the first list has the same chance as the others (Mb). ``own``: it has a chance of its own, so that
        people who come on a list very easily, and so on the first one, do not count for the others (Mbh).
    correction
        ``rivest-levesque`` takes out the bias of small samples by adding something to a few counts. The verdict is that
        of the counts as they are.
    """

    name: ClassVar[str] = "behaviour"
    source: ClassVar[str] = "Zippin 1956; Rivest & Baillargeon 2007; Rivest & Levesque 2001"
    # Both are about strata, and this model takes one at a time: a list that is not kept there is not in its table.
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    first: Literal["same", "own"] = "same"
    correction: Literal["none", "rivest-levesque"] = "none"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        after = "later_lists_equal" if self.first == "own" else "first_lists_equal"
        return ("lists_in_order", after, *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit by maximum likelihood, or with the correction of the dark figure; one stratum."""
        check_supports(self, data)
        y, lists = data.dense(), len(data.lists)
        dark, verdict = self._dark(y, lists)
        shared = self._shared(y, lists)
        estimable = verdict[0] == verdicts.ESTIMABLE
        expected = self._expected(y, lists)
        corrected = self.correction != "none"  # what is corrected has no likelihood of its own
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(expected),
            ascertainment=share_seen(y.sum(axis=1), dark),
            log_likelihood=None if corrected else log_likelihood(y, expected),
            parameters=None if corrected else PARAMETERS[self.first],
            deviance=None if corrected else deviance(y, expected),
            variance=np.array([removal.removal_variance(shared) if estimable else np.inf]),
            findings=dark_findings(data, verdict),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit ``(B, 1, 2**K)`` counts."""
        dark, verdict = self._dark(counts[:, 0], len(fit.data.lists))
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
        first = removal.by_first_list(fit.data.dense(), len(fit.data.lists))[0]
        alone, shared = (first[0], first[1:]) if self.first == "own" else (0.0, first)
        people = float(first.sum())

        def likelihood(dark: float) -> float:
            rest = people - alone + dark
            own = xlogy(alone, alone / (alone + rest)) + xlogy(rest, rest / (alone + rest)) if alone else 0.0
            return ways(people, dark) + float(own) + removal.removal_likelihood(shared, dark)

        return profile_of(likelihood, drop)

    def _expected(self, y: Array, lists: int) -> Array:
        """``(1, 2**K)`` counts expected without the correction."""
        first = removal.removal_expected(self._uncorrected(y, lists))[0]
        if self.first == "own":
            first = np.concatenate([removal.by_first_list(y, lists)[0, :1], first])
        return removal.expected_histories(first, y[0])[None]

    def _uncorrected(self, tables: Array, lists: int) -> Array:
        return removal.by_first_list(tables, lists)[:, 1 if self.first == "own" else 0 :]

    def _shared(self, tables: Array, lists: int) -> Array:
        """``(B, m)`` people by first list, of the lists that share a chance; with the additions of the correction."""
        first = self._uncorrected(tables, lists)
        if self.correction == "none":
            return first
        if first.shape[1] < LISTS_TO_CORRECT:
            raise ModelError("too_few_lists_to_correct", n=lists, needed=LISTS_TO_CORRECT + (self.first == "own"))
        added = np.zeros(first.shape[1])
        added[: len(removal.ADDITIONS)] = removal.ADDITIONS
        return np.maximum(first + added, 0.0)

    def _dark(self, tables: Array, lists: int) -> tuple[Array, NDArray[np.int8]]:
        """Dark figures and verdicts, ``(B,)`` each."""
        nobody = tables.sum(axis=1) == 0
        said = removal.removal_verdict(self._uncorrected(tables, lists))
        verdict = np.where(nobody, verdicts.ESTIMABLE, said).astype(np.int8)
        dark = removal.removal_dark(self._shared(tables, lists))
        return figures(np.where(nobody, 0.0, dark), verdict), verdict
