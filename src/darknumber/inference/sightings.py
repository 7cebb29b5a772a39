"""Answers from repeated sightings on one list: fit, bootstrap of the whole fit, or limits from the variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from darknumber.data.frequencies import Frequencies
from darknumber.data.groups import group_of
from darknumber.errors import ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import check_settings, threads
from darknumber.inference.bootstrap import CHUNK_CELLS, Law, Progress, draw, in_order, observed_law, selection_of
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, Bootstrap, Interval, LogNormal
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import sum_draws
from darknumber.models import MODELS, OF_SIGHTINGS, Model, Replicates
from darknumber.models.base import fixed, stack
from darknumber.models.best_law import BestLaw, OfSightings, choose
from darknumber.models.sighting_rates import Setup, law_of_seen, make_setup, solve
from darknumber.models.sightings import Seen
from darknumber.models.text import parse

Array = NDArray[np.float64]

TAIL = 1e-9  # of people seen, beyond the highest number of sightings that a parametric replicate can have
LONGEST = 400  # numbers of sightings at most in such a replicate; a law with a longer tail is cut there
PIECE = (50, 250)  # replicates at a time, so that progress is told; more of small tables, whose time is overhead
PIECE_CELLS = 20_000  # of tables that are neither


def asks_sightings(model: Model | OfSightings | str | None) -> bool:
    """Whether a model takes how often people are on one list."""
    if isinstance(model, str):
        return model.strip().partition("(")[0].strip() in OF_SIGHTINGS
    return isinstance(model, OfSightings)


def rows_at_once(groups: Sequence[Sequence[str]], interval: str) -> tuple[str, ...] | None:
    """The covariates to answer by where limits do not add up: the one group asked for, or none for the total.

    Raises
    ------
    ModelError
        Several groups, each of which would need limits of its own.
    """
    if not interval or not isinstance(parse(interval, INTERVALS), LogNormal):
        return None
    if len(groups) > 1:
        raise ModelError("bounds_do_not_add", interval=LogNormal.name)
    return tuple(groups[0]) if groups else ()


def sightings_answer(
    data: Frequencies,
    model: OfSightings | Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """How many people there are, from how often each was seen; without what other laws would say beside it.

    Parameters
    ----------
    data
        How often people are on one list.
    model
        A `Sightings` or `BestLaw`, its text, or None for the law that fits best, with every covariate by itself.
    interval
        `Bootstrap`, the default: ``observed`` draws how many people are seen and how often from the data, and
        ``parametric`` both from the law; the model is fitted again to each, and a law that the data chose chosen again.
        Or `LogNormal`, of a law that was named, from the variance of the estimator; its limits are those of the rows
        asked for with `by`, and an empty `by` is the total.
    by, level, seed, workers, progress
        As in `darknumber.estimate`.

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, or not together.
    """
    chosen = model_of_sightings(model)
    how = parse(interval, INTERVALS) if isinstance(interval, str) else interval or Bootstrap()
    if not isinstance(how, Bootstrap | LogNormal) or (isinstance(how, Bootstrap) and how.limits != "percentile"):
        raise ModelError("interval_not_of_sightings", interval=how.name)
    if isinstance(how, Bootstrap) and how.replicates < 1:
        raise ModelError("bad_replicates", replicates=how.replicates)
    if isinstance(chosen, BestLaw):
        if isinstance(how, LogNormal):
            raise ModelError("interval_of_selected", interval=how.name, model=chosen.name)
        if how.law == "parametric":
            raise ModelError("parametric_selects", model=chosen.name)
    check_settings(level, seed, workers)
    names = None if by is None else tuple(dict.fromkeys((by,) if isinstance(by, str) else by))
    for name in names or ():
        data.axis(name)
    with threadpool_limits(limits=1):
        seen = chosen.fit_frequencies(data)
        answer = _answer(seen, how, level=level, seed=seed)
        if isinstance(how, Bootstrap):
            found = _replicates(seen, how, seed, threads(workers), progress)
            answer = replace(answer, draws=found.observed + found.unobserved, selection=selection_of(found))
            answer = answer if names is None else answer.by(*names)
        else:
            groups = group_of(data.covariates, [c.name for c in data.covariates] if names is None else names)
            answer = answer if names is None else answer.by(*names)
            answer = replace(answer, bounds=_log_normal(seen, *groups, level))
    return replace(answer, findings=by_severity([*answer.findings, *_too_few(how, level)])).with_draw_findings()


def model_of_sightings(model: OfSightings | Model | str | None) -> OfSightings:
    """The model that is meant; that of the law that fits best where none is.

    Raises
    ------
    ModelError
        Text that names no model, or a model of several lists.
    """
    several = isinstance(model, str) and model.strip().partition("(")[0].strip() in MODELS
    known: dict[str, Any] = {**MODELS, **OF_SIGHTINGS} if several else OF_SIGHTINGS
    chosen = parse(model, known) if isinstance(model, str) else model or BestLaw()
    if isinstance(chosen, OfSightings):
        return chosen
    raise ModelError("model_not_of_sightings", model=getattr(chosen, "name", str(chosen)), known=tuple(OF_SIGHTINGS))


def _answer(seen: Seen, how: Interval, *, level: float, seed: int) -> Estimates:
    fit = seen.fit
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


def _replicates(seen: Seen, how: Bootstrap, seed: int, workers: int, progress: Progress | None) -> Replicates:
    """The model fitted to tables drawn from the data, or from its law; the same on one worker or many."""
    setup, law = seen.setup, observed_law(seen.counts, seen.fit.unobserved)
    if how.law == "parametric":
        setup, law = _parametric(seen, law)
    shape = (seen.fit.data.strata, len(setup.times))

    def work(piece: range) -> Replicates:
        tables = np.stack([draw(law, shape, seed, b) for b in piece])
        if seen.setups:
            return choose(seen, tables)
        found = solve(setup, tables)
        return fixed(tables.sum(axis=2), found.unobserved, found.verdict)

    cells = shape[0] * shape[1]
    size = max(min(int(np.clip(PIECE_CELLS // cells, *PIECE)), CHUNK_CELLS // cells), 1)
    pieces = [range(first, min(first + size, how.replicates)) for first in range(0, how.replicates, size)]
    done: list[Replicates] = []
    for part in in_order(work, pieces, workers):
        done.append(part)
        if progress is not None:
            progress(sum(len(each.chosen) for each in done), how.replicates, "replicates")
    return stack(done)


def _parametric(seen: Seen, law: Law) -> tuple[Setup, Law]:
    """The same with the histories of the fitted law, whose numbers of sightings need not occur in the data.

    Raises
    ------
    ModelError
        A dark figure that is not finite, or a model without a law for everybody.
    """
    if not np.isfinite(seen.fit.unobserved).all():
        raise ModelError("parametric_not_finite")
    theta, people = seen.solved.maximum.theta[0], seen.counts.sum(axis=1)
    highest = int(seen.setup.times[-1])
    while True:
        times = np.arange(highest + 1)
        setup = make_setup(seen.setup.recipe, times, tuple(design[seen.setup.row] for design in seen.setup.designs))
        counts = np.zeros((len(people), len(times)))
        counts[:, seen.setup.times] = seen.counts
        share = law_of_seen(setup, theta, counts)
        if highest >= LONGEST or (1 - share[people > 0].sum(axis=1)).max() < TAIL:
            break
        highest = min(2 * highest, LONGEST)
    share = share[law.strata]
    return setup, replace(law, histories=share / share.sum(axis=1, keepdims=True))


def _log_normal(seen: Seen, groups: NDArray[np.int64], size: int, level: float) -> Array:
    """``(size, 2)`` ``n + f/c`` to ``n + f c`` for sums over strata, with ``c = exp(z sqrt(log(1 + V/f^2)))``."""
    fit = seen.fit
    observed = np.bincount(groups, weights=fit.observed, minlength=size)
    dark = sum_draws(fit.unobserved[None], groups, size)[0]
    member = (groups[:, None] == np.arange(size)).astype(float)
    variance = np.einsum("sg,st,tg->g", member, seen.spread, member)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log1p(variance / dark**2)))
        lower, upper = observed + dark / factor, observed + dark * factor
    known = np.isfinite(dark)
    lower = np.where(known & (dark > 0), lower, observed)
    upper = np.where(known & (dark > 0), upper, np.where(known, observed, np.inf))
    return np.stack([lower, upper], axis=1)


def _too_few(how: Interval, level: float) -> list[Finding]:
    """A stop where the replicates are too few for the limits to be what their level says."""
    needed = math.ceil(2 / (1 - level) - 1 - 1e-9)
    if not isinstance(how, Bootstrap) or how.replicates >= needed:
        return []
    values = {"n": how.replicates, "level": level, "needed": needed}
    return [Finding(code="few_replicates", severity="stop", values=values)]
