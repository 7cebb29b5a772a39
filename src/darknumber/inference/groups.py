"""Groups that tables are made of and no model sees: levels of one covariate, or of several together, put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from darknumber.data.names import check_distinct, no_such
from darknumber.data.table import NOT_RECORDED, Covariate
from darknumber.errors import InputError
from darknumber.inference.estimates import Estimates

_JOIN = "\x1f"  # between the levels of several covariates; no name holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """How levels are put together.

    Parameters
    ----------
    name
        What the grouping is called; it is asked for as a covariate is.
    of
        The covariates whose levels make the groups.
    levels
        Of each group, in order, which levels of each covariate are in it; everyone who has one of those of every
        covariate. Who misses a value that matters is *not recorded*.
    """

    name: str
    of: tuple[str, ...]
    levels: Mapping[str, tuple[tuple[str, ...], ...]]


# The four groups of the Dutch National Rapporteur, and form of exploitation by whether a border was crossed.
FORM, CROSSING = "form", "crossing"
DOMESTIC, ABROAD = "domestic", "cross-border"
_BOTH = (DOMESTIC, ABROAD, NOT_RECORDED)
READY: Mapping[str, Groups] = {
    "rapporteur-four": Groups(
        name="rapporteur-four",
        of=(FORM, CROSSING),
        levels={
            "domestic sexual": (("sexual",), (DOMESTIC,)),
            "cross-border sexual": (("sexual",), (ABROAD,)),
            "labour": (("labour",), _BOTH),
            "criminal": (("criminal",), _BOTH),
        },
    ),
    "form-by-crossing": Groups(
        name="form-by-crossing",
        of=(FORM, CROSSING),
        levels={
            "domestic sexual": (("sexual",), (DOMESTIC,)),
            "cross-border sexual": (("sexual",), (ABROAD,)),
            "domestic outside": (("labour", "criminal"), (DOMESTIC,)),
            "cross-border outside": (("labour", "criminal"), (ABROAD,)),
        },
    ),
}


def answer_by(
    estimates: Estimates,
    names: Sequence[str],
    groups: Sequence[Groups] = (),
    *,
    not_recorded: Literal["show", "allocate"] = "show",
) -> Estimates:
    """The answer for each level of `names`, which may be covariates and groups.

    Parameters
    ----------
    estimates
        With all their covariates.
    names
        In the order of the strata.
    groups
        The groupings that `names` may mean.
    not_recorded
        As in `Estimates.by`; of a grouping it is the covariates it is made of that are shared out.

    Raises
    ------
    InputError
        A name that is neither; a covariate that is needed twice; or levels that are in no group, or in two.
    """
    known = {each.name: each for each in groups}
    needed = [name for asked in names for name in (known[asked].of if asked in known else (asked,))]
    check_distinct(needed)
    found = estimates.by(*needed, not_recorded=not_recorded)
    for asked in names:
        if asked in known:
            found = _grouped(found, known[asked])
    return found


def _grouped(estimates: Estimates, groups: Groups) -> Estimates:
    """The covariates that a grouping is made of, which stand side by side, as one with the groups as levels."""
    covariates = list(estimates.covariates)
    first = [covariate.name for covariate in covariates].index(groups.of[0])
    parts = covariates[first : first + len(groups.of)]
    joined = Covariate(name=groups.name, levels=tuple(map(_JOIN.join, _cells(parts))))
    covariates[first : first + len(groups.of)] = [joined]
    whole = replace(estimates, covariates=tuple(covariates))
    return whole.regroup(groups.name, _members(groups, parts))


def _cells(parts: Sequence[Covariate]) -> Iterator[tuple[str, ...]]:
    """The combinations of levels of the covariates that a grouping is made of."""
    return product(*(covariate.levels for covariate in parts))


def _members(groups: Groups, parts: Sequence[Covariate]) -> dict[str, list[str]]:
    """Which combinations of levels are in each group; refuses one that is in none, or in two."""
    members: dict[str, list[str]] = {level: [] for level in groups.levels}
    unrecorded = []
    for cell in _cells(parts):
        inside = [level for level, allowed in groups.levels.items() if _is_in(cell, allowed)]
        if len(inside) == 1:
            members[inside[0]].append(_JOIN.join(cell))
        elif not inside and NOT_RECORDED in cell:
            unrecorded.append(_JOIN.join(cell))
        else:
            code = "in_no_group" if not inside else "in_two_groups"
            raise InputError(code, name=groups.name, levels=cell)
    members = {level: held for level, held in members.items() if held}
    return {**members, NOT_RECORDED: unrecorded} if unrecorded else members


def _is_in(cell: Sequence[str], allowed: Sequence[Sequence[str]]) -> bool:
    return all(level in levels for level, levels in zip(cell, allowed, strict=True))


def check_groups(groups: Groups, covariates: Sequence[Covariate], *, some: bool = False) -> None:
    """Refuse groups of covariates, or of levels, that the data do not have.

    Parameters
    ----------
    groups
        How levels are put together.
    covariates
        Those of the data.
    some
        Whether levels may be missing from the data: of groups that stand ready nobody need be in all.

    Raises
    ------
    InputError
        A covariate or level that is not there, groups that do not say a list of levels for each covariate, or
        levels that are in no group, or in two.
    """
    known = {covariate.name: covariate for covariate in covariates}
    for name in groups.of:
        if name not in known:
            raise no_such("unknown_covariate", name, tuple(known))
    for level, allowed in groups.levels.items():
        if len(allowed) != len(groups.of):
            raise InputError("group_not_by_covariate", name=level, covariates=groups.of)
        for name, levels in zip(groups.of, allowed, strict=True):
            for each in levels:
                if each not in known[name].levels and each != NOT_RECORDED and not some:
                    raise InputError("unknown_level", name=name, level=each, known=known[name].levels)
    _members(groups, [known[name] for name in groups.of])
