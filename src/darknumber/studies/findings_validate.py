"""What the reader must know of lists that were hidden and estimated: do intervals hold, are answers too low?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scipy.special import bdtr

from darknumber.findings import Finding
from darknumber.studies.scorecard import Scorecard

if TYPE_CHECKING:  # the study makes its findings through this module
    from darknumber.studies.validate import Trial

# So few intervals hold that it would be chance less often than this: the usual bar for calling something out.
RARE = 0.05
# Lists whose errors differ by this factor are told as a caution: as far apart as models that disagree.
FAR_APART = 1.5
FEW = 5  # errors, below which their spread is hardly known: its own doubt is then larger than itself


def too_few_hold(held: int, tried: int, level: float) -> bool:
    """Whether fewer intervals hold the known number than chance explains, if each does so with probability `level`."""
    return bool(tried and bdtr(held, tried, level) < RARE)


def validation_findings(trials: Sequence[Trial], card: Scorecard | None, level: float) -> Iterator[Finding]:
    """What the reader must know.

    Parameters
    ----------
    trials
        One a list.
    card
        Mean and spread of their errors, or None.
    level
        Of the intervals.
    """
    fitted = [row for row in trials if row.failure is None]
    judged = [row.covered for row in fitted if row.covered is not None]
    if too_few_hold(sum(judged), len(judged), level):
        values: dict[str, object] = {"n": sum(judged), "lists": len(judged), "level": level}
        yield Finding(code="validate_few_hold", severity="caution", values=values)
    if card is not None and card.leans(level):
        yield Finding(
            code="validate_low" if card.mean < 0 else "validate_high",
            severity="caution",
            values={"share": abs(math.expm1(card.mean))},
        )
    if card is not None and card.reach(level) > math.log(FAR_APART):
        values = {"factor": math.exp(card.reach(level)), "level": level}
        yield Finding(code="validate_far_apart", severity="caution", values=values)
    endless = tuple(row.list for row in fitted if not math.isfinite(row.estimate))
    if endless:
        yield Finding(code="validate_no_estimate", severity="caution", values={"n": len(endless), "names": endless})
    vague = tuple(row.list for row in fitted if not row.telling)
    if vague:
        yield Finding(code="validate_vague", severity="caution", values={"n": len(vague), "names": vague})
    failed = tuple(row.list for row in trials if row.failure is not None)
    if failed:
        yield Finding(code="validate_failed", severity="caution", values={"n": len(failed), "names": failed})
    yield from _about_the_test(fitted, card)


def _about_the_test(fitted: Sequence[Trial], card: Scorecard | None) -> Iterator[Finding]:
    """What the test can and cannot show."""
    if card is not None and card.cases < FEW:
        yield Finding(code="validate_few_lists", values={"n": card.cases})
    for row in fitted:
        if row.dropped:
            values: dict[str, object] = {"n": len(row.dropped), "terms": row.dropped}
            yield Finding(code="without_drops_terms", where=row.list, values=values)
        if row.unused:
            yield Finding(code="validate_unused", where=row.list, values={"names": row.unused})
    if any(len(row.left) == 2 for row in fitted):
        yield Finding(code="omit_two_left")
    yield Finding(code="validate_easier")
