"""Latent classes under a Dirichlet process: people of kinds that nobody sees, and lists independent within a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.chains import effective_size, split_r_hat
from darknumber.kernels.design import make_design
from darknumber.kernels.existence import Existence
from darknumber.kernels.latent_chain import draw_unseen, rungs_for, sample_classes
from darknumber.kernels.latent_moves import TINY, Prior
from darknumber.kernels.latent_prior import calibrated, prior_odds
from darknumber.kernels.poisson import maximise
from darknumber.kernels.summaries import modes
from darknumber.models.base import (
    Fit,
    Replicates,
    check_supports,
    dark_findings,
    figures,
    fixed,
    share_seen,
    shares,
)
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options

Array = NDArray[np.float64]

LEAST_CHAIN = 50  # draws of one chain; with fewer nothing can be said about whether it has settled
BAD_R_HAT = 1.01  # as for `bayes-threshold`
FEW_DRAWS = 400.0
INNER, OUTER = (0.25, 0.75), (0.05, 0.95)
WIDE = 0.5  # the middle half of the posterior is this wide or wider, as a share of that beforehand: the prior decides
ALL_CLASSES = 0.05  # of the draws have somebody in every class: there may be more classes than may be had
FEWEST_LISTS = 4  # below it two classes say more than the lists do (see `latent_em.in_general`)
_REFIT_SEED = 0  # replicates differ by their data, not by the sampler's random numbers


@dataclass(frozen=True, slots=True)
class LatentClass:
    """People are of kinds that differ in how they come on lists; how many kinds, and of which size, is drawn too.

    The prior of the chances to be on a list is set by what it says beforehand of the dark figure. The estimate is the
    posterior median of the number of people on no list, under a prior of one over the population size.

    Parameters
    ----------
    ratio
        Unseen people for each one seen, such that more and fewer are as likely beforehand; `off` follows from it.
    spread
        Of the prior around that ratio: the standard deviation of the log of `off`. With 0 the prior is narrow.
    on, off
        Each chance to be on a list is ``Beta(on, off)``. An `off` of 0 stands for the one that `ratio` asks for.
    shape, rate
        The concentration of the Dirichlet process is ``Gamma(shape, rate)``: low is few classes.
    classes
        There are no more classes than this.
    cap
        Draws with more unseen people for each one seen are thrown away, as LCMCR does at 20; 0 for none.
    draws, chains
        Posterior draws, all chains together, and the number of chains.
    thin
        One of so many rounds of the sampler is a draw.
    rungs
        Tables of ever fewer people on which each chain runs too, so that it does not get stuck; 0 for as many as the
        number of people asks for, 1 for a plain chain.
    """

    name: ClassVar[str] = "latent-class"
    source: ClassVar[str] = "Manrique-Vallier 2016"
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})  # no covariates: one table
    selects: ClassVar[bool] = False
    ratio: float = 1.0
    spread: float = 1.0
    on: float = 1.0
    off: float = 0.0
    shape: float = 0.25
    rate: float = 0.25
    classes: int = 10
    cap: float = 0.0
    draws: int = 4000
    chains: int = 4
    thin: int = 5
    rungs: int = 0

    def __post_init__(self) -> None:
        check_options(self)
        for option in ("ratio", "on", "shape", "rate"):
            value = getattr(self, option)
            if not 0 < value < np.inf:
                raise ModelError("option_not_positive", option=option, value=value)
        for option, least in (
            ("spread", 0),
            ("off", 0),
            ("cap", 0),
            ("classes", 1),
            ("chains", 1),
            ("thin", 1),
            ("rungs", 0),
            ("draws", LEAST_CHAIN * self.chains),
        ):
            value = getattr(self, option)
            if not least <= value < np.inf:
                raise ModelError("option_too_small", option=option, value=value, least=least)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("latent_classes", "prior_of_unseen", *COMMON_ASSUMPTIONS)

    def prior(self, lists: int) -> Prior:
        """What is held likely beforehand with so many lists."""
        given = Prior(self.on, self.off or 1.0, self.spread, self.shape, self.rate)
        return given if self.off else calibrated(self.ratio, given, self.classes, lists)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Sample the posterior; `Fit.draws` are numbers of people on no list."""
        check_supports(self, data)
        if data.strata != 1:
            raise ModelError("unsupported_covariates", model=self.name)
        found = _analyse(self, data.dense()[0], seed)
        dark = np.array([np.median(found.dark)])
        verdict = np.array([found.verdict], dtype=np.int8)
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=found.shares[None],
            ascertainment=share_seen(data.observed.astype(float), dark),
            draws=found.dark[:, None],
            findings=(*dark_findings(data, verdict), *found.findings),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:  # noqa: ARG002 - the contract of every model
        """Sample the posterior of ``(B, 1, 2**K)`` counts anew."""
        found = [_analyse(self, y[0], _REFIT_SEED, told=False) for y in counts]
        dark = np.array([[np.median(each.dark)] for each in found])
        return fixed(counts.sum(axis=2), dark, np.array([[each.verdict] for each in found], dtype=np.int8))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Analysis:
    """What one table gave.

    Parameters
    ----------
    dark
        ``(draws,)`` people on no list; ``inf``, ``nan`` or 0 throughout where the verdict says so.
    verdict
        Of the dark figure.
    shares
        ``(2**K,)`` posterior mean share of each observable history; without a posterior that of independent lists.
    findings
        What the reader must know beside the verdict.
    """

    dark: Array
    verdict: int
    shares: Array
    findings: tuple[Finding, ...] = ()


def _analyse(model: LatentClass, y: Array, seed: int, *, told: bool = True) -> _Analysis:
    """The posterior of one table; where even a single class has no finite dark figure, that verdict.

    The priors are proper, so there is a posterior whatever the table; with lists that share nobody it is the prior.
    With `told` the findings come too.
    """
    people = round(float(y[1:].sum()))
    if people == 0:
        return _Analysis(dark=np.zeros(model.draws), verdict=verdicts.ESTIMABLE, shares=np.zeros(len(y)))
    lists = len(y).bit_length() - 1
    singles = np.array([1 << place for place in range(lists)], dtype=np.int64)
    live = (np.arange(len(y)) > 0)[None]
    design = make_design(lists, singles, np.ones((1, lists)), np.arange(lists), live, conditional=True)
    verdict = Existence(design).verdict(y[None])
    if verdict[0] != verdicts.ESTIMABLE:
        _, mu, _ = maximise(design, y[None])
        dark = np.full(model.draws, figures(np.zeros(1), verdict)[0])
        return _Analysis(dark=dark, verdict=int(verdict[0]), shares=shares(mu)[0])
    prior = model.prior(lists)
    sample = sample_classes(
        np.round(y),
        prior,
        classes=model.classes,
        rungs=model.rungs or rungs_for(people),
        chains=model.chains,
        draws=-(-model.draws // model.chains),
        thin=model.thin,
        seed=seed,
    )
    unseen = draw_unseen(sample.odds, people, seed).T.reshape(-1)
    odds = sample.odds.T.reshape(-1)
    log_odds = np.log(np.maximum(sample.odds, TINY))
    findings = []
    if model.cap:
        below = np.flatnonzero(unseen <= model.cap * people)
        if not len(below):
            raise ModelError("latent_cap", cap=model.cap)
        if len(below) < len(unseen):
            values = {"share": 1 - len(below) / len(unseen), "cap": model.cap}
            findings.append(Finding(code="latent_capped", severity="caution", values=values))
        # Evenly over what is left, some twice, so that there are as many draws as asked for.
        kept = below[np.arange(len(unseen)) * len(below) // len(unseen)]
        unseen, odds = unseen[kept], odds[kept]
        log_odds = np.minimum(log_odds, np.log(model.cap))
    if told:
        findings += _findings(model, prior_odds(prior, model.classes, lists), odds, lists)
        findings += _of_chains(log_odds, unseen + people)
    if told and model.classes > 1 and np.mean(sample.occupied == model.classes) > ALL_CLASSES:
        findings.append(Finding(code="latent_all_classes", severity="caution", values={"n": model.classes}))
    return _Analysis(
        dark=unseen[: model.draws], verdict=verdicts.ESTIMABLE, shares=sample.shares, findings=tuple(findings)
    )


def _findings(model: LatentClass, before: Array, after: Array, lists: int) -> list[Finding]:
    """What was held likely beforehand, and how much of the answer that is."""
    found = []
    if lists < FEWEST_LISTS and model.classes > 1:
        found.append(Finding(code="latent_few_lists", severity="caution", values={"n": lists}))
    width = [float(np.diff(np.quantile(np.log(np.maximum(each, TINY)), INNER))[0]) for each in (before, after)]
    if width[1] >= WIDE * width[0]:
        found.append(Finding(code="latent_prior_decides", severity="caution"))
    low, high = np.quantile(before, OUTER)
    values = {"middle": float(np.median(before)), "low": float(low), "high": float(high)}
    found.append(Finding(code="latent_prior", values={**values, "after": float(np.median(after))}))
    return found


def _of_chains(log_odds: Array, people: Array) -> list[Finding]:
    """Whether the chains have settled, and whether the posterior has several tops."""
    found = []
    r_hat, size = split_r_hat(log_odds), effective_size(log_odds)
    if r_hat > BAD_R_HAT or size < FEW_DRAWS:
        found.append(Finding(code="chains_unsettled", severity="caution", values={"r_hat": r_hat, "size": int(size)}))
    tops = modes(people)
    if len(tops) > 1:
        between = np.sqrt(tops[0] * tops[-1])
        values = {"n": len(tops), "low": float(tops[0]), "high": float(tops[-1])}
        share = float(np.mean(people < between))
        found.append(Finding(code="latent_tops", severity="caution", values={**values, "share": share}))
    return found
