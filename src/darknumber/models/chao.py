"""Floors from the people on one list or two: Chao's and Zelterman's estimators, also with covariates.

With f1 and f2 the people on one list and on two, of K lists that are equally likely to have somebody, Chao's lower
bound of the people on none is ``(K - 1) / K f1^2 / (2 f2)``. Where lists differ in size that is no bound, and each has
a chance of its own; with covariates the odds of being on a list are a logistic regression of two lists against one.
Everybody on one list or two then stands for so many on none (see `darknumber.kernels.one_or_two`). Zelterman's
estimator takes the same odds for everyone on a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.heterogeneity import chao_corrected
from darknumber.kernels.histories import list_counts
from darknumber.kernels.one_or_two import covariance_of_shares, maximise_shares, maximise_shares_many
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen, shares
from darknumber.models.columns import terms_of, without_names
from darknumber.models.few_lists import Few, Lists, few_of
from darknumber.models.log_linear import COMMON_ASSUMPTIONS
from darknumber.models.options import check_options

Array = NDArray[np.float64]

_SUPPORTS = frozenset({"covariates", "inactive lists", "not recorded"})
COUNTLESS = 1 << 60  # so many lists that (t - 1) / t is one to the last digit
APART = 0.05  # lists that differ in size matter where they move the dark figure more than this share of it
STANDS_OUT = 3.0  # standard errors; of fifteen pairs without dependence none does so in 49 of 50 tables
CLEAR = 2.0  # standard errors from which people on three lists are too few for any difference between people


@dataclass(frozen=True, slots=True)
class Chao:
    """At least so many people, however they differ in how easily they come on a list.

    Parameters
    ----------
    terms
        What chances depend on beside the list: covariates in the term grammar, such as ``sex + poly(year, 2)``. Empty:
        nothing, and strata share the total out by their people on one list or two.
    lists
        ``own``: every list has a chance of its own. ``equal``: all lists have the same chance, which is no floor where
        they differ in size. ``many``: as if there were very many lists with small chances, so that the number of lists
        is a Poisson count.
    correction
        ``plus-one`` takes out the bias of small numbers: ``f1 (f1 - 1) / (2 (f2 + 1))``; without terms, and with
        ``lists=equal`` or ``many``. The verdict is that of the counts as they are.
    """

    name: ClassVar[str] = "chao"
    source: ClassVar[str] = "Chao 1987; Böhning, Vidal-Diez, Lerdsuwansri, Viwatwongkasem & Arnold 2013"
    selects: ClassVar[bool] = False
    terms: str = ""
    lists: Lists = "own"
    correction: Literal["none", "plus-one"] = "none"

    def __post_init__(self) -> None:
        check_options(self)
        if self.correction != "none" and (self.terms or self.lists == "own"):
            raise ModelError("correction_of_one_chance", terms=self.terms, lists=self.lists)

    @property
    def supports(self) -> frozenset[str]:
        """What may be in the data; the correction is a formula for lists that are kept everywhere."""
        return _SUPPORTS if self.correction == "none" else _SUPPORTS - {"inactive lists"}

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("people_differ", "no_list_deters", *_assumed(self.terms, self.lists), *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """The floor of every stratum."""
        return _fit(self, data)

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """The floors of ``(B, strata, 2**K)`` counts."""
        return _refit(self, fit.data, counts)

    def without(self, names: Sequence[str]) -> Chao:
        """The same model for a table without the covariates `names`."""
        return replace(self, terms=without_names(self.terms, names))


@dataclass(frozen=True, slots=True)
class Zelterman:
    """As many people as if everyone had the chances that people on one list or two have.

    Parameters
    ----------
    terms, lists
        As in `Chao`.
    """

    name: ClassVar[str] = "zelterman"
    source: ClassVar[str] = "Zelterman 1988; Böhning & van der Heijden 2009"
    supports: ClassVar[frozenset[str]] = _SUPPORTS
    selects: ClassVar[bool] = False
    terms: str = ""
    lists: Lists = "own"

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("few_lists_tell", "no_list_deters", *_assumed(self.terms, self.lists), *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """The estimate of every stratum."""
        return _fit(self, data)

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """The estimates of ``(B, strata, 2**K)`` counts."""
        return _refit(self, fit.data, counts)

    def without(self, names: Sequence[str]) -> Zelterman:
        """The same model for a table without the covariates `names`."""
        return replace(self, terms=without_names(self.terms, names))


def _assumed(terms: str, lists: Lists) -> tuple[str, ...]:
    alike = {"equal": ("equal_lists",), "many": ("equal_lists", "many_lists"), "own": ()}[lists]
    return (*alike, "chances_by_terms") if terms else alike


def _dark(model: Chao | Zelterman, shape: Few, counts: Array) -> tuple[Array, NDArray[np.int8]]:
    """``(B, strata)`` dark figures and verdicts of ``(B, strata, 2**K)`` counts."""
    people, few = counts.sum(axis=2), shape.few(counts)
    merged, ones = shape.together(few), few.sum(axis=2)
    theta, whole = maximise_shares_many(shape.cells, merged)
    verdict = shape.verdicts(merged, shape.together(people))[:, shape.group]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if isinstance(model, Zelterman):
            dark = people / shape.everyone(theta)[:, shape.group]
        else:
            dark = ones * np.exp(-whole[:, shape.group])
    if isinstance(model, Chao):
        if model.correction != "none":
            total, _ = _corrected(model, merged, shape.lists)
            dark = _shared_out(total, ones)
        # Where nobody is on one list or two the sum is of nothing, unless chances there may be next to nothing.
        unknown = np.isin(verdict, (verdicts.INFINITE, verdicts.NOT_IDENTIFIED))
        verdict = np.where((ones == 0) & unknown, verdicts.NOT_IDENTIFIED, verdict)
    verdict = np.where(people > 0, verdict, verdicts.ESTIMABLE).astype(np.int8)
    return figures(np.where(people > 0, dark, 0.0), verdict), verdict


def _corrected(model: Chao, merged: Array, lists: int) -> tuple[Array, Array]:
    """``(B,)`` Chao's lower bound without the bias of small numbers, and its variance."""
    return chao_corrected(merged.sum(axis=1), COUNTLESS if model.lists == "many" else lists)


def _shared_out(total: Array, ones: Array) -> Array:
    """``(B, strata)`` of ``(B,)`` totals, in proportion to the people on one list or two."""
    everyone = ones.sum(axis=1)
    each: Array = np.divide(total, everyone, out=np.zeros_like(total), where=everyone > 0)
    return ones * each[:, None]


def _refit(model: Chao | Zelterman, data: CaptureTable, counts: Array) -> Replicates:
    dark, verdict = _dark(model, few_of(data, model.terms, model.lists), counts)
    return fixed(counts.sum(axis=2), dark, verdict)


def _fit(model: Chao | Zelterman, data: CaptureTable) -> Fit:
    check_supports(model, data)
    y = data.dense()
    shape = few_of(data, model.terms, model.lists)
    dark, verdict = (each[0] for each in _dark(model, shape, y[None]))
    seen = _expected(shape, y)
    wanted = {factor.name for term in terms_of(model.terms, data) for factor in term}
    return Fit(
        model=model,
        data=data,
        unobserved=dark,
        verdict=verdict,
        probabilities=shares(seen),
        ascertainment=share_seen(y.sum(axis=1), dark),
        active=tuple(covariate.name for covariate in data.covariates if covariate.name in wanted),
        variance=np.where(verdict == verdicts.ESTIMABLE, _variance(model, shape, y, dark), np.inf),
        findings=(*dark_findings(data, verdict), *_findings(model, data, y, dark)),
    )


def _variance(model: Chao | Zelterman, shape: Few, y: Array, dark: Array) -> Array:
    """``(strata,)`` large-sample variance of each stratum's estimate for a fixed population.

    Without terms, and with one chance for all lists, that is Chao's (1987) and Böhning's (2008).
    """
    few, people = shape.few(y), y.sum(axis=1)
    merged, ones = shape.together(few[None])[0], few.sum(axis=1)
    if isinstance(model, Chao) and model.correction != "none" and len(y) == 1:
        return _corrected(model, merged[None], shape.lists)[1]
    theta, p, _ = maximise_shares(shape.cells, merged)
    spread = covariance_of_shares(shape.cells, merged.sum(axis=1), p)
    if isinstance(model, Zelterman):
        slope = shape.slope_of_everyone(theta)
        own = np.divide(dark * (people + dark), people, out=np.zeros_like(dark), where=people > 0)
    else:
        slope = np.einsum("gc,gck->gk", p, shape.cells.rows())
        own = dark + np.divide(dark**2, ones, out=np.zeros_like(dark), where=ones > 0)
    with np.errstate(invalid="ignore"):
        doubt = np.einsum("gk,km,gm->g", slope, spread, slope)[shape.group]
        found: Array = np.where(dark > 0, own + dark**2 * doubt, 0.0)
    return found


def _expected(shape: Few, y: Array) -> Array:
    """``(strata, 2**K)`` people expected with each history: on one list or two as fitted, on more as they are.

    With one chance for all lists, people on as many lists are spread evenly over the histories that can occur.
    """
    on = list_counts(np.arange(y.shape[1]))
    few = shape.few(y)
    _, p, _ = maximise_shares(shape.cells, shape.together(few[None])[0])
    fitted = few.sum(axis=1, keepdims=True) * p[shape.group]
    seen = np.where(on > 2, y, 0.0)
    if shape.cells.on.shape[1] > 1:
        return np.asarray(seen + fitted @ shape.place.T)
    for lists in range(1, int(on.max()) + 1):
        alike = shape.live & (on == lists)
        whole = fitted[:, lists - 1] if lists <= 2 else y[:, on == lists].sum(axis=1)
        seen = np.where(alike, np.divide(whole, np.maximum(alike.sum(axis=1), 1))[:, None], seen)
    return seen


def _findings(model: Chao | Zelterman, data: CaptureTable, y: Array, dark: Array) -> tuple[Finding, ...]:
    """What the number is, and where the data speak against taking it for a floor."""
    found = [Finding(code="chao_floor" if isinstance(model, Chao) else "zelterman_no_floor")]
    own = few_of(data, model.terms, "own")
    here = float(dark.sum())
    if model.lists != "own" and np.isfinite(here) and here > 0:
        other = Chao(model.terms, "own") if isinstance(model, Chao) else Zelterman(model.terms, "own")
        alone = float(_dark(other, own, y[None])[0].sum())
        if 0 < alone < np.inf and abs(here / alone - 1) > APART:
            values = {"lists": model.lists, "here": here, "own": alone}
            found.append(Finding(code="lists_differ_in_size", severity="caution", values=values))
    if _too_few_on_three(data, y):
        found.append(Finding(code="floor_may_not_hold", severity="caution"))
    pairs = _sharing_few(data, own, y)
    if pairs:
        found.append(Finding(code="pairs_share_few", severity="caution", values={"n": len(pairs), "pairs": pairs}))
    return tuple(found)


def _sharing_few(data: CaptureTable, own: Few, y: Array) -> tuple[str, ...]:
    """The pairs of lists with clearly fewer people on both than their sizes and the other pairs have it.

    Differences between people leave the people on two lists to share out over pairs as the products of the lists' odds.
    Which pairs stand out against the others can be seen; whether these avoid each other or the others attract cannot.
    """
    few = own.few(y)
    _, p, _ = maximise_shares(own.cells, own.together(few[None])[0])
    expected = (few.sum(axis=1, keepdims=True) * p[own.group]).sum(axis=0)
    short = expected - few.sum(axis=0) > STANDS_OUT * np.sqrt(expected)
    pairs = np.flatnonzero(short & (own.cells.size > 1))
    return tuple("-".join(data.lists[j] for j in np.flatnonzero(own.cells.on[pair])) for pair in pairs)


def _too_few_on_three(data: CaptureTable, y: Array) -> bool:
    """Whether people on three lists are fewer than any difference between people leaves.

    With odds ``a_j u`` the people on k lists are ``e_k E[u^k]``, and ``E[u] E[u^3]`` is not below ``E[u^2]^2``. The
    people on one list alone are in proportion to ``a_j``.
    """
    if len(data.lists) < 3 or not data.operating.all():
        return False
    on = list_counts(np.arange(y.shape[1]))
    whole = y.sum(axis=0)
    people = np.array([whole[on == lists].sum() for lists in (1, 2, 3)])
    alone = whole[[1 << j for j in range(len(data.lists))]]
    sums = np.poly(-alone)[1:4]  # the sums of products of one, two and three of them
    if not (people[:2] > 0).all() or not (sums > 0).all():
        return False
    expected = people[1] ** 2 / people[0] * sums[0] * sums[2] / sums[1] ** 2
    spread = expected * (1 + expected * (4 / people[1] + 1 / people[0]))
    return bool(expected - people[2] > CLEAR * np.sqrt(spread))
