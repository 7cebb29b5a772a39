"""A model corrected for errors in the links behind the table, of known rates (METHODS E1).

A link that was missed makes two people out of one, a false link one out of two. Where the rates are known, as from a
sample of links that was looked at by hand, the counts are put back to what they would be without errors
(`darknumber.kernels.linkage`), and the model is fitted to those. For two lists without false links that is ``N = (1 -
missed) n1 n2 / x11`` (Ding & Fienberg 1994). Every replicate is drawn as the table was recorded, and put back by
itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.findings import Finding
from darknumber.kernels import verdicts
from darknumber.kernels.linkage import recorded, true_counts
from darknumber.models.base import (
    Again,
    Candidates,
    Fit,
    Forgets,
    Model,
    Replicates,
    check_supports,
    expected_cells,
    figures,
    refitted,
    settled,
    share_seen,
    shares,
)
from darknumber.models.completed import said_around
from darknumber.models.options import check_options
from darknumber.models.selection import Stepwise

Array = NDArray[np.float64]

DOUBTFUL = 0.02  # of the people, who cannot be recorded as they are: rates known to two digits are off by less


@dataclass(frozen=True, slots=True)
class Links:
    """Another model, corrected for known rates of missed and false links.

    Parameters
    ----------
    missed
        The share of people on several lists who are in the table as two people.
    false
        The share of people on one list only who are in the table as one with somebody else.
    model
        Fitted to the corrected counts.
    """

    name: ClassVar[str] = "links"
    source: ClassVar[str] = "Ding & Fienberg 1994; Di Consiglio & Tuoto 2015"
    missed: float = 0.0
    false: float = 0.0
    model: Model = field(default_factory=Stepwise)

    def __post_init__(self) -> None:
        check_options(self)
        for option, rate in (("missed", self.missed), ("false", self.false)):
            if not 0 <= rate < 1:
                raise ModelError("bad_link_rate", option=option, value=rate)

    @property
    def supports(self) -> frozenset[str]:
        """What the model inside supports."""
        return self.model.supports

    @property
    def assumes(self) -> tuple[str, ...]:
        """The assumptions of the model inside, with known rates of errors in the place of none."""
        kept = [code for code in self.model.assumes if code != "no_linkage_errors"]
        return (*kept, "known_linkage_errors")

    @property
    def selects(self) -> bool:
        """Whether the model inside selects."""
        return self.model.selects

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:
        """Correct the counts and fit.

        Raises
        ------
        ModelError
            More false links than there can be.
        """
        check_supports(self, data)
        y = data.dense()
        truth = self._truth(y)
        if not np.isfinite(truth).all():
            raise ModelError("too_many_false_links", rate=self.false)
        inner = self.model.fit(_in_whole_people(data, y, truth), seed=seed)
        found = self._answered(inner, y[None], settled)
        more = truth.sum(axis=1) - y.sum(axis=1)
        dark, verdict = found.unobserved[0], found.verdict[0]
        cells = expected_cells(inner)
        cells[:, 0] = 0.0
        return Fit(
            model=self,
            data=data,
            terms=inner.terms,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares(np.where(y.sum(axis=1)[:, None] > 0, recorded(cells, self.missed, self.false), 0.0)),
            ascertainment=share_seen(y.sum(axis=1), dark),
            active=inner.active,
            parameters=inner.parameters,
            candidates=None if inner.candidates is None else _moved(inner.candidates, float(more.sum())),
            draws=None if inner.draws is None else figures(np.maximum(inner.draws + more, 0.0), verdict),
            parts=(inner,),
            findings=(*said_around(inner, data, verdict), *self._against(y, truth, inner)),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """Correct and fit every replicate."""
        return self._answered(fit.parts[0], counts, refitted)

    def settle(self, fit: Fit, counts: Array) -> Replicates:
        """The same, as the model inside settles it."""
        return self._answered(fit.parts[0], counts, settled)

    def without(self, names: Sequence[str]) -> Links:
        """The same model for a table without the covariates `names`."""
        return replace(self, model=self.model.without(names)) if isinstance(self.model, Forgets) else self

    def _against(self, y: Array, truth: Array, inner: Fit) -> list[Finding]:
        """What the counts say against the rates."""
        told = []
        lost = float(np.abs(recorded(truth, self.missed, self.false) - y)[:, 1:].sum() / max(y.sum(), 1.0))
        if lost > DOUBTFUL:
            told.append(Finding(code="links_misfit", severity="caution", values={"share": min(lost, 1.0)}))
        everyone, seen = float(truth.sum() + inner.unobserved.sum()), float(y.sum())
        if np.isfinite(everyone) and everyone < seen:
            values = {"estimate": everyone, "n": int(seen)}
            told.append(Finding(code="links_fewer", severity="stop", values=values))
        return told

    def _truth(self, counts: Array) -> Array:
        return true_counts(counts, self.missed, self.false) if self.missed or self.false else counts

    def _answered(self, inner: Fit, counts: Array, again: Again) -> Replicates:
        """What the model inside says of corrected counts, beside the numbers that were recorded."""
        truth = self._truth(counts)
        known = np.asarray(np.isfinite(truth).all(axis=(1, 2)))
        found = again(self.model, inner, np.where(known[:, None, None], truth, counts))
        seen = counts.sum(axis=2)
        # a missed link makes the number recorded too high, and what that is too much is taken off the unseen
        unseen = np.maximum(found.observed + found.unobserved - seen, 0.0)
        verdict = np.where(known[:, None], found.verdict, verdicts.NOT_IDENTIFIED).astype(np.int8)
        verdict = np.where((verdict == verdicts.ZERO) & (unseen > 0), verdicts.ESTIMABLE, verdict).astype(np.int8)
        return replace(found, observed=seen, unobserved=figures(unseen, verdict), verdict=verdict)


def _in_whole_people(data: CaptureTable, y: Array, truth: Array) -> CaptureTable:
    """The corrected counts to the nearest person, for what is said of the model; nobody recorded is lost altogether."""
    whole = np.rint(truth)
    whole = np.where((y > 0) & (truth > 0), np.maximum(whole, 1.0), whole).astype(np.int64)
    stratum, history = np.nonzero(whole)
    return CaptureTable.build(
        data.lists,
        history,
        whole[stratum, history],
        covariates=data.covariates,
        levels=np.unravel_index(stratum, data.shape) if data.shape else (),
        operating=data.operating,
        unit=data.unit,
        name=data.name,
        findings=data.findings,
    )


def _moved(candidates: Candidates, more: float) -> Candidates:
    """Candidates whose dark figures stand beside the number recorded."""
    return replace(candidates, unobserved=np.maximum(candidates.unobserved + more, 0.0))
