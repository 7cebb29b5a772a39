"""What pages show alike: findings in words, exact numbers, and whom they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, Severity, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import finding_sentence
from darknumber.models.text import format_thing
from darknumber.run.study import Study
from darknumber.views.asked import Asked
from darknumber.views.document import Notice
from darknumber.views.labels import About
from darknumber.words import say

EXACT = Asked(rules=None)  # on the analyst's own screen numbers are exact; what leaves it is protected


def about_of(study: Study) -> About:
    """Whom the figures of a study are about."""
    return About(population=study.study.population, place=str(study.study.place))


def made_with(found: Estimates | None) -> str:
    """Which model, interval and seed an answer comes from; empty where there is none."""
    if found is None or not found.fits:
        return ""
    model, interval = format_thing(found.fits[0].model), format_thing(found.interval)
    return say("web.made_with", model=model, interval=interval, seed=found.seed)


def notice(severity: Severity, sentence: str) -> Notice:
    """A sentence that must be read, marked by how much it matters."""
    return Notice(severity=severity, label=say(f"view.findings.{severity}"), sentence=sentence)


def notices(findings: Iterable[Finding], data: CaptureTable | None = None) -> Iterator[Notice]:
    """Findings in words, worst first; of `data` where they are about a table."""
    for each in by_severity(tuple(findings)):
        yield notice(each.severity, finding_sentence(each, data))
