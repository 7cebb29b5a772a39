"""Candidates for the default on populations of known size; the rule of docs/choosing.md is applied to what comes out.

Also: how often the low-information finding is raised, and how often the sensitivity interval holds the truth at exactly
the dependence that it is declared for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from darknumber.data.examples import example
from darknumber.data.table import CaptureTable
from darknumber.errors import Cancelled, ModelError
from darknumber.inference.estimate import answered
from darknumber.inference.estimates import Estimates
from darknumber.inference.intervals import Bootstrap, Mixture
from darknumber.lab.designs import Design
from darknumber.lab.factorial import factorial
from darknumber.lab.literature import published
from darknumber.lab.pipelines import Pipeline
from darknumber.lab.runs import Runs, of_rows
from darknumber.lab.scores import interval_scores, regret, score_of
from darknumber.lab.simulate import simulate
from darknumber.models import Average, Best, Model, Stepwise
from darknumber.studies.information import low_information
from evidence import checks, rule
from evidence.record import Part, Result

QUESTION = "Which model and interval do best, in the worst case, over truths of every kind?"
SOURCES = (
    "src/darknumber/data/tables/*.csv",
    "src/darknumber/inference/bootstrap.py",
    "src/darknumber/inference/mixture.py",
    "src/darknumber/kernels/design.py",
    "src/darknumber/kernels/existence.py",
    "src/darknumber/kernels/ledger.py",
    "src/darknumber/kernels/linkage.py",
    "src/darknumber/kernels/poisson.py",
    "src/darknumber/kernels/populations.py",
    "src/darknumber/kernels/search.py",
    "src/darknumber/kernels/stepwise.py",
    "src/darknumber/kernels/summaries.py",
    "src/darknumber/models/average.py",
    "src/darknumber/models/best.py",
    "src/darknumber/models/criteria.py",
    "src/darknumber/models/family.py",
    "src/darknumber/models/log_linear.py",
    "src/darknumber/models/many.py",
    "src/darknumber/models/selection.py",
    "src/darknumber/lab/designs.py",
    "src/darknumber/lab/factorial.py",
    "src/darknumber/lab/literature.py",
    "src/darknumber/lab/two_classes.py",
)
JUDGED = (
    "evidence/checks.py",
    "evidence/rule.py",
    "src/darknumber/inference/wider.py",
    "src/darknumber/lab/projection.py",
    "src/darknumber/lab/scores.py",
)

BLOCK = 40  # populations of every design in one part of the run; their random numbers depend on the number of the block
BLOCKS = int(os.environ.get("DARKNUMBER_BLOCKS", "1"))
REPLICATES = 99
LISTS = (3, 4, 5)
OF_FACTORIAL = 50
SIX_LISTS = ("netherlands-2010-2015", "uk-2013")  # published tables that the default must answer
REPLICATES_OF_DEFAULT = Bootstrap().replicates
PATIENCE = 120.0  # seconds for each of them, on two cores
CRITERIA = ("bic", "aic", "bic-overlap")
NUMBERS = (
    "population",
    "verdict",
    "truth",
    "level",
    "observed",
    "estimate",
    "lower",
    "upper",
    "lower_80",
    "upper_80",
    "seconds",
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model and an interval; with terms of all orders the model depends on the number of lists."""

    name: str
    model: type[Average] | type[Best] | type[Stepwise]
    criterion: str
    interval: Bootstrap | Mixture
    all_orders: bool = False

    def pipeline(self, lists: int) -> Pipeline:
        """The candidate for a table of so many lists."""
        order = lists - 1 if self.all_orders else 2
        model: Model = self.model(criterion=self.criterion, max_order=order)
        return Pipeline(model=model, interval=self.interval)


_REPEATED, _MIXED = Bootstrap(replicates=REPLICATES), Mixture(replicates=REPLICATES)


def _candidates() -> tuple[Candidate, ...]:
    found = [
        Candidate(name=f"stepwise {criterion}, pairs", model=Stepwise, criterion=criterion, interval=_REPEATED)
        for criterion in CRITERIA[:2]
    ]
    for criterion in CRITERIA:
        for orders in (False, True):
            of = "all orders" if orders else "pairs"
            best, average = f"best {criterion}, {of}", f"average {criterion}, {of}"
            found.append(Candidate(name=best, model=Best, criterion=criterion, interval=_REPEATED, all_orders=orders))
            if not orders:
                found.append(Candidate(name=average, model=Average, criterion=criterion, interval=_REPEATED))
            found.append(
                Candidate(
                    name=f"{average}, mixture", model=Average, criterion=criterion, interval=_MIXED, all_orders=orders
                )
            )
    return tuple(found)


CANDIDATES = _candidates()
WITH_COVARIATES = tuple(each for each in CANDIDATES if each.model is Stepwise)


def designs() -> list[Design]:
    """The truths without covariates, in the order in which every third of a kind is held out."""
    fitted = [each for each in published() if len(each.lists) in LISTS and not each.covariates]
    clean = [each for each in factorial(LISTS) if not (each.missed or each.false or each.erroneous or each.covariates)]
    return [*fitted, *clean[:OF_FACTORIAL]]


def covariate_designs() -> list[Design]:
    """The truths with covariates, and with values that one list does not record."""
    return [each for each in (*published(), *factorial(LISTS)) if each.covariates]


def run(part: Part) -> Result:
    """All candidates on all truths, and the rule."""
    without, within = designs(), covariate_designs()
    plain = [outcomes(part, design, CANDIDATES) for design in without]
    covered = [outcomes(part, design, WITH_COVARIATES) for design in within]
    times = {each.name: part(f"six lists, {each.name}", partial(six_lists, each)) for each in CANDIDATES}
    slow = [name for name, seconds in times.items() if None in seconds.values()]
    return {
        "populations": BLOCK * BLOCKS,
        "replicates": REPLICATES,
        "six_lists": times,
        "without_covariates": judged(without, plain, slow),
        "with_covariates": judged(within, covered),
    }


def measures(table: CaptureTable, answer: Estimates) -> Mapping[str, float]:
    """What may tell beforehand that an interval is not to be trusted."""
    found = low_information(table, answer.fits[0])
    return {
        "recaptures": float(found.recaptures),
        "expected_recaptures": found.expected_recaptures,
        "share_twice": found.share_twice,
        "coverage": found.coverage,
        "rests_on": float(found.rests_on),
        "smallest": float("nan") if found.smallest is None else float(found.smallest),
        "log_error": found.log_error,
    }


def block(design: Design, number: int, candidates: Sequence[Candidate]) -> dict[str, list[Row]]:
    """The answers of all candidates on one block of populations of a design, a row for each population."""
    pipelines = {each.name: each.pipeline(len(design.lists)) for each in candidates}
    distinct = {str(pipeline): pipeline for pipeline in pipelines.values()}  # of three lists, pairs are all there is
    found = simulate(design, list(distinct.values()), populations=BLOCK, seed=1 + number, measures=measures)
    rows = {text: _rows(found.runs.take(found.runs.pipeline == place)) for place, text in enumerate(distinct)}
    return {name: rows[str(pipeline)] for name, pipeline in pipelines.items()}


def _rows(runs: Runs) -> list[Row]:
    """The rows as plain values, which can be written as JSON and read back into `Runs`."""
    columns = {name: getattr(runs, name).tolist() for name in NUMBERS}
    columns |= {"refusal": list(runs.refusal), "findings": [list(found) for found in runs.findings]}
    measured = {name: values.tolist() for name, values in runs.measures.items()}
    return [
        {name: values[row] for name, values in columns.items()}
        | {"measures": {name: values[row] for name, values in measured.items()}}
        for row in range(len(runs))
    ]


def outcomes(part: Part, design: Design, candidates: Sequence[Candidate]) -> dict[str, Runs]:
    """What each candidate did on one design, over all blocks."""
    blocks = [
        part(f"{design.name}, block {number}", partial(block, design, number, candidates)) for number in range(BLOCKS)
    ]
    return {
        each.name: of_rows([row for rows in blocks for row in rows[each.name]], design.name, each.name)
        for each in candidates
    }


def six_lists(candidate: Candidate) -> dict[str, float | None]:
    """Seconds of an answer as the default would give it, on two cores, to each of `SIX_LISTS`; None where too long."""
    return {name: _seconds(candidate, example(name)) for name in SIX_LISTS}


def _seconds(candidate: Candidate, table: CaptureTable) -> float | None:
    pipeline, start = candidate.pipeline(len(table.lists)), time.monotonic()

    def watch(*_: object) -> None:
        if time.monotonic() - start > PATIENCE:
            raise Cancelled

    interval = replace(candidate.interval, replicates=REPLICATES_OF_DEFAULT)
    try:
        answered(table, pipeline.model, interval, workers=2, progress=watch)
    except (Cancelled, ModelError):  # the second where the models that matter are too many to be listed
        return None
    seconds = time.monotonic() - start
    return round(seconds, 1) if seconds <= PATIENCE else None


def judged(designs: Sequence[Design], runs: Sequence[Mapping[str, Runs]], slow: Sequence[str] = ()) -> Result:
    """The rule applied to the designs that may be looked at, and what the choice did on those held out.

    Parameters
    ----------
    slow
        The candidates that take too long on six lists to be the default.
    """
    names = list(runs[0])
    orders = {each.name: each.all_orders for each in CANDIDATES}
    kept_back = rule.held_out([kind_of(design) for design in designs])
    table = [_on_design(design, each) for design, each in zip(designs, runs, strict=True)]
    open_rows = [row for rows, back in zip(table, kept_back, strict=True) if not back for row in rows]
    verdicts = rule.verdicts([row.outcome for row in open_rows], orders, slow)
    chosen = rule.choose(verdicts)
    of_chosen = [each[chosen.candidate] for each in runs]
    return {
        "chosen": chosen.candidate,
        "information": checks.information(of_chosen, kept_back),
        "boundary": checks.boundary(designs, of_chosen),
        "verdicts": [asdict(each) for each in verdicts],
        "designs": [
            {"name": design.name, "kind": kind_of(design), "held_out": back, **_described(design)}
            for design, back in zip(designs, kept_back, strict=True)
        ],
        "candidates": names,
        "scores": {
            name: [[_short(getattr(row, name)) for row in rows] for rows in table]
            for name in ("coverage", "bias", "rmse", "width", "score", "regret", "unanswered", "seconds")
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One candidate on one design."""

    outcome: rule.Outcome
    bias: float
    rmse: float
    width: float
    score: float
    unanswered: float

    @property
    def coverage(self) -> float:
        return self.outcome.coverage

    @property
    def regret(self) -> float:
        return self.outcome.regret

    @property
    def seconds(self) -> float:
        return self.outcome.seconds


def _on_design(design: Design, runs: Mapping[str, Runs]) -> list[_Row]:
    scores = {name: interval_scores(each) for name, each in runs.items()}
    best = min(scores.values(), key=lambda each: float(each.mean()))
    rows = []
    for name, each in runs.items():
        score = score_of(each)
        worse, error = regret(scores[name], best)
        outcome = rule.Outcome(
            candidate=name,
            design=design.name,
            kind=kind_of(design),
            coverage=score.coverage,
            coverage_error=score.coverage_error,
            regret=worse,
            regret_error=error,
            seconds=score.seconds,
        )
        unanswered = score.refused + score.not_identified + score.infinite
        rows.append(
            _Row(
                outcome=outcome,
                bias=score.bias,
                rmse=score.rmse,
                width=score.width,
                score=score.score,
                unanswered=unanswered,
            )
        )
    return rows


def kind_of(design: Design) -> str:
    """The kind of truth, by which designs are held out; in the factorial, pairs of lists depend on covariates too."""
    differ = design.kind == "covariates" and design.factors.get("collection") == "factorial"
    return "pairs by covariate" if differ else design.kind


def _described(design: Design) -> dict[str, Any]:
    return {"lists": len(design.lists), "people": design.truth, "factors": dict(design.factors)}


def _short(value: float) -> float | None:
    """Four digits; None for what is not finite, which JSON does not have."""
    return float(f"{value:.4g}") if np.isfinite(value) else None
