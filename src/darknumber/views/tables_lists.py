"""Tables of what an answer rests on: the lists and their overlaps, the search path."""

from __future__ import annotations

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import SMALL, to_step
from darknumber.inference.set_words import criterion_name
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.studies.audit import Pair
from darknumber.studies.check import Check
from darknumber.studies.printing_check import pair_cells, pair_name, shown_pairs
from darknumber.views.labels import capital
from darknumber.views.protection import (
    STAND_IN,
    Shown,
    hides,
    is_small,
    overlaps_shown,
    protected,
    rounded_count,
    shared_shown,
    sizes_shown,
)
from darknumber.views.tables import Cell, Column, Table, Value, odds_shown, share_shown, words
from darknumber.words import number, people, percent, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import LEAST_SHARE


def lists_table(data: CaptureTable, *, protect: bool = True) -> Table:
    """How many people are on each list.

    Parameters
    ----------
    data
        The capture table.
    protect
        Whether numbers from 1 to 4 are hidden, and the others rounded where they would give these away.
    """
    everyone = float(data.count.sum())
    rows = tuple(
        (
            Cell(text=capital(list_name(name)), value=name),
            Cell(text=size.text, value=size.value),
            Cell(text=_share(size, everyone), value=None if size.value is None else share_shown(size.value / everyone)),
        )
        for name, size in zip(data.lists, sizes_shown(data, protect), strict=True)
    )
    notes = [say("view.overlap.adds", n=people(everyone), unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.lists_caption"),
        columns=(
            Column(label=say("view.overlap.list"), align="left", names=("list",)),
            Column(label=say("view.overlap.on_it"), names=("people",)),
            Column(label=say("view.overlap.share"), names=("share",)),
        ),
        rows=rows,
        notes=(*notes, *_hidden_note(data, protect)),
    )


def overlaps_table(data: CaptureTable, *, protect: bool = True) -> Table:
    """How many people are on both of every two lists; the columns are numbered like the rows.

    Parameters
    ----------
    data
        The capture table.
    protect
        Whether overlaps of 1 to 4 people are hidden.
    """
    overlaps, marks = overlaps_shown(data, protect), [f"({j})" for j in range(1, len(data.lists) + 1)]
    rows = tuple(
        (
            Cell(text=f"{marks[i]} {capital(list_name(name))}", value=name),
            *(Cell(text=overlaps[j, i].text, value=overlaps[j, i].value) for j in range(i)),
            *(words("") for _ in range(i, len(data.lists) - 1)),
        )
        for i, name in enumerate(data.lists)
    )
    shared = shared_shown(data, protect).text
    notes = [say("view.overlap.shared", n=shared, unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.pairs_caption"),
        columns=(
            Column(label="", align="left", names=("list",)),
            *(Column(label=mark, names=(name,)) for mark, name in zip(marks[:-1], data.lists, strict=False)),
        ),
        rows=rows,
        notes=(*notes, *_hidden_note(data, protect)),
    )


def audit_table(found: Check, *, protect: bool = True) -> Table | None:
    """Pairs of lists: people on both, how many independent lists would share, and the odds ratio; None without any.

    Parameters
    ----------
    found
        What a check of the lists found.
    protect
        Whether overlaps of 1 to 4 people are hidden, odds ratios from counts of 1 to 4 people with them, and expected
        numbers rounded where they would give a hidden one away.
    """
    pairs = shown_pairs(found) if found.information.recaptures and len(found.data.lists) > 2 else ()
    if not pairs:
        return None
    blurred = hides(found.data, protect)
    rows = []
    for pair in pairs:
        both, expected, odds, limits = pair_cells(pair)
        on_both, near = protected(pair.overlap, protect), rounded_count(pair.expected)
        ends = _odds_values(pair)
        if protect and any(map(is_small, pair.others or ())):
            odds, limits, ends = say("check.pairs.hidden"), "", (None, None, None)
        rows.append(
            (
                words(pair_name(pair)),
                words(both) if pair.structural else Cell(text=on_both.text, value=on_both.value),
                Cell(text=expected, value=None if pair.structural else round(pair.expected, 1))
                if pair.structural or not blurred
                else Cell(text=near.text, value=near.value),
                Cell(text=odds, value=ends[0]),
                Cell(text=limits, value=ends[1:]),
            )
        )
    names = {"both": ("both",), "expected": ("expected",), "odds": ("odds_ratio",), "interval": ("lower", "upper")}
    rest = len(found.pairs) - len(pairs)
    return Table(
        caption=say("check.pairs.caption"),
        columns=(
            Column(label=capital(say("check.pairs.column.pair")), align="left", names=("pair",)),
            *(Column(label=capital(say(f"check.pairs.column.{name}")), names=called) for name, called in names.items()),
        ),
        rows=tuple(rows),
        notes=(
            say("check.pairs.note"),
            *([say("check.pairs.rest", n=rest)] if rest else []),
            *_hidden_note(found.data, protect),
        ),
    )


def path_table(candidates: Candidates, observed: float, *, criterion: str | float = "bic", step: int = 1) -> Table:
    """The models a search looked at: size, fit, and the estimate each would give.

    Parameters
    ----------
    candidates
        The path.
    observed
        People on some list, in all strata.
    criterion
        What the search went by; shown as the distance to the best.
    step
        What the estimates are rounded to.
    """
    distance = candidates.distance
    rows = []
    for row, unobserved in enumerate(candidates.unobserved):
        unknown = candidates.verdict[row] == verdicts.NOT_IDENTIFIED
        shown = float("nan") if unknown else to_step(observed + float(unobserved), step, observed)
        rows.append(
            (
                Cell(text=str(row), value=float(row)),
                words(candidates.step[row] or say("view.path.start")),
                Cell(text=people(candidates.parameters[row]), value=float(candidates.parameters[row])),
                Cell(text=number(float(distance[row])), value=float(distance[row])),
                Cell(text=people(shown), value=shown),
                words(say("view.path.chosen") if row == candidates.chosen else ""),
            )
        )
    return Table(
        caption=say("view.path.caption"),
        columns=(
            Column(label=say("view.path.step"), names=("step",)),
            Column(label=say("view.path.change"), align="left", names=("change",)),
            Column(label=say("view.path.parameters"), names=("parameters",)),
            Column(label=say("view.path.distance", criterion=criterion_name(criterion)), names=("distance",)),
            Column(label=say("view.column.estimate"), names=("estimate",)),
            Column(label="", align="left", names=("remark",)),
        ),
        rows=tuple(rows),
        headings=1,
        notes=(say("view.path.note"),),
    )


def _odds_values(pair: Pair) -> tuple[Value, Value, Value]:
    """The odds ratio of a pair and its limits as numbers; None where there is none."""
    if pair.odds is None or pair.structural:
        return None, None, None
    return odds_shown(pair.odds.estimate), odds_shown(pair.odds.lower), odds_shown(pair.odds.upper)


def _share(size: Shown, everyone: float) -> str:
    """A size as a share of everyone; only bounded where the size is."""
    if size.hidden:
        return say("view.overlap.fewer", n=percent(max(size.drawn / everyone, LEAST_SHARE)))
    return percent(size.drawn / everyone)


def _hidden_note(data: CaptureTable, protect: bool) -> tuple[str, ...]:
    if not hides(data, protect):
        return ()
    return (say("view.overlap.hidden", n=SMALL, most=SMALL - 1, stand_in=STAND_IN),)
