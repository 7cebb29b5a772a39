"""Reports come in: uploaded, made up as an example, or already there; and what is asked of them by itself."""

from __future__ import annotations

import datetime
import tempfile
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response

from darknumber.data.catalogue import index
from darknumber.data.drawn import DrawnTables
from darknumber.errors import InputError
from darknumber.run.prepare import Prepared
from darknumber.run.study import Basics, Data, Reported, Study
from darknumber.web.jobs import Job
from darknumber.web.steps import opening
from darknumber.web.steps.reports_mapping import complete
from darknumber.web.tasks_reports import ReportsSeen
from darknumber.web.uploads import KEPT_ENDING, MEGABYTE, STUDY_ENDING
from darknumber.web.visit import Visit, go
from darknumber.web.workers import Lane
from darknumber.words import language

LARGE = 100 * MEGABYTE  # a file from here on is read where long work is done
EXTRACT_OF_EXAMPLE = datetime.date(2020, 4, 1)
INTERVAL_OF_EXAMPLE = "bootstrap(replicates=200)"  # in seconds, for who looks around
EXAMPLE = {"en": ("reports.csv", ""), "nl": ("meldingen.csv", "koppeling.toml")}  # the file, and its mapping


def begun(visit: Visit) -> None:
    """Ask for what is not known yet: the columns of the file, then what came of its rows."""
    seen: ReportsSeen | None = visit.held("reports")
    study = visit.session.study
    if study is None or not holds_rows(study):
        return
    if seen is None and _not_asked(visit.job("reports")):
        look(visit)
    elif seen is not None and _readable(visit, seen):
        read(visit)


def _readable(visit: Visit, seen: ReportsSeen) -> bool:
    """Whether the rows can be read, and are not being read yet."""
    waiting = visit.held("intake") is None and _not_asked(visit.job("intake"))
    return waiting and all(map(complete, seen.files))


def working(visit: Visit) -> Job | None:
    """The work that the reports wait for: the look at the columns, then at the rows."""
    looking = visit.job("reports")
    return looking if looking is not None and looking.open else visit.job("intake")


def counted_tables(visit: Visit) -> DrawnTables | None:
    """The tables of linked reports that people were counted in; None where there are none."""
    prepared: Prepared | None = visit.held("prepared")
    return prepared.counts if prepared is not None and isinstance(prepared.counts, DrawnTables) else None


def holds_rows(study: Study) -> bool:
    """Whether the data of a study are a file that could hold reports: no example, and no tables that were kept."""
    source = study.data.source
    return source not in index() and not source.endswith(KEPT_ENDING)


def _not_asked(job: Job | None) -> bool:
    return job is None or job.state == "done"


def look(visit: Visit) -> None:
    """Let the columns of the files be looked at."""
    session = visit.session
    given = {"study": session.study, "base": session.base}
    visit.ask("reports", "tasks_reports:look", given, lane=lane_of(visit))


def read(visit: Visit) -> None:
    """Let the rows be read and screened."""
    session = visit.session
    given = {"study": session.study, "base": session.base}
    visit.ask("intake", "tasks_reports:take_in", given, lane=lane_of(visit))


def lane_of(visit: Visit) -> Lane:
    """Where a file is read: large ones not where others wait for a quick look."""
    session = visit.session
    assert session.study is not None
    path = session.base / session.study.data.source
    return "slow" if path.is_file() and path.stat().st_size > LARGE else "quick"


def again(visit: Visit) -> Response:
    """Read the file again, after it was stopped or failed."""
    if visit.session.study is not None:
        if visit.held("reports") is None:
            look(visit)
        else:
            read(visit)
    return go("/reports")


def upload(visit: Visit) -> Response:
    """Begin with files of reports that came in, each with its mapping where there is one."""
    files = visit.uploads
    described = [path for path in files if path.suffix.lower() == STUDY_ENDING]
    if any(map(opening.is_study, described)):
        return opening.upload(visit)
    reports = [path for path in files if path not in described]
    if not reports:
        raise InputError("no_upload")
    home = reports[0].parent
    placed = [_placed(path, home) for path in reports]
    mappings = {path.stem: _placed(path, home).name for path in described}
    other = next(iter(mappings.values()), "")  # one for all
    of = {path.name: mappings.get(path.stem, other) for path in placed}
    first, *more = placed
    asked = Reported(mapping=of[first.name], files={path.name: of[path.name] for path in more})
    opening.begin(visit, _new(first.name, asked), home)
    look(visit)
    return go("/reports")


def example(visit: Visit) -> Response:
    """Begin with made-up reports, in the form that an office of this language would send."""
    name, mapping = EXAMPLE[language()]
    study = _new(name, Reported(mapping=mapping))
    study = replace(
        study,
        study=replace(study.study, population="victims"),
        model=replace(study.model, interval=INTERVAL_OF_EXAMPLE),
        data=replace(study.data, extracted=EXTRACT_OF_EXAMPLE, synthetic=True),
    )
    base = Path(tempfile.mkdtemp(prefix="example-", dir=visit.session.folder))
    opening.begin(visit, study, base)
    visit.ask("reports", "tasks_reports:example", {"study": study, "base": base, "office": bool(mapping)}, lane="quick")
    return go("/reports")


def _new(source: str, asked: Reported) -> Study:
    basics = Basics(languages=(language(),), seed=opening.SEED)  # type: ignore[arg-type]
    return Study(study=basics, data=Data(source=source, rows="reports"), reports=asked)


def _placed(path: Path, home: Path) -> Path:
    """A file in the folder of the others, under its own name where that is free."""
    target, number = home / path.name, 1
    while target != path and target.exists():
        number += 1
        target = home / f"{path.stem}-{number}{path.suffix}"
    return path if target == path else path.rename(target)
