"""Several models side by side, on the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.inference.asked import Part, usable_table
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Interval
from darknumber.inference.publish import adds_up
from darknumber.models import MODELS
from darknumber.models.base import Candidates, Fit, Model
from darknumber.models.criteria import prices
from darknumber.models.text import format_thing, parse
from darknumber.studies.printing_models import describe_comparison
from darknumber.studies.search import search

FEWEST = 2  # models in a comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One answer a model, on the same data; print it, or read its columns.

    Parameters
    ----------
    estimates
        One answer a model, in the order asked for, each with all its strata.
    background
        The fit whose `candidates` are the models the data can hardly tell apart; None where they were not looked for.
    distances
        How far the criterion of that set is above its lowest value for each model; None for a model without one.
    """

    estimates: tuple[Estimates, ...]
    background: Fit | None
    distances: tuple[float | None, ...]

    def __str__(self) -> str:
        return describe_comparison(self)

    __repr__ = __str__

    @property
    def totals(self) -> tuple[Estimates, ...]:
        """Everyone together, one a model."""
        return tuple(each.total() for each in self.estimates)

    def columns(self) -> dict[str, list[Any]]:
        """The totals as plain columns, one row a model."""
        rows = [each.columns() for each in self.totals]
        return {
            "model": [format_thing(each.fits[0].model) for each in self.estimates],
            "terms": [each.fits[0].terms for each in self.estimates],
            **{name: [row[name][0] for row in rows] for name in rows[0]},
            "distance": list(self.distances),
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The totals as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def compare(
    data: CaptureTable | Records,
    models: Sequence[Model | str],
    interval: Interval | str | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Estimate the total under several models, each with its interval.

    Every model has the same seed, and so the same random numbers: what differs between the answers is the model.

    Parameters
    ----------
    data
        A capture table, or records that are tabulated first.
    models
        Two or more: models or their text.
    interval, level, seed, workers
        As in `estimate`, for all of them.
    progress
        Called with (done, total, what) over all models together; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, not together, or fewer than two models.
    """
    table = usable_table(data)
    if isinstance(models, str) or len(models) < FEWEST:
        raise ModelError("too_few_models", n=1 if isinstance(models, str) else len(models))
    # every text is read before the first model is fitted: a mistake in the last one is told at once
    chosen = [parse(model, MODELS) if isinstance(model, str) else model for model in models]
    found = []
    for place, model in enumerate(chosen):
        shown = Part(progress, place, len(chosen)) if progress is not None else None
        answer = estimate(table, model, interval, level=level, seed=seed, workers=workers, progress=shown)
        if not adds_up(answer):
            raise ModelError("bounds_do_not_add", interval=answer.interval.name)
        found.append(answer)
    background = _background(table, found)
    return Comparison(
        estimates=tuple(found),
        background=background,
        distances=tuple(None if background is None else _distance(each.fits[0], background) for each in found),
    )


def _background(table: CaptureTable, found: Sequence[Estimates]) -> Fit | None:
    """The set of one of the models compared, or of a search; not searched for where there are covariates."""
    for each in found:
        if _candidates(each.fits[0]) is not None:
            return each.fits[0]
    return None if table.covariates else search(table).fit


def _candidates(fit: Fit) -> Candidates | None:
    return fit.candidates if fit.candidates is not None and fit.candidates.exact else None


def _distance(fit: Fit, background: Fit) -> float | None:
    """How far a model is above the best of the set, by the criterion of the set."""
    listed = _candidates(background)
    if listed is None or fit.log_likelihood is None or fit.parameters is None:
        return None
    y = background.data.dense()
    criterion = getattr(getattr(background.model, "model", background.model), "criterion", "bic")
    best = int(listed.parameters[listed.chosen])
    cost = prices(criterion, y, max(best, fit.parameters))
    minus_two = float(listed.aic[listed.chosen]) - 2 * best
    return float(-2 * fit.log_likelihood + cost[fit.parameters] - minus_two - cost[best])
