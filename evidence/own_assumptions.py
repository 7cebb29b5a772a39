"""Coverage of every estimator on populations drawn from what it assumes itself.

An estimator that does not hold the truth as often as it says where its assumptions are true, holds it nowhere. Each
is tried on a law of its own: independent lists, pairs that depend on each other, two kinds of people, values that were
not recorded, a list that started later, covariates that are numbers, repeated sightings, lists that send people on,
many small strata. How it does where they are *not* true is asked elsewhere (`choice`, `calibrated_coverage`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from darknumber.data.frequencies import Frequencies
from darknumber.data.read import read_records
from darknumber.data.records import Records
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.inference.asking import estimate
from darknumber.inference.intervals import Bootstrap, Interval
from darknumber.kernels.populations import referrals
from darknumber.models import (
    BayesLogLinear,
    Chao,
    Completed,
    CompositeLink,
    Decomposable,
    LatentClass,
    LatentClassEM,
    Links,
    LogLinear,
    Model,
    PartialPooling,
    ReferralFlow,
    SampleCoverage,
    Zelterman,
)
from evidence.record import Part, Result

QUESTION = "Where its own assumptions are true, how often does the 95% interval of each estimator contain the truth?"
SOURCES = (
    "src/darknumber/inference/asking.py",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/inference/robust.py",
    "src/darknumber/inference/sightings.py",
    "src/darknumber/kernels/chances.py",
    "src/darknumber/kernels/composite.py",
    "src/darknumber/kernels/coverage.py",
    "src/darknumber/kernels/flow*.py",
    "src/darknumber/kernels/graph*.py",
    "src/darknumber/kernels/influence.py",
    "src/darknumber/kernels/joint.py",
    "src/darknumber/kernels/latent_*.py",
    "src/darknumber/kernels/limits.py",
    "src/darknumber/kernels/moves.py",
    "src/darknumber/kernels/one_or_two.py",
    "src/darknumber/kernels/pooling*.py",
    "src/darknumber/kernels/sightings.py",
    "src/darknumber/kernels/truncated.py",
    "src/darknumber/kernels/unseen.py",
    "src/darknumber/models/bayes_log_linear.py",
    "src/darknumber/models/chao.py",
    "src/darknumber/models/completed.py",
    "src/darknumber/models/composite_l*.py",
    "src/darknumber/models/coverage.py",
    "src/darknumber/models/decomposable.py",
    "src/darknumber/models/doubly_robust.py",
    "src/darknumber/models/few_lists.py",
    "src/darknumber/models/latent_class*.py",
    "src/darknumber/models/links.py",
    "src/darknumber/models/model_*.py",
    "src/darknumber/models/one_step.py",
    "src/darknumber/models/own_order.py",
    "src/darknumber/models/partial_pooling.py",
    "src/darknumber/models/pooled_*.py",
    "src/darknumber/models/referral_flow.py",
    "src/darknumber/models/sighting*.py",
    "src/darknumber/models/sum_to_zero.py",
    "src/darknumber/models/upper_limits.py",
    "src/darknumber/models/whole.py",
)

Array = NDArray[np.float64]
Random = np.random.Generator
Data = CaptureTable | Frequencies | Records
SEED = 8
MANY, SOME, FEW, FEWEST = 400, 200, 100, 60  # populations: 1.1 to 2.8 points of standard error, by what one costs
BOOTSTRAP = Bootstrap(replicates=199)
ON = {k: (np.arange(1 << k)[:, None] >> np.arange(k) & 1).astype(np.float64) for k in (3, 4, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """An estimator and a law that is its own.

    Parameters
    ----------
    law
        What the populations are, for a reader.
    draw
        Data of one population, and the true numbers, in the order of the answer.
    model
        The estimator, or its name.
    interval
        None for the one that comes by itself.
    by
        What the answer is broken down by; its total is asked too where there is more than one number.
    populations
        How many are drawn.
    """

    law: str
    draw: Callable[[Random], tuple[Data, Array]]
    model: Model | str
    interval: Interval | None = None
    by: tuple[str, ...] = ()
    populations: int = MANY


def run(part: Part) -> Result:
    """Every estimator on its own law."""
    return {name: part(name, partial(coverage, own, number)) for number, (name, own) in enumerate(estimators().items())}


def estimators() -> Mapping[str, Own]:
    """By what it is called."""
    alone = partial(of_cells, independent((0.3, 0.25, 0.2, 0.15)), 1500)
    kinds = partial(of_cells, of_kinds(), 1500)
    return {
        "chao": Own(law="independent lists", draw=alone, model=Chao(), interval=BOOTSTRAP),
        "zelterman": Own(law="independent lists", draw=alone, model=Zelterman(), interval=BOOTSTRAP),
        "sample-coverage": Own(law="independent lists", draw=alone, model=SampleCoverage(), interval=BOOTSTRAP),
        "decomposable": Own(law="one pair of four lists", draw=partial(of_cells, pair(), 1500), model=Decomposable()),
        "bayes-log-linear": Own(
            law="one pair of four lists",
            draw=partial(of_cells, pair(), 1500),
            model=BayesLogLinear(),
            populations=SOME,
        ),
        "latent-class": Own(law="two kinds of people", draw=kinds, model=LatentClass(), populations=FEWEST),
        "latent-class-em": Own(
            law="two kinds of people",
            draw=kinds,
            model=LatentClassEM(classes=2),
            interval=BOOTSTRAP,
            populations=FEW,
        ),
        "completed": Own(
            law="forms recorded by some lists more than by others",
            draw=forms,
            model=Completed(LogLinear("A:form + B:form + C:form")),
            interval=BOOTSTRAP,
            by=("form",),
        ),
        "composite-link": Own(
            law="a list that started later",
            draw=started_later,
            model=CompositeLink("A:C", inactive="unseen"),
            interval=BOOTSTRAP,
            by=("year",),
        ),
        "composite-link(censored)": Own(
            law="a list that also holds others",
            draw=others_too,
            model=CompositeLink(censored=("A",)),
            interval=BOOTSTRAP,
        ),
        "links": Own(
            law="a tenth of the links missed",
            draw=missed_links,
            model=Links(missed=0.1, model=LogLinear()),
            interval=BOOTSTRAP,
        ),
        "sightings": Own(law="Poisson sightings", draw=sighted, model="sightings", interval=BOOTSTRAP),
        "doubly-robust": Own(law="chances that depend on two numbers", draw=of_people, model="doubly-robust"),
        "referral-flow": Own(
            law="one list sends people to another",
            draw=partial(of_cells, sent_on(), 1500),
            model=ReferralFlow("A -> B"),
            interval=BOOTSTRAP,
            populations=SOME,
        ),
        "partial-pooling": Own(
            law="24 strata around their mean",
            draw=around_their_mean,
            model=PartialPooling(spread=0.5, term_sd=0.5),
            by=("year", "sex"),
            populations=FEW,
        ),
    }


def coverage(own: Own, number: int) -> dict[str, Any]:
    """How often the limits hold the truth, over populations and parts, and the middle of estimate over truth."""
    hit, whole, ratio = [], [], []
    for place in range(own.populations):
        data, truth = own.draw(np.random.default_rng([SEED, number, place]))
        answer = estimate(data, own.model, own.interval, seed=place, workers=1)
        parts = answer.by(*own.by, not_recorded="allocate") if own.by else answer.total()
        known = truth > 0
        lower, upper = parts.limits[: len(truth)].T
        hit.append(((lower <= truth) & (truth <= upper))[known].mean())
        total = answer.total()
        whole.append(bool(total.limits[0, 0] <= truth.sum() <= total.limits[0, 1]))
        ratio.append(float(total.estimate[0] / truth.sum()))
    finite = np.isfinite(ratio)
    return {
        "law": own.law,
        "populations": own.populations,
        "covered": round(float(np.mean(whole)), 4),
        "parts covered": round(float(np.mean(hit)), 4) if own.by else None,
        "median": round(float(np.median(np.array(ratio)[finite])), 4),
        "no finite estimate": int((~finite).sum()),
    }


def independent(chances: tuple[float, ...]) -> Array:
    """Shares of all histories where lists are independent."""
    on = ON[len(chances)]
    shares: Array = np.where(on > 0, chances, 1 - np.array(chances)).prod(axis=1)
    return shares


def pair() -> Array:
    """Shares where two of four lists make each other three times as likely, in odds."""
    on = ON[4]
    raw = np.exp(on @ np.array([-1.4, -1.1, -1.4, -1.7]) + np.log(3) * on[:, 0] * on[:, 1])
    shares: Array = raw / raw.sum()
    return shares


def of_kinds() -> Array:
    """Shares of two kinds of people on five lists."""
    often = independent((0.5, 0.4, 0.6, 0.35, 0.45))
    return 0.75 * independent((0.1, 0.12, 0.08, 0.15, 0.1)) + 0.25 * often


def sent_on() -> Array:
    """Shares where being on the first of four lists makes people come to the second three times as fast."""
    effects = np.zeros((4, 4))
    effects[0, 1] = np.log(3)
    return referrals([0.35, 0.3, 0.4, 0.25], effects)


def table_of(counts: NDArray[np.number[Any]], **more: Any) -> CaptureTable:
    """``(strata, 2**K)`` counts as a table; nobody on no list is in it."""
    counts = counts.copy()
    counts[:, 0] = 0
    stratum, history = np.nonzero(counts)
    levels = np.unravel_index(stratum, [len(each.levels) for each in more["covariates"]]) if more else ()
    lists = "ABCDE"[: counts.shape[1].bit_length() - 1]
    return CaptureTable.build(lists, history, counts[stratum, history].astype(np.int64), levels=list(levels), **more)


def of_cells(shares: Array, people: int, random: Random) -> tuple[CaptureTable, Array]:
    """One table of people who are on lists with these shares."""
    return table_of(random.multinomial(people, shares)[None]), np.array([float(people)])


def forms(random: Random) -> tuple[CaptureTable, Array]:
    """Two forms of exploitation on three lists, which write the form down for 90, 20 and 60% of their people."""
    people = np.array([1600, 2400])
    laws = np.stack([independent((0.30, 0.10, 0.10)), independent((0.10, 0.25, 0.05))])
    written = 1 - np.where(ON[3] > 0, 1 - np.array([0.9, 0.2, 0.6]), 1.0).prod(axis=1)
    drawn = np.stack([random.multinomial(n, law) for n, law in zip(people, laws, strict=True)])
    known = random.binomial(drawn, written)
    form = Covariate(name="form", levels=("labour", "sexual", NOT_RECORDED))
    return table_of(np.vstack([known, (drawn - known).sum(axis=0)]), covariates=[form]), people.astype(float)


def started_later(random: Random) -> tuple[CaptureTable, Array]:
    """Three lists, the third of which depends on the first and was not kept in the first of two years."""
    raw = np.exp(ON[3] @ np.array([-1.2, -1.5, -0.9]) + 1.4 * ON[3][:, 0] * ON[3][:, 2])
    people = np.array([1200, 2000])
    drawn = np.stack([random.multinomial(n, raw / raw.sum()) for n in people])
    drawn[0, :4] += drawn[0, 4:]
    drawn[0, 4:] = 0
    operating = np.array([[True, True, False], [True, True, True]])
    return table_of(drawn, covariates=[Covariate.of("year", ["2013", "2014"])], operating=operating), people * 1.0


def others_too(random: Random) -> tuple[CaptureTable, Array]:
    """Three lists; half of those on the first alone are people who are not meant, and count as registered."""
    people = 1500
    drawn = random.multinomial(people, independent((0.3, 0.2, 0.25)))
    others = random.poisson(drawn[1])
    drawn[1] += others
    return table_of(drawn[None]), np.array([float(people + others)])


def missed_links(random: Random) -> tuple[CaptureTable, Array]:
    """Two lists; a tenth of those on both are two people in the table."""
    people = 2000
    drawn = random.multinomial(people, np.outer((0.7, 0.3), (0.75, 0.25)).reshape(-1)).astype(float)
    missed = random.binomial(int(drawn[3]), 0.1)
    drawn += missed * np.array([0, 1, 1, -1])
    return table_of(drawn[None]), np.array([float(people)])


def sighted(random: Random) -> tuple[Frequencies, Array]:
    """How often people were seen, 0.7 times on average."""
    people = 1500
    times, counts = np.unique(random.poisson(0.7, people), return_counts=True)
    return Frequencies.build(times[times > 0], counts[times > 0]), np.array([float(people)])


def of_people(random: Random) -> tuple[Records, Array]:
    """Two lists, each with logistic chances in two numbers."""
    people = 2000
    x = random.normal(size=(people, 2))
    on = random.random((people, 2)) < 1 / (
        1 + np.exp(-(np.array([-0.4, -0.2]) + x @ np.array([[0.8, -0.4], [0.5, 0.7]])))
    )
    seen = on.any(axis=1)
    rows = pa.table({"a": on[seen, 0] * 1, "b": on[seen, 1] * 1, "x": x[seen, 0], "z": x[seen, 1]})
    return read_records(rows, lists=["a", "b"], covariates=["x", "z"]), np.array([float(people)])


def around_their_mean(random: Random) -> tuple[CaptureTable, Array]:
    """Twelve years by two sexes on four lists; chances vary by year, by sex and by stratum, pairs by list."""
    years, people = 12, random.integers(60, 400, 24)
    sds = np.abs(random.normal(0, 0.5, 3))
    effects = np.array([-1.4, -1.1, -1.6, -1.3]) + sds[0] * random.normal(size=(24, 4))
    effects += sds[1] * np.repeat(random.normal(size=(years, 4)), 2, axis=0)
    effects += sds[2] * np.tile(random.normal(size=(2, 4)), (years, 1))
    eta = effects @ ON[4].T
    for i in range(4):
        for j in range(i):
            eta += random.normal(0, 0.5) * ON[4][:, i] * ON[4][:, j]
    shares = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    drawn = np.stack([random.multinomial(n, share) for n, share in zip(people, shares, strict=True)])
    covariates = [
        Covariate.of("year", [str(2000 + year) for year in range(years)]),
        Covariate(name="sex", levels=("f", "m")),
    ]
    return table_of(drawn, covariates=covariates), people.astype(float)
