"""What a model is, and what fitting one gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding, Severity
from darknumber.kernels import verdicts

Array = NDArray[np.float64]
KINDS = ((verdicts.INFINITE, "infinite"), (verdicts.NOT_IDENTIFIED, "not_identified"), (verdicts.ZERO, "zero"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The models a search looked at, as columns of one table.

    Parameters
    ----------
    label
        The terms of each model, as the grammar writes them.
    step
        What was done to get there, such as ``+ police:border``; empty for a starting point.
    parameters
        ``(models,)`` number of parameters.
    deviance, aic, aicc, bic
        ``(models,)`` fit to the observed cells.
    unobserved
        ``(models,)`` the dark figure summed over strata.
    verdict
        ``(models,)`` the verdict on that sum.
    chosen
        Which row is the model in the answer, or the best of those that are averaged.
    distance
        ``(models,)`` how far the criterion that was used is above its lowest value.
    weight
        ``(models,)`` weight of each model in an average, or None where one model is chosen.
    delta
        How far from the best an exact search listed everything; 0 for a path.
    beyond
        The certificate: no model that is not listed is closer to the best than this; negative where the best itself is
        not proved, and may be beaten by so much. 0 for a path.
    local
        Which row a stepwise search with the same criterion ends at, or -1.
    """

    label: tuple[str, ...]
    step: tuple[str, ...]
    parameters: NDArray[np.int64]
    deviance: Array
    aic: Array
    aicc: Array
    bic: Array
    unobserved: Array
    verdict: NDArray[np.int8]
    chosen: int
    distance: Array
    weight: Array | None = None
    delta: float = 0.0
    beyond: float = 0.0
    local: int = -1

    @property
    def exact(self) -> bool:
        """Whether these are all models within `delta` of the best, and not a path."""
        return self.delta > 0

    @property
    def near(self) -> NDArray[np.bool_]:
        """``(models,)`` which are within `delta` of the best; the end of a stepwise search may be further away."""
        near: NDArray[np.bool_] = self.distance <= self.delta
        return near

    @property
    def proved(self) -> bool:
        """Whether it is proved that no model within `delta` of the best was left out."""
        return self.beyond >= self.delta


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model: the dark figure of each stratum and how it was reached.

    Parameters
    ----------
    model
        The model that was given.
    data
        The table it was fitted to; never person records.
    terms
        The terms of the model in the answer, as the grammar writes them; empty for main effects only, None for a model
        that has no one set of terms.
    unobserved
        ``(strata,)`` people on no list; ``inf`` or ``nan`` where the verdict says so.
    verdict
        ``(strata,)`` codes of `darknumber.kernels.verdicts`.
    probabilities
        ``(strata, 2**K)`` fitted share of each observable history among the people on some list of the stratum: zero
        for history 0 and where a list of the history was not kept; all zero where nobody is. An average gives the
        mean over its models and a posterior the posterior mean. They are there whatever the verdict: the lists say
        what is seen also where they do not say how many are not. What a parametric bootstrap and the sensitivity
        studies need.
    ascertainment
        ``(strata,)`` fitted probability of being on some list: ``n / (n + n0)``, so 0 where the dark figure is
        infinite, ``nan`` where it is not identified, 1 where it is zero or nobody is there. With a modelled margin it
        is the fitted number on some list, not n, that is divided by the fitted total.
    active
        The covariates that take part in a term with a list; the others are passive: they break the answer down, but
        do not change it.
    log_likelihood
        Poisson log-likelihood of the observed cells with the stratum totals free, or None.
    parameters
        Number of parameters, the free stratum totals together counting as one, or None.
    deviance
        Twice the distance to the saturated log-likelihood, or None.
    variance
        ``(strata,)`` large-sample variance of the estimate for a fixed population, or None.
    candidates
        The models a search looked at, or None.
    parts
        The fits a combined model is made of.
    places
        The strata each part is about, where the parts share the strata out.
    draws
        ``(draws, strata)`` posterior draws of the dark figure, or None for a model without a posterior.
    findings
        What the reader must know.
    """

    model: Model
    data: CaptureTable
    unobserved: Array
    verdict: NDArray[np.int8]
    probabilities: Array
    ascertainment: Array
    terms: str | None = None
    active: tuple[str, ...] = ()
    log_likelihood: float | None = None
    parameters: int | None = None
    deviance: float | None = None
    variance: Array | None = None
    candidates: Candidates | None = None
    parts: tuple[Fit, ...] = ()
    places: tuple[NDArray[np.int64], ...] = ()
    draws: Array | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def observed(self) -> NDArray[np.int64]:
        """``(strata,)`` people on some list."""
        return self.data.observed

    @property
    def estimate(self) -> Array:
        """``(strata,)`` population size: observed plus unobserved."""
        return self.observed + self.unobserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """What refitting B tables gives; never B Fits.

    Parameters
    ----------
    observed, unobserved
        ``(B, strata)`` people on some list, and on none (``inf`` or ``nan`` where the verdict says so).
    verdict
        ``(B, strata)`` codes.
    chosen
        ``(B,)`` which of `choices` was selected.
    choices
        The distinct models selected, as the grammar writes them; empty where nothing is selected.
    """

    observed: Array
    unobserved: Array
    verdict: NDArray[np.int8]
    chosen: NDArray[np.int64]
    choices: tuple[str, ...]


@runtime_checkable
class Model(Protocol):
    """An assumption that turns a capture table into a dark figure. A frozen dataclass; its fields are its settings.

    A model may also have ``without(names)`` (see `Forgets`): the same model for a table without some names.
    """

    name: ClassVar[str]
    source: ClassVar[str]

    @property
    def supports(self) -> frozenset[str]:
        """Of ``covariates``, ``inactive lists``, ``not recorded``; anything else in the data is an error."""
        ...

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions, printed with every answer."""
        ...

    @property
    def selects(self) -> bool:
        """Whether the data choose among models, so that a bootstrap must repeat the choice."""
        ...

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Fit to a capture table."""
        ...

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit ``(B, strata, 2**K)`` counts over the strata of ``fit.data``, each from where the given fit started."""
        ...


@runtime_checkable
class Settles(Protocol):
    """A model whose replicates hold a chance of their own, beside that of the tables."""

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """As `refit`, without that chance: what `fit` would say of each table."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A model whose settings name covariates."""

    def without(self, names: Sequence[str]) -> Model:
        """The same model for a table without the covariates `names`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A model fitted B times to the same data, each time without some of the cells.

    Parameters
    ----------
    unobserved
        ``(B, strata)`` people on no list; those in the cells left out are on some list, so they are not among them.
    verdict
        ``(B, strata)`` codes.
    predicted
        ``(B, strata, 2**K)`` people expected in the cells left out, from all others; zero elsewhere.
    """

    unobserved: Array
    verdict: NDArray[np.int8]
    predicted: Array


@runtime_checkable
class GivesCells(Protocol):
    """A model that gives the cells of many tables sooner than fitting each of them would."""

    def refit_cells(self, fit: Fit, counts: Array) -> Array:
        """``(B, strata, 2**K)`` people expected with each observable history, from ``(B, strata, 2**K)`` counts."""
        ...


@runtime_checkable
class LeavesOut(Protocol):
    """A model that can be fitted to some of the cells only, as if the others could not be seen."""

    def refit_without(self, fit: Fit, absent: NDArray[np.bool_]) -> LeftOut:
        """Fit the data again without the cells in each of ``(B, strata, 2**K)`` masks, from where the fit started."""
        ...


Again = Callable[["Model", Fit, Array], Replicates]


def refitted(model: Model, fit: Fit, counts: Array) -> Replicates:
    """`Model.refit` as a function, to stand beside `settled`."""
    return model.refit(fit, counts)


def settled(model: Model, fit: Fit, counts: Array) -> Replicates:
    """What `fit` would say of ``(B, strata, 2**K)`` counts that are no replicates, such as those without one person."""
    return model.settle(fit, counts) if isinstance(model, Settles) else model.refit(fit, counts)


def check_supports(model: Model, data: CaptureTable) -> None:
    """Refuse data with something the model cannot take: never a silent loss.

    Raises
    ------
    ModelError
        Covariates, lists that were not kept everywhere, or values not recorded, where the model cannot take them.
    """
    missing = {
        feature
        for feature, there in (
            ("covariates", bool(data.covariates)),
            ("inactive lists", not data.operating.all()),
            ("not recorded", bool(data.not_recorded)),
        )
        if there and feature not in model.supports
    }
    if "covariates" in missing:
        raise ModelError("unsupported_covariates", model=model.name)
    if "inactive lists" in missing:
        raise ModelError("unsupported_inactive_lists", model=model.name)
    if "not recorded" in missing:
        raise ModelError("unsupported_not_recorded", model=model.name)


def figures(dark: Array, verdict: NDArray[np.int8]) -> Array:
    """Dark figures as they may be shown: ``inf``, 0 or ``nan`` where the verdict says so, whatever the sums gave."""
    shown = np.where(verdict == verdicts.INFINITE, np.inf, dark)
    shown = np.where(verdict == verdicts.ZERO, 0.0, shown)
    return np.where(verdict == verdicts.NOT_IDENTIFIED, np.nan, shown)


def shares(seen: Array) -> Array:
    """``(strata, 2**K)`` share of each observable history, from expected counts; zero where nobody is."""
    observable = seen.copy()
    observable[:, 0] = 0.0
    people = observable.sum(axis=1, keepdims=True)
    share: Array = np.divide(observable, people, out=np.zeros_like(observable), where=people > 0)
    return share


def share_seen(seen: Array, unseen: Array) -> Array:
    """``(strata,)`` share of people that is on some list; 1 where there is nobody."""
    everyone = seen + unseen
    share: Array = np.divide(seen, everyone, out=np.ones_like(everyone), where=everyone != 0)
    return share


def expected_cells(fit: Fit) -> Array:
    """``(strata, 2**K)`` people that a fit expects in every cell; cell 0 is the dark figure, finite or not.

    The observable cells of a stratum add up to the people on some list there, or, where the covariate margin is
    modelled, to the fitted number of them.
    """
    with np.errstate(invalid="ignore"):
        seen = fit.estimate * fit.ascertainment
    seen = np.where(np.isfinite(fit.unobserved), seen, fit.observed)
    cells = seen[:, None] * fit.probabilities
    cells[:, 0] = np.where(np.isfinite(fit.unobserved), fit.estimate - seen, fit.unobserved)
    return cells


def best_terms(fit: Fit) -> str | None:
    """The terms of the model chosen, or of the best of those averaged over; None where there is no one such model."""
    return fit.terms if fit.candidates is None or fit.candidates.weight is None else fit.candidates.label[0]


def fixed(observed: Array, unobserved: Array, verdict: NDArray[np.int8]) -> Replicates:
    """Replicates of a model that selects nothing."""
    chosen = np.zeros(len(observed), dtype=np.int64)
    return Replicates(observed=observed, unobserved=unobserved, verdict=verdict, chosen=chosen, choices=())


def chosen_among(labels: Sequence[str], observed: Array, unobserved: Array, verdict: NDArray[np.int8]) -> Replicates:
    """Replicates that each selected the model in `labels`."""
    choices = tuple(dict.fromkeys(labels))
    chosen = np.array([choices.index(label) for label in labels], dtype=np.int64)
    return Replicates(observed=observed, unobserved=unobserved, verdict=verdict, chosen=chosen, choices=choices)


def dark_findings(data: CaptureTable, verdict: NDArray[np.int8]) -> tuple[Finding, ...]:
    """What the reader must know about strata whose dark figure is not a number."""
    people = data.observed
    found = []
    for code, name in KINDS:
        strata = int(np.sum(verdict == code))
        severity: Severity = "caution" if code == verdicts.ZERO else "stop"
        if strata and data.strata == 1:
            found.append(Finding(code=f"whole_{name}", severity=severity))
        elif strata:
            values = {"n": strata, "people": int(people[verdict == code].sum()), "strata": data.strata}
            found.append(Finding(code=f"dark_figure_{name}", severity=severity, values=values))
    return tuple(found)


def stack(parts: Sequence[Replicates]) -> Replicates:
    """Replicates one after the other; the choices are merged."""
    choices = tuple(dict.fromkeys(choice for part in parts for choice in part.choices))
    if not choices:
        return fixed(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("observed", "unobserved", "verdict"))
        )
    place = {choice: number for number, choice in enumerate(choices)}
    return Replicates(
        observed=np.concatenate([part.observed for part in parts]),
        unobserved=np.concatenate([part.unobserved for part in parts]),
        verdict=np.concatenate([part.verdict for part in parts]),
        chosen=np.concatenate([np.array([place[c] for c in part.choices], int)[part.chosen] for part in parts]),
        choices=choices,
    )
