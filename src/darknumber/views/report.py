"""The report: what it holds follows from the answer, and is written as a web page, a PDF or a Word document.

What is particular to one study (its own definition questions, its own tables) comes in as sections.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import all_findings
from darknumber.studies.panel import Panel
from darknumber.views import html, pdf, report_method, report_parts, story, summary, word
from darknumber.views.document import Block, Document, Part, Picture, Text, Trio
from darknumber.views.glossary import glossary
from darknumber.views.labels import source
from darknumber.views.linkage import linkage_section
from darknumber.views.options import DEFAULT, ReportOptions, Section, settled
from darknumber.views.panel import panel_sections
from darknumber.views.writing import write_whole
from darknumber.words import date, language, say, use_language

__all__ = ["FORMATS", "ReportOptions", "Section", "document", "render", "report", "write_document"]

URGENT = 2  # cautions that stand on the first page; the rest is one link away

FORMATS: Mapping[str, Callable[[Document], bytes]] = {
    ".html": lambda made: html.to_page(made).encode(),
    ".pdf": pdf.to_pdf,
    ".docx": word.to_word,
}


def report(
    estimates: Estimates,
    path: str | os.PathLike[str],
    *,
    panel: Panel | None = None,
    language: str | None = None,
    options: ReportOptions = DEFAULT,
) -> Path:
    """Write the report; one that was there before is replaced only when the new one is complete.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    path
        Where it goes. Its ending says how it is written: ``report.html``, ``report.pdf`` or ``report.docx``.
    panel
        Whether the number can be trusted, from `darknumber.studies.panel.panel`; by default there is no such part.
    language
        ``en`` or ``nl``; by default the language in use.
    options
        What may differ from one report to the next.

    Returns
    -------
    Path
        Where the report is.

    Raises
    ------
    InputError
        The ending is none of these, or what writes it is not installed.
    """
    format_of(path)
    with use_language(language) if language else nullcontext():
        made = document(estimates, panel=panel, options=options)
    return write_document(made, path)


def render(estimates: Estimates, *, panel: Panel | None = None, options: ReportOptions = DEFAULT) -> str:
    """The report as HTML, in the language in use.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    panel
        Whether the number can be trusted.
    options
        What may differ from one report to the next.
    """
    return html.to_page(document(estimates, panel=panel, options=options))


def write_document(made: Document, path: str | os.PathLike[str]) -> Path:
    """Write a report or a letter, all or nothing, as the ending of `path` says.

    Parameters
    ----------
    made
        What it holds.
    path
        Where it goes.

    Raises
    ------
    InputError
        The ending is unknown, or what writes it is not installed.
    """
    return write_whole(Path(path), FORMATS[format_of(path)](made))


def format_of(path: str | os.PathLike[str]) -> str:
    """The ending of a path, where a document can be written so.

    Raises
    ------
    InputError
        It cannot.
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise InputError("unknown_report_format", ending=ending or Path(path).name, known=tuple(FORMATS))
    return ending


def document(estimates: Estimates, *, panel: Panel | None = None, options: ReportOptions = DEFAULT) -> Document:
    """What the report holds, in the language in use.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    panel
        Whether the number can be trusted.
    options
        What may differ from one report to the next.
    """
    options = settled(options, estimates)
    head = story.headline(estimates, protection=options.protection)
    findings = all_findings(estimates)
    iceberg = report_parts.iceberg_of(estimates, options)
    opening = [
        Part(name="answer", blocks=_answer(head, estimates, findings, options)),
        *([Part(name="iceberg", blocks=(Picture(figure=iceberg, open=False),))] if iceberg else []),
        *summary.answers(estimates, head, options),
        Part(name="urgent", blocks=_urgent(estimates, findings, options)),
    ]
    parts = _parts(estimates, findings, panel, options)
    words = glossary((*opening, *parts))
    return Document(
        language=language(),
        title=options.title or story.title(head, options.about),
        author=options.publisher,
        day=options.day,
        preamble=(
            Text(text=" · ".join(_eyebrow(estimates, options)), style="eyebrow"),
            *report_parts.synthetic(findings),
        ),
        opening=tuple(opening),
        parts=(*parts, words, report_method.repeat(estimates, options)),
    )


def _answer(
    head: story.Headline | None, estimates: Estimates, findings: Sequence[Finding], options: ReportOptions
) -> tuple[Block, ...]:
    """The finding in a sentence or two, and in three numbers; what forbids its use stands beside it."""
    blocks: list[Block] = [Text(text=summary.answer(estimates, head, options), style="lead")]
    blocks += [Trio(numbers=story.trio(head))] if head is not None else []
    stops = [finding for finding in findings if finding.severity == "stop"]
    return (*blocks, *report_parts.notices(stops, estimates, options))


def _urgent(estimates: Estimates, findings: Sequence[Finding], options: ReportOptions) -> tuple[Block, ...]:
    """The first cautions, and where the other findings are."""
    cautions = [finding for finding in findings if finding.severity == "caution"][:URGENT]
    more = Text(text=say("view.report.see_findings", n=len(findings)), style="remark", target=report_parts.FINDINGS)
    return (*report_parts.notices(cautions, estimates, options), *([more] if findings else []))


def _parts(
    estimates: Estimates, findings: Sequence[Finding], panel: Panel | None, options: ReportOptions
) -> list[Part]:
    studies = panel_sections(panel, about=options.about, protection=options.protection) if panel is not None else ()
    own, trusted = enumerate(options.sections, start=1), enumerate(studies, start=1)
    linked = linkage_section(estimates, thresholds=options.linked, about=options.about, protection=options.protection)
    parts = [
        report_parts.course(estimates, options),
        report_parts.groups(estimates, options),
        *(report_parts.part_of(section, f"section-{number}") for number, section in own),
        report_parts.part_of(linked, "linkage") if linked is not None else None,
        summary.certainty(estimates, options),
        *(report_parts.part_of(section, f"trusted-{number}") for number, section in trusted),
        report_parts.findings_part(estimates, findings, options),
        report_parts.lists(estimates, options),
        report_parts.search(estimates, options),
        report_method.method(estimates, options),
        report_method.references(estimates, options),
    ]
    return [part for part in parts if part is not None]


def _eyebrow(estimates: Estimates, options: ReportOptions) -> list[str]:
    parts = [options.publisher or say("view.report.eyebrow"), source(estimates)]
    return parts + ([date(options.day)] if options.day else [])
