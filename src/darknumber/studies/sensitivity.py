"""How far does the answer move if what cannot be tested is off? (METHODS 2.2, items 15 to 21)"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from darknumber.data.table import CaptureTable
from darknumber.errors import InputError, ModelError
from darknumber.findings import Finding
from darknumber.inference.asked import check_settings, threads
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimate import estimate
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Profile
from darknumber.models import Heterogeneity
from darknumber.models.base import expected_cells
from darknumber.studies import contamination
from darknumber.studies.contamination import Linkage, Trimmed
from darknumber.studies.dial import Dial, interval_at, turn
from darknumber.studies.findings_sensitivity import sensitivity_findings
from darknumber.studies.floors import chao, chao_of_lists, chao_with_covariates
from darknumber.studies.identification import Bounded, End, Pair, bounds_of, ends_of_scale, pairs_of, with_points
from darknumber.studies.printing_sensitivity import describe_sensitivity
from darknumber.studies.rows_sensitivity import odds_table, tidy

Array = NDArray[np.float64]

INDEPENDENT_OR_MORE = (1.0, math.inf)  # bounds on the odds ratio of every pair: no two lists avoid each other
FORMS = ("darroch", "poisson", "gamma")
MISSED, FALSE = (0.0, 0.02, 0.05, 0.1), (0.0, 0.01, 0.02, 0.05)  # rates of errors of linkage
ERRONEOUS = (0.0, 0.05, 0.1, 0.2)  # shares of a list that should not be there
FEWEST_FOR_FORMS = 3  # lists: with two nothing shows whether people differ

FloorKind = Literal["registered", "chao lists", "chao covariates", "chao"]
Reason = Literal["", "few lists", "not kept", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A number of people that there are at least.

    Parameters
    ----------
    kind
        ``registered``: those on some list. ``chao lists``: Chao's lower bound with a chance of its own for every list.
        ``chao covariates``: where the chances also depend on covariates. ``chao``: where all lists have the same
        chance, which is too high where they differ in size.
    estimate
        People.
    covariates
        Those that took part.
    """

    kind: FloorKind
    estimate: float
    covariates: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it holds however much lists differ in size."""
        return self.kind != "chao"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The total if lists depend on each other only because people differ in how easily they come on any of them.

    Parameters
    ----------
    form
        As in `Heterogeneity`.
    estimate, lower, upper
        The total with profile limits; ``nan`` where there is none.
    reason
        Why there is none, or empty.
    """

    form: str
    estimate: float
    lower: float
    upper: float
    reason: Reason = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How far an answer moves if an assumption is off; print it, or read its columns.

    Parameters
    ----------
    estimates
        The answer that it is about.
    threshold
        A number of people that matters, or None.
    dial
        Against the odds ratio of all lists together, which no data can show.
    pairs
        Against the odds ratio of two lists among people on no other list; empty with two lists.
    bounds
        The population sizes that agree with bounds on these odds ratios, whatever the model.
    floors
        Numbers of people that there are at least.
    linkage, trimmed
        Against errors of linkage, and against records that should not be there: all lists first, then each.
    forms
        If people differ in how easily they come on a list.
    findings
        What the reader must know; worst first.
    """

    estimates: Estimates
    threshold: float | None
    dial: Dial
    pairs: tuple[Pair, ...]
    bounds: tuple[Bounded, ...]
    floors: tuple[Floor, ...]
    linkage: Linkage
    trimmed: tuple[Trimmed, ...]
    forms: tuple[Form, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_sensitivity(self)

    __repr__ = __str__

    @property
    def total(self) -> Estimates:
        """The total of the answer."""
        return self.estimates.total()

    @property
    def data(self) -> CaptureTable:
        """The table that the answer is from."""
        return self.estimates.fits[0].data

    @property
    def headline(self) -> tuple[float, float, float]:
        """The total with its limits."""
        whole = self.total
        return float(whole.estimate[0]), float(whole.limits[0, 0]), float(whole.limits[0, 1])

    @property
    def observed(self) -> float:
        """People on some list."""
        return float(np.sum(self.estimates.observed))

    @property
    def strongest(self) -> End | None:
        """The pair with the strongest observed dependence that many people show, and its odds ratio."""
        return ends_of_scale(self.pairs)[0]

    @property
    def weakest(self) -> End | None:
        """The pair with the weakest, and its odds ratio."""
        return ends_of_scale(self.pairs)[1]

    def interval_at(self, xi: float) -> tuple[float, float]:
        """Lowest lower and highest upper limit if the odds ratio of all lists together is up to a factor off."""
        return interval_at(self.observed, self.headline[1:], xi)

    def columns(self) -> dict[str, list[Any]]:
        """Everything as one tidy table: what was assumed, at which setting, and the total with its limits.

        Limits are ``nan`` where there are none. In `note` stands what is special about a row, as a word.
        """
        return tidy(self)

    def odds_columns(self) -> dict[str, list[Any]]:
        """One row a pair of lists and where its odds ratio is from: the model, people on any other list, on each."""
        return odds_table(self.pairs)

    def to_frame(self, backend: str | None = None) -> Any:
        """The tidy table as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def sensitivity(
    estimates: Estimates,
    *,
    threshold: float | None = None,
    xi: float = 2.0,
    grid_to: float = 4.0,
    odds: tuple[float, float] = INDEPENDENT_OR_MORE,
    missed: Sequence[float] = MISSED,
    false: Sequence[float] = FALSE,
    erroneous: Sequence[float] = ERRONEOUS,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """How far the total moves if what the model assumes, and no data can show, is off; whatever the model.

    Parameters
    ----------
    estimates
        An answer, of all people that its model was fitted to.
    threshold
        A number of people that matters: where would the answer pass it?
    xi
        The declared factor: the odds ratio of all lists together is between 1/xi and xi times what the model implies.
    grid_to
        How far the curve goes, at least as far as xi.
    odds
        Bounds on the odds ratio of every pair of lists among people on no other list. By default every pair is at least
        independent: no two lists avoid each other.
    missed, false
        Shares of missed and of false links to look at (see `darknumber.kernels.linkage`).
    erroneous
        Shares of the people on a list that should not be there, all of them on that list only.
    seed
        Of models that draw random numbers.
    workers
        Threads; by default one per processor.
    progress
        Called with (done, total, what) between fits; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        An answer without its fit or about part of the people, or settings that cannot be used.
    """
    _check_answer(estimates)
    _check_odds(xi, grid_to, odds)
    _check_rates(missed, false, erroneous)
    check_settings(estimates.level, seed, workers)
    whole, fit = estimates.total(), estimates.fits[0]
    data, observed = fit.data, float(whole.observed[0])
    if threshold is not None and not threshold > observed:
        raise InputError("threshold_in_view", threshold=float(threshold), observed=observed)
    with threadpool_limits(limits=1):  # fits run side by side; the algebra inside each is small
        cells = expected_cells(fit)
        job = contamination.planned(fit, missed, false, erroneous)
        tasks = len(job.tables) + len(FORMS)
        found = contamination.totals(fit, job.tables, threads(workers), progress, 0, tasks)
        linkage, trimmed = contamination.grids(fit, job, found, missed, false, erroneous, threshold)
        forms = _forms(data, estimates.level, seed)
    if progress is not None:
        progress(tasks, tasks, "sensitivity")
    panel = Sensitivity(
        estimates=estimates,
        threshold=threshold,
        dial=turn(whole, cells, data.operating, declared=xi, reach=grid_to, threshold=threshold),
        pairs=with_points(pairs_of(estimates, data, cells)),
        bounds=bounds_of(data, odds, xi, estimates.level),
        floors=_floors(data),
        linkage=linkage,
        trimmed=trimmed,
        forms=forms,
        findings=(),
    )
    return replace(panel, findings=sensitivity_findings(panel))


def _check_answer(estimates: Estimates) -> None:
    if not isinstance(estimates, Estimates):
        raise InputError("sensitivity_of_data", kind=type(estimates).__name__)
    if not estimates.fits:
        raise InputError("estimates_without_fit")
    everyone = float(estimates.fits[0].data.observed.sum())
    here = float(np.sum(estimates.observed))
    if not math.isclose(here, everyone):
        raise InputError("estimates_of_part", observed=here, everyone=everyone)


def _check_odds(xi: float, grid_to: float, odds: tuple[float, float]) -> None:
    if not 1 < xi < math.inf:
        raise ModelError("bad_xi", value=float(xi))
    if not xi <= grid_to < math.inf:
        raise ModelError("bad_grid_to", value=float(grid_to), xi=float(xi))
    if len(odds) != 2 or not 0 <= odds[0] < odds[1]:
        raise ModelError("bad_odds", value=tuple(odds))


def _check_rates(missed: Sequence[float], false: Sequence[float], erroneous: Sequence[float]) -> None:
    for name, rates in (("missed", missed), ("false", false), ("erroneous", erroneous)):
        if not len(rates) or not all(0 <= rate < 1 for rate in rates):
            raise ModelError("bad_rates", name=name, value=tuple(rates))


def _floors(data: CaptureTable) -> tuple[Floor, ...]:
    observed = float(data.observed.sum())
    found = [
        Floor(kind="registered", estimate=observed),
        Floor(kind="chao lists", estimate=observed + chao_of_lists(data)),
    ]
    if data.covariates:
        unseen, names = chao_with_covariates(data)
        if names:
            found.append(Floor(kind="chao covariates", estimate=observed + unseen, covariates=names))
    found.append(Floor(kind="chao", estimate=observed + chao(data)))
    return tuple(found)


def _forms(data: CaptureTable, level: float, seed: int) -> tuple[Form, ...]:
    """The forms on the table without its covariates: they are about people who differ, whatever in."""
    reason: Reason = ""
    if len(data.lists) < FEWEST_FOR_FORMS:
        reason = "few lists"
    elif not data.operating.all():
        reason = "not kept"
    if reason:
        return tuple(
            Form(form=form, estimate=math.nan, lower=math.nan, upper=math.nan, reason=reason) for form in FORMS
        )
    table = data.pool([covariate.name for covariate in data.covariates])
    return tuple(_form(table, form, level, seed) for form in FORMS)


def _form(table: CaptureTable, form: str, level: float, seed: int) -> Form:
    try:
        answer = estimate(table, Heterogeneity(form=form), Profile(), level=level, seed=seed)  # type: ignore[arg-type]
    except ModelError:
        return Form(form=form, estimate=math.nan, lower=math.nan, upper=math.nan, reason="failed")
    lower, upper = answer.limits[0]
    return Form(form=form, estimate=float(answer.estimate[0]), lower=float(lower), upper=float(upper))
