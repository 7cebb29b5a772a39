"""Tables that only pages show."""

from __future__ import annotations

from darknumber.studies.check import Check
from darknumber.studies.verdict import Breakdown
from darknumber.views.labels import capital
from darknumber.views.tables import Column, Table, count, words
from darknumber.words import say
from darknumber.words.labels import covariate_name, stratum_name

ANSWERS = ("yes", "caution", "no")


def verdicts_table(found: Check) -> Table | None:
    """How many groups of each covariate could be answered from their own people; None without covariates."""
    single = _single(found)
    if not single:
        return None
    columns = (
        Column(label=say("web.check.by"), align="left"),
        Column(label=say("web.check.groups")),
        *(Column(label=capital(say(f"check.breakdown.{answer}"))) for answer in ANSWERS),
    )
    rows = tuple(
        (
            words(capital(covariate_name(each.covariates[0]))),
            count(len(each.levels)),
            *(count(each.answers.count(answer)) for answer in ANSWERS),
        )
        for each in single
    )
    return Table(caption=say("check.breakdown.title").rstrip(":"), columns=columns, rows=rows)


def breakdowns_table(found: Check) -> Table | None:
    """Every group of each covariate with its verdict and the reason; None without covariates."""
    single = _single(found)
    if not single:
        return None
    rows = []
    for each in single:
        for place, levels in enumerate(each.levels):
            reason = each.reasons[place]
            rows.append(
                (
                    words(stratum_name(each.covariates, levels)),
                    count(int(each.observed[place])),
                    count(int(each.recaptures[place])),
                    count(int(each.usable[place])),
                    words(say(f"check.breakdown.{each.answers[place]}")),
                    words(say(f"web.check.reason.{reason}") if reason else ""),
                )
            )
    columns = (
        Column(label=say("web.check.group"), align="left"),
        Column(label=say("web.check.observed")),
        Column(label=say("web.check.recaptures")),
        Column(label=say("web.check.usable")),
        Column(label=say("web.check.alone"), align="left"),
        Column(label=say("web.check.because"), align="left"),
    )
    return Table(caption=say("web.check.breakdowns"), columns=columns, rows=tuple(rows))


def _single(found: Check) -> list[Breakdown]:
    return [each for each in found.breakdowns if len(each.covariates) == 1]
