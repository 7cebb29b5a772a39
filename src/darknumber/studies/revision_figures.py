"""A revision as it is published: rounded so that what is printed adds up, and worded from the simulated difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.inference.publish import rounded, time_of, to_step
from darknumber.inference.shown import Shown, exact
from darknumber.words import people, say
from darknumber.words.labels import covariate_name, level_name

if TYPE_CHECKING:  # Revision prints itself through this module
    from darknumber.studies.chain import Step
    from darknumber.studies.revise import Revision, Told

Array = NDArray[np.float64]
Pair = tuple[float, float]
Published = Sequence[tuple[Shown, Shown]]

LONGEST_NAME = 12  # letters of a study at the head of a column; a longer one is the first or the second there
LEAST_STEP = 10  # people: estimates are not published finer than that beside registered numbers that are rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedRow:
    """One row of a revision, ready to print.

    Parameters
    ----------
    name
        The level, or what sums or averages all of them.
    registered
        Then and now, as they are published; a mean need not be whole.
    stands
        The answers on the way from the first to the second study, all rounded to the same step; ``inf`` or ``nan``
        where there is none.
    ratios
        Estimated over registered as it is published, then and now; of a mean or a sum the ratio of the sums.
    limits
        The interval of each study; ``nan`` where it gave none.
    change, change_limits
        Second minus first as they are printed, and its interval.
    parts
        What each step changes: differences of `stands`, so that they add up to `change`.
    told, parts_told
        Whether the change, and each part, is more than noise; from the unrounded draws.
    step
        What all of it is rounded to.
    together
        Whether the row sums or averages the others.
    """

    name: str
    registered: tuple[Shown, Shown]
    stands: tuple[float, ...]
    ratios: Pair
    limits: tuple[Pair, Pair]
    change: float
    change_limits: Pair
    parts: tuple[float, ...]
    part_limits: tuple[Pair, ...]
    told: Told
    parts_told: tuple[Told, ...]
    step: int
    together: bool = False

    @property
    def hidden(self) -> bool:
        """Whether a registered number is not printed, and so nothing that it could follow from."""
        return any(each.hidden for each in self.registered)

    @property
    def then(self) -> float:
        """What the first study said."""
        return self.stands[0]

    @property
    def now(self) -> float:
        """What the second study says."""
        return self.stands[-1]


def is_mean(found: Revision) -> bool:
    """Whether the levels are averaged and not summed: years of person-years, in which people count more than once."""
    time = time_of(found.new)
    return found.unit == "person-year" and time is not None and time.name == found.by and len(found.levels) > 1


def revised_rows(found: Revision, *, registered: Published | None = None) -> tuple[RevisedRow, ...]:
    """Every level and, where there is more than one, all of them together: as an annual mean, or as a sum.

    Parameters
    ----------
    registered
        The registered numbers of each level, then and now, as they are published; by default exactly.
    """
    rows = tuple(_row(found, place, 1, _level(found, level), registered) for place, level in enumerate(found.levels))
    return rows if len(found.levels) == 1 else (*rows, together_row(found, registered=registered))


def together_row(found: Revision, *, registered: Published | None = None) -> RevisedRow:
    """All levels together."""
    if len(found.levels) == 1:
        return _row(found, 0, 1, _level(found, found.levels[0]), registered)
    times = len(found.levels) if is_mean(found) else 1
    name = say("revise.mean_row") if is_mean(found) else say("revise.sum_row")
    return _row(found, found.people.shape[1] - 1, times, name, registered, together=True)


def _level(found: Revision, level: str) -> str:
    return level_name(found.by or "", level)


def _row(
    found: Revision, place: int, times: int, name: str, registered: Published | None, *, together: bool = False
) -> RevisedRow:
    counts = _published(found, place, times, registered)
    people_ = found.people[:, place] / times
    limits = found.limits[:, place] / times
    seen = found.registered[:, place] / times
    # a number that is published rounded must not follow from one beside it that is not
    least = 1 if registered is None else LEAST_STEP
    step = max(_step(people_[[0, -1]], limits), least)
    floors = [seen[0], *(min(seen) for _ in people_[1:-1]), seen[1]]
    stands = tuple(_near(float(each), step, float(floor), least) for each, floor in zip(people_, floors, strict=True))
    whole = found.whole()
    parts = [found.part(each) for each in found.steps]
    ends = (float(people_[0]), float(people_[-1]))
    return RevisedRow(
        name=name,
        registered=counts,
        stands=stands,
        ratios=(_times(ends[0], counts[0].value), _times(ends[1], counts[1].value)),
        limits=(_limits(limits[0], step, float(seen[0]), least), _limits(limits[1], step, float(seen[1]), least)),
        change=_minus(stands[-1], stands[0]),
        change_limits=_difference(whole.lower[place] / times, whole.upper[place] / times, step),
        parts=tuple(_minus(after, before) for before, after in pairwise(stands)),
        part_limits=tuple(_difference(part.lower[place] / times, part.upper[place] / times, step) for part in parts),
        told=found.told()[place],
        parts_told=tuple(found.told(each)[place] for each in found.steps),
        step=step,
        together=together,
    )


def _published(found: Revision, place: int, times: int, registered: Published | None) -> tuple[Shown, Shown]:
    """The registered numbers of a row; of all levels together the sum of what is published of each."""
    if registered is None:
        then, now = (found.registered[:, place] / times).tolist()
        return exact(then), exact(now)
    if len(registered) == 1 or place < len(registered):
        return registered[place]
    return _summed([then for then, _ in registered], times), _summed([now for _, now in registered], times)


def _summed(shown: Sequence[Shown], times: int) -> Shown:
    values = [each.value for each in shown if each.value is not None]
    if len(values) < len(shown):
        return Shown(form="hidden", value=None)
    rounded_ = next((each for each in shown if each.form == "rounded"), None)
    if rounded_ is None:
        return exact(sum(values) / times)
    return Shown(form="rounded", value=sum(values) / times, limit=rounded_.limit)


def _times(number: float, seen: float | None) -> float:
    return number / seen if seen and math.isfinite(number) else math.nan


def _near(value: float, step: int, floor: float, least: int) -> float:
    """Rounded, and not below the registered number; nor to that exactly, where it is published rounded."""
    return to_step(value, step, floor if least == 1 else -math.inf)


def _limits(limits: Array, step: int, floor: float, least: int) -> Pair:
    lower, upper = (_near(float(each), step, floor, least) for each in limits)
    return lower, upper


def _step(ends: Array, limits: Array) -> int:
    """The finer of what the two studies are rounded to, so that no part is made by rounding."""
    steps = []
    for value, (lower, upper) in zip(ends.tolist(), limits.tolist(), strict=True):
        if math.isfinite(value) and not math.isnan(lower):
            steps.append(rounded(value, lower, upper).step)
        elif math.isfinite(value) and value > 0:
            steps.append(int(10 ** max(math.floor(math.log10(value)) - 2, 0)))
    return min(steps, default=1)


def _minus(after: float, before: float) -> float:
    """A difference of two numbers that are printed; ``nan`` where one of them is none."""
    return after - before if math.isfinite(after) and math.isfinite(before) else math.nan


def _difference(lower: float, upper: float, step: int) -> Pair:
    """Limits of a difference, rounded; of a clear one neither is rounded to zero."""
    found = []
    for value in (float(lower), float(upper)):
        near = to_step(value, step, -math.inf) if math.isfinite(value) else value
        found.append(_one_digit(value) if near == 0 and lower * upper > 0 else near)
    return found[0], found[1]


def _one_digit(value: float) -> float:
    """A number that is not zero to one digit, and to no less than one person."""
    size = max(abs(value), 1.0)
    power = 10.0 ** math.floor(math.log10(size))
    return math.copysign(round(size / power) * power, value)


def signed(value: float) -> str:
    """A difference in people with its sign; *n.e.* where it is not estimable."""
    if math.isnan(value):
        return people(value)
    if round(value) == 0:
        return say("revise.none")
    return say("revise.plus", n=value) if value > 0 else say("revise.minus", n=-value)


def limits_text(limits: Pair) -> str:
    """The interval of a difference; empty where there is none."""
    lower, upper = limits
    if math.isnan(lower) or math.isnan(upper):
        return ""
    if math.isinf(lower) and math.isinf(upper):
        return people(math.nan)
    if math.isinf(upper):
        return say("revise.open_above", lower=signed(lower))
    if math.isinf(lower):
        return say("revise.open_below", upper=signed(upper))
    return say("revise.limits", lower=signed(lower), upper=signed(upper))


def study_name(found: Revision, which: Literal[0, 1]) -> str:
    """What a study is called in a sentence."""
    if found.vintages is not None:
        return say("revise.study", name=found.vintages[which])
    return say("revise.first") if which == 0 else say("revise.second")


def study_heading(found: Revision, which: Literal[0, 1]) -> str:
    """The same above several columns."""
    return study_name(found, which) if _short(found) else say("revise.first") if which == 0 else say("revise.second")


def _short(found: Revision) -> bool:
    return found.vintages is not None and max(map(len, found.vintages)) <= LONGEST_NAME


def study_label(found: Revision, which: Literal[0, 1]) -> str:
    """What a study is called at the head of a column: by its own name where that is short."""
    if _short(found):
        return found.vintages[which] if found.vintages is not None else ""
    return say("revise.column.first") if which == 0 else say("revise.column.second")


def scope(found: Revision) -> str:
    """What all levels together are: *2010–2015, mean a year*."""
    if found.by is None:
        return say("revise.scope.all")
    time = time_of(found.new)
    if time is None or time.name != found.by:
        return say("revise.scope.levels", name=covariate_name(found.by))
    if len(found.levels) == 1:
        return say("revise.scope.one_year", first=found.levels[0])
    values = {"first": found.levels[0], "last": found.levels[-1]}
    return say("revise.scope.years_mean", **values) if is_mean(found) else say("revise.scope.years_sum", **values)


def told_key(told: Told) -> str:
    """The word for it in the catalogue."""
    return told.replace(" ", "_")


def title(found: Revision) -> str:
    """What the second study says instead, and whether that is more than noise."""
    row = together_row(found)
    values = {"first": study_name(found, 0), "now": people(row.now), "then": people(row.then), "scope": scope(found)}
    return say(f"revise.title.{told_key(row.told)}", **values)


def step_name(step: Step) -> str:
    """What a part is called at the head of a column."""
    return say(f"revise.step.{step}")


def order_in_words(found: Revision) -> str:
    """In which order the parts are taken, and what each is."""
    return say(f"revise.parts.{ {3: 'three', 2: 'two', 1: 'one'}[len(found.steps)] }")


def parts_in_words(found: Revision) -> str:
    """Of each part over all levels together: is it more than noise? Empty where there are no parts."""
    row = together_row(found)
    if len(found.steps) == 1:
        return ""
    parts = [
        say(f"revise.part.{told_key(told)}", step=step_name(step), value=signed(value), limits=limits_text(limits))
        for step, told, value, limits in zip(found.steps, row.parts_told, row.parts, row.part_limits, strict=True)
    ]
    return say("revise.parts.told", scope=scope(found), parts="; ".join(parts))


def ratio_in_words(found: Revision) -> str:
    """How many times the registered number, then and now: as a mean of ratios and as a ratio of sums."""
    sums = found.ratios[:, -1].tolist()
    values = {"then_sum": sums[0], "now_sum": sums[1]}
    if len(found.levels) < 2:
        return say("revise.ratio.one", **values)
    then, now = found.mean_ratios.tolist()
    return say("revise.ratio.years", then=then, now=now, name=covariate_name(found.by or ""), **values)


def levels_in_words(found: Revision) -> str:
    """In which levels the change is more than noise; empty where that cannot be told or there is one level."""
    if not found.testable or len(found.levels) < 2:
        return ""
    told = found.told()[: len(found.levels)]
    clear = [
        level_name(found.by or "", level)
        for level, word in zip(found.levels, told, strict=True)
        if word in ("higher", "lower")
    ]
    if not clear:
        return say("revise.noise.no_levels")
    return say("revise.noise.levels", clear=clear, every=round(1 / (1 - found.level)))
