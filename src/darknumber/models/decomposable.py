"""Decomposable graphs: the exact average over every way in which lists can depend on each other in cliques."""

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
from darknumber.kernels.graph_posterior import GraphPosterior, Prior, posterior, verdict_without_overlap
from darknumber.kernels.graph_walk import LEAST
from darknumber.kernels.graphs import largest_cliques, pairs
from darknumber.kernels.terms import Factor, format_terms, parse_terms
from darknumber.models.base import (
    Candidates,
    Fit,
    Replicates,
    check_supports,
    chosen_among,
    dark_findings,
    figures,
    share_seen,
)
from darknumber.models.base import shares as shares_of
from darknumber.models.best import NEAR, set_findings
from darknumber.models.columns import without_names
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options

Array = NDArray[np.float64]

MOST_LISTS = 8  # 30,888,596 graphs, in a minute; of nine lists there are 2 billion
MOST_ROWS = 500  # graphs that are told of
MOST = 0.5  # with more weight than this on graphs that set no upper limit, there is no estimate
NOTABLE = 0.01  # less weight than this on what is doubtful changes no digit that is read
HEAVY = 0.5  # more weight than this for the graph of all edges: no other explains the table well
CUT_OFF = 1e-3  # of the posterior in the last hundredth of the dark figures allowed: these decide the upper limit
NORMAL_95 = 1.959963984540054  # standard deviations that hold 95% of a normal law, to either side
_STREAM = 0x67726170  # keeps these random numbers apart from other uses of the same seed


@dataclass(frozen=True, slots=True)
class Decomposable:
    """Average over all decomposable graphs of two to eight lists, each weighed by how probable it makes the table.

    The dark figure is the posterior median, and its draws make the interval. The graph in which all lists depend on
    each other is left out unless asked for: under it the lists say nothing of the dark figure, and the prior would put
    that near zero.

    Parameters
    ----------
    prior
        Of the population, if there is no guess: ``total``, one over its size, or ``unseen``, one over the dark figure.
    guess
        The most likely population beforehand, as the median of a log-normal prior; 0 for none.
    guess_factor
        With 95% probability beforehand, the population is at most this many times larger or smaller than that.
    prior_people
        What the Dirichlet prior of the histories is worth: so many people, spread evenly over all ``2**K`` histories.
        The ``delta`` of each is ``prior_people / 2**K``.
    likely, unlikely
        Pairs of lists that experts think depend on each other, or do not, in the term grammar: ``police:border``.
    odds
        How many times as likely, or unlikely, those are beforehand.
    complete
        Whether the graph in which all lists depend on each other is in the average.
    most
        The largest dark figure there can be; 0 for no limit.
    delta
        Every graph is listed whose posterior probability is at least ``exp(-delta / 2)`` of the best's, up to 500.
    draws
        Posterior draws.
    """

    name: ClassVar[str] = "decomposable"
    source: ClassVar[str] = "Madigan & York 1997; Dawid & Lauritzen 1993"
    criterion: ClassVar[str] = "log-posterior"  # what distances between graphs are called; nothing to be set
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})  # no covariates: one table
    selects: ClassVar[bool] = True
    prior: Literal["total", "unseen"] = "total"
    guess: float = 0.0
    guess_factor: float = 3.0
    prior_people: float = 1.0
    likely: str = ""
    unlikely: str = ""
    odds: float = 10.0
    complete: bool = False
    most: int = 0
    delta: float = NEAR
    draws: int = 10_000

    def __post_init__(self) -> None:
        check_options(self)
        for option, value in (("prior_people", self.prior_people), ("odds", self.odds), ("delta", self.delta)):
            if not 0 < value < np.inf:
                raise ModelError("option_not_positive", option=option, value=value)
        for option, value, least in (("guess", self.guess, 0), ("most", self.most, 0), ("draws", self.draws, 1)):
            if not least <= value < np.inf:
                raise ModelError("option_too_small", option=option, value=value, least=least)
        if not 1 < self.guess_factor < np.inf:
            raise ModelError("graphs_factor", value=self.guess_factor)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        size = ("prior_size",) if self.guess else ()
        return ("decomposable", "prior_histories", *size, *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Average over the graphs; `Fit.candidates` holds those within `delta` of the best.

        Raises
        ------
        ModelError
            Covariates, more than eight lists, or pairs with a name that is no list.
        """
        check_supports(self, data)
        if data.strata != 1:
            raise ModelError("unsupported_covariates", model=self.name)
        y = data.dense()
        found = self._analyse(y[0], self._prior(data))
        if found is None:
            return self._without_answer(data, y)
        verdict = _settled(found)
        dark = figures(found.dark.quantile(np.array([0.5])), verdict)
        drawn = found.dark.quantile(_even_uniforms(self.draws, seed))
        candidates = self._tabulate(data, found)
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=found.shares[None],
            ascertainment=share_seen(data.observed.astype(float), dark),
            candidates=candidates,
            draws=np.where(verdict == verdicts.ESTIMABLE, drawn[:, None], dark),
            findings=(
                *dark_findings(data, verdict),
                *self._findings(found, candidates, data),
            ),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Average anew on ``(B, 1, 2**K)`` counts; the graph of most weight is what a replicate chose."""
        prior = self._prior(fit.data)
        labels: list[str] = []
        dark, verdict = np.zeros((len(counts), 1)), np.full((len(counts), 1), verdicts.ESTIMABLE, dtype=np.int8)
        for b, y in enumerate(counts[:, 0]):
            found = self._analyse(y, prior, rows=1)
            if found is None:
                labels.append("")
                verdict[b] = verdict_without_overlap(y) if y[1:].sum() else verdicts.ESTIMABLE
            else:
                labels.append(_label(int(found.averaged.edges[0]), fit.data.lists))
                dark[b], verdict[b] = found.dark.quantile(np.array([0.5])), _settled(found)
        return chosen_among(labels, counts.sum(axis=2), figures(dark, verdict), verdict)

    def without(self, names: Sequence[str]) -> Decomposable:
        """The same model for a table without some lists."""
        return replace(self, likely=without_names(self.likely, names), unlikely=without_names(self.unlikely, names))

    def _prior(self, data: CaptureTable) -> Prior:
        lists = len(data.lists)
        if lists > MOST_LISTS:
            raise ModelError("graphs_many_lists", n=lists, most=MOST_LISTS)
        odds = np.zeros(len(pairs(lists)))
        for text, sign in ((self.likely, 1.0), (self.unlikely, -1.0)):
            named = [_places(term, data) for term in parse_terms(text)]
            for place, (low, high) in enumerate(pairs(lists)):
                if any(low in term and high in term for term in named):
                    odds[place] += sign * np.log(self.odds)
        return Prior(
            unseen=self.prior == "unseen",
            guess=self.guess,
            deviation=float(np.log(self.guess_factor) / NORMAL_95),
            people=self.prior_people,
            odds=odds,
            complete=self.complete,
            most=self.most or np.inf,
        )

    def _analyse(self, y: Array, prior: Prior, rows: int = MOST_ROWS) -> GraphPosterior | None:
        """The average; None where no graph gives a finite estimate, or nobody is there."""
        if not y[1:].sum() or verdict_without_overlap(y) != verdicts.ESTIMABLE:
            return None
        return posterior(y, prior, rows=rows, distance=self.delta / 2)

    def _without_answer(self, data: CaptureTable, y: Array) -> Fit:
        """Where nobody is on two lists, no dark figure is too large; where nobody is on any, it is zero."""
        verdict = np.full(1, verdicts.ESTIMABLE, dtype=np.int8)
        if y[0, 1:].sum():
            verdict[0] = verdict_without_overlap(y[0])
        dark = figures(np.zeros(1), verdict)
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares_of(y),
            ascertainment=share_seen(data.observed.astype(float), dark),
            draws=np.tile(dark, (self.draws, 1)),
            findings=dark_findings(data, verdict),
        )

    def _tabulate(self, data: CaptureTable, found: GraphPosterior) -> Candidates:
        """The graphs within `delta` of the best as one table; they are no maximum likelihood, so have no criteria."""
        count = len(found.medians)
        edges, log_weight = found.averaged.edges[:count].tolist(), found.averaged.log_weight
        none = np.full(count, np.nan)
        further = np.r_[log_weight[count:], found.averaged.dropped, log_weight[0] - LEAST].max()
        return Candidates(
            label=tuple(_label(graph, data.lists) for graph in edges),
            step=("",) * count,
            parameters=np.array([_parameters(graph, len(data.lists)) for graph in edges], dtype=np.int64),
            deviance=none,
            aic=none,
            aicc=none,
            bic=none,
            unobserved=figures(found.medians, found.limited),
            verdict=found.limited,
            chosen=0,
            distance=2 * (log_weight[0] - log_weight[:count]),
            weight=np.exp(log_weight[:count]),
            delta=self.delta,
            beyond=float(2 * (log_weight[0] - further)),
        )

    def _findings(self, found: GraphPosterior, candidates: Candidates, data: CaptureTable) -> tuple[Finding, ...]:
        """What the reader must know beside the verdict."""
        graphs = found.averaged.graphs - (not self.complete)
        values: dict[str, object] = {"n": graphs, "low": found.low, "high": found.high}
        said = [each for each in set_findings(candidates, data) if each.code != "set_incomplete"]
        said.append(Finding(code="graphs_weighed", values=values))
        if not candidates.proved:  # the walk was complete, only the list is not
            said.append(Finding(code="graphs_listed", values={"n": len(candidates.label), "delta": self.delta}))
        share = {"share": found.complete}
        if self.complete:
            said.append(Finding(code="graphs_complete_in", severity="caution", values=share))
        elif found.complete > HEAVY:
            said.append(Finding(code="graphs_complete_heavy", severity="caution", values=share))
        else:
            said.append(Finding(code="graphs_complete_out", values=share))
        unlimited = found.averaged.unlimited
        if unlimited > NOTABLE:
            said.append(Finding(code="graphs_unlimited", severity="caution", values={"share": unlimited}))
        if self.most and found.dark.beyond(0.99 * self.most) > CUT_OFF:
            said.append(Finding(code="graphs_cut_off", severity="caution", values={"most": self.most}))
        return tuple(said)


def _settled(found: GraphPosterior) -> NDArray[np.int8]:
    """``(1,)`` the verdict: without an upper limit where most of the weight is on graphs that set none."""
    verdict = verdicts.INFINITE if found.averaged.unlimited > MOST else verdicts.ESTIMABLE
    return np.array([verdict], dtype=np.int8)


def _even_uniforms(count: int, seed: int) -> Array:
    """``(count,)`` numbers between 0 and 1 in random order, one in each of as many equal parts: no noise in limits."""
    key = np.array([seed, _STREAM << 32], dtype=np.uint64)
    generator = np.random.Generator(np.random.Philox(key=key))
    even: Array = generator.permutation((np.arange(count) + generator.random(count)) / count)
    return even


def _places(term: frozenset[Factor], data: CaptureTable) -> frozenset[int]:
    """The places of the lists of a term.

    Raises
    ------
    ModelError
        A name that is no list.
    """
    for factor in sorted(term):
        if factor.name not in data.lists:
            raise ModelError("unknown_name_in_term", name=factor.name, known=data.lists)
    return frozenset(data.lists.index(factor.name) for factor in term)


def _label(edges: int, lists: Sequence[str]) -> str:
    """The cliques of a graph as terms; lists that depend on no other are not named."""
    order = {name: place for place, name in enumerate(lists)}
    sets = (clique for clique in largest_cliques(edges, len(lists)) if clique & (clique - 1))
    return format_terms(
        [frozenset(Factor(name) for place, name in enumerate(lists) if clique >> place & 1) for clique in sets], order
    )


def _parameters(edges: int, lists: int) -> int:
    """Of the log-linear model of a graph: one for each complete set of lists, and one for all people."""
    cliques = largest_cliques(edges, lists)
    return sum(any(held & clique == held for clique in cliques) for held in range(1 << lists))
