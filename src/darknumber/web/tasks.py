"""What is done in the processes of the server: the verbs, with what a page hands over."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from darknumber.data.frequencies import Frequencies
from darknumber.data.linked_counts import read_linked
from darknumber.data.overview import Overview, overview
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS
from darknumber.inference.publish import time_of
from darknumber.inference.store import load
from darknumber.models import MODELS
from darknumber.models.text import parse
from darknumber.register.reading.mapping import guess_mapping
from darknumber.register.reading.schema import fields
from darknumber.run.answers import main_answer
from darknumber.run.folder import work_folder
from darknumber.run.make import run_file
from darknumber.run.prepare import Prepared, prepare
from darknumber.run.study import Study
from darknumber.run.study_file import StudyFile
from darknumber.run.study_text import study_text
from darknumber.studies.check import Check, check
from darknumber.studies.compare import Comparison, compare
from darknumber.studies.laws import Laws, laws
from darknumber.studies.omit import Omission, omit
from darknumber.studies.revise import Revision, revise
from darknumber.web.uploads import check_packed


def file_of(study: Study, base: Path) -> StudyFile:
    """A study as if it stood in a file in a folder."""
    return StudyFile(study=study, path=base / "study.toml", text=study_text(study))


def look(path: Path, sheet: str, *, progress: Progress) -> Overview:
    """The columns of a file that came in."""
    progress(0, 1, "read")
    check_packed(path)
    return without_people(overview(path, sheet=sheet or None))


def without_people(found: Overview) -> Overview:
    """The same with nothing named of columns that say who somebody is, and none of them taken for a list or a group."""
    mapping, known = guess_mapping([column.heading for column in found.columns]), fields()
    who = {heading for name, origin in mapping.fields.items() if known[name].identifying for heading in origin.headings}
    columns = tuple(
        replace(column, values=(), rare=column.different, role=column.role if column.role == "id" else "other")
        if column.heading in who
        else column
        for column in found.columns
    )
    return replace(found, columns=columns)


def count(study: Study, base: Path, *, progress: Progress) -> Prepared:
    """The data of a study, counted."""
    progress(0, 1, "read")
    source = base / study.data.source
    if source.is_file():
        check_packed(source)
    return prepare(file_of(study, base), progress=progress)


def look_at_lists(prepared: Prepared, *, progress: Progress) -> Check | Laws:
    """Whether these lists can answer the question; of one list, what every law of how often people are seen says."""
    progress(0, 1, "fit")
    return laws(prepared.counts) if isinstance(prepared.counts, Frequencies) else check(prepared.table)


def answer(study: Study, base: Path, prepared: Prepared, work: Path, *, progress: Progress) -> Estimates:
    """The answer of a study; it waits in `work` for the report."""
    progress(0, 1, "fit")
    work.mkdir(mode=0o700, exist_ok=True)
    return main_answer(file_of(study, base), prepared, work=work, progress=progress)


def side_by_side(
    prepared: Prepared, models: Sequence[str], interval: str, level: float, seed: int, *, progress: Progress
) -> Comparison:
    """Several models on the same data."""
    progress(0, 1, "fit")
    how = parse(interval, INTERVALS) if interval else None
    chosen = [parse(model, MODELS) for model in models]
    return compare(prepared.table, chosen, how, level=level, seed=seed, progress=progress)


def other_laws(answer: Estimates, *, progress: Progress) -> Laws:
    """What every other law of how often people are seen says."""
    progress(0, 1, "fit")
    return laws(answer)


def without_lists(prepared: Prepared, model: str, level: float, seed: int, *, progress: Progress) -> Omission:
    """The answer without each list, and with each pair merged."""
    progress(0, 1, "omit")
    return omit(prepared.table, model or None, level=level, seed=seed, progress=progress)


def publish(study: Study, base: Path, work: Path, target: Path, *, progress: Progress) -> Path:
    """The run folder of a study; answers that wait in `work` are taken up."""
    progress(0, 1, "outputs")
    waiting = work_folder(target)
    for kept in work.glob("*.dn") if work.is_dir() else ():
        shutil.copy2(kept, waiting)
    return run_file(file_of(study, base), target, progress=progress).folder


def vintages(old: Path, linked: Path | None, new: Estimates, *, progress: Progress) -> Revision:
    """The study before this one beside the answer; where people of both are linked, with what is noise."""
    progress(0, 1, "revise")
    check_packed(old)
    if linked is not None:
        check_packed(linked)
    people = None if linked is None else read_linked(linked, unit=new.unit)
    time = time_of(new)
    by = None if time is None else time.name
    return revise(load(old), new, linked=people, by=by, seed=new.seed, progress=progress)
