"""A thousand random publications, attacked: can a small number be bounded more tightly than the rule allows?

One-, two- and three-way tables with their margins, hierarchies, means over years, lists and what they share, lists that
were not kept everywhere; four rules. `tests/attacker.py` says how publications are drawn and how they are attacked:
with the cells of the full cross and integer programmes, sharing nothing with the code that decides. Beside it stands
what the attacker finds where only the small numbers themselves are left out, and what protection costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np

from darknumber.data.examples import example
from darknumber.kernels import suppression
from darknumber.views.disclosure import STRICT, disclose
from evidence.record import Part, Result
from tests.attacker import KINDS, MILD, attack, random_publication, small_numbers

QUESTION = "Can any protected number of 1,000 random publications be bounded more tightly than the rule allows?"
SOURCES = (
    "src/darknumber/inference/shown.py",
    "src/darknumber/kernels/histories.py",
    "src/darknumber/kernels/suppression.py",
    "src/darknumber/views/disclosure.py",
    "src/darknumber/views/disclosure_numbers.py",
    "src/darknumber/views/disclosure_plan.py",
    "tests/attacker.py",
)

PUBLICATIONS = 1_000
PART = 100
BEYOND_TESTS = 1_000_000  # other publications than those in the test suite
# Tables of the register's report, and published lists: what is left out under the strict and under the mild rule.
GROUPS = (("form", "crossing"), ("sex",), ("age",), ("nationality",), ("year", "form"), ("form", "crossing", "age"))
EXAMPLES = ("register", "uk-2013", "netherlands-2010-2015", "western-us", "australia-2015-2017", "korea")


def run(part: Part) -> Result:
    """Attack all publications and add up what was found."""
    parts = [part(f"publications {first}", partial(attacked, first)) for first in range(0, PUBLICATIONS, PART)]
    kinds: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for found in parts:
        for kind, counts in found.items():
            kinds[kind].update(counts)
    total: Counter[str] = sum(kinds.values(), Counter())
    return {
        **{name: total[name] for name in NAMES},
        "kinds": {kind: {name: counts[name] for name in NAMES} for kind, counts in kinds.items()},
        "cost": part("cost", cost),
    }


NAMES = ("publications", "numbers", "small", "hidden to protect", "bounded more tightly", "bounded without protection")


def attacked(first: int) -> dict[str, Any]:
    """What one part of the publications gave, by kind."""
    found: dict[str, Counter[str]] = {}
    for seed in range(first, first + PART):
        publication = random_publication(BEYOND_TESTS + seed)
        protection = publication.protection()
        with only_the_small():
            bare = publication.protection()
        counts = found.setdefault(publication.kind, Counter())
        counts["publications"] += 1
        counts["numbers"] += protection.numbers
        counts["small"] += small_numbers(publication)
        counts["hidden to protect"] += protection.count("protects")
        counts["bounded more tightly"] += len(attack(publication, protection))
        counts["bounded without protection"] += len(attack(publication, bare))
    return {kind: dict(counts) for kind, counts in found.items()}


def cost() -> dict[str, Any]:
    """How many numbers are left out of real tables, for themselves and for others, under two rules."""
    found: dict[str, Any] = {}
    for name in EXAMPLES:
        for rule, rules in (("strict", STRICT), ("mild", MILD)):
            groups = GROUPS if name == "register" else None
            protection = disclose(example(name), rules, groups=groups)
            counts = {"numbers": protection.numbers, "small": protection.count("small")}
            found[f"{name}, {rule}"] = counts | {"hidden to protect": protection.count("protects")}
    return found


@contextmanager
def only_the_small() -> Iterator[None]:
    """Leave out the small numbers and nothing else, and ask no questions."""

    def first(sums: suppression.Sums, **rule: int) -> suppression.States:
        return suppression.first(sums, floor=rule["floor"])

    def content(sums: suppression.Sums, *_: object, **__: object) -> suppression.Audit:
        size = len(sums.value)
        return suppression.Audit(
            lower=np.zeros(size), upper=np.full(size, np.inf), least=sums.value, protected=np.ones(size, dtype=bool)
        )

    with patch.object(suppression, "suppress", first), patch.object(suppression, "audit", content):
        yield
