"""From what the first study said to what the second says, one change at a time (METHODS 2.2, item 23).

Each step changes one thing and leaves the rest: first the data, then the definition, then the model. The order is part
of the answer: with another one the parts are other numbers. The last step holds all that the second study does
otherwise: its model, and the years, lists and covariates that the first one did not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.linked import Side
from darknumber.data.reshape import cut_down
from darknumber.data.table import NOT_RECORDED, CaptureTable
from darknumber.errors import DarknumberError
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import sum_draws
from darknumber.models import Fit, Model, PooledTotal
from darknumber.studies.asking import fitted

Array = NDArray[np.float64]
Step = Literal["data", "definition", "data_and_definition", "model", "everything"]

# People are kept to this part of one, so that differences and their sums are exact in floating point: with it numbers
# up to 2**37 people are. A 65,536th of a person is far below any doubt.
GRAIN = 2.0**-16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One answer on the way from the first study to the second.

    Parameters
    ----------
    side
        The extract it is made from.
    fit
        The model fitted to it; None where it could not be fitted.
    error
        Why not.
    """

    side: Side
    fit: Fit | None
    error: DarknumberError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The answers on the way, and the steps between them.

    Parameters
    ----------
    stands
        From the answer of the first study to that of the second.
    steps
        What changes from each to the next; one fewer than `stands`.
    lists_gone, covariates_gone
        What the first study had and the new extract has not: its model cannot be fitted to it, and there is one step.
    """

    stands: tuple[Stand, ...]
    steps: tuple[Step, ...]
    lists_gone: tuple[str, ...] = ()
    covariates_gone: tuple[str, ...] = ()


def chain_of(
    old: Fit, new: Fit, same_definition: CaptureTable | None, *, by: str | None, levels: Sequence[str], seed: int
) -> Chain:
    """Fit the model of the first study again, to what the new extract has of its lists, covariates and years.

    Parameters
    ----------
    old, new
        The fits of the two studies.
    same_definition
        The new extract counted by the old definition.
    by, levels
        The covariate that is compared, and its levels that both studies have.
    """
    first, last = Stand(side="old", fit=old), Stand(side="new", fit=new)
    extracts = [new.data] if same_definition is None else [same_definition, new.data]
    lists_gone = _missing(old.data.lists, [table.lists for table in extracts])
    names = [covariate.name for covariate in old.data.covariates]
    covariates_gone = _missing(names, [[each.name for each in table.covariates] for table in extracts])
    if lists_gone or covariates_gone:
        return Chain(
            stands=(first, last), steps=("everything",), lists_gone=lists_gone, covariates_gone=covariates_gone
        )
    model = old.model.model if isinstance(old.model, PooledTotal) else old.model
    now = _again(model, old.data, new.data, "new", by, levels, seed)
    if same_definition is None:
        return Chain(stands=(first, now, last), steps=("data_and_definition", "model"))
    side: Side = "new" if _alike(same_definition, new.data) else "same_definition"
    before = _again(model, old.data, same_definition, side, by, levels, seed)
    return Chain(stands=(first, before, now, last), steps=("data", "definition", "model"))


def _again(
    model: Model, old: CaptureTable, new: CaptureTable, side: Side, by: str | None, levels: Sequence[str], seed: int
) -> Stand:
    """The old model on the new extract, as far as the first study could have seen it."""
    try:
        kept = {} if by is None else {by: _with_not_recorded(levels, old, new, by)}
        table = cut_down(new, lists=old.lists, covariates=[each.name for each in old.covariates], levels=kept)
        return Stand(side=side, fit=fitted(table, model, seed))
    except DarknumberError as error:
        return Stand(side=side, fit=None, error=error)


def _with_not_recorded(levels: Sequence[str], old: CaptureTable, new: CaptureTable, by: str) -> tuple[str, ...]:
    """The levels that both have, and those without one where the first study had them too."""
    unknown = all(NOT_RECORDED in table.covariates[table.axis(by)].levels for table in (old, new))
    return (*levels, NOT_RECORDED) if unknown else tuple(levels)


def _missing(names: Sequence[str], known: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(name for name in names if any(name not in each for each in known))


def _alike(one: CaptureTable, other: CaptureTable) -> bool:
    """Whether two tables count the same people alike."""
    if (one.lists, one.covariates) != (other.lists, other.covariates):
        return False
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("stratum", "history", "count"))


def groups_of(table: CaptureTable, by: str | None, levels: Sequence[str]) -> NDArray[np.int64]:
    """``(strata,)`` which of `levels` each stratum belongs to, -1 for none of them; without `by` all to the one."""
    if by is None:
        return np.zeros(table.strata, dtype=np.int64)
    place = {level: number for number, level in enumerate(levels)}
    known = np.array([place.get(level, -1) for level in table.covariates[table.axis(by)].levels], dtype=np.int64)
    found: NDArray[np.int64] = known[table.level_of(by)]
    return found


def by_level(observed: Array, unobserved: Array, groups: NDArray[np.int64], rows: int) -> Array:
    """``(B, rows + 1)`` population sizes of each level and, last, of all of them together, from ``(B, strata)``."""
    each = sum_draws(observed + unobserved, groups, rows)
    whole = sum_draws(each, np.zeros(rows, dtype=np.int64), 1)
    return np.concatenate([each, whole], axis=1)


def verdicts_by_level(fit: Fit, groups: NDArray[np.int64], rows: int) -> NDArray[np.int8]:
    """``(rows + 1,)`` the verdict on each level and, last, on all of them together."""
    seen = fit.observed > 0
    whole = np.where(groups >= 0, 0, -1)
    return np.concatenate(
        [verdicts.of_sum(fit.verdict, groups, rows, seen), verdicts.of_sum(fit.verdict, whole, 1, seen)]
    )


def exact(people: Array) -> Array:
    """Numbers of people that add up without rounding; ``inf`` and ``nan`` stay."""
    return np.asarray(np.round(people / GRAIN) * GRAIN)
