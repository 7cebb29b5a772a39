"""A pipeline: a model and an interval, tried on populations of known size."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from darknumber.data.table import CaptureTable
from darknumber.errors import Cancelled, DarknumberError, ModelError
from darknumber.inference.bootstrap import Progress
from darknumber.inference.calibrate import MOST_DESIGNS
from darknumber.inference.estimate import answered
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import INTERVALS, Bootstrap, Interval, LogNormal, Mixture, Posterior, Profile
from darknumber.lab.designs import Design
from darknumber.lab.jobs import Stop
from darknumber.lab.runs import REFUSED, SECOND_LEVEL, Runs, of_rows
from darknumber.models import MODELS, BayesThreshold, Fit, Model
from darknumber.models.text import format_thing, parse

Measures = Callable[[CaptureTable, Estimates], Mapping[str, float]]

REPLICATES = 200  # the 5th smallest and the 5th largest are the 95% limits: enough for how often they hold the truth
BLOCK_REPLICATES = 4_000  # refitted in one unit of work: a few seconds
IN_ONE_GO = 1_000  # replicates: a second or so, and pieces would each have to begin anew
MOST_BLOCK = 20  # populations in one unit of work, so that what is stopped is soon done again
TRIED_CALIBRATION = 20  # populations of each calibration in the pipeline that is proposed: a fifth of the usual time
_BETWEEN = "|"  # between the model and the interval in text
_DEFAULT = "default"  # in place of the model where each table has its own
_QUICK = Bootstrap(replicates=REPLICATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A model and an interval; as text ``average(criterion=aic) | bootstrap(replicates=200)``.

    Parameters
    ----------
    model
        None for the default model of each table.
    interval
        By default the bootstrap with `REPLICATES` replicates.
    level
        Of the interval.
    """

    model: Model | None = None
    interval: Interval = _QUICK
    level: float = 0.95

    def __str__(self) -> str:
        model = _DEFAULT if self.model is None else format_thing(self.model)
        return f"{model} {_BETWEEN} {format_thing(self.interval)}"

    @property
    def work(self) -> int:
        """How many replicates one answer takes."""
        work = int(getattr(self.interval, "replicates", 1))
        if isinstance(self.interval, Bootstrap) and self.interval.limits == "calibrated":
            work += work * self.interval.populations * MOST_DESIGNS
        return max(work, 1)

    @property
    def block(self) -> int:
        """How many populations make a few seconds of work; no clock in it, so that a run can be taken up again."""
        return int(np.clip(BLOCK_REPLICATES // self.work, 1, MOST_BLOCK))

    @property
    def quick(self) -> Pipeline:
        """The same model with hardly any replicates, which compiles what is needed."""
        return replace(self, interval=Bootstrap(replicates=1))


def pipeline_of(given: Pipeline | str | None, level: float = 0.95) -> Pipeline:
    """A pipeline from its text, such as ``best``, ``best | profile`` or ``| bootstrap(replicates=100)``.

    Without an interval it is the bootstrap with `REPLICATES` replicates, or the posterior of a Bayesian model.

    Raises
    ------
    ModelError
        A model or an interval that cannot be read, or a level that is none.
    """
    if not 0 < level < 1:
        raise ModelError("bad_level", level=level)
    if given is None:
        return Pipeline(level=level)
    if isinstance(given, Pipeline):
        return given
    named, _, how = (part.strip() for part in given.partition(_BETWEEN))
    model = None if named in ("", _DEFAULT) else parse(named, MODELS)
    if how:
        return Pipeline(model=model, interval=parse(how, INTERVALS), level=level)
    if isinstance(model, BayesThreshold):
        return Pipeline(model=model, interval=Posterior(), level=level)
    return Pipeline(model=model, level=level)


def pipeline_of_fit(fit: Fit, level: float) -> Pipeline:
    """The model of a fit with the interval that it has by default: its posterior, or the bootstrap."""
    return Pipeline(model=fit.model, interval=_QUICK if fit.draws is None else Posterior(), level=level)


def pipeline_of_answer(answer: Estimates, level: float) -> Pipeline:
    """The model and the interval of an answer, with no more than `REPLICATES` replicates.

    Raises
    ------
    ModelError
        Calibrated limits, of which each would take hundreds of bootstraps; or limits that the total does not have,
        which are those of strata that do not add up.
    """
    fit, how = answer.fits[0], answer.interval
    if isinstance(how, Bootstrap) and how.limits == "calibrated":
        plain = Bootstrap(replicates=min(how.replicates, REPLICATES), law=how.law)
        few = replace(plain, limits="calibrated", populations=min(how.populations, TRIED_CALIBRATION))
        named = [str(Pipeline(model=fit.model, interval=each)) for each in (few, plain)]
        raise ModelError("simulated_calibrated", pipeline=named[0], plain=named[1])
    if isinstance(how, Bootstrap | Mixture):
        how = replace(how, replicates=min(how.replicates, REPLICATES))
    elif isinstance(how, Profile | LogNormal):  # told on the data, once: else every single population would be refused
        answered(fit.data, fit.model, how, by=(), level=level, seed=answer.seed, workers=1)
    return Pipeline(model=fit.model, interval=how, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A piece of work: one pipeline on some populations of one design.

    Parameters
    ----------
    populations
        Their numbers.
    seed
        Of the simulation; each population has random numbers of its own.
    measures
        What else to take down of a table and its answer; a function of a module, so that it can be sent to a worker.
    """

    design: Design
    pipeline: Pipeline
    populations: range
    seed: int
    measures: Measures | None = None

    def do(self, stop: Stop) -> Runs:
        """The answers, one row a population."""
        rows = []
        for number in self.populations:
            stop.look()
            rows.append(self._row(number, stop))
        return of_rows(rows, self.design.name, str(self.pipeline))

    def _row(self, number: int, stop: Stop) -> dict[str, Any]:
        table = self.design.draw(self.seed, number)
        row: dict[str, Any] = {
            "population": number,
            "truth": self.design.truth,
            "level": self.pipeline.level,
            "observed": float(table.count.sum()),
            "measures": {},
            "refusal": "",
        }
        seed = seed_of(self.seed, self.design.name, number)
        started = time.thread_time()
        try:
            answer = _answer(table, self.pipeline, seed, stop.told)
            row |= _figures(answer) | {"seconds": time.thread_time() - started}
            row |= dict(zip(("lower_80", "upper_80"), _second(table, self.pipeline, answer, seed, stop), strict=True))
        except Cancelled:
            raise
        except DarknumberError as error:
            return row | _refused(error.code, time.thread_time() - started)
        except Exception as error:  # noqa: BLE001 - one table must not end a run of hours; the answer names the error
            return row | _refused(type(error).__name__, time.thread_time() - started)
        return row | {"measures": self._measured(table, answer)}

    def _measured(self, table: CaptureTable, answer: Estimates) -> dict[str, float]:
        if self.measures is None:
            return {}
        try:
            return {name: float(value) for name, value in self.measures(table, answer).items()}
        except DarknumberError:  # not to be measured on this table
            return {}


def seed_of(seed: int, design: str, number: int) -> int:
    """The seed of the answers on one population: the same for all pipelines, another for every population."""
    digest = hashlib.blake2b(f"{seed}/{number}/{design}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big")


def _answer(table: CaptureTable, pipeline: Pipeline, seed: int, progress: Progress) -> Estimates:
    """The answer on one table, in one go where it takes a moment: a stop can wait for it."""
    return answered(
        table,
        pipeline.model,
        pipeline.interval,
        by=(),
        level=pipeline.level,
        seed=seed,
        workers=1,
        progress=progress if pipeline.work > IN_ONE_GO else None,
    )


def _figures(answer: Estimates) -> dict[str, Any]:
    lower, upper = answer.limits[0].tolist()
    return {
        "verdict": int(answer.verdict[0]),
        "estimate": float(answer.estimate[0]),
        "lower": lower,
        "upper": upper,
        "findings": tuple(sorted({finding.code for finding in answer.findings})),
    }


def _second(table: CaptureTable, pipeline: Pipeline, answer: Estimates, seed: int, stop: Stop) -> tuple[float, float]:
    """The limits at `SECOND_LEVEL`: from the same draws, or worked out anew where an interval has none."""
    if answer.calibration is not None:  # it holds for one level only
        return np.nan, np.nan
    if answer.draws is None:
        answer = _answer(table, replace(pipeline, level=SECOND_LEVEL), seed, stop.told)
    lower, upper = replace(answer, level=SECOND_LEVEL).limits[0].tolist()
    return lower, upper


def _refused(code: str, seconds: float) -> dict[str, Any]:
    nothing = dict.fromkeys(("estimate", "lower", "upper", "lower_80", "upper_80"), np.nan)
    return {"verdict": REFUSED, "refusal": code, "findings": (), "seconds": seconds, **nothing}
