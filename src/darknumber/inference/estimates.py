"""A number with its doubt: what `estimate` returns, and what can be asked of it.

Everything is a function of the draws, taken draw by draw: totals, subgroups, years, shares, ratios, changes. What has
no draws (profile and log-normal limits) does not add up over strata, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import NOT_RECORDED, Covariate, Unit
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.bootstrap import Selection
from darknumber.inference.calibrate import Calibration
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Interval, Posterior
from darknumber.inference.printing import describe
from darknumber.inference.spread import Change, Spread, draw_findings, two_sided
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import bca_limits, percentile_limits, share_out, sum_draws
from darknumber.models.base import Candidates, Fit

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Population size by stratum, with everything needed to sum, compare and publish it.

    Parameters
    ----------
    covariates
        What the strata are; empty for a single total. The last covariate changes fastest.
    observed
        ``(strata,)`` people on some list.
    unobserved
        ``(strata,)`` people on no list (the dark figure); ``inf`` or ``nan`` where the verdict says so.
    verdict
        ``(strata,)`` codes of `darknumber.kernels.verdicts`.
    at_least
        ``(strata,)`` people in the parts that are estimable: a floor where the sum is not.
    draws
        ``(B, strata)`` bootstrap or posterior draws of the population size, or None.
    jackknife, jackknife_weights
        ``(J, strata)`` and ``(J,)``, only where BCa limits were asked for.
    bounds
        ``(strata, 2)`` limits of an interval that has no draws.
    level
        Such as 0.95.
    interval, seed
        How the draws were made.
    fits
        The fitted model, and its parts.
    selection
        What the replicates chose, or None.
    calibration
        Of calibrated limits: the nominal level, and how often it covers; else None.
    beside
        The models close to the best under the other assumption: with terms of every order where the model allows pairs
        of lists only, with pairs where it allows more; None where that is not looked at.
    unit, name
        What one count is, and what the data are called.
    averaged
        ``(covariate, level, level, ...)`` where the figures are means over those levels.
    """

    covariates: tuple[Covariate, ...]
    observed: Array
    unobserved: Array
    verdict: NDArray[np.int8]
    at_least: Array
    draws: Array | None
    level: float
    interval: Interval
    seed: int
    fits: tuple[Fit, ...]
    unit: Unit
    name: str = ""
    jackknife: Array | None = None
    jackknife_weights: Array | None = None
    bounds: Array | None = None
    selection: Selection | None = None
    calibration: Calibration | None = None
    beside: Candidates | None = None
    findings: tuple[Finding, ...] = ()
    averaged: tuple[str, ...] = ()

    @property
    def estimate(self) -> Array:
        """``(strata,)`` population size: observed plus unobserved."""
        return self.observed + self.unobserved

    @property
    def nominal(self) -> float:
        """The level of the percentiles that are the limits: another than asked for where they are calibrated."""
        return self.level if self.calibration is None else self.calibration.nominal

    @property
    def limits(self) -> Array:
        """``(strata, 2)`` lower and upper limit of the population size, never below the observed count."""
        if self.bounds is not None:
            return self.bounds
        assert self.draws is not None  # an Estimates has draws or bounds
        if self.jackknife is not None and self.jackknife_weights is not None:
            return bca_limits(
                self.draws, self.estimate, self.jackknife, self.jackknife_weights, self.level, self.observed
            )
        return percentile_limits(self.draws, self.nominal, self.observed)

    def __str__(self) -> str:
        return describe(self)

    __repr__ = __str__  # what a notebook shows is the answer, not its arrays

    @property
    def shape(self) -> tuple[int, ...]:
        """Levels of each covariate."""
        return tuple(len(covariate.levels) for covariate in self.covariates)

    def labels(self) -> list[tuple[str, ...]]:
        """The levels of each stratum, in order."""
        axes = np.unravel_index(np.arange(len(self.observed)), self.shape) if self.shape else ()
        return [
            tuple(c.levels[axis[row]] for c, axis in zip(self.covariates, axes, strict=True))
            for row in range(len(self.observed))
        ]

    def ratio(self) -> Spread:
        """How many times the registered number: N over the published n, with limits."""
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = (self.limits / self.observed[:, None]).T
            return Spread(value=self.estimate / self.observed, lower=lower, upper=upper)

    def share(self) -> Spread:
        """Each stratum's share of the total, draw by draw; infinite over infinite is not estimable."""
        everyone = sum_draws(self.estimate[None], np.zeros(len(self.observed), dtype=np.int64), 1)[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = self.estimate / everyone
        if self.draws is None:
            raise ModelError("no_draws", interval=self.interval.name)
        return two_sided(value, _over(self.draws, _total(self.draws)), self.level, lowest=0.0, highest=1.0)

    def by(self, *names: str, not_recorded: Literal["show", "allocate"] = "show") -> Estimates:
        """The answer for each level of `names`, summing over the other covariates.

        Parameters
        ----------
        not_recorded
            ``show`` keeps people without a value as a row; ``allocate`` shares them out over the recorded levels in
            proportion to these, draw by draw.

        Raises
        ------
        InputError
            A name that is no covariate.
        ModelError
            The interval has no draws and does not add up.
        """
        covariates = tuple(self._covariate(name) for name in dict.fromkeys(names))
        groups, size = group_of(self.covariates, [covariate.name for covariate in covariates])
        result = self if covariates == self.covariates else replace(self._grouped(groups, size), covariates=covariates)
        if not_recorded == "allocate":
            for covariate in covariates:
                result = result._allocated(covariate) if covariate.has_not_recorded else result
        return result

    def total(self) -> Estimates:
        """Everyone: the sum over all strata (person-years, where that is the unit)."""
        return self.by()

    def regroup(self, name: str, groups: Mapping[str, Sequence[str]]) -> Estimates:
        """The same answer with levels of covariate `name` put together.

        Parameters
        ----------
        groups
            The new levels in order, each with the old levels it holds; every old level in exactly one.

        Raises
        ------
        InputError
            An unknown covariate, or old levels that are unknown, left out or in two groups.
        """
        covariate = self._covariate(name)
        old = [level for levels in groups.values() for level in levels]
        if sorted(old) != sorted(covariate.levels):
            raise InputError("bad_groups", name=name, known=covariate.levels)
        axis = self.covariates.index(covariate)
        new = np.array([[level in levels for levels in groups.values()].index(True) for level in covariate.levels])
        coordinates = list(np.unravel_index(np.arange(len(self.observed)), self.shape))
        coordinates[axis] = new[coordinates[axis]]
        shape = (*self.shape[:axis], len(groups), *self.shape[axis + 1 :])
        merged = self._grouped(np.ravel_multi_index(coordinates, shape).astype(np.int64), int(np.prod(shape)))
        kept = Covariate(name=name, levels=tuple(groups))
        return replace(merged, covariates=(*self.covariates[:axis], kept, *self.covariates[axis + 1 :]))

    def select(self, **levels: str) -> Estimates:
        """Only the strata with these levels, such as ``select(year="2019", sex="female")``; those covariates go."""
        kept = np.ones(len(self.observed), dtype=bool)
        coordinates = np.unravel_index(np.arange(len(self.observed)), self.shape) if self.shape else ()
        for name, level in levels.items():
            covariate = self._covariate(name)
            if str(level) not in covariate.levels:
                raise InputError("unknown_level", name=name, level=str(level), known=covariate.levels)
            kept &= coordinates[self.covariates.index(covariate)] == covariate.levels.index(str(level))
        chosen = replace(
            self,
            covariates=tuple(c for c in self.covariates if c.name not in levels),
            observed=self.observed[kept],
            unobserved=self.unobserved[kept],
            verdict=self.verdict[kept],
            at_least=self.at_least[kept],
            draws=None if self.draws is None else self.draws[:, kept],
            jackknife=None if self.jackknife is None else self.jackknife[:, kept],
            bounds=None if self.bounds is None else self.bounds[kept],
        )
        return chosen.with_draw_findings()

    def mean(self, name: str, levels: Sequence[str]) -> Estimates:
        """The mean over chosen levels of a covariate, such as the annual mean over chosen years.

        The other covariates stay. Distinct people cannot be told from person-years, so for a register by year this, and
        not the sum, is the summary.
        """
        if not levels:
            raise InputError("no_levels", name=name)
        parts = [self.select(**{name: level}) for level in levels]
        groups = np.tile(np.arange(len(parts[0].observed)), len(parts))
        joined = replace(
            parts[0],
            observed=np.concatenate([part.observed for part in parts]),
            unobserved=np.concatenate([part.unobserved for part in parts]),
            verdict=np.concatenate([part.verdict for part in parts]),
            at_least=np.concatenate([part.at_least for part in parts]),
            draws=_joined(part.draws for part in parts),
            jackknife=_joined(part.jackknife for part in parts),
            bounds=None if self.bounds is None else np.concatenate([part.bounds for part in parts]),
        )
        summed = joined._grouped(groups, len(parts[0].observed))
        return replace(
            summed,
            observed=summed.observed / len(parts),
            unobserved=summed.unobserved / len(parts),
            at_least=summed.at_least / len(parts),
            draws=None if summed.draws is None else summed.draws / len(parts),
            jackknife=None if summed.jackknife is None else summed.jackknife / len(parts),
            averaged=(name, *levels),
        )

    def change(self, name: str, old: str, new: str) -> Change:
        """The change in the whole population from level `old` to level `new` of covariate `name`.

        Raises
        ------
        ModelError
            The interval has no draws, so that the two levels cannot be compared draw by draw.
        """
        levels = self.by(name)
        if levels.draws is None:
            raise ModelError("no_draws", interval=self.interval.name)
        first, second = levels.select(**{name: old}), levels.select(**{name: new})
        assert first.draws is not None
        assert second.draws is not None
        with np.errstate(invalid="ignore", divide="ignore"):
            differences = second.draws - first.draws
            ratios = second.draws / first.draws
            difference = second.estimate - first.estimate
            ratio = second.estimate / first.estimate
        known = ~np.isnan(differences)
        return Change(
            old=old,
            new=new,
            difference=two_sided(difference, differences, self.level),
            ratio=two_sided(ratio, ratios, self.level, lowest=0.0),
            probability_of_fall=float(np.mean(differences[known] < 0)) if known.any() else float("nan"),
        )

    def columns(self) -> dict[str, list[Any]]:
        """The table as plain columns: covariates, observed, unobserved, estimate, limits, ratios, verdict."""
        labels, limits, ratio = self.labels(), self.limits, self.ratio()
        table: dict[str, list[Any]] = {
            covariate.name: [label[axis] for label in labels] for axis, covariate in enumerate(self.covariates)
        }
        with np.errstate(invalid="ignore", divide="ignore"):
            ascertainment = self.observed / self.estimate
        numbers = {
            "observed": self.observed,
            "unobserved": self.unobserved,
            "estimate": self.estimate,
            "lower": limits[:, 0],
            "upper": limits[:, 1],
            "ratio": ratio.value,
            "ratio_lower": ratio.lower,
            "ratio_upper": ratio.upper,
            "ascertainment": ascertainment,
        }
        table |= {name: values.tolist() for name, values in numbers.items()}
        table["verdict"] = list(verdicts.names(self.verdict))
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The table as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)

    def with_draw_findings(self) -> Estimates:
        """The same answer with what its own draws say about its total."""
        kept = [finding for finding in self.findings if not finding.code.startswith(("replicates_", "draws_"))]
        what: Literal["draws", "replicates"] = "draws" if isinstance(self.interval, Posterior) else "replicates"
        found = () if self.draws is None else draw_findings(_total(self.draws)[:, 0], self.nominal, what)
        return replace(self, findings=by_severity([*kept, *found]))

    def _covariate(self, name: str) -> Covariate:
        for covariate in self.covariates:
            if covariate.name == name:
                return covariate
        raise InputError("unknown_covariate", name=name, known=tuple(covariate.name for covariate in self.covariates))

    def _grouped(self, groups: NDArray[np.int64], size: int) -> Estimates:
        """Sums over groups of strata."""
        if self.bounds is not None and size != len(self.observed):
            raise ModelError("bounds_do_not_add", interval=self.interval.name)
        return replace(
            self,
            observed=np.bincount(groups, weights=self.observed, minlength=size).astype(float),
            unobserved=sum_draws(self.unobserved[None], groups, size)[0],
            verdict=verdicts.of_sum(self.verdict, groups, size, self.observed > 0),
            at_least=np.bincount(groups, weights=self.at_least, minlength=size).astype(float),
            draws=None if self.draws is None else sum_draws(self.draws, groups, size),
            jackknife=None if self.jackknife is None else sum_draws(self.jackknife, groups, size),
            bounds=None if self.bounds is None else self.bounds[np.argsort(groups)],  # as many strata: another order
        )

    def _allocated(self, covariate: Covariate) -> Estimates:
        """People without a value of `covariate` shared out over its recorded levels."""
        if self.bounds is not None:
            raise ModelError("bounds_do_not_add", interval=self.interval.name)
        axis, shape, place = self.covariates.index(covariate), self.shape, covariate.levels.index(NOT_RECORDED)
        values = None if covariate.values is None else tuple(np.delete(covariate.values, place))
        kept = Covariate(name=covariate.name, levels=covariate.recorded, values=values)
        # The registered by the shares of the estimate, so that no level gets more of them than people.
        like = self.estimate.copy()
        rows = np.moveaxis(like.reshape(shape), axis, -1)
        unknown_rows = ~np.isfinite(rows).all(axis=-1)
        rows[unknown_rows] = np.moveaxis(self.observed.reshape(shape), axis, -1)[unknown_rows]
        observed = share_out(self.observed[None], shape, axis, place, like[None])[0]
        grid = np.moveaxis(self.verdict.reshape(shape), axis, -1)
        unknown = np.isin(grid[..., [place]], (verdicts.INFINITE, verdicts.NOT_IDENTIFIED))
        verdict = np.where(unknown, grid[..., [place]], np.delete(grid, place, axis=-1))
        return replace(
            self,
            covariates=(*self.covariates[:axis], kept, *self.covariates[axis + 1 :]),
            observed=observed,
            unobserved=share_out(self.estimate[None], shape, axis, place)[0] - observed,
            verdict=np.moveaxis(verdict, -1, axis).reshape(-1).astype(np.int8),
            at_least=share_out(self.at_least[None], shape, axis, place)[0],
            draws=None if self.draws is None else share_out(self.draws, shape, axis, place),
            jackknife=None if self.jackknife is None else share_out(self.jackknife, shape, axis, place),
        )


def _joined(parts: Any) -> Array | None:
    arrays = [part for part in parts if part is not None]
    return np.concatenate(arrays, axis=1) if arrays else None


def _total(draws: Array) -> Array:
    return sum_draws(draws, np.zeros(draws.shape[1], dtype=np.int64), 1)


def _over(part: Array, whole: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return part / whole
