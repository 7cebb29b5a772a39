"""Two extracts of one register, drawn from a population of known size: what tests of revisions share."""

from __future__ import annotations

import numpy as np

from darknumber.data.linked import Extract, Linked
from darknumber.data.table import Covariate

LISTS = ("A", "B", "C", "D")
CHANCES = (0.2, 0.15, 0.25, 0.1)


def drawn(
    seed: int, *, people: int = 800, years: int = 2, late: float = 0.0, late_people: float = 0.0, same: bool = False
) -> Linked:
    """People of some years on four independent lists; the old extract lacks what came in late.

    Parameters
    ----------
    late
        The chance that a mark is late, each by itself: what there is to estimate stays as it is.
    late_people
        The chance that all marks of a person are late together: the old extract is about fewer people.
    same
        Whether the new extract is counted by the old definition too; the new one leaves out half of those on D only.
    """
    rng = np.random.default_rng([7, seed])
    count: dict[tuple[int, int, int, int], int] = {}
    for year in range(years):
        marks = rng.random((people, len(LISTS))) < CHANCES
        early = (rng.random(marks.shape) >= late) & (rng.random((people, 1)) >= late_people)
        out = rng.random(people) < 0.5
        bits = 1 << np.arange(len(LISTS))
        for before, now, gone in zip((marks & early) @ bits, marks @ bits, out, strict=True):
            new = 0 if same and gone and now == 0b1000 else now
            if now:
                key = (year, int(before), int(now), int(new))
                count[key] = count.get(key, 0) + 1
    rows = np.array(list(count), dtype=np.int64)
    covariates = (Covariate.of("year", [str(2010 + year) for year in range(years)]),)

    def extract(column: int, name: str) -> Extract:
        return Extract(
            lists=LISTS,
            covariates=covariates,
            stratum=rows[:, 0],
            history=rows[:, column].astype(np.uint32),
            name=name,
        )

    extracts = {"old": extract(1, "old")}
    if same:
        extracts["same_definition"] = extract(2, "same")
    extracts["new"] = extract(3, "new")
    return Linked.build(extracts, np.array(list(count.values())))
