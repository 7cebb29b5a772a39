"""How often people were seen on one list, as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

from darknumber.models.sightings import SightingsFit
from darknumber.views.disclosure import Disclosure
from darknumber.views.plots import Figure, counts_scale
from darknumber.views.plots_bars import Bar, Bars, bars_figure
from darknumber.views.tables import Table
from darknumber.views.tables_sightings import how_often
from darknumber.words import people, say


def often_figure(
    fit: SightingsFit, *, source: str, rules: Disclosure | None = None, tables: Sequence[Table] = ()
) -> Figure:
    """A bar for once, twice, and so on; beside it how many there were, and how many the law has.

    Parameters
    ----------
    fit
        Of one list.
    source
        Where the data come from.
    rules
        As in `how_often`.
    tables
        The same numbers.
    """
    rows = how_often(fit.frequencies, rules, fit.expected)
    with_law = not math.isnan(rows[0].expected)
    bars = []
    for row in rows:
        texts = (row.seen.text, people(row.expected)) if with_law else (row.seen.text,)
        bars.append(Bar(name=row.name, end=row.seen.drawn, texts=texts))
    columns = [say("view.column.observed")] + ([say("sightings.column.expected")] if with_law else [])
    ticks, _ = counts_scale(max(bar.end for bar in bars))
    everyone = float(fit.data.count.sum())
    return bars_figure(
        Bars(rows=bars, ticks=[(tick, people(tick)) for tick in ticks], columns=columns),
        title=say("sightings.often.title", share=min(rows[0].seen.drawn / everyone, 1.0), often=rows[0].name),
        subtitle=say("sightings.often.subtitle", unit=say(f"estimates.unit.{fit.data.unit}"), source=source),
        description=say("sightings.often.description"),
        tables=tables,
    )
