"""The straight line: data, model, interval, estimates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from darknumber.data.groups import group_of
from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference import bootstrap
from darknumber.inference.asked import check_settings, pooling, threads, usable
from darknumber.inference.beside import set_beside
from darknumber.inference.bootstrap import Progress
from darknumber.inference.calibrate import calibrate
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, Bootstrap, Interval, LogNormal, Mixture, Posterior, Profile
from darknumber.inference.mixture import run_mixture
from darknumber.inference.profiles import profile_bounds
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import percentile_limits, sum_draws
from darknumber.models import Fit, LogLinear, Model, Replicates
from darknumber.models.base import best_terms
from darknumber.models.text import parse

Array = NDArray[np.float64]

FIXED_REPLICATES = 200  # enough for the width of an interval with the model held fixed, within a tenth
ROUNDING = 1e-9  # 2 / (1 - 0.95) is 40 but for the last digit
MAX_DRAWS_BYTES = 200_000_000  # above this, replicates are summed over `by` before they are kept


@dataclass(frozen=True, slots=True)
class _Keep:
    """Sums replicates over strata to `groups`, or keeps them as they are."""

    groups: NDArray[np.int64] | None
    size: int

    def __call__(self, replicates: Replicates) -> Replicates:
        if self.groups is None:
            return replicates
        return replace(
            replicates,
            observed=sum_draws(replicates.observed, self.groups, self.size),
            unobserved=sum_draws(replicates.unobserved, self.groups, self.size),
            verdict=np.stack(
                [
                    verdicts.of_sum(row, self.groups, self.size, seen > 0)
                    for row, seen in zip(replicates.verdict, replicates.observed, strict=True)
                ]
            ),
        )


def estimate(
    data: CaptureTable | Records,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """How many people there are, seen and unseen, with an interval.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    model
        What is assumed: a model, its text (``"stepwise(criterion=aic)"``), or None for `default_model`.
    interval
        How the doubt is measured: `Bootstrap`, `Mixture`, `Profile`, `LogNormal` or `Posterior`, or its text. By
        default the posterior of a Bayesian model, else the bootstrap.
    by
        Covariates to report by; None keeps every stratum.
    level
        Confidence level.
    seed
        Of the random numbers; the same seed gives the same draws on any number of workers.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total, what) between chunks of work; raising `Cancelled` in it stops.

    Returns
    -------
    Estimates
        By stratum, or by the levels of `by`.

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, or not together.
    """
    answer = answered(data, model, interval, by=by, level=level, seed=seed, workers=workers, progress=progress)
    with threadpool_limits(limits=1):
        answer = replace(answer, beside=set_beside(answer.fits[0]))
        return _with_inflation(answer, threads(workers))


def answered(
    data: CaptureTable | Records,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """The number, its interval and what the reader must know of it, as `estimate` gives them, and nothing beside it.

    For simulations, which ask for thousands of answers and read only the number: without other models beside it, and
    without how much wider the interval is than with the model held fixed.

    Parameters
    ----------
    data, model, interval, by, level, seed, workers, progress
        As in `estimate`.

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, or not together.
    """
    table, chosen = usable(data, model)
    asked = parse(interval, INTERVALS) if isinstance(interval, str) else interval
    check_settings(level, seed, workers)
    names = None if by is None else tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    for name in names or ():
        table.axis(name)  # a name that is no covariate is told before the work, not after it
    chosen = pooling(table, chosen)
    with threadpool_limits(limits=1):  # replicates run side by side; the algebra inside each is small
        fit = chosen.fit(table, seed=seed)
        how = asked or (Bootstrap() if fit.draws is None else Posterior())
        answer = _answer(fit, how, level=level, seed=seed)
        if isinstance(how, Posterior):
            answer = _with_posterior(answer, fit)
        elif isinstance(how, Bootstrap | Mixture):
            answer = _with_replicates(answer, chosen, fit, how, names, threads(workers), progress)
        elif isinstance(how, Profile) and names is not None:
            answer = replace(answer.by(*names), bounds=_bounds(fit, how, level, names))
        else:
            answer = replace(answer, bounds=_bounds(fit, how, level, None))
    if names is not None:
        answer = answer.by(*names)
    found = by_severity([*answer.findings, *_too_few(how, answer.nominal)])
    return replace(answer, findings=found).with_draw_findings()


def _answer(fit: Fit, how: Interval, *, level: float, seed: int) -> Estimates:
    """The estimates without their draws or bounds, and without what stands beside them."""
    observed = np.asarray(fit.observed, dtype=float)
    known = np.isin(fit.verdict, (verdicts.ESTIMABLE, verdicts.ZERO))
    return Estimates(
        covariates=fit.data.covariates,
        observed=observed,
        unobserved=fit.unobserved,
        verdict=fit.verdict,
        at_least=observed + np.where(known, np.nan_to_num(fit.unobserved), 0.0),
        draws=None,
        level=level,
        interval=how,
        seed=seed,
        fits=(fit,),
        unit=fit.data.unit,
        name=fit.data.name,
        findings=(*fit.data.findings, *fit.findings),
    )


def _with_replicates(
    answer: Estimates,
    model: Model,
    fit: Fit,
    how: Bootstrap | Mixture,
    by: Sequence[str] | None,
    workers: int,
    progress: Progress | None,
) -> Estimates:
    if how.replicates < 1:
        raise ModelError("bad_replicates", replicates=how.replicates)
    if isinstance(how, Bootstrap) and how.limits == "calibrated":  # first: it takes longest, and may refuse
        found = calibrate(model, fit, how, level=answer.level, seed=answer.seed, workers=workers, progress=progress)
        answer = replace(answer, calibration=found, findings=(*answer.findings, *found.findings))
    keep = _Keep(None, 0)
    if by is not None and 8 * how.replicates * fit.data.strata > MAX_DRAWS_BYTES:
        answer, keep = answer.by(*by), _Keep(*group_of(fit.data.covariates, by))
    if isinstance(how, Bootstrap):
        replicates = bootstrap.run(model, fit, how, seed=answer.seed, workers=workers, progress=progress, keep=keep)
    else:
        replicates = run_mixture(fit, how, seed=answer.seed, workers=workers, progress=progress, keep=keep)
    answer = replace(
        answer,
        draws=replicates.observed + replicates.unobserved,
        selection=bootstrap.selection_of(replicates),
    )
    if isinstance(how, Bootstrap) and how.limits == "bca":
        values, weights = bootstrap.jackknife(model, fit, seed=answer.seed)
        if keep.groups is not None:
            values = sum_draws(values, keep.groups, keep.size)
        answer = replace(answer, jackknife=values, jackknife_weights=weights)
    return answer


def _with_posterior(answer: Estimates, fit: Fit) -> Estimates:
    if fit.draws is None:
        raise ModelError("interval_needs_posterior", model=fit.model.name)
    return replace(answer, draws=answer.observed + fit.draws)


def _with_inflation(answer: Estimates, workers: int) -> Estimates:
    """With how many times as wide the interval of the total is as with the model chosen on the data held fixed.

    Both on the same tables, the first `FIXED_REPLICATES`; not where nothing is selected or a width is not finite.
    """
    fit, how = answer.fits[0], answer.interval
    terms, margin = best_terms(fit), getattr(fit.model, "margin", None)
    if not isinstance(how, Bootstrap) or not fit.model.selects or terms is None or margin is None:
        return answer
    if answer.draws is None or answer.selection is None:
        return answer
    fewer = replace(how, replicates=min(how.replicates, FIXED_REPLICATES))
    columns = LogLinear(terms, margin=margin)
    kept = bootstrap.run(columns, fit, fewer, seed=answer.seed, workers=workers, progress=None, keep=_Keep(None, 0))
    fixed = _width(kept.observed + kept.unobserved, answer.level)
    free = _width(answer.draws[: fewer.replicates], answer.level)
    times = free / fixed if all(0 < width < math.inf for width in (fixed, free)) else None
    return replace(answer, selection=replace(answer.selection, inflation=times))


def _width(draws: Array, level: float) -> float:
    """How wide the interval of the total is, from ``(B, parts)`` draws."""
    total = sum_draws(draws, np.zeros(draws.shape[1], dtype=np.int64), 1)
    lower, upper = percentile_limits(total, level, np.zeros(1))[0].tolist()
    return float(upper - lower)


def _bounds(fit: Fit, how: Profile | LogNormal, level: float, by: Sequence[str] | None) -> Array:
    """Limits without draws: ``(strata, 2)``, or of the sums over `by` where these have a profile of their own."""
    if fit.draws is not None:
        raise ModelError("interval_of_posterior", interval=how.name, model=fit.model.name)
    if fit.model.selects:
        raise ModelError("interval_of_selected", interval=how.name, model=fit.model.name)
    if isinstance(how, LogNormal):
        return _log_normal(fit, level)
    covariates = fit.data.covariates
    return profile_bounds(fit, level, *group_of(covariates, [c.name for c in covariates] if by is None else by))


def _log_normal(fit: Fit, level: float) -> Array:
    """``n + f/c`` to ``n + f c`` with ``c = exp(z sqrt(log(1 + V/f^2)))`` (Chao 1987)."""
    if fit.variance is None:
        raise ModelError("interval_needs_one_table", interval="lognormal")
    dark, observed = fit.unobserved, np.asarray(fit.observed, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log1p(fit.variance / dark**2)))
        lower, upper = observed + dark / factor, observed + dark * factor
    known = (fit.verdict == verdicts.ESTIMABLE) & (dark > 0)
    empty = (fit.verdict == verdicts.ESTIMABLE) & (dark == 0)
    lower = np.where(known, lower, observed)
    upper = np.where(known, upper, np.where(empty, observed, np.inf))
    return np.stack([lower, upper], axis=1)


def _too_few(how: Interval, level: float) -> list[Finding]:
    """A stop where the replicates are too few for the limits to be what their level says."""
    needed = math.ceil(2 / (1 - level) - 1 - ROUNDING)
    if not isinstance(how, Bootstrap | Mixture) or how.replicates >= needed:
        return []
    return [
        Finding(code="few_replicates", severity="stop", values={"n": how.replicates, "level": level, "needed": needed})
    ]
