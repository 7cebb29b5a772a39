"""One list on which people are seen repeatedly: how else they may be seen, and what that would make of the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from darknumber.findings import Finding
from darknumber.inference.intervals import LogNormal
from darknumber.inference.publish import alone
from darknumber.inference.sightings import sightings_answer
from darknumber.models.sighting_rates import NONE
from darknumber.models.sightings import Sightings, SightingsFit
from darknumber.models.text import format_thing

LAWS: tuple[Literal["poisson", "geometric", "negative-binomial"], ...] = ("poisson", "geometric", "negative-binomial")
ONES: tuple[Literal["plain", "inflated", "inflated-all"], ...] = ("plain", "inflated", "inflated-all")
NEAR = 6.0  # points of AIC within which laws fit about as well; the distance to which sets of models are told
FAR = 10.0  # points of AIC from which a law has nothing for it, beside the best (Burnham & Anderson 2002)
APART = 1.25  # laws that fit about as well and differ by more than this factor are a matter of choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What one law says.

    Parameters
    ----------
    model
        The law, and how people seen once are taken.
    estimate, lower, upper
        Of everyone, with log-normal limits; ``inf`` or ``nan`` where the verdict says so.
    verdict
        A code of `darknumber.kernels.verdicts`.
    distance
        How many points its AIC is above the lowest; ``nan`` for one that is fitted to some of the counts only.
    """

    model: Sightings
    estimate: float
    lower: float
    upper: float
    verdict: int
    distance: float

    @property
    def floor(self) -> bool:
        """Whether it only says that there are at least so many."""
        return self.model.most > 0 and not self.model.whole

    @property
    def near(self) -> bool:
        """Whether it fits about as well as the best."""
        return self.distance <= NEAR


def other_laws(fit: SightingsFit, level: float) -> tuple[Law, ...]:
    """The law of the answer, then every other law of how often people are seen, and Chao's and Zelterman's.

    The mean depends on the same covariates. The data choose between laws by AIC, but never between extra ones of
    everybody and of those who were seen: these fit alike, and their estimates differ.

    Parameters
    ----------
    fit
        What the answer is from.
    level
        Of the limits.
    """
    own = fit.law
    said = [_law(model, fit, level) for model in (own, *_others(own))]
    lowest = min((law.distance for law in said if not math.isnan(law.distance)), default=math.nan)
    return tuple(replace(law, distance=law.distance - lowest) for law in said)


def law_findings(found: Sequence[Law]) -> list[Finding]:
    """That another law fits better, or others about as well, with other answers.

    Parameters
    ----------
    found
        From `other_laws`.
    """
    told = []
    own = found[0]
    # of laws that fit alike but for rounding the first
    best = min(found, key=lambda law: math.inf if math.isnan(law.distance) else round(law.distance, 6))
    if own.distance > NEAR:
        values: dict[str, object] = {"model": format_thing(best.model), "law": best.model.law, "ones": best.model.ones}
        values |= {"points": own.distance, "estimate": alone(best.estimate)}
        code = "law_fits_better" if math.isfinite(best.estimate) else "law_fits_better_unknown"
        wrong = own.distance > FAR and not 1 / APART < best.estimate / own.estimate < APART
        told.append(Finding(code=code, severity="stop" if wrong else "caution", values=values))
    near = [law for law in found if law.near]  # a floor has no distance
    finite = [law.estimate for law in near if math.isfinite(law.estimate)]
    if len(finite) < len(near):
        told.append(Finding(code="laws_open", severity="caution", values={"n": len(near) - len(finite)}))
    if finite and max(finite) > APART * min(finite):
        values = {"n": len(finite), "low": alone(min(finite)), "high": alone(max(finite)), "points": NEAR}
        told.append(Finding(code="laws_differ", severity="caution", values=values))
    return told


def _others(own: Sightings) -> list[Sightings]:
    """Every other law, with the terms of the answer; once and twice alone, as a floor and as an estimate."""
    found = []
    for law in LAWS:
        for ones in ONES:
            of_ones = NONE if ones == "plain" else own.ones_terms
            found.append(replace(own, law=law, ones=ones, ones_terms=of_ones, most=0, whole=False))
    bare = replace(own, law="poisson", ones="plain", ones_terms=NONE)
    found += [replace(bare, most=2, whole=False), replace(bare, most=2, whole=True)]
    return [model for model in found if model != own]


def _law(model: Sightings, fit: SightingsFit, level: float) -> Law:
    """What a law says; its distance is its AIC, or ``nan`` where that is of some of the counts only."""
    answer = sightings_answer(fit.frequencies, model, LogNormal(), by=(), level=level)
    other = answer.fits[0]
    estimate, (lower, upper) = float(answer.estimate[0]), answer.limits[0].tolist()
    some = model.most > 0 or model.ones == "left-out"
    assert other.log_likelihood is not None  # a fit by maximum likelihood has one
    assert other.parameters is not None
    known = math.isfinite(estimate)
    return Law(
        model=model,
        estimate=estimate,
        lower=lower if known else math.nan,
        upper=upper if known else math.nan,
        verdict=int(answer.verdict[0]),
        distance=math.nan if some else 2.0 * (other.parameters - other.log_likelihood),
    )
