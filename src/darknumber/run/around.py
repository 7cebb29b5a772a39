"""What a study puts around its answer: rates, ratios named apart, and the study before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from darknumber.data.ages import Band
from darknumber.data.given import Given, read_given
from darknumber.data.linked import Linked
from darknumber.data.linked_counts import read_linked
from darknumber.data.published import check_country
from darknumber.data.residents import Residents, read_residents
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of
from darknumber.inference.store import load
from darknumber.run.folder import ANSWER, INTERNAL, STUDY
from darknumber.run.prepare import Prepared
from darknumber.run.study import Beside, Rated
from darknumber.run.study_file import StudyFile, read_study
from darknumber.studies.rates import Rates, rates
from darknumber.studies.ratios import YearlyRatios, yearly_ratios
from darknumber.studies.revise import Revision, revise


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around an answer.

    Parameters
    ----------
    rates
        One for each table of rates that is asked for.
    ratios
        The ratios of all years, and over each run of years that a mean is asked for; empty without years.
    revision
        This study beside the one before it, or None.
    """

    rates: tuple[Rates, ...] = ()
    ratios: tuple[YearlyRatios, ...] = ()
    revision: Revision | None = None


def look_around(
    file: StudyFile,
    prepared: Prepared,
    main: Estimates,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Around:
    """Work out what the study asks for beside its answer.

    Raises
    ------
    InputError
        Files or names that cannot be used; with the line of the study file.
    """
    return Around(
        rates=_rates(file, main),
        ratios=_ratios(file, main),
        revision=_revision(file, prepared, main, workers, progress),
    )


def read_beside(file: StudyFile, table: CaptureTable) -> None:
    """Read every other file that the study names, so that hours of work are not lost to a name that is wrong."""
    asked = file.study.rates
    if asked.residents:
        _residents(file, asked)
    if file.study.previous.folder:
        _previous(file)
        _linked(file, table)
    for place, beside in enumerate(file.study.beside):
        with file.at("beside", place):
            if beside.country:
                check_country(beside.country)
            elif not beside.file:
                raise InputError("study_beside_nothing")
            elif time_of(table) is None:
                raise InputError("study_years_without_year")
            else:
                given_of(file, beside)


def given_of(file: StudyFile, beside: Beside) -> Given:
    """The figures from elsewhere that stand in a file of their own."""
    return read_given(file.folder / Path(beside.file).expanduser())


def _rates(file: StudyFile, main: Estimates) -> tuple[Rates, ...]:
    asked = file.study.rates
    if not asked.residents:
        return ()
    residents = _residents(file, asked)
    found = []
    for place, names in enumerate(asked.by):
        with file.at("rates", "by", place):
            found.append(rates(main, residents, by=names, years=asked.years, per=asked.per))
    return tuple(found)


def _residents(file: StudyFile, asked: Rated) -> Residents:
    with file.at("rates"):
        return read_residents(
            file.folder / asked.residents,
            people=asked.people or None,
            covariates=asked.columns or None,
            levels=asked.levels or None,
            ages=_bands(file) or None,
            times=asked.times,
            sheet=asked.sheet or None,
        )


def _bands(file: StudyFile) -> Mapping[str, Band]:
    """Classes of ages from lists of one or two numbers: from so old, or from so old to so old."""
    found: dict[str, Band] = {}
    for name, ends in file.study.rates.ages.items():
        if len(ends) not in (1, 2):
            with file.at("rates", "ages", name):
                raise InputError("study_ages", n=len(ends))
        found[name] = (ends[0], ends[1] if len(ends) == 2 else None)
    return found


def _ratios(file: StudyFile, main: Estimates) -> tuple[YearlyRatios, ...]:
    time = time_of(main)
    if time is None or len(time.recorded) < 2 or not adds_up(main):
        return ()
    return tuple(yearly_ratios(main, years) for years in ((), *file.study.tables.means))


def _revision(
    file: StudyFile, prepared: Prepared, main: Estimates, workers: int | None, progress: Progress | None
) -> Revision | None:
    asked = file.study.previous
    if not asked.folder:
        return None
    old, called = _previous(file)
    tell: Callable[[int, int, str], None] | None = progress
    with file.at("previous"):
        return revise(
            old,
            main,
            same_definition=prepared.as_before,
            linked=_linked(file, prepared.table),
            by=None if (time := time_of(main)) is None else time.name,
            vintages=(called, file.study.study.vintage) if called and file.study.study.vintage else None,
            replicates=asked.replicates,
            seed=file.study.study.seed,
            workers=workers,
            progress=None if tell is None else lambda done, total, _: tell(done, total, "revision"),
        )


def _previous(file: StudyFile) -> tuple[Estimates, str]:
    """The answer of the study before this one, and what that study is called."""
    folder = file.folder / Path(file.study.previous.folder).expanduser()
    with file.at("previous", "folder"):
        if not (folder / INTERNAL / ANSWER).is_file():
            raise InputError("not_a_run_folder", name=file.study.previous.folder)
        return load(folder / INTERNAL / ANSWER), read_study(folder / STUDY).study.study.vintage


def _linked(file: StudyFile, table: CaptureTable) -> Linked | None:
    named = file.study.previous.linked
    if not named:
        return None
    with file.at("previous", "linked"):
        return read_linked(file.folder / Path(named).expanduser(), lists=table.lists, unit=table.unit)
