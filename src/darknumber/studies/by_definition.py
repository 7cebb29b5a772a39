"""Whom a count is about, and what that does to the estimate: the same links under one definition after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from darknumber.data.drawn import DrawnTables
from darknumber.data.names import as_names
from darknumber.data.table import CaptureTable, Unit
from darknumber.errors import InputError
from darknumber.findings import Finding
from darknumber.inference.asked import Part
from darknumber.inference.bootstrap import Progress
from darknumber.inference.estimates import Estimates
from darknumber.inference.frames import frame_of
from darknumber.inference.intervals import Interval
from darknumber.inference.pooled import pooled_estimate
from darknumber.models import Model
from darknumber.register.linkage.drawn import DRAWS, Unlinkable, linked_tables
from darknumber.register.linkage.links import SURE, Links
from darknumber.register.screening.definitions import Definition, can_be_met, definition_of, definitions
from darknumber.studies.links import QUICK
from darknumber.studies.printing_by_definition import describe_by_definition

TOO_FEW = ("nobody_linked", "empty_list")  # errors by which a definition has nobody, or people on one list only

_TOO_QUICK = ("few_link_draws", "few_replicates")  # what is known of the answers only, and is true of all of them
_BY_DEFINITION = "counted_by_definition"  # of one definition; here every row has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDefinition:
    """The total under each definition; print it, or read its columns.

    Parameters
    ----------
    definitions
        Who counts.
    left_out
        Definitions that nobody meets, or only people on a single list, of those that were not asked for by name.
    tables
        The people who do, for every draw of who is who.
    answers
        The total of each, with its interval.
    """

    definitions: tuple[Definition, ...]
    left_out: tuple[str, ...]
    tables: tuple[DrawnTables, ...] = field(repr=False)
    answers: tuple[Estimates, ...] = field(repr=False)

    def __str__(self) -> str:
        return describe_by_definition(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be known of the links and of those who count; each kind once, as of the first it is true of."""
        said = [finding for table in self.tables for finding in (*table.findings, *table.best.findings)]
        said += [finding for answer in self.answers for finding in answer.findings if finding.code in _TOO_QUICK]
        kinds = {_kind(each): each for each in reversed(said) if each.code != _BY_DEFINITION}
        first = tuple(kinds.values())[::-1]
        if not self.left_out:
            return first
        return (*first, Finding(code="definitions_left_out", values={"n": len(self.left_out), "names": self.left_out}))

    @property
    def data(self) -> CaptureTable:
        """Whoever counts under the first definition, at the threshold."""
        return self.tables[0].best

    def columns(self) -> dict[str, list[Any]]:
        """The totals as plain columns, one row a definition."""
        rows = [answer.columns() for answer in self.answers]
        return {
            "definition": [each.name for each in self.definitions],
            "unknown": [each.unknown for each in self.definitions],
            **{name: [row[name][0] for row in rows] for name in rows[0]},
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """The totals as a data frame of an installed library; see `frame_of`."""
        return frame_of(self.columns(), backend)


def by_definition(
    links: Links,
    asked: Sequence[str | Definition] = (),
    model: Model | str | None = None,
    interval: Interval | str | None = None,
    *,
    lists: Sequence[str] | None = None,
    merge: Mapping[str, Sequence[str]] | None = None,
    unlinkable: Unlinkable = "leave out",
    unit: Unit = "person",
    draws: int = DRAWS,
    threshold: float = SURE,
    level: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> ByDefinition:
    """What the estimate is under one definition after the other.

    Who is who is drawn from all reports, whatever the definition, and with the same random numbers: what differs
    between the answers is who counts.

    Parameters
    ----------
    links
        What `darknumber.register.linkage.link.link` found.
    asked
        Definitions by name, or formulas; by default everybody, and every definition with a name of its own that the
        reports can say something about.
    model
        As in `estimate`, of the lists only.
    interval
        As in `estimate`; by default the bootstrap with `QUICK` replicates.
    lists, merge, unlinkable, unit, draws, threshold
        As in `darknumber.register.linkage.drawn.linked_tables`.
    level, seed, workers
        As in `estimate`.
    progress
        Called with (done, total, what) over all definitions together; raising `Cancelled` in it stops.

    Raises
    ------
    InputError, ModelError
        A definition that is not known or that nobody meets; and as `linked_tables` and `estimate`.
    """
    if not hasattr(links, "weight"):
        raise InputError("not_links", kind=type(links).__name__)
    there = tuple(links.reports.fields)
    wanted = tuple(definition_of(each) for each in _asked(asked)) or tuple(
        each for each in definitions() if can_be_met(each, there)
    )
    how = QUICK if interval is None else interval
    rows: list[tuple[Definition, DrawnTables, Estimates]] = []
    left_out: list[str] = []
    for place, each in enumerate(wanted):
        shown = Part(progress, place, len(wanted)) if progress is not None else None
        try:
            data = linked_tables(
                links,
                lists=lists,
                merge=merge,
                definition=each,
                unit=unit,
                unlinkable=unlinkable,
                draws=draws,
                threshold=threshold,
                seed=seed,
            )
        except InputError as error:
            if asked or not rows or error.code not in TOO_FEW:
                raise
            left_out.append(each.name)
            continue
        answer = pooled_estimate(data, model, how, by=(), level=level, seed=seed, workers=workers, progress=shown)
        rows.append((each, data, answer))
    answered, tables, answers = zip(*rows, strict=True)
    return ByDefinition(definitions=answered, tables=tables, answers=answers, left_out=tuple(left_out))


def _kind(finding: Finding) -> tuple[str, object]:
    """What makes a finding another one than those of other definitions: its code, and the list it is about."""
    return finding.code, finding.values.get("name")


def _asked(asked: Sequence[str | Definition]) -> Sequence[str | Definition]:
    return as_names(asked) if isinstance(asked, str) else asked
