"""Names for people who do not exist: common ones by rank, and a long tail of rare surnames put together from parts.

They stand in ``names.toml`` beside this file. Common names are many times as frequent as rare ones, as in life, so that
two people of one name are no rarity.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

# The frequency of the name of rank r goes as (r + OFFSET) ** -DECAY: the first is about ten times the thirtieth.
OFFSET = 2.0
DECAY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The names of one culture.

    Parameters
    ----------
    girls, boys
        Given names, the most common first.
    prefixes, surnames, women
        ``(surnames,)`` each: what stands before a surname, the surname, and its form for a woman.
    surname_shares
        ``(surnames,)`` how common each is; they add up to 1.
    """

    girls: NDArray[np.object_]
    boys: NDArray[np.object_]
    prefixes: NDArray[np.object_]
    surnames: NDArray[np.object_]
    women: NDArray[np.object_]
    surname_shares: NDArray[np.float64]


@cache
def pools() -> Mapping[str, Pool]:
    """The names of each culture in ``names.toml``."""
    text = files("darknumber.register").joinpath("names.toml").read_text(encoding="utf-8")
    return {culture: _pool(entries) for culture, entries in tomllib.loads(text).items()}


def rank_shares(n: int) -> NDArray[np.float64]:
    """``(n,)`` how common the names of rank 1, 2, ... are; they add up to 1."""
    weights = (np.arange(n) + 1 + OFFSET) ** -DECAY
    return np.asarray(weights / weights.sum())


def split_prefix(name: str) -> tuple[str, str]:
    """The small-lettered words before a surname, and the surname."""
    words = name.split(" ")
    first = next((place for place, word in enumerate(words) if not word.islower()), len(words) - 1)
    return " ".join(words[:first]), " ".join(words[first:])


def _pool(entries: Mapping[str, object]) -> Pool:
    common = _names(entries["surnames"])
    rare = [
        f"{prefix} {stem}{ending}".strip()
        for stem in _names(entries["stems"])
        for ending in _names(entries["endings"])
        for prefix in dict.fromkeys(_names(entries.get("tail_prefixes", "")))
    ]
    tail = entries["tail"]
    share_of_rare = float(tail) if isinstance(tail, int | float) else 0.0
    prefixes, surnames = zip(*(split_prefix(name) for name in [*common, *rare]), strict=True)
    feminine = entries.get("feminine", {})
    endings: Mapping[str, str] = feminine if isinstance(feminine, dict) else {}
    return Pool(
        girls=_objects(_names(entries["girls"])),
        boys=_objects(_names(entries["boys"])),
        prefixes=_objects(prefixes),
        surnames=_objects(surnames),
        women=_objects([_woman(name, endings) for name in surnames]),
        surname_shares=np.concatenate(
            [(1 - share_of_rare) * rank_shares(len(common)), np.full(len(rare), share_of_rare / len(rare))]
        ),
    )


def _names(entry: object) -> list[str]:
    return [name.strip() for name in str(entry).split(",")]


def _woman(name: str, endings: Mapping[str, str]) -> str:
    """The form of a surname that a woman bears."""
    for ending, of_woman in endings.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + of_woman
    return name


def _objects(names: object) -> NDArray[np.object_]:
    return np.array(names, dtype=object)
