"""Does one list send people to another? What dates and recorded referrals say, pair by pair.

This is the part of METHODS 2.2, item 3 that data can show; the assumptions that an analyst states are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from scipy.special import bdtr

from darknumber.data.dates import Order
from darknumber.findings import Finding

# Chance of a false alarm for one pair; one in a hundred, as there are many pairs and each is looked at.
SIGNIFICANCE = 0.01
# Of those who came to the lists on different days, at least so many came to one first: with many people a small surplus
# is sure as well, and says nothing of referrals.
MOSTLY = 2 / 3
NOTABLE = 0.1  # of the people on both lists; where fewer were referred on record, it is not worth a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOrder:
    """Which of two lists people came to first.

    Parameters
    ----------
    lists
        Their names.
    both, dated, same
        People on both, those of them with a date on both lists, and with the same date.
    first
        How many came to each of the two first.
    soon
        How many of those came to the other list within `Order.days` days.
    chance
        The chance of so uneven a split, or a more uneven one, where either list is as likely to be the first (an exact
        two-sided sign test; people with the same date left out).
    referred
        How many each of the two is said to have referred to the other; None where that is not recorded.
    """

    lists: tuple[str, str]
    both: int
    dated: int
    same: int
    first: tuple[int, int]
    soon: tuple[int, int]
    chance: float
    referred: tuple[int, int] | None

    @property
    def leader(self) -> str | None:
        """The list that people clearly come to first; None where neither is."""
        apart = sum(self.first)
        place = int(self.first[1] > self.first[0])
        if not apart or self.chance >= SIGNIFICANCE or self.first[place] < MOSTLY * apart:
            return None
        return self.lists[place]


def pairs_in_order(order: Order) -> tuple[PairOrder, ...]:
    """Every pair of lists that shares somebody with two dates or a recorded referral."""
    found = []
    for i, j in combinations(range(len(order.lists)), 2):
        referred = None if order.referred is None else (int(order.referred[i, j]), int(order.referred[j, i]))
        if not order.dated[i, j] and not any(referred or ()):
            continue
        first = (int(order.first[i, j]), int(order.first[j, i]))
        found.append(
            PairOrder(
                lists=(order.lists[i], order.lists[j]),
                both=int(order.both[i, j]),
                dated=int(order.dated[i, j]),
                same=int(order.same[i, j]),
                first=first,
                soon=(int(order.soon[i, j]), int(order.soon[j, i])),
                chance=sign_test(*first),
                referred=referred,
            )
        )
    return tuple(found)


def sign_test(one: int, other: int) -> float:
    """The exact two-sided chance of a split at least as uneven, of people who fall either way with equal chances."""
    if one == other:
        return 1.0
    return min(2 * float(bdtr(min(one, other), one + other, 0.5)), 1.0)


def referral_findings(pairs: Sequence[PairOrder], days: int) -> Iterable[Finding]:
    """What the order of the lists suggests, and what was recorded as a referral."""
    for pair in pairs:
        leader = pair.leader
        if leader is not None:
            place = pair.lists.index(leader)
            values = {
                "first": leader,
                "second": pair.lists[1 - place],
                "n": pair.first[place],
                "apart": sum(pair.first),
                "soon": pair.soon[place],
                "days": days,
            }
            yield Finding(code="likely_referral", severity="caution", where=":".join(pair.lists), values=values)
        for place, n in enumerate(pair.referred or ()):
            if n and n >= NOTABLE * pair.both:
                values = {"first": pair.lists[place], "second": pair.lists[1 - place], "n": n, "both": pair.both}
                yield Finding(code="recorded_referral", severity="caution", where=":".join(pair.lists), values=values)


def order_columns(pairs: Sequence[PairOrder]) -> dict[str, list[Any]]:
    """The pairs as plain columns."""
    return {
        "first": [pair.lists[0] for pair in pairs],
        "second": [pair.lists[1] for pair in pairs],
        "both": [pair.both for pair in pairs],
        "dated": [pair.dated for pair in pairs],
        "first_before": [pair.first[0] for pair in pairs],
        "second_before": [pair.first[1] for pair in pairs],
        "same_day": [pair.same for pair in pairs],
        "first_soon_before": [pair.soon[0] for pair in pairs],
        "second_soon_before": [pair.soon[1] for pair in pairs],
        "chance": [pair.chance for pair in pairs],
        "referred_by_first": [None if pair.referred is None else pair.referred[0] for pair in pairs],
        "referred_by_second": [None if pair.referred is None else pair.referred[1] for pair in pairs],
    }
