"""How good links are: against known persons where there are labels, else by the model's own probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import InputError
from darknumber.register.linkage.links import Links
from darknumber.register.linkage.partitions import people_at
from darknumber.register.linkage.patterns import NOT_RECORDED, Array

LOG_2 = float(np.log(2.0))  # weights are shown in bits
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkQuality:
    """Precision and recall at thresholds.

    Parameters
    ----------
    thresholds
        ``(T,)`` pairs with at least this probability are linked.
    precision
        ``(T,)`` the share of linked pairs that are about one person; ``nan`` where nothing is linked.
    recall
        ``(T,)`` the share of the pairs about one person that are linked.
    labelled
        Whether this was counted against known persons; otherwise it is what the model expects of itself.
    """

    thresholds: Array
    precision: Array
    recall: Array
    labelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Why a pair has the weight it has.

    Parameters
    ----------
    prior
        Where it starts: log2 odds that two reports taken at random are about one person.
    steps
        For each comparison its name, the code of its level (empty where one of the two reports does not say), and bits.
    rarity
        Bits for names, dates and places that are rarer, or more common, than ordinary ones.
    total
        Where it ends: log2 odds that the two are about one person.
    """

    prior: float
    steps: tuple[tuple[str, str, float], ...]
    rarity: float
    total: float


def link_quality(
    links: Links, person: NDArray[np.int64] | None = None, *, thresholds: Sequence[float] = THRESHOLDS
) -> LinkQuality:
    """Precision and recall of the links at several thresholds.

    Parameters
    ----------
    links
        As `link` gives them.
    person
        ``(rows,)`` the true person of each report, by position, where that is known: everything that hangs together at
        the threshold is then counted as linked. Without, the probabilities themselves are taken at their word.
    thresholds
        At which; each between 0 and 1.

    Raises
    ------
    InputError
        Not as many persons as reports; no model and no persons, so that nothing is known.
    """
    asked = np.array(thresholds, dtype=float)
    if person is None:
        return _expected(links, asked)
    if len(person) != links.rows:
        raise InputError("other_number_of_persons", n=len(person), rows=links.rows)
    true = _pairs(person)
    found = [_agreeing(people_at(links, each), np.asarray(person)) for each in asked.tolist()]
    return LinkQuality(
        thresholds=asked,
        precision=np.array([both / linked if linked else np.nan for both, linked in found]),
        recall=np.array([both / true if true else np.nan for both, _ in found]),
        labelled=True,
    )


def _expected(links: Links, thresholds: Array) -> LinkQuality:
    if links.model is None:
        raise InputError("quality_needs_model")
    order = np.argsort(-links.probability)
    chance = links.probability[order]
    running = np.concatenate([[0.0], np.cumsum(chance)])
    linked = np.searchsorted(-chance, -thresholds, side="right")
    with np.errstate(invalid="ignore"):
        precision = running[linked] / linked
    return LinkQuality(
        thresholds=thresholds,
        precision=precision,
        recall=np.minimum(running[linked] / links.model.pairs, 1.0),
        labelled=False,
    )


def waterfall(links: Links, pair: int) -> Waterfall:
    """Why one pair has the weight it has: levels of agreement, never what was written.

    Parameters
    ----------
    pair
        Its number in `Links.left` and `Links.right`.

    Raises
    ------
    InputError
        No such pair, or links without a model.
    """
    if links.model is None:
        raise InputError("quality_needs_model")
    if not 0 <= pair < len(links.left):
        raise InputError("no_such_pair", pair=pair, pairs=len(links.left))
    prior = float(np.log2(links.model.prior) - np.log1p(-links.model.prior) / LOG_2)
    total = float(links.weight[pair]) / LOG_2
    steps = []
    for comparison, level in zip(links.model.comparisons, links.agreement[pair].tolist(), strict=True):
        known = level != NOT_RECORDED
        code, bits = (comparison.levels[level].code, comparison.levels[level].bits) if known else ("", 0.0)
        steps.append((comparison.name, code, bits))
    rarity = total - prior - sum(bits for _, _, bits in steps)
    return Waterfall(prior=prior, steps=tuple(steps), rarity=rarity, total=total)


def _pairs(label: NDArray[np.int64]) -> int:
    """How many pairs have the same label."""
    _, count = np.unique(label, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def _agreeing(label: NDArray[np.int64], person: NDArray[np.int64]) -> tuple[int, int]:
    """Pairs with the same label and the same person, and pairs with the same label."""
    _, both = np.unique(np.stack([label, person]), axis=1, return_counts=True)
    return int((both * (both - 1) // 2).sum()), _pairs(label)
