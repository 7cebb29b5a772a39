"""Doubly robust estimation: lists depend on each other through what is known of people, numbers such as age included.

Fitted to people one by one (`darknumber.data.individuals`), who is on which lists is learned from their covariates, by
learners that were not shown the person they are about, and a correction by the influence function makes errors of the
learner count only as products. Fitted to a table of counts, the covariates are its levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.individuals import Individuals
from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding, Severity
from darknumber.kernels import verdicts
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen
from darknumber.models.learners import Learner
from darknumber.models.one_step import MOST_DEGREE, OWN, Found, Setup, of_counts, of_people, setup_of
from darknumber.models.options import check_options

Array = NDArray[np.float64]

SMALL = 0.02  # a chance of an even history, such as both lists, below which people who have it count fifty times
MANY = 0.1  # share of people with such small chances that is told as a caution
CLIPPED = 0.01  # share of people whose chance is below the margin, above which the margin decides
FEW = 50.0  # people that the dark figure rests on, below which a normal law for their sum is doubtful
APART = 2.0  # standard errors between the corrected and the plug-in figure, from which the learner is doubted


@dataclass(frozen=True, slots=True, kw_only=True)
class DoublyRobust:
    """Lists independent, or without their highest interaction, among people with the same covariates.

    Parameters
    ----------
    lists
        The lists that may not depend on each other in the highest order, given covariates; people on other lists are
        counted, and say nothing. By default all lists.
    numbers
        The covariates that are numbers; by default those with more than twenty values that are all numbers.
    learner, settings
        ``logistic``, or the full name of a classifier of scikit-learn with its settings, each as ``name=value``.
    folds
        Parts of the people; those of each part are answered by a learner of the others. With 1 everybody is answered by
        a learner of everybody. In a table of counts there are no folds: logistic regression of a few levels needs none.
    degree
        Powers of numbers that the learner is shown.
    ridge
        Penalty on coefficients in the own logistic regression, which makes levels borrow from each other.
    margin
        The smallest chance of being on both lists (or of another even history) that is believed.
    odds_ratio
        How many times as likely the unseen are as without the highest interaction: with two lists, their odds ratio
        given covariates; above 1 where people on one are more often on the other than their covariates say.
    """

    name: ClassVar[str] = "doubly-robust"
    source: ClassVar[str] = "Das, Kennedy & Jewell 2023; Dulce Rubio & Kennedy 2024"
    supports: ClassVar[frozenset[str]] = frozenset({"covariates"})
    selects: ClassVar[bool] = False
    lists: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    learner: str = OWN
    settings: tuple[str, ...] = ()
    folds: int = 5
    degree: int = 1
    ridge: float = 0.0
    margin: float = 0.005
    odds_ratio: float = 1.0

    def __post_init__(self) -> None:
        check_options(self)
        if not (self.odds_ratio > 0 and np.isfinite(self.odds_ratio)):
            raise ModelError("option_not_positive", option="odds_ratio", value=self.odds_ratio)
        for option, value, least, most in (
            ("folds", self.folds, 1, np.inf),
            ("degree", self.degree, 1, MOST_DEGREE),
            ("ridge", self.ridge, 0, np.inf),
            ("margin", self.margin, 1e-6, 0.2),
        ):
            if value < least and most == np.inf:
                raise ModelError("option_too_small", option=option, value=value, least=least)
            if not least <= value <= most:
                raise ModelError("option_out_of_range", option=option, value=value, least=least, most=most)
        if self.settings and self.learner == OWN:
            raise ModelError("bad_learner_setting", text=", ".join(self.settings))
        if len(self.lists) == 1 or len(set(self.lists)) < len(self.lists):
            raise ModelError("lists_given_differ", value=self.lists)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        given = "independent_given" if len(self.lists) == 2 else "no_highest_given"
        turned = ("odds_ratio_given",) if self.odds_ratio != 1 else ()
        return (given, *turned, "both_lists_reach", "everyone_can", "closed", "no_linkage_errors")

    def without(self, names: Sequence[str]) -> DoublyRobust:
        """The same model for a table without the covariates `names`."""
        return replace(self, numbers=tuple(each for each in self.numbers if each not in names))

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """Fit to counts; a covariate among `numbers` must have levels that are numbers."""
        check_supports(self, data)
        if self.learner != OWN:
            raise InputError("learner_needs_people", text=self.learner)
        setup = setup_of(self, data, self.numbers)
        found = of_counts(self, setup, data.dense())
        return _fit(self, setup, found, _told(self, setup, found))

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Fit ``(B, strata, 2**K)`` counts."""
        setup = setup_of(self, fit.data, self.numbers)
        found = [of_counts(self, setup, y) for y in counts]
        dark = np.array([figures(each.dark, each.verdict) for each in found])
        return fixed(counts.sum(axis=2), dark, np.array([each.verdict for each in found]))

    def fit_people(self, people: Individuals, *, learner: Learner | None = None, seed: int = 0) -> Fit:
        """Fit to people one by one.

        Parameters
        ----------
        learner
            Instead of the one that is named: anything with ``fit`` and ``predict_proba``.

        Returns
        -------
        Fit
            Of the table of the same people; its model names the numbers that took part, and its variance is that of
            the influence function.
        """
        check_supports(self, people.table)
        named = replace(self, numbers=people.names)
        setup = setup_of(self, people.table, ())
        found = of_people(self, setup, people, np.ones(len(people.history)), learner, seed)
        return _fit(named, setup, found, _told(named, setup, found))

    def refit_people(
        self, people: Individuals, weight: Array, *, learner: Learner | None = None, seed: int = 0
    ) -> tuple[Array, NDArray[np.int8]]:
        """The dark figure of each stratum and its verdict, each person standing for so many.

        Parameters
        ----------
        weight
            ``(people,)`` whole numbers.
        """
        found = of_people(self, setup_of(self, people.table, ()), people, weight, learner, seed)
        return figures(found.dark, found.verdict), found.verdict


def _fit(model: DoublyRobust, setup: Setup, found: Found, findings: tuple[Finding, ...]) -> Fit:
    table = setup.table
    dense, observed = table.dense(), table.observed.astype(float)
    expected = dense.copy()
    modelled = np.flatnonzero(setup.place >= 0)
    known = found.verdict == verdicts.ESTIMABLE
    expected[np.ix_(known, modelled)] = found.shares[known][:, setup.place[modelled]]
    probabilities = np.divide(expected, observed[:, None], out=np.zeros_like(expected), where=observed[:, None] > 0)
    dark = figures(found.dark, found.verdict)
    return Fit(
        model=model,
        data=table,
        unobserved=dark,
        verdict=found.verdict,
        probabilities=probabilities,
        ascertainment=share_seen(observed, dark),
        active=tuple(each.name for each in table.covariates),
        variance=np.where(known, found.variance, np.nan),
        findings=(*dark_findings(table, found.verdict), *findings),
    )


def _told(model: DoublyRobust, setup: Setup, found: Found) -> tuple[Finding, ...]:
    """What the reader must know of chances that are near zero, and of a learner that may be wrong."""
    said: list[Finding] = []
    if model.numbers:
        said.append(Finding(code="numbers_taken", values={"n": len(model.numbers), "names": model.numbers}))
    people = found.weight.sum()
    if people > 0:
        small = float(found.weight[found.least < SMALL].sum() / people)
        clipped = float(found.weight[found.least < model.margin].sum() / people)
        severity: Severity = "stop" if clipped > CLIPPED else "caution" if small > MANY else "note"
        code = "small_chance_both" if len(setup.names) == 2 else "small_chance_even"
        least = float(found.least.min())
        said.append(
            Finding(
                code=code,
                severity=severity,
                values={"small": SMALL, "share": small, "least": least, "names": setup.names},
            )
        )
        if clipped > 0:
            below: dict[str, object] = {"share": clipped, "margin": model.margin}
            said.append(Finding(code="chance_below_margin", severity=severity, values=below))
        squares = float((found.weight * found.gain**2).sum())
        worth = float((found.weight * np.abs(found.gain)).sum()) ** 2 / squares if squares > 0 else np.inf
        if worth < FEW:
            said.append(Finding(code="rests_on_few", severity="caution", values={"n": int(worth)}))
    if found.thin:
        thin = "thin_strata_both" if len(setup.names) == 2 else "thin_strata_even"
        said.append(Finding(code=thin, severity="caution", values={"n": found.thin}))
    if found.negative:
        said.append(Finding(code="corrected_below_zero", severity="caution", values={"n": found.negative}))
    known = found.verdict == verdicts.ESTIMABLE
    corrected, error = float(found.dark[known].sum()), float(np.sqrt(found.variance[known].sum()))
    if abs(corrected - found.plug_in) > APART * error > 0:
        both: dict[str, object] = {"corrected": corrected, "plain": found.plug_in}
        said.append(Finding(code="learner_corrected", severity="caution", values=both))
    return tuple(said)
