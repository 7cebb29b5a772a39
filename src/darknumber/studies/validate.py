"""Hide each list in turn and estimate how long it is from the others (METHODS 2.2, item 11; 3b.12)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from darknumber.data.groups import group_of
from darknumber.data.records import Records
from darknumber.data.reshape import conditioned_on
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import Part, check_settings, usable
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import INTERVALS, Bootstrap, Interval, Mixture, Posterior
from darknumber.inference.publish import WIDE, adds_up
from darknumber.kernels import verdicts
from darknumber.models import Average, Best, Fit, Model
from darknumber.models.text import parse
from darknumber.studies.asking import fitted, relisted, total_of
from darknumber.studies.findings_validate import validation_findings
from darknumber.studies.printing_validate import describe_validation
from darknumber.studies.scorecard import Scorecard, scorecard_of

FEWEST = 3  # lists: with one hidden there are still two that can overlap
REPLICATES = 200  # of each list: enough to see whether an interval holds a number, and cheap with one list fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One list hidden, and what the others say of it.

    Parameters
    ----------
    list
        The list that is hidden.
    levels
        The levels of the covariates asked for; empty for everyone on the list.
    known
        People on the list.
    seen
        Those of them who are on another list too.
    estimate, lower, upper
        How many people are on the list, from the other lists, with limits; ``inf`` or ``nan`` where the verdict says so
        or where nothing could be fitted.
    verdict
        A code of `darknumber.kernels.verdicts`.
    left
        The lists that it is estimated from.
    unused
        Lists on which nobody of the hidden one is.
    dropped
        Terms of the model that cannot be told from the dark figure with the lists that are left.
    answer
        The estimate as `estimate` gives it; None where the model could not be fitted.
    failure
        Why it could not, or None.
    """

    list: str
    levels: tuple[str, ...]
    known: int
    seen: int
    estimate: float
    lower: float
    upper: float
    verdict: int
    left: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    answer: Estimates | None = None
    failure: InputError | ModelError | None = None

    @property
    def times(self) -> float:
        """The estimate over the known number; ``inf`` and ``nan`` as the estimate."""
        return self.estimate / self.known

    @property
    def error(self) -> float:
        """The log of the estimate over the known number: below 0 is too low; ``inf`` and ``nan`` as the estimate."""
        return math.log(self.times) if self.estimate > 0 else math.nan

    @property
    def telling(self) -> bool:
        """Whether the interval is narrow enough to say anything: its upper limit at most `WIDE` times its lower."""
        return self.failure is None and self.upper <= WIDE * self.lower

    @property
    def covered(self) -> bool | None:
        """Whether the interval contains the known number; None where it has no limit above and so nothing to fail at.

        An interval without an upper limit can still begin too high: then it does not contain it.
        """
        if self.failure is not None or math.isnan(self.lower) or math.isnan(self.upper):
            return None
        return None if math.isinf(self.upper) and self.lower <= self.known else self.lower <= self.known <= self.upper


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """How well lists that are known are estimated from the others; print it, or read its columns.

    Parameters
    ----------
    data
        The table.
    model, interval
        What was fitted to the people on each list, before the hidden list was taken out of the model's terms.
    headline
        The estimate of everyone, seen and unseen, under the same model; ``inf`` or ``nan`` where it has none.
    trials
        One a list, in the order of the table.
    parts
        One a list and combination of levels of `by`, where people are on that list.
    by
        The covariates of `parts`.
    scorecard
        Mean and spread of the log errors over the lists; None where fewer than two lists have one.
    level, seed
        Of the intervals.
    findings
        What the reader must know; worst first.
    """

    data: CaptureTable
    model: Model
    interval: Interval
    headline: float
    trials: tuple[Trial, ...]
    parts: tuple[Trial, ...]
    by: tuple[str, ...]
    scorecard: Scorecard | None
    level: float
    seed: int
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_validation(self)

    __repr__ = __str__

    @property
    def empirical(self) -> tuple[float, float] | None:
        """The headline corrected for the errors made on the lists: not an interval of the model, but of its record.

        ``headline * exp(-(mean +- z sqrt(sd^2 + se^2)))`` with the mean, spread and standard error of the log errors;
        never below the people registered. None where one of these is not known. (After Hook & Regal 2000.)
        """
        card = self.scorecard
        if card is None or not math.isfinite(self.headline):
            return None
        reach = card.reach(self.level)
        floor = float(self.data.count.sum())
        low, high = (max(self.headline * math.exp(-(card.mean + side * reach)), floor) for side in (1, -1))
        return low, high

    def columns(self) -> dict[str, list[Any]]:
        """One row a list; `covered` is None where there is no upper limit, `error` is the log of `times`."""
        return _columns(self.trials, ())

    def by_columns(self) -> dict[str, list[Any]]:
        """One row a list and combination of levels of `by`."""
        return _columns(self.parts, self.by)

    def to_frame(self, backend: str | None = None) -> Any:
        """The lists as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def _quick(fit: Fit) -> Interval:
    """The quickest interval of a model: weighing all models anew takes long where few people are on two lists."""
    if fit.draws is not None:
        return Posterior()
    return (Mixture if isinstance(fit.model, Average | Best) else Bootstrap)(replicates=REPLICATES)


def validate(
    data: CaptureTable | Records,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Take the people on one list, hide that list, and estimate their known number from the other lists; for each list.

    People who are on that list only are the unseen, and their number is known. The model is the one given, with the
    hidden list taken out of its terms.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    model
        A model, its text, or None for `default_model` of the whole table.
    interval
        Of each estimate; by default the posterior of a Bayesian model, `REPLICATES` replicates of the mixture of an
        average or the best of a family, which is quick, and of the bootstrap of any other model.
    by
        Covariates: the same for each of their levels.
    level, seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what) over all lists together; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Fewer than three lists, data or a model that cannot be used, or a model that fits none of the lists.
    """
    check_settings(level, seed, workers)
    table, chosen = usable(data, model)
    if len(table.lists) < FEWEST:
        raise InputError("too_few_lists_to_validate", n=len(table.lists), needed=FEWEST)
    names = () if by is None else tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    for name in names:
        table.axis(name)
    asked = parse(interval, INTERVALS) if isinstance(interval, str) else interval
    with threadpool_limits(limits=1):
        fit = fitted(table, chosen, seed)
    how = asked or _quick(fit)
    headline = float(table.count.sum()) + total_of(fit)[0]
    trials: list[Trial] = []
    parts: list[Trial] = []
    for place, name in enumerate(table.lists):
        shown = Part(progress, place, len(table.lists)) if progress is not None else None
        hidden = _Hidden(table=table, name=name, model=chosen)
        trial, found = hidden.tried(how, names, level=level, seed=seed, workers=workers, progress=shown)
        trials.append(trial)
        parts += found
    failures = [trial.failure for trial in trials if trial.failure is not None]
    if len(failures) == len(trials):
        raise failures[0]
    card = scorecard_of([(row.error, row.lower, row.upper, row.known) for row in trials], level)
    return Validation(
        data=table,
        model=chosen,
        interval=how,
        headline=headline,
        trials=tuple(trials),
        parts=tuple(parts),
        by=names,
        scorecard=card,
        level=level,
        seed=seed,
        findings=by_severity([*validation_findings(trials, card, level), *table.findings]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hidden:
    """A list that is to be hidden."""

    table: CaptureTable
    name: str
    model: Model

    def tried(
        self,
        how: Interval,
        by: tuple[str, ...],
        *,
        level: float,
        seed: int,
        workers: int | None,
        progress: Progress | None,
    ) -> tuple[Trial, list[Trial]]:
        """The trial of everyone on the list, and those by the levels of `by`."""

        def answered(names: tuple[str, ...]) -> Estimates:
            return estimate(left, model, how, by=names, level=level, seed=seed, workers=workers, progress=progress)

        try:
            left, known = conditioned_on(self.table, self.name)
            unused = tuple(name for name in self.table.lists if name not in (self.name, *left.lists))
            model, dropped = relisted(self.model, dict.fromkeys((self.name, *unused)), left.lists)
            answer = answered(by)
            whole = answer.total() if adds_up(answer) else answered(())
        except (InputError, ModelError) as failure:
            return self._failed(failure), []
        trial = _trial(self.name, whole, 0, (), int(known.sum()))
        groups, size = group_of(left.covariates, by)
        sizes = np.bincount(groups, weights=known, minlength=size).astype(np.int64)
        parts = [
            _trial(self.name, answer, row, levels, int(sizes[row]))
            for row, levels in enumerate(answer.labels() if by else [])
            if sizes[row] and NOT_RECORDED not in levels
        ]
        return replace(trial, unused=unused, dropped=dropped, left=left.lists), parts

    def _failed(self, failure: InputError | ModelError) -> Trial:
        sizes = dict(zip(self.table.lists, self.table.list_sizes.tolist(), strict=True))
        alone = self.table.count[self.table.history == 1 << self.table.lists.index(self.name)].sum()
        return Trial(
            list=self.name,
            levels=(),
            known=sizes[self.name],
            seen=sizes[self.name] - int(alone),
            estimate=math.nan,
            lower=math.nan,
            upper=math.nan,
            verdict=verdicts.NOT_IDENTIFIED,
            failure=failure,
        )


def _trial(name: str, answer: Estimates, row: int, levels: tuple[str, ...], known: int) -> Trial:
    """One row of an answer, set against the number that is known."""
    lower, upper = answer.limits[row]
    return Trial(
        list=name,
        levels=levels,
        known=known,
        seen=int(answer.observed[row]),
        estimate=float(answer.estimate[row]),
        lower=float(lower),
        upper=float(upper),
        verdict=int(answer.verdict[row]),
        answer=answer if not levels else None,
    )


def _columns(trials: Sequence[Trial], by: tuple[str, ...]) -> dict[str, list[Any]]:
    return {
        "list": [row.list for row in trials],
        **{name: [row.levels[place] for row in trials] for place, name in enumerate(by)},
        "known": [row.known for row in trials],
        "seen": [row.seen for row in trials],
        "estimate": [row.estimate for row in trials],
        "lower": [row.lower for row in trials],
        "upper": [row.upper for row in trials],
        "times": [row.times for row in trials],
        "error": [row.error for row in trials],
        "covered": [row.covered for row in trials],
        "verdict": [verdicts.NAMES[row.verdict] for row in trials],
    }
