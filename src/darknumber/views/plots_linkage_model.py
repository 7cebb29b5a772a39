"""How reports are compared, in pictures: what each agreement says, one pair step by step, and which were compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from darknumber.register.linkage.link_quality import Waterfall
from darknumber.register.linkage.link_summary import LinkageSummary
from darknumber.views.disclosure import Disclosure
from darknumber.views.linkage_numbers import shown_alone
from darknumber.views.linkage_words import (
    BIT,
    chance_text,
    comparison_name,
    level_name,
    odds_ticks,
    rule_name,
    share_text,
    source_name,
    steps_told,
    times_text,
)
from darknumber.views.plots import ESTIMATE, INK, REGISTERED, Figure, counts_scale
from darknumber.views.plots_bars import Bar, Bars, bars_figure
from darknumber.views.tables import Table
from darknumber.words import people, percent, say

FURTHEST = 700.0  # natural log odds beyond which a probability is 0 or 1 in floating point


def weights_figure(found: LinkageSummary, *, tables: Sequence[Table] = ()) -> Figure | None:
    """What each way of agreeing says; None where no model was used.

    Parameters
    ----------
    found
        What came of linkage.
    tables
        The same numbers.
    """
    if found.model is None:
        return None
    rows: list[Bar] = []
    best: tuple[float, str, str] = (0.0, "", "")
    for each in found.model.comparisons:
        rows.append(Bar(name=comparison_name(each.name)))
        for level in each.levels:
            weight, name = level.bits * BIT, level_name(each.name, level.code)
            texts = (times_text(weight), share_text(level.m), share_text(level.u))
            rows.append(Bar(name=name, end=weight, texts=texts, colour=REGISTERED if weight > 0 else ESTIMATE))
            best = max(best, (weight, comparison_name(each.name), name))
    ends = [row.end for row in rows]
    title = say("linkage.weights.title_plain")
    if best[0] > 0:
        title = say("linkage.weights.title", comparison=best[1], level=best[2], times=times_text(best[0]))
    return bars_figure(
        Bars(
            rows=rows,
            ticks=odds_ticks(min(ends), max(ends), "times"),
            columns=(say("linkage.weights.times"), say("linkage.weights.same"), say("linkage.weights.others")),
            axis=say("linkage.weights.axis"),
        ),
        title=title,
        subtitle=say("linkage.weights.subtitle", source=source_name(found.name)),
        description=say("linkage.weights.description"),
        tables=tables,
    )


def waterfall_figure(pair: Waterfall, *, tables: Sequence[Table] = ()) -> Figure | None:
    """One pair, from the odds of any two reports to its own; None where it is certain.

    Parameters
    ----------
    pair
        The pair.
    tables
        The same numbers.
    """
    total = pair.total * BIT
    if not math.isfinite(total):
        return None
    steps = steps_told(pair)
    ends = np.cumsum([weight for _, weight in steps]).tolist()
    rows = [
        Bar(
            name=name,
            start=begin,
            end=end,
            texts=(chance_text(end) if place == 0 else times_text(weight),),
            colour=INK if place == 0 else REGISTERED if weight > 0 else ESTIMATE,
            heavy=place == 0,
        )
        for place, ((name, weight), begin, end) in enumerate(zip(steps, [0.0, *ends[:-1]], ends, strict=True))
    ]
    told = chance_text(total)
    rows.append(Bar(name=say("linkage.waterfall.end"), end=total, texts=(told,), colour=INK, heavy=True))
    probability = 1 / (1 + math.exp(-max(min(total, FURTHEST), -FURTHEST)))
    return bars_figure(
        Bars(
            rows=rows,
            ticks=odds_ticks(min(ends), max(ends), "chance"),
            axis=say("linkage.waterfall.axis"),
            joined=True,
        ),
        title=say("linkage.waterfall.title", probability=percent(probability)),
        subtitle=say("linkage.waterfall.subtitle"),
        description=say("linkage.waterfall.description"),
        tables=tables,
    )


def blocking_figure(
    found: LinkageSummary, *, rules: Disclosure | None = None, tables: Sequence[Table] = ()
) -> Figure | None:
    """How many pairs each rule brings together; None where no model was used.

    Parameters
    ----------
    found
        What came of linkage.
    rules
        The rule for small numbers; None shows them exactly.
    tables
        The same numbers.
    """
    if found.model is None or not found.model.rules:
        return None
    told = [
        (rule_name(each.code), shown_alone(each.pairs, rules), shown_alone(each.new_pairs, rules))
        for each in found.model.rules
    ]
    ticks, _ = counts_scale(max(every.drawn for _, every, _ in told))
    rows = [
        Bar(name=name, end=every.drawn, middle=first.drawn, texts=(every.text, first.text))
        for name, every, first in told
    ]
    compared = sum(each.new_pairs for each in found.model.rules)
    return bars_figure(
        Bars(
            rows=rows,
            ticks=[(tick, people(tick)) for tick in ticks],
            columns=(say("linkage.column.pairs"), say("linkage.column.new")),
        ),
        title=say("linkage.blocking.title", pairs=shown_alone(compared, rules).text, found=found.model.found),
        subtitle=say(
            "linkage.blocking.subtitle",
            all=found.model.reports * (found.model.reports - 1) // 2,
            source=source_name(found.name),
        ),
        description=say("linkage.blocking.description"),
        tables=tables,
    )
