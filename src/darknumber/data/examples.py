"""Published overlap tables and the synthetic register, each with its source.

The files stand in ``tables/`` beside this one. The counts are facts of the publications that ``index.toml`` names; the
New Orleans table is there in both versions that circulate, which differ by one person on lists C and D.
"""

from __future__ import annotations

import csv
import gzip
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from darknumber.data.counts import table_of_counts
from darknumber.data.linked import Linked, Side
from darknumber.data.linked_columns import linked_of_columns
from darknumber.data.marks import YES, mark
from darknumber.data.names import no_such
from darknumber.data.table import CaptureTable, Unit
from darknumber.findings import Finding
from darknumber.words import say

# The examples that the extracts of the linked register are.
LINKED_NAMES: Mapping[Side, str] = {
    "old": "register-2015",
    "same_definition": "register",
    "new": "register-without-273f-1-3",
}

_TABLES = files("darknumber.data") / "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A table that comes with the program.

    Parameters
    ----------
    name
        What `example` knows it by.
    lists, covariates
        The names of its lists and covariates.
    source
        The publication the counts come from.
    year
        When that was published.
    unit
        What one count is.
    synthetic
        Whether the people in it were made up.
    file
        Its file in ``tables/``.
    without
        A column of the file that is added up over; rows that it marks are left out.
    extract
        In a file of linked counts: which extract it is.
    """

    name: str
    lists: tuple[str, ...]
    source: str
    year: int
    file: str
    covariates: tuple[str, ...] = ()
    unit: Unit = "person"
    synthetic: bool = False
    without: str | None = None
    extract: Side | None = None

    @property
    def title(self) -> str:
        """What it holds, in the language in use; says so where it is synthetic."""
        title = say(f"example.{self.name}")
        return say("example_kind.synthetic", title=title) if self.synthetic else title

    @property
    def licence(self) -> str:
        """What it may be used for, in the language in use."""
        return say("example_licence.synthetic" if self.synthetic else "example_licence.published")


def examples() -> tuple[Example, ...]:
    """The tables that come with the program."""
    return tuple(_index().values())


def example(name: str) -> CaptureTable:
    """One of the tables that come with the program.

    Raises
    ------
    InputError
        There is no example called `name`.
    """
    index = _index()
    if name not in index:
        raise no_such("unknown_example", name, tuple(index))
    chosen = index[name]
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


@cache
def _index() -> Mapping[str, Example]:
    found = tomllib.loads((_TABLES / "index.toml").read_text(encoding="utf-8"))["example"]
    return {entry["name"]: _example(entry) for entry in found}


def _example(entry: Mapping[str, object]) -> Example:
    values: dict[str, object] = {"file": f"{entry['name']}.csv", **entry}
    for name in ("lists", "covariates"):
        values[name] = tuple(values.get(name, ()))  # type: ignore[arg-type]
    return Example(**values)  # type: ignore[arg-type]


def _rows(file: str) -> list[list[str]]:
    packed = (_TABLES / file).read_bytes()
    text = gzip.decompress(packed) if file.endswith(".gz") else packed
    return list(csv.reader(text.decode("utf-8").splitlines()))
