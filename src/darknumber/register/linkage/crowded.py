"""Values that so many reports share that no rule should bring all of these together.

A value that stands for unknown, such as a name that an office fills in for everybody without one, would have every two
of its reports compared: of ten thousand reports, fifty million pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.data.engine import fetch
from darknumber.register.linkage.comparisons import Rule

MOST_SHARING = 5_000  # reports with one value; their twelve million pairs take ten seconds


def without_crowds(
    forms: nw.LazyFrame[Any], rules: Sequence[Rule]
) -> tuple[nw.LazyFrame[Any], tuple[Rule, ...], tuple[int, ...]]:
    """Keep rules from bringing together the reports of a value that more than `MOST_SHARING` have.

    Other rules still may. A value counts as one where it is all that a rule looks at: a name with a year of birth, say.

    Returns
    -------
    tuple
        The forms, with a column more for each rule that is kept from something; the rules; and for each of them how
        many reports have such a value.
    """
    made, many = [], []
    for rule in rules:
        names = [name for name, _ in rule.equal]
        of_one_value = all(name == other for name, other in rule.equal)
        crowds = _crowds(forms, names)
        number = int(fetch(crowds.select(nw.col("n").sum()))["n"][0] or 0) if of_one_value else 0
        if number:
            mark = f"crowd_{rule.code}"
            forms = forms.join(crowds.rename({"n": mark}), on=names, how="left")
            rule = replace(rule, unless=mark)
        made.append(rule)
        many.append(number)
    return forms, tuple(made), tuple(many)


def _crowds(forms: nw.LazyFrame[Any], names: Sequence[str]) -> nw.LazyFrame[Any]:
    """The values that too many reports share, and how many."""
    recorded = forms.filter(*(~nw.col(name).is_null() for name in names))
    return recorded.group_by(*names).agg(nw.len().alias("n")).filter(nw.col("n") > MOST_SHARING)
