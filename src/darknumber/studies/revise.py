"""Two studies of one register side by side: what changed, what of it comes from where, and is it more than noise?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.data.linked import Linked
from darknumber.data.table import NOT_RECORDED, CaptureTable, Unit
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import check_settings, threads
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Bootstrap
from darknumber.inference.publish import adds_up
from darknumber.inference.spread import Spread, two_sided
from darknumber.kernels import verdicts
from darknumber.models import Fit
from darknumber.studies.chain import Chain, Step, by_level, chain_of, exact, groups_of, verdicts_by_level
from darknumber.studies.findings_revise import revision_findings
from darknumber.studies.linked_draws import margin_of, replicate, universe_of
from darknumber.studies.printing_revise import describe_revision

Array = NDArray[np.float64]
Told = Literal["higher", "lower", "unclear", "not testable", "not estimable"]

REPLICATES = 1000  # where the second study has no bootstrap whose number could be taken
SAME = 0.5  # people: counts of an answer and of its fit that differ by less are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What the second study says beside the first; print it, or read its columns.

    Rows are the levels that both studies have, and last all of these together.

    Parameters
    ----------
    old, new
        The two answers.
    vintages
        What they are called, such as ``("2017", "2021")``; None for the first and the second.
    by, levels
        The covariate that is compared, normally the year, and the levels that both studies have; None and empty where
        only the whole is compared.
    chain
        The answers on the way from the first to the second, and the steps between them.
    registered
        ``(2, rows)`` people on some list, then and now.
    people
        ``(stands, rows)`` the population size at each stand of the chain, from the first study to the second; kept so
        that differences add up exactly; ``inf`` or ``nan`` where there is none.
    verdict
        ``(stands, rows)`` codes of `darknumber.kernels.verdicts`.
    limits
        ``(2, rows, 2)`` the interval that each study gave; ``nan`` where it gave none for the row.
    draws
        ``(B, stands, rows)`` replicates of the chain, people linked; None where they are not.
    drawn
        ``(stands,)`` which of the chain were drawn: not one whose extract is not among the linked ones.
    linked
        People in both extracts, in the old one only, and in the new one only; None where they are not linked.
    level, seed, unit
        Of the intervals; of the random numbers; what one count is.
    findings
        What the reader must know; worst first.
    """

    old: Estimates
    new: Estimates
    vintages: tuple[str, str] | None
    by: str | None
    levels: tuple[str, ...]
    chain: Chain
    registered: Array
    people: Array
    verdict: NDArray[np.int8]
    limits: Array
    draws: Array | None
    drawn: tuple[bool, ...]
    linked: tuple[int, int, int] | None
    level: float
    seed: int
    unit: Unit
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_revision(self)

    __repr__ = __str__

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts in the order in which they are taken."""
        return self.chain.steps

    @property
    def testable(self) -> bool:
        """Whether people are linked, so that a change can be told from noise."""
        return self.draws is not None

    @property
    def ratios(self) -> Array:
        """``(2, rows)`` estimated over registered, then and now; in the last row the ratio of the sums."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Array = self.people[[0, -1]] / self.registered
        return ratio

    @property
    def mean_ratios(self) -> Array:
        """``(2,)`` the mean of the ratios of the levels, then and now: another number than the ratio of the sums."""
        ratios = self.ratios[:, :-1] if self.levels else self.ratios
        mean: Array = ratios.mean(axis=1)
        return mean

    def whole(self) -> Spread:
        """``(rows,)`` the revision: second answer minus first, with the interval of that difference."""
        return self._difference(0, len(self.steps))

    def part(self, step: Step) -> Spread:
        """``(rows,)`` what one step changes, with its interval; ``nan`` where it cannot be told.

        Raises
        ------
        ModelError
            This revision has no such part.
        """
        if step not in self.steps:
            raise ModelError("no_such_part", name=step, known=self.steps)
        place = self.steps.index(step)
        return self._difference(place, place + 1)

    def told(self, step: Step | None = None) -> tuple[Told, ...]:
        """In words, for each row, whether the revision or one part of it is more than noise."""
        start, end = (0, len(self.steps)) if step is None else (self.steps.index(step), self.steps.index(step) + 1)
        found = self._difference(start, end)
        tested = self.drawn[start] and self.drawn[end]
        return tuple(
            _told(float(value), float(lower), float(upper), tested)
            for value, lower, upper in zip(found.value, found.lower, found.upper, strict=True)
        )

    def _difference(self, start: int, end: int) -> Spread:
        with np.errstate(invalid="ignore"):
            value = self.people[end] - self.people[start]
        value = np.where(np.isfinite(value), value, np.nan)
        if self.draws is None or not (self.drawn[start] and self.drawn[end]):
            unknown = np.full(len(value), np.nan)
            return Spread(value=value, lower=unknown, upper=unknown)
        with np.errstate(invalid="ignore"):
            draws = self.draws[:, end] - self.draws[:, start]
        return two_sided(value, draws, self.level)

    def columns(self) -> dict[str, list[Any]]:
        """One row a level, and one for all together: registered, estimated, ratios, the revision and its parts."""
        whole = self.whole()
        name = self.by if self.by is not None else "level"
        table: dict[str, list[Any]] = {name: [*self.levels, ""] if self.levels else [""]}
        for place, when in enumerate(("then", "now")):
            table[f"registered_{when}"] = self.registered[place].tolist()
            table[f"estimate_{when}"] = self.people[0 if place == 0 else -1].tolist()
            table[f"lower_{when}"] = self.limits[place, :, 0].tolist()
            table[f"upper_{when}"] = self.limits[place, :, 1].tolist()
            table[f"ratio_{when}"] = self.ratios[place].tolist()
        for label, spread, told in (
            ("change", whole, self.told()),
            *((step, self.part(step), self.told(step)) for step in self.steps),
        ):
            table[label] = spread.value.tolist()
            table[f"{label}_lower"] = spread.lower.tolist()
            table[f"{label}_upper"] = spread.upper.tolist()
            table[f"{label}_told"] = list(told)
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The columns as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def _told(value: float, lower: float, upper: float, tested: bool) -> Told:
    if not np.isfinite(value):
        return "not estimable"
    if not tested:
        return "not testable"
    return "higher" if lower > 0 else "lower" if upper < 0 else "unclear"


def revise(
    old: Estimates,
    new: Estimates,
    *,
    same_definition: CaptureTable | None = None,
    linked: Linked | None = None,
    by: str | None = "year",
    vintages: tuple[str, str] | None = None,
    replicates: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Revision:
    """Lay the second study of a register beside the first, and split what it says otherwise into parts.

    The parts are taken in this order. *Data*: the model of the first study is fitted to the new extract, counted by the
    old definition, with the years, lists and covariates that the first study had; what that changes comes from late
    reports and corrections. *Definition*: the same with the new definition. *Model*: the answer of the second study,
    with its own model, years, lists and covariates. In another order the parts would be other numbers. Their sum is
    the whole revision, exactly.

    The two studies share people, so whether a change is more than noise cannot be told from their intervals. With
    `linked`, both studies are done again on the same people drawn anew, the choice of model included, and the change
    has an interval of its own. Noise is the chance of who came to be on a list; that an assumption is wrong is not in
    it.

    Parameters
    ----------
    old, new
        The answers of the two studies, whole: as `estimate` gave them, or read with `load`.
    same_definition
        The new extract counted by the definition of the first study. Without it data and definition are one part. Where
        the definition has not changed it is the table of the second study itself.
    linked
        People of the extracts cross-classified, as `link_vintages` counts them; it may hold `same_definition` too.
    by
        The covariate that is compared level by level; None compares the whole only.
    vintages
        What to call the two studies, such as ``("2017", "2021")``.
    replicates
        By default as many as the second study has.
    seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what); raising `Cancelled` in it stops.

    Raises
    ------
    InputError
        Answers that are no whole ones or count different things, no level in common, linked people that are not those
        of the studies.
    """
    check_settings(new.level, seed, workers)
    number = _replicates(new) if replicates is None else replicates
    if number < 1:
        raise ModelError("bad_replicates", replicates=number)
    for study, answer in (("old", old), ("new", new)):
        _check_whole(study, answer)
    if old.unit != new.unit:
        raise InputError("other_units", units=[old.unit, new.unit])
    first, last = old.fits[0], new.fits[0]
    levels = _common(first.data, last.data, by)
    if same_definition is None and linked is not None and linked.same_definition is not None:
        same_definition = linked.table("same_definition")
    with threadpool_limits(limits=1):  # replicates run side by side; the algebra inside each is small
        chain = chain_of(first, last, same_definition, by=by, levels=levels, seed=seed)
        draws, drawn = None, tuple(False for _ in chain.stands)
        if linked is not None:
            margins = [margin_of(linked, stand) for stand in chain.stands]
            draws = replicate(
                universe_of(linked, first, last, margins),
                chain.stands,
                margins,
                by=by,
                levels=levels,
                replicates=number,
                seed=seed,
                workers=threads(workers),
                progress=progress,
            )
            drawn = tuple(margin is not None for margin in margins)
    rows = max(len(levels), 1)
    people, verdict = _points(chain, by, levels, rows)
    kept = slice(None) if levels else slice(1)  # without levels the row of all together is the only one
    found = Revision(
        old=old,
        new=new,
        vintages=vintages,
        by=by,
        levels=levels,
        chain=chain,
        registered=np.stack([_registered(fit, by, levels, rows) for fit in (first, last)])[:, kept],
        people=people[:, kept],
        verdict=verdict[:, kept],
        limits=np.stack([_limits(answer, by, levels) for answer in (old, new)]),
        draws=None if draws is None else draws[:, :, kept],
        drawn=drawn,
        linked=None if linked is None else (linked.both, linked.only("old"), linked.only("new")),
        level=new.level,
        seed=seed,
        unit=new.unit,
        findings=(),
    )
    told = by_severity([*revision_findings(found), *_synthetic(new)])
    return replace(found, findings=told)


def _replicates(new: Estimates) -> int:
    return new.interval.replicates if isinstance(new.interval, Bootstrap) else REPLICATES


def _check_whole(study: str, answer: Estimates) -> None:
    """Refuse part of an answer: what its fit says would not be what it says."""
    if not isinstance(answer, Estimates):
        raise InputError("not_an_answer", study=study, kind=type(answer).__name__)
    people = float(answer.fits[0].data.count.sum()) if answer.fits else 0.0
    if answer.averaged or not answer.fits or abs(float(answer.observed.sum()) - people) > SAME:
        raise InputError("part_of_an_answer", study=study)


def _common(old: CaptureTable, new: CaptureTable, by: str | None) -> tuple[str, ...]:
    """The levels of `by` that both studies have, those that were not recorded left out."""
    if by is None:
        return ()
    known = new.covariates[new.axis(by)].levels
    levels = tuple(level for level in old.covariates[old.axis(by)].levels if level in known and level != NOT_RECORDED)
    if not levels:
        raise InputError("nothing_in_common", name=by)
    return levels


def _points(chain: Chain, by: str | None, levels: tuple[str, ...], rows: int) -> tuple[Array, NDArray[np.int8]]:
    """``(stands, rows + 1)`` people and verdicts; not identified where a model could not be fitted."""
    people = np.full((len(chain.stands), rows + 1), np.nan)
    verdict = np.full((len(chain.stands), rows + 1), verdicts.NOT_IDENTIFIED, dtype=np.int8)
    for place, stand in enumerate(chain.stands):
        if stand.fit is not None:
            groups = groups_of(stand.fit.data, by, levels)
            observed = stand.fit.observed[None].astype(float)
            each = exact(by_level(observed, stand.fit.unobserved[None], groups, rows)[0, :-1])
            people[place] = np.append(each, np.inf if np.isinf(each).any() else each.sum())
            verdict[place] = verdicts_by_level(stand.fit, groups, rows)
    return people, verdict


def _registered(fit: Fit, by: str | None, levels: tuple[str, ...], rows: int) -> Array:
    groups = groups_of(fit.data, by, levels)
    observed = fit.observed[None].astype(float)
    people: Array = by_level(observed, np.zeros_like(observed), groups, rows)[0]
    return people


def _limits(answer: Estimates, by: str | None, levels: tuple[str, ...]) -> Array:
    """``(rows, 2)`` the limits that a study gives for each level and for all together; ``nan`` where it gives none."""
    rows = len(levels) + 1
    unknown = np.full((rows, 2), np.nan)
    if not adds_up(answer):
        return unknown
    if by is None:
        return answer.total().limits
    if by not in {covariate.name for covariate in answer.covariates}:
        return unknown
    each = answer.by(by)
    places = [each.covariates[0].levels.index(level) for level in levels]
    together = each.mean(by, levels).limits * len(levels)
    return np.concatenate([each.limits[places], together])


def _synthetic(new: Estimates) -> list[Finding]:
    """That the data are made up, where they are."""
    return [finding for finding in new.findings if finding.code in ("synthetic_register", "synthetic_data")]
