"""How often the interval from linked reports contains the true number, and what other ways of linking would give.

Everybody in a population is on each list with a known probability; those on some list get reports, with the mistakes
that reports have, and the reports are linked without a look at whom they are about. The model of the lists is given and
true, so that what goes wrong is the linking. Each population is answered in six ways: from the true people; from the
draws of who is who; from the one table at the threshold; from the draws with every report that says too little counted
as a person; and from what two exact rules put together, with and without reports on which no rule has a say.

Beside the answers stand the links themselves: how many pairs of one person there are, are expected, and are linked, and
how many of the pairs that are given some probability are one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import exp
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from darknumber.data.drawn import DrawnTables
from darknumber.data.table import CaptureTable
from darknumber.inference.asking import estimate
from darknumber.inference.doubt import variance_shares
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap
from darknumber.models import LogLinear
from darknumber.register.linkage.drawn import Unlinkable, linked_tables
from darknumber.register.linkage.link import link
from darknumber.register.linkage.links import SURE, Links
from darknumber.register.linkage.partitions import people_at
from darknumber.register.reading.reports import read_reports
from darknumber.register.synthetic.mistakes import Mistakes
from darknumber.register.synthetic.synthetic_reports import SyntheticReports, reports_of
from evidence.linkage_pages import summary
from evidence.record import Part, Result

QUESTION = "How often does the interval from linked reports contain the true number of people?"
SOURCES = (
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/carried.py",
    "src/darknumber/inference/doubt.py",
    "src/darknumber/inference/estimate.py",
    "src/darknumber/inference/pooled.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/summaries.py",
    "src/darknumber/kernels/sweeps.py",
    "src/darknumber/models/log_linear.py",
    "src/darknumber/register/linkage/agreement.py",
    "src/darknumber/register/names/birth_forms.py",
    "src/darknumber/register/linkage/chain.py",
    "src/darknumber/register/linkage/coded.py",
    "src/darknumber/register/linkage/comparing.py",
    "src/darknumber/register/linkage/comparisons.py",
    "src/darknumber/register/synthetic/contacts.py",
    "src/darknumber/register/linkage/counting.py",
    "src/darknumber/register/linkage/crowded.py",
    "src/darknumber/register/linkage/drawn.py",
    "src/darknumber/register/linkage/draws.py",
    "src/darknumber/register/names/forms.py",
    "src/darknumber/register/synthetic/identities.*",
    "src/darknumber/register/linkage/link.py",
    "src/darknumber/register/linkage/matching.py",
    "src/darknumber/register/linkage/patterns.py",
    "src/darknumber/register/linkage/methods.py",
    "src/darknumber/register/synthetic/misspellings.*",
    "src/darknumber/register/synthetic/mistakes.py",
    "src/darknumber/register/synthetic/name_pools.py",
    "src/darknumber/register/names/letters.py",
    "src/darknumber/register/names/name_rules.py",
    "src/darknumber/register/synthetic/names.toml",
    "src/darknumber/register/linkage/partitions.py",
    "src/darknumber/register/linkage/rules.py",
    "src/darknumber/register/reading/organisations.py",
    "src/darknumber/register/reading/repeats.py",
    "src/darknumber/register/synthetic/report_pieces.py",
    "src/darknumber/register/synthetic/settled.py",
    "src/darknumber/register/names/sounds.py",
    "src/darknumber/register/names/spelling/*.toml",
    "src/darknumber/register/linkage/subsets.py",
    "src/darknumber/register/synthetic/synthetic_reports.py",
    "src/darknumber/register/names/turned.py",
    "src/darknumber/register/linkage/weighing.py",
    "src/darknumber/register/synthetic/written.py",
)
JUDGED = ("evidence/linkage_pages.py",)

PEOPLE = 3_000
DRAWS = 20
REPLICATES = 399  # the limits are then the 10th smallest and largest
PART = 5  # populations
FIRST_ROW = 2  # of a file, below its headings
# Probabilities between which pairs are counted together, to see whether they are right.
EDGES = (0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How populations come about.

    Parameters
    ----------
    lists
        Their names.
    on
        The probability of each; of the second for somebody who is not on the first.
    together
        Log odds ratio of the first two.
    mistakes
        How many times as often as usual reports have mistakes.
    populations
        How many are drawn.
    """

    lists: tuple[str, ...]
    on: tuple[float, ...]
    together: float = 0.0
    mistakes: float = 1.0
    populations: int = 100

    @property
    def model(self) -> LogLinear:
        """The true one."""
        return LogLinear(":".join(self.lists[:2]) if self.together else "")

    def population(self, seed: int) -> CaptureTable:
        """The people on some list, by the lists they are on."""
        rng = np.random.default_rng([len(self.lists), seed])
        on = rng.random((PEOPLE, len(self.lists)))
        first = on[:, 0] < self.on[0]
        odds = self.on[1] / (1 - self.on[1]) * exp(self.together)
        on[:, 1] = np.where(first & (on[:, 1] < odds / (1 + odds)), 0.0, on[:, 1])
        history = (on < self.on) @ (1 << np.arange(len(self.lists)))
        histories, count = np.unique(history[history > 0], return_counts=True)
        return CaptureTable.build(self.lists, histories, count)

    def reports(self, seed: int) -> SyntheticReports:
        """The reports on them."""
        usual = Mistakes()
        worse = tuple(
            (name, self.mistakes * factor) for name, factor in zip(self.lists, usual.times(self.lists), strict=True)
        )
        return reports_of(self.population(seed), seed=seed, mistakes=Mistakes(worse=worse))


THREE, FOUR = ("police", "coordinators", "shelters"), ("police", "coordinators", "shelters", "border")
DESIGNS = {
    "3 lists": Design(lists=THREE, on=(0.3, 0.25, 0.2)),
    "4 lists, two of which go together": Design(lists=FOUR, on=(0.3, 0.2, 0.2, 0.15), together=1.0),
    "3 lists, twice the mistakes": Design(lists=THREE, on=(0.3, 0.25, 0.2), mistakes=2.0, populations=60),
}

Outcome = dict[str, Any]


def run(part: Part) -> Result:
    """Draw all populations, link and answer them, and put the answers together."""
    found: dict[str, list[Outcome]] = {name: [] for name in DESIGNS}
    for first in range(0, max(design.populations for design in DESIGNS.values()), PART):
        for name, design in DESIGNS.items():
            if first < design.populations:
                found[name] += part(f"{name}, {first}", partial(outcomes, design, first))
    return {
        "people": PEOPLE,
        "draws": DRAWS,
        "replicates": REPLICATES,
        "designs": {name: summary(each, PEOPLE, EDGES) for name, each in found.items()},
    }


def outcomes(design: Design, first: int) -> list[Outcome]:
    """What came of some populations."""
    return [outcome(design, seed) for seed in range(first, first + PART)]


def outcome(design: Design, seed: int) -> Outcome:
    """The answers for one population, and how good its links are."""
    made = design.reports(seed)
    reports = read_reports(pa.table({name: pa.array(column, pa.string()) for name, column in made.columns.items()}))
    links, ruled = link(reports, seed=seed), link(reports, "rules", seed=seed)
    drawn = _drawn(links, "leave out", seed)
    doubted = _answer(drawn, design, seed)
    shares = variance_shares(doubted)
    answers = {
        "true links": _answer(made.given, design, seed),
        "with doubt": doubted,
        "best table only": _answer(drawn.best, design, seed),
        "unlinkable counted": _answer(_drawn(links, "count", seed), design, seed),
        "rules": _answer(_drawn(ruled, "leave out", seed).best, design, seed),
        "rules, everything counted": _answer(_drawn(ruled, "count", seed).best, design, seed),
    }
    person = made.person[links.row - FIRST_ROW]
    organisation = np.unique(made.columns["organisation"], return_inverse=True)[1][links.row - FIRST_ROW]
    return {
        "answers": {name: _told(each) for name, each in answers.items()},
        "observed": {"true": int(made.given.count.sum()), "best": int(drawn.best.count.sum())},
        "linkage": None if shares is None else shares.linkage,
        "tables": len(drawn.tables),
        "pairs": pairs(links, person, organisation),
        "ruled": pairs(ruled, person, organisation),
        "calibration": calibration(links, person),
    }


def _drawn(links: Links, unlinkable: Unlinkable, seed: int) -> DrawnTables:
    return linked_tables(links, draws=DRAWS, unlinkable=unlinkable, seed=seed)


def _answer(data: CaptureTable | DrawnTables, design: Design, seed: int) -> Estimates:
    return estimate(data, design.model, Bootstrap(replicates=REPLICATES), seed=seed, workers=1)


def _told(answer: Estimates) -> list[float]:
    """The estimate and its limits."""
    whole = answer.total()
    return [round(float(value), 2) for value in (whole.estimate[0], *whole.limits[0])]


def pairs(links: Links, person: NDArray[np.int64], organisation: NDArray[np.int64]) -> dict[str, float]:
    """Pairs of reports that are one person, and that are linked; and the same across lists among reports that count.

    Two reports by one organisation on one person make no list longer: what decides the estimate is the second kind.
    """
    linked, counts = people_at(links, SURE), ~links.unlinkable(SURE)
    across = counts[links.left] & counts[links.right] & (organisation[links.left] != organisation[links.right])
    kept = [each[counts] for each in (person, linked, organisation)]
    return {
        "reports": links.rows,
        "left out": int((~counts).sum()),
        "true": _within(person),
        "linked": _within(linked),
        "both": _within(person, linked),
        "expected": 0.0 if links.model is None else round(links.model.pairs, 1),
        "listed": int((person[links.left] == person[links.right]).sum()),
        "across: true": _within(kept[0]) - _within(kept[0], kept[2]),
        "across: linked": _within(kept[1]) - _within(kept[1], kept[2]),
        "across: both": _within(kept[0], kept[1]) - _within(*kept),
        "across: expected": round(float(links.probability[across].sum()), 1),
    }


def _within(*labels: NDArray[np.int64]) -> int:
    """How many pairs have all these labels in common."""
    _, count = np.unique(np.stack(labels), axis=1, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def calibration(links: Links, person: NDArray[np.int64]) -> list[list[float]]:
    """Of the pairs between each two `EDGES`: how many, their probabilities added up, and how many are one person."""
    true = person[links.left] == person[links.right]
    bins = np.digitize(links.probability, EDGES[:-1]) - 1
    return [
        [int((bins == k).sum()), round(float(links.probability[bins == k].sum()), 4), int(true[bins == k].sum())]
        for k in range(len(EDGES) - 1)
    ]
