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
from darknumber.views.document import Banner, Block, Document, Part, Picture, Text, Trio
from darknumber.views.labels import source
from darknumber.views.options import DEFAULT, ReportOptions, Section
from darknumber.views.panel import panel_sections
from darknumber.views.writing import write_whole
from darknumber.words import date, language, say, use_language

__all__ = ["FORMATS", "ReportOptions", "Section", "document", "render", "report", "write_document"]

SYNTHETIC = ("synthetic_register", "synthetic_data")  # findings with which data are announced as made up

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
    head = story.headline(estimates)
    findings = all_findings(estimates)
    answers = summary.answers(estimates, head, findings, options)
    iceberg = report_parts.iceberg_of(estimates, options)
    picture = [Part(name="iceberg", blocks=(Picture(figure=iceberg, open=False),))] if iceberg else []
    return Document(
        language=language(),
        title=options.title or story.title(head, options.about),
        author=options.publisher,
        day=options.day,
        preamble=(Text(text=" · ".join(_eyebrow(estimates, options)), style="eyebrow"), *_synthetic(findings)),
        opening=(Part(name="answer", blocks=_answer(estimates, findings, options)), *picture, *answers),
        parts=tuple(_parts(estimates, findings, panel, options)),
    )


def _answer(estimates: Estimates, findings: Sequence[Finding], options: ReportOptions) -> tuple[Block, ...]:
    """The finding in a sentence or two, and in three numbers; what forbids its use stands beside it."""
    head = story.headline(estimates)
    blocks: list[Block] = [Text(text=story.answer(head, options.about), style="lead")]
    blocks += [Trio(numbers=story.trio(head))] if head is not None else []
    stops = [finding for finding in findings if finding.severity == "stop"]
    return (*blocks, *report_parts.notices(stops, estimates))


def _parts(
    estimates: Estimates, findings: Sequence[Finding], panel: Panel | None, options: ReportOptions
) -> list[Part]:
    trusted = panel_sections(panel, about=options.about, protect=options.protect) if panel is not None else ()
    sections = enumerate((*options.sections, *trusted), start=1)
    parts = [
        report_parts.course(estimates, options),
        report_parts.groups(estimates, options),
        *(report_parts.part_of(section, f"section-{number}") for number, section in sections),
        report_parts.findings_part(estimates, findings),
        report_parts.lists(estimates, options),
        report_parts.search(estimates, options),
        report_method.method(estimates, options),
        report_method.references(estimates),
        report_method.repeat(estimates, options),
    ]
    return [part for part in parts if part is not None]


def _eyebrow(estimates: Estimates, options: ReportOptions) -> list[str]:
    parts = [options.publisher or say("view.report.eyebrow"), source(estimates)]
    return parts + ([date(options.day)] if options.day else [])


def _synthetic(findings: Sequence[Finding]) -> tuple[Block, ...]:
    if not any(finding.code in SYNTHETIC for finding in findings):
        return ()
    return (Banner(label=say("view.report.synthetic"), text=say("view.report.synthetic_why")),)
