"""The same question asked in every other way: with other models and lists, and under other assumptions.

After Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), who call all defensible ways through the same data a multiverse.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.errors import InputError, ModelError
from darknumber.inference.assumed import gives_floor
from darknumber.inference.defaults import SEARCHED_LISTS
from darknumber.inference.other_laws import Law
from darknumber.inference.publish import adds_up
from darknumber.kernels import verdicts
from darknumber.models import Average, Best, Fit, Independence, Model
from darknumber.models.base import Candidates
from darknumber.models.completed import inside
from darknumber.models.text import format_thing
from darknumber.studies.asking import fitted, total_of

if TYPE_CHECKING:  # Panel makes its rows through this module
    from darknumber.studies.omit import Omission
    from darknumber.studies.panel import Panel
    from darknumber.studies.sensitivity import Sensitivity

Array = NDArray[np.float64]
Group = Literal["headline", "models", "lists", "untested", "records", "floors"]

MOST_PAIRED = 8  # lists up to which the best model over pairs by BIC is found with a proof in seconds
CLOSE = 10.0  # points of a criterion within which models on a search path fit almost as well as the best (STUDIES 7.3)
FLOOR = "floor"  # the verdict of a row that only says that there are at least so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The answer, or the answer to the same question asked in another way.

    Parameters
    ----------
    group
        What is different: nothing, the model, the lists, what cannot be tested, errors in the records; or a floor.
    what
        What exactly, as a word.
    lists
        The lists that it is about.
    values
        Settings and counts, for a sentence.
    estimate
        A single number of people; ``inf`` or ``nan`` where the verdict says so, ``nan`` where there are several.
    lowest, highest
        The ends of several estimates; ``nan`` where there is one.
    lower, upper
        Limits of an interval; ``nan`` where there is none.
    verdict
        ``estimable``, ``zero``, ``infinite`` (also where one of several is), ``not identified`` or ``floor``.
    """

    group: Group
    what: str
    lists: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    estimate: float = math.nan
    lowest: float = math.nan
    highest: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    verdict: str = "estimable"

    @property
    def label(self) -> str:
        """What is different, as plain words that are the same in every language."""
        values = self.values
        setting = {
            "all lists": "{least:g} to {most:g}",
            "form": "{form}",
            "law": "{text}",
            "links": "missed to {missed:g}, false to {false:g}",
            "erroneous": "to {share:g}",
            "bounds": "{of} {least:g} to {most:g}",
        }.get(self.what, "")
        return " ".join(filter(None, [self.what, " + ".join(self.lists), setting.format(**values)]))

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest estimate; the same one where there is one."""
        return (self.estimate, self.estimate) if math.isnan(self.lowest) else (self.lowest, self.highest)

    @property
    def answers(self) -> bool:
        """Whether it is another answer to the question, with a finite number or without; a floor or a bound is not."""
        return self.group != "headline" and self.verdict != FLOOR and not self.what.startswith("bounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """A single model beside the answer.

    Parameters
    ----------
    what
        ``independence``, or over pairs of lists ``average``, ``best aic`` or ``best bic``.
    estimate
        Its total; ``inf`` or ``nan`` where the verdict says so.
    verdict
        A code of `darknumber.kernels.verdicts`.
    """

    what: str
    estimate: float
    verdict: int


def alone_of(fit: Fit) -> tuple[Alone, ...]:
    """Independent lists, and over pairs of lists an average and the best by AIC and by BIC where that is quick.

    Not the model of the answer itself, nor one that cannot take the data.
    """
    lists, covariates = len(fit.data.lists), bool(fit.data.covariates)
    models: dict[str, Model] = {"independence": Independence()}
    if not covariates and lists <= SEARCHED_LISTS:
        models |= {"average": Average(), "best aic": Best(criterion="aic")}
    if not covariates and lists <= MOST_PAIRED:
        models["best bic"] = Best()
    own = inside(fit).model
    found = []
    for what, model in models.items():
        if model == own:
            continue
        try:
            other = fitted(fit.data, model, 0)
        except (InputError, ModelError):
            continue
        dark, verdict = total_of(other)
        found.append(Alone(what=what, estimate=float(fit.data.count.sum()) + dark, verdict=verdict))
    return tuple(found)


def rows_of(panel: Panel) -> tuple[Row, ...]:
    """The answer, and every other way of asking that was tried."""
    found = [headline_row(panel), *_models(panel)]
    found += _laws(panel.laws.laws[1:]) if panel.laws is not None else []
    found += _lists(panel.omission) if panel.omission is not None else []
    found += sensitivity_rows(panel.sensitivity) if panel.sensitivity is not None else []
    return tuple(found)


def columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The rows as plain columns."""
    numbers = ("estimate", "lowest", "highest", "lower", "upper")
    return {
        "group": [row.group for row in rows],
        "what": [row.label for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in numbers},
        "verdict": [row.verdict for row in rows],
    }


def headline_row(panel: Panel) -> Row:
    """The answer with its limits; without limits where these do not add up."""
    estimates = panel.estimates
    dark, verdict = total_of(estimates.fits[0])
    lower = upper = math.nan
    if adds_up(estimates):
        lower, upper = estimates.total().limits[0].tolist()
        upper = math.inf if gives_floor(estimates) and math.isfinite(upper) else upper
    whole = float(panel.data.count.sum()) + dark
    name = verdicts.NAMES[verdict]
    return Row(group="headline", what="headline", estimate=whole, lower=lower, upper=upper, verdict=name)


def _models(panel: Panel) -> Iterator[Row]:
    """Models close to the best, with terms of more lists, and single ones."""
    observed = float(panel.data.count.sum())
    candidates = panel.estimates.fits[0].candidates
    if candidates is not None:
        near = candidates.near if candidates.exact else candidates.distance <= CLOSE
        yield from _several("near" if candidates.exact else "path", candidates, near, observed)
    beside = panel.estimates.beside
    if beside is not None:
        what = "wider" if "pairs_only" in panel.estimates.fits[0].model.assumes else "pairs"
        yield from _several(what, beside, beside.near, observed)
    for each in panel.alone:
        name = verdicts.NAMES[each.verdict]
        yield Row(group="models", what=each.what, estimate=each.estimate, verdict=name)


def _laws(others: Sequence[Law]) -> Iterator[Row]:
    """Other laws of how often people are seen on one list; those that are floors last."""
    for law in sorted(others, key=lambda law: law.floor):
        yield Row(
            group="floors" if law.floor else "models",
            what="law",
            values={"law": law.model, "text": format_thing(law.model)},
            estimate=law.estimate,
            lower=math.nan if law.floor else law.lower,
            upper=math.nan if law.floor else law.upper,
            verdict=FLOOR if law.floor else verdicts.NAMES[law.verdict],
        )


def _several(what: str, candidates: Candidates, chosen: NDArray[np.bool_], observed: float) -> Iterator[Row]:
    """The ends of the estimates of some candidates; nothing where there is only one, as in the answer."""
    estimates = observed + candidates.unobserved[chosen]
    if len(estimates) < 2:
        return
    yield _range("models", what, estimates, values={"n": len(estimates)})


def _range(
    group: Group, what: str, estimates: Array, *, values: Mapping[str, Any], limits: tuple[float, float] | None = None
) -> Row:
    """Several estimates: the ends of the finite ones, and that one has no upper limit or is not identified."""
    finite = estimates[np.isfinite(estimates)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)
    lower, upper = limits or (math.nan, math.nan)
    verdict = "infinite" if np.isposinf(estimates).any() else "estimable" if len(finite) else "not identified"
    if verdict == "infinite":
        low, high = (low if len(finite) else math.inf), math.inf
    return Row(
        group=group,
        what=what,
        values={**values, "n": len(estimates)},
        lowest=low,
        highest=high,
        lower=lower,
        upper=upper,
        verdict=verdict,
    )


def _lists(found: Omission) -> Iterator[Row]:
    for variant in (*found.without, *found.merged):
        verdict = "not identified" if variant.failure is not None else verdicts.NAMES[variant.verdict]
        yield Row(group="lists", what=variant.kind, lists=variant.lists, estimate=variant.estimate, verdict=verdict)


def merged_row(rows: Sequence[Row]) -> Row:
    """All pairs of lists that were merged, as one row."""
    return _range("lists", "merged", np.array([row.estimate for row in rows]), values={})


def sensitivity_rows(found: Sensitivity) -> Iterator[Row]:
    """What an answer is sensitive to: assumptions that cannot be tested, errors in the records, floors."""
    yield from _untested(found)
    if math.isfinite(found.headline[0]):
        grid = found.linkage
        values = {"missed": max(grid.missed), "false": max(grid.false)}
        yield from _grid("links", grid.estimate, values)
        everywhere = found.trimmed[0]
        yield from _grid("erroneous", everywhere.estimate, {"share": max(everywhere.share)})
    yield from _floors(found)


def _untested(found: Sensitivity) -> Iterator[Row]:
    dial = found.dial
    if math.isfinite(found.headline[0]):
        values: dict[str, Any] = {"least": 1 / dial.declared, "most": dial.declared}
        yield _range("untested", "all lists", np.array(dial.ends), values=values, limits=dial.interval)
        points = [point for pair in found.pairs for point in (pair.independent, pair.strongest) if point is not None]
        if points:
            limits = min(point[1] for point in points), max(point[2] for point in points)
            yield _range("untested", "pairs", np.array([point[0] for point in points]), values={}, limits=limits)
    for form in found.forms:
        if not form.reason:
            verdict = "estimable" if math.isfinite(form.estimate) else "infinite"
            yield Row(
                group="untested",
                what="form",
                values={"form": form.form},
                estimate=form.estimate,
                lower=form.lower,
                upper=form.upper,
                verdict="not identified" if math.isnan(form.estimate) else verdict,
            )
    for bound in found.bounds:
        low, high = bound.likely
        if bound.possible and low > found.observed and math.isfinite(high):
            values = {"of": bound.what, "least": bound.least, "most": bound.most}
            yield Row(group="untested", what="bounds", values=values, lower=low, upper=high)


def _grid(what: str, estimates: Array, values: Mapping[str, Any]) -> Iterator[Row]:
    """How far totals of corrected tables run; these may have fewer people than are registered."""
    known = estimates[~np.isnan(estimates)]
    if len(known) > 1:
        yield _range("records", what, known, values=values)


def _floors(found: Sensitivity) -> Iterator[Row]:
    """Floors, and bounds that have a lower end only."""
    for floor in found.floors:
        if math.isfinite(floor.estimate):
            yield Row(group="floors", what=floor.kind, estimate=floor.estimate, verdict=FLOOR)
    for bound in found.bounds:
        low, high = bound.likely
        if bound.possible and low > found.observed and math.isinf(high):
            values = {"of": bound.what, "least": bound.least, "most": bound.most}
            yield Row(group="floors", what="bounds", values=values, estimate=low, verdict=FLOOR)
