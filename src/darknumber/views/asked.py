"""What is asked of a table or picture of an answer: by which covariates, over which years, and how it is protected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from darknumber.data.drawn import DrawnTables
from darknumber.data.names import no_such
from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates
from darknumber.inference.groups import READY, Groups, answer_by
from darknumber.inference.publish import adds_up, time_of
from darknumber.inference.shown import Shown
from darknumber.studies.check import Check
from darknumber.studies.compare import Comparison
from darknumber.studies.diagnose import Diagnosis
from darknumber.studies.laws import Laws
from darknumber.studies.links import Thresholds
from darknumber.studies.omit import Omission
from darknumber.studies.panel import Panel
from darknumber.studies.rates import Rates
from darknumber.studies.ratios import YearlyRatios
from darknumber.studies.revise import Revision
from darknumber.studies.search import ModelSet
from darknumber.studies.sensitivity import Sensitivity
from darknumber.studies.trajectory import Trajectory
from darknumber.studies.validate import Validation
from darknumber.views.disclosure import STRICT, Disclosure, Protection, disclose
from darknumber.views.labels import PEOPLE, About
from darknumber.words import say

Layout = Literal["long", "wide"]
NotRecorded = Literal["show", "allocate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `darknumber.table` and `darknumber.plot`.

    Parameters
    ----------
    by
        The covariates, or ready-made groupings, of the rows; None for what is usual.
    years
        The years of means; all recorded ones where there are none.
    not_recorded, layout
        As in `darknumber.table`.
    about
        Whom the figures are about.
    rules
        The rule for small registered numbers, or what was decided by it; None prints them exactly.
    """

    by: tuple[str, ...] | None = None
    years: tuple[str, ...] = ()
    not_recorded: NotRecorded = "show"
    layout: Layout = "long"
    about: About = PEOPLE
    rules: Disclosure | Protection | None = STRICT

    @property
    def plain(self) -> bool:
        """Whether nothing is asked that only an answer with covariates can give."""
        return self.by is None and not self.years and self.not_recorded == "show" and self.layout == "long"


def names_of(by: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Names from one of them, or from several."""
    return by if by is None else (by,) if isinstance(by, str) else tuple(by)


def check_years(estimates: Estimates, years: Sequence[str]) -> None:
    """Refuse years that the answer does not have.

    Raises
    ------
    InputError
        There are no years at all, or not one of those asked for.
    """
    time = time_of(estimates)
    if years and time is None:
        raise no_such("unknown_covariate", "year", tuple(each.name for each in estimates.covariates))
    for year in years:
        if time is not None and year not in time.recorded:
            raise InputError("unknown_level", name=time.name, level=year, known=time.recorded)


def prepared(estimates: Estimates, names: Sequence[str], not_recorded: NotRecorded = "show") -> Estimates:
    """The answer by time and by `names`, with people who are not recorded shown or shared out.

    Raises
    ------
    InputError
        A name that is neither a covariate nor a ready-made grouping of those there are.
    ModelError
        The limits have no draws and cannot be summed.
    """
    time = time_of(estimates)
    wanted = [time.name, *names] if time is not None and time.name not in names else list(names)
    if not adds_up(estimates):
        return estimates.by(*names)  # as many strata in another order, or an error that says what cannot be summed
    return answer_by(estimates, wanted, groupings_of(estimates.covariates), not_recorded=not_recorded)


def groupings_of(covariates: Sequence[Covariate]) -> tuple[Groups, ...]:
    """The ready-made groupings of covariates that are there."""
    names = {covariate.name for covariate in covariates}
    return tuple(groups for groups in READY.values() if names.issuperset(groups.of))


def protection_of(
    estimates: Estimates, asked: Asked, printed: Callable[[NotRecorded], Sequence[Estimates]]
) -> Protection | None:
    """What is shown of the registered numbers of one table or picture.

    Parameters
    ----------
    estimates
        The answer with all its covariates.
    asked
        The rule, or what was decided before for a whole publication.
    printed
        All rows, means and totals that it holds, with people who are not recorded shown or shared out.
    """
    if asked.rules is None:
        return None
    rows = printed("show")
    protection = asked.rules
    if isinstance(protection, Disclosure):
        protection = decided(estimates, protection, rows)
    if asked.not_recorded == "allocate":
        for part, base in zip(printed("allocate"), rows, strict=True):
            protection = _with_shares(protection, part, base)
    return protection


def decided(estimates: Estimates, rules: Disclosure, rows: Sequence[Estimates]) -> Protection:
    """What is shown of the registered numbers of all rows of one table or picture, by a rule.

    Raises
    ------
    InputError
        The answer is a mean of part of the people, whose numbers in each year are no longer known.
    """
    data = data_of(estimates)
    given = data if data is not None and estimates.averaged else estimates  # of a mean only the counts know the years
    try:
        found = disclose(given, rules, groups=(), more=rows, groupings=groupings_of(given.covariates), lists=False)
        for part in rows:
            found.registered(part)
    except LookupError as error:
        if type(error) is not LookupError or not estimates.averaged:
            raise
        raise InputError("figure_averaged") from None
    return found


def protection_of_lists(found: object, asked: Asked) -> Protection | None:
    """What is shown of the sizes of lists and of what they share, in the data behind an answer or a study."""
    data = data_of(found)
    if data is None or not isinstance(asked.rules, Disclosure):
        return asked.rules if isinstance(asked.rules, Protection) else None
    return disclose(data, asked.rules, groups=())


def rules_of(asked: Asked) -> Disclosure | None:
    """The rule for small numbers, whatever was decided by it."""
    return asked.rules.rules if isinstance(asked.rules, Protection) else asked.rules


def protection_of_new(found: Revision, asked: Asked) -> Protection | None:
    """What is shown of the registered numbers of the later of two studies; those of the earlier follow its rule."""
    if not isinstance(asked.rules, Disclosure):
        return asked.rules
    time = time_of(found.new)
    own = found.by is None or (time is not None and found.by == time.name)
    return disclose(found.new, asked.rules, groups=() if own else ((str(found.by),),), lists=False)


def source_of(data: CaptureTable) -> str:
    """Where the figures come from: the data and the number of lists."""
    return say("view.source", name=data.name or say("view.unnamed"), n=len(data.lists))


def _with_shares(protection: Protection, rows: Estimates, base: Estimates) -> Protection:
    """The same with rows that hold a share of the people who are not recorded.

    Such a row is hidden where a number is that it is made of, since that would follow; else it is rounded like others.
    """
    rules, years = protection.rules, max(len(rows.averaged) - 1, 1)
    parts = list(zip(base.labels(), protection.registered(base), strict=True)) if base.covariates else []
    shown, value = dict(protection.shown), dict(protection.value)
    for levels, observed in zip(rows.labels(), rows.observed, strict=True):
        number = float(observed) * years
        made_of = [
            part
            for other, part in parts
            if all(there in (level, NOT_RECORDED) for there, level in zip(other, levels, strict=True))
        ]
        key = protection.people.key(rows.covariates, levels, rows.averaged)
        near = float(np.floor(number / rules.base + 0.5) * rules.base)
        if any(part.hidden for part in made_of):
            one = Shown(form="hidden", value=None)
        elif 0 < number < rules.floor:
            one = Shown(form="small", value=None, limit=float(rules.floor))
        else:
            one = Shown(form="rounded", value=near, limit=float(rules.base))
        shown[key], value[key] = one, round(number)
    return replace(protection, shown=shown, value=value)


def data_of(found: object) -> CaptureTable | None:
    """The counts behind an answer or a study; None of an answer that was kept without them."""
    match found:
        case CaptureTable():
            return found
        case DrawnTables():
            return found.best
        case Thresholds():
            return found.data.best
        case Estimates():
            return found.fits[0].data if found.fits else None
        case Check() | Sensitivity() | Validation() | Trajectory() | Panel():
            return found.data
        case ModelSet() | Diagnosis():
            return found.fit.data
        case Omission():
            return found.everything.data
        case Comparison():
            return data_of(found.estimates[0])
        case Laws():
            return data_of(found.estimates)
        case Revision():
            return data_of(found.new)
        case Rates() | YearlyRatios():
            return data_of(found.estimates)
        case _:
            return None
