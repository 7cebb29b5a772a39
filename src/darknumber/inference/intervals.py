"""How the doubt is measured: small frozen settings; the work is done in `darknumber.inference`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from darknumber.models.options import check_options


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Refit the model, its selection included, on tables drawn from the data.

    Parameters
    ----------
    replicates
        How many tables; 1,000 for publication.
    law
        ``observed`` draws each stratum's registered number as binomial and its histories from the observed ones;
        ``parametric`` draws everyone, the unseen included, from the fitted model, and is only for a model fixed in
        advance. ``auto`` is ``observed``.
    limits
        ``percentile``; ``bca`` (bias-corrected accelerated, to reproduce the literature); or ``calibrated``:
        percentile limits at the nominal level that covers as often as asked for in every model that the data can hardly
        tell apart (see `darknumber.inference.calibrate`).
    populations
        For calibrated limits: how many populations are drawn from each of those models.
    """

    name: ClassVar[str] = "bootstrap"
    source: ClassVar[str] = "Buckland & Garthwaite 1991; Chan, Silverman & Vincent 2021"
    replicates: int = 1000
    law: Literal["observed", "parametric"] = "observed"
    limits: Literal["percentile", "bca", "calibrated"] = "percentile"
    populations: int = 100

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All population sizes whose likelihood is close enough to the best; for one table and a model fixed in advance."""

    name: ClassVar[str] = "profile"
    source: ClassVar[str] = "Cormack 1992"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal:
    """A large-sample interval that treats the dark figure as log-normal; quick, for a model fixed in advance."""

    name: ClassVar[str] = "lognormal"
    source: ClassVar[str] = "Chao 1987"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Limits of the posterior draws that come with the fit of a Bayesian model: a credible interval."""

    name: ClassVar[str] = "posterior"
    source: ClassVar[str] = "Gelman, Carlin, Stern, Dunson, Vehtari & Rubin 2013, section 2.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Draws from the laws of all models of a family, each by its weight on the data; for `Average` and `Best`.

    Each replicate is drawn from one model and refitted with its terms, so it is much quicker than `Bootstrap`, which
    weighs all models anew in every replicate.

    Parameters
    ----------
    replicates
        How many tables over all models together.
    """

    name: ClassVar[str] = "mixture"
    source: ClassVar[str] = "Buckland, Burnham & Augustin 1997"
    replicates: int = 1000

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Draws from the large-sample law of an estimator whose influence function is known, of people one by one.

    Parameters
    ----------
    draws
        How many.
    scale
        ``log`` makes the dark figure log-normal, which keeps it above zero and fits small numbers better; ``plain``
        makes it normal, as drpop does.
    """

    name: ClassVar[str] = "influence"
    source: ClassVar[str] = "Das, Kennedy & Jewell 2023"
    draws: int = 4000
    scale: Literal["log", "plain"] = "log"

    def __post_init__(self) -> None:
        check_options(self)


Interval = Bootstrap | Profile | LogNormal | Posterior | Mixture
_ALL: tuple[Interval, ...] = (Bootstrap(), Mixture(), Posterior(), Profile(), LogNormal())
INTERVALS: dict[str, Interval] = {how.name: how for how in _ALL}
# What models answer with that are fitted to people one by one; no table of counts has an influence function of people.
OfPeople = Influence | Bootstrap
_OF_PEOPLE: tuple[OfPeople, ...] = (Influence(), Bootstrap())
OF_PEOPLE: dict[str, OfPeople] = {how.name: how for how in _OF_PEOPLE}
