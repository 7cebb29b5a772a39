"""The verb of the package: how many people there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from darknumber.data.drawn import DrawnTables
from darknumber.data.frequencies import Frequencies
from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import by_severity
from darknumber.inference import estimate as of_table
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Influence, Interval
from darknumber.inference.other_laws import law_findings, other_laws
from darknumber.inference.pooled import pooled_estimate
from darknumber.inference.robust import asks_people, people_estimate
from darknumber.inference.sightings import asks_sightings, sightings_answer
from darknumber.models import Model
from darknumber.models.sightings import Sightings, SightingsFit


def estimate(
    data: CaptureTable | Records | DrawnTables | Frequencies,
    model: Model | str | None = None,
    interval: Interval | Influence | str | None = None,
    *,
    by: Sequence[str] | None = None,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """How many people there are, seen and unseen, with an interval.

    Parameters
    ----------
    data
        A capture table; records, which are tabulated first, unless the model asks for people one by one; or the tables
        of linked reports, of which all draws of who is who are answered and put together, so that the interval holds
        the doubt about the links too. Or `Frequencies`: how often people are on one list.
    model
        What is assumed: a model, its text (``"stepwise(criterion=aic)"``), or None for `default_model`.
    interval
        How the doubt is measured: `Bootstrap`, `Mixture`, `Profile`, `LogNormal` or `Posterior`, or its text. By
        default the posterior of a Bayesian model, else the bootstrap. Of linked reports only intervals with draws; of
        people one by one `Influence`, by default, or `Bootstrap`.
    by
        Covariates to report by; None keeps every stratum.
    level
        Confidence level.
    seed
        Of the random numbers; the same seed gives the same draws on any number of workers.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total, what) between chunks of work; raising `Cancelled` in it stops.

    Returns
    -------
    Estimates
        By stratum, or by the levels of `by`. Of linked reports the estimate is the mean over the draws, the registered
        number is that at the threshold, and a finding says which part of the doubt comes from sampling, from the choice
        of model and from the links (`darknumber.inference.doubt.variance_shares` gives the numbers).

    Raises
    ------
    InputError, ModelError
        Data or a model that cannot be used, or not together.
    """
    if isinstance(data, Frequencies):
        if isinstance(interval, Influence):
            raise ModelError("interval_not_of_sightings", interval=interval.name)
        seen = sightings_answer(
            data, model, interval, by=by, level=level, seed=seed, workers=workers, progress=progress
        )
        return _beside_other_laws(seen)
    if asks_sightings(model):
        raise InputError("sightings_needed", model=Sightings.name)
    if isinstance(data, Records) and asks_people(model):
        return people_estimate(data, model, interval, by=by, level=level, seed=seed, workers=workers, progress=progress)
    if isinstance(interval, Influence) or (isinstance(interval, str) and interval.startswith(Influence.name)):
        raise ModelError("interval_needs_people", interval=Influence.name)
    if isinstance(data, DrawnTables):
        return pooled_estimate(data, model, interval, by=by, level=level, seed=seed, workers=workers, progress=progress)
    return of_table.estimate(data, model, interval, by=by, level=level, seed=seed, workers=workers, progress=progress)


def _beside_other_laws(seen: Estimates) -> Estimates:
    """The answer with what the reader must know of other laws of how often people are seen."""
    fit = seen.fits[0]
    if not isinstance(fit, SightingsFit):
        return seen
    told = law_findings(other_laws(fit, seen.level))
    return replace(seen, findings=by_severity([*seen.findings, *told]))
