"""Bayesian thresholding: all pairs of lists first, then only those the posterior clearly sets apart from none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.chains import effective_size, split_r_hat
from darknumber.kernels.design import Design, make_design
from darknumber.kernels.existence import Existence
from darknumber.kernels.faces import face
from darknumber.kernels.histories import list_counts, membership, superset_sums
from darknumber.kernels.poisson import maximise
from darknumber.kernels.posterior import Sample, make_target, sample
from darknumber.kernels.terms import Factor, format_terms
from darknumber.models.base import Fit, Replicates, check_supports, chosen_among, dark_findings, share_seen, shares
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEAST_CHAIN = 100  # draws of one chain; with fewer nothing can be said about whether it has settled
BAD_R_HAT = 1.01  # chains are this much wider together than apart: Vehtari et al. 2021 call it unsettled
FEW_DRAWS = 400.0  # independent draws below which 95% limits are not to be trusted (Vehtari et al. 2021)
NEAR = 2.0  # a statistic within this many Monte Carlo errors of the threshold could fall on either side
_REFIT_SEED = 0  # replicates differ by their data, not by the sampler's random numbers
_PAIRS, _TRIPLES, _LAST = 0, 1, 2  # the stages; each has random numbers of its own


@dataclass(frozen=True, slots=True)
class BayesThreshold:
    """Keep the pairs of lists whose dependence is clear from the posterior of all of them, and fit those again.

    A pair stays if the absolute posterior mean of its term is at least `threshold` posterior standard deviations. The
    dark figure is the posterior median of the expected number of people on no list, and its draws make the interval.

    Parameters
    ----------
    threshold
        In posterior standard deviations.
    prior
        Of the terms between lists: ``proper``, normal around no dependence, or ``improper``, flat. The priors of the
        main effects are flat. Under a flat prior a pair that shares nobody lies at minus infinity, and stays in.
    prior_variance
        Of the proper prior.
    max_order
        2, or 3 to try three-list terms too, where all three of their pairs have stayed.
    draws, chains
        Posterior draws, all chains together, and the number of chains.
    """

    name: ClassVar[str] = "bayes-threshold"
    source: ClassVar[str] = "Silverman 2020"
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})  # no covariates: one table
    selects: ClassVar[bool] = True
    threshold: float = 2.0
    prior: Literal["proper", "improper"] = "proper"
    prior_variance: float = 1.0
    max_order: int = 2
    draws: int = 10_000
    chains: int = 4

    def __post_init__(self) -> None:
        check_options(self)
        if self.max_order not in (2, 3):
            raise ModelError("bad_option", option="max_order", value=self.max_order, known=(2, 3))
        if not 0 < self.prior_variance < np.inf:
            raise ModelError("option_not_positive", option="prior_variance", value=self.prior_variance)
        for option, value, least in (
            ("threshold", self.threshold, 0),
            ("chains", self.chains, 1),
            ("draws", self.draws, LEAST_CHAIN * self.chains),
        ):
            if not least <= value < np.inf:
                raise ModelError("option_too_small", option=option, value=value, least=least)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        terms = "pairs_only" if self.max_order == 2 else "selected_terms"
        return (terms, f"prior_{self.prior}", *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Sample all pairs, drop what is not clear, sample again; `Fit.draws` are of the last stage."""
        check_supports(self, data)
        if data.strata != 1:
            raise ModelError("unsupported_covariates", model=self.name)
        found = _analyse(self, data.dense()[0], seed)
        dark = float(np.median(found.dark))
        return Fit(
            model=self,
            data=data,
            terms=_label(found.terms, data.lists),
            unobserved=np.array([dark]),
            verdict=np.array([found.verdict], dtype=np.int8),
            probabilities=found.shares[None],
            ascertainment=share_seen(data.observed.astype(float), np.array([dark])),
            draws=found.dark[:, None],
            findings=(
                *dark_findings(data, np.array([found.verdict], dtype=np.int8)),
                *_findings(self, found, data.lists),
            ),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Repeat it all, the thresholding included, on ``(B, 1, 2**K)`` counts."""
        found = [_analyse(self, y[0], _REFIT_SEED) for y in counts]
        labels = [_label(each.terms, fit.data.lists) for each in found]
        dark = np.array([[np.median(each.dark)] for each in found])
        verdict = np.array([[each.verdict] for each in found], dtype=np.int8)
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)


def threshold_statistics(data: CaptureTable, model: BayesThreshold, *, seed: int = 0) -> dict[str, float]:
    """The absolute posterior mean over standard deviation of every pair, and of every three-list term that was tried.

    Terms at minus infinity, under a flat prior, have none and are left out.
    """
    check_supports(model, data)
    found = _analyse(model, data.dense()[0], seed)
    return {_label([term], data.lists): value for term, (value, _) in found.statistics.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Analysis:
    """What the stages gave, with terms as sets of lists in the order of the table.

    Parameters
    ----------
    dark
        ``(draws,)`` people on no list; ``inf``, ``nan`` or 0 throughout where the verdict says so.
    verdict
        Of the dark figure.
    shares
        ``(2**K,)`` posterior mean share of each observable history; where there is no posterior, at the most likely
        parameters.
    terms
        The terms of the last model; of the one that gave the verdict where there was no last one.
    statistics
        Of each term that was held against the threshold: the statistic and its Monte Carlo error.
    edge
        Terms at minus infinity.
    likelihood
        The verdict on all pairs without a prior.
    no_triples
        Whether three-list terms were left untried because their likelihood gives no dark figure.
    r_hat, size
        The worst of the stages, on the log dark figure.
    """

    dark: Array
    verdict: int
    shares: Array
    terms: tuple[int, ...] = ()
    statistics: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    edge: tuple[int, ...] = ()
    likelihood: int = verdicts.ESTIMABLE
    no_triples: bool = False
    r_hat: float = 1.0
    size: float = np.inf


@dataclass(frozen=True, slots=True)
class _Stage:
    """One model sampled: its terms, which of them are at minus infinity, the histories that can still occur, and the
    draws of the terms that have a value.
    """

    masks: Index
    edge: Mask
    kept: Mask
    live: Mask
    drawn: Sample

    def of(self, order: int) -> Index:
        """The places of the terms of so many lists that have a value of their own."""
        return np.flatnonzero((list_counts(self.masks) == order) & ~self.edge)

    def at_edge(self) -> tuple[int, ...]:
        """The terms between lists that are at minus infinity."""
        return tuple(self.masks[self.edge & (list_counts(self.masks) > 1)].tolist())

    def shares(self) -> Array:
        """``(2**K,)`` posterior mean share of each history that can be observed."""
        cells = np.arange(len(self.live))
        masks = self.masks[self.kept]
        held = ((cells[:, None] & masks) == masks).astype(float)
        eta = self.drawn.terms.reshape(-1, len(masks)) @ held.T
        eta[:, ~self.live] = -np.inf
        odds = np.exp(eta - eta.max(axis=1, keepdims=True))
        mean: Array = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)
        return mean

    def statistics(self, order: int) -> dict[int, tuple[float, float]]:
        """The statistic and its Monte Carlo error of each term of so many lists."""
        column = np.cumsum(self.kept) - 1
        found = {}
        for place in self.of(order):
            draws = self.drawn.terms[:, :, column[place]]
            value = abs(float(draws.mean())) / float(draws.std(ddof=1))
            # The delta method for a normal posterior: the mean's error, and that of the standard deviation.
            error = np.sqrt((1 + value**2 / 2) / effective_size(draws))
            found[int(self.masks[place])] = (value, float(error))
        return found


def _analyse(model: BayesThreshold, y: Array, seed: int) -> _Analysis:
    """All stages on one table.

    Lists are put in an order of their own first, by their counts, so that the random numbers fall to the same lists
    however the table is ordered.
    """
    lists = len(y).bit_length() - 1
    order = _own_order(y, lists)
    cells = membership(np.arange(1 << lists), lists).astype(np.int64) @ (1 << order)
    found = _stages(model, np.r_[0.0, y[cells][1:]], lists, seed)
    return _named(found, order, cells)


def _stages(model: BayesThreshold, y: Array, lists: int, seed: int) -> _Analysis:
    if y.sum() == 0:
        return _Analysis(dark=np.zeros(model.draws), verdict=verdicts.ESTIMABLE, shares=np.zeros(len(y)))
    singles, pairs = _sets(lists, 1), _sets(lists, 2)
    likelihood = _verdict(y, lists, [*singles, *pairs])
    # Terms with a proper prior cannot run off to infinity; under flat priors the posterior is where the likelihood is.
    first = pairs if model.prior == "improper" else ()
    verdict = likelihood if first else _verdict(y, lists, singles)
    if verdict != verdicts.ESTIMABLE:
        value = {verdicts.INFINITE: np.inf, verdicts.NOT_IDENTIFIED: np.nan}.get(verdict, 0.0)
        _, mu, _ = maximise(_design(lists, [*singles, *first]), y[None])
        return _Analysis(dark=np.full(model.draws, value), verdict=verdict, shares=shares(mu)[0], terms=first)
    stage = _sampled(model, y, [*singles, *pairs], seed, _PAIRS)
    done = [stage]
    statistics = stage.statistics(2)
    clear = _clear(statistics, model.threshold)
    edge = stage.at_edge()
    no_triples = False
    triples = _eligible(clear, lists) if model.max_order == 3 else ()
    if triples:
        no_triples = _verdict(y, lists, [*singles, *clear, *edge, *triples]) != verdicts.ESTIMABLE
    if triples and not no_triples:
        stage = _sampled(model, y, [*singles, *clear, *edge, *triples], seed, _TRIPLES)
        done.append(stage)
        tried = stage.statistics(3)
        statistics |= tried
        edge = stage.at_edge()
        clear = (*clear, *_clear(tried, model.threshold))
    last = _sampled(model, y, [*singles, *clear, *edge], seed, _LAST)
    done.append(last)
    return _Analysis(
        dark=np.exp(last.drawn.log_dark.T.reshape(-1)[: model.draws]),
        verdict=verdicts.ESTIMABLE,
        shares=last.shares(),
        terms=(*clear, *edge),
        statistics=statistics,
        edge=edge,
        likelihood=likelihood,
        no_triples=no_triples,
        r_hat=max(split_r_hat(each.drawn.log_dark) for each in done),
        size=min(effective_size(each.drawn.log_dark) for each in done),
    )


def _sampled(model: BayesThreshold, y: Array, terms: Sequence[int], seed: int, stage: int) -> _Stage:
    """Draws of one model; its posterior must exist."""
    masks = np.array(terms, dtype=np.int64)
    between = list_counts(masks) > 1
    flat = ~between | (model.prior == "improper")
    live = np.arange(len(y)) > 0
    left = face(y, live, masks, flat)
    precision = np.where(flat, 0.0, 1 / model.prior_variance)
    target = make_target(y, left.live, masks[left.kept], precision[left.kept])
    each = -(-model.draws // model.chains)
    drawn = sample(target, chains=model.chains, draws=each, seed=seed, stage=stage)
    return _Stage(masks, left.edge, left.kept, left.live, drawn)


def _verdict(y: Array, lists: int, terms: Sequence[int]) -> int:
    """The verdict on the dark figure by the likelihood of a model."""
    return int(Existence(_design(lists, terms)).verdict(y[None])[0])


def _design(lists: int, terms: Sequence[int]) -> Design:
    """The design of a model of one table without a prior."""
    masks = np.array(terms, dtype=np.int64)
    live = (np.arange(1 << lists) > 0)[None]
    return make_design(lists, masks, np.ones((1, len(masks))), np.arange(len(masks)), live, conditional=True)


def _sets(lists: int, size: int) -> tuple[int, ...]:
    """All sets of so many lists as bits; never that of all lists, which says as much as the dark figure itself."""
    groups = combinations(range(lists), size)
    return tuple(sum(1 << place for place in group) for group in groups if len(group) < lists or size == 1)


def _eligible(pairs: Sequence[int], lists: int) -> tuple[int, ...]:
    """The sets of three lists all of whose pairs are there."""
    there = set(pairs)
    return tuple(
        term for term in _sets(lists, 3) if all(pair in there for pair in _sets(lists, 2) if pair & term == pair)
    )


def _clear(statistics: Mapping[int, tuple[float, float]], threshold: float) -> tuple[int, ...]:
    return tuple(term for term, (value, _) in statistics.items() if value >= threshold)


def _own_order(y: Array, lists: int) -> Index:
    """The lists by their size, then by who is on them alone, then by their overlaps; largest first."""
    on = np.r_[0.0, y[1:]]
    superset_sums(on, lists)

    def key(place: int) -> tuple[float, ...]:
        bit = 1 << place
        return (on[bit], y[bit], *sorted(on[bit | 1 << other] for other in range(lists)))

    return np.array(sorted(range(lists), key=key, reverse=True), dtype=np.int64)


def _named(found: _Analysis, order: Index, cells: Index) -> _Analysis:
    """Sets of lists in the order of the table again; `cells` are its histories in the other order."""

    def back(term: int) -> int:
        return sum(1 << int(place) for bit, place in enumerate(order) if term >> bit & 1)

    return replace(
        found,
        shares=found.shares[np.argsort(cells)],
        terms=tuple(map(back, found.terms)),
        statistics={back(term): value for term, value in found.statistics.items()},
        edge=tuple(map(back, found.edge)),
    )


def _label(terms: Sequence[int], lists: Sequence[str]) -> str:
    """Terms as the grammar writes them, without those inside others."""
    order = {name: place for place, name in enumerate(lists)}
    sets = [frozenset(Factor(name) for place, name in enumerate(lists) if term >> place & 1) for term in terms]
    return format_terms([each for each in sets if not any(each < other for other in sets)], order)


def _findings(model: BayesThreshold, found: _Analysis, lists: Sequence[str]) -> tuple[Finding, ...]:
    """What the reader must know beside the verdict."""
    said = []
    if found.statistics:
        said.append(Finding(code="threshold_conditional", severity="caution"))
    near = [
        _label([term], lists)
        for term, (value, error) in sorted(found.statistics.items())
        if abs(value - model.threshold) < NEAR * error
    ]
    values: dict[str, object]
    if near:
        values = {"n": len(near), "names": tuple(near), "threshold": model.threshold}
        said.append(Finding(code="threshold_near", severity="caution", values=values))
    if model.prior == "proper" and found.statistics and found.likelihood != verdicts.ESTIMABLE:
        said.append(Finding(code="threshold_prior_decides", severity="caution"))
    if found.r_hat > BAD_R_HAT or found.size < FEW_DRAWS:
        values = {"r_hat": found.r_hat, "size": int(found.size)}
        said.append(Finding(code="chains_unsettled", severity="caution", values=values))
    if found.statistics:
        said.append(_margin(model, found, lists))
    if found.edge:
        names = tuple(_label([term], lists) for term in sorted(found.edge))
        said.append(Finding(code="threshold_edge", values={"n": len(names), "names": names}))
    if found.no_triples:
        said.append(Finding(code="threshold_no_triples"))
    return tuple(said)


def _margin(model: BayesThreshold, found: _Analysis, lists: Sequence[str]) -> Finding:
    """How clearly terms stayed or went: the weakest that stayed and the strongest that went."""
    values = {term: value for term, (value, _) in found.statistics.items()}
    kept = {term: value for term, value in values.items() if value >= model.threshold}
    gone = {term: value for term, value in values.items() if term not in kept}
    low, high = (min(kept, key=kept.__getitem__, default=0), max(gone, key=gone.__getitem__, default=0))
    code = "threshold_none" if not kept else "threshold_all" if not gone else "threshold_some"
    return Finding(
        code=code,
        values={
            "n": len(values),
            "kept": len(kept),
            "weakest": _label([low], lists),
            "low": values.get(low, 0.0),
            "strongest": _label([high], lists),
            "high": values.get(high, 0.0),
        },
    )
