"""People from the designs of drpop (METHODS, S6): covariates normal, lists independent given their sum."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

SLOPES = (0.4, 0.3, 0.2)


def expit(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def logit(p: Array) -> Array:
    return np.log(p / (1 - p))


def seen(
    people: int, numbers: int, lists: int, intercept: float, rng: np.random.Generator
) -> tuple[Array, NDArray[np.int64]]:
    """Covariates and histories of those on some list."""
    x = rng.normal(3.0, 1.5, (people, numbers))
    p = expit(intercept + np.outer(x.sum(axis=1), SLOPES[:lists]))
    history = (rng.random(p.shape) < p).astype(int) @ (1 << np.arange(lists))
    return x[history > 0], history[history > 0]


def frame(people: int, numbers: int, lists: int, intercept: float, rng: np.random.Generator) -> pd.DataFrame:
    """The same as a data frame with columns ``y1``, ``y2``, ..., and ``x1``, ...."""
    x, history = seen(people, numbers, lists, intercept, rng)
    made = {f"y{place + 1}": (history >> place) & 1 for place in range(lists)}
    return pd.DataFrame(made | {f"x{place + 1}": x[:, place] for place in range(numbers)})
