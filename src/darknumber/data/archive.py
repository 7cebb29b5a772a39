"""Results on disk: counts, draws and settings in one compressed file, never people.

The file is a NumPy archive: arrays under numbered names, and under ``tree`` the JSON of everything else, in which an
array is a reference. Nothing is pickled, so that a file from elsewhere can be opened safely.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.files import existing
from darknumber.data.targets import place_for
from darknumber.errors import InputError

Kinds = Mapping[str, type]

# What a file that is damaged, or is none of ours, makes reading it raise.
UNREADABLE = (ValueError, LookupError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


def write_archive(
    path: str | os.PathLike[str],
    tree: Mapping[str, Any],
    kinds: Kinds,
    setting: Callable[[Any], Any] | None = None,
) -> Path:
    """Write values to a file, whole or not at all.

    Parameters
    ----------
    path
        Where to; the ending is up to you.
    tree
        What to keep, by name: values of the kinds, in tuples and mappings, with arrays anywhere.
    kinds
        The dataclasses that are kept by their fields.
    setting
        Plain values of any other dataclass.

    Raises
    ------
    InputError
        The folder is not there or cannot be written in, or the disk is full.
    """
    target = place_for(path)
    arrays: list[NDArray[Any]] = []
    plain = {name: _plain(value, arrays, kinds, setting) for name, value in tree.items()}
    try:
        _write(target, plain, arrays)
    except OSError as error:
        raise InputError("cannot_write", name=str(target), kind=type(error).__name__) from error
    return target


def read_archive(
    path: str | os.PathLike[str],
    kinds: Kinds,
    setting: Callable[[Any], Any] | None = None,
    *,
    newest: int | None = None,
    only: Collection[str] = (),
) -> dict[str, Any]:
    """The values that `write_archive` was given; sequences come back as tuples, and arrays read-only.

    Parameters
    ----------
    path
        The file.
    kinds, setting
        As they were written; `setting` is here the way back.
    newest
        Where the value ``format`` is above this, only that is read.
    only
        Names of the values that are wanted; by default all.

    Raises
    ------
    InputError
        No such file.
    Exception
        One of `UNREADABLE`, where it is none of ours.
    """
    with np.load(existing(os.fspath(path)), allow_pickle=False) as archive:
        tree = json.loads(bytes(archive["tree"]))
        if newest is not None and tree["format"] > newest:
            return {"format": tree["format"]}
        arrays = [archive[f"a{number}"] for number in range(len(archive.files) - 1)]
    wanted = {name: value for name, value in tree.items() if not only or name in only}
    return {name: _rich(value, arrays, kinds, setting) for name, value in wanted.items()}


def is_archive(path: str | os.PathLike[str]) -> bool:
    """Whether a file looks like one that `write_archive` wrote."""
    try:
        with zipfile.ZipFile(path) as held:
            return "tree.npy" in held.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def names_in(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names of the values in a file that `write_archive` wrote; none where it is none of ours."""
    try:
        with np.load(existing(os.fspath(path)), allow_pickle=False) as archive:
            return tuple(json.loads(bytes(archive["tree"])))
    except UNREADABLE:
        return ()


def _write(target: Path, tree: Mapping[str, Any], arrays: list[NDArray[Any]]) -> None:
    """All or nothing: the file is written beside its place, then moved there."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            text = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
            named = {f"a{number}": array for number, array in enumerate(arrays)}
            np.savez_compressed(stream, tree=text, **named)  # type: ignore[arg-type]
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _plain(value: Any, arrays: list[NDArray[Any]], kinds: Kinds, setting: Callable[[Any], Any] | None) -> Any:
    """A tree of plain values; arrays go to `arrays`, and a reference takes their place."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, tuple | list):
        return [_plain(part, arrays, kinds, setting) for part in value]
    if isinstance(value, Mapping):
        return {"mapping": {key: _plain(part, arrays, kinds, setting) for key, part in value.items()}}
    if type(value).__name__ in kinds:
        items = dataclasses.fields(value)
        fields = {item.name: _plain(getattr(value, item.name), arrays, kinds, setting) for item in items}
        return {"kind": type(value).__name__, "fields": fields}
    if dataclasses.is_dataclass(value) and setting is not None:
        return {"setting": setting(value)}
    return value.item() if isinstance(value, np.generic) else value


def _rich(value: Any, arrays: list[NDArray[Any]], kinds: Kinds, setting: Callable[[Any], Any] | None) -> Any:
    """The values that `_plain` was given."""
    if isinstance(value, list):
        return tuple(_rich(part, arrays, kinds, setting) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        array.flags.writeable = False
        return array
    if "mapping" in value:
        return {key: _rich(part, arrays, kinds, setting) for key, part in value["mapping"].items()}
    if "setting" in value and setting is not None:
        return setting(value["setting"])
    return kinds[value["kind"]](**{key: _rich(part, arrays, kinds, setting) for key, part in value["fields"].items()})
