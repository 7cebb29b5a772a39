"""Tables of what an answer rests on: the lists and their overlaps, the search path."""

from __future__ import annotations

from collections.abc import Sequence

from darknumber.data.table import CaptureTable
from darknumber.inference.publish import to_step
from darknumber.inference.set_words import criterion_name
from darknumber.inference.shown import Shown
from darknumber.inference.shown import notes as notes_of_shown
from darknumber.kernels import verdicts
from darknumber.models.base import Candidates
from darknumber.studies.audit import Pair
from darknumber.studies.check import Check
from darknumber.studies.printing_check import pair_cells, pair_name, shown_pairs
from darknumber.studies.printing_sensitivity import odds_in_words
from darknumber.views.disclosure import (
    Protection,
    odds_rough,
    overlaps_shown,
    shared_shown,
    sizes_shown,
    total_shown,
    two_digits,
)
from darknumber.views.labels import capital
from darknumber.views.tables import Cell, Column, Table, Value, odds_shown, share_shown, words
from darknumber.words import number, people, percent, say
from darknumber.words.labels import list_name
from darknumber.words.numbers import LEAST_SHARE


def lists_table(data: CaptureTable, *, protection: Protection | None = None) -> Table:
    """How many people are on each list.

    Parameters
    ----------
    data
        The capture table.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    whole, sizes = total_shown(data, protection), sizes_shown(data, protection)
    rows = tuple(
        (
            Cell(text=capital(list_name(name)), value=name),
            Cell(text=size.text, value=size.value),
            _share(size, whole),
        )
        for name, size in zip(data.lists, sizes, strict=True)
    )
    notes = [say("view.overlap.adds", n=whole.text, unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.lists_caption"),
        columns=(
            Column(label=say("view.overlap.list"), align="left", names=("list",)),
            Column(label=say("view.overlap.on_it"), names=("people",)),
            Column(label=say("view.overlap.share"), names=("share",)),
        ),
        rows=rows,
        notes=(*notes, *notes_of_shown((whole, *sizes))),
    )


def overlaps_table(data: CaptureTable, *, protection: Protection | None = None) -> Table:
    """How many people are on both of every two lists; the columns are numbered like the rows.

    Parameters
    ----------
    data
        The capture table.
    protection
        What is shown of registered numbers; by default they are exact.
    """
    overlaps, marks = overlaps_shown(data, protection), [f"({j})" for j in range(1, len(data.lists) + 1)]
    rows = tuple(
        (
            Cell(text=f"{marks[i]} {capital(list_name(name))}", value=name),
            *(Cell(text=overlaps[j, i].or_none, value=overlaps[j, i].value) for j in range(i)),
            *(words("") for _ in range(i, len(data.lists) - 1)),
        )
        for i, name in enumerate(data.lists)
    )
    shared = shared_shown(data, protection)
    notes = [say("view.overlap.shared", n=shared.or_none, unit=say(f"estimates.unit.{data.unit}"))]
    return Table(
        caption=say("view.overlap.pairs_caption"),
        columns=(
            Column(label="", align="left", names=("list",)),
            *(Column(label=mark, names=(name,)) for mark, name in zip(marks[:-1], data.lists, strict=False)),
        ),
        rows=rows,
        notes=(*notes, *notes_of_shown((shared, *overlaps.values()))),
    )


def audit_table(found: Check, *, protection: Protection | None = None) -> Table | None:
    """Pairs of lists: people on both, how many independent lists would share, and the odds ratio; None without any.

    Parameters
    ----------
    found
        What a check of the lists found.
    protection
        What is shown of registered numbers; by default they are exact. With it, an odds ratio has two digits and no
        limits, and none where one of the counts that it comes from is small or not printed.
    """
    pairs = shown_pairs(found) if found.information.recaptures and len(found.data.lists) > 2 else ()
    if not pairs:
        return None
    sizes, overlaps = sizes_shown(found.data, protection), overlaps_shown(found.data, protection)
    place = {name: j for j, name in enumerate(found.data.lists)}
    rows = []
    for pair in pairs:
        i, j = (place[name] for name in pair.lists)
        both = overlaps[i, j]
        rows.append(
            (
                words(pair_name(pair)),
                words(pair_cells(pair)[0]) if pair.structural else Cell(text=both.or_none, value=both.value),
                *(_exactly(pair) if protection is None else _roughly(pair, (sizes[i], sizes[j], both), protection)),
            )
        )
    names = {"both": ("both",), "expected": ("expected",), "odds": ("odds_ratio",), "interval": ("lower", "upper")}
    labels = {name: say(f"check.pairs.column.{name}") for name in names}
    note = [say("check.pairs.note")]
    if protection is not None:
        given = any(row[3].value is not None for row in rows)
        names = names if given else {name: names[name] for name in ("both", "expected")}
        rows = [row[: len(names) + 1] for row in rows]
        labels["interval"] = say("disclosure.odds.column")
        note = [say("disclosure.odds.note", n=protection.rules.floor)] if given else []
    rest = len(found.pairs) - len(pairs)
    return Table(
        caption=say("check.pairs.caption"),
        columns=(
            Column(label=capital(say("check.pairs.column.pair")), align="left", names=("pair",)),
            *(Column(label=capital(labels[name]), names=called) for name, called in names.items()),
        ),
        rows=tuple(rows),
        notes=(
            *note,
            *([say("check.pairs.rest", n=rest)] if rest else []),
            *notes_of_shown(overlaps.values()),
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


def _exactly(pair: Pair) -> tuple[Cell, ...]:
    """How many people independent lists would share, and the odds ratio with its limits."""
    _, expected, odds, limits = pair_cells(pair)
    ends = _odds_values(pair)
    return (
        Cell(text=expected, value=None if pair.structural else round(pair.expected, 1)),
        Cell(text=odds, value=ends[0]),
        Cell(text=limits, value=ends[1:]),
    )


def _roughly(pair: Pair, shown: Sequence[Shown], protection: Protection) -> tuple[Cell, ...]:
    """The same in two digits; without what comes from numbers that are small or not printed."""
    none = (None, None, None)
    if pair.structural:
        return words(""), words(""), Cell(text="", value=none[1:])
    given = all(each.value is not None for each in shown[:2])
    near = two_digits(pair.expected)
    expected = Cell(text=number(near), value=near) if given else words("")
    odds = odds_rough(pair.odds, min(pair.others or (0,)), protection) if shown[2].value is not None else None
    if pair.odds is None or odds is None:
        return expected, Cell(text=say("check.pairs.hidden"), value=None), Cell(text="", value=none[1:])
    side = say(f"disclosure.odds.{'unclear' if not pair.telling else 'above' if odds > 1 else 'below'}")
    return expected, Cell(text=odds_in_words(odds), value=odds), Cell(text=side, value=none[1:])


def _share(size: Shown, whole: Shown) -> Cell:
    """A size as a share of everyone; only bounded where the size is."""
    if whole.value is None or size.form == "hidden":
        return Cell(text="", value=None)
    if size.value is None:
        limit = percent(max(size.limit / whole.value, LEAST_SHARE))
        return Cell(text=say("disclosure.fewer", n=limit), value=None)
    share = min(size.value / whole.value, 1.0)
    return Cell(text=percent(share), value=share_shown(share))
