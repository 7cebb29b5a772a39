"""The answers of a study: what is estimated, once; parts of an interrupted run are taken up again."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from darknumber.data.individuals import MOST_LEVELS, are_numbers
from darknumber.data.people import YEAR_NAMES
from darknumber.data.table import MANY_LEVELS, CaptureTable
from darknumber.errors import DarknumberError, InputError, ModelError
from darknumber.inference.asked import check_settings
from darknumber.inference.asking import estimate
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, Interval
from darknumber.inference.robust import asks_people
from darknumber.inference.store import load, save
from darknumber.lab import fingerprint
from darknumber.models import MODELS, OF_SIGHTINGS, Model
from darknumber.models.text import format_thing, parse
from darknumber.run.around import Around, look_around, read_beside
from darknumber.run.counts import Counts, draws_hash
from darknumber.run.prepare import Prepared
from darknumber.run.study import Assumed
from darknumber.run.study_file import StudyFile
from darknumber.studies.panel import Panel, panel

KEY = 16  # hexadecimal digits in the name of a part: no two parts of one study share them


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a study found.

    Parameters
    ----------
    main
        The answer by all covariates.
    others
        By definition: the answer that counts with it the other way round.
    panel
        Whether the number can be trusted; None where nothing was asked.
    around
        Rates, ratios and the study before this one.
    seconds
        How long each part took; a part that was taken up took none.
    """

    main: Estimates
    others: Mapping[str, Estimates]
    panel: Panel | None
    around: Around
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Job:
    """One run of one study."""

    file: StudyFile
    work: Path | None
    workers: int | None
    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    def told(self, what: str) -> Progress | None:
        """The same progress under another name."""
        if self.progress is None:
            return None
        tell: Callable[[int, int, str], None] = self.progress
        return lambda done, total, _: tell(done, total, what)


def find_answers(
    file: StudyFile,
    prepared: Prepared,
    *,
    work: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answers:
    """Estimate what a study asks for.

    Parameters
    ----------
    file, prepared
        The study and its data.
    work
        The folder in which finished parts wait, so that an interrupted run can go on; None to keep nothing.
    workers, progress
        As in `estimate`.

    Raises
    ------
    InputError
        A model or interval that cannot be used; with the line of the study file.
    """
    job = _Job(file, work, workers, progress)
    read_beside(file, prepared.table)
    main = _main(job, prepared)
    others = {
        name: _estimated(job, f"definition-{place}", counts, main.fits[0].model, main.interval)
        for place, (name, counts) in enumerate(prepared.others.items(), start=1)
    }
    started = time.perf_counter()
    trusted = _trusted(job, main)
    job.seconds["panel"] = time.perf_counter() - started
    started = time.perf_counter()
    around = look_around(file, prepared, main, workers=workers, progress=progress)
    job.seconds["around"] = time.perf_counter() - started
    return Answers(main=main, others=others, panel=trusted, around=around, seconds=job.seconds)


def main_answer(
    file: StudyFile,
    prepared: Prepared,
    *,
    work: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """The main answer of a study alone; kept in `work`, it is taken up by `find_answers`.

    Parameters
    ----------
    file, prepared, work, workers, progress
        As in `find_answers`.

    Raises
    ------
    InputError
        As in `find_answers`.
    """
    return _main(_Job(file, work, workers, progress), prepared)


def _main(job: _Job, prepared: Prepared) -> Estimates:
    model, interval = settings(job.file)
    _check_levels(job.file, prepared.table, numbers=asks_people(model))
    return _estimated(job, "estimate", prepared.counts, model, interval)


def _check_levels(file: StudyFile, table: CaptureTable, *, numbers: bool) -> None:
    """Refuse a covariate whose values nearly say who somebody is, as a report would print them all.

    Parameters
    ----------
    numbers
        Whether the model would take a number, such as an age, as one from people: a study counts them first.
    """
    for covariate in table.covariates:
        levels, floor = covariate.recorded, file.study.publication.floor
        people = np.bincount(table.level_of(covariate.name), table.observed, len(covariate.levels))[: len(levels)]
        few = int(np.sum(people < floor))
        with file.at("covariates", covariate.name):
            year = covariate.name.casefold() in YEAR_NAMES
            if numbers and not year and len(levels) > MOST_LEVELS and are_numbers(levels):
                raise InputError("study_number_as_levels", name=covariate.name, n=len(levels))
            if len(levels) > MANY_LEVELS and 2 * few > len(levels):
                raise InputError("study_levels_of_few", name=covariate.name, n=len(levels), few=few, floor=floor)


def settings(file: StudyFile) -> tuple[Model | None, Interval | None]:
    """The model and interval that the study names; None where it leaves the choice."""
    asked = file.study.model
    with file.at("model", "model"):
        model = parse(asked.model, {**MODELS, **OF_SIGHTINGS}) if asked.model else None
    with file.at("model", "interval"):
        interval = parse(asked.interval, INTERVALS) if asked.interval else None
    with file.at("study", "seed"):
        check_settings(Assumed().level, file.study.study.seed, None)
    with file.at("model", "level"):
        check_settings(asked.level, 0, None)
    with file.at("trust", "odds_ratio"):
        if not 1 < file.study.trust.odds_ratio < math.inf:
            raise ModelError("bad_xi", value=file.study.trust.odds_ratio)
    return model, interval


def _estimated(job: _Job, part: str, counts: Counts, model: Model | None, interval: Interval | None) -> Estimates:
    """An answer, taken up from an interrupted run where the same code had given it to the same question."""
    study = job.file.study
    asked = {
        "counts": draws_hash(counts),
        "model": None if model is None else format_thing(model),
        "interval": None if interval is None else format_thing(interval),
        "level": study.model.level,
        "seed": study.study.seed,
        "code": fingerprint.of_code(),
    }
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:KEY]
    kept = None if job.work is None else job.work / f"{part}-{key}.dn"
    started = time.perf_counter()
    found = _kept(kept)
    if found is None:
        told = job.told("definition" if part.startswith("definition") else part)
        with job.file.at("model"):
            found = estimate(
                counts,
                model,
                interval,
                level=study.model.level,
                seed=study.study.seed,
                workers=job.workers,
                progress=told,
            )
        if kept is not None:
            save(found, kept)
    job.seconds[part] = time.perf_counter() - started
    return found


def _kept(path: Path | None) -> Estimates | None:
    try:
        return load(path) if path is not None and path.is_file() else None
    except DarknumberError:  # of another darknumber: it is made again
        return None


def _trusted(job: _Job, main: Estimates) -> Panel | None:
    study = job.file.study
    if not study.trust.studies:
        return None
    with job.file.at("trust"):
        return panel(
            main,
            threshold=study.trust.threshold,
            odds_ratio=study.trust.odds_ratio,
            studies=study.trust.studies,
            seed=study.study.seed,
            workers=job.workers,
            progress=job.told("panel"),
        )
