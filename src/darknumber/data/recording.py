"""What a table's *not recorded* levels tell: how many people, and whether more lists mean more is recorded."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np

from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.findings import Finding
from darknumber.kernels.histories import list_counts

# Chance of a false alarm for one covariate. One in a hundred, not one in twenty: several covariates are looked at each
# time, and a caution that is often wrong is no longer read.
RISE_SIGNIFICANCE = 0.01


def with_recording(table: CaptureTable) -> CaptureTable:
    """The table with a finding for each covariate that some people have no value of, and a caution where recording
    rises with the number of lists.

    The caution compares people on one list with people on two or more: where the second are recorded more often,
    *not recorded* is not a level like the others, and a model that lets it interact with lists is biased (a one-sided
    test of two proportions with a pooled standard error, at `RISE_SIGNIFICANCE`).
    """
    findings: list[Finding] = []
    people = int(table.count.sum())
    several = list_counts(table.history) > 1
    for covariate in table.covariates:
        if not covariate.has_not_recorded:
            continue
        level = np.unravel_index(table.stratum, table.shape)[table.axis(covariate.name)]
        missing = level == covariate.levels.index(NOT_RECORDED)
        n = int(table.count[missing].sum())
        if not n:
            continue
        findings.append(Finding(code="not_recorded", where=covariate.name, values={"n": n, "share": n / people}))
        one, more = int(table.count[~several].sum()), int(table.count[several].sum())
        if not one or not more:
            continue
        share_one = int(table.count[~several & ~missing].sum()) / one
        share_more = int(table.count[several & ~missing].sum()) / more
        if _chance_of_rise(share_one, one, share_more, more) < RISE_SIGNIFICANCE:
            findings.append(
                Finding(
                    code="recording_rises_with_lists",
                    severity="caution",
                    where=covariate.name,
                    values={"one": share_one, "more": share_more},
                )
            )
    return table.with_findings(findings)


def _chance_of_rise(share_one: float, one: int, share_more: float, more: int) -> float:
    """The chance of a rise at least this large if recording did not depend on the number of lists."""
    pooled = (share_one * one + share_more * more) / (one + more)
    error = sqrt(pooled * (1 - pooled) * (1 / one + 1 / more))
    return 1.0 if error == 0 else 0.5 * erfc((share_more - share_one) / error / sqrt(2))
