"""One's own figures beside published ones of the same years, with what contradicts each other side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from darknumber.data.published import Published, contradicted, published, with_ratios
from darknumber.errors import InputError
from darknumber.findings import Finding, by_severity
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.publish import adds_up, time_of
from darknumber.studies.printing_published import describe_beside
from darknumber.studies.revise import Revision
from darknumber.words import people

HOME = "NLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One's own figure of what a published one is about.

    Parameters
    ----------
    study
        The vintage, where two studies are compared: 0 for the first, 1 for the second; else 0.
    value, lower, upper
        The figure; limits are ``nan`` for a registered number, and where there are none.
    """

    study: int
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A published figure with one's own beside it.

    Parameters
    ----------
    figure
        The published one.
    own
        One's own, of each study that has all these years; empty for a group that is not looked at here.
    contradicted
        Whether another published figure of the same thing says something else.
    """

    figure: Published
    own: tuple[Own, ...]
    contradicted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Published figures of the years of an answer, each with one's own; print it, or read its columns.

    Parameters
    ----------
    country
        Whose figures.
    studies
        The answers they are laid beside: one, or two that are compared.
    vintages
        What two studies are called, or None.
    rows
        By place and year.
    findings
        What the reader must know; worst first.
    """

    country: str
    studies: tuple[Estimates, ...]
    vintages: tuple[str, str] | None
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return describe_beside(self)

    __repr__ = __str__

    def columns(self) -> dict[str, list[Any]]:
        """One row a published figure."""
        names = Published.__slots__
        table: dict[str, list[Any]] = {name: [getattr(row.figure, name) for row in self.rows] for name in names}
        table["contradicted"] = [row.contradicted for row in self.rows]
        for study in range(len(self.studies)):
            end = f"_{study + 1}" if len(self.studies) > 1 else ""
            for what in ("value", "lower", "upper"):
                table[f"own_{what}{end}"] = [_found(row, study, what) for row in self.rows]
        return table

    def to_frame(self, backend: str | None = None) -> Any:
        """The columns as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def _found(row: Row, study: int, what: str) -> float | None:
    for own in row.own:
        if own.study == study:
            value = float(getattr(own, what))
            return value if math.isfinite(value) else None
    return None


def beside(answer: Estimates | Revision, country: str = HOME, *, group: str | None = "all", home: str = HOME) -> Beside:
    """Lay published figures beside one's own, year by year; figures that contradict each other all stay.

    Parameters
    ----------
    answer
        An answer by year, or two that are compared.
    country
        Whose figures, by its three letters.
    group
        Whom the figures are about; None for every group, of which only ``all`` has one's own beside it.
    home
        The country that the answer is about. Beside figures of another country only the ratio is one's own: how many
        people there are cannot be compared.

    Raises
    ------
    InputError
        There are no published figures of that country, or the answer has no years.
    """
    studies = (answer.old, answer.new) if isinstance(answer, Revision) else (answer,)
    vintages = answer.vintages if isinstance(answer, Revision) else None
    for study in studies:
        if time_of(study) is None or not adds_up(study):
            raise InputError("no_published_years")
    years = {int(level) for study in studies for level in _years(study)}
    figures = [
        each
        for each in with_ratios(published(country, group=group))
        if any(each.first <= year <= each.last for year in years)
    ]
    apart = contradicted(figures)
    abroad = country != home
    rows = tuple(
        Row(figure=each, own=tuple(_own(studies, each, abroad=abroad)), contradicted=each.subject in apart)
        for each in figures
    )
    return Beside(
        country=country, studies=studies, vintages=vintages, rows=rows, findings=by_severity(_findings(rows, studies))
    )


def _years(study: Estimates) -> tuple[str, ...]:
    time = time_of(study)
    return () if time is None else tuple(level for level in time.recorded if level.isdigit())


def _own(studies: tuple[Estimates, ...], figure: Published, *, abroad: bool) -> Iterator[Own]:
    """One's own figure of the same years, of each study that has all of them."""
    if figure.group != "all" or (figure.quantity != "ratio" and (abroad or figure.place)):
        return
    levels = [str(year) for year in range(figure.first, figure.last + 1)]
    for number, study in enumerate(studies):
        time = time_of(study)
        if time is None or not set(levels) <= set(time.recorded):
            continue
        mean = study.by(time.name).mean(time.name, levels)
        times = len(levels) if figure.per == "sum" else 1
        seen, size = float(mean.observed[0]) * times, float(mean.estimate[0]) * times
        lower, upper = (float(each) * times for each in mean.limits[0])
        if figure.quantity == "registered":
            yield Own(study=number, value=seen, lower=math.nan, upper=math.nan)
        elif figure.quantity == "estimated":
            yield Own(study=number, value=size, lower=lower, upper=upper)
        elif seen > 0:
            yield Own(study=number, value=size / seen, lower=lower / seen, upper=upper / seen)


def _findings(rows: tuple[Row, ...], studies: tuple[Estimates, ...]) -> Iterator[Finding]:
    """What contradicts each other, and that one's own figures are made up where they are."""
    found: dict[tuple[object, ...], list[Published]] = {}
    for row in rows:
        if row.contradicted:
            found.setdefault(row.figure.subject, []).append(row.figure)
    for figures in found.values():
        told = [people(value) for value in sorted({each.value for each in figures if each.value is not None})]
        values = {"values": tuple(told), "period": figures[0].period}
        if figures[0].quantity == "registered":
            yield Finding(code="published_registered_apart", severity="caution", values=values)
        else:
            yield Finding(code="published_estimated_apart", severity="caution", values=values)
    for study in studies:
        yield from (each for each in study.findings if each.code in ("synthetic_register", "synthetic_data"))
