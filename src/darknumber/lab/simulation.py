"""What a simulation found: how often each pipeline was right on each design, and what must be known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.inference.frames import frame_of
from darknumber.lab.designs import Design
from darknumber.lab.errors import Errors, errors_of
from darknumber.lab.pipelines import Pipeline
from darknumber.lab.printing_simulate import describe_simulation
from darknumber.lab.runs import Runs
from darknumber.lab.scores import Score, interval_scores, regret, score_of

Array = NDArray[np.float64]
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

    def errors(self) -> list[list[Errors]]:
        """The Monte Carlo errors that a score does not have: a list for each design."""
        return [[errors_of(runs) for runs in several] for several in self._by_design()]

    def regrets(self) -> list[list[tuple[float, float]]]:
        """How much worse each pipeline is than the best one on that design, with its Monte Carlo error.

        By the mean interval score, among the pipelines with the same level; a list for each design.
        """
        return [_regrets(several) for several in self._by_design()]

    def columns(self) -> dict[str, list[Any]]:
        """How each pipeline did on each design as plain columns: what the design is, the score, the regret."""
        factors = self._factors()
        rows = []
        found = zip(self.designs, self.scores(), self.errors(), self.regrets(), strict=True)
        for design, scores, errors, regrets in found:
            what = {"design": design.name, "kind": design.kind, "weight": design.weight, "truth": design.truth}
            what |= {name: design.factors.get(name) for name in factors}
            for place, (pipeline, score) in enumerate(zip(self.pipelines, scores, strict=True)):
                how = {"pipeline": str(pipeline), "level": pipeline.level}
                own: dict[str, Any] = {"width_error": errors[place].width, "rmse_error": errors[place].rmse}
                worse, error = regrets[place]
                rows.append({**what, **how, **asdict(score), **own, "regret": worse, "regret_error": error})
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


def findings_of(found: Simulation) -> Iterator[Finding]:
    """What the reader must know: intervals that are right too rarely, tables refused, few populations."""
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
