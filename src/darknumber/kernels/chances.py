"""Random numbers inside compiled loops that cannot know beforehand how many they need.

The source is a counter: number i is a hash of ``key + i * step`` (SplitMix64: Steele, Lea & Flood 2014), so a stream
depends on its key only. The counter is handed from call to call and not kept in an array, which makes a call several
times quicker. The key comes from the seed by way of Philox. What has a mean above `INVERTED` is drawn by
transformed rejection (Hoermann 1993), what has less by adding up probabilities.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from darknumber.kernels.jit import jit, part

INVERTED = 10.0  # means above this are drawn by rejection, for which the method is made; below it, adding up is quicker
LEAST, MOST = 1e-100, 1.0 - 1e-15  # of a chance that is drawn: neither impossible nor certain, so that logs exist
State = np.uint64  # a counter: every function takes it, and gives it back moved on
WHOLE = 1e15  # a Poisson number with a larger mean is its mean: whole numbers are no longer told apart there
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_HIGH = np.uint64(11)  # the upper 53 bits make a number; the lower ones are free for other choices
_UNIT = 1.0 / 9007199254740992.0  # 2**-53
LAYERS = 256
_LAYER = np.uint64(LAYERS - 1)
_TAIL, _AREA = 3.6541528853610088, 0.00492867323399  # where the tail begins, and the area of each layer


def _ziggurat() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(LAYERS + 1,)`` right edges of layers of equal area under the normal curve, and its height there."""
    edges = np.zeros(LAYERS + 1)
    edges[0], edges[1] = _AREA / math.exp(-0.5 * _TAIL**2), _TAIL
    for layer in range(1, LAYERS - 1):
        edges[layer + 1] = math.sqrt(-2.0 * math.log(_AREA / edges[layer] + math.exp(-0.5 * edges[layer] ** 2)))
    return edges, np.exp(-0.5 * edges**2)


_EDGES, _HEIGHTS = _ziggurat()
_INNER = _EDGES[1:] / _EDGES[:-1]  # the share of a layer that lies under the curve whatever the height

KEPT = 1024  # logs of factorials that are looked up
_LOG_FACTORIALS = np.array([math.lgamma(k + 1.0) for k in range(KEPT)])
_HALF_LOG = 0.5 * math.log(2.0 * math.pi)


def first_state(seed: int, use: int, number: int) -> NDArray[np.uint64]:
    """``(1,)`` where the stream of a seed begins, for one use of it and a number such as that of a chain."""
    key = np.array([seed, (use << 32) | number], dtype=np.uint64)
    start: NDArray[np.uint64] = np.random.Philox(key=key).random_raw(1)
    return start


@part
def uniform(state: State) -> tuple[float, State]:
    """From 0 up to, and without, 1."""
    z, state = _raw(state)
    return (z >> _HIGH) * _UNIT, state


@part
def _raw(state: State) -> tuple[State, State]:
    state = state + _STEP
    z = (state ^ (state >> _SHIFTS[0])) * _FIRST
    z = (z ^ (z >> _SHIFTS[1])) * _SECOND
    return z ^ (z >> _SHIFTS[2]), state


@part
def normal(state: State) -> tuple[float, State]:
    """Standard normal, by the ziggurat (Marsaglia & Tsang 2000; Doornik 2005)."""
    while True:
        z, state = _raw(state)
        layer = np.int64(z & _LAYER)
        u = 2.0 * ((z >> _HIGH) * _UNIT) - 1.0
        if abs(u) < _INNER[layer]:
            return u * _EDGES[layer], state
        if layer == 0:
            while True:
                one, state = uniform(state)
                other, state = uniform(state)
                far = -math.log(1.0 - one) / _TAIL
                if -2.0 * math.log(1.0 - other) > far * far:
                    return (_TAIL + far if u > 0.0 else -_TAIL - far), state
        x = u * _EDGES[layer]
        low, high = _HEIGHTS[layer], _HEIGHTS[layer + 1]
        height, state = uniform(state)
        if low + height * (high - low) < math.exp(-0.5 * x * x):
            return x, state


@jit
def gamma(state: State, shape: float) -> tuple[float, State]:
    """Gamma with rate 1 (Marsaglia & Tsang 2000)."""
    times = 1.0
    if shape < 1.0:
        u, state = uniform(state)
        times = (1.0 - u) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x, state = normal(state)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u, state = uniform(state)
        u = 1.0 - u
        square = x * x
        if u < 1.0 - 0.0331 * square * square or math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return times * d * v, state


@jit
def beta(state: State, one: float, other: float) -> tuple[float, State]:
    """A chance between 0 and 1, neither of them reached."""
    if one == 1.0:
        value, state = uniform(state)
        if other != 1.0:
            value = -math.expm1(math.log(1.0 - value) / other)
    else:
        a, state = gamma(state, one)
        b, state = gamma(state, other)
        value = a / (a + b) if a + b > 0.0 else 0.5
    return min(max(value, LEAST), MOST), state


@jit
def binomial(state: State, n: int, p: float) -> tuple[int, State]:
    """How many of n, each with chance p; rounding may have put p a little outside 0 to 1."""
    if p >= 1.0 or n == 0:
        return n, state
    if p <= 0.0:
        return 0, state
    low = min(p, 1.0 - p)
    if n * low > INVERTED:
        found, state = _binomial_rejection(state, n, low)
    else:
        found, state = _binomial_inversion(state, n, low)
    return (found if p <= 0.5 else n - found), state


@part
def _binomial_inversion(state: State, n: int, p: float) -> tuple[int, State]:
    u, state = uniform(state)
    if u <= 1.0 - n * p:  # none at all has at least this probability
        return 0, state
    share = math.exp(n * math.log1p(-p))
    odds = p / (1.0 - p)
    x = 0
    while u > share and x < n:
        u -= share
        x += 1
        share *= odds * (n - x + 1) / x
    return x, state


@part
def _log_factorial(k: int) -> float:
    """Log of k!, by Stirling's series where it is not kept; its next term is below 1e-18 there."""
    if k < KEPT:
        kept: float = _LOG_FACTORIALS[k]
        return kept
    return (k + 0.5) * math.log(k) - k + _HALF_LOG + (1.0 - 1.0 / (30.0 * k * k)) / (12.0 * k)


@part
def _binomial_rejection(state: State, n: int, p: float) -> tuple[int, State]:
    """Hoermann's BTRS, for p up to a half."""
    spread = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    middle = n * p + 0.5
    sure = 0.92 - 4.2 / b
    while True:
        u, state = uniform(state)
        v, state = uniform(state)
        u, v = u - 0.5, 1.0 - v
        edge = 0.5 - abs(u)
        if edge == 0.0:
            continue
        k = math.floor((2.0 * a / edge + b) * u + middle)
        if edge >= 0.07 and v <= sure:
            return k, state
        if k < 0 or k > n:
            continue
        top = math.floor((n + 1) * p)
        bound = math.log(v * (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b))
        level = _log_factorial(top) + _log_factorial(n - top) - _log_factorial(k) - _log_factorial(n - k)
        if bound <= level + (k - top) * math.log(p / (1.0 - p)):
            return k, state


@jit
def poisson(state: State, mean: float) -> tuple[int, State]:
    """A Poisson number."""
    if mean > WHOLE:
        return int(WHOLE), state
    if mean > INVERTED:
        return _poisson_rejection(state, mean)
    u, state = uniform(state)
    x = 0
    if u <= 1.0 - mean:
        return x, state
    share = math.exp(-mean)
    while u > share and share > 0.0:
        u -= share
        x += 1
        share *= mean / x
    return x, state


@jit
def _poisson_rejection(state: State, mean: float) -> tuple[int, State]:
    """Hoermann's PTRS."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    sure = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, state = uniform(state)
        v, state = uniform(state)
        u, v = u - 0.5, 1.0 - v
        edge = 0.5 - abs(u)
        if edge == 0.0:
            continue
        k = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= sure:
            return k, state
        if k < 0 or (edge < 0.013 and v > edge):
            continue
        bound = math.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (edge * edge) + b))
        if bound <= -mean + k * math.log(mean) - _log_factorial(k):
            return k, state
