"""Links by weighing how reports agree and differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from darknumber.data.engine import kept
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.register.linkage.comparing import (
    ID,
    Compared,
    brought_together,
    every_nth,
    hold,
    patterns_of,
    these,
    weighed,
)
from darknumber.register.linkage.comparisons import usable_comparisons
from darknumber.register.linkage.crowded import MOST_PAIRS, MOST_SHARING, Crowded, without_crowds
from darknumber.register.linkage.linkage_model import LinkageModel, RulePairs, model_of
from darknumber.register.linkage.links import Links
from darknumber.register.linkage.matching import Matching, fit_matching, with_prior
from darknumber.register.linkage.methods import Probabilistic
from darknumber.register.linkage.patterns import Array, Patterns
from darknumber.register.linkage.rules import Rule, columns_for, found, shape_of, strong, usable_rules
from darknumber.register.names.letters import with_letters
from darknumber.register.names.turned import names_in_place
from darknumber.register.reading.reports import Reports

Progress = Callable[[int, int, str], None]

RANDOM_PAIRS = 1_000_000  # an agreement as rare as a date of birth, one in 10,000, is then seen a hundred times
MODEL_REPORTS = 200_000  # above this the model is fitted to the pairs of a part of the reports: it has no need of more
MOST_TOGETHER = 500  # reports in a group of which all pairs are compared; larger ones hang together by thin threads
FOUND_ENOUGH = 0.97  # below this share, the links that no rule finds move the estimate by more than rounding hides
ONE_DATE, MANY_WITH_IT = 0.05, 30  # a date of birth that so many share stands for unknown, not for a birthday
STEPS = 5  # of a linkage, for progress


def weigh_reports(
    reports: Reports, forms: nw.LazyFrame[Any], how: Probabilistic, *, seed: int, progress: Progress
) -> Links:
    """Links by a model that is fitted to these reports, or given.

    Parameters
    ----------
    reports, forms
        What is linked, and the cleaned forms of it.
    how
        The settings.
    seed
        Of the pairs taken at random to fit the model.
    progress
        Called with (done, total, what) between steps.

    Raises
    ------
    InputError
        Nothing to compare, fewer than two reports, or a model of other comparisons.
    """
    forms = kept(with_letters(names_in_place(forms)))
    if how.key == "own" and "person_key" in forms.collect_schema().names():
        forms = forms.rename({"person_key": "own_key"})
    columns = forms.collect_schema().names()
    comparisons = usable_comparisons(columns, how.compare)
    rules = usable_rules(columns, comparisons)
    if not rules:
        raise InputError("nothing_to_link")
    progress(0, STEPS, "clean")
    forms, crowded = without_crowds(forms, comparisons, rules)
    rules = crowded.rules
    columns = forms.collect_schema().names()
    needed = columns_for(comparisons, rules)
    compared = hold(forms.select(ID, *(name for name in columns if name in needed)), comparisons, rules)
    n = len(compared.row)
    if n < 2:
        raise InputError("too_few_reports", n=n)
    progress(1, STEPS, "compare")
    pairs = brought_together(compared)
    every = max(1, -(-n // MODEL_REPORTS))
    patterns, count = patterns_of(compared, every_nth(compared, pairs, every))
    count = count * every
    finds = found(rules, comparisons, patterns)
    progress(2, STEPS, "fit")
    matching = _matching(compared, how, patterns, count, seed)
    progress(3, STEPS, "weigh")
    pair = weighed(compared, pairs, matching, least=how.floor)
    left, right = (np.searchsorted(compared.row, each) for each in (pair.left, pair.right))
    more_left, more_right, large = missing_pairs(left, right, n)
    settled = large[left]  # who is who in a large group is not drawn: whoever is likelier one person than two is one
    known = ~settled | (pair.weight >= 0)
    weight = np.where(settled, np.inf, pair.weight)[known]
    left, right, agreement = left[known], right[known], pair.agreement[known]
    more = weighed(compared, these(compared, compared.row[more_left], compared.row[more_right]), matching)
    progress(4, STEPS, "weigh")
    alone = weighed(compared, these(compared, compared.row, compared.row), matching)
    best = np.full(n, -np.inf)
    best[np.searchsorted(compared.row, alone.left)] = alone.weight
    left = np.concatenate([left, np.searchsorted(compared.row, more.left)])
    right = np.concatenate([right, np.searchsorted(compared.row, more.right)])
    order = np.lexsort((right, left))
    progress(5, STEPS, "weigh")
    return Links(
        reports=reports,
        row=compared.row,
        left=left[order],
        right=right[order],
        weight=np.concatenate([weight, more.weight])[order],
        agreement=np.concatenate([agreement, more.agreement])[order],
        best=best,
        method=how,
        model=model_of(matching, comparisons, _rule_pairs(rules, finds, count), n),
        seed=seed,
        findings=_findings(matching, n, int(large.sum()), crowded, how.model),
    )


def _matching(compared: Compared, how: Probabilistic, patterns: Patterns, count: Array, seed: int) -> Matching:
    """The model: fitted, or the one that was given with the prior of these reports."""
    n = len(compared.row)
    if how.model is not None:
        return with_prior(how.model.matching(compared.comparisons), patterns, count, reports=n)
    left, right = random_pairs(n, seed)
    random, random_count = patterns_of(compared, these(compared, compared.row[left], compared.row[right]))
    return fit_matching(
        patterns,
        count,
        random,
        random_count,
        shape=shape_of(compared.comparisons, compared.rules),
        reports=n,
        is_strong=lambda each: strong(compared.comparisons, compared.rules, each),
        is_found=lambda each: np.asarray(found(compared.rules, compared.comparisons, each).any(axis=0)),
    )


def random_pairs(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of pairs of `n` reports: all of them where these are few, otherwise taken at random."""
    if n * (n - 1) // 2 <= RANDOM_PAIRS:
        left, right = np.triu_indices(n, 1)
        return left.astype(np.int64), right.astype(np.int64)
    rng = np.random.Generator(np.random.Philox(seed))
    one = rng.integers(0, n, RANDOM_PAIRS)
    other = (one + rng.integers(1, n, RANDOM_PAIRS)) % n
    return np.minimum(one, other), np.maximum(one, other)


def missing_pairs(
    left: NDArray[np.int64], right: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The pairs inside groups of reports that hang together which are not there yet.

    Returns
    -------
    tuple
        Their positions, and ``(n,)`` whether each report is in a group too large for it.
    """
    # only now: it takes a tenth of a second to import
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    size = np.bincount(group)
    large = size[group] > MOST_TOGETHER
    joined = np.flatnonzero((size[group] > 2) & (size[group] <= MOST_TOGETHER))
    joined = joined[np.argsort(group[joined], kind="stable")]
    sizes = size[group[joined]]
    starts = np.flatnonzero(np.diff(group[joined], prepend=-1))
    within = np.arange(len(joined)) - np.repeat(starts, sizes[starts])
    after = sizes - 1 - within  # every report is paired with those after it in its group
    one = np.repeat(joined, after)
    other = joined[np.repeat(np.arange(len(joined)), after) + 1 + _counting(after)]
    low, high = np.minimum(one, other), np.maximum(one, other)
    new = ~np.isin(low * n + high, left * n + right)
    return low[new], high[new], large


def _counting(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2, ... anew for each size."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _rule_pairs(rules: tuple[Rule, ...], finds: NDArray[np.bool_], count: Array) -> tuple[RulePairs, ...]:
    before = np.zeros(len(count), dtype=bool)
    made = []
    for rule, holds in zip(rules, finds, strict=True):
        made.append(
            RulePairs(code=rule.code, pairs=round(count[holds].sum()), new_pairs=round(count[holds & ~before].sum()))
        )
        before |= holds
    return tuple(made)


def _findings(
    matching: Matching, reports: int, large: int, crowded: Crowded, given: LinkageModel | None
) -> tuple[Finding, ...]:
    found = []
    if matching.found < FOUND_ENOUGH:
        found.append(Finding(code="links_not_found", severity="caution", values={"share": 1 - matching.found}))
    if given is not None and {each.code for each in given.rules} != {each.code for each in crowded.rules}:
        found.append(Finding(code="rules_of_other_reports", severity="caution"))
    if crowded.same_date > ONE_DATE and reports * crowded.same_date > MANY_WITH_IT:
        found.append(Finding(code="one_birth_date", severity="caution", values={"share": crowded.same_date}))
    if crowded.reports:
        values = {"n": crowded.reports, "most": MOST_SHARING}
        found.append(Finding(code="crowded_values", severity="caution", values=values))
    if crowded.narrowed:
        found.append(Finding(code="narrower_rules", values={"n": len(crowded.narrowed), "most": MOST_PAIRS}))
    if large:
        found.append(Finding(code="large_groups", severity="caution", values={"n": large, "most": MOST_TOGETHER}))
    return tuple(found)
