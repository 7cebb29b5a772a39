"""One list on which people are seen repeatedly: how many were never seen, from how often the others were.

Those seen are a sample truncated at zero. A law of the number of sightings, whose mean depends on covariates, is fitted
to them, and everybody who was seen stands for ``1 / P(seen)`` people (Horvitz & Thompson; van der Heijden and others
2003). Laws and what is done to them are composed in `darknumber.kernels.truncated`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.frequencies import Frequencies
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.sightings import Recipe
from darknumber.models.base import Fit, Replicates, dark_findings, share_seen, shares
from darknumber.models.columns import without_names
from darknumber.models.options import check_options
from darknumber.models.sighting_rates import NONE, Setup, Solved, covariance, design_of, make_setup, slopes, solve
from darknumber.models.sighting_signs import expected_seen, signs

Array = NDArray[np.float64]

FEWEST = 3  # of the numbers of sightings that are looked at: below it laws cannot be told apart


@dataclass(frozen=True, slots=True)
class Sightings:
    """People are seen any number of times, by a law whose mean depends on covariates.

    Parameters
    ----------
    law
        ``poisson``; ``geometric``; or ``negative-binomial``, whose spread is the same for everybody.
    ones
        People seen once. ``plain``: the law holds for them too. ``inflated``: some who are seen are seen once whatever
        the law says, such as people who leave after the first time. ``inflated-all``: the same of everybody, so that
        these people could not have been missed. ``left-out``: people seen once say nothing of the others.
    terms
        Of the log mean: covariates, such as ``sex + poly(age, 2)``; empty for each by itself, ``1`` for none.
    ones_terms
        The same for the share of extra ones.
    link
        Of that share.
    most
        People seen more often than this say nothing of how often others are seen; 0 for no such limit. With a Poisson
        law and 2, only once and twice are compared.
    whole
        With `most`: everybody seen stands for ``1 / P(seen)`` people (Zelterman). Otherwise the dark figure comes from
        those within the limit (Chao), and is a lower bound where people differ.
    """

    name: ClassVar[str] = "sightings"
    source: ClassVar[str] = (
        "van der Heijden, Bustami, Cruyff, Engbersen & van Houwelingen 2003; Godwin & Bohning 2017; "
        "Chlebicki & Beresewicz 2025"
    )
    supports: ClassVar[frozenset[str]] = frozenset({"covariates", "not recorded"})
    selects: ClassVar[bool] = False
    law: Literal["poisson", "geometric", "negative-binomial"] = "poisson"
    ones: Literal["plain", "inflated", "inflated-all", "left-out"] = "plain"
    terms: str = ""
    ones_terms: str = NONE
    link: Literal["logit", "cloglog"] = "logit"
    most: int = 0
    whole: bool = False

    def __post_init__(self) -> None:
        check_options(self)
        if self.most and (self.most < 2 or self.ones != "plain"):
            raise ModelError("most_not_with_ones", most=self.most, ones=self.ones)
        if self.whole and not self.most:
            raise ModelError("whole_needs_most")
        if self.ones_terms.strip() != NONE and not self.recipe.inflates:
            raise ModelError("ones_terms_not_used", ones=self.ones)

    @property
    def recipe(self) -> Recipe:
        """What the kernels put together."""
        return Recipe(self.law, self.ones, self.link, self.most, self.whole)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        law = {"poisson": "seen_poisson", "geometric": "seen_geometric"}.get(self.law, "seen_negative_binomial")
        ones = {
            "inflated": ("extra_ones_of_seen",),
            "inflated-all": ("extra_ones_of_all",),
            "left-out": ("ones_say_nothing",),
        }.get(self.ones, ())
        limit = (("seldom_seen_tell" if self.whole else "seen_floor"),) if self.most else ()
        return (law, *ones, *limit, "same_chance_given", "everyone_can", "closed", "no_linkage_errors")

    def without(self, names: Sequence[str]) -> Sightings:
        """The same model for data without the covariates `names`."""
        from_terms, from_ones = (without_names(text, names) for text in (self.terms, self.ones_terms))
        kept = from_terms or (NONE if self.terms else "")
        return Sightings(self.law, self.ones, kept, from_ones or NONE, self.link, self.most, self.whole)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Refuse a table of several lists: it does not hold how often people are on one.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("sightings_needed", model=self.name)

    def refit(self, fit: Fit, counts: Array) -> Replicates:  # noqa: ARG002 - the contract of every model
        """The same, as there is nothing it could be fitted to again.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("sightings_needed", model=self.name)

    def fit_frequencies(self, data: Frequencies) -> Seen:
        """Fit to how often people are seen, by maximum likelihood.

        Raises
        ------
        ModelError
            Terms with names that are no covariates.
        """
        table = data.table()
        rate, terms, active = design_of(table, self.terms)
        designs = [rate]
        if self.law == "negative-binomial":
            designs.append(np.ones((table.strata, 1)))
        if self.recipe.inflates:
            of_ones, more, acting = design_of(table, self.ones_terms)
            designs.append(of_ones)
            terms = " | ".join((terms or NONE, more)) if more else terms
            active = tuple(dict.fromkeys((*active, *acting)))
        setup = make_setup(self.recipe, times_of(data, self.recipe), tuple(designs))
        counts = data.dense(setup.times)
        found = solve(setup, counts[None])
        unobserved, verdict = found.unobserved[0], found.verdict[0]
        observed = data.observed.astype(float)
        spread = variances(setup, found, observed)
        known = np.isin(verdict, (verdicts.ESTIMABLE, verdicts.ZERO))
        times, expected = expected_seen(setup, found, counts)
        fit = SightingsFit(
            model=self,
            law=self,
            data=table,
            frequencies=data,
            times=times,
            expected=expected,
            terms=terms,
            unobserved=unobserved,
            verdict=verdict,
            probabilities=shares(np.stack([np.zeros_like(observed), observed], axis=1)),
            ascertainment=share_seen(observed, unobserved),
            active=active,
            log_likelihood=float(found.maximum.value[0]),
            parameters=sum(design.shape[1] for design in setup.designs),
            variance=np.where(known, np.diag(spread), np.inf),
            findings=(*dark_findings(table, verdict), *signs(setup, found, counts)),
        )
        return Seen(fit=fit, setup=setup, solved=found, counts=counts, spread=spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingsFit(Fit):
    """A fit to repeated sightings, which keeps how often people were seen.

    Parameters
    ----------
    law
        How people are seen: the model itself, or what it chose.
    frequencies
        The data. `data` are the same people, as a table of one list.
    times
        ``(T,)`` 1, 2, and so on, up to a number that stands for itself and for all that are higher.
    expected
        ``(T,)`` people the law has for each, among as many as were seen. Empty where the dark figure is not finite, or
        the model has no law for everybody.
    """

    law: Sightings
    frequencies: Frequencies
    times: NDArray[np.int64]
    expected: Array

    @property
    def seen(self) -> Array:
        """``(T,)`` people who were seen so often."""
        return self.frequencies.up_to(len(self.times))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A fit to repeated sightings, with what its interval needs.

    Parameters
    ----------
    fit
        The fit; its data are the people seen, as a table of one list.
    setup, solved
        The columns, and the coefficients at the maximum.
    counts
        ``(strata, V)`` people by stratum and number of sightings.
    spread
        ``(strata, strata)`` large-sample variances and covariances of the population sizes.
    setups, laws
        Of every law that was looked at, where the data chose one.
    """

    fit: SightingsFit
    setup: Setup
    solved: Solved
    counts: Array
    spread: Array
    setups: tuple[Setup, ...] = ()
    laws: tuple[Sightings, ...] = ()


def times_of(data: Frequencies, recipe: Recipe, *, highest: int = 0) -> NDArray[np.int64]:
    """``(V,)`` the numbers of sightings that are looked at: those that occur, and the lowest, which laws are cut at."""
    lowest = np.arange(max(FEWEST, recipe.most) + 1)
    return np.unique(np.concatenate([lowest, data.times, np.arange(highest + 1)])).astype(np.int64)


def variances(setup: Setup, found: Solved, observed: Array) -> Array:
    """``(strata, strata)`` of the population sizes: of the coefficients (delta method), and of who happens to be seen.

    Everybody who is multiplied has a weight w, and everybody else who is seen has weight one. The second part is the
    variance of such a weight, ``P(other) + P(multiplied) w**2 - 1``, for everybody there is.
    """
    dark = np.where(np.isfinite(found.unobserved[0]), found.unobserved[0], 0.0)
    lean = dark[:, None] * slopes(setup, found.odds)[0][setup.row]
    spread: Array = lean @ covariance(found.maximum)[0] @ lean.T
    everyone = observed + dark
    used = found.used[0]
    weight = 1 + np.divide(dark, used, out=np.zeros_like(dark), where=used > 0)
    share = np.divide(used, everyone, out=np.zeros_like(dark), where=everyone > 0)
    other = np.divide(observed - used, everyone, out=np.zeros_like(dark), where=everyone > 0)
    spread[np.diag_indices(len(dark))] += everyone * np.maximum(other + share * weight**2 - 1, 0.0)
    return spread
