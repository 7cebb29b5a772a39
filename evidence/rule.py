"""The rule by which the default is chosen; written down before the run it is applied to (docs/choosing.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

LEAST = 0.92  # coverage in every design of its own family
ERRORS = 2.0  # Monte Carlo standard errors by which a design must fall short to count
CLOSE = 0.02  # coverage: where none is eligible, those within two points of the best are looked at
HELD_OUT = 3  # every third design of a kind is held out

PAIRS_KINDS = frozenset({"independent", "pairs", "covariates"})
ORDER_KINDS = PAIRS_KINDS | {"three-way"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one candidate did on one design.

    Parameters
    ----------
    candidate, design, kind
        Which; `kind` is that of the truth.
    coverage, coverage_error
        Share of intervals that held the truth, and its Monte Carlo standard error.
    regret, regret_error
        Mean interval score less the lowest mean of any candidate on the design.
    seconds
        Of one answer.
    """

    candidate: str
    design: str
    kind: str
    coverage: float
    coverage_error: float
    regret: float
    regret_error: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rule says of one candidate.

    Parameters
    ----------
    candidate
        Which.
    lowest
        Its lowest coverage in its family, with `ERRORS` standard errors added, and the design where that is.
    worst
        Its highest regret, the Monte Carlo error of that, and the design.
    seconds
        Mean over the designs.
    feasible
        Whether it answers tables of six lists in time.
    eligible
        Whether it covers enough in every design of its family.
    """

    candidate: str
    lowest: tuple[float, str]
    worst: tuple[float, float, str]
    seconds: float
    feasible: bool
    eligible: bool


def held_out(kinds: Sequence[str]) -> list[bool]:
    """Which designs are held out: every third of those with the same kind of truth, in the order given."""
    met: dict[str, int] = {}
    flags = []
    for kind in kinds:
        met[kind] = met.get(kind, 0) + 1
        flags.append(met[kind] % HELD_OUT == 0)
    return flags


def in_family(all_orders: bool, kind: str) -> bool:
    """Whether the truth is one of the models that a candidate looks at."""
    return kind in (ORDER_KINDS if all_orders else PAIRS_KINDS)


def verdicts(outcomes: Sequence[Outcome], all_orders: Mapping[str, bool], slow: Collection[str] = ()) -> list[Verdict]:
    """What the rule says of each candidate.

    Parameters
    ----------
    outcomes
        Every candidate on every design that may be looked at.
    all_orders
        For each candidate whether it looks at terms of more than two lists.
    slow
        The candidates that do not answer tables of six lists in time.
    """
    found = []
    for candidate in dict.fromkeys(each.candidate for each in outcomes):
        own = [each for each in outcomes if each.candidate == candidate]
        family = [each for each in own if in_family(all_orders[candidate], each.kind)]
        lowest = min((each.coverage + ERRORS * each.coverage_error, each.design) for each in family)
        worst = max((each.regret, each.regret_error, each.design) for each in own)
        found.append(
            Verdict(
                candidate=candidate,
                lowest=lowest,
                worst=worst,
                seconds=sum(each.seconds for each in own) / len(own),
                feasible=candidate not in slow,
                eligible=lowest[0] >= LEAST,
            )
        )
    return found


def choose(found: Sequence[Verdict]) -> Verdict:
    """The candidate that the rule chooses, of those that are feasible."""
    quick = [each for each in found if each.feasible]
    eligible = [each for each in quick if each.eligible]
    if not eligible:
        highest = max(each.lowest[0] for each in quick)
        eligible = [each for each in quick if each.lowest[0] >= highest - CLOSE]
    best = min(eligible, key=lambda each: each.worst[0])
    tied = [each for each in eligible if each.worst[0] - best.worst[0] <= max(each.worst[1], best.worst[1])]
    return min(tied, key=lambda each: each.seconds)
