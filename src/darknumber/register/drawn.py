"""From links to capture tables: one at the threshold, and one for every draw of who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from darknumber.data.drawn import DrawnTables
from darknumber.data.records import Rule
from darknumber.data.table import Unit
from darknumber.errors import InputError
from darknumber.findings import Finding, Severity
from darknumber.register.coded import coded
from darknumber.register.definitions import Definition
from darknumber.register.draws import Progress, drawn_tables
from darknumber.register.link import SURE, Links
from darknumber.register.link_summary import summary_of

DRAWS = 20  # fewer do not show how far tables differ; more change an interval by less than its last digit that counts
UNLINKABLE = 0.01  # the share of reports that say too little to be linked, from which it is a caution


def linked_tables(
    links: Links,
    covariates: Sequence[str] = (),
    *,
    lists: Sequence[str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
    definition: str | Definition | None = None,
    unit: Unit = "person",
    on_conflict: Rule | Mapping[str, Rule] | None = None,
    draws: int = DRAWS,
    threshold: float = SURE,
    seed: int = 0,
    progress: Progress | None = None,
) -> DrawnTables:
    """Count people by covariates and lists, as often as the doubt about links asks for.

    Who is who is drawn anew for each table, in agreement with the probabilities of all links together; reports of which
    there is no doubt whose they are count once and for all.

    Parameters
    ----------
    links
        What `darknumber.register.link.link` found.
    covariates
        The columns of the reports to make strata of.
    lists
        The organisations, or merged lists, that are counted; by default all.
    merge
        Organisations that make one list together, by the name of that list.
    definition
        Who counts: everybody with at least one report that meets it, with all lists they are on. See
        `darknumber.register.definitions`; by default everybody.
    unit
        ``person``, or ``person-year``: everybody once for each year, with the lists of that year.
    on_conflict
        What to do with a person whose reports give two values: one rule, or one for each covariate named. By default
        such a value counts as not recorded, and somebody registered in two years counts in the first.
    draws
        How many draws of who is who.
    threshold
        The probability from which a pair of reports is one person in the best table, whose counts are published.
    seed
        Of the draws; the same seed gives the same tables.
    progress
        Called with (done, total, what) between draws; raising `Cancelled` in it stops.

    Returns
    -------
    DrawnTables
        Counts only.

    Raises
    ------
    InputError
        Columns or organisations that are not there, nobody who meets the definition, fewer than one draw, and what
        `CaptureTable.build` refuses.
    """
    if draws < 1:
        raise InputError("no_link_draws", n=draws)
    numbers = coded(
        links.reports,
        covariates,
        lists=lists,
        merge=merge,
        definition=definition,
        unit=unit,
        on_conflict=on_conflict,
    )
    found = drawn_tables(
        links, numbers, draws=draws, threshold=threshold, seed=seed, progress=progress, findings=links.findings
    )
    said = (*found.findings, *_unlinkable(links, threshold))
    return replace(found, findings=said, summary=summary_of(links, threshold))


def _unlinkable(links: Links, threshold: float) -> list[Finding]:
    """How many reports say too little to be linked to any other."""
    n = int(links.unlinkable(threshold).sum())
    if not n:
        return []
    share = n / links.rows
    severity: Severity = "caution" if share >= UNLINKABLE else "note"
    return [Finding(code="unlinkable", severity=severity, values={"n": n, "share": share})]
