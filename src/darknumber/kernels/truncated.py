"""Laws of how often somebody is seen, and what is done to them: counts left out, and more ones than a law has.

A law is the log-probability of each count with its first and second derivatives by the linear predictors. Poisson,
geometric and negative binomial laws are made here; truncation and one-inflation take any law and give another, so that
every model of repeated sightings is a composition. The order matters: inflated and then truncated, the extra ones come
from everybody; truncated and then inflated, from those who are seen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = -np.inf  # the log-probability of a count that is left out
ALMOST = -1e-16  # the log-probability of what is certain but for rounding: something is left for the rest
HIGHEST = 6.0  # of a cloglog predictor: beyond it everybody has an extra one, and exp(exp()) overflows


class Law(NamedTuple):
    """How probable each count is, for any number of strata at once.

    Parameters
    ----------
    times
        ``(V,)`` the counts, from 0, rising; not all between need be there.
    log_p
        ``(..., V)`` log-probabilities.
    first
        ``(P, ..., V)`` derivatives by P linear predictors; zero for counts that are left out.
    second
        ``(P, P, ..., V)`` second derivatives.
    """

    times: Index
    log_p: Array
    first: Array
    second: Array

    @property
    def bare(self) -> Law:
        """The same without derivatives, for values alone."""
        return Law(self.times, self.log_p, self.first[:0], self.second[:0, :0])


class Part(NamedTuple):
    """A log-probability of some counts together, or a log-odds: ``(...)``, ``(P, ...)`` and ``(P, P, ...)``."""

    value: Array
    first: Array
    second: Array


def poisson(times: Index, log_mean: Array) -> Law:
    """Counts of events that come one by one, at the same rate for everybody in a stratum."""
    mean = np.exp(log_mean)[..., None]
    log_p = times * log_mean[..., None] - mean - gammaln(times + 1.0)
    first: Array = times.astype(np.float64) - mean
    return Law(times, log_p, first[None], np.broadcast_to(-mean, first.shape)[None, None])


def geometric(times: Index, log_mean: Array) -> Law:
    """A Poisson law whose rates differ between people as an exponential law has it."""
    mean = np.exp(log_mean)[..., None]
    share = mean / (1 + mean)
    log_p = times * log_mean[..., None] - (times + 1) * np.log1p(mean)
    first: Array = times - (times + 1) * share
    second: Array = -(times + 1) * share * (1 - share)
    return Law(times, log_p, first[None], second[None, None])


def negative_binomial(times: Index, log_mean: Array, log_spread: Array) -> Law:
    """A Poisson law whose rates differ as a gamma law has it, with variance ``mean + spread * mean**2``.

    Written with products over counts in the place of gamma functions, so that no digits are lost near a Poisson law.
    """
    mean, spread = np.exp(log_mean)[..., None], np.exp(log_spread)[..., None]
    ratio = spread * mean
    more, share = np.log1p(ratio), ratio / (1 + ratio)
    steps = np.arange(int(times[-1]))
    rising = spread * steps
    kept = rising / (1 + rising)
    sums = [
        np.concatenate([np.zeros((*each.shape[:-1], 1)), np.cumsum(each, axis=-1)], axis=-1)[..., times]
        for each in (np.log1p(rising), kept, kept * (1 - kept))
    ]
    power = times + 1 / spread
    bend = power * share * (1 - share)
    log_p = sums[0] + times * log_mean[..., None] - gammaln(times + 1.0) - power * more
    first = np.stack([times - power * share, sums[1] + more / spread - power * share])
    mixed = share / spread - bend
    second = np.stack([-bend, mixed, mixed, sums[2] - (more - 2 * share) / spread - bend])
    return Law(times, log_p, first, second.reshape(2, 2, *log_p.shape))


def together(law: Law, kept: Mask) -> Part:
    """The log-probability of the counts in a ``(V,)`` mask together."""
    log_p = law.log_p[..., kept]
    highest = np.max(log_p, axis=-1, keepdims=True)
    value = (highest + np.log(np.exp(log_p - highest).sum(axis=-1, keepdims=True)))[..., 0]
    weight = np.exp(log_p - value[..., None])
    one, two = law.first[..., kept], law.second[..., kept]
    first = np.sum(weight * one, axis=-1)
    second = np.sum(weight * (two + one[:, None] * one[None]), axis=-1) - first[:, None] * first[None]
    return Part(value, first, second)


def remaining(part: Part) -> Part:
    """The log-probability of everything else, from that of some counts together."""
    value = np.minimum(part.value, ALMOST)
    odds = np.exp(value) / -np.expm1(value)
    return Part(
        np.log(-np.expm1(value)),
        -odds * part.first,
        -odds * part.second - odds * (1 + odds) * part.first[:, None] * part.first[None],
    )


def minus(part: Part, other: Part) -> Part:
    """The log of the ratio of two probabilities."""
    return Part(part.value - other.value, part.first - other.first, part.second - other.second)


def within(times: Index, lowest: int, most: int = 0) -> Mask:
    """``(V,)`` the counts from `lowest` to `most`; 0 for no highest."""
    return (times >= lowest) & ((times <= most) | (most == 0))


def chance(law: Law, lowest: int, most: int = 0) -> Part:
    """The log-probability of a count from `lowest` to `most`; the law must have every count below, or every one within.

    Without a highest count it is one minus what is below, as the counts above have no end.
    """
    kept = within(law.times, lowest, most)
    return together(law, kept) if most else remaining(together(law, law.times < lowest))


def truncated(law: Law, lowest: int, most: int = 0) -> Law:
    """The law of those whose count is from `lowest` to `most`; 0 for no highest."""
    whole, kept = chance(law, lowest, most), within(law.times, lowest, most)
    return Law(
        law.times,
        np.where(kept, law.log_p - whole.value[..., None], NEVER),
        np.where(kept, law.first - whole.first[..., None], 0.0),
        np.where(kept, law.second - whole.second[..., None], 0.0),
    )


def one_inflated(law: Law, predictor: Array, link: str = "logit") -> Law:
    """The same law, but that some people are seen once whatever it says; their share has a predictor of its own.

    Parameters
    ----------
    predictor
        ``(...)`` of the share, which becomes the last predictor of the law.
    link
        ``logit``, or ``cloglog``: a share of ``1 - exp(-exp(predictor))``.
    """
    inside, outside = (_cloglog if link == "cloglog" else _logit)(predictor[..., None])
    shape = law.log_p.shape
    size = len(law.first)
    first, second = np.zeros((size + 1, *shape)), np.zeros((size + 1, size + 1, *shape))
    there = np.isfinite(law.log_p)
    log_p = law.log_p + outside[0]
    first[:-1], second[:-1, :-1] = law.first, law.second
    first[-1], second[-1, -1] = np.where(there, outside[1], 0.0), np.where(there, outside[2], 0.0)
    place = int(np.flatnonzero(law.times == 1)[0])
    plain, extra = log_p[..., place], inside[0][..., 0]
    whole = np.logaddexp(plain, extra)
    by_law, by_share = np.exp(plain - whole), np.exp(extra - whole)
    one, two = first[..., place], second[..., place]
    of_share, of_bend = np.zeros_like(one), np.zeros_like(two)
    of_share[-1], of_bend[-1, -1] = inside[1][..., 0], inside[2][..., 0]
    slope = by_law * one + by_share * of_share
    bend = by_law * (two + one[:, None] * one[None]) + by_share * (of_bend + of_share[:, None] * of_share[None])
    log_p[..., place], first[..., place] = whole, slope
    second[..., place] = bend - slope[:, None] * slope[None]
    return Law(law.times, log_p, first, second)


def padded(part: Part) -> Part:
    """The same where the law has got one predictor more, on which it does not depend."""
    size = len(part.first) + 1
    first, second = np.zeros((size, *part.value.shape)), np.zeros((size, size, *part.value.shape))
    first[:-1], second[:-1, :-1] = part.first, part.second
    return Part(part.value, first, second)


def _logit(predictor: Array) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    """The log of a share and of the rest, each with two derivatives."""
    share = 1 / (1 + np.exp(-predictor))
    bend = -share * (1 - share)
    return (-np.logaddexp(0, -predictor), 1 - share, bend), (-np.logaddexp(0, predictor), -share, bend)


def _cloglog(predictor: Array) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
    rate = np.exp(np.minimum(predictor, HIGHEST))
    slope = rate / np.expm1(rate)
    bend = slope * (1 + rate / np.expm1(-rate))
    return (np.log(-np.expm1(-rate)), slope, bend), (-rate, -rate, -rate)
