"""What ``print(revise(old, new))`` says: both studies, the change, where it comes from, and whether it is noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from darknumber.inference.assumed import assumed
from darknumber.inference.printing import WIDTH, model_name
from darknumber.models.text import format_thing
from darknumber.studies.printing import aligned, closing, filled, heading
from darknumber.studies.revision_figures import (
    RevisedRow,
    levels_in_words,
    limits_text,
    order_in_words,
    parts_in_words,
    ratio_in_words,
    revised_rows,
    signed,
    step_name,
    study_heading,
    study_label,
    study_name,
    title,
    told_key,
)
from darknumber.words import interval, people, ratio, say
from darknumber.words.labels import covariate_name

if TYPE_CHECKING:  # Revision prints itself through this module
    from darknumber.studies.revise import Revision

_GAP = 3  # spaces between columns, as `aligned` leaves them
_PAIRED = 10  # characters of a column that shares its name with the next one, so that there is room for that name
LONGEST_MODEL = 120  # characters of a model as text; a longer one is only named


def describe_revision(found: Revision, *, width: int = WIDTH) -> str:
    """The two studies beside each other, the change with its parts, and what may be read from it.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    data, rows = found.new.fits[0].data, revised_rows(found)
    tables = [
        _grouped(_counts(found, rows), [say("revise.column.registered"), say("revise.column.ratio")], width),
        _grouped(_answers(found, rows), [study_heading(found, 0), study_heading(found, 1)], width),
        "\n".join(aligned(_changes(found, rows), width)),
    ]
    if len(found.steps) > 1:
        parts = aligned(_parts(found, rows), width)
        tables.append("\n".join([filled(say("revise.parts.title"), width), *parts]))
    told = closing(_about(found), found.findings, assumed(found.new.fits[0]), data, width)
    return "\n\n".join([heading(title(found), data, width), *tables, told])


def _grouped(rows: Sequence[Sequence[str]], names: Sequence[str], width: int) -> str:
    """Columns with a name above every two of them."""
    lines = list(aligned(rows, width))
    sizes = [max(len(row[column]) for row in rows) + _GAP for column in range(1, len(rows[0]))]
    above = ""
    for place, name in enumerate(names):
        edge = len(lines[0]) - sum(sizes[2 * place + 2 :])
        above = above + name.rjust(edge - len(above))
    return "\n".join([above, *lines])


def _counts(found: Revision, rows: tuple[RevisedRow, ...]) -> list[tuple[str, ...]]:
    """Registered, and how many are estimated for each one registered, then and now."""
    labels = [study_label(found, 0), study_label(found, 1)]
    table = [(_first_heading(found), *(label.rjust(_PAIRED) for label in (*labels, *labels)))]
    for row in rows:
        table.append((row.name, *(each.text for each in row.registered), *(ratio(each) for each in row.ratios)))
    return table


def _answers(found: Revision, rows: tuple[RevisedRow, ...]) -> list[tuple[str, ...]]:
    """What each study estimated, with its interval."""
    head = [_first_heading(found)]
    for answer in (found.old, found.new):
        head += [say("estimates.column.estimate"), say("revise.column.interval", level=answer.level)]
    table = [tuple(head)]
    for row in rows:
        then, now = (interval(*limits) if not math.isnan(limits[0]) else "" for limits in row.limits)
        table.append((row.name, people(row.then), then, people(row.now), now))
    return table


def _first_heading(found: Revision) -> str:
    return covariate_name(found.by) if found.by else ""


def _changes(found: Revision, rows: tuple[RevisedRow, ...]) -> list[tuple[str, ...]]:
    """The change with its interval, and whether it is more than noise."""
    head = [say("revise.column.change")]
    head += [say("revise.column.interval", level=found.level)] if found.testable else []
    table = [(_first_heading(found), *head, say("revise.column.told"))]
    for row in rows:
        limits = [limits_text(row.change_limits)] if found.testable else []
        table.append((row.name, signed(row.change), *limits, say(f"revise.told.{told_key(row.told)}")))
    return table


def _parts(found: Revision, rows: tuple[RevisedRow, ...]) -> list[tuple[str, ...]]:
    """The change and the parts that add up to it."""
    head = [say("revise.column.change"), *(step_name(step) for step in found.steps)]
    table = [(_first_heading(found), *head)]
    table += [(row.name, signed(row.change), *(signed(part) for part in row.parts)) for row in rows]
    return table


def _about(found: Revision) -> Iterator[str]:
    """How the parts are taken, the ratios, what noise is, and the two models."""
    yield from filter(None, [parts_in_words(found), levels_in_words(found), ratio_in_words(found)])
    if len(found.steps) > 1:
        yield order_in_words(found)
    if found.draws is not None:
        yield say("revise.noise.tested", n=len(found.draws), seed=found.seed, level=found.level)
    if found.linked is not None:
        both, old, new = found.linked
        yield say("revise.noise.people", both=both, old=old, new=new)
    yield from models_in_words(found)


def models_in_words(found: Revision) -> Iterator[str]:
    """The models of the two studies, or the one that both have."""
    models = [answer.fits[0].model for answer in (found.old, found.new)]
    texts = [format_thing(model) for model in models]
    names = [model_name(model) for model in models]
    if texts[0] == texts[1]:
        yield _model_in_words("same", names[0], texts[0])
        return
    for which, name, text in zip((0, 1), names, texts, strict=True):
        yield _model_in_words("first", name, text, study=study_name(found, 0 if which == 0 else 1))


def _model_in_words(key: Literal["first", "same"], name: str, text: str, **values: str) -> str:
    if len(text) > LONGEST_MODEL:
        return say(f"revise.models.{key}_long", model=name, **values)
    return say(f"revise.models.{key}", model=name, text=text, **values)
