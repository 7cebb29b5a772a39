"""Estimates on disk: counts, draws and settings in one compressed file, never people (`darknumber.data.archive`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from darknumber.data.archive import UNREADABLE, read_archive, write_archive
from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.bootstrap import Selection
from darknumber.inference.calibrate import Calibration
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, OF_PEOPLE
from darknumber.models import MODELS, OF_SIGHTINGS, Candidates, Fit
from darknumber.models.sightings import SightingsFit
from darknumber.models.text import from_json, to_json

FORMAT = 1  # raised when an older darknumber could not read the file
_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Calibration,
        CaptureTable,
        Candidates,
        Covariate,
        Estimates,
        Finding,
        Fit,
        Frequencies,
        Selection,
        SightingsFit,
    )
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
    return write_archive(path, {"format": FORMAT, "estimates": estimates}, _KINDS, to_json)


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
        tree = read_archive(path, _KINDS, _setting, newest=FORMAT)
        newer = tree["format"] > FORMAT
    except UNREADABLE as error:
        raise InputError("not_estimates", path=str(path)) from error
    if newer:
        raise InputError("newer_estimates", path=str(path))
    estimates = tree.get("estimates")
    if not isinstance(estimates, Estimates):
        raise InputError("not_estimates", path=str(path))
    return estimates


def _setting(tree: dict[str, Any]) -> Any:
    """A model or an interval from its settings."""
    registry: dict[str, Any] = {**MODELS, **OF_SIGHTINGS, **OF_PEOPLE, **INTERVALS}
    return from_json(tree, registry)
