"""Chains over latent classes that do not stay where they began: parallel tempering by thinning the table.

One mode of such a posterior can hold a plain Gibbs chain for a hundred thousand sweeps. So every chain runs on a ladder
of tables: the table itself, tables of ever fewer of its people, and none at all, where a sweep is a draw from the
prior. After every round neighbouring rungs may swap what they hold (Geyer 1991), even and odd pairs by turns (Syed,
Bouchard-Cote, Deligiannidis & Doucet 2022), so that what the prior proposes anew arrives, rung by rung, at the table.
A thinned table is a table of whole people, so that every rung has the same exact moves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.chances import first_state, uniform
from darknumber.kernels.histories import membership, superset_sums
from darknumber.kernels.jit import jit
from darknumber.kernels.latent_jumps import change_places, go_dark
from darknumber.kernels.latent_moves import (
    TINY,
    Array,
    Classes,
    Index,
    Prior,
    Space,
    seen,
    sweep,
    unseen,
)

WARM_UP = (100, 200, 400, 800)  # rounds thrown away; after each of these stretches the ladder is spaced anew
PLAIN_WARM_UP = (500,)  # of a chain without a ladder, which has nothing to space
SWEEPS = 2  # in a round
LEAST_REJECTED = 0.01  # of swaps: neighbours that always swap still count as some way apart
LOWEST = 0.3  # people of the rung above none, on the scale on which rungs are spaced
RUNGS_BY_LOG, RUNGS_LESS, FEWEST_RUNGS = 3.0, 4, 4  # see `rungs_for`
_STREAM = 0x6C617465  # keeps these streams apart from other uses of the same seed
_UNSEEN = 0xFFFF  # in the place of the number of a chain
LARGE = 1e12  # a mean from which on a Poisson number differs from it by less than a millionth


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSample:
    """Draws of the posterior of latent classes.

    Parameters
    ----------
    odds
        ``(chains, draws)`` expected number of people on no list for each person on some list.
    shares
        ``(2**K,)`` posterior mean share of each observable history.
    occupied
        ``(chains, draws)`` how many classes somebody is in, seen or unseen.
    swapped
        ``(chains,)`` the least share of swaps that was accepted between two neighbouring rungs; 1 with one rung.
    """

    odds: Array
    shares: Array
    occupied: Index
    swapped: Array


class Ladder(NamedTuple):
    """The state of all rungs of a chain; arrays with one row a rung, and which row stands where.

    Parameters
    ----------
    weight, chance, joint, total, concentration, off, alive
        As in `Classes`, ``(R, ...)``.
    place
        ``(R,)`` the row that stands at each rung; rung 0 has the table itself.
    """

    weight: Array
    chance: Array
    joint: Array
    total: Array
    concentration: Array
    off: Array
    alive: Index
    place: Index


def own_order(y: Array) -> Index:
    """The lists by their size, then by who is on them alone, then by their overlaps; largest first.

    Random numbers fall to the same lists however a table of ``(2**K,)`` counts is ordered.
    """
    lists = len(y).bit_length() - 1
    on = np.r_[0.0, y[1:]]
    superset_sums(on, lists)

    def key(place: int) -> tuple[float, ...]:
        bit = 1 << place
        return (on[bit], y[bit], *sorted(on[bit | 1 << other] for other in range(lists)))

    return np.array(sorted(range(lists), key=key, reverse=True), dtype=np.int64)


def rungs_for(people: int) -> int:
    """How many rungs a table of so many people needs, so that about half of all swaps are accepted.

    The way from the prior to the table grows with the log of its people: about 6 rejections end to end with 186 people
    on five lists, 10 with 2,744 and 13 with 8,234, and twice as many rungs are the best (Syed et al. 2022).
    """
    return max(round(RUNGS_BY_LOG * math.log(max(people, 1))) - RUNGS_LESS, FEWEST_RUNGS)


def thinned(counts: Index, shares: Array) -> Index:
    """``(R, cells)`` the table with these shares of its people; cells of few people lose them one after the other."""
    bits = [f"{place:b}"[::-1] for place in range(1, len(counts) + 1)]
    start = np.array([int(each, 2) / 2 ** len(each) for each in bits])  # van der Corput: evenly spread below 1
    found: Index = np.minimum(np.floor(shares[:, None] * counts + start), counts).astype(np.int64)
    found[shares == 0] = 0
    return found


def first_shares(rungs: int, people: int) -> Array:
    """``(R,)`` shares to begin with: all, ever fewer in equal proportions, none."""
    if rungs == 1:
        return np.ones(1)
    found: Array = np.r_[np.exp(np.linspace(0.0, -math.log(people), rungs - 1)), 0.0]
    return found


def spaced_anew(shares: Array, rejected: Array, people: int) -> Array:
    """Shares such that as many swaps would be rejected between any two rungs, by ``(R - 1,)`` shares rejected."""
    way = np.r_[0.0, np.cumsum(np.maximum(rejected, LEAST_REJECTED))]
    logs = np.log(np.maximum(shares, LOWEST / people))
    found: Array = np.exp(np.interp(np.linspace(0.0, way[-1], len(shares)), way, logs))
    found[0], found[-1] = 1.0, 0.0
    return found


def sample_classes(
    y: Array, prior: Prior, *, classes: int, rungs: int, chains: int, draws: int, thin: int, seed: int
) -> LatentSample:
    """Draw from the posterior of latent classes of one table.

    Parameters
    ----------
    y
        ``(2**K,)`` whole counts, somebody among them; cell 0 is ignored.
    prior
        What is held likely beforehand.
    classes
        J, at most.
    rungs
        Of the ladder; 1 for a plain chain.
    chains, draws, thin
        How many chains, how many draws of each are kept, and one of how many rounds is.
    seed
        Of the random numbers; each chain has its own, and begins at draws from the prior.
    """
    lists = len(y).bit_length() - 1
    order = own_order(y)
    cells = membership(np.arange(1 << lists), lists).astype(np.int64) @ (1 << order)  # histories in that order
    turned = y[cells]
    live = 1 + np.flatnonzero(turned[1:] > 0)
    on = np.ascontiguousarray(membership(live, lists).T.astype(np.float64))
    counts = turned[live].astype(np.int64)
    people = int(counts.sum())
    odds, occupied = np.empty((chains, draws)), np.empty((chains, draws), dtype=np.int64)
    shares, swapped = np.zeros(len(y)), np.ones(chains)
    for number in range(chains):
        stream = first_state(seed, _STREAM, number)
        ladder = _from_prior(stream, prior, rungs, classes, on)
        steps = first_shares(rungs, people)
        warm_up = WARM_UP if rungs > 1 else PLAIN_WARM_UP
        aside = np.empty(sum(warm_up)), np.empty(sum(warm_up), dtype=np.int64), np.zeros(len(y))
        for rounds in warm_up:
            rejected = run_ladder(stream, on, thinned(counts, steps), prior, ladder, rounds, 1, *aside)
            if rungs > 1:
                steps = spaced_anew(steps, rejected, people)
        found = np.zeros(len(y))
        rejected = run_ladder(
            stream, on, thinned(counts, steps), prior, ladder, draws * thin, thin, odds[number], occupied[number], found
        )
        shares[cells] += found / (chains * draws)
        swapped[number] = 1.0 - rejected.max(initial=0.0)
    return LatentSample(odds=odds, shares=shares, occupied=occupied, swapped=swapped)


def draw_unseen(odds: Array, people: int, seed: int) -> Array:
    """Numbers of unseen people, as many as `odds`: negative binomial given people seen, by the prior ``1 / N``."""
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM << 32 | _UNSEEN], dtype=np.uint64)))
    mean = rng.standard_gamma(people, odds.shape) * odds
    found: Array = np.where(mean < LARGE, rng.poisson(np.minimum(mean, LARGE)), np.round(mean))
    return found


def _from_prior(stream: NDArray[np.uint64], prior: Prior, rungs: int, classes: int, on: Array) -> Ladder:
    """A draw from the prior at every rung."""
    lists, cells = on.shape
    ladder = Ladder(
        weight=np.zeros((rungs, classes)),
        chance=np.full((rungs, classes, lists), 0.5),
        joint=np.zeros((rungs, classes, cells)),
        total=np.zeros((rungs, cells)),
        concentration=np.ones((rungs, 1)),
        off=np.full((rungs, 1), prior.off),
        alive=np.ones((rungs, 1), dtype=np.int64),
        place=np.arange(rungs),
    )
    nobody = np.zeros((rungs, cells), dtype=np.int64)
    run_ladder(stream, on, nobody, prior, ladder, 1, 2, np.empty(0), np.empty(0, dtype=np.int64), np.zeros(1 << lists))
    return ladder


@jit
def run_ladder(
    stream: NDArray[np.uint64],
    on: Array,
    counts: Index,
    prior: Prior,
    ladder: Ladder,
    rounds: int,
    thin: int,
    odds: Array,
    occupied: Index,
    shares: Array,
) -> Array:
    """So many rounds of all moves at every rung and swaps between rungs; ``(R - 1,)`` share of swaps rejected.

    Parameters
    ----------
    stream
        ``(1,)`` a place in a stream of random numbers; moved on.
    counts
        ``(R, cells)`` the table of each rung.
    thin
        One of so many rounds is kept.
    odds, occupied
        ``(rounds // thin,)`` filled with what stands at rung 0.
    shares
        ``(2**K,)`` added to: the share of every history among people seen, round by round that is kept.
    """
    rungs, cells = counts.shape
    size, lists = ladder.chance.shape[1:]
    space = Space(np.zeros(size, np.int64), np.zeros((size, lists), np.int64), np.empty(size + 1), np.empty(cells))
    people = np.zeros(rungs, np.int64)
    for rung in range(rungs):
        for x in range(cells):
            people[rung] += counts[rung, x]
    logs, dark = np.zeros((rungs, cells)), np.zeros(rungs)
    rejected, tried = np.zeros(rungs - 1), np.zeros(rungs - 1)
    history = np.empty(len(shares))
    state = stream[0]
    for turn in range(rounds):
        for rung in range(rungs):
            row = ladder.place[rung]
            classes = Classes(
                ladder.weight[row],
                ladder.chance[row],
                ladder.joint[row],
                ladder.total[row],
                ladder.concentration[row],
                ladder.off[row],
                ladder.alive[row],
            )
            for _ in range(SWEEPS):
                state = sweep(state, on, counts[rung], people[rung], prior, classes, space)
                if people[rung] > 0:
                    state = change_places(state, classes, space)
                    state = go_dark(state, on, counts[rung], prior, classes, space)
            if rung == 0 and (turn + 1) % thin == 0:
                keep = (turn + 1) // thin - 1
                occupied[keep] = 0
                for k in range(size):
                    occupied[keep] += space.people[k] > 0
                _add_shares(classes, history, shares)
            any_list, none = 0.0, 0.0
            for k in range(classes.alive[0]):
                any_list += classes.weight[k] * seen(classes.chance[k])
                none += classes.weight[k] * unseen(classes.chance[k])
            dark[row] = none / max(any_list, TINY)
            for x in range(cells):
                logs[row, x] = math.log(max(classes.total[x], TINY) / max(any_list, TINY))
        if (turn + 1) % thin == 0:
            odds[(turn + 1) // thin - 1] = dark[ladder.place[0]]
        for rung in range(turn % 2, rungs - 1, 2):
            one, other = ladder.place[rung], ladder.place[rung + 1]
            change = 0.0
            for x in range(cells):
                change += (counts[rung, x] - counts[rung + 1, x]) * (logs[other, x] - logs[one, x])
            chance = math.exp(min(change, 0.0))
            rejected[rung] += 1.0 - chance
            tried[rung] += 1.0
            u, state = uniform(state)
            if u < chance:
                ladder.place[rung], ladder.place[rung + 1] = other, one
    stream[0] = state
    for rung in range(rungs - 1):
        rejected[rung] /= max(tried[rung], 1.0)
    return rejected


@jit
def _add_shares(classes: Classes, history: Array, shares: Array) -> None:
    """Add the share of every history among people seen; `history` is room to work in."""
    lists = classes.chance.shape[1]
    found = np.zeros(len(shares))
    for k in range(classes.alive[0]):
        history[0] = classes.weight[k]
        for j in range(lists):
            bit = 1 << j
            for w in range(bit):
                history[w | bit] = history[w] * classes.chance[k, j]
                history[w] *= 1.0 - classes.chance[k, j]
        for w in range(len(shares)):
            found[w] += history[w]
    total = 0.0
    for w in range(1, len(shares)):
        total += found[w]
    for w in range(1, len(shares)):
        shares[w] += found[w] / total
