"""Answers from people one by one: a model that takes their numbers, and the doubt by its influence function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.data.individuals import Individuals, individuals, number_columns
from darknumber.data.names import no_such
from darknumber.data.records import Records
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import check_settings, threads
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import OF_PEOPLE, Bootstrap, Influence, Interval, OfPeople
from darknumber.kernels import verdicts
from darknumber.kernels.influence import log_normal_draws
from darknumber.models import MODELS, DoublyRobust, Fit, Model
from darknumber.models.learners import Learner
from darknumber.models.text import parse

Array = NDArray[np.float64]

CHUNK = 8  # replicates between calls of `progress`, times workers
_STREAM = 0x70656F70  # keeps these streams apart from other uses of the same seed


def asks_people(model: Model | str | None) -> bool:
    """Whether a model takes people one by one where it can have them."""
    if isinstance(model, str):
        named = model.strip().partition("(")[0].strip()
        return isinstance(MODELS.get(named), DoublyRobust)
    return isinstance(model, DoublyRobust)


def people_estimate(
    records: Records,
    model: Model | str | None = None,
    interval: Interval | Influence | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
    learner: Learner | None = None,
) -> Estimates:
    """How many people there are, from what is known of each: `darknumber.estimate` for models that take people.

    Parameters
    ----------
    records
        Rows on people. Covariates that are numbers are taken as such, and make no strata; the others make them.
    model
        A `DoublyRobust`, its text, or None for one with its defaults.
    interval
        `Influence`, the default; or `Bootstrap`, which draws people anew and learns everything again.
    by, level, seed, workers, progress
        As in `darknumber.estimate`; groups are by covariates that are levels.
    learner
        Instead of the learner the model names: anything with ``fit`` and ``predict_proba``. It is copied, and not kept.

    Returns
    -------
    Estimates
        With draws by stratum, and nothing of any person.

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, or not together.
    """
    chosen = parse(model, MODELS) if isinstance(model, str) else model or DoublyRobust()
    if not isinstance(chosen, DoublyRobust):
        raise ModelError("model_needs_no_people", model=getattr(chosen, "name", str(chosen)))
    how = _usable(parse(interval, OF_PEOPLE) if isinstance(interval, str) else interval or Influence())
    check_settings(level, seed, workers)
    numbers = number_columns(records, chosen.numbers)
    groups = None if by is None else tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    for name in groups or ():
        if name in numbers:
            raise InputError("number_makes_no_groups", name=name)
        if name not in records.covariates:
            raise no_such("unknown_covariate", name, records.covariates)
    people = individuals(records, numbers)
    with threadpool_limits(limits=1):
        fit = chosen.fit_people(people, learner=learner, seed=seed)
        if isinstance(how, Bootstrap):
            draws = _replicates(chosen, people, fit, how, learner, seed, threads(workers), progress)
        else:
            draws = fit.observed + _draws(fit, how, seed)
    answer = _answer(fit, how, draws, level=level, seed=seed)
    if groups is not None:
        answer = answer.by(*groups)
    return replace(answer, findings=by_severity([*answer.findings, *_too_few(draws, level)])).with_draw_findings()


def _usable(how: Interval | Influence) -> OfPeople:
    """The interval, if it can be had of people one by one."""
    if not isinstance(how, Influence | Bootstrap) or (
        isinstance(how, Bootstrap) and (how.law == "parametric" or how.limits != "percentile")
    ):
        raise ModelError("interval_not_of_people", interval=how.name)
    wanted = how.replicates if isinstance(how, Bootstrap) else how.draws
    if wanted < 1:
        raise ModelError("bad_replicates", replicates=wanted)
    return how


def _answer(fit: Fit, how: OfPeople, draws: Array, *, level: float, seed: int) -> Estimates:
    observed = np.asarray(fit.observed, dtype=float)
    known = np.isin(fit.verdict, (verdicts.ESTIMABLE, verdicts.ZERO))
    return Estimates(
        covariates=fit.data.covariates,
        observed=observed,
        unobserved=fit.unobserved,
        verdict=fit.verdict,
        at_least=observed + np.where(known, np.nan_to_num(fit.unobserved), 0.0),
        draws=draws,
        level=level,
        interval=cast(Interval, how),  # what reads it asks for its name only
        seed=seed,
        fits=(fit,),
        unit=fit.data.unit,
        name=fit.data.name,
        findings=(*fit.data.findings, *fit.findings),
    )


def _draws(fit: Fit, how: Influence, seed: int) -> Array:
    """``(draws, strata)`` dark figures; strata are independent, as each person adds to one of them only."""
    known = fit.verdict == verdicts.ESTIMABLE
    spread = np.zeros(len(known)) if fit.variance is None else fit.variance
    dark, variance = (np.where(known, np.nan_to_num(each), 0.0) for each in (fit.unobserved, spread))
    normal = _stream(seed, 0).standard_normal((how.draws, len(dark)))
    drawn = log_normal_draws(dark, variance, normal) if how.scale == "log" else dark + np.sqrt(variance) * normal
    return np.where(known, drawn, fit.unobserved)


def _replicates(
    model: DoublyRobust,
    people: Individuals,
    fit: Fit,
    how: Bootstrap,
    learner: Learner | None,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Array:
    """``(B, strata)`` population sizes: people drawn anew within their stratum, of which the size stays the same."""
    observed = np.asarray(fit.observed, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        everyone = np.where(np.isfinite(fit.estimate), np.rint(np.nan_to_num(fit.estimate, posinf=0.0)), -1)
    members = [np.flatnonzero(people.stratum == stratum) for stratum in range(len(observed))]

    def one(number: int) -> Array:
        rng = _stream(seed, number + 1)
        weight = np.zeros(len(people.history))
        seen = np.zeros(len(observed))
        for stratum, (n, size) in enumerate(zip(observed, everyone, strict=True)):
            if n:
                seen[stratum] = rng.poisson(n) if size < 0 else rng.binomial(int(size), n / size)
                weight[members[stratum]] = rng.multinomial(int(seen[stratum]), np.full(n, 1 / n))
        dark, _ = model.refit_people(people, weight, learner=learner, seed=seed)
        return seen + dark

    found: list[Array] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for first in range(0, how.replicates, CHUNK * workers):
            found += pool.map(one, range(first, min(first + CHUNK * workers, how.replicates)))
            if progress is not None:
                progress(len(found), how.replicates, "replicates")
    return np.stack(found)


def _stream(seed: int, number: int) -> np.random.Generator:
    """The random numbers of one replicate."""
    counter = np.array([0, 0, 0, number], dtype=np.uint64)
    key = np.array([seed, _STREAM], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(counter=counter, key=key))


def _too_few(draws: Array, level: float) -> list[Finding]:
    """A stop where there are too few draws for the limits to be what their level says."""
    needed = math.ceil(2 / (1 - level) - 1 - 1e-9)
    if len(draws) >= needed:
        return []
    values = {"n": len(draws), "level": level, "needed": needed}
    return [Finding(code="few_replicates", severity="stop", values=values)]
