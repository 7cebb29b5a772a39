"""Before there are lists: what one more would buy; and how often the interval of an estimate would be right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from starlette.responses import Response

from darknumber.data.table import CaptureTable
from darknumber.errors import DarknumberError, ModelError
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import how_made, model_name
from darknumber.inference.publish import adds_up, rounded
from darknumber.lab.outlooks import Outlook
from darknumber.lab.pipelines import REPLICATES
from darknumber.lab.planning import FEWEST, MOST, Plan
from darknumber.lab.simulation import Simulation
from darknumber.views.document import Block, Grid, Part, Picture, Text, Trio
from darknumber.views.plots_planning import options_figure
from darknumber.views.tables_planning import (
    careful,
    depends_table,
    guesses_table,
    kind_name,
    limits_of,
    limits_text,
    sampled,
    trials_table,
)
from darknumber.web.forms import Control
from darknumber.web.steps.shown import notices
from darknumber.web.tasks_simulate import (
    GUESSES,
    MOST_DRAWN,
    MOST_PEOPLE,
    Filled,
    Planned,
    Row,
    Wanted,
    filled_of,
    wanted_of,
    whole,
)
from darknumber.web.visit import Visit, go, page
from darknumber.words import has, people, say
from darknumber.words.labels import list_name

Reach = tuple[str, float, float | None]  # the step between the values of a field, the least and the most

PLAN, TRIAL = "plan", "trial"  # what the answers are held under
ASKED_PLAN, ASKED_TRIAL = "plan asked", "trial asked"  # and what was last asked
SOURCES = ("answer", "table")  # what populations are like: what the estimate says, or each model close to the best
TIMES = 2  # the guess where there is no estimate: so many times the people on some list
EXAMPLE_SHARES, EXAMPLE_GUESSES = (0.2, 0.1, 0.15), (3_000, 5_000, 8_000)  # where there are no data
LEAST_SHARE, MOST_SHARE = 0.0001, 0.99  # of a list in the form at first
NARROWER = 0.95  # an interval that is no shorter than this, on a logarithmic axis, is hardly shorter
USUAL_NUMBER = 50  # populations of each kind: a minute or so

PEOPLE: Mapping[str, Reach] = dict.fromkeys(GUESSES, ("1", 1, MOST_PEOPLE))
ADDED: Mapping[str, Reach] = {"another": ("any", 0, 100), "anchor": ("1", 1, MOST_PEOPLE)}
MORE: Mapping[str, Reach] = {
    "odds_ratio": ("any", 0, None),
    "heterogeneity": ("any", 0, None),
    "within": ("any", 1, None),
    "level": ("any", 50, 99.9),
    "populations": ("1", 1, MOST_DRAWN),
    "seed": ("1", 0, None),
}
TRIED: Mapping[str, Reach] = {"number": ("1", 1, MOST_DRAWN)}


def show(visit: Visit) -> Response:
    """The page."""
    return _page(visit)


def ask(visit: Visit) -> Response:
    """Work out what the lists would give; or only make room for another."""
    filled = _sent(visit)
    if visit.form.get("look"):
        return _page(visit, filled=Filled(rows=(*filled.rows, Row())[:MOST], fields=filled.fields))
    try:
        wanted = wanted_of(filled)
    except DarknumberError as error:
        return _page(visit, filled=filled, told=error.told)
    visit.session.put(visit.session.study, ASKED_PLAN, wanted)
    visit.ask(PLAN, "tasks_simulate:plan", {"wanted": wanted})
    return go("/simulate")


def attempt(visit: Visit) -> Response:
    """Try the method of the estimate on populations of known size."""
    prepared, answer = visit.held("prepared"), visit.held("answer")
    if prepared is None or answer is None:
        return go("/estimate")
    asked = {name: visit.form.get(name, "").strip() for name in ("source", *TRIED)}
    try:
        number = whole("number", asked, most=MOST_DRAWN)
        if number is None or number < 1:
            raise ModelError("bad_populations", populations=number or 0)
    except DarknumberError as error:
        return _page(visit, asked=asked, told_trial=error.told)
    visit.session.put(visit.session.study, ASKED_TRIAL, asked)
    given = {
        "answer": answer,
        "table": prepared.table if asked["source"] == "table" else None,
        "populations": number,
        "folder": visit.session.folder / "trials",
    }
    visit.ask(TRIAL, "tasks_simulate:attempt", given)
    return go("/simulate")


def _sent(visit: Visit) -> Filled:
    """The form as it was sent."""
    pairs = zip(visit.several.get("list", ()), visit.several.get("share", ()), strict=False)
    fields = {name: visit.form.get(name, "").strip() for name in (*PEOPLE, *ADDED, *MORE)}
    return Filled(rows=tuple(Row(name=name.strip(), share=share.strip()) for name, share in pairs), fields=fields)


def _page(
    visit: Visit,
    *,
    filled: Filled | None = None,
    asked: Mapping[str, str] | None = None,
    told: tuple[str, ...] = (),
    told_trial: tuple[str, ...] = (),
) -> Response:
    planning, trying = visit.job(PLAN), visit.job(TRIAL)
    planned: Planned | None = visit.held(PLAN) if filled is None else None  # an unfinished form stands at the top
    trial: Simulation | None = visit.held(TRIAL)
    origin = ""
    if filled is None:
        last: Wanted | None = None if "fresh" in visit.query else visit.held(ASKED_PLAN)
        if last is None:
            last, origin = _to_begin_with(visit)
        filled = filled_of(last)
    return page(
        visit,
        "simulate.html",
        planning=planning,
        trying=trying,
        awaited=visit.first_open(PLAN, TRIAL),
        found=None if planned is None else _found(planned.plan),
        command="" if planned is None else planned.wanted.command,
        rows=_with_counts(visit, filled.rows),
        room=len(filled.rows) < MOST,
        guesses=_controls(PEOPLE, filled.fields),
        added=_controls(ADDED, filled.fields),
        more=_controls(MORE, filled.fields),
        origin=origin,
        renews=visit.held("prepared") is not None and not origin,
        told=told,
        told_trial=told_trial,
        tried=() if trial is None else _tried(trial),
        method=_method(visit.held("answer")),
        trial_fields=_trial_fields(asked or visit.held(ASKED_TRIAL)),
    )


def _to_begin_with(visit: Visit) -> tuple[Wanted, str]:
    """What the form holds at first, and a sentence on where that comes from."""
    prepared, answer = visit.held("prepared"), visit.held("answer")
    study = visit.session.study
    seed = 0 if study is None else study.study.seed
    if prepared is None:
        lists = {say("web.simulate.unnamed", n=place): share for place, share in enumerate(EXAMPLE_SHARES, start=1)}
        wanted = Wanted(lists=lists, population=EXAMPLE_GUESSES, another=EXAMPLE_SHARES[-1], seed=seed)
        return wanted, say("web.simulate.origin.example")
    guesses = _estimated(answer)
    origin = "estimate" if guesses else "data"
    table: CaptureTable = prepared.table
    guesses = guesses or (TIMES * max(int(table.count.sum()), 1),)
    middle = guesses[len(guesses) // 2]
    sizes = dict(zip(table.lists, table.list_sizes.tolist(), strict=True))
    largest = sorted(sizes, key=lambda name: -sizes[name])[:MOST]
    shares = {list_name(name): _near(size / middle) for name, size in sizes.items() if name in largest}
    another = sorted(shares.values())[len(shares) // 2]
    wanted = Wanted(lists=shares, population=guesses, another=another, seed=seed)
    if len(sizes) > MOST:
        return wanted, say("web.simulate.origin.largest", most=MOST)
    return wanted, say(f"web.simulate.origin.{origin}")


def _near(share: float) -> float:
    """A share to three digits, and neither nobody nor everybody."""
    return float(f"{min(max(share, LEAST_SHARE), MOST_SHARE):.3g}")


def _estimated(answer: Estimates | None) -> tuple[int, ...]:
    """The limits of an estimate with the number between them, as far as they are finite."""
    if answer is None or not adds_up(answer):
        return ()
    total = answer.total()
    middle, observed = float(total.estimate[0]), float(total.observed[0])
    if not math.isfinite(middle) or middle <= 0:
        return ()
    near = rounded(middle, float(total.limits[0, 0]), float(total.limits[0, 1]), floor=observed)
    ends = [number for number in (near.lower, near.upper) if math.isfinite(number)]
    return tuple(sorted({int(number) for number in (*ends, near.value)}))


def _controls(names: Mapping[str, Reach], values: Mapping[str, str]) -> tuple[Control, ...]:
    return tuple(
        Control(
            name=name,
            label=say(f"web.simulate.field.{name}"),
            help=_help(name),
            value=values.get(name, ""),
            type="number",
            step=step,
            least=least,
            most=most,
        )
        for name, (step, least, most) in names.items()
    )


def _help(name: str) -> str:
    if name == "seed":
        return say("web.estimate.seed_help")
    return say(f"web.simulate.help.{name}") if has(f"web.simulate.help.{name}") else ""


def _with_counts(visit: Visit, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Each list with how many people are on it, where it is one of the data."""
    prepared = visit.held("prepared")
    if prepared is None:
        return tuple(rows)
    table: CaptureTable = prepared.table
    sizes = {list_name(name): people(size) for name, size in zip(table.lists, table.list_sizes.tolist(), strict=True)}
    return tuple(replace(row, on_it=sizes.get(row.name, "")) for row in rows)


def _found(plan: Plan) -> Part:
    """What the lists would give, what one more would, and what a sample would: in a sentence, numbers and a picture."""
    size = plan.populations[len(plan.populations) // 2]
    place = plan.populations.index(size)
    before, after = careful(plan, size, "planned"), careful(plan, size, "another")
    seen = {"people": size, "seen": before.seen, "more": after.seen}
    needed = say("web.simulate.needed", needed=plan.needed[place], within=plan.within, **seen)
    numbers = (
        (_range(before), say("web.simulate.trio.planned")),
        (_range(after), say("web.simulate.trio.another", share=plan.another)),
        (_range(sampled(plan, size)), say("web.simulate.trio.anchor", sample=plan.anchors[place])),
    )
    tables = [depends_table(plan, each) for each in plan.populations]
    own = tables.pop(place)
    blocks: list[Block] = [Trio(numbers=numbers), Text(text=needed), *notices(plan.findings)]
    blocks.append(Picture(figure=options_figure(plan, size, tables=(own,)), open=False))
    if tables:
        blocks += [Grid(tables=(guesses_table(plan),)), Grid(tables=tuple(tables), fold=True)]
    return Part(name="found", heading=_finding(plan, size), blocks=tuple(blocks))


def _range(row: Outlook) -> str:
    """Limits as short as they can be, so that three of them stand beside each other."""
    low, high = limits_of(row)
    return say("web.simulate.range", low=low, high=high) if math.isfinite(high) else limits_text(row)


def _finding(plan: Plan, size: int) -> str:
    """What one more list would buy, in a sentence."""
    before, after = careful(plan, size, "planned"), careful(plan, size, "another")
    if math.isinf(after.upper):
        return say("web.simulate.finding.open", people=size)
    if len(plan.reach) == FEWEST:
        return say("web.simulate.finding.third", after=limits_text(after), people=size)
    if math.isinf(before.upper):
        return say("web.simulate.finding.limit", after=limits_text(after), people=size)
    lengths = [math.log(row.upper / row.lower) for row in (before, after)]
    word = "narrower" if lengths[1] < NARROWER * lengths[0] else "hardly"
    return say(f"web.simulate.finding.{word}", before=limits_text(before), after=limits_text(after), people=size)


def _tried(found: Simulation) -> tuple[Block, ...]:
    """How often the interval held the true number: in a sentence and a table."""
    scores = [each[0] for each in found.scores()]
    worst = min(range(len(scores)), key=lambda place: scores[place].coverage)
    values = {
        "n": len(scores),
        "level": found.pipelines[0].level,
        "share": float(np.mean([each.coverage for each in scores])),
    }
    if len(scores) == 1:
        said = say(f"simulate.first_one.{found.source}", points=100 * scores[0].coverage_error, **values)
    else:
        name = kind_name(found.designs[worst])
        said = say(f"simulate.first.{found.source}", worst=scores[worst].coverage, name=name, **values)
    pipeline = str(found.pipelines[0])
    made = say("simulate.made.one", populations=found.populations, pipeline=pipeline, seed=found.seed)
    return (
        Text(text=said, style="lead"),
        *notices(found.findings, found.data),
        Grid(tables=(trials_table(found),)),
        Text(text=made, style="remark"),
    )


def _method(answer: Estimates | None) -> str:
    """What is tried; empty where there is no estimate."""
    if answer is None or not answer.fits:
        return ""
    model, interval = model_name(answer.fits[0].model), how_made(answer)[0]
    return say("web.simulate.trial.method", model=model, interval=interval, most=REPLICATES)


def _trial_fields(asked: Mapping[str, str] | None) -> tuple[Control, ...]:
    """The fields of the second form, as it was last sent."""
    values = asked or {"source": SOURCES[0], "number": str(USUAL_NUMBER)}
    choices = tuple((each, say(f"web.simulate.trial.{each}")) for each in SOURCES)
    source = Control(name="source", label=say("web.simulate.trial.source"), value=values["source"], choices=choices)
    return (source, *_controls(TRIED, values))
