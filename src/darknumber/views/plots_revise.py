"""Pictures of a revision: two studies as two lines, and the change of each year with its parts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import Figures, adds_up, figures
from darknumber.studies.revise import Revision
from darknumber.studies.revision_figures import (
    RevisedRow,
    revised_rows,
    signed,
    step_name,
    study_heading,
    title,
)
from darknumber.views.disclosure import Protection
from darknumber.views.labels import PEOPLE, About, capital, source
from darknumber.views.plots import (
    ESTIMATE,
    INK,
    LETTER,
    MUTED,
    ROOM,
    RULE,
    UNSEEN,
    Figure,
    Spec,
    counts_scale,
    end_labels,
    field,
    house,
    layer,
    value,
)
from darknumber.views.tables import Table
from darknumber.views.tables_revise import registered_shown, shown_by_level, unit
from darknumber.words import people, say
from darknumber.words.labels import covariate_name, level_name

WIDTH, HEIGHT = 634, 252
LEFT, TOP, RIGHT, BOTTOM = 56, 14, 170, 34
ROW = 26  # height of a row of the parts, in pixels
NAME = 118  # width of its name
SHARE = 0.72  # of half a column is for the longest bar or interval; the number stands in what is left of it
MOST_ROWS = 24  # levels that can be read below each other


def answers_figure(
    found: Revision, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure | None:
    """The estimates of both studies over their years, each with its interval as a ribbon, from zero.

    Every year of each study is drawn, also those that the other one does not have. None where a study cannot be given
    by year.

    Parameters
    ----------
    found
        The two studies.
    about
        Whom the figures are about.
    tables
        The same numbers.
    protection
        What is shown of registered numbers: a year whose number is hidden is not drawn.
    """
    if found.by is None or len(found.levels) < 2 or not all(map(_can, (found.old, found.new), (found.by,) * 2)):
        return None
    studies = [_years(found, answer, protection) for answer in (found.old, found.new)]
    names = _ordered([*studies[0], *studies[1]])
    rows = [row for each in studies for row in each.values() if row.known]
    top = max([max(row.estimate, row.upper if math.isfinite(row.upper) else 0.0) for row in rows], default=1.0)
    ticks, scale = counts_scale(top * ROOM)
    limit = float(scale["domain"][1])
    shown = [level_name(found.by, name) for name in names]
    x = field("year", "ordinal", scale={"type": "point", "padding": 0, "domain": shown}, axis={"labelLimit": 90})
    y = field("value", scale=scale, axis={"values": ticks, "format": ",d"})
    layers: list[Spec] = []
    texts = []
    for place, (each, colour, dash) in enumerate(zip(studies, (MUTED, ESTIMATE), ([5, 4], [1, 0]), strict=True)):
        drawn = [
            {
                "year": level_name(found.by, name),
                "value": row.estimate,
                "from": row.lower,
                "to": min(row.upper, limit),
            }
            for name in names
            if (row := each.get(name)) is not None and row.known
        ]
        ribbon = [{**row, "value": row["to"]} for row in drawn]
        shape = "circle" if place else "square"
        layers += [
            layer({"type": "area", "color": colour, "opacity": 0.16}, ribbon, x=x, y=y, y2={"field": "from"}),
            layer({"type": "line", "color": colour, "strokeWidth": 2.5, "strokeDash": dash}, drawn, x=x, y=y),
            layer(
                {"type": "point", "shape": shape, "filled": True, "color": colour, "size": 46, "opacity": 1},
                drawn,
                x=x,
                y=y,
            ),
        ]
        if drawn:
            last = next(row for name in reversed(names) if (row := each.get(name)) is not None and row.known)
            study = capital(study_heading(found, 1 if place else 0))
            text = say("revise.figure.line", study=study, n=people(last.estimate))
            if drawn[-1]["year"] == shown[-1]:
                texts.append((text, HEIGHT * (1 - last.estimate / limit), colour, 600))
            else:
                layers.append(
                    layer(
                        {"type": "text", "align": "left", "dx": 10, "color": colour, "fontWeight": 600},
                        [{**drawn[-1], "text": text}],
                        x=x,
                        y=y,
                        text=field("text", "nominal"),
                    )
                )
    layers += end_labels(texts, WIDTH)
    right = max([RIGHT, *(len(text) * LETTER + 44 for text, *_ in texts)])
    return Figure(
        title=title(found),
        subtitle=say("revise.figure.answers", unit=capital(unit(about)), level=found.level, source=source(found.new)),
        description=say("revise.figure.answers_description", name=covariate_name(found.by)),
        spec=house({"layer": layers}, width=WIDTH, height=HEIGHT, padding=(LEFT, TOP, right, BOTTOM)),
        tables=tuple(tables),
    )


def parts_figure(
    found: Revision, *, about: About = PEOPLE, tables: Sequence[Table] = (), protection: Protection | None = None
) -> Figure | None:
    """The change of each level and its parts side by side, on one scale, each with its interval where it has one.

    None where there are too many levels to read, or no change is a number.

    Parameters
    ----------
    found, about, tables, protection
        As in `answers_figure`.
    """
    rows = [row for row in revised_rows(found, registered=registered_shown(found, protection)) if not row.hidden]
    columns = _columns(found, rows)
    ends = [abs(end) for column in columns for value_, limits in column for end in (value_, *limits)]
    known = [end for end in ends if math.isfinite(end)]
    if len(rows) > MOST_ROWS or not known or max(known) == 0:
        return None
    wide = (WIDTH + RIGHT) / len(columns)
    scale = wide / 2 * SHARE / max(known)
    height = ROW * len(rows)
    names = [say("revise.figure.whole"), *(step_name(step) for step in found.steps)][: len(columns)]
    layers: list[Spec] = []
    for place, (column, name) in enumerate(zip(columns, names, strict=True)):
        middle = NAME + wide * (place + 0.42)
        layers += _column(column, name, middle, scale, wide, height, ESTIMATE if place == 0 else UNSEEN)
    layers += [
        _text(capital(row.name), 0, _middle(number), "left", INK, 600 if row.together else 400)
        for number, row in enumerate(rows)
    ]
    if len(rows) > 1 and rows[-1].together:
        line = ROW * (len(rows) - 1)
        layers.append(_rule(0, NAME + wide * len(columns), line, line, RULE))
    subtitle = "parts" if found.testable else "parts_plain"
    return Figure(
        title=say("revise.figure.parts_title"),
        subtitle=say(f"revise.figure.{subtitle}", unit=capital(unit(about)), level=found.level),
        description=say("revise.figure.parts_description", name=covariate_name(found.by) if found.by else ""),
        spec=house({"layer": layers}, width=NAME + wide * len(columns), height=height, padding=(8, 34, 12, 12)),
        tables=tuple(tables),
    )


Bars = list[tuple[float, tuple[float, float]]]


def _columns(found: Revision, rows: Sequence[RevisedRow]) -> list[Bars]:
    """The whole change and each part: value and interval of each row; no parts where it is not split."""
    columns: list[Bars] = [[(row.change, row.change_limits) for row in rows]]
    if len(found.steps) > 1:
        for place in range(len(found.steps)):
            columns.append([(row.parts[place], row.part_limits[place]) for row in rows])
    return columns


def _column(
    column: Bars, name: str, middle: float, scale: float, wide: float, height: float, colour: str
) -> list[Spec]:
    """One column of bars around zero, with what it is above it."""
    layers = [
        _text(capital(name), middle, -16, "center", INK, 600),
        _rule(middle, middle, 0, height, RULE),
    ]
    edge = middle + wide * 0.57
    for number, (value_, limits) in enumerate(column):
        place = _middle(number)
        layers.append(_text(signed(value_), edge, place, "right", INK, 400))
        if not math.isfinite(value_):
            continue
        layers.append(
            layer(
                {"type": "rect", "color": colour},
                [{}],
                x=value(min(middle, middle + value_ * scale)),
                x2=value(max(middle, middle + value_ * scale)),
                y=value(place - 6),
                y2=value(place + 6),
            )
        )
        low, high = (max(min(limit * scale, wide / 2), -wide / 2) for limit in limits)
        if not (math.isnan(limits[0]) or math.isnan(limits[1])):
            layers.append(_rule(middle + low, middle + high, place, place, INK))
    return layers


def _middle(number: int) -> float:
    return ROW * (number + 0.5)


def _rule(x: float, x2: float, y: float, y2: float, colour: str) -> Spec:
    return layer(
        {"type": "rule", "color": colour, "strokeWidth": 1.5}, [{}], x=value(x), x2=value(x2), y=value(y), y2=value(y2)
    )


def _text(words: str, x: float, y: float, align: str, colour: str, weight: int) -> Spec:
    return layer(
        {"type": "text", "align": align, "baseline": "middle", "color": colour, "fontWeight": weight},
        [{"text": words}],
        x=value(x),
        y=value(y),
        text=field("text", "nominal"),
    )


def _can(answer: Estimates, by: str) -> bool:
    return adds_up(answer) and by in {covariate.name for covariate in answer.covariates}


def _years(found: Revision, answer: Estimates, protection: Protection | None) -> dict[str, Figures]:
    """The published figures of each recorded level of one study."""
    rows = answer.by(found.by or "")
    levels, recorded = rows.covariates[0].levels, set(rows.covariates[0].recorded)
    registered = None if protection is None else shown_by_level(found, answer, protection)
    published = figures(rows, registered=None if registered is None else [registered[level] for level in levels])
    return {level: row for level, row in zip(levels, published, strict=True) if level in recorded}


def _ordered(levels: Sequence[str]) -> list[str]:
    """Each level once: years as numbers, others in the order in which they come."""
    found = list(dict.fromkeys(levels))
    return sorted(found, key=int) if all(level.isdigit() for level in found) else found
