"""Repeated sightings solved: columns, coefficients of many tables at once, dark figures and their verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.kernels import verdicts
from darknumber.kernels.design import merge_counts
from darknumber.kernels.sightings import FURTHEST, Maximum, Recipe, laws, maximise, split, without_end
from darknumber.kernels.terms import closure, format_terms
from darknumber.kernels.truncated import Law, Part, within
from darknumber.models.base import figures
from darknumber.models.columns import INTERCEPT, make_columns, terms_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

NONE = "1"  # terms: the same for everybody, as formulas of R write it
STARTS = {"spread": (0.0, -3.0), "ones": (-2.0, 0.5)}  # a likelihood that may have several tops is climbed from each
UNKNOWN = 30.0  # standard deviations of the log dark figure above which the data say nothing about it
FLAT = 1e-12  # curvature, as a share of the greatest, that is none
AT_ONCE = 400_000  # cells of tables solved together, so that a solution stays within some hundred megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What does not change from one table to the next.

    Parameters
    ----------
    recipe
        The law, and what is done to it.
    times
        ``(V,)`` numbers of sightings, from 0.
    designs
        ``(rows, columns)`` for each predictor, for the distinct rows of all designs together.
    row
        ``(strata,)`` the row of each stratum.
    ends
        Which rows have no finite mean, and which are not known, by the pattern of counts they hang on.
    """

    recipe: Recipe
    times: Index
    designs: tuple[Array, ...]
    row: Index
    ends: dict[bytes, tuple[Mask, Mask, Mask]] = field(default_factory=dict, repr=False)

    @property
    def told(self) -> Mask:
        """``(V,)`` the counts that say how often people are seen."""
        return within(self.times, self.recipe.lowest, self.recipe.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """B tables solved.

    Parameters
    ----------
    unobserved, verdict
        ``(B, strata)``.
    maximum
        The coefficients.
    odds
        Log-odds of being unseen against being among those that are multiplied, ``(B, rows)`` with derivatives.
    used
        ``(B, strata)`` the people who are multiplied.
    """

    unobserved: Array
    verdict: NDArray[np.int8]
    maximum: Maximum
    odds: Part
    used: Array


def design_of(table: CaptureTable, text: str) -> tuple[Array, str, tuple[str, ...]]:
    """``(strata, columns)`` for terms in words, the terms written out, and the covariates in them.

    Parameters
    ----------
    text
        Terms of covariates; empty for every covariate by itself, `NONE` for none.

    Raises
    ------
    ModelError
        A name that is no covariate, and the like.
    """
    names = [covariate.name for covariate in table.covariates]
    if text.strip() == NONE or not names:
        if text.strip() not in ("", NONE):
            terms_of(text, table)
        return np.ones((table.strata, 1)), "", ()
    quoted = " + ".join("`" + name.replace("`", "``") + "`" for name in names)
    wanted = closure(terms_of(text or quoted, table))
    columns = make_columns(table, wanted, "modelled")
    kept = [number for number, term in enumerate(columns.terms) if term == INTERCEPT or term in wanted]
    design = columns.design.features[:, np.isin(columns.design.term, kept) & (columns.design.masks == 0)]
    inside = {factor.name for term in wanted for factor in term}
    maximal = [term for term in wanted if not any(term < other for other in wanted)]
    return design, format_terms(maximal, columns.order), tuple(name for name in names if name in inside)


def make_setup(recipe: Recipe, times: Index, designs: tuple[Array, ...]) -> Setup:
    """A setup, with strata that have the same features in all designs made one."""
    whole = np.hstack(designs)
    _, first, row = np.unique(np.round(whole, 12), axis=0, return_index=True, return_inverse=True)
    distinct = tuple(np.ascontiguousarray(design[first]) for design in designs)
    return Setup(recipe=recipe, times=times, designs=distinct, row=row.reshape(-1).astype(np.int64))


def solve(setup: Setup, counts: Array) -> Solved:
    """Maximum likelihood for ``(B, strata, V)`` counts, and the dark figure of every stratum."""
    rows = len(setup.designs[0])
    most = max(AT_ONCE // (rows * len(setup.times)), 1)
    if len(counts) > most:
        return _joined([solve(setup, counts[at : at + most]) for at in range(0, len(counts), most)])
    recipe, told = setup.recipe, setup.told
    merged = merge_counts(counts, setup.row, rows)
    down, up, unknown = _ends(setup, merged)
    inner = np.where((down | up)[..., None], 0.0, merged)
    found = _best(setup, inner)
    predictors = split(setup.designs, found.theta)
    predictors[0] = np.where(down, -FURTHEST, np.where(up, FURTHEST, predictors[0]))
    odds = laws(recipe, setup.times, predictors)[2]
    used = counts[..., setup.times > 0].sum(axis=2) if recipe.whole else counts[..., told].sum(axis=2)
    with np.errstate(over="ignore"):
        dark = np.where(used > 0, used * np.exp(odds.value[:, setup.row]), 0.0)
    of_rows = _verdicts(setup, merged, down, unknown, found, odds, predictors)
    verdict = np.where(up[:, setup.row] & (used > 0), verdicts.ZERO, of_rows[:, setup.row])
    told_of = np.where(counts.sum(axis=2) > 0, verdict, verdicts.ESTIMABLE).astype(np.int8)
    return Solved(unobserved=figures(dark, told_of), verdict=told_of, maximum=found, odds=odds, used=used)


def law_of_seen(setup: Setup, theta: Array, counts: Array) -> Array:
    """``(strata, V)`` probabilities of how often those who are seen are seen, from ``(p,)`` coefficients.

    Where people seen once say nothing, their share is that in the ``(strata, V)`` counts.

    Raises
    ------
    ModelError
        A model that has a law of some counts only.
    """
    recipe = setup.recipe
    if recipe.most:
        raise ModelError("parametric_no_law", most=recipe.most)
    told: Law = laws(recipe, setup.times, split(setup.designs, theta[None]))[1]
    share: Array = np.exp(told.log_p[0])[setup.row]
    if recipe.ones == "left-out":
        people = counts.sum(axis=1, keepdims=True)
        once = np.divide(counts[:, setup.times == 1], people, out=np.zeros_like(people), where=people > 0)
        share = share * (1 - once)
        share[:, setup.times == 1] = once
    return share


def covariance(maximum: Maximum) -> Array:
    """``(B, p, p)`` of the coefficients, without the directions the data say nothing about."""
    size, turned = np.linalg.eigh(maximum.information)
    known = size > FLAT * np.maximum(size.max(axis=1, keepdims=True), 1.0)
    inverse = np.where(known, 1.0, 0.0) / np.where(known, size, 1.0)
    found: Array = np.einsum("bik,bk,bjk->bij", turned, inverse, turned)
    return found


def slopes(setup: Setup, part: Part) -> Array:
    """``(B, rows, p)`` derivatives of a part by the coefficients."""
    return np.concatenate([part.first[k][..., None] * design for k, design in enumerate(setup.designs)], axis=2)


def _best(setup: Setup, merged: Array) -> Maximum:
    """The highest of the maxima found from several places."""
    recipe, best = setup.recipe, None
    for spread in STARTS["spread"] if recipe.law == "negative-binomial" else (None,):
        for ones in STARTS["ones"] if recipe.inflates else (None,):
            start = _start(setup, merged, [each for each in (spread, ones) if each is not None])
            found = maximise(recipe, setup.times, setup.designs, merged, start)
            if best is None:
                best = found
                continue
            better = found.value > best.value
            best = Maximum(
                np.where(better[:, None], found.theta, best.theta),
                np.where(better, found.value, best.value),
                np.where(better[:, None, None], found.information, best.information),
            )
    assert best is not None  # every recipe has a start
    return best


def _start(setup: Setup, merged: Array, others: list[float]) -> Array:
    """``(B, p)``: one mean for all, from the counts that say something, and the other predictors as given."""
    told = setup.told
    people = merged[..., told].sum(axis=(1, 2))
    beyond = (merged[..., told] * (setup.times[told] - setup.recipe.lowest)).sum(axis=(1, 2))
    rate = (1 + setup.recipe.lowest) * beyond / np.maximum(people, 1.0)
    levels = [np.log(np.clip(rate, 1e-4, 50.0)), *(np.full(len(rate), value) for value in others)]
    blocks = []
    for value, design in zip(levels, setup.designs, strict=True):
        # the coefficients whose predictor is closest to the same value everywhere; the design holds a constant
        flat, *_ = np.linalg.lstsq(design, np.ones(len(design)), rcond=None)
        blocks.append(value[:, None] * flat)
    return np.hstack(blocks)


def _ends(setup: Setup, merged: Array) -> tuple[Mask, Mask, Mask]:
    """``(B, rows)`` rows whose mean runs to zero, or grows without end, and rows whose mean nothing is known of."""
    told = setup.told
    people = merged[..., told].sum(axis=2)
    lowest = merged[..., setup.times == setup.recipe.lowest][..., 0]
    highest = merged[..., setup.times == setup.recipe.most][..., 0] if setup.recipe.most else np.zeros_like(people)
    kind = np.where(people == 0, 0, np.where(lowest == people, 1, np.where(highest == people, 2, 3))).astype(np.int8)
    found = [_of_pattern(setup, each) for each in kind]
    down, up, unknown = (np.stack(each) for each in zip(*found, strict=True))
    return down, up, unknown


def _of_pattern(setup: Setup, kind: NDArray[np.int8]) -> tuple[Mask, Mask, Mask]:
    key = kind.tobytes()
    if key not in setup.ends:
        design, there = setup.designs[0], kind > 0
        down, up, unknown = (np.zeros(len(kind), dtype=bool) for _ in range(3))
        if there.any():
            down[there], up[there] = without_end(design[there], kind[there] == 1, kind[there] == 2)
        if not setup.told[setup.times > 0].all():  # else a row of which nothing is told is a row without people
            rank = np.linalg.matrix_rank(design[there]) if there.any() else 0
            for row in np.flatnonzero(~there):
                unknown[row] = np.linalg.matrix_rank(np.vstack([design[there], design[row]])) > rank
        setup.ends[key] = (down, up, unknown)
    return setup.ends[key]


def _verdicts(
    setup: Setup, merged: Array, down: Mask, unknown: Mask, found: Maximum, odds: Part, predictors: list[Array]
) -> NDArray[np.int8]:
    """``(B, rows)`` verdicts, without those that are zero."""
    recipe = setup.recipe
    lean = slopes(setup, odds)
    size, turned = np.linalg.eigh(found.information)
    known = np.maximum(size, FLAT * np.maximum(size.max(axis=1, keepdims=True), 1.0))
    doubt = np.sqrt(np.einsum("brk,bk->br", np.einsum("brp,bpk->brk", lean, turned) ** 2, 1 / known))
    verdict = np.full(doubt.shape, verdicts.ESTIMABLE, dtype=np.int8)
    if recipe.predictors > 1:  # a law of one predictor has a maximum where its rows have one
        vague = ~(doubt < UNKNOWN) & ~down
        endless = vague & (recipe.law == "negative-binomial") & (predictors[1] > 0)
        verdict = np.where(vague, verdicts.NOT_IDENTIFIED, verdict)
        verdict = np.where(endless, verdicts.INFINITE, verdict)
    # with extra ones among everybody, people of a stratum seen once each are such ones, and have a chance to be seen
    if recipe.ones == "inflated-all":
        down = down & ~(np.exp(predictors[-1]) > 1e-6)
    verdict = np.where(down, verdicts.INFINITE, verdict)
    if recipe.inflates:  # once and twice are two numbers, and cannot tell a mean from a share of extra ones
        third = merged[..., setup.times > 2].sum(axis=(1, 2)) > 0
        verdict = np.where(third[:, None], verdict, verdicts.NOT_IDENTIFIED)
    return np.where(unknown, verdicts.NOT_IDENTIFIED, verdict).astype(np.int8)


def _joined(parts: list[Solved]) -> Solved:
    return Solved(
        unobserved=np.concatenate([part.unobserved for part in parts]),
        verdict=np.concatenate([part.verdict for part in parts]),
        maximum=Maximum(*(np.concatenate(each) for each in zip(*(part.maximum for part in parts), strict=True))),
        odds=Part(
            np.concatenate([part.odds.value for part in parts]),
            np.concatenate([part.odds.first for part in parts], axis=1),
            np.concatenate([part.odds.second for part in parts], axis=2),
        ),
        used=np.concatenate([part.used for part in parts]),
    )
