"""One list on which people are seen repeatedly: the same question asked with every other law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from darknumber.data.frequencies import Frequencies
from darknumber.errors import InputError
from darknumber.findings import Finding, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import LogNormal
from darknumber.inference.other_laws import Law, law_findings, other_laws
from darknumber.inference.sightings import model_of_sightings, sightings_answer
from darknumber.kernels import verdicts
from darknumber.models import OfSightings
from darknumber.models.sightings import SightingsFit
from darknumber.models.text import format_thing
from darknumber.studies.printing_laws import describe_laws


@dataclass(frozen=True, slots=True, kw_only=True)
class Laws:
    """What every law says of one list; print it, or read its parts.

    Parameters
    ----------
    estimates
        The answer.
    laws
        That of the answer first, then all others.
    findings
        What the reader must know of them, worst first.
    """

    estimates: Estimates
    laws: tuple[Law, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_laws(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """A row for each law, as plain columns."""
        numbers = ("estimate", "lower", "upper", "distance")
        return {
            "model": [format_thing(law.model) for law in self.laws],
            **{name: [getattr(law, name) for law in self.laws] for name in numbers},
            "verdict": ["floor" if law.floor else verdicts.NAMES[law.verdict] for law in self.laws],
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The rows as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def laws(given: Estimates | Frequencies, model: OfSightings | str | None = None, *, level: float = 0.95) -> Laws:
    """The same question asked with every other law of how often people are seen, and with Chao's and Zelterman's.

    See `darknumber.inference.other_laws.other_laws`.

    Parameters
    ----------
    given
        An answer from how often people are on one list, of all of them; or how often they are.
    model, level
        Of how often they are: the law of the answer, by default the one that fits best, and its confidence level. An
        answer has its own.

    Raises
    ------
    InputError, ModelError
        An answer from several lists, or about some of the people; a model that is none of one list.
    """
    estimates = given if isinstance(given, Estimates) else _of_law(given, model, level)
    fit = sightings_fit(estimates)
    everyone, here = float(fit.data.count.sum()), float(np.sum(estimates.observed))
    if not math.isclose(here, everyone):
        raise InputError("laws_of_part", observed=here, everyone=everyone)
    found = other_laws(fit, estimates.level)
    return Laws(estimates=estimates, laws=found, findings=by_severity(law_findings(found)))


def _of_law(given: Frequencies, model: OfSightings | str | None, level: float) -> Estimates:
    """What one law says: the one that is named, or that the data choose."""
    law = model_of_sightings(model).fit_frequencies(given).fit.law
    return sightings_answer(given, law, LogNormal(), by=(), level=level)


def sightings_fit(estimates: Estimates) -> SightingsFit:
    """The fit to how often people are on one list.

    Raises
    ------
    InputError
        The answer is from several lists.
    """
    fit = estimates.fits[0] if estimates.fits else None
    if not isinstance(fit, SightingsFit):
        raise InputError("laws_of_lists")
    return fit
