"""What an exact search keeps: models found again, fits given up only when that is proved, void columns put aside."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.kernels import ledger as book
from darknumber.kernels.design import void_columns
from darknumber.kernels.poisson import INSIDE, REACHED, STOPPED, starting_point
from darknumber.models.criteria import prices
from tests.enumerate_models import every_model, fitted, search_case

SAME = 1e-5  # of -2 log-likelihood: two fits of one model, from different starts
NOT_REACHED = 1e-3  # how far below the threshold a maximum must be before a fit may be given up; more than rounding
SEEDS = range(40)


def opened(seed, rows=256):
    """A random family with its counts, its problem and an empty ledger."""
    case = search_case(seed)
    family = case.family("bic")
    y = family.refitter.merge(case.counts)
    cost = prices("bic", y, family.design.columns + 2)
    problem = book.make_problem(family.design, y, family.columns.fixed, family.columns.parents, cost)
    return family, y, problem, book.make_ledger(problem, rows, starting_point(family.design, y))


@pytest.mark.parametrize("seed", range(8))
def test_models_are_found_again_when_the_ledger_has_grown(seed):
    family, _, problem, ledger = opened(seed, rows=4)
    models = np.random.default_rng(seed).permutation(every_model(family))[:60]
    for model in models:
        if ledger.counts[book.ROWS] == len(ledger.models):
            ledger = book.larger(ledger)
        book.value_of(int(model), 0, problem, ledger, np.inf)
    fits = ledger.counts[book.FITS]
    assert fits == len(models) == ledger.counts[book.ROWS] - 1
    for place, model in enumerate(models, start=1):
        assert book.value_of(int(model), 0, problem, ledger, np.inf) == place
        assert ledger.models[place] == model
    assert ledger.counts[book.FITS] == fits


def test_a_fit_is_given_up_only_when_its_maximum_is_too_low():
    """Thresholds on both sides of the true value: what is given up is above it, and no higher than the truth."""
    states = {STOPPED: 0, REACHED: 0, INSIDE: 0}
    for seed in SEEDS:
        family, y, problem, _ = opened(seed)
        rng = np.random.default_rng(seed)
        models = rng.permutation(every_model(family))[:6]
        true = fitted(family, y, "bic", models).minus_two
        for model, value in zip(models, true, strict=True):
            for beside in (-30.0, -3.0, -0.1, 0.1, 3.0):
                _, _, problem, ledger = opened(seed)
                row = book.value_of(int(model), 0, problem, ledger, value + beside)
                found, state = ledger.values[row], ledger.states[row]
                states[int(state)] += 1
                if state == STOPPED:
                    assert value + beside <= found <= value + SAME, (seed, model)
                    assert beside < NOT_REACHED
                else:
                    assert found == pytest.approx(value, abs=SAME), (seed, model)
    assert min(states.values()) > 100


def test_a_fit_that_was_given_up_is_taken_up_again_when_it_is_asked_for():
    resumed = 0
    for seed in SEEDS:
        family, y, problem, ledger = opened(seed)
        model = int(every_model(family)[1])
        true = fitted(family, y, "bic", np.array([model])).minus_two[0]
        row = book.value_of(model, 0, problem, ledger, true - 20)
        if ledger.states[row] != STOPPED:
            continue
        fits = ledger.counts[book.FITS]
        assert book.value_of(model, 0, problem, ledger, ledger.values[row] - 1) == row
        assert ledger.counts[book.FITS] == fits  # what it is known to be is enough
        assert book.value_of(model, 0, problem, ledger, np.inf) == row
        assert ledger.states[row] != STOPPED
        assert ledger.values[row] == pytest.approx(true, abs=SAME)
        resumed += 1
    assert resumed > 10


def test_bits_of_terms_say_what_needs_what():
    for seed in SEEDS:
        family, _, problem, _ = opened(seed)
        terms = [family.columns.terms[place] for place in family.candidates]
        for place, term in enumerate(terms):
            below = {p for p in range(len(terms)) if int(problem.below[place]) >> p & 1}
            above = {p for p in range(len(terms)) if int(problem.above[place]) >> p & 1}
            assert below == {p for p, other in enumerate(terms) if other < term}
            assert above == {p for p, other in enumerate(terms) if other >= term}
            state = family.state(1 << place)
            assert problem.widths[place] == (family.columns.design.term == family.candidates[place]).sum()
            assert state[family.candidates[place]]


def test_parameters_are_counted():
    for seed in SEEDS:
        family, y, problem, _ = opened(seed)
        everything = fitted(family, y, "bic", every_model(family)[:20])
        for model, count in zip(everything.models, everything.parameters, strict=True):
            assert book.parameters(int(model), problem) == count


def test_a_void_column_is_one_that_nobody_is_in():
    found = 0
    for seed in SEEDS:
        family, y, problem, _ = opened(seed)
        design, cells = family.design, np.arange(y.shape[1])
        for c, mask in enumerate(design.masks):
            feature = design.features[:, c]
            people = y[np.ix_(feature != 0, (cells & mask) == mask)].sum()
            void = people == 0 and (feature >= 0).all() and mask > 0
            assert void_columns(design, y)[c] == problem.void[c] == void
            found += void
    assert found > 50
