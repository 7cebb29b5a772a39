"""What is asked about a report, and its answers: yes, no or unknown.

The questions are data: ``rules/questions.csv`` has the acts, means and signals, ``rules/ilo_labour_adult.csv`` the
indicators of the ILO, each with its source and date. An answer is a number, so that every engine combines answers the
same way: 2 for yes, 1 for unknown, 0 for no. A report that says yes and no to one question has no answer to it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from operator import or_
from typing import Any, Literal, get_args

import narwhals.stable.v2 as nw

from darknumber.register.targets import Basis

Kind = Literal["act", "means", "signal", "indicator", "level"]
Strength = Literal["strong", "medium", "weak"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)

YES, UNKNOWN, NO = 2, 1, 0

RULES = files("darknumber.register.screening") / "rules"
DENIED = "denied"  # the column with what was answered no
CONTRADICTED = "_contradicted"  # the column that `answered` adds

_NOTHING = ";;"  # a set between semicolons in which nothing was recorded

# The column with the answers to each kind of question, a set of codes.
_SETS: Mapping[str, str] = {"act": "act", "means": "means", "signal": "signals", "indicator": "indicators"}

# Questions that a column with one code answers: the column, and the code that says yes.
_LEVELS: Mapping[str, tuple[str, str]] = {
    **{form: ("form", form) for form in ("sexual", "labour", "criminal", "begging", "organ_removal", "other")},
    "minor": ("age", "minor"),
    "domestic": ("crossing", "domestic"),
    "border": ("border_definition", "yes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question, and where its answer stands.

    Parameters
    ----------
    code
        What it is called in data and formulas, such as ``M1`` or ``5.01``.
    kind
        An act, one of the means, a signal, an indicator of the ILO, or the level of a column.
    column
        The column of a report that answers it.
    level
        The code in that column that says yes; for a set of codes the question's own.
    dimension, strength
        Of an indicator of the ILO.
    counts_as
        For means and signals: the indicators of the ILO that a yes counts as.
    date, source, basis
        Of the question, or of the strength of an indicator; empty for levels, which the schema of a report defines.
    """

    code: str
    kind: Kind
    column: str
    level: str
    dimension: str = ""
    strength: Strength | None = None
    counts_as: tuple[str, ...] = ()
    date: str = ""
    source: str = ""
    basis: Basis = "quoted"


@cache
def questions() -> Mapping[str, Question]:
    """All questions by their code, in the order of the files."""
    found = [*_asked(), *_indicators()]
    found += [
        Question(code=code, kind="level", column=column, level=level) for code, (column, level) in _LEVELS.items()
    ]
    return {question.code: question for question in found}


def evidence_for(indicator: str) -> tuple[str, ...]:
    """The questions of which any yes is a yes to an indicator of the ILO: itself, and what counts as it."""
    return (indicator, *(each.code for each in questions().values() if indicator in each.counts_as))


def column_of(code: str) -> str:
    """The column that `answered` adds for a question, a dimension, an element or a reading."""
    return "_" + "".join(letter if letter.isalnum() else "_" for letter in code.casefold())


def answered(frame: nw.LazyFrame[Any], codes: Iterable[str]) -> nw.LazyFrame[Any]:
    """The rows with a column for each question (see `column_of`): 2 for yes, 1 for unknown, 0 for no.

    A column that is not there answers nothing. One column more, `CONTRADICTED`, says whether a report says yes and no
    to any of them; levels of a column are not looked at.
    """
    asked = [questions()[code] for code in codes]
    if not asked:
        return frame
    there = frame.collect_schema().names()
    texts = sorted({each.column for each in asked} | {DENIED})
    # Once for all questions: the sets between semicolons, and nothing where nothing was recorded.
    frame = frame.with_columns(*(_text(name, there).alias(_text_of(name)) for name in texts))
    said = [(_yes(each).alias(_said("yes", each.code)), _no(each).alias(_said("no", each.code))) for each in asked]
    frame = frame.with_columns(*(expression for both in said for expression in both))
    answers = (_answer(each.code).alias(column_of(each.code)) for each in asked)
    # without what they came from: each step on takes time with every column there is
    return frame.select(*there, _contradicted(asked), *answers)


def _contradicted(asked: Iterable[Question]) -> nw.Expr:
    held = [nw.col(_said("yes", each.code)) & nw.col(_said("no", each.code)) for each in asked if each.kind != "level"]
    return reduce(or_, held, nw.lit(False)).alias(CONTRADICTED)


def _answer(code: str) -> nw.Expr:
    yes, no = nw.col(_said("yes", code)).cast(nw.Int64), nw.col(_said("no", code)).cast(nw.Int64)
    return yes - no + UNKNOWN


def _said(answer: Literal["yes", "no"], code: str) -> str:
    return f"_{answer}{column_of(code)}"


def _yes(asked: Question) -> nw.Expr:
    return _holds(asked.column, asked.level)


def _no(asked: Question) -> nw.Expr:
    denied = _holds(DENIED, asked.code)
    if asked.kind != "level":
        return denied
    other = (nw.col(_text_of(asked.column)) != _NOTHING) & ~_holds(asked.column, asked.level)
    return denied | other


def _holds(column: str, code: str) -> nw.Expr:
    return nw.col(_text_of(column)).str.contains(f";{code};", literal=True)


def _text(column: str, there: Sequence[str]) -> nw.Expr:
    """The codes of a column, each between semicolons."""
    if column not in there:
        return nw.lit(_NOTHING)
    value = nw.col(column).cast(nw.String)
    text = nw.concat_str(nw.lit(";"), value, nw.lit(";"))
    return nw.when(nw.col(column).is_null()).then(nw.lit(_NOTHING)).otherwise(text)


def _text_of(column: str) -> str:
    return f"_text_{column}"


def rows_of(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of a file with rules."""
    with (RULES / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def basis_of(text: str) -> Basis:
    """How far a rule can be relied on, as its file says."""
    return next(basis for basis in get_args(Basis) if basis == text)


def _asked() -> Iterator[Question]:
    kinds: Sequence[Kind] = ("act", "means", "signal")
    for row in rows_of("questions.csv"):
        kind = next(kind for kind in kinds if kind == row["kind"])
        yield Question(
            code=row["code"],
            kind=kind,
            column=_SETS[kind],
            level=row["code"],
            counts_as=tuple(filter(None, row["counts_as"].split(";"))),
            date=row["date"],
            source=row["source"],
            basis=basis_of(row["basis"]),
        )


def _indicators() -> Iterator[Question]:
    for row in rows_of("ilo_labour_adult.csv"):
        yield Question(
            code=row["code"],
            kind="indicator",
            column=_SETS["indicator"],
            level=row["code"],
            dimension=row["dimension"],
            strength=next(strength for strength in STRENGTHS if strength == row["strength"]),
            date=row["date"],
            source=row["source"],
            basis=basis_of(row["basis"]),
        )
