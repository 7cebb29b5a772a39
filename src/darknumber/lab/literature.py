"""Populations that the literature has tried methods on, and those that published tables look like when models are true.

The settings of the simulations are those of METHODS 5.1; each design names its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from darknumber.data.examples import Example, example, examples
from darknumber.data.table import CaptureTable, Covariate
from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership
from darknumber.kernels.populations import classes, independent
from darknumber.kernels.terms import parse_terms
from darknumber.lab.designs import Design, Factors, Kind, from_fit, whole
from darknumber.lab.two_classes import FEWEST_LISTS, fit_two_classes
from darknumber.models import LogLinear, PoissonTail
from darknumber.register.law import Law
from darknumber.register.small import small_law
from darknumber.studies.search import search

Array = NDArray[np.float64]

CHAN = "Chan, Silverman & Vincent 2021"
MANRIQUE = "Manrique-Vallier 2016"
STAN = "HRDAG StanLCMCR"
ALESHIN = "Aleshin-Guendel, Sadinle & Wakefield 2024"
DAS = "Das, Kennedy & Jewell 2023"

TWICE = ("new-orleans-2016-5-186",)  # the same people as another table, but for one
MOST_LISTS = 6  # of the published tables; with more, none of the methods compared looks at all models
LEAST_SEEN = 0.01  # a fitted population of which fewer are on some list is a guess that no data can test
THREE = 3  # lists in one term

LOW: tuple[float, ...] = (0.033, 0.033, 0.099, 0.132, 0.033)
HIGH: tuple[float, ...] = (0.660, 0.825, 0.759, 0.990, 0.693)
MIDDLE: tuple[float, ...] = (0.25, 0.2, 0.3, 0.325)  # of the second to the fifth list
GROWING = (2_000, 10_000, 100_000)

# name, people of each class, coverage of each class
MIXTURES: tuple[tuple[str, str, Sequence[int], Sequence[Sequence[float]]], ...] = (
    ("S3", MANRIQUE, (1800, 200), (LOW, HIGH)),
    ("S4-weak", STAN, (1600, 400), ((0.013, 0.013, 0.099, 0.132, 0.033), (0.560, 0.825, 0.759, 0.990, 0.593))),
    ("S4-strong", STAN, (1600, 400), ((0.113, 0.113, 0.199, 0.232, 0.133), (0.860, 0.925, 0.859, 0.990, 0.793))),
    (
        "S4-three-classes",
        STAN,
        (1600, 200, 200),
        ((0.1, 0.05, 0.15, 0.2, 0.1), (0.5, 0.4, 0.6, 0.4, 0.5), (0.8, 0.9, 0.6, 0.7, 0.7)),
    ),
    ("S4-crossed", STAN, (1600, 400), ((0.113, 0.113, 0.199, 0.832, 0.733), (0.860, 0.925, 0.859, 0.190, 0.193))),
    ("S4-not-identified", STAN, (1400, 400, 200), (LOW, (0.275, 0.250, 0.200, 0.300, 0.325), HIGH)),
    ("S4-not-identified-x10", STAN, (14000, 4000, 2000), (LOW, (0.275, 0.250, 0.200, 0.300, 0.325), HIGH)),
)

SLOPES = (0.4, 0.3, 0.2)  # of the log odds of each list on the sum of the covariates
MEAN, SD, SUMMED = 3.0, 1.5, 2  # of each covariate, and how many are summed
INTERCEPTS = (0.0, -3.0)  # as the package has it, which reaches nearly everyone, and lists of a third and less
CUTS = 4  # levels of equal size that the sum is cut into
GRID = 400  # points a level over which the lists' probabilities are integrated
DAS_PEOPLE = 5_000


def literature() -> list[Design]:
    """The populations of published simulation studies, S1 to S6 of METHODS 5.1.

    Left out: the tables of 22 to 33 lists of S4, more than can be tabulated in full, and the misspecified covariates
    and noisy nuisance functions of S6, which are about covariates as numbers. The continuous covariates of S6 are cut
    into four levels of equal size. Which lists the smaller tables of S5 have is not said: the second and later ones,
    for which a middle class is given, are taken.
    """
    return [*_chan(), *_stepwise(), *_mixtures(), *_growing(), *_continuous()]


def published() -> list[Design]:
    """Populations that fitted models say published tables come from, balanced over types of model.

    Of every published table of three to six lists: the best pairwise models by AIC and BIC, the best model by AIC in
    which three lists depend on each other together, and two classes of people; and the small register, whose lists
    depend on covariates. The factor ``type`` says which. Fits that say fewer than one in a hundred people is on a list
    are left out, and models that are best by both criteria are there once.
    """
    return list(_published())


@cache
def _published() -> tuple[Design, ...]:
    designs: list[Design] = []
    for each in _tables():
        table = example(each.name)
        fits = [("aic", _best(table, "aic", 2)), ("bic", _best(table, "bic", 2))]
        if fits[0][1] == fits[1][1]:
            fits = fits[:1]
        fits.append(("three-way", _best(table, "aic", THREE, at_least=THREE)))
        designs += [_from_terms(each, table, how, terms) for how, terms in fits if terms is not None]
        designs += _two_classes(each, table)
    return (*designs, *_registers())


def _tables() -> list[Example]:
    kept = (each for each in examples() if len(each.lists) <= MOST_LISTS and each.name not in TWICE)
    return [each for each in kept if not each.synthetic and not each.covariates]


def _best(table: CaptureTable, criterion: str, max_order: int, at_least: int = 2) -> str | None:
    """The best model with a finite dark figure that is not out of reach, and with a term of so many lists."""
    if max_order >= len(table.lists) and max_order > 2:
        return None  # the term of all lists cannot be told from the dark figure
    found = search(table, criterion, max_order)
    listed = found.candidates
    people = float(table.observed.sum())
    for row in range(len(listed.label)):
        widest = max((len(term) for term in parse_terms(listed.label[row])), default=1) if listed.label[row] else 1
        reached = listed.verdict[row] == verdicts.ESTIMABLE and people >= LEAST_SEEN * found.estimates[row]
        if reached and (max_order == 2 or widest >= at_least):
            return listed.label[row]
    return None


def _from_terms(source: Example, table: CaptureTable, how: str, terms: str) -> Design:
    fit = LogLinear(terms).fit(table)
    return _named(from_fit(fit), source, how, "three-way" if how == "three-way" else "pairs", terms)


def _two_classes(source: Example, table: CaptureTable) -> Iterator[Design]:
    if len(table.lists) < FEWEST_LISTS:
        return
    found = fit_two_classes(table.dense()[0])
    if float(table.observed.sum()) < LEAST_SEEN * found.estimate:
        return
    design = Design(
        name="",
        kind="classes",
        lists=table.lists,
        population=np.array([round(found.estimate)]),
        histories=classes(found.weights, found.coverage)[None],
    )
    yield _named(design, source, "latent-class", "classes", "")


def _named(design: Design, source: Example, how: str, kind: Kind, terms: str) -> Design:
    return replace(
        design,
        name=f"published/{source.name}-{how}",
        kind=kind,
        factors={"collection": "published", "type": how, "table": source.name, "terms": terms},
        source=source.source,
    )


def _registers() -> Iterator[Design]:
    """The small register with all its covariates and with some of them, whose other differences are then hidden."""
    law = small_law()
    names = tuple(covariate.name for covariate in law.covariates)
    for kept in (names, ("sex", "form"), ("year",)):
        yield _register(law, kept)


def _register(law: Law, kept: tuple[str, ...]) -> Design:
    shape = tuple(len(covariate.levels) for covariate in law.covariates)
    gone = tuple(axis for axis, covariate in enumerate(law.covariates) if covariate.name not in kept)
    people = law.expected.reshape(*shape, -1).sum(axis=gone).reshape(-1, law.shares.shape[1])
    return Design(
        name=f"published/small-register-{'-'.join(kept)}",
        kind="covariates",
        lists=law.lists,
        covariates=tuple(covariate for covariate in law.covariates if covariate.name in kept),
        population=law.population.reshape(shape).sum(axis=gone).reshape(-1),
        histories=people / people.sum(axis=1, keepdims=True),
        factors={"collection": "published", "type": "covariates", "table": "small-register", "terms": law.terms},
    )


def _chan() -> Iterator[Design]:
    for name, coverage in (("sparse", (0.01, 0.04, 0.2)), ("balanced", (0.3, 0.3, 0.3))):
        yield Design(
            name=f"S1/{name}",
            kind="independent",
            lists=("A", "B", "C"),
            population=np.array([1000]),
            histories=independent(coverage)[None],
            size="poisson",
            factors=_factors("S1", "none"),
            source=CHAN,
        )


def _stepwise() -> Iterator[Design]:
    for each in _tables():
        fit = PoissonTail().fit(example(each.name))
        if np.isfinite(fit.unobserved).all():
            yield replace(
                from_fit(fit),
                name=f"S2/{each.name}",
                kind="pairs",
                factors={**_factors("S2", "pairs"), "table": each.name, "terms": fit.terms or ""},
                source=CHAN,
            )


def _mixtures() -> Iterator[Design]:
    for name, source, people, coverage in MIXTURES:
        yield Design(
            name=name,
            kind="classes",
            lists=("A", "B", "C", "D", "E"),
            population=np.array([sum(people)]),
            histories=classes(np.array(people) / sum(people), coverage)[None],
            factors=_factors(name[:2], "two-classes" if len(people) == 2 else "three-classes"),
            source=source,
        )


def _growing() -> Iterator[Design]:
    for people in GROWING:
        for lists in range(2, len(LOW) + 1):
            some = slice(1, 1 + lists) if lists < len(LOW) else slice(None)
            yield _grown(people, (0.9, 0.1), (LOW[some], HIGH[some]))
            if lists in (THREE, THREE + 1):
                yield _grown(people, (0.7, 0.2, 0.1), (LOW[some], MIDDLE[:lists], HIGH[some]))


def _grown(people: int, weights: Sequence[float], coverage: Sequence[Sequence[float]]) -> Design:
    lists = len(coverage[0])
    return Design(
        name=f"S5/{lists}-{len(weights)}-{people}",
        kind="classes",
        lists=tuple("ABCDE" if lists == len(LOW) else "BCDE"[:lists]),
        population=np.array([people]),
        histories=classes(weights, coverage)[None],
        factors=_factors("S5", "two-classes" if len(weights) == 2 else "three-classes"),
        source=ALESHIN,
    )


def _continuous() -> Iterator[Design]:
    for lists in (2, 3):
        for intercept in INTERCEPTS:
            by_level = _by_sum(lists, intercept)
            people = whole(np.full(CUTS, DAS_PEOPLE / CUTS))
            names = ("A", "B", "C")[:lists]
            score = Covariate(name="score", levels=tuple(str(level + 1) for level in range(CUTS)))
            for known in (True, False):
                yield Design(
                    name=f"S6/{lists}-{intercept:g}-{'covariate' if known else 'hidden'}",
                    kind="covariates",
                    lists=names,
                    covariates=(score,) if known else (),
                    population=people if known else np.array([DAS_PEOPLE]),
                    histories=by_level if known else by_level.mean(axis=0, keepdims=True),
                    factors={**_factors("S6", "none"), "covariates": int(known)},
                    source=DAS,
                )


def _by_sum(lists: int, intercept: float) -> Array:
    """``(CUTS, 2**K)`` shares within each quarter of the sum of the covariates; the lists are independent given it."""
    middle = (np.arange(CUTS * GRID) + 0.5) / (CUTS * GRID)
    total = SUMMED * MEAN + np.sqrt(SUMMED) * SD * ndtri(middle)
    chance = expit(intercept + np.multiply.outer(total, SLOPES[:lists]))
    on = membership(np.arange(1 << lists), lists)
    shares = np.where(on, chance[:, None], 1 - chance[:, None]).prod(axis=2)
    return np.asarray(shares.reshape(CUTS, GRID, -1).mean(axis=1))


def _factors(study: str, dependence: str) -> Factors:
    return {"collection": "literature", "study": study, "dependence": dependence}
