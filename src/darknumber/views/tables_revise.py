"""Tables of a revision: what both studies say, and the change with its parts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import time_of
from darknumber.inference.shown import Shown, notes
from darknumber.studies.revise import Revision
from darknumber.studies.revision_figures import (
    Published,
    RevisedRow,
    limits_text,
    order_in_words,
    revised_rows,
    signed,
    step_name,
    study_label,
    study_name,
    told_key,
)
from darknumber.views.disclosure import Protection, disclose
from darknumber.views.labels import PEOPLE, About, capital, noun
from darknumber.views.tables import Cell, Column, Table, words
from darknumber.views.tables_estimates import RATIO_DIGITS
from darknumber.words import interval, people, ratio, say
from darknumber.words.labels import covariate_name

WHEN = ("then", "now")  # what the columns of the first and the second study are called where a table is data

WHEN = ("then", "now")


def registered_shown(found: Revision, protection: Protection | None) -> Published | None:
    """The registered numbers of each level as they are published, then and now; None where they are exact.

    The earlier numbers are looked at by the same rules as those of this publication.
    """
    if protection is None:
        return None
    if found.by is None:
        return ((disclose(found.old, protection.rules).total, protection.total),)
    then, now = (shown_by_level(found, answer, protection) for answer in (found.old, found.new))
    return tuple((then[level], now[level]) for level in found.levels)


def shown_by_level(found: Revision, answer: Estimates, protection: Protection) -> Mapping[str, Shown]:
    """The registered number of each level of one of the two studies, as it is published."""
    by = found.by or ""
    rows, time = answer.by(by), time_of(answer)
    groups = () if time is not None and time.name == by else ((by,),)
    try:
        # what is published of the later study elsewhere is what stands here too
        shown = protection.registered(rows)
    except LookupError:
        shown = disclose(answer, protection.rules, groups=groups).registered(rows)
    return dict(zip(rows.covariates[0].levels, shown, strict=True))


def counts_table(found: Revision, *, about: About = PEOPLE, protection: Protection | None = None) -> Table:
    """Registered, and how many are estimated for each one registered, then and now.

    Parameters
    ----------
    found
        The two studies.
    about
        Whom the figures are about.
    protection
        What is shown of registered numbers; None prints them exactly.
    """
    rows = revised_rows(found, registered=registered_shown(found, protection))
    labels = [study_label(found, 0), study_label(found, 1)]
    columns = [_naming(found)]
    for what in ("registered", "ratio"):
        for name, when in zip(labels, WHEN, strict=True):
            columns.append(Column(label=say(f"revise.table.{what}", name=name), names=(f"{what}_{when}",)))
    return Table(
        caption=say("revise.table.counts", first=study_name(found, 0), second=study_name(found, 1), unit=unit(about)),
        columns=tuple(columns),
        rows=tuple(_counts(row) for row in rows),
        sums=_sums(rows),
        notes=notes([each for row in rows for each in row.registered]),
    )


def answers_table(found: Revision, *, about: About = PEOPLE, protection: Protection | None = None) -> Table:
    """What each study estimated, with its interval.

    Parameters
    ----------
    found, about, protection
        As in `counts_table`.
    """
    rows = revised_rows(found, registered=registered_shown(found, protection))
    columns = [_naming(found)]
    labels = [study_label(found, 0), study_label(found, 1)]
    for name, when, study in zip(labels, WHEN, (found.old, found.new), strict=True):
        limits = (f"lower_{when}", f"upper_{when}")
        columns.append(Column(label=say("revise.table.estimate", name=name), names=(f"estimate_{when}",)))
        columns.append(Column(label=say("revise.table.interval", name=name, level=study.level), names=limits))
    return Table(
        caption=say("revise.table.answers", first=study_name(found, 0), second=study_name(found, 1), unit=unit(about)),
        columns=tuple(columns),
        rows=tuple(_answers(row) for row in rows),
        sums=_sums(rows),
    )


def parts_table(found: Revision, *, about: About = PEOPLE, protection: Protection | None = None) -> Table:
    """The change, its interval, whether it is more than noise, and the parts that add up to it.

    Parameters
    ----------
    found, about, protection
        As in `counts_table`.
    """
    rows = revised_rows(found, registered=registered_shown(found, protection))
    split = len(found.steps) > 1
    columns = [_naming(found), Column(label=say("revise.table.change"), names=("change",))]
    limits = Column(label=say("revise.table.change_interval", level=found.level), names=("lower", "upper"))
    columns += [limits] if found.testable else []
    columns.append(Column(label=say("revise.table.told"), align="left", names=("told",)))
    columns += [Column(label=capital(step_name(step)), names=(step,)) for step in found.steps] if split else []
    return Table(
        caption=say("revise.table.parts", first=study_name(found, 0), second=study_name(found, 1), unit=unit(about)),
        columns=tuple(columns),
        rows=tuple(_parts(found, row, split) for row in rows),
        sums=_sums(rows),
        notes=(order_in_words(found),),
    )


def unit(about: About) -> str:
    """What is counted."""
    return noun(about, "short")


def _naming(found: Revision) -> Column:
    label = capital(covariate_name(found.by)) if found.by else ""
    return Column(label=label, align="left", names=(found.by or "name",))


def _sums(rows: tuple[RevisedRow, ...]) -> frozenset[int]:
    return frozenset(place for place, row in enumerate(rows) if row.together)


def _counts(row: RevisedRow) -> tuple[Cell, ...]:
    counts = [Cell(text=each.text, value=each.value) for each in row.registered]
    ratios = [Cell(text=ratio(each), value=round(each, RATIO_DIGITS)) for each in row.ratios]
    return (words(capital(row.name)), *counts, *([words("")] * 2 if row.hidden else ratios))


def _answers(row: RevisedRow) -> tuple[Cell, ...]:
    if row.hidden:
        return (words(capital(row.name)), *(words("") for _ in range(4)))
    found = [words(capital(row.name))]
    for value, limits in ((row.then, row.limits[0]), (row.now, row.limits[1])):
        found.append(Cell(text=people(value), value=value))
        known = not math.isnan(limits[0])
        found.append(Cell(text=interval(*limits), value=limits) if known else words(""))
    return tuple(found)


def _parts(found: Revision, row: RevisedRow, split: bool) -> tuple[Cell, ...]:
    width = 2 + int(found.testable) + (len(found.steps) if split else 0)
    if row.hidden:
        return (words(capital(row.name)), *(words("") for _ in range(width)))
    cells = [words(capital(row.name)), Cell(text=signed(row.change), value=row.change)]
    cells += [Cell(text=limits_text(row.change_limits), value=row.change_limits)] if found.testable else []
    cells.append(Cell(text=say(f"revise.told.{told_key(row.told)}"), value=row.told))
    cells += [Cell(text=signed(part), value=part) for part in row.parts] if split else []
    return tuple(cells)
