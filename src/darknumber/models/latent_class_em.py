"""A given number of latent classes, by maximum likelihood from many starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.histories import membership
from darknumber.kernels.latent_chain import own_order
from darknumber.kernels.latent_em import (
    EDGE,
    EMPTY,
    ENDLESS,
    ClassFit,
    class_shares,
    determined,
    fit_classes,
    in_general,
)
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, deviance, log_likelihood
from darknumber.models.options import check_options

Array = NDArray[np.float64]

AGREE = 1.01  # dark figures of equally likely maxima that are further apart than this factor are not one answer
REFIT_STARTS = 4  # of a replicate, beside the maximum of the data, which is nearly always the nearest
NOBODY = 1e-9  # unseen people for each one seen: none


@dataclass(frozen=True, slots=True)
class LatentClassEM:
    """People are of so many kinds that differ in how they come on lists; within a kind lists are independent.

    The maximum of the likelihood, from many starts, as there can be several tops. The lists of a table can tell apart
    only so few kinds; with more the dark figure is not identified, and that is the answer.

    Parameters
    ----------
    classes
        How many kinds; 1 is independent lists.
    starts
        From how many points the search begins. They are the same for every seed.
    """

    name: ClassVar[str] = "latent-class-em"
    source: ClassVar[str] = "Stanghellini & van der Heijden 2004"
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})  # no covariates: one table
    selects: ClassVar[bool] = False
    classes: int = 2
    starts: int = 50

    def __post_init__(self) -> None:
        check_options(self)
        for option, value in (("classes", self.classes), ("starts", self.starts)):
            if value < 1:
                raise ModelError("option_too_small", option=option, value=value, least=1)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        return ("latent_classes_given" if self.classes > 1 else "independent_lists", *COMMON_ASSUMPTIONS)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """The best of all starts, for one table."""
        check_supports(self, data)
        if data.strata != 1:
            raise ModelError("unsupported_covariates", model=self.name)
        y = data.dense()
        found = _search(self, y[0])
        verdict = np.array([found.verdict], dtype=np.int8)
        dark = figures(np.array([found.odds * y.sum()]), verdict)
        expected = found.shares[None] * y.sum()
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=found.shares[None],
            ascertainment=share_seen(y.sum(axis=1), dark),
            log_likelihood=log_likelihood(y, expected),
            parameters=self.classes * (len(data.lists) + 1),
            deviance=deviance(y, expected),
            findings=(*dark_findings(data, verdict), *_findings(self, found, len(data.lists))),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """The same for ``(B, 1, 2**K)`` counts, each from the maximum of the data and a few of the starts."""
        observed = counts.sum(axis=2)
        if not in_general(self.classes, len(fit.data.lists)):  # no table could tell, so none is looked at
            never = np.where(observed > 0, verdicts.NOT_IDENTIFIED, verdicts.ESTIMABLE).astype(np.int8)
            return fixed(observed, figures(np.zeros_like(observed), never), never)
        near = _search(self, fit.data.dense()[0]).best
        few = replace(self, starts=min(self.starts, REFIT_STARTS))
        order = own_order(fit.data.dense()[0])
        found = [_search(few, y[0], order, near) for y in counts]
        verdict = np.array([[each.verdict] for each in found], dtype=np.int8)
        return fixed(observed, figures(np.array([[each.odds] for each in found]) * observed, verdict), verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one table gave.

    Parameters
    ----------
    odds
        Unseen people for each one seen.
    verdict
        Of the dark figure.
    shares
        ``(2**K,)`` share of each observable history.
    best
        The maximum; None where nobody is on a list.
    general
        Whether so many lists can tell so many classes apart at all.
    """

    odds: float
    verdict: int
    shares: Array
    best: ClassFit | None = None
    general: bool = True


def _search(
    model: LatentClassEM, y: Array, order: NDArray[np.int64] | None = None, near: ClassFit | None = None
) -> _Found:
    """The maximum for one table, with its lists in an order of their own, so that every order gives the same."""
    if y[1:].sum() == 0:
        return _Found(odds=0.0, verdict=verdicts.ESTIMABLE, shares=np.zeros(len(y)))
    lists = len(y).bit_length() - 1
    cells = membership(np.arange(1 << lists), lists).astype(np.int64) @ (
        1 << (own_order(y) if order is None else order)
    )
    turned = y[cells]
    live = 1 + np.flatnonzero(turned[1:] > 0)
    general = in_general(model.classes, lists)
    starts = model.starts if general else 1  # what nothing can tell need not be looked for long
    best = fit_classes(turned[live], live, lists, model.classes, starts, near)
    shares = np.empty(len(y))
    shares[cells] = class_shares(best.weight, best.chance)
    return _Found(odds=best.odds, verdict=_verdict(best, general=general), shares=shares, best=best, general=general)


def _verdict(best: ClassFit, *, general: bool) -> int:
    if not general:
        return verdicts.NOT_IDENTIFIED
    if best.odds > ENDLESS:
        return verdicts.INFINITE
    if best.odds < NOBODY:
        return verdicts.ZERO
    low, high = best.span
    same = high <= AGREE * low and determined(best.weight, best.chance)
    return verdicts.ESTIMABLE if same else verdicts.NOT_IDENTIFIED


def _findings(model: LatentClassEM, found: _Found, lists: int) -> list[Finding]:
    """What the reader must know beside the verdict."""
    best = found.best
    if best is None:
        return []
    said = []
    if not found.general:
        values = {"n": lists, "classes": model.classes}
        said.append(Finding(code="latent_em_too_many", severity="stop", values=values))
    elif 2 * model.classes > lists and model.classes > 1:
        values = {"n": lists, "classes": model.classes}
        said.append(Finding(code="latent_em_lists_alike", severity="caution", values=values))
    if found.general and best.reached == 1 < model.starts:
        said.append(Finding(code="latent_em_alone", severity="caution", values={"n": model.starts}))
    there = best.weight > EMPTY
    if (there.sum() < model.classes or not _inside(best.chance[there])) and model.classes > 1:
        said.append(Finding(code="latent_em_edge"))
    return said


def _inside(chance: Array) -> bool:
    """Whether no chance is at 0 or 1."""
    return bool(((chance > EDGE) & (chance < 1 - EDGE)).all())
