"""All hierarchical log-linear models of a table, each as probable as the data and a prior make it."""

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
from darknumber.kernels.poisson import maximise
from darknumber.models.base import (
    Candidates,
    Fit,
    Replicates,
    check_supports,
    chosen_among,
    dark_findings,
    share_seen,
)
from darknumber.models.best import NEAR
from darknumber.models.columns import Margin, all_terms, terms_of, without_names
from darknumber.models.criteria import penalty, small_sample
from darknumber.models.log_linear import (
    COMMON_ASSUMPTIONS,
    Refitter,
    deviance,
    log_likelihood,
    parameter_count,
    supports,
)
from darknumber.models.model_draws import Analysis, analyse, unsupported
from darknumber.models.options import check_options
from darknumber.models.sum_to_zero import Frame, make_frame
from darknumber.models.threshold import BAD_R_HAT, FEW_DRAWS, LEAST_CHAIN

Array = NDArray[np.float64]
Codes = NDArray[np.int8]

MOST_LISTED = 200  # models in the table of candidates: each is fitted by maximum likelihood too
MUCH = 0.05  # of the weight, from which it is told what it rests on
_REFIT_SEED = 0  # replicates differ by their data, not by the sampler's random numbers


@dataclass(frozen=True, slots=True)
class BayesLogLinear:
    """Every hierarchical log-linear model over some terms, equally likely beforehand, weighed by its evidence.

    The dark figure is drawn from all of them, as often as they are probable, by a chain that moves between models.
    Small families are looked at in full; in larger ones the likely models are searched for first.

    Parameters
    ----------
    max_order
        The most lists and covariates in one term, where `scope` is empty; 2 for pairs.
    scope
        The terms that may be in a model, in the term grammar; empty for all of up to `max_order`.
    always
        Terms that are in every model.
    prior
        Of the parameters: ``unit-information``, normal with as much information as one cell holds; or ``hyper-g``, the
        same with a scale that the data choose.
    beliefs
        Priors on the log odds ratio of terms between lists, such as ``"police:border ~ 0.7, 0.35"``: its mean and
        standard deviation, where the term is in the model.
    censored
        Lists whose people may not all belong to the population: the count of those on exactly these lists, such as
        ``"police"`` or ``"police:border"``, is an upper limit.
    margin
        ``free`` conditions on the covariates, with an intercept of its own for every stratum. ``modelled`` gives the
        covariates main effects and terms of their own, as R's `conting` does.
    draws, chains
        Posterior draws, all chains together, and the number of chains.
    """

    name: ClassVar[str] = "bayes-log-linear"
    source: ClassVar[str] = "Overstall & King 2014; Sabanés Bové & Held 2011"
    selects: ClassVar[bool] = True
    criterion: ClassVar[str] = "posterior"
    max_order: int = 2
    scope: str = ""
    always: str = ""
    prior: Literal["unit-information", "hyper-g"] = "unit-information"
    beliefs: tuple[str, ...] = ()
    censored: tuple[str, ...] = ()
    margin: Margin = "free"
    draws: int = 10_000
    chains: int = 4

    def __post_init__(self) -> None:
        check_options(self)
        for option, value, least in (
            ("max_order", self.max_order, 1),
            ("chains", self.chains, 1),
            ("draws", self.draws, LEAST_CHAIN * self.chains),
        ):
            if not least <= value < np.inf:
                raise ModelError("option_too_small", option=option, value=value, least=least)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data."""
        return supports(self.margin)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        terms = "pairs_only" if self.max_order == 2 and not (self.scope or self.always) else "selected_terms"
        prior = "prior_unit_information" if self.prior == "unit-information" else "prior_hyper_g"
        believed = ("prior_beliefs",) if self.beliefs else ()
        bounded = ("counts_are_limits",) if self.censored else ()
        return (terms, prior, *believed, *bounded, *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Weigh the models and draw from all of them; `Fit.candidates` holds those within `NEAR` of the best.

        Raises
        ------
        ModelError
            Settings that do not go with the table.
        """
        check_supports(self, data)
        frame = self._frame(data)
        found = analyse(frame, data.dense(), draws=self.draws, chains=self.chains, seed=seed)
        listed = _listed(frame, found, data) if found.space is not None else None
        near = () if listed is None or found.space is None else tuple(found.space.inside[: len(listed.label)])
        active = {name for inside in near for name in frame.columns.active(inside)}
        return Fit(
            model=self,
            data=data,
            unobserved=found.dark,
            verdict=found.verdict,
            probabilities=found.shares,
            ascertainment=share_seen(data.observed.astype(float), found.dark),
            active=tuple(covariate.name for covariate in data.covariates if covariate.name in active),
            candidates=listed,
            draws=found.draws,
            findings=(*dark_findings(data, found.verdict), *_findings(frame, found, data)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Do it all again on ``(B, strata, 2**K)`` counts; the model of most weight is what a replicate chose."""
        frame = self._frame(fit.data)
        found = [analyse(frame, y, draws=self.draws, chains=self.chains, seed=_REFIT_SEED) for y in counts]
        labels = [
            frame.columns.label(frame.columns.fixed if each.space is None else each.space.inside[0]) for each in found
        ]
        dark, verdict = np.stack([each.dark for each in found]), np.stack([each.verdict for each in found])
        return chosen_among(labels, counts.sum(axis=2), dark, verdict)

    def without(self, names: Sequence[str]) -> BayesLogLinear:
        """The same model for a table without the covariates `names`."""
        return replace(self, scope=without_names(self.scope, names), always=without_names(self.always, names))

    def _frame(self, data: CaptureTable) -> Frame:
        wanted = terms_of(self.scope, data) if self.scope else all_terms(data, self.max_order, "", self.margin)
        return make_frame(
            data,
            wanted,
            terms_of(self.always, data),
            self.margin,
            hyper=self.prior == "hyper-g",
            beliefs=self.beliefs,
            censored=self.censored,
        )


def _listed(frame: Frame, found: Analysis, data: CaptureTable) -> Candidates:
    """The models close to the best, with what maximum likelihood says of them."""
    space, y = found.space, frame.order.counts(data.dense())
    assert space is not None  # no models, nothing to list
    assert found.models is not None
    distance = 2 * (space.log_evidence[0] - space.log_evidence)
    rows = np.flatnonzero(distance <= NEAR)[:MOST_LISTED]
    inside, people = space.inside[rows], float(y.sum())
    columns, fit, cost = [], [], []
    for state in inside:
        refitter = Refitter(frame.columns, state)
        seen = refitter.seen(y, maximise(refitter.design, refitter.merge(y))[1])
        fit.append(deviance(y, seen))
        cost.append(-2 * log_likelihood(y, seen))
        columns.append(parameter_count(frame.columns, state))
    count, minus_two = np.array(columns, dtype=float), np.array(cost)
    total = found.draws.sum(axis=1)
    dark = np.array([_median_of(total, found.models == row, float(np.sum(found.dark))) for row in rows])
    return Candidates(
        label=tuple(frame.columns.label(state) for state in inside),
        step=("",) * len(rows),
        parameters=np.array(columns, dtype=np.int64),
        deviance=np.array(fit),
        aic=minus_two + 2 * count,
        aicc=minus_two + 2 * count + small_sample(count, people),
        bic=minus_two + penalty("bic", y) * count,
        unobserved=dark,
        verdict=np.full(len(rows), _whole(found.verdict, data), dtype=np.int8),
        chosen=0,
        distance=distance[rows],
        weight=space.weight[rows],
        delta=NEAR,
        beyond=NEAR if space.complete and len(rows) < MOST_LISTED else 0.0,
    )


def _median_of(total: Array, those: NDArray[np.bool_], otherwise: float) -> float:
    """The median of some of the draws; of a model without any, that of all."""
    return float(np.median(total[those])) if those.any() else otherwise


def _whole(verdict: Codes, data: CaptureTable) -> int:
    together = np.zeros(data.strata, dtype=np.int64)
    return int(verdicts.of_sum(verdict, together, 1, data.observed > 0)[0])


def _findings(frame: Frame, found: Analysis, data: CaptureTable) -> tuple[Finding, ...]:
    """What the reader must know beside the verdict."""
    space = found.space
    if space is None:
        return ()
    said = []
    values: dict[str, object]
    open_weight = unsupported(frame, data.dense(), space)
    if open_weight > MUCH:
        said.append(Finding(code="moves_prior_decides", severity="caution", values={"share": open_weight}))
    if found.r_hat > BAD_R_HAT or found.size < FEW_DRAWS:
        values = {"r_hat": found.r_hat, "size": int(found.size)}
        said.append(Finding(code="chains_unsettled", severity="caution", values=values))
    if space.beyond > MUCH:
        values = {"n": space.looked, "share": space.beyond}
        said.append(Finding(code="moves_search_open", severity="caution", values=values))
    if found.bounded is not None and np.isfinite(found.draws).all():
        recorded = float(frame.order.counts(data.dense())[:, frame.bounded].sum())
        real = found.draws.sum(axis=1) + data.observed.sum() - recorded + found.bounded
        low, middle, high = np.quantile(real, [0.025, 0.5, 0.975])
        belong = float(np.median(found.bounded))
        values = {"n": int(recorded), "belong": belong, "total": float(middle), "low": float(low), "high": float(high)}
        said.append(Finding(code="moves_censored", severity="caution", values=values))
    label = frame.columns.label(space.inside[0])
    weight = space.weight
    enough = int(np.searchsorted(np.cumsum(weight), 0.95)) + 1
    code = "moves_weights" if label else "moves_weights_none"
    if space.looked == 1 and not label:
        code = "moves_one"
    values = {"n": enough, "looked": space.looked, "terms": label, "share": float(weight[0])}
    said.append(Finding(code=code, values=values))
    return tuple(said)
