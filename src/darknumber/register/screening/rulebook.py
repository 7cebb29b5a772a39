"""From answers to dimensions, elements of the law, and a signal: the rules, read from ``rules/reading.toml``.

Each rule is a formula with its source and date. The reports of an office carry the questions of the law (acts, means,
signals, form of exploitation), or those and the indicators of the ILO; what counts as an act, a means or a purpose
depends on which.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from darknumber.data.names import no_such
from darknumber.errors import ModelError
from darknumber.register.screening.formulas import (
    EVERYBODY,
    Book,
    Either,
    Enough,
    Formula,
    Not,
    Word,
    both_ways,
    parsed,
    words_in,
)
from darknumber.register.screening.questions import RULES, STRENGTHS, Strength, basis_of, evidence_for, questions
from darknumber.register.targets import Basis

Rules = Literal["law", "law+ilo"]
RULES_KNOWN: tuple[Rules, ...] = get_args(Rules)

MOST_CASES = 4  # questions settled by cases: each doubles the work, and a formula that needs more can be put simpler

MINOR = "minor"  # of whom no means are asked
ELEMENTS = ("act", "means", "purpose")
SIGNAL = "signal"
READINGS = ("law", "case-reading", SIGNAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A dimension, an element of the law or a reading of a case, and what it rests on.

    Parameters
    ----------
    name
        What formulas call it.
    formula
        When it is indicated.
    date, source, basis
        Where that is from.
    """

    name: str
    formula: Formula
    date: str
    source: str
    basis: Basis


@cache
def rules_of(rules: Rules) -> Mapping[str, Rule]:
    """Dimensions, elements and readings by name, each after those it rests on."""
    read = _read()
    found = [Rule(name=name, formula=_dimension(name), **_origin(read["scoring"])) for name in dimensions()]
    for entry in (*read["element"], *read["reading"]):
        formula = parsed(entry["formula"])
        if rules == "law+ilo" and "with_ilo" in entry:
            formula = Either((formula, parsed(entry["with_ilo"])))
        found.append(Rule(name=entry["name"], formula=formula, **_origin(entry)))
    return {rule.name: rule for rule in found}


@cache
def book_of(rules: Rules) -> Book:
    """The formula of each rule by its name, and the names that are only another way to say a question."""
    return {"cross-border": Not(Word("domestic"))} | {rule.name: rule.formula for rule in rules_of(rules).values()}


@cache
def dimensions() -> tuple[str, ...]:
    """The dimensions of the ILO, in its order."""
    return tuple(dict.fromkeys(each.dimension for each in questions().values() if each.dimension))


def formula_of(text: str) -> Formula:
    """The formula that a text says, of words that are known.

    Raises
    ------
    ModelError
        Something is missing or one too many, or too many questions are in favour in one place and against in another.
    InputError
        A word that is not known; the nearest is suggested.
    """
    formula = parsed(text)
    known = words_known()
    for word in words_in(formula):
        if word not in known:
            raise no_such("unknown_word", word, known)
    both = both_ways(formula, book_of("law+ilo"))
    if len(both) > MOST_CASES:
        raise ModelError("formula_both_ways", text=text, names=both, limit=MOST_CASES)
    return formula


def words_known() -> tuple[str, ...]:
    """The words that formulas may use, those of the law before those of the ILO."""
    indicators = [code for code, each in questions().items() if each.kind == "indicator"]
    others = [code for code in questions() if code not in indicators]
    names = [name for name in book_of("law+ilo") if name not in dimensions()]
    return (EVERYBODY, *names, *others, *dimensions(), *indicators)


def _dimension(name: str) -> Formula:
    """When a dimension is positive; an indicator is there where any question says so."""
    return Enough(tuple(_items(name)), _ways())


def _items(dimension: str) -> Iterator[tuple[Strength, Formula]]:
    for question in questions().values():
        if question.dimension == dimension and question.strength is not None:
            yield question.strength, Either(tuple(Word(code) for code in evidence_for(question.code)))


def _ways() -> tuple[tuple[tuple[Strength, int], ...], ...]:
    ways = _read()["scoring"]["enough"]
    return tuple(tuple((strength, way[strength]) for strength in STRENGTHS if strength in way) for way in ways)


def _origin(entry: Mapping[str, str]) -> dict[str, Any]:
    return {"date": entry["date"], "source": entry["source"], "basis": basis_of(entry["basis"])}


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads((RULES / "reading.toml").read_text(encoding="utf-8"))
