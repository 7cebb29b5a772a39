"""A small synthetic register, for studies of how often intervals contain the truth.

It has fewer lists and strata than the national one rather than fewer people: at every level of every covariate each
pair of lists is expected to share at least five people, and nothing is left unrecorded. All of it is assumed; only the
population is taken from the national register.
"""

from __future__ import annotations

from functools import cache

from darknumber.data.table import Covariate
from darknumber.register.law import TREND, Coefficient, Law, draw, law
from darknumber.register.synthesise import Register, generator, tabulated
from darknumber.register.targets import COVARIATES, YEARS
from darknumber.register.truth import national_law
from darknumber.words import say

LISTS = ("police", "coordinators", "shelters", "others")
KEPT = ("year", "sex", "form")  # of the national covariates; the others are summed over
LAST_YEARS = 4  # 2016-2019

COEFFICIENTS = (
    Coefficient(lists=("police",), value=-1.8),
    Coefficient(lists=("coordinators",), value=-2.2),
    Coefficient(lists=("shelters",), value=-2.1),
    Coefficient(lists=("others",), value=-2.1),
    Coefficient(lists=("police", "coordinators"), value=0.5),
    Coefficient(lists=("coordinators", "others"), value=0.6),
    Coefficient(lists=("police",), within=TREND, level="t", value=-0.2),
    Coefficient(lists=("police",), within=TREND, level="t^2", value=0.3),
    Coefficient(lists=("others",), within=TREND, level="t", value=0.3),
    Coefficient(lists=("others",), within=TREND, level="t^2", value=-0.2),
    Coefficient(lists=("police",), within="sex", level="male", value=-0.3),
    Coefficient(lists=("shelters",), within="sex", level="male", value=-0.5),
    Coefficient(lists=("coordinators",), within="form", level="labour", value=-0.4),
    Coefficient(lists=("coordinators",), within="form", level="sexual", value=0.3),
)


def small_register(*, seed: int = 1) -> Register:
    """A register of four lists and 24 strata drawn with `seed`; the population is the same for every seed."""
    known = small_law()
    seen = draw(known, generator(seed))
    seen[:, 0] = 0
    table = tabulated(known, seen, say("register.small_name"))
    return Register(
        table=table,
        flagged=table,
        true_form_table=table,
        covariates=known.covariates,
        truth=known.population,
        terms=known.terms,
        seed=seed,
    )


@cache
def small_law() -> Law:
    """The population of 2016-2019 by year, sex and form, and the law of its histories."""
    national = national_law().population.reshape([len(covariate.levels) for covariate in COVARIATES])
    summed = tuple(axis for axis, covariate in enumerate(COVARIATES) if covariate.name not in KEPT)
    covariates = (
        Covariate.of("year", YEARS[-LAST_YEARS:]),
        *(covariate for covariate in COVARIATES[1:] if covariate.name in KEPT),
    )
    return law(LISTS, covariates, national[-LAST_YEARS:].sum(axis=summed).reshape(-1), COEFFICIENTS)
