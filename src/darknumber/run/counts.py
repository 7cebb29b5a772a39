"""The counts that a study is made of, whatever its data are, and the hashes that tell them apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from darknumber.data.drawn import DrawnTables
from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable

BLOCK = 1 << 20  # bytes read at a time

# One table, one for every draw of who is who, or how often people are on one list.
Counts = CaptureTable | DrawnTables | Frequencies


def best_of(counts: Counts) -> CaptureTable:
    """The table itself, the one at the threshold, or the people on the one list."""
    if isinstance(counts, Frequencies):
        return counts.table()
    return counts if isinstance(counts, CaptureTable) else counts.best


def each_of(counts: Counts, change: Callable[[CaptureTable], CaptureTable]) -> Counts:
    """A change made to what is said of the table, or of every one."""
    if isinstance(counts, Frequencies):
        return replace(counts, findings=change(counts.table()).findings)
    return change(counts) if isinstance(counts, CaptureTable) else counts.each(change)


def counts_hash(table: CaptureTable) -> str:
    """SHA-256 of a capture table: the same people give the same digits, whatever file they came from."""
    tree = {"lists": table.lists, "columns": table.columns(), "kept": table.operating.astype(int).tolist()}
    return hashlib.sha256(json.dumps([tree, table.unit, table.name], sort_keys=True).encode()).hexdigest()


def draws_hash(counts: Counts) -> str:
    """SHA-256 of one table, of those of all draws of who is who, or of how often people are on one list."""
    if isinstance(counts, Frequencies):
        often = [counts.times.tolist(), counts.stratum.tolist(), counts.count.tolist()]
        return hashlib.sha256(json.dumps([counts_hash(counts.table()), often]).encode()).hexdigest()
    if not isinstance(counts, DrawnTables):
        return counts_hash(counts)
    tables = [counts_hash(table) for table in (counts.best, *counts.tables)]
    return hashlib.sha256(json.dumps([tables, counts.weights]).encode()).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of the bytes of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
