"""Can this number be trusted? All studies of one answer, in one call (METHODS 2.2, item 22)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from darknumber.data.names import check_choice
from darknumber.data.table import CaptureTable
from darknumber.errors import Cancelled, DarknumberError, InputError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import check_settings
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.models.base import Fit
from darknumber.models.sightings import SightingsFit
from darknumber.studies import cost
from darknumber.studies.check import Check, check
from darknumber.studies.contamination import planned
from darknumber.studies.diagnose import Diagnosis, diagnose
from darknumber.studies.kinds import STUDIES, Study
from darknumber.studies.laws import Laws, laws
from darknumber.studies.multiverse import Alone, Row, alone_of, columns_of, rows_of
from darknumber.studies.omit import Omission, omit
from darknumber.studies.printing_panel import describe_panel
from darknumber.studies.sensitivity import ERRONEOUS, FALSE, MISSED, Sensitivity, sensitivity
from darknumber.studies.trajectory import Trajectory, trajectory
from darknumber.studies.validate import Validation, validate

PATIENCE = 20.0  # processor seconds that a study may take where it was not asked for by name
# The course is judged by what happens from half of the data on, and there thinned tables are quickest to fit.
FRACTIONS = (0.5, 0.7, 0.9)
ODDS_RATIO = 2.0  # half or twice what is assumed: the pace at which the sensitivity of an answer is usually told


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A study that was not done.

    Parameters
    ----------
    study
        Which; ``records`` are the errors of linkage and the erroneous records of `sensitivity`.
    error
        Why it could not be, or None.
    seconds
        How long it would have taken, where that is why; ``nan`` where it was not asked for.
    """

    study: Study
    error: DarknumberError | None = None
    seconds: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What all studies say of one answer; print it, or read its parts.

    Parameters
    ----------
    estimates
        The answer.
    checked, diagnosis, omission, validation, trajectory, sensitivity
        What each study found; None where it is among `missing`.
    alone
        Single models beside the answer.
    laws
        Of one list on which people are seen repeatedly: other laws of how often. The studies above are about several
        lists, and there are none of them; of several lists this is None.
    missing
        The studies that were not done.
    findings
        What the reader must know, of all studies together; worst first.
    """

    estimates: Estimates
    checked: Check | None
    diagnosis: Diagnosis | None
    omission: Omission | None
    validation: Validation | None
    trajectory: Trajectory | None
    sensitivity: Sensitivity | None
    alone: tuple[Alone, ...]
    missing: tuple[Missing, ...]
    findings: tuple[Finding, ...]
    laws: Laws | None = None

    def __str__(self) -> str:
        return describe_panel(self)

    __repr__ = __str__

    @property
    def data(self) -> CaptureTable:
        """The table that the answer is from."""
        return self.estimates.fits[0].data

    def rows(self) -> tuple[Row, ...]:
        """The same question asked in every other way: the answer first, then models, lists, assumptions, floors."""
        return rows_of(self)

    def columns(self) -> dict[str, list[Any]]:
        """The rows as one tidy table.

        ``estimate`` is a single number; ``lowest`` and ``highest`` are the ends of several; ``lower`` and ``upper`` the
        limits of an interval. What there is none of is ``nan``. The verdict ``floor`` marks a number of people that
        there are at least.
        """
        return columns_of(self.rows())

    def to_frame(self, backend: str | None = None) -> Any:
        """The rows as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def panel(
    estimates: Estimates,
    *,
    threshold: float | None = None,
    odds_ratio: float = ODDS_RATIO,
    studies: Sequence[Study] | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Panel:
    """All studies of one answer, on its own data and with its own model.

    Parameters
    ----------
    estimates
        An answer, of all people that its model was fitted to.
    threshold
        As in `sensitivity`.
    odds_ratio
        By which factor the odds ratio of all lists together may be off: `xi` of `sensitivity`.
    studies
        Those to do, however long they take: of `STUDIES`. By default each that would take up to `PATIENCE` seconds,
        by a refit that is timed; how long the others would take is told. Of one list all that can be asked is asked.
    seed, workers
        As in `estimate`.
    progress
        Called with (done, total, study); raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        An answer without its fit or about part of the people, or settings that cannot be used. What only one of the
        studies cannot use is kept in `missing`.
    """
    _check(estimates, threshold)
    check_settings(estimates.level, seed, workers)
    for name in studies or ():
        check_choice("studies", name, STUDIES)
    if isinstance(estimates.fits[0], SightingsFit):
        return _of_one_list(estimates)
    asked = tuple(studies) if studies is not None else None
    job = _Job(estimates, threshold, odds_ratio, asked, seed, workers, progress)
    found: dict[Study, Any] = {}
    missing: list[Missing] = []
    for study in ("check", "diagnose", "omit", "validate", "trajectory"):
        found[study] = job.done(study, missing, getattr(job, study))
    records = job.done("records", missing, lambda: True) is not None
    found["sensitivity"] = job.done("sensitivity", missing, lambda: job.sensitivity(records))
    parts = [part.findings for part in found.values() if part is not None]
    reasons = () if found["check"] is None else found["check"].verdict.reasons
    return Panel(
        estimates=estimates,
        checked=found["check"],
        diagnosis=found["diagnose"],
        omission=found["omit"],
        validation=found["validate"],
        trajectory=found["trajectory"],
        sensitivity=found["sensitivity"],
        alone=alone_of(estimates.fits[0]),
        missing=tuple(sorted(missing, key=lambda each: STUDIES.index(each.study))),
        findings=by_severity([*reasons, *(finding for part in parts for finding in part)]),
    )


def _of_one_list(estimates: Estimates) -> Panel:
    """What can be asked of one list: how else people may be seen."""
    found = laws(estimates)
    return Panel(
        estimates=estimates,
        checked=None,
        diagnosis=None,
        omission=None,
        validation=None,
        trajectory=None,
        sensitivity=None,
        alone=(),
        missing=(),
        findings=found.findings,
        laws=found,
    )


def _check(estimates: Estimates, threshold: float | None) -> None:
    if not isinstance(estimates, Estimates):
        raise InputError("panel_of_data", kind=type(estimates).__name__)
    if not estimates.fits:
        raise InputError("estimates_without_fit")
    everyone, here = float(estimates.fits[0].data.observed.sum()), float(np.sum(estimates.observed))
    if not math.isclose(here, everyone):
        raise InputError("panel_of_part", observed=here, everyone=everyone)
    if threshold is not None and not threshold > everyone:
        raise InputError("threshold_in_view", threshold=float(threshold), observed=everyone)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is asked, and who asks it."""

    estimates: Estimates
    threshold: float | None
    odds_ratio: float
    asked: tuple[Study, ...] | None
    seed: int
    workers: int | None
    progress: Progress | None

    @property
    def fit(self) -> Fit:
        return self.estimates.fits[0]

    def done(self, study: Study, missing: list[Missing], work: Callable[[], Any]) -> Any:
        """What a study gives; None where it goes to the missing ones."""
        if self.progress is not None:
            self.progress(STUDIES.index(study), len(STUDIES), study)
        if self.asked is not None and study not in self.asked:
            missing.append(Missing(study=study))
            return None
        try:
            seconds = 0.0 if self.asked is not None else self.seconds(study)
            if seconds > PATIENCE:
                missing.append(Missing(study=study, seconds=seconds))
                return None
            return work()
        except Cancelled:
            raise
        except DarknumberError as error:
            missing.append(Missing(study=study, error=error))
            return None

    def seconds(self, study: Study) -> float:
        """How long a study would take; those that refit nothing take no time to speak of."""
        if study == "diagnose":
            return cost.seconds_diagnose(self.fit)
        if study == "omit":
            return cost.seconds_omit(self.fit)
        if study == "validate":
            return cost.seconds_validate(self.fit)
        if study == "trajectory":
            return cost.seconds_trajectory(self.fit, FRACTIONS)
        if study == "records":
            return cost.seconds_records(self.fit, len(planned(self.fit, MISSED, FALSE, ERRONEOUS).tables))
        return 0.0

    def told(self, study: Study) -> Progress | None:
        """Progress over all studies, from that of one of them."""
        progress, place = self.progress, STUDIES.index(study)
        if progress is None:
            return None
        return lambda done, total, _: progress(place * total + done, len(STUDIES) * total, study)

    def check(self) -> Check:
        return check(self.fit.data, self.fit)

    def diagnose(self) -> Diagnosis:
        return diagnose(self.estimates, seed=self.seed, workers=self.workers, progress=self.told("diagnose"))

    def omit(self) -> Omission:
        return omit(self.fit.data, self.fit.model, seed=self.seed, workers=self.workers, progress=self.told("omit"))

    def validate(self) -> Validation:
        return validate(
            self.fit.data,
            self.fit.model,
            level=self.estimates.level,
            seed=self.seed,
            workers=self.workers,
            progress=self.told("validate"),
        )

    def trajectory(self) -> Trajectory:
        return trajectory(
            self.fit.data,
            self.fit.model,
            fractions=FRACTIONS,
            level=self.estimates.level,
            seed=self.seed,
            workers=self.workers,
            progress=self.told("trajectory"),
        )

    def sensitivity(self, records: bool) -> Sensitivity:
        none = (0.0,)
        return sensitivity(
            self.estimates,
            threshold=self.threshold,
            xi=self.odds_ratio,
            missed=MISSED if records else none,
            false=FALSE if records else none,
            erroneous=ERRONEOUS if records else none,
            seed=self.seed,
            workers=self.workers,
            progress=self.told("sensitivity"),
        )
