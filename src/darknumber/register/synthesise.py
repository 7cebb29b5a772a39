"""A synthetic national register of presumed victims of human trafficking, with the truth kept beside it.

Nobody in it exists. The register resembles the published margins of the Dutch one (`darknumber.register.targets` says
which figures are quoted and which are assumed), and everyone in the true population is drawn a capture history, those
on no list included, so that an estimate can be held against what it should be.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.kernels.histories import membership
from darknumber.register.law import Law, draw
from darknumber.register.targets import COVARIATES, LISTS, members, targets
from darknumber.register.truth import national_law
from darknumber.words import say

SEED = 1  # of the packaged register

BORDER_DEFINITION = Covariate(name="border_definition", levels=("no", "yes"))
# Whom art. 273f(1)(3) of the criminal code is about in this register: brought over the border for prostitution.
ELIGIBLE = "crossing=cross-border;form=sexual;nationality=other;age=adult;sex=female"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """People on lists, and everyone there is.

    Parameters
    ----------
    table
        What an analyst gets: counts by stratum and capture history, person-years, some forms not recorded.
    flagged
        The same people with one more covariate, ``border_definition``: ``yes`` for people known to the border police
        only, under art. 273f(1)(3). In a small register nobody is, and this is `table`.
    true_form_table
        The same people with every form of exploitation known; for tests. In a small register this is `table`.
    covariates
        What the strata of `truth` are: all values known, the last covariate changing fastest.
    truth
        ``(strata,)`` everyone, on a list or not, in person-years.
    terms
        The terms by which people came to be on lists: to fit these, with the stratum totals free, is to fit the truth.
    seed
        What the register was drawn with.
    """

    table: CaptureTable
    flagged: CaptureTable
    true_form_table: CaptureTable
    covariates: tuple[Covariate, ...]
    truth: NDArray[np.int64]
    terms: str
    seed: int


def synthesise(*, seed: int = SEED) -> Register:
    """The synthetic register drawn with `seed`; the population is the same for every seed.

    Each list that knows a person records the form of exploitation with a probability of its own, so that the form is
    more often known for people on more lists.
    """
    known = national_law()
    rng = generator(seed)
    seen = draw(known, rng)
    seen[:, 0] = 0
    recorded = rng.binomial(seen, recording_probability())
    flagged = rng.binomial(recorded, definition_probability())
    name = say("register.name")
    with_definition = _with_definition(seen - recorded, recorded - flagged, flagged, name)
    return Register(
        table=with_definition.pool([BORDER_DEFINITION.name]),
        flagged=with_definition,
        true_form_table=tabulated(known, seen, name),
        covariates=known.covariates,
        truth=known.population,
        terms=known.terms,
        seed=seed,
    )


def truth_by(register: Register, *names: str) -> NDArray[np.int64]:
    """Everyone by the levels of `names`, one axis each, in that order; without names everyone there is.

    Raises
    ------
    InputError
        A name that is no covariate of the truth.
    """
    known = [covariate.name for covariate in register.covariates]
    for name in names:
        if name not in known:
            raise InputError("unknown_covariate", name=name, known=tuple(known))
    grid = register.truth.reshape([len(covariate.levels) for covariate in register.covariates])
    kept = [known.index(name) for name in names]
    rest = [axis for axis in range(grid.ndim) if axis not in kept]
    return np.asarray(grid.transpose(kept + rest).sum(axis=tuple(range(len(kept), grid.ndim))))


def write_register(path: Path, *, seed: int = SEED) -> None:
    """Write the register drawn with `seed` as a gzipped table of counts; the same seed gives the same bytes.

    One 0/1 column a list, one column a covariate (the form empty where it is not recorded), ``border_definition``, and
    the count.
    """
    table = synthesise(seed=seed).flagged
    on = membership(table.history, len(table.lists)).astype(int)
    axes = np.unravel_index(table.stratum, table.shape)
    labels = [
        ["" if covariate.levels[place] == NOT_RECORDED else covariate.levels[place] for place in axis]
        for covariate, axis in zip(table.covariates, axes, strict=True)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*table.lists, *(covariate.name for covariate in table.covariates), "count"))
    writer.writerows(zip(*on.T.tolist(), *labels, table.count.tolist(), strict=True))
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def generator(seed: int) -> np.random.Generator:
    """The random numbers of one register."""
    return np.random.Generator(np.random.Philox(seed))


def tabulated(known: Law, seen: NDArray[np.int64], name: str) -> CaptureTable:
    """The people on some list as a capture table, every covariate known; `seen` is ``(strata, 2**K)``."""
    stratum, history = np.nonzero(seen)
    return CaptureTable.build(
        known.lists,
        history,
        seen[stratum, history],
        covariates=known.covariates,
        levels=np.unravel_index(stratum, [len(covariate.levels) for covariate in known.covariates]),
        unit="person-year",
        name=name,
        findings=[Finding(code="synthetic_register")],
    )


def recording_probability() -> NDArray[np.float64]:
    """``(2**K,)`` the probability that the form is recorded, by history: that some list on it records it."""
    by_list = {target.list: target.value for target in targets("recording")}
    on = membership(np.arange(1 << len(LISTS)), len(LISTS))
    missed = np.where(on, 1 - np.array([by_list[name] for name in LISTS]), 1.0)
    return np.asarray(1 - missed.prod(axis=1))


def definition_probability() -> NDArray[np.float64]:
    """``(strata, 2**K)`` the probability that a person whose form is recorded falls under art. 273f(1)(3) only."""
    only_border = np.arange(1 << len(LISTS)) == 1 << LISTS.index("border")
    by_stratum = np.zeros(len(members("", COVARIATES)))
    for target in targets("border_definition"):
        by_stratum[members(f"{target.whole};{ELIGIBLE}", COVARIATES)] = target.value
    return np.outer(by_stratum, only_border)


def _with_definition(
    unrecorded: NDArray[np.int64], outside: NDArray[np.int64], flagged: NDArray[np.int64], name: str
) -> CaptureTable:
    """One table of three parts, each ``(strata, 2**K)``: form not recorded, form recorded, recorded and flagged."""
    form = [covariate.name for covariate in COVARIATES].index("form")
    covariates = list(COVARIATES)
    covariates[form] = Covariate.of("form", (*COVARIATES[form].levels, NOT_RECORDED))
    levels: list[NDArray[np.int64]] = []
    histories, counts = [], []
    for people, hidden, definition in ((unrecorded, True, 0), (outside, False, 0), (flagged, False, 1)):
        stratum, history = np.nonzero(people)
        level = np.array(np.unravel_index(stratum, [len(covariate.levels) for covariate in COVARIATES]))
        if hidden:
            level[form] = covariates[form].levels.index(NOT_RECORDED)
        levels.append(np.vstack([level, np.full(len(stratum), definition)]))
        histories.append(history)
        counts.append(people[stratum, history])
    return CaptureTable.build(
        LISTS,
        np.concatenate(histories),
        np.concatenate(counts),
        covariates=[*covariates, BORDER_DEFINITION],
        levels=list(np.hstack(levels)),
        unit="person-year",
        name=name,
        findings=[Finding(code="synthetic_register")],
    )
