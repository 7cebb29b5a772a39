"""Linked tables on disk: counts only, in one file (`darknumber.data.archive`)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from darknumber.data.archive import UNREADABLE, Kinds, read_archive, write_archive
from darknumber.data.drawn import AtThreshold, DrawnTables, HowLinked, WhoIsWho
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding

FORMAT = 1  # raised when an older darknumber could not read the file
_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (AtThreshold, CaptureTable, Covariate, DrawnTables, Finding, HowLinked, WhoIsWho)
}


def write_drawn(drawn: DrawnTables, path: str | os.PathLike[str], more: Kinds | None = None) -> Path:
    """Write linked tables to a file, whole or not at all.

    Parameters
    ----------
    drawn
        What to keep.
    path
        Where to; the ending is up to you (``.dn`` is usual).
    more
        The dataclasses that the summary is made of; without them it is not kept.

    Raises
    ------
    InputError
        The folder is not there or cannot be written in, or the disk is full.
    """
    if not isinstance(drawn, DrawnTables):
        raise InputError("not_linked_reports", kind=type(drawn).__name__)
    tree = {"format": FORMAT, "linked": replace(drawn, summary=None)}
    if more:
        tree["summary"] = drawn.summary
    return write_archive(path, tree, {**_KINDS, **(more or {})})


def read_drawn(path: str | os.PathLike[str], more: Kinds | None = None) -> DrawnTables:
    """Read linked tables that `write_drawn` wrote.

    Parameters
    ----------
    path
        The file.
    more
        As it was written; without it the summary is left.

    Raises
    ------
    InputError
        No such file, not one of ours, or from a newer darknumber.
    """
    only = ("format", "linked", *(("summary",) if more else ()))
    try:
        tree = read_archive(path, {**_KINDS, **(more or {})}, newest=FORMAT, only=only)
        newer = tree["format"] > FORMAT
    except UNREADABLE as error:
        raise InputError("not_linked_tables", path=str(path)) from error
    if newer:
        raise InputError("newer_estimates", path=str(path))
    drawn = tree.get("linked")
    if not isinstance(drawn, DrawnTables):
        raise InputError("not_linked_tables", path=str(path))
    return replace(drawn, summary=tree.get("summary"))
