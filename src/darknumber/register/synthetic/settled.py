"""What a table of counts says of the people in it, and what is drawn where it does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.errors import InputError
from darknumber.register.reading.schema import fields
from darknumber.register.synthetic.identities import drawn
from darknumber.register.synthetic.text_columns import Texts, texts, without

# Of people of whom the table does not say it.
WOMEN = 0.72  # 2017, European Commission country page
MINORS = 0.14  # 2014, CoMensha
DUTCH = 0.3  # 2014, CoMensha
EU = 0.6  # of the others; assumed
ABROAD_DUTCH, ABROAD = 0.15, 0.9  # brought over the border, of the Dutch and of the others; assumed
FORMS = {
    "sexual": 0.58,
    "labour": 0.22,
    "criminal": 0.2,
}  # 2017, European Commission country page; the last is the rest

# The covariates that identities and reports are made to agree with, and the columns that say them. Reports have any
# other covariate in a column of its own.
SAID_BY: Mapping[str, tuple[str, ...]] = {
    "year": ("report_date",),
    "sex": ("sex",),
    "age": ("birth_date", "birth_year"),
    "nationality": ("citizenship",),
    "citizenship_group": ("citizenship",),
    "form": ("form",),
    "crossing": ("crossing",),
    "border_definition": ("legal_basis",),
}
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """What holds of people, each array ``(people,)``.

    Parameters
    ----------
    female, adult, dutch, eu, abroad, flagged
        Sex, age, citizenship (Dutch, or another of the European Union), brought over the border, and reported under
        art. 273f(1)(3) only.
    form
        Form of exploitation.
    first_year, last_year
        The years between which the reports lie.
    hidden
        For each covariate that some people have no value of: the people whose reports must not say it.
    others
        The covariates that reports have in a column of their own.
    """

    female: NDArray[np.bool_]
    adult: NDArray[np.bool_]
    dutch: NDArray[np.bool_]
    eu: NDArray[np.bool_]
    abroad: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    form: Texts
    first_year: NDArray[np.int64]
    last_year: NDArray[np.int64]
    hidden: Mapping[str, NDArray[np.bool_]]
    others: Mapping[str, Texts]

    @property
    def alike(self) -> NDArray[np.int64]:
        """``(people,)`` a number that is the same for people of one sex, age and kind of citizenship."""
        return np.asarray(((self.female * 2 + self.adult) * 2 + self.dutch) * 2 + self.eu)


def check_levels(table: CaptureTable) -> None:
    """Raise an InputError where a covariate that reports know by name has a level that they cannot have."""
    for covariate in table.covariates:
        name = covariate.name
        if name not in SAID_BY:
            continue
        codes = tuple(fields()[name].codes)
        for level in covariate.levels:
            known = _YEAR.fullmatch(level) if name == "year" else level in (*codes, NOT_RECORDED)
            if not known:
                raise InputError("no_such_report_level", name=name, level=level, known=codes or ("2019",))


def settled(table: CaptureTable, cell: NDArray[np.int64], years: tuple[int, int], rng: np.random.Generator) -> Settled:
    """What holds of the people in these cells of the table, ``(people,)``; `years` where the table has none."""
    places = np.unravel_index(table.stratum[cell], table.shape) if table.covariates else ()
    labels = {
        covariate.name: texts(covariate.levels)[place]
        for covariate, place in zip(table.covariates, places, strict=True)
    }
    n = len(cell)

    def is_level(name: str, level: str, otherwise: float | NDArray[np.float64]) -> NDArray[np.bool_]:
        chance = rng.random(n) < otherwise
        if name not in labels:
            return np.asarray(chance)
        return np.asarray(np.where(labels[name] == NOT_RECORDED, chance, labels[name] == level))

    grouped = "citizenship_group" in labels
    dutch = is_level("citizenship_group" if grouped else "nationality", "dutch", DUTCH)
    form = drawn(FORMS, n, rng)
    if "form" in labels:
        form = np.where(labels["form"] == NOT_RECORDED, form, labels["form"])
    first, last = (np.full(n, year) for year in years)
    if "year" in labels:
        first = last = labels["year"].astype(np.int64)
    return Settled(
        female=is_level("sex", "female", WOMEN),
        adult=~is_level("age", "minor", MINORS),
        dutch=dutch,
        eu=is_level("citizenship_group", "eu", EU) & ~dutch,
        abroad=is_level("crossing", "cross-border", np.where(dutch, ABROAD_DUTCH, ABROAD)),
        flagged=is_level("border_definition", "yes", 0.0),
        form=form,
        first_year=first,
        last_year=last,
        hidden={
            name: labels[name] == NOT_RECORDED
            for name in SAID_BY
            if name in labels and (labels[name] == NOT_RECORDED).any()
        },
        others={name: without(label, label == NOT_RECORDED) for name, label in labels.items() if name not in SAID_BY},
    )
