"""Partial pooling: strata and years that lean on each other as far as the data say they are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.design import live_cells, make_design
from darknumber.kernels.existence import Existence
from darknumber.kernels.poisson import maximise
from darknumber.kernels.terms import Factor, Term
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen
from darknumber.models.columns import terms_of, without_names
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options
from darknumber.models.pooled_draws import Analysis, analyse, with_wider_terms
from darknumber.models.pooled_effects import Frame, make_frame
from darknumber.models.threshold import FEW_DRAWS

Array = NDArray[np.float64]
Codes = NDArray[np.int8]

MUCH = 0.1  # by how much the total may change with the prior of the terms before that is told
_FINITE = (verdicts.ESTIMABLE, verdicts.ZERO)
_REFIT_SEED = 0  # replicates differ by their data, not by the sampler's random numbers


@dataclass(frozen=True, slots=True)
class PartialPooling:
    """A log-linear model whose list effects differ between the levels of covariates as much as the data say.

    Each list has a mean, an effect of every level of every covariate, and one of every stratum, all normal around zero
    with a standard deviation for each covariate that is estimated too. Terms between lists are alike in all strata.
    Strata with few people borrow from the others; each keeps its own number of people on some list.

    Parameters
    ----------
    terms
        Which lists depend on each other, in the term grammar: lists only. Empty for all pairs, of three lists or more.
    walk
        Covariates with numbers, such as the year, whose effects go from level to level in a random walk, so that levels
        next to each other are more alike. The effects of others are in no order.
    own_effects
        Whether every stratum has an effect of its own on every list, beside those of its levels.
    spread
        The scale of the half-normal prior of the standard deviations, in log odds.
    term_sd
        The standard deviation of the normal prior of the terms between lists, in log odds ratios.
    draws
        Posterior draws.
    """

    name: ClassVar[str] = "partial-pooling"
    source: ClassVar[str] = "Rue, Martino & Chopin 2009; Gelman & Hill 2007"
    supports: ClassVar[frozenset[str]] = frozenset({"covariates", "inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    terms: str = ""
    walk: tuple[str, ...] = ()
    own_effects: bool = True
    spread: float = 1.0
    term_sd: float = 2.0
    draws: int = 2000

    def __post_init__(self) -> None:
        check_options(self)
        for option, value in (("spread", self.spread), ("term_sd", self.term_sd)):
            if not 0 < value < np.inf:
                raise ModelError("option_not_positive", option=option, value=value)
        if self.draws < 1:
            raise ModelError("option_too_small", option="draws", value=self.draws, least=1)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        walk = ("levels_walk",) if self.walk else ()
        terms = "named_terms" if self.terms else "pairs_only"
        return (terms, "terms_alike", "levels_alike", *walk, "prior_terms", *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Draw from the posterior; the verdict is that of all strata together, without priors.

        Raises
        ------
        ModelError
            Settings that do not go with the table.
        """
        check_supports(self, data)
        frame = self._frame(data)
        found = analyse(frame, data.dense(), draws=self.draws, seed=seed)
        drawn = len(found.deviations) > 0
        return Fit(
            model=self,
            data=data,
            unobserved=found.dark,
            verdict=found.verdict,
            probabilities=found.shares,
            ascertainment=share_seen(data.observed.astype(float), found.dark),
            active=frame.groups if drawn else (),
            draws=found.draws,
            findings=(
                *dark_findings(data, found.verdict),
                *(_findings(frame, found, data) if drawn else ()),
            ),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Draw anew for each of ``(B, strata, 2**K)`` counts."""
        frame = self._frame(fit.data)
        found = [analyse(frame, y, draws=self.draws, seed=_REFIT_SEED) for y in counts]
        dark, verdict = np.stack([each.dark for each in found]), np.stack([each.verdict for each in found])
        return fixed(counts.sum(axis=2), dark, verdict)

    def without(self, names: Sequence[str]) -> PartialPooling:
        """The same model for a table without the lists or covariates `names`."""
        walk = tuple(name for name in self.walk if name not in names)
        return replace(self, terms=without_names(self.terms, names), walk=walk)

    def _frame(self, data: CaptureTable) -> Frame:
        return make_frame(
            data,
            self._terms(data),
            self.walk,
            own=self.own_effects,
            spread=self.spread,
            term_sd=self.term_sd,
            draws=self.draws,
        )

    def _terms(self, data: CaptureTable) -> tuple[Term, ...]:
        if not self.terms:
            pairs = combinations(data.lists, 2) if len(data.lists) > 2 else ()
            return tuple(frozenset(Factor(name) for name in pair) for pair in pairs)
        wanted = terms_of(self.terms, data)
        others = [factor.name for term in wanted for factor in sorted(term) if factor.name not in data.lists]
        if others:
            raise ModelError("pooling_terms_of_lists", name=others[0])
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """What each stratum says by itself, beside what it says with the others.

    Parameters
    ----------
    observed
        ``(strata,)`` people on some list.
    alone, verdict
        ``(strata,)`` the dark figure by the same terms fitted to the stratum alone, by maximum likelihood, and the
        verdict on it.
    pooled
        ``(strata,)`` the dark figure with partial pooling.
    """

    observed: NDArray[np.int64]
    alone: Array
    verdict: Codes
    pooled: Array

    @property
    def leans(self) -> NDArray[np.bool_]:
        """``(strata,)`` where there are people, and no estimate but the pooled one."""
        leans: NDArray[np.bool_] = (self.observed > 0) & ~np.isin(self.verdict, _FINITE)
        return leans

    @property
    def times(self) -> Array:
        """``(strata,)`` the pooled population over that of the stratum alone; ``nan`` where there is none."""
        alone, pooled = self.observed + self.alone, self.observed + self.pooled
        known = (self.observed > 0) & np.isin(self.verdict, _FINITE) & np.isfinite(pooled)
        times: Array = np.divide(pooled, alone, out=np.full(len(alone), np.nan), where=known)
        return times


def shrinkage(fit: Fit) -> Shrinkage:
    """How far partial pooling has moved each stratum of a fit from its own estimate.

    Raises
    ------
    ModelError
        A fit of another model.
    """
    if not isinstance(fit.model, PartialPooling):
        raise ModelError("pooling_other_model", model=fit.model.name)
    return _shrinkage(fit.model._frame(fit.data), fit.data.dense(), fit.unobserved)


def _shrinkage(frame: Frame, given: Array, pooled: Array) -> Shrinkage:
    """As `shrinkage`, with counts in the order of the table that was given."""
    order, y = frame.order, frame.order.counts(given)
    live, terms = live_cells(order.table.operating), len(frame.masks)
    alone, verdict = np.zeros(len(y)), np.full(len(y), verdicts.ESTIMABLE, dtype=np.int8)
    alike: dict[bytes, Existence] = {}
    for s in np.flatnonzero(y.sum(axis=1) > 0):
        key = live[s].tobytes()
        if key not in alike:
            numbers = np.arange(terms)
            design = make_design(
                frame.lists, frame.masks, np.ones((1, terms)), numbers, live[s : s + 1], conditional=True
            )
            alike[key] = Existence(design)
        verdict[s] = alike[key].verdict(y[s : s + 1])[0]
        alone[s] = maximise(alike[key].design, y[s : s + 1])[1][0, 0]
    return Shrinkage(
        observed=given.sum(axis=1).astype(np.int64),
        alone=order.strata_back(figures(alone, verdict)),
        verdict=order.strata_back(verdict),
        pooled=pooled,
    )


def _findings(frame: Frame, found: Analysis, data: CaptureTable) -> tuple[Finding, ...]:
    """What the reader must know beside the verdict."""
    said = []
    strata = int(np.sum(data.observed > 0))
    values: dict[str, object]
    if found.size < FEW_DRAWS:
        values = {"size": int(found.size), "draws": len(found.draws)}
        said.append(Finding(code="pooling_few_draws", severity="caution", values=values))
    if found.zero:
        values = {"n": found.zero, "strata": strata}
        said.append(Finding(code="pooling_zero", severity="caution", values=values))
    if len(frame.masks) > frame.lists:
        said += _of_prior(with_wider_terms(frame, data.dense(), np.log(np.median(found.deviations, axis=0))))
    if strata > 1:
        said += _of_strata(_shrinkage(frame, data.dense(), found.dark), strata)
    low, middle, high = np.quantile(found.deviations, [0.025, 0.5, 0.975], axis=0).tolist()
    for place, name in enumerate(frame.groups):
        values = {"low": low[place], "middle": middle[place], "high": high[place]}
        said.append(Finding(code="pooling_spread", where=name, values=values))
    if frame.own:
        values = {"low": low[-1], "middle": middle[-1], "high": high[-1]}
        said.append(Finding(code="pooling_spread_own", values=values))
    return tuple(said)


def _of_prior(change: float) -> list[Finding]:
    """What a wider prior of the terms would change, where that is much."""
    values = {"share": abs(change)}
    if change > MUCH:
        return [Finding(code="pooling_prior_holds_down", severity="caution", values=values)]
    if change < -MUCH:
        return [Finding(code="pooling_prior_holds_up", severity="caution", values=values)]
    return []


def _of_strata(beside: Shrinkage, strata: int) -> list[Finding]:
    """How many strata have nothing but the others, and how far the rest have moved."""
    values: dict[str, object] = {"n": int(beside.leans.sum()), "strata": strata}
    if beside.leans.any():
        said = [Finding(code="pooling_lean", severity="caution", values=values)]
    else:
        said = [Finding(code="pooling_no_lean", values={"strata": strata})]
    times = beside.times[np.isfinite(beside.times)]
    if len(times):
        moved = np.exp(np.abs(np.log(times)))
        values = {"n": len(times), "middle": float(np.median(moved)), "most": float(moved.max())}
        said.append(Finding(code="pooling_moved", values=values))
    return said
