"""Whom a count is about: definitions by name, or formulas of one's own, and the reports that meet them.

The built-in definitions are data (``rules/definitions.toml``), each with its source and date. Whether a report counts
where it is not known whether it meets a definition is part of the definition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, Protocol, get_args

import narwhals.stable.v2 as nw

from darknumber.data.names import check_choice, no_such
from darknumber.errors import InputError, ModelError
from darknumber.register.screening.formulas import EVERYBODY, Book, Formula, directions, evaluated
from darknumber.register.screening.questions import RULES, UNKNOWN, YES, basis_of, questions
from darknumber.register.screening.rulebook import RULES_KNOWN, Rules, book_of, formula_of, words_known
from darknumber.register.targets import Basis
from darknumber.words import say

Unknown = Literal["in", "out"]
UNKNOWNS: tuple[Unknown, ...] = get_args(Unknown)

MEETS = "meets"  # the column that `meeting` adds
ANSWER = "_answer"

_OPTION = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<value>[\w+-]+)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Who counts.

    Parameters
    ----------
    name
        What it is called; of a formula of one's own, the formula.
    formula
        When a report meets it, as `darknumber.register.screening.rulebook.formula_of` reads it.
    unknown
        Whether a report counts (``in``) or not (``out``) where it is not known whether it meets the definition.
    rules
        Whether acts, means and purpose are read off the questions of the law only (``law``), or off the ILO's
        indicators as well (``law+ilo``); None where that depends on whether the reports have indicators.
    date, source, basis
        Where it is from; empty for a formula of one's own.
    """

    name: str
    formula: str
    unknown: Unknown = "out"
    rules: Rules | None = None
    date: str = ""
    source: str = ""
    basis: Basis = "assumed"

    @property
    def own(self) -> bool:
        """Whether it is a formula of one's own."""
        return not self.source

    @property
    def sentence(self) -> str:
        """Who counts, and what about those of whom it is not known, in the language in use."""
        who = say("screen.own", formula=self.formula) if self.own else say(f"screen.definition.{self.name}")
        return who if self.formula == EVERYBODY else f"{who} {say(f'screen.unknown.{self.unknown}')}"

    def __str__(self) -> str:
        rules = f", rules={self.rules}" if self.rules else ""
        return f"{self.name}, unknown={self.unknown}{rules}"


@cache
def definitions() -> tuple[Definition, ...]:
    """The definitions that can be chosen by name."""
    read = tomllib.loads((RULES / "definitions.toml").read_text(encoding="utf-8"))
    return tuple(
        Definition(
            name=entry["name"],
            formula=entry["formula"],
            unknown=next(each for each in UNKNOWNS if each == entry["unknown"]),
            date=entry["date"],
            source=entry["source"],
            basis=basis_of(entry["basis"]),
        )
        for entry in read["definition"]
    )


def definition_of(text: str | Definition | None) -> Definition:
    """The definition that a text names or spells, such as ``purpose`` or ``sexual and minor, unknown=in``.

    Raises
    ------
    ModelError
        A formula that cannot be read, or an option that is not ``unknown`` or ``rules``.
    InputError
        A word or a choice that is not known; the nearest is suggested.
    """
    if isinstance(text, Definition):
        formula_of(text.formula)
        return text
    head, *options = (definitions()[0].name if text is None else text).split(",")
    built_in = {each.name: each for each in definitions()}
    name = re.sub(r"\s*\+\s*", "+", head.strip())
    if name in built_in:
        found = built_in[name]
    elif re.fullmatch(r"[^\s()]+", name) and name not in words_known():
        raise no_such("no_such_definition", name, (*built_in, *words_known()))
    else:
        formula_of(name)
        found = Definition(name=name, formula=name)
    return _with_options(found, options, str(text))


class Accepting(Protocol):
    """Reports of which some rows may have been set aside."""

    @property
    def name(self) -> str:
        """What they are called."""
        ...

    @property
    def accepted(self) -> nw.LazyFrame[Any]:
        """The rows that were not."""
        ...


Rows = nw.LazyFrame[Any] | Accepting


def rows_of(reports: Rows) -> nw.LazyFrame[Any]:
    """The rows of reports that were accepted.

    Raises
    ------
    InputError
        Something else than reports.
    """
    if isinstance(reports, nw.LazyFrame):
        return reports
    if not hasattr(reports, "accepted"):
        raise InputError("not_reports", kind=type(reports).__name__)
    return reports.accepted


def meeting(reports: Rows, definition: str | Definition | None = None) -> nw.LazyFrame[Any]:
    """The accepted rows with an Int64 column ``meets``, 1 where a report counts, else 0; nothing is read yet.

    Parameters
    ----------
    reports
        Reports, or their rows in the canonical columns.
    definition
        Who counts; everybody by default.

    Raises
    ------
    InputError
        The reports have no column that could say whether somebody meets the definition; and as `definition_of`.
    ModelError
        As `definition_of`.
    """
    wanted, frame = definition_of(definition), rows_of(reports)
    names = frame.collect_schema().names()
    formula, book = formula_of(wanted.formula), book_of(rules_for(names, wanted.rules))
    columns = columns_of(formula, book)
    if not is_recorded(columns, names):
        raise InputError("definition_not_recorded", name=wanted.name, columns=columns)
    answer = nw.col(ANSWER)
    counts = answer >= UNKNOWN if wanted.unknown == "in" else answer == YES
    return evaluated(frame, {ANSWER: formula}, book).select(*names, counts.cast(nw.Int64).alias(MEETS))


def columns_of(formula: Formula, book: Book) -> tuple[str, ...]:
    """The columns of a report that a formula asks about; none where everybody meets it."""
    favour, against = directions(formula, book)
    return tuple(dict.fromkeys(each.column for code, each in questions().items() if code in favour | against))


def is_recorded(columns: Sequence[str], there: Sequence[str]) -> bool:
    """Whether reports with these columns can say anything about a formula that asks about `columns`."""
    return not columns or bool(set(columns) & set(there))


def can_be_met(definition: Definition, there: Sequence[str]) -> bool:
    """Whether reports with these columns can say anything about who meets a definition."""
    book = book_of(rules_for(there, definition.rules))
    return is_recorded(columns_of(formula_of(definition.formula), book), there)


def rules_for(columns: Sequence[str], rules: Rules | None = None) -> Rules:
    """The rules asked for; by default with the ILO's indicators where the reports have a column for them."""
    if rules is not None:
        check_choice("rules", rules, RULES_KNOWN)
        return rules
    return "law+ilo" if "indicators" in columns else "law"


def _with_options(found: Definition, options: Sequence[str], text: str) -> Definition:
    for option in options:
        match = _OPTION.fullmatch(option)
        if match is None or match["name"] not in ("unknown", "rules"):
            raise ModelError("definition_option", text=text, option=option.strip())
        if match["name"] == "unknown":
            check_choice("unknown", match["value"], UNKNOWNS)
            found = replace(found, unknown=next(each for each in UNKNOWNS if each == match["value"]))
        else:
            check_choice("rules", match["value"], RULES_KNOWN)
            found = replace(found, rules=next(each for each in RULES_KNOWN if each == match["value"]))
    return found
