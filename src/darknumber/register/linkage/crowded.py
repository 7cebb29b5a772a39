"""Rules kept from bringing together more pairs than can be compared.

A value that stands for unknown, such as a name that an office fills in for everybody without one, would have every two
of its reports compared: of ten thousand reports, fifty million pairs. And of ten million reports every rule that looks
at one thing would bring thousands of millions together, as pairs grow with the square of the reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch, kept
from darknumber.register.linkage.comparisons import Comparison
from darknumber.register.linkage.rules import DISPENSABLE, NARROWER, Rule, usable_rules

MOST_SHARING = 5_000  # reports with one value; their twelve million pairs take ten seconds
BIRTH_DATE = "birth_date"
MOST_PAIRS = 100_000_000  # of one rule; they take a few minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowded:
    """The rules that are used, and what they were kept from.

    Parameters
    ----------
    rules
        In the order in which they are tried.
    reports
        Reports with a value that more than `MOST_SHARING` have; of the rule that has most of them.
    narrowed
        The rules with more than `MOST_PAIRS` pairs that narrower ones stand in for.
    same_date
        The share of the dates of birth that are the commonest one.
    """

    rules: tuple[Rule, ...]
    reports: int
    narrowed: tuple[str, ...]
    same_date: float


def without_crowds(
    forms: nw.LazyFrame[Any], comparisons: Sequence[Comparison], rules: Sequence[Rule]
) -> tuple[nw.LazyFrame[Any], Crowded]:
    """Keep rules from bringing together the reports of a value that more than `MOST_SHARING` have, or too many pairs.

    A value counts as one where it is all that a rule looks at: a name with a year of birth, say.

    Returns
    -------
    tuple
        The forms, with a column more for each rule that is kept from some values; and the rules.
    """
    columns, marked = forms.collect_schema().names(), forms
    waiting, made, narrowed, most, same_date = list(rules), dict[str, Rule](), [], 0, 0.0
    while waiting:
        rule = waiting.pop(0)
        if rule.code in made:
            continue
        weight = _weight(forms, rule)
        if _names(rule) == [BIRTH_DATE]:
            same_date = weight.commonest
        narrower = usable_rules(columns, comparisons, NARROWER.get(rule.code, ()))
        if weight.pairs > MOST_PAIRS and (narrower or rule.code in DISPENSABLE):
            waiting += narrower
            narrowed += [rule.code] if rule.code not in DISPENSABLE else []
            continue
        crowded = weight.reports > 0
        if crowded:
            # of the forms, not of what is marked: each plan would hold the one before twice, and take hours for ten
            crowds = _crowds(forms, rule).rename({"n": f"crowd_{rule.code}"})
            marked = marked.join(crowds, on=_names(rule), how="left")
            most = max(most, weight.reports)
        made[rule.code] = replace(rule, unless=f"crowd_{rule.code}" if crowded else "")
    # kept, as what comes after goes through all of it several times
    return (forms if marked is forms else kept(marked)), Crowded(
        rules=tuple(made.values()), reports=most, narrowed=tuple(narrowed), same_date=same_date
    )


@dataclass(frozen=True, slots=True)
class _Weight:
    """What a rule would bring together.

    Parameters
    ----------
    pairs
        Pairs, without its crowds.
    reports
        Reports in its crowds.
    commonest
        The share of the values that are the commonest one.
    """

    pairs: float
    reports: int
    commonest: float


def _weight(forms: nw.LazyFrame[Any], rule: Rule) -> _Weight:
    """Nothing where a rule looks at different columns of the two reports: that is rare enough."""
    if any(name != other for name, other in rule.equal):
        return _Weight(0.0, 0, 0.0)
    n, pairs = nw.col("n"), nw.col("n") * (nw.col("n") - 1) / 2
    usual = n <= MOST_SHARING
    sums = _values(forms, rule).select(
        nw.when(usual).then(pairs).otherwise(nw.lit(0.0)).sum().alias("pairs"),
        nw.when(usual).then(nw.lit(0)).otherwise(n).sum().alias("reports"),
        n.max().alias("most"),
        n.sum().alias("all"),
    )
    found = {name: column[0] or 0 for name, column in fetch(sums).items()}
    return _Weight(float(found["pairs"]), int(found["reports"]), found["most"] / max(found["all"], 1))


def _crowds(forms: nw.LazyFrame[Any], rule: Rule) -> nw.LazyFrame[Any]:
    """The values that too many reports share, and how many do."""
    return _values(forms, rule).filter(nw.col("n") > MOST_SHARING)


def _values(forms: nw.LazyFrame[Any], rule: Rule) -> nw.LazyFrame[Any]:
    names = _names(rule)
    return forms.filter(*(~nw.col(name).is_null() for name in names)).group_by(*names).agg(nw.len().alias("n"))


def _names(rule: Rule) -> list[str]:
    return [name for name, _ in rule.equal]
