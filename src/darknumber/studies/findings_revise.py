"""What the reader must know of a revision: what could be told, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from darknumber.data.table import NOT_RECORDED
from darknumber.findings import Finding, Severity
from darknumber.kernels.terms import parse_terms
from darknumber.models.base import Fit, best_terms

if TYPE_CHECKING:  # the study makes its findings through this module
    from darknumber.studies.revise import Revision


def revision_findings(found: Revision) -> Iterator[Finding]:
    """What stands in the way of an answer, then what the answer is not about."""
    if not found.testable:
        yield Finding(code="revise_not_linked", severity="caution")
    elif not all(found.drawn) and all(stand.fit is not None for stand in found.chain.stands):
        yield Finding(code="revise_part_not_linked", severity="caution")
    yield from _not_split(found)
    yield from _chosen_anew(found)
    lost = int((~np.isfinite(found.people).all(axis=0)).sum())
    if lost and all(stand.fit is not None for stand in found.chain.stands):
        yield Finding(code="revise_not_estimable", severity="caution", values={"n": lost})
    if found.draws is not None:
        with np.errstate(invalid="ignore"):
            share = float((~np.isfinite(found.draws[:, -1, -1] - found.draws[:, 0, -1])).mean())
        if share:
            severity: Severity = "stop" if share > (1 - found.level) / 2 else "caution"
            yield Finding(code="revise_draws_lost", severity=severity, values={"share": share})
    yield from _not_compared(found)


def _not_split(found: Revision) -> Iterator[Finding]:
    """Why there are fewer parts than three."""
    chain = found.chain
    if chain.lists_gone:
        yield Finding(code="revise_lists_gone", severity="caution", values={"lists": chain.lists_gone})
    if chain.covariates_gone:
        yield Finding(code="revise_covariates_gone", severity="caution", values={"names": chain.covariates_gone})
    if "data_and_definition" in chain.steps:
        yield Finding(code="revise_no_definition")
    if "definition" in chain.steps and chain.stands[1].side == "new":
        yield Finding(code="revise_definition_kept")
    for stand in chain.stands:
        if stand.error is not None:
            yield Finding(code="revise_not_fitted", severity="caution", values={"why": stand.error.what})


def _chosen_anew(found: Revision) -> Iterator[Finding]:
    """Steps in which the model of the first study chose other terms, so that the part is not of the data alone."""
    changed = [
        step
        for step, (before, after) in zip(found.steps, pairwise(found.chain.stands), strict=True)
        if step not in ("model", "everything") and _other_terms(before.fit, after.fit)
    ]
    if "data" in changed:
        yield Finding(code="revise_chosen_data", severity="caution")
    if "definition" in changed:
        yield Finding(code="revise_chosen_definition", severity="caution")
    if "data_and_definition" in changed:
        yield Finding(code="revise_chosen_both", severity="caution")


def _other_terms(before: Fit | None, after: Fit | None) -> bool:
    """Whether a model that chooses chose other terms for the second fit than for the first."""
    if before is None or after is None or not before.model.selects:
        return False
    terms = [best_terms(fit) for fit in (before, after)]
    return None not in terms and len({frozenset(parse_terms(text or "")) for text in terms}) > 1


def _not_compared(found: Revision) -> Iterator[Finding]:
    """Levels and people that only one study has."""
    old, new = found.old.fits[0].data, found.new.fits[0].data
    added = [name for name in new.lists if name not in old.lists]
    known = {covariate.name for covariate in old.covariates}
    added += [covariate.name for covariate in new.covariates if covariate.name not in known]
    if added:
        yield Finding(code="revise_lists_new", values={"names": tuple(added)})
    if found.by is None:
        return
    levels = [table.covariates[table.axis(found.by)].levels for table in (old, new)]
    for code, one in (("revise_levels_gone", levels[0]), ("revise_levels_new", levels[1])):
        only = tuple(level for level in one if level not in found.levels and level != NOT_RECORDED)
        if only and code == "revise_levels_gone":
            yield Finding(code="revise_levels_gone", where=found.by, values={"levels": only})
        elif only:
            yield Finding(code="revise_levels_new", where=found.by, values={"levels": only})
    unknown = 0
    for table in (old, new):
        if NOT_RECORDED in table.covariates[table.axis(found.by)].levels:
            place = table.covariates[table.axis(found.by)].levels.index(NOT_RECORDED)
            unknown = max(unknown, int(table.observed[table.level_of(found.by) == place].sum()))
    if unknown:
        yield Finding(code="revise_not_recorded", where=found.by, values={"n": unknown})
