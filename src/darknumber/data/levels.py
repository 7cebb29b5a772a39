"""Covariates with so many levels that work on them takes long and says little: told before it begins."""

from __future__ import annotations

from darknumber.data.table import MANY_LEVELS, CaptureTable
from darknumber.findings import Finding


def many_levels(table: CaptureTable) -> tuple[Finding, ...]:
    """A caution for each covariate with more levels than `darknumber.data.table.MANY_LEVELS`."""
    people = int(table.count.sum())
    return tuple(
        Finding(
            code="many_levels",
            severity="caution",
            where=covariate.name,
            values={"n": len(covariate.levels), "people": people},
        )
        for covariate in table.covariates
        if len(covariate.levels) > MANY_LEVELS
    )
