"""What the reader must know of answers without a list: which lists the answer hangs on, and what else changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.inference.publish import alone
from darknumber.kernels import verdicts

if TYPE_CHECKING:  # the study makes its findings through this module
    from darknumber.studies.omit import Variant

# An answer that moves by this factor is told as a caution: as far apart as models that disagree.
SENSITIVE = 1.5
# And by this factor it says nothing any more: the width from which a headline gives no single number.
EXPLODES = 4.0


def omission_findings(variants: Sequence[Variant], table: CaptureTable) -> Iterator[Finding]:
    """What the reader must know of the answers without a list, or with two merged.

    Parameters
    ----------
    variants
        That with all lists first.
    table
        With all lists.
    """
    registered = variants[0].observed
    if not math.isfinite(variants[0].estimate):
        yield Finding(code="omit_no_headline", severity="caution")
    without = [row for row in variants if row.kind == "without"]
    yield from _about_lists(without, registered)
    yield from _about_near(without, variants[0])
    merged = [row for row in variants if row.kind == "merged" and row.failure is None]
    pairs = tuple(":".join(row.lists) for row in merged if moved(row))
    if pairs and math.isfinite(variants[0].estimate):
        values: dict[str, object] = {"n": len(pairs), "pairs": pairs, "factor": SENSITIVE}
        yield Finding(code="merging_moves", severity="caution", values=values)
    failed = tuple(":".join(row.lists) for row in variants if row.failure is not None)
    if failed:
        yield Finding(code="omit_failed", severity="caution", values={"names": failed})
    yield from _about_what_changed(variants, table)


def _about_lists(without: Sequence[Variant], registered: int) -> Iterator[Finding]:
    """Which lists the answer hangs on, the worst of them one by one."""
    fitted_rows = [row for row in without if row.failure is None]
    unlimited = tuple(row.lists[0] for row in fitted_rows if row.verdict == verdicts.INFINITE)
    if unlimited:
        yield Finding(code="omit_no_limit", severity="caution", values={"n": len(unlimited), "names": unlimited})
    unknown = tuple(row.lists[0] for row in fitted_rows if row.verdict == verdicts.NOT_IDENTIFIED)
    if unknown:
        yield Finding(code="omit_not_identified", severity="caution", values={"n": len(unknown), "names": unknown})
    known = [row for row in fitted_rows if math.isfinite(row.estimate)]
    for row in (row for row in known if row.estimate < registered):
        values: dict[str, object] = {
            "estimate": row.estimate,
            "registered": registered,
            "missed": registered - row.estimate,
        }
        yield Finding(code="omit_collapses", severity="caution", where=row.lists[0], values=values)
    for row in known:
        if row.factor > EXPLODES:
            where, values = row.lists[0], {"factor": row.factor}
            yield Finding(code="omit_explodes", severity="caution", where=where, values=values)
    others = [row for row in known if row.estimate >= registered and row.factor <= EXPLODES and moved(row)]
    if others:
        values = {
            "n": len(others),
            "names": tuple(row.lists[0] for row in others),
            "factor": SENSITIVE,
            "least": min(row.factor for row in others),
            "most": max(row.factor for row in others),
        }
        yield Finding(code="omit_sensitive", severity="caution", values=values)


def _about_near(without: Sequence[Variant], everything: Variant) -> Iterator[Finding]:
    """The lists without which the answer moves, but no further than another model would move it with all lists."""
    if everything.near is None:
        return
    low, high = everything.near
    within = tuple(row.lists[0] for row in without if moved(row) and low <= row.height <= high)
    if within:
        shown = [alone(end, everything.observed) for end in (low, high)]
        values = {"n": len(within), "names": within, "low": shown[0], "high": shown[1]}
        yield Finding(code="omit_within" if math.isfinite(high) else "omit_within_open", values=values)


def moved(row: Variant) -> bool:
    """Whether an answer differs by more than a factor `SENSITIVE` from that with all lists, or is no number."""
    return row.shift > math.log(SENSITIVE)


def _about_what_changed(variants: Sequence[Variant], table: CaptureTable) -> Iterator[Finding]:
    """What leaving out or merging did beside the lists themselves."""
    if any(row.kind == "without" and len(row.data.lists) == 2 for row in variants):
        yield Finding(code="omit_two_left")
    for row in variants:
        if row.dropped:
            values: dict[str, object] = {"n": len(row.dropped), "terms": row.dropped}
            code = "without_drops_terms" if row.kind == "without" else "merged_drops_terms"
            yield Finding(code=code, where=":".join(row.lists), values=values)
        bare = int((table.operating.any(axis=1) & ~row.data.operating.any(axis=1)).sum())
        if bare:
            yield Finding(code="omit_bares", severity="caution", where=row.lists[0], values={"n": bare})
    kept = dict(zip(table.lists, table.operating.T, strict=True))
    apart = tuple(f"{a}:{b}" for a, b in combinations(table.lists, 2) if not np.array_equal(kept[a], kept[b]))
    if apart:
        yield Finding(code="merged_kept_apart", values={"n": len(apart), "pairs": apart})
