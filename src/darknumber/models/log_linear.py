"""Log-linear models with given terms: which lists depend on each other, and on what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from darknumber.data.table import CaptureTable
from darknumber.kernels import verdicts
from darknumber.kernels.design import Design, merge_counts, merge_strata
from darknumber.kernels.existence import Existence
from darknumber.kernels.poisson import information, maximise, maximise_many
from darknumber.models.base import (
    Candidates,
    Fit,
    LeftOut,
    Model,
    Replicates,
    check_supports,
    dark_findings,
    figures,
    fixed,
    share_seen,
    shares,
)
from darknumber.models.columns import Columns, Margin, make_columns, terms_of, without_names
from darknumber.models.many import seen_by_model
from darknumber.models.options import check_options

Array = NDArray[np.float64]
Dark = tuple[Array, NDArray[np.int8], Array]  # dark figures, verdicts, and what is predicted of cells left out


def supports(margin: Margin) -> frozenset[str]:
    """What may be in the data: with a modelled margin, every value must be recorded."""
    always = frozenset({"covariates", "inactive lists"})
    return always | {"not recorded"} if margin == "free" else always


@dataclass(frozen=True, slots=True)
class LogLinear:
    """A Poisson log-linear model with the interactions you name; list main effects are always in.

    Parameters
    ----------
    terms
        Interactions in the term grammar, such as ``police:border + care:form + care:poly(year, 2)``; everything inside
        a term is in the model too. Empty: the lists are independent.
    margin
        ``free`` conditions on the covariates: registered totals are matched exactly and only terms that touch a list
        are parameters. ``modelled`` gives the covariates main effects and terms of their own and takes the fitted total
        as the population, as R's `mse` does.
    """

    name: ClassVar[str] = "log-linear"
    source: ClassVar[str] = "Fienberg 1972; Cormack 1989"
    terms: str = ""
    margin: Margin = "free"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data."""
        return supports(self.margin)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("named_terms" if self.terms else "independent_lists", *COMMON_ASSUMPTIONS)

    @property
    def selects(self) -> bool:
        """The terms are given: nothing is selected."""
        return False

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit by maximum likelihood; the verdict on each stratum's dark figure comes with it."""
        check_supports(self, data)
        columns = make_columns(data, terms_of(self.terms, data), self.margin)
        return fit_state(self, data, columns, np.ones(len(columns.terms), dtype=bool))

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit the same terms to ``(B, strata, 2**K)`` counts, from the estimate on the data."""
        columns = make_columns(fit.data, terms_of(self.terms, fit.data), self.margin)
        everything = np.ones(len(columns.terms), dtype=bool)
        dark, verdict = Refitter(columns, everything).many(counts, fit.data.dense())
        return fixed(counts.sum(axis=2), dark, verdict)

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """The cells of the same terms on many tables."""
        columns = make_columns(fit.data, terms_of(self.terms, fit.data), self.margin)
        refitter = Refitter(columns, np.ones(len(columns.terms), dtype=bool))
        start, _, _ = maximise(refitter.design, refitter.merge(fit.data.dense()))
        return np.stack([refitter.seen(y, maximise(refitter.design, refitter.merge(y), start)[1]) for y in counts])

    def refit_without(self, fit: Fit, absent: NDArray[np.bool_]) -> LeftOut:
        """The same terms, leaving cells out."""
        columns = make_columns(fit.data, terms_of(self.terms, fit.data), self.margin)
        everything = np.ones(len(columns.terms), dtype=bool)
        return left_out(
            without_cells(columns.without_cells(cells), everything, fit.data.dense(), cells) for cells in absent
        )

    def without(self, names: Sequence[str]) -> LogLinear:
        """The same model for a table without the covariates `names`."""
        return replace(self, terms=without_names(self.terms, names))


@dataclass(frozen=True, slots=True)
class Independence:
    """Lists are independent of each other within each stratum's features: no interactions at all."""

    name: ClassVar[str] = "independence"
    source: ClassVar[str] = LogLinear.source

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data."""
        return supports("free")

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return LogLinear().assumes

    @property
    def selects(self) -> bool:
        """Nothing is selected."""
        return False

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Fit the log-linear model without interactions."""
        return replace(LogLinear().fit(data, seed=seed), model=self)

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit it to many tables."""
        return LogLinear().refit(fit, counts)

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """The cells of many tables."""
        return LogLinear().refit_cells(fit, counts)

    def refit_without(self, fit: Fit, absent: NDArray[np.bool_]) -> LeftOut:
        """Fit it, leaving cells out."""
        return LogLinear().refit_without(fit, absent)


COMMON_ASSUMPTIONS = ("everyone_can", "closed", "no_linkage_errors")


class Refitter:
    """One model on many tables of the same shape: merged strata, warm starts, remembered verdicts."""

    def __init__(self, columns: Columns, state: NDArray[np.bool_]) -> None:
        self.design, self.group = merge_strata(columns.only(state))
        self.existence = Existence(self.design)

    def merge(self, counts: Array) -> Array:
        """Counts over the merged strata."""
        return merge_counts(counts, self.group, self.design.live.shape[0])

    def many(self, counts: Array, reference: Array) -> tuple[Array, NDArray[np.int8]]:
        """Dark figures and verdicts, ``(B, strata)`` each; starts at the maximum for `reference` counts."""
        start, _, _ = maximise(self.design, self.merge(reference))
        merged = self.merge(counts)
        dark, seen = maximise_many(self.design, merged, start)
        verdict = np.stack([self.existence.verdict(y) for y in merged])
        return self.spread(counts, dark, seen, verdict)

    def one(self, y: Array, start: Array) -> tuple[Array, NDArray[np.int8]]:
        """Dark figures and verdicts, ``(strata,)`` each, for one table."""
        merged = self.merge(y)
        _, mu, _ = maximise(self.design, merged, start)
        verdict = self.existence.verdict(merged)
        seen = mu[:, 1:].sum(axis=1)
        dark, verdict = self.spread(y[None], mu[None, :, 0], seen[None], verdict[None])
        return dark[0], verdict[0]

    def seen(self, y: Array, mu: Array) -> Array:
        """``(strata, 2**K)`` people expected with each observable history, from expected counts of merged strata."""
        expected = mu[self.group]
        expected[:, 0] = 0.0
        if not self.design.conditional:
            return expected
        people, whole = y.sum(axis=1), self.merge(y).sum(axis=1)[self.group]
        expected *= np.divide(people, whole, out=np.zeros_like(people), where=whole > 0)[:, None]
        return expected

    def spread(
        self, counts: Array, dark: Array, seen: Array, verdict: NDArray[np.int8]
    ) -> tuple[Array, NDArray[np.int8]]:
        """From merged strata to strata: dark figures in proportion to their people (exact), or from the fitted total.

        Parameters
        ----------
        dark, seen
            ``(B, merged strata)`` expected people on no list and on some list.
        """
        people = counts.sum(axis=2)
        verdict = verdict[:, self.group]
        if not self.design.conditional:
            return figures(dark, verdict) + seen - people, verdict
        odds = np.divide(dark, seen, out=np.zeros_like(dark), where=seen > 0)
        verdict = np.where(people > 0, verdict, verdicts.ESTIMABLE).astype(np.int8)
        return figures(people * odds[:, self.group], verdict), verdict


def fit_state(
    model: Model,
    data: CaptureTable,
    columns: Columns,
    state: NDArray[np.bool_],
    *,
    start: Array | None = None,
    candidates: Candidates | None = None,
) -> Fit:
    """Fit the terms in `state` to `data` and put together the answer."""
    refitter = Refitter(columns, state)
    design = refitter.design
    y = data.dense()
    merged = refitter.merge(y)
    _, mu, _ = maximise(design, merged, start)
    people = y.sum(axis=1)
    everyone = mu[None, :, 1:].sum(axis=2)
    dark, verdict = refitter.spread(y[None], mu[None, :, 0], everyone, refitter.existence.verdict(merged)[None])
    seen = refitter.seen(y, mu)
    whole_seen = people if design.conditional else seen.sum(axis=1)
    return Fit(
        model=model,
        data=data,
        terms=columns.label(state),
        unobserved=dark[0],
        verdict=verdict[0],
        probabilities=shares(seen),
        ascertainment=share_seen(whole_seen, dark[0] + (people - whole_seen)),
        active=columns.active(state),
        log_likelihood=log_likelihood(y, seen),
        parameters=parameter_count(columns, state),
        deviance=deviance(y, seen),
        variance=_variance(design, merged, mu, verdict[0]) if data.strata == 1 else None,
        candidates=candidates,
        findings=dark_findings(data, verdict[0]),
    )


def without_cells(columns: Columns, state: NDArray[np.bool_], y: Array, absent: NDArray[np.bool_]) -> Dark:
    """Dark figures and verdicts, ``(strata,)`` each, and what is predicted of the cells left out.

    Parameters
    ----------
    columns
        Without the cells in `absent`.
    y
        ``(strata, 2**K)`` counts, those left out included.
    """
    refitter = Refitter(columns, state)
    kept = np.where(absent, 0.0, y)
    merged = refitter.merge(kept)
    theta, mu, _ = maximise(refitter.design, merged)
    seen = mu[:, 1:].sum(axis=1)
    dark, verdict = refitter.spread(kept[None], mu[None, :, 0], seen[None], refitter.existence.verdict(merged)[None])
    nowhere = np.zeros((1, refitter.design.columns), dtype=bool)  # these parameters already ran as far as they go
    everywhere = seen_by_model(refitter.design, merged, theta[None], nowhere, possible=True)[0]
    return dark[0], verdict[0], np.where(absent, refitter.seen(kept, everywhere), 0.0)


def left_out(found: Iterable[Dark]) -> LeftOut:
    """Fits that each left something out, together."""
    dark, verdict, predicted = zip(*found, strict=True)
    return LeftOut(unobserved=np.stack(dark), verdict=np.stack(verdict), predicted=np.stack(predicted))


def parameter_count(columns: Columns, state: NDArray[np.bool_]) -> int:
    """Columns in the model; the free stratum totals together count as the one intercept of a table without strata."""
    return int(state[columns.design.term].sum()) + int(columns.design.conditional)


def log_likelihood(y: Array, expected: Array) -> float:
    """Poisson log-likelihood of observed cells, constants included."""
    return float(np.sum(xlogy(y, expected) - expected - gammaln(y + 1)))


def deviance(y: Array, expected: Array) -> float:
    """Twice the distance from the saturated log-likelihood."""
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(y > 0, y * np.log(y / expected), 0.0)
    return float(2 * np.sum(part - (y - expected)))


def _variance(design: Design, y: Array, mu: Array, verdict: NDArray[np.int8]) -> Array:
    """``(strata,)`` variance of the estimate for a fixed population: ``mu_0 + mu_0^2 Var(log mu_0)`` (METHODS A2).

    With free totals ``log mu_0 = log n - log sum exp(eta)``, whose variance is ``1/n + g' V g`` with ``g`` the expected
    share of each column. Infinite where the dark figure is not estimable.
    """
    total = y.sum(axis=1)
    inverse = np.linalg.pinv(information(design, mu, total), hermitian=True)
    cells = np.arange(mu.shape[1])
    seen = mu.copy()
    seen[:, 0] = 0.0
    on = np.stack([seen[:, (cells & mask) == mask].sum(axis=1) for mask in design.masks], axis=1)
    dark: Array = mu[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        if design.conditional:
            gradient, own = np.nan_to_num(design.features * on / total[:, None]), 1 / total
        else:
            gradient, own = design.features * (design.masks == 0), np.zeros_like(total)
        spread: Array = own + np.einsum("sc,cd,sd->s", gradient, inverse, gradient)
        return np.where(verdict == verdicts.ESTIMABLE, dark + dark**2 * spread, np.inf)
