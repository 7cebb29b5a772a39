"""One list on which people are seen repeatedly: the law that fits best, of those that leave an estimate of everyone.

How many were never seen hangs on the law more than on anything else, and seldom does somebody know it beforehand. So
where none is named the data choose, and they choose again in every replicate, so that laws that fit about as well are
in the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.models.base import Fit, Replicates, chosen_among
from darknumber.models.columns import without_names
from darknumber.models.options import check_options
from darknumber.models.sighting_rates import NONE, Setup, solve
from darknumber.models.sightings import Seen, Sightings
from darknumber.models.text import format_thing

Array = NDArray[np.float64]

LAWS: tuple[Literal["poisson", "geometric", "negative-binomial"], ...] = ("poisson", "geometric", "negative-binomial")
# Extra ones of those seen fit alike, or nearly so, and give more people: no data can choose between them and these.
ONES: tuple[Literal["plain", "inflated-all"], ...] = ("plain", "inflated-all")


@dataclass(frozen=True, slots=True)
class BestLaw:
    """People are seen by the law with the lowest AIC: Poisson, geometric or negative binomial, with extra ones or not.

    Parameters
    ----------
    terms
        Of the log mean, as of `Sightings`: covariates; empty for each by itself, ``1`` for none.
    """

    name: ClassVar[str] = "best-law"
    source: ClassVar[str] = f"{Sightings.source}; Burnham & Anderson 2002"
    supports: ClassVar[frozenset[str]] = Sightings.supports
    selects: ClassVar[bool] = True
    terms: str = ""

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("seen_one_of_laws", "same_chance_given", "everyone_can", "closed", "no_linkage_errors")

    @property
    def laws(self) -> tuple[Sightings, ...]:
        """Those to choose from."""
        return tuple(Sightings(law, ones, self.terms) for ones in ONES for law in LAWS)

    def without(self, names: Sequence[str]) -> BestLaw:
        """The same model for data without the covariates `names`."""
        return BestLaw(without_names(self.terms, names) or (NONE if self.terms else ""))

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Refuse a table of several lists, as `Sightings.fit`.

        Raises
        ------
        InputError
            Always.
        """
        return Sightings().fit(data, seed=seed)

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """The same.

        Raises
        ------
        InputError
            Always.
        """
        return Sightings().refit(fit, counts)

    def fit_frequencies(self, data: Frequencies) -> Seen:
        """Fit every law, and take the one with the lowest AIC.

        Raises
        ------
        ModelError
            Terms with names that are no covariates.
        """
        found = [law.fit_frequencies(data) for law in self.laws]
        points = [_points(each.setup, each.solved.maximum.value) for each in found]
        best = found[int(_lowest(np.stack(points))[0])]
        law = best.fit.law
        chosen = Finding(code="law_chosen", values={"law": law.law, "ones": law.ones, "n": len(found)})
        fit = replace(best.fit, model=self, findings=(*best.fit.findings, chosen))
        ends = found[0].setup.ends  # all have the same terms of the mean, and count who is seen once
        return replace(best, fit=fit, setups=tuple(replace(each.setup, ends=ends) for each in found), laws=self.laws)


OfSightings = Sightings | BestLaw  # what can be asked of one list


def choose(seen: Seen, counts: Array) -> Replicates:
    """Every law of a fit fitted to ``(B, strata, V)`` counts, and the best for each of the B taken.

    Raises
    ------
    ValueError
        No laws were looked at.
    """
    found = [solve(setup, counts) for setup in seen.setups]
    points = [_points(setup, each.maximum.value) for setup, each in zip(seen.setups, found, strict=True)]
    lowest, rows = _lowest(np.stack(points)), np.arange(len(counts))
    return chosen_among(
        [format_thing(seen.laws[place]) for place in lowest],
        counts.sum(axis=2),
        np.stack([each.unobserved for each in found])[lowest, rows],
        np.stack([each.verdict for each in found])[lowest, rows],
    )


def _points(setup: Setup, value: Array) -> Array:
    """``(B,)`` AIC; all laws are of the same people, so that these can be compared."""
    points: Array = 2.0 * (sum(design.shape[1] for design in setup.designs) - value)
    return points


def _lowest(points: Array) -> NDArray[np.int64]:
    """``(B,)`` the law with the lowest AIC in each column."""
    lowest: NDArray[np.int64] = np.argmin(points, axis=0)
    return lowest
