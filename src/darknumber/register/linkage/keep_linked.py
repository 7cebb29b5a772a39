"""Linked tables on disk with the numbers of linkage: `save_linked_tables` and `load_linked_tables`."""

from __future__ import annotations

import os
from pathlib import Path

from darknumber.data.drawn import DrawnTables
from darknumber.data.drawn_file import read_drawn, write_drawn
from darknumber.register.linkage.link_quality import LinkQuality
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.register.linkage.linkage_model import LinkageModel, ModelComparison, ModelLevel, RulePairs

_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (LinkageModel, LinkageSummary, LinkQuality, ModelComparison, ModelLevel, RulePairs)
}


def save_linked_tables(drawn: DrawnTables, path: str | os.PathLike[str]) -> Path:
    """Write linked tables to a file, whole or not at all; counts and probabilities only.

    Parameters
    ----------
    drawn
        As `darknumber.register.linkage.drawn.tables` gives them.
    path
        Where to; the ending is up to you (``.dn`` is usual).

    Raises
    ------
    InputError
        The folder is not there or cannot be written in, or the disk is full.
    """
    return write_drawn(drawn, path, _KINDS)


def load_linked_tables(path: str | os.PathLike[str]) -> DrawnTables:
    """Read linked tables that `save_linked_tables` wrote.

    Raises
    ------
    InputError
        No such file, not one of ours, or from a newer darknumber.
    """
    return read_drawn(path, _KINDS)
