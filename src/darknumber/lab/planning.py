"""Before there are lists: what precision would they give, and what would one more list or an anchor sample buy?

For planned lists, guesses of the population and ways in which lists may depend on each other, the expected counts of
every history are known. From them follow what an estimate tends to, how far it varies by chance (the delta method), and
how often its interval would hold the truth. All of it is for large numbers and for two models fixed in advance: that
lists are independent, and that all pairs of them may depend on each other. How often small numbers leave no finite
answer at all is simulated. A model that is chosen on the data, as by default, is not looked at here: that is for
`darknumber.lab.simulate`, with designs of one's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from darknumber.errors import ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.frames import frame_of
from darknumber.lab.outlooks import ANOTHER, Approach, Outlook, Settings, needed, scenarios, with_anchor, with_lists
from darknumber.lab.printing_planning import describe_plan

Array = NDArray[np.float64]

FEWEST, MOST = 2, 8  # lists in a plan: one says nothing, and more have too many histories to go through in seconds
SHARE_OF_ANCHOR = 0.05  # of the population is in the anchor sample where no size is given
WIDE = 4.0  # an upper limit so many times the lower one says little, as under an estimate
OFTEN = 0.05  # tables without a finite answer, from which it is said
SHORT = 0.1  # an interval that holds the truth so much less often than it says is no longer what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What planned lists would give; print it, or read its columns.

    Parameters
    ----------
    reach
        Each planned list and the share of the population on it.
    populations
        The guesses of the number of people, smallest first.
    odds_ratio
        Of two lists that depend on each other.
    heterogeneity
        Standard deviation between people of the log odds of being on a list, where people differ.
    another
        The share of the population on one more list.
    anchors
        The size of the anchor sample for each population.
    within, needed
        How large an anchor sample must be, for each population, for an interval from 1 / `within` to `within` times the
        number whatever depends on what.
    level
        Of the intervals.
    outlooks
        Every combination that was looked at: lists, what depends on what, and how it is estimated.
    findings
        What the reader must know; worst first.
    """

    reach: Mapping[str, float]
    populations: tuple[int, ...]
    odds_ratio: float
    heterogeneity: float
    another: float
    anchors: tuple[int, ...]
    within: float
    needed: tuple[int, ...]
    level: float
    outlooks: tuple[Outlook, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_plan(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """Every outlook as a row; ``factor`` is the square root of the upper limit over the lower one."""
        rows = self.outlooks
        names = ("population", "lists", "scenario", "pair", "approach", "seen", "estimate", "lower", "upper")
        table: dict[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in names}
        table["pair"] = [":".join(row.pair) for row in rows]
        table["factor"] = [float(np.sqrt(row.upper / row.lower)) for row in rows]
        table["ratio"] = [row.estimate / row.population for row in rows]
        table["holds"] = [row.holds for row in rows]
        table["no_limit"] = [row.no_limit for row in rows]
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The columns as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def design(
    lists: Mapping[str, float] | Sequence[float],
    population: int | Sequence[int],
    *,
    odds_ratio: float = 2.0,
    heterogeneity: float = 1.0,
    another: float | None = None,
    anchor: int | None = None,
    within: float = 1.25,
    level: float = 0.95,
    populations: int = 100,
    seed: int = 0,
) -> Plan:
    """What precision would these lists give?

    Two ways of estimating are looked at: as if no list depends on another, and as if all pairs may. Each where nothing
    depends on anything, where two lists do (every pair in turn; with one more list also the pairs that it makes), and
    where people differ. Several pairs at once, and terms of three lists, are not looked at. Limits, and how often they
    hold the truth, are those of large samples, log-normal, with the model fixed in advance; how often there is no
    finite answer is simulated. The interval of `estimate`, whose model is chosen on the data, is not among them:
    `darknumber.simulate` tries it on a design.

    Parameters
    ----------
    lists
        The share of the population on each planned list, by name; without names they are called A, B, ...
    population
        A guess of the number of people, or several.
    odds_ratio
        Of two lists that depend on each other: above 1 where who is on one is more often on the other.
    heterogeneity
        Standard deviation between people of the log odds of being on any list, where people differ; 0 for none.
    another
        The share of the population that one more list would have; by default that of the middle list. In `columns` the
        list is called ``+``.
    anchor
        How many people an anchor sample would hold: a random sample of the population, so that being in it does not
        depend on any list. By default one in twenty of the population.
    within
        The factor for which the size of an anchor sample is worked out.
    level
        Of the intervals.
    populations
        How many tables are drawn to see how often there is no finite answer.
    seed
        Of those tables.

    Raises
    ------
    ModelError
        Too few or too many lists, shares that are not between 0 and 1, or another setting that cannot be used.
    """
    names, reach = _planned(lists)
    sizes = tuple(sorted(set(population))) if isinstance(population, Sequence) else (population,)
    more = float(np.sort(reach)[len(reach) // 2]) if another is None else another
    _check(sizes, odds_ratio, heterogeneity, more, within, level, populations)
    anchors = tuple(anchor if anchor is not None else max(round(SHARE_OF_ANCHOR * size), 1) for size in sizes)
    if any(not 0 < m < size for m, size in zip(anchors, sizes, strict=True)):
        raise ModelError("bad_anchor", anchor=anchors[0], population=sizes[0])
    z = float(ndtri((1 + level) / 2))
    settings = Settings(names, reach, float(np.log(odds_ratio)), heterogeneity, z, populations, seed)
    outlooks = [
        outlook
        for size, m in zip(sizes, anchors, strict=True)
        for outlook in (*with_lists(settings, size, more), *with_anchor(settings, size, m))
    ]
    least = min(1 - float(shares[0]) for _, _, shares in scenarios(settings, reach))
    return Plan(
        reach=dict(zip(names, reach.tolist(), strict=True)),
        populations=sizes,
        odds_ratio=odds_ratio,
        heterogeneity=heterogeneity,
        another=more,
        anchors=anchors,
        within=within,
        needed=tuple(needed(size, least, settings.z, within) for size in sizes),
        level=level,
        outlooks=tuple(outlooks),
        findings=by_severity(_findings(outlooks, len(names), level)),
    )


def _planned(lists: Mapping[str, float] | Sequence[float]) -> tuple[tuple[str, ...], Array]:
    """Names and shares.

    Raises
    ------
    ModelError
        Too few or too many lists, or a share that is not between 0 and 1.
    """
    shares = dict(lists) if isinstance(lists, Mapping) else dict(zip("ABCDEFGHIJ", lists, strict=False))
    if not FEWEST <= len(lists) <= MOST:
        raise ModelError("bad_number_of_lists", n=len(lists), fewest=FEWEST, most=MOST)
    for name, share in shares.items():
        if not 0 < share < 1:
            raise ModelError("bad_reach", name=name, value=float(share))
    return tuple(shares), np.array(list(shares.values()), dtype=np.float64)


def _check(
    sizes: tuple[int, ...],
    odds_ratio: float,
    heterogeneity: float,
    another: float,
    within: float,
    level: float,
    populations: int,
) -> None:
    """Refuse settings that cannot be used.

    Raises
    ------
    ModelError
        Which it was.
    """
    if not sizes or sizes[0] < 1:
        raise ModelError("bad_population", value=sizes[0] if sizes else 0)
    if not 0 < odds_ratio < np.inf:
        raise ModelError("bad_odds_ratio", value=odds_ratio)
    if not 0 <= heterogeneity < np.inf:
        raise ModelError("bad_heterogeneity", value=heterogeneity)
    if not 0 < another < 1:
        raise ModelError("bad_reach", name=ANOTHER, value=another)
    if not 1 < within < np.inf:
        raise ModelError("bad_within", value=within)
    if not 0 < level < 1:
        raise ModelError("bad_level", level=level)
    if populations < 1:
        raise ModelError("bad_populations", populations=populations)


def _findings(outlooks: Sequence[Outlook], lists: int, level: float) -> Iterator[Finding]:
    """What the reader must know of the lists as they are planned."""
    planned = [row for row in outlooks if row.lists == "planned"]
    best: Approach = "pairs" if lists > FEWEST else "independence"
    if lists == FEWEST:
        yield Finding(code="plan_two_lists", severity="caution")
    for row in planned:
        if row.scenario == "none" and row.approach == best:
            values: dict[str, object] = {"people": row.population}
            if row.no_limit > OFTEN:
                yield Finding(code="plan_no_limit", severity="caution", values={**values, "share": row.no_limit})
            elif row.upper > WIDE * row.lower:
                yield Finding(code="plan_wide", severity="caution", values={**values, "times": row.upper / row.lower})
        if row.scenario == "people" and row.approach == best and row.holds < level - SHORT:
            about = {"people": row.population, "share": row.holds, "estimate": float(f"{row.estimate:.3g}")}
            yield Finding(code="plan_people_differ", severity="caution", values=about)
