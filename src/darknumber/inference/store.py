"""Estimates on disk: counts, draws and settings in one compressed file, never people.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.files import existing
from darknumber.data.table import CaptureTable, Covariate
from darknumber.data.targets import place_for
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.bootstrap import Selection
from darknumber.inference.calibrate import Calibration
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS, Candidates, Fit
from darknumber.models.text import from_json, to_json

FORMAT = 1  # raised when an older darknumber could not read the file
_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (Calibration, CaptureTable, Candidates, Covariate, Estimates, Finding, Fit, Selection)
}


def save(estimates: Estimates, path: str | os.PathLike[str]) -> Path:
    """Write estimates to a file, whole or not at all.

    Parameters
    ----------
    estimates
        What to keep: figures, draws, fits and findings; no person-level rows are in them.
    path
        Where to; the ending is up to you (``.dn`` is usual).

    Raises
    ------
    InputError
        The folder is not there or cannot be written in, or the disk is full.
    """
    target = place_for(path)
    arrays: list[NDArray[Any]] = []
    tree = {"format": FORMAT, "estimates": _plain(estimates, arrays)}
    try:
        _write(target, tree, arrays)
    except OSError as error:
        raise InputError("cannot_write", name=str(target), kind=type(error).__name__) from error
    return target


def _write(target: Path, tree: Mapping[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
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


def load(path: str | os.PathLike[str]) -> Estimates:
    """Read estimates that `save` wrote.

    Raises
    ------
    InputError
        No such file, not one of ours, or from a newer darknumber.
    ModelError
        Its model is not in this darknumber.
    """
    try:
        with np.load(existing(os.fspath(path)), allow_pickle=False) as archive:
            tree = json.loads(bytes(archive["tree"]))
            arrays = [archive[f"a{number}"] for number in range(len(archive.files) - 1)]
        newer = tree["format"] > FORMAT
        estimates = None if newer else _rich(tree["estimates"], arrays)
    except (ValueError, LookupError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError("not_estimates", path=str(path)) from error
    if newer:
        raise InputError("newer_estimates", path=str(path))
    if not isinstance(estimates, Estimates):
        raise InputError("not_estimates", path=str(path))
    return estimates


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """A tree of plain values; arrays go to `arrays`, and a reference takes their place."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, tuple | list):
        return [_plain(part, arrays) for part in value]
    if isinstance(value, Mapping):
        return {"mapping": {key: _plain(part, arrays) for key, part in value.items()}}
    if type(value).__name__ in _KINDS:
        fields = {item.name: _plain(getattr(value, item.name), arrays) for item in dataclasses.fields(value)}
        return {"kind": type(value).__name__, "fields": fields}
    if dataclasses.is_dataclass(value):
        return {"setting": to_json(value)}
    return value.item() if isinstance(value, np.generic) else value


def _rich(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """The values that `_plain` was given; sequences come back as tuples."""
    if isinstance(value, list):
        return tuple(_rich(part, arrays) for part in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        array = arrays[value["array"]]
        array.flags.writeable = False
        return array
    if "mapping" in value:
        return {key: _rich(part, arrays) for key, part in value["mapping"].items()}
    if "setting" in value:
        tree = value["setting"]
        return from_json(tree, INTERVALS) if tree["name"] in INTERVALS else from_json(tree, MODELS)
    return _KINDS[value["kind"]](**{key: _rich(part, arrays) for key, part in value["fields"].items()})
