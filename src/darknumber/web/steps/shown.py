"""What pages show alike: findings in words, exact numbers, and whom they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding, Severity, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import finding_sentence, how_made, model_name
from darknumber.run.study import Study
from darknumber.studies.laws import Laws
from darknumber.studies.printing_laws import laws_in_words
from darknumber.views.asked import Asked, data_of
from darknumber.views.document import Block, Grid, Notice, Part, Text
from darknumber.views.labels import About
from darknumber.views.tables_sightings import laws_table
from darknumber.words import say

EXACT = Asked(rules=None)  # on the analyst's own screen numbers are exact; what leaves it is protected


def about_of(study: Study) -> About:
    """Whom the figures of a study are about."""
    return About(population=study.study.population, place=str(study.study.place))


def made_with(found: Estimates | None) -> str:
    """Which model, interval and seed an answer comes from; empty where there is none."""
    if found is None or not found.fits:
        return ""
    return say("web.made_with", model=model_name(found.fits[0].model), interval=how_made(found)[0])


def notice(severity: Severity, sentence: str) -> Notice:
    """A sentence that must be read, marked by how much it matters."""
    return Notice(severity=severity, label=say(f"view.findings.{severity}"), sentence=sentence)


def notices(findings: Iterable[Finding], data: CaptureTable | None = None) -> Iterator[Notice]:
    """Findings in words, worst first; of `data` where they are about a table."""
    for each in by_severity(tuple(findings)):
        yield notice(each.severity, finding_sentence(each, data))


def laws_part(found: Laws) -> Part:
    """What every law of how often people are seen on one list says."""
    told = notices(found.findings, data_of(found))
    blocks: tuple[Block, ...] = (Text(text=laws_in_words(found)), *told, Grid(tables=(laws_table(found),)))
    return Part(name="laws", heading=say("panel.section.laws"), blocks=blocks)
