"""Models side by side, as a section of a report."""

from __future__ import annotations

import numpy as np

from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import figures, headline_of, total_step
from darknumber.models.text import format_thing
from darknumber.studies.compare import Comparison
from darknumber.views.labels import PEOPLE, About, sum_name
from darknumber.views.options import Section
from darknumber.views.plots import Figure
from darknumber.views.plots_models import Mark, model_set
from darknumber.views.plots_multiverse import comparison_rows
from darknumber.views.story import criterion_of
from darknumber.views.tables_models import comparison_table
from darknumber.words import say


def comparison_figure(found: Comparison, *, about: About = PEOPLE) -> Figure | None:
    """The models compared, among those that the data can hardly tell apart; None where these were not looked for.

    Parameters
    ----------
    found
        The answers.
    about
        Whom the figures are about.
    """
    fit = found.background
    if fit is None or fit.candidates is None:
        return None
    totals = found.totals
    marks = [
        Mark(name=format_thing(each.fits[0].model), text=_shown(each), estimate=estimate, distance=distance)
        for each, distance in zip(totals, found.distances, strict=True)
        for estimate in each.estimate.tolist()
    ]
    finite = [each for each in totals if np.isfinite(each.estimate[0])]
    return model_set(
        fit.candidates,
        float(fit.data.observed.sum()),
        criterion=criterion_of(fit.model),
        unit=sum_name(found.estimates[0], about),
        step=total_step(finite[0]) if finite else 1,
        marks=marks,
        tables=[comparison_table(found)],
    )


def comparison_section(found: Comparison, *, about: About = PEOPLE) -> Section:
    """The pictures and the table of a comparison, for a report of one of its answers.

    Parameters
    ----------
    found
        The answers.
    about
        Whom the figures are about.
    """
    table = comparison_table(found)
    among = comparison_figure(found, about=about)
    rows = comparison_rows(found, about=about, tables=() if among else (table,))
    return Section(heading=say("compare.heading"), figures=(rows, among) if among else (rows,))


def _shown(total: Estimates) -> str:
    """The estimate in words; the interval where that is too wide for a single number."""
    row = headline_of(figures(total)[0])
    return row.interval_text if row.range_only else row.estimate_text
