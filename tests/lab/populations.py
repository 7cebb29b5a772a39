"""Small designs that the tests of simulations share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from darknumber.kernels.populations import independent
from darknumber.lab.designs import Design, Factors


def simple(
    name: str = "simple",
    coverage: Sequence[float] = (0.5, 0.4, 0.3),
    size: int = 400,
    factors: Factors | None = None,
) -> Design:
    """Independent lists of one population."""
    return Design(
        name=name,
        kind="independent",
        lists=tuple("ABCDE"[: len(coverage)]),
        population=np.array([size]),
        histories=independent(list(coverage))[None],
        factors=factors or {},
    )
