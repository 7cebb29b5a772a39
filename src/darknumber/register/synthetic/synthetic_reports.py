"""A synthetic register as the reports it comes from: several a person, with the mistakes that reports have.

Nobody in it exists. Every counted person is given an identity that agrees with what the table says of them, and at
least one report for each list they are on. The true person behind each report is kept apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.kernels.histories import list_counts
from darknumber.register.synthesise import SEED, synthesise
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.report_pieces import Piece, Reporting, pieces
from darknumber.register.synthetic.scaled import scaled_register
from darknumber.register.synthetic.text_columns import Texts, texts
from darknumber.register.truth import national_law
from darknumber.words import say

FEWEST = 500  # with fewer reports some of the lists would have nobody on them
USUAL = Mistakes()
AS_USUAL = Reporting()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticReports:
    """Reports on people who do not exist.

    Parameters
    ----------
    columns
        By canonical name, ``(reports,)`` texts each; None is not recorded. Dates as ``2019-12-31``, sets as ``M1;M3``.
    person
        ``(reports,)`` the number of the true person.
    given
        The table that the reports were made of.
    truth
        The table that they make when they are linked without a mistake: what no report on a person (in a year) records
        is *not recorded*.
    seed
        What they were drawn with.
    """

    columns: Mapping[str, Texts] = field(repr=False)
    person: NDArray[np.int64] = field(repr=False)
    given: CaptureTable
    truth: CaptureTable
    seed: int

    def __str__(self) -> str:
        return say("reports.summary", reports=len(self.person), people=len(np.unique(self.person)))

    __repr__ = __str__


def synthetic_reports(
    reports: int | None = None, *, seed: int = SEED, mistakes: Mistakes = USUAL, reporting: Reporting = AS_USUAL
) -> SyntheticReports:
    """Reports of a synthetic register like the national one.

    Parameters
    ----------
    reports
        About how many: the population is made so many times as large. By default the register is of its own size.
    seed
        The same seed gives the same reports.
    mistakes
        How often reports have which mistake.
    reporting
        How people come to be reported.

    Raises
    ------
    InputError
        Fewer than `FEWEST` reports.
    """
    return reports_of(register_for(reports, seed, reporting), seed=seed, mistakes=mistakes, reporting=reporting)


def reports_of(
    table: CaptureTable, *, seed: int, mistakes: Mistakes = USUAL, reporting: Reporting = AS_USUAL
) -> SyntheticReports:
    """Reports on the people in any table.

    What a table does not say of people (sex, age, nationality, form of exploitation, brought over the border) is drawn;
    a covariate of another name is a column of the reports.

    Raises
    ------
    InputError
        A level that no report can have; people who recur in a table without years.
    """
    made = list(pieces(table, seed=seed, mistakes=mistakes, reporting=reporting))
    columns = {name: np.concatenate([piece.columns[name] for piece in made]) for name in made[0].columns}
    return SyntheticReports(
        columns={"report_id": report_ids(0, len(columns["organisation"])), **columns},
        person=np.concatenate([piece.person for piece in made]),
        given=table,
        truth=true_table(table, [cells_of(piece) for piece in made]),
        seed=seed,
    )


def report_ids(first: int, n: int) -> Texts:
    """``(n,)`` the numbers of reports, of which the first stands in row `first`, counted from 0."""
    return texts([f"R{row:08d}" for row in range(first + 1, first + 1 + n)])


def register_for(reports: int | None, seed: int, reporting: Reporting) -> CaptureTable:
    """The national register, or one so many times as large that about `reports` reports come of it.

    Raises
    ------
    InputError
        Fewer than `FEWEST` reports.
    """
    if reports is None:
        return synthesise(seed=seed).flagged
    if reports < FEWEST:
        raise InputError("too_few_synthetic_reports", n=reports, least=FEWEST)
    expected = national_law().expected.sum(axis=0)
    marks = float((expected * list_counts(np.arange(len(expected)))).sum())
    return scaled_register(reports / (marks * (1 + reporting.repeats)), seed=seed)


def cells_of(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The people of a piece, counted by cell and by which covariates are recorded; for `true_table`.

    Returns
    -------
    tuple
        Keys, each the cell and a bit for each covariate that is recorded, and the people with each.
    """
    covariates = piece.recorded.shape[1]
    keys, count = np.unique(
        piece.cell << covariates | piece.recorded @ (1 << np.arange(covariates)), return_counts=True
    )
    return keys, count


def true_table(table: CaptureTable, counted: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> CaptureTable:
    """The table that the reports on the people of a table make when they are linked without a mistake.

    Parameters
    ----------
    counted
        What `cells_of` gives for each piece of them.
    """
    key = np.concatenate([keys for keys, _ in counted])
    cell = key >> len(table.covariates)
    levels = list(np.unravel_index(table.stratum[cell], table.shape)) if table.covariates else []
    covariates: list[Covariate] = []
    for place, covariate in enumerate(table.covariates):
        hidden = key >> place & 1 == 0
        known = covariate
        if hidden.any() and not covariate.has_not_recorded:
            known = Covariate.of(covariate.name, (*covariate.levels, NOT_RECORDED))
        renumber = np.array([known.levels.index(level) for level in covariate.levels])
        levels[place] = np.where(hidden, len(known.levels) - 1, renumber[levels[place]])
        covariates.append(known)
    return CaptureTable.build(
        table.lists,
        table.history[cell],
        np.concatenate([count for _, count in counted]),
        covariates=covariates,
        levels=levels,
        unit=table.unit,
        name=table.name,
        findings=[*table.findings, *([] if _is_synthetic(table) else [Finding(code="synthetic_identities")])],
    )


def _is_synthetic(table: CaptureTable) -> bool:
    return any(finding.code == "synthetic_register" for finding in table.findings)
