"""Formulas over questions, answered with yes, no or unknown.

A formula joins words by ``and``, ``or``, ``not`` and parentheses, such as ``purpose and (means or minor)``. A word is a
question (`darknumber.register.screening.questions`) or a name for another formula.

The answer is yes where it would be yes whatever the unknown answers are, no where it would be no whatever they are,
and unknown otherwise. Where a question is only ever in favour of a formula, or only ever against it, the smallest
(and), the largest (or) and two minus (not) of the parts give just that. A question that is in favour in one place and
against in another is settled by cases: as if it were yes, and as if it were no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add, and_, or_
from typing import Any

import narwhals.stable.v2 as nw

from darknumber.errors import ModelError
from darknumber.register.screening.questions import (
    NO,
    STRENGTHS,
    UNKNOWN,
    YES,
    Strength,
    answered,
    column_of,
    questions,
)

EVERYBODY = "everybody"

_TOKEN = re.compile(r"[()]|[^\s()]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A question, or another formula by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Formula


@dataclass(frozen=True, slots=True)
class Both:
    """All of these; of none at all, yes."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Enough:
    """Enough of these by strength.

    Parameters
    ----------
    parts
        Each with its strength.
    ways
        Numbers by strength; any of them is enough.
    """

    parts: tuple[tuple[Strength, Formula], ...]
    ways: tuple[tuple[tuple[Strength, int], ...], ...]


Formula = Word | Not | Both | Either | Enough
Book = Mapping[str, Formula]  # formulas by name, each after those it rests on


def parsed(text: str) -> Formula:
    """The formula that a text says; whether its words are known is not looked at.

    Raises
    ------
    ModelError
        A word or a parenthesis is missing, or there is one too many.
    """
    tokens = _TOKEN.findall(text)
    formula, rest = _either(text, tokens)
    if rest:
        raise ModelError("formula_not_read", text=text, at=rest[0])
    return formula


def _either(text: str, tokens: Sequence[str]) -> tuple[Formula, Sequence[str]]:
    part, tokens = _both(text, tokens)
    parts = [part]
    while tokens[:1] == ["or"]:
        part, tokens = _both(text, tokens[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Either(tuple(parts))), tokens


def _both(text: str, tokens: Sequence[str]) -> tuple[Formula, Sequence[str]]:
    part, tokens = _single(text, tokens)
    parts = [part]
    while tokens[:1] == ["and"]:
        part, tokens = _single(text, tokens[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Both(tuple(parts))), tokens


def _single(text: str, tokens: Sequence[str]) -> tuple[Formula, Sequence[str]]:
    if not tokens:
        raise ModelError("formula_ends", text=text)
    first, *rest = tokens
    if first == "not":
        part, after = _single(text, rest)
        return Not(part), after
    if first == "(":
        part, after = _either(text, rest)
        if not after:
            raise ModelError("formula_ends", text=text)
        if after[0] != ")":
            raise ModelError("formula_not_read", text=text, at=after[0])
        return part, after[1:]
    if first in (")", "and", "or"):
        raise ModelError("formula_not_read", text=text, at=first)
    return (Both(()) if first == EVERYBODY else Word(first)), rest


def words_in(formula: Formula) -> Iterator[str]:
    """The words of a formula, from left to right."""
    match formula:
        case Word(name):
            yield name
        case Not(part):
            yield from words_in(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from words_in(part)
        case Enough(items):
            for _, part in items:
                yield from words_in(part)


def directions(formula: Formula, book: Book) -> tuple[frozenset[str], frozenset[str]]:
    """The questions that are in favour of a formula somewhere, and those that are against it somewhere."""
    match formula:
        case Word(name) if name in book:
            return directions(book[name], book)
        case Word(name):
            return frozenset({name}), frozenset()
        case Not(part):
            favour, against = directions(part, book)
            return against, favour
        case Both(parts) | Either(parts):
            found = [directions(part, book) for part in parts]
        case Enough(items):
            found = [directions(part, book) for _, part in items]
    nothing: frozenset[str] = frozenset()
    return nothing.union(*(favour for favour, _ in found)), nothing.union(*(against for _, against in found))


def both_ways(formula: Formula, book: Book) -> tuple[str, ...]:
    """The questions that are in favour of a formula in one place and against it in another."""
    favour, against = directions(formula, book)
    return tuple(code for code in questions() if code in favour & against)


def evaluated(frame: nw.LazyFrame[Any], formulas: Mapping[str, Formula], book: Book) -> nw.LazyFrame[Any]:
    """The rows with a column for each formula: 2 where it holds, 0 where it does not, 1 where that is not known.

    Parameters
    ----------
    formulas
        By the name of the column that is added.
    book
        What the words stand for that are no questions.
    """
    words = [word for formula in formulas.values() for word in words_in(formula)]
    return with_formulas(with_words(frame, words, book), formulas, book)


def with_formulas(frame: nw.LazyFrame[Any], formulas: Mapping[str, Formula], book: Book) -> nw.LazyFrame[Any]:
    """The same as `evaluated`, for rows that `with_words` gave all words of the formulas."""
    apart: dict[str, nw.Expr] = {}
    answers = []
    for name, formula in formulas.items():
        both = both_ways(formula, book)
        cases = _cases(formula, book, both)
        if both:  # in columns of their own: the answer mentions each of them many times
            columns = {f"{name}_case_{place}": case for place, case in enumerate(cases)}
            apart |= columns
            cases = [nw.col(column) for column in columns]
        answers.append(_by_cases(both, cases).alias(name))
    if apart:
        frame = frame.with_columns(*(case.alias(column) for column, case in apart.items()))
    return frame.with_columns(*answers) if answers else frame


def with_words(frame: nw.LazyFrame[Any], words: Iterable[str], book: Book) -> nw.LazyFrame[Any]:
    """The rows with a column of answers for each word and for all that it rests on; see `questions.column_of`."""
    wanted = list(words)
    named = _named(wanted, book)
    asked = {*wanted, *(word for name in named for word in words_in(book[name]))}
    frame = answered(frame, [code for code in questions() if code in asked])
    step: dict[str, int] = {}  # all that rest on nothing later are worked out at once, as each step takes time
    for name in named:
        step[name] = 1 + max((step[word] for word in words_in(book[name]) if word in step), default=0)
    for number in sorted(set(step.values())):
        here = [name for name in named if step[name] == number]
        frame = frame.with_columns(*(_expression(book[name], book, {}).alias(column_of(name)) for name in here))
    return frame


def _named(words: Iterable[str], book: Book) -> list[str]:
    """The names in the book that words rest on, in the order of the book."""
    found: set[str] = set()
    waiting = list(words)
    while waiting:
        word = waiting.pop()
        if word in book and word not in found:
            found.add(word)
            waiting += words_in(book[word])
    return [name for name in book if name in found]


def _cases(formula: Formula, book: Book, both: Sequence[str]) -> list[nw.Expr]:
    """The answer with each answer to the questions in `both`; yes to the first of them comes first."""
    every = product((YES, NO), repeat=len(both))
    return [_expression(formula, book, dict(zip(both, given, strict=True))) for given in every]


def _by_cases(both: Sequence[str], cases: Sequence[nw.Expr]) -> nw.Expr:
    """The answer, from those that `_cases` gives."""
    if not both:
        return cases[0]
    code, *others = both
    half = len(cases) // 2
    yes, no = _by_cases(others, cases[:half]), _by_cases(others, cases[half:])
    answer = nw.col(column_of(code))
    whatever = nw.when(yes == no).then(yes).otherwise(nw.lit(UNKNOWN))
    return nw.when(answer == YES).then(yes).otherwise(nw.when(answer == NO).then(no).otherwise(whatever))


def _expression(formula: Formula, book: Book, given: Mapping[str, int]) -> nw.Expr:
    """The answer, from columns that are there; `given` has answers to be taken for granted."""
    match formula:
        case Word(name) if name in given:
            return _number(given[name])
        case Word(name) if name in book and given.keys() & frozenset().union(*directions(formula, book)):
            return _expression(book[name], book, given)
        case Word(name):
            return nw.col(column_of(name))
        case Not(part):
            return _number(YES) - _expression(part, book, given)
        case Both(()):
            return _number(YES)
        case Both((part,)) | Either((part,)):
            return _expression(part, book, given)
        case Both(parts):
            return nw.min_horizontal(*(_expression(part, book, given) for part in parts))
        case Either(parts):
            return nw.max_horizontal(*(_expression(part, book, given) for part in parts))
        case Enough(items, ways):
            answers = [(strength, _expression(part, book, given)) for strength, part in items]
            # One for what the unknown answers might give, one more for what the known ones give by themselves.
            return _enough(answers, ways, UNKNOWN) + _enough(answers, ways, YES)


def _enough(
    answers: Sequence[tuple[Strength, nw.Expr]], ways: Sequence[Sequence[tuple[Strength, int]]], least: int
) -> nw.Expr:
    """1 where enough answers are at least `least`, else 0."""
    number = {
        strength: reduce(add, [(answer >= least).cast(nw.Int64) for kind, answer in answers if kind == strength])
        for strength in STRENGTHS
        if any(kind == strength for kind, _ in answers)
    }
    reachable = [way for way in ways if all(strength in number for strength, _ in way)]
    met = [reduce(and_, [number[strength] >= n for strength, n in way]) for way in reachable]
    return reduce(or_, met).cast(nw.Int64)


def _number(value: int) -> nw.Expr:
    return nw.lit(value).cast(nw.Int64)
