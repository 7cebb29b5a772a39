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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.register.synthetic.text_columns import Texts, texts

# The frequency of the name of rank r goes as (r + OFFSET) ** -DECAY: the first is about ten times the thirtieth.
OFFSET = 2.0
DECAY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """The names of one culture.

    Parameters
    ----------
    girls, boys
        Given names, the most common first.
    prefixes, surnames, women
        ``(surnames,)`` each: what stands before a surname, the surname, and its form for a woman.
    shares
        ``(surnames,)`` how common each is; they add up to 1.
    second
        The share of people with a second given name.
    double
        The share of people with two surnames.
    joint
        What stands between two surnames.
    """

    girls: Texts
    boys: Texts
    prefixes: Texts
    surnames: Texts
    women: Texts
    shares: NDArray[np.float64]
    second: float
    double: float
    joint: str


@cache
def pools() -> Mapping[str, Pool]:
    """The names of each culture in ``names.toml``."""
    text = files("darknumber.register.synthetic").joinpath("names.toml").read_text(encoding="utf-8")
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


def _pool(entries: Mapping[str, Any]) -> Pool:
    names = _names(entries["surnames"])
    rares = [(_compounds(rare), float(rare["share"])) for rare in entries.get("rare", ())]
    common = 1 - sum(share for _, share in rares)
    shares = [common * rank_shares(len(names)), *(np.full(len(tail), share / len(tail)) for tail, share in rares)]
    prefixes, surnames = zip(*(split_prefix(name) for name in sum((tail for tail, _ in rares), names)), strict=True)
    women = [_of_woman(name, entries.get("feminine", {})) for name in surnames]
    return Pool(
        girls=texts(_names(entries["girls"])),
        boys=texts(_names(entries["boys"])),
        prefixes=texts(prefixes),
        surnames=texts(surnames),
        women=texts(women),
        shares=np.concatenate(shares),
        second=entries["second"],
        double=entries["double"],
        joint=entries["joint"],
    )


def _compounds(rare: Mapping[str, Any]) -> list[str]:
    """Every stem with every ending and every prefix."""
    return [
        f"{prefix} {stem}{ending}".strip()
        for prefix in _names(rare.get("prefixes", ""))
        for stem in _names(rare["stems"])
        for ending in _names(rare["endings"])
    ]


def _names(entry: str) -> list[str]:
    return [name.strip() for name in entry.split(",")]


def _of_woman(name: str, endings: Mapping[str, str]) -> str:
    for ending, feminine in endings.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + feminine
    return name
