"""The estimate: what is assumed, the work, and the answer with its doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from darknumber.data.drawn import DrawnTables
from darknumber.errors import DarknumberError, ModelError
from darknumber.inference.asked import check_settings
from darknumber.inference.assumed import assumed_of, assumed_of_links
from darknumber.inference.defaults import default_model
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS
from darknumber.models import MODELS, OF_SIGHTINGS, BestLaw
from darknumber.models.text import format_thing, parse
from darknumber.run.study import Assumed, Study
from darknumber.views.document import Part
from darknumber.views.report import ReportOptions, document
from darknumber.web.forms import Control, Group, group_of, number_of, thing_of, whole_of
from darknumber.web.sessions import WORK
from darknumber.web.steps.shown import about_of, made_with
from darknumber.web.visit import Visit, go, page
from darknumber.words import say

# What another model leaves as it was.
STAY = ("columns", "prepared", "check", "plan", "plan asked", "reports", "intake", "linked")
# A first look: few replicates give limits that are rough, and soon.
QUICK: Mapping[str, str] = {"interval": "bootstrap", "interval.of": "bootstrap", "interval.replicates": "100"}
OF_ONE_LIST = ("bootstrap", "lognormal")
OPENING = ("findings",)  # part of a report that a page shows after its first page


def show(visit: Visit) -> Response:
    """The page, with the settings as they were last used; in the address others may be tried on."""
    return _page(visit, visit.query, ())


def ask(visit: Visit) -> Response:
    """Settle model and interval, and estimate; or only show the settings of another model."""
    session, prepared = visit.session, visit.held("prepared")
    if session.study is None or prepared is None:
        return go("/data")
    if visit.form.get("look"):
        return _page(visit, visit.form, ())
    form = {**visit.form, **QUICK} if visit.form.get("quick") else visit.form
    try:
        study = _settled(session.study, form)
    except DarknumberError as error:
        return _page(visit, visit.form, error.told)
    session.keep(study, *STAY)
    given = {"study": study, "base": session.base, "prepared": prepared, "work": session.folder / WORK}
    visit.ask("answer", "tasks:answer", given)
    return go("/estimate")


def _models(study: Study) -> Mapping[str, Any]:
    """The models that can be chosen: those of one list where the data are how often people are on it."""
    return OF_SIGHTINGS if study.data.times else MODELS


def _intervals(study: Study) -> Mapping[str, Any]:
    """The intervals that can be chosen; of one list, those of `OF_ONE_LIST`."""
    return {name: each for name, each in INTERVALS.items() if not study.data.times or name in OF_ONE_LIST}


def _settled(study: Study, form: Mapping[str, str]) -> Study:
    """The study with the model, interval, level and seed of the form."""
    model, interval = thing_of("model", form, _models(study)), thing_of("interval", form, _intervals(study))
    level, seed = number_of(form.get("level", ""), 0.0) / 100, whole_of(form.get("seed", ""))
    if seed is None:
        raise ModelError("bad_seed", seed=form.get("seed", ""))
    check_settings(level, seed, None)
    assumed = Assumed(
        model="" if model is None else format_thing(model),
        interval="" if interval is None else format_thing(interval),
        level=level,
    )
    return replace(study, model=assumed, study=replace(study.study, seed=seed))


def _page(visit: Visit, form: Mapping[str, str], told: tuple[str, ...]) -> Response:
    study, prepared, found = visit.session.study, visit.held("prepared"), visit.held("answer")
    values: dict[str, Any] = {
        "parts": (),
        "groups": (),
        "assumes": (),
        "source": "",
        "told": told,
        "made": made_with(found),
    }
    if study is not None and prepared is not None:
        model, interval = _chosen(study, form)
        values["groups"] = _groups(study, form, model, interval)
        meant = model or (BestLaw() if study.data.times else default_model(prepared.table))
        codes = assumed_of(meant.assumes, prepared.table)
        if isinstance(prepared.counts, DrawnTables):
            codes = assumed_of_links(codes, prepared.counts.how.method)
        values["assumes"] = tuple(say(f"assumption.{code}") for code in codes)
        values["source"] = say("cli.source", source=meant.source)
    if found is not None and study is not None:
        values["parts"] = answer_parts(found, study)
    return page(visit, "estimate.html", awaited=visit.job("answer"), **values)


def _chosen(study: Study, form: Mapping[str, str]) -> tuple[Any, Any]:
    """The model and interval that the form shows: those chosen in it, else those of the study."""
    found = []
    for name, kept, registry in (
        ("model", study.model.model, _models(study)),
        ("interval", study.model.interval, _intervals(study)),
    ):
        known: Mapping[str, Any] = registry
        if name in form:
            try:
                found.append(thing_of(name, form, known))
            except DarknumberError:
                found.append(known.get(form[name]))
        else:
            found.append(_kept(kept, known))
    return found[0], found[1]


def _kept(text: str, known: Mapping[str, Any]) -> Any:
    """What the study names; nothing where that is not for these data, as after another choice of columns."""
    try:
        return parse(text, known) if text else None
    except DarknumberError:
        return None


def _groups(study: Study, form: Mapping[str, str], model: Any, interval: Any) -> tuple[Group, ...]:
    level, seed = form.get("level", f"{study.model.level * 100:g}"), form.get("seed", str(study.study.seed))
    return (
        group_of("model", say("web.estimate.model"), model, _models(study), own=say("web.estimate.own_model")),
        group_of(
            "interval", say("web.estimate.interval"), interval, _intervals(study), own=say("web.estimate.own_interval")
        ),
        Group(
            name="more",
            legend=say("web.estimate.more"),
            chosen="",
            fields=(
                Control(
                    name="level",
                    label=say("web.estimate.level"),
                    value=level,
                    type="number",
                    least=50,
                    most=99.9,
                    step="any",
                ),
                Control(
                    name="seed",
                    label=say("web.estimate.seed"),
                    help=say("web.estimate.seed_help"),
                    value=seed,
                    type="number",
                    least=0,
                    step="1",
                ),
            ),
        ),
    )


def answer_parts(found: Estimates, study: Study) -> tuple[Part, ...]:
    """The first page of the report about an answer, and all its findings, with exact counts."""
    made = document(found, options=ReportOptions(rules=None, about=about_of(study)))
    title = Part(name="finding", heading=made.title, blocks=made.opening[0].blocks)
    rest = tuple(part for part in made.opening[1:] if part.name != "urgent")
    return (title, *rest, *(part for part in made.parts if part.name in OPENING))
