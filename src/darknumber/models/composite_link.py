"""Log-linear models of people who were not counted one by one (METHODS 1b, the composite link).

The cells are those of whole people: every value known, and every list they would have been on. What is counted are
sums of cells: of people whose value was not recorded, over the values; of people where a list was not kept, over being
on it or not; of people with a mistaken value, over the true ones. Of some it is known only that there are no more than
were counted. The terms are fitted to what is counted, by maximum likelihood (Thompson & Baker 1981; Zwane & van der
Heijden 2007; Sutherland, Schwarz & Rivest 2007; upper limits as in Overstall & King 2014).
"""

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
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, fixed, share_seen, shares
from darknumber.models.columns import Margin, without_names
from darknumber.models.composite_layout import Found, Layout
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, parameter_count
from darknumber.models.mistaken import named_in
from darknumber.models.options import check_options
from darknumber.models.whole import Whole, parted, recorded

Array = NDArray[np.float64]

SOME = 0.5  # people: less is what rounding and iterations leave


@dataclass(frozen=True, slots=True)
class CompositeLink:
    """A log-linear model with given terms, of which some values, lists or cells were not counted one by one.

    Parameters
    ----------
    terms
        Interactions in the term grammar, between lists, and between lists and covariates.
    margin
        As of a log-linear model; with ``modelled`` the covariates have the terms that you name and no others.
    inactive
        What a list that was not kept somewhere means. ``never``: nobody could be on it there. ``unseen``: as many would
        have been on it as the terms say, and who they are was not written down.
    mistaken
        Values that are recorded for another, each with the share of people with the true value of whom that is so, such
        as ``form: labour as sexual 0.1``.
    censored
        Lists that also hold people who do not belong to the population: the count of those on exactly these lists, such
        as ``police`` or ``police:border``, is an upper limit.
    ridge
        How strongly parameters are drawn to nothing: one over the variance of a normal prior. 0: not.
    """

    name: ClassVar[str] = "composite-link"
    source: ClassVar[str] = "Thompson & Baker 1981; Sutherland, Schwarz & Rivest 2007"
    supports: ClassVar[frozenset[str]] = frozenset({"covariates", "inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    terms: str = ""
    margin: Margin = "free"
    inactive: Literal["never", "unseen"] = "never"
    mistaken: tuple[str, ...] = ()
    censored: tuple[str, ...] = ()
    ridge: float = 0.0

    def __post_init__(self) -> None:
        check_options(self)
        if not 0 <= self.ridge < np.inf:
            raise ModelError("bad_ridge", value=self.ridge)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        named = "named_terms" if self.terms else "independent_lists"
        alike = ("lists_would_be_alike",) if self.inactive == "unseen" else ()
        mistakes = ("known_mistakes",) if self.mistaken else ()
        limits = ("counts_are_limits",) if self.censored else ()
        return (named, "recorded_at_random", *alike, *mistakes, *limits, *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit by maximum likelihood."""
        check_supports(self, data)
        layout = Layout(self, data)
        y = data.dense()
        found = layout.fitted(y, np.zeros(len(layout.composite.ridge)))
        alone = fixed(found.seen[None], found.dark[None], found.verdict[None])
        dark, verdict = (each[0] for each in parted(layout.whole, alone, y[None]))
        expected = np.where(layout.limit, y, recorded(layout.whole, found.cells, y))
        return Fit(
            model=self,
            data=data,
            terms=layout.columns.label(layout.everything),
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(expected),
            ascertainment=share_seen(y.sum(axis=1), dark),
            active=layout.columns.active(layout.everything),
            log_likelihood=found.value,
            parameters=parameter_count(layout.columns, layout.everything),
            findings=(*dark_findings(data, verdict), *_findings(found, y), *_fewer(layout.whole, found, y)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit the same terms to ``(B, strata, 2**K)`` counts, from the estimate on the data."""
        layout = Layout(self, fit.data)
        first = layout.fitted(fit.data.dense(), np.zeros(len(layout.composite.ridge)))
        found = [layout.fitted(y, first.theta.copy()) for y in counts]
        seen, dark, codes = (np.stack(each) for each in zip(*((f.seen, f.dark, f.verdict) for f in found), strict=True))
        dark, verdict = parted(layout.whole, fixed(seen, dark, codes), counts)
        return fixed(counts.sum(axis=2), dark, verdict)

    def without(self, names: Sequence[str]) -> CompositeLink:
        """The same model for a table without the covariates `names`."""
        kept = tuple(each for each in self.mistaken if named_in(each) not in names)
        return replace(self, terms=without_names(self.terms, names), mistaken=kept)


def _fewer(whole: Whole, found: Found, y: Array) -> list[Finding]:
    """Of values recorded for another: those that fewer people have than were recorded with them.

    An answer never goes below those recorded, so that the rows of such a covariate are then not what the model says.
    """
    told = []
    for name in whole.mistaken:
        axis = whole.data.axis(name)
        levels = whole.covariates[axis].levels
        own = np.unravel_index(np.arange(whole.strata), whole.shape)[axis]
        everyone = np.bincount(own, weights=found.seen + found.dark, minlength=len(levels))
        recorded_as = np.bincount(whole.data.level_of(name), weights=y.sum(axis=1), minlength=len(levels))
        few = [level for level, have, there in zip(levels, everyone, recorded_as, strict=False) if there > have + SOME]
        if few:
            told.append(Finding(code="mistaken_fewer", severity="stop", where=name, values={"levels": tuple(few)}))
    return told


def _findings(found: Found, y: Array) -> list[Finding]:
    """A maximum that was not reached, and how many of those in upper limits belong."""
    told = []
    if not found.arrived and (found.verdict == verdicts.ESTIMABLE).any():
        told.append(Finding(code="composite_not_reached", severity="caution"))
    apart = float((y - found.belong).sum())
    if apart > SOME:
        told.append(Finding(code="limits_apart", severity="caution", values={"n": round(apart)}))
    return told
