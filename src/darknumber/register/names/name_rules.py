"""What is known of names, read from the folder ``spelling``: letters, prefixes, spellings, sounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRules:
    """What is known of names; all in small letters without marks, but for the letters.

    Parameters
    ----------
    marked
        Letters that must be looked at before marks are taken off others, each with what is put in its place.
    letters
        Letters of other alphabets and those that no mark can be taken off, likewise.
    left_out
        Words in surnames that do not count: prefixes, and what stands between two names.
    prefixes
        Those of them that are prefixes.
    glued
        Prefixes that are also written against the name.
    joined
        Words that are part of a surname and are written against it or apart.
    titles
        Words before a name.
    nothing, nothing_patterns
        Texts, and patterns of texts, that say that there is no name.
    nothing_days
        Months and days of birth that say that only the year is known.
    nothing_dates
        Dates of birth that say that nothing is.
    given, place
        For each spelling the one that is kept.
    given_patterns
        The same for given names: patterns, and what is put in the place of what fits.
    sounds
        The rules of the phonetic key, in their order: what is looked for, with ``$`` at the end of a name, and what is
        put there.
    """

    marked: Mapping[str, str]
    letters: Mapping[str, str]
    left_out: tuple[str, ...]
    prefixes: tuple[str, ...]
    glued: tuple[str, ...]
    joined: tuple[str, ...]
    titles: tuple[str, ...]
    nothing: tuple[str, ...]
    nothing_patterns: tuple[str, ...]
    nothing_days: tuple[str, ...]
    nothing_dates: tuple[str, ...]
    given: Mapping[str, tuple[str, ...]]
    given_patterns: tuple[tuple[str, str], ...]
    place: Mapping[str, tuple[str, ...]]
    sounds: tuple[tuple[str, str], ...]


@cache
def name_rules() -> NameRules:
    """The rules that come with the program."""
    letters, parts, variants, sounds = (_read(page) for page in ("letters", "parts", "variants", "sounds"))
    return NameRules(
        marked=letters["marked"],
        letters=letters["latin"] | letters["cyrillic"] | letters["greek"],
        left_out=(*parts["surname"]["prefixes"], *parts["surname"]["between"]),
        prefixes=tuple(parts["surname"]["prefixes"]),
        glued=tuple(parts["surname"]["glued"]),
        joined=tuple(parts["surname"]["joined"]),
        titles=tuple(parts["title"]["words"]),
        nothing=tuple(parts["not_recorded"]["words"]),
        nothing_patterns=tuple(parts["not_recorded"]["patterns"]),
        nothing_days=tuple(parts["not_recorded"]["days"]),
        nothing_dates=tuple(parts["not_recorded"]["dates"]),
        given={kept: tuple(others) for kept, others in variants["given"].items()},
        given_patterns=tuple((each["find"], each["put"]) for each in variants["pattern"]),
        place={kept: tuple(others) for kept, others in variants["place"].items()},
        sounds=tuple((find, put) for find, put in sounds["rules"]),
    )


def _read(page: str) -> dict[str, Any]:
    return tomllib.loads(
        files("darknumber.register.names").joinpath(f"spelling/{page}.toml").read_text(encoding="utf-8")
    )
