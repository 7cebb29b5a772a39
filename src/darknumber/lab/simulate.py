"""How often would the interval be right? Whole pipelines on populations whose size is known."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.records import Records
from darknumber.data.table import CaptureTable
from darknumber.data.tabulate import tabulate
from darknumber.errors import ModelError
from darknumber.findings import Finding, by_severity
from darknumber.inference.bootstrap import Progress
from darknumber.inference.defaults import default_model
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.lab import jobs
from darknumber.lab.designs import Design, from_fit, from_table
from darknumber.lab.pipelines import Measures, Pipeline, Unit, pipeline_of
from darknumber.lab.printing_simulate import describe_simulation
from darknumber.lab.runs import Runs, joined
from darknumber.lab.scores import Score, interval_scores, regret, score_of
from darknumber.models.base import Fit
from darknumber.studies.asking import check_settings

Array = NDArray[np.float64]
Source = Design | Sequence[Design] | Estimates | Fit | CaptureTable | Records
Kind = Literal["table", "fit", "designs"]

FEW = 100  # populations below which the standard error of a 95% coverage is over two points
SURE = 3.0  # standard errors below its level at which a coverage is told as too low
_OWN = ("kind", "design")  # what a design can be grouped by beside its factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How pipelines did on populations of known size; print it, or read its columns.

    Parameters
    ----------
    source
        What the populations were drawn from: the models close to the best on a ``table``, one ``fit``, or ``designs``.
    data
        The table they come from, or None.
    designs
        What was drawn from.
    pipelines
        What was tried; each had the same tables.
    populations
        How many from each design.
    seed
        Of the random numbers.
    runs
        What came of each pipeline on each population.
    resumed
        How many of the answers were there already.
    findings
        What the reader must know; worst first.
    """

    source: Kind
    data: CaptureTable | None
    designs: tuple[Design, ...]
    pipelines: tuple[Pipeline, ...]
    populations: int
    seed: int
    runs: Runs
    resumed: int = 0
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return describe_simulation(self)

    __repr__ = __str__

    def scores(self) -> list[list[Score]]:
        """The score of every pipeline on every design: a list for each design."""
        return [[score_of(runs) for runs in several] for several in self._by_design()]

    def regrets(self) -> list[list[tuple[float, float]]]:
        """How much worse each pipeline is than the best one on that design, with its Monte Carlo error.

        By the mean interval score, among the pipelines with the same level; a list for each design.
        """
        return [_regrets(several) for several in self._by_design()]

    def columns(self) -> dict[str, list[Any]]:
        """How each pipeline did on each design as plain columns: what the design is, the score, the regret."""
        factors = self._factors()
        rows = []
        for design, scores, regrets in zip(self.designs, self.scores(), self.regrets(), strict=True):
            what = {"design": design.name, "kind": design.kind, "weight": design.weight, "truth": design.truth}
            what |= {name: design.factors.get(name) for name in factors}
            for pipeline, score, (worse, error) in zip(self.pipelines, scores, regrets, strict=True):
                how = {"pipeline": str(pipeline), "level": pipeline.level}
                rows.append({**what, **how, **asdict(score), "regret": worse, "regret_error": error})
        return _columns(rows)

    def by(self, *factors: str) -> dict[str, list[Any]]:
        """How each pipeline did over all designs with the same values of some factors, as plain columns.

        Parameters
        ----------
        factors
            Names of factors, or ``kind`` or ``design``; with none, all designs together.

        Returns
        -------
        dict
            The factors, the pipeline, how many designs, the score over all their populations, the lowest coverage and
            the highest regret of one design, and which design that was.

        Raises
        ------
        ModelError
            No design has such a factor.
        """
        known = (*self._factors(), *_OWN)
        for name in factors:
            if name not in known:
                raise ModelError("unknown_factor", name=name, known=known)
        values = [tuple(_value(design, name) for name in factors) for design in self.designs]
        scores, regrets = self.scores(), self.regrets()
        rows = []
        for value in dict.fromkeys(values):
            chosen = [place for place, each in enumerate(values) if each == value]
            for place, pipeline in enumerate(self.pipelines):
                runs = self.runs.take(np.isin(self.runs.design, chosen) & (self.runs.pipeline == place))
                lowest = min(chosen, key=lambda design: scores[design][place].coverage)
                worst = max(chosen, key=lambda design: regrets[design][place][0])
                rows.append(
                    {
                        **dict(zip(factors, value, strict=True)),
                        "pipeline": str(pipeline),
                        "level": pipeline.level,
                        "designs": len(chosen),
                        **asdict(score_of(runs)),
                        "lowest_coverage": scores[lowest][place].coverage,
                        "lowest_design": self.designs[lowest].name,
                        "highest_regret": regrets[worst][place][0],
                        "highest_regret_design": self.designs[worst].name,
                    }
                )
        return _columns(rows)

    def to_frame(self, backend: str | None = None) -> Any:
        """`columns` as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)

    def _factors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for design in self.designs for name in design.factors))

    def _by_design(self) -> Iterator[list[Runs]]:
        """The runs of every pipeline, for one design after the other."""
        place = self.runs.design * len(self.pipelines) + self.runs.pipeline
        ends = np.searchsorted(place, np.arange(len(self.designs) * len(self.pipelines) + 1))
        for first in range(0, len(ends) - 1, len(self.pipelines)):
            pairs = zip(ends[first:], ends[first + 1 : first + len(self.pipelines) + 1], strict=False)
            yield [self.runs.take(np.arange(start, end)) for start, end in pairs]


def simulate(
    source: Source,
    pipelines: Pipeline | str | Sequence[Pipeline | str] | None = None,
    *,
    populations: int = 200,
    level: float = 0.95,
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
        One or several, or their text, such as ``"average(criterion=aic) | bootstrap(replicates=200)"``; None for the
        default model with 200 replicates.
    populations
        How many are drawn from each design.
    level
        Of the intervals, where a pipeline is given as text.
    seed
        Of the random numbers; the same seed gives the same answers on any number of workers of any kind.
    measures
        What else to take down of each table and its answer, by name: a function of a module.
    workers
        By default what ``joblib.parallel_config`` says, and one process a processor where it says nothing.
    folder
        Where answers are kept as they come; what is there already is not worked out again.
    progress
        Called with (done, total, what) after each piece of work of some seconds; raising `Cancelled` in it stops, and
        what is done stays in `folder`.

    Raises
    ------
    InputError, ModelError
        A source, a pipeline or a setting that cannot be used, two designs with the same name, or a folder that cannot
        be written in.
    """
    check_settings(level, seed, workers)
    if populations < 1:
        raise ModelError("bad_populations", populations=populations)
    kind, data, designs = _designs(source)
    tried = _pipelines(pipelines, level, data)
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
    return replace(found, findings=by_severity(_findings(found)))


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


def _pipelines(
    given: Pipeline | str | Sequence[Pipeline | str] | None, level: float, data: CaptureTable | None
) -> tuple[Pipeline, ...]:
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
    """The name of a piece of work: everything its answers depend on, but for the code itself."""
    return jobs.key_of(version("darknumber"), unit)


def _compile(designs: Sequence[Design], pipelines: Sequence[Pipeline], seed: int) -> None:
    """Answers that are thrown away, one for each kind of table: what they compile is there when the workers start."""
    for _, alike in groupby(sorted(designs, key=_shape), key=_shape):
        design = next(alike)
        for pipeline in pipelines:
            one = replace(pipeline, interval=pipeline.quick.interval)
            Unit(design=design, pipeline=one, populations=range(1), seed=seed).do(jobs.Stop())


def _shape(design: Design) -> tuple[bool, bool]:
    return bool(design.covariates), design.operating is not None and not design.operating.all()


def _regrets(several: Sequence[Runs]) -> list[tuple[float, float]]:
    """The regret of each pipeline on one design."""
    scores = [interval_scores(runs) for runs in several]
    levels = [float(runs.level[0]) for runs in several]
    found = []
    for own, level in zip(scores, levels, strict=True):
        rivals = [each for each, its in zip(scores, levels, strict=True) if its == level]
        found.append(regret(own, min(rivals, key=lambda each: float(each.mean()))))
    return found


def _value(design: Design, name: str) -> Any:
    own: Mapping[str, Any] = {"kind": design.kind, "design": design.name}
    return design.factors.get(name, own.get(name))


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _findings(found: Simulation) -> Iterator[Finding]:
    scores = found.scores()
    for place, pipeline in enumerate(found.pipelines):
        own = [each[place] for each in scores]
        short = [each for each in own if each.coverage < pipeline.level - SURE * each.coverage_error]
        if short:
            values = {"n": len(short), "designs": len(own), "level": pipeline.level, "pipeline": str(pipeline)}
            yield Finding(code="simulated_short", severity="caution", where=str(pipeline), values=values)
        refused = float(np.mean([each.refused for each in own]))
        if refused:
            values = {"share": refused, "pipeline": str(pipeline)}
            yield Finding(code="simulated_refused", severity="caution", where=str(pipeline), values=values)
    if found.populations < FEW:
        points = 100 * max(each.coverage_error for several in scores for each in several)
        yield Finding(code="simulated_few", severity="note", values={"n": found.populations, "points": points})
    weight = sum(design.weight for design in found.designs)
    if found.source == "table" and round(weight, 2) < 1:
        yield Finding(code="simulated_part", severity="note", values={"share": weight, "n": len(found.designs)})
