"""Which tables come with the program: their names and where they are from; the tables stand in `examples`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from darknumber.words import say

if TYPE_CHECKING:  # their homes take long to fetch, and a list of names must be there at once
    from darknumber.data.linked import Side
    from darknumber.data.table import Unit

TABLES = files("darknumber.data") / "tables"


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
    return tuple(index().values())


@cache
def index() -> Mapping[str, Example]:
    """All of them by name, in the order in which they are listed."""
    found = tomllib.loads((TABLES / "index.toml").read_text(encoding="utf-8"))["example"]
    return {entry["name"]: _example(entry) for entry in found}


def _example(entry: Mapping[str, object]) -> Example:
    values: dict[str, object] = {"file": f"{entry['name']}.csv", **entry}
    for name in ("lists", "covariates"):
        values[name] = tuple(values.get(name, ()))  # type: ignore[arg-type]
    return Example(**values)  # type: ignore[arg-type]
