"""The slow way to screen a report: fill in every unknown answer in every way, and look whether that changes anything.

Nothing here is taken from the code under test but the list of indicators with their strengths. The rest is written out
again: how a dimension is scored, what counts as which indicator, what makes an act, a means or a purpose.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Answers = Mapping[str, NDArray[np.bool_]]

ACTS = ("recruitment", "transportation", "transfer", "harbouring", "receipt")
MEANS = tuple(f"M{number}" for number in range(1, 6))
SIGNALS = tuple(f"S{number}" for number in range(1, 10))
FORMS = ("sexual", "labour", "criminal", "begging", "organ_removal", "other")
INDICATORS = tuple(
    f"{dimension}.{number:02}"
    for dimension, several in {1: 10, 2: 10, 3: 16, 4: 9, 5: 15, 6: 7}.items()
    for number in range(1, several + 1)
)
LEVELS = ("minor", "domestic", "border")
QUESTIONS = (*ACTS, *MEANS, *SIGNALS, *INDICATORS, *FORMS, *LEVELS)

DIMENSIONS = (
    "deceptive-recruitment",
    "coercive-recruitment",
    "recruitment-by-vulnerability",
    "exploitation",
    "coercion",
    "vulnerability",
)
OTHER_WORDS = ("act", "means", "purpose", "law", "case-reading", "signal", "cross-border")

# Which indicators a means or a signal counts as.
COUNTS_AS = {
    "M1": ["5.11"],
    "M2": ["5.02"],
    "M3": ["5.01"],
    "M4": ["6.01"],
    "M5": ["1.02", "4.04"],
    "S1": ["3.16"],
    "S2": ["5.01"],
    "S3": ["5.09", "6.05"],
    "S4": ["6.05"],
    "S5": ["4.08", "5.14"],
    "S6": ["5.02"],
    "S7": ["5.03"],
    "S8": ["5.12"],
    "S9": ["5.13"],
}


@cache
def strengths() -> dict[str, str]:
    path = files("darknumber.register.screening") / "rules" / "ilo_labour_adult.csv"
    with path.open(encoding="utf-8") as lines:
        return {row["code"]: row["strength"] for row in csv.DictReader(lines)}


def positive(strong: NDArray[np.int64], medium: NDArray[np.int64], weak: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Two strong; one strong and one other; three medium; two medium and one weak."""
    by_strong = (strong >= 2) | ((strong == 1) & (medium + weak >= 1))
    by_medium = (medium >= 3) | ((medium == 2) & (weak >= 1))
    return by_strong | by_medium


def dimension(number: int, answers: Answers) -> NDArray[np.bool_]:
    count = {strength: np.zeros(len(answers["M1"]), dtype=np.int64) for strength in ("strong", "medium", "weak")}
    for code, strength in strengths().items():
        if code.startswith(f"{number}."):
            there = answers[code].copy()
            for other, several in COUNTS_AS.items():
                if code in several:
                    there |= answers[other]
            count[strength] += there
    return positive(**count)


def any_of(answers: Answers, codes: Sequence[str]) -> NDArray[np.bool_]:
    return np.logical_or.reduce([answers[code] for code in codes])


def holds(word: str, answers: Answers, rules: str = "law+ilo") -> NDArray[np.bool_]:
    """Whether a word holds, where every question is answered: ``(cases,)``."""
    ilo = rules == "law+ilo"
    if word in answers:
        return answers[word]
    if word in DIMENSIONS:
        return dimension(DIMENSIONS.index(word) + 1, answers)
    recruited = dimension(1, answers) | dimension(2, answers) | dimension(3, answers)
    kept = dimension(5, answers) | dimension(6, answers)
    act = any_of(answers, ACTS) | (recruited & ilo)
    means = any_of(answers, MEANS) | ((recruited | kept) & ilo)
    purpose = any_of(answers, FORMS) | (dimension(4, answers) & ilo)
    law = act & purpose & (means | answers["minor"])
    case = dimension(4, answers) & (answers["minor"] | (recruited & kept))
    found = {
        "act": act,
        "means": means,
        "purpose": purpose,
        "law": law,
        "case-reading": case,
        "signal": law | (case & ilo),
        "cross-border": ~answers["domestic"],
        "everybody": np.ones_like(act),
    }
    return found[word]


def formula_holds(text: str, answers: Answers, rules: str = "law+ilo") -> NDArray[np.bool_]:
    """Whether a formula holds, read by Python's own parser."""
    names = {}
    for word in sorted({*QUESTIONS, *DIMENSIONS, *OTHER_WORDS, "everybody"}, key=len, reverse=True):
        names[word] = f"w{len(names)}w"
    tokens = text.replace("(", " ( ").replace(")", " ) ").split()
    python = " ".join(names.get(token, token) for token in tokens)
    words = {name: word for word, name in names.items()}

    def value(node: ast.expr) -> NDArray[np.bool_]:
        if isinstance(node, ast.BoolOp):
            together = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return together.reduce([value(part) for part in node.values])
        if isinstance(node, ast.UnaryOp):
            return ~value(node.operand)
        return holds(words[node.id], answers, rules)  # type: ignore[attr-defined]

    return value(ast.parse(python, mode="eval").body)


def completions(report: Mapping[str, int]) -> Answers:
    """Every way to answer what a report leaves unknown; `report` has 2 for yes, 0 for no and 1 for unknown."""
    open_questions = [code for code in QUESTIONS if report[code] == 1]
    cases = np.arange(1 << len(open_questions))
    bits = {code: (cases >> place) & 1 == 1 for place, code in enumerate(open_questions)}
    return {code: bits.get(code, np.full(len(cases), report[code] == 2)) for code in QUESTIONS}


def slow_answer(text: str, report: Mapping[str, int], rules: str = "law+ilo") -> int:
    """2 where a formula holds in every completion of a report, 0 where in none, 1 where in some."""
    found = formula_holds(text, completions(report), rules)
    return 2 if found.all() else 1 if found.any() else 0


def random_report(generator: np.random.Generator, most_unknown: int) -> dict[str, int]:
    """A report with at most so many unknown answers; yes is as rare as makes the scoring tip now and then."""
    share = generator.choice([0.02, 0.06, 0.12, 0.3])
    report = {code: 2 if generator.random() < share else 0 for code in QUESTIONS}
    for code in generator.choice(QUESTIONS, size=generator.integers(0, most_unknown + 1), replace=False):
        report[str(code)] = 1
    # A record has one form at most, and says nothing about others where it has none: so forms are written as `denied`
    # would have them, and one of them only is yes.
    forms = [code for code in FORMS if report[code] == 2]
    for code in forms[1:]:
        report[code] = 0
    if forms:
        for code in FORMS:
            report[code] = 2 if code == forms[0] else 0
    return report


def as_columns(reports: Sequence[Mapping[str, int]]) -> dict[str, list[str | None]]:
    """The canonical columns of reports with these answers."""

    def codes(report: Mapping[str, int], several: Sequence[str], answer: int) -> str | None:
        return ";".join(code for code in several if report[code] == answer) or None

    level = {2: "yes", 0: "no", 1: None}
    return {
        "act": [codes(report, ACTS, 2) for report in reports],
        "means": [codes(report, MEANS, 2) for report in reports],
        "signals": [codes(report, SIGNALS, 2) for report in reports],
        "indicators": [codes(report, INDICATORS, 2) for report in reports],
        "denied": [codes(report, (*ACTS, *MEANS, *SIGNALS, *INDICATORS, *FORMS), 0) for report in reports],
        "form": [codes(report, FORMS, 2) for report in reports],
        "age": [{2: "minor", 0: "adult", 1: None}[report["minor"]] for report in reports],
        "crossing": [{2: "domestic", 0: "cross-border", 1: None}[report["domestic"]] for report in reports],
        "border_definition": [level[report["border"]] for report in reports],
    }
