"""Values that were not recorded: people dealt out over the values they may have, then the model of whole people.

Whether a value is recorded depends on how many lists a person is on, so *not recorded* as a plain level with list terms
biases the total: two independent lists that each record 70% turn 10,000 into 13,446 (METHODS 4.7). Here it may depend
on the lists in any way, as long as it does not depend on the value itself given these and all that was recorded. The
people are dealt out by a law that is fitted to those whose value is known (`darknumber.models.whole`), and the model
inside is fitted to the table of whole values.

The people without a value keep a row of their own, with the share of the population that would have no value recorded
if all were registered. So shared out in proportion, draw by draw, the rows give the numbers by value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.findings import Finding
from darknumber.kernels.histories import membership
from darknumber.models.base import (
    Again,
    Fit,
    Forgets,
    Model,
    Replicates,
    check_supports,
    dark_findings,
    expected_cells,
    figures,
    refitted,
    settled,
    share_seen,
    shares,
)
from darknumber.models.not_recorded import PooledTotal
from darknumber.models.selection import Stepwise
from darknumber.models.whole import Completing, Whole, parted, recorded, rounded

Array = NDArray[np.float64]

IMPUTATIONS = 5  # tables of whole people behind a posterior: with half of the values missing within a tenth of its sd
_STREAM = 0x77686F6C  # keeps these streams apart from other uses of the same seed


@dataclass(frozen=True, slots=True)
class Completed:
    """Another model, of a table in which people without a recorded value are dealt out over the values.

    Parameters
    ----------
    model
        Fitted to the table of whole values.
    """

    name: ClassVar[str] = "completed"
    source: ClassVar[str] = "Zwane & van der Heijden 2007; van der Heijden, Smith, Cruyff & Bakker 2018"
    model: Model = field(default_factory=Stepwise)

    @property
    def supports(self) -> frozenset[str]:
        """What the model inside supports, and values that were not recorded."""
        return self.model.supports | {"not recorded"}

    @property
    def assumes(self) -> tuple[str, ...]:
        """The assumptions of the model inside, and the one on recording."""
        return (*self.model.assumes, "recorded_at_random")

    @property
    def selects(self) -> bool:
        """Whether the model inside selects."""
        return self.model.selects

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Deal people out over the values, and fit."""
        check_supports(self, data)
        whole = Whole(data)
        if not whole.names:
            inner = self.model.fit(data, seed=seed)
            return replace(inner, model=self, parts=(inner,))
        law = Completing(whole)
        y = data.dense()
        truth = law.expected(y[None])[0]
        inner = self.model.fit(whole.table(rounded(truth)), seed=seed)
        found = settled(self.model, inner, truth[None])
        dark, verdict = (each[0] for each in parted(whole, found, y[None]))
        expected = recorded(whole, expected_cells(inner), y)
        return Fit(
            model=self,
            data=data,
            terms=inner.terms,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(expected),
            ascertainment=share_seen(y.sum(axis=1), dark),
            candidates=inner.candidates,
            active=inner.active,
            log_likelihood=inner.log_likelihood,
            parameters=inner.parameters,
            deviance=inner.deviance,
            draws=None if inner.draws is None else self._drawn(whole, law, verdict, seed),
            parts=(inner,),
            findings=(*said_around(inner, data, verdict), *_findings(whole)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Deal the people of every replicate out anew, by a law of its own, and refit."""
        return self._again(fit, counts, refitted)

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """The same, as the model inside settles it."""
        return self._again(fit, counts, settled)

    def without(self, names: Sequence[str]) -> Completed:
        """The same model for a table without the covariates `names`."""
        return replace(self, model=self.model.without(names)) if isinstance(self.model, Forgets) else self

    def _again(self, fit: Fit, counts: Array, again: Again) -> Replicates:
        whole = Whole(fit.data)
        if not whole.names:
            return again(self.model, fit.parts[0], counts)
        found = again(self.model, fit.parts[0], Completing(whole).expected(counts))
        dark, verdict = parted(whole, found, counts)
        return replace(found, observed=counts.sum(axis=2), unobserved=dark, verdict=verdict)

    def _drawn(self, whole: Whole, law: Completing, verdict: NDArray[np.int8], seed: int) -> Array:
        """``(draws, strata)`` posterior draws, in equal parts of several tables of whole people."""
        random = np.random.default_rng([_STREAM, seed])
        y, found = whole.data.dense(), []
        for place in range(IMPUTATIONS):
            people = law.drawn(y, random)
            fit = self.model.fit(whole.table(people), seed=seed)
            assert fit.draws is not None  # the same model gave them a moment ago
            dark = fit.draws[place::IMPUTATIONS]
            seen = np.broadcast_to(people.sum(axis=1), dark.shape)
            codes = np.broadcast_to(fit.verdict, dark.shape)
            every = Replicates(observed=seen, unobserved=dark, verdict=codes, chosen=np.empty(0, int), choices=())
            found.append(parted(whole, every, np.broadcast_to(y, (len(dark), *y.shape)))[0])
        return figures(np.concatenate(found), verdict)


def inside(fit: Fit) -> Fit:
    """The fit that totals come from: of whole values, or without what was not always recorded, where that is another.

    Its strata may be others than those of the answer; its terms, candidates and total are those of the answer.
    """
    return fit.parts[0] if isinstance(fit.model, Completed | PooledTotal) else fit


def said_around(inner: Fit, data: CaptureTable, verdict: NDArray[np.int8]) -> tuple[Finding, ...]:
    """What the model inside another says, with the verdicts on the table that was given in the place of its own."""
    kept = (each for each in inner.findings if not each.code.startswith(("whole_", "dark_figure_")))
    return (*kept, *dark_findings(data, verdict))


def _findings(whole: Whole) -> list[Finding]:
    """On which lists nobody has a recorded value, so that nothing says whether the list differs from others."""
    data, found = whole.data, []
    on = membership(data.history, len(data.lists))
    for place, name in enumerate(whole.names):
        known = (whole.pattern[data.stratum] >> place & 1) > 0
        none = [each for j, each in enumerate(data.lists) if not (on[:, j] & known).any()]
        if none:
            found.append(Finding(code="value_never_on_list", severity="caution", where=name, values={"lists": none}))
    return found
