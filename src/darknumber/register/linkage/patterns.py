"""Patterns: how pairs of reports agree, a level for each comparison; and sums over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Patterns = NDArray[np.int8]
IsFound = Callable[[Patterns], NDArray[np.bool_]]

NOT_RECORDED = -1  # the level of a pair of which one report, or both, do not say
NEARLY_ALL = 0.999  # of twins have the same date of birth
AT_FIRST = 0.9  # of the first level, or the last, before anything is known; any number that is high will do
# Of a level that no pair of one person has, as if half a pair had been seen; of pairs at random likewise. Otherwise one
# unusual pair would be certain.
HALF_A_PAIR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a pattern is made of.

    Parameters
    ----------
    levels
        How many levels each comparison has.
    follows
        For each comparison the places of those that it goes with among two people.
    often
        For each comparison whether people who are alike often have the same; where EM starts from.
    matters
        For each comparison whether it plays a part in which pairs are compared.
    sorts
        The sorts of two people who agree for a reason.
    """

    levels: tuple[int, ...]
    follows: tuple[tuple[int, ...], ...]
    often: tuple[bool, ...]
    matters: tuple[bool, ...]
    sorts: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What makes a sort of pairs of two people that sort.

    Parameters
    ----------
    chance
        Comparisons on which such people agree no more than any two.
    same
        Comparisons on which they have the same.
    """

    chance: tuple[int, ...] = ()
    same: tuple[int, ...] = ()

    def fixed(self, place: int, overall: Sequence[Array]) -> Array | None:
        """The law of a comparison that makes this sort what it is, or None; `overall` is how any two people agree."""
        if place in self.chance:
            return overall[place]
        return peaked(len(overall[place]), first=True, share=NEARLY_ALL) if place in self.same else None


def score(patterns: Patterns, values: Sequence[Array], nulls: Sequence[float] | None = None) -> Array:
    """``(P,)`` the sum of a value for the level of each comparison; nothing for what was not recorded.

    Parameters
    ----------
    nulls
        With these, a probability for each comparison of not being recorded: its log is then added, and the log of the
        rest where it was.
    """
    found = np.zeros(len(patterns))
    for place, each in enumerate(values):
        # -1, not recorded, is the last place
        if nulls is None:
            value = np.append(each, 0.0)
        else:
            with np.errstate(divide="ignore"):
                value = np.append(each + np.log1p(-nulls[place]), np.log(nulls[place]))
        found += value[patterns[:, place]]
    return found


def score_following(patterns: Patterns, tables: Sequence[Array], follows: Sequence[Sequence[int]]) -> Array:
    """``(P,)`` the sum of the logs of tables such as `Matching.u`; nothing for what was not recorded."""
    found = np.zeros(len(patterns))
    for place, (table, others) in enumerate(zip(tables, follows, strict=True)):
        # -1, not recorded, is the last place of those it goes with
        value = np.log(table)[(*(patterns[:, other] for other in others), patterns[:, place])]
        found += np.where(patterns[:, place] == NOT_RECORDED, 0.0, value)
    return found


def grid(shape: Shape) -> Patterns:
    """Every pattern there can be, of the comparisons that matter; the others are not recorded in it."""
    sizes = [size if matters else 0 for size, matters in zip(shape.levels, shape.matters, strict=True)]
    return np.array(list(product(*([NOT_RECORDED, *range(size)] for size in sizes))), dtype=np.int8)


def peaked(size: int, *, first: bool, share: float = AT_FIRST) -> Array:
    """A law by which most have the first level, or the last."""
    law = np.full(size, (1 - share) / (size - 1))
    law[0 if first else -1] = share
    return law


def tallied(patterns: Patterns, count: Array, place: int, size: int) -> Array:
    """``(levels + 1,)`` how many have each level; the last is not recorded."""
    tally = np.bincount(patterns[:, place] - NOT_RECORDED, weights=count, minlength=size + 1)  # not recorded is first
    return np.concatenate([tally[1:], tally[:1]])


def shares(tally: Array) -> Array:
    filled = tally + HALF_A_PAIR / len(tally)
    return np.asarray(filled / filled.sum())
