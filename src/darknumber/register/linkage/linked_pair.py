"""Which pair of reports: by their rows, or the one of which it is least clear whether they are one person."""

from __future__ import annotations

import numpy as np

from darknumber.errors import InputError
from darknumber.register.linkage.links import Links


def pair_of(links: Links, row: int, other: int) -> int:
    """The number of a pair among those of the links.

    Parameters
    ----------
    links
        Reports that were linked.
    row, other
        The rows of the two reports in their file.

    Raises
    ------
    InputError
        The two are no pair that may be one person.
    """
    wanted = sorted((row, other))
    places = np.searchsorted(links.row, wanted)
    if int(places.max()) < links.rows and links.row[places].tolist() == wanted:
        found = np.flatnonzero((links.left == places[0]) & (links.right == places[1]))
        if len(found):
            return int(found[0])
    raise InputError("not_a_pair", row=row, other=other)


def least_clear(links: Links) -> int | None:
    """The number of the pair of which it is least clear whether the two are one person; None without any."""
    doubt = np.abs(links.weight)
    return int(np.argmin(doubt)) if len(doubt) and np.isfinite(doubt).any() else None
