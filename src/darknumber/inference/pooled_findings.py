"""What must be known of an answer from linked reports: what was put together, and where the doubt comes from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from darknumber.data.drawn import DrawnTables
from darknumber.findings import Finding
from darknumber.inference.doubt import VarianceShares
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Posterior
from darknumber.inference.publish import to_step, total_step

FEW_DRAWS = 20  # draws of who is who: with fewer, how far tables differ is hardly seen


def pooled_findings(
    answer: Estimates, data: DrawnTables, totals: Sequence[float], alone: float, shares: VarianceShares | None
) -> list[Finding]:
    """What was pooled, where the doubt comes from, and what is remarkable about it.

    Parameters
    ----------
    answer
        The answer, with its draws.
    data
        The tables it is from.
    totals
        The estimate of everyone from each distinct table.
    alone
        The same from the table at the threshold.
    shares
        Where the doubt comes from, or None.
    """
    found = [*data.findings, _linked(data)]
    finite = [total for total in totals if np.isfinite(total)]
    step, seen = total_step(answer), float(answer.observed.sum())
    if len(data.tables) == 1:
        found.append(Finding(code="pooled_alike", values={"draws": data.draws}))
    elif finite:
        ends = {"low": to_step(min(finite), step, seen), "high": to_step(max(finite), step, seen)}
        found.append(Finding(code="pooled", values={"draws": data.draws, "n": len(data.tables), **ends}))
    if data.draws < FEW_DRAWS:
        found.append(Finding(code="few_link_draws", severity="caution", values={"n": data.draws}))
    lost = sum(weight for weight, total in zip(data.weights, totals, strict=True) if not np.isfinite(total))
    if lost:
        found.append(Finding(code="pooled_infinite", severity="caution", values={"n": lost, "draws": data.draws}))
    if shares is not None:
        found.append(_told(shares, selects=answer.fits[0].model.selects))
    whole = answer.total()
    lower, upper = whole.limits[0].tolist()
    if not lower <= alone <= upper:
        told = {"estimate": to_step(alone, step, seen), "threshold": data.linkage.threshold}
        found.append(Finding(code="threshold_outside", severity="caution", values=told))
    return [*found, *_too_few(answer)]


def _linked(data: DrawnTables) -> Finding:
    """How reports became people, as plain numbers."""
    facts, how = data.linkage, data.how
    return Finding(
        code="linked_reports",
        values={
            "reports": facts.reports,
            "counted": facts.counted,
            "organisations": facts.organisations,
            "people": facts.people,
            "people_low": facts.people_low,
            "people_high": facts.people_high,
            "in_doubt": facts.in_doubt,
            "links": facts.links,
            "missed": facts.missed,
            "false": facts.false,
            "threshold": facts.threshold,
            "draws": facts.draws,
            "seed": facts.seed,
            "files": [list(each) for each in how.files],
            "extracted": how.extracted,
            "kept_model": how.kept_model,
            "method": how.method,
            "key": how.key,
            "merge": list(how.merge),
            "definition": how.definition,
            "unlinkable": how.unlinkable,
        },
    )


def _told(shares: VarianceShares, *, selects: bool) -> Finding:
    values: dict[str, object] = {"linkage": shares.linkage, "left_out": shares.left_out}
    if not selects:
        both = shares.sampling + (shares.model or 0.0)
        return Finding(code="doubt_shares_fixed", values={**values, "sampling": both})
    if shares.model is None:
        return Finding(code="doubt_shares_together", values={**values, "sampling": shares.sampling})
    return Finding(code="doubt_shares", values={**values, "sampling": shares.sampling, "model": shares.model})


def _too_few(answer: Estimates) -> list[Finding]:
    """A stop where there are too few replicates for the limits to be what their level says."""
    needed = int(np.ceil(2 / (1 - answer.nominal) - 1 - 1e-9))  # 2 / (1 - 0.95) is 40 but for the last digit
    n = 0 if answer.draws is None else len(answer.draws)
    if isinstance(answer.interval, Posterior) or n >= needed:
        return []
    return [Finding(code="few_replicates", severity="stop", values={"n": n, "level": answer.nominal, "needed": needed})]
