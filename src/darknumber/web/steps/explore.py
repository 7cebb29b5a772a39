"""The answer by year and by group, as a picture and a table beside each other; other models; what no data can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from darknumber.data.table import Covariate
from darknumber.errors import DarknumberError
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import adds_up, time_of
from darknumber.run.study import Study
from darknumber.views.asked import Asked, groupings_of
from darknumber.views.document import Block, Grid, Part, Picture, Trio
from darknumber.views.labels import capital
from darknumber.views.models_asked import models_figure
from darknumber.views.plots_asked import forest_asked, iceberg_asked, years_asked
from darknumber.views.story import headline, trio
from darknumber.views.tables_asked import numbers_table
from darknumber.web.forms import Control
from darknumber.web.steps.dial import Dials, dials_of
from darknumber.web.steps.shown import about_of, made_with, notice
from darknumber.web.visit import Visit, page
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name

ALL = ""  # the choice of no covariate, and of everyone


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is looked at: by which covariates, and of whom."""

    by: tuple[str, ...]
    only: tuple[str, str] | None
    not_recorded: str


def show(visit: Visit) -> Response:
    """The page."""
    found: Estimates | None = visit.held("answer")
    study = visit.session.study
    if found is None or study is None:
        return page(
            visit, "explore.html", answer=None, parts=(), controls=(), dials=None, models=None, trouble=(), made=""
        )
    choice = _choice(visit, found)
    told: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    try:
        blocks = tuple(_blocks(_only(found, choice), choice, study))
    except DarknumberError as error:
        told = error.told
    figure = models_figure(found, Asked(rules=None, about=about_of(study)))
    dials: Dials | None = dials_of(found, visit.query) if adds_up(found) else None
    return page(
        visit,
        "explore.html",
        answer=found,
        parts=blocks,
        controls=_controls(found, choice),
        dials=dials,
        models=None
        if figure is None
        else Part(name="models", heading=say("web.explore.models"), blocks=(Picture(figure=figure, open=False),)),
        trouble=told,
        made=made_with(found),
    )


def _choice(visit: Visit, found: Estimates) -> Choice:
    known = {each.name for each in found.covariates} | {each.name for each in groupings_of(found.covariates)}
    asked = [visit.query.get(name, ALL) for name in ("by", "and")]
    by = tuple(dict.fromkeys(name for name in asked if name in known))
    time = time_of(found)
    if "by" not in visit.query and time is not None:
        by = (time.name,)
    only = None
    name, _, level = visit.query.get("only", ALL).partition("=")
    covariate = next((each for each in found.covariates if each.name == name), None)
    if covariate is not None and level in covariate.levels:
        only = (name, level)
        by = tuple(each for each in by if each != name)
    shares = "allocate" if visit.query.get("not_recorded") == "allocate" else "show"
    return Choice(by=by, only=only, not_recorded=shares)


def _only(found: Estimates, choice: Choice) -> Estimates:
    """The answer about some of the people."""
    return found if choice.only is None else found.select(**{choice.only[0]: choice.only[1]})


def _blocks(found: Estimates, choice: Choice, study: Study) -> Sequence[Block]:
    asked = Asked(by=choice.by, not_recorded=choice.not_recorded, about=about_of(study), rules=None)  # type: ignore[arg-type]
    head = headline(found)
    blocks: list[Block] = []
    if head is not None and not choice.by:
        blocks.append(Trio(numbers=trio(head)))
    time = time_of(found)
    names = [name for name in choice.by if time is None or name != time.name]
    if not adds_up(found):
        figure = forest_asked(found, asked)
    elif time is not None and time.name in choice.by:
        figure = years_asked(found, asked) or iceberg_asked(found, asked)
    elif names:
        figure = forest_asked(found, asked)
    else:
        figure = iceberg_asked(found, asked)
    if figure is not None:
        return [*blocks, Picture(figure=figure)]
    table = numbers_table(found, asked)
    return [*blocks, Grid(tables=(table,))] if table.rows else [*blocks, notice("note", say("web.explore.nothing"))]


def _controls(found: Estimates, choice: Choice) -> tuple[Control, ...]:
    everything = [(each.name, capital(covariate_name(each.name))) for each in found.covariates]
    everything += [(each.name, capital(covariate_name(each.name))) for each in groupings_of(found.covariates)]
    nothing = (ALL, say("web.explore.no_group"))
    by = [*choice.by, ALL, ALL]
    controls = [
        Control(name="by", label=say("web.explore.by"), value=by[0], choices=(nothing, *everything)),
        Control(name="and", label=say("web.explore.and"), value=by[1], choices=(nothing, *everything)),
    ]
    if adds_up(found):
        only = "=".join(choice.only) if choice.only else ALL
        levels = [pair for each in found.covariates for pair in _levels(each)]
        choices = ((ALL, say("web.explore.everyone")), *levels)
        controls.append(Control(name="only", label=say("web.explore.only"), value=only, choices=choices))
    if any(each.has_not_recorded for each in found.covariates):
        shares = tuple((value, say(f"web.explore.not_recorded.{value}")) for value in ("show", "allocate"))
        controls.append(
            Control(
                name="not_recorded",
                label=say("web.explore.not_recorded.label"),
                value=choice.not_recorded,
                choices=shares,
            )
        )
    return tuple(controls)


def _levels(covariate: Covariate) -> Sequence[tuple[str, str]]:
    name = capital(covariate_name(covariate.name))
    return [(f"{covariate.name}={level}", f"{name}: {level_name(covariate.name, level)}") for level in covariate.levels]
