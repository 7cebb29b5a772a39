"""The report: one HTML page that stands by itself, for a reader who was not there.

It needs no script and loads nothing. What it says follows from the estimates; what is particular to one study (its own
definition questions, its own tables) comes in as sections.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from darknumber.findings import Finding
from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import all_findings
from darknumber.studies.panel import Panel
from darknumber.views import story
from darknumber.views.labels import source
from darknumber.views.panel import panel_sections
from darknumber.views.plots import Figure, to_svg
from darknumber.views.report_parts import DEFAULT, Entry, Part, ReportOptions, Section, entries, iceberg_of, parts_of
from darknumber.views.tables import notes_of, to_html
from darknumber.words import date, language, say, use_language

__all__ = ["ReportOptions", "Section", "render", "report"]

SYNTHETIC = ("synthetic_register", "synthetic_data")  # findings with which data are announced as made up
URGENT = 2  # cautions that stand on the first page; the rest is one link away


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Everything the template shows."""

    language: str
    title: str
    eyebrow: str
    synthetic: tuple[str, str] | None
    answer: str
    trio: tuple[tuple[str, str], ...]
    urgent: tuple[Entry, ...]
    more_findings: str
    iceberg: Figure | None
    sure: tuple[str, ...]
    not_said: tuple[str, ...]
    parts: tuple[Part, ...]


def report(
    estimates: Estimates,
    path: str | os.PathLike[str],
    *,
    panel: Panel | None = None,
    language: str | None = None,
    options: ReportOptions = DEFAULT,
) -> Path:
    """Write the report; a page that was there before is replaced only when the new one is complete.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    path
        Where the page goes, such as ``report.html``.
    panel
        Whether the number can be trusted, from `darknumber.studies.panel.panel`; by default the page has no such part.
    language
        ``en`` or ``nl``; by default the language in use.
    options
        What may differ from one report to the next.

    Returns
    -------
    Path
        Where the page is.
    """
    with use_language(language) if language else nullcontext():
        text = render(estimates, panel=panel, options=options)
    return _write(Path(path), text)


_TOOLS = {"say": say, "to_svg": to_svg, "to_html": to_html, "notes_of": notes_of}


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
    environment = Environment(
        loader=PackageLoader("darknumber.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html")
    return template.render(page=_page(estimates, panel, options), **_TOOLS).lstrip()


def _page(estimates: Estimates, panel: Panel | None, options: ReportOptions) -> _Page:
    head = story.headline(estimates)
    findings = all_findings(estimates)
    urgent = [finding for finding in findings if finding.severity == "stop"]
    urgent += [finding for finding in findings if finding.severity == "caution"][:URGENT]
    trusted = panel_sections(panel, about=options.about, protect=options.protect) if panel is not None else ()
    sections = (*options.sections, *trusted)
    return _Page(
        language=language(),
        title=options.title or story.title(head, options.about),
        eyebrow=" · ".join(_eyebrow(estimates, options)),
        synthetic=_synthetic(findings),
        answer=story.answer(head, options.about),
        trio=story.trio(head) if head is not None else (),
        urgent=entries(urgent, estimates),
        more_findings=say("view.report.see_findings", n=len(findings)) if findings else "",
        iceberg=iceberg_of(estimates, options),
        sure=story.how_sure(estimates, head, options.about),
        not_said=story.not_said(options.about),
        parts=tuple(parts_of(estimates, options, findings, sections)),
    )


def _eyebrow(estimates: Estimates, options: ReportOptions) -> list[str]:
    parts = [say("view.report.eyebrow"), source(estimates)]
    return parts + ([date(options.day)] if options.day else [])


def _synthetic(findings: Sequence[Finding]) -> tuple[str, str] | None:
    if not any(finding.code in SYNTHETIC for finding in findings):
        return None
    return say("view.report.synthetic"), say("view.report.synthetic_why")


def _write(path: Path, text: str) -> Path:
    """All or nothing: the page is written beside its place, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, waiting = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(waiting, 0o644)  # a temporary file is private; a report is to be read
        os.replace(waiting, path)
    except BaseException:
        Path(waiting).unlink(missing_ok=True)
        raise
    return path
