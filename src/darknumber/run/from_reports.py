"""The data of a study whose rows are reports: read, linked, and counted for every draw of who is who."""

from __future__ import annotations

from pathlib import Path

from darknumber.data.drawn import DrawnTables
from darknumber.errors import InputError
from darknumber.register.linkage.drawn import linked_tables
from darknumber.register.linkage.link import link
from darknumber.register.linkage.linkage_model import read_linkage_model
from darknumber.register.linkage.methods import Method, Probabilistic, method_of
from darknumber.register.linkage.weighing import Progress
from darknumber.register.reading.reports import Reports, read_reports
from darknumber.register.reading.together import together
from darknumber.run.study_file import StudyFile

# Keys under [data] that reports have no use for.
_OF_COUNTS = ("count", "id", "list_column", "year", "registered", "dates", "referrals", "drop_referred")


def linked_data(file: StudyFile, source: Path, *, progress: Progress | None = None) -> DrawnTables:
    """Read the reports of a study, link them, and count people.

    Parameters
    ----------
    file
        The study; ``[reports]`` says how.
    source
        The file with the reports.
    progress
        Called with (done, total, what).

    Raises
    ------
    InputError
        Reports or a mapping that cannot be read, nothing to link, or keys that do not go with reports; with the line.
    """
    study, asked = file.study, file.study.reports
    for name in _OF_COUNTS:
        if getattr(study.data, name):
            with file.at("data", name):
                raise InputError("study_not_of_reports", name=name)
    with file.at("reports", "mapping"):
        parts = [_read(file, source, asked.mapping)]
    with file.at("reports", "files"):
        parts += [_read(file, file.folder / Path(name).expanduser(), mapping) for name, mapping in asked.files.items()]
        reports = together(parts)
    with file.at("reports"):
        links = link(reports, _method(file), seed=study.study.seed, progress=progress)
        columns = [*study.covariates, *(each.column for each in study.definitions.values())]
        data = linked_tables(
            links,
            tuple(dict.fromkeys(columns)),
            lists=tuple(study.lists) or None,
            merge=asked.merge or None,
            definition=asked.definition or None,
            unit=study.data.unit,
            on_conflict=None if study.data.on_conflict == "error" else study.data.on_conflict,
            unlinkable=asked.unlinkable,
            draws=asked.draws,
            threshold=asked.threshold,
            seed=study.study.seed,
            progress=progress,
        )
        if study.lists and data.best.lists != tuple(study.lists):
            raise InputError("empty_list", lists=[name for name in study.lists if name not in data.best.lists])
        return data


def _read(file: StudyFile, source: Path, mapping: str) -> Reports:
    data = file.study.data
    return read_reports(source, beside(file, mapping), sheet=data.sheet or None, extracted=data.extracted)


def beside(file: StudyFile, name: str) -> Path | None:
    """A file that is named from the folder of the study file; None where none is."""
    return file.folder / Path(name).expanduser() if name else None


def _method(file: StudyFile) -> Method:
    asked = file.study.reports
    if asked.method != "probabilistic":
        return method_of(asked.method)
    kept = beside(file, asked.model)
    return Probabilistic(key=asked.key, model=None if kept is None else read_linkage_model(kept))
