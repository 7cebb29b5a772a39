"""Who is counted, by what and on which lists: the form for it, and the study that comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from darknumber.data.table import Unit
from darknumber.errors import InputError
from darknumber.inference.groups import CROSSING, FORM
from darknumber.register.reading.organisations import OTHERS
from darknumber.register.screening.definitions import definition_of, definitions
from darknumber.run.study import CovariateOf, Grouping, ListOf, Study
from darknumber.views.labels import capital
from darknumber.web.forms import Control, whole_of
from darknumber.web.steps.reports_columns import field_label
from darknumber.web.tasks_reports import TakenIn
from darknumber.words import number, people, say
from darknumber.words.labels import list_name

Form = Mapping[str, str]

USUAL = ("year", "sex", "age")  # what people are counted by, where nothing is said: more take minutes
FEWEST_LISTS = 2
LONGEST_LIST = 60  # letters of the name of a list
FOUR_GROUPS = "four"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """An organisation as a row of the page, and the list that it is counted on."""

    name: str
    label: str
    reports: str
    list_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """Something to count by."""

    name: str
    label: str
    levels: int
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The form.

    Parameters
    ----------
    who
        Fields on who counts, and how often who is who is drawn.
    by
        What people can be counted by.
    lists
        The organisations.
    others
        Whether those of few reports count together as one list; None where there are none.
    small
        What is said of them.
    """

    who: tuple[Control, ...]
    by: tuple[Ticked, ...]
    lists: tuple[ShownList, ...]
    others: bool | None
    small: str


def counting_form(study: Study, found: TakenIn, form: Form, several: Mapping[str, Sequence[str]]) -> Counting:
    """The form as it was last sent; before that as the study says.

    Parameters
    ----------
    study
        The question as far as it is settled.
    found
        What came in.
    form, several
        What was sent; empty before anything was.
    """
    chosen = several.get("by", ()) if form else tuple(study.covariates) if _told(study) else USUAL
    lists = _lists_of(study, found)
    return Counting(
        who=_who(study, found, form),
        by=tuple(
            Ticked(name=name, label=field_label(name), levels=levels, ticked=name in chosen)
            for name, levels in found.levels.items()
        ),
        lists=tuple(
            ShownList(
                name=f"list-{place}",
                label=capital(list_name(name)),
                reports=people(reports),
                list_name=form.get(f"list-{place}", lists[name]),
            )
            for place, (name, reports) in enumerate(found.organisations.items())
        ),
        others=_others(study, found, form),
        small=say("web.reports.small_together", n=found.small[0], reports=found.small[1]) if found.small[0] else "",
    )


def _told(study: Study) -> bool:
    """Whether the study says how people are counted."""
    return bool(study.lists or study.covariates)


def _others(study: Study, found: TakenIn, form: Form) -> bool | None:
    if not found.small[0] or found.odd:
        return None
    return form.get("others") == "yes" if form else not study.lists or OTHERS in study.lists


def _lists_of(study: Study, found: TakenIn) -> dict[str, str]:
    """The list that each organisation is counted on; empty for one that is left out."""
    merged = {part: name for name, parts in study.reports.merge.items() for part in parts}
    return {
        name: merged.get(name, name if not study.lists or name in study.lists else "") for name in found.organisations
    }


def _who(study: Study, found: TakenIn, form: Form) -> tuple[Control, ...]:
    own = study.reports.definition
    named = {each.name: each for each in definitions()}
    known = own in named or not own
    everybody = next(iter(named))
    choices = tuple(
        (name, say("web.reports.everybody") if name == everybody else f"{name}: {_short(name)}")
        for name in found.definitions
    )
    units = tuple((unit, say(f"web.data.unit.{unit}")) for unit in get_args(Unit))
    usual = study.data.unit if _told(study) else _usual_unit(found)
    return (
        Control(
            name="definition",
            label=say("web.reports.definition_label"),
            help=say("web.reports.definition_help"),
            value=form.get("definition", own if known and own else everybody),
            choices=tuple(
                (name, text if name != everybody else say("web.reports.everybody")) for name, text in choices
            ),
        ),
        Control(
            name="formula",
            label=say("web.reports.formula"),
            help=say("web.reports.formula_help"),
            value=form.get("formula", "" if known else own),
        ),
        Control(
            name="unit",
            label=say("web.data.unit_label"),
            help=say("web.reports.unit_help"),
            value=form.get("unit", usual),
            choices=units,
        ),
        Control(
            name="draws",
            label=say("web.reports.draws"),
            help=say("web.reports.draws_help"),
            value=form.get("draws", str(study.reports.draws)),
            type="number",
            least=1,
            most=1000,
            step="1",
        ),
    )


def _short(name: str) -> str:
    return say(f"web.reports.definition_of.{name}")


def _usual_unit(found: TakenIn) -> Unit:
    return "person-year" if "year" in found.levels else "person"


def settled(study: Study, found: TakenIn, form: Form, several: Mapping[str, Sequence[str]]) -> Study:
    """The study with everything that the form says.

    Raises
    ------
    InputError
        Too few lists, no draws, or a definition that is not known.
    ModelError
        A definition that cannot be read.
    """
    draws = whole_of(form.get("draws", ""))
    if draws is None or draws < 1:
        raise InputError("no_link_draws", n=form.get("draws", "") if draws is None else draws)
    definition = form.get("formula", "").strip() or form.get("definition", "")
    if definition in ("", next(iter(definitions())).name):
        definition = ""
    else:
        definition_of(definition)
    lists, merge = _lists(found, form)
    by = [name for name in several.get("by", ()) if name in found.levels]
    unit: Unit = "person-year" if form.get("unit") == "person-year" else "person"
    if unit == "person-year" and "year" not in by:
        by.insert(0, "year")
    four = FORM in by and CROSSING in by
    groupings = {name: each for name, each in study.groupings.items() if name != FOUR_GROUPS}
    return replace(
        study,
        data=replace(study.data, rows="reports", unit=unit, on_conflict="error"),
        reports=replace(study.reports, definition=definition, merge=merge, draws=draws),
        lists={name: study.lists.get(name, ListOf()) for name in lists},
        covariates={name: study.covariates.get(name, CovariateOf()) for name in by},
        groupings=groupings | ({FOUR_GROUPS: Grouping(ready="rapporteur-four")} if four else {}),
    )


def _lists(found: TakenIn, form: Form) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The lists that are counted, and the organisations of those that are not one organisation by its own name."""
    if not found.organisations:
        return (), {}
    parts: dict[str, list[str]] = {}
    for place, name in enumerate(found.organisations):
        wanted = form.get(f"list-{place}", name).strip()[:LONGEST_LIST]
        if wanted:
            parts.setdefault(wanted, []).append(name)
    merge = {name: tuple(each) for name, each in parts.items() if each != [name]}
    lists = [*parts, *([OTHERS] if form.get("others") == "yes" and OTHERS not in parts else [])]
    if len(lists) < FEWEST_LISTS:
        raise InputError("web_reports_few_lists", n=number(len(lists)))
    return tuple(lists), merge
