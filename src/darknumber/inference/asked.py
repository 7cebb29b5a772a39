"""What every question is asked of, and how: data, a model, a level, a seed; refused alike wherever it is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass

from darknumber.data.records import Records
from darknumber.data.seeds import check_seed
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import tabulate
from darknumber.errors import InputError, ModelError
from darknumber.inference.bootstrap import Progress
from darknumber.inference.defaults import default_model
from darknumber.models import MODELS, Completed, CompositeLink, Model, PooledTotal
from darknumber.models.text import parse


@dataclass(frozen=True, slots=True)
class Part:
    """Progress over several pieces of work, from that of one of them."""

    progress: Progress
    place: int
    parts: int

    def __call__(self, done: int, total: int, what: str) -> None:
        self.progress(self.place * total + done, self.parts * total, what)


def usable_table(data: CaptureTable | Records) -> CaptureTable:
    """The table that is meant; records are tabulated.

    Raises
    ------
    InputError
        Data that are neither.
    """
    table = tabulate(data) if isinstance(data, Records) else data
    if not isinstance(table, CaptureTable):
        raise InputError("not_a_table", kind=type(data).__name__)
    return table


def usable(data: CaptureTable | Records, model: Model | str | None) -> tuple[CaptureTable, Model]:
    """The table and the model that are meant.

    Raises
    ------
    InputError, ModelError
        Data that are no table, or a model that is not known.
    """
    table = usable_table(data)
    chosen = parse(model, MODELS) if isinstance(model, str) else model or default_model(table)
    if not isinstance(chosen, Model):
        raise ModelError("unknown_model", name=str(chosen), known=tuple(MODELS))
    return table, chosen


def pooling(table: CaptureTable, model: Model) -> Model:
    """The model, of whole values where some were not recorded; unless it says itself what becomes of these.

    A model that takes no covariates stays as it is, so that an error names what was asked for.
    """
    by_itself = isinstance(model, Completed | CompositeLink | PooledTotal) or "covariates" not in model.supports
    return Completed(model) if table.not_recorded and not by_itself else model


def check_settings(level: float, seed: int, workers: int | None) -> None:
    """Refuse a level, a seed or a number of workers that cannot be.

    Raises
    ------
    ModelError
        Which of them, and what it was.
    """
    if workers is not None and workers < 1:
        raise ModelError("bad_workers", workers=workers)
    if not 0 < level < 1:
        raise ModelError("bad_level", level=level)
    check_seed(seed)


def threads(workers: int | None) -> int:
    """How many threads; by default one per processor."""
    if workers is not None:
        return workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
