"""A small study to publish: everything that can happen to a number happens in it."""

from __future__ import annotations

import numpy as np

from darknumber.data.residents import Residents
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED

YEAR = Covariate(name="year", levels=("2018", "2019", "2021"), values=(2018.0, 2019.0, 2021.0))
SEX = Covariate(name="sex", levels=("female", "male"))
FORM = Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED))
DRAWS = 199
OBSERVED = np.array([[[40, 300, 20], [210, 35, 12]], [[55, 340, 4], [260, 48, 3]], [[60, 310, 11], [240, 40, 15]]])


def table() -> CaptureTable:
    """The counts: a third of the people on both of two lists."""
    counts = OBSERVED.ravel()
    both = counts // 3
    cells = np.concatenate([both, (counts - both + 1) // 2, (counts - both) // 2])
    levels = [np.tile(axis, 3) for axis in np.unravel_index(np.arange(18), OBSERVED.shape)]
    histories = np.repeat([3, 1, 2], 18)
    return CaptureTable.build(
        ("police", "care"), histories, cells, covariates=(YEAR, SEX, FORM), levels=levels, unit="person-year"
    )


def estimates(**odd: str) -> Estimates:
    """Three unseen for each registered; `odd` makes 2019 strange in one way.

    ``infinite``, ``unknown`` and ``wide`` are what becomes of 2019; ``open`` has no upper limit there.
    """
    observed = OBSERVED.ravel().astype(float)
    unobserved = observed * 3
    draws = observed + unobserved * np.random.default_rng(2).lognormal(0, 0.3, (DRAWS, 18))
    verdict = np.full(18, ESTIMABLE, dtype=np.int8)
    place = slice(6, 12)
    if odd.get("in_2019") == "infinite":
        unobserved[place], draws[:, place], verdict[place] = np.inf, np.inf, INFINITE
    if odd.get("in_2019") == "unknown":
        unobserved[place], draws[:, place], verdict[place] = np.nan, np.nan, NOT_IDENTIFIED
    if odd.get("in_2019") == "open":
        draws[:30, place] = np.inf
    if odd.get("in_2019") == "wide":
        draws[:, place] = observed[place] + unobserved[place] * np.geomspace(0.001, 60, DRAWS)[:, None]
    return Estimates(
        covariates=(YEAR, SEX, FORM),
        observed=observed,
        unobserved=unobserved,
        verdict=verdict,
        at_least=np.where(np.isfinite(unobserved), observed + unobserved, observed),
        draws=draws,
        level=0.95,
        interval=Bootstrap(replicates=DRAWS),
        seed=1,
        fits=(),
        unit="person-year",
        name="example.csv",
    )


def residents() -> Residents:
    """A million women and a million men in 2018, more later."""
    people = np.array([1_000_000, 1_000_000, 1_010_000, 1_020_000, 1_100_000, 1_120_000], dtype=float)
    return Residents(covariates=(YEAR, SEX), people=people, name="cbs.csv")
