"""What ``print(design(lists, population))`` says: the precision of planned lists, and what more would buy."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from darknumber.inference.printing import WIDTH, finding_lines
from darknumber.lab.outlooks import ANOTHER
from darknumber.studies.printing import aligned, filled
from darknumber.words import interval, percent, say
from darknumber.words.labels import list_name

if TYPE_CHECKING:  # Plan prints itself through this module
    from darknumber.lab.outlooks import Outlook
    from darknumber.lab.planning import Plan


def describe_plan(plan: Plan, *, width: int = WIDTH) -> str:
    """The precision to be expected for each guess of the population, then what one more list or a sample would buy.

    Parameters
    ----------
    plan
        What to print.
    width
        No line is longer than this many characters.
    """
    reach = [say("plan.list", name=list_name(name), share=share) for name, share in plan.reach.items()]
    blocks = ["\n".join(textwrap.wrap(_title(plan), width)), filled(say("plan.lists", lists=reach), width)]
    for size in plan.populations:
        blocks.append("\n".join(_population(plan, size, width)))
    blocks.append("\n".join(filled(sentence, width) for sentence in _read(plan)))
    blocks.append("\n".join(finding_lines(plan.findings, None, width)))
    return "\n\n".join(block for block in blocks if block)


def _title(plan: Plan) -> str:
    """What the planned lists would say of the middle guess if nothing depends on anything."""
    size = plan.populations[len(plan.populations) // 2]
    row = _rows(plan, size, "planned", "none")[-1]
    values = {"n": len(plan.reach), "people": size, "limits": _limits(row)}
    if row.upper == float("inf"):
        return say("plan.title.open", **values)
    return say("plan.title.pairs" if row.approach == "pairs" else "plan.title.independence", **values)


def _population(plan: Plan, size: int, width: int) -> Iterator[str]:
    """One guess: the lists as planned, one more, and a sample."""
    place = plan.populations.index(size)
    yield filled(say("plan.planned", people=size, seen=_seen(plan, size, "planned")), width)
    yield from _table(plan, size, "planned", width)
    yield filled(say("plan.another", share=plan.another, seen=_seen(plan, size, "another")), width)
    yield from _table(plan, size, "another", width)
    anchored = [row for row in plan.outlooks if row.population == size and row.lists == "anchor"]
    values = {"sample": plan.anchors[place], "limits": _limits(max(anchored, key=lambda row: row.upper))}
    yield filled(say("plan.anchor", **values), width)
    yield filled(say("plan.needed", sample=plan.needed[place], within=plan.within), width)


def _table(plan: Plan, size: int, lists: str, width: int) -> Iterator[str]:
    """A row for each scenario; of the pairs the one that does most harm."""
    found = [(name, _rows(plan, size, lists, scenario)) for scenario, name in _scenarios(plan, size, lists)]
    approaches = [row.approach for row in found[0][1]]
    heads = [text for name in approaches for text in (say(f"plan.approach.{name}"), say("plan.holds"))]
    body = [(name, *(text for row in rows for text in (_limits(row), percent(row.holds)))) for name, rows in found]
    yield from aligned([("", *heads), *body], width)


def _scenarios(plan: Plan, size: int, lists: str) -> Iterator[tuple[str, str]]:
    yield "none", say("plan.scenario.none")
    for scenario in ("pair", "people"):
        rows = _rows(plan, size, lists, scenario)
        if rows:
            names = [say("plan.new_list") if name == ANOTHER else list_name(name) for name in rows[0].pair]
            yield scenario, say(f"plan.scenario.{scenario}", lists=names)


def _rows(plan: Plan, size: int, lists: str, scenario: str) -> Sequence[Outlook]:
    """The outlooks of one scenario, one an approach; of all pairs those of the one whose interval holds least."""
    rows = [row for row in plan.outlooks if (row.population, row.lists, row.scenario) == (size, lists, scenario)]
    if not rows:
        return []
    worst = min((row for row in rows if row.approach == "independence"), key=lambda row: row.holds)
    return [row for row in rows if row.pair == worst.pair]


def _seen(plan: Plan, size: int, lists: str) -> float:
    return _rows(plan, size, lists, "none")[0].seen


def _limits(row: Outlook) -> str:
    """Limits in no more digits than their distance allows: all of it rests on guesses."""
    width = row.upper - row.lower if math.isfinite(row.upper) else row.lower
    step = 10.0 ** (math.floor(math.log10(max(width, 1.0))) - 1)
    return interval(_to(row.lower, step), _to(row.upper, step))


def _to(value: float, step: float) -> float:
    return round(value / step) * step if math.isfinite(value) else value


def _read(plan: Plan) -> Iterator[str]:
    yield say("plan.read.columns", level=plan.level)
    if plan.odds_ratio != 1:
        yield say("plan.read.pair", odds_ratio=plan.odds_ratio)
    if plan.heterogeneity:
        yield say("plan.read.people", sd=plan.heterogeneity)
    yield say("plan.read.anchor")
    yield say("plan.read.large")
