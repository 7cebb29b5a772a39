"""Answers on part of the data: drawn at random, or as the levels of a covariate come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.inference.asked import threads
from darknumber.inference.bootstrap import Progress, in_order
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Interval
from darknumber.kernels.summaries import sum_draws
from darknumber.models import Fit, Model
from darknumber.models.base import settled
from darknumber.studies.asking import fitted, relisted, total_of
from darknumber.studies.course import LATE, quartiles
from darknumber.studies.thinning import Thin, expected_shared, thinned

Array = NDArray[np.float64]

SHARED = 5  # people expected on two lists or more; fractions that leave fewer are not drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The answer on part of the data.

    Parameters
    ----------
    fraction
        Of the data: a share of the marks, of the people, or of the levels.
    level
        The last level that is in, where data accrue by a covariate; else empty.
    observed
        People on some list in that part; the median over the repeats.
    estimate
        Population size, the median over the repeats; of thinned people divided by the fraction, so that all steps have
        the same target. ``inf`` or ``nan`` where half or more have no finite answer.
    lower, upper
        The quartiles over the repeats, or, where data accrue by a covariate, the limits if an interval was asked for.
    whole
        What all data say of the same people.
    infinite, not_identified
        Shares of the repeats.
    failure
        Why nothing could be fitted, or None.
    """

    fraction: float
    level: str = ""
    observed: float
    estimate: float
    lower: float
    upper: float
    whole: float
    infinite: float = 0.0
    not_identified: float = 0.0
    failure: InputError | ModelError | None = None

    @property
    def factor(self) -> float:
        """The estimate over what all data say of the same people; ``nan`` where one of them is not a number."""
        known = math.isfinite(self.estimate) and math.isfinite(self.whole) and self.whole > 0
        return self.estimate / self.whole if known else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, of part of the data after part."""

    table: CaptureTable
    model: Model
    interval: Interval | str | None
    level: float
    seed: int
    workers: int | None
    progress: Progress | None

    def recorded(self, by: str) -> Asked:
        """The same of the people whose value of a covariate is recorded: the others have no place in its course."""
        covariate = self.table.covariates[self.table.axis(by)]
        if len(covariate.recorded) < 2:
            raise InputError("one_level_to_follow", name=by, n=len(covariate.recorded))
        return self.of(self.table.select(by, covariate.recorded)) if covariate.has_not_recorded else self

    def of(self, part: CaptureTable) -> Asked:
        """The same of a part of the table, which may have fewer lists."""
        gone = dict.fromkeys(name for name in self.table.lists if name not in part.lists)
        return replace(self, table=part, model=relisted(self.model, gone, part.lists)[0])

    def answer(self) -> tuple[Fit, tuple[float, float] | None]:
        """The fit, and limits of the total where an interval is asked for."""
        if self.interval is None:
            return fitted(self.table, self.model, self.seed), None
        found = estimate(
            self.table, self.model, self.interval, by=(), level=self.level, seed=self.seed, workers=self.workers
        )
        lower, upper = found.limits[0]
        return found.fits[0], (float(lower), float(upper))

    def tell(self, done: int, total: int) -> None:
        """Progress, to who wants to know."""
        if self.progress is not None:
            self.progress(done, total, "trajectory")


def checked_fractions(fractions: Sequence[float], repeats: int) -> tuple[float, ...]:
    """The fractions in order, with 1 among them."""
    found = tuple(sorted({float(fraction) for fraction in fractions} | {1.0}))
    if not (found[0] > 0 and found[-1] == 1 and any(LATE <= fraction < 1 for fraction in found)):
        raise ModelError("bad_fractions", fractions=tuple(fractions), late=LATE)
    if repeats < 2:
        raise ModelError("bad_repeats", repeats=repeats)
    return found


def _worth_it(fractions: tuple[float, ...], table: CaptureTable, thin: Thin) -> tuple[float, ...]:
    """The fractions that leave enough people on two lists to say anything; where none does, those from a half up."""
    shared = [expected_shared(table.by_number_of_lists, fraction, thin) for fraction in fractions]
    enough = [fraction for fraction, people in zip(fractions[:-1], shared, strict=False) if people >= SHARED]
    late = [fraction for fraction in fractions[:-1] if fraction >= LATE]
    return (*(enough if set(late) & set(enough) else late), 1.0)


def drawn_steps(
    asked: Asked, thin: Thin, fractions: tuple[float, ...], repeats: int
) -> tuple[tuple[Step, ...], tuple[float, float] | None]:
    """The steps on thinned data, and limits of the last."""
    fractions = _worth_it(fractions, asked.table, thin)
    fit, limits = asked.answer()
    whole = asked.table.count.sum() + total_of(fit)[0]
    counts, lists = asked.table.dense(), len(asked.table.lists)
    together = np.zeros(asked.table.strata, dtype=np.int64)

    def work(repeat: int) -> Array:
        """``(2, fractions)`` people on some list, and population size."""
        fewer = thinned(counts, lists, fractions[:-1], thin, seed=asked.seed, repeat=repeat)
        again = settled(fit.model, fit, fewer)
        seen = again.observed.sum(axis=1)
        return np.stack([seen, seen + sum_draws(again.unobserved, together, 1)[:, 0]])

    found: list[Array] = []
    for drawn in in_order(work, range(repeats), threads(asked.workers)):
        found.append(drawn)
        asked.tell(len(found), repeats)
    seen, sizes = np.stack(found, axis=1)
    scale = np.array(fractions[:-1]) if thin == "people" else np.ones(len(fractions) - 1)
    steps = [
        _step(fraction, seen[:, place], sizes[:, place] / scale[place], float(whole))
        for place, fraction in enumerate(fractions[:-1])
    ]
    last = _step(1.0, np.array([float(asked.table.count.sum())]), np.array([float(whole)]), float(whole))
    return (*steps, last), limits


def _step(fraction: float, seen: Array, sizes: Array, whole: float) -> Step:
    """A step from its repeats."""
    low, middle, high = quartiles(sizes)
    unknown = float(np.isnan(sizes).mean())
    return Step(
        fraction=fraction,
        observed=float(np.median(seen)),
        estimate=math.nan if unknown >= 0.5 else middle,
        lower=low,
        upper=high,
        whole=whole,
        infinite=float(np.isposinf(sizes).mean()),
        not_identified=unknown,
    )


def accrued_steps(asked: Asked, by: str) -> tuple[tuple[Step, ...], tuple[float, float] | None]:
    """The steps as the levels of a covariate come in, and limits of the last."""
    table = asked.table
    levels, place = table.covariates[table.axis(by)].levels, table.level_of(by)
    fit, limits = asked.answer()

    def work(count: int) -> Step:
        inside = place < count
        seen, dark = float(table.observed[inside].sum()), math.nan
        own: tuple[float, float] | None = None
        failure: InputError | ModelError | None = None
        try:
            part, own = (fit, limits) if inside.all() else asked.of(table.select(by, levels[:count])).answer()
            dark = total_of(part)[0]
        except (InputError, ModelError) as error:
            failure = error
        lower, upper = own or (math.nan, math.nan)
        return Step(
            fraction=count / len(levels),
            level=levels[count - 1],
            observed=seen,
            estimate=seen + dark,
            lower=lower,
            upper=upper,
            whole=float(sum_draws(fit.estimate[None], np.where(inside, 0, -1), 1)[0, 0]),
            infinite=float(math.isinf(dark)),
            not_identified=float(math.isnan(dark)),
            failure=failure,
        )

    steps: list[Step] = []
    for step in in_order(work, range(1, len(levels) + 1), threads(asked.workers) if asked.interval is None else 1):
        steps.append(step)
        asked.tell(len(steps), len(levels))
    return tuple(steps), limits
