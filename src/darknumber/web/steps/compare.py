"""Other answers to the same question: other models, and without each list; of one list, other laws."""

from __future__ import annotations

from starlette.responses import Response

from darknumber.data.frequencies import Frequencies
from darknumber.errors import DarknumberError, InputError
from darknumber.inference.estimates import Estimates
from darknumber.models import MODELS
from darknumber.models.text import format_thing, parse
from darknumber.studies import printing_omit
from darknumber.studies.compare import Comparison
from darknumber.studies.laws import Laws
from darknumber.studies.omit import Omission
from darknumber.views.comparison import comparison_section
from darknumber.views.document import Block, Grid, Text
from darknumber.views.labels import About
from darknumber.views.report_parts import part_of
from darknumber.views.tables_panel import omission_table
from darknumber.web.steps.shown import about_of, laws_part, notices
from darknumber.web.steps.vintages import published, shown
from darknumber.web.visit import Visit, go, page
from darknumber.words import say

USUAL = ("independence", "stepwise")  # offered with a tick, beside the model of the answer
# Not by a tick: what needs settings of its own, or people one by one.
APART = (
    "completed",
    "composite-link",
    "pooled-total",
    "links",
    "stratified",
    "log-linear",
    "corrected",
    "doubly-robust",
)
NAMES = tuple(name for name in MODELS if name not in APART)


def show(visit: Visit) -> Response:
    """The page; of one list, the other laws are asked for by themselves."""
    answer, job = visit.held("answer"), visit.job("compare")
    idle = job is None or job.state in ("done", "cancelled")
    if _is_one_list(visit) and answer is not None and visit.held("compare") is None and idle:
        visit.ask("compare", "tasks:other_laws", {"answer": answer})
    return _page(visit, ())


def ask(visit: Visit) -> Response:
    """Estimate under several models."""
    session, prepared = visit.session, visit.held("prepared")
    study = session.study
    if study is None or prepared is None:
        return go("/data")
    if _is_one_list(visit):
        return _page(visit, InputError("web_one_list").told)
    try:
        models = _models(visit)
    except DarknumberError as error:
        return _page(visit, error.told)
    given = {
        "prepared": prepared,
        "models": models,
        "interval": study.model.interval,
        "level": study.model.level,
        "seed": study.study.seed,
    }
    visit.ask("compare", "tasks:side_by_side", given)
    return go("/compare")


def omit(visit: Visit) -> Response:
    """Estimate without each list, and with each pair merged."""
    study, prepared = visit.session.study, visit.held("prepared")
    if study is None or prepared is None:
        return go("/data")
    if _is_one_list(visit):
        return _page(visit, InputError("web_one_list").told)
    given = {
        "prepared": prepared,
        "model": study.model.model,
        "level": study.model.level,
        "seed": study.study.seed,
    }
    visit.ask("omit", "tasks:without_lists", given)
    return go("/compare")


def _is_one_list(visit: Visit) -> bool:
    """Whether the data are how often people are on one list."""
    prepared = visit.held("prepared")
    return prepared is not None and isinstance(prepared.counts, Frequencies)


def _models(visit: Visit) -> tuple[str, ...]:
    """The models that are ticked and written out; that of the answer first, as the others are laid beside it."""
    ticked = [name for name in visit.several.get("model", ()) if name in MODELS]
    written = [line.strip() for line in visit.form.get("text", "").splitlines() if line.strip()]
    found = tuple(dict.fromkeys(format_thing(parse(text, MODELS)) for text in [*ticked, *written]))
    if len(found) < 2:
        raise InputError("web_too_few_models", n=len(found))
    own = _own(visit)
    return tuple(sorted(found, key=lambda text: text != own))


def _own(visit: Visit) -> str:
    """The model of the answer, written out; empty where there is none."""
    answer: Estimates | None = visit.held("answer")
    return format_thing(answer.fits[0].model) if answer is not None and answer.fits else ""


def _page(visit: Visit, told: tuple[str, ...]) -> Response:
    study = visit.session.study
    own = _own(visit)
    ticked = visit.several.get("model", ()) if visit.form else (*USUAL, own)
    compared, omitted = visit.held("compare"), visit.held("omit")
    country, figures = published(visit)
    laws = laws_part(compared) if isinstance(compared, Laws) else None
    return page(
        visit,
        "compare.html",
        one_list=_is_one_list(visit),
        laws=laws,
        names=[(name, say(f"about.{name}"), name in ticked) for name in NAMES],
        text=visit.form.get("text", own if "(" in own else ""),
        told=told,
        comparing=visit.job("compare"),
        omitting=visit.job("omit"),
        awaited=visit.first_open("compare", "omit", "vintages"),
        vintages=visit.job("vintages"),
        revised=shown(visit.held("vintages"), study),
        country=country,
        published=figures,
        has_answer=visit.held("answer") is not None,
        compared=() if study is None or not isinstance(compared, Comparison) else _compared(compared, about_of(study)),
        omitted=() if omitted is None else _omitted(omitted),
    )


def _compared(found: Comparison, about: About) -> tuple[Block, ...]:
    return part_of(comparison_section(found, about=about), "compared").blocks


def _omitted(found: Omission) -> tuple[Block, ...]:
    return (
        Text(text=f"{printing_omit.title(found)}.", style="lead"),
        *notices(found.findings, found.everything.data),
        Grid(tables=(omission_table(found),)),
    )
