"""Tables that only pages show."""

from __future__ import annotations

from darknumber.studies.check import Check
from darknumber.views.labels import capital
from darknumber.views.tables import Column, Table, count, words
from darknumber.words import say
from darknumber.words.labels import covariate_name, stratum_name


def breakdowns_table(found: Check) -> Table | None:
    """Which groups of each covariate could be answered from their own people; None without covariates."""
    single = [each for each in found.breakdowns if len(each.covariates) == 1]
    if not single:
        return None
    rows = []
    for each in single:
        for place, levels in enumerate(each.levels):
            reason = each.reasons[place]
            rows.append(
                (
                    words(capital(covariate_name(each.covariates[0]))),
                    words(stratum_name(each.covariates, levels)),
                    count(int(each.observed[place])),
                    count(int(each.recaptures[place])),
                    count(int(each.usable[place])),
                    words(say(f"check.breakdown.{each.answers[place]}")),
                    words(say(f"web.check.reason.{reason}") if reason else ""),
                )
            )
    columns = (
        Column(label=say("web.check.by"), align="left"),
        Column(label=say("web.check.group"), align="left"),
        Column(label=say("web.check.observed")),
        Column(label=say("web.check.recaptures")),
        Column(label=say("web.check.usable")),
        Column(label=say("web.check.alone"), align="left"),
        Column(label=say("web.check.because"), align="left"),
    )
    return Table(caption=say("web.check.breakdowns"), columns=columns, rows=tuple(rows), headings=2)
