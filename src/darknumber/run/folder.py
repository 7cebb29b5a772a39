"""The run folder: made whole beside its place and moved there, with a list of its files and their hashes.

``run.json`` says what made the folder and holds the SHA-256 of every published file; times stand there and nowhere
else. ``internal`` holds exact counts and is for the office only, with a ``run.json`` of its own: who knows the hash of
a table of counts can find a count that is not published by trying. Everything else may be published.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darknumber.data.targets import folder_for
from darknumber.errors import InputError
from darknumber.run.counts import file_hash

MANIFEST = "run.json"
STUDY = "study.toml"
INTERNAL = "internal"
ANSWER = "estimates.dn"  # in INTERNAL
OFFICE = f"{INTERNAL}/{MANIFEST}"  # what made the folder, as far as it is not published
FORMAT = 2  # raised when an older darknumber could not read the folder
TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``run.json`` says.

    Parameters
    ----------
    facts
        What made the folder: program, study, data, settings; under `INTERNAL` what is not published of them.
    files
        The SHA-256 of each file by its path in the folder, with forward slashes.
    times
        When it was made, and how long each part took in seconds.
    whole
        Whether it tells of the office's own files too; not where only what is published was handed on.
    """

    facts: Mapping[str, Any]
    files: Mapping[str, str]
    times: Mapping[str, Any]
    whole: bool = True


def check_target(folder: Path, *, make_folders: bool = False) -> Path:
    """The path, if a run folder can be put there: nothing stands there, or an empty folder, or an older run.

    Parameters
    ----------
    folder
        Where it would go.
    make_folders
        Whether the folders on the way will be made where they are not there.

    Raises
    ------
    InputError
        Something else stands there, or nothing can be written.
    """
    target = Path(os.path.abspath(folder.expanduser()))
    folder_for(target.parent, make_folders=make_folders)
    if target.is_file():
        raise InputError("not_a_folder", name=str(folder))
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise InputError("not_a_run_folder_to_replace", name=str(folder))
    return target


def work_folder(target: Path) -> Path:
    """Where the parts of an unfinished run wait, beside its folder; for its owner only."""
    work = target.parent / f".{target.name}.work"
    work.mkdir(parents=True, exist_ok=True)
    os.chmod(work, 0o700)
    return work


def fresh(work: Path) -> Path:
    """An empty folder in which a run folder is made; what an interrupted run left there goes."""
    for left in work.glob("new-*"):
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="new-", dir=work))
    inside = made / INTERNAL
    inside.mkdir(mode=0o700)
    return made


def finish(made: Path, target: Path, manifest: Manifest) -> Path:
    """Write both ``run.json`` and move the folder to its place; an older run there goes when the new one stands."""
    write_manifest(made, manifest)
    os.chmod(made, 0o755)
    old = made.parent / "old"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(made, target)
    shutil.rmtree(made.parent, ignore_errors=True)
    return target


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder but each ``run.json``, by its path with forward slashes, in order."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: file_hash(path) for name, path in sorted(names.items()) if name not in (MANIFEST, OFFICE)}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``run.json``, and that of the office."""
    ours = {name: digest for name, digest in manifest.files.items() if for_office(name)}
    others = {name: digest for name, digest in manifest.files.items() if name not in ours}
    facts = {name: fact for name, fact in manifest.facts.items() if name != INTERNAL}
    _write(folder / MANIFEST, {"format": FORMAT, **facts, "files": others, TIMES: dict(manifest.times)})
    (folder / INTERNAL).mkdir(mode=0o700, exist_ok=True)
    _write(folder / OFFICE, {"format": FORMAT, "facts": manifest.facts.get(INTERNAL, {}), "files": ours})


def for_office(name: str) -> bool:
    """Whether a file of a run folder is for the office only."""
    return name.startswith(f"{INTERNAL}/")


def _write(path: Path, tree: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(tree, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> Manifest:
    """What ``run.json`` in a run folder says.

    Raises
    ------
    InputError
        No folder, no run folder, or one of a newer darknumber.
    """
    if not folder.is_dir():
        raise InputError("no_such_folder", name=str(folder))
    try:
        tree = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        newer, files, times = tree.pop("format") > FORMAT, tree.pop("files"), tree.pop(TIMES)
        whole = (folder / OFFICE).exists()
        if whole:
            ours = json.loads((folder / OFFICE).read_text(encoding="utf-8"))
            tree[INTERNAL], files = ours["facts"], {**files, **ours["files"]}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError("not_a_run_folder", name=str(folder)) from error
    if newer:
        raise InputError("newer_run_folder", name=str(folder))
    return Manifest(facts=tree, files=files, times=times, whole=whole)
