"""From links to capture tables: one at the threshold, and one for every draw of who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from darknumber.data.drawn import DrawnTables, HowLinked
from darknumber.data.names import as_names, check_choice
from darknumber.data.records import Rule
from darknumber.data.seeds import check_seed
from darknumber.data.table import Unit
from darknumber.errors import InputError
from darknumber.findings import Finding, Severity
from darknumber.register.linkage.coded import coded
from darknumber.register.linkage.draws import Progress, drawn_tables
from darknumber.register.linkage.link_summary import summary_of
from darknumber.register.linkage.links import SURE, Links
from darknumber.register.linkage.methods import Exact, Probabilistic, Rules, name_of
from darknumber.register.screening.definitions import Definition, definition_of

DRAWS = 20  # fewer do not show how far tables differ; more change an interval by less than its last digit that counts
MANY_ALONE = 0.01  # the share of reports that say too little to be linked, from which it is a caution
Unlinkable = Literal["leave out", "count"]
UNLINKABLE: tuple[Unlinkable, ...] = get_args(Unlinkable)


def linked_tables(
    links: Links,
    covariates: Sequence[str] = (),
    *,
    lists: Sequence[str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
    definition: str | Definition | None = None,
    unit: Unit = "person",
    on_conflict: Rule | Mapping[str, Rule] | None = None,
    unlinkable: Unlinkable = "leave out",
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
        What `darknumber.register.linkage.link.link` found.
    covariates
        The columns of the reports to make strata of.
    lists
        The organisations, or merged lists, that are counted; by default all, those with very few reports
        together as one list.
    merge
        Organisations that make one list together, by the name of that list.
    definition
        Who counts: everybody with at least one report that meets it, with all lists they are on. See
        `darknumber.register.screening.definitions`; by default everybody.
    unit
        ``person``, or ``person-year``: everybody once for each year, with the lists of that year.
    on_conflict
        What to do with a person whose reports give two values: one rule, or one for each covariate named. By default
        such a value counts as not recorded, and somebody registered in two years counts in the first.
    unlinkable
        What becomes of reports that say too little about the person to be linked to any other: ``leave out``, as if
        they had not been made; or ``count`` each as a person of its own, which makes an estimate too high. Left out,
        the lists are a little shorter, which changes no estimate where it does not depend on the person.
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
    if not hasattr(links, "weight"):
        raise InputError("not_links", kind=type(links).__name__)
    check_choice("unlinkable", unlinkable, UNLINKABLE)
    check_seed(seed)
    if not 0 < threshold < 1:
        raise InputError("link_threshold", threshold=threshold)
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
    alone = links.unlinkable(threshold)
    if unlinkable == "leave out":
        numbers = replace(numbers, on=np.where(alone, 0, numbers.on), levels=np.where(alone, 0, numbers.levels))
    found = drawn_tables(
        links, numbers, draws=draws, threshold=threshold, seed=seed, progress=progress, findings=links.findings
    )
    who = None if definition is None else definition_of(definition)
    return replace(
        found,
        how=HowLinked(
            files=links.reports.files,
            extracted=links.reports.extracted.isoformat(),
            method=name_of(links.method),
            key=links.method.key if isinstance(links.method, Probabilistic) else "",
            kept_model=isinstance(links.method, Probabilistic) and links.method.model is not None,
            merge=tuple(f"{name}={','.join(as_names(parts))}" for name, parts in (merge or {}).items()),
            definition="" if who is None else str(who),
            unlinkable=unlinkable,
        ),
        findings=(
            *found.findings,
            *_alone(int(alone.sum()), links.rows, unlinkable),
            *_asked(links, who, merge or {}),
        ),
        summary=summary_of(links, threshold, everyone=unlinkable == "count"),
    )


def _asked(links: Links, who: Definition | None, merge: Mapping[str, Sequence[str]]) -> list[Finding]:
    """What was asked for that decides who counts, and how far the links are to be trusted."""
    said = []
    if who is not None:
        said.append(Finding(code="counted_by_definition", values={"name": who.name}))
    for name, parts in merge.items():
        said.append(Finding(code="merged_list", values={"name": name, "organisations": list(as_names(parts))}))
    if isinstance(links.method, Rules):
        said.append(Finding(code="linked_by_rules", severity="caution"))
    if isinstance(links.method, Exact):
        said.append(Finding(code="linked_exactly", values={"column": links.method.column}))
    return said


def _alone(n: int, reports: int, unlinkable: Unlinkable) -> list[Finding]:
    """How many reports say too little to be linked to any other, and what became of them."""
    if not n:
        return []
    severity: Severity = "caution" if n / reports >= MANY_ALONE else "note"
    code = "unlinkable_left_out" if unlinkable == "leave out" else "unlinkable_counted"
    return [Finding(code=code, severity=severity, values={"n": n, "share": n / reports})]
