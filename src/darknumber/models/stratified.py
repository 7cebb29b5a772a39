"""A model for each level of some covariates: every stratum on its own, or one selection for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, Severity
from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership
from darknumber.models.base import (
    KINDS,
    Again,
    Fit,
    Forgets,
    LeavesOut,
    LeftOut,
    Model,
    Replicates,
    check_supports,
    fixed,
    refitted,
    settled,
    shares,
)
from darknumber.models.log_linear import left_out
from darknumber.models.options import check_options
from darknumber.models.selection import Search, Stepwise

Array = NDArray[np.float64]
Number = TypeVar("Number", int, float)

_STREAM = 0x73747261  # keeps these streams apart from other uses of the same seed
_OF_VERDICTS = frozenset(f"whole_{name}" for _, name in KINDS)  # what a part says of its verdict; told by name instead


@dataclass(frozen=True, slots=True)
class Stratified:
    """Fit a model separately in every stratum of `by`.

    Parameters
    ----------
    model
        What is fitted in each stratum.
    by
        The covariates that make the strata, such as ``("year",)``.
    select
        ``each``: every stratum chooses its own model. ``joint``: one selection for all, by the sum of their criteria,
        with parameters of their own; for a `Stepwise` model.
    """

    name: ClassVar[str] = "stratified"
    source: ClassVar[str] = "Bishop, Fienberg & Holland 1975"
    model: Model = field(default_factory=Stepwise)
    by: tuple[str, ...] = ("year",)
    select: Literal["each", "joint"] = "each"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def supports(self) -> frozenset[str]:
        """What the model inside supports, and covariates."""
        return self.model.supports | {"covariates"}

    @property
    def assumes(self) -> tuple[str, ...]:
        """The assumptions of the model inside, in each stratum."""
        return self.model.assumes

    @property
    def selects(self) -> bool:
        """Whether the model inside selects."""
        return self.model.selects

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Fit every stratum; `Fit.parts` holds their fits (``each``)."""
        check_supports(self, data)
        if self.select == "joint":
            found = self._search(data).fit()
            return replace(found, model=self, active=self._active(data, [found]))
        parts: list[Fit] = []
        places: list[NDArray[np.int64]] = []
        labels: list[str] = []
        unobserved = np.zeros(data.strata)
        ascertainment = np.ones(data.strata)
        verdict = np.full(data.strata, verdicts.ESTIMABLE, dtype=np.int8)
        probabilities = shares(data.dense())  # without a model, those on a list are known and no others
        for label, strata in self._strata(data):
            part = _part(data, strata, self.by)
            fit = None if part is None else self._fit_part(data, part, seed)
            if part is None or fit is None:
                alone = data.observed[strata] > 0
                verdict[strata] = np.where(alone, verdicts.NOT_IDENTIFIED, verdicts.ESTIMABLE)
                unobserved[strata] = np.where(alone, np.nan, 0.0)
                ascertainment[strata] = np.where(alone, np.nan, 1.0)
                continue
            parts.append(fit)
            places.append(strata)
            labels.append(label)
            unobserved[strata], verdict[strata] = fit.unobserved, fit.verdict
            probabilities[strata] = 0.0
            probabilities[np.ix_(strata, _cells(data, part))] = fit.probabilities
            ascertainment[strata] = fit.ascertainment
        return Fit(
            model=self,
            data=data,
            unobserved=unobserved,
            verdict=verdict,
            probabilities=probabilities,
            ascertainment=ascertainment,
            active=self._active(data, parts),
            parameters=_whole([part.parameters for part in parts]),
            log_likelihood=_whole([part.log_likelihood for part in parts]),
            deviance=_whole([part.deviance for part in parts]),
            variance=_in_place(data, places, [part.variance for part in parts]),
            parts=tuple(parts),
            places=tuple(places),
            draws=_draws_in_place(unobserved, places, parts, seed),
            findings=(*self._findings(data, verdict), *_said_by_parts(labels, parts)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Refit ``(B, strata, 2**K)`` counts, stratum by stratum or jointly."""
        return self._again(fit, counts, refitted)

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """As `refit`, each stratum as the model inside settles it."""
        return self._again(fit, counts, settled)

    def _again(self, fit: Fit, counts: Array, again: Again) -> Replicates:
        if self.select == "joint":
            return self._search(fit.data).refit(counts)
        observed = counts.sum(axis=2)
        unobserved = np.zeros(observed.shape)
        verdict = np.full(observed.shape, verdicts.ESTIMABLE, dtype=np.int8)
        left = np.ones(fit.data.strata, dtype=bool)
        for strata, part in zip(fit.places, fit.parts, strict=True):
            left[strata] = False
            own = counts[:, strata][:, :, _cells(fit.data, part.data)]
            found = again(self._inner(fit.data, part.data), part, own)
            unobserved[:, strata], verdict[:, strata] = found.unobserved, found.verdict
        alone = observed[:, left] > 0
        verdict[:, left] = np.where(alone, verdicts.NOT_IDENTIFIED, verdicts.ESTIMABLE)
        unobserved[:, left] = np.where(alone, np.nan, 0.0)
        return fixed(observed, unobserved, verdict)

    def refit_without(self, fit: Fit, absent: NDArray[np.bool_]) -> LeftOut:
        """Every stratum anew, leaving cells out; where a part cannot, its dark figure is not identified.

        Raises
        ------
        ModelError
            The model inside cannot leave cells out.
        """
        if self.select == "joint":
            return left_out(self._search(fit.data, cells).without_cells() for cells in absent)
        shape = (len(absent), fit.data.strata)
        unobserved, verdict = np.full(shape, np.nan), np.full(shape, verdicts.NOT_IDENTIFIED, dtype=np.int8)
        predicted = np.zeros(absent.shape)
        for strata, part in zip(fit.places, fit.parts, strict=True):
            inner = part.model
            if not isinstance(inner, LeavesOut):
                raise ModelError("cannot_leave_out", model=inner.name)
            cells = _cells(fit.data, part.data)
            found = inner.refit_without(part, absent[:, strata][:, :, cells])
            unobserved[:, strata], verdict[:, strata] = found.unobserved, found.verdict
            predicted[np.ix_(np.arange(len(absent)), strata, cells)] = found.predicted
        return LeftOut(unobserved=unobserved, verdict=verdict, predicted=predicted)

    def without(self, names: Sequence[str]) -> Model:
        """The same model for a table without the covariates `names`."""
        inner = self.model.without(names) if isinstance(self.model, Forgets) else self.model
        by = tuple(name for name in self.by if name not in names)
        return replace(self, model=inner, by=by) if by else inner

    def _findings(self, data: CaptureTable, verdict: NDArray[np.int8]) -> tuple[Finding, ...]:
        """Which strata have no finite estimate, by name."""
        found = []
        for code, name in KINDS:
            labels = [label for label, strata in self._strata(data) if (verdict[strata] == code).any()]
            severity: Severity = "caution" if code == verdicts.ZERO else "stop"
            if labels:
                found.append(Finding(code=f"parts_{name}", severity=severity, values={"names": tuple(labels)}))
        return tuple(found)

    def _active(self, data: CaptureTable, fits: Sequence[Fit]) -> tuple[str, ...]:
        """The covariates of `by`, and those that are active inside."""
        inside = {name for fit in fits for name in fit.active}
        return tuple(covariate.name for covariate in data.covariates if covariate.name in inside | {*self.by})

    def _inner(self, data: CaptureTable, part: CaptureTable) -> Model:
        """The model inside, for a part without the covariates of `by` and without the lists that nobody in it is on."""
        names = (*self.by, *(name for name in data.lists if name not in part.lists))
        return self.model.without(names) if isinstance(self.model, Forgets) else self.model

    def _fit_part(self, data: CaptureTable, part: CaptureTable, seed: int) -> Fit | None:
        """The fit of one part; None where a term now holds all its lists, so that it says nothing about the unseen."""
        try:
            return self._inner(data, part).fit(part, seed=seed)
        except ModelError as error:
            if error.code == "term_of_all_lists" and len(part.lists) < len(data.lists):
                return None
            raise

    def _search(self, data: CaptureTable, absent: NDArray[np.bool_] | None = None) -> Search:
        inner = self._inner(data, data)
        if not isinstance(inner, Stepwise):
            raise ModelError("joint_needs_stepwise", model=self.model.name)
        return Search(inner, data, split=self.by, absent=absent)

    def _strata(self, data: CaptureTable) -> list[tuple[str, NDArray[np.int64]]]:
        """A label and the stratum numbers for every combination of levels of `by`, in order."""
        covariates = [data.covariates[data.axis(name)] for name in self.by]
        part, size = group_of(data.covariates, self.by)
        shape = [len(covariate.levels) for covariate in covariates]
        labels = []
        for number in range(size):
            places = np.unravel_index(number, shape)
            labels.append(" / ".join(c.levels[place] for c, place in zip(covariates, places, strict=True)))
        return [(label, np.flatnonzero(part == number)) for number, label in enumerate(labels)]


def _part(data: CaptureTable, strata: NDArray[np.int64], by: Sequence[str]) -> CaptureTable | None:
    """The table of some strata without the covariates of `by`; None where nobody, or only one list, is left."""
    axes = [data.axis(name) for name in by]
    part = data
    for name, axis in zip(by, axes, strict=True):
        level = data.covariates[axis].levels[np.unravel_index(int(strata[0]), data.shape)[axis]]
        try:
            part = part.select(name, [level])
        except InputError:
            return None
    return part.pool(by)


def _cells(data: CaptureTable, part: CaptureTable) -> NDArray[np.int64]:
    """``(2**k,)`` the history in `data` of every history of a part that may have fewer lists."""
    places = np.array([data.lists.index(name) for name in part.lists], dtype=np.int64)
    histories = np.arange(1 << len(part.lists))
    return membership(histories, len(part.lists)).astype(np.int64) @ (1 << places)


def _in_place(data: CaptureTable, places: Sequence[NDArray[np.int64]], values: Sequence[Array | None]) -> Array | None:
    """Values of all strata from those of the parts; None unless every part has them and no stratum is left."""
    if sum(map(len, places)) != data.strata:
        return None
    result = np.empty(data.strata)
    for where, value in zip(places, values, strict=True):
        if value is None:
            return None
        result[where] = value
    return result


def _draws_in_place(
    unobserved: Array, places: Sequence[NDArray[np.int64]], parts: Sequence[Fit], seed: int
) -> Array | None:
    """``(draws, strata)`` posterior draws from those of the parts; None unless all of them have draws.

    The parts are independent but were drawn with the same random numbers, so each is put in an order of its own. A
    stratum without a part has no draws: its dark figure stands in all of them.
    """
    drawn = [part.draws for part in parts if part.draws is not None]
    if not drawn or len(drawn) < len(parts):
        return None
    result = np.tile(unobserved, (len(drawn[0]), 1))
    for number, (where, draws) in enumerate(zip(places, drawn, strict=True)):
        key = np.array([seed, (_STREAM << 32) | number], dtype=np.uint64)
        result[:, where] = np.random.Generator(np.random.Philox(key=key)).permutation(draws)
    return result


def _said_by_parts(labels: Sequence[str], parts: Sequence[Fit]) -> tuple[Finding, ...]:
    """What all parts say alike, once; and which parts have a caution of their own."""
    own = [[finding for finding in part.findings if finding.code not in _OF_VERDICTS] for part in parts]
    common = [finding for finding in own[0] if all(finding in other for other in own)] if own else []
    look = tuple(
        label
        for label, findings in zip(labels, own, strict=True)
        if any(finding.severity != "note" and finding not in common for finding in findings)
    )
    said = [Finding(code="parts_look", severity="caution", values={"names": look})] if look else []
    return (*common, *said)


def _whole(values: Sequence[Number | None]) -> Number | None:
    """The sum, where every part has a value."""
    known = [value for value in values if value is not None]
    return sum(known[1:], start=known[0]) if known and len(known) == len(values) else None
