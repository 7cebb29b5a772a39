"""Lists in order of time: formulas, verdicts, and that it finds what it assumes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from darknumber.data.table import CaptureTable
from darknumber.errors import ModelError
from darknumber.inference.estimate import estimate
from darknumber.inference.intervals import Bootstrap
from darknumber.kernels.verdicts import ESTIMABLE, INFINITE, NOT_IDENTIFIED, ZERO
from darknumber.models import Behaviour

LARGE = 1_000_000  # people, so that the bias of order one over the counts is far below the random error
ERRORS = 4  # standard errors of a mean that it may be off
CORRECTED = "rivest-levesque"


def table_of(counts) -> CaptureTable:
    """From counts by history, the first for nobody."""
    lists = int(np.log2(len(counts)))
    return CaptureTable.build("ABCDEFG"[:lists], np.arange(1, len(counts)), counts[1:])


def law(lists: int, chance: float, later: float, first: float | None = None):
    """The chance of every history: of a first list, of a list after it, and of the first of all."""
    shares = np.ones(1 << lists)
    for history in range(1 << lists):
        seen = False
        for place in range(lists):
            share = later if seen else first if first is not None and place == 0 else chance
            on = bool(history >> place & 1)
            shares[history] *= share if on else 1 - share
            seen = seen or on
    return shares


def refitted(model, tables):
    fit = Behaviour().fit(table_of(np.ones(tables.shape[1], dtype=int)))
    seen = tables.astype(float)
    seen[:, 0] = 0
    again = model.refit(fit, seen[:, None])
    return again.unobserved[again.verdict[:, 0] == ESTIMABLE, 0]


def test_two_lists_have_a_formula():
    """Of 60 and 20 new people: a third is left each time."""
    fit = Behaviour().fit(CaptureTable.build("AB", [1, 3, 2], [45, 15, 20]))
    assert fit.estimate[0] == pytest.approx(60**2 / 40)
    assert fit.parameters == 3
    assert fit.deviance == pytest.approx(0, abs=1e-9)


def test_what_happens_after_the_first_list_says_nothing_about_the_unseen():
    one = Behaviour().fit(table_of(np.array([0, 50, 30, 10, 15, 10, 5, 0])))
    other = Behaviour().fit(table_of(np.array([0, 0, 0, 0, 15, 0, 35, 70])))
    assert one.unobserved == pytest.approx(other.unobserved)


@pytest.mark.parametrize(
    ("counts", "same", "own"),
    [
        ([0, 9, 8, 0, 7, 0, 0, 0], ESTIMABLE, ESTIMABLE),
        ([0, 9, 7, 0, 8, 0, 0, 0], ESTIMABLE, INFINITE),
        ([0, 7, 8, 0, 9, 0, 0, 0], INFINITE, INFINITE),
        ([0, 9, 0, 3, 0, 3, 0, 3], ZERO, NOT_IDENTIFIED),
        ([0, 9, 5, 0, 0, 3, 0, 3], ESTIMABLE, ZERO),
    ],
)
def test_verdicts(counts, same, own):
    table = table_of(np.array(counts))
    for model, verdict in ((Behaviour(), same), (Behaviour("own"), own)):
        fit = model.fit(table)
        assert fit.verdict.tolist() == [verdict]
        assert np.isfinite(fit.variance[0]) == (verdict == ESTIMABLE)
        if verdict == INFINITE:
            assert np.isinf(fit.unobserved[0])
        if verdict == ZERO:
            assert fit.unobserved[0] == 0
        assert fit.probabilities.sum() == pytest.approx(1)


def test_two_lists_are_too_few_where_the_first_stands_alone():
    assert Behaviour("own").fit(CaptureTable.build("AB", [1, 2, 3], [9, 8, 7])).verdict.tolist() == [NOT_IDENTIFIED]


def test_a_correction_does_not_make_up_for_lists_that_do_not_fall_off():
    fit = Behaviour(correction=CORRECTED).fit(table_of(np.array([0, 7, 8, 0, 9, 0, 0, 0])))
    assert fit.verdict.tolist() == [INFINITE]


@pytest.mark.parametrize(("first", "lists"), [("same", 2), ("own", 3)])
def test_too_few_lists_for_the_correction(first, lists):
    with pytest.raises(ModelError) as caught:
        Behaviour(first, CORRECTED).fit(table_of(np.arange(1 << lists)))
    assert caught.value.code == "too_few_lists_to_correct"
    assert caught.value.values == {"n": lists, "needed": lists + 1}


def test_the_order_of_the_lists_is_the_assumption():
    counts = np.array([0, 50, 20, 15, 8, 9, 3, 4])
    forth = table_of(counts)
    back = CaptureTable.build("CBA", [int(f"{history:03b}"[::-1], 2) for history in range(1, 8)], counts[1:])
    assert Behaviour().fit(forth).estimate != pytest.approx(Behaviour().fit(back).estimate, rel=0.01)
    assert "lists_in_order" in Behaviour().assumes
    found = estimate(forth, "behaviour(first=own)", Bootstrap(replicates=50), seed=1)
    assert "in the order given" in " ".join(str(found).split())


@pytest.mark.parametrize(("first", "alone"), [("same", None), ("own", 0.45)])
def test_in_its_own_world_it_finds_the_truth(first, alone):
    shares = law(5, 0.3, 0.15, alone)
    tables = np.random.default_rng(3).multinomial(LARGE, shares, size=200)
    dark = refitted(Behaviour(first), tables)
    error = dark.std() / np.sqrt(len(dark))
    assert len(dark) == 200
    assert dark.mean() == pytest.approx(LARGE * shares[0], abs=ERRORS * error)


@pytest.mark.parametrize(("first", "alone"), [("same", None), ("own", 0.45)])
def test_the_correction_takes_out_bias(first, alone):
    people, shares = 300, law(5, 0.3, 0.15, alone)
    tables = np.random.default_rng(4).multinomial(people, shares, size=6000)
    truth = people * shares[0]
    plain = refitted(Behaviour(first), tables)
    less = refitted(replace(Behaviour(first), correction=CORRECTED), tables)
    assert len(plain) == len(less) > 5950
    error = less.std() / np.sqrt(len(less))
    assert plain.mean() > truth + ERRORS * error
    assert abs(less.mean() - truth) < (plain.mean() - truth) / 3
