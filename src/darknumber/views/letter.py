"""The answer in a letter of one page, as a minister or a rapporteur sends it to parliament."""

from __future__ import annotations

from dataclasses import dataclass, replace

from darknumber.inference.estimates import Estimates
from darknumber.inference.printing import all_findings
from darknumber.views import report_parts, story, summary
from darknumber.views.document import Block, Document, Facts, Grid, Part, Text
from darknumber.views.labels import lists_in, noun
from darknumber.views.options import DEFAULT, ReportOptions, settled
from darknumber.views.tables import Table
from darknumber.views.tables_estimates import estimates_table, year_table
from darknumber.words import date, language, say

FIGURES = 3  # columns of the table beside those that name a row: registered, estimated, interval
LAST_YEARS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Who writes to whom, and what the office adds. What is empty stands between square brackets, to be filled in.

    Parameters
    ----------
    sender, addressee
        Who writes, and to whom, with the address; lines are kept.
    place
        Where it is written; the day is that of the report's options.
    reference
        Of the sender.
    subject
        By default the estimate of the number of people.
    salutation, closing, signatory
        How it begins and ends, and who signs.
    earlier
        A sentence or two on how this compares with what was published before; by default none.
    where
        Where the full report is.
    years
        How many years, the last ones, the table holds.
    """

    sender: str = ""
    addressee: str = ""
    place: str = ""
    reference: str = ""
    subject: str = ""
    salutation: str = ""
    closing: str = ""
    signatory: str = ""
    earlier: str = ""
    where: str = ""
    years: int = LAST_YEARS


BLANK = Letter()


def letter(estimates: Estimates, *, fill: Letter = BLANK, options: ReportOptions = DEFAULT) -> Document:
    """A letter with the answer, how sure it is and what it does not say, in the language in use.

    Parameters
    ----------
    estimates
        The answers, with all their covariates.
    fill
        What the office fills in.
    options
        Whom the figures are about, the day, and the rules for what may be published, as for the report.
    """
    options = settled(options, estimates)
    called, place = noun(options.about), options.about.somewhere
    subject = fill.subject or say("letter.about", noun=called, place=place)
    return Document(
        language=language(),
        layout="letter",
        title=say("letter.subject", subject=subject),
        author=fill.sender,
        day=options.day,
        preamble=_head(fill, options),
        opening=(Part(name="letter", blocks=_body(estimates, fill, options)),),
    )


def _head(fill: Letter, options: ReportOptions) -> tuple[Block, ...]:
    written = [fill.place] if fill.place else []
    written += [date(options.day)] if options.day else []
    facts = (
        (say("letter.date"), ", ".join(written) or say("letter.blank.day")),
        (say("letter.reference"), fill.reference or say("letter.blank.reference")),
    )
    return (
        Text(text=fill.sender or say("letter.blank.sender"), style="sender"),
        Text(text=fill.addressee or say("letter.blank.addressee"), style="address"),
        Facts(pairs=facts),
    )


def _body(estimates: Estimates, fill: Letter, options: ReportOptions) -> tuple[Block, ...]:
    head, about = story.headline(estimates, protection=options.protection), options.about
    findings = all_findings(estimates)
    banner = report_parts.synthetic(findings)
    stops = [finding for finding in findings if finding.severity == "stop"]
    inform = say("letter.inform", noun=noun(about), place=about.somewhere)
    basis = say("letter.basis", n=lists_in(estimates)) if estimates.fits else ""
    table = _table(estimates, fill, options)
    closing = f"{fill.closing or say('letter.blank.closing')}\n\n\n{fill.signatory or say('letter.blank.signatory')}"
    blocks: list[Block | None] = [
        Text(text=fill.salutation or say("letter.blank.salutation")),
        *banner,
        Text(text=f"{inform} {summary.answer(estimates, head, options)}"),
        *report_parts.notices(stops, estimates, options),
        Grid(tables=(table,)) if table else None,
        Text(text=" ".join(filter(None, [basis, _sure(estimates, head), *summary.doubts(estimates, head)]))),
        Text(text=fill.earlier) if fill.earlier else None,
        Text(text=" ".join(story.not_said(about))),
        Text(text=say("letter.report", where=fill.where or say("letter.blank.where"))),
        Text(text=closing, style="closing"),
    ]
    return tuple(block for block in blocks if block is not None)


def _sure(estimates: Estimates, head: story.Headline | None) -> str:
    interval = head.row.interval_text if head is not None else ""
    return say(f"letter.sure.{summary.doubt(summary.case_of(estimates, head))}", interval=interval)


def _table(estimates: Estimates, fill: Letter, options: ReportOptions) -> Table | None:
    """Registered, estimated and interval of the last years, or of everyone where there is no time."""
    table = year_table(estimates, about=options.about, protection=options.protection)
    if table is None:
        if story.headline(estimates, protection=options.protection) is None:
            return None
        table = estimates_table(estimates.total(), protection=options.protection)
    columns = table.headings + FIGURES
    rows = [row for number, row in enumerate(table.rows) if number not in table.sums or len(table.rows) == 1]
    return replace(
        table,
        caption=say("letter.caption"),
        columns=table.columns[:columns],
        rows=tuple(row[:columns] for row in rows[-fill.years :]),
        sums=frozenset(),
        notes=(),
    )
