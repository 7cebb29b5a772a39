"""Have the chains of a sampler forgotten where they started, and how many independent draws are they worth?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def split_r_hat(draws: Array) -> float:
    """How much wider all chains together are than each half chain: 1 where they agree (Gelman et al. 2013, 11.4).

    Parameters
    ----------
    draws
        ``(chains, draws)``, four draws at least.
    """
    halves = _halves(draws)
    length = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean()
    if within == 0.0:
        return 1.0 if np.ptp(halves) == 0.0 else float("inf")
    between = halves.mean(axis=1).var(ddof=1)
    return float(np.sqrt((length - 1) / length + between / within))


def effective_size(draws: Array) -> float:
    """How many independent draws would give a mean as sharp as these, at most as many as there are.

    Autocorrelations over all half chains are added in pairs for as long as the pairs are positive and fall (Geyer 1992;
    Gelman et al. 2013, 11.5). Draws that repel each other could be worth more than their number; that is not claimed.

    Parameters
    ----------
    draws
        ``(chains, draws)``, four draws at least.
    """
    halves = _halves(draws)
    chains, length = halves.shape
    within = halves.var(axis=1, ddof=1).mean()
    if within == 0.0:
        return float(halves.size)
    spread = within * (length - 1) / length + halves.mean(axis=1).var(ddof=1)
    correlation = 1 - (within - _autocovariance(halves).mean(axis=0)) / spread
    correlation[0] = 1.0
    pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    positive = pairs[: np.argmax(pairs <= 0)] if (pairs <= 0).any() else pairs
    time = 2 * float(np.minimum.accumulate(positive).sum()) - 1
    return float(chains * length / max(time, 1.0))


def _halves(draws: Array) -> Array:
    """``(2 * chains, draws // 2)``: the first and the second half of every chain."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _autocovariance(chains: Array) -> Array:
    """``(chains, lags)`` with the divisor of the variance, by the fast Fourier transform."""
    length = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    waves = np.fft.rfft(centred, 2 * length, axis=1)
    lags: Array = np.fft.irfft(waves * np.conj(waves), 2 * length, axis=1)[:, :length] / (length - 1)
    return lags
