"""From reports to links: which of them are about one person, and how sure that is."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from darknumber.data.engine import fetch_numbers, kept
from darknumber.data.seeds import check_seed
from darknumber.errors import InputError
from darknumber.register.linkage.comparing import ID
from darknumber.register.linkage.links import Links
from darknumber.register.linkage.methods import Method, Probabilistic, Rules, method_of
from darknumber.register.linkage.weighing import Progress, weigh_reports
from darknumber.register.names.forms import forms as cleaned_forms
from darknumber.register.names.pseudonyms import check_one_key
from darknumber.register.reading.reports import Reports


def link(
    reports: Reports,
    method: Method | str = "probabilistic",
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Links:
    """Find the reports that are about one person.

    Parameters
    ----------
    reports
        As `darknumber.register.reading.reports.read_reports` gives them; those that were set aside are left out.
    method
        `Probabilistic`, `Rules` or `Exact`, or their names for their own settings.
    seed
        Of the pairs taken at random to fit the model.
    progress
        Called with (done, total, what) between steps; raising `Cancelled` in it stops.

    Returns
    -------
    Links
        Numbers only: which reports, and how sure. Names stay in the engine that holds the reports.

    Raises
    ------
    InputError
        Nothing to compare, fewer than two reports, an unknown method, a model of other comparisons, or an engine that
        fails.
    ModelError
        A seed that is none.
    """
    check_seed(seed)
    how = method_of(method) if isinstance(method, str) else method
    if not hasattr(reports, "accepted"):
        raise InputError("not_reports", kind=type(reports).__name__)
    check_one_key(reports.accepted)
    forms = kept(cleaned_forms(reports.accepted))  # once: what follows looks at them from several sides
    if isinstance(how, Probabilistic):
        return weigh_reports(reports, forms, how, seed=seed, progress=progress or _silent)
    rules = how.rules if isinstance(how, Rules) else ((how.column,),)
    return _by_rules(reports, forms, rules, how, seed)


def _silent(done: int, total: int, what: str) -> None:
    pass


def _by_rules(
    reports: Reports, forms: nw.LazyFrame[Any], rules: tuple[tuple[str, ...], ...], how: Method, seed: int
) -> Links:
    """The first report of everyone with the others, for each rule; the groups follow from these pairs."""
    columns = forms.collect_schema().names()
    for rule in rules:
        for name in rule:
            if name not in columns:
                raise InputError("no_column_to_link", name=name, known=tuple(sorted(columns)))
    row = np.sort(fetch_numbers(forms.select(ID))[ID])
    if len(row) < 2:
        raise InputError("too_few_reports", n=len(row))
    best = np.full(len(row), -np.inf)
    firsts, others = [], []
    for rule in rules:
        told = forms.filter(*(~nw.col(name).is_null() for name in rule)).select(ID, *rule)
        first = told.group_by(*rule).agg(nw.col(ID).min().alias("first"))
        pairs = fetch_numbers(told.join(first, on=list(rule), how="inner").select("first", ID))
        place, start = (np.searchsorted(row, pairs[each]) for each in (ID, "first"))
        best[place] = np.inf
        firsts.append(start[place != start])
        others.append(place[place != start])
    joined = np.unique(np.stack([np.concatenate(firsts), np.concatenate(others)], axis=1), axis=0)
    return Links(
        reports=reports,
        row=row,
        left=joined[:, 0],
        right=joined[:, 1],
        weight=np.full(len(joined), np.inf),
        agreement=np.zeros((len(joined), 0), dtype=np.int8),
        best=best,
        method=how,
        seed=seed,
    )
