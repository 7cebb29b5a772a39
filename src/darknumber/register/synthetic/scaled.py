"""The synthetic register of a country so many times as large: the same law, another number of people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.findings import Finding
from darknumber.register.law import draw, law
from darknumber.register.synthesise import (
    BORDER_DEFINITION,
    definition_probability,
    generator,
    recording_probability,
)
from darknumber.register.targets import COVARIATES, LISTS
from darknumber.register.truth import national_law
from darknumber.words import say


def scaled_register(scale: float, *, seed: int) -> CaptureTable:
    """The register of `scale` times the population of the national one, with ``border_definition``.

    As `darknumber.register.synthesise.synthesise`, which has the national register itself.
    """
    national = national_law()
    rng = generator(seed)
    seen = draw(
        law(national.lists, national.covariates, scaled(national.population, scale), national.coefficients), rng
    )
    seen[:, 0] = 0
    recorded = rng.binomial(seen, recording_probability())
    flagged = rng.binomial(recorded, definition_probability())
    axes = [covariate.name for covariate in COVARIATES]
    form = axes.index("form")
    covariates = list(COVARIATES)
    covariates[form] = Covariate.of("form", (*COVARIATES[form].levels, NOT_RECORDED))
    stratum, history = (np.tile(place.reshape(-1), 3) for place in np.indices(seen.shape))
    kind = np.repeat(np.arange(3), seen.size)  # the form not recorded; recorded; recorded and flagged
    levels = list(np.unravel_index(stratum, [len(covariate.levels) for covariate in COVARIATES]))
    levels[form] = np.where(kind == 0, covariates[form].levels.index(NOT_RECORDED), levels[form])
    counts = np.concatenate([part.reshape(-1) for part in (seen - recorded, recorded - flagged, flagged)])
    there = counts > 0
    return CaptureTable.build(
        LISTS,
        history[there],
        counts[there],
        covariates=[*covariates, BORDER_DEFINITION],
        levels=[level[there] for level in (*levels, kind == 2)],
        unit="person-year",
        name=say("reports.register_name"),
        findings=[Finding(code="synthetic_register")],
    )


def scaled(population: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
    """``(strata,)`` so many times as many people, in whole numbers that add up to as near as can be."""
    up_to = np.floor(np.cumsum(population * scale) + 0.5)
    return np.diff(up_to, prepend=0.0).astype(np.int64)
