"""Tables of what linkage does to the estimate: over the threshold, and its share of the doubt."""

from __future__ import annotations

from collections.abc import Mapping

from darknumber.views.plots_linkage_estimate import PARTS
from darknumber.views.tables import Column, Table, words
from darknumber.views.tables_linkage import share
from darknumber.words import say


def shares_table(shares: Mapping[str, float]) -> Table:
    """Where the doubt comes from: the shares of the variance of the logarithm of the dark figure."""
    return Table(
        caption=say("linkage.shares.caption"),
        columns=(
            Column(label=say("linkage.column.source"), align="left", names=("source",)),
            Column(label=say("linkage.column.share"), names=("share",)),
        ),
        rows=tuple((words(say(f"linkage.shares.{part}")), share(shares[part])) for part in PARTS),
    )
