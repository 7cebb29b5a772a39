"""Where the data come from: an example, files that came in, or what was named on the command line."""

from __future__ import annotations

import tomllib
from pathlib import Path

from starlette.responses import Response

from darknumber.data.catalogue import index
from darknumber.data.files import existing
from darknumber.data.names import no_such
from darknumber.errors import InputError
from darknumber.run.study import Basics, Data, Study
from darknumber.run.study_file import read_study
from darknumber.web.uploads import STUDY_ENDING
from darknumber.web.visit import Visit, go
from darknumber.web.workers import Lane
from darknumber.words import language

SEED = 1  # of a study that names none


def example(visit: Visit) -> Response:
    """Start with a built-in example."""
    name, known = visit.form.get("name", ""), index()
    if name not in known:
        raise no_such("unknown_example", name, tuple(known))
    begin(visit, new_study(name))
    count(visit)
    return go("/data")


def restart(visit: Visit) -> Response:
    """Forget everything."""
    visit.jobs.forget(visit.session.owner)
    visit.session.restart()
    return go("/")


def upload(visit: Visit) -> Response:
    """Start with files that came in: data, linked tables, or a study file with its data."""
    files = visit.uploads
    if not files:
        raise InputError("no_upload")
    described = [path for path in files if path.suffix.lower() == STUDY_ENDING]
    if described:
        study = next(filter(is_study, described), described[0])
        return _with_study(visit, study, [path for path in files if path != study])
    begin(visit, new_study(files[0].name), base=files[0].parent)
    look(visit)
    return go("/data")


def open_here(visit: Visit, source: str) -> None:
    """Start with what was named on the command line of this machine: a study file, data, or an example.

    Raises
    ------
    InputError
        There is no such file, or the study file cannot be read.
    """
    if source in index() and not Path(source).exists():
        begin(visit, new_study(source))
        count(visit)
        return
    path = existing(Path(source)).resolve()
    if path.suffix.lower() == STUDY_ENDING:
        begin(visit, read_study(path).study, base=path.parent)
        count(visit)
    else:
        begin(visit, new_study(path.name), base=path.parent)
        look(visit)


def new_study(source: str) -> Study:
    """A question of which only the data are known."""
    return Study(study=Basics(languages=(language(),), seed=SEED), data=Data(source=source))  # type: ignore[arg-type]


def _with_study(visit: Visit, path: Path, others: list[Path]) -> Response:
    """A study file says everything; its data stand beside it, under the names that it uses."""
    study = read_study(path).study
    came_in = {other.name for other in others}
    for name in named_in(study):
        if name not in came_in:
            raise InputError("web_study_outside", name=name)
    for other in others:
        other.rename(path.parent / other.name)
    begin(visit, study, base=path.parent)
    count(visit)
    return go("/data")


def is_study(path: Path) -> bool:
    """Whether a TOML file is a study file, and no mapping."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    data = tree.get("data")
    return isinstance(data, dict) and "source" in data


def named_in(study: Study) -> tuple[str, ...]:
    """Every file or folder that a study names; an example is none.

    A study that comes from a browser may read only what came in with it, so each of these must be the name of such
    a file. What is named on the command line may lie anywhere: who types it may read it.
    """
    known = index()
    reports = study.reports
    named = [
        *([] if study.data.source in known else [study.data.source]),
        *(reports.mapping, reports.model, *reports.files, *reports.files.values()),
        *(study.rates.residents, study.previous.folder, study.previous.linked),
        *(each.file for each in study.beside),
    ]
    return tuple(name for name in named if name)


def begin(visit: Visit, study: Study, base: Path | None = None) -> None:
    """Go on with other data: whatever was found, and every file, is about the old ones."""
    visit.jobs.forget(visit.session.owner)
    visit.session.keep(study)
    visit.session.move(base)


def look(visit: Visit, sheet: str = "") -> None:
    """Let the columns of the file be looked at."""
    study, base = visit.session.study, visit.session.base
    if study is not None:  # everything may have been forgotten a moment ago, from another window
        visit.ask("columns", "tasks:look", {"path": base / study.data.source, "sheet": sheet}, lane="quick")


def count(visit: Visit) -> None:
    """Let the people in the data be counted."""
    study, base = visit.session.study, visit.session.base
    if study is not None:
        lane: Lane = "slow" if study.data.rows == "reports" else "quick"  # reports are linked first
        visit.ask("prepared", "tasks:count", {"study": study, "base": base}, lane=lane)
