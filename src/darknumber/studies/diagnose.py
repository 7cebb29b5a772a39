"""How well does the model fit what was observed, and how few people does the answer hang on? (METHODS 2.2.)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.errors import ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.asked import Part, check_settings, threads
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.publish import Figures, adds_up, figures, headline_of, to_step
from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership
from darknumber.models.base import Fit
from darknumber.models.completed import inside
from darknumber.studies.asking import total_of
from darknumber.studies.fit_quality import POOR, Quality, quality_of
from darknumber.studies.fitted_counts import Counts, counts_of
from darknumber.studies.influence import EVERY, MOVED, Influence, influence_of
from darknumber.studies.printing_diagnose import describe_diagnosis

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FAR = 0.1  # a tenth: one person who moves the answer so far should not be able to
FEW = 10  # people without whom the answer is another, below which it is said to hang on them
SMALL = 0.01  # a count with no more than this share of everyone should not decide the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What can be said of the dark figure of everyone, by the model and around it.

    Parameters
    ----------
    verdict
        By the model.
    listed
        The share of each verdict among the models that fit almost as well; empty where they were not listed.
    models
        How many those are.
    replicates
        The share of each verdict among the replicates of the interval; empty where there are none.
    """

    verdict: int
    listed: Mapping[str, float] = field(default_factory=dict)
    models: int = 0
    replicates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """How a model fits and whom its answer hangs on; print it, or read its columns.

    Parameters
    ----------
    fit
        What was looked at: where totals are pooled over values that were not recorded, the fit they come from.
    quality
        The distance between observed and fitted counts.
    counts
        Every count, where there are no strata. Where there are: those of all strata together, then the `LARGEST` single
        ones with most of the deviance, then others that were left out.
    influence
        The estimate without single people and counts, or None: see `findings`.
    status
        Verdicts on the dark figure.
    local
        The estimate at which a stepwise search with the same criterion ends, where an exact search ends elsewhere.
    step
        What estimates are rounded to when they are shown.
    headline
        The answer as it is published; None for a fit, which has no interval.
    findings
        What the reader must know; worst first.
    """

    fit: Fit
    quality: Quality
    counts: Counts
    influence: Influence | None
    status: Status
    local: float | None
    step: int
    headline: Figures | None
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_diagnosis(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """One row a count: observed and expected, and the estimate without one of its people and without all."""
        counts, found = self.counts, self.influence
        place = (
            {}
            if found is None
            else {key: row for row, key in enumerate(zip(found.stratum, found.history, strict=True))}
        )
        rows = [place.get(key) for key in zip(counts.stratum, counts.history, strict=True)]

        def of(values: Array | None) -> list[float]:
            return [np.nan if row is None or values is None else float(values[row]) for row in rows]

        return {
            "stratum": [self.stratum_label(int(stratum)) for stratum in counts.stratum],
            "history": [":".join(self.names(int(history))) for history in counts.history],
            "observed": counts.observed.astype(int).tolist(),
            "expected": counts.expected.tolist(),
            "residual": counts.residual.tolist(),
            "standardised": counts.standardised.tolist(),
            "deviance": counts.deviance.tolist(),
            "predicted": counts.predicted.tolist(),
            "deleted": counts.deleted.tolist(),
            "without_one": of(None if found is None else found.without_one),
            "without_count": of(None if found is None else found.without_count),
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The counts as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)

    def names(self, history: int) -> tuple[str, ...]:
        """The lists of a history."""
        lists = self.fit.data.lists
        on = membership(np.array([history], dtype=np.uint32), len(lists))[0]
        return tuple(name for name, there in zip(lists, on, strict=True) if there)

    def levels(self, stratum: int) -> tuple[str, ...]:
        """The levels of a stratum, one a covariate; none for all strata together."""
        data = self.fit.data
        if stratum == EVERY or not data.covariates:
            return ()
        places = np.unravel_index(stratum, data.shape)
        return tuple(c.levels[place] for c, place in zip(data.covariates, places, strict=True))

    def stratum_label(self, stratum: int) -> str:
        """The levels of a stratum as text; empty for all strata together."""
        return " / ".join(self.levels(stratum))


def diagnose(
    answer: Estimates | Fit,
    *,
    replicates: int = 100,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Set the fitted counts against the observed ones, and fit the model again without people and counts.

    Parameters
    ----------
    answer
        Estimates, or a fit.
    replicates
        The most tables to draw from the fitted model; fewer where these settle how well it fits.
    seed
        Of the tables.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total, what); raising `Cancelled` in it stops.

    Raises
    ------
    ModelError
        Something that is not an answer, or settings that cannot be used.
    """
    fits = answer.fits if isinstance(answer, Estimates) else (answer,)
    if not fits or not isinstance(fits[0], Fit):
        raise ModelError("nothing_to_diagnose", kind=type(answer).__name__)
    check_settings(0.5, seed, workers)
    if replicates < 1:
        raise ModelError("bad_replicates", replicates=replicates)
    # totals come from the table of whole values, or without what was not always recorded; so that is what must fit
    fit = inside(fits[0])
    shown = [Part(progress, place, 2) if progress is not None else None for place in range(2)]
    with threadpool_limits(limits=1):
        quality = quality_of(fit, replicates=replicates, seed=seed, workers=threads(workers), progress=shown[0])
        movable = fit.draws is None and np.isfinite(fit.unobserved).all()
        influence = influence_of(fit, workers=threads(workers), progress=shown[1]) if movable else None
    status = _status(fit, answer)
    local = _local(fit)
    whole = float(fit.estimate.sum())
    step = _step(whole)
    found = [*_about_fit(quality), *_about_people(fit, influence, step), *_about_search(fit, local, step)]
    return Diagnosis(
        fit=fit,
        quality=quality,
        counts=counts_of(fit, influence),
        influence=influence,
        status=status,
        local=local,
        step=step,
        headline=_headline(answer),
        findings=by_severity(found),
    )


def _headline(answer: Estimates | Fit) -> Figures | None:
    """The total as it is published, where the answer has one."""
    if not isinstance(answer, Estimates) or not adds_up(answer):
        return None
    return headline_of(figures(answer.total())[0])


def _status(fit: Fit, answer: Estimates | Fit) -> Status:
    candidates = fit.candidates
    listed = candidates.verdict[candidates.near] if candidates is not None and candidates.exact else None
    selection = answer.selection if isinstance(answer, Estimates) else None
    return Status(
        verdict=total_of(fit)[1],
        listed=verdicts.shares(listed) if listed is not None else {},
        models=0 if listed is None else len(listed),
        replicates={} if selection is None else selection.verdicts,
    )


def _local(fit: Fit) -> float | None:
    """The estimate at which a stepwise search ends, where the best of an exact set is another model."""
    candidates = fit.candidates
    if candidates is None or not candidates.exact or candidates.local in (-1, candidates.chosen):
        return None
    return float(fit.observed.sum() + candidates.unobserved[candidates.local])


def _step(whole: float) -> int:
    """What estimates are rounded to: three digits, one more than the answer may have, so that its movement shows."""
    return int(10 ** max(np.floor(np.log10(whole)) - 2, 0)) if np.isfinite(whole) and whole > 0 else 1


def _about_fit(quality: Quality) -> list[Finding]:
    if not quality.judged:
        return [Finding(code="fits_anything")]
    if quality.p_value >= POOR:
        return []
    return [Finding(code="poor_fit", severity="caution", values={"p": quality.p_value, "level": POOR})]


def _about_people(fit: Fit, influence: Influence | None, step: int) -> list[Finding]:
    """Whom the answer hangs on: single people, a few together, and small counts."""
    if influence is None:
        return [Finding(code="influence_of_posterior")] if fit.draws is not None else []
    whole, n = float(fit.estimate.sum()), float(fit.observed.sum())
    together = influence.stratum == influence.stratum[0]
    one, count = _moves(influence.without_one, whole), _moves(influence.without_count, whole)
    single = together & (one >= np.log1p(FAR))
    small = together & (influence.people <= SMALL * n) & (count >= np.log1p(MOVED))
    fewest = influence.fewest
    found = []
    if single.any():
        other = float(influence.without_one[np.argmax(np.where(single, one, -1.0))])
        values = {"n": int(influence.people[single].sum()), "share": FAR, **_instead(other, whole, step, n)}
        code = "one_person_moves" if np.isfinite(other) else "one_person_decides"
        found.append(Finding(code=code, severity="caution", values=values))
    if fewest is not None and 1 < fewest.people <= FEW:
        code = "few_people_moves" if np.isfinite(fewest.estimate) else "few_people_decides"
        values = {"n": fewest.people, **_instead(fewest.estimate, whole, step, n)}
        found.append(Finding(code=code, severity="caution", values=values))
    if small.any():
        row = int(np.argmax(np.where(small, count, -1.0)))
        other = float(influence.without_count[row])
        # its lists, but never how many are on them: that may be too few to publish
        lists = " + ".join(name for bit, name in enumerate(fit.data.lists) if influence.history[row] >> bit & 1)
        code = "small_count_moves" if np.isfinite(other) else "small_count_decides"
        values = {"share": SMALL, **_instead(other, whole, step, n)}
        found.append(Finding(code=code, severity="caution", where=lists, values=values))
    return found


def _instead(other: float, whole: float, step: int, observed: float) -> dict[str, float]:
    """Another estimate and the one there is, as they are shown."""
    return {"other": to_step(other, step, observed), "estimate": to_step(whole, step, observed)}


def _moves(estimates: Array, whole: float) -> Array:
    """How far each estimate is from the whole, on the log scale; -1 where it was not looked at."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.abs(np.log(estimates / whole)), nan=-1.0, posinf=np.inf)


def _about_search(fit: Fit, local: float | None, step: int) -> list[Finding]:
    """That a stepwise search does not find the best model."""
    if local is None or fit.candidates is None:
        return []
    n = float(fit.observed.sum())
    best = n + float(fit.candidates.unobserved[fit.candidates.chosen])
    return [Finding(code="local_differs", values={"local": to_step(local, step, n), "best": to_step(best, step, n)})]
