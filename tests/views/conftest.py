"""Answers to show: made from numbers, not from a fit, so that the views are tested without the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates, Selection
from darknumber.inference.intervals import Bootstrap, LogNormal
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates, Fit, share_seen, shares

LISTS = ("police", "border", "inspectorate", "coordinators", "shelters", "others")
YEARS = tuple(str(year) for year in range(2010, 2020))
REGISTERED = (993, 1222, 1711, 1437, 1561, 1150, 952, 958, 1310, 1372)
RATIO = (4.9, 5.4, 4.8, 4.9, 4.3, 5.1, 4.9, 4.5, 3.7, 3.7)
REPLICATES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A model that is never fitted; it only has what a view reads."""

    name: ClassVar[str] = "test-choice"
    source: ClassVar[str] = "Author & Author 2021, Journal of Examples 1(2), 3-4"
    supports: ClassVar[frozenset[str]] = frozenset({"covariates"})
    assumes: ClassVar[tuple[str, ...]] = ("pairs_only", "everyone_can", "no_linkage_errors")
    selects: ClassVar[bool] = True
    criterion: Literal["aic", "bic"] = "bic"

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Nothing to fit."""
        raise NotImplementedError


def table(
    covariates: Sequence[Covariate],
    observed: np.ndarray,
    *,
    lists: Sequence[str] = LISTS,
    unit: Literal["person", "person-year"] = "person",
    name: str = "example.csv",
    findings: Sequence[Finding] = (),
) -> CaptureTable:
    """People spread over the lists: most on one, some on two; the border police and the inspectorate never share."""
    random = np.random.default_rng(7)
    weight = np.array([0.45, 0.13, 0.05, 0.14, 0.13, 0.10])[: len(lists)]
    cells: dict[tuple[int, int], int] = {}
    for stratum, people in enumerate(observed.astype(int)):
        first = random.choice(len(lists), size=people, p=weight / weight.sum())
        second = random.choice(len(lists), size=people, p=weight / weight.sum())
        both = (random.random(people) < 0.09) & (first != second)
        if len(lists) > 2:
            both &= ~(np.isin(first, (1, 2)) & np.isin(second, (1, 2)))
        history = (1 << first) | np.where(both, 1 << second, 0)
        for cell, count in zip(*np.unique(history, return_counts=True), strict=True):
            cells[stratum, int(cell)] = cells.get((stratum, int(cell)), 0) + int(count)
    shape = tuple(len(covariate.levels) for covariate in covariates)
    places = np.array([stratum for stratum, _ in cells])
    return CaptureTable.build(
        lists,
        [history for _, history in cells],
        list(cells.values()),
        covariates=covariates,
        levels=list(np.unravel_index(places, shape)) if shape else (),
        unit=unit,
        name=name,
        findings=findings,
    )


def answer(
    data: CaptureTable,
    ratio: np.ndarray,
    *,
    spread: float = 0.12,
    verdict: dict[int, int] | None = None,
    findings: Sequence[Finding] = (),
    shared: float = 0.06,
) -> Estimates:
    """An answer with a given ratio in every stratum and log-normal draws around it.

    Parameters
    ----------
    data
        The table it is about.
    ratio
        ``(strata,)`` estimated over registered.
    spread
        Log standard deviation of the dark figure of each stratum.
    verdict
        Strata that are not estimable, with their code.
    findings
        What the answer carries.
    shared
        Log standard deviation that all strata share.
    """
    random = np.random.default_rng(11)
    observed = data.observed.astype(float)
    unobserved = observed * (ratio - 1)
    noise = random.normal(0, spread, (REPLICATES, len(observed))) + random.normal(0, shared, (REPLICATES, 1))
    draws = observed + unobserved * np.exp(noise)
    codes = np.full(len(observed), verdicts.ESTIMABLE, dtype=np.int8)
    codes[observed == 0] = verdicts.ZERO
    at_least = observed + unobserved
    for stratum, code in (verdict or {}).items():
        codes[stratum] = code
        unobserved[stratum] = np.inf if code == verdicts.INFINITE else np.nan
        draws[:, stratum] = unobserved[stratum]
        at_least[stratum] = observed[stratum]
    fit = Fit(
        model=Chosen(),
        data=data,
        unobserved=unobserved,
        verdict=codes,
        probabilities=shares(data.dense()),
        ascertainment=share_seen(observed, unobserved),
        terms="police:others + coordinators:shelters + police:shelters",
        active=tuple(covariate.name for covariate in data.covariates),
        candidates=path(float(unobserved.sum())),
    )
    return Estimates(
        covariates=data.covariates,
        observed=observed,
        unobserved=unobserved,
        verdict=codes,
        at_least=at_least,
        draws=draws,
        level=0.95,
        interval=Bootstrap(replicates=REPLICATES),
        seed=1,
        fits=(fit,),
        unit=data.unit,
        name=data.name,
        selection=Selection(
            choices=(fit.terms, "police:others"), shares=np.array([0.62, 0.38]), verdicts={"estimable": 1.0}
        ),
        findings=tuple(findings),
    )


def path(unobserved: float) -> Candidates:
    """A stepwise path of eight models that ends in the chosen one; the second has no finite estimate."""
    steps = np.arange(8)
    distance = np.array([412.0, 290.0, 177.0, 92.0, 41.0, 8.4, 3.1, 0.0])
    sizes = unobserved * np.array([1.32, np.inf, 0.7, 0.82, 1.18, 1.09, 0.94, 1.0])
    return Candidates(
        label=tuple(f"model {step}" for step in steps),
        step=(
            "",
            "+ police:others",
            *(f"+ coordinators:{name}" for name in ("police", "shelters", "others", "form", "sex", "age")),
        ),
        parameters=(steps + 20).astype(np.int64),
        deviance=900.0 - 60.0 * steps,
        aic=distance + 1000,
        aicc=distance + 1001,
        bic=distance + 1100,
        unobserved=sizes,
        verdict=np.where(np.isfinite(sizes), verdicts.ESTIMABLE, verdicts.INFINITE).astype(np.int8),
        chosen=7,
        distance=distance,
    )


def register_covariates() -> tuple[Covariate, ...]:
    """Year, sex, age, nationality, form (with people not recorded), domestic or cross-border."""
    return (
        Covariate.of("year", YEARS),
        Covariate(name="sex", levels=("female", "male")),
        Covariate(name="age", levels=("minor", "adult")),
        Covariate(name="nationality", levels=("dutch", "other")),
        Covariate(name="form", levels=("sexual", "labour", "criminal", NOT_RECORDED)),
        Covariate(name="crossing", levels=("domestic", "cross-border")),
    )


def register_like(ratio: Sequence[float] = RATIO, spread: float = 0.12) -> Estimates:
    """A register by year with six lists; Dutch minors are about half as much in view."""
    covariates = register_covariates()
    shape = tuple(len(covariate.levels) for covariate in covariates)
    share = np.array([0.72, 0.28])[:, None, None, None, None]
    share = share * np.array([0.16, 0.84])[:, None, None, None] * np.array([0.33, 0.67])[:, None, None]
    share = share * np.array([0.5, 0.22, 0.1, 0.18])[:, None] * np.array([0.4, 0.6])
    observed = np.random.default_rng(3).poisson(np.array(REGISTERED)[:, None, None, None, None, None] * share)
    times = np.broadcast_to(np.array(ratio)[:, None, None, None, None, None], shape).copy()
    times[:, :, 0, 0] *= 1.9
    data = table(covariates, observed.reshape(-1), unit="person-year", name="synthetic register")
    return answer(data, times.reshape(-1), spread=spread)


@pytest.fixture(scope="session")
def register() -> Estimates:
    """Ten years, 640 strata, with a peak in 2012."""
    return register_like()


@pytest.fixture(scope="session")
def flat_register() -> Estimates:
    """The same with so much doubt that no change is clear."""
    estimates = register_like()
    assert estimates.draws is not None
    noise = np.random.default_rng(5).normal(0, 0.6, (REPLICATES, len(YEARS)))
    factor = np.repeat(np.exp(noise), len(estimates.observed) // len(YEARS), axis=1)
    return replace(estimates, draws=estimates.observed + (estimates.draws - estimates.observed) * factor)


@pytest.fixture(scope="session")
def plain() -> Estimates:
    """One total without covariates."""
    return answer(table((), np.array([2744])), np.array([4.5]))


@pytest.fixture(scope="session")
def no_draws() -> Estimates:
    """One total with log-normal limits, which has no draws."""
    estimates = answer(table((), np.array([2744])), np.array([4.5]))
    return replace(estimates, draws=None, selection=None, interval=LogNormal(), bounds=np.array([[10700.0, 15100.0]]))


@pytest.fixture(scope="session")
def broken() -> Estimates:
    """Four years: one without an upper limit, one not identified, one with nobody, one fine."""
    covariate = Covariate.of("year", YEARS[:4])
    data = table((covariate,), np.array([900, 40, 0, 850]), name="gaps.csv")
    return answer(data, np.full(4, 4.0), verdict={1: verdicts.NOT_IDENTIFIED, 3: verdicts.INFINITE})


@pytest.fixture(scope="session")
def groups_only() -> Estimates:
    """Two covariates and no time; one stratum has no upper limit in some replicates."""
    covariates = (
        Covariate(name="sex", levels=("female", "male", NOT_RECORDED)),
        Covariate(name="region", levels=("north", "south")),
    )
    estimates = answer(
        table(covariates, np.array([300, 420, 120, 90, 12, 8])), np.array([3.0, 4.0, 6.0, 9.0, 4.0, 4.0])
    )
    assert estimates.draws is not None
    draws = estimates.draws.copy()
    draws[:40, 3] = np.inf
    return replace(estimates, draws=draws)


@pytest.fixture(scope="session")
def long_series() -> Estimates:
    """Forty-one years."""
    years = Covariate.of("year", [str(year) for year in range(1980, 2021)])
    return answer(table((years,), np.full(41, 100)), np.full(41, 4.0))
