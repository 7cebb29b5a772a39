"""A whole study: from its file to a run folder, and from a run folder to the question whether it can be made again."""

from __future__ import annotations

import datetime
import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from darknumber import __version__
from darknumber.errors import InputError
from darknumber.inference.bootstrap import Progress
from darknumber.lab import fingerprint
from darknumber.models.text import format_thing
from darknumber.run.answers import Answers, find_answers
from darknumber.run.counts import counts_hash
from darknumber.run.folder import (
    INTERNAL,
    MANIFEST,
    STUDY,
    Manifest,
    check_target,
    finish,
    for_office,
    fresh,
    hashes,
    read_manifest,
    work_folder,
)
from darknumber.run.outputs import check_published, write_outputs
from darknumber.run.prepare import Prepared, hash_to_publish, prepare
from darknumber.run.study_file import StudyFile, read_study

ENDING = "-run"  # of the folder of a study, by default beside its file
# What draws pictures, pages and tables: with other versions of these the bytes may differ.
LIBRARIES = ("numpy", "scipy", "numba", "duckdb", "vl-convert-python", "jinja2", "babel", "typst", "python-docx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A study that was run.

    Parameters
    ----------
    folder
        The run folder.
    file, prepared, answers
        The study, its data and what it found.
    """

    folder: Path
    file: StudyFile
    prepared: Prepared
    answers: Answers


def run_study(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Finished:
    """Run a study into a folder that an office can publish from; the same study gives the same bytes, times apart.

    A run that was interrupted goes on from the answers it had; the folder is there when all of it is, or not at all.

    Parameters
    ----------
    path
        The study file.
    folder
        Where its results go; an older run there is replaced. By default beside the study file.
    workers, progress
        As in `estimate`.

    Raises
    ------
    InputError
        The study file, its data or the folder cannot be used; with the line of the study file where it is in that.
    """
    file = read_study(Path(path))
    target = Path(folder) if folder is not None else file.path.with_name(file.path.stem + ENDING)
    return run_file(file, target, workers=workers, progress=progress)


def run_file(
    file: StudyFile, folder: Path, *, workers: int | None = None, progress: Progress | None = None
) -> Finished:
    """The same for a study that was read already.

    Parameters
    ----------
    file
        The study.
    folder, workers, progress
        As in `run_study`.

    Raises
    ------
    InputError
        As in `run_study`.
    """
    target = check_target(folder)
    prepared = prepare(file, progress=progress)
    check_published(file)
    work = work_folder(target)
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    answers = find_answers(file, prepared, work=work, workers=workers, progress=progress)
    if progress is not None:
        progress(0, 1, "outputs")
    made = fresh(work)
    write_outputs(file, prepared, answers, made)
    seconds = {**answers.seconds, "all": time.perf_counter() - clock}
    manifest = Manifest(
        facts=facts_of(file, prepared, answers, target),
        files=hashes(made),
        times={
            "started": started.isoformat(timespec="seconds"),
            "seconds": {part: round(spent, 1) for part, spent in seconds.items()},
        },
    )
    return Finished(folder=finish(made, target, manifest), file=file, prepared=prepared, answers=answers)


def facts_of(file: StudyFile, prepared: Prepared, answers: Answers, target: Path) -> dict[str, Any]:
    """What made a run folder, without times."""
    main = answers.main
    return {
        "darknumber": {"version": __version__, "code": fingerprint.of_code()},
        "study": {"from": _way(target, file.path), "sha256": hashlib.sha256(file.text.encode()).hexdigest()},
        "data": {"source": Path(file.study.data.source).name, "sha256": hash_to_publish(file, prepared)},
        INTERNAL: {"data_sha256": prepared.data_hash, "counts_sha256": counts_hash(prepared.table)},
        "answer": {
            "model": format_thing(main.fits[0].model),
            "interval": format_thing(main.interval),
            "level": main.level,
            "seed": main.seed,
        },
        "with": {"python": platform.python_version(), **_versions()},
    }


def _way(folder: Path, path: Path) -> str:
    """From a run folder to its study file, where both are on one drive; else only the name."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.name


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:  # typst and python-docx need not be there
            continue
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a run folder is as it was made, and can be made again.

    Parameters
    ----------
    changed, missing, added
        Files that are not as ``run.json`` says, that are gone, and that are not in it.
    differs
        Files that come out differently when the study is run again; None where it was not.
    facts
        What made the folder and is otherwise now: the data, the study file, versions; what was and what is.
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    differs: tuple[str, ...] | None
    facts: Mapping[str, tuple[str, str]]

    @property
    def equal(self) -> bool:
        """Whether every file is as it was made, and comes out the same again where that was tried."""
        return not (self.changed or self.missing or self.added or self.differs)


def verify(
    folder: str | os.PathLike[str],
    *,
    study: str | os.PathLike[str] | None = None,
    again: bool = True,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Look whether a run folder is as it was made, and make it again from its study file and data.

    Parameters
    ----------
    folder
        The run folder.
    study
        Where the study file stood, from whose folder data are named; by default where it was when the folder was made.
    again
        Whether to make it again; else only its files are looked at.
    workers, progress
        As in `estimate`.

    Raises
    ------
    InputError
        No run folder; or its study or data cannot be used any more.
    """
    place = Path(os.path.abspath(Path(folder).expanduser()))
    manifest = read_manifest(place)
    now = hashes(place)
    was = manifest.files
    verdict = Verdict(
        changed=tuple(name for name in was if name in now and now[name] != was[name]),
        missing=tuple(name for name in was if name not in now),
        added=tuple(name for name in now if name not in was),
        differs=None,
        facts={},
    )
    if not again:
        return verdict
    if STUDY in (*verdict.missing, *verdict.changed):
        raise InputError("study_file_changed", name=str(folder))
    file = replace(read_study(place / STUDY), path=_origin(place, manifest, study))
    prepared = prepare(file, progress=progress)
    answers = find_answers(file, prepared, workers=workers, progress=progress)
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as made:
        write_outputs(file, prepared, answers, fresh(Path(made)))
        anew = hashes(next(Path(made).iterdir()))
        shutil.rmtree(made, ignore_errors=True)
    facts = facts_of(file, prepared, answers, place)
    if not manifest.whole:  # what is published says nothing of the rest
        anew = {name: digest for name, digest in anew.items() if not for_office(name)}
        del facts[INTERNAL]
    return replace(
        verdict,
        differs=tuple(sorted(name for name in {*was, *anew} if was.get(name) != anew.get(name))),
        facts=_otherwise(manifest.facts, facts),
    )


def _origin(place: Path, manifest: Manifest, study: str | os.PathLike[str] | None) -> Path:
    """Where the study file stood: files in it are named from there."""
    if study is not None:
        return Path(os.path.abspath(study))
    return Path(os.path.normpath(place / str(manifest.facts["study"]["from"])))


def _otherwise(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Facts that are not what they were, by their place in ``run.json``."""
    before, after = dict(_flat(was)), dict(_flat(now))
    different = [name for name in (*before, *after) if before.get(name) != after.get(name)]
    return {name: (str(before.get(name, "")), str(after.get(name, ""))) for name in dict.fromkeys(different)}


def _flat(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in tree.items():
        if name == "from":
            continue
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(prefix + name, value)]
    return found


__all__ = ["MANIFEST", "Finished", "Verdict", "run_file", "run_study", "verify"]
