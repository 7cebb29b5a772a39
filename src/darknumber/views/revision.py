"""What the earlier study said: the section of a report that lays the last study beside this one."""

from __future__ import annotations

from darknumber.findings import SEVERITIES, Finding
from darknumber.inference.printing import finding_sentence
from darknumber.studies.printing_revise import models_in_words
from darknumber.studies.revise import Revision
from darknumber.studies.revision_figures import levels_in_words, parts_in_words, ratio_in_words, title
from darknumber.views.disclosure import Protection
from darknumber.views.labels import PEOPLE, About
from darknumber.views.options import Section
from darknumber.views.plots_revise import answers_figure, parts_figure
from darknumber.views.tables_revise import answers_table, counts_table, parts_table
from darknumber.words import say

# Findings that count people or are told elsewhere in a report.
_NOT_HERE = ("revise_not_recorded", "synthetic_register", "synthetic_data")


def revision_sections(
    found: Revision, *, about: About = PEOPLE, protection: Protection | None = None
) -> tuple[Section, ...]:
    """Both studies and what lies between them, as a section of a report.

    Parameters
    ----------
    found
        The two studies.
    about
        Whom the figures are about.
    protection
        What is shown of registered numbers; None prints them exactly.
    """
    said = tuple(make(found, about=about, protection=protection) for make in (counts_table, answers_table))
    changed = (parts_table(found, about=about, protection=protection),)
    lines = answers_figure(found, about=about, tables=said, protection=protection)
    bars = parts_figure(found, about=about, tables=changed, protection=protection)
    answers = Section(
        heading=say("revise.section.answers"),
        paragraphs=(ratio_in_words(found),),
        tables=() if lines is not None else said,
        figures=(lines,) if lines is not None else (),
    )
    told = filter(None, (parts_in_words(found), levels_in_words(found)))
    parts = Section(
        heading=say("revise.section.parts"),
        paragraphs=tuple(told),
        tables=() if bars is not None else changed,
        figures=(bars,) if bars is not None else (),
    )
    return (
        Section(
            heading=say("revise.section.heading"),
            # a picture has it as its title
            paragraphs=(*(() if lines is not None else (f"{title(found)}.",)), *_noise(found), *models_in_words(found)),
            points=_points(found),
            parts=(answers, parts),
        ),
    )


def _noise(found: Revision) -> tuple[str, ...]:
    """What noise is here; nothing where it could not be told, which a finding says."""
    if found.draws is None:
        return ()
    return (say("revise.noise.tested", n=len(found.draws), seed=found.seed, level=found.level),)


def _points(found: Revision) -> tuple[str, ...]:
    told: list[Finding] = [finding for finding in found.findings if finding.code not in _NOT_HERE]
    told.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(finding_sentence(finding, found.new.fits[0].data) for finding in told)
