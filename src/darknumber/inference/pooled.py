"""The answer from linked reports: a table for each draw of who is who, all draws pooled (METHODS E2).

Every distinct table is fitted once, and has as many of the replicates as the draws it stands for. The replicates of all
tables together are the draws of the answer, so that its interval holds the doubt about links beside that about people
and models. The estimate is the mean over the draws of who is who; what is published as registered is the table at the
threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.data.drawn import DrawnTables
from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import by_severity
from darknumber.inference import bootstrap
from darknumber.inference.asked import check_settings, pooling, threads, usable
from darknumber.inference.beside import set_beside
from darknumber.inference.bootstrap import Progress
from darknumber.inference.calibrate import calibrate
from darknumber.inference.carried import carried, is_configured
from darknumber.inference.doubt import shares_of
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, Bootstrap, Interval, Mixture, Posterior
from darknumber.inference.mixture import run_mixture
from darknumber.inference.pooled_findings import pooled_findings
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import sum_draws
from darknumber.models import Completed, Fit, LogLinear, Model, Replicates
from darknumber.models.base import best_terms, fixed, stack
from darknumber.models.completed import inside
from darknumber.models.text import parse

Array = NDArray[np.float64]

FIXED_REPLICATES = 400  # over all tables: a standard deviation to within a twentieth


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One distinct table, fitted, with its replicates.

    Parameters
    ----------
    weight
        How many draws of who is who it stands for.
    fit
        The fit.
    draws
        ``(R, groups)`` population sizes.
    totals
        Its replicates summed over all strata.
    held
        ``(r,)`` dark figures of some replicates with the model held fixed, or None.
    """

    weight: int
    fit: Fit
    draws: Array
    totals: Replicates
    held: Array | None


def pooled_estimate(
    data: DrawnTables,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """The answer from linked reports; see `darknumber.inference.asking.estimate`.

    Raises
    ------
    InputError, ModelError
        As there; and an interval that has no draws, which cannot be pooled.
    """
    table, chosen = usable(data.best, model)
    asked = parse(interval, INTERVALS) if isinstance(interval, str) else interval
    check_settings(level, seed, workers)
    names = None if by is None else tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    for name in names or ():
        table.axis(name)
    chosen = pooling(table, chosen)
    with threadpool_limits(limits=1):
        fit = chosen.fit(table, seed=seed)
        how = _poolable(asked or (Bootstrap() if fit.draws is None else Posterior()), fit)
        answer = _skeleton(fit, how, level=level, seed=seed)
        if isinstance(how, Bootstrap) and how.limits == "calibrated":
            found = calibrate(chosen, fit, how, level=level, seed=seed, workers=threads(workers), progress=progress)
            answer = replace(answer, calibration=found, findings=(*answer.findings, *found.findings))
        if names is not None:
            answer = answer.by(*names)
        parts = _parts(data, chosen, how, names, seed, threads(workers), progress)
        answer = replace(_with_parts(answer, parts, names), beside=set_beside(fit))
    found_shares = shares_of(
        [_dark(part) for part in parts],
        None if any(part.held is None for part in parts) else [part.held for part in parts if part.held is not None],
        data.weights,
    )
    totals = [_total(part.fit) for part in parts]
    said = pooled_findings(answer, data, totals, _total(fit), found_shares)
    return replace(answer, findings=by_severity([*answer.findings, *said])).with_draw_findings()


def _poolable(how: Interval, fit: Fit) -> Interval:
    """Refuse an interval that has no draws to pool, or whose limits are not read off them."""
    if not isinstance(how, Bootstrap | Mixture | Posterior):
        raise ModelError("pooled_needs_draws", interval=how.name)
    if isinstance(how, Bootstrap) and how.limits == "bca":
        raise ModelError("pooled_bca")
    if isinstance(how, Posterior) and fit.draws is None:
        raise ModelError("interval_needs_posterior", model=fit.model.name)
    if not isinstance(how, Posterior) and how.replicates < 1:
        raise ModelError("bad_replicates", replicates=how.replicates)
    return how


def _skeleton(fit: Fit, how: Interval, *, level: float, seed: int) -> Estimates:
    """The answer from the table at the threshold, without draws."""
    observed = np.asarray(fit.observed, dtype=float)
    return Estimates(
        covariates=fit.data.covariates,
        observed=observed,
        unobserved=fit.unobserved,
        verdict=fit.verdict,
        at_least=observed,
        draws=None,
        level=level,
        interval=how,
        seed=seed,
        fits=(fit,),
        unit=fit.data.unit,
        name=fit.data.name,
        findings=(*fit.data.findings, *fit.findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One distinct table, and what is to be made of it; it may go to another machine.

    Parameters
    ----------
    share
        Which share of the draws of who is who it stands for.
    size, total
        Its replicates, and those of all tables.
    """

    table: CaptureTable
    model: Model
    how: Interval
    names: tuple[str, ...] | None
    weight: int
    share: float
    size: int
    total: int
    seed: int

    def do(self, workers: int = 1, tell: Progress | None = None) -> _Part:
        """Fit it and draw its replicates."""
        fit = self.model.fit(self.table, seed=self.seed)
        replicates = _run(self.model, fit, self.how, self.size, self.share, self.seed, workers, tell)
        groups, number = group_of(self.table.covariates, _all_names(self.table) if self.names is None else self.names)
        return _Part(
            weight=self.weight,
            fit=fit,
            draws=sum_draws(replicates.observed + replicates.unobserved, groups, number),
            totals=_totals(replicates),
            held=_held(fit, self.how, self.size, self.total, self.seed, workers),
        )


def _parts(
    data: DrawnTables,
    model: Model,
    how: Interval,
    names: tuple[str, ...] | None,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> list[_Part]:
    """Every distinct table fitted, with its share of the replicates; the same wherever the work is done."""
    sizes = shared_out(1 if isinstance(how, Posterior) else _replicates(how), data.weights)
    total = sum(sizes)
    jobs = [
        _Job(
            table=table,
            model=model,
            how=how,
            names=names,
            weight=weight,
            share=weight / data.draws,
            size=size,
            total=total,
            seed=_seed(seed, place),
        )
        for place, (table, weight, size) in enumerate(zip(data.tables, data.weights, sizes, strict=True))
    ]
    parts: list[_Part] = []
    for part in carried(_Job.do, jobs) if is_configured() else _here(jobs, workers, progress):
        parts.append(part)
        if progress is not None:
            progress(sum(sizes[: len(parts)]), total, "replicates")
    return parts


def _here(jobs: Sequence[_Job], workers: int, progress: Progress | None) -> Iterator[_Part]:
    done = 0
    for job in jobs:
        yield job.do(workers, None if progress is None else _Told(progress, done, job.size, job.total))
        done += job.size


@dataclass(frozen=True, slots=True)
class _Told:
    """Progress over the replicates of all tables, from that of one of them."""

    progress: Progress
    before: int
    size: int
    whole: int

    def __call__(self, done: int, total: int, what: str) -> None:
        self.progress(self.before + self.size * done // total, self.whole, what)


def _run(
    model: Model, fit: Fit, how: Interval, size: int, share: float, seed: int, workers: int, tell: Progress | None
) -> Replicates:
    if isinstance(how, Bootstrap):
        plain = replace(how, replicates=size, limits="percentile")
        return bootstrap.run(model, fit, plain, seed=seed, workers=workers, progress=tell, keep=_as_is)
    if isinstance(how, Mixture):
        return run_mixture(fit, replace(how, replicates=size), seed=seed, workers=workers, progress=tell, keep=_as_is)
    assert fit.draws is not None  # `_poolable` refused a model without
    every = len(fit.draws)
    kept = np.unique(np.floor(np.arange(0, every, 1 / share)).astype(np.int64))  # evenly from the whole chain
    dark = fit.draws[kept]
    observed = np.broadcast_to(fit.observed.astype(float), dark.shape)
    return fixed(observed, dark, np.zeros(dark.shape, dtype=np.int8))


def _held(fit: Fit, how: Interval, size: int, total: int, seed: int, workers: int) -> Array | None:
    """Dark figures of some replicates with the model of a fit held fixed; None where it cannot be."""
    if not isinstance(how, Bootstrap):
        return None
    whole = inside(fit)
    terms, margin = best_terms(whole), getattr(whole.model, "margin", None)
    if not fit.model.selects or terms is None or margin is None:
        return None
    fewer = Bootstrap(replicates=min(size, max(-(-size * FIXED_REPLICATES // total), 2)))
    model: Model = LogLinear(terms, margin=margin)
    if isinstance(fit.model, Completed):  # who has which value is in doubt too, whatever the model
        model, whole = Completed(model), fit
    found = bootstrap.run(model, whole, fewer, seed=seed, workers=workers, progress=None, keep=_as_is)
    return _totals(found).unobserved[:, 0]


def _as_is(replicates: Replicates) -> Replicates:
    return replicates


def _totals(replicates: Replicates) -> Replicates:
    """Replicates of everyone together."""
    together = np.zeros(replicates.observed.shape[1], dtype=np.int64)
    rows = zip(replicates.verdict, replicates.observed > 0, strict=True)
    return replace(
        replicates,
        observed=sum_draws(replicates.observed, together, 1),
        unobserved=sum_draws(replicates.unobserved, together, 1),
        verdict=np.array([verdicts.of_sum(row, together, 1, seen) for row, seen in rows], dtype=np.int8),
    )


def _dark(part: _Part) -> Array:
    return part.totals.unobserved[:, 0]


def _with_parts(answer: Estimates, parts: Sequence[_Part], names: Sequence[str] | None) -> Estimates:
    """The mean over the draws of who is who, and all their replicates."""
    fits = [part.fit for part in parts]
    groups, size = group_of(fits[0].data.covariates, _all_names(fits[0].data) if names is None else names)
    weights = np.array([part.weight for part in parts], dtype=float)
    each = sum_draws(np.stack([fit.estimate for fit in fits]), groups, size)
    codes = np.stack([verdicts.of_sum(fit.verdict, groups, size, fit.observed > 0) for fit in fits])
    estimate, verdict = pooled_points(each, codes, weights)
    known = np.isin(verdict, (verdicts.ESTIMABLE, verdicts.ZERO))
    dealt = not isinstance(answer.interval, Posterior)
    selection = bootstrap.selection_of(stack([part.totals for part in parts])) if dealt else None
    with np.errstate(invalid="ignore"):
        unobserved = np.where(known, np.maximum(estimate - answer.observed, 0.0), estimate)
    return replace(
        answer,
        unobserved=unobserved,
        verdict=verdict,
        at_least=answer.observed + np.where(known, np.nan_to_num(unobserved), 0.0),
        draws=np.concatenate([part.draws for part in parts]),
        selection=selection,
    )


def pooled_points(each: Array, codes: NDArray[np.int8], weights: Array) -> tuple[Array, NDArray[np.int8]]:
    """The weighted mean over tables, and its verdict.

    Where less than half of the draws have a finite estimate there is none; otherwise the mean is over those that have.

    Parameters
    ----------
    each
        ``(tables, groups)`` estimates.
    codes
        ``(tables, groups)`` verdicts.
    weights
        ``(tables,)`` how many draws each table stands for.
    """
    finite = np.isin(codes, (verdicts.ESTIMABLE, verdicts.ZERO))
    share = (weights[:, None] * finite).sum(axis=0)
    mean = (weights[:, None] * np.where(finite, each, 0.0)).sum(axis=0) / np.maximum(share, 1.0)
    infinite = (weights[:, None] * (codes == verdicts.INFINITE)).sum(axis=0)
    unknown = (weights[:, None] * (codes == verdicts.NOT_IDENTIFIED)).sum(axis=0)
    verdict = np.where((codes == verdicts.ZERO).all(axis=0), verdicts.ZERO, verdicts.ESTIMABLE)
    none = 2 * share < weights.sum()
    verdict = np.where(none, np.where(infinite >= unknown, verdicts.INFINITE, verdicts.NOT_IDENTIFIED), verdict)
    estimate = np.where(none, np.where(infinite >= unknown, np.inf, np.nan), mean)
    return estimate, verdict.astype(np.int8)


def shared_out(replicates: int, weights: Sequence[int]) -> list[int]:
    """How many replicates each table has: by its weight, to within one, and at least one."""
    ends = np.floor(np.cumsum(weights) / sum(weights) * replicates + 0.5).astype(np.int64)
    return [max(int(size), 1) for size in np.diff(ends, prepend=0)]


def _total(fit: Fit) -> float:
    """The estimate of everyone together."""
    return float(sum_draws(fit.estimate[None], np.zeros(fit.data.strata, dtype=np.int64), 1)[0, 0])


def _replicates(how: Interval) -> int:
    return how.replicates if isinstance(how, Bootstrap | Mixture) else 1


def _all_names(table: CaptureTable) -> list[str]:
    return [covariate.name for covariate in table.covariates]


def _seed(seed: int, place: int) -> int:
    """A seed of its own for each table, so that no two share their replicates."""
    return int(np.random.SeedSequence([seed, place]).generate_state(1, np.uint64)[0])
