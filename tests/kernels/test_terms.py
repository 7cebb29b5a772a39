"""The term grammar: what it reads, what it writes, and what it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknumber.errors import ModelError
from darknumber.kernels.terms import Factor, closure, format_term, format_terms, interactions, parse_terms
from darknumber.words import use_language


def terms(*groups: str) -> tuple[frozenset[Factor], ...]:
    """``"A:B"`` as a term of plain factors."""
    return tuple(frozenset(Factor(name) for name in group.split(":")) for group in groups)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", terms()),
        ("A", terms("A")),
        ("A:B + C", terms("A:B", "C")),
        ("A*B", terms("A", "B", "A:B")),
        ("A*B*C", terms("A", "B", "A:B", "C", "A:C", "B:C", "A:B:C")),
        ("(A + B):C", terms("A:C", "B:C")),
        ("(A + B + C)^2", terms("A", "B", "C", "A:B", "A:C", "B:C")),
        ("A:B + B:A + A:B", terms("A:B")),
        ("A:A", terms("A")),
        ("  police : border ", terms("police:border")),
        ("poly + A:poly", terms("poly", "A:poly")),
    ],
)
def test_what_is_read(text, expected):
    assert parse_terms(text) == expected


def test_polynomials_and_names_between_backquotes():
    assert parse_terms("`border police`:poly(year, 2)") == (frozenset({Factor("border police"), Factor("year", 2)}),)
    assert parse_terms("poly(`year of birth`, 3)") == (frozenset({Factor("year of birth", 3)}),)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("+ A", "+ A"),
        ("A)", ")"),
        ("A B", "B"),
        ("A^x", "x"),
        ("poly(year)", ")"),
        ("poly(year, x)", "x )"),
        ("`A", "`A"),
    ],
)
def test_what_is_refused_shows_where(text, near):
    with pytest.raises(ModelError) as caught:
        parse_terms(text)
    assert caught.value.code == "bad_terms"
    assert caught.value.values["near"] == near


@pytest.mark.parametrize("text", ["A:", "A +", "(A + B", "A^", "poly(year,"])
def test_what_stops_too_early_is_told_in_the_readers_language(text):
    with pytest.raises(ModelError) as caught:
        parse_terms(text)
    assert caught.value.code == "bad_terms_end"
    with use_language("nl"):
        assert caught.value.got == f"{text}, wat te vroeg ophoudt."


@pytest.mark.parametrize("degree", [0, 6])
def test_polynomials_have_a_degree_that_makes_sense(degree):
    with pytest.raises(ModelError) as caught:
        parse_terms(f"poly(year, {degree})")
    assert caught.value.code == "bad_degree"


names = st.text(min_size=1, max_size=8)
factors = st.builds(Factor, names, st.integers(0, 5))
term_sets = st.sets(st.frozensets(factors, min_size=1, max_size=3), max_size=4).filter(
    lambda found: all(len({f.name for f in term}) == len(term) for term in found)
)


@given(term_sets)
def test_every_name_can_be_written_and_read_again(found):
    order = {name: place for place, name in enumerate(sorted({f.name for term in found for f in term}))}
    assert set(parse_terms(format_terms(found, order))) == found


def test_short_terms_come_first_and_factors_in_the_order_given():
    order = {"A": 0, "B": 1, "year": 2}
    assert format_terms(terms("year:B:A", "B:A", "year:A"), order) == "A:B + A:year + A:B:year"
    assert format_term(frozenset({Factor("year", 2), Factor("B")}), order) == "B:poly(year, 2)"


def test_the_hierarchy_holds_everything_inside_a_term():
    assert set(closure(terms("A:B:C"))) == set(terms("A", "B", "C", "A:B", "A:C", "B:C", "A:B:C"))
    assert set(interactions([Factor(name) for name in "ABC"], 2)) == set(terms("A", "B", "C", "A:B", "A:C", "B:C"))
