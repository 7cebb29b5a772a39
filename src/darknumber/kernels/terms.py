"""The term grammar: from text such as ``police:border + care:poly(year, 2)`` to terms, and back.

A factor is a name, or ``poly(name, degree)``; a term is a set of factors that act together. ``A:B`` is their
interaction, ``A*B`` means ``A + B + A:B``, and ``(A + B + C)^2`` all terms of up to two of them. A name with spaces or
signs stands between backquotes: ```border police```; a backquote inside a name is written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from darknumber.errors import ModelError

MAX_DEGREE = 5  # a polynomial of higher degree follows noise, and loses digits
_TOKEN = re.compile(r"\s*(?:`((?:[^`]|``)*)`|([:+*^(),])|([^\s:+*^(),`]+))")
_PLAIN = re.compile(r"[^\s:+*^(),`]+")


@dataclass(frozen=True, slots=True, order=True)
class Factor:
    """A list or covariate inside a term; `degree` is 0 for levels, else the degree of a polynomial."""

    name: str
    degree: int = 0

    def __str__(self) -> str:
        quoted = self.name.replace("`", "``")
        name = self.name if _PLAIN.fullmatch(self.name) else f"`{quoted}`"
        return f"poly({name}, {self.degree})" if self.degree else name


Term = frozenset[Factor]


def parse_terms(text: str) -> tuple[Term, ...]:
    """The terms in `text`, each once, in the order they first appear; an empty text gives none.

    Raises
    ------
    ModelError
        The text does not follow the grammar; the error shows where.
    """
    tokens = _tokens(text)
    if not tokens:
        return ()
    reader = _Reader(text, tokens)
    terms = reader.sum()
    reader.expect_end()
    return tuple(dict.fromkeys(terms))


def format_term(term: Term, order: Mapping[str, int]) -> str:
    """A term as text, its factors in the order given (lists first, then covariates)."""
    return ":".join(str(factor) for factor in sorted(term, key=lambda factor: order[factor.name]))


def format_terms(terms: Iterable[Term], order: Mapping[str, int]) -> str:
    """Terms joined by plus signs: short ones first, then in the order of the names."""
    ranked = sorted(terms, key=lambda term: (len(term), sorted(order[factor.name] for factor in term)))
    return " + ".join(format_term(term, order) for term in ranked)


def interactions(factors: Sequence[Factor], order: int) -> tuple[Term, ...]:
    """All terms of 1 to `order` of these factors."""
    return tuple(frozenset(group) for size in range(1, order + 1) for group in combinations(factors, size))


def closure(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms and everything inside them (the hierarchy), each once, lower orders first."""
    found: dict[Term, None] = {}
    for term in terms:
        for size in range(1, len(term) + 1):
            for group in combinations(sorted(term), size):
                found[frozenset(group)] = None
    return tuple(sorted(found, key=len))


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ModelError("bad_terms", text=text, near=text[place:].strip())
        quoted, sign, name = match.groups()
        tokens.append(("sign", sign) if sign else ("name", name if quoted is None else quoted.replace("``", "`")))
        place = match.end()
    return tokens


class _Reader:
    """Reads a sum of products of powers: ``(A + B)^2 + C*D:E`` by recursive descent, one method per level."""

    def __init__(self, text: str, tokens: list[tuple[str, str]]) -> None:
        self.text, self.tokens, self.place = text, tokens, 0

    def sum(self) -> list[Term]:
        terms = self.product()
        while self.take("+"):
            terms = terms + self.product()
        return terms

    def product(self) -> list[Term]:
        left = self.power()
        while True:
            if self.take(":"):
                right = self.power()
                left = [a | b for a in left for b in right]
            elif self.take("*"):
                right = self.power()
                left = [*left, *right, *(a | b for a in left for b in right)]
            else:
                return left

    def power(self) -> list[Term]:
        terms = self.atom()
        if not self.take("^"):
            return terms
        order = self.integer()
        groups = (group for size in range(1, order + 1) for group in combinations(terms, size))
        return [frozenset().union(*group) for group in groups]

    def atom(self) -> list[Term]:
        if self.take("("):
            terms = self.sum()
            self.need(")")
            return terms
        name = self.name()
        if name == "poly" and self.take("("):
            inner = self.name()
            self.need(",")
            degree = self.integer()
            self.need(")")
            if not 1 <= degree <= MAX_DEGREE:
                raise ModelError("bad_degree", degree=degree, limit=MAX_DEGREE)
            return [frozenset({Factor(inner, degree)})]
        return [frozenset({Factor(name)})]

    def take(self, sign: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place] == ("sign", sign):
            self.place += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.take(sign):
            self.fail()

    def name(self) -> str:
        if self.place >= len(self.tokens) or self.tokens[self.place][0] != "name":
            self.fail()
        self.place += 1
        return self.tokens[self.place - 1][1]

    def integer(self) -> int:
        word = self.name()
        if not word.isdecimal():
            self.place -= 1
            self.fail()
        return int(word)

    def expect_end(self) -> None:
        if self.place < len(self.tokens):
            self.fail()

    def fail(self) -> None:
        rest = " ".join(word for _, word in self.tokens[self.place :])
        if not rest:
            raise ModelError("bad_terms_end", text=self.text)
        raise ModelError("bad_terms", text=self.text, near=rest)
