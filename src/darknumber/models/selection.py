"""Stepwise selection of a log-linear model; the path it took is part of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.poisson import maximise
from darknumber.kernels.stepwise import Rules, Walk, search
from darknumber.kernels.terms import Term, parse_terms
from darknumber.models.base import Candidates, Fit, LeftOut, Replicates, check_supports, chosen_among, figures
from darknumber.models.columns import Columns, Margin, all_terms, make_columns, terms_of, without_names
from darknumber.models.criteria import check_criterion, penalty, small_sample
from darknumber.models.log_linear import (
    COMMON_ASSUMPTIONS,
    Dark,
    Refitter,
    fit_state,
    left_out,
    supports,
    without_cells,
)
from darknumber.models.options import check_options

Array = NDArray[np.float64]
LARGEST = float(np.finfo(float).max)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stepwise:
    """Add or drop one term at a time while the criterion falls, keeping the whole path.

    The walk starts at the smallest model (at the largest for ``backward``), on the data and in every replicate alike.

    Parameters
    ----------
    criterion
        ``bic``, ``aic``, ``aicc``, ``bic-overlap``, or a number: what one parameter costs. BIC counts the people
        observed, ``bic-overlap`` those on two or more lists.
    direction
        ``both``, ``forward`` or ``backward``.
    max_order
        The most lists and covariates in one term, where `scope` is empty.
    scope
        The terms that may be in, in the term grammar; empty for all terms of up to `max_order`.
    lower
        Terms that must stay in, or another `Stepwise` whose result is where this one starts and what it must keep, so
        that searches can be joined.
    trend
        Such as ``poly(year, 2)``: the covariate enters the default scope as this polynomial.
    screen
        ``score`` leaves out of each step the terms that cannot win by their score or Wald statistic; ``refit`` fits
        every one, for ten times the work and, as far as seen, the same answer.
    margin
        As in `LogLinear`.
    """

    name: ClassVar[str] = "stepwise"
    source: ClassVar[str] = "Fienberg 1972; Venables & Ripley 2002, section 7.2"
    criterion: str | float = "bic"
    direction: Literal["both", "forward", "backward"] = "both"
    max_order: int = 2
    scope: str = ""
    lower: str | Stepwise = ""
    trend: str = ""
    screen: Literal["score", "refit"] = "score"
    margin: Margin = "free"

    def __post_init__(self) -> None:
        check_criterion(self.criterion)
        check_options(self)
        if self.max_order < 2:
            raise ModelError("bad_max_order", value=self.max_order)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data."""
        return supports(self.margin)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        pairs = all(
            phase.max_order == 2
            and all(len(term) <= 2 for term in parse_terms(phase.scope))
            and all(len(term) <= 2 for term in (parse_terms(phase.lower) if isinstance(phase.lower, str) else ()))
            for phase in self.phases()
        )
        return ("pairs_only" if pairs else "selected_terms", *COMMON_ASSUMPTIONS)

    @property
    def selects(self) -> bool:
        """The data choose the terms."""
        return True

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Search, then fit the model found; `Fit.candidates` is the path."""
        check_supports(self, data)
        return Search(self, data).fit()

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Search ``(B, strata, 2**K)`` tables anew, each from where the search on the data started."""
        return Search(self, fit.data).refit(counts)

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """The cells of the model that a search ends at on each table."""
        return Search(self, fit.data).cells(counts)

    def refit_without(self, fit: Fit, absent: Mask) -> LeftOut:
        """Search the data anew, leaving cells out."""
        return left_out(Search(self, fit.data, absent=cells).without_cells() for cells in absent)

    def without(self, names: Sequence[str]) -> Stepwise:
        """The same search for a table without the covariates `names`."""
        lower = self.lower.without(names) if isinstance(self.lower, Stepwise) else without_names(self.lower, names)
        return replace(
            self, scope=without_names(self.scope, names), trend=without_names(self.trend, names), lower=lower
        )

    def phases(self) -> tuple[Stepwise, ...]:
        """The searches joined through `lower`, first one first."""
        inner = self.lower.phases() if isinstance(self.lower, Stepwise) else ()
        return (*inner, self)


class Search:
    """A stepwise search on tables of one shape: the columns are made once and used for the data and every replicate.

    Parameters
    ----------
    split
        Covariates whose levels each get parameters of their own, with the same terms for all (summed criteria).
    absent
        ``(strata, 2**K)`` cells to leave out, as if they could not be seen.
    """

    def __init__(
        self, model: Stepwise, data: CaptureTable, split: Sequence[str] = (), *, absent: Mask | None = None
    ) -> None:
        self.model, self.data, self.split, self.absent = model, data, tuple(split), absent
        self.phases = model.phases()
        first = self.phases[0].lower
        self.floor_terms = terms_of(first if isinstance(first, str) else "", data)
        scopes = [self._scope(phase) for phase in self.phases]
        wanted = dict.fromkeys((*self.floor_terms, *(term for scope in scopes for term in scope)))
        self.columns: Columns = make_columns(data, wanted, model.margin, split=self.split).without_cells(absent)
        self.allowed = [self.columns.state((*self.floor_terms, *scope)) for scope in scopes]
        self.refitters: dict[bytes, Refitter] = {}

    def _scope(self, phase: Stepwise) -> tuple[Term, ...]:
        """The terms a phase may add."""
        scope = terms_of(phase.scope, self.data) or all_terms(
            self.data, phase.max_order, phase.trend, self.model.margin
        )
        # A covariate that is split by is in every parameter already.
        return tuple(term for term in scope if not any(factor.name in self.split for factor in term))

    def fit(self) -> Fit:
        """The model found on the data, with the path."""
        walks, states = self.walk(self.data.dense())
        chosen = states[-1][-1]
        theta = walks[-1].thetas[-1][chosen[self.columns.design.term]]
        candidates = self._path(walks, states)
        return fit_state(self.model, self.data, self.columns, chosen, start=theta, candidates=candidates)

    def refit(self, counts: Array) -> Replicates:
        """The search repeated on each table."""
        labels: list[str] = []
        dark = np.empty(counts.shape[:2])
        verdict = np.empty(counts.shape[:2], dtype=np.int8)
        for b, y in enumerate(counts):
            walks, states = self.walk(y)
            state = states[-1][-1]
            labels.append(self.columns.label(state))
            dark[b], verdict[b] = self._refitter(state).one(y, walks[-1].thetas[-1][state[self.columns.design.term]])
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)

    def cells(self, counts: Array) -> Array:
        """``(B, strata, 2**K)`` people expected with each observable history, the search repeated on each table."""
        cells = np.empty(counts.shape)
        for b, y in enumerate(counts):
            walks, states = self.walk(y)
            state = states[-1][-1]
            refitter = self._refitter(state)
            start = walks[-1].thetas[-1][state[self.columns.design.term]]
            cells[b] = refitter.seen(y, maximise(refitter.design, refitter.merge(y), start)[1])
        return cells

    def without_cells(self) -> Dark:
        """Dark figures and verdicts, and what is predicted of the cells that are left out."""
        absent = np.zeros(self.data.dense().shape, dtype=bool) if self.absent is None else self.absent
        y = self.data.dense()
        _, states = self.walk(np.where(absent, 0.0, y))
        return without_cells(self.columns, states[-1][-1], y, absent)

    def walk(self, y: Array) -> tuple[list[Walk], list[list[Mask]]]:
        """Every phase's walk, and the states each visited."""
        floor = self.columns.state(self.floor_terms)
        state = self.allowed[0] if self.phases[0].direction == "backward" else floor
        walks: list[Walk] = []
        states: list[list[Mask]] = []
        for phase, allowed in zip(self.phases, self.allowed, strict=True):
            start = walks[-1].thetas[-1] if walks else None
            walk = search(self.columns.design, y, state, self._rules(phase, y, floor, allowed), start=start)
            walks.append(walk)
            states.append(_states(state, walk))
            state = floor = walk.state
        return walks, states

    def _rules(self, phase: Stepwise, y: Array, floor: Mask, allowed: Mask) -> Rules:
        criterion = phase.criterion
        return Rules(
            parents=self.columns.parents,
            addable=allowed & (phase.direction != "backward"),
            removable=~floor & (phase.direction != "forward"),
            penalty=self._bic_penalty(y) if criterion == "bic" else penalty(criterion, y),
            corrected=criterion == "aicc",
            all_fits=phase.screen == "refit",
        )

    def _bic_penalty(self, y: Array) -> float:
        """Log of the people observed; with `split`, the mean of it over the parts, so that their BICs add up."""
        if not self.split:
            return float(np.log(max(y.sum(), 1.0)))
        part, _ = group_of(self.data.covariates, self.split)
        people = np.bincount(part, weights=y.sum(axis=1))
        return float(np.mean(np.log(people[people > 0])))

    def _refitter(self, state: Mask) -> Refitter:
        key = state.tobytes()
        if key not in self.refitters:
            self.refitters[key] = Refitter(self.columns, state)
        return self.refitters[key]

    def _path(self, walks: Sequence[Walk], states: Sequence[Sequence[Mask]]) -> Candidates:
        """The joined path as one table; a later phase's first model is the earlier one's last, and is not repeated."""
        y = self.data.dense()
        people = y.sum()
        labels, steps, parameters, deviances, likelihoods, dark, verdict = [], [], [], [], [], [], []
        for number, (walk, visited) in enumerate(zip(walks, states, strict=True)):
            for row in range(1 if number else 0, len(visited)):
                state = visited[row]
                fit = fit_state(
                    self.model,
                    self.data,
                    self.columns,
                    state,
                    start=walk.thetas[row][state[self.columns.design.term]],
                )
                sign = "" if walk.steps[row] < 0 else "+ " if state[walk.steps[row]] else "- "
                labels.append(fit.terms or "")
                steps.append(sign + self.columns.name(int(walk.steps[row])) if sign else "")
                parameters.append(fit.parameters)
                deviances.append(fit.deviance)
                likelihoods.append(fit.log_likelihood)
                total = verdicts.of_sum(
                    fit.verdict, np.zeros(self.data.strata, dtype=np.int64), 1, self.data.observed > 0
                )
                verdict.append(total[0])
                dark.append(figures(np.array([np.nansum(fit.unobserved)]), total)[0])
        k, minus_two = np.array(parameters, dtype=float), -2 * np.array(likelihoods, dtype=float)
        criterion = self.model.criterion
        cost = self._bic_penalty(y) if criterion == "bic" else penalty(criterion, y)
        used = minus_two + cost * k + (small_sample(k, people) if criterion == "aicc" else 0.0)
        return Candidates(
            label=tuple(labels),
            step=tuple(steps),
            parameters=np.array(parameters, dtype=np.int64),
            deviance=np.array(deviances, dtype=float),
            aic=minus_two + 2 * k,
            aicc=minus_two + 2 * k + small_sample(k, people),
            bic=minus_two + self._bic_penalty(y) * k,
            unobserved=np.array(dark, dtype=float),
            verdict=np.array(verdict, dtype=np.int8),
            chosen=len(labels) - 1,
            distance=used - min(float(used.min()), LARGEST),  # AICc may be infinite for every model
        )


def _states(first: Mask, walk: Walk) -> list[Mask]:
    """The state of every model on a walk, from the first and the terms changed."""
    states = [first.copy()]
    for term in walk.steps[1:]:
        state = states[-1].copy()
        state[term] = not state[term]
        states.append(state)
    return states
