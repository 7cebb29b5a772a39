"""From terms in words to columns of numbers: names looked up in a capture table, hierarchy kept, one design made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from darknumber.data.groups import group_of
from darknumber.data.table import CaptureTable, Covariate
from darknumber.errors import ModelError
from darknumber.kernels.design import (
    Design,
    keep_columns,
    level_features,
    live_cells,
    make_design,
    polynomial_features,
)
from darknumber.kernels.terms import Factor, Term, closure, format_terms, interactions, parse_terms

Array = NDArray[np.float64]
Margin = Literal["free", "modelled"]

INTERCEPT: Term = frozenset()


@dataclass(frozen=True, slots=True)
class Columns:
    """The terms a model may use on one table, and the design that holds their columns.

    Parameters
    ----------
    terms
        In the order of the design's term numbers; the list main effects come first (after the intercept and covariate
        main effects where the margin is modelled).
    fixed
        ``(terms,)`` terms that are always in.
    parents
        ``(terms, terms)`` row t marks the terms that must be in for t to be in.
    design
        The columns.
    order
        Names in the order in which text shows them: lists, then covariates.
    """

    terms: tuple[Term, ...]
    fixed: NDArray[np.bool_]
    parents: NDArray[np.bool_]
    design: Design
    order: Mapping[str, int]

    def state(self, terms: Iterable[Term]) -> NDArray[np.bool_]:
        """``(terms,)`` which terms are in a model of these interactions: they, their hierarchy and the fixed ones."""
        inside = set(closure(terms))
        wanted = np.array([term in inside for term in self.terms], dtype=np.bool_)
        return np.logical_or(self.fixed, wanted)

    def only(self, state: NDArray[np.bool_]) -> Design:
        """The design of the terms in `state`."""
        return keep_columns(self.design, state[self.design.term])

    def without_cells(self, absent: NDArray[np.bool_] | None) -> Columns:
        """The same terms where the cells in a ``(strata, 2**K)`` mask could not be seen; None for no such cells."""
        if absent is None:
            return self
        old = self.design
        live = old.live & ~absent
        design = make_design(old.lists, old.masks, old.features, old.term, live, conditional=old.conditional)
        return replace(self, design=design)

    def label(self, state: NDArray[np.bool_]) -> str:
        """The interactions in `state` as text, leaving out what the hierarchy implies; empty for none."""
        inside = [term for term, kept in zip(self.terms, state, strict=True) if kept and len(term) > 1]
        maximal = [term for term in inside if not any(term < other for other in inside)]
        return format_terms(maximal, self.order)

    def active(self, state: NDArray[np.bool_]) -> tuple[str, ...]:
        """The covariates that take part in a term with a list."""
        lists = {name for name, place in self.order.items() if place < self.design.lists}
        inside = [term for term, kept in zip(self.terms, state, strict=True) if kept]
        touching = {factor.name for term in inside for factor in term if lists & {other.name for other in term}}
        return tuple(name for name in self.order if name in touching - lists)

    def name(self, number: int) -> str:
        """One term as text."""
        return format_terms([self.terms[number]], self.order)


def make_columns(table: CaptureTable, wanted: Iterable[Term], margin: Margin, split: Sequence[str] = ()) -> Columns:
    """Columns for the list main effects and for `wanted` terms with everything inside them.

    With a free margin, terms that touch no list are dropped: the stratum totals already hold them.

    Parameters
    ----------
    split
        Covariates each of whose levels gets parameters of its own in every term.

    Raises
    ------
    ModelError
        A name that is no list or covariate, a name twice in a term, ``poly`` of something without numbers.
    """
    order = {name: place for place, name in enumerate([*table.lists, *(c.name for c in table.covariates)])}
    wanted = [_known(term, table, order) for term in wanted]
    covariates = {covariate.name: covariate for covariate in table.covariates}
    inside = closure(wanted)
    singles = [frozenset({Factor(name)}) for name in table.lists]
    if margin == "modelled":
        margins = [_margin_factor(name, inside) for name in covariates]
        fixed = [INTERCEPT, *singles, *margins]
        rest = [term for term in inside if term not in fixed and (len(term) > 1 or _lists_of(term, table))]
    else:
        fixed = list(singles)
        rest = [term for term in inside if term not in fixed and _lists_of(term, table)]
    terms = (*fixed, *rest)
    reference = {name: _most_people(table, name) for name in covariates}
    live = live_cells(table.operating)
    masks: list[int] = []
    blocks: list[Array] = []
    numbers: list[int] = []
    for number, term in enumerate(terms):
        lists = _lists_of(term, table)
        factors = sorted(factor for factor in term if factor.name in covariates)
        block = _split(table, split, _features(table, factors, reference, own_level=not lists))
        blocks.append(block)
        masks += [sum(1 << table.lists.index(name) for name in lists)] * block.shape[1]
        numbers += [number] * block.shape[1]
    return Columns(
        terms=terms,
        fixed=np.arange(len(terms)) < len(fixed),
        parents=np.array([[other < term and len(other) > 0 for other in terms] for term in terms], dtype=bool),
        design=make_design(
            len(table.lists),
            np.array(masks, dtype=np.int64),
            np.hstack(blocks),
            np.array(numbers, dtype=np.int64),
            live,
            conditional=margin == "free",
        ),
        order=order,
    )


def terms_of(text: str, table: CaptureTable) -> tuple[Term, ...]:
    """The interactions in `text`, checked against the table's names."""
    order = {name: place for place, name in enumerate([*table.lists, *(c.name for c in table.covariates)])}
    return tuple(_known(term, table, order) for term in parse_terms(text))


def all_terms(table: CaptureTable, max_order: int, trend: str, margin: Margin) -> tuple[Term, ...]:
    """Every interaction of up to `max_order` lists and covariates that may be in a model.

    Parameters
    ----------
    trend
        Such as ``poly(year, 2)``: that covariate enters as this polynomial; empty for levels.
    """
    smooth = {factor.name: factor for term in terms_of(trend, table) for factor in term}
    names = [*table.lists, *(covariate.name for covariate in table.covariates)]
    factors = [smooth.get(name, Factor(name)) for name in names]
    lists = set(table.lists)
    found = [term for term in interactions(factors, max_order) if len(term) > 1]
    if margin == "free":
        found = [term for term in found if any(factor.name in lists for factor in term)]
    # A term with every list in it could never be told from the dark figure itself.
    return tuple(term for term in found if not lists <= {factor.name for factor in term})


def without_names(text: str, names: Sequence[str]) -> str:
    """The terms in `text` with `names` taken out of them, as text again: ``A:B:year`` without the year is ``A:B``."""
    terms = parse_terms(text)
    left = dict.fromkeys(frozenset(factor for factor in term if factor.name not in names) for term in terms)
    order = {name: place for place, name in enumerate(dict.fromkeys(f.name for t in terms for f in sorted(t)))}
    return format_terms([term for term in left if term], order)


def _known(term: Term, table: CaptureTable, order: Mapping[str, int]) -> Term:
    names = [factor.name for factor in term]
    for factor in sorted(term):
        if factor.name not in order:
            raise ModelError("unknown_name_in_term", name=factor.name, known=tuple(order))
        if names.count(factor.name) > 1:
            raise ModelError("name_twice_in_term", name=factor.name)
        if factor.degree:
            covariate = next((c for c in table.covariates if c.name == factor.name), None)
            if covariate is None or covariate.values is None:
                raise ModelError("poly_needs_numbers", name=factor.name)
    if set(table.lists) <= set(names):
        raise ModelError("term_of_all_lists", term=":".join(table.lists))
    return term


def _lists_of(term: Term, table: CaptureTable) -> list[str]:
    names = {factor.name for factor in term}
    return [name for name in table.lists if name in names]


def _margin_factor(name: str, inside: Sequence[Term]) -> Term:
    """How a covariate enters a modelled margin: as levels, or as the highest polynomial its terms use."""
    degrees = {factor.degree for term in inside for factor in term if factor.name == name}
    return frozenset({Factor(name, 0 if 0 in degrees else max(degrees, default=0))})


def _most_people(table: CaptureTable, name: str) -> int:
    """The recorded level with most people: the reference that makes empty margins least likely."""
    covariate = table.covariates[table.axis(name)]
    people = np.bincount(table.level_of(name), weights=table.observed, minlength=len(covariate.levels))
    return int(np.argmax(people[: len(covariate.recorded)])) if covariate.recorded else 0


def _features(
    table: CaptureTable, factors: Sequence[Factor], reference: Mapping[str, int], *, own_level: bool
) -> Array:
    """``(strata, columns)`` product of the features of a term's covariates; a column of ones where it has none."""
    parts = []
    for factor in factors:
        covariate = table.covariates[table.axis(factor.name)]
        level = table.level_of(factor.name)
        parts.append(_factor_features(covariate, level, factor, reference[factor.name], own_level))
    if not parts:
        return np.ones((table.strata, 1))
    pairs = product(*(range(part.shape[1]) for part in parts))
    chosen = [np.prod([part[:, c] for part, c in zip(parts, pick, strict=True)], axis=0) for pick in pairs]
    return np.stack(chosen, axis=1) if chosen else np.zeros((table.strata, 0))


def _split(table: CaptureTable, names: Sequence[str], block: Array) -> Array:
    """Each column once for every combination of the levels of `names`, zero elsewhere."""
    if not names:
        return block
    part, size = group_of(table.covariates, names)
    own = np.equal(part[:, None], np.arange(size)[None, :]).astype(float)
    split: Array = np.einsum("sl,sc->slc", own, block).reshape(table.strata, -1)
    return split


def _factor_features(
    covariate: Covariate, level: NDArray[np.int64], factor: Factor, reference: int, own_level: bool
) -> Array:
    if not factor.degree:
        return level_features(level, len(covariate.recorded), reference, own_level=own_level)
    smooth = polynomial_features(level, np.array(covariate.values), factor.degree)
    if own_level and covariate.has_not_recorded:
        return np.hstack([smooth, (level >= len(covariate.recorded))[:, None].astype(float)])
    return smooth
