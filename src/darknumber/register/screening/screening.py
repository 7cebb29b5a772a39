"""What a screening of reports found: counts of what they point to, and of what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from darknumber.data.names import check_choice
from darknumber.findings import Finding
from darknumber.register.screening.definitions import Definition
from darknumber.register.screening.questions import NO, UNKNOWN, YES
from darknumber.register.screening.rulebook import ELEMENTS, MINOR, Rules
from darknumber.register.screening.screen_printing import describe

What = Literal["results", "combinations", "organisations", "years", "questions", "definitions"]
WHATS: tuple[What, ...] = get_args(What)

ASKED = (*ELEMENTS, MINOR)  # what a combination is a combination of

_WORDS: Mapping[int, str] = {YES: "yes", UNKNOWN: "unknown", NO: "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How many reports say yes, no, or neither.

    Parameters
    ----------
    name
        A question, a dimension, an element or a reading.
    yes, unknown, no
        Reports.
    """

    name: str
    yes: int
    unknown: int
    no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Reports with the same answers on the elements of the law.

    Parameters
    ----------
    answers
        On act, means, purpose and being a minor: 2 for yes, 1 for unknown, 0 for no.
    signal
        The same for whether the report points to trafficking.
    reports
        How many.
    """

    answers: tuple[int, ...]
    signal: int
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The reports of one organisation, or of one year.

    Parameters
    ----------
    level
        Which; *not recorded* where there is none.
    reports
        How many.
    signal
        Whether they point to trafficking.
    unknown
        Of how many each element of the law, and being a minor, is unknown.
    """

    level: str
    reports: int
    signal: Answered
    unknown: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """How many reports meet a definition.

    Parameters
    ----------
    definition
        Which.
    answered
        Reports that meet it, do not, or of which that is not known.
    recorded
        Whether the reports have any column it asks about; else all of them are unknown.
    """

    definition: Definition
    answered: Answered
    recorded: bool

    @property
    def reports(self) -> int:
        """How many count: those that meet it, and the unknown ones where the definition takes them in."""
        return self.answered.yes + (self.answered.unknown if self.definition.unknown == "in" else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What reports point to, in counts.

    Parameters
    ----------
    name
        What the reports are called.
    reports
        How many were screened.
    rules
        Which rules: of the law, or with the ILO's indicators.
    results
        The elements of the law and being a minor, the dimensions of the ILO, the readings.
    combinations
        Reports by their answers on the elements, the most frequent first.
    organisations, years
        Reports by organisation and by year.
    questions
        The answers to each question.
    definitions
        How many reports meet each definition.
    findings
        What must be known about it.
    """

    name: str
    reports: int
    rules: Rules
    results: tuple[Answered, ...]
    combinations: tuple[Combination, ...]
    organisations: tuple[Part, ...]
    years: tuple[Part, ...]
    questions: tuple[Answered, ...]
    definitions: tuple[Met, ...]
    findings: tuple[Finding, ...]

    def __getitem__(self, name: str) -> Answered:
        return {each.name: each for each in (*self.questions, *self.results)}[name]

    def __str__(self) -> str:
        return describe(self)

    def columns(self, what: What = "results") -> dict[str, list[Any]]:
        """Its counts as plain columns: of the results, or by combination, organisation, year, question or definition.

        Raises
        ------
        InputError
            Anything else is asked for.
        """
        check_choice("what", what, WHATS)
        rows: list[dict[str, Any]]
        if what in ("results", "questions"):
            rows = [_counted(each) for each in (self.results if what == "results" else self.questions)]
        elif what == "combinations":
            rows = [_combined(each) for each in self.combinations]
        elif what == "definitions":
            rows = [_defined(each) for each in self.definitions]
        else:
            rows = [_parted(each) for each in (self.organisations if what == "organisations" else self.years)]
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _counted(each: Answered) -> dict[str, Any]:
    return {"name": each.name, "yes": each.yes, "unknown": each.unknown, "no": each.no}


def _combined(each: Combination) -> dict[str, Any]:
    answers = {name: _WORDS[answer] for name, answer in zip(ASKED, each.answers, strict=True)}
    return answers | {"signal": _WORDS[each.signal], "reports": each.reports}


def _defined(each: Met) -> dict[str, Any]:
    wanted = each.definition
    counts = {"yes": each.answered.yes, "unknown": each.answered.unknown, "no": each.answered.no}
    return {"name": wanted.name, "formula": wanted.formula, **counts, "counts": wanted.unknown, "reports": each.reports}


def _parted(each: Part) -> dict[str, Any]:
    signal = {"signal": each.signal.yes, "signal_unknown": each.signal.unknown, "no_signal": each.signal.no}
    unknown = {f"{name}_unknown": n for name, n in each.unknown.items()}
    return {"level": each.level, "reports": each.reports, **signal, **unknown}
