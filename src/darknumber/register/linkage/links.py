"""Pairs of reports that may be about one person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from darknumber.findings import Finding
from darknumber.register.linkage.linkage_model import LinkageModel
from darknumber.register.linkage.methods import Method
from darknumber.register.linkage.patterns import Array, Patterns
from darknumber.register.reading.reports import Reports
from darknumber.words import say

SURE = 0.5  # a pair is more likely one person than two


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Pairs of reports that may be about one person.

    Reports have positions from 0 on, in the order of their rows. Only pairs that may be one person are here: any other
    pair is of two people. Within a group of reports that hang together all pairs are here.

    Parameters
    ----------
    reports
        What was linked.
    row
        ``(rows,)`` the row of each position, rising.
    left, right
        ``(P,)`` positions, ``left < right``, each pair once, in order.
    weight
        ``(P,)`` natural log odds that the two are one person; infinite where a rule says so.
    agreement
        ``(P, comparisons)`` the level of each comparison of the model, -1 where one of the two does not say; without
        columns where no model was used.
    best
        ``(rows,)`` natural log odds that two reports exactly like this one would be about one person: how far it can be
        linked at all.
    method, model, seed
        How they were linked.
    findings
        What must be known of them.
    """

    reports: Reports = field(repr=False)
    row: NDArray[np.int64] = field(repr=False)
    left: NDArray[np.int64] = field(repr=False)
    right: NDArray[np.int64] = field(repr=False)
    weight: Array = field(repr=False)
    agreement: Patterns = field(repr=False)
    best: Array = field(repr=False)
    method: Method
    model: LinkageModel | None = None
    seed: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """How many reports were linked."""
        return len(self.row)

    @property
    def name(self) -> str:
        """What the reports are called."""
        return self.reports.name

    @property
    def probability(self) -> Array:
        """``(P,)`` of each pair, that the two are one person."""
        return np.asarray(expit(self.weight))

    def unlinkable(self, threshold: float) -> NDArray[np.bool_]:
        """``(rows,)`` whether a report says too little to be linked to one exactly like it with this probability."""
        return np.asarray(self.best < logit(threshold))

    def __str__(self) -> str:
        return say("link.links", rows=self.rows, pairs=len(self.left), sure=int((self.probability >= SURE).sum()))

    __repr__ = __str__
