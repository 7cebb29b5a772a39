"""Can this number be trusted? The section of a report that holds the studies of its answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from darknumber.findings import Finding
from darknumber.inference.printing import all_findings, finding_sentence
from darknumber.inference.publish import SMALL, to_step
from darknumber.studies import printing_omit, printing_sensitivity, printing_trajectory, printing_validate
from darknumber.studies.check import Check
from darknumber.studies.diagnose import Diagnosis
from darknumber.studies.panel import Panel, Study
from darknumber.studies.printing_check import rests_sentence, verdict_in_words
from darknumber.studies.printing_diagnose import about_group, about_quality, about_status, none_far
from darknumber.studies.printing_panel import about_range, furthest
from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.labels import PEOPLE, About, sum_name
from darknumber.views.plots_multiverse import multiverse_figure
from darknumber.views.plots_sensitivity import dial_figure
from darknumber.views.plots_trajectory import trajectory_figure
from darknumber.views.protection import hides, is_small
from darknumber.views.options import Section
from darknumber.views.tables_lists import audit_table
from darknumber.views.tables_panel import (
    multiverse_table,
    omission_table,
    residuals_table,
    trajectory_table,
    validation_table,
)
from darknumber.views.tables_sensitivity import (
    assumptions_table,
    dial_table,
    erroneous_table,
    links_table,
    pairs_table,
)
from darknumber.words import say
from darknumber.words.labels import covariate_name, level_name, list_name

# Findings that count people, with the number that does; of 1 to 4 they have a sentence without it.
_OF_PEOPLE = {
    "empty_margins": "n",
    "list_small": "n",
    "one_person_decides": "n",
    "one_person_moves": "n",
    "reason_few_recaptures": "n",
    "reason_rests": "n",
}

_TOLD = ("few_people_moves", "few_people_decides")  # the sentence about how few people an answer hangs on tells it


def panel_sections(found: Panel, *, about: About = PEOPLE, protect: bool = True) -> tuple[Section, ...]:
    """The studies of an answer as one section of its report, with a part for each.

    Parameters
    ----------
    found
        What the studies found.
    about
        Whom the figures are about.
    protect
        Whether numbers of 1 to 4 people are hidden, and others rounded where they would give these away.
    """
    parts = [
        _lists(found, found.checked, protect) if found.checked is not None else None,
        _fit(found, found.diagnosis, protect) if found.diagnosis is not None else None,
        _omission(found, protect),
        _hidden(found, protect),
        _course(found, about, protect),
        _untested(found, found.sensitivity, about, protect) if found.sensitivity is not None else None,
        _records(found.sensitivity) if found.sensitivity is not None else None,
    ]
    said = (say("panel.read"), furthest(found), about_range(found))
    hidden = [say("panel.hidden", most=SMALL - 1)] if hides(found.data, protect) else []
    return (
        Section(
            heading=say("panel.section.all"),
            paragraphs=(" ".join(filter(None, said)), *_not_done(found), *hidden),
            figures=(multiverse_figure(found, about=about, tables=[multiverse_table(found)]),),
            parts=tuple(part for part in parts if part is not None),
            fold=True,
        ),
    )


def _lists(found: Panel, checked: Check, protect: bool) -> Section:
    said = (verdict_in_words(checked), rests_sentence(checked, small=SMALL if protect else None))
    findings = [*checked.verdict.reasons, *checked.findings]
    table = audit_table(checked, protect=protect)
    return Section(
        heading=say("panel.section.check"),
        paragraphs=(" ".join(filter(None, said)),),
        points=_points(found, findings, protect),
        tables=(table,) if table is not None else (),
        fold=True,
    )


def _fit(found: Panel, diagnosis: Diagnosis, protect: bool) -> Section:
    said = [about_quality(diagnosis)]
    table = residuals_table(diagnosis, protect=protect)
    if table is None and diagnosis.quality.judged:
        said.append(none_far(diagnosis))
    if not math.isfinite(float(diagnosis.fit.estimate.sum())):
        said.append(say("diagnose.title.no_estimate"))
    elif diagnosis.influence is not None:
        said.append(_hangs_on(diagnosis, protect))
    return Section(
        heading=say("panel.section.diagnose"),
        paragraphs=(" ".join(said), about_status(diagnosis)),
        points=_points(found, [each for each in diagnosis.findings if each.code not in _TOLD], protect),
        tables=(table,) if table is not None else (),
    )


def _hangs_on(diagnosis: Diagnosis, protect: bool) -> str:
    """How few people move the answer; of 1 to 4 only that they are so few."""
    group = None if diagnosis.influence is None else diagnosis.influence.fewest
    if group is None or not (protect and is_small(group.people)):
        return about_group(diagnosis, group)
    people = float(diagnosis.fit.observed.sum())
    estimate = to_step(float(diagnosis.fit.estimate.sum()), diagnosis.step, people)
    values = {"small": SMALL, "people": people, "estimate": estimate}
    if not math.isfinite(group.estimate):
        return say("panel.protected.no_limit", **values)
    return say("panel.protected.few", other=to_step(group.estimate, diagnosis.step, people), **values)


def _omission(found: Panel, protect: bool) -> Section | None:
    if found.omission is None:
        return None
    return Section(
        heading=say("panel.section.omit"),
        paragraphs=(f"{printing_omit.title(found.omission)}.",),
        points=_points(found, found.omission.findings, protect),
        tables=(omission_table(found.omission),),
        fold=True,
    )


def _hidden(found: Panel, protect: bool) -> Section | None:
    if found.validation is None:
        return None
    easier = [finding for finding in found.validation.findings if finding.code == "validate_easier"]
    return Section(
        heading=say("panel.section.validate"),
        paragraphs=(
            f"{printing_validate.title(found.validation)}.",
            *(finding_sentence(finding, found.data) for finding in easier),
        ),
        points=_points(found, found.validation.findings, protect),
        tables=(validation_table(found.validation, protect=protect),),
        fold=True,
    )


def _course(found: Panel, about: About, protect: bool) -> Section | None:
    course = found.trajectory
    if course is None:
        return None
    table = trajectory_table(course)
    figure = trajectory_figure(course, name=sum_name(found.estimates, about), tables=[table])
    return Section(
        heading=say("panel.section.trajectory"),
        paragraphs=() if figure else (f"{printing_trajectory.title(course)}.",),
        points=_points(found, course.findings, protect),
        figures=(figure,) if figure else (),
        fold=True,
    )


def _untested(found: Panel, sensitivity: Sensitivity, about: About, protect: bool) -> Section:
    tables = (assumptions_table(sensitivity), pairs_table(sensitivity, protect=protect))
    shown = [table for table in tables if table.rows]
    figure = dial_figure(sensitivity, about=about, tables=[dial_table(sensitivity), *shown])
    return Section(
        heading=say("panel.section.sensitivity"),
        paragraphs=() if figure else (f"{printing_sensitivity.title(sensitivity)}.",),
        points=_points(found, sensitivity.findings, protect, notes=True),
        figures=(figure,) if figure else (),
        tables=() if figure else tuple(shown),
        fold=True,
    )


def _records(sensitivity: Sensitivity) -> Section | None:
    """Tables of more than the answer as it is: what was not looked at has one number only."""
    grid, trimmed = sensitivity.linkage, sensitivity.trimmed[0]
    asked = ((grid.estimate.size > 1, links_table), (len(trimmed.share) > 1, erroneous_table))
    tables = [draw(sensitivity) for wanted, draw in asked if wanted]
    tables = [table for table in tables if table.rows]
    if not tables:
        return None
    return Section(
        heading=say("panel.section.records"), paragraphs=(say("panel.records"),), tables=tuple(tables), fold=True
    )


def _points(found: Panel, findings: Sequence[Finding], protect: bool, *, notes: bool = False) -> tuple[str, ...]:
    """Findings of a study that the page does not tell elsewhere: the cautions, or the notes too."""
    told = {(finding.code, finding.where) for finding in all_findings(found.estimates)}
    return tuple(
        _sentence(finding, found, protect)
        for finding in findings
        if (notes or finding.severity != "note") and (finding.code, finding.where) not in told
    )


def _sentence(finding: Finding, found: Panel, protect: bool) -> str:
    """A finding in words; without the number where that is of 1 to 4 people."""
    number = finding.values.get(_OF_PEOPLE.get(finding.code, ""))
    if not (protect and isinstance(number, int | float) and is_small(number)):
        return finding_sentence(finding, found.data)
    values = dict(finding.values)
    if "covariate" in values:
        name = str(values["covariate"])
        levels = finding.values["levels"]
        values["levels"] = [level_name(name, level) for level in levels]  # type: ignore[attr-defined]
        values["covariate"] = covariate_name(name)
    return say(f"panel.protected.{finding.code}", small=SMALL, where=list_name(finding.where), **values)


def _not_done(found: Panel) -> Iterator[str]:
    """The studies that are missing: those that would take long together, others each with its reason."""
    long: list[Study] = [each.study for each in found.missing if each.error is None]
    if long:
        verbs = dict.fromkeys("sensitivity" if study == "records" else study for study in long)
        names = [say(f"panel.looks_at.{study}") for study in long]
        yield say("panel.not_done", names=names, verbs=list(verbs))
    reasons = dict.fromkeys(each.error.what for each in found.missing if each.error is not None)
    yield from reasons
