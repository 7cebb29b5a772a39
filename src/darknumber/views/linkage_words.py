"""What comparisons, levels of agreement and rules are called, and how odds and weights are told."""

from __future__ import annotations

import math

from darknumber.register.linkage.link_quality import Waterfall
from darknumber.words import number, percent, say
from darknumber.words.catalogue import has
from darknumber.words.numbers import LEAST_SHARE

TEN, BIT = math.log(10.0), math.log(2.0)
NEAR_ONE = 1.05  # times closer to one than this are told as 1
MOST_TICKS = {"chance": 4, "times": 6}  # distances between ticks of an axis, that their words do not run together
WHOLE = 10.0  # times from here have two digits, smaller ones one decimal


def comparison_name(code: str) -> str:
    """What two reports are compared on."""
    key = f"linkage.comparison.{code}"
    return say(key) if has(key) else code.replace("_", " ")


def level_name(comparison: str, code: str) -> str:
    """A way in which two reports agree or differ; that of one comparison where it has words of its own."""
    key = f"linkage.level.{comparison}.{code}"
    if has(key):
        return say(key)
    plain = f"linkage.level.{code}"
    return say(plain) if has(plain) else code.replace("_", " ")


def rule_name(code: str) -> str:
    """A rule that brings pairs of reports together."""
    key = f"linkage.rule.{code}"
    return say(key) if has(key) else code.replace("_", " ")


def times_text(weight: float) -> str:
    """How many times as likely, from a natural logarithm: ``340×``, ``1/20``, ``1``."""
    times = math.exp(min(abs(weight), 100.0))
    if times < NEAR_ONE:
        return say("linkage.times.one")
    return say("linkage.times.more" if weight > 0 else "linkage.times.less", n=rough(times))


def chance_text(odds: float) -> str:
    """Odds in words, from a natural logarithm: ``1 in 20``, ``even``, ``340 to 1``."""
    times = math.exp(min(abs(odds), 100.0))
    if times < NEAR_ONE:
        return say("linkage.chance.even")
    return say("linkage.chance.more" if odds > 0 else "linkage.chance.less", n=rough(times))


def rough(times: float) -> float:
    """A number of times with two digits; one decimal below ten."""
    if times < WHOLE:
        return round(times, 1)
    step = 10.0 ** (math.floor(math.log10(times)) - 1)
    return round(times / step) * step


def share_text(share: float) -> str:
    """A share as a percentage, with two digits where it is small: what is rare says most."""
    if not 0 < share < LEAST_SHARE:
        return percent(share)
    decimals = 1 - math.floor(math.log10(100 * share))
    return f"{number(100 * share, decimals)}%"


def odds_ticks(low: float, high: float, words: str) -> list[tuple[float, str]]:
    """Round places on an axis of natural logarithms of odds or times.

    Parameters
    ----------
    low, high
        The ends that must be on it.
    words
        ``chance`` or ``times``.
    """
    tell = chance_text if words == "chance" else times_text
    most = MOST_TICKS[words]
    first, last = math.floor(min(low, 0.0) / TEN), math.ceil(max(high, 0.0) / TEN)
    step = next(each for each in (1, 2, 3, 6, 9, 12, 24, 48) if (last - first) / each <= most)
    powers = range(step * math.floor(first / step), step * math.ceil(last / step) + 1, step)
    return [(power * TEN, tell(power * TEN)) for power in powers]


def steps_told(pair: Waterfall) -> list[tuple[str, float]]:
    """The steps of a pair in words, with what each adds to the log odds: the start first, what is rare last."""
    steps = [(say("linkage.waterfall.start"), pair.prior * BIT)]
    for comparison, code, bits in pair.steps:
        level = level_name(comparison, code) if code else say("linkage.waterfall.not_recorded")
        name = say("linkage.waterfall.item", comparison=comparison_name(comparison), level=level)
        steps.append((name, bits * BIT))
    return [*steps, (say("linkage.waterfall.rest"), pair.rarity * BIT)]


def source_name(name: str) -> str:
    """Where the reports come from."""
    return say("linkage.source", name=name or say("view.unnamed"))
