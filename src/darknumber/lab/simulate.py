"""How often would the interval be right? Whole pipelines on populations whose size is known."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import tabulate
from darknumber.errors import ModelError
from darknumber.findings import by_severity
from darknumber.inference.asked import check_settings
from darknumber.inference.bootstrap import Progress
from darknumber.inference.defaults import default_model
from darknumber.inference.estimates import Estimates
from darknumber.lab import fingerprint, jobs
from darknumber.lab.designs import Design, from_fit, from_table
from darknumber.lab.pipelines import Measures, Pipeline, Unit, pipeline_of, pipeline_of_answer, pipeline_of_fit
from darknumber.lab.runs import Runs, joined
from darknumber.lab.simulation import Kind, Simulation, findings_of
from darknumber.models.base import Fit

LEVEL = 0.95  # of the intervals where neither the caller nor an answer says another

Source = Design | Sequence[Design] | Estimates | Fit | CaptureTable | Records


def simulate(
    source: Source,
    pipelines: Pipeline | str | Sequence[Pipeline | str] | None = None,
    *,
    populations: int = 200,
    level: float | None = None,
    seed: int = 0,
    measures: Measures | None = None,
    workers: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Draw populations of known size, estimate each as if it were not known, and see how often the interval is right.

    Every population is given to all pipelines, so that what differs between them is the pipeline. A table that a
    pipeline refuses is kept as such and stops nothing.

    Parameters
    ----------
    source
        A design or several; an answer or a fit, whose model is then taken to be true; or a table or records, and then
        each of the models that the data can hardly tell apart is taken to be true in turn.
    pipelines
        One or several, or their text, such as ``"average(criterion=aic) | bootstrap(replicates=200)"``; one without a
        model has the default model of the table. None tries what `source` was made with: of an answer its model and
        its interval, of a fit its model with the interval it has by default. Replicates are then no more than 200,
        which is enough for how often limits hold the truth; the pipeline names how many. Profile and log-normal
        limits are tried as they are, where the total has them, and a posterior with all its draws. An answer with
        calibrated limits is refused: it says itself how often they are right, and trying them takes hundreds of
        bootstraps for each population, so such a pipeline must be named. Of designs and of a table None is the default
        model with 200 replicates.
    populations
        How many are drawn from each design.
    level
        Of the intervals, but for a `Pipeline`, which has its own; by default that of the answer, else 0.95.
    seed
        Of the random numbers; the same seed gives the same answers on any number of workers of any kind.
    measures
        What else to take down of each table and its answer, by name: a function of a module.
    workers
        By default what ``joblib.parallel_config`` says, and one process a processor where it says nothing.
    folder
        Where answers are kept as they come. What is there already is not worked out again, if it was asked in the
        same way and worked out by the same code: each is kept under a key of its design, pipeline, populations, seed
        and measures, and of the code itself (see `darknumber.lab.fingerprint`). After an update of darknumber, NumPy,
        SciPy or Numba all of it is worked out anew, and never mixed.
    progress
        Called with (done, total, what) after each piece of work of some seconds; raising `Cancelled` in it stops, and
        what is done stays in `folder`.

    Raises
    ------
    InputError, ModelError
        A source, a pipeline or a setting that cannot be used, two designs with the same name, a folder that cannot be
        written in, or without `pipelines` an answer whose interval cannot be tried on the total.
    """
    asked = _level(level, source)
    check_settings(asked, seed, workers)
    if populations < 1:
        raise ModelError("bad_populations", populations=populations)
    kind, data, designs = _designs(source)
    tried = _pipelines(pipelines, asked, source, data)
    _check_distinct(designs, tried)
    units = {
        _key(unit): unit
        for design in designs
        for pipeline in tried
        for unit in _units(design, pipeline, populations, seed, measures)
    }
    shelf = None if folder is None else jobs.shelf_in(os.fspath(folder), Runs.save, Runs.load)
    there, left = jobs.kept(units, shelf)
    count = sum(len(runs) for runs in there.values())
    told = _Told(progress, count, len(designs) * len(tried) * populations)
    told.tell()
    parts = list(there.values())
    if left:
        if jobs.how_many(workers) != 1:
            _compile(designs, tried, seed)
        with closing(jobs.done(left, shelf=shelf, workers=workers, tell=told.tell)) as results:
            for _, runs in results:
                parts.append(runs)
                told.count += len(runs)
                told.tell()
    found = Simulation(
        source=kind,
        data=data,
        designs=designs,
        pipelines=tried,
        populations=populations,
        seed=seed,
        runs=joined(parts, [design.name for design in designs], [str(pipeline) for pipeline in tried]),
        resumed=count,
    )
    return replace(found, findings=by_severity(findings_of(found)))


@dataclass(slots=True)
class _Told:
    """How far the work is, told to whoever asked for it."""

    progress: Progress | None
    count: int
    total: int

    def tell(self) -> None:
        if self.progress is not None:
            self.progress(self.count, self.total, "simulation")


def _designs(source: Source) -> tuple[Kind, CaptureTable | None, tuple[Design, ...]]:
    if isinstance(source, Design):
        return "designs", None, (source,)
    if isinstance(source, Estimates):
        source = source.fits[0]
    if isinstance(source, Fit):
        return "fit", source.data, (from_fit(source),)
    if isinstance(source, CaptureTable | Records):
        table = tabulate(source) if isinstance(source, Records) else source
        return "table", table, tuple(from_table(table))
    designs = tuple(source)
    if not designs or not all(isinstance(design, Design) for design in designs):
        raise ModelError("no_designs")
    return "designs", None, designs


def _level(given: float | None, source: Source) -> float:
    if given is not None:
        return given
    return source.level if isinstance(source, Estimates) else LEVEL


def _pipelines(
    given: Pipeline | str | Sequence[Pipeline | str] | None, level: float, source: Source, data: CaptureTable | None
) -> tuple[Pipeline, ...]:
    if given is None and isinstance(source, Estimates):
        return (pipeline_of_answer(source, level),)
    if given is None and isinstance(source, Fit):
        return (pipeline_of_fit(source, level),)
    several = [given] if given is None or isinstance(given, Pipeline | str) else given
    tried = tuple(pipeline_of(each, level) for each in several)
    if data is None:
        return tried
    return tuple(each if each.model else replace(each, model=default_model(data)) for each in tried)


def _check_distinct(designs: Sequence[Design], pipelines: Sequence[Pipeline]) -> None:
    """Refuse names that stand for two things: random numbers and answers are known by them."""
    for names in ([design.name for design in designs], [str(pipeline) for pipeline in pipelines]):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ModelError("same_name_twice", names=twice)
    if not pipelines:
        raise ModelError("no_pipelines")


def _units(
    design: Design, pipeline: Pipeline, populations: int, seed: int, measures: Measures | None
) -> Iterator[Unit]:
    for start in range(0, populations, pipeline.block):
        numbers = range(start, min(start + pipeline.block, populations))
        yield Unit(design=design, pipeline=pipeline, populations=numbers, seed=seed, measures=measures)


def _key(unit: Unit) -> str:
    """The name of a piece of work: everything its answers depend on, the code included."""
    return jobs.key_of(fingerprint.of_code(), fingerprint.of_function(unit.measures), unit)


def _compile(designs: Sequence[Design], pipelines: Sequence[Pipeline], seed: int) -> None:
    """Answers that are thrown away, one for each kind of model and of table: what they compile is there for workers."""
    first = {type(pipeline.model): pipeline.quick for pipeline in reversed(pipelines)}
    for design in {_shape(design): design for design in reversed(designs)}.values():
        for pipeline in first.values():
            Unit(design=design, pipeline=pipeline, populations=range(1), seed=seed).do(jobs.Stop())


def _shape(design: Design) -> tuple[bool, bool]:
    return bool(design.covariates), design.operating is not None and not design.operating.all()
