"""How long a study would take on these data: one refit is timed, and the refits are counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.data.reshape import conditioned_on
from darknumber.errors import InputError, ModelError
from darknumber.models import Average, Best, LogLinear
from darknumber.models.base import Fit, best_terms
from darknumber.studies.asking import fitted, relisted
from darknumber.studies.influence import LADDER
from darknumber.studies.thinning import thinned
from darknumber.studies.trajectory import REPEATS
from darknumber.studies.validate import REPLICATES as HIDDEN_REPLICATES

Array = NDArray[np.float64]

TABLES_OF_FIT = 100  # drawn to see how well a model fits: half of those asked for, as the test ends early where it fits
GROUPS = len(LADDER)  # of people taken out together


def seconds_diagnose(fit: Fit) -> float:
    """Of drawing tables from the fit, and of fitting it without people and without counts."""
    cells = int(np.count_nonzero(fit.data.dense().sum(axis=0)))
    return _refitting(fit, fit.data.dense()[None]) * (TABLES_OF_FIT + cells + GROUPS)


def seconds_omit(fit: Fit) -> float:
    """Of a fit without each list and with each pair merged."""
    lists = len(fit.data.lists)
    return _refitting(fit, fit.data.dense()[None]) * (1 + lists + comb(lists, 2))


def seconds_records(fit: Fit, tables: int) -> float:
    """Of fitting corrected tables."""
    return _refitting(fit, fit.data.dense()[None]) * tables


def seconds_trajectory(fit: Fit, fractions: tuple[float, ...]) -> float:
    """Of fits to thinned data, which can take longer than one to all of them: fewer people tell fewer models apart."""
    counts, lists = fit.data.dense(), len(fit.data.lists)
    tables = thinned(counts, lists, fractions, "marks", seed=0, repeat=0)
    return sum(_refitting(fit, table[None]) for table in tables) * REPEATS


def seconds_validate(fit: Fit) -> float:
    """Of the replicates for each list, fitted to the people on it; the most people on a list take the longest.

    The replicates of a mixture each fit one model, and choose none.
    """
    lists = len(fit.data.lists)
    if isinstance(fit.model, Average | Best):
        one = LogLinear(best_terms(fit) or "", margin=fit.model.margin)
        return _least(lambda: one.fit(fit.data)) * HIDDEN_REPLICATES * lists
    largest = fit.data.lists[int(np.argmax(fit.data.list_sizes))]
    try:
        left, _ = conditioned_on(fit.data, largest)
        gone = dict.fromkeys(name for name in fit.data.lists if name not in left.lists)
        hidden = fitted(left, relisted(fit.model, gone, left.lists)[0], 0)
    except (InputError, ModelError):  # what cannot be fitted takes no time
        return 0.0
    draws = 1 if fit.draws is not None else HIDDEN_REPLICATES
    return _refitting(hidden, left.dense()[None]) * draws * lists


def _refitting(fit: Fit, counts: Array) -> float:
    """Seconds of one refit."""
    return _least(lambda: fit.model.refit(fit, counts))


def _least(work: Callable[[], object]) -> float:
    """Processor seconds of the quicker of two tries: the first also loads what has been compiled."""
    spent = []
    with threadpool_limits(limits=1):
        for _ in range(2):
            start = time.process_time()
            work()
            spent.append(time.process_time() - start)
    return min(spent)
