"""Can this number be trusted? The section of a report that holds the studies of its answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from darknumber.findings import Finding
from darknumber.inference.printing import all_findings
from darknumber.studies import printing_omit, printing_sensitivity, printing_trajectory, printing_validate
from darknumber.studies.check import Check
from darknumber.studies.diagnose import Diagnosis
from darknumber.studies.kinds import Study
from darknumber.studies.laws import Laws
from darknumber.studies.panel import Panel
from darknumber.studies.printing_check import rests_sentence, verdict_in_words
from darknumber.studies.printing_diagnose import about_group, about_quality, about_status, none_far
from darknumber.studies.printing_laws import laws_in_words
from darknumber.studies.printing_panel import about_range, furthest
from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.disclosure import Protection
from darknumber.views.disclosure_findings import finding_in_words
from darknumber.views.labels import PEOPLE, About, lists_in, sum_name
from darknumber.views.options import Section
from darknumber.views.plots_multiverse import multiverse_figure
from darknumber.views.plots_sensitivity import dial_figure
from darknumber.views.plots_trajectory import trajectory_figure
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
from darknumber.views.tables_sightings import laws_table
from darknumber.words import say

_TOLD = ("few_people_moves", "few_people_decides")  # the sentence about how few people an answer hangs on tells it


def panel_sections(found: Panel, *, about: About = PEOPLE, protection: Protection | None = None) -> tuple[Section, ...]:
    """The studies of an answer as one section of its report, with a part for each.

    Parameters
    ----------
    found
        What the studies found.
    about
        Whom the figures are about.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    parts = [
        _laws(found, found.laws, protection) if found.laws is not None else None,
        _lists(found, found.checked, protection) if found.checked is not None else None,
        _fit(found, found.diagnosis, protection) if found.diagnosis is not None else None,
        _omission(found, protection),
        _hidden(found, protection),
        _course(found, about, protection),
        _untested(found, found.sensitivity, about, protection) if found.sensitivity is not None else None,
        _records(found.sensitivity) if found.sensitivity is not None else None,
    ]
    said = (say("panel.read", n=lists_in(found.estimates)), furthest(found), about_range(found))
    return (
        Section(
            heading=say("panel.section.all"),
            paragraphs=(" ".join(filter(None, said)), *_not_done(found)),
            figures=(
                multiverse_figure(
                    found, about=about, tables=[multiverse_table(found, protection=protection)], protection=protection
                ),
            ),
            parts=tuple(part for part in parts if part is not None),
            fold=True,
        ),
    )


def _laws(found: Panel, tried: Laws, protection: Protection | None) -> Section:
    return Section(
        heading=say("panel.section.laws"),
        paragraphs=(laws_in_words(tried),),
        points=_points(found, tried.findings, protection),
        tables=(laws_table(tried, protection=protection),),
        fold=True,
    )


def _lists(found: Panel, checked: Check, protection: Protection | None) -> Section:
    said = (verdict_in_words(checked), _rests(checked, protection))
    findings = [*checked.verdict.reasons, *checked.findings]
    table = audit_table(checked, protection=protection)
    return Section(
        heading=say("panel.section.check"),
        paragraphs=(" ".join(filter(None, said)),),
        points=_points(found, findings, protection),
        tables=(table,) if table is not None else (),
        fold=True,
    )


def _rests(checked: Check, protection: Protection | None) -> str:
    if protection is None or checked.rests is None:
        return rests_sentence(checked)
    return rests_sentence(checked, people=protection.vague(checked.rests.people))


def _fit(found: Panel, diagnosis: Diagnosis, protection: Protection | None) -> Section:
    said = [about_quality(diagnosis)]
    table = residuals_table(diagnosis, protection=protection)
    if table is None and diagnosis.quality.judged:
        said.append(none_far(diagnosis))
    if not math.isfinite(float(diagnosis.fit.estimate.sum())):
        said.append(say("diagnose.title.no_estimate"))
    elif diagnosis.influence is not None:
        said.append(_hangs_on(diagnosis, protection))
    return Section(
        heading=say("panel.section.diagnose"),
        paragraphs=(" ".join(said), about_status(diagnosis)),
        points=_points(found, [each for each in diagnosis.findings if each.code not in _TOLD], protection),
        tables=(table,) if table is not None else (),
    )


def _hangs_on(diagnosis: Diagnosis, protection: Protection | None) -> str:
    """How few people move the answer; of how many, no more than about where numbers are protected."""
    group = None if diagnosis.influence is None else diagnosis.influence.fewest
    if protection is None:
        return about_group(diagnosis, group)
    few = "" if group is None else protection.vague(group.people)
    return about_group(diagnosis, group, few=few, everyone=protection.total.text)


def _omission(found: Panel, protection: Protection | None) -> Section | None:
    if found.omission is None:
        return None
    return Section(
        heading=say("panel.section.omit"),
        paragraphs=(f"{printing_omit.title(found.omission)}.",),
        points=_points(found, found.omission.findings, protection),
        tables=(omission_table(found.omission, protection=protection),),
        fold=True,
    )


def _hidden(found: Panel, protection: Protection | None) -> Section | None:
    if found.validation is None:
        return None
    easier = [finding for finding in found.validation.findings if finding.code == "validate_easier"]
    return Section(
        heading=say("panel.section.validate"),
        paragraphs=(
            f"{printing_validate.title(found.validation)}.",
            *(finding_in_words(finding, found.data, protection) for finding in easier),
        ),
        points=_points(found, found.validation.findings, protection),
        tables=(validation_table(found.validation, protection=protection),),
        fold=True,
    )


def _course(found: Panel, about: About, protection: Protection | None) -> Section | None:
    course = found.trajectory
    if course is None:
        return None
    table = trajectory_table(course)
    figure = trajectory_figure(course, name=sum_name(found.estimates, about), tables=[table])
    return Section(
        heading=say("panel.section.trajectory"),
        paragraphs=() if figure else (f"{printing_trajectory.title(course)}.",),
        points=_points(found, course.findings, protection),
        figures=(figure,) if figure else (),
        fold=True,
    )


def _untested(found: Panel, sensitivity: Sensitivity, about: About, protection: Protection | None) -> Section:
    tables = (assumptions_table(sensitivity, protection=protection), pairs_table(sensitivity, protection=protection))
    shown = [table for table in tables if table.rows]
    figure = dial_figure(sensitivity, about=about, tables=[dial_table(sensitivity), *shown])
    return Section(
        heading=say("panel.section.sensitivity"),
        paragraphs=() if figure else (f"{printing_sensitivity.title(sensitivity)}.",),
        points=_points(found, sensitivity.findings, protection, notes=True),
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


def _points(
    found: Panel, findings: Sequence[Finding], protection: Protection | None, *, notes: bool = False
) -> tuple[str, ...]:
    """Findings of a study that the page does not tell elsewhere: the cautions, or the notes too."""
    told = {(finding.code, finding.where) for finding in all_findings(found.estimates)}
    return tuple(
        finding_in_words(finding, found.data, protection)
        for finding in findings
        if (notes or finding.severity != "note") and (finding.code, finding.where) not in told
    )


def _not_done(found: Panel) -> Iterator[str]:
    """The studies that are missing: those that would take long together, others each with its reason."""
    long: list[Study] = [each.study for each in found.missing if each.error is None]
    if long:
        verbs = dict.fromkeys("sensitivity" if study == "records" else study for study in long)
        names = [say(f"panel.looks_at.{study}") for study in long]
        yield say("panel.not_done", names=names, verbs=list(verbs))
    reasons = dict.fromkeys(each.error.what for each in found.missing if each.error is not None)
    yield from reasons
