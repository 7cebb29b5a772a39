"""The models that an answer, a search or its path looked at: as table and picture, with what they need to be worded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.inference.estimates import Estimates
from darknumber.inference.publish import total_step
from darknumber.models.base import Candidates, Fit
from darknumber.studies.search import ModelSet
from darknumber.views.asked import Asked
from darknumber.views.labels import About, noun
from darknumber.views.plots import Figure
from darknumber.views.plots_lists import search_path
from darknumber.views.plots_models import model_set
from darknumber.views.story import criterion_of
from darknumber.views.tables import Table
from darknumber.views.tables_lists import path_table
from darknumber.views.tables_models import set_table
from darknumber.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    """The models of a fit, and what their estimates are rounded to."""

    fit: Fit
    candidates: Candidates
    step: int

    @property
    def observed(self) -> float:
        """People on some list."""
        return float(self.fit.data.observed.sum())

    @property
    def finite(self) -> bool:
        """Whether any of them has a finite estimate."""
        return bool(np.isfinite(self.candidates.unobserved).any())


def models_table(found: Estimates | ModelSet) -> Table | None:
    """The models close to the best, or on the path of a search; None where there are none to compare."""
    models = _models_of(found)
    if models is None:
        return None
    criterion = criterion_of(models.fit.model)
    if not models.candidates.exact:
        return path_table(models.candidates, models.observed, criterion=criterion, step=models.step)
    return set_table(
        models.candidates,
        models.observed,
        criterion=criterion,
        step=models.step,
        proved=models.candidates.proved,
    )


def models_figure(found: Estimates | ModelSet, asked: Asked) -> Figure | None:
    """The same as a picture; None also where none of them has a finite estimate."""
    models = _models_of(found)
    table = models_table(found)
    if models is None or table is None or not models.finite:
        return None
    criterion, unit = criterion_of(models.fit.model), unit_of(models.fit.data, asked.about)
    if not models.candidates.exact:
        return search_path(
            models.candidates, models.observed, criterion=criterion, unit=unit, step=models.step, tables=[table]
        )
    answers = models.candidates.weight is not None and isinstance(found, Estimates)
    return model_set(
        models.candidates,
        models.observed,
        criterion=criterion,
        unit=unit,
        step=models.step,
        average=models.observed + float(np.sum(models.fit.unobserved)) if answers else None,
        tables=[table],
    )


def unit_of(data: CaptureTable, about: About) -> str:
    """What a sum over these data is a number of."""
    return say("estimates.unit.person-year") if data.unit == "person-year" else noun(about, "short")


def _models_of(found: Estimates | ModelSet) -> _Models | None:
    fit = found.fit if isinstance(found, ModelSet) else found.fits[0] if found.fits else None
    if fit is None or fit.candidates is None or len(fit.candidates.label) < 2:
        return None
    return _Models(fit=fit, candidates=fit.candidates, step=_step(found))


def _step(found: Estimates | ModelSet) -> int:
    """What estimates are rounded to: by the interval of the answer; without one, to three digits of the largest."""
    if isinstance(found, Estimates):
        return total_step(found)
    finite = found.estimates[np.isfinite(found.estimates)]
    return int(10 ** max(np.floor(np.log10(max(finite.max(initial=1.0), 1.0))) - 2, 0))
