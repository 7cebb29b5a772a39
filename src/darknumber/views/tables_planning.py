"""Tables of what planned lists would give, and of how often an interval was right on populations of known size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from darknumber.inference.printing import terms_in_words
from darknumber.lab.designs import Design
from darknumber.lab.outlooks import ANOTHER, Lists, Outlook, Scenario
from darknumber.lab.planning import Plan
from darknumber.lab.printing_simulate import MOST
from darknumber.lab.runs import SECOND_LEVEL
from darknumber.lab.scores import Score
from darknumber.lab.simulation import Simulation
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, count, share_shown, words
from darknumber.words import interval, people, percent, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import LEAST_SHARE, hundredths, tenths

OPTIONS: tuple[Lists, ...] = ("planned", "another", "anchor")
SCENARIOS: tuple[Scenario, ...] = ("none", "pair", "people")
NONE = "–"  # where there is no number


def outlooks_of(plan: Plan, size: int, lists: Lists, scenario: Scenario) -> tuple[Outlook, ...]:
    """One guess, some lists, one way of depending: an outlook for each way of estimating.

    Of all pairs of lists it is the one that does most harm to an estimate as if they were independent. A sample does
    not depend on which pair it is: there it is the pair of the planned lists.

    Parameters
    ----------
    plan
        What was found.
    size
        The guess of the number of people.
    lists, scenario
        As in `Outlook`.
    """
    rows = [row for row in plan.outlooks if (row.population, row.lists, row.scenario) == (size, lists, scenario)]
    if not rows:
        return ()
    if lists == "anchor":
        planned = outlooks_of(plan, size, "planned", scenario)
        return tuple(row for row in rows if row.pair == planned[0].pair)
    worst = min((row for row in rows if row.approach == "independence"), key=lambda row: row.holds)
    return tuple(row for row in rows if row.pair == worst.pair)


def careful(plan: Plan, size: int, lists: Lists, scenario: Scenario = "none") -> Outlook:
    """The outlook that lets pairs of lists depend on each other, where there are lists enough for that."""
    return outlooks_of(plan, size, lists, scenario)[-1]


def sampled(plan: Plan, size: int) -> Outlook:
    """What a random sample would give where most is against it."""
    rows = [row for row in plan.outlooks if (row.population, row.lists) == (size, "anchor")]
    return max(rows, key=lambda row: row.upper)


def limits_of(row: Outlook) -> tuple[float, float]:
    """Limits in no more digits than their distance allows: all of it rests on guesses."""
    width = row.upper - row.lower if math.isfinite(row.upper) else row.lower
    step = 10.0 ** (math.floor(math.log10(max(width, 1.0))) - 1)
    return _to(row.lower, step), _to(row.upper, step)


def _to(value: float, step: float) -> float:
    return round(value / step) * step if math.isfinite(value) else value


def limits_text(row: Outlook) -> str:
    """The same in words."""
    return interval(*limits_of(row))


def guesses_table(plan: Plan) -> Table:
    """A row for each guess of the population: what the lists would give, what one more would, and what a sample would.

    Parameters
    ----------
    plan
        What was found.
    """
    rows = []
    for place, size in enumerate(plan.populations):
        options = (careful(plan, size, "planned"), careful(plan, size, "another"), sampled(plan, size))
        numbers = (count(plan.anchors[place]), count(plan.needed[place]))
        rows.append((count(size), *(_limits(row) for row in options), *numbers))
    group = say("web.simulate.table.interval")
    return Table(
        caption=say("web.simulate.table.guesses"),
        columns=(
            Column(label=say("web.simulate.table.people"), align="left", names=("people",)),
            *(
                _grouped(group, say(f"web.simulate.option.{name}"), (f"{name}_lower", f"{name}_upper"))
                for name in OPTIONS
            ),
            Column(label=say("web.simulate.table.sample"), names=("sample",)),
            Column(label=say("web.simulate.table.needed", within=plan.within), names=("needed",)),
        ),
        rows=tuple(rows),
    )


def depends_table(plan: Plan, size: int) -> Table:
    """For one guess: what may depend on what, by the lists there are, estimated in two ways.

    Parameters
    ----------
    plan
        What was found.
    size
        The guess of the number of people.
    """
    rows = []
    for scenario in SCENARIOS:
        for lists in OPTIONS:
            found = {row.approach: row for row in outlooks_of(plan, size, lists, scenario)}
            if not found:
                continue
            first = next(iter(found.values()))
            loose, tight = found.get("independence"), found.get("pairs") or found.get("anchor")
            rows.append(
                (
                    words(capital(_scenario(scenario, first))),
                    words(say(f"web.simulate.option.{lists}")),
                    *_cells(loose),
                    *_cells(tight),
                    Cell(text=_share((tight or first).no_limit), value=share_shown((tight or first).no_limit)),
                )
            )
    return Table(
        caption=say("web.simulate.table.depends", people=size),
        columns=(
            Column(label=say("web.simulate.table.scenario"), align="left", names=("scenario",)),
            Column(label=say("web.simulate.table.lists"), align="left", names=("lists",)),
            *_both(say("web.simulate.table.independent"), "independence"),
            *_both(say("web.simulate.table.pairs"), "pairs"),
            Column(label=say("web.simulate.table.no_limit"), names=("no_limit",)),
        ),
        rows=tuple(rows),
        headings=2,
        notes=(say("web.simulate.table.holds_note", level=plan.level), say("web.simulate.table.pairs_note")),
    )


def _scenario(scenario: Scenario, row: Outlook) -> str:
    names = [say("plan.new_list") if name == ANOTHER else list_name(name) for name in row.pair]
    return say(f"plan.scenario.{scenario}", lists=names)


def _cells(row: Outlook | None) -> Iterator[Cell]:
    if row is None:
        yield Cell(text=NONE, value=(math.nan, math.nan))
        yield Cell(text=NONE, value=math.nan)
        return
    yield _limits(row)
    yield Cell(text=percent(row.holds), value=share_shown(row.holds))


def _limits(row: Outlook) -> Cell:
    return Cell(text=limits_text(row), value=limits_of(row))


def _share(share: float) -> str:
    """A share that is usually nothing."""
    return percent(share) if share >= LEAST_SHARE / 2 else NONE


def _both(group: str, name: str) -> tuple[Column, Column]:
    return (
        _grouped(group, say("web.simulate.table.limits"), (f"{name}_lower", f"{name}_upper")),
        _grouped(group, say("web.simulate.table.holds"), (f"{name}_holds",)),
    )


def _grouped(group: str, inner: str, names: tuple[str, ...]) -> Column:
    return Column(label=f"{group}: {inner}", group=group, inner=inner, names=names)


def trials_table(found: Simulation) -> Table:
    """A row for each kind of population: how often the intervals held the true number, and how wide they were.

    Of many kinds only those where they did so least often are there.

    Parameters
    ----------
    found
        Of one pipeline.
    """
    scores = [each[0] for each in found.scores()]
    level = found.pipelines[0].level
    rows = [_trial(found.designs[place], scores[place]) for place in _shown(scores)]
    notes = (say("simulate.error.one"), say("web.simulate.table.width_note"))
    left = len(scores) - len(rows)
    return Table(
        caption=say("web.simulate.table.trials"),
        columns=(
            Column(label=say("web.simulate.table.model"), align="left", names=("design",)),
            Column(label=say("web.simulate.table.truth"), names=("truth",)),
            *(
                Column(label=say("web.simulate.table.held", level=each), names=(name, f"{name}_error"))
                for each, name in ((level, "coverage"), (SECOND_LEVEL, "coverage_80"))
            ),
            Column(label=say("web.simulate.table.width"), names=("width",)),
            Column(label=say("web.simulate.table.off"), names=("bias",)),
            Column(label=say("web.simulate.table.unknown"), names=("unknown",)),
        ),
        rows=tuple(rows),
        notes=(*notes, say("web.simulate.table.left_out", n=left)) if left else notes,
    )


def _shown(scores: Sequence[Score]) -> list[int]:
    """All kinds in order, or the `MOST` where the interval is right least often, the worst first."""
    if len(scores) <= MOST:
        return list(range(len(scores)))
    return [int(place) for place in np.argsort([each.coverage for each in scores], kind="stable")[:MOST]]


def _trial(design: Design, score: Score) -> tuple[Cell, ...]:
    lost = score.infinite + score.not_identified + score.refused
    return (
        words(kind_name(design)),
        count(design.truth),
        _held(score.coverage, score.coverage_error, score),
        _held(score.coverage_80, score.coverage_80_error, score),
        Cell(text=_times(score.width), value=score.width),
        Cell(text=_off(score.bias), value=score.bias),
        Cell(text=_share(lost), value=share_shown(lost)),
    )


def kind_name(design: Design) -> str:
    """What a population was drawn from: the terms of a fitted model, or the name of a design."""
    terms = design.factors.get("terms") if design.kind == "fitted" else None
    return design.name if terms is None else terms_in_words(str(terms))


def _held(share: float, error: float, score: Score) -> Cell:
    """A share with how far it may be off, in points; one population does not say that."""
    if math.isnan(share):
        return Cell(text=NONE, value=(math.nan, math.nan))
    told = f"{percent(share)} ± {tenths(100 * error)}" if score.populations > 1 else percent(share)
    return Cell(text=told, value=(share_shown(share), round(error, 3)))


def _times(value: float) -> str:
    if not math.isfinite(value):
        return NONE if math.isnan(value) else "∞"
    return hundredths(value)


def _off(value: float) -> str:
    if not math.isfinite(value):
        return NONE if math.isnan(value) else people(value)
    sign = "" if abs(value) < LEAST_SHARE / 2 else "+" if value > 0 else "−"
    return f"{sign}{percent(abs(value))}"
