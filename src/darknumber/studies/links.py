"""How far the answer depends on the threshold for links (METHODS 2.2, item 19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.drawn import AtThreshold, DrawnTables, counts_of
from darknumber.errors import InputError
from darknumber.inference.asked import Part
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimate import answered
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Bootstrap, Interval
from darknumber.inference.pooled import pooled_estimate
from darknumber.models import Model
from darknumber.studies.printing_links import describe_thresholds

Array = NDArray[np.float64]

QUICK = Bootstrap(
    replicates=200
)  # limits to within a tenth of the width, a dozen times over in the time of two answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The total at each threshold for links, beside that of all draws of who is who; print it, or read its columns.

    Parameters
    ----------
    at
        The tables, one a threshold, from low to high.
    answers
        The total of each, with its interval.
    pooled
        The total of all draws together.
    data
        What was asked about.
    """

    at: tuple[AtThreshold, ...]
    answers: tuple[Estimates, ...]
    pooled: Estimates
    data: DrawnTables

    def __str__(self) -> str:
        return describe_thresholds(self)

    __repr__ = __str__

    @property
    def threshold(self) -> Array:
        """``(T,)`` the thresholds."""
        return np.array([each.threshold for each in self.at])

    @property
    def chosen(self) -> float:
        """The threshold whose counts are published."""
        return self.data.linkage.threshold

    @property
    def level(self) -> float:
        """Confidence level of the intervals."""
        return self.pooled.level

    @property
    def observed(self) -> Array:
        """``(T,)`` people on some list."""
        return np.array([answer.observed[0] for answer in self.answers])

    @property
    def estimate(self) -> Array:
        """``(T,)`` population sizes."""
        return np.array([answer.estimate[0] for answer in self.answers])

    @property
    def lower(self) -> Array:
        """``(T,)`` lower limits."""
        return np.array([answer.limits[0, 0] for answer in self.answers])

    @property
    def upper(self) -> Array:
        """``(T,)`` upper limits."""
        return np.array([answer.limits[0, 1] for answer in self.answers])

    @property
    def missed(self) -> Array:
        """``(T,)`` the share of pairs expected to be one person that the threshold keeps apart."""
        return np.array([each.missed for each in self.at]) / max(self.data.linkage.links, 1.0)

    @property
    def false(self) -> Array:
        """``(T,)`` the share of pairs that the threshold puts together that are expected not to be one person."""
        links = self.data.linkage.links
        made = np.array([links - each.missed + each.false for each in self.at])
        share: Array = np.array([each.false for each in self.at]) / np.maximum(made, 1.0)
        return share

    def columns(self) -> dict[str, list[Any]]:
        """The totals as plain columns, one row a threshold."""
        rows = [answer.columns() for answer in self.answers]
        return {
            "threshold": self.threshold.tolist(),
            "missed": self.missed.tolist(),
            "false": self.false.tolist(),
            **{name: [row[name][0] for row in rows] for name in rows[0]},
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The totals as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def thresholds(
    data: DrawnTables,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Thresholds:
    """What the estimate would be with the links at one threshold, for a number of thresholds.

    Every threshold has the same seed, and so the same random numbers: what differs between the answers is who is who.
    Thresholds with the same counts are answered once.

    Parameters
    ----------
    data
        The tables of linked reports.
    model
        As in `estimate`.
    interval
        As in `estimate`; by default the bootstrap with `QUICK` replicates.
    level, seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what) over all thresholds together; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Anything but tables of linked reports; and as `estimate`.
    """
    if not isinstance(data, DrawnTables) or not data.at:
        raise InputError("not_linked_reports", kind=type(data).__name__)
    how = QUICK if interval is None else interval
    tables = {counts_of(each.table): each.table for each in data.at}
    found = {}
    for place, (key, table) in enumerate(tables.items()):
        shown = Part(progress, place, len(tables) + 1) if progress is not None else None
        found[key] = answered(table, model, how, by=(), level=level, seed=seed, workers=workers, progress=shown)
    shown = Part(progress, len(tables), len(tables) + 1) if progress is not None else None
    pooled = pooled_estimate(data, model, how, by=(), level=level, seed=seed, workers=workers, progress=shown)
    return Thresholds(
        at=data.at, answers=tuple(found[counts_of(each.table)] for each in data.at), pooled=pooled, data=data
    )
