"""A Markov chain over models and their parameters together, with proposals that are nearly the posterior itself.

Every model of a book has its mode, the curvature there and a weight. A move draws a model by its weight and its
parameters from a t law around its mode, and is accepted by the exact ratio (Green 1995; the dimensions need not agree,
as all parameters are drawn anew). A second step moves the parameters of the model a little. So the chain has the exact
posterior of the models in the book, whatever the weights are; good weights only make it quick. The weights are
evidences by importance sampling from the same t laws.

All random numbers are drawn beforehand, from a counter that is keyed by the seed and the chain.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit
from darknumber.kernels.joint import Joint, back, log_density

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FREEDOM = 7.0  # degrees of freedom of the t laws: heavier tails than a posterior under these priors, but not by much
WARM_UP = 200  # moves of a chain that are thrown away: most of them forget where it was, so this is ample
STEP = 2.38  # over the root of the number of parameters: the best step of a random walk (Roberts & Rosenthal 2001)
EVEN = 0.1  # share of proposals by the root of the weights, so that a model whose weight is too low is still tried
STREAM = 0x6D6F7665  # keeps these streams apart from other uses of the same seed
_PILOT = 1 << 20  # the stream of the importance sample, beyond any chain


class Book(NamedTuple):
    """Models with what is known of them.

    Parameters
    ----------
    size
        ``(models,)`` number of parameters.
    columns
        ``(models, most)`` which columns; only the first `size` count.
    log_det
        ``(models,)`` log determinant of the prior precision.
    g, log_prior
        ``(models,)`` the scale of the prior, and the log of the prior probability. A model under several g stands in
        the book once for each.
    mode
        ``(models, most)`` the mode.
    factor
        ``(models, most, most)`` Cholesky factor of the curvature at the mode.
    """

    size: Index
    columns: Index
    log_det: Array
    g: Array
    log_prior: Array
    mode: Array
    factor: Array


class Walk(NamedTuple):
    """What the chains gave.

    Parameters
    ----------
    model
        ``(chains, draws)`` place in the book.
    told
        ``(chains, draws, rows)`` log expected counts of the rows kept; where intercepts are integrated out, less the
        log of the sum over the cells of the group.
    expected
        ``(cells,)`` mean expected count of each cell.
    accepted
        ``(chains,)`` share of moves to another model and other parameters that were accepted.
    """

    model: Index
    told: Array
    expected: Array
    accepted: Array


def evidences(joint: Joint, book: Book, draws: int, seed: int) -> Array:
    """``(models,)`` log of prior probability times evidence, by importance sampling with so many draws."""
    rng = _stream(seed, _PILOT)
    most = book.mode.shape[1]
    normals, spread = rng.standard_normal((draws, most)), rng.chisquare(FREEDOM, draws)
    return importance(joint, book, normals, np.sqrt(FREEDOM / spread))


def walk(joint: Joint, book: Book, log_evidence: Array, *, chains: int, draws: int, seed: int) -> Walk:
    """Draw from the posterior of the models in a book; each chain starts at any of them, away from its mode."""
    weight = np.exp(log_evidence - log_evidence.max())
    even = np.sqrt(weight)
    proposal = (1 - EVEN) * weight / weight.sum() + EVEN * even / even.sum()
    most, rows, moves = book.mode.shape[1], len(joint.told), WARM_UP + draws
    model = np.empty((chains, draws), dtype=np.int64)
    told, accepted = np.empty((chains, draws, rows)), np.empty(chains)
    expected = np.zeros(len(joint.y))
    for number in range(chains):
        rng = _stream(seed, number)
        uniforms = rng.random((moves + 1, 3))
        normals = rng.standard_normal((moves + 1, 2, most))
        scale = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, moves + 1))
        uniforms[0, 0] = (number + uniforms[0, 0]) / chains  # chains start in different parts of the book
        accepted[number] = run(
            joint, book, np.cumsum(proposal), np.log(proposal), uniforms, normals, scale, model[number], told[number],
            expected,
        )  # fmt: skip
    return Walk(model=model, told=told, expected=expected / (chains * draws), accepted=accepted)


def _stream(seed: int, chain: int) -> np.random.Generator:
    key = np.array([seed, (STREAM << 32) | chain], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


@jit
def log_t(square: float, size: int, factor: Array) -> float:
    """Log density of the t law of a model where the standardised distance from the mode, squared, is `square`."""
    value = math.lgamma(0.5 * (FREEDOM + size)) - math.lgamma(0.5 * FREEDOM) - 0.5 * size * math.log(FREEDOM * math.pi)
    for i in range(size):
        value += math.log(factor[i, i])
    return value - 0.5 * (FREEDOM + size) * math.log(1.0 + square / FREEDOM)


@jit
def importance(joint: Joint, book: Book, normals: Array, scale: Array) -> Array:
    """``(models,)`` log of the mean of posterior over proposal."""
    cells, groups = joint.y.shape[0], joint.people.shape[0]
    slope, weight, norms = np.empty(cells), np.empty(cells), np.empty(groups)
    found, ratio = np.empty(book.size.shape[0]), np.empty(normals.shape[0])
    for k in range(book.size.shape[0]):
        size = book.size[k]
        theta, away = np.empty(size), np.empty(size)
        columns, factor = book.columns[k, :size], book.factor[k]
        for d in range(normals.shape[0]):
            back(factor, size, normals[d], away)
            square = 0.0
            for i in range(size):
                theta[i] = book.mode[k, i] + scale[d] * away[i]
                square += (scale[d] * normals[d, i]) ** 2
            value = log_density(theta, columns, book.log_det[k], book.g[k], joint, slope, weight, norms)
            ratio[d] = value + book.log_prior[k] - log_t(square, size, factor)
        top = ratio.max()
        found[k] = top + math.log(np.exp(ratio - top).mean())
    return found


@jit
def run(
    joint: Joint,
    book: Book,
    chances: Array,
    log_chance: Array,
    uniforms: Array,
    normals: Array,
    scale: Array,
    models: Index,
    told: Array,
    expected: Array,
) -> float:
    """Run one chain, fill its draws and add its expected counts up; the share of large moves accepted.

    Parameters
    ----------
    chances, log_chance
        ``(models,)`` cumulative chances with which models are proposed, and the log of each chance.
    uniforms, normals, scale
        ``(moves + 1, 3)``, ``(moves + 1, 2, most)`` and ``(moves + 1,)``: the random numbers; the first are the start.
    models, told, expected
        Filled, filled and added to.
    """
    cells, groups, most = joint.y.shape[0], joint.people.shape[0], book.mode.shape[1]
    slope, weight, norms = np.empty(cells), np.empty(cells), np.empty(groups)
    here, there, away = np.zeros(most), np.zeros(most), np.zeros(most)
    place, value, ratio = 0, 0.0, -np.inf  # the ratio is log posterior over proposal
    accepted, first = 0.0, uniforms.shape[0] - models.shape[0]
    for move in range(uniforms.shape[0]):
        if move == 0:
            k = min(int(uniforms[0, 0] * book.size.shape[0]), book.size.shape[0] - 1)
        else:
            k = min(np.searchsorted(chances, uniforms[move, 0] * chances[-1]), book.size.shape[0] - 1)
        size = book.size[k]
        back(book.factor[k], size, normals[move, 0], away)
        square = 0.0
        for i in range(size):
            there[i] = book.mode[k, i] + scale[move] * away[i]
            square += (scale[move] * normals[move, 0, i]) ** 2
        reached = book.log_prior[k] + log_density(
            there[:size], book.columns[k, :size], book.log_det[k], book.g[k], joint, slope, weight, norms
        )
        new = reached - log_chance[k] - log_t(square, size, book.factor[k])
        if move == 0 or math.log(uniforms[move, 1]) < new - ratio:
            place, value, ratio = k, reached, new
            here[:size] = there[:size]
            accepted += move >= first
        size = book.size[place]
        columns, log_det, g = book.columns[place, :size], book.log_det[place], book.g[place]
        back(book.factor[place], size, normals[move, 1], away)
        for i in range(size):
            there[i] = here[i] + STEP / math.sqrt(size) * away[i]
        reached = book.log_prior[place]
        reached += log_density(there[:size], columns, log_det, g, joint, slope, weight, norms)
        if math.log(uniforms[move, 2]) < reached - value:
            value = reached
            here[:size] = there[:size]
            square = 0.0
            for i in range(size):
                total = 0.0
                for j in range(i, size):
                    total += book.factor[place, j, i] * (here[j] - book.mode[place, j])
                square += total * total
            ratio = value - log_chance[place] - log_t(square, size, book.factor[place])
        if move >= first:
            log_density(here[:size], columns, log_det, g, joint, slope, weight, norms)
            models[move - first] = place
            for row in range(joint.told.shape[0]):
                eta = 0.0
                for i in range(size):
                    eta += joint.told[row, columns[i]] * here[i]
                told[move - first, row] = eta - norms[joint.told_group[row]]
            for c in range(cells):
                if joint.bounded[c]:
                    eta = 0.0
                    for i in range(size):
                        eta += joint.x[c, columns[i]] * here[i]
                    weight[c] = math.exp(eta)
                expected[c] += weight[c]
    share: float = accepted / models.shape[0]
    return share
