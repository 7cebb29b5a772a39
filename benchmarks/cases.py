"""What is timed, and what others took for it.

The times of others were recorded with R 4.2.2 and single-threaded linear algebra on 21 November 2026, on a machine
that was shared too: compare sizes, not digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.runner import Case, Peer
from darknumber.data.examples import example
from darknumber.data.read import read_records
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import tabulate
from darknumber.inference import bootstrap
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear, Model, PooledTotal, Stepwise
from darknumber.run.demo import MODEL

# The search of `mse` on its own data: every candidate of every step fitted, 33 models visited. A second run took 28.8.
SEARCH = Peer(name="mse, model_search", seconds=26.2)
# 200 replicates of its bootstrap took 15.1 seconds by the clock on one worker, whose CPU time was not recorded.
REFIT = Peer(name="mse, boot_mse", seconds=0.075)
# 1,000 replicates with the search repeated in each, and BCa limits, on the five lists of the United Kingdom.
UK = (
    Peer(name="SparseMSE, stepwise at p = 0.02", seconds=121.089),
    Peer(name="MultipleSystemsEstimation, stepwise at p = 0.02", seconds=64.084),
    Peer(name="MultipleSystemsEstimation, all models by BIC", seconds=128.696),
)

SIMDAT_LISTS = ("R1", "R2", "R3", "R4")
SIMDAT_COVARIATES = ("X1", "X2", "X3", "X4", "Y")
TREND = "poly(Y, 2)"
# The model with the lowest BIC on the path of `mse`, as its record in tests/golden/mse.json names it.
LOWEST_BIC = (
    "X1:X4 + R3:X2 + X1:poly(Y, 2) + X2:poly(Y, 2) + X2:X4 + X1:X2 + R1:X2 + X2:X3 + X4:poly(Y, 2) + X3:X4"
    " + X3:poly(Y, 2) + R1:X1 + R2:R4 + X1:X3 + R4:X3 + R4:X4 + R1:X4 + R3:poly(Y, 2) + R2:X2 + R4:poly(Y, 2)"
    " + R3:X1 + R1:R4"
)
REPLICATES = 200
REGISTER_REPLICATES = 4

Screen = Literal["score", "refit"]
Margin = Literal["modelled", "free"]


def all_cases(simdat: Path) -> tuple[Case, ...]:
    """Everything that is timed.

    Parameters
    ----------
    simdat
        The data file of `mse`.
    """
    return (
        search_case(simdat, "score"),
        search_case(simdat, "refit"),
        refit_case(simdat, "modelled"),
        refit_case(simdat, "free"),
        Case(name="UK, 5 lists: 1,000 replicates with search, BCa limits", prepare=_uk, peers=UK),
        *(register_case(pooled=pooled) for pooled in (True, False)),
    )


def search_case(simdat: Path, screen: Screen) -> Case:
    """The search of `mse` on its data in three joined phases, with the verdict and the estimate at every step."""
    what = "candidates screened by score" if screen == "score" else "every candidate fitted"
    model = joined_search(screen)
    return Case(
        name=f"mse_simdat: whole search, {what}",
        prepare=lambda: partial(model.fit, simdat_table(simdat)),
        peers=(SEARCH,),
    )


def refit_case(simdat: Path, margin: Margin) -> Case:
    """One replicate of the lowest-BIC model: drawn, refitted, and its dark figures judged."""
    what = "covariates modelled, as mse does" if margin == "modelled" else "conditional on the covariates"
    return Case(
        name=f"mse_simdat: one replicate's refit, {what}",
        prepare=lambda: replicates_of(LogLinear(LOWEST_BIC, margin=margin), simdat_table(simdat), REPLICATES),
        times=REPLICATES,
        peers=(REFIT,),
    )


def register_case(*, pooled: bool) -> Case:
    """One replicate of the built-in study, the whole selection repeated."""
    what = "pooled over form" if pooled else "pooled and by form"
    return Case(
        name=f"Synthetic register: one replicate with search, {what}",
        prepare=partial(_register, pooled),
        times=REGISTER_REPLICATES,
    )


def joined_search(screen: Screen) -> Stepwise:
    """The three phases of `mse`: by BIC; by AIC, keeping what was found; then at a penalty of 1."""
    first = Stepwise("bic", trend=TREND, margin="modelled", screen=screen)
    second = Stepwise("aic", trend=TREND, margin="modelled", screen=screen, lower=first)
    return Stepwise(1.0, trend=TREND, margin="modelled", screen=screen, lower=second)


def simdat_table(simdat: Path) -> CaptureTable:
    """The data of `mse`: four lists, five covariates."""
    return tabulate(read_records(simdat, lists=SIMDAT_LISTS, covariates=SIMDAT_COVARIATES))


def replicates_of(model: Model, table: CaptureTable, replicates: int) -> Callable[[], object]:
    """Draws and refits replicates of a model fitted beforehand."""
    fit = model.fit(table)
    law = bootstrap.law_of(fit, Bootstrap())
    shape = (table.strata, 1 << len(table.lists))

    def work() -> object:
        counts = np.stack([bootstrap.draw(law, shape, 1, b) for b in range(replicates)])
        return model.refit(fit, counts)

    return work


def _uk() -> Callable[[], object]:
    return partial(estimate, example("uk-2013-5"), Stepwise(), Bootstrap(limits="bca"), seed=1, workers=1)


def _register(pooled: bool) -> Callable[[], object]:
    table = example("register")
    if pooled:
        return replicates_of(MODEL, table.pool(table.not_recorded), REGISTER_REPLICATES)
    return replicates_of(PooledTotal(MODEL), table, REGISTER_REPLICATES)
