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
from darknumber.models import Average, Best, LogLinear, Model, PooledTotal, Stepwise
from darknumber.studies.panel import panel

MODEL = Stepwise(criterion="aic", trend="poly(year, 2)")  # that of the demo

# The search of `mse` on its own data: every candidate of every step fitted, 33 models visited. A second run took 28.8.
SEARCH = Peer(name="mse, model_search", seconds=26.2)
# 200 replicates of its bootstrap took 15.1 seconds by the clock on one worker, whose CPU time was not recorded.
REFIT = Peer(name="mse, boot_mse", seconds=0.075)
# 1,000 replicates with the search repeated in each, and BCa limits, on the five lists of the United Kingdom.
UK = (
    Peer(name="SparseMSE, stepwise at p = 0.02", seconds=121.089),
    Peer(name="MultipleSystemsEstimation, stepwise at p = 0.02", seconds=64.084),
)
# The same by BIC, over all models.
UK_BEST = (Peer(name="MultipleSystemsEstimation, estimate_population(method = bic, nboot = 1000)", seconds=128.696),)
NETHERLANDS_BEST = (
    Peer(name="MultipleSystemsEstimation, estimate_population(method = bic, nboot = 1000)", seconds=125.853),
)
# One scan of every model: 6,893 of five lists, 32,768 of pairs of six.
SCANS = {
    "uk-2013-5": (
        Peer(name="Rcapture, closedpMS.t", seconds=45.06),
        Peer(name="MultipleSystemsEstimation, estimate_population(method = bic)", seconds=14.776),
    ),
    "netherlands-2010-2015-5": (
        Peer(name="Rcapture, closedpMS.t", seconds=43.191),
        Peer(name="MultipleSystemsEstimation, estimate_population(method = bic)", seconds=14.587),
    ),
    "uk-2013": (Peer(name="Rcapture, closedpMS.t, pairs only", seconds=201.745),),
    "netherlands-2010-2015": (Peer(name="Rcapture, closedpMS.t, pairs only", seconds=225.183),),
}

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
FEW_REPLICATES = 50  # of what takes longer
REGISTER_REPLICATES = 4

Screen = Literal["score", "refit"]
Margin = Literal["modelled", "free"]

DEFAULTS = (("UK, 5 lists", "uk-2013-5"), ("Netherlands, 6 lists", "netherlands-2010-2015"))


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
        exact_case("UK, 5 lists, all orders", "uk-2013-5", 5),
        exact_case("Netherlands, 5 lists, all orders", "netherlands-2010-2015-5", 5),
        exact_case("UK, 6 lists, pairs", "uk-2013", 2),
        exact_case("Netherlands, 6 lists, pairs", "netherlands-2010-2015", 2),
        exact_case("UK, 6 lists, all orders", "uk-2013", 6),
        exact_case("Netherlands, 6 lists, all orders", "netherlands-2010-2015", 6),
        exact_case("New Orleans, 8 lists, pairs", "new-orleans-2016-8", 2),
        thousand_case("UK, 5 lists, all orders", "uk-2013-5", UK_BEST),
        thousand_case("Netherlands, 5 lists, all orders", "netherlands-2010-2015-5", NETHERLANDS_BEST),
        replicate_case("UK, 6 lists, all orders", "uk-2013", Best(max_order=6)),
        replicate_case("Netherlands, 6 lists, all orders", "netherlands-2010-2015", Best(max_order=6)),
        average_case("UK, 5 lists", "uk-2013-5"),
        replicate_case("UK, 5 lists, average over pairs", "uk-2013-5", Average()),
        average_case("UK, 6 lists", "uk-2013"),
        replicate_case("UK, 6 lists, average over pairs", "uk-2013", Average()),
        *(default_case(what, name, studied=studied) for what, name in DEFAULTS for studied in (False, True)),
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


def exact_case(what: str, name: str, order: int) -> Case:
    """The exact search by BIC: every model within six units of the best, and the proof."""
    model, table = Best(max_order=order), example(name)
    return Case(
        name=f"{what}: exact search, the set and its proof",
        prepare=lambda: partial(model.fit, table),
        peers=SCANS.get(name, ()) if order != 6 else (),
    )


def thousand_case(what: str, name: str, peers: tuple[Peer, ...]) -> Case:
    """1,000 replicates with the exact search anew in each, and BCa limits with their jackknife."""
    model, table = Best(max_order=len(example(name).lists)), example(name)
    return Case(
        name=f"{what}: 1,000 replicates with exact search, BCa limits",
        prepare=lambda: partial(estimate, table, model, Bootstrap(limits="bca"), seed=1, workers=1),
        peers=peers,
    )


def replicate_case(what: str, name: str, model: Best | Average) -> Case:
    """One replicate, searched or averaged anew."""
    how = "exact search" if isinstance(model, Best) else "averaged anew"
    return Case(
        name=f"{what}: one replicate, {how}",
        prepare=lambda: replicates_of(model, example(name), FEW_REPLICATES),
        times=FEW_REPLICATES,
    )


def average_case(what: str, name: str) -> Case:
    """All pairwise models of a table without covariates, weights by AIC."""
    table = example(name)
    return Case(name=f"{what}: average over pairs", prepare=lambda: partial(Average().fit, table))


def default_case(what: str, name: str, *, studied: bool) -> Case:
    """What an analyst waits for who asks for nothing: the default answer, and all studies of it."""
    table = example(name)

    def ask() -> None:
        answer = estimate(table, seed=1, workers=1)
        if studied:
            panel(answer, seed=1, workers=1)

    more = ", and all studies of it" if studied else ""
    return Case(name=f"{what}: the default answer, 1,000 replicates{more}", prepare=lambda: ask)


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
