"""Can these lists answer the question? A look at them, and at whom an answer rests on (METHODS 2.2, items 1 and 2).

Of item 3 it holds what dates and recorded referrals show; what an analyst has to state about each list is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darknumber.data.dates import SOON, order_of_lists
from darknumber.data.recording import with_recording
from darknumber.data.records import Records
from darknumber.data.table import MAX_DENSE_LISTS, NOT_RECORDED, CaptureTable
from darknumber.errors import InputError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import pooling, usable, usable_table
from darknumber.inference.defaults import default_model
from darknumber.inference.frames import frame_of
from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership
from darknumber.models.base import Fit, Model
from darknumber.models.log_linear import Independence
from darknumber.models.selection import Stepwise
from darknumber.studies.asking import total_of
from darknumber.studies.audit import TELLING, Pair, audit_pairs, pair_columns
from darknumber.studies.information import Information, independence, low_information, on_one_list
from darknumber.studies.printing_check import describe_check
from darknumber.studies.referrals import PairOrder, order_columns, pairs_in_order, referral_findings
from darknumber.studies.rests import Rests, rests_on
from darknumber.studies.verdict import (
    DOMINANT,
    FEW,
    Breakdown,
    Verdict,
    breakdown_columns,
    breakdowns,
    usable_lists,
    verdict_of,
)

Counts = NDArray[np.int64]

__all__ = ["DOMINANT", "FEW", "Check", "EmptyMargin", "EmptyPair", "check", "empty_margins", "empty_pairs"]

# Lists up to which the default is found in a fraction of a second; of six it takes one or two. A stepwise search over
# pairs takes a tenth of one up to eight lists, and ended at the best model in ten of ten simulated tables.
MOST_SEARCHED, MOST_STEPPED = 5, 8
MOST_NAMED = 10  # pairs of lists named in one sentence; where there are more, the overlaps show them
_NO_LIMIT = (verdicts.INFINITE, verdicts.NOT_IDENTIFIED)
_RECORDING = ("not_recorded", "recording_rises_with_lists")  # looked at anew: strata may have been left out since


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyPair:
    """Two lists that share nobody.

    Parameters
    ----------
    lists
        Their names.
    structural
        Whether they were never kept in the same stratum, so that nobody could be on both.
    """

    lists: tuple[str, str]
    structural: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyMargin:
    """A list with nobody at a level of a covariate at which people are registered.

    Parameters
    ----------
    list, covariate, level
        Which.
    people
        People at that level, all of them on other lists.
    structural
        Whether the list was kept in no stratum of that level, so that nobody there could be on it.
    """

    list: str
    covariate: str
    level: str
    people: int
    structural: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a table of lists looks like; print it, or read its parts.

    Parameters
    ----------
    data
        The table that was looked at.
    observed
        People on some list.
    sizes, alone
        ``(K,)`` people on each list, and those of them who are on no other.
    overlaps
        ``(K, K)`` people on both lists of a pair; the diagonal holds the sizes.
    by_number_of_lists
        ``(K,)`` people on exactly 1, 2, ..., K lists.
    empty_pairs
        Pairs of lists that share nobody.
    empty_margins
        Lists with nobody at some level of a covariate; *not recorded* is not looked at, as it takes no list term.
    dominant
        Lists with more than `DOMINANT` of everyone.
    negligible
        Lists with fewer than `FEW` people, or with nobody who is on another list.
    verdict
        Whether the table can answer how many people are on none of the lists, and why not.
    pairs
        Every pair of lists: overlap, what independent lists would share, odds ratio with its exact interval.
    information
        How much the lists know about the people on none of them.
    rests
        The fewest people without whom there would be no upper limit; None where there is no model, where it sets no
        limit as it is, or where that cannot be said of it (`rests_on`).
    fit
        The model that `information`, `rests` and `verdict` are about: the one that was given. Else the default where
        that takes a moment only; else one with pairs of lists found stepwise up to `MOST_STEPPED` lists, and
        independent lists where there are covariates or more lists; None with more than `MAX_DENSE_LISTS` lists.
    breakdowns
        Which groups could be answered from their own people alone, by each covariate and by each two.
    order
        For pairs of lists, which people came to first, and who was referred; empty where that was not recorded.
    findings
        What the reader must know, the findings of reading the data included; worst first.
    """

    data: CaptureTable
    observed: int
    sizes: Counts
    alone: Counts
    overlaps: Counts
    by_number_of_lists: Counts
    empty_pairs: tuple[EmptyPair, ...]
    empty_margins: tuple[EmptyMargin, ...]
    dominant: tuple[str, ...]
    negligible: tuple[str, ...]
    verdict: Verdict
    pairs: tuple[Pair, ...]
    information: Information
    rests: Rests | None
    fit: Fit | None
    breakdowns: tuple[Breakdown, ...]
    order: tuple[PairOrder, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_check(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """The lists as plain columns, one row a list."""
        sizes, alone = self.sizes, self.alone
        useful = usable_lists(self.data)
        return {
            "list": list(self.data.lists),
            "people": sizes.tolist(),
            "share": (sizes / self.observed).tolist(),
            "alone": alone.tolist(),
            "unique_share": (alone / sizes).tolist(),
            "dominant": [name in self.dominant for name in self.data.lists],
            "negligible": [name in self.negligible for name in self.data.lists],
            "usable": [name in useful for name in self.data.lists],
        }

    def pair_columns(self) -> dict[str, list[Any]]:
        """The pairs of lists as plain columns, one row a pair."""
        return pair_columns(self.pairs)

    def breakdown_columns(self) -> dict[str, list[Any]]:
        """All groups of all breakdowns as plain columns, one row a group."""
        return breakdown_columns(self.breakdowns)

    def order_columns(self) -> dict[str, list[Any]]:
        """The order of lists as plain columns, one row a pair with dates or referrals."""
        return order_columns(self.order)

    def to_frame(self, backend: str | None = None) -> Any:
        """The lists as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def check(data: CaptureTable | Records, model: Model | Fit | str | None = None) -> Check:
    """Can this table answer the question? The lists, their overlaps, what they know about the unseen, and a verdict.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first; read with dates or referrals, these are looked at too.
    model
        What the answer is to come from: a model, its text, or its fit to these data. By default one that is fitted in
        a moment (see `Check.fit`).

    Raises
    ------
    InputError, ModelError
        Data that cannot be used, a model that is not known or cannot be used with them, or a fit to other data.
    """
    table = usable_table(data)
    order = order_of_lists(data) if isinstance(data, Records) else None
    ordered = () if order is None else pairs_in_order(order)
    empty, margins = empty_pairs(table), empty_margins(table)
    sizes, alone = table.list_sizes, on_one_list(table)
    by_list = [
        (name, int(size), bool(size > single)) for name, size, single in zip(table.lists, sizes, alone, strict=True)
    ]
    observed = int(table.count.sum())
    table = with_recording(replace(table, findings=tuple(f for f in table.findings if f.code not in _RECORDING)))
    fit = _fit_of(table, model)
    rests = None if fit is None or total_of(fit)[1] in _NO_LIMIT else rests_on(fit)
    law = independence(table)
    pairs = audit_pairs(table, law)
    information = low_information(table, fit)
    return Check(
        data=table,
        observed=observed,
        sizes=sizes,
        alone=alone,
        overlaps=table.overlaps,
        by_number_of_lists=table.by_number_of_lists,
        empty_pairs=empty,
        empty_margins=margins,
        dominant=tuple(name for name, size, _ in by_list if size > DOMINANT * observed),
        negligible=tuple(name for name, size, shares in by_list if size < FEW or not shares),
        verdict=verdict_of(table, information, fit, rests),
        pairs=pairs,
        information=information,
        rests=rests,
        fit=fit,
        breakdowns=breakdowns(table),
        order=ordered,
        findings=by_severity(
            [
                *_about_lists(by_list, observed),
                *_about_pairs(table, empty),
                *_about_empty(pairs),
                *referral_findings(ordered, SOON if order is None else order.days),
                *_about_margins(margins),
                *table.findings,
            ]
        ),
    )


def _fit_of(table: CaptureTable, model: Model | Fit | str | None) -> Fit | None:
    """The fit that is meant; else what is fitted in a moment: the default, a stepwise model, or independent lists."""
    if isinstance(model, Fit):
        if not _same(table, model.data):
            raise InputError("fit_of_other_data", name=model.data.name or "?")
        return model
    if model is not None:
        table, chosen = usable(table, model)
        return pooling(table, chosen).fit(table)
    lists = len(table.lists)
    if not table.covariates and lists <= MOST_STEPPED:
        return (default_model(table) if lists <= MOST_SEARCHED else Stepwise(max_order=2)).fit(table)
    if lists > MAX_DENSE_LISTS:
        return None
    everywhere = bool(table.operating.all())  # then independent lists have the same chances in every stratum
    return Independence().fit(table.pool([each.name for each in table.covariates]) if everywhere else table)


def _same(one: CaptureTable, other: CaptureTable) -> bool:
    """Whether two tables count the same people on the same lists."""
    parts = ("stratum", "history", "count", "operating")
    return (one.lists, one.covariates) == (other.lists, other.covariates) and all(
        np.array_equal(getattr(one, part), getattr(other, part)) for part in parts
    )


def empty_pairs(table: CaptureTable) -> tuple[EmptyPair, ...]:
    """The pairs of lists that share nobody."""
    overlaps, kept = table.overlaps, table.operating
    return tuple(
        EmptyPair(lists=(table.lists[i], table.lists[j]), structural=not bool((kept[:, i] & kept[:, j]).any()))
        for i, j in combinations(range(len(table.lists)), 2)
        if overlaps[i, j] == 0
    )


def empty_margins(table: CaptureTable) -> tuple[EmptyMargin, ...]:
    """The lists that have nobody at a level of a covariate, where others have."""
    on = membership(table.history, len(table.lists)).astype(np.int64)
    found = []
    for axis, covariate in enumerate(table.covariates):
        level_of_cell = np.unravel_index(table.stratum, table.shape)[axis]
        level_of_stratum = table.level_of(covariate.name)
        for place, level in enumerate(covariate.levels):
            inside = level_of_cell == place
            people = int(table.count[inside].sum())
            if level == NOT_RECORDED or not people:
                continue
            sizes = on[inside].T @ table.count[inside]
            kept = table.operating[level_of_stratum == place].any(axis=0)
            found += [
                EmptyMargin(
                    list=table.lists[j],
                    covariate=covariate.name,
                    level=level,
                    people=people,
                    structural=not bool(kept[j]),
                )
                for j in np.flatnonzero(sizes == 0)
            ]
    return tuple(found)


def _about_lists(by_list: Sequence[tuple[str, int, bool]], observed: int) -> Iterable[Finding]:
    """About each list: its name, the people on it, and whether any of them is on another."""
    if not any(shares for _, _, shares in by_list):
        yield Finding(code="no_overlap", severity="stop")
        return
    for name, size, shares in by_list:
        if size > DOMINANT * observed:
            yield Finding(code="list_dominant", severity="caution", where=name, values={"share": size / observed})
        if size < FEW:
            yield Finding(code="list_small", severity="caution", where=name, values={"n": size})
        elif not shares:
            yield Finding(code="list_alone", severity="caution", where=name)


def _about_pairs(table: CaptureTable, pairs: Iterable[EmptyPair]) -> Iterable[Finding]:
    """About the pairs that share nobody, by name where they are few."""
    structural = tuple(":".join(pair.lists) for pair in pairs if pair.structural)
    empty = tuple(":".join(pair.lists) for pair in pairs if not pair.structural)
    values: dict[str, object] = {"n": len(empty), "pairs": comb(len(table.lists), 2), "names": empty}
    if empty and table.by_number_of_lists[1:].any():  # where nobody is on two lists that is said already
        counted = "empty_pairs" if len(empty) <= MOST_NAMED else "many_empty_pairs"
        yield Finding(code=counted, severity="caution", values=values)
    if structural:
        never = "structural_pairs" if len(structural) <= MOST_NAMED else "many_structural_pairs"
        yield Finding(code=never, values={"n": len(structural), "names": structural})


def _about_empty(pairs: Sequence[Pair]) -> Iterable[Finding]:
    """Of the pairs that share nobody by count, those where that is surprising, and those where it tells nothing."""
    empty = [pair for pair in pairs if pair.empty]
    if len(empty) == len(pairs):  # nobody is on two lists, which is said already
        return
    telling = [pair for pair in empty if pair.chance_of_none < TELLING]
    dull = [pair for pair in empty if pair.chance_of_none >= TELLING]
    if telling:
        values = {
            "n": len(telling),
            "names": tuple(":".join(pair.lists) for pair in telling[:MOST_NAMED]),
            "least": min(pair.expected for pair in telling),
        }
        yield Finding(code="empty_pairs_telling", severity="caution", values=values)
    if dull:
        values = {
            "n": len(dull),
            "names": tuple(":".join(pair.lists) for pair in dull[:MOST_NAMED]),
            "most": max(pair.expected for pair in dull),
        }
        yield Finding(code="empty_pairs_dull", values=values)


def _about_margins(margins: Iterable[EmptyMargin]) -> Iterable[Finding]:
    """One finding for each list and covariate, naming the levels."""
    grouped: dict[tuple[bool, str, str], list[EmptyMargin]] = {}
    for margin in margins:
        grouped.setdefault((margin.structural, margin.list, margin.covariate), []).append(margin)
    for (structural, name, covariate), group in grouped.items():
        levels = tuple(margin.level for margin in group)
        if structural:
            yield Finding(code="structural_margins", where=name, values={"covariate": covariate, "levels": levels})
        else:
            people = sum(margin.people for margin in group)
            values = {"covariate": covariate, "levels": levels, "n": people}
            yield Finding(code="empty_margins", severity="caution", where=name, values=values)
