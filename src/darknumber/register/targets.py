"""The figures the synthetic register is made to resemble, each with its basis and its source.

They stand in ``targets.csv`` beside this file, one figure a row. ``basis`` is ``quoted`` (in a publication),
``computed`` (worked out from quoted figures), ``remembered`` (from memory, not checked) or ``assumed`` (ours, with no
source for the value). ``source`` says where it comes from.

=================== ========================================================================================
quantity            what the value is
=================== ========================================================================================
population          everyone in `whole`, on a list or not
population_share    the share of `whole` that is `part`
list_size           people on `list` in `whole`; a list with sizes in three periods has a trend over the years
list_share          the share of the people on `list` that is `part`
overlap             people on both lists of `list`, over all years
recording           the probability that `list` records the form of exploitation of someone it knows
border_definition   the share of the border police's eligible cases in `whole` that falls under art. 273f(1)(3)
registered          people on some list in `whole`; not used to make the register, only to compare
registered_share    the share of the registered people in `whole` that is `part`; only to compare
ascertainment       the share of `whole` that is on some list; only to compare
=================== ========================================================================================

A group is written ``year=2014|2015;sex=female``: levels with a bar between them, covariates with a semicolon.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import Covariate

Basis = Literal["quoted", "computed", "remembered", "assumed"]
BASES: tuple[Basis, ...] = get_args(Basis)

LISTS = ("police", "border", "inspectorate", "coordinators", "shelters", "others")
YEARS = tuple(str(year) for year in range(2010, 2020))
COVARIATES = (
    Covariate.of("year", YEARS),
    Covariate.of("sex", ("female", "male")),
    Covariate.of("age", ("minor", "adult")),
    Covariate.of("nationality", ("dutch", "other")),
    Covariate.of("form", ("sexual", "labour", "criminal")),
    Covariate.of("crossing", ("domestic", "cross-border")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure, what it is about, and what it rests on.

    Parameters
    ----------
    quantity
        What the value is; see the top of this file.
    list
        A list, or two with a colon between them; may be empty.
    part, whole
        Groups of people; empty for everyone.
    value
        A number of people or a share.
    basis, source
        How far the value can be relied on, and where it comes from.
    """

    quantity: str
    list: str
    part: str
    whole: str
    value: float
    basis: Basis
    source: str


@cache
def _all_targets() -> tuple[Target, ...]:
    with files("darknumber.register").joinpath("targets.csv").open(encoding="utf-8") as lines:
        return tuple(
            Target(
                quantity=row["quantity"],
                list=row["list"],
                part=row["part"],
                whole=row["whole"],
                value=float(row["value"]),
                basis=next(basis for basis in BASES if basis == row["basis"]),
                source=row["source"],
            )
            for row in csv.DictReader(lines)
        )


def targets(*quantities: str) -> tuple[Target, ...]:
    """The figures of these quantities, in the order of the file."""
    return tuple(target for target in _all_targets() if target.quantity in quantities)


def members(group: str, covariates: Sequence[Covariate]) -> NDArray[np.bool_]:
    """``(strata,)``: which strata belong to a group such as ``year=2014|2015;sex=female``.

    Strata are the full product of the levels, the last covariate changing fastest.
    """
    inside = np.ones(tuple(len(covariate.levels) for covariate in covariates), dtype=bool)
    names = [covariate.name for covariate in covariates]
    for condition in filter(None, group.split(";")):
        name, _, wanted = condition.partition("=")
        axis = names.index(name)
        places = [covariates[axis].levels.index(level) for level in wanted.split("|")]
        kept = np.zeros(inside.shape[axis], dtype=bool)
        kept[places] = True
        inside &= kept.reshape([-1 if place == axis else 1 for place in range(inside.ndim)])
    return inside.reshape(-1)
