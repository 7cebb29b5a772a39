"""What the studies share that ask the same question again: of other lists, of fewer people, of part of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.inference.asked import pooling
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import sum_draws
from darknumber.kernels.terms import Factor, Term, format_terms, parse_terms
from darknumber.models import Fit, Model

_WITH_LISTS = ("terms", "scope")  # the settings of models that name lists; a trend is about a covariate


def fitted(table: CaptureTable, model: Model, seed: int) -> Fit:
    """The fit that `estimate` would start from."""
    return pooling(table, model).fit(table, seed=seed)


def total_of(fit: Fit) -> tuple[float, int]:
    """The dark figure of everyone together, ``inf`` or ``nan`` where it has none, and the verdict on it."""
    together = np.zeros(fit.data.strata, dtype=np.int64)
    verdict = verdicts.of_sum(fit.verdict, together, 1, fit.observed > 0)[0]
    return float(sum_draws(fit.unobserved[None], together, 1)[0, 0]), int(verdict)


def relisted(model: Model, renamed: Mapping[str, str | None], lists: Sequence[str]) -> tuple[Model, tuple[str, ...]]:
    """The same model for a table with other lists.

    A list that is gone is taken out of the terms that name it: ``A:B:C`` without C is ``A:B``. A term that would then
    hold all lists that are left could not be told from the dark figure; what is inside it stays.

    Parameters
    ----------
    renamed
        What became of lists: the one they are merged into, or None for a list that is gone.
    lists
        The lists of the table.

    Returns
    -------
    tuple
        The model, and the terms that could not stay.
    """
    changed: dict[str, object] = {}
    dropped: tuple[str, ...] = ()
    for item in fields(model):  # type: ignore[arg-type]
        value = getattr(model, item.name)
        if isinstance(value, Model):
            changed[item.name], within = relisted(value, renamed, lists)
            dropped += within
        elif item.name in _WITH_LISTS and value:
            changed[item.name], within = _relisted_terms(value, renamed, lists)
            dropped += within
    return (replace(model, **changed) if changed else model), dropped  # type: ignore[type-var]


def _relisted_terms(text: str, renamed: Mapping[str, str | None], lists: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    every = frozenset(lists)
    found: dict[Term, None] = {}
    dropped: dict[Term, None] = {}
    for term in parse_terms(text):
        left = frozenset(
            Factor(name, factor.degree)
            for factor in term
            if (name := renamed.get(factor.name, factor.name)) is not None
        )
        if every <= {factor.name for factor in left}:
            dropped[left] = None
            found |= {left - {factor}: None for factor in sorted(left) if factor.name in every}
        elif left:
            found[left] = None
    if not found:  # an empty text would mean something else to a model that searches
        found[frozenset({Factor(lists[0])})] = None
    names = dict.fromkeys([*lists, *(factor.name for term in (*found, *dropped) for factor in sorted(term))])
    order = {name: place for place, name in enumerate(names)}
    return format_terms(found, order), tuple(format_terms([term], order) for term in dropped)
