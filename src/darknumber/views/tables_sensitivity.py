"""Tables of what an answer is sensitive to."""

from __future__ import annotations

import math

import numpy as np

from darknumber.inference.publish import alone, rounded
from darknumber.studies.floors import rounded_down
from darknumber.studies.identification import Pair
from darknumber.studies.printing_omit import short
from darknumber.studies.printing_sensitivity import (
    bound_name,
    floor_name,
    form_name,
    independent_or_more,
    observed_odds,
    odds_in_words,
    pair_name,
    pairs_in_words,
    sentences,
    trimmed_name,
)
from darknumber.studies.sensitivity import Sensitivity
from darknumber.views.disclosure import Protection, odds_rough, total_shown
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, odds_shown, words
from darknumber.words import interval, people, say
from darknumber.words.numbers import level


def dial_table(found: Sensitivity) -> Table:
    """The points of the curve against the odds ratio of all lists together."""
    dial = found.dial
    chosen = range(0, len(dial.xi), 5)
    rows = [
        (
            Cell(text=odds_in_words(float(dial.xi[k])), value=odds_shown(float(dial.xi[k]))),
            *_numbers(found, float(dial.estimate[k]), float(dial.lower[k]), float(dial.upper[k])),
        )
        for k in chosen
    ]
    return Table(
        caption=say("sensitivity.table.dial"),
        columns=(
            Column(label=capital(say("sensitivity.picture.dial_axis")), align="left", names=("odds_ratio",)),
            *_answer_columns(found),
        ),
        rows=tuple(rows),
        notes=tuple(sentences(found)),
    )


def assumptions_table(found: Sensitivity, *, protection: Protection | None = None) -> Table:
    """The answer, people who differ, floors and bounds.

    Parameters
    ----------
    found
        What was found.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    seen = total_shown(found.data, protection).drawn
    rows = [(words(say("sensitivity.row.headline")), *_numbers(found, *found.headline))]
    for form in found.forms:
        if not form.reason:
            name = say("sensitivity.row.form", form=form_name(form))
            rows.append((words(name), *_numbers(found, form.estimate, form.lower, form.upper)))
    for floor in found.floors:
        shown = seen if floor.kind == "registered" else rounded_down(floor.estimate)
        least = say("estimates.at_least", n=shown)
        rows.append((words(floor_name(floor)), words(""), Cell(text=least, value=(shown, math.nan))))
    for bound in found.bounds:
        low, high = bound.likely
        if bound.possible and low > found.observed:
            name = say("sensitivity.row.no_avoiding") if independent_or_more(bound) else bound_name(bound)
            least = say("estimates.at_least", n=rounded_down(low))
            text = least if math.isinf(high) else interval(rounded_down(low), high)
            rows.append((words(name), words(""), Cell(text=text, value=(rounded_down(low), high))))
    return Table(
        caption=say("sensitivity.table.assumptions"),
        columns=(
            Column(label=capital(say("sensitivity.column.assumption")), align="left", names=("assumption",)),
            *_answer_columns(found),
        ),
        rows=tuple(rows),
        notes=(say("sensitivity.read.floors"),),
    )


def pairs_table(found: Sensitivity, *, protection: Protection | None = None) -> Table:
    """Each pair: the odds ratio of the model and the observed one, and the total at other values.

    Parameters
    ----------
    found
        What was found.
    protection
        What is shown of registered numbers; by default they are exact. With it, an odds ratio has two digits and no
        limits, and none where it comes from few people.
    """
    end, seen = found.strongest, [_observed(pair, protection) for pair in found.pairs]
    if protection is not None and end is not None and end.pair.people < protection.rules.floor:
        end = None
    given = protection is None or any(cell.value != _NOT_SHOWN for cell in seen)
    odds = [1.0, *([end.odds] if end else [])]
    columns = [
        Column(label=capital(say("sensitivity.column.pair")), align="left", names=("pair",)),
        Column(label=capital(say("sensitivity.pair.model")), names=("model",)),
        *([Column(label=capital(say("sensitivity.pair.observed")), names=("observed", "lower", "upper"))] * given),
        *(
            Column(label=capital(say("sensitivity.pair.at", odds=odds_in_words(value))), names=(f"at_{value:.3g}",))
            for value in odds
        ),
    ]
    rows = []
    for pair, elsewhere in zip(found.pairs, seen, strict=True):
        points = [pair.independent, *([pair.strongest] if end else [])]
        cells = [words(people(math.nan)) if point is None else _numbers(found, *point)[0] for point in points]
        rows.append(
            (
                words(pair_name(pair)),
                Cell(text=odds_in_words(pair.implied), value=odds_shown(pair.implied)),
                *([elsewhere] * given),
                *cells,
            )
        )
    known = any(math.isfinite(pair.implied) for pair in found.pairs)
    return Table(caption=pairs_in_words(end), columns=tuple(columns), rows=tuple(rows) if known else ())


_NOT_SHOWN = (None, None, None)


def _observed(pair: Pair, protection: Protection | None) -> Cell:
    """The odds ratio that is observed, unless it comes from too few people."""
    if protection is not None:
        rough = odds_rough(pair.observed, pair.people, protection)
        text = say("check.pairs.hidden") if rough is None else odds_in_words(rough)
        return Cell(text=text, value=(rough, None, None))
    odds = pair.observed
    return Cell(text=observed_odds(odds), value=tuple(map(odds_shown, (odds.estimate, odds.lower, odds.upper))))


def links_table(found: Sensitivity) -> Table:
    """Missed links down, false links across."""
    grid = found.linkage
    columns = [
        Column(label=say("sensitivity.links.false", share=share), names=(f"false_{share:g}",)) for share in grid.false
    ]
    rows = [
        (
            Cell(text=say("sensitivity.links.missed", share=missed), value=missed),
            *(_short(value) for value in values.tolist()),
        )
        for missed, values in zip(grid.missed, grid.estimate, strict=True)
    ]
    return Table(
        caption=say("sensitivity.part.links"),
        columns=(Column(label="", names=("missed",)), *columns),
        rows=tuple(rows) if np.isfinite(grid.estimate).any() else (),
    )


def erroneous_table(found: Sensitivity) -> Table:
    """Lists down, shares of records that should not be there across."""
    columns = [Column(label=level(share), names=(f"erroneous_{share:g}",)) for share in found.trimmed[0].share]
    rows = [
        (words(trimmed_name(trimmed)), *(_short(value) for value in trimmed.estimate.tolist()))
        for trimmed in found.trimmed
    ]
    known = any(np.isfinite(trimmed.estimate).any() for trimmed in found.trimmed)
    return Table(
        caption=say("sensitivity.part.erroneous"),
        columns=(Column(label=capital(say("sensitivity.column.list")), align="left", names=("list",)), *columns),
        rows=tuple(rows) if known else (),
    )


def _answer_columns(found: Sensitivity) -> tuple[Column, Column]:
    return (
        Column(label=say("view.column.estimate"), names=("estimate",)),
        Column(label=say("view.column.interval", level=found.estimates.level), names=("lower", "upper")),
    )


def _numbers(found: Sensitivity, estimate: float, lower: float, upper: float) -> tuple[Cell, Cell]:
    """An estimate and its limits, rounded alike."""
    if not math.isfinite(estimate):
        return Cell(text=people(estimate), value=estimate), words("")
    shown = rounded(estimate, lower, upper, floor=found.observed)
    limits = Cell(text=interval(shown.lower, shown.upper), value=(shown.lower, shown.upper))
    return Cell(text=people(shown.value), value=shown.value), limits


def _short(number: float) -> Cell:
    return Cell(text=short(number), value=alone(number))
