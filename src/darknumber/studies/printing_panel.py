"""What ``print(panel(estimates))`` says: a sentence or two of every study, and how far apart all answers are."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from darknumber.inference.assumed import assumptions_in_words
from darknumber.inference.printing import WIDTH, finding_lines, how_made
from darknumber.inference.publish import adds_up, figures, headline_of, rounded, to_step, total_step
from darknumber.studies import (
    printing_diagnose,
    printing_omit,
    printing_sensitivity,
    printing_trajectory,
    printing_validate,
)
from darknumber.studies.floors import rounded_down
from darknumber.studies.multiverse import FLOOR, Row, headline_row, merged_row
from darknumber.studies.printing import aligned, filled, heading
from darknumber.studies.printing_check import rests_sentence, verdict_in_words
from darknumber.studies.printing_laws import law_name, laws_in_words
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_sensitivity import bound_words, floor_word, odds_in_words
from darknumber.words import interval, people, say
from darknumber.words.labels import list_name

if TYPE_CHECKING:  # Panel prints itself through this module
    from darknumber.studies.panel import Missing, Panel

_GAP = 3  # spaces after the name of a study
_INDENT = "  "
_MINUTE = 60.0
_STEPPED = (
    "near",
    "path",
    "pairs",
    "wider",
    "all lists",
)  # ranges that are rounded as the answer is; others have three digits


def describe_panel(found: Panel, *, width: int = WIDTH) -> str:
    """The answer, what each study says of it, how far apart all answers are, and what the reader must know.

    Parameters
    ----------
    found
        What to print.
    width
        No line is longer than this many characters.
    """
    serious = [finding for finding in found.findings if finding.severity != "note"]
    notes = len(found.findings) - len(serious)
    parts = [
        heading(title(found), found.data, width),
        filled(about_answer(found), width),
        "\n".join(_studies(found, width)),
        "\n".join(_spread(found, width)),
        "\n".join(finding_lines(serious, found.data, width)),
        "\n".join(
            filled(sentence, width)
            for sentence in (
                *([say("panel.notes", n=notes)] if notes else []),
                *how_made(found.estimates),
                assumptions_in_words(found.estimates),
            )
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def shown(rows: Sequence[Row]) -> list[Row]:
    """The rows that are drawn and counted: all merged pairs of lists are one, with the ends of their estimates."""
    found = [row for row in rows if row.what != "merged"]
    merged = [row for row in rows if row.what == "merged"]
    if merged:
        last = max((place for place, row in enumerate(found) if row.group == "lists"), default=len(found) - 1)
        found.insert(last + 1, merged_row(merged))
    return found


def title(found: Panel) -> str:
    """How many of the other answers lie within the interval of the answer."""
    rows = shown(found.rows())
    others, head = [row for row in rows if row.answers], rows[0]
    values = {"n": len(others), "finite": sum(map(_finite, others))}
    if not math.isfinite(head.estimate):
        return say("panel.title.none", **values)
    if not math.isfinite(head.upper):
        return say("panel.title.open", **values)
    step = total_step(found.estimates)
    limits = interval(*(to_step(end, step, float(found.data.count.sum())) for end in (head.lower, head.upper)))
    return say("panel.title.some", inside=sum(_inside(row, head) for row in others), limits=limits, **values)


def _finite(row: Row) -> bool:
    return all(math.isfinite(end) for end in row.ends)


def _inside(row: Row, head: Row) -> bool:
    return _finite(row) and head.lower <= row.ends[0] and row.ends[1] <= head.upper


def about_answer(found: Panel) -> str:
    """The registered number and the answer with its interval; of a range also what single numbers are for."""
    n = float(found.data.count.sum())
    said = say("panel.answer", n=n, unit=say(f"estimates.unit.{found.data.unit}"), answer=answer_text(found))
    return f"{said} {about_range(found)}".strip()


def about_range(found: Panel) -> str:
    """Of an answer that is a range, what the single numbers of the studies are for; else nothing."""
    if not range_only(found):
        return ""
    n, step = float(found.data.count.sum()), total_step(found.estimates)
    return say("panel.range", estimate=to_step(headline_row(found).estimate, step, n))


def answer_text(found: Panel) -> str:
    """The answer with its interval in words."""
    estimates = found.estimates
    if not adds_up(estimates):
        return short(headline_row(found).estimate, float(found.data.count.sum()))
    row = headline_of(figures(estimates.total())[0])
    if row.range_only or not row.known:
        return row.interval_text
    return f"{row.estimate_text} ({row.interval_text})"


def range_only(found: Panel) -> bool:
    """Whether the interval is too wide for a single number beside it."""
    return adds_up(found.estimates) and headline_of(figures(found.estimates.total())[0]).range_only


def furthest(found: Panel) -> str:
    """The lowest and the highest of the other answers, by name, and how many are no finite number."""
    others = [row for row in shown(found.rows()) if row.answers]
    finite, said = [row for row in others if _finite(row)], []
    if finite:
        low, high = min(finite, key=lambda row: row.ends[0]), max(finite, key=lambda row: row.ends[1])
        values = {"low": short(low.ends[0]), "high": short(high.ends[1])}
        if low is high:
            word = "one" if low.ends[0] == low.ends[1] else "both"
            said.append(say(f"panel.furthest_{word}", name=row_name(low), **values))
        else:
            said.append(say("panel.furthest", lowest=row_name(low), highest=row_name(high), **values))
    if len(finite) < len(others):
        said.append(say("panel.endless", n=len(others) - len(finite)))
    return " ".join(said)


def row_name(row: Row) -> str:
    """What is different, in words."""
    what, values = row.what, row.values
    if row.group == "headline":
        return say("sensitivity.overview.headline")
    if what in ("without", "merged"):
        names = [list_name(name) for name in row.lists]
        return say("omit.row.without", names=names) if what == "without" else say("panel.row.merged", **values)
    if what == "law":
        return law_name(values["law"])
    if row.group == "models":
        return say(f"panel.row.{what.replace(' ', '_')}", **values)
    if what == "all lists":
        least, most = (odds_in_words(values[name]) for name in ("least", "most"))
        return say("sensitivity.overview.dial", least=least, most=most)
    if what == "pairs":
        return say("sensitivity.overview.pairs")
    if what == "form":
        return say("sensitivity.overview.form", form=say(f"sensitivity.form.{values['form']}"))
    if row.group == "records":
        return say(f"sensitivity.overview.{what}", **values)
    return bound_words(**values) if what == "bounds" else floor_word(what)


def row_text(row: Row, step: int, observed: float) -> str:
    """Its numbers, in words.

    Parameters
    ----------
    row
        Not that of the answer.
    step
        What the answer is rounded to.
    observed
        People on some list.
    """
    low, high = row.ends
    if row.verdict == FLOOR:
        if not math.isfinite(row.estimate):
            return short(row.estimate)
        least = observed if row.what == "registered" else max(rounded_down(row.estimate), observed)
        return say("estimates.at_least", n=least)
    if row.what == "bounds":
        return interval(rounded_down(row.lower), row.upper)
    if math.isnan(row.lowest):
        if math.isfinite(row.estimate) and not math.isnan(row.lower):
            whole = rounded(row.estimate, row.lower, row.upper, floor=observed)
            return f"{people(whole.value)} ({interval(whole.lower, whole.upper)})"
        return short(row.estimate)
    if not math.isfinite(high):
        return interval(to_step(low, step, observed), high) if math.isfinite(low) else people(low)
    if row.what in _STEPPED:
        return interval(to_step(low, step, observed), to_step(high, step, observed))
    return say("sensitivity.overview.between", low=short(low), high=short(high))


def sentences(found: Panel) -> Iterator[tuple[str, str]]:
    """Each study with what it says first, or why it was not done."""
    said: dict[str, str] = {each.study: missing_in_words(each) for each in found.missing}
    if found.checked is not None:
        said["check"] = " ".join(filter(None, (verdict_in_words(found.checked), rests_sentence(found.checked))))
    if found.diagnosis is not None:
        said["diagnose"] = " ".join(printing_diagnose.title(found.diagnosis))
    if found.omission is not None:
        said["omit"] = _sentence(printing_omit.title(found.omission))
    if found.validation is not None:
        said["validate"] = _sentence(printing_validate.title(found.validation))
    if found.trajectory is not None:
        said["trajectory"] = _sentence(printing_trajectory.title(found.trajectory))
    if found.sensitivity is not None:
        said["sensitivity"] = _sentence(printing_sensitivity.title(found.sensitivity))
    if found.laws is not None:
        said["laws"] = laws_in_words(found.laws)
    for study in ("laws", "check", "diagnose", "omit", "validate", "trajectory", "sensitivity", "records"):
        if study in said:
            yield study, said[study]


def missing_in_words(each: Missing) -> str:
    """Why a study was not done, and what does it."""
    if each.error is not None:
        return each.error.what
    verb = "sensitivity" if each.study == "records" else each.study
    if math.isnan(each.seconds):
        return say("panel.missing.not_asked", verb=verb)
    return say("panel.missing.long", verb=verb, n=max(round(each.seconds / _MINUTE), 1))


def _sentence(text: str) -> str:
    return f"{text}."


def _studies(found: Panel, width: int) -> Iterator[str]:
    said = list(sentences(found))
    names = {study: say(f"panel.study.{study}") for study, _ in said}
    room = max(map(len, names.values())) + _GAP + len(_INDENT)
    for study, text in said:
        first = _INDENT + names[study].ljust(room - len(_INDENT))
        yield textwrap.fill(text, width, initial_indent=first, subsequent_indent=" " * room)


def _spread(found: Panel, width: int) -> Iterator[str]:
    """A row for each kind of difference: how many answers, and how far apart they are."""
    lines = [("", say("panel.column.answers"), say("panel.column.estimates"))]
    for group, rows in groupby(found.rows(), key=lambda row: row.group):
        if group == "headline":
            continue
        kept = [row for row in rows if row.answers]
        if not kept:
            continue
        ends = [end for row in kept for end in row.ends if not math.isnan(end)]
        finite = [end for end in ends if math.isfinite(end)]
        text = people(math.nan) if not ends else people(math.inf)
        if finite:
            text = say("sensitivity.overview.between", low=short(min(finite)), high=short(max(finite)))
            text = interval(min(finite), math.inf) if math.inf in ends else text
        lines.append((say(f"panel.group.{group}"), people(sum(row.values.get("n", 1) for row in kept)), text))
    if len(lines) > 1:
        yield filled(say("panel.spread"), width)
        yield from aligned(lines, width)
