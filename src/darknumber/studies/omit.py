"""What if a list had not been there, or two of them had been one? (METHODS 2.2, item 8; F4)"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from darknumber.data.records import Records
from darknumber.data.reshape import merged_lists, merged_name, without_list
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import Part, check_settings, threads, usable
from darknumber.inference.bootstrap import Progress, in_order
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Interval
from darknumber.kernels import verdicts
from darknumber.models import Fit, Model
from darknumber.studies.asking import fitted, relisted, total_of
from darknumber.studies.findings_omit import moved, omission_findings
from darknumber.studies.printing_omit import describe_omission

FEWEST = 3  # lists: with one fewer there are still two that can overlap

Kind = Literal["all", "without", "merged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The answer with all lists, without one of them, or with two of them merged.

    Parameters
    ----------
    kind
        ``all``, ``without`` or ``merged``.
    lists
        The list left out, or the two that are merged.
    data
        The table it is fitted to.
    observed
        People on some list that is left.
    unobserved
        People on none of them; ``inf`` or ``nan`` where the verdict says so, ``nan`` where nothing was fitted.
    verdict
        A code of `darknumber.kernels.verdicts`.
    factor
        The estimate as a multiple of that with all lists; ``nan`` where one of them is not a number.
    dropped
        Terms of the model that cannot be told from the dark figure with the lists that are left.
    near
        The lowest and the highest estimate of the models that fit almost as well, where a search listed them; else
        None.
    answer
        With its interval, where one was asked for.
    failure
        Why the model could not be fitted, or None.
    """

    kind: Kind
    lists: tuple[str, ...]
    data: CaptureTable
    observed: int
    unobserved: float
    verdict: int
    factor: float = math.nan
    dropped: tuple[str, ...] = ()
    near: tuple[float, float] | None = None
    answer: Estimates | None = None
    failure: InputError | ModelError | None = None

    @property
    def estimate(self) -> float:
        """Observed plus unobserved."""
        return self.observed + self.unobserved

    @property
    def height(self) -> float:
        """Where it stands among the estimates: without a number it is above all others."""
        return math.inf if math.isnan(self.estimate) else self.estimate

    @property
    def shift(self) -> float:
        """How far it is from the answer with all lists: the log of the factor, ``inf`` where there is no number."""
        return abs(math.log(self.factor)) if 0 < self.factor < math.inf else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """How far the answer moves when a list is left out or two are merged; print it, or read its columns.

    Parameters
    ----------
    model
        What was fitted every time, before lists were taken out of its terms.
    variants
        With all lists, without each, and with each pair merged, in the order of the table.
    level, seed
        Of the intervals, where there are any.
    findings
        What the reader must know; worst first.
    """

    model: Model
    variants: tuple[Variant, ...]
    level: float
    seed: int
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_omission(self)

    __repr__ = __str__

    @property
    def everything(self) -> Variant:
        """The answer with all lists."""
        return self.variants[0]

    @property
    def without(self) -> tuple[Variant, ...]:
        """The answers without one list."""
        return tuple(variant for variant in self.variants if variant.kind == "without")

    @property
    def merged(self) -> tuple[Variant, ...]:
        """The answers with two lists merged."""
        return tuple(variant for variant in self.variants if variant.kind == "merged")

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest finite estimate without one list; None where there is none."""
        known = [variant.estimate for variant in self.without if math.isfinite(variant.estimate)]
        return (min(known), max(known)) if known else None

    @property
    def movers(self) -> tuple[Variant, ...]:
        """The answers without one list that differ by more than a factor `SENSITIVE` from that with all."""
        return tuple(row for row in self.without if row.failure is None and moved(row))

    @property
    def most(self) -> Variant:
        """The list whose leaving out moves the answer most."""
        return max(self.without, key=lambda variant: variant.shift)

    def columns(self) -> dict[str, list[Any]]:
        """One row a variant; limits only where an interval was asked for."""
        rows = self.variants
        table: dict[str, list[Any]] = {
            "kind": [row.kind for row in rows],
            "lists": [" + ".join(row.lists) for row in rows],
            "observed": [row.observed for row in rows],
            "unobserved": [row.unobserved for row in rows],
            "estimate": [row.estimate for row in rows],
            "factor": [row.factor for row in rows],
            "verdict": [verdicts.NAMES[row.verdict] for row in rows],
        }
        if any(row.answer is not None for row in rows):
            limits = [(math.nan, math.nan) if row.answer is None else row.answer.limits[0] for row in rows]
            table |= {"lower": [float(lower) for lower, _ in limits], "upper": [float(upper) for _, upper in limits]}
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The variants as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A variant before it is fitted."""

    kind: Kind
    lists: tuple[str, ...]
    data: CaptureTable
    model: Model
    dropped: tuple[str, ...] = ()


def omit(
    data: CaptureTable | Records,
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Omission:
    """Estimate without each list, and with each pair of lists merged.

    The population does not change: who was only on a list that is left out is then on none. So an answer that rests on
    one list moves when that list goes. A list that is gone is taken out of the terms of the model.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    model
        A model, its text, or None for `default_model`; the same for all variants.
    interval
        By default none: only estimates and their verdicts. `Bootstrap` and the like, or its text, for intervals.
    level, seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what); raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Fewer than three lists, or data or a model that cannot be used with all lists.
    """
    check_settings(level, seed, workers)
    table, chosen = usable(data, model)
    if len(table.lists) < FEWEST:
        raise InputError("too_few_lists_to_omit", n=len(table.lists), needed=FEWEST)
    plans = list(_plans(table, chosen))
    # Without an interval the variants run side by side; with one, the replicates of each do.
    outer, inner = (threads(workers), 1) if interval is None else (1, workers)

    def work(place: int) -> Variant:
        shown = Part(progress, place, len(plans)) if progress is not None else None
        return _fitted(plans[place], interval, level=level, seed=seed, workers=inner, progress=shown)

    found: list[Variant] = []
    with threadpool_limits(limits=1):  # the algebra inside each fit is small
        for variant in in_order(work, range(len(plans)), outer):
            if variant.kind == "all" and variant.failure is not None:
                raise variant.failure
            found.append(_against(variant, found[0] if found else variant))
            if progress is not None and interval is None:
                progress(len(found), len(plans), "omit")
    return Omission(
        model=chosen,
        variants=tuple(found),
        level=level,
        seed=seed,
        findings=by_severity([*omission_findings(found, table), *table.findings]),
    )


def _plans(table: CaptureTable, model: Model) -> Iterator[_Plan]:
    """What is to be fitted: all lists first."""
    yield _Plan(kind="all", lists=(), data=table, model=model)
    for name in table.lists:
        yield _plan("without", (name,), without_list(table, name), model, {name: None})
    for one, other in combinations(table.lists, 2):
        together = merged_name(one, other)
        merged = merged_lists(table, one, other)
        yield _plan("merged", (one, other), merged, model, {one: together, other: together})


def _plan(
    kind: Kind, lists: tuple[str, ...], data: CaptureTable, model: Model, renamed: Mapping[str, str | None]
) -> _Plan:
    changed, dropped = relisted(model, renamed, data.lists)
    return _Plan(kind=kind, lists=lists, data=data, model=changed, dropped=dropped)


def _fitted(
    plan: _Plan,
    interval: Interval | str | None,
    *,
    level: float,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> Variant:
    """The answer to one plan; a model that cannot take those lists is told with it."""
    answer: Estimates | None = None
    failure: InputError | ModelError | None = None
    dark, verdict, near = math.nan, verdicts.NOT_IDENTIFIED, None
    try:
        if interval is None:
            fit = fitted(plan.data, plan.model, seed)
        else:
            answer = estimate(
                plan.data, plan.model, interval, by=(), level=level, seed=seed, workers=workers, progress=progress
            )
            fit = answer.fits[0]
        (dark, verdict), near = total_of(fit), _near(fit)
    except (InputError, ModelError) as error:
        failure = error
    return Variant(
        kind=plan.kind,
        lists=plan.lists,
        data=plan.data,
        observed=int(plan.data.count.sum()),
        unobserved=dark,
        verdict=verdict,
        dropped=plan.dropped,
        near=near,
        answer=answer,
        failure=failure,
    )


def _near(fit: Fit) -> tuple[float, float] | None:
    """The ends of the estimates of the models close to the best; None where nobody listed these."""
    candidates = fit.candidates
    if candidates is None or not candidates.exact:
        return None
    estimates = float(fit.data.observed.sum()) + candidates.unobserved[candidates.near]
    if np.isnan(estimates).any():
        return None
    return float(estimates.min()), float(estimates.max())


def _against(variant: Variant, everything: Variant) -> Variant:
    """The variant with its estimate as a multiple of that with all lists."""
    if not math.isfinite(everything.estimate) or math.isnan(variant.estimate):
        return variant
    return replace(variant, factor=variant.estimate / everything.estimate)
