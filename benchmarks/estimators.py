"""What the estimators of the field take: a fit, or an answer with its interval, beside R packages with a recorded time.

The times of others are CPU seconds recorded with R 4.2.2 and single-threaded linear algebra on 21 November 2026, on a
machine that was shared too (``tests/golden``): compare sizes, not digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.bench_bayes_log_linear import cases as bayes_cases
from benchmarks.bench_graphs import PUBLIC, public_case
from benchmarks.bench_pooling import national
from benchmarks.runner import Case, Peer
from darknumber.data.examples import example
from darknumber.data.frequencies import read_frequencies
from darknumber.data.read import read_records
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap, Interval, Profile
from darknumber.models import (
    BestLaw,
    Chao,
    CompositeLink,
    DoublyRobust,
    Heterogeneity,
    LatentClass,
    LatentClassEM,
    Links,
    LogLinear,
    Model,
    OfSightings,
    PartialPooling,
    ReferralFlow,
    SampleCoverage,
    Sightings,
    Zelterman,
)
from darknumber.register.small import small_register
from darknumber.register.synthesise import synthesise

FEW = Bootstrap(replicates=200)  # as many as CARE1 was asked for
CARE1 = Peer(name="CARE1, estN, LSC, 200 replicates", seconds=2.345)
NEW_ORLEANS = "new-orleans-2016-5-186"  # the version that the R packages ship
PROFILES = (
    (Heterogeneity("chao"), Peer(name="Rcapture, closedpCI.t, Mth Chao", seconds=0.593)),
    (Heterogeneity("darroch"), Peer(name="Rcapture, closedpCI.t, Mth Darroch", seconds=0.081)),
)
DRPOP = Peer(name="drpop, popsize, mlogit, 5 folds", seconds=2.593)


def estimator_cases(data: Path) -> tuple[Case, ...]:
    """Every estimator that is not timed among the log-linear models.

    Parameters
    ----------
    data
        The folder with the data of the R packages.
    """
    arrows = ReferralFlow("LA -> NG -> PF -> GO")
    links = Links(missed=0.05, model=LogLinear("LA:NG"))
    migrants = data / "singleRcapture_netherlandsimmigrant.csv"
    return (
        asked("UK, 6 lists: chao, 1,000 replicates", "uk-2013", Chao(), Bootstrap()),
        asked("UK, 6 lists: zelterman, 1,000 replicates", "uk-2013", Zelterman(), Bootstrap()),
        asked("New Orleans, 5 lists: sample-coverage, 200 replicates", NEW_ORLEANS, SampleCoverage(), FEW, CARE1),
        *(
            asked(f"UK, 6 lists: heterogeneity, {model.form}, profile", "uk-2013", model, Profile(), peer)
            for model, peer in PROFILES
        ),
        *map(public_case, PUBLIC[:4]),
        *bayes_cases()[:4],
        fitted("Kosovo, 4 lists: latent-class", "kosovo-1999", LatentClass()),
        fitted("UK, 5 lists: latent-class", "uk-2013-5", LatentClass()),
        fitted("UK, 6 lists: latent-class-em", "uk-2013", LatentClassEM()),
        asked("UK, 6 lists: referral-flow, 3 arrows, 1,000 replicates", "uk-2013", arrows, Bootstrap()),
        asked("UK, 6 lists: links round log-linear, 1,000 replicates", "uk-2013", links, Bootstrap()),
        Case(name="Synthetic register, 640 strata: composite-link with its terms", prepare=_register),
        Case(name="Small register, 24 strata, 4 lists: partial-pooling", prepare=_small),
        Case(name="National register, 80 strata, 6 lists: partial-pooling", prepare=_national),
        *(
            Case(
                name=f"1,880 people on one list: {model.name}, 1,000 replicates",
                prepare=partial(_sightings, migrants, model),
            )
            for model in (Sightings(), BestLaw())
        ),
        Case(
            name="drpop's two lists and covariates: doubly-robust, 5 folds",
            prepare=partial(_robust, data / "drpop_sim_K2.csv"),
            peers=(DRPOP,),
        ),
    )


def asked(name: str, table: str, model: Model, interval: Interval, *peers: Peer) -> Case:
    """An answer with its interval on a table that ships with darknumber."""
    work = partial(estimate, example(table), model, interval, seed=1, workers=1)
    return Case(name=name, prepare=lambda: work, peers=peers)


def fitted(name: str, table: str, model: Model) -> Case:
    """A fit, posterior draws included where the model has them, on a table that ships with darknumber."""
    return Case(name=name, prepare=lambda: partial(model.fit, example(table), seed=1))


def _register() -> Callable[[], object]:
    register = synthesise(seed=1)
    return partial(CompositeLink(register.terms).fit, register.table)


def _small() -> Callable[[], object]:
    return partial(PartialPooling().fit, small_register(seed=1).table, seed=1)


def _national() -> Callable[[], object]:
    return partial(PartialPooling().fit, national(), seed=1)


def _sightings(path: Path, model: OfSightings) -> Callable[[], object]:
    people = read_frequencies(path, times="capture", covariates=["gender", "age", "nation"])
    return partial(estimate, people, model, Bootstrap(), seed=1, workers=1)


def _robust(path: Path) -> Callable[[], object]:
    people = read_records(path, lists=["y1", "y2"], covariates=["x1", "x2", "x3"])
    return partial(estimate, people, DoublyRobust(), seed=1, workers=1)
