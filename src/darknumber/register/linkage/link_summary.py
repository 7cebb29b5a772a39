"""What came of linkage in numbers: counts and probabilities, so that it can be kept and shown without the reports."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.register.linkage.link_quality import LinkQuality, link_quality
from darknumber.register.linkage.linkage_model import LinkageModel
from darknumber.register.linkage.links import SURE, Links
from darknumber.register.linkage.partitions import in_doubt, people_at

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
PER_TEN = 2  # bins of pairs for every factor of ten in the odds
TENS = 6  # factors of ten at which the bins end, at both sides


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinkageSummary:
    """What came of linkage.

    Parameters
    ----------
    name
        What the reports are called.
    reports
        How many were linked.
    threshold
        The probability from which pairs are one person in what follows.
    model
        How two reports about one person, and about two people, agree; None where no model was used.
    pairs
        ``(2 * PER_TEN * TENS,)`` pairs by the odds that they are one person, in even steps of their logarithm; the
        outermost hold what lies further out.
    in_doubt
        How many pairs are in doubt (`darknumber.register.linkage.partitions.in_doubt`).
    people
        ``(most + 1,)`` people by the number of their reports that are counted.
    thresholds
        ``(T,)`` probabilities.
    unlinkable
        ``(T,)`` the share of reports that say too little to be linked at that threshold, even to one exactly like it.
    quality
        Which links are right, and which are found; None where no model was used and nothing is known.
    """

    name: str
    reports: int
    threshold: float
    model: LinkageModel | None
    pairs: Whole
    in_doubt: int
    people: Whole
    thresholds: Array
    unlinkable: Array
    quality: LinkQuality | None = None

    @property
    def counted(self) -> int:
        """The reports of these people."""
        return int((self.people * np.arange(len(self.people))).sum())

    @property
    def share_in_doubt(self) -> float:
        """The share of pairs in doubt; 0 without pairs."""
        return self.in_doubt / max(int(self.pairs.sum()), 1)

    @property
    def edges(self) -> Array:
        """``(bins + 1,)`` natural logarithms of the odds at which the bins of pairs begin and end."""
        return np.arange(-TENS * PER_TEN, TENS * PER_TEN + 1, dtype=np.float64) * (math.log(10.0) / PER_TEN)


def summary_of(
    links: Links, threshold: float = SURE, quality: LinkQuality | None = None, *, everyone: bool = False
) -> LinkageSummary:
    """The numbers of linkage at one threshold.

    Parameters
    ----------
    links
        Reports that were linked.
    threshold
        The probability from which pairs are linked.
    quality
        As found with pairs of which it is known; by default what the model expects.
    everyone
        Whether a report that says too little to be linked counts as a person; by default it counts as nobody.

    Raises
    ------
    InputError
        A threshold that is no probability.
    """
    person = people_at(links, threshold)
    if not everyone:
        person = person[~links.unlinkable(threshold)]
    known = quality or (link_quality(links, thresholds=THRESHOLDS) if links.model is not None else None)
    return LinkageSummary(
        name=links.name,
        reports=links.rows,
        threshold=threshold,
        model=links.model,
        pairs=_binned(links.weight),
        in_doubt=int(in_doubt(links).sum()),
        people=_sizes(person),
        thresholds=np.array(THRESHOLDS),
        unlinkable=np.array([float(links.unlinkable(each).mean()) for each in THRESHOLDS]),
        quality=known,
    )


def _binned(weight: Array) -> Whole:
    """Pairs by the logarithm of their odds."""
    most = TENS * PER_TEN
    far = most * math.log(10.0) / PER_TEN
    place = np.floor(np.clip(weight, -far, far) * (PER_TEN / math.log(10.0))).astype(np.int64)
    return np.bincount(np.clip(place, -most, most - 1) + most, minlength=2 * most).astype(np.int64)


def _sizes(person: Whole) -> Whole:
    """People by the number of their reports."""
    each = np.bincount(person)
    return np.bincount(each[each > 0]).astype(np.int64)
