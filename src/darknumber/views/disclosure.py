"""Disclosure control: the one way in which small numbers of people are kept out of what is published.

All registered numbers of a publication are looked at together, before anything is printed: by year and by group, of
lists and of what they share. Numbers below the floor are not printed; other numbers are rounded; and so many more are
left out that nobody can work out a small one from the rest (`darknumber.kernels.suppression`). Each decision is kept,
with the range that a reader can still deduce.

What it does not cover stands in docs/disclosure.md: above all what follows from estimates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.groups import Groups
from darknumber.inference.publish import UNSTABLE, Figures, figures, time_of
from darknumber.inference.shown import Form, Shown, exact, over
from darknumber.kernels import suppression
from darknumber.kernels.histories import list_counts
from darknumber.kernels.odds import OddsRatio
from darknumber.views.disclosure_numbers import EVERYONE, Key, Number, People, sums_of
from darknumber.views.disclosure_plan import TOTAL, Population, of_group, of_lists, of_rows, of_years, population_of
from darknumber.words import people, percent, say

Reason = Literal["small", "protects", "rounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The rule for publication.

    Parameters
    ----------
    floor
        Registered numbers from 1 to this less 1 are not printed.
    base
        What other registered numbers are rounded to; 1 leaves them exact. Divides the floor.
    widest
        An estimate whose upper limit is more than this many times its lower one is not printed: its interval says that
        nothing of it is known but where it lies, and stands alone.

    Raises
    ------
    InputError
        A number below 1, or a base that does not divide the floor.
    """

    floor: int = 10
    base: int = 5
    widest: float = UNSTABLE

    def __post_init__(self) -> None:
        if min(self.floor, self.base, self.widest) < 1 or self.floor % self.base:
            raise InputError("bad_disclosure", floor=self.floor, base=self.base)

    def __str__(self) -> str:
        return f"disclosure(floor={self.floor}, base={self.base})"


STRICT = Disclosure()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one number, without the number itself.

    Parameters
    ----------
    table, cell, period
        Which number: the covariates and their levels, or what is counted of the lists; years, where it is not all.
    reason
        ``small``; ``protects`` (another number would follow from it); ``rounded``.
    rule
        The rule that was applied.
    lower, upper
        The least and the most that a reader can work out it to be; None where that has no limit.
    """

    table: str
    cell: str
    period: str
    reason: Reason
    rule: str
    lower: int
    upper: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What is shown of every registered number of a publication.

    Parameters
    ----------
    rules
        The rule.
    decisions
        Each number that is not printed as it is, and why.
    numbers
        How many numbers were looked at that were meant to be printed.
    shown
        What is shown of each of them.
    value
        The numbers themselves, to check that what is asked for is what was looked at; they are in no record.
    people
        Whom the numbers count.
    """

    rules: Disclosure
    decisions: tuple[Decision, ...]
    numbers: int
    shown: Mapping[Key, Shown] = field(repr=False)
    value: Mapping[Key, int] = field(repr=False)
    people: Population = field(repr=False)

    @property
    def total(self) -> Shown:
        """Everyone on some list."""
        return self.shown[EVERYONE]

    def registered(self, rows: Estimates) -> tuple[Shown, ...]:
        """The registered number of every row of an answer, of a mean too.

        Raises
        ------
        LookupError
            A number that was not looked at: it must not be published beside the others.
        """
        found = []
        for levels, observed in zip(rows.labels() or [()], rows.observed, strict=True):
            key = self.people.key(rows.covariates, levels, rows.averaged)
            years = max(len(rows.averaged) - 1, 1)
            if key not in self.shown or round(float(observed) * years) != self.value[key]:
                raise LookupError(f"{levels} {rows.averaged}")
            found.append(over(self.shown[key], years) if rows.averaged else self.shown[key])
        return tuple(found)

    def vague(self, count: float) -> str:
        """A number of people that is in no table, in words that say no more than its size: *fewer than 10*, *about 40*.

        The whole is told as it is printed elsewhere.
        """
        if count == self.value[EVERYONE]:
            return self.total.text
        if self.few(count):
            return say("disclosure.few", n=self.rules.floor)
        return say("disclosure.about", n=self._near(count)) if count else people(0)

    @property
    def has_lists(self) -> bool:
        """Whether the lists were looked at; of an answer about some of the people only they cannot be."""
        return bool(self.people.lists)

    def few(self, count: float) -> bool:
        """Whether a number of people is below the floor, and not nobody."""
        return 0 < count < self.rules.floor

    def vague_share(self, count: float) -> str:
        """The share of the whole that so many people are, as `vague` tells them."""
        whole = self.total.value or float(self.value[EVERYONE])
        if self.few(count):
            return say("disclosure.less", share=self.rules.floor / whole)
        return percent(min(self._near(count) / whole, 1.0))

    def _near(self, count: float) -> float:
        """Two digits, and never finer than the floor."""
        step = max(10.0 ** (math.floor(math.log10(max(count, 1.0))) - 1), float(self.rules.floor))
        return max(math.floor(count / step + 0.5) * step, float(self.rules.floor)) if count else 0.0

    def count(self, reason: Reason) -> int:
        """How many numbers there is this decision about."""
        return sum(decision.reason == reason for decision in self.decisions)

    def columns(self) -> dict[str, list[Any]]:
        """The decisions as plain columns."""
        names = ("table", "cell", "period", "reason", "rule", "lower", "upper")
        return {name: [getattr(decision, name) for decision in self.decisions] for name in names}

    def to_frame(self, backend: str | None = None) -> Any:
        """The decisions as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)

    def said(self) -> tuple[str, ...]:
        """The rule in words, and how many numbers were left out for which reason."""
        rule = "exact" if self.rules.base == 1 else "rounded"
        small, protects = self.count("small"), self.count("protects")
        parts = [say(f"disclosure.method.{rule}", most=self.rules.floor - 1, base=self.rules.base)]
        if small or protects:
            word = "left_out" if protects else "left_out_small"
            parts.append(say(f"disclosure.method.{word}", n=small, protects=protects, numbers=self.numbers))
        return tuple(parts)


def disclose(
    given: Estimates | CaptureTable,
    rules: Disclosure = STRICT,
    *,
    groups: Sequence[Sequence[str]] | None = None,
    years: Sequence[str] = (),
    more: Iterable[Estimates] = (),
    groupings: Sequence[Groups] = (),
    lists: bool = True,
) -> Protection:
    """Decide for all registered numbers that are published together what is printed of each.

    Parameters
    ----------
    given
        The answer with all its covariates, or the table of counts.
    rules
        The rule.
    groups
        The covariates, or groupings, of each table; by default each covariate on its own. The year is always looked at.
    years
        The years of means; by default all recorded ones.
    more
        Other rows that are printed, such as means over some years.
    groupings
        What names in `groups` and `more` may mean beside covariates.
    lists
        Whether the sizes of lists and what they share are printed too.
    """
    people = population_of(given, groupings)
    time = time_of(given)
    chosen = tuple(year for year in time.recorded if not years or year in years) if time is not None else ()
    asked = [(covariate.name,) for covariate in given.covariates] if groups is None else [tuple(g) for g in groups]
    found: list[Number] = [people.number(EVERYONE, "total", "", weight=TOTAL)]
    if time is not None:
        found += of_years(people, time, chosen)
    for names in asked:
        averaged = (time.name, *chosen) if time is not None and time.name not in names else ()
        found += of_group(people, names, averaged)
    for rows in more:
        found += of_rows(people, rows)
    if lists and people.lists:
        found += of_lists(people)
    return _decided(people, found, rules)


def published(rows: Estimates, protection: Protection | None) -> tuple[Figures, ...]:
    """The figures of every stratum as they are published; without protection, registered numbers are exact."""
    if protection is None:
        return figures(rows)
    return figures(rows, registered=protection.registered(rows), widest=protection.rules.widest)


def total_shown(data: CaptureTable, protection: Protection | None) -> Shown:
    """Everyone on some list, as it is published; of a publication about part of them, how many are in the data."""
    everyone = int(data.count.sum())
    if protection is not None and not protection.has_lists and everyone >= protection.rules.floor:
        return exact(everyone)
    return _checked(everyone, EVERYONE, protection)


def sizes_shown(data: CaptureTable, protection: Protection | None) -> tuple[Shown, ...]:
    """People on each list."""
    return tuple(_of_histories(data, protection, 1 << j) for j in range(len(data.lists)))


def overlaps_shown(data: CaptureTable, protection: Protection | None) -> Mapping[tuple[int, int], Shown]:
    """People on both of every two lists."""
    pairs = combinations(range(len(data.lists)), 2)
    return {(i, j): _of_histories(data, protection, 1 << i | 1 << j) for i, j in pairs}


def shared_shown(data: CaptureTable, protection: Protection | None, j: int | None = None) -> Shown:
    """People on two or more lists; of whom one is list number `j`, where that is given."""
    several = list_counts(data.history) > 1
    which = several if j is None else several & (data.history >> np.uint32(j) & 1 == 1)
    key = EVERYONE if protection is None else protection.people.shared(j)
    return _checked(int(data.count[which].sum()), key, protection)


def without_shown(data: CaptureTable, protection: Protection | None, j: int) -> Shown:
    """People on another list than number `j`: who is left when that list is left out."""
    key = EVERYONE if protection is None else protection.people.without(j)
    return _checked(int(data.count[data.history != 1 << j].sum()), key, protection)


def two_digits(value: float) -> float:
    """A number that is no count, with two digits: so that no count follows from it."""
    if not math.isfinite(value) or value == 0:
        return value
    return round(value, 1 - math.floor(math.log10(abs(value))))


def odds_rough(ratio: OddsRatio | None, smallest: int, protection: Protection) -> float | None:
    """An odds ratio in two digits; None where there is none, or where the `smallest` count it comes from is small."""
    if ratio is None or not 0 < ratio.estimate < math.inf or smallest < protection.rules.floor:
        return None
    return two_digits(ratio.estimate)


def _of_histories(data: CaptureTable, protection: Protection | None, mask: int) -> Shown:
    key = EVERYONE if protection is None else protection.people.on(mask)
    return _checked(int(data.count[(data.history & np.uint32(mask)) == mask].sum()), key, protection)


def _checked(count: int, key: Key, protection: Protection | None) -> Shown:
    """What is shown of a number; an error where it is another one than was looked at."""
    if protection is None:
        return exact(count)
    if protection.value.get(key) != count or key not in protection.shown:
        raise LookupError(str(key))
    return protection.shown[key]


def _decided(people: Population, found: Sequence[Number], rules: Disclosure) -> Protection:
    # what is never printed matters only where it is small
    numbers = [each for each in _once(found) if each.offered or 0 < each.value < rules.floor]
    whole = People(levels=people.levels, cells=people.cells, absent=people.absent)
    sums = sums_of(numbers, whole, known=EVERYONE)
    state = suppression.suppress(sums, floor=rules.floor, base=rules.base)
    audit = suppression.audit(sums, state, floor=rules.floor, base=rules.base)
    if not audit.protected.all():
        raise ArithmeticError  # with everything hidden each number is protected, so that this is a mistake of ours
    # what is printed says no more than this of a rounded number
    plain = replace(sums, exact=np.zeros_like(sums.exact))
    lower, upper = suppression.known(plain, state, floor=rules.floor, base=rules.base)
    rounded = suppression.rounded(sums.value, rules.base)
    shown: dict[Key, Shown] = {}
    decisions = []
    for k, number in enumerate(numbers):
        if not number.offered:
            continue
        # no answer goes below everyone on some list: readers know how many that are, and so the audit takes it
        known = number.key == EVERYONE and state[k] == suppression.PRINTED
        one = exact(number.value) if known else _shown(int(state[k]), int(rounded[k]), rules)
        shown[number.key] = one
        if one.form == "exact":
            continue
        low, high = (lower[k], upper[k]) if one.form == "rounded" else (audit.lower[k], audit.upper[k])
        decisions.append(
            Decision(
                table=number.table,
                cell=number.cell,
                period=number.period,
                reason=_REASONS[one.form],
                rule=str(rules),
                lower=int(low),
                upper=int(high) if np.isfinite(high) else None,
            )
        )
    return Protection(
        rules=rules,
        decisions=tuple(decisions),
        numbers=len(shown),
        shown=shown,
        value={number.key: number.value for number in numbers},
        people=people,
    )


_REASONS: Mapping[Form, Reason] = {"small": "small", "hidden": "protects", "rounded": "rounded"}


def _once(found: Sequence[Number]) -> list[Number]:
    """Each number once, under its first name; dear where it is dear somewhere, and printed where it is somewhere."""
    kept: dict[Key, Number] = {}
    for number in found:
        if not number.key.cells:
            continue
        before = kept.get(number.key)
        if before is None or (number.offered and not before.offered):
            kept[number.key] = number
    return list(kept.values())


def _shown(state: int, rounded: int, rules: Disclosure) -> Shown:
    if state == suppression.SMALL:
        return Shown(form="small", value=None, limit=float(rules.floor))
    if state == suppression.HIDDEN:
        return Shown(form="hidden", value=None)
    if rules.base == 1 or rounded == 0:
        return Shown(form="exact", value=float(rounded))
    return Shown(form="rounded", value=float(rounded), limit=float(rules.base))
