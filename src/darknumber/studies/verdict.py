"""A plain verdict: can these lists answer the question, together and for which breakdowns?

The thresholds come from the literature on two and more lists; each is a named constant with its reason. A verdict does
not replace looking: it says which of the known reasons for distrust apply (METHODS 2.2, items 1, 2 and 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, by_severity
from darknumber.inference.publish import alone
from darknumber.kernels import verdicts
from darknumber.kernels.histories import list_counts, membership
from darknumber.models.base import Fit
from darknumber.models.best import FAR_APART, FEW_PEOPLE
from darknumber.models.text import format_thing
from darknumber.studies.information import Information, sample_coverage
from darknumber.studies.rests import Rests

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Answer = Literal["yes", "caution", "no"]
ANSWERS: tuple[Answer, ...] = ("yes", "caution", "no")

# With more than this share of everyone on one list, the estimate rests on the few who are not on it (METHODS 2.2).
DOMINANT = 0.8
# A list with fewer people than this has no overlaps to speak of: at most four people could be shared (METHODS 2.2).
FEW = 5
# With seven or more people on both of two lists, the bias of the two-list estimate is negligible with a confidence of
# 95% (Robson and Regier 1964, on Chapman 1951); with fewer it is not.
FEWEST_RECAPTURES = 7
# Below a sample coverage of 55% the authors of that measure advise against a point estimate (Chao and Tsay 1998).
LEAST_COVERAGE = 0.55
# Two lists are needed for an estimate, and a third to see anything of how they depend on each other.
FEWEST_LISTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a table can answer how many people are on none of the lists.

    Parameters
    ----------
    answer
        ``yes``, ``caution`` (yes, but with great caution) or ``no``.
    reasons
        Why not, or why with caution; worst first, none for a plain yes.
    """

    answer: Answer
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Which groups of a breakdown could be answered from their own people alone.

    Parameters
    ----------
    covariates
        One or two.
    levels
        The levels of each group that anybody was registered in; *not recorded* is not a group.
    observed, recaptures
        ``(groups,)`` people on some list, and on two or more.
    usable
        ``(groups,)`` lists with at least `FEW` people, some of them on another list.
    coverage
        ``(groups,)`` sample coverage.
    answers
        ``(groups,)`` one of `ANSWERS` each.
    reasons
        The code of the first reason of each group; empty for a plain yes.
    """

    covariates: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    observed: Counts
    recaptures: Counts
    usable: Counts
    coverage: Array
    answers: tuple[Answer, ...]
    reasons: tuple[str, ...]

    def count(self, answer: Answer) -> int:
        """How many groups have this answer."""
        return self.answers.count(answer)

    @property
    def refused(self) -> tuple[tuple[str, ...], ...]:
        """The groups that cannot be answered."""
        return tuple(level for level, answer in zip(self.levels, self.answers, strict=True) if answer == "no")


def usable_lists(table: CaptureTable) -> tuple[str, ...]:
    """The lists with at least `FEW` people, some of whom are on another list."""
    sizes, alone, _ = _sizes(table, np.zeros(table.strata, dtype=np.int64), 1)
    usable = _usable(sizes, alone)[0]
    return tuple(name for name, useful in zip(table.lists, usable, strict=True) if useful)


def verdict_of(table: CaptureTable, information: Information, fit: Fit | None, rests: Rests | None) -> Verdict:
    """The verdict on the whole table.

    Parameters
    ----------
    information
        Its measures.
    fit
        The model that `information` is about; None where there is none.
    rests
        Whom its estimate rests on; None where that cannot be said.
    """
    reasons = by_severity([*_by_lists(table, information), *_by_model(information, fit, rests)])
    severities = {reason.severity for reason in reasons}
    return Verdict(answer="no" if "stop" in severities else "caution" if severities else "yes", reasons=reasons)


def breakdowns(table: CaptureTable) -> tuple[Breakdown, ...]:
    """A verdict for each level of each covariate, and for each pair of levels of two covariates."""
    names = [covariate.name for covariate in table.covariates]
    groups = [(name,) for name in names] + list(combinations(names, 2))
    return tuple(_breakdown(table, each) for each in groups)


def breakdown_columns(found: Sequence[Breakdown]) -> dict[str, list[Any]]:
    """All groups of all breakdowns as plain columns, one row a group."""
    rows = [(each, row) for each in found for row in range(len(each.levels))]
    return {
        "by": [", ".join(each.covariates) for each, _ in rows],
        "group": [", ".join(each.levels[row]) for each, row in rows],
        "observed": [int(each.observed[row]) for each, row in rows],
        "recaptures": [int(each.recaptures[row]) for each, row in rows],
        "usable_lists": [int(each.usable[row]) for each, row in rows],
        "coverage": [float(each.coverage[row]) for each, row in rows],
        "answer": [each.answers[row] for each, row in rows],
        "reason": [each.reasons[row] for each, row in rows],
    }


def _by_lists(table: CaptureTable, information: Information) -> Iterable[Finding]:
    """The reasons that the lists give by themselves."""
    usable = usable_lists(table)
    values: Mapping[str, object] = {"n": information.recaptures, "fewest": FEWEST_RECAPTURES}
    if not information.recaptures:
        yield Finding(code="reason_no_overlap", severity="stop")
        return
    if information.recaptures < FEWEST_RECAPTURES:
        yield Finding(code="reason_few_recaptures", severity="stop", values=values)
    if len(usable) < FEWEST_LISTS:
        yield Finding(code="reason_few_lists", severity="stop", values={"n": len(usable)})
    elif len(usable) == FEWEST_LISTS:
        yield Finding(code="reason_two_lists", severity="caution", values={"names": usable})
    if information.coverage < LEAST_COVERAGE:
        values = {"share": information.coverage, "least": LEAST_COVERAGE}
        yield Finding(code="reason_coverage", severity="caution", values=values)
    for name, size in zip(table.lists, table.list_sizes.tolist(), strict=True):
        if size > DOMINANT * information.observed:
            values = {"share": size / information.observed}
            yield Finding(code="reason_dominant", severity="caution", where=name, values=values)


def _by_model(information: Information, fit: Fit | None, rests: Rests | None) -> Iterable[Finding]:
    """The reasons that show once a model is fitted."""
    if fit is None or not information.recaptures:
        return
    everyone = np.zeros(fit.data.strata, dtype=np.int64)
    verdict = int(verdicts.of_sum(fit.verdict, everyone, 1, fit.observed > 0)[0])
    model = format_thing(fit.model)
    if verdict in (verdicts.INFINITE, verdicts.NOT_IDENTIFIED):
        yield Finding(code="reason_no_limit", severity="stop", values={"model": model})
        return
    if verdict == verdicts.ZERO:
        yield Finding(code="reason_nobody_missing", severity="caution", values={"model": model})
    elif information.recaptures >= FEWEST_RECAPTURES and rests is not None and rests.people < FEW_PEOPLE:
        yield Finding(code="reason_rests", severity="caution", values={"n": rests.people, "model": model})
    if fit.candidates is None or not fit.candidates.exact:
        return
    estimates = information.observed + fit.candidates.unobserved[fit.candidates.near]
    low, high = float(np.nanmin(estimates)), float(np.nanmax(estimates))
    n = information.observed
    values = {"n": len(estimates), "low": alone(low, n), "high": alone(high, n)}
    if not np.isfinite(estimates).all():
        yield Finding(code="reason_unlimited_models", severity="caution", values=values)
    elif high > FAR_APART * low:
        yield Finding(code="reason_far_apart", severity="caution", values=values)


def _breakdown(table: CaptureTable, names: tuple[str, ...]) -> Breakdown:
    group, size = group_of(table.covariates, names)
    sizes, alone, observed = _sizes(table, group, size)
    recaptures = observed - alone.sum(axis=1)
    usable = _usable(sizes, alone).sum(axis=1)
    coverage = sample_coverage(sizes, alone)
    share = sizes.max(axis=1) / np.maximum(observed, 1)
    tests: tuple[tuple[str, Answer, Mask], ...] = (
        ("reason_no_overlap", "no", recaptures == 0),
        ("reason_few_recaptures", "no", recaptures < FEWEST_RECAPTURES),
        ("reason_few_lists", "no", usable < FEWEST_LISTS),
        ("reason_two_lists", "caution", usable == FEWEST_LISTS),
        ("reason_coverage", "caution", coverage < LEAST_COVERAGE),
        ("reason_dominant", "caution", share > DOMINANT),
    )
    first = np.select([test for *_, test in tests], list(range(len(tests))), default=len(tests))
    recorded = [next(each for each in table.covariates if each.name == name).levels for name in names]
    labels = list(product(*recorded))
    known = {name: set(table.covariates[table.axis(name)].recorded) for name in names}
    kept = [
        place
        for place, label in enumerate(labels)
        if observed[place] and all(level in known[name] for name, level in zip(names, label, strict=True))
    ]
    codes: tuple[tuple[str, Answer], ...] = (*((code, answer) for code, answer, _ in tests), ("", "yes"))
    return Breakdown(
        covariates=names,
        levels=tuple(labels[place] for place in kept),
        observed=observed[kept],
        recaptures=recaptures[kept],
        usable=usable[kept],
        coverage=coverage[kept],
        answers=tuple(codes[int(first[place])][1] for place in kept),
        reasons=tuple(codes[int(first[place])][0] for place in kept),
    )


def _sizes(table: CaptureTable, group: Counts, size: int) -> tuple[Counts, Counts, Counts]:
    """``(groups, K)`` people on each list and on that list alone, and ``(groups,)`` people on some list."""
    on = membership(table.history, len(table.lists))
    single = list_counts(table.history) == 1
    place = group[table.stratum]
    sizes, alone = (np.zeros((size, len(table.lists)), dtype=np.int64) for _ in range(2))
    observed = np.zeros(size, dtype=np.int64)
    np.add.at(sizes, place, on * table.count[:, None])
    np.add.at(alone, place, (on & single[:, None]) * table.count[:, None])
    np.add.at(observed, place, table.count)
    return sizes, alone, observed


def _usable(sizes: Counts, alone: Counts) -> Mask:
    """``(groups, K)`` whether a list has at least `FEW` people, and somebody who is on another."""
    usable: Mask = (sizes >= FEW) & (sizes > alone)
    return usable
