"""Terms looked up in a table: hierarchy, labels, references and what takes part in no term."""

from __future__ import annotations

import numpy as np
import pytest

from darknumber.data.table import NOT_RECORDED, CaptureTable, Covariate
from darknumber.models import LogLinear
from darknumber.models.columns import all_terms, make_columns, terms_of
from tests.oracles import random_table


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    return random_table(rng, lists=3, levels=(3, 2), people=3000, on_list=(0.15, 0.4))


def labels(columns):
    return [columns.name(number) for number in range(len(columns.terms))]


def test_everything_inside_a_term_is_there_and_main_effects_are_fixed(table):
    columns = make_columns(table, terms_of("A:B:u", table), "free")
    assert labels(columns) == ["A", "B", "C", "A:B", "A:u", "B:u", "A:B:u"]
    assert columns.fixed.tolist() == [True] * 3 + [False] * 4
    assert np.bincount(columns.design.term).tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert columns.parents[-1].tolist() == [True, True, False, True, True, True, False]


def test_a_modelled_margin_has_covariate_terms_too(table):
    columns = make_columns(table, terms_of("A:poly(u, 1) + u:v", table), "modelled")
    assert set(labels(columns)) == {"", "A", "B", "C", "u", "v", "A:poly(u, 1)", "u:v"}
    smooth = make_columns(table, terms_of("A:poly(u, 1) + B:poly(u, 2)", table), "modelled")
    assert set(labels(smooth)) == {"", "A", "B", "C", "poly(u, 2)", "v", "A:poly(u, 1)", "B:poly(u, 2)"}


def test_all_terms_up_to_an_order(table):
    pairs = {"A:B", "A:C", "B:C", "A:u", "B:u", "C:u", "A:v", "B:v", "C:v"}
    found = make_columns(table, all_terms(table, 2, "", "free"), "free")
    assert {label for label in labels(found) if ":" in label} == pairs
    modelled = make_columns(table, all_terms(table, 2, "poly(u, 2)", "modelled"), "modelled")
    wanted = {pair.replace("u", "poly(u, 2)") for pair in pairs} | {"poly(u, 2):v"}
    assert {label for label in labels(modelled) if ":" in label} == wanted
    threes = make_columns(table, all_terms(table, 3, "", "free"), "free")
    assert "A:B:u" in labels(threes)
    assert "A:B:C" not in labels(threes)  # it could never be told from the dark figure


def test_a_state_has_the_hierarchy_and_the_fixed_terms(table):
    columns = make_columns(table, all_terms(table, 3, "", "free"), "free")
    state = columns.state(terms_of("A:B:u", table))
    assert columns.label(state) == "A:B:u"
    assert [label for label, kept in zip(labels(columns), state, strict=True) if kept] == [
        "A", "B", "C", "A:B", "A:u", "B:u", "A:B:u"
    ]  # fmt: skip
    assert columns.active(state) == ("u",)
    assert columns.only(state).columns == 3 + 1 + 2 + 2 + 2


def test_not_recorded_takes_no_part_in_a_term():
    """A covariate with nothing recorded gives no columns; with one level recorded, none either."""
    levels = (NOT_RECORDED,), ("x", NOT_RECORDED)
    for own in levels:
        covariate = Covariate(name="form", levels=own)
        table = CaptureTable.build(
            "ABC", [1, 2, 4, 3], [9, 8, 7, 5], covariates=[covariate], levels=[np.zeros(4, dtype=int)]
        )
        assert make_columns(table, terms_of("A:form", table), "free").design.columns == 3


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_not_recorded_is_the_same_whatever_the_reference(turn):
    """The reference is the level with most people; which one that is must not matter."""
    rng = np.random.default_rng(turn)
    cells = rng.poisson(20, size=(4, 7)) + 1
    cells[turn] *= 30
    form = Covariate(name="form", levels=("a", "b", "c", NOT_RECORDED))
    stratum, history = np.divmod(np.arange(28), 7)

    def fitted(order):
        renamed = Covariate(name="form", levels=(*(("a", "b", "c")[old] for old in order), NOT_RECORDED))
        place = np.array([*np.argsort(order), 3])[stratum]
        table = CaptureTable.build("ABC", history + 1, cells.reshape(-1), covariates=[renamed], levels=[place])
        return LogLinear("A:form + B:form").fit(table).unobserved

    base = fitted([0, 1, 2])
    assert fitted([2, 0, 1])[[1, 2, 0, 3]] == pytest.approx(base, rel=1e-9)
    assert form.has_not_recorded


def test_splitting_gives_every_level_parameters_of_its_own(table):
    columns = make_columns(table, terms_of("A:v", table), "free", split=("u",))
    assert columns.design.columns == 3 * (3 + 1)
    own = columns.design.features.reshape(3, 2, -1).any(axis=1)
    assert own.sum(axis=0).tolist() == [1] * columns.design.columns
