"""Two extracts of the synthetic register, as two studies would have had them, linked person-year by person-year.

The later extract is the register itself, 2010-2019. The earlier one was made early in 2016: it has the years up to
2015, lacks the people who were registered later still, has some values that were corrected since, and counts some
people twice who were found to be one. All of it is assumed. What differs is independent of the lists a person is on, so
that it is known what each difference does to an estimate: late registration takes its share of every history, and so of
the estimate; doubles add theirs.

The definition at issue is whether border-police cases under art. 273f(1)(3) only are counted. The earlier extract
counts them; the later one is there both ways.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknumber.data.linked import ABSENT, SIDES, Extract, Linked, Side
from darknumber.data.linked_counts import write_linked
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.register.synthesise import BORDER_DEFINITION, SEED, generator, synthesise

LAST_YEAR = 2015  # of the earlier extract

# The share of the people of a year who were registered after early 2016; assumed. Of earlier years nearly all were in.
LATE = {"2010": 0.005, "2011": 0.005, "2012": 0.01, "2013": 0.02, "2014": 0.05, "2015": 0.15}
DOUBLES = (
    0.01  # people in the earlier extract, for each one in it, who were found to be somebody already there; assumed
)
FORM_LATER = 0.06  # of the people whose form is recorded: it was not yet in the earlier extract; assumed
CORRECTED = 0.01  # of the people of other than Dutch nationality: Dutch in the earlier extract; assumed

Counts = NDArray[np.int64]
Take = Callable[[Counts, NDArray[np.float64]], Counts]


def vintages(*, seed: int = SEED) -> Linked:
    """The two extracts of the register drawn with `seed`; the same seed gives the same counts."""
    rng = generator(seed + 1)  # other numbers than those the register itself was drawn with
    return linked_extracts(synthesise(seed=seed).flagged, lambda people, share: rng.binomial(people, share))


def linked_extracts(flagged: CaptureTable, take: Take) -> Linked:
    """The extracts that a register was seen in.

    Parameters
    ----------
    flagged
        The register with ``border_definition`` as its last covariate.
    take
        How many of ``(cells,)`` people fall to a ``(cells,)`` share: drawn, or in a test expected.
    """
    covariates = flagged.covariates[:-1]
    shape = tuple(len(covariate.levels) for covariate in covariates)
    definition = flagged.level_of(BORDER_DEFINITION.name)[flagged.stratum] == 1
    place = flagged.stratum // len(BORDER_DEFINITION.levels)
    levels = np.array(np.unravel_index(place, shape))
    names = [covariate.name for covariate in covariates]
    years = covariates[names.index("year")].levels
    late = np.array([LATE.get(year, 1.0) for year in years])[levels[names.index("year")]]
    people = flagged.count.copy()
    missing = take(people, late)
    there = people - missing
    doubled = take(there, np.full(len(there), DOUBLES))
    hidden = take(there, np.where(_is(covariates, levels, "form", NOT_RECORDED), 0.0, FORM_LATER))
    wrong = take(there - hidden, np.where(_is(covariates, levels, "nationality", "other"), CORRECTED, 0.0))
    parts = (
        (missing, None, True),
        (there - hidden - wrong, place, True),
        (hidden, _moved(covariates, levels, "form", NOT_RECORDED), True),
        (wrong, _moved(covariates, levels, "nationality", "dutch"), True),
        (doubled, place, False),
    )
    nobody = np.full(len(place), ABSENT, dtype=np.int64)
    old = np.concatenate([nobody if stratum is None else stratum for _, stratum, _ in parts])
    same = np.concatenate([place if stays else nobody for *_, stays in parts])
    new = np.concatenate([np.where(definition, ABSENT, place) if stays else nobody for *_, stays in parts])
    history = np.tile(flagged.history, len(parts))
    extracts: dict[Side, Extract] = {
        side: _extract(flagged, covariates, stratum, np.where(stratum >= 0, history, 0))
        for side, stratum in zip(SIDES, (old, same, new), strict=True)
    }
    return Linked.build(extracts, np.concatenate([counts for counts, _, _ in parts]))


def write_vintages(path: Path, *, seed: int = SEED) -> None:
    """Write the linked extracts as a gzipped table of counts; the same seed gives the same bytes."""
    write_linked(vintages(seed=seed), path)


def _extract(
    flagged: CaptureTable, covariates: tuple[Covariate, ...], stratum: NDArray[np.int64], history: NDArray[np.integer]
) -> Extract:
    return Extract(
        lists=flagged.lists,
        covariates=covariates,
        stratum=stratum,
        history=history.astype(np.uint32),
        unit=flagged.unit,
        name=flagged.name,
        findings=flagged.findings,
    )


def _is(covariates: tuple[Covariate, ...], levels: NDArray[np.int64], name: str, level: str) -> NDArray[np.bool_]:
    """``(cells,)`` whether people have this level."""
    axis = [covariate.name for covariate in covariates].index(name)
    return np.asarray(levels[axis] == covariates[axis].levels.index(level))


def _moved(covariates: tuple[Covariate, ...], levels: NDArray[np.int64], name: str, level: str) -> NDArray[np.int64]:
    """``(cells,)`` the stratum with another level of one covariate."""
    axis = [covariate.name for covariate in covariates].index(name)
    other = levels.copy()
    other[axis] = covariates[axis].levels.index(level)
    shape = tuple(len(covariate.levels) for covariate in covariates)
    return np.asarray(np.ravel_multi_index(list(other), shape), dtype=np.int64)
