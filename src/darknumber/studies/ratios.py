"""How many times the registered number, over several years: the mean of the yearly ratios, or the ratio of the sums.

The two are not the same, and reports that say *the ratio over 2014 and 2015* mean now one, now the other. In the first
every year counts alike; in the second every registered person does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.publish import time_of
from darknumber.inference.spread import Spread
from darknumber.studies.printing_rates import describe_ratios


@dataclass(frozen=True, slots=True, kw_only=True)
class YearlyRatios:
    """Ratios of estimated to registered, by year and in both ways over the years; print it, or read its columns.

    Parameters
    ----------
    estimates
        The numbers by year, of the chosen years only.
    years
        These years.
    mean_of_ratios
        The mean of the yearly ratios, with limits: every year counts alike.
    ratio_of_sums
        The sum of the estimates over the sum of the registered, with limits: every registered person counts alike.
    """

    estimates: Estimates
    years: tuple[str, ...]
    mean_of_ratios: Spread
    ratio_of_sums: Spread

    def __str__(self) -> str:
        return describe_ratios(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """One row a year, then ``mean of ratios`` and ``ratio of sums``."""
        yearly = self.estimates.ratio()
        every = (yearly, self.mean_of_ratios, self.ratio_of_sums)
        return {
            "what": [*self.years, "mean of ratios", "ratio of sums"],
            **{
                name: np.concatenate([getattr(each, place) for each in every]).tolist()
                for name, place in (("ratio", "value"), ("lower", "lower"), ("upper", "upper"))
            },
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The ratios as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def yearly_ratios(estimates: Estimates, years: Sequence[str] = ()) -> YearlyRatios:
    """The ratios of chosen years, their mean, and the ratio of the sums, each with limits from the draws.

    Parameters
    ----------
    estimates
        Answers with a year.
    years
        The years; all recorded ones by default.

    Raises
    ------
    InputError
        No year in the answers, or one that is not there.
    ModelError
        The interval has no draws and does not add up.
    """
    time = time_of(estimates)
    if time is None:
        raise InputError("no_years", known=tuple(each.name for each in estimates.covariates))
    wanted = tuple(str(year) for year in years)
    unknown = [year for year in wanted if year not in time.recorded]
    if unknown:
        raise InputError("unknown_level", name=time.name, level=unknown[0], known=time.recorded)
    chosen = tuple(year for year in time.recorded if not wanted or year in wanted)
    yearly = _only(estimates.by(time.name), time.name, chosen)
    return YearlyRatios(
        estimates=yearly,
        years=chosen,
        mean_of_ratios=_in_ratios(yearly).mean(time.name, chosen).ratio(),
        ratio_of_sums=yearly.mean(time.name, chosen).ratio(),
    )


def _only(yearly: Estimates, name: str, years: Sequence[str]) -> Estimates:
    """The figures of these years."""
    (covariate,) = yearly.covariates
    places = [covariate.levels.index(year) for year in years]
    values = None if covariate.values is None else tuple(covariate.values[place] for place in places)
    return replace(
        yearly,
        covariates=(replace(covariate, name=name, levels=tuple(years), values=values),),
        observed=yearly.observed[places],
        unobserved=yearly.unobserved[places],
        verdict=yearly.verdict[places],
        at_least=yearly.at_least[places],
        draws=None if yearly.draws is None else yearly.draws[:, places],
        jackknife=None if yearly.jackknife is None else yearly.jackknife[:, places],
        bounds=None if yearly.bounds is None else yearly.bounds[places],
    )


def _in_ratios(yearly: Estimates) -> Estimates:
    """The same answer counted in each year's registered number, so that its mean is the mean of the ratios."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = 1 / yearly.observed
        return replace(
            yearly,
            observed=yearly.observed * each,
            unobserved=yearly.unobserved * each,
            at_least=yearly.at_least * each,
            draws=None if yearly.draws is None else yearly.draws * each,
            jackknife=None if yearly.jackknife is None else yearly.jackknife * each,
        )
