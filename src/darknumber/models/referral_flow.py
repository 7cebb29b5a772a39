"""Lists that send people on to each other: a flow in time along arrows that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.arrows import format_arrows, parse_arrows
from darknumber.models.base import Fit, Replicates, check_supports, dark_findings, figures, fixed, share_seen
from darknumber.models.flow_findings import flow_findings
from darknumber.models.flow_search import Flow, place_arrows, search, search_again
from darknumber.models.log_linear import COMMON_ASSUMPTIONS, deviance, log_likelihood
from darknumber.models.options import check_options

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferralFlow:
    """People come to lists one after the other, and being on one changes how fast they come to those it sends to.

    Everyone starts on no list, and comes to list j at a rate of its own times the effect of every arrow to j from a
    list the person is on, until the period ends. Without arrows and absorbing lists the lists are independent.

    Parameters
    ----------
    arrows
        Which lists may send people to which, such as ``police -> shelter + border -> care``.
    absorbing
        Lists after which a person comes to no other, such as one of deaths.
    """

    name: ClassVar[str] = "referral-flow"
    source: ClassVar[str] = "Schaller, Titman & McCrea 2026"
    # Both are about strata, and this model takes one at a time: a list that is not kept there is not in its table.
    supports: ClassVar[frozenset[str]] = frozenset({"inactive lists", "not recorded"})
    selects: ClassVar[bool] = False
    arrows: str = ""
    absorbing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_options(self)
        for start, end in parse_arrows(self.arrows):
            if start in self.absorbing:
                raise ModelError("arrow_from_absorbing", start=start, end=end)

    @property
    def assumes(self) -> tuple[str, ...]:
        """Catalogue keys of the assumptions."""
        if not self.arrows.strip() and not self.absorbing:
            return ("independent_lists", *COMMON_ASSUMPTIONS)
        last = ("flow_absorbing",) if self.absorbing else ()
        return ("flow_arrows", "flow_rates", *last, *COMMON_ASSUMPTIONS)

    def without(self, names: Sequence[str]) -> ReferralFlow:
        """The same model for a table without some lists."""
        kept = tuple(arrow for arrow in parse_arrows(self.arrows) if not {*arrow} & {*names})
        last = tuple(name for name in self.absorbing if name not in names)
        return replace(self, arrows=format_arrows(kept), absorbing=last)

    def fit(self, data: CaptureTable, *, seed: int = 0) -> Fit:  # noqa: ARG002 - the contract of every model
        """The maximum of the likelihood of one table, with what it tells of every arrow.

        Raises
        ------
        ModelError
            Names that are no lists of the table, too many lists, or people on two absorbing lists.
        """
        check_supports(self, data)
        if data.strata != 1:
            raise ModelError("unsupported_covariates", model=self.name)
        flow = self._flow(data)
        y = data.dense()
        people = float(y.sum())
        if flow.impossible(y)[0]:
            raise ModelError("people_on_two_absorbing", names=self.absorbing)
        tops = search(flow, y[0])
        verdict, theta = tops.verdict[:1], tops.theta[0]
        dark = figures(tops.odds[:1] * people, verdict)
        shares = flow.shares(theta)[None] if people else np.zeros(y.shape)
        said = flow_findings(flow, y[0], tops) if people else ()
        return Fit(
            model=self,
            data=data,
            unobserved=dark,
            verdict=verdict,
            probabilities=shares,
            ascertainment=share_seen(y.sum(axis=1), dark),
            log_likelihood=log_likelihood(y, shares * people),
            parameters=flow.told.rank + 1,
            deviance=deviance(y, shares * people),
            variance=np.array([_variance(flow, theta, people) if verdict[0] == verdicts.ESTIMABLE else np.inf]),
            findings=(*dark_findings(data, verdict), *said),
        )

    def refit(self, fit: Fit, counts: Array) -> Replicates:
        """The same for ``(B, 1, 2**K)`` counts, each from the maximum of the data and from no effects."""
        flow = self._flow(fit.data)
        again = search_again(flow, counts[:, 0], search(flow, fit.data.dense()[0]).theta[0])
        observed = counts.sum(axis=2)
        dark = figures(again.odds * observed[:, 0], again.verdict)
        return fixed(observed, dark[:, None], again.verdict[:, None])

    def _flow(self, data: CaptureTable) -> Flow:
        return place_arrows(parse_arrows(self.arrows), self.absorbing, data.lists)


def _variance(flow: Flow, theta: Array, people: float) -> float:
    """Of the estimate for a fixed population: that of who is seen, and that of the rates.

    The estimate is ``n / (1 - exp(-R))``; who is seen adds ``n0 / (1 - exp(-R))``.
    """
    if not people:
        return 0.0
    rates = np.exp(theta[: flow.lists])
    seen = -np.expm1(-rates.sum())
    slope = np.zeros(len(theta))
    slope[: flow.lists] = people * np.exp(-rates.sum()) / seen**2 * rates
    dark = people * (1 - seen) / seen
    return float(dark / seen + slope @ flow.spread(theta, people) @ slope)
