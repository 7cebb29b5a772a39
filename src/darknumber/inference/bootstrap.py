"""Tables drawn from the data, and the model refitted to each (METHODS A7, A8).

The population of every stratum is fixed between replicates: only who is seen varies. Replicate ``b`` has a random
stream of its own, keyed by the seed and ``b``, so the draws are the same on one worker or many.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import ModelError
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels import verdicts
from darknumber.kernels.summaries import modes, sum_draws
from darknumber.models.base import Fit, Model, Replicates, settled, stack

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
Piece = TypeVar("Piece")
Done = TypeVar("Done")

JACKKNIFE_GROUPS = 100  # on tables with covariates; the grouped jackknife of the literature
CHUNK_SECONDS = 0.4  # of work in a chunk, so that progress is told often and a stop is quick
CHUNK_CELLS = 2_000_000  # counts drawn and refitted at a time: 16 MB
_STREAM = 0x6461726B  # keeps these streams apart from other uses of the same seed
_DEALING = 0xFFFFFFFF  # the stream that deals people into jackknife groups: there are never so many replicates


@dataclass(frozen=True, slots=True)
class Law:
    """What a replicate is drawn from, over the occupied strata.

    Parameters
    ----------
    strata
        ``(s,)`` the strata with a population.
    population
        ``(s,)`` whole numbers N; -1 where the dark figure has no finite estimate.
    seen
        ``(s,)`` the probability of being on some list, or the expected number on some list where N is not finite.
    histories
        ``(s, 2**K)`` shares of the histories among people on some list.
    """

    strata: NDArray[np.int64]
    population: NDArray[np.int64]
    seen: Array
    histories: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which models the replicates chose.

    Parameters
    ----------
    choices
        The distinct models, most chosen first.
    shares
        ``(choices,)`` the share of replicates that chose each.
    verdicts
        The share of replicates in which the total is estimable, infinite, zero, not identified.
    inflation
        How many times as wide the interval is as with the chosen model held fixed; None where that cannot be said.
    chosen
        ``(B,)`` which of `choices` each replicate chose.
    verdict
        ``(B,)`` the verdict on the total in each replicate.
    modes
        ``(modes,)`` where the totals of the replicates gather, from low to high: one place, or several far apart.
    """

    choices: tuple[str, ...]
    shares: Array
    verdicts: Mapping[str, float]
    inflation: float | None = None
    chosen: NDArray[np.int64] | None = None
    verdict: NDArray[np.int8] | None = None
    modes: Array | None = None


def law_of(fit: Fit, settings: Bootstrap) -> Law:
    """The bootstrap law of a fit.

    Raises
    ------
    ModelError
        The parametric law for a model that selects, or whose dark figure is not finite.
    """
    if settings.law == "observed":
        return observed_law(fit.data.dense(), fit.unobserved)
    if fit.model.selects:
        raise ModelError("parametric_selects", model=fit.model.name)
    if not np.isfinite(fit.unobserved).all():
        raise ModelError("parametric_not_finite")
    strata = np.flatnonzero(fit.estimate > 0)
    population = _whole(fit.estimate[strata])
    return _law(strata, population, fit.ascertainment[strata], fit.probabilities[strata])


def observed_law(counts: Array, unobserved: Array) -> Law:
    """Histories as they are in the data, and as many people as a model says.

    Parameters
    ----------
    counts
        ``(strata, 2**K)``; cell 0 is zero.
    unobserved
        ``(strata,)`` the dark figures.
    """
    observed = counts.sum(axis=1)
    strata = np.flatnonzero(observed > 0)
    people, dark = observed[strata], unobserved[strata]
    finite = np.isfinite(dark)
    population = np.full(len(strata), -1, dtype=np.int64)
    population[finite] = people[finite].astype(np.int64) + _whole(np.maximum(dark[finite], 0.0))
    return _law(strata, population, np.where(finite, people / np.maximum(population, 1), people), counts[strata])


def _law(strata: NDArray[np.int64], population: NDArray[np.int64], seen: Array, histories: Array) -> Law:
    share = histories / histories.sum(axis=1, keepdims=True)
    return Law(strata=strata, population=population, seen=seen, histories=share)


def draw(law: Law, shape: tuple[int, int], seed: int, replicate: int, branch: tuple[int, int] = (0, 0)) -> Array:
    """``(strata, 2**K)`` counts of one replicate.

    Parameters
    ----------
    branch
        Keeps the replicates of a simulated population apart from those of the data and of other populations.
    """
    rng = _stream(seed, replicate, branch)
    finite = law.population >= 0
    seen = np.empty(len(law.strata), dtype=np.int64)
    seen[finite] = rng.binomial(law.population[finite], law.seen[finite])
    seen[~finite] = rng.poisson(law.seen[~finite])
    counts = np.zeros(shape)
    counts[law.strata] = rng.multinomial(seen, law.histories)
    return counts


def _stream(seed: int, number: int, branch: tuple[int, int] = (0, 0)) -> np.random.Generator:
    """The random numbers of one replicate; a whole key, so that no digit of a long seed is lost."""
    key = np.array([seed, (_STREAM << 32) | number], dtype=np.uint64)
    counter = np.array([0, 0, *branch], dtype=np.uint64)  # the generator counts in the first two words
    return np.random.Generator(np.random.Philox(counter=counter, key=key))


def run(
    model: Model,
    fit: Fit,
    settings: Bootstrap,
    *,
    seed: int,
    workers: int,
    progress: Progress | None,
    keep: Callable[[Replicates], Replicates],
) -> Replicates:
    """Draw and refit all replicates.

    Parameters
    ----------
    keep
        Applied to each chunk as it comes in, such as summing over strata to save memory.
    """
    law = law_of(fit, settings)
    shape = (fit.data.strata, 1 << len(fit.data.lists))
    total = settings.replicates

    def work(piece: range) -> Replicates:
        return keep(model.refit(fit, np.stack([draw(law, shape, seed, b) for b in piece])))

    most = max(CHUNK_CELLS // (shape[0] * shape[1]), 1)
    if workers > 1 or progress is not None:
        most = min(most, _timed(work))
    pieces = [range(start, min(start + most, total)) for start in range(0, total, most)]
    done: list[Replicates] = []
    for replicates in in_order(work, pieces, workers):
        done.append(replicates)
        if progress is not None:
            progress(sum(len(part.chosen) for part in done), total, "replicates")
    return stack(done)


def _timed(work: Callable[[range], Replicates]) -> int:
    """How many replicates take about `CHUNK_SECONDS`; two are thrown away, of which the first compiles the kernels."""
    work(range(1))
    started = time.perf_counter()
    work(range(1))
    seconds = time.perf_counter() - started
    return max(int(CHUNK_SECONDS / max(seconds, 1e-6)), 1)


def jackknife(model: Model, fit: Fit, *, seed: int) -> tuple[Array, Array]:
    """Leave-one-out values for BCa limits: ``(J, strata)`` population sizes and ``(J,)`` people each stands for.

    Without covariates, one person of each distinct history is left out in turn; with them, people are dealt into
    `JACKKNIFE_GROUPS` groups by a fixed rule and one group is left out in turn.
    """
    y = fit.data.dense()
    if fit.data.strata == 1:
        cells = np.flatnonzero(y[0])
        tables = np.repeat(y[None], len(cells), axis=0)
        tables[np.arange(len(cells)), 0, cells] -= 1
        weights = y[0, cells]
    else:
        people = np.repeat(np.arange(y.size), y.reshape(-1).astype(np.int64))
        group = _stream(seed, _DEALING).permutation(np.arange(len(people)) % JACKKNIFE_GROUPS)
        tables = np.repeat(y[None], JACKKNIFE_GROUPS, axis=0)
        np.subtract.at(tables.reshape(JACKKNIFE_GROUPS, -1), (group, people), 1)
        weights = np.ones(JACKKNIFE_GROUPS)
    again = settled(model, fit, tables)
    return again.observed + again.unobserved, weights


def in_order(
    work: Callable[[Piece], Done],
    pieces: Sequence[Piece],
    workers: int,
    stop: threading.Event | None = None,
) -> Iterator[Done]:
    """Results of the pieces in order, worked on in threads; few are ahead, so that a stop is quick and memory small.

    Parameters
    ----------
    stop
        Set when no more results are wanted, so that a piece that takes long can end early.
    """
    if workers <= 1 or len(pieces) <= 1:
        yield from map(work, pieces)
        return
    pending: list[Future[Done]] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            for piece in pieces:
                if len(pending) >= 2 * workers:
                    yield pending.pop(0).result()
                pending.append(pool.submit(work, piece))
            for future in pending:
                yield future.result()
        finally:
            if stop is not None:
                stop.set()
            for future in pending:
                future.cancel()
            wait(pending)


def _whole(values: Array) -> NDArray[np.int64]:
    """Whole numbers close to `values` whose sum is their rounded sum (systematic rounding)."""
    running = np.floor(np.cumsum(values) + 0.5)
    return np.diff(running, prepend=0.0).astype(np.int64)


def selection_of(replicates: Replicates) -> Selection:
    """Which models the replicates chose (most chosen first), and what the total came to in each."""
    counts = np.bincount(replicates.chosen)[: len(replicates.choices)]  # no choices where nothing is selected
    order = np.argsort(-counts, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    together = np.zeros(replicates.verdict.shape[1], dtype=np.int64)
    rows = zip(replicates.verdict, replicates.observed > 0, strict=True)
    total = np.array([verdicts.of_sum(row, together, 1, seen)[0] for row, seen in rows], dtype=np.int8)
    people = sum_draws(replicates.observed + replicates.unobserved, together, 1)[:, 0]
    return Selection(
        choices=tuple(replicates.choices[row] for row in order),
        shares=counts[order] / len(replicates.chosen),
        verdicts=verdicts.shares(total),
        chosen=place[replicates.chosen] if len(order) else None,
        verdict=total,
        modes=modes(people),
    )
