"""Published overlap tables and the synthetic register, each with its source.

The files stand in ``tables/`` beside this one. The counts are facts of the publications that ``index.toml`` names; the
New Orleans table is there in both versions that circulate, which differ by one person on lists C and D.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import replace

from darknumber.data.catalogue import TABLES, Example, examples, index
from darknumber.data.counts import table_of_counts
from darknumber.data.linked import Linked, Side
from darknumber.data.linked_columns import linked_of_columns
from darknumber.data.marks import YES, mark
from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.words import say

__all__ = ["LINKED_NAMES", "Example", "example", "examples", "linked_example"]

# The examples that the extracts of the linked register are.
LINKED_NAMES: Mapping[Side, str] = {
    "old": "register-2015",
    "same_definition": "register",
    "new": "register-without-273f-1-3",
}


def example(name: str) -> CaptureTable:
    """One of the tables that come with the program.

    Raises
    ------
    InputError
        There is no example called `name`.
    """
    known = index()
    if name not in known:
        raise no_such("unknown_example", name, tuple(known))
    chosen = known[name]
    if chosen.extract is not None:
        return _linked(chosen).table(chosen.extract)
    headings, *rows = _rows(chosen.file)
    if chosen.without is not None:
        place = headings.index(chosen.without)
        rows = [row for row in rows if mark(row[place]) not in YES]
    table = table_of_counts(
        {heading: [row[place] for row in rows] for place, heading in enumerate(headings)},
        lists=chosen.lists,
        covariates=chosen.covariates,
        unit=chosen.unit,
        name=say("example_kind.synthetic", title=chosen.name) if chosen.synthetic else chosen.name,
    )
    if not chosen.synthetic:
        return table
    code = "synthetic_register" if chosen.unit == "person-year" else "synthetic_data"
    return table.with_findings([Finding(code=code)])


def linked_example(name: str = "register-2015") -> Linked:
    """The people of an example that is an earlier extract, linked to those of the later ones.

    ``register-2015`` is the synthetic register as it was early in 2016. The linked counts hold it as ``old``, the
    example ``register`` (all cases, as it counts them) as ``same_definition``, and ``register-without-273f-1-3`` as
    ``new``.

    Raises
    ------
    InputError
        There is no such example, or it is not linked to another.
    """
    known = {each.name: each for each in examples() if each.extract is not None}
    if name not in known:
        raise no_such("unknown_example", name, tuple(known))
    return _linked(known[name])


def _linked(chosen: Example) -> Linked:
    """The linked counts in the file of an example."""
    headings, *rows = _rows(chosen.file)
    columns = {heading: [row[place] for row in rows] for place, heading in enumerate(headings)}
    made = linked_of_columns(columns, lists=chosen.lists, unit=chosen.unit)
    finding = Finding(code="synthetic_register")
    extracts = {
        side: replace(
            extract,
            name=say("example_kind.synthetic", title=LINKED_NAMES[side]),
            findings=(*extract.findings, finding),
        )
        for side, extract in made.extracts.items()
    }
    return Linked(count=made.count, **extracts)


def _rows(file: str) -> list[list[str]]:
    packed = (TABLES / file).read_bytes()
    text = gzip.decompress(packed) if file.endswith(".gz") else packed
    return list(csv.reader(text.decode("utf-8").splitlines()))
