"""Registered and estimated victims per 100,000 residents, as SDG indicator 16.2.2 asks.

A rate is a number of people over a number of residents that is taken as known, so its limits are those of the number,
draw by draw, over the same residents. Over several years it is the annual mean over the mean number of residents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.residents import Residents
from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.errors import InputError
from darknumber.findings import Finding, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.publish import adds_up, time_of
from darknumber.inference.spread import Spread
from darknumber.studies.printing_rates import describe_rates

Array = NDArray[np.float64]

PER = 100_000  # residents, as indicator 16.2.2 has it
# What offices call people who were brought across a border: most of these are not residents.
CROSS_BORDER = frozenset({"cross-border", "cross border", "crossborder", "grensoverschrijdend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Registered and estimated people per so many residents; print it, or read its columns.

    Parameters
    ----------
    estimates
        The numbers, one stratum a row.
    residents
        ``(rows,)`` residents of each row; ``nan`` where the file has none, so that no rate is given.
    per
        Residents that a rate is for.
    years
        The years that the rates are the annual mean of; empty where every row has its own year or none.
    source
        What the file of residents is called.
    abroad
        The share of the estimated people who were brought across a border, all rows together; None where the data do
        not say so, or where there is no share of a number without an upper limit.
    findings
        What the reader must know; worst first.
    """

    estimates: Estimates
    residents: Array
    per: int
    years: tuple[str, ...]
    source: str
    abroad: Spread | None
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_rates(self)

    __repr__ = __str__

    @property
    def registered(self) -> Array:
        """``(rows,)`` registered people per so many residents."""
        rates: Array = self.estimates.observed / self.residents * self.per
        return rates

    @property
    def estimated(self) -> Spread:
        """Estimated people per so many residents, with limits."""
        lower, upper = (self.estimates.limits / self.residents[:, None] * self.per).T
        return Spread(value=self.estimates.estimate / self.residents * self.per, lower=lower, upper=upper)

    def columns(self) -> dict[str, list[Any]]:
        """One row a rate: levels, residents, registered and estimated people and rates, and the ratio."""
        numbers, rate = self.estimates.columns(), self.estimated
        kept = [each.name for each in self.estimates.covariates] + ["observed", "estimate", "lower", "upper"]
        table = {name: numbers[name] for name in kept}
        rates = {
            "residents": self.residents,
            "observed_rate": self.registered,
            "rate": rate.value,
            "rate_lower": rate.lower,
            "rate_upper": rate.upper,
        }
        table |= {name: values.tolist() for name, values in rates.items()}
        return table | {name: numbers[name] for name in ("ratio", "ratio_lower", "ratio_upper", "verdict")}

    def to_frame(self, backend: str | None = None) -> Any:
        """The rates as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def rates(
    estimates: Estimates,
    residents: Residents,
    *,
    by: Sequence[str] | None = None,
    years: Sequence[str] = (),
    per: int = PER,
    not_recorded: Literal["show", "allocate"] = "show",
) -> Rates:
    """Registered and estimated people per `per` residents, with limits.

    Residents are those with the same levels of what both know, such as the year, sex and age. By a covariate that the
    residents are not split by, such as the form of exploitation, every row is over the same residents.

    Parameters
    ----------
    estimates
        The answers, by covariates that may be more than those of `by`.
    residents
        The numbers of residents; see `darknumber.data.residents.read_residents`.
    by
        The covariates that make the rows; by default the year, where there is one. Without the year the rate is the
        annual mean.
    years
        The years of that mean, or of the residents where the estimates know no year; by default all.
    per
        Residents that a rate is for.
    not_recorded
        As in `Estimates.by`: people without a value in a row of their own, which has no rate, or shared out.

    Raises
    ------
    InputError
        A name that is no covariate, years that are not there, residents by a covariate that may be the same under
        another name, or residents of several years where the estimates do not say which.
    ModelError
        The interval has no draws and does not add up.
    """
    if not per >= 1:
        raise InputError("bad_per", per=per)
    time, names = time_of(estimates), _names(estimates, by)
    chosen = _years(estimates, residents, years)
    _check_names(estimates, residents, names)
    if time is None or time.name in names:
        rows = estimates.by(*names, not_recorded=not_recorded)
        own = chosen if time is None else ()
    else:
        rows = estimates.by(time.name, *names, not_recorded=not_recorded).mean(time.name, chosen)
        own = chosen
    people = np.array([_residents(residents, rows.covariates, levels, time, own) for levels in rows.labels() or [()]])
    abroad = _abroad(estimates, time, chosen)
    found = [
        *_unmatched(rows, residents, people, time),
        *_same_residents(rows, residents, time),
        *_about_abroad(estimates, rows, abroad),
    ]
    return Rates(
        estimates=rows,
        residents=people,
        per=per,
        years=own,
        source=residents.name,
        abroad=abroad,
        findings=by_severity([*found, *rows.findings]),
    )


def _names(estimates: Estimates, by: Sequence[str] | None) -> tuple[str, ...]:
    time = time_of(estimates)
    return tuple(dict.fromkeys(by)) if by is not None else () if time is None else (time.name,)


def _years(estimates: Estimates, residents: Residents, years: Sequence[str]) -> tuple[str, ...]:
    """The years that the rows are over."""
    time, known = time_of(estimates), residents.time
    wanted = tuple(str(year) for year in years)
    if time is not None:
        unknown = [year for year in wanted if year not in time.recorded]
        if unknown:
            raise InputError("unknown_level", name=time.name, level=unknown[0], known=time.recorded)
        return tuple(year for year in time.recorded if not wanted or year in wanted)
    if estimates.averaged and not wanted:
        wanted = estimates.averaged[1:]
    if known is None:
        return wanted
    unknown = [year for year in wanted if year not in known.levels]
    if unknown:
        raise InputError("unknown_level", name=known.name, level=unknown[0], known=known.levels)
    if not wanted and len(known.levels) > 1:
        raise InputError("years_of_residents", known=known.levels)
    return wanted or known.levels


def _check_names(estimates: Estimates, residents: Residents, names: Sequence[str]) -> None:
    """Refuse rows by a covariate that residents are not split by while they are split by something else."""
    known, time = [each.name for each in estimates.covariates], time_of(estimates)
    ours = [name for name in names if time is None or name != time.name]
    theirs = [each.name for each in residents.covariates if each is not residents.time]
    wanting = [name for name in ours if name not in theirs]
    strange = [name for name in theirs if name not in known]
    if wanting and strange:
        raise InputError("residents_called_otherwise", names=wanting, theirs=strange)


def _residents(
    residents: Residents,
    covariates: Sequence[Covariate],
    levels: Sequence[str],
    time: Covariate | None,
    years: Sequence[str],
) -> float:
    """The residents of one row."""
    theirs = {each.name for each in residents.covariates if each is not residents.time}
    named = dict(zip((each.name for each in covariates), levels, strict=True))
    year = () if time is None or time.name not in named else (named[time.name],)
    wanted = {name: level for name, level in named.items() if name in theirs}
    return residents.of(wanted, year or years if residents.time is not None else ())


def _unmatched(rows: Estimates, residents: Residents, people: Array, time: Covariate | None) -> list[Finding]:
    """Rows without residents: levels that the file does not have, and people whose value was not recorded."""
    found = []
    for covariate in rows.covariates:
        own = residents.time if time is not None and covariate.name == time.name else None
        theirs = own or next((each for each in residents.covariates if each.name == covariate.name), None)
        if theirs is None:
            continue
        lacking = [level for level in covariate.recorded if level not in theirs.levels]
        if lacking:
            values = {"levels": lacking, "n": len(lacking)}
            found.append(Finding(code="rates_no_residents", severity="caution", where=covariate.name, values=values))
        if covariate.has_not_recorded:
            share = _share_not_recorded(rows, covariate)
            if share:
                values = {"share": share}
                found.append(
                    Finding(code="rates_not_recorded", severity="caution", where=covariate.name, values=values)
                )
    if rows.averaged and np.isnan(people).all():
        found.append(Finding(code="rates_none", severity="stop"))
    return found


def _share_not_recorded(rows: Estimates, covariate: Covariate) -> float:
    """The share of registered people without a value."""
    axis = rows.covariates.index(covariate)
    without = np.array([level[axis] == NOT_RECORDED for level in rows.labels()])
    return float(rows.observed[without].sum() / max(rows.observed.sum(), 1.0))


def _same_residents(rows: Estimates, residents: Residents, time: Covariate | None) -> list[Finding]:
    """Rows that are over the same residents, because these are not split by what tells the rows apart."""
    theirs = {each.name for each in residents.covariates}
    crossing = _crossing(rows)
    theirs |= set() if crossing is None else {crossing[0].name}  # of which more is said
    found = []
    for covariate in rows.covariates:
        if time is not None and covariate.name == time.name:
            if residents.time is None:
                found.append(Finding(code="rates_same_year", severity="caution", where=covariate.name))
        elif covariate.name not in theirs:
            found.append(Finding(code="rates_same_residents", where=covariate.name))
    return found


def _crossing(estimates: Estimates) -> tuple[Covariate, str] | None:
    """The covariate that says who was brought across a border, and the level that says so."""
    for covariate in estimates.covariates:
        level = next((level for level in covariate.levels if level.casefold() in CROSS_BORDER), None)
        if level is not None:
            return covariate, level
    return None


def _abroad(estimates: Estimates, time: Covariate | None, years: Sequence[str]) -> Spread | None:
    """The share of the estimated people brought across a border, among those for whom that is recorded."""
    crossing = _crossing(estimates)
    if crossing is None or estimates.draws is None or not adds_up(estimates):
        return None
    covariate, level = crossing
    if time is None or not years:
        answer = estimates.by(covariate.name)
    else:
        answer = estimates.by(time.name, covariate.name).mean(time.name, years)
    if not np.isfinite(answer.total().limits).all():
        return None
    kept = {each: (each,) for each in covariate.recorded if each != level}
    recorded = answer if not covariate.has_not_recorded else answer.by(covariate.name, not_recorded="allocate")
    shares = recorded.regroup(covariate.name, {"": tuple(kept), level: (level,)}).share() if kept else recorded.share()
    return Spread(value=shares.value[-1:], lower=shares.lower[-1:], upper=shares.upper[-1:])


def _about_abroad(estimates: Estimates, rows: Estimates, abroad: Spread | None) -> list[Finding]:
    """That people brought across a border are mostly not residents: in rows of their own, in every row, or unknown."""
    crossing = _crossing(estimates)
    if crossing is None:
        return [Finding(code="rates_crossing_unknown")]
    covariate, level = crossing
    found = []
    if covariate.name in {each.name for each in rows.covariates}:
        found.append(
            Finding(code="rates_cross_border", severity="caution", where=covariate.name, values={"level": level})
        )
    elif abroad is not None:
        values = {
            "share": float(abroad.value[0]),
            "lower": float(abroad.lower[0]),
            "upper": float(abroad.upper[0]),
        }
        found.append(Finding(code="rates_cross_border_inside", severity="caution", where=covariate.name, values=values))
    else:
        found.append(Finding(code="rates_cross_border_somewhere", severity="caution", where=covariate.name))
    return found
